//! Agent 9: settled money becomes customer payments, applied to the order's Invoices.
//!
//! * **Trigger**: agent 8 when it has billed, a transaction in Shopify, the poll of what waits in NetSuite, a person. More
//!   money or another Invoice may come: every run books and applies what is new.
//! * **Preconditions**: the order has an Invoice, and money that is settled; each waits for the other. By policy money that is
//!   there first becomes a customer deposit of the Sales Order, of which agent 1 tells.
//! * **Steps**: one customer payment for each settled transaction, applied oldest Invoice first; what an earlier payment or
//!   deposit has left is applied to later Invoices · compare with the order.
//! * **Post-conditions**: each settled transaction has one payment or deposit; an Invoice whose money is there is Paid In Full.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult};

use crate::{
    agent::{self, Subject, attend},
    boundary,
    call::{Stop, call, wait},
    contracts::{self, ApplyDeposit, ApplyPayment, ChainBy, CreateDeposit, CreatePayment, ShopifyOrderRef},
    desk::{self, Desk, HasDesk},
    domain::{
        billing,
        chain::{Chain, Payment},
        money,
        payment::{self, PaymentPolicy, PaymentQuestion, Plan, Received},
        sales_order::Problem,
    },
    ids,
    trail::Link,
};

/// What a completed run tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paid {
    /// The Sales Order's number.
    pub sales_order_number: String,
    /// Numbers of the payments by now.
    pub payments: Vec<String>,
    /// What is still to be paid, with its currency.
    pub unpaid: String,
}

/// The workflow's state.
#[workflow]
#[derive(Default)]
pub struct NetsuitePayment {
    desk: Desk,
}

impl HasDesk for NetsuitePayment {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

type Ctx = WorkflowContext<NetsuitePayment>;
type Refused = Box<dyn std::error::Error + Send + Sync>;

#[workflow_methods]
impl NetsuitePayment {
    /// `{"brand":"acme","orderId":"450789469"}` or `{"brand":"acme","salesOrderId":"1203"}`; returns [`Paid`].
    #[run(name = "netsuitePaymentFlow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        attend(ctx, Self::run, &["orderId", "salesOrderId"], input, settle).await
    }

    /// Something happened to the order or its money: look again.
    #[signal(name = "event")]
    pub fn event(&mut self, _: &mut SyncWorkflowContext<Self>, _: RawValue) {
        self.desk.event();
    }

    /// A person's decision about a parked run.
    #[update(name = "resolve")]
    pub fn resolve(&mut self, _: &mut SyncWorkflowContext<Self>, how: RawValue) -> Result<String, Refused> {
        let resolution = self.desk.check(&boundary::json(&how)?)?;
        Ok(self.desk.resolve(resolution)?)
    }

    /// Refuses a decision that cannot be taken before it enters the history.
    #[update_validator(resolve)]
    fn check_resolution(&self, _: &WorkflowContextView, how: &RawValue) -> Result<(), Refused> {
        self.desk.check(&boundary::json(how)?)?;
        Ok(())
    }

    /// What the run is parked for; null if it is not.
    #[query(name = "problem")]
    pub fn problem(&self, _: &WorkflowContextView) -> Option<Problem> {
        self.desk.problem().cloned()
    }
}

/// Books and applies what is new, once through.
async fn settle(ctx: &mut Ctx, subject: &Subject) -> Result<Paid, Stop> {
    let (chain, received, policy) = chain_and_money(ctx, subject).await?;
    note(ctx, subject, &chain, &received);
    let invoiced = !chain.bills.is_empty();
    if invoiced && chain.bills.iter().all(|bill| bill.cash_sale) {
        return report(ctx, subject, &chain, &received);
    }
    let accepted = ctx.state(|s| s.desk.has_accepted("overpaid"));
    let plan = payment::plan(&subject.brand, &chain, &received, &policy, accepted)?;
    let changes = plan != Plan::default();
    for (payment_id, number, apply) in plan.apply {
        let request = ApplyPayment { brand: subject.brand.clone(), payment_id, apply };
        call(ctx, contracts::apply_payment(), request, format!("apply what is left of {number}")).await?;
    }
    for draft in plan.make {
        let summary = format!("book {} with {}", money::show(draft.amount, &received.currency), draft.external_id);
        let request = CreatePayment {
            brand: subject.brand.clone(),
            order: subject.key.clone(),
            draft,
            looked_at: chain.at,
            after_reset: agent::after_reset(ctx),
        };
        call(ctx, contracts::create_payment(), request, summary).await?;
    }
    for draft in plan.deposit {
        let summary = format!("take {} as {}", money::show(draft.amount, &received.currency), draft.external_id);
        let request = CreateDeposit {
            brand: subject.brand.clone(),
            order: subject.key.clone(),
            sales_order_id: chain.sales_order.id.clone(),
            draft,
            looked_at: chain.at,
            after_reset: agent::after_reset(ctx),
        };
        call(ctx, contracts::create_deposit(), request, summary).await?;
    }
    for application in plan.draw {
        let summary = format!("apply {} with {}", application.number, application.external_id);
        let (brand, looked_at, after_reset) = (subject.brand.clone(), chain.at, agent::after_reset(ctx));
        let request = ApplyDeposit { brand, application, looked_at, after_reset };
        call(ctx, contracts::apply_deposit(), request, summary).await?;
    }
    let chain = if changes { chain_of(ctx, subject).await?.unwrap_or(chain) } else { chain };
    note(ctx, subject, &chain, &received);
    if !invoiced {
        return Err(wait(format!("an invoice for order {}", subject.key), policy.wait_limit));
    }
    must_be_paid(&chain, &received, &policy)?;
    report(ctx, subject, &chain, &received)
}

