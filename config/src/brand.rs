use std::{collections::BTreeMap, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{Billing, ConfigError, Inbound, Payments, Poll, Secret, Stock, Warehouse, stock};

/// One store with its NetSuite subsidiary.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// Orders created before this moment are never touched: the old connector booked them.
    pub go_live: Timestamp,
    /// IANA name of the zone in which NetSuite's transaction dates are meant: `America/New_York`.
    pub time_zone: String,
    /// Workflow types switched on, `shopifyToNetsuiteWorkflow` first.
    pub agents: Vec<String>,
    /// The store.
    pub shopify: Shopify,
    /// Name of the NetSuite account, as in `[netsuite.<name>]`.
    pub netsuite: String,
    /// How orders are booked.
    pub orders: OrderPolicy,
    /// NetSuite items that stand for what is not merchandise.
    pub special_items: SpecialItems,
    /// Shopify's values to NetSuite's.
    #[serde(default)]
    pub mappings: Mappings,
    /// The warehouse; needed by `netsuiteToDCLWorkflow` and `dclTrackingUpdateWorkflow`.
    #[serde(default)]
    pub warehouse: Option<Warehouse>,
    /// Goods on their way to the warehouse; needed by `dclPoNotificationWorkflow` and `dclPoReceiptWorkflow`.
    #[serde(default)]
    pub inbound: Inbound,
    /// How what was shipped is billed.
    #[serde(default)]
    pub billing: Billing,
    /// How settled money is booked.
    #[serde(default)]
    pub payments: Payments,
    /// How stock is told to the store; needed by `inventorySyncWorkflow` and `inventoryBundlesSyncWorkflow`.
    #[serde(default)]
    pub stock: Option<Stock>,
    /// The polls.
    #[serde(default)]
    pub poll: Poll,
}

/// The store and how to sign in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shopify {
    /// `acme.myshopify.com`.
    pub shop: String,
    /// Default: `https://<shop>`.
    pub base_url: Option<url::Url>,
    /// Admin API version, `2026-10` or `2026-07`.
    #[serde(default = "api_version")]
    pub api_version: String,
    /// How to sign in.
    pub auth: ShopifyAuth,
    /// The app's client secret: the key of the webhooks' HMAC.
    pub webhook_secret: Secret,
    /// The secret before a rotation, for as long as Shopify may still sign with it.
    pub previous_webhook_secret: Option<Secret>,
    /// Requests at once that this process may have at the store.
    #[serde(default = "twenty")]
    pub permits: u32,
    /// After an answer that was lost: how long the request may still land.
    #[serde(default = "minute", with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub request_deadline: Duration,
}

fn minute() -> Duration {
    Duration::from_secs(60)
}

fn api_version() -> String {
    "2026-10".to_owned()
}
fn twenty() -> u32 {
    20
}

/// Shopify sign-in.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ShopifyAuth {
    /// Client credentials of an app of the merchant's own organisation.
    ClientCredentials {
        /// The app's client id.
        client_id: String,
        /// The app's client secret.
        client_secret: Secret,
    },
    /// The lasting token of an older custom app.
    AccessToken {
        /// The token.
        token: Secret,
    },
}

/// Which of an order's two currencies is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BookedCurrency {
    /// The store's.
    #[default]
    Shop,
    /// The buyer's.
    Presentment,
}

/// How tax reaches NetSuite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TaxStyle {
    /// SuiteTax with Shopify's amounts as overrides.
    SuiteTaxOverride,
    /// One line of a tax item per tax.
    TaxLine,
    /// Legacy tax: a code and a rate on every line.
    TaxCode,
    /// No tax is booked; an order with tax parks.
    None,
}

