//! What was shipped is billed: which Invoices (or Cash Sales) are still to be made of a Sales Order.
//!
//! A line of goods is billed as it ships, its discount with it in proportion. Tax that is booked as a line follows the goods'
//! share, so that a first shipment never carries the whole tax. Everything else that does not ship (shipping, tips, rounding,
//! gift cards sold, digital goods) is billed with the first. The last bill takes exactly what is left of every line.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    chain::{Chain, Fulfillment, Line},
    money,
    payment::Tender,
    sales_order::Problem,
};
use crate::ids;

/// What the brand's policy says about billing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillingPolicy {
    /// How often.
    pub when: When,
    /// Where the money of a Cash Sale goes; none: the brand bills by Invoice.
    pub cash_sale: Option<Tender>,
    /// Does NetSuite compute the tax of every bill anew, from legacy tax codes?
    #[serde(default)]
    pub tax_codes: bool,
    /// Internal ids of the items whose lines are tax.
    pub tax_items: BTreeSet<String>,
    /// Decimal places of the order's currency.
    pub digits: u32,
    /// The tag that says "billed".
    pub invoiced_tag: String,
    /// How long an order may wait, in seconds.
    pub wait_limit: u64,
}

/// How often an order is billed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// One bill for each Item Fulfillment.
    #[default]
    PerFulfillment,
    /// One bill when everything is shipped.
    Complete,
}

/// A bill that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillDraft {
    /// NetSuite `externalId`.
    pub external_id: String,
    /// None: an Invoice.
    pub cash_sale: Option<Tender>,
    /// What it bills.
    pub lines: Vec<BillLine>,
    /// Lines that it leaves out: NetSuite bills what is not listed.
    pub left_out: Vec<u32>,
    /// Will nothing be left to bill after it?
    #[serde(default)]
    pub completes: bool,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillLine {
    /// The Sales Order's line.
    pub line: u32,
    /// Units; none for discounts.
    pub quantity: Option<Decimal>,
    /// Amount before tax.
    pub amount: Decimal,
    /// Legacy tax rate in percent, where it is not the order's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<Decimal>,
}

/// Tax lines are split by fractions of their one unit, to so many places.
const FRACTION: u32 = 5;

/// The bills that are still to be made, oldest fulfillment first.
pub fn plan(brand: &str, chain: &Chain, policy: &BillingPolicy) -> Result<Vec<BillDraft>, Problem> {
    let mut sheet = Sheet::new(chain, policy);
    let document = if policy.cash_sale.is_some() { "CS" } else { "INV" };
    let shipped: Vec<&Fulfillment> = chain.fulfillments.iter().filter(|f| f.shipped).collect();
    let whole = ids::billing_key(document, brand, &chain.sales_order.number);
    if !chain.ships() || (policy.when == When::Complete && chain.all_shipped()) {
        return Ok(sheet.bill(whole, None).into_iter().collect());
    }
    if policy.when == When::Complete {
        return Ok(vec![]);
    }
    let mut drafts = vec![];
    for fulfillment in shipped {
        let of = fulfillment.external_id.as_deref().and_then(|key| key.strip_prefix(&format!("IF-{brand}-")));
        let key = match of {
            Some(key) => ids::billing_key(document, brand, key),
            // One that a person has made has no key of ours.
            None => ids::billing_key(document, brand, &format!("{}-{}", chain.sales_order.number, fulfillment.id)),
        };
        if chain.bills.iter().any(|bill| bill.external_id.as_ref() == Some(&key)) {
            continue;
        }
        drafts.extend(sheet.bill(key, Some(fulfillment)));
    }
    Ok(drafts)
}

/// What is left to bill of every line while bills are put together.
struct Sheet<'a> {
    chain: &'a Chain,
    policy: &'a BillingPolicy,
    left: BTreeMap<u32, Left>,
    /// Has anything been billed yet?
    begun: bool,
}

#[derive(Clone, Copy)]
struct Left {
    quantity: Decimal,
    amount: Decimal,
}

