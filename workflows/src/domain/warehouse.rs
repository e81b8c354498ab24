//! A Sales Order becomes an order at the warehouse: DCL's `POST /batches`, <https://api.dclcorp.com/>.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    chain::{Chain, Line, units},
    order::Address,
    readiness::Readiness,
    sales_order::Problem,
    shipment::{CANCELLED, DclOrder, SHIPPING},
};

/// What a Sales Order tells beyond its chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Where the goods go.
    pub shipping: Option<Address>,
    /// Where the bill goes.
    pub billing: Option<Address>,
    /// Internal id of the shipping item.
    pub ship_method: Option<String>,
    /// Not before this day.
    pub ship_date: Option<Date>,
    /// Printed on the packing list: a gift message.
    pub memo: Option<String>,
    /// Day of the order.
    pub date: Option<Date>,
}

/// What the policy is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WarehouseQuestion {
    /// The brand.
    pub brand: String,
    /// Internal id of the order's shipping item.
    pub ship_method: Option<String>,
    /// SKUs of its lines.
    pub skus: BTreeSet<String>,
}

/// What the brand's policy says about one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WarehousePolicy {
    /// DCL's account number.
    pub account_number: String,
    /// Who pays the freight.
    pub freight_account: String,
    /// DCL's warehouse, if not their choice.
    pub location: Option<String>,
    /// How this order travels; none if its shipping item is not mapped.
    pub method: Option<Method>,
    /// DCL's item numbers by SKU, where they differ.
    pub items: BTreeMap<String, String>,
    /// NetSuite locations that the warehouse stands for; empty: all.
    pub locations: BTreeSet<String>,
    /// How kits are sent.
    pub kits: Kits,
    /// The country in which a parcel is domestic.
    pub home_country: String,
    /// DCL's `international_code` for every other one.
    pub international_code: u32,
    /// How long an order may wait, in seconds.
    pub wait_limit: u64,
}

/// How kits are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kits {
    /// As one item that the warehouse knows.
    #[default]
    AsItem,
    /// Not at all: such an order waits for a person.
    Park,
}

/// How an order travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Method {
    /// DCL's carrier.
    pub carrier: String,
    /// DCL's service.
    pub service: String,
    /// Before all others?
    #[serde(default)]
    pub rush: bool,
}

/// An order as the warehouse gets it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WarehouseOrder {
    /// The Sales Order's number.
    pub order_number: String,
    /// DCL's account number.
    pub account_number: String,
    /// Who pays the freight.
    pub freight_account: String,
    /// DCL's warehouse.
    pub location: Option<String>,
    /// Before all others?
    pub rush: bool,
    /// Day of the order.
    pub ordered_date: Option<Date>,
    /// What people call the order in the shop.
    pub po_number: Option<String>,
    /// The customer's id in NetSuite.
    pub customer_number: String,
    /// DCL's carrier.
    pub carrier: String,
    /// DCL's service.
    pub service: String,
    /// Where the goods go.
    pub shipping: Address,
    /// Where the bill goes.
    pub billing: Option<Address>,
    /// 0 within the home country.
    pub international_code: u32,
    /// Value for customs, for a parcel that leaves the country.
    pub declared_value: Option<Decimal>,
    /// Printed on the packing list.
    pub packing_list_comments: Option<String>,
    /// The lines.
    pub lines: Vec<WarehouseLine>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WarehouseLine {
    /// The Sales Order's line.
    pub line_number: u32,
    /// DCL's item number.
    pub item_number: String,
    /// Units.
    pub quantity: u32,
    /// Price of one unit.
    pub price: Decimal,
    /// Not before this day.
    pub do_not_ship_before: Option<Date>,
}

/// DCL's limits of an order number, an item number and a customer number.
const LONGEST_NUMBER: usize = 25;
/// DCL documents no limit of what is printed on a packing list; this is the one of its other comments to a document.
const LONGEST_COMMENTS: usize = 255;
/// DCL documents no limit of its address fields; these are what its own labels hold.
const LONGEST_ADDRESS_FIELDS: [(&str, usize); 8] = [
    ("company", 40),
    ("name", 40),
    ("address1", 50),
    ("address2", 50),
    ("city", 40),
    ("state", 30),
    ("zip", 15),
    ("phone", 25),
];

