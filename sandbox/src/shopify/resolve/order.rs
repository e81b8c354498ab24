//! `Order`: what GraphQL tells differently from the REST resource.

use std::sync::Arc;

use apollo_compiler::response::JsonMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::connection::Item;
use super::{Answer, Context, Failure, Node, connection, events, line, sending};
use crate::money::{Bag, Currencies};
use crate::shopify::derive::{self, list};
use crate::shopify::search::tags;
use crate::shopify::state::gid;
use crate::shopify::{fulfillment, payments};

pub(super) fn field(
    context: &Context<'_>,
    order: &Arc<Value>,
    name: &str,
    arguments: &JsonMap,
) -> Result<Answer, Failure> {
    let currencies = Currencies::of(order);
    let bag = |bag: Bag| Answer::Shape(currencies.money_bag(bag));
    let money = |name: &str| Bag::field(order, name);
    Ok(match name {
        "id" => Answer::Leaf(order["admin_graphql_api_id"].clone()),
        "legacyResourceId" => Answer::Shape(order["id"].clone()),
        "number" => Answer::Shape(order["order_number"].clone()),
        "tags" => Answer::Shape(json!(tags(order))),
        "currencyCode" => Answer::Leaf(json!(currencies.shop)),
        "presentmentCurrencyCode" => Answer::Leaf(json!(currencies.presentment)),
        "closed" => Answer::Leaf(json!(!order["closed_at"].is_null())),
        "email" | "phone" | "note" | "poNumber" => filled(order, name),
        "customAttributes" => Answer::Shape(attributes(&order["note_attributes"])),
        "discountCodes" => {
            let codes = list(order, "discount_codes").iter();
            Answer::Shape(codes.map(|code| code["code"].clone()).collect())
        }
        "discountCode" => Answer::Shape(order["discount_codes"][0]["code"].clone()),
        "edited" => Answer::Leaf(json!(order["edited"] == true)),
        "displayFinancialStatus" => Answer::Shape(order["financial_status"].clone()),
        "displayFulfillmentStatus" => Answer::Leaf(json!(fulfillment_status(order, context.now))),
        "returnStatus" => Answer::Leaf(json!("NO_RETURN")),
        "fullyPaid" => Answer::Leaf(json!(fully_paid(order))),
        "unpaid" => Answer::Leaf(json!(matches!(
            order["financial_status"].as_str(),
            Some("pending" | "authorized" | "expired" | "voided") | None
        ))),
        "capturable" => Answer::Leaf(json!(!payments::total_capturable(order).is_zero())),
        "totalCapturableSet" | "totalCapturable" => money_or_bag(name, payments::total_capturable(order), &currencies),
        "requiresShipping" => {
            let lines = list(order, "line_items");
            Answer::Leaf(json!(lines.iter().any(|line| line["requires_shipping"] == true)))
        }
        "subtotalLineItemsQuantity" => {
            let lines = list(order, "line_items").iter();
            Answer::Leaf(json!(lines.map(derive::quantity).fold(0, i64::saturating_add)))
        }
        "currentSubtotalLineItemsQuantity" => {
            let lines = list(order, "line_items").iter();
            Answer::Leaf(json!(lines.map(derive::current_quantity).fold(0, i64::saturating_add)))
        }

        "currentTaxLines" => Answer::Shape(
            derive::current_taxes(order)
                .into_iter()
                .map(|tax| {
                    json!({
                        "title": tax.title,
                        "rate": tax.rate,
                        "ratePercentage": line::percentage(&tax.rate),
                        "channelLiable": tax.channel_liable,
                        "price": currencies.money_bag(tax.amount)["shopMoney"]["amount"],
                        "priceSet": currencies.money_bag(tax.amount),
                    })
                })
                .collect(),
        ),
        "taxLines" => Answer::Shape(line::taxes(order, &currencies)),
        "currentShippingPriceSet" => bag(derive::current_shipping(order).into_iter().sum()),
        "totalRefundedShippingSet" => bag(derive::refunded_shipping(order).0),
        "totalTipReceivedSet" => bag(derive::tip(order)),
        "totalTipReceived" => Answer::Shape(currencies.money_bag(derive::tip(order))["shopMoney"].clone()),
        "totalRefundedSet" | "totalRefunded" => money_or_bag(name, payments::refunded(order), &currencies),
        "totalOutstandingSet" => bag(payments::outstanding(order)),
        "totalReceivedSet" | "totalReceived" => money_or_bag(name, payments::received(order), &currencies),
        "netPaymentSet" | "netPayment" => money_or_bag(name, payments::net(order), &currencies),
        "originalTotalPriceSet" => bag(money("total_price")),
        "totalShippingPrice" => {
            Answer::Shape(currencies.money_bag(money("total_shipping_price"))["shopMoney"]["amount"].clone())
        }

        "customer" => customer(context, order),
        "billingAddress" => address(order, "billing_address"),
        "shippingAddress" | "displayAddress" => address(order, "shipping_address"),
        "risk" => Answer::Shape(risk(order)),
        "lineItems" => {
            let lines = 0..list(order, "line_items").len();
            Answer::Paged(lines.map(|index| Item::at(index, Node::Line(order.clone(), index))).collect())
        }
        "shippingLine" => match list(order, "shipping_lines").first() {
            Some(_) => Answer::One(Node::ShippingLine(order.clone(), 0)),
            None => Answer::Leaf(Value::Null),
        },
        "shippingLines" => {
            let removals = arguments.get("includeRemovals").and_then(|flag| flag.as_bool());
            let lines = list(order, "shipping_lines").iter().enumerate();
            Answer::Paged(
                lines
                    .filter(|(_, line)| removals == Some(true) || line["is_removed"] != true)
                    .map(|(index, _)| Item::at(index, Node::ShippingLine(order.clone(), index)))
                    .collect(),
            )
        }
        "discountApplications" => {
            let applications = 0..list(order, "discount_applications").len();
            Answer::Paged(
                applications
                    .map(|index| {
                        let value = line::discount_application(order, index);
                        let kind = value["__typename"].as_str().unwrap_or_default();
                        Item::at(index, Node::Shape(kind.to_owned(), value))
                    })
                    .collect(),
            )
        }
        "transactions" => {
            let capturable = arguments.get("capturable").and_then(|flag| flag.as_bool());
            let all = list(order, "transactions").iter().filter(|one| match capturable {
                Some(wanted) => wanted != payments::capturable(order, one).is_zero(),
                None => true,
            });
            let all = all.map(|one| events::transaction(one, order, &currencies));
            Answer::Shape(first(arguments, all)?)
        }
        "transactionsCount" => Answer::Shape(json!({
            "count": list(order, "transactions").len(), "precision": "EXACT"
        })),
        "refunds" => {
            let refunds = list(order, "refunds").iter();
            Answer::Shape(first(arguments, refunds.map(|refund| events::refund(refund, &currencies, order)))?)
        }
        "fulfillmentOrders" => {
            let shown = sending::fulfillment_orders(context, order)?;
            Answer::Shape(shown.map(|held| sending::fulfillment_order(context, held, order)).collect())
        }
        "fulfillments" => {
            let fulfillments = list(order, "fulfillments").iter();
            Answer::Shape(first(arguments, fulfillments.map(|held| sending::fulfillment(held, order)))?)
        }
        "statusPageUrl" => {
            let url = order["order_status_url"].as_str();
            let domain = &context.shop.options.domain;
            let made = format!("https://{domain}/orders/{}", order["id"]);
            Answer::Leaf(json!(url.unwrap_or(&made)))
        }
        "fulfillmentsCount" => Answer::Shape(json!({
            "count": list(order, "fulfillments").len(), "precision": "EXACT"
        })),
        _ => Answer::Plain,
    })
}

