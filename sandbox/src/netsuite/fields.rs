//! What fields the account's records have: the published lists plus the account's custom fields.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;

const PUBLISHED: &str = include_str!("../../data/netsuite/fields.json");

/// Records of the sales side: where "sale" is checked on a custom field's definition.
const SALES: &[&str] = &["salesOrder", "invoice", "cashSale"];
const FULFILLMENTS: &[&str] = &["itemFulfillment"];
const PAYMENTS: &[&str] = &["customerPayment", "customerDeposit", "depositApplication"];
const INBOUND: &[&str] = &["purchaseOrder", "transferOrder"];
const EVERYWHERE: &[&str] = &[
    "salesOrder",
    "invoice",
    "cashSale",
    "itemFulfillment",
    "customerPayment",
    "customerDeposit",
    "depositApplication",
];
const BRANDED: &[&str] = &[
    "salesOrder",
    "invoice",
    "cashSale",
    "itemFulfillment",
    "customerPayment",
    "customerDeposit",
    "depositApplication",
    "purchaseOrder",
    "transferOrder",
    "itemReceipt",
];
const SALES_LINES: &[&str] = &["salesOrder-itemElement", "invoice-itemElement", "cashSale-itemElement"];

/// The account's custom fields, as the project's SDF package defines them: (schemas, field, kind).
const CUSTOM: &[(&[&str], &str, Kind)] = &[
    (EVERYWHERE, "custbody_shopify_order_id", Kind::Text),
    (EVERYWHERE, "custbody_shopify_order_name", Kind::Text),
    (SALES, "custbody_shopify_presentment_total", Kind::Text),
    (SALES, "custbody_shopify_presentment_currency", Kind::Text),
    (BRANDED, "custbody_o2c_brand", Kind::Text),
    (SALES, "custbody_o2c_flags", Kind::Text),
    (SALES, "custbody_sent_to_3pl", Kind::Boolean),
    (SALES, "custbody_o2c_hold", Kind::Boolean),
    (SALES, "custbody_o2c_invoiced", Kind::Boolean),
    (SALES, "custbody_dcl_order_number", Kind::Text),
    (FULFILLMENTS, "custbody_o2c_cartons", Kind::Text),
    (FULFILLMENTS, "custbody_o2c_tracking", Kind::Text),
    (FULFILLMENTS, "custbody_shopify_fulfillment_id", Kind::Text),
    (PAYMENTS, "custbody_shopify_transaction_id", Kind::Text),
    (INBOUND, "custbody_dcl_po_number", Kind::Text),
    (INBOUND, "custbody_dcl_po_reference", Kind::Text),
    (INBOUND, "custbody_o2c_announced", Kind::Text),
    (INBOUND, "custbody_o2c_left_out", Kind::Text),
    (SALES_LINES, "custcol_shopify_line_id", Kind::Text),
];

/// Fields that the 2026.1 list lacks and older ones have: it names the `paymentOption` only. That an
/// account takes both is inferred.
const INFERRED: &[(&str, &str, &str)] = &[
    ("customerPayment", "paymentMethod", "ref paymentMethod"),
    ("customerDeposit", "paymentMethod", "ref paymentMethod"),
    ("cashSale", "paymentMethod", "ref paymentMethod"),
    // The list types every entity as a customer, and shows no status of a transfer order.
    ("purchaseOrder", "entity", "ref vendor"),
    ("itemReceipt", "entity", "ref vendor"),
    ("transferOrder", "status", "enum A B C D E F G H"),
];

/// Fields of the tax details sublist: no public list has them, so it is not strict.
const TAX_DETAILS: &[(&str, &str)] = &[
    ("taxDetailsReference", "text"),
    ("lineName", "text"),
    ("lineType", "text"),
    ("netAmount", "number"),
    ("grossAmount", "number"),
    ("taxType", "ref taxType"),
    ("taxCode", "ref salesTaxItem"),
    ("taxRate", "number"),
    ("taxBasis", "number"),
    ("taxAmount", "number"),
    ("calcDetail", "text"),
];

/// References that the published lists leave untyped.
const UNTYPED: &[(&str, &str)] = &[
    ("customform", "customForm"),
    ("taxcode", "salesTaxItem"),
    ("taxitem", "salesTaxItem"),
    ("shippingtaxcode", "salesTaxItem"),
    ("handlingtaxcode", "salesTaxItem"),
    ("paymentoption", "paymentMethod"),
    ("createdfrom", super::kinds::ANY_TRANSACTION),
    ("orderdoc", super::kinds::ANY_TRANSACTION),
    ("doc", super::kinds::ANY_TRANSACTION),
];

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Text,
    Date,
    DateTime,
    Integer,
    Number,
    Boolean,
    /// A reference to a record of this type.
    Reference(String),
    /// One of these ids; `None` where the list is the account's own.
    Choice(Option<Vec<String>>),
    /// `{"items": […]}` of this schema.
    Sublist(String),
    /// A nested object of this schema.
    Subrecord(String),
    /// Links and multi-selects: taken as they are, or made by the account.
    Other,
}

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Defined in this account only.
    pub(crate) custom: bool,
}