/// May this Sales Order go to the warehouse now, later, or never?
pub fn readiness(chain: &Chain) -> Readiness {
    let (head, label) = (&chain.sales_order, chain.label());
    match head.status.as_str() {
        _ if head.sent => Readiness::Ready,
        "A" => Readiness::NotYet(format!("the approval of {label}")),
        _ if chain.closed() => Readiness::Never(format!("{label} is cancelled or closed")),
        "F" | "G" => Readiness::Never(format!("{label} has nothing left to ship")),
        _ if head.held => Readiness::NotYet(format!("the release of {label}, which is on hold")),
        _ => Readiness::Ready,
    }
}

/// What becomes of a Sales Order whose order was cancelled in the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancellation {
    /// Its open lines are closed: the warehouse does not have it, or has cancelled it.
    Close(Vec<u32>),
    /// A person has to ask the warehouse, which takes no cancellation from a program.
    Ask(Problem),
    /// It is too late.
    Shipped(String),
}

/// Decides from the order as the warehouse has it; none if it has none.
pub fn cancellation(chain: &Chain, at_warehouse: Option<&DclOrder>) -> Cancellation {
    let label = chain.label();
    let open = || chain.lines.iter().filter(|l| !l.closed).map(|l| l.line).collect();
    match at_warehouse {
        _ if chain.lines.iter().any(|l| l.fulfilled > Decimal::ZERO) => Cancellation::Shipped(format!(
            "{label} was cancelled in the shop after it had shipped; it has to come back"
        )),
        None => Cancellation::Close(open()),
        Some(order) if order.stage == CANCELLED => Cancellation::Close(open()),
        Some(order) if order.stage >= SHIPPING => Cancellation::Shipped(format!(
            "{label} was cancelled in the shop after DCL had shipped it; it has to come back"
        )),
        Some(order) => Cancellation::Ask(Problem::record(
            "cancelAtWarehouse",
            format!(
                "{label} was cancelled in the shop; DCL has it in stage {} ({}): have DCL cancel order {}, then resolve with retry",
                order.stage, order.stage_description, order.number
            ),
        )),
    }
}

/// The lines that the warehouse is to ship: fulfillable, open, at one of its locations.
pub fn lines_to_ship<'a>(chain: &'a Chain, locations: &BTreeSet<String>) -> Vec<&'a Line> {
    let served = |line: &Line| match &line.location {
        Some(location) => locations.is_empty() || locations.contains(location),
        None => true,
    };
    chain.lines.iter().filter(|line| line.open() > Decimal::ZERO && served(line)).collect()
}

