//! What the warehouse shipped becomes Item Fulfillments, one per shipment.
//!
//! DCL names items and quantities per carton but no lines of the order, so that they are allocated to the Sales Order's lines
//! in line order. A carton that a fulfillment names already is done with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    chain::{Chain, Fulfillment, Part},
    sales_order::Problem,
};
use crate::ids;

/// The order as the warehouse has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DclOrder {
    /// The Sales Order's number.
    pub number: String,
    /// 2 Cancelled … 10 Order Received … 60 Fully Shipped, 62 Closed Short.
    pub stage: i64,
    /// The stage in DCL's words.
    pub stage_description: String,
    /// The order's carrier.
    pub carrier: Option<String>,
    /// What left the house.
    pub shipments: Vec<Shipment>,
}

/// Cartons that left together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shipment {
    /// Day.
    pub date: Option<Date>,
    /// Its carrier, where DCL tells it.
    pub carrier: Option<String>,
    /// Its cartons.
    pub cartons: Vec<Carton>,
}

/// One carton.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Carton {
    /// DCL's carton id.
    pub id: Option<String>,
    /// Tracking number.
    pub tracking: Option<String>,
    /// What is in it.
    pub contents: Vec<Content>,
}

/// One item in a carton.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// DCL's item number.
    pub item: String,
    /// Units.
    pub quantity: Decimal,
    /// Lot or serial numbers.
    #[serde(default)]
    pub numbers: Vec<String>,
}

/// What the policy is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShippingQuestion {
    /// The brand.
    pub brand: String,
    /// DCL's carriers of this order.
    pub carriers: BTreeSet<String>,
    /// DCL's item numbers of this order.
    pub items: BTreeSet<String>,
}

/// What the brand's policy says about one order's shipments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShippingPolicy {
    /// SKUs by DCL's item number, where they differ.
    pub skus: BTreeMap<String, String>,
    /// How Shopify calls DCL's carriers.
    pub carriers: BTreeMap<String, Carrier>,
    /// Does Shopify write to the customer?
    pub notify_customer: bool,
    /// Is an order that was closed short, or cancelled by the warehouse, as good as shipped?
    pub accept_short: bool,
    /// Is what was shipped sold by Cash Sale at once?
    pub cash_sale: bool,
}

/// A carrier as the customer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Carrier {
    /// The name that Shopify knows: `FedEx`.
    pub company: String,
    /// Where a parcel is followed, with `{tracking}` for its number; none: Shopify makes the address from the company.
    pub url: Option<String>,
}

/// An Item Fulfillment that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FulfillmentDraft {
    /// NetSuite `externalId`.
    pub external_id: String,
    /// Day of the shipment.
    pub date: Option<Date>,
    /// What it ships.
    pub lines: Vec<FulfillmentLine>,
    /// Open lines that did not ship: NetSuite ships what is not listed.
    pub left_out: Vec<u32>,
    /// Its cartons.
    pub packages: Vec<Package>,
    /// The carrier, in DCL's words.
    pub carrier: Option<String>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FulfillmentLine {
    /// The Sales Order's line.
    pub line: u32,
    /// SKU.
    pub sku: String,
    /// Units.
    pub quantity: Decimal,
    /// Internal id of the location.
    pub location: Option<String>,
    /// Lot or serial numbers with their units.
    #[serde(default)]
    pub numbers: BTreeMap<String, Decimal>,
}

/// One carton of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    /// The carton's id, or its tracking number.
    pub carton: String,
    /// Tracking number.
    pub tracking: Option<String>,
}

/// Stages of an order at DCL.
pub const CANCELLED: i64 = 2;
/// From here on something may have left the house.
pub const SHIPPING: i64 = 50;
const FULLY_SHIPPED: i64 = 60;
/// The warehouse will ship no more of it.
pub const CLOSED_SHORT: i64 = 62;

impl Carton {
    /// What a fulfillment names the carton by.
    pub fn name(&self) -> Option<&str> {
        self.id.as_deref().or(self.tracking.as_deref()).map(str::trim).filter(|name| !name.is_empty())
    }
}