/// The fields of a record, a line or a subrecord.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    /// Whether a name that is not listed is known to be wrong.
    pub(crate) strict: bool,
    fields: BTreeMap<String, Field>,
}

impl Schema {
    /// The field of this name, in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name).or_else(|| self.fields.get(&name.to_lowercase()))
    }

    /// All fields by lower-case name.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.values()
    }

    fn add(&mut self, name: &str, kind: Kind, custom: bool) {
        let name = name.to_owned();
        self.fields.insert(name.to_lowercase(), Field { name, kind, custom });
    }
}

/// All schemas of the account.
#[derive(Debug)]
pub(crate) struct Catalogue {
    schemas: BTreeMap<String, Schema>,
    open: Schema,
}

#[derive(Deserialize)]
struct File {
    enums: BTreeMap<String, String>,
    schemas: BTreeMap<String, FileSchema>,
}

#[derive(Deserialize)]
struct FileSchema {
    strict: bool,
    fields: BTreeMap<String, String>,
}

impl Catalogue {
    /// Reads the embedded lists and adds the account's custom fields.
    pub(crate) fn load() -> anyhow::Result<Catalogue> {
        let file: File = serde_json::from_str(PUBLISHED).context("data/netsuite/fields.json")?;
        let mut schemas = BTreeMap::new();
        for (name, listed) in &file.schemas {
            let mut schema = Schema { strict: listed.strict, ..Schema::default() };
            for (field, spec) in &listed.fields {
                schema.add(field, kind(field, spec, &file.enums), false);
            }
            schemas.insert(name.clone(), schema);
        }
        for record in SALES {
            let schema: &mut Schema = schemas.entry(format!("{record}-taxDetailsElement")).or_default();
            for (field, spec) in TAX_DETAILS {
                schema.add(field, kind(field, spec, &file.enums), false);
            }
        }
        for (schema, field, spec) in INFERRED {
            schemas.entry((*schema).to_owned()).or_default().add(field, kind(field, spec, &file.enums), false);
        }
        for (records, field, kind) in CUSTOM {
            for record in *records {
                schemas.entry((*record).to_owned()).or_default().add(field, kind.clone(), true);
            }
        }
        Ok(Catalogue { schemas, open: Schema::default() })
    }

    /// The schema of this name; an open one where no list was read.
    pub(crate) fn schema(&self, name: &str) -> &Schema {
        self.schemas.get(name).unwrap_or(&self.open)
    }

    /// All schemas whose name is `record` or starts with `record-`.
    pub(crate) fn of(&self, record: &str) -> impl Iterator<Item = (&str, &Schema)> {
        let record = record.to_owned();
        self.schemas.iter().filter_map(move |(name, schema)| {
            let rest = name.strip_prefix(&record)?;
            (rest.is_empty() || rest.starts_with('-')).then_some((name.as_str(), schema))
        })
    }
}

fn kind(field: &str, spec: &str, enums: &BTreeMap<String, String>) -> Kind {
    let (word, rest) = spec.split_once(' ').unwrap_or((spec, ""));
    match word {
        "text" => Kind::Text,
        "date" => Kind::Date,
        "datetime" => Kind::DateTime,
        "integer" => Kind::Integer,
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "ref" => {
            let typed = UNTYPED.iter().find(|(name, _)| rest == "nsResource" && *name == field.to_lowercase());
            Kind::Reference(typed.map_or(rest, |(_, target)| target).to_owned())
        }
        "enum" => {
            let list = match rest.strip_prefix('@') {
                Some(shared) => enums.get(shared).map(String::as_str).unwrap_or_default(),
                None => rest,
            };
            let ids: Vec<String> = list.split_whitespace().map(str::to_owned).collect();
            Kind::Choice((!ids.is_empty()).then_some(ids))
        }
        "sublist" => Kind::Sublist(rest.to_owned()),
        "subrecord" => Kind::Subrecord(rest.to_owned()),
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_custom_fields_are_known() {
        let catalogue = Catalogue::load().unwrap();
        let order = catalogue.schema("salesOrder");
        assert!(order.strict);
        assert_eq!(order.field("TRANDATE").unwrap().name, "tranDate");
        assert_eq!(order.field("customForm").unwrap().kind, Kind::Reference("customForm".into()));
        assert!(order.field("custbody_sent_to_3pl").unwrap().custom);
        assert!(order.field("custbody_other").is_none());
    }

    #[test]
    fn a_list_that_was_not_read_in_full_is_not_strict() {
        let catalogue = Catalogue::load().unwrap();
        assert!(!catalogue.schema("customer").strict);
        assert!(!catalogue.schema("salesOrder-shippingAddress").strict);
        assert!(catalogue.schema("salesOrder-billingAddress").strict);
        assert!(!catalogue.schema("salesOrder-taxDetailsElement").strict);
    }
}