/// The order as the warehouse gets it, or the field for which it cannot be.
pub fn draft(chain: &Chain, delivery: &Delivery, policy: &WarehousePolicy) -> Result<WarehouseOrder, Problem> {
    let label = chain.label();
    let method = policy.method.as_ref().ok_or_else(|| match &delivery.ship_method {
        Some(id) => Problem::missing(
            "unmappedShipMethod",
            format!("{label}: shipping item {id} is not mapped; add it to warehouse.ship_methods"),
        ),
        None => Problem::missing(
            "unmappedShipMethod",
            format!("{label} has no shipping item; set one, or configure warehouse.default_ship_method"),
        ),
    })?;
    let number = &chain.sales_order.number;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if number.len() > LONGEST_NUMBER || !number.chars().all(plain) {
        let what =
            format!("order_number: {number:?} is not 1 to {LONGEST_NUMBER} letters, digits and '-', as DCL takes");
        return Err(Problem::record("invalidField", what));
    }
    let shipping = delivery.shipping.as_ref().ok_or_else(|| {
        Problem::record("incompleteAddress", format!("shipping_address: {label} has none; add it in NetSuite"))
    })?;
    let shipping = address(shipping, "shipping_address", true)?;
    let billing = delivery.billing.as_ref().map(|a| address(a, "billing_address", false)).transpose()?;
    let abroad = !shipping.country.as_deref().is_some_and(|c| c.eq_ignore_ascii_case(&policy.home_country));
    let lines = lines_to_ship(chain, &policy.locations)
        .into_iter()
        .map(|line| warehouse_line(line, delivery.ship_date, policy))
        .collect::<Result<Vec<_>, _>>()?;
    let value = lines.iter().map(|l| l.price * Decimal::from(l.quantity)).sum();
    Ok(WarehouseOrder {
        order_number: number.clone(),
        account_number: policy.account_number.clone(),
        freight_account: policy.freight_account.clone(),
        location: policy.location.clone(),
        rush: method.rush,
        ordered_date: delivery.date,
        po_number: chain.sales_order.order_name.as_ref().map(|name| cut(name, LONGEST_NUMBER)),
        customer_number: cut(&chain.sales_order.customer, LONGEST_NUMBER),
        carrier: method.carrier.clone(),
        service: method.service.clone(),
        shipping,
        billing,
        international_code: if abroad { policy.international_code } else { 0 },
        declared_value: abroad.then_some(value),
        packing_list_comments: delivery.memo.as_deref().map(comments).transpose()?.flatten(),
        lines,
    })
}

fn warehouse_line(line: &Line, not_before: Option<Date>, policy: &WarehousePolicy) -> Result<WarehouseLine, Problem> {
    if line.item_type == "Kit" && policy.kits == Kits::Park {
        let what = format!("SKU {:?} is a kit, which warehouse.kits does not send", line.sku);
        return Err(Problem::missing("kit", what));
    }
    let item_number = policy.items.get(&line.sku).unwrap_or(&line.sku).clone();
    if item_number.chars().count() > LONGEST_NUMBER {
        let what = format!(
            "item_number: {item_number:?} is longer than the {LONGEST_NUMBER} characters that DCL takes; map it in warehouse.items"
        );
        return Err(Problem::missing("invalidField", what));
    }
    let price = line.amount.checked_div(line.quantity).unwrap_or_default().round_dp(2);
    let quantity = units(line.open(), &format!("SKU {:?}", line.sku))?;
    Ok(WarehouseLine { line_number: line.line, item_number, quantity, price, do_not_ship_before: not_before })
}

/// A gift message that stops in the middle of a sentence is none: one that is too long is named.
fn comments(memo: &str) -> Result<Option<String>, Problem> {
    let memo = memo.trim();
    let length = memo.chars().count();
    if length > LONGEST_COMMENTS {
        let message = format!(
            "packing_list_comments: {length} characters, {LONGEST_COMMENTS} fit on the packing list; shorten the Sales Order's memo in NetSuite"
        );
        return Err(Problem::record("fieldTooLong", message));
    }
    Ok((!memo.is_empty()).then(|| memo.to_owned()))
}