impl DclOrder {
    /// What the policy has to say something about.
    pub fn question(&self, brand: &str) -> ShippingQuestion {
        let contents = self.shipments.iter().flat_map(|s| &s.cartons).flat_map(|c| &c.contents);
        ShippingQuestion {
            brand: brand.to_owned(),
            carriers: self
                .carrier
                .iter()
                .chain(self.shipments.iter().filter_map(|s| s.carrier.as_ref()))
                .cloned()
                .collect(),
            items: contents.map(|c| c.item.clone()).collect(),
        }
    }

    /// The tracking numbers of the cartons of these names, as they are now.
    pub fn tracking_of(&self, cartons: &[String]) -> Vec<String> {
        let all = self.shipments.iter().flat_map(|s| &s.cartons);
        all.filter(|c| c.name().is_some_and(|name| cartons.iter().any(|c| c == name)))
            .filter_map(|c| c.tracking.clone())
            .collect()
    }

    /// The carrier of the shipment that has one of these cartons, else the order's.
    pub fn carrier_of(&self, cartons: &[String]) -> Option<&String> {
        let has = |shipment: &&Shipment| {
            shipment.cartons.iter().any(|c| c.name().is_some_and(|name| cartons.iter().any(|c| c == name)))
        };
        self.shipments.iter().find(has).and_then(|s| s.carrier.as_ref()).or(self.carrier.as_ref())
    }
}

/// The fulfillments that are still to be made, oldest shipment first. What the warehouse shipped beyond the order, or without
/// telling what, is a problem for a person.
pub fn plan(
    brand: &str,
    order: &DclOrder,
    chain: &Chain,
    policy: &ShippingPolicy,
) -> Result<Vec<FulfillmentDraft>, Problem> {
    let booked: BTreeSet<&str> = chain.fulfillments.iter().flat_map(|f| &f.cartons).map(String::as_str).collect();
    let mut open: BTreeMap<u32, Decimal> = chain.lines.iter().map(|l| (l.line, l.open())).collect();
    let mut seen = BTreeSet::new();
    let mut drafts = vec![];
    for shipment in &order.shipments {
        let mut new: Vec<&Carton> = vec![];
        for carton in &shipment.cartons {
            let name = carton.name().ok_or_else(|| {
                Problem::record(
                    "namelessCarton",
                    format!(
                        "DCL order {}: a carton has neither id nor tracking number; ask DCL for its tracking number",
                        order.number
                    ),
                )
            })?;
            if !booked.contains(name) && seen.insert(name) {
                new.push(carton);
            }
        }
        let Some(first) = new.iter().filter_map(|c| c.name()).min() else { continue };
        drafts.push(Allocation { order, chain, policy, open: &mut open }.draft(brand, first, shipment, &new)?);
    }
    Ok(drafts)
}

struct Allocation<'a> {
    order: &'a DclOrder,
    chain: &'a Chain,
    policy: &'a ShippingPolicy,
    open: &'a mut BTreeMap<u32, Decimal>,
}

