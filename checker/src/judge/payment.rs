use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::index::{paper, papers, transaction_of};
use super::{Case, Court, name, say};
use crate::kind::Kind;
use crate::stages::Transaction;
use crate::state::{Booked, Money};

impl Court<'_> {
    /// Each payment of ours is for one settled transaction of the store, and for one that no other is for.
    pub(super) fn payment_list(&mut self) {
        let mut found = Vec::new();
        for (transaction, payments) in &self.index.payments {
            let (order, settled) = match self.index.transactions.get(transaction) {
                Some((order, transaction)) => (Some(*order), transaction.is_settled()),
                None => (payments.iter().find_map(|p| p.order.as_ref()?.parse().ok()), false),
            };
            let all = papers(payments.iter().map(|p| &p.paper));
            if !settled {
                found.push((Kind::PaymentOrphan, order, format!("transaction {transaction} is not settled: {all}")));
            } else if payments.len() > 1 {
                found.push((Kind::PaymentDoubled, order, format!("transaction {transaction} has {all}")));
            }
        }
        for payment in &self.state.later.payments {
            let Some(transaction) = transaction_of(payment, &self.rules.brand) else {
                continue;
            };
            let order = self.index.transactions.get(transaction).map(|(order, _)| *order);
            if let Some(field) = payment.transaction.as_deref().filter(|field| *field != transaction) {
                let evidence = format!("{} has custbody_shopify_transaction_id {field}", paper(&payment.paper));
                found.push((Kind::PaymentOrphan, order, evidence));
            }
            // Where the transaction belongs to no order, the payment is an orphan already.
            for bill in payment.applied.keys().filter(|bill| order.is_some() && self.order_of_bill(bill) != order) {
                let other = self.index.bill.get(bill.as_str()).map_or_else(|| bill.clone(), |bill| paper(&bill.paper));
                let evidence =
                    format!("{} pays {other}, transaction {transaction} is not that order's", paper(&payment.paper));
                found.push((Kind::PaymentElsewhere, order, evidence));
            }
        }
        for payment in &self.state.later.payments {
            let applied: Decimal = payment.applied.values().sum();
            if applied > payment.total {
                let bill = payment.applied.keys().next().map(String::as_str).unwrap_or_default();
                let evidence = format!("{} of {} pays {applied}", paper(&payment.paper), payment.total);
                found.push((Kind::OverApplied, self.order_of_bill(bill), evidence));
            }
        }
        for bill in self.state.later.bills.iter().filter(|bill| self.index.paid(bill) > bill.total) {
            let by = self.index.paid_by.get(bill.paper.id.as_str()).into_iter().flatten();
            let evidence = format!(
                "{} of {} is paid {} by {}",
                paper(&bill.paper),
                bill.total,
                self.index.paid(bill),
                papers(by.map(|(payment, _)| &payment.paper)),
            );
            found.push((Kind::OverApplied, self.order_of_bill(&bill.paper.id), evidence));
        }
        self.find_all(found);
    }

    fn order_of_bill(&self, id: &str) -> Option<u64> {
        let sales_order = self.index.bill.get(id)?.sales_order.as_deref()?;
        self.order_of.get(sales_order).copied()
    }

    /// The money that came in is booked, and the invoices that it covers are paid.
    pub(super) fn paid(&mut self, case: &Case<'_>) {
        let Some(side) = self.state.later.store.get(&case.order.id) else {
            return;
        };
        let before = self.violations.len();
        let invoices: Vec<_> = case.bills.iter().filter(|bill| !bill.is_cash_sale).collect();
        // What went back before it was booked need not be booked: of the transaction that the refund names, or of any where
        // it names none that came in.
        let settled: Vec<_> = side.transactions.iter().filter(|t| t.is_settled()).collect();
        let refunds = || side.transactions.iter().filter(|t| t.is_refund());
        let named = |refund: &Transaction| settled.iter().find(|t| refund.parent.as_ref() == Some(&t.id));
        let mut astray: Decimal = refunds().filter(|r| named(r).is_none()).map(|t| self.amount(t).amount).sum();
        for transaction in &settled {
            let amount = self.amount(transaction).clone();
            let own = refunds().filter(|r| r.parent.as_ref() == Some(&transaction.id));
            let own: Decimal = own.map(|t| self.amount(t).amount).sum();
            let payments = self.index.payments.get(transaction.id.as_str()).cloned().unwrap_or_default();
            let booked: Decimal = payments.iter().map(|payment| payment.total).sum();
            let less = amount.amount - booked;
            let given_back = less > Decimal::ZERO && less <= own + astray;
            if given_back {
                astray -= (less - own).max(Decimal::ZERO);
            }
            match payments.as_slice() {
                // A payment pays invoices, so that before the first there is none to be made.
                [] if !invoices.is_empty() && !case.excused && !amount.amount.is_zero() && !given_back => {
                    let evidence = format!(
                        "transaction {} ({}) of {amount} for {} has no payment; invoices {}",
                        transaction.id,
                        transaction.gateway.as_deref().unwrap_or("no gateway"),
                        name(case.order),
                        papers(invoices.iter().map(|bill| &bill.paper)),
                    );
                    self.find(Kind::PaymentMissing, case.id(), evidence);
                }
                [payment] => {
                    let currency = self.rules.currencies.get(&amount.currency);
                    let differs = payment.total != amount.amount && !given_back;
                    if differs || currency != Some(&payment.currency) {
                        let evidence = format!(
                            "transaction {} is of {amount}, {} of {} in currency {}",
                            transaction.id,
                            paper(&payment.paper),
                            payment.total,
                            payment.currency,
                        );
                        self.find(Kind::PaymentAmount, case.id(), evidence);
                    }
                }
                _ => {}
            }
        }
        let net = self.net(&side.transactions);
        let total = self.booked(case.order).clone();
        let payments_agree = self.violations.len() == before;
        // A payment that is missing or short accounts for what is open.
        if payments_agree && net >= total.amount && !case.excused {
            for bill in invoices.iter().filter(|bill| !bill.unpaid.is_zero()) {
                let evidence = format!(
                    "{} of {} has {} of {} open; {net} {} came in for {}",
                    paper(&bill.paper),
                    say(case.sales_order),
                    bill.unpaid,
                    bill.total,
                    total.currency,
                    name(case.order),
                );
                self.find(Kind::Unpaid, case.id(), evidence);
            }
        }
        let status = side.financial_status.as_deref().unwrap_or_default();
        let owed = matches!(status, "PAID" | "PARTIALLY_REFUNDED") && net != total.amount;
        // The shop's money is not ours to put right: an agent that sees it can only stop and say so.
        if owed && !case.excused {
            let evidence =
                format!("{} is {status}, totals {total}, and {} make {net}", name(case.order), self.tenders(side));
            self.find(Kind::Tenders, case.id(), evidence);
        }
    }

    fn amount<'t>(&self, transaction: &'t Transaction) -> &'t Money {
        match self.rules.booked {
            Booked::Shop => &transaction.shop,
            Booked::Presentment => &transaction.presentment,
        }
    }

    /// What came in less what went back, in the booked currency.
    fn net(&self, transactions: &[Transaction]) -> Decimal {
        let sum = |wanted: fn(&Transaction) -> bool| -> Decimal {
            transactions.iter().filter(|t| wanted(t)).map(|t| self.amount(t).amount).sum()
        };
        sum(Transaction::is_settled) - sum(Transaction::is_refund)
    }

    /// Such as `gift_card 20 + shopify_payments 66.62 - refunds 0`.
    fn tenders(&self, side: &crate::stages::StoreSide) -> String {
        let mut by: BTreeMap<&str, Decimal> = BTreeMap::new();
        for transaction in side.transactions.iter().filter(|t| t.is_settled()) {
            *by.entry(transaction.gateway.as_deref().unwrap_or("no gateway")).or_default() +=
                self.amount(transaction).amount;
        }
        let parts: Vec<String> = by.iter().map(|(gateway, amount)| format!("{gateway} {amount}")).collect();
        let refunds: Decimal = side.transactions.iter().filter(|t| t.is_refund()).map(|t| self.amount(t).amount).sum();
        format!("tenders [{}] less refunds {refunds}", parts.join(" + "))
    }
}
