//! Settled money becomes customer payments, applied to the order's invoices, oldest first.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    chain::{Chain, Payment},
    money,
    sales_order::Problem,
};
use crate::ids;

/// What the shop has received and given back for one order, in the booked currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// What people call the order.
    pub name: String,
    /// ISO code of the booked currency.
    pub currency: String,
    /// What the order costs now.
    pub total: Decimal,
    /// Cancelled by customer or merchant.
    pub cancelled: bool,
    /// Money that came in and is settled, oldest first.
    pub settled: Vec<Transaction>,
    /// Money that may still come in: authorised, or pending.
    pub pending: Decimal,
}

/// Money of one tender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// Shopify's numeric id.
    pub id: u64,
    /// The gateway: `shopify_payments`, `gift_card`, ….
    pub gateway: String,
    /// What came in.
    pub amount: Decimal,
    /// What of it was given back.
    pub refunded: Decimal,
    /// Day, in the brand's time zone.
    pub date: Date,
}

/// What the policy is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentQuestion {
    /// The brand.
    pub brand: String,
    /// Gateways of the order's transactions.
    pub gateways: Vec<String>,
}

/// What the brand's policy says about one order's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentPolicy {
    /// Where a gateway's money goes.
    pub methods: BTreeMap<String, Tender>,
    /// For every other gateway.
    pub default_method: Option<Tender>,
    /// So much more or less than the order is left as it is.
    pub tolerance: Decimal,
    /// How long an order may wait, in seconds.
    pub wait_limit: u64,
    /// Does money that comes before the first invoice become a deposit?
    #[serde(default)]
    pub deposits: bool,
}

/// Where money goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tender {
    /// Internal id of the payment method.
    pub method: Option<String>,
    /// Internal id of the account; none: undeposited funds.
    pub account: Option<String>,
}

/// A customer payment, or a deposit, that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentDraft {
    /// NetSuite `externalId`.
    pub external_id: String,
    /// Shopify's transaction.
    pub transaction: u64,
    /// Internal id of the customer.
    pub customer: String,
    /// Internal id of the currency.
    pub currency: String,
    /// Amount.
    pub amount: Decimal,
    /// Day.
    pub date: Date,
    /// Where the money goes.
    pub tender: Tender,
    /// What it pays; a deposit nothing yet.
    pub apply: Vec<Application>,
}

/// What of a deposit pays an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DepositApplication {
    /// NetSuite `externalId`.
    pub external_id: String,
    /// Internal id of the deposit.
    pub deposit: String,
    /// Its number.
    pub number: String,
    /// The part.
    pub pays: Application,
}

/// A part of a payment that pays an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Internal id of the invoice.
    pub invoice: String,
    /// Amount.
    pub amount: Decimal,
}

/// What is to be done, in this order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Payments that are there, with what they are to pay besides: internal id, number, applications.
    pub apply: Vec<(String, String, Vec<Application>)>,
    /// Deposits that are there, with what they are to pay.
    pub draw: Vec<DepositApplication>,
    /// Payments to make.
    pub make: Vec<PaymentDraft>,
    /// Deposits to make.
    pub deposit: Vec<PaymentDraft>,
}

impl Received {
    /// What came in, less what was given back.
    pub fn net(&self) -> Decimal {
        self.settled.iter().map(|t| t.amount - t.refunded).sum()
    }
}

