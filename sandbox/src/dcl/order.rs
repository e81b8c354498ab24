//! An order at the warehouse, and how `GET orders` tells it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::options::{Options, Packed};
use super::{stage, time};

/// An order that has passed the rules.
pub(super) struct Draft {
    pub(super) number: String,
    /// What was sent, without its lines.
    pub(super) header: Map<String, Value>,
    pub(super) lines: Vec<Line>,
}

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) number: i64,
    pub(super) item: String,
    pub(super) ordered: u64,
    pub(super) shipped: u64,
    pub(super) back_order: bool,
    /// What was sent.
    pub(super) body: Map<String, Value>,
}

impl Line {
    pub(super) fn open(&self) -> u64 {
        self.ordered.saturating_sub(self.shipped)
    }
}

/// A shipment that has left.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) at: Timestamp,
    pub(super) cartons: Vec<SentCarton>,
}

#[derive(Clone, Debug)]
pub(super) struct SentCarton {
    pub(super) carton_id: String,
    pub(super) tracking: String,
    pub(super) items: Vec<Packed>,
}

#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) number: String,
    pub(super) stage: i64,
    pub(super) header: Map<String, Value>,
    pub(super) lines: Vec<Line>,
    pub(super) shipments: Vec<Sent>,
    pub(super) received_at: Timestamp,
    pub(super) modified_at: Timestamp,
}

/// What of an order's header is told as it came.
const AS_SENT: &[&str] = &[
    "order_status",
    "account_number",
    "system_id",
    "ordered_date",
    "po_number",
    "customer_number",
    "freight_account",
    "consignee_number",
    "shipping_carrier",
    "shipping_service",
    "international_code",
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
    "payment_type",
    "terms",
    "fob",
    "packing_list_type",
    "packing_list_comments",
    "shipping_instructions",
    "custom_field1",
    "custom_field2",
    "custom_field3",
    "custom_field4",
    "custom_field5",
];
/// The same for a line.
const LINE_AS_SENT: &[&str] = &[
    "description",
    "price",
    "do_not_ship_before",
    "ship_by",
    "comments",
    "custom_field1",
    "custom_field2",
    "custom_field3",
    "custom_field4",
    "custom_field5",
];
const ADDRESS: &[&str] =
    &["company", "attention", "address1", "address2", "email", "phone", "city", "state_province", "postal_code"];
/// The fields that `fields` may ask for beside [`AS_SENT`].
const OWN: &[&str] = &[
    "order_number",
    "location",
    "order_stage",
    "stage_description",
    "is_cancelled",
    "is_back_order",
    "order_type",
    "received_date",
    "shipping_address",
    "billing_address",
    "lines",
    "shipments",
    "modified_at",
];

/// Whether an order has a field of this name.
pub(super) fn has_field(name: &str) -> bool {
    AS_SENT.contains(&name) || OWN.contains(&name)
}

impl Order {
    pub(super) fn is_open(&self) -> bool {
        stage::is_open(self.stage)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.stage == stage::CANCELLED
    }

    pub(super) fn is_back_order(&self) -> bool {
        self.lines.iter().any(|line| line.back_order)
    }

    pub(super) fn is_on_hold(&self) -> bool {
        self.header.get("order_status") == Some(&json!(0))
    }

    pub(super) fn open_units(&self) -> u64 {
        self.lines.iter().map(Line::open).sum()
    }