/// Within the label's limits. What is too long moves on to the second line or loses only its punctuation; where the meaning
/// would suffer, the field is named.
fn address(from: &Address, what: &str, complete: bool) -> Result<Address, Problem> {
    let text = |value: &Option<String>| value.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    let mut to = Address {
        name: text(&from.name),
        company: text(&from.company),
        address1: text(&from.address1),
        address2: text(&from.address2),
        city: text(&from.city),
        state: text(&from.state),
        zip: text(&from.zip),
        country: text(&from.country),
        phone: text(&from.phone).map(|phone| dialled(&phone)),
    };
    let limit = |field: &str| LONGEST_ADDRESS_FIELDS.iter().find(|(name, _)| *name == field).map_or(0, |(_, n)| *n);
    if let Some(street) = to.address1.take() {
        let (first, rest) = wrap(&street, limit("address1"));
        to.address1 = Some(first);
        to.address2 = match (rest, to.address2.take()) {
            (None, second) => second,
            (Some(rest), None) => Some(rest),
            (Some(rest), Some(second)) => Some(format!("{rest}, {second}")),
        };
    }
    let fields: [(&str, &Option<String>, bool); 9] = [
        ("company", &to.company, false),
        ("name", &to.name, to.company.is_none()),
        ("address1", &to.address1, true),
        ("address2", &to.address2, false),
        ("city", &to.city, true),
        ("state", &to.state, to.country.as_deref() == Some("US")),
        ("zip", &to.zip, to.country.as_deref() == Some("US")),
        ("country", &to.country, true),
        ("phone", &to.phone, false),
    ];
    for (field, value, required) in fields {
        match value {
            None if required && complete => {
                let message = format!("{what}.{field}: missing; complete it on the Sales Order in NetSuite");
                return Err(Problem::record("incompleteAddress", message));
            }
            Some(text) if limit(field) > 0 && text.chars().count() > limit(field) => {
                let message = format!(
                    "{what}.{field}: {} characters, {} fit on the label; shorten it on the Sales Order in NetSuite",
                    text.chars().count(),
                    limit(field)
                );
                return Err(Problem::record("fieldTooLong", message));
            }
            _ => {}
        }
    }
    Ok(to)
}

/// The digits of a telephone number, where its punctuation makes it too long.
fn dialled(phone: &str) -> String {
    match phone.chars().count() > 25 {
        true => phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        false => phone.to_owned(),
    }
}

/// Breaks a text before the word that no longer fits.
fn wrap(text: &str, limit: usize) -> (String, Option<String>) {
    let Some((end, _)) = text.char_indices().nth(limit) else { return (text.to_owned(), None) };
    let at = text[..end].rfind(' ').unwrap_or(end);
    (text[..at].trim_end().to_owned(), Some(text[at..].trim_start().to_owned()))
}

fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::chain::fixture::chain, *};

    fn policy() -> WarehousePolicy {
        WarehousePolicy {
            account_number: "10501".into(),
            freight_account: "00500".into(),
            location: None,
            method: Some(Method { carrier: "FEDEX".into(), service: "GROUND".into(), rush: false }),
            items: BTreeMap::from([("B".to_owned(), "B-DCL".to_owned())]),
            locations: BTreeSet::new(),
            kits: Kits::AsItem,
            home_country: "US".into(),
            international_code: 1,
            wait_limit: 60,
        }
    }

    fn delivery() -> Delivery {
        let text = |t: &str| Some(t.to_owned());
        Delivery {
            shipping: Some(Address {
                name: text("Ann Example"),
                address1: text("1 Main St"),
                city: text("Fremont"),
                state: text("CA"),
                zip: text("94538"),
                country: text("US"),
                ..Address::default()
            }),
            billing: None,
            ship_method: text("201"),
            ship_date: None,
            memo: None,
            date: None,
        }
    }

    #[test]
    fn only_what_ships_goes_and_by_the_warehouses_names() {
        let order = draft(&chain(3), &delivery(), &policy()).unwrap();
        assert_eq!(order.order_number, "SO1002");
        let lines: Vec<_> = order.lines.iter().map(|l| (l.line_number, l.item_number.as_str(), l.quantity)).collect();
        assert_eq!(lines, [(1, "A", 3), (2, "B-DCL", 1)]);
        assert_eq!((order.international_code, order.declared_value), (0, None));
    }

    #[test]
    fn shipped_closed_and_retail_lines_stay() {
        let mut chain = chain(3);
        chain.lines[0].fulfilled = 2.into();
        chain.lines[1].location = Some("9".into());
        let only = WarehousePolicy { locations: BTreeSet::from(["1".to_owned()]), ..policy() };
        let order = draft(&chain, &delivery(), &only).unwrap();
        assert_eq!(order.lines.iter().map(|l| (l.line_number, l.quantity)).collect::<Vec<_>>(), [(1, 1)]);
        chain.lines[0].closed = true;
        assert!(lines_to_ship(&chain, &only.locations).is_empty());
    }

    #[test]
    fn a_parcel_abroad_says_what_it_is_worth() {
        let mut delivery = delivery();
        delivery.shipping.as_mut().unwrap().country = Some("DE".into());
        let order = draft(&chain(3), &delivery, &policy()).unwrap();
        assert_eq!((order.international_code, order.declared_value), (1, Some(Decimal::new(4000, 2))));
    }

    #[test]
    fn a_field_that_cannot_be_is_named() {
        let mut long = delivery();
        let address = long.shipping.as_mut().unwrap();
        address.address1 = Some("12345 A Street With A Name That Goes On And On, Building Seven, Suite 12".into());
        let order = draft(&chain(1), &long, &policy()).unwrap();
        assert_eq!(order.shipping.address1.as_deref(), Some("12345 A Street With A Name That Goes On And On,"));
        assert_eq!(order.shipping.address2.as_deref(), Some("Building Seven, Suite 12"));

        let mut delivery = delivery();
        delivery.shipping.as_mut().unwrap().city = None;
        let problem = draft(&chain(1), &delivery, &policy()).unwrap_err();
        assert!(problem.message.starts_with("shipping_address.city: missing"), "{}", problem.message);

        delivery.shipping.as_mut().unwrap().city = Some("x".repeat(41));
        let problem = draft(&chain(1), &delivery, &policy()).unwrap_err();
        assert!(problem.message.starts_with("shipping_address.city: 41"), "{}", problem.message);

        let problem = draft(&chain(1), &delivery, &WarehousePolicy { method: None, ..policy() }).unwrap_err();
        assert!(problem.configuration && problem.kind == "unmappedShipMethod");
    }

    #[test]
    fn a_gift_message_is_printed_whole_or_named() {
        let with = |memo: &str| draft(&chain(1), &Delivery { memo: Some(memo.to_owned()), ..delivery() }, &policy());
        let printed = |memo: &str| with(memo).unwrap().packing_list_comments;
        assert_eq!(printed(" Happy birthday, Ann!\nBob 🎁 ").as_deref(), Some("Happy birthday, Ann!\nBob 🎁"));
        assert_eq!(printed("  \n"), None);
        assert_eq!(printed(&"ü".repeat(255)).map(|text| text.chars().count()), Some(255));
        let problem = with(&"x".repeat(256)).unwrap_err();
        assert!(problem.message.starts_with("packing_list_comments: 256 characters, 255 fit"), "{}", problem.message);
    }

    #[test]
    fn a_cancelled_order_is_closed_asked_about_or_too_late() {
        let at = |stage| DclOrder {
            number: "SO1002".into(),
            stage,
            stage_description: "Pick List Printed".into(),
            carrier: None,
            shipments: vec![],
        };
        let mut chain = chain(2);
        assert_eq!(cancellation(&chain, None), Cancellation::Close(vec![1, 2, 3, 4]));
        assert_eq!(cancellation(&chain, Some(&at(2))), Cancellation::Close(vec![1, 2, 3, 4]));
        assert!(matches!(cancellation(&chain, Some(&at(20))), Cancellation::Ask(p) if p.message.contains("stage 20")));
        assert!(matches!(cancellation(&chain, Some(&at(60))), Cancellation::Shipped(_)));
        chain.lines[0].fulfilled = 1.into();
        assert!(matches!(cancellation(&chain, Some(&at(2))), Cancellation::Shipped(_)));
    }

    #[test]
    fn readiness_follows_the_sales_order() {
        let with = |status: &str, held: bool| {
            let mut chain = chain(1);
            chain.sales_order.status = status.into();
            chain.sales_order.held = held;
            readiness(&chain)
        };
        assert_eq!(with("B", false), Readiness::Ready);
        assert!(matches!(with("A", false), Readiness::NotYet(_)));
        assert!(matches!(with("B", true), Readiness::NotYet(_)));
        assert!(matches!(with("H", false), Readiness::Never(_)));
        assert!(matches!(with("F", false), Readiness::Never(_)));
    }
}
