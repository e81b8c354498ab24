mod stages;

use jiff::Timestamp;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use url::Url;

use crate::state::{List, Money, Order};
use crate::wire::{Patience, ReadError, client, decimal, patiently, send, text};

const ORDER: &str = "fragment Read on Order {
  legacyResourceId name createdAt tags email
  customer { legacyResourceId defaultEmailAddress { emailAddress } }
  currentTotalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
}";
const ORDERS: &str = "query Orders($after: String, $query: String) {
  orders(first: 100, after: $after, query: $query, sortKey: CREATED_AT) {
    nodes { ...Read }
    pageInfo { hasNextPage endCursor }
  }
}";
const ONE: &str = "query One($id: ID!) { order(id: $id) { ...Read } }";
const COUNT: &str = "query Count($query: String) { ordersCount(limit: null, query: $query) { count precision } }";

/// How to sign in at Shopify.
#[derive(Debug, Clone)]
pub enum ShopifyAuth {
    /// A ready access token.
    AccessToken(SecretString),
    /// The client credentials grant.
    ClientCredentials {
        /// The app's client id.
        client_id: String,
        /// The app's client secret.
        client_secret: SecretString,
    },
}

/// Reads a store's orders.
#[derive(Debug)]
pub struct Shopify {
    http: reqwest::Client,
    base_url: Url,
    api_version: String,
    auth: ShopifyAuth,
    token: OnceCell<SecretString>,
    patience: Patience,
}

impl Shopify {
    /// `base_url` such as `https://acme.myshopify.com`, `api_version` such as `2026-10`.
    pub fn new(base_url: Url, api_version: &str, auth: ShopifyAuth, patience: Patience) -> Result<Self, ReadError> {
        let api_version = api_version.to_owned();
        Ok(Self { http: client()?, base_url, api_version, auth, token: OnceCell::new(), patience })
    }

    /// All orders that match (all of them without a query), in Shopify's
    /// [search syntax](https://shopify.dev/docs/api/usage/search-syntax), and the list's count.
    pub async fn orders(&self, query: Option<&str>) -> Result<(Vec<Order>, List), ReadError> {
        let what = "Shopify orders";
        let nodes = self.pages(what, &format!("{ORDERS}\n{ORDER}"), query).await?;
        let orders = nodes.iter().map(|node| order(what, node)).collect::<Result<_, _>>()?;
        let list = self.counted(what, query, nodes.len()).await?;
        Ok((orders, list))
    }

    /// One order; none if it does not exist.
    pub async fn order(&self, id: u64) -> Result<Option<Order>, ReadError> {
        let what = format!("Shopify order {id}");
        let found = self.one(&what, &format!("{ONE}\n{ORDER}"), id).await?;
        found.map(|node| order(&what, &node)).transpose()
    }

    /// The nodes of `orders` from the first page to the last.
    async fn pages(&self, what: &str, document: &str, query: Option<&str>) -> Result<Vec<Value>, ReadError> {
        let mut all = Vec::new();
        let mut after = Value::Null;
        loop {
            let mut data = self.ask(what, document, json!({"after": after, "query": query})).await?;
            let page = &mut data["orders"];
            let Value::Array(nodes) = page["nodes"].take() else {
                return Err(ReadError::unreadable(what, "orders.nodes"));
            };
            all.extend(nodes);
            match page["pageInfo"]["hasNextPage"].as_bool() {
                Some(false) => return Ok(all),
                Some(true) if page["pageInfo"]["endCursor"].is_string() => {
                    after = page["pageInfo"]["endCursor"].clone();
                }
                _ => return Err(ReadError::unreadable(what, "orders.pageInfo")),
            }
        }
    }

    async fn counted(&self, what: &str, query: Option<&str>, read: usize) -> Result<List, ReadError> {
        let data = self.ask(what, COUNT, json!({"query": query})).await?;
        let count = &data["ordersCount"];
        let counted = count["count"].as_u64().ok_or_else(|| ReadError::unreadable(what, "ordersCount.count"))?;
        let exact = count["precision"] == "EXACT";
        Ok(List { name: what.to_owned(), read: read as u64, counted, exact })
    }

    async fn one(&self, what: &str, document: &str, id: u64) -> Result<Option<Value>, ReadError> {
        let variables = json!({"id": format!("gid://shopify/Order/{id}")});
        let mut data = self.ask(what, document, variables).await?;
        match data.get_mut("order").map(Value::take) {
            Some(Value::Null) => Ok(None),
            Some(found) => Ok(Some(found)),
            None => Err(ReadError::unreadable(what, "order")),
        }
    }

