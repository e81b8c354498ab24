mod billing;
mod index;
mod later;
mod payment;
mod sales_order;
mod shipments;
mod warehouse;

use std::collections::{BTreeMap, BTreeSet};

use self::index::Index;
use self::later::Case;
use crate::kind::Kind;
use crate::state::{Booked, Money, Order, Rules, SalesOrder, State};
use crate::verdict::{OrderVerdict, Outcome, Summary, Verdict, Violation};

/// Judges what both vendors hold. Pure: the same state and rules give the same verdict.
///
/// A reason excuses a missing Sales Order, a missing tag and, as long as the Sales Order is not released,
/// a wrong total. It excuses later stages and marks that are missing, too; never what is doubled, too much,
/// or belongs to nothing.
pub fn judge(state: &State, rules: &Rules) -> Verdict {
    let index = Index::new(state, &rules.brand);
    let mut court = Court { state, rules, index, order_of: BTreeMap::new(), violations: Vec::new() };
    court.lists();
    let by_order = court.sort();
    court.order_of = by_order
        .iter()
        .flat_map(|(order, sales_orders)| sales_orders.iter().map(|s| (s.id.as_str(), *order)))
        .collect();
    let mut orders: BTreeMap<u64, &Order> = BTreeMap::new();
    for order in &state.orders {
        orders.insert(order.id, order);
    }
    for (id, sales_orders) in &by_order {
        if !orders.contains_key(id) {
            for sales_order in sales_orders {
                court.find(
                    Kind::Orphan,
                    Some(*id),
                    format!("{} is for order {id}, which does not exist", say(sales_order)),
                );
            }
        }
    }
    court.later_lists();
    let none = Vec::new();
    let verdicts: Vec<OrderVerdict> = orders
        .values()
        .map(|order| {
            let sales_orders = by_order.get(&order.id).unwrap_or(&none);
            OrderVerdict {
                order: order.id,
                name: order.name.clone(),
                outcome: court.order(order, sales_orders),
                documents: court.documents_of(sales_orders),
            }
        })
        .collect();
    let count = |wanted: fn(&Outcome) -> bool| verdicts.iter().filter(|v| wanted(&v.outcome)).count();
    let others = court.other_warehouse_orders();
    let summary = Summary {
        brand: rules.brand.clone(),
        orders: verdicts.len(),
        sales_orders: state.sales_orders.iter().filter(|s| s.is_open() && !court.is_of_other_brand(s)).count(),
        booked: count(|o| matches!(o, Outcome::Booked { .. })),
        with_reason: count(|o| matches!(o, Outcome::Reason(_))),
        before_go_live: count(|o| matches!(o, Outcome::BeforeGoLive)),
        violated: count(|o| matches!(o, Outcome::Violated)),
        other_channels: state.sales_orders.iter().filter(|s| court.is_of_other_channel(s)).count(),
        warehouse_orders: court.index.warehouse.values().map(Vec::len).sum::<usize>() - others,
        other_warehouse_orders: others,
        fulfillments: state.later.fulfillments.len(),
        bills: state.later.bills.len(),
        payments: state.later.payments.len(),
        lists: state.lists.clone(),
    };
    Verdict { orders: verdicts, violations: court.violations, summary }
}

struct Court<'a> {
    state: &'a State,
    rules: &'a Rules,
    index: Index<'a>,
    /// The order of each Sales Order, by its internal id.
    order_of: BTreeMap<&'a str, u64>,
    violations: Vec<Violation>,
}

impl<'a> Court<'a> {
    fn find(&mut self, kind: Kind, order: Option<u64>, evidence: String) {
        self.violations.push(Violation { kind, order, evidence });
    }

    fn find_all(&mut self, found: Vec<(Kind, Option<u64>, String)>) {
        self.violations.extend(found.into_iter().map(|(kind, order, evidence)| Violation { kind, order, evidence }));
    }

    fn lists(&mut self) {
        for list in &self.state.lists {
            if !list.is_whole() {
                let evidence = format!("{}: {} read, {} counted by the vendor", list.name, list.read, list.counted);
                self.find(Kind::ListCut, None, evidence);
            }
        }
    }

    fn is_of_other_channel(&self, sales_order: &SalesOrder) -> bool {
        sales_order.external_id.as_ref().is_some_and(|id| self.rules.other_channels.contains(id))
    }

    /// `SO-acme-eu-7` begins like a key of the brand `acme` and is none.
    fn is_of_other_brand(&self, sales_order: &SalesOrder) -> bool {
        let ours = sales_order.external_id.as_deref().and_then(|id| order_of(id, &self.rules.brand));
        ours.is_none() && sales_order.brand.as_ref().is_some_and(|brand| *brand != self.rules.brand)
    }