impl<'a> Sheet<'a> {
    fn new(chain: &'a Chain, policy: &'a BillingPolicy) -> Self {
        let billed = |line: &Line| -> Decimal {
            chain.bills.iter().flat_map(|b| &b.parts).filter(|p| p.line == line.line).map(|p| p.amount).sum()
        };
        let left = chain.lines.iter().map(|line| {
            let quantity = (line.quantity - line.billed).max(Decimal::ZERO);
            (line.line, Left { quantity, amount: line.amount - billed(line) })
        });
        Self { chain, policy, left: left.collect(), begun: !chain.bills.is_empty() }
    }

    /// One bill, for one fulfillment or for all that is left. None if there is nothing to bill.
    fn bill(&mut self, external_id: String, of: Option<&Fulfillment>) -> Option<BillDraft> {
        let mut lines: Vec<BillLine> = vec![];
        let goods: Vec<&Line> = self.chain.lines.iter().filter(|l| l.fulfillable).collect();
        for line in goods {
            let shipped = match of {
                Some(f) => f.parts.iter().filter(|p| p.line == line.line).map(|p| p.quantity).sum(),
                None => line.fulfilled,
            };
            lines.extend(self.goods(line, shipped));
        }
        let last = self.goods_are_billed();
        if lines.is_empty() && !(last || !self.begun && of.is_none()) {
            return None;
        }
        for line in self.chain.lines.iter().filter(|l| !l.fulfillable) {
            lines.extend(self.other(line, last));
        }
        if lines.is_empty() {
            return None;
        }
        self.begun = true;
        lines.sort_by_key(|l| l.line);
        let listed: BTreeSet<u32> = lines.iter().map(|l| l.line).collect();
        let left_out = self.chain.lines.iter().filter(|l| !l.closed && !listed.contains(&l.line)).map(|l| l.line);
        Some(BillDraft {
            external_id,
            cash_sale: self.policy.cash_sale.clone(),
            left_out: left_out.collect(),
            lines,
            completes: last,
        })
    }

    /// So many units of a line of goods, as far as they are not billed yet; the last units take what is left of its amount.
    fn goods(&mut self, line: &Line, shipped: Decimal) -> Option<BillLine> {
        let digits = self.policy.digits;
        let left = self.left.get_mut(&line.line)?;
        let quantity = shipped.min(left.quantity).min(line.quantity);
        if quantity <= Decimal::ZERO {
            return None;
        }
        let amount = match quantity == left.quantity {
            true => left.amount,
            false => money::round(line.amount * quantity / line.quantity, digits),
        };
        left.quantity -= quantity;
        left.amount -= amount;
        Some(BillLine { line: line.line, quantity: Some(quantity), amount, tax_rate: None })
    }

    /// Will nothing more be shipped that is not billed by now?
    fn goods_are_billed(&self) -> bool {
        let left = |line: &Line| self.left.get(&line.line).is_some_and(|left| left.quantity > Decimal::ZERO);
        self.chain.lines.iter().filter(|l| l.fulfillable && !l.closed).all(|line| !left(line))
    }

    /// What does not ship: in full with the first bill, discounts and tax in proportion.
    fn other(&mut self, line: &Line, last: bool) -> Option<BillLine> {
        let proportional = match line.item_type.as_str() {
            "Discount" => self.discounted(line).map(|goods| self.share_of([goods])),
            _ if self.policy.tax_items.contains(&line.item) => {
                Some(self.share_of(self.chain.lines.iter().filter(|l| l.fulfillable || self.discounted(l).is_some())))
            }
            _ => None,
        };
        let is_discount = line.item_type == "Discount";
        let left = self.left.get_mut(&line.line)?;
        let open = if is_discount { !left.amount.is_zero() } else { left.quantity > Decimal::ZERO };
        if !open || line.closed {
            return None;
        }
        let amount = match proportional {
            Some(share) if !last => {
                let by_now = money::round(line.amount * share, self.policy.digits);
                by_now - (line.amount - left.amount)
            }
            _ => left.amount,
        };
        let quantity = match proportional {
            Some(share) if !last && !is_discount => {
                (line.quantity * share).round_dp(FRACTION) - (line.quantity - left.quantity)
            }
            _ => left.quantity,
        };
        if amount.is_zero() && !last && proportional.is_some() {
            return None;
        }
        left.amount -= amount;
        left.quantity -= quantity;
        Some(BillLine { line: line.line, quantity: (!is_discount).then_some(quantity), amount, tax_rate: None })
    }

