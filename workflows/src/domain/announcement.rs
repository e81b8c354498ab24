//! An inbound order becomes DCL's `POST /po_notifications`, and is compared with it when it changes later.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    chain::units,
    inbound::{InboundOrder, InboundPolicy},
    sales_order::Problem,
};
use crate::ids;

/// DCL's limits, in characters.
const REFERENCE: usize = 25;
const ITEM_NUMBER: usize = 25;
/// What NetSuite's text area holds, in characters.
const TEXT_AREA: usize = 4000;

/// Goods as they are announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    /// DCL's account number.
    pub account_number: String,
    /// DCL's warehouse.
    pub location: String,
    /// Our reference, unique.
    pub reference: String,
    /// The order's number.
    pub order_number: String,
    /// Day of the order.
    pub order_date: Date,
    /// Day on which the goods are expected.
    pub expected: Date,
    /// The lines.
    pub lines: Vec<AnnouncedLine>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnnouncedLine {
    /// The order's line.
    pub line: u32,
    /// DCL's item number.
    pub item_number: String,
    /// Units.
    pub quantity: u32,
    /// Day on which it is expected, where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Date>,
}

/// What was announced, as the order itself keeps it: `{"h":"9f…","w":"FR","d":"2026-12-01","u":50,"l":{"1":["TEE",40]}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Hash of all of it.
    #[serde(rename = "h")]
    pub hash: String,
    /// DCL's warehouse.
    #[serde(rename = "w")]
    pub location: String,
    /// Day on which it is expected.
    #[serde(rename = "d")]
    pub expected: Date,
    /// Number of lines.
    #[serde(rename = "n")]
    pub count: usize,
    /// Sum of units.
    #[serde(rename = "u")]
    pub units: u64,
    /// Item number and units by line; none where that is too long for NetSuite's field.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<BTreeMap<u32, (String, u32)>>,
}

/// `acme-1203`; a hash where that is longer than DCL takes.
pub fn reference(brand: &str, id: &str) -> String {
    let plain = format!("{brand}-{id}");
    if plain.chars().count() <= REFERENCE { plain } else { ids::hex_hash(&plain, REFERENCE) }
}

/// The order as DCL is to expect it. Amounts that have come already count: it is what is announced in all.
pub fn draft(brand: &str, order: &InboundOrder, policy: &InboundPolicy) -> Result<Announcement, Problem> {
    let number = &order.number;
    let mut lines = vec![];
    let mut places = BTreeSet::new();
    for line in order.own_lines(policy) {
        let expected = line.expected_units(order.kind);
        if expected.is_zero() {
            continue;
        }
        let item_number = policy.item_number(&line.sku);
        if item_number.is_empty() || item_number.chars().count() > ITEM_NUMBER {
            let what = format!(
                "{number}: line {}: DCL takes item numbers of 1 to {ITEM_NUMBER} characters; map SKU {:?} in warehouse.items",
                line.line, line.sku
            );
            return Err(Problem::missing("unmappedItem", what));
        }
        places.extend(order.place(line).and_then(|place| policy.locations.get(place)));
        lines.push(AnnouncedLine {
            line: line.line,
            item_number: item_number.to_owned(),
            quantity: units(expected, &format!("{number}: line {}", line.line))?,
            expected: line.expected,
        });
    }
    let mut places = places.into_iter();
    let location = match (places.next(), places.next()) {
        (Some(only), None) => only.clone(),
        (None, _) => {
            return Err(Problem::record("nothingExpected", format!("{number}: nothing of it is expected; close it")));
        }
        (Some(one), Some(other)) => {
            let what =
                format!("{number}: its lines go to {one} and to {other}; DCL takes one warehouse: split the order");
            return Err(Problem::record("severalWarehouses", what));
        }
    };
    let order_date = order.date.ok_or_else(|| Problem::record("noDate", format!("{number}: it has no date")))?;
    let first = lines.iter().filter_map(|line| line.expected).min();
    let usual = order_date.checked_add(i64::from(policy.lead_days).days());
    let expected = order.expected.or(first).or(usual.ok());
    let expected =
        expected.ok_or_else(|| Problem::record("noDate", format!("{number}: {order_date} is no usual date")))?;
    Ok(Announcement {
        account_number: policy.account_number.clone(),
        location,
        reference: reference(brand, &order.id),
        order_number: number.chars().take(REFERENCE).collect(),
        order_date,
        expected,
        lines,
    })
}

