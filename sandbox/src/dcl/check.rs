//! The rules of an order that is submitted, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::error::{Checked, MISSING, Problem, UNKNOWN_ITEM, WRONG_ACCOUNT};
use super::fields::Fields;
use super::options::{Item, Options};
use super::order::{Draft, Line};

const MONEY: &[&str] = &[
    "order_subtotal",
    "shipping_handling",
    "sales_tax",
    "international_handling",
    "total_due",
    "amount_paid",
    "net_due_currency",
    "balance_due_us",
    "international_declared_value",
    "insurance",
];
const PO_NUMBER: usize = 25;
/// What the vendor's pages give for `custom_field1`; they are cut before the others.
const CUSTOM_FIELD: usize = 20;

/// Against what an order is checked.
pub(super) struct Rules<'a> {
    pub(super) options: &'a Options,
    pub(super) items: &'a BTreeMap<String, Item>,
    /// Loaded by the warehouse's own people: any account, any item.
    pub(super) trusted: bool,
}

impl Rules<'_> {
    /// The order as DCL would take it in.
    pub(super) fn order(&self, order: &Value) -> Checked<Draft> {
        let fields = Fields::of(order, "order")?;
        let number = fields.required("order_number", 25)?;
        if !number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'#') {
            return Err(Problem::value("order_number", "may hold letters, digits, - and # only"));
        }
        let status = fields.integer("order_status")?.unwrap_or(1);
        if !(0..=2).contains(&status) {
            return Err(Problem::value("order_status", "must be 0 (hold), 1 (normal) or 2 (rush)"));
        }
        let account = fields.required("account_number", 10)?;
        if account != self.options.account_number && !self.trusted {
            return Err(Problem::new(WRONG_ACCOUNT, "account_number", "is not an account of this login"));
        }
        fields.date("ordered_date")?;
        fields.text("customer_number", 25)?;
        fields.required("freight_account", 10)?;
        fields.text("consignee_number", 25)?;
        fields.required("shipping_carrier", 30)?;
        fields.required("shipping_service", 30)?;
        let system = fields.any_text("system_id")?.unwrap_or("P");
        if !["P", "B"].contains(&system) {
            return Err(Problem::value("system_id", "must be P or B"));
        }
        if system == "B" && !self.trusted {
            let vendor = fields.any_text("custom_field4")?.unwrap_or_default();
            if vendor.is_empty() {
                return Err(Problem::new(MISSING, "custom_field4", "is required (vendor number) for system_id B"));
            }
        }
        let address = fields.get("shipping_address");
        let address = address.ok_or_else(|| Problem::new(MISSING, "shipping_address", "is required"))?;
        self.address(address, "shipping_address", true)?;
        if let Some(address) = fields.get("billing_address") {
            self.address(address, "billing_address", false)?;
        }
        fields.integer("international_code")?;
        for name in MONEY {
            fields.number(name)?;
        }

        let mut header = fields.0.clone();
        header.remove("lines");
        header.insert("order_status".to_owned(), json!(status));
        header.insert("system_id".to_owned(), json!(system));
        if let Some(po) = fields.any_text("po_number")? {
            // Cut without a word, as the vendor says.
            header.insert("po_number".to_owned(), json!(po.chars().take(PO_NUMBER).collect::<String>()));
        }
        Ok(Draft { number: number.to_owned(), header, lines: self.lines(fields)? })
    }

    fn address(&self, address: &Value, name: &str, required: bool) -> Checked<()> {
        let fields = Fields::of(address, name)?;
        let limit = self.options.address_limit.unwrap_or(usize::MAX);
        let texts = fields.0.keys().try_for_each(|name| fields.text(name, limit).map(drop));
        let needed = if required && !self.trusted { complete(fields) } else { Ok(()) };
        texts.and(needed).map_err(|problem| problem.within(name))
    }

    fn lines(&self, order: Fields<'_>) -> Checked<Vec<Line>> {
        let list = order.list("lines")?;
        if list.is_empty() {
            return Err(Problem::new(MISSING, "lines", "is required"));
        }
        let mut numbers = BTreeSet::new();
        let mut lines = Vec::with_capacity(list.len());
        for (index, line) in list.iter().enumerate() {
            let part = format!("lines[{index}]");
            let line = Fields::of(line, &part)?;
            let line = self.line(line, true).map_err(|problem| problem.within(&part))?;
            if !numbers.insert(line.number) {
                return Err(Problem::value("line_number", "is there twice").within(&part));
            }
            lines.push(line);
        }
        Ok(lines)
    }

    fn line(&self, fields: Fields<'_>, may_hold_others: bool) -> Checked<Line> {
        let number = fields.integer("line_number")?;
        let number = number.ok_or_else(|| Problem::new(MISSING, "line_number", "is required"))?;
        let item = fields.required("item_number", 25)?;
        if !self.items.contains_key(item) && !self.trusted {
            return Err(Problem::new(UNKNOWN_ITEM, "item_number", format!("{item} is not an item of this account")));
        }
        if fields.get("quantity").is_none() {
            return Err(Problem::new(MISSING, "quantity", "is required"));
        }
        let quantity = fields.integer("quantity")?.and_then(|quantity| u64::try_from(quantity).ok());
        let quantity = quantity.filter(|quantity| *quantity > 0);
        let ordered = quantity.ok_or_else(|| Problem::value("quantity", "must be above 0"))?;
        fields.any_text("description")?;
        fields.number("price")?;
        fields.text("comments", 100)?;
        for name in ["custom_field1", "custom_field2", "custom_field5"] {
            fields.text(name, CUSTOM_FIELD)?;
        }
        for name in ["custom_field3", "custom_field4"] {
            if fields.get(name).is_some() {
                return Err(Problem::value(name, "is for DCL's use only"));
            }
        }
        if may_hold_others {
            fields.date("do_not_ship_before")?;
            fields.date("ship_by")?;
        }
        for (index, inner) in fields.list("bundle_lines")?.iter().enumerate() {
            let part = format!("bundle_lines[{index}]");
            if !may_hold_others {
                return Err(Problem::value("bundle_lines", "cannot hold bundles"));
            }
            self.line(Fields::of(inner, &part)?, false).map_err(|problem| problem.within(&part))?;
        }
        Ok(Line { number, item: item.to_owned(), ordered, shipped: 0, back_order: false, body: fields.0.clone() })
    }
}

