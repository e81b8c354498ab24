//! A workflow's input: plain JSON that a person can type, checked field by field.

use serde_json::{Map, Value};

use super::channel::ChannelOrder;

/// Which order is meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// Shopify's numeric id.
    Id(u64),
    /// What people call it: `#1001`.
    Name(String),
    /// An order of another channel, whole.
    Given(Box<ChannelOrder>),
}

/// The input of `shopifyToNetsuiteWorkflow`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderInput {
    /// The brand; none where only one is configured.
    pub brand: Option<String>,
    /// The order.
    pub subject: Subject,
}

/// The record of any agent but the first.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// NetSuite's internal id of a Sales Order.
    SalesOrder(String),
    /// What people call it: `SO1002`.
    SalesOrderNumber(String),
    /// The order number at the warehouse, which is the Sales Order's number.
    DclOrder(String),
    /// NetSuite's internal id of a purchase or transfer order.
    Transaction(String),
    /// What people call it: `PO1001`.
    TransactionNumber(String),
    /// DCL's number of a purchase or transfer order.
    DclPo(String),
    /// A Shopify order by its numeric id.
    Order(u64),
    /// A Shopify order by its name.
    OrderName(String),
}

/// The input of any agent but the first.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordInput {
    /// The brand; none where only one is configured.
    pub brand: Option<String>,
    /// The record.
    pub record: Record,
}

/// A field of an input that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidInput {
    /// Path of the field.
    pub field: String,
    /// What is wrong and what is expected.
    pub problem: String,
}

impl InvalidInput {
    /// Names a field and its problem.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

const EXAMPLE: &str = r#"{"brand":"acme","orderId":"450789469"}"#;

impl OrderInput {
    /// Reads `{"brand"?, "orderId"}` or `{"brand"?, "order": OrderCreated}`. `orderId` takes a number, a GID or `#1001`.
    pub fn parse(input: &Value) -> Result<Self, InvalidInput> {
        let fields = object(input, EXAMPLE, &["brand", "orderId", "order"])?;
        let subject = match (fields.get("orderId"), fields.get("order")) {
            (Some(id), None) => order_id(id)?,
            (None, Some(order)) => Subject::Given(Box::new(given(order)?)),
            (Some(_), Some(_)) => return Err(InvalidInput::new("order", "give either orderId or order, not both")),
            (None, None) => {
                return Err(InvalidInput::new("orderId", format!("missing; expected for example {EXAMPLE}")));
            }
        };
        Ok(Self { brand: brand(fields)?, subject })
    }
}

impl RecordInput {
    /// Reads `{"brand"?, <one of fields>}`, where `fields` are those of the workflow: `salesOrderId`, `dclOrderNumber`, `orderId`.
    pub fn parse(input: &Value, fields: &[&str]) -> Result<Self, InvalidInput> {
        let example = format!(r#"{{"brand":"acme","{}":"{}"}}"#, fields[0], example_of(fields[0]));
        let known: Vec<&str> = [&["brand"], fields].concat();
        let given = object(input, &example, &known)?;
        let mut records = fields.iter().filter_map(|name| given.get(*name).map(|value| (*name, value)));
        let (name, value) = match (records.next(), records.next()) {
            (Some(one), None) => one,
            (None, _) => {
                return Err(InvalidInput::new(fields[0], format!("missing; expected for example {example}")));
            }
            (Some(_), Some((other, _))) => {
                return Err(InvalidInput::new(other, format!("give one of {}, not both", fields.join(" and "))));
            }
        };
        let record = match name {
            "salesOrderId" => sales_order(value)?,
            "dclOrderNumber" => Record::DclOrder(dcl_order_number(value)?),
            "transactionId" => transaction(value)?,
            "dclPoNumber" => Record::DclPo(dcl_po_number(value)?),
            _ => match order_id(value)? {
                Subject::Name(name) => Record::OrderName(name),
                Subject::Id(id) => Record::Order(id),
                Subject::Given(_) => return Err(InvalidInput::new(name, "a Shopify order expected")),
            },
        };
        Ok(Self { brand: brand(given)?, record })
    }
}

fn example_of(field: &str) -> &'static str {
    match field {
        "salesOrderId" => "1203",
        "dclOrderNumber" => "SO1002",
        "transactionId" => "1203",
        "dclPoNumber" => "182759",
        _ => "450789469",
    }
}

/// A number, or a text.
fn text(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => String::new(),
    }
}

