//! `QueryRoot`.

use std::sync::{Arc, PoisonError};

use apollo_compiler::response::JsonMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::connection::{Item, Page};
use super::inventory::{self, Kind};
use super::{Answer, Context, Failure, Node, bulk, gid_of, sending, split_gid, text};
use crate::shopify::search::{Search, moment, order_sort};
use crate::shopify::state::gid;
use crate::shopify::topics::name_of;
use crate::shopify::webhooks::Subscription;

/// Orders older than this need the scope `read_all_orders`.
const RECENT: SignedDuration = SignedDuration::from_hours(60 * 24);

pub(super) fn field(context: &Context<'_>, name: &str, arguments: &JsonMap) -> Result<Answer, Failure> {
    demand_scope(context, name)?;
    let shop = context.shop;
    Ok(match name {
        "order" => {
            let id = gid_of("Order", text(arguments, "id").unwrap_or_default())?;
            one_or_null(order(context, id))
        }
        "orderByIdentifier" => {
            let identifier = arguments.get("identifier");
            let id = identifier.and_then(|identifier| identifier.get("id")?.as_str());
            let id = gid_of("Order", id.unwrap_or_default())?;
            one_or_null(order(context, id))
        }
        "orders" => Answer::Paged(orders(context, name, arguments)),
        "ordersCount" => {
            let count = orders(context, name, arguments).len() as u64;
            let limit = arguments.get("limit").and_then(|limit| limit.as_u64());
            counted(count, limit)
        }
        "customer" => {
            let id = gid_of("Customer", text(arguments, "id").unwrap_or_default())?;
            one_or_null(shop.state().customer(id).map(Node::Customer))
        }
        "customers" => Answer::Paged(customers(context, text(arguments, "query"))),
        "customersCount" => counted(shop.state().customers().count() as u64, None),
        "product" => {
            let id = gid_of("Product", text(arguments, "id").unwrap_or_default())?;
            one_or_null(shop.state().product(id).map(Node::Product))
        }
        "products" => {
            let state = shop.state();
            let ids = |range| state.products_in(range).filter_map(|product| product["id"].as_u64());
            Answer::Page(Page::by_id(arguments, ids, |id| state.product(id).map(Node::Product))?)
        }
        "productVariant" => {
            let id = gid_of("ProductVariant", text(arguments, "id").unwrap_or_default())?;
            let held = shop.state().variant(id);
            one_or_null(held.map(|(product, index)| Node::Variant(product, index)))
        }
        "productVariants" => return inventory::page(context, name, Kind::Variants, arguments),
        "inventoryItem" => {
            let id = gid_of("InventoryItem", text(arguments, "id").unwrap_or_default())?;
            one_or_null(inventory::item_node(&shop.state(), id))
        }
        "inventoryItems" => return inventory::page(context, name, Kind::Items, arguments),
        "inventoryLevel" => {
            let (item, location) = inventory::places(text(arguments, "id").unwrap_or_default())?;
            one_or_null(inventory::level_node(&shop.state(), item, location, true))
        }
        "bulkOperation" | "bulkOperations" => return bulk::field(context, name, arguments),
        "fulfillment" => return sending::one_fulfillment(context, arguments),
        "fulfillmentOrder" => return sending::one_fulfillment_order(context, arguments),
        "location" => {
            let state = shop.state();
            let id = match text(arguments, "id") {
                Some(id) => Some(gid_of("Location", id)?),
                None => state.main_location(),
            };
            let held = id.and_then(|id| state.location(id));
            one_or_null(held.map(Node::Location))
        }
        "locations" => Answer::Paged(locations(context, arguments)),
        "locationsCount" => counted(shop.state().locations().count() as u64, None),
        "nodes" => {
            let ids = arguments.get("ids").and_then(|ids| ids.as_array()).map_or(&[][..], Vec::as_slice);
            let nodes = ids.iter().map(|id| node(context, id.as_str().unwrap_or_default()));
            Answer::Some(nodes.collect::<Result<_, _>>()?)
        }
        "node" => one_or_null(node(context, text(arguments, "id").unwrap_or_default())?),
        "shop" => Answer::Shape(shop_shape(context)),
        "currentAppInstallation" => Answer::Shape(installation(context)),
        "appInstallation" => Answer::Shape(installation(context)),
        "webhookSubscription" => {
            let gid = text(arguments, "id").unwrap_or_default();
            let id = gid_of("WebhookSubscription", gid)?;
            let all = shop.webhooks.subscriptions();
            let held = all.into_iter().find(|one| one.id == id);
            Answer::Shape(held.map_or(Value::Null, |one| subscription(context, &one)))
        }
        "webhookSubscriptions" => Answer::Paged(subscriptions(context, arguments)),
        "webhookSubscriptionsCount" => counted(subscriptions(context, &JsonMap::new()).len() as u64, None),
        _ => Answer::Plain,
    })
}

