use std::collections::BTreeSet;

use ring::digest::{SHA256, digest};
use rust_decimal::Decimal;

use super::{Court, name, say};
use crate::kind::Kind;
use crate::state::{Order, SalesOrder};

impl Court<'_> {
    /// What one Sales Order of an order must be by itself.
    pub(super) fn sales_order(&mut self, order: &Order, sales_order: &SalesOrder, excused: bool) {
        let id = Some(order.id);
        let booked = self.booked(order).clone();
        let money_counts = !excused || sales_order.is_released();
        if money_counts && sales_order.total != booked.amount {
            let evidence = format!("{} totals {}, order {} {booked}", say(sales_order), sales_order.total, name(order));
            self.find(Kind::Total, id, evidence);
        }
        let lines: Decimal = sales_order.lines.iter().sum();
        if money_counts && lines + sales_order.tax != sales_order.total {
            let evidence = format!(
                "{}: lines {lines} and tax {} do not make the total {}",
                say(sales_order),
                sales_order.tax,
                sales_order.total,
            );
            self.find(Kind::Lines, id, evidence);
        }
        let currency = self.rules.currencies.get(&booked.currency).map_or("(not mapped)", String::as_str);
        if sales_order.currency != currency {
            let evidence = format!(
                "{} is in currency {}, order {} in {}, which is currency {currency}",
                say(sales_order),
                sales_order.currency,
                name(order),
                booked.currency,
            );
            self.find(Kind::Currency, id, evidence);
        }
        if self.rules.released && !excused && !sales_order.is_released() {
            self.find(Kind::Unreleased, id, format!("{} has status {}", say(sales_order), sales_order.status));
        }
        if sales_order.subsidiary != self.rules.subsidiary {
            let evidence = format!(
                "{} is of subsidiary {}, the brand's is {}",
                say(sales_order),
                sales_order.subsidiary,
                self.rules.subsidiary,
            );
            self.find(Kind::Subsidiary, id, evidence);
        }
        if let Some(why) = self.wrong_customer(order, sales_order) {
            self.find(Kind::Customer, id, format!("{}: {why}", say(sales_order)));
        }
    }

    /// Why the Sales Order's customer cannot be the order's.
    fn wrong_customer(&self, order: &Order, sales_order: &SalesOrder) -> Option<String> {
        let id = &sales_order.customer;
        let Some(customer) = self.state.customers.get(id) else {
            return Some(format!("customer {id} does not exist"));
        };
        let subsidiary = customer.subsidiary.as_deref().unwrap_or_default();
        if subsidiary != self.rules.subsidiary {
            return Some(format!(
                "customer {id} is of subsidiary {subsidiary:?}, the brand's is {}",
                self.rules.subsidiary
            ));
        }
        let emails: BTreeSet<String> = order.emails.iter().map(|e| plain(e)).filter(|e| !e.is_empty()).collect();
        if order.customer.is_none() && emails.is_empty() {
            let default = self.rules.default_customer.as_ref();
            let is_default = default.is_none_or(|default| default == id);
            return (!is_default)
                .then(|| format!("customer {id}; the order has none and no e-mail, so the default customer was due"));
        }
        let mut keys: BTreeSet<String> =
            emails.iter().map(|e| format!("CUST-{}-{}", self.rules.brand, guest_key(e))).collect();
        keys.extend(order.customer.map(|c| format!("CUST-{}-{c}", self.rules.brand)));
        let same_key = customer.external_id.as_ref().is_some_and(|key| keys.contains(key));
        let same_email = customer.email.as_ref().is_some_and(|email| emails.contains(&plain(email)));
        (!same_key && !same_email).then(|| {
            format!(
                "customer {id} has neither the key nor the e-mail of the order's customer (key {:?})",
                customer.external_id.as_deref().unwrap_or_default(),
            )
        })
    }
}

fn plain(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The first 24 hex digits of the address's SHA-256.
fn guest_key(email: &str) -> String {
    digest(&SHA256, email.as_bytes()).as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
