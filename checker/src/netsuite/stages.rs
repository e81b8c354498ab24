//! From NetSuite's tables to what came of each Sales Order.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Netsuite;
use super::tables::{Header, LineRow, Link};
use crate::stages::{Bill, Fulfillment, Later, Line, Payment, Progress, Taken};
use crate::state::List;
use crate::wire::ReadError;

const WHAT: &str = "NetSuite transactions";
const SALES_ORDER: &str = "SalesOrd";
const FULFILLMENT: &str = "ItemShip";
const INVOICE: &str = "CustInvc";
const CASH_SALE: &str = "CashSale";
const PAYMENT: &str = "CustPymt";
const DEPOSIT: &str = "CustDep";
/// Types of items that are kept in stock and shipped; others may be, and are judged once they are fulfilled.
const STOCKED: [&str; 3] = ["InvtPart", "Assembly", "Kit"];

struct Tables {
    headers: BTreeMap<u64, Header>,
    links: BTreeSet<Link>,
    lines: BTreeMap<u64, Vec<LineRow>>,
}

impl Netsuite {
    /// What came of a brand's Sales Orders, and the lists' counts. What a person made by hand from one of them
    /// has neither key nor brand, and is found by its link.
    pub async fn later(&self, brand: &str, sales_orders: &BTreeSet<String>) -> Result<(Later, Vec<List>), ReadError> {
        let (mut headers, transactions) = self.headers(brand).await?;
        headers.retain(|_, h| h.kind == SALES_ORDER || h.paper.brand.as_ref().is_none_or(|own| own == brand));
        if let Some(id) = sales_orders.iter().find(|id| !id.parse().is_ok_and(|id: u64| headers.contains_key(&id))) {
            return Err(ReadError::refused(WHAT, format!("sales order {id} is listed, but not there")));
        }
        let of = |headers: &BTreeMap<u64, Header>, kinds: &[&str]| -> BTreeSet<u64> {
            headers.iter().filter(|(_, h)| kinds.contains(&h.kind.as_str())).map(|(id, _)| *id).collect()
        };
        let (mut links, mut linked) = self.links(&of(&headers, &[SALES_ORDER])).await?;
        let by_hand = self.add_linked(&mut headers, &links).await?;
        // Only invoices are paid, and only deposits are applied by a document of their own.
        let (payments, list) = self.links(&of(&headers, &[INVOICE, DEPOSIT])).await?;
        links.extend(payments);
        (linked.read, linked.counted) = (linked.read + list.read, linked.counted + list.counted);
        let paid_by_hand = self.add_linked(&mut headers, &links).await?;
        let (rows, lines_list) = self.lines(&of(&headers, &[SALES_ORDER, FULFILLMENT, INVOICE, CASH_SALE])).await?;
        let mut lines: BTreeMap<u64, Vec<LineRow>> = BTreeMap::new();
        for row in rows {
            lines.entry(row.transaction).or_default().push(row);
        }
        let later = Tables { headers, links, lines }.assemble()?;
        Ok((later, vec![transactions, by_hand, linked, paid_by_hand, lines_list]))
    }

    /// Reads the transactions that links lead to and that are not yet known.
    async fn add_linked(&self, headers: &mut BTreeMap<u64, Header>, links: &BTreeSet<Link>) -> Result<List, ReadError> {
        let unknown = links.iter().filter(|l| l.is_ours()).map(|l| l.to).filter(|id| !headers.contains_key(id));
        let (found, list) = self.headers_of(&unknown.collect()).await?;
        headers.extend(found);
        Ok(list)
    }
}

impl Link {
    /// Shipping, billing, payment; there are others, such as returns.
    fn is_ours(&self) -> bool {
        matches!(self.kind.as_str(), "ShipRcpt" | "OrdBill" | "Payment" | "DepAppl")
    }
}