/// How orders are booked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPolicy {
    /// Internal id of the subsidiary.
    pub subsidiary: String,
    /// Internal id of the Sales Order form.
    pub form: Option<String>,
    /// Internal id of the location.
    pub location: Option<String>,
    /// Internal id of the class.
    pub class: Option<String>,
    /// Internal id of the department.
    pub department: Option<String>,
    /// Customer for orders with neither customer nor e-mail (point of sale).
    pub default_customer: Option<String>,
    /// Which currency is booked.
    #[serde(default)]
    pub currency: BookedCurrency,
    /// ISO code to internal id of the currency: `USD = "1"`.
    pub currencies: BTreeMap<String, String>,
    /// How tax is booked.
    pub tax_style: TaxStyle,
    /// Largest difference that a rounding line may close, in major units; larger ones park.
    #[serde(default = "rounding_limit")]
    pub rounding_limit: Decimal,
    /// Book test orders, too.
    #[serde(default)]
    pub allow_test_orders: bool,
    /// Financial states in which an order is booked; others wait.
    #[serde(default = "payment_states")]
    pub payment_states: Vec<String>,
    /// Hold orders whose risk recommendation is CANCEL or whose risk is HIGH until a person decides.
    #[serde(default = "yes")]
    pub hold_high_risk: bool,
    /// Release the Sales Order once its total is verified; otherwise a person approves it.
    #[serde(default = "yes")]
    pub release: bool,
    /// How long an order may wait for payment or a risk assessment before its run fails. A decision is waited for as long as it takes.
    #[serde(default = "month", with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub wait_limit: Duration,
    /// The tag that says "sent".
    #[serde(default = "sent_tag")]
    pub sent_tag: String,
}

/// Shopify's `OrderDisplayFinancialStatus`.
const PAYMENT_STATES: [&str; 8] =
    ["AUTHORIZED", "EXPIRED", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "PENDING", "REFUNDED", "VOIDED"];

fn rounding_limit() -> Decimal {
    Decimal::new(5, 2)
}
fn payment_states() -> Vec<String> {
    ["PAID", "PARTIALLY_REFUNDED", "REFUNDED"].map(str::to_owned).to_vec()
}
fn yes() -> bool {
    true
}
fn month() -> Duration {
    Duration::from_secs(30 * 86_400)
}
fn sent_tag() -> String {
    "SENT_TO_NS".to_owned()
}

/// Internal ids of the items that stand for what is not merchandise. None of them may be fulfillable.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpecialItems {
    /// Discount item.
    pub discount: Option<String>,
    /// Shipping.
    pub shipping: Option<String>,
    /// Tips.
    pub tip: Option<String>,
    /// Tax, with the style `taxLine`.
    pub tax: Option<String>,
    /// Rounding.
    pub rounding: Option<String>,
    /// Gift cards sold.
    pub gift_card: Option<String>,
    /// Duties and additional fees.
    pub duty: Option<String>,
}

/// Where a Shopify tax goes in NetSuite.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxCode {
    /// Internal id of the tax code.
    pub code: String,
    /// Internal id of the tax type, with SuiteTax.
    #[serde(rename = "type")]
    pub tax_type: Option<String>,
}

/// Shopify's values to NetSuite's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mappings {
    /// SKU, `variant:<id>` or `title:<title>` to the item's internal id. A SKU that is not here is looked up as the item's name.
    pub items: BTreeMap<String, String>,
    /// Tax title to tax code.
    pub taxes: BTreeMap<String, TaxCode>,
    /// For every other tax; such an order is flagged.
    pub catch_all_tax: Option<TaxCode>,
    /// For lines without tax, with the style `taxCode`.
    pub exempt_tax: Option<TaxCode>,
    /// Shipping line's code or title to the shipping item's internal id.
    pub ship_methods: BTreeMap<String, String>,
    /// For every other shipping line.
    pub default_ship_method: Option<String>,
    /// Names of the order's attributes that hold a gift message, the first that is filled in counts: `gift_message`. `note`
    /// stands for the order's own note, which staff and customers use for anything. Default: no gift message is carried.
    pub gift_message: Vec<String>,
}

impl Brand {
    /// The zone in which transaction dates are meant.
    pub fn zone(&self) -> Result<TimeZone, ConfigError> {
        TimeZone::get(&self.time_zone)
            .map_err(|e| ConfigError::invalid("time_zone", format!("{:?}: {e}", self.time_zone)))
    }

    /// Is this workflow type switched on?
    pub fn enables(&self, workflow: &str) -> bool {
        self.agents.iter().any(|a| a == workflow)
    }