/// Which payments to make, and what they and those that are there pay. Before the first invoice it is deposits. `accepted`: a person has accepted an excess.
pub fn plan(
    brand: &str,
    chain: &Chain,
    received: &Received,
    policy: &PaymentPolicy,
    accepted: bool,
) -> Result<Plan, Problem> {
    let mut open: Vec<(String, Decimal)> =
        chain.bills.iter().filter(|b| !b.cash_sale).map(|b| (b.id.clone(), b.unpaid)).collect();
    let mut plan = Plan::default();
    for payment in &chain.payments {
        let applications = take(&mut open, payment.unapplied);
        let Some(transaction) = payment.external_id.as_deref().and_then(transaction_of(brand)) else { continue };
        if payment.deposit {
            plan.draw.extend(applications.into_iter().map(|pays| DepositApplication {
                external_id: ids::deposit_application_key(brand, transaction, &pays.invoice),
                deposit: payment.id.clone(),
                number: payment.number.clone(),
                pays,
            }));
        } else if !applications.is_empty() {
            plan.apply.push((payment.id.clone(), payment.number.clone(), applications));
        }
    }
    let is_ours = |payment: &&Payment| payment.external_id.as_deref().and_then(transaction_of(brand)).is_some();
    let invoiced = chain.bills.iter().any(|bill| !bill.cash_sale);
    let by_hand: Decimal = chain.payments.iter().filter(|p| !is_ours(p)).map(|p| p.total).sum();
    let mut adopted = by_hand;
    for transaction in &received.settled {
        let (paid, deposited) = (ids::payment_key(brand, transaction.id), ids::deposit_key(brand, transaction.id));
        let booked = |p: &&Payment| p.external_id.as_ref().is_some_and(|key| *key == paid || *key == deposited);
        if let Some(there) = chain.payments.iter().find(booked) {
            if there.total != transaction.amount - transaction.refunded && there.total != transaction.amount {
                return Err(differs(received, &there.number, there.total, transaction));
            }
            continue;
        }
        let net = transaction.amount - transaction.refunded;
        if net <= Decimal::ZERO {
            continue;
        }
        // A person has booked this money already.
        if adopted >= net {
            adopted -= net;
            continue;
        }
        let tender = policy.methods.get(&transaction.gateway).or(policy.default_method.as_ref()).ok_or_else(|| {
            Problem::missing(
                "unmappedPaymentMethod",
                format!(
                    "order {}: gateway {:?} is not mapped; add it to payments.methods, or configure payments.default_method",
                    received.name, transaction.gateway
                ),
            )
        })?;
        let drafts = if invoiced { &mut plan.make } else { &mut plan.deposit };
        drafts.push(PaymentDraft {
            external_id: if invoiced { paid } else { deposited },
            transaction: transaction.id,
            customer: chain.sales_order.customer.clone(),
            currency: chain.sales_order.currency.clone(),
            amount: net,
            date: transaction.date,
            tender: tender.clone(),
            apply: take(&mut open, net),
        });
    }
    let books = !plan.make.is_empty() || !plan.deposit.is_empty();
    if books && !accepted {
        not_too_much(chain, received, policy)?;
    }
    Ok(plan)
}

/// The transaction that a payment or deposit of ours books, by its key.
fn transaction_of(brand: &str) -> impl Fn(&str) -> Option<&str> + use<> {
    let prefixes = [format!("PAY-{brand}-"), format!("DEP-{brand}-")];
    move |key| prefixes.iter().find_map(|prefix| key.strip_prefix(prefix))
}

/// Takes up to `amount` from what is open, oldest first.
fn take(open: &mut [(String, Decimal)], amount: Decimal) -> Vec<Application> {
    let mut left = amount;
    let mut applications = vec![];
    for (invoice, unpaid) in open.iter_mut() {
        let part = left.min(*unpaid);
        if part > Decimal::ZERO {
            *unpaid -= part;
            left -= part;
            applications.push(Application { invoice: invoice.clone(), amount: part });
        }
    }
    applications
}

fn differs(received: &Received, number: &str, booked: Decimal, transaction: &Transaction) -> Problem {
    let show = |amount| money::show(amount, &received.currency);
    Problem::record(
        "paymentDiffers",
        format!(
            "order {}: payment {number} is over {}, transaction {} over {}, of which {} were given back; correct the payment in NetSuite, then resolve with retry",
            received.name,
            show(booked),
            transaction.id,
            show(transaction.amount),
            show(transaction.refunded)
        ),
    )
}

