//! The account's master data: what an administrator would have set up.

use anyhow::{Context as _, anyhow};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Account, Stock};

/// Pieces of each item at each location.
const PLENTY: i64 = 100_000;
const LOCATIONS: [i64; 3] = [1, 2, 3];
const CATALOGUE: &str = include_str!("../../data/catalogue.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    sku: String,
    title: String,
    price: String,
    item_id: String,
    requires_shipping: bool,
    gift_card: bool,
}

/// Fills an empty account.
pub(crate) fn load(account: &Account) -> anyhow::Result<()> {
    let all_currencies: Vec<Value> = (1..=5).map(|id| json!({ "currency": { "id": id.to_string() } })).collect();
    let point_of_sale = |id: &str, entity: &str, subsidiary: &str| {
        json!({
            "id": id, "externalId": format!("POS-{subsidiary}"), "entityId": entity,
            "companyName": "Point of Sale", "subsidiary": { "id": subsidiary },
            "currencyList": { "items": all_currencies },
        })
    };
    let records = [
        ("currency", named("1", "USD", 2)),
        ("currency", named("2", "EUR", 2)),
        ("currency", named("3", "GBP", 2)),
        ("currency", named("4", "CAD", 2)),
        ("currency", named("5", "JPY", 0)),
        ("subsidiary", json!({ "id": "1", "name": "Acme Inc", "country": "US", "currency": { "id": "1" } })),
        (
            "subsidiary",
            json!({ "id": "2", "name": "Acme EU", "country": "DE", "currency": { "id": "2" },
                    "parent": { "id": "1" } }),
        ),
        ("customForm", form("100", "Shopify Sales Order", &["1", "2"])),
        ("customForm", form("101", "Shopify Sales Order EU", &["2"])),
        ("location", location("1", "Main Warehouse", "1")),
        ("location", location("2", "West Warehouse", "1")),
        ("location", location("3", "EU Warehouse", "2")),
        (
            "unitsType",
            json!({ "id": "1", "name": "Count", "uom": { "items": [unit(1, "Each", 1), unit(2, "Dozen", 12)] } }),
        ),
        ("classification", json!({ "id": "1", "name": "E-commerce" })),
        ("department", json!({ "id": "1", "name": "Sales" })),
        ("priceLevel", json!({ "id": "1", "name": "Base Price" })),
        ("term", json!({ "id": "1", "name": "Net 30" })),
        ("paymentMethod", json!({ "id": "601", "name": "Shopify Payments" })),
        ("paymentMethod", json!({ "id": "602", "name": "PayPal" })),
        ("paymentMethod", json!({ "id": "603", "name": "Gift Card" })),
        ("paymentMethod", json!({ "id": "604", "name": "Manual/Cash" })),
        ("account", ledger_account("701", "1050", "Undeposited Funds", "Bank")),
        ("account", ledger_account("702", "1060", "PayPal", "Bank")),
        ("account", ledger_account("703", "2300", "Gift Card Liability", "OthCurrLiab")),
        ("shipItem", json!({ "id": "201", "itemId": "Ground" })),
        ("shipItem", json!({ "id": "202", "itemId": "Express" })),
        ("salesTaxItem", tax("301", "Catch-all", 0, None)),
        ("salesTaxItem", tax("302", "State Tax", 6, None)),
        ("salesTaxItem", tax("303", "VAT 20", 20, None)),
        ("taxType", json!({ "id": "401", "name": "Sales Tax" })),
        ("salesTaxItem", tax("402", "Catch-all (SuiteTax)", 0, Some("401"))),
        ("salesTaxItem", tax("403", "State Tax (SuiteTax)", 6, Some("401"))),
        ("salesTaxItem", tax("404", "VAT (SuiteTax)", 20, Some("401"))),
        ("discountItem", charge("901", "Discount")),
        ("otherChargeSaleItem", charge("902", "Shipping")),
        ("otherChargeSaleItem", charge("903", "Tip")),
        ("otherChargeSaleItem", charge("904", "Sales Tax")),
        ("otherChargeSaleItem", charge("905", "Rounding")),
        ("otherChargeSaleItem", charge("906", "Gift Card")),
        ("otherChargeSaleItem", charge("907", "Duties and fees")),
        (
            "vendor",
            json!({ "id": "551", "entityId": "Example Supply", "companyName": "Example Supply",
                    "subsidiary": { "id": "1" } }),
        ),
        ("customer", point_of_sale("500", "POS", "1")),
        ("customer", point_of_sale("501", "POS EU", "2")),
    ];
    for (record, body) in records {
        put(account, record, body)?;
    }
    let products: Vec<Product> = serde_json::from_str(CATALOGUE).context("data/catalogue.json")?;
    for product in products {
        let record = match (product.gift_card, product.requires_shipping) {
            (true, _) => "otherChargeSaleItem",
            (false, true) => "inventoryItem",
            (false, false) => "nonInventorySaleItem",
        };
        let body = json!({
            "id": &product.item_id, "itemId": product.sku, "displayName": product.title,
            "salesDescription": product.title, "basePrice": product.price,
        });
        put(account, record, body)?;
        if record == "inventoryItem" {
            stock(account, product.item_id.parse()?)?;
        }
    }
    Ok(())
}

/// Enough of an item at every location for any test and benchmark.
fn stock(account: &Account, item: i64) -> anyhow::Result<()> {
    let plenty = Stock { on_hand: Decimal::from(PLENTY), ..Stock::default() };
    let stocked =
        account.write(|ctx| LOCATIONS.iter().try_for_each(|location| ctx.move_stock(item, *location, &plenty)));
    stocked.map_err(|error| anyhow!("seed data, stock of {item}: {}", error.detail))
}

fn put(account: &Account, record: &str, body: Value) -> anyhow::Result<()> {
    account.write_trusted(record, body).map_err(|error| anyhow!("seed data, {record}: {}", error.detail))?;
    Ok(())
}

fn named(id: &str, symbol: &str, digits: u32) -> Value {
    json!({ "id": id, "name": symbol, "symbol": symbol, "currencyPrecision": digits })
}

fn form(id: &str, name: &str, subsidiaries: &[&str]) -> Value {
    json!({ "id": id, "name": name, "record": "salesOrder", "subsidiaries": subsidiaries })
}

fn location(id: &str, name: &str, subsidiary: &str) -> Value {
    json!({ "id": id, "name": name, "subsidiary": { "id": subsidiary } })
}

fn unit(id: u32, name: &str, rate: u32) -> Value {
    json!({
        "internalId": id, "unitName": name, "abbreviation": name, "conversionRate": rate, "baseUnit": rate == 1,
    })
}

fn tax(id: &str, name: &str, rate: u32, tax_type: Option<&str>) -> Value {
    let mut code = json!({ "id": id, "itemId": name, "rate": rate });
    if let Some(tax_type) = tax_type {
        code["taxType"] = json!({ "id": tax_type });
    }
    code
}

fn ledger_account(id: &str, number: &str, name: &str, kind: &str) -> Value {
    json!({ "id": id, "acctNumber": number, "acctName": name, "acctType": kind })
}

fn charge(id: &str, name: &str) -> Value {
    json!({ "id": id, "itemId": name, "displayName": name })
}