/// REST writes some missing texts as `""`.
fn filled(order: &Value, name: &str) -> Answer {
    match order[super::snake(name)].as_str() {
        Some("") | None => Answer::Leaf(Value::Null),
        Some(text) => Answer::Leaf(json!(text)),
    }
}

fn money_or_bag(name: &str, bag: Bag, currencies: &Currencies) -> Answer {
    let both = currencies.money_bag(bag);
    if name.ends_with("Set") { Answer::Shape(both) } else { Answer::Leaf(both["shopMoney"]["amount"].clone()) }
}

pub(super) fn attributes(pairs: &Value) -> Value {
    let pairs = pairs.as_array().map_or(&[][..], Vec::as_slice).iter();
    pairs.map(|pair| json!({"key": pair["name"], "value": pair["value"]})).collect()
}

/// REST knows what was sent only; holds and schedules are told by the fulfillment orders.
fn fulfillment_status(order: &Value, now: Timestamp) -> String {
    let open = list(order, "fulfillment_orders").iter().map(|held| fulfillment::status(held, now));
    let mut open = open.filter(|status| !matches!(*status, "closed" | "cancelled")).peekable();
    match order["fulfillment_status"].as_str() {
        None if open.peek().is_none() => "UNFULFILLED".to_owned(),
        None if open.clone().all(|status| status == "on_hold") => "ON_HOLD".to_owned(),
        None if open.all(|status| status == "scheduled") => "SCHEDULED".to_owned(),
        None => "UNFULFILLED".to_owned(),
        Some("partial") => "PARTIALLY_FULFILLED".to_owned(),
        Some(status) => status.to_uppercase(),
    }
}