    /// The goods directly before a discount, on which it was given.
    fn discounted(&self, discount: &Line) -> Option<&'a Line> {
        if discount.item_type != "Discount" {
            return None;
        }
        let before = self.chain.lines.iter().rev().find(|l| l.line < discount.line && l.item_type != "Discount")?;
        before.fulfillable.then_some(before)
    }

    /// How much of these lines is billed by now: by amount, or by units where the goods are free.
    fn share_of<'l>(&self, lines: impl IntoIterator<Item = &'l Line>) -> Decimal {
        let (mut total, mut billed, mut units, mut billed_units) =
            (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        for line in lines.into_iter().filter(|l| !l.closed || l.billed > Decimal::ZERO) {
            let Some(left) = self.left.get(&line.line) else { continue };
            total += line.amount;
            billed += line.amount - left.amount;
            units += line.quantity;
            billed_units += line.quantity - left.quantity;
        }
        let share = if total.is_zero() { billed_units.checked_div(units) } else { billed.checked_div(total) };
        share.unwrap_or(Decimal::ONE).clamp(Decimal::ZERO, Decimal::ONE)
    }
}

/// Legacy tax is computed and rounded anew on every bill, so that the taxes of the parts need not be the tax of the whole. The
/// last bill takes the cents that are left, by the rate of its largest taxed line. `rates`: the order's, by line, in percent.
pub fn level(draft: &mut BillDraft, chain: &Chain, rates: &BTreeMap<u32, Decimal>, digits: u32) {
    let tax_at = |line: &BillLine, rate: Decimal| money::round(line.amount * rate / Decimal::ONE_HUNDRED, digits);
    let rate = |line: &BillLine| rates.get(&line.line).copied().unwrap_or_default();
    let expected: Decimal = draft.lines.iter().map(|l| l.amount + tax_at(l, rate(l))).sum();
    let off = chain.sales_order.total - chain.billed() - expected;
    let cents = Decimal::new(i64::try_from(draft.lines.len()).unwrap_or(i64::MAX), digits);
    // More than rounding is not ours to hide.
    if off.is_zero() || off.abs() > cents {
        return;
    }
    let taxed = draft.lines.iter_mut().filter(|l| !rate(l).is_zero() && !l.amount.is_zero());
    let Some(line) = taxed.max_by_key(|l| l.amount.abs()) else { return };
    let wanted = tax_at(line, rate(line)) + off;
    let exact = wanted * Decimal::ONE_HUNDRED / line.amount;
    line.tax_rate = (2..=8).map(|places| exact.round_dp(places)).find(|rate| tax_at(line, *rate) == wanted);
}

/// Is everything billed that can be?
pub fn is_complete(chain: &Chain) -> bool {
    chain.sales_order.status == "G" || chain.sales_order.status == "H" && !chain.bills.is_empty()
}