    async fn ask(&self, what: &str, query: &str, variables: Value) -> Result<Value, ReadError> {
        let path = format!("/admin/api/{}/graphql.json", self.api_version);
        let url = self.base_url.join(&path).map_err(|e| ReadError::Credentials(format!("shopify URL: {e}")))?;
        let body = json!({"query": query, "variables": variables});
        patiently(self.patience, || async {
            let token = self.token.get_or_try_init(|| self.sign_in()).await?;
            let request =
                self.http.post(url.clone()).header("X-Shopify-Access-Token", token.expose_secret()).json(&body);
            let (status, mut answer) = send(what, request).await?;
            let errors = &answer["errors"];
            if status == StatusCode::UNAUTHORIZED {
                return Err(ReadError::refused(what, format!("{status}: {errors}; check the access token")));
            }
            if errors.to_string().contains("THROTTLED") {
                return Err(ReadError::unavailable(what, "throttled"));
            }
            // Data beside errors is not all the data.
            if !status.is_success() || !errors.is_null() {
                return Err(ReadError::refused(what, format!("{status}: {errors}")));
            }
            Ok(answer["data"].take())
        })
        .await
    }

    async fn sign_in(&self) -> Result<SecretString, ReadError> {
        let (client_id, client_secret) = match &self.auth {
            ShopifyAuth::AccessToken(token) => return Ok(token.clone()),
            ShopifyAuth::ClientCredentials { client_id, client_secret } => (client_id, client_secret),
        };
        let what = "Shopify access token";
        let url = self.base_url.join("/admin/oauth/access_token");
        let url = url.map_err(|e| ReadError::Credentials(format!("shopify URL: {e}")))?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", client_secret.expose_secret()),
        ];
        let (status, answer) = send(what, self.http.post(url).form(&form)).await?;
        if !status.is_success() {
            return Err(ReadError::refused(what, status));
        }
        let token = answer["access_token"].as_str().ok_or_else(|| ReadError::unreadable(what, "access_token"))?;
        Ok(token.into())
    }
}

fn order(what: &str, node: &Value) -> Result<Order, ReadError> {
    let missing = |field: &str| ReadError::unreadable(what, field);
    let totals = &node["currentTotalPriceSet"];
    let total = |side: &str| money(&totals[side]).ok_or_else(|| missing(&format!("currentTotalPriceSet.{side}")));
    let tags = node["tags"].as_array().ok_or_else(|| missing("tags"))?;
    let emails = [&node["email"], &node["customer"]["defaultEmailAddress"]["emailAddress"]];
    let id = |value: &Value| text(value).and_then(|id| id.parse::<u64>().ok());
    let created_at = text(&node["createdAt"]).and_then(|at| at.parse::<Timestamp>().ok());
    Ok(Order {
        id: id(&node["legacyResourceId"]).ok_or_else(|| missing("legacyResourceId"))?,
        name: text(&node["name"]).ok_or_else(|| missing("name"))?,
        created_at: created_at.ok_or_else(|| missing("createdAt"))?,
        tags: tags.iter().filter_map(text).collect(),
        shop_total: total("shopMoney")?,
        presentment_total: total("presentmentMoney")?,
        customer: id(&node["customer"]["legacyResourceId"]),
        emails: emails.into_iter().filter_map(text).collect(),
    })
}

fn money(value: &Value) -> Option<Money> {
    let (amount, currency) = (decimal(&value["amount"])?, text(&value["currencyCode"])?);
    Some(Money { amount, currency })
}

#[cfg(test)]
mod tests {
    use super::*;
    use apollo_compiler::{ExecutableDocument, Schema};

    #[test]
    fn the_documents_are_valid_in_both_versions() {
        let schemas =
            [include_str!("../../../schema/2026-07.graphql"), include_str!("../../../schema/2026-10.graphql")];
        for schema in schemas {
            let schema = Schema::parse_and_validate(schema, "schema.graphql").unwrap();
            for document in [&format!("{ORDERS}\n{ORDER}"), &format!("{ONE}\n{ORDER}"), COUNT] {
                ExecutableDocument::parse_and_validate(&schema, document, "document.graphql").unwrap();
            }
        }
    }
}
