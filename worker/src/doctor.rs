//! `agent doctor`: proves the configuration against the real systems, and says what to do.

use std::{collections::BTreeSet, fmt};

use activities::Vendors;
use config::{Ahead, Brand, Config, Settled};
use futures_util::TryStreamExt;
use serde_json::Value;
use temporalio_client::{Client, NamespacedClient, grpc::WorkflowService, tonic::IntoRequest};
use temporalio_common::protos::temporal::api::workflowservice::v1::{DescribeNamespaceRequest, GetSystemInfoRequest};
use workflows::ids;

use crate::setup;

/// Scopes at Shopify, with the agents that need them; a write scope includes its read scope.
const SCOPES: [(&str, &[&str]); 7] = [
    ("write_inventory", &ids::SYNCS),
    ("read_locations", &ids::SYNCS),
    ("read_orders", &ids::SYNCS),
    ("write_orders", &[ids::SHOPIFY_TO_NETSUITE, ids::NETSUITE_INVOICE, ids::NETSUITE_PAYMENT]),
    ("read_customers", &[ids::SHOPIFY_TO_NETSUITE]),
    ("read_products", &[ids::SHOPIFY_TO_NETSUITE, ids::INVENTORY_SYNC, ids::BUNDLES_SYNC]),
    ("write_merchant_managed_fulfillment_orders", &[ids::DCL_TRACKING]),
];
/// What the agents keep on an inbound order.
const INBOUND_FIELDS: [&str; 5] = [
    "custbody_o2c_brand",
    "custbody_dcl_po_number",
    "custbody_dcl_po_reference",
    "custbody_o2c_announced",
    "custbody_o2c_left_out",
];
/// Custom fields of `netsuite/`: record, fields, the agents that need them.
const CUSTOM_FIELDS: [(&str, &[&str], &[&str]); 9] = [
    (
        "salesOrder",
        &[
            "custbody_shopify_order_id",
            "custbody_shopify_order_name",
            "custbody_shopify_presentment_total",
            "custbody_shopify_presentment_currency",
            "custbody_o2c_brand",
            "custbody_o2c_flags",
            "custcol_shopify_line_id",
        ],
        &ids::ORDER_TO_CASH,
    ),
    (
        "salesOrder",
        &["custbody_sent_to_3pl", "custbody_o2c_hold", "custbody_dcl_order_number", "custbody_o2c_invoiced"],
        &[ids::NETSUITE_TO_DCL, ids::DCL_TRACKING, ids::NETSUITE_INVOICE, ids::NETSUITE_PAYMENT],
    ),
    (
        "itemFulfillment",
        &["custbody_o2c_cartons", "custbody_o2c_tracking", "custbody_shopify_fulfillment_id"],
        &[ids::DCL_TRACKING],
    ),
    ("invoice", &["custbody_shopify_order_id", "custbody_o2c_brand"], &[ids::NETSUITE_INVOICE]),
    ("customerPayment", &["custbody_shopify_transaction_id", "custbody_shopify_order_id"], &[ids::NETSUITE_PAYMENT]),
    ("customerPayment", &["custbody_o2c_brand"], &[ids::NETSUITE_PAYMENT]),
    ("purchaseOrder", &INBOUND_FIELDS, &[ids::PO_NOTIFICATION, ids::PO_RECEIPT]),
    ("transferOrder", &INBOUND_FIELDS, &[ids::PO_NOTIFICATION, ids::PO_RECEIPT]),
    ("itemReceipt", &["custbody_o2c_brand"], &[ids::PO_RECEIPT]),
];

/// The same for a brand that takes deposits.
const DEPOSIT_FIELDS: (&str, &[&str], &[&str]) = (
    "customerDeposit",
    &["custbody_shopify_transaction_id", "custbody_shopify_order_id", "custbody_o2c_brand"],
    &[ids::NETSUITE_PAYMENT],
);

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub what: String,
    /// Ok with a fact, or what is wrong and what to do.
    pub outcome: Result<String, String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(fact) => write!(f, "ok    {}: {fact}", self.what),
            Err(problem) => write!(f, "WRONG {}: {problem}", self.what),
        }
    }
}