impl Allocation<'_> {
    fn draft(
        mut self,
        brand: &str,
        key: &str,
        shipment: &Shipment,
        cartons: &[&Carton],
    ) -> Result<FulfillmentDraft, Problem> {
        let mut lines: Vec<FulfillmentLine> = vec![];
        for content in cartons.iter().flat_map(|c| &c.contents) {
            self.allocate(content, &mut lines)?;
        }
        if lines.is_empty() {
            let what = format!(
                "DCL order {}: carton {key} has no contents; ask DCL what was shipped in it",
                self.order.number
            );
            return Err(Problem::record("emptyShipment", what));
        }
        let shipped: BTreeSet<u32> = lines.iter().map(|l| l.line).collect();
        // What an earlier shipment takes in full is no longer there to be left out: NetSuite refuses to hear of it.
        let left = |line: &u32| self.open.get(line).is_some_and(|units| *units > Decimal::ZERO);
        let still_open = self.chain.lines.iter().filter(|l| left(&l.line) && !shipped.contains(&l.line));
        Ok(FulfillmentDraft {
            external_id: ids::fulfillment_key(brand, &self.order.number, key),
            date: shipment.date,
            left_out: still_open.map(|l| l.line).collect(),
            lines,
            packages: cartons
                .iter()
                .filter_map(|c| c.name().map(|name| Package { carton: name.to_owned(), tracking: c.tracking.clone() }))
                .collect(),
            carrier: shipment.carrier.clone().or_else(|| self.order.carrier.clone()),
        })
    }

    /// Takes the units from the lines of the item, in line order.
    fn allocate(&mut self, content: &Content, lines: &mut Vec<FulfillmentLine>) -> Result<(), Problem> {
        let number = &self.order.number;
        let sku = self.policy.skus.get(&content.item).unwrap_or(&content.item);
        let of_item: Vec<_> = self.chain.lines.iter().filter(|l| l.fulfillable && l.sku == *sku).collect();
        if of_item.is_empty() {
            let what = format!(
                "DCL order {number}: item {:?} was shipped, but {} has no line for it; add the line, or map the item in warehouse.items",
                content.item, self.chain.sales_order.number
            );
            return Err(Problem::missing("unknownItem", what));
        }
        if content.quantity <= Decimal::ZERO {
            let what = format!("DCL order {number}: {} units of item {:?} in a carton", content.quantity, content.item);
            return Err(Problem::record("invalidQuantity", what));
        }
        let named = content.numbers.len();
        if named > 1 && content.quantity != Decimal::from(named) {
            let what = format!(
                "DCL order {number}: {} units of item {:?} have {named} lot or serial numbers ({}), and how many are of which is not told; ask DCL",
                content.quantity,
                content.item,
                content.numbers.join(", ")
            );
            return Err(Problem::record("unclearNumbers", what));
        }
        let mut left = content.quantity;
        let mut numbers = content.numbers.iter();
        for line in of_item {
            let available = self.open.entry(line.line).or_default();
            let taken = left.min(*available);
            if taken.is_zero() {
                continue;
            }
            *available -= taken;
            left -= taken;
            let index = lines.iter().position(|l| l.line == line.line).unwrap_or_else(|| {
                lines.push(FulfillmentLine {
                    line: line.line,
                    sku: line.sku.clone(),
                    quantity: Decimal::ZERO,
                    location: line.location.clone(),
                    numbers: BTreeMap::new(),
                });
                lines.len() - 1
            });
            lines[index].quantity += taken;
            number_units(&mut lines[index].numbers, &content.numbers, &mut numbers, taken);
        }
        if !left.is_zero() {
            let what = format!(
                "DCL order {number}: {left} of {} units of item {:?} are more than {} has left to ship; correct the Sales Order, or the shipment at DCL",
                content.quantity, content.item, self.chain.sales_order.number
            );
            return Err(Problem::record("overShipped", what));
        }
        Ok(())
    }
}

/// One number for all units is a lot; a number for each is a serial.
fn number_units<'n>(
    to: &mut BTreeMap<String, Decimal>,
    all: &[String],
    next: &mut impl Iterator<Item = &'n String>,
    units: Decimal,
) {
    if let [lot] = all {
        *to.entry(lot.clone()).or_default() += units;
        return;
    }
    let mut left = units;
    while left > Decimal::ZERO
        && let Some(serial) = next.next()
    {
        *to.entry(serial.clone()).or_default() += Decimal::ONE;
        left -= Decimal::ONE;
    }
}