    /// The order as the wire shows it; its dates with their times if `extended`.
    pub(super) fn told(&self, options: &Options, extended: bool) -> Map<String, Value> {
        let mut told = Map::new();
        for name in AS_SENT {
            told.insert((*name).to_owned(), self.sent(name));
        }
        let modified = match options.modified_at_offset {
            true => self.modified_at.to_zoned(time::zone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string(),
            false => time::local(self.modified_at).to_string(),
        };
        let lines: Vec<_> = self.lines.iter().map(line).collect();
        let shipments: Vec<_> = self.shipments.iter().map(|sent| self.shipment(sent, options, extended)).collect();
        for (name, value) in [
            ("order_number", json!(self.number)),
            ("location", self.sent("location")),
            ("order_stage", json!(self.stage)),
            ("stage_description", json!(stage::description(self.stage))),
            ("is_cancelled", json!(self.is_cancelled())),
            ("is_back_order", json!(self.is_back_order())),
            ("order_type", self.header.get("order_type").cloned().unwrap_or_else(|| json!("REST"))),
            ("received_date", json!(date(self.received_at, extended))),
            ("shipping_address", self.address("shipping_address")),
            ("billing_address", self.address("billing_address")),
            ("lines", json!(lines)),
            ("shipments", json!(shipments)),
            ("modified_at", json!(modified)),
        ] {
            told.insert(name.to_owned(), value);
        }
        told
    }

    fn sent(&self, name: &str) -> Value {
        self.header.get(name).cloned().unwrap_or(Value::Null)
    }

    /// It comes in with `country_code` and goes out with `country`.
    fn address(&self, name: &str) -> Value {
        let Some(Value::Object(sent)) = self.header.get(name) else {
            return Value::Null;
        };
        let mut told: Map<_, _> =
            ADDRESS.iter().map(|name| ((*name).to_owned(), sent.get(*name).cloned().unwrap_or(Value::Null))).collect();
        let country = sent.get("country_code").and_then(Value::as_str).map(country);
        told.insert("country".to_owned(), json!(country));
        Value::Object(told)
    }

    fn shipment(&self, sent: &Sent, options: &Options, extended: bool) -> Value {
        let packages: Vec<_> = sent.cartons.iter().map(|carton| self.package(carton)).collect();
        let all = sent.cartons.iter().flat_map(|carton| &carton.items);
        let lines: Vec<_> = all
            .map(|packed| {
                json!({
                    "item_number": packed.item_number, "description": self.describe(&packed.item_number),
                    "quantity": packed.quantity, "serial_numbers": serials(packed),
                })
            })
            .collect();
        let mut told = json!({
            "ship_date": date(sent.at, extended),
            "shipping_address": self.address("shipping_address"),
            "packages": packages,
            "shipped_lines": lines,
        });
        if options.carrier_in_shipments {
            told["shipping_carrier"] = self.sent("shipping_carrier");
            told["shipping_service"] = self.sent("shipping_service");
        }
        told
    }

    fn package(&self, carton: &SentCarton) -> Value {
        let items: Vec<_> = carton
            .items
            .iter()
            .map(|packed| {
                json!({
                    "item_number": packed.item_number, "quantity": packed.quantity,
                    "description": self.describe(&packed.item_number), "serial_numbers": serials(packed),
                })
            })
            .collect();
        json!({
            "carton_id": filled(&carton.carton_id), "tracking_number": filled(&carton.tracking),
            "shipped_items": items,
        })
    }

    fn describe(&self, item: &str) -> Value {
        let line = self.lines.iter().find(|line| line.item == item);
        line.and_then(|line| line.body.get("description").cloned()).unwrap_or(Value::Null)
    }
}

fn line(line: &Line) -> Value {
    let mut told = Map::new();
    for name in LINE_AS_SENT {
        told.insert((*name).to_owned(), line.body.get(*name).cloned().unwrap_or(Value::Null));
    }
    for (name, value) in [
        ("line_number", json!(line.number)),
        ("item_number", json!(line.item)),
        // What has been shipped, not what was ordered.
        ("quantity", json!(line.shipped)),
        ("is_back_order", json!(line.back_order)),
        ("voided", json!(false)),
        ("bundle_lines", line.body.get("bundle_lines").cloned().unwrap_or_else(|| json!([]))),
    ] {
        told.insert(name.to_owned(), value);
    }
    Value::Object(told)
}

/// Null where there are none: any list in a shipment may be.
fn serials(packed: &Packed) -> Value {
    match packed.serial_numbers.as_slice() {
        [] => Value::Null,
        numbers => json!(numbers),
    }
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn date(moment: Timestamp, extended: bool) -> String {
    let format = if extended { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%d" };
    time::local(moment).strftime(format).to_string()
}

/// Names of the kind that are seen; a country that is not known here keeps its code.
fn country(code: &str) -> &str {
    match code {
        "AU" => "AUSTRALIA",
        "CA" => "CANADA",
        "DE" => "GERMANY",
        "FR" => "FRANCE",
        "GB" => "UNITED_KINGDOM",
        "JP" => "JAPAN",
        "MX" => "MEXICO",
        "US" => "UNITED_STATES",
        other => other,
    }
}