impl Announcement {
    /// What the order keeps of it.
    pub fn record(&self) -> Record {
        let lines: BTreeMap<_, _> = self.lines.iter().map(|l| (l.line, (l.item_number.clone(), l.quantity))).collect();
        let days: BTreeMap<_, _> = self.lines.iter().filter_map(|l| Some((l.line, l.expected?))).collect();
        let whole = serde_json::json!([self.location, self.expected, lines, days]).to_string();
        let record = Record {
            hash: ids::hex_hash(&whole, 16),
            location: self.location.clone(),
            expected: self.expected,
            count: lines.len(),
            units: lines.values().map(|(_, units)| u64::from(*units)).sum(),
            lines: Some(lines),
        };
        if record.text().chars().count() <= TEXT_AREA { record } else { Record { lines: None, ..record } }
    }
}

impl Record {
    /// As NetSuite keeps it.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads it back; none if a person wrote something else there.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Units that were announced of a line, where that is known.
    pub fn units_of(&self, line: u32) -> Option<Decimal> {
        self.lines.as_ref()?.get(&line).map(|(_, units)| Decimal::from(*units))
    }

    /// How `now` differs from what was announced, spelled out; none if it does not.
    pub fn difference(&self, now: &Record) -> Option<String> {
        if self.hash == now.hash {
            return None;
        }
        let mut all = vec![];
        if self.location != now.location {
            all.push(format!("warehouse {} → {}", self.location, now.location));
        }
        if self.expected != now.expected {
            all.push(format!("expected {} → {}", self.expected, now.expected));
        }
        match (&self.lines, &now.lines) {
            (Some(before), Some(after)) => all.extend(line_by_line(before, after)),
            _ if (self.count, self.units) == (now.count, now.units) => {}
            _ => all
                .push(format!("{} lines, {} units → {} lines, {} units", self.count, self.units, now.count, now.units)),
        }
        if all.is_empty() {
            all.push("items, or days of single lines".to_owned());
        }
        Some(all.join("; "))
    }
}