// ── steps ──

/// The order's documents in NetSuite, its money in Shopify, and the brand's policy about it.
async fn chain_and_money(ctx: &mut Ctx, subject: &Subject) -> Result<(Chain, Received, PaymentPolicy), Stop> {
    let chain = chain_of(ctx, subject).await?;
    let order_id = subject.key.parse().unwrap_or_default();
    let invoiced = chain.as_ref().is_some_and(|c| !c.bills.is_empty());
    let question = |gateways| PaymentQuestion { brand: subject.brand.clone(), gateways };
    if !invoiced {
        let policy =
            call(ctx, contracts::read_payment_policy(), question(vec![]), "read the brand's payment policy").await?;
        let takes_deposits = |chain: &Chain| policy.deposits && !chain.closed();
        if !chain.as_ref().is_some_and(takes_deposits) {
            return Err(wait(format!("an invoice for order {order_id}"), policy.wait_limit));
        }
    }
    let which = ShopifyOrderRef { brand: subject.brand.clone(), order_id };
    let received = call(ctx, contracts::get_received(), which, format!("read the money of order {order_id}")).await?;
    let gateways = received.settled.iter().map(|t| t.gateway.clone()).collect();
    let policy =
        call(ctx, contracts::read_payment_policy(), question(gateways), "read the brand's payment policy").await?;
    match chain {
        Some(chain) => Ok((chain, received, policy)),
        None => Err(wait(format!("an invoice for order {order_id}"), policy.wait_limit)),
    }
}

async fn chain_of(ctx: &mut Ctx, subject: &Subject) -> Result<Option<Chain>, Stop> {
    agent::chain(ctx, &subject.brand, ChainBy::Order(subject.key.clone())).await
}

/// An Invoice whose money is there is paid; one whose money is not there yet waits for it.
fn must_be_paid(chain: &Chain, received: &Received, policy: &PaymentPolicy) -> Result<(), Stop> {
    let unpaid: Decimal = chain.bills.iter().map(|b| b.unpaid).sum();
    let unapplied: Decimal = chain.payments.iter().map(|p| p.unapplied).sum();
    if unpaid.is_zero() {
        return Ok(());
    }
    let show = |amount| money::show(amount, &received.currency);
    let open = format!("order {}: {} of its invoices are unpaid", received.name, show(unpaid));
    if unapplied >= unpaid {
        let what = format!("{open}, although {} lie unapplied; apply them in NetSuite", show(unapplied));
        return Err(Problem::record("unapplied", what).into());
    }
    if received.pending.is_zero() && billing::is_complete(chain) && received.net() >= received.total {
        // All that the shop will receive is here, and it is less than was billed.
        if unpaid <= policy.tolerance {
            return Ok(());
        }
        let what = format!("{open}, {} were received, and nothing more is to come", show(received.net()));
        return Err(Problem::record("underpaid", what).into());
    }
    Err(wait(format!("{}: {} more to be settled", received.name, show(unpaid)), policy.wait_limit))
}

/// Leaves the run findable by any document, and each payment with the money that it books.
fn note(ctx: &Ctx, subject: &Subject, chain: &Chain, received: &Received) {
    let money_of = |key: &str| {
        let is_key = |id| ids::payment_key(&subject.brand, id) == key || ids::deposit_key(&subject.brand, id) == key;
        let settled = received.settled.iter().find(|t| is_key(t.id));
        settled.map(|t| format!("shopify:transaction:{}", t.id))
    };
    let links = |payment: &Payment| {
        let from = payment.external_id.as_deref().and_then(money_of).unwrap_or_else(|| subject.document.clone());
        let (kind, by) = match payment.deposit {
            true => ("customerDeposit", "createDeposit"),
            false => ("customerPayment", "createPayment"),
        };
        let document = format!("netsuite:{kind}:{}", payment.id);
        let applied = |(id, number): &(String, String)| {
            let application = format!("netsuite:depositApplication:{id}");
            Link::new(document.clone(), application, "applyDeposit").called(number)
        };
        let mut links = vec![Link::new(from, document.clone(), by).called(&payment.number)];
        links.extend(payment.applications.iter().map(applied));
        links
    };
    desk::note(ctx, chain.documents(), chain.payments.iter().flat_map(links).collect());
}

fn report(ctx: &Ctx, subject: &Subject, chain: &Chain, received: &Received) -> Result<Paid, Stop> {
    let unpaid: Decimal = chain.bills.iter().map(|b| b.unpaid).sum();
    let paid = Paid {
        sales_order_number: chain.sales_order.number.clone(),
        payments: chain.payments.iter().map(|p| p.number.clone()).collect(),
        unpaid: money::show(unpaid, &received.currency),
    };
    let details = match (chain.payments.is_empty(), unpaid.is_zero()) {
        (_, true) => format!("{}: every invoice so far is paid", chain.label()),
        _ => format!("{}: {} unpaid", chain.label(), paid.unpaid),
    };
    desk::done(ctx, &subject.brand, details)?;
    Ok(paid)
}