/// The first elements of a plain list, as many as were asked for.
fn first(arguments: &JsonMap, all: impl Iterator<Item = Value>) -> Result<Value, Failure> {
    let asked = connection::size(arguments, "first")?;
    Ok(all.take(asked.unwrap_or(usize::MAX)).collect())
}

fn fully_paid(order: &Value) -> bool {
    matches!(order["financial_status"].as_str(), Some("paid" | "partially_refunded" | "refunded"))
        && payments::outstanding(order).shop.is_zero()
}

fn customer(context: &Context<'_>, order: &Value) -> Answer {
    let embedded = &order["customer"];
    if !embedded.is_object() {
        return Answer::Leaf(Value::Null);
    }
    let held = embedded["id"].as_u64().and_then(|id| context.shop.state().customer(id));
    Answer::One(Node::Customer(held.unwrap_or_else(|| Arc::new(embedded.clone()))))
}

fn address(order: &Value, name: &str) -> Answer {
    match &order[name] {
        address @ Value::Object(_) => Answer::Shape(mailing_address(address, order["id"].as_u64().unwrap_or(0))),
        _ => Answer::Leaf(Value::Null),
    }
}

/// `MailingAddress` of a REST address; `owner` stands in where the address has no id of its own.
pub(super) fn mailing_address(address: &Value, owner: u64) -> Value {
    let text = |name: &str| match &address[name] {
        Value::String(text) => json!(text),
        _ => Value::Null,
    };
    let lines = ["address1", "address2", "city", "zip", "country"];
    let formatted: Vec<&str> = lines.iter().filter_map(|line| address[*line].as_str()).collect();
    json!({
        "id": gid("MailingAddress", address["id"].as_u64().unwrap_or(owner)),
        "firstName": text("first_name"),
        "lastName": text("last_name"),
        "name": text("name"),
        "company": text("company"),
        "address1": text("address1"),
        "address2": text("address2"),
        "city": text("city"),
        "province": text("province"),
        "provinceCode": text("province_code"),
        "zip": text("zip"),
        "country": text("country"),
        "countryCode": text("country_code"),
        "countryCodeV2": text("country_code"),
        "phone": text("phone"),
        "latitude": address["latitude"],
        "longitude": address["longitude"],
        "formatted": formatted,
        "coordinatesValidated": false,
    })
}

fn risk(order: &Value) -> Value {
    let risk = &order["risk"];
    let assessments: Vec<Value> = list(risk, "assessments")
        .iter()
        .map(|assessment| json!({"riskLevel": assessment["risk_level"], "facts": [], "provider": null}))
        .collect();
    let recommendation = risk["recommendation"].as_str().unwrap_or("NONE");
    json!({"recommendation": recommendation, "assessments": assessments})
}
