//! What `agent doctor` asks about a shop, and its webhooks.

use std::collections::BTreeSet;

use client_core::Result;
use futures_util::Stream;

use crate::answer::{more, owed, refusal};
use crate::client::Client;
use crate::documents::{self, AccessScopes, WebhookSubscriptionCreate, WebhookSubscriptions};

/// The shop itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Its name.
    pub name: String,
    /// Its permanent domain, `<shop>.myshopify.com`.
    pub myshopify_domain: String,
    /// The currency that it keeps its books in.
    pub currency: String,
    /// The currencies that its customers can pay in.
    pub presentment_currencies: Vec<String>,
    /// Its time zone, such as `America/New_York`.
    pub time_zone: String,
    /// Whether its prices include tax.
    pub taxes_included: bool,
    /// The name of its plan.
    pub plan: String,
}

/// A webhook that Shopify sends to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSubscription {
    /// Its id, a GID.
    pub id: String,
    /// Its topic in Shopify's own spelling, such as `ORDERS_CREATE`.
    pub topic: String,
    /// Where it is sent.
    pub uri: String,
}

impl Client {
    /// The shop itself.
    pub async fn shop(&self) -> Result<Shop> {
        let shop = self.send::<documents::Shop>(documents::shop::Variables {}).await?.shop;
        Ok(Shop {
            name: shop.name,
            myshopify_domain: shop.myshopify_domain,
            currency: shop.currency_code,
            presentment_currencies: shop.enabled_presentment_currencies,
            time_zone: shop.iana_timezone,
            taxes_included: shop.taxes_included,
            plan: shop.plan.public_display_name,
        })
    }

    /// The access scopes that the merchant has granted, such as `read_orders`.
    pub async fn access_scopes(&self) -> Result<BTreeSet<String>> {
        let data = self.send::<AccessScopes>(documents::access_scopes::Variables {}).await?;
        let scopes = data.current_app_installation.access_scopes;
        Ok(scopes.into_iter().map(|scope| scope.handle).collect())
    }

    /// The webhooks that this app has subscribed to through the API, to the end.
    pub fn webhook_subscriptions(&self) -> impl Stream<Item = Result<WebhookSubscription>> {
        async_stream::try_stream! {
            let mut after = None;
            loop {
                let variables = documents::webhook_subscriptions::Variables { after };
                let page = self.send::<WebhookSubscriptions>(variables).await?.webhook_subscriptions;
                for one in page.nodes {
                    yield WebhookSubscription { id: one.id, topic: one.topic, uri: one.uri };
                }
                if !more(page.page_info.has_next_page, page.page_info.end_cursor.as_ref(), "webhookSubscriptions")? {
                    break;
                }
                after = page.page_info.end_cursor;
            }
        }
    }

    /// Subscribes to a topic such as `ORDERS_CREATE`. Shopify refuses a second subscription of a topic to one address.
    pub async fn create_webhook_subscription(&self, topic: &str, uri: &str) -> Result<WebhookSubscription> {
        let variables =
            documents::webhook_subscription_create::Variables { topic: topic.to_owned(), uri: uri.to_owned() };
        let data = self.send::<WebhookSubscriptionCreate>(variables).await?;
        let payload = owed(data.webhook_subscription_create, "webhookSubscriptionCreate")?;
        let refused = payload.user_errors.into_iter().map(|error| (error.field, error.message));
        refusal(refused, || format!("webhook topic {topic}"))?;
        let made = owed(payload.webhook_subscription, "webhookSubscriptionCreate.webhookSubscription")?;
        Ok(WebhookSubscription { id: made.id, topic: made.topic, uri: made.uri })
    }
}