/// Which fields of an address are required is inferred: whom, where, which country.
fn complete(address: Fields<'_>) -> Checked<()> {
    if address.required("company", usize::MAX).is_err() {
        address.required("attention", usize::MAX)?;
    }
    for name in ["address1", "city"] {
        address.required(name, usize::MAX)?;
    }
    let country = address.required("country_code", usize::MAX)?;
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Problem::value("country_code", "must be the two letters of a country"));
    }
    if ["US", "CA"].contains(&country) {
        address.required("state_province", usize::MAX)?;
        address.required("postal_code", usize::MAX)?;
    }
    Ok(())
}

/// An order that is not ours, made complete: what is not given is made up.
pub(super) fn completed(order: Value, account: &str) -> Checked<Value> {
    let Value::Object(given) = order else {
        return Err(Problem::value("order", "must be an object"));
    };
    let made_up = json!({
        "account_number": account, "freight_account": "00500", "shipping_carrier": "FEDEX",
        "shipping_service": "GROUND", "shipping_address": {}, "order_type": "EDI",
    });
    let mut order = match made_up {
        Value::Object(order) => order,
        _ => Map::new(),
    };
    order.extend(given);
    if let Some(Value::Array(lines)) = order.get_mut("lines") {
        for (line, number) in lines.iter_mut().zip(1..) {
            if line.is_object() && line["line_number"].is_null() {
                line["line_number"] = json!(number);
            }
        }
    }
    Ok(Value::Object(order))
}