    /// What the agents of the warehouse need, within DCL's limits.
    fn check_warehouse(&self, field: &dyn Fn(&str) -> String) -> Result<(), ConfigError> {
        let Some(warehouse) = &self.warehouse else {
            let needs =
                |agent: &&String| matches!(agent.as_str(), "netsuiteToDCLWorkflow" | "dclTrackingUpdateWorkflow");
            return match self.agents.iter().find(needs) {
                Some(agent) => Err(ConfigError::invalid(field("warehouse"), format!("missing; {agent} needs it"))),
                None => Ok(()),
            };
        };
        for (name, text) in
            [("account_number", &warehouse.account_number), ("freight_account", &warehouse.freight_account)]
        {
            if !(1..=10).contains(&text.chars().count()) {
                return Err(ConfigError::invalid(field(&format!("warehouse.{name}")), "DCL takes 1 to 10 characters"));
            }
        }
        let methods = warehouse.ship_methods.values().chain(&warehouse.default_ship_method);
        for text in methods.flat_map(|method| [&method.carrier, &method.service]) {
            if !(1..=30).contains(&text.chars().count()) {
                let problem = format!("{text:?}: DCL takes 1 to 30 characters");
                return Err(ConfigError::invalid(field("warehouse.ship_methods"), problem));
            }
        }
        Ok(())
    }

    pub(crate) fn check(&self, field: &dyn Fn(&str) -> String) -> Result<(), ConfigError> {
        self.zone().map_err(|e| ConfigError::invalid(field("time_zone"), e.to_string()))?;
        if self.shopify.shop.is_empty() || self.shopify.shop.contains('/') {
            return Err(ConfigError::invalid(
                field("shopify.shop"),
                "the store's host name expected, such as acme.myshopify.com",
            ));
        }
        if self.shopify.permits == 0 {
            return Err(ConfigError::invalid(field("shopify.permits"), "0 would never call; use at least 1"));
        }
        if self.orders.rounding_limit.is_sign_negative() {
            return Err(ConfigError::invalid(field("orders.rounding_limit"), "must not be negative"));
        }
        if self.orders.sent_tag.trim().is_empty() || self.orders.sent_tag.chars().count() > 40 {
            return Err(ConfigError::invalid(
                field("orders.sent_tag"),
                "1 to 40 characters expected, as Shopify takes",
            ));
        }
        if let Some(state) = self.orders.payment_states.iter().find(|s| !PAYMENT_STATES.contains(&s.as_str())) {
            let problem = format!("{state:?} is no financial status; known: {}", PAYMENT_STATES.join(", "));
            return Err(ConfigError::invalid(field("orders.payment_states"), problem));
        }
        if self.orders.currencies.is_empty() {
            return Err(ConfigError::invalid(field("orders.currencies"), "none mapped; add for example USD = \"1\""));
        }
        for (title, tax) in
            self.mappings.taxes.iter().chain(self.mappings.catch_all_tax.iter().map(|t| (&self.netsuite, t)))
        {
            if self.orders.tax_style == TaxStyle::SuiteTaxOverride && tax.tax_type.is_none() {
                return Err(ConfigError::invalid(
                    field("mappings.taxes"),
                    format!("{title:?} has no type, which suiteTaxOverride needs"),
                ));
            }
        }
        for (name, length) in [
            ("poll.every", self.poll.every),
            ("poll.netsuite_every", self.poll.netsuite_every),
            ("poll.dcl_every", self.poll.dcl_every),
            ("poll.cancelled_every", self.poll.cancelled_every),
            ("poll.payouts_every", self.poll.payouts_every),
            ("poll.purchases_every", self.poll.purchases_every),
            ("poll.receipts_every", self.poll.receipts_every),
        ] {
            if length < Duration::from_secs(1) {
                return Err(ConfigError::invalid(field(name), "must be at least 1s"));
            }
        }
        if self.poll.overlap < Duration::from_secs(2) {
            let problem = "must be at least 2s: vendors tell times in whole seconds, and show changes a little late";
            return Err(ConfigError::invalid(field("poll.overlap"), problem));
        }
        self.check_warehouse(field)?;
        stock::check(self, field)?;
        self.check_inbound(field)?;
        if self.payments.tolerance.is_sign_negative() {
            return Err(ConfigError::invalid(field("payments.tolerance"), "must not be negative"));
        }
        let tag = &self.billing.invoiced_tag;
        if tag.trim().is_empty() || tag.chars().count() > 40 || tag.eq_ignore_ascii_case(&self.orders.sent_tag) {
            let problem = "1 to 40 characters expected, as Shopify takes, and another tag than orders.sent_tag";
            return Err(ConfigError::invalid(field("billing.invoiced_tag"), problem));
        }
        Ok(())
    }
}