/// Every check. One that fails does not keep the others from being made.
pub async fn run(config: &Config, client: &Client) -> Vec<Finding> {
    let mut findings = temporal(client).await;
    let vendors = match Vendors::new(config) {
        Ok(vendors) => vendors,
        Err(error) => {
            findings.push(finding("clients", Err(error.to_string())));
            return findings;
        }
    };
    findings.extend(permits(config));
    for (name, brand) in &config.brands {
        if let Some(unknown) = brand.agents.iter().find(|a| !ids::switchable().any(|known| known == *a)) {
            let problem =
                format!("{unknown:?} is no agent; known: {}", ids::switchable().collect::<Vec<_>>().join(", "));
            findings.push(finding(&format!("brands.{name}.agents"), Err(problem)));
        }
        findings.extend(shopify(config, &vendors, name, brand).await);
        findings.extend(netsuite(&vendors, name, brand).await);
        findings.extend(dcl(&vendors, name, brand).await);
        findings.extend(stock(&vendors, name, brand).await);
    }
    findings
}

fn finding(what: &str, outcome: Result<String, String>) -> Finding {
    Finding { what: what.to_owned(), outcome }
}

async fn temporal(client: &Client) -> Vec<Finding> {
    let mut raw = client.clone();
    let version = raw.get_system_info(GetSystemInfoRequest {}.into_request()).await;
    let version = version.map(|v| format!("server {}", v.into_inner().server_version)).map_err(|e| e.to_string());
    let namespace = DescribeNamespaceRequest { namespace: client.namespace(), ..Default::default() };
    let namespace = raw.describe_namespace(namespace.into_request()).await;
    let namespace = namespace.map(|_| client.namespace()).map_err(|e| {
        format!("{}; create it: temporal operator namespace create -n {}", e.message(), client.namespace())
    });
    let attributes = match setup::missing_search_attributes(client).await {
        Ok(missing) if missing.is_empty() => Ok("all there".to_owned()),
        Ok(missing) => {
            let names: Vec<_> = missing.iter().map(|(name, _)| *name).collect();
            Err(format!("{} missing; run agent setup", names.join(", ")))
        }
        Err(error) => Err(error.to_string()),
    };
    vec![
        finding("temporal", version),
        finding("temporal namespace", namespace),
        finding("temporal search attributes", attributes),
    ]
}

/// The shares of all processes must fit into the account's limit.
fn permits(config: &Config) -> Vec<Finding> {
    let check = |(name, account): (&String, &config::NetsuiteAccount)| {
        let (sum, what) = (account.permits * account.processes, format!("netsuite.{name}.permits"));
        finding(
            &what,
            match account.concurrency_limit {
                Some(limit) if sum > limit => Err(format!(
                    "{} × {} processes = {sum} is more than the account's limit of {limit}; lower permits or processes",
                    account.permits, account.processes
                )),
                Some(limit) => Ok(format!("{sum} of {limit}")),
                None => Ok(format!("{sum}; set concurrency_limit to have it compared")),
            },
        )
    };
    config.netsuite.iter().map(check).collect()
}

