//! The draft as NetSuite's REST record. Field names: `salesOrder` of the 2026.1 schema.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use workflows::domain::{
    order::Address,
    sales_order::{DraftLine, SalesOrderDraft},
    tax::TaxDetail,
};

/// NetSuite's own price level for "the rate is ours".
const CUSTOM_PRICE: &str = "-1";

pub(super) fn sales_order(draft: &SalesOrderDraft, customer: &str) -> Value {
    let mut body = json!({
        "entity": reference(customer),
        "subsidiary": reference(&draft.subsidiary),
        "currency": reference(&draft.currency),
        "tranDate": draft.date.to_string(),
        "otherRefNum": limit(&draft.reference, 45),
        // Pending Approval: it is released once its total is verified.
        "orderStatus": reference("A"),
        "item": { "items": draft.lines.iter().map(line).collect::<Vec<_>>() },
    });
    for (field, id) in [
        ("customForm", &draft.form),
        ("location", &draft.location),
        ("class", &draft.class),
        ("department", &draft.department),
        ("shipMethod", &draft.ship_method),
    ] {
        if let Some(id) = id {
            body[field] = reference(id);
        }
    }
    if let Some(email) = &draft.email {
        body["email"] = json!(email);
    }
    if let Some(memo) = &draft.memo {
        body["memo"] = json!(limit(memo, 999));
    }
    for (field, of) in [("shippingAddress", &draft.shipping), ("billingAddress", &draft.billing)] {
        if let Some(of) = of {
            body[field] = address(of);
        }
    }
    if draft.tax_override {
        body["taxDetailsOverride"] = json!(true);
        body["taxDetails"] = json!({ "items": draft.tax_details.iter().map(tax_detail).collect::<Vec<_>>() });
    }
    for (field, value) in &draft.custom {
        body[field.as_str()] = json!(value);
    }
    body
}

fn line(line: &DraftLine) -> Value {
    let mut body = json!({
        "item": reference(&line.item),
        "amount": number(line.amount),
        "price": reference(CUSTOM_PRICE),
    });
    if let Some(quantity) = line.quantity {
        body["quantity"] = json!(quantity);
    }
    if let Some(rate) = line.rate {
        body["rate"] = number(rate);
    }
    if let Some(id) = &line.line_id {
        body["custcol_shopify_line_id"] = json!(id);
    }
    if let Some(description) = &line.description {
        body["description"] = json!(description);
    }
    if let Some(code) = &line.tax_code {
        body["taxCode"] = reference(code);
    }
    if let Some(rate) = line.tax_rate {
        body["taxRate1"] = number(rate);
    }
    if let Some(name) = &line.reference {
        body["taxDetailsReference"] = json!(name);
    }
    body
}

fn tax_detail(tax: &TaxDetail) -> Value {
    json!({
        "taxDetailsReference": tax.reference,
        "taxType": reference(&tax.tax_type),
        "taxCode": reference(&tax.tax_code),
        "taxRate": number(tax.rate),
        "taxBasis": number(tax.basis),
        "taxAmount": number(tax.amount),
    })
}

/// NetSuite's limits per field; what is longer goes on in the next line where there is one.
fn address(from: &Address) -> Value {
    let mut body = Map::new();
    let mut put = |field: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.trim().is_empty()) {
            body.insert(field.to_owned(), json!(value));
        }
    };
    let (first, rest) = split(from.address1.as_deref().unwrap_or_default(), 150);
    let second = [rest.as_deref(), from.address2.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let (second, third) = split(&second, 150);
    // A company is the addressee, the person its attention.
    let company = from.company.clone().filter(|c| !c.trim().is_empty());
    let (addressee, attention) = match company {
        Some(company) => (Some(company), from.name.clone()),
        None => (from.name.clone(), None),
    };
    put("addressee", addressee.map(|a| limit(&a, 83)));
    put("attention", attention.map(|a| limit(&a, 83)));
    put("addr1", Some(first));
    put("addr2", Some(second));
    put("addr3", third.map(|t| limit(&t, 150)));
    put("city", from.city.as_deref().map(|c| limit(c, 50)));
    put("state", from.state.clone());
    put("zip", from.zip.as_deref().map(|z| limit(z, 36)));
    put("addrPhone", from.phone.as_deref().map(|p| limit(p, 32)));
    if let Some(country) = from.country.as_deref().filter(|c| !c.is_empty()) {
        body.insert("country".to_owned(), reference(country));
    }
    Value::Object(body)
}

/// At most `limit` characters, and what is left over.
fn split(text: &str, limit: usize) -> (String, Option<String>) {
    match text.char_indices().nth(limit) {
        Some((at, _)) => (text[..at].to_owned(), Some(text[at..].to_owned())),
        None => (text.to_owned(), None),
    }
}

fn limit(text: &str, limit: usize) -> String {
    split(text.trim(), limit).0
}

fn reference(id: &str) -> Value {
    json!({ "id": id })
}

/// A JSON number with the decimal's own digits.
pub(super) fn number(amount: Decimal) -> Value {
    serde_json::from_str(&amount.to_string()).unwrap_or_else(|_| json!(amount.to_string()))
}