    /// The Sales Orders by the order that they are for.
    fn sort(&mut self) -> BTreeMap<u64, Vec<&'a SalesOrder>> {
        let state = self.state;
        let mut by_order: BTreeMap<u64, Vec<&SalesOrder>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for sales_order in &state.sales_orders {
            if self.is_of_other_channel(sales_order) || self.is_of_other_brand(sales_order) {
                continue;
            }
            if !seen.insert(&sales_order.id) {
                self.find(Kind::ListCut, None, format!("{} came twice in the list", say(sales_order)));
                continue;
            }
            let by_key = sales_order.external_id.as_deref().and_then(|id| order_of(id, &self.rules.brand));
            let by_field = sales_order.order.as_deref().and_then(|id| id.parse().ok());
            let Some(order) = by_key.or(by_field) else {
                self.find(Kind::Orphan, None, format!("{} points to no order", say(sales_order)));
                continue;
            };
            if by_key != by_field {
                let evidence = format!(
                    "{} has custbody_shopify_order_id {:?}, which does not agree",
                    say(sales_order),
                    sales_order.order.as_deref().unwrap_or_default(),
                );
                self.find(Kind::Reference, Some(order), evidence);
            }
            by_order.entry(order).or_default().push(sales_order);
        }
        by_order
    }

    fn order(&mut self, order: &'a Order, sales_orders: &[&'a SalesOrder]) -> Outcome {
        let state = self.state;
        let before = self.violations.len();
        let already = self.violations.iter().any(|v| v.order == Some(order.id));
        let reason = state.reasons.get(&order.id);
        let tagged = order.tags.contains(&self.rules.tag);
        let open: Vec<&'a SalesOrder> = sales_orders.iter().copied().filter(|s| s.is_open()).collect();
        let numbers = || open.iter().map(|s| say(s)).collect::<Vec<_>>().join(", ");

        if self.rules.go_live.is_some_and(|go_live| order.created_at < go_live) {
            if open.is_empty() {
                return Outcome::BeforeGoLive;
            }
            let evidence = format!("{} of {} has {}", name(order), order.created_at, numbers());
            self.find(Kind::BeforeGoLive, Some(order.id), evidence);
            return Outcome::Violated;
        }
        if open.len() > 1 {
            self.find(Kind::Doubled, Some(order.id), format!("{} has {}", name(order), numbers()));
        }
        if open.is_empty() {
            self.mark_without_sales_order(order);
            let closed: String = sales_orders.iter().map(|s| format!("; {} is cancelled or closed", say(s))).collect();
            if tagged {
                let evidence =
                    format!("{} is tagged {} and has no open sales order{closed}", name(order), self.rules.tag);
                self.find(Kind::TagWithoutSalesOrder, Some(order.id), evidence);
            }
            if reason.is_none() {
                let evidence = format!("{} has no open sales order and no reason{closed}", name(order));
                self.find(Kind::Missing, Some(order.id), evidence);
            }
        }
        if !open.is_empty() && !tagged && reason.is_none() {
            let evidence = format!("{} has {} and no tag {}", name(order), numbers(), self.rules.tag);
            self.find(Kind::SalesOrderWithoutTag, Some(order.id), evidence);
        }
        for sales_order in &open {
            self.sales_order(order, sales_order, reason.is_some());
            self.later(order, sales_order, reason.is_some());
        }

        if already || self.violations.len() > before {
            return Outcome::Violated;
        }
        match (reason, open.first()) {
            (Some(reason), _) => Outcome::Reason(reason.clone()),
            (None, Some(sales_order)) => Outcome::Booked {
                sales_order: sales_order.number.clone(),
                total: Money { amount: sales_order.total, currency: self.booked(order).currency.clone() },
            },
            // No Sales Order and no reason has been found missing above.
            (None, None) => Outcome::Violated,
        }
    }

    fn booked<'o>(&self, order: &'o Order) -> &'o Money {
        match self.rules.booked {
            Booked::Shop => &order.shop_total,
            Booked::Presentment => &order.presentment_total,
        }
    }
}

/// The order that `SO-<brand>-<order id>` or `SO-<brand>-<order id>-g<n>` names.
fn order_of(external_id: &str, brand: &str) -> Option<u64> {
    let rest = external_id.strip_prefix("SO-")?.strip_prefix(brand)?.strip_prefix('-')?;
    let id = match rest.split_once("-g") {
        Some((id, generation)) if generation.parse::<u32>().is_ok() => id,
        Some(_) => return None,
        None => rest,
    };
    id.parse().ok()
}

fn name(order: &Order) -> String {
    format!("{} ({})", order.name, order.id)
}

fn say(sales_order: &SalesOrder) -> String {
    let key = sales_order.external_id.as_deref().unwrap_or("no external id");
    format!("{} (id {}, {key})", sales_order.number, sales_order.id)
}