/// A whole number above 0 that NetSuite or DCL may have given.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

fn is_document_number(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | '#');
    (1..=45).contains(&text.len()) && text.chars().all(plain) && text.contains(|c: char| c.is_ascii_alphabetic())
}

/// A Sales Order by internal id or by document number.
fn sales_order(value: &Value) -> Result<Record, InvalidInput> {
    match text(value) {
        id if is_id(&id) => Ok(Record::SalesOrder(id)),
        number if is_document_number(&number) => Ok(Record::SalesOrderNumber(number)),
        _ => {
            let expected = "NetSuite's internal id such as 1203, or the number \"SO1002\" expected";
            Err(InvalidInput::new("salesOrderId", expected))
        }
    }
}

/// A purchase or transfer order by internal id or by document number.
fn transaction(value: &Value) -> Result<Record, InvalidInput> {
    match text(value) {
        id if is_id(&id) => Ok(Record::Transaction(id)),
        number if is_document_number(&number) => Ok(Record::TransactionNumber(number)),
        _ => {
            let expected = "NetSuite's internal id such as 1203, or the number \"PO1001\" expected";
            Err(InvalidInput::new("transactionId", expected))
        }
    }
}

/// DCL's `dcl_po_number`, an integer.
fn dcl_po_number(value: &Value) -> Result<String, InvalidInput> {
    let number = text(value);
    match is_id(&number) {
        true => Ok(number),
        false => Err(InvalidInput::new("dclPoNumber", "DCL's number of a purchase order expected, such as 182759")),
    }
}

/// DCL's own limits for `order_number`.
fn dcl_order_number(value: &Value) -> Result<String, InvalidInput> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '#';
    match value.as_str().map(str::trim) {
        Some(text) if (1..=25).contains(&text.len()) && text.chars().all(plain) => Ok(text.to_owned()),
        _ => {
            Err(InvalidInput::new("dclOrderNumber", "1 to 25 letters, digits, '-' or '#' expected, such as \"SO1002\""))
        }
    }
}

/// The fields of an object, or which one does not belong there.
pub fn object<'a>(input: &'a Value, example: &str, known: &[&str]) -> Result<&'a Map<String, Value>, InvalidInput> {
    let Some(fields) = input.as_object() else {
        return Err(InvalidInput::new("input", format!("a JSON object expected, for example {example}")));
    };
    match fields.keys().find(|k| !known.contains(&k.as_str())) {
        Some(unknown) => Err(InvalidInput::new(
            unknown.chars().take(64).collect::<String>(),
            format!("unknown field; known: {}", known.join(", ")),
        )),
        None => Ok(fields),
    }
}

/// The optional `brand` of an input.
pub fn brand(fields: &Map<String, Value>) -> Result<Option<String>, InvalidInput> {
    match fields.get("brand") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(brand)) if is_brand(brand) => Ok(Some(brand.clone())),
        Some(_) => Err(InvalidInput::new("brand", "1 to 32 lower-case letters, digits and '-' expected")),
    }
}

fn is_brand(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A Shopify order id in any form that people use.
pub fn order_id(value: &Value) -> Result<Subject, InvalidInput> {
    let wrong = || {
        InvalidInput::new("orderId", "a number, \"gid://shopify/Order/<number>\" or a name such as \"#1001\" expected")
    };
    let positive = |n: u64| if n > 0 { Ok(Subject::Id(n)) } else { Err(wrong()) };
    match value {
        Value::Number(n) => n.as_u64().ok_or_else(wrong).and_then(positive),
        Value::String(text) => {
            let text = text.trim();
            let digits = text.strip_prefix("gid://shopify/Order/").unwrap_or(text);
            if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
                return digits.parse().map_err(|_| wrong()).and_then(positive);
            }
            let name = text.strip_prefix('#').unwrap_or_default();
            let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '.';
            if (1..=60).contains(&name.chars().count()) && name.chars().all(plain) {
                return Ok(Subject::Name(text.to_owned()));
            }
            Err(wrong())
        }
        _ => Err(wrong()),
    }
}