pub(super) fn one_or_null(node: Option<Node>) -> Answer {
    node.map_or(Answer::Leaf(Value::Null), Answer::One)
}

pub(super) fn counted(count: u64, limit: Option<u64>) -> Answer {
    let limit = limit.unwrap_or(u64::MAX);
    let precision = if count > limit { "AT_LEAST" } else { "EXACT" };
    Answer::Shape(json!({"count": count.min(limit), "precision": precision}))
}

/// Refuses a root field that the app's scopes do not cover.
pub(super) fn demand_scope(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    let scope = match name {
        "order" | "orders" | "ordersCount" | "orderByIdentifier" | "fulfillment" => "read_orders",
        "customer" | "customers" | "customersCount" => "read_customers",
        "product" | "products" | "productVariant" | "productVariants" => "read_products",
        "location" | "locations" | "locationsCount" => "read_locations",
        "inventoryItem" | "inventoryItems" | "inventoryLevel" => "read_inventory",
        _ => return Ok(()),
    };
    if context.shop.has_scope(scope) {
        return Ok(());
    }
    Err(denied(name, scope))
}

pub(super) fn denied(name: &str, scope: &str) -> Failure {
    let message = format!("Access denied for {name} field. Required access: `{scope}` access scope.");
    Failure::new("ACCESS_DENIED", message)
}

pub(super) fn order(context: &Context<'_>, id: u64) -> Option<Node> {
    visible_order(context, id).map(Node::Order)
}

/// The order, unless it is too old for the app's scopes.
pub(super) fn visible_order(context: &Context<'_>, id: u64) -> Option<Arc<Value>> {
    let order = context.shop.state().order(id)?;
    is_visible(context, &order).then_some(order)
}

fn is_visible(context: &Context<'_>, order: &Value) -> bool {
    if context.shop.has_scope("read_all_orders") {
        return true;
    }
    let created = moment(&order["created_at"]).unwrap_or(Timestamp::UNIX_EPOCH);
    context.now.duration_since(created) <= RECENT
}

fn orders(context: &Context<'_>, field: &str, arguments: &JsonMap) -> Vec<Item> {
    let query = text(arguments, "query").unwrap_or_default();
    let search = Search::parse(query);
    if let Some(warning) = search.warning(field, query) {
        let mut warnings = context.search.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.push(warning);
    }
    let key = text(arguments, "sortKey").unwrap_or("PROCESSED_AT");
    let state = context.shop.state();
    state
        .orders()
        .filter(|order| is_visible(context, order) && search.finds(order))
        .map(|order| Item { sort: order_sort(order, key), ..item(order, Node::Order) })
        .collect()
}

fn item(record: &Arc<Value>, node: impl Fn(Arc<Value>) -> Node) -> Item {
    Item { sort: String::new(), id: record["id"].as_u64().unwrap_or(0), node: node(record.clone()) }
}