impl Tables {
    fn assemble(&self) -> Result<Later, ReadError> {
        let mut later = Later::default();
        let mut by_target: BTreeMap<u64, Vec<&Link>> = BTreeMap::new();
        for link in &self.links {
            by_target.entry(link.to).or_default().push(link);
        }
        for (id, header) in self.headers.iter().filter(|(_, h)| !h.voided) {
            let missing = |field: &str| ReadError::unreadable(&format!("{WHAT}: {id}"), field);
            let links = by_target.get(id).map(Vec::as_slice).unwrap_or_default();
            let paper = header.paper.clone();
            match header.kind.as_str() {
                SALES_ORDER => {
                    later.progress.insert(id.to_string(), self.progress(*id, header));
                }
                FULFILLMENT => later.fulfillments.push(Fulfillment {
                    paper,
                    sales_order: self.sales_order(*id, links),
                    cartons: header.cartons.clone(),
                    store_fulfillment: header.store_fulfillment.clone(),
                    lines: self.taken(*id, links, "ShipRcpt"),
                }),
                INVOICE | CASH_SALE => {
                    let is_cash_sale = header.kind == CASH_SALE;
                    let unpaid = if is_cash_sale { Some(Decimal::ZERO) } else { header.unpaid };
                    later.bills.push(Bill {
                        paper,
                        is_cash_sale,
                        sales_order: self.sales_order(*id, links),
                        total: header.total.ok_or_else(|| missing("foreigntotal"))?,
                        unpaid: unpaid.ok_or_else(|| missing("foreignamountunpaid"))?,
                        lines: self.taken(*id, links, "OrdBill"),
                    });
                }
                PAYMENT | DEPOSIT => {
                    let mut applied: BTreeMap<String, Decimal> = BTreeMap::new();
                    // A deposit pays by its applications.
                    let drawn = self.links.iter().filter(|link| link.kind == "DepAppl" && link.from == *id);
                    let drawn = drawn.filter_map(|link| by_target.get(&link.to)).flatten();
                    for link in links.iter().chain(drawn).filter(|link| link.kind == "Payment") {
                        let amount = link.amount.ok_or_else(|| missing("foreignamount of its link"))?;
                        *applied.entry(link.from.to_string()).or_default() += amount.abs();
                    }
                    later.payments.push(Payment {
                        paper,
                        order: header.order.clone(),
                        transaction: header.store_transaction.clone(),
                        currency: header.currency.clone().ok_or_else(|| missing("currency"))?,
                        total: header.total.ok_or_else(|| missing("foreigntotal"))?,
                        applied,
                    });
                }
                _ => {}
            }
        }
        Ok(later)
    }

    fn progress(&self, id: u64, header: &Header) -> Progress {
        let rows = self.lines.get(&id).map(Vec::as_slice).unwrap_or_default();
        let line = |row: &LineRow| Line {
            id: row.id.clone(),
            stocked: STOCKED.contains(&row.item_type.as_str()),
            ordered: row.quantity,
            closed: row.closed,
        };
        Progress { sent: header.sent, invoiced: header.invoiced, lines: rows.iter().map(line).collect() }
    }

    /// The Sales Order that a link comes from, else the one that the lines were made from.
    fn sales_order(&self, id: u64, links: &[&Link]) -> Option<String> {
        let is_sales_order = |id: &u64| self.headers.get(id).is_some_and(|h| h.kind == SALES_ORDER);
        let linked = links.iter().map(|link| link.from).find(is_sales_order);
        let made_from = || self.lines.get(&id)?.iter().filter_map(|row| row.created_from).find(is_sales_order);
        linked.or_else(made_from).map(|id| id.to_string())
    }

    /// What a transaction took of its Sales Order's lines: the quantities of its lines that links lead to.
    fn taken(&self, id: u64, links: &[&Link], kind: &str) -> Vec<Taken> {
        let rows = self.lines.get(&id).map(Vec::as_slice).unwrap_or_default();
        // The amount may make two rows of one link.
        let pairs: BTreeSet<(&String, &String)> = links
            .iter()
            .filter(|link| link.kind == kind)
            .filter_map(|link| link.from_line.as_ref().zip(link.to_line.as_ref()))
            .collect();
        let quantity = |line: &String| rows.iter().find(|row| row.id == *line).map(|row| row.quantity);
        let taken =
            pairs.iter().filter_map(|(line, to)| Some(Taken { line: (*line).clone(), quantity: quantity(to)? }));
        taken.filter(|taken| !taken.quantity.is_zero()).collect()
    }
}