fn given(order: &Value) -> Result<ChannelOrder, InvalidInput> {
    let order: ChannelOrder = serde_path_to_error::deserialize(order).map_err(|e| {
        let path = e.path().to_string();
        let field = if path == "." { "order".to_owned() } else { format!("order.{path}") };
        InvalidInput::new(field, e.inner().to_string().chars().take(200).collect::<String>())
    })?;
    order.check().map_err(|(field, problem)| InvalidInput::new(field, problem))?;
    Ok(order)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_people_type() {
        for (input, subject) in [
            (json!({"orderId": 450789469}), Subject::Id(450789469)),
            (json!({"orderId": "450789469"}), Subject::Id(450789469)),
            (json!({"orderId": "gid://shopify/Order/450789469"}), Subject::Id(450789469)),
            (json!({"orderId": "#1001", "brand": "acme"}), Subject::Name("#1001".into())),
            (json!({"orderId": " #EU-1001.2 "}), Subject::Name("#EU-1001.2".into())),
        ] {
            assert_eq!(OrderInput::parse(&input).unwrap().subject, subject, "{input}");
        }
    }

    #[test]
    fn nonsense_names_its_field() {
        for (input, field) in [
            (json!(null), "input"),
            (json!([1, 2]), "input"),
            (json!({}), "orderId"),
            (json!({"orderId": 0}), "orderId"),
            (json!({"orderId": -5}), "orderId"),
            (json!({"orderId": 1.5}), "orderId"),
            (json!({"orderId": "99999999999999999999999"}), "orderId"),
            (json!({"orderId": "gid://shopify/Product/1"}), "orderId"),
            (json!({"orderId": "#10 OR 1=1"}), "orderId"),
            (json!({"orderId": {"a": 1}}), "orderId"),
            (json!({"orderID": 1}), "orderID"),
            (json!({"orderId": 1, "brand": "ACME"}), "brand"),
            (json!({"orderId": 1, "brand": 7}), "brand"),
            (json!({"orderId": 1, "order": {}}), "order"),
            (json!({"order": 7}), "order"),
            (json!({"order": {"channel": "amazon"}}), "order"),
            (
                json!({"order": {"channel":"amazon","orderId":"1","createdAt":"2026-01-01T00:00:00Z","currency":"USD","total":"1","lines":[{"id":"1","sku":"A","quantity":-1,"unitPrice":"1"}]}}),
                "order.lines[0].quantity",
            ),
            (
                json!({"order": {"channel":"amazon","orderId":"1","createdAt":"2026-01-01T00:00:00Z","currency":"USD","total":"-1","lines":[{"id":"1","sku":"A","quantity":1,"unitPrice":"1"}]}}),
                "order.total",
            ),
        ] {
            let error = OrderInput::parse(&input).expect_err(&input.to_string());
            assert_eq!(error.field, field, "{input}: {error}");
        }
    }

    #[test]
    fn purchases_by_id_number_and_dcls_number() {
        let parsed = |input: Value, fields: &[&str]| RecordInput::parse(&input, fields);
        let transaction = |value: Value| parsed(json!({ "transactionId": value }), &["transactionId"]);
        let po = |value: Value| parsed(json!({ "dclPoNumber": value }), &["dclPoNumber"]);
        assert_eq!(transaction(json!(1203)).unwrap().record, Record::Transaction("1203".into()));
        assert_eq!(transaction(json!(" PO1001 ")).unwrap().record, Record::TransactionNumber("PO1001".into()));
        assert_eq!(po(json!("182759")).unwrap().record, Record::DclPo("182759".into()));
        for nonsense in [json!(0), json!(-1), json!("PO 1"), json!(""), json!([1]), json!("0012")] {
            assert_eq!(transaction(nonsense.clone()).unwrap_err().field, "transactionId", "{nonsense}");
            assert_eq!(po(nonsense).unwrap_err().field, "dclPoNumber");
        }
        assert_eq!(po(json!("PO1001")).unwrap_err().field, "dclPoNumber");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = OrderInput::parse(&json!({"orderId": text.clone(), "brand": text}));
            let _ = OrderInput::parse(&serde_json::from_str(&text).unwrap_or(Value::Null));
        }
    }
}