/// `email:…` is what clients ask for; anything else finds all.
fn customers(context: &Context<'_>, query: Option<&str>) -> Vec<Item> {
    let wanted = query.and_then(|query| query.strip_prefix("email:")).map(|email| email.trim_matches(['\'', '"']));
    let state = context.shop.state();
    state
        .customers()
        .filter(|customer| match wanted {
            Some(wanted) => customer["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(wanted)),
            None => true,
        })
        .map(|customer| item(customer, Node::Customer))
        .collect()
}

/// Those in use that belong to no fulfillment service, unless the others are asked for, by name.
fn locations(context: &Context<'_>, arguments: &JsonMap) -> Vec<Item> {
    let asks = |name: &str| arguments.get(name).and_then(|flag| flag.as_bool()) == Some(true);
    let (inactive, legacy) = (asks("includeInactive"), asks("includeLegacy"));
    let by_name = text(arguments, "sortKey").unwrap_or("NAME") == "NAME";
    let state = context.shop.state();
    state
        .locations()
        .filter(|record| (inactive || record["active"] != false) && (legacy || record["legacy"] != true))
        .map(|record| {
            let name = record["name"].as_str().filter(|_| by_name).unwrap_or_default();
            Item { sort: name.to_owned(), ..item(record, Node::Location) }
        })
        .collect()
}

/// Any record that has tags or that clients look up by GID.
pub(super) fn node(context: &Context<'_>, gid: &str) -> Result<Option<Node>, Failure> {
    let Some((kind, id)) = split_gid(gid) else {
        return Err(super::not_a_record("invalid id"));
    };
    if kind == "Order" {
        return Ok(order(context, id));
    }
    let state = context.shop.state();
    match kind {
        "Customer" => Ok(state.customer(id).map(Node::Customer)),
        "Product" => Ok(state.product(id).map(Node::Product)),
        "ProductVariant" => {
            let held = state.variant(id);
            Ok(held.map(|(product, index)| Node::Variant(product, index)))
        }
        "Location" => Ok(state.location(id).map(Node::Location)),
        "InventoryItem" => Ok(inventory::item_node(&state, id)),
        "InventoryLevel" => {
            let (item, location) = inventory::places(gid)?;
            Ok(inventory::level_node(&state, item, location, true))
        }
        _ => Err(super::not_a_record(&format!("Invalid id: {gid}"))),
    }
}

fn shop_shape(context: &Context<'_>) -> Value {
    let options = &context.shop.options;
    json!({
        "id": gid("Shop", 548_380_009),
        "name": "Sandbox",
        "email": "owner@example.com",
        "contactEmail": "owner@example.com",
        "currencyCode": options.currency,
        "enabledPresentmentCurrencies": [options.currency, "EUR", "GBP", "CAD", "JPY"],
        "ianaTimezone": "America/New_York",
        "myshopifyDomain": options.domain,
        "url": format!("https://{}", options.domain),
        "taxesIncluded": false,
        "taxShipping": true,
        "primaryDomain": {
            "id": gid("Domain", 1),
            "host": options.domain,
            "sslEnabled": true,
            "url": format!("https://{}", options.domain),
        },
        "plan": {
            "partnerDevelopment": false, "publicDisplayName": "Basic", "shopifyPlus": false
        },
        "shopAddress": {"id": gid("ShopAddress", 1), "formatted": [], "coordinatesValidated": false},
    })
}

fn installation(context: &Context<'_>) -> Value {
    let scopes: Vec<Value> = context
        .shop
        .options
        .scopes
        .iter()
        .map(|handle| json!({"handle": handle, "description": handle.replace('_', " ")}))
        .collect();
    json!({
        "id": gid("AppInstallation", 1),
        "accessScopes": scopes,
        "app": {
            "id": gid("App", 755_357_713),
            "apiKey": context.shop.credentials.client_id,
            "handle": "order-to-cash",
            "title": "Order to cash",
            "webhookApiVersion": context.api_version,
        },
        "launchUrl": format!("https://{}/admin/apps", context.shop.options.domain),
    })
}

fn subscriptions(context: &Context<'_>, arguments: &JsonMap) -> Vec<Item> {
    let topics: Option<Vec<&str>> = arguments
        .get("topics")
        .and_then(|topics| topics.as_array())
        .map(|topics| topics.iter().filter_map(|topic| topic.as_str()).collect());
    let uri = text(arguments, "uri").or(text(arguments, "callbackUrl"));
    let all = context.shop.webhooks.subscriptions();
    all.iter()
        .filter(|one| {
            let name = name_of(&one.topic);
            topics.as_ref().is_none_or(|topics| topics.contains(&name.as_str()))
        })
        .filter(|one| uri.is_none_or(|uri| uri == one.uri))
        .map(|one| Item {
            sort: String::new(),
            id: one.id,
            node: Node::Shape("WebhookSubscription".to_owned(), subscription(context, one)),
        })
        .collect()
}

/// `WebhookSubscription`.
pub(super) fn subscription(context: &Context<'_>, one: &Subscription) -> Value {
    json!({
        "id": gid("WebhookSubscription", one.id),
        "legacyResourceId": one.id,
        "topic": name_of(&one.topic),
        "uri": one.uri,
        "callbackUrl": one.uri,
        "format": "JSON",
        "includeFields": [],
        "metafieldNamespaces": [],
        "metafields": [],
        "createdAt": one.created_at.to_string(),
        "updatedAt": one.created_at.to_string(),
        "apiVersion": {
            "handle": context.api_version,
            "displayName": context.api_version,
            "supported": true,
        },
    })
}