/// An order on which the warehouse will do nothing more, although not all of it was shipped; the difference in words.
pub fn short(order: &DclOrder, chain: &Chain, fulfilled: &[Part]) -> Option<Problem> {
    let shipped = |line: u32| fulfilled.iter().filter(|p| p.line == line).map(|p| p.quantity).sum::<Decimal>();
    let missing: Vec<String> = chain
        .lines
        .iter()
        .filter(|l| l.fulfillable && !l.closed)
        .map(|l| (l, l.quantity - shipped(l.line)))
        .filter(|(_, missing)| *missing > Decimal::ZERO)
        .map(|(l, missing)| format!("{missing} of {} units of SKU {:?}", l.quantity, l.sku))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let (kind, what) = match order.stage {
        CANCELLED => ("warehouseCancelled", "was cancelled at DCL"),
        CLOSED_SHORT => ("closedShort", "was closed short at DCL"),
        FULLY_SHIPPED => ("shippedShort", "counts as fully shipped at DCL"),
        _ => return None,
    };
    let todo = "close the lines in NetSuite, or send them again";
    Some(Problem::record(
        kind,
        format!("DCL order {} {what}; not shipped: {}; {todo}", order.number, missing.join(", ")),
    ))
}

/// All that is fulfilled, by the fulfillments themselves.
pub fn fulfilled(fulfillments: &[Fulfillment]) -> Vec<Part> {
    fulfillments.iter().flat_map(|f| f.parts.clone()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::chain::fixture::chain, *};

    fn policy() -> ShippingPolicy {
        ShippingPolicy {
            skus: BTreeMap::from([("B-DCL".to_owned(), "B".to_owned())]),
            carriers: BTreeMap::new(),
            notify_customer: true,
            accept_short: false,
            cash_sale: false,
        }
    }

    fn carton(id: &str, contents: &[(&str, u32)]) -> Carton {
        Carton {
            id: Some(id.into()),
            tracking: Some(format!("1Z{id}")),
            contents: contents
                .iter()
                .map(|(item, n)| Content { item: (*item).into(), quantity: (*n).into(), numbers: vec![] })
                .collect(),
        }
    }

    fn order(stage: i64, shipments: Vec<Vec<Carton>>) -> DclOrder {
        DclOrder {
            number: "SO1002".into(),
            stage,
            stage_description: String::new(),
            carrier: Some("FEDEX".into()),
            shipments: shipments.into_iter().map(|cartons| Shipment { date: None, carrier: None, cartons }).collect(),
        }
    }

    #[test]
    fn each_shipment_is_one_fulfillment_by_its_lowest_new_carton() {
        let shipped = order(
            60,
            vec![vec![carton("C2", &[("A", 1)]), carton("C1", &[("B-DCL", 1)])], vec![carton("C3", &[("A", 2)])]],
        );
        let drafts = plan("acme", &shipped, &chain(3), &policy()).unwrap();
        assert_eq!(
            drafts.iter().map(|d| d.external_id.as_str()).collect::<Vec<_>>(),
            ["IF-acme-SO1002-C1", "IF-acme-SO1002-C3"]
        );
        assert_eq!(
            drafts[0].lines.iter().map(|l| (l.line, l.quantity)).collect::<Vec<_>>(),
            [(1, 1.into()), (2, 1.into())]
        );
        assert_eq!(drafts[1].left_out, [0; 0], "line 2 is shipped in full by then");
        assert_eq!(drafts[0].packages.len(), 2);
    }

    #[test]
    fn cartons_that_are_named_already_are_subtracted() {
        let shipped = order(60, vec![vec![carton("C1", &[("A", 1)]), carton("C2", &[("A", 2)])]]);
        let mut chain = chain(3);
        chain.lines[0].fulfilled = 1.into();
        chain.fulfillments.push(Fulfillment {
            id: "9".into(),
            external_id: None,
            shipped: true,
            cartons: vec!["C1".into()],
            tracking: vec![],
            shopify: vec![],
            parts: vec![],
        });
        let drafts = plan("acme", &shipped, &chain, &policy()).unwrap();
        assert_eq!(drafts.len(), 1);
        assert_eq!((drafts[0].external_id.as_str(), drafts[0].lines[0].quantity), ("IF-acme-SO1002-C2", 2.into()));
    }

    #[test]
    fn what_cannot_be_booked_is_spelled_out() {
        let problem = |shipment| plan("acme", &order(60, vec![vec![shipment]]), &chain(3), &policy()).unwrap_err();
        let over = problem(carton("C1", &[("A", 5)]));
        assert_eq!(over.kind, "overShipped");
        assert!(over.message.contains("2 of 5 units"), "{}", over.message);
        assert_eq!(problem(carton("C1", &[("X", 1)])).kind, "unknownItem");
        assert_eq!(problem(carton("C1", &[])).kind, "emptyShipment");
        assert_eq!(problem(Carton { id: None, tracking: None, contents: vec![] }).kind, "namelessCarton");
        let untracked = Carton { id: None, ..carton("C1", &[("A", 1)]) };
        let drafts = plan("acme", &order(60, vec![vec![untracked]]), &chain(3), &policy()).unwrap();
        assert_eq!(drafts[0].external_id, "IF-acme-SO1002-1ZC1");
    }

    #[test]
    fn a_lot_covers_all_units_and_serials_one_each() {
        let mut lot = carton("C1", &[("A", 2)]);
        lot.contents[0].numbers = vec!["LOT7".into()];
        let mut serials = carton("C2", &[("A", 1), ("B-DCL", 1)]);
        serials.contents[0].numbers = vec!["S1".into()];
        let drafts = plan("acme", &order(60, vec![vec![lot, serials]]), &chain(3), &policy()).unwrap();
        assert_eq!(
            drafts[0].lines[0].numbers,
            BTreeMap::from([("LOT7".to_owned(), 2.into()), ("S1".to_owned(), 1.into())])
        );
        let mut unclear = carton("C1", &[("A", 3)]);
        unclear.contents[0].numbers = vec!["LOT7".into(), "LOT8".into()];
        let problem = plan("acme", &order(60, vec![vec![unclear]]), &chain(3), &policy()).unwrap_err();
        assert_eq!(problem.kind, "unclearNumbers");
        assert!(problem.message.contains("LOT7, LOT8"), "{}", problem.message);
    }

    #[test]
    fn an_order_closed_short_says_what_is_missing() {
        let parts = [Part { line: 1, quantity: 2.into(), amount: Decimal::ZERO }];
        let problem = short(&order(62, vec![]), &chain(3), &parts).unwrap();
        assert!(problem.message.contains(r#"1 of 3 units of SKU "A", 1 of 1 units of SKU "B""#), "{}", problem.message);
        assert!(short(&order(50, vec![]), &chain(3), &parts).is_none(), "the warehouse is not done yet");
    }

    proptest! {
        /// However the units are spread over shipments and cartons: all are booked, none twice, none beyond its line.
        #[test]
        fn what_is_booked_is_what_was_shipped(cartons in prop::collection::vec((1_u32..5, any::<bool>()), 1..8)) {
            let total: u32 = cartons.iter().map(|(n, _)| n).sum();
            let mut shipments: Vec<Vec<Carton>> = vec![vec![]];
            for (i, (n, starts_new)) in cartons.iter().enumerate() {
                if *starts_new && !shipments.last().unwrap().is_empty() {
                    shipments.push(vec![]);
                }
                shipments.last_mut().unwrap().push(carton(&format!("C{i}"), &[("A", *n)]));
            }
            let count = shipments.len();
            let mut chain = chain(total);
            let second = total / 2;
            let mut twin = chain.lines[0].clone();
            chain.lines[0].quantity = (total - second).into();
            twin.line = 9;
            twin.quantity = second.into();
            chain.lines.push(twin);
            let drafts = plan("acme", &order(60, shipments), &chain, &policy()).unwrap();
            prop_assert_eq!(drafts.len(), count);
            for line in [1, 9] {
                let booked: Decimal = drafts.iter().flat_map(|d| &d.lines).filter(|l| l.line == line).map(|l| l.quantity).sum();
                prop_assert_eq!(booked, chain.line(line).unwrap().quantity);
            }
        }
    }
}