/// What was billed must never be more than the order, and exactly the order once all of it is billed.
pub fn verify(chain: &Chain) -> Result<(), Problem> {
    let (billed, total) = (chain.billed(), chain.sales_order.total);
    let curtailed = chain.lines.iter().any(|l| l.closed);
    let wrong = billed > total || is_complete(chain) && !curtailed && billed != total;
    if !wrong {
        return Ok(());
    }
    let bills: Vec<String> = chain.bills.iter().map(|b| format!("{} {}", b.number, b.total)).collect();
    let what = format!("{} comes to {total}, what bills it to {billed}: {}", chain.label(), bills.join(", "));
    Err(Problem::record("totalDiffers", format!("{what}; correct the bills in NetSuite, then resolve with retry")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::chain::{Bill, Part, fixture::chain},
        *,
    };

    fn policy() -> BillingPolicy {
        BillingPolicy {
            when: When::PerFulfillment,
            cash_sale: None,
            tax_codes: false,
            tax_items: BTreeSet::from(["itax".to_owned()]),
            digits: 2,
            invoiced_tag: "INVOICED".into(),
            wait_limit: 60,
        }
    }

    fn ship(chain: &mut Chain, key: &str, parts: &[(u32, u32)]) {
        for (line, quantity) in parts {
            chain.lines.iter_mut().find(|l| l.line == *line).unwrap().fulfilled += Decimal::from(*quantity);
        }
        chain.fulfillments.push(Fulfillment {
            id: key.into(),
            external_id: Some(format!("IF-acme-{key}")),
            shipped: true,
            cartons: vec![],
            tracking: vec![],
            shopify: vec![],
            parts: parts
                .iter()
                .map(|(line, n)| Part { line: *line, quantity: (*n).into(), amount: Decimal::ZERO })
                .collect(),
        });
    }

    /// As NetSuite would book the draft.
    fn book(chain: &mut Chain, draft: &BillDraft) {
        for line in &draft.lines {
            chain.lines.iter_mut().find(|l| l.line == line.line).unwrap().billed += line.quantity.unwrap_or_default();
        }
        let parts = draft.lines.iter().map(|l| Part {
            line: l.line,
            quantity: l.quantity.unwrap_or_default(),
            amount: l.amount,
        });
        let total = draft.lines.iter().map(|l| l.amount).sum();
        chain.bills.push(Bill {
            id: draft.external_id.clone(),
            number: String::new(),
            cash_sale: false,
            external_id: Some(draft.external_id.clone()),
            total,
            unpaid: total,
            parts: parts.collect(),
        });
    }

    fn amounts(draft: &BillDraft) -> Vec<(u32, Decimal)> {
        draft.lines.iter().map(|l| (l.line, l.amount)).collect()
    }

    #[test]
    fn each_shipment_is_billed_as_shipped_and_never_with_the_whole_tax() {
        let mut chain = chain(3);
        ship(&mut chain, "SO1002-C1", &[(1, 1)]);
        let drafts = plan("acme", &chain, &policy()).unwrap();
        assert_eq!(drafts.len(), 1);
        assert_eq!(drafts[0].external_id, "INV-acme-SO1002-C1");
        let cents = |c: i64| Decimal::new(c, 2);
        assert_eq!(amounts(&drafts[0]), [(1, cents(1000)), (3, cents(500)), (4, cents(25))]);
        assert_eq!(drafts[0].left_out, [2]);
        assert_eq!(drafts[0].lines[2].quantity, Some(cents(25)), "a quarter of the tax line");
        book(&mut chain, &drafts[0]);
        assert!(plan("acme", &chain, &policy()).unwrap().is_empty(), "billed already");
        ship(&mut chain, "SO1002-C2", &[(1, 2), (2, 1)]);
        let rest = plan("acme", &chain, &policy()).unwrap();
        assert_eq!(amounts(&rest[0]), [(1, cents(2000)), (2, cents(1000)), (4, cents(75))]);
    }

    #[test]
    fn what_does_not_ship_is_billed_at_once_and_whole() {
        let mut chain = chain(1);
        chain.lines.iter_mut().for_each(|l| l.fulfillable = false);
        let drafts = plan("acme", &chain, &policy()).unwrap();
        assert_eq!((drafts.len(), drafts[0].external_id.as_str()), (1, "INV-acme-SO1002"));
        assert_eq!(drafts[0].lines.len(), 4);
        book(&mut chain, &drafts[0]);
        assert!(plan("acme", &chain, &policy()).unwrap().is_empty());
    }

    #[test]
    fn complete_waits_for_the_last_parcel() {
        let mut chain = chain(2);
        let complete = BillingPolicy { when: When::Complete, ..policy() };
        ship(&mut chain, "SO1002-C1", &[(1, 2)]);
        assert!(plan("acme", &chain, &complete).unwrap().is_empty());
        ship(&mut chain, "SO1002-C2", &[(2, 1)]);
        let drafts = plan("acme", &chain, &complete).unwrap();
        assert_eq!((drafts.len(), drafts[0].external_id.as_str(), drafts[0].lines.len()), (1, "INV-acme-SO1002", 4));
    }

    #[test]
    fn an_invoice_that_a_person_made_is_not_made_again() {
        let mut chain = chain(1);
        ship(&mut chain, "SO1002-C1", &[(1, 1), (2, 1)]);
        let mut by_hand = plan("acme", &chain, &policy()).unwrap().remove(0);
        by_hand.external_id = "somebody's".into();
        book(&mut chain, &by_hand);
        assert!(plan("acme", &chain, &policy()).unwrap().is_empty());
    }

    #[test]
    fn more_than_the_order_is_a_problem() {
        let mut chain = chain(1);
        ship(&mut chain, "SO1002-C1", &[(1, 1), (2, 1)]);
        let draft = plan("acme", &chain, &policy()).unwrap().remove(0);
        book(&mut chain, &draft);
        chain.sales_order.status = "G".into();
        assert!(verify(&chain).is_ok());
        chain.bills[0].total += Decimal::new(1, 2);
        assert_eq!(verify(&chain).unwrap_err().kind, "totalDiffers");
        chain.bills[0].total -= Decimal::new(2, 2);
        assert_eq!(verify(&chain).unwrap_err().kind, "totalDiffers");
    }

    #[test]
    fn the_last_bill_takes_the_cents_that_rounding_left() {
        let mut chain = chain(1);
        chain.sales_order.total = Decimal::new(3301, 2);
        let line = |line, amount| BillLine { line, quantity: None, amount: Decimal::new(amount, 2), tax_rate: None };
        let draft = BillDraft {
            external_id: "INV-acme-x".into(),
            cash_sale: None,
            lines: vec![line(1, 1000), line(2, 2000)],
            left_out: vec![],
            completes: true,
        };
        let rates = BTreeMap::from([(1, Decimal::TEN), (2, Decimal::TEN)]);
        let mut levelled = draft.clone();
        level(&mut levelled, &chain, &rates, 2);
        // 2.01 on 20.00.
        assert_eq!((levelled.lines[0].tax_rate, levelled.lines[1].tax_rate), (None, Some(Decimal::new(1005, 2))));

        // Nothing is off, or more than rounding.
        for total in [3300, 3310] {
            chain.sales_order.total = Decimal::new(total, 2);
            let mut same = draft.clone();
            level(&mut same, &chain, &rates, 2);
            assert_eq!(same, draft);
        }
    }

    proptest! {
        /// However an order ships: its bills add up to it, to the cent, and no line is billed beyond itself.
        #[test]
        fn the_bills_sum_to_the_order(
            quantity in 1_u32..40, price in 1_i64..100_000, discount in 0_i64..5_000, tax in 0_i64..10_000,
            cuts in prop::collection::vec(1_u32..6, 0..12),
        ) {
            let mut chain = chain(quantity);
            let gross = price * i64::from(quantity);
            chain.lines[0].amount = Decimal::new(gross, 2);
            chain.lines[3].amount = Decimal::new(tax, 2);
            let mut off = chain.lines[3].clone();
            off.line = 5;
            off.item_type = "Discount".into();
            off.item = "idiscount".into();
            off.quantity = Decimal::ZERO;
            off.amount = Decimal::new(-discount.min(gross), 2);
            // Directly behind the first line of goods.
            chain.lines[1].line = 6;
            chain.lines[2].line = 7;
            chain.lines[3].line = 8;
            chain.lines.insert(1, Line { line: 2, ..off });
            chain.sales_order.total = chain.lines.iter().map(|l| l.amount).sum();
            let mut left = quantity;
            let mut n = 0;
            for cut in cuts.into_iter().chain([u32::MAX]) {
                let units = cut.min(left);
                left -= units;
                n += 1;
                let mut parts = vec![(1, units)];
                parts.retain(|(_, n)| *n > 0);
                if left == 0 && n > 0 && chain.line(6).is_some_and(|l| l.fulfilled.is_zero()) {
                    parts.push((6, 1));
                }
                if parts.is_empty() { continue }
                ship(&mut chain, &format!("C{n}"), &parts);
                for draft in plan("acme", &chain, &policy()).unwrap() {
                    book(&mut chain, &draft);
                }
                prop_assert!(verify(&chain).is_ok());
            }
            prop_assert_eq!(chain.billed(), chain.sales_order.total);
            for line in &chain.lines {
                prop_assert!(line.billed <= line.quantity);
            }
            prop_assert!(plan("acme", &chain, &policy()).unwrap().is_empty());
        }
    }
}