async fn shopify(config: &Config, vendors: &Vendors, name: &str, brand: &Brand) -> Vec<Finding> {
    let what = |part: &str| format!("shopify of {name}: {part}");
    let Some(store) = vendors.store(name) else { return vec![] };
    let shop = match store.client.shop().await {
        Ok(shop) => shop,
        Err(error) => return vec![finding(&what("sign-in"), Err(error.to_string()))],
    };
    let mut findings = vec![finding(&what("sign-in"), Ok(format!("{} in {}", shop.name, shop.currency)))];
    let currency = match brand.orders.currencies.get(&shop.currency) {
        Some(id) => Ok(format!("{} is currency {id}", shop.currency)),
        None => Err(format!("the store's {} is not mapped; add orders.currencies.{}", shop.currency, shop.currency)),
    };
    findings.push(finding(&what("currency"), currency));
    let scopes = store.client.access_scopes().await.map_err(|e| e.to_string()).and_then(|granted| {
        let has = |scope: &str| granted.contains(scope) || granted.contains(&scope.replace("read_", "write_"));
        let needed = SCOPES.into_iter().filter(|(_, agents)| needs(brand, agents)).map(|(scope, _)| scope);
        let payouts = (brand.payments.settled == Settled::PaidOut).then_some("read_shopify_payments_payouts");
        let missing: Vec<_> = needed.chain(payouts).filter(|s| !has(s)).collect();
        match missing.is_empty() {
            true => Ok(granted.iter().map(String::as_str).collect::<Vec<_>>().join(" ")),
            false => {
                Err(format!("{} missing; grant them in the app's settings and install it again", missing.join(", ")))
            }
        }
    });
    findings.push(finding(&what("scopes"), scopes));
    let orders = store.client.orders_updated_count(brand.go_live, None).await;
    let orders = orders.map(|n| format!("{} changed since the go-live", n.count)).map_err(|e| e.to_string());
    findings.push(finding(&what("orders"), orders));
    let webhooks = store.client.webhook_subscriptions().try_collect::<Vec<_>>().await.map_err(|e| e.to_string());
    let webhooks = webhooks.and_then(|there| {
        let Some(public) = &config.connector.public_url else {
            return Ok("connector.public_url is not configured; the poll alone finds orders".to_owned());
        };
        let ours = |topic: &str| there.iter().any(|s| s.topic == topic && s.uri.starts_with(public.as_str()));
        let missing: Vec<_> = setup::TOPICS.into_iter().filter(|t| !ours(t)).collect();
        match missing.is_empty() {
            true => Ok(format!("{} topics", setup::TOPICS.len())),
            false => Err(format!("{} not subscribed; run agent setup", missing.join(", "))),
        }
    });
    findings.push(finding(&what("webhooks"), webhooks));
    findings
}

async fn netsuite(vendors: &Vendors, name: &str, brand: &Brand) -> Vec<Finding> {
    let what = |part: &str| format!("netsuite of {name}: {part}");
    let Some(account) = vendors.account(&brand.netsuite) else { return vec![] };
    let ids = mapped_ids(brand);
    let mut findings = vec![];
    for (table, wanted) in ids {
        let marks = vec!["?"; wanted.len()].join(", ");
        let query = format!("SELECT TO_CHAR(id) AS id FROM {table} WHERE id IN ({marks})");
        let params: Vec<Value> = wanted.iter().map(|id| Value::from(id.as_str())).collect();
        let rows = account.client.suiteql::<Value>(&query, &params).try_collect::<Vec<_>>().await;
        let outcome = rows.map_err(|e| e.to_string()).and_then(|rows| {
            let there: BTreeSet<String> = rows.iter().filter_map(|r| r["id"].as_str().map(str::to_owned)).collect();
            let missing: Vec<_> = wanted.iter().filter(|id| !there.contains(*id)).map(String::as_str).collect();
            match missing.is_empty() {
                true => Ok(format!("{} configured, all there", wanted.len())),
                false => Err(format!("NetSuite has no {table} {}; correct the configuration", missing.join(", "))),
            }
        });
        findings.push(finding(&what(table), outcome));
    }
    let deposits = (brand.payments.ahead == Ahead::Deposit).then_some(DEPOSIT_FIELDS);
    for (record, fields, agents) in CUSTOM_FIELDS.into_iter().chain(deposits) {
        if !needs(brand, agents) {
            continue;
        }
        let there = account.client.metadata_catalog(record).await.map_err(|e| e.to_string()).and_then(|there| {
            let missing: Vec<_> = fields.iter().copied().filter(|f| !there.contains(*f)).collect();
            match missing.is_empty() {
                true => Ok(fields.join(" ")),
                false => Err(format!("{} missing; deploy the SDF project in netsuite/", missing.join(", "))),
            }
        });
        findings.push(finding(&what(&format!("custom fields of {record}")), there));
    }
    findings
}

/// Has the brand one of these agents?
fn needs(brand: &Brand, agents: &[&str]) -> bool {
    agents.iter().any(|agent| brand.enables(agent))
}