/// An order that was refunded before it was booked may have been paid more than it costs now.
fn not_too_much(chain: &Chain, received: &Received, policy: &PaymentPolicy) -> Result<(), Problem> {
    let (net, total) = (received.net(), chain.sales_order.total);
    if net - total <= policy.tolerance {
        return Ok(());
    }
    let show = |amount| money::show(amount, &received.currency);
    Err(Problem::record(
        "overpaid",
        format!(
            "order {}: {} were received and kept, {} comes to {}: {} too much; refund it in the shop, or resolve with retry to book it and leave the excess unapplied",
            received.name,
            show(net),
            chain.sales_order.number,
            show(total),
            show(net - total)
        ),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::chain::{Bill, fixture::chain},
        *,
    };

    fn policy() -> PaymentPolicy {
        PaymentPolicy {
            methods: BTreeMap::new(),
            default_method: Some(Tender::default()),
            tolerance: Decimal::new(5, 2),
            wait_limit: 60,
            deposits: false,
        }
    }

    fn cents(cents: i64) -> Decimal {
        Decimal::new(cents, 2)
    }

    fn received(total: i64, amounts: &[(i64, i64)]) -> Received {
        let transaction = |(n, (amount, refunded)): (usize, &(i64, i64))| Transaction {
            id: n as u64 + 1,
            gateway: "shopify_payments".into(),
            amount: cents(*amount),
            refunded: cents(*refunded),
            date: jiff::civil::date(2026, 11, 2),
        };
        Received {
            name: "#1001".into(),
            currency: "USD".into(),
            total: cents(total),
            cancelled: false,
            settled: amounts.iter().enumerate().map(transaction).collect(),
            pending: Decimal::ZERO,
        }
    }

    fn invoiced(amounts: &[i64]) -> Chain {
        let mut chain = chain(1);
        chain.sales_order.total = cents(amounts.iter().sum());
        chain.bills = amounts
            .iter()
            .enumerate()
            .map(|(n, amount)| Bill {
                id: format!("inv{n}"),
                number: format!("INV{n}"),
                cash_sale: false,
                external_id: None,
                total: cents(*amount),
                unpaid: cents(*amount),
                parts: vec![],
            })
            .collect();
        chain
    }

    #[test]
    fn several_tenders_pay_several_invoices_oldest_first() {
        let plan =
            plan("acme", &invoiced(&[1000, 500]), &received(1500, &[(700, 0), (800, 0)]), &policy(), false).unwrap();
        let applied: Vec<_> = plan.make.iter().map(|p| (p.external_id.as_str(), p.apply.clone())).collect();
        let apply = |invoice: &str, amount| Application { invoice: invoice.into(), amount: cents(amount) };
        assert_eq!(
            applied,
            [("PAY-acme-1", vec![apply("inv0", 700)]), ("PAY-acme-2", vec![apply("inv0", 300), apply("inv1", 500)])]
        );
    }

    #[test]
    fn what_is_left_pays_the_next_invoice() {
        let mut chain = invoiced(&[1000, 500]);
        chain.bills[0].unpaid = Decimal::ZERO;
        chain.payments.push(Payment {
            id: "p".into(),
            number: "PYMT1".into(),
            external_id: Some("PAY-acme-1".into()),
            total: cents(1500),
            unapplied: cents(500),
            ..Payment::default()
        });
        let plan = plan("acme", &chain, &received(1500, &[(1500, 0)]), &policy(), false).unwrap();
        assert!(plan.make.is_empty());
        assert_eq!(
            plan.apply,
            [("p".into(), "PYMT1".into(), vec![Application { invoice: "inv1".into(), amount: cents(500) }])]
        );
    }

    #[test]
    fn money_before_the_first_invoice_is_a_deposit_that_pays_the_invoices_as_they_come() {
        let mut chain = invoiced(&[1000, 500]);
        let bills = std::mem::take(&mut chain.bills);
        let money = received(1500, &[(1200, 0), (300, 0)]);
        let planned = plan("acme", &chain, &money, &policy(), false).unwrap();
        let keys: Vec<_> = planned.deposit.iter().map(|d| (d.external_id.as_str(), d.amount, d.apply.len())).collect();
        assert_eq!(keys, [("DEP-acme-1", cents(1200), 0), ("DEP-acme-2", cents(300), 0)]);
        assert!(planned.make.is_empty());

        chain.payments.push(Payment {
            id: "d".into(),
            number: "CD1".into(),
            external_id: Some("DEP-acme-1".into()),
            total: cents(1200),
            unapplied: cents(1200),
            deposit: true,
            ..Payment::default()
        });
        chain.bills = bills;
        let planned = plan("acme", &chain, &money, &policy(), false).unwrap();
        let drawn: Vec<_> =
            planned.draw.iter().map(|d| (d.external_id.as_str(), d.deposit.as_str(), d.pays.amount)).collect();
        assert_eq!(drawn, [("DA-acme-1-inv0", "d", cents(1000)), ("DA-acme-1-inv1", "d", cents(200))]);
        // What came after the first invoice is a payment of what the deposit leaves open.
        assert_eq!(
            planned.make.iter().map(|p| (p.external_id.as_str(), p.amount)).collect::<Vec<_>>(),
            [("PAY-acme-2", cents(300))]
        );
        assert_eq!(planned.make[0].apply, [Application { invoice: "inv1".into(), amount: cents(300) }]);
        assert!(planned.apply.is_empty() && planned.deposit.is_empty());
    }

    #[test]
    fn money_that_a_person_has_booked_is_not_booked_again() {
        let mut chain = invoiced(&[1000]);
        chain.bills[0].unpaid = Decimal::ZERO;
        chain.payments.push(Payment {
            id: "p".into(),
            number: "PYMT1".into(),
            external_id: None,
            total: cents(1000),
            unapplied: Decimal::ZERO,
            ..Payment::default()
        });
        assert_eq!(plan("acme", &chain, &received(1000, &[(1000, 0)]), &policy(), false).unwrap(), Plan::default());
    }

    #[test]
    fn refunded_before_it_was_booked_ends_in_words() {
        let chain = invoiced(&[19965]);
        let sample = received(19965, &[(59894, 20900)]);
        let problem = plan("acme", &chain, &sample, &policy(), false).unwrap_err();
        assert_eq!(problem.kind, "overpaid");
        assert!(problem.message.contains("190.29 USD too much"), "{}", problem.message);
        let accepted = plan("acme", &chain, &sample, &policy(), true).unwrap();
        assert_eq!(accepted.make[0].amount, cents(38994));
        assert_eq!(accepted.make[0].apply[0].amount, cents(19965));
    }

    #[test]
    fn an_unknown_gateway_and_a_changed_payment_are_named() {
        let none = PaymentPolicy { default_method: None, ..policy() };
        let problem = plan("acme", &invoiced(&[100]), &received(100, &[(100, 0)]), &none, false).unwrap_err();
        assert!(problem.configuration && problem.message.contains("shopify_payments"));
        let mut chain = invoiced(&[1000]);
        chain.payments.push(Payment {
            id: "p".into(),
            number: "PYMT1".into(),
            external_id: Some("PAY-acme-1".into()),
            total: cents(900),
            unapplied: Decimal::ZERO,
            ..Payment::default()
        });
        let problem = plan("acme", &chain, &received(1000, &[(1000, 0)]), &policy(), false).unwrap_err();
        assert_eq!(problem.kind, "paymentDiffers");
    }

    proptest! {
        /// No invoice is paid beyond itself, no payment applied beyond itself, and no money lies idle while an invoice is open.
        #[test]
        fn applications_stay_within_bounds(
            invoices in prop::collection::vec(1_i64..100_000, 1..5),
            tenders in prop::collection::vec(1_i64..100_000, 1..5),
        ) {
            let chain = invoiced(&invoices);
            let pairs: Vec<_> = tenders.iter().map(|t| (*t, 0)).collect();
            let plan = plan("acme", &chain, &received(0, &pairs), &policy(), true).unwrap();
            let mut paid: BTreeMap<&str, Decimal> = BTreeMap::new();
            for payment in &plan.make {
                let applied: Decimal = payment.apply.iter().map(|a| a.amount).sum();
                prop_assert!(applied <= payment.amount);
                for a in &payment.apply {
                    *paid.entry(&a.invoice).or_default() += a.amount;
                }
            }
            for bill in &chain.bills {
                prop_assert!(paid.get(bill.id.as_str()).copied().unwrap_or_default() <= bill.unpaid);
            }
            let all: Decimal = paid.values().sum();
            prop_assert_eq!(all, cents(invoices.iter().sum::<i64>().min(tenders.iter().sum())));
        }
    }
}