fn line_by_line(before: &BTreeMap<u32, (String, u32)>, after: &BTreeMap<u32, (String, u32)>) -> Vec<String> {
    let numbers: BTreeSet<u32> = before.keys().chain(after.keys()).copied().collect();
    let said = |number| match (before.get(&number), after.get(&number)) {
        (a, b) if a == b => None,
        (Some((item, units)), None) => Some(format!("line {number}: {units} × {item} no longer expected")),
        (None, Some((item, units))) => Some(format!("line {number}: {units} × {item} not announced")),
        (Some((a, from)), Some((b, to))) if a == b => Some(format!("line {number}: {from} → {to} × {a}")),
        (Some((a, from)), Some((b, to))) => Some(format!("line {number}: {from} × {a} → {to} × {b}")),
        (None, None) => None,
    };
    numbers.into_iter().filter_map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::super::inbound::fixture::{policy, purchase, transfer};
    use super::*;

    #[test]
    fn a_purchase_is_announced_whole() {
        let draft = draft("acme", &purchase(), &policy()).unwrap();
        assert_eq!((draft.reference.as_str(), draft.order_number.as_str()), ("acme-1203", "PO1001"));
        assert_eq!((draft.location.as_str(), draft.account_number.as_str()), ("FR", "10501"));
        // Two weeks after its date, unless it says otherwise.
        assert_eq!(draft.expected, "2026-11-16".parse().unwrap());
        let lines: Vec<_> = draft.lines.iter().map(|l| (l.line, l.item_number.as_str(), l.quantity)).collect();
        assert_eq!(lines, [(1, "TEE-SLATE", 40), (2, "MOSS", 10)]);

        let mut order = purchase();
        order.lines[1].expected = Some("2026-11-20".parse().unwrap());
        order.lines[0].closed = true;
        let draft = super::draft("acme", &order, &policy()).unwrap();
        assert_eq!((draft.expected, draft.lines.len()), ("2026-11-20".parse().unwrap(), 1));
        order.expected = Some("2026-12-01".parse().unwrap());
        assert_eq!(super::draft("acme", &order, &policy()).unwrap().expected, "2026-12-01".parse().unwrap());
        assert_eq!(super::draft("acme", &transfer(), &policy()).unwrap().lines.len(), 2);
    }

    #[test]
    fn what_dcl_does_not_take_is_named() {
        let refused = |change: &dyn Fn(&mut InboundOrder)| {
            let mut order = purchase();
            change(&mut order);
            draft("acme", &order, &policy()).unwrap_err()
        };
        let long = refused(&|o| o.lines[0].sku = "X".repeat(26));
        assert!(long.configuration && long.message.contains("line 1") && long.message.contains("warehouse.items"));
        assert!(refused(&|o| o.lines[1].quantity = Decimal::new(15, 1)).message.contains("line 2: 1.5"));
        assert_eq!(refused(&|o| o.lines.iter_mut().for_each(|l| l.closed = true)).kind, "nothingExpected");
        let mut policy = policy();
        policy.locations.insert("2".into(), "LA".into());
        let mut order = purchase();
        order.lines[1].location = Some("2".into());
        assert!(draft("acme", &order, &policy).unwrap_err().message.contains("FR and to LA"));
    }

    #[test]
    fn references_are_unique_and_short() {
        assert_eq!(reference("acme", "1203"), "acme-1203");
        let long = "a-brand-with-a-long-name";
        assert_eq!(reference(long, "1203").len(), 25);
        assert_ne!(reference(long, "1203"), reference(long, "1204"));
    }

    #[test]
    fn a_change_is_spelled_out() {
        let (order, policy) = (purchase(), policy());
        let record = |order: &InboundOrder| draft("acme", order, &policy).unwrap().record();
        let before = Record::parse(&record(&order).text()).unwrap();
        assert_eq!(before.difference(&record(&order)), None);
        assert_eq!(before.units_of(2), Some(Decimal::TEN));
        let mut changed = order.clone();
        changed.lines[0].quantity = 45.into();
        changed.lines[1].closed = true;
        changed.expected = Some("2026-12-01".parse().unwrap());
        let said = before.difference(&record(&changed)).unwrap();
        assert_eq!(
            said,
            "expected 2026-11-16 → 2026-12-01; line 1: 40 → 45 × TEE-SLATE; line 2: 10 × MOSS no longer expected"
        );
        // What has come in the meantime is no change.
        let mut received = order.clone();
        received.lines[0].moved = 40.into();
        received.lines[1].moved = 3.into();
        received.lines[1].closed = true;
        assert_eq!(before.difference(&record(&received)), None);
        assert_eq!(Record::parse("announced by ann"), None);
    }

    #[test]
    fn five_thousand_lines_fit_their_field() {
        let mut order = purchase();
        let line = order.lines[0].clone();
        order.lines = (1..=5000).map(|n| super::super::inbound::InboundLine { line: n, ..line.clone() }).collect();
        let before = draft("acme", &order, &policy()).unwrap();
        assert_eq!(before.lines.len(), 5000);
        assert!(before.record().text().chars().count() <= TEXT_AREA);
        order.lines[4999].quantity = 41.into();
        let now = draft("acme", &order, &policy()).unwrap().record();
        let said = before.record().difference(&now).unwrap();
        assert_eq!(said, "5000 lines, 200000 units → 5000 lines, 200001 units");
        order.lines[4999].quantity = 40.into();
        order.lines[4998].expected = Some("2026-12-24".parse().unwrap());
        order.expected = Some(before.expected);
        let now = draft("acme", &order, &policy()).unwrap().record();
        assert_eq!(before.record().difference(&now).as_deref(), Some("items, or days of single lines"));
    }
}