/// The login, and the item numbers that the mapping says the warehouse has.
async fn dcl(vendors: &Vendors, name: &str, brand: &Brand) -> Vec<Finding> {
    let what = |part: &str| format!("dcl of {name}: {part}");
    let Some((warehouse, login)) = brand.warehouse.as_ref().and_then(|w| Some((w, vendors.login(&w.dcl)?))) else {
        return vec![];
    };
    let wanted: Vec<&str> = warehouse.items.values().map(String::as_str).collect();
    // Without mapped items any number will do: the question is whether DCL answers.
    let asked = if wanted.is_empty() { vec!["DOCTOR"] } else { wanted.clone() };
    let there = match login.client.items(&asked).try_collect::<Vec<_>>().await {
        Ok(items) => items,
        Err(error) => return vec![finding(&what("sign-in"), Err(error.to_string()))],
    };
    let missing: Vec<_> = wanted.iter().filter(|w| !there.iter().any(|i| i.item_number == **w)).copied().collect();
    let items = match missing.is_empty() {
        true => Ok(format!("{} mapped, all there", wanted.len())),
        false => Err(format!("DCL has no item {}; correct warehouse.items", missing.join(", "))),
    };
    vec![finding(&what("sign-in"), Ok("answers".to_owned())), finding(&what("items"), items)]
}

/// The Shopify locations that stock is mapped to. NetSuite's are among the mapped ids.
async fn stock(vendors: &Vendors, name: &str, brand: &Brand) -> Option<Finding> {
    let (stock, store) = (brand.stock.as_ref()?, vendors.store(name)?);
    let there = store.client.locations().try_collect::<Vec<_>>().await.map_err(|e| e.to_string());
    let outcome = there.and_then(|there| {
        let lives = |id: &str| there.iter().any(|location| location.id.to_string() == id && location.active);
        let missing: Vec<_> = stock.shop_locations().into_iter().filter(|id| !lives(id)).collect();
        match missing.is_empty() {
            true => Ok(format!("{} mapped, all there", stock.shop_locations().len())),
            false => Err(format!("Shopify has no active location {}; correct stock.locations", missing.join(", "))),
        }
    });
    Some(finding(&format!("shopify of {name}: stock.locations"), outcome))
}

/// Every internal id in the configuration, by the table that must have it.
fn mapped_ids(brand: &Brand) -> Vec<(&'static str, BTreeSet<String>)> {
    let (orders, special) = (&brand.orders, &brand.special_items);
    let specials = [
        &special.discount,
        &special.shipping,
        &special.tip,
        &special.tax,
        &special.rounding,
        &special.gift_card,
        &special.duty,
    ];
    let items = brand.mappings.items.values().chain(specials.into_iter().flatten()).cloned().collect();
    let tenders = || {
        let payments = &brand.payments;
        payments.methods.values().chain(&payments.default_method).chain(&brand.billing.cash_sale)
    };
    let shipping = brand.mappings.ship_methods.values().chain(&brand.mappings.default_ship_method);
    let sent = brand.warehouse.iter().flat_map(|w| w.ship_methods.keys());
    let stocked = brand.stock.iter().flat_map(|stock| stock.locations.keys());
    let locations = brand.warehouse.iter().flat_map(|w| &w.locations).chain(&orders.location).chain(stocked);
    let locations = locations.chain(brand.inbound.locations.keys());
    let tables: [(&'static str, BTreeSet<String>); 8] = [
        ("subsidiary", brand.inbound_subsidiaries().into_iter().chain([orders.subsidiary.clone()]).collect()),
        ("currency", orders.currencies.values().cloned().collect()),
        ("location", locations.cloned().collect()),
        ("customer", orders.default_customer.iter().cloned().collect()),
        ("item", items),
        ("shipItem", shipping.chain(sent).cloned().collect()),
        ("paymentMethod", tenders().filter_map(|t| t.method.clone()).collect()),
        ("account", tenders().filter_map(|t| t.account.clone()).collect()),
    ];
    tables.into_iter().filter(|(_, ids)| !ids.is_empty()).collect()
}
