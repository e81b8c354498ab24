//! Agent 8: what was shipped and is not billed yet becomes an Invoice.
//!
//! * **Trigger**: agent 3 when it has booked a shipment, agent 1 for an order with nothing to ship, the poll of what waits in
//!   NetSuite, a person. The order may ship again: every run bills what is new.
//! * **Preconditions**: a Sales Order of ours that is approved and not cancelled.
//! * **Steps**: by policy one Invoice for each Item Fulfillment, or one when everything is shipped · compare what was billed
//!   with the order · mark Sales Order and Shopify order as billed · tell the agent that books money.
//! * **Post-conditions**: what is invoiced is what was shipped; all Invoices of an order that is billed in full add up to it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult};

use crate::{
    agent::{self, Subject, attend, hand_over, own_chain},
    boundary,
    call::{Stop, call, fail, wait},
    contracts::{self, BillingQuestion, ChainBy, CreateBill, SalesOrderRef, TagOrder},
    desk::{Desk, HasDesk},
    domain::{
        billing::{self, BillDraft, BillingPolicy},
        chain::Chain,
        sales_order::Problem,
    },
    trail,
};

/// What a completed run tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Billed {
    /// The Sales Order's number.
    pub sales_order_number: String,
    /// Numbers of its Invoices (or Cash Sales) by now.
    pub bills: Vec<String>,
    /// Is all of it billed?
    pub complete: bool,
}

/// The workflow's state.
#[workflow]
#[derive(Default)]
pub struct NetsuiteInvoice {
    desk: Desk,
}

impl HasDesk for NetsuiteInvoice {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

type Ctx = WorkflowContext<NetsuiteInvoice>;
type Refused = Box<dyn std::error::Error + Send + Sync>;

#[workflow_methods]
impl NetsuiteInvoice {
    /// `{"brand":"acme","salesOrderId":"1203"}`; returns [`Billed`].
    #[run(name = "netsuiteInvoiceFlow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        attend(ctx, Self::run, &["salesOrderId"], input, invoice).await
    }

    /// Something happened to the Sales Order: look again.
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

/// Bills what is new, once through.
async fn invoice(ctx: &mut Ctx, subject: &Subject) -> Result<Billed, Stop> {
    let chain = own_chain(ctx, subject).await?;
    let chain = bill(ctx, &subject.brand, chain).await?;
    // An order of another channel has no money that we can see.
    if let Some(order) = chain.shopify_order().filter(|_| !chain.bills.is_empty()) {
        hand_over(ctx, invoice_booked(&subject.brand, &chain, order)).await?;
    }
    report(ctx, subject, &chain)
}

// ── steps ──

/// Makes the bills that are due, compares them with the order, marks an order that is billed in full. Returns the chain as it
/// is then.
pub async fn bill<W: HasDesk>(ctx: &mut WorkflowContext<W>, brand: &str, chain: Chain) -> Result<Chain, Stop> {
    let question = BillingQuestion { brand: brand.to_owned(), currency: chain.sales_order.currency.clone() };
    let policy = call(ctx, contracts::read_billing_policy(), question, "read the brand's billing policy").await?;
    must_be_billable(&chain, &policy)?;
    let drafts = billing::plan(brand, &chain, &policy)?;
    let made = !drafts.is_empty();
    let mut now = chain;
    for mut draft in drafts {
        if policy.tax_codes && draft.completes {
            now = level(ctx, brand, now, &mut draft, policy.digits).await?;
        }
        let summary = format!("bill {} with {}", now.sales_order.number, draft.external_id);
        let request = CreateBill {
            brand: brand.to_owned(),
            sales_order_id: now.sales_order.id.clone(),
            draft,
            looked_at: now.at,
            after_reset: agent::after_reset(ctx),
        };
        call(ctx, contracts::create_bill(), request, summary).await?;
    }
    if made {
        let by = ChainBy::SalesOrder(now.sales_order.id.clone());
        now = agent::chain(ctx, brand, by).await?.unwrap_or(now);
    }
    billing::verify(&now)?;
    mark(ctx, brand, &now, &policy).await?;
    Ok(now)
}

/// The last of several bills takes the cents of tax that are left. Returns the chain as it is before it.
async fn level<W: HasDesk>(
    ctx: &mut WorkflowContext<W>,
    brand: &str,
    chain: Chain,
    draft: &mut BillDraft,
    digits: u32,
) -> Result<Chain, Stop> {
    let id = chain.sales_order.id.clone();
    let now = agent::chain(ctx, brand, ChainBy::SalesOrder(id.clone())).await?.unwrap_or(chain);
    if !now.bills.is_empty() {
        let which = SalesOrderRef { brand: brand.to_owned(), sales_order_id: id };
        let rates = call(ctx, contracts::get_tax_rates(), which, "read the order's tax rates").await?;
        billing::level(draft, &now, &rates, digits);
    }
    Ok(now)
}

fn must_be_billable(chain: &Chain, policy: &BillingPolicy) -> Result<(), Stop> {
    let label = chain.label();
    match chain.sales_order.status.as_str() {
        "A" => Err(wait(format!("the approval of {label}"), policy.wait_limit)),
        "C" => Err(fail("PreconditionFailed", format!("{label} is cancelled"))),
        "H" if chain.fulfillments.is_empty() && chain.bills.is_empty() => {
            Err(fail("PreconditionFailed", format!("{label} is closed and nothing of it was shipped")))
        }
        _ => Ok(()),
    }
}

/// The marks of an order that is billed in full.
async fn mark<W: HasDesk>(
    ctx: &WorkflowContext<W>,
    brand: &str,
    chain: &Chain,
    policy: &BillingPolicy,
) -> Result<(), Stop> {
    if !billing::is_complete(chain) || chain.sales_order.invoiced {
        return Ok(());
    }
    if let Some(order_id) = chain.shopify_order() {
        let request = TagOrder { brand: brand.to_owned(), order_id, tags: vec![policy.invoiced_tag.clone()] };
        call(ctx, contracts::tag_shopify_order(), request, format!("tag the order {}", policy.invoiced_tag)).await?;
    }
    let request = SalesOrderRef { brand: brand.to_owned(), sales_order_id: chain.sales_order.id.clone() };
    call(ctx, contracts::mark_invoiced(), request, format!("mark {} as billed", chain.sales_order.number)).await
}

/// What agent 9 looks for.
fn invoice_booked(brand: &str, chain: &Chain, order: u64) -> Value {
    json!({ "type": "InvoiceBooked", "brand": brand, "orderId": order.to_string(), "related": chain.documents() })
}

/// Leaves the run findable by any document.
fn report(ctx: &Ctx, subject: &Subject, chain: &Chain) -> Result<Billed, Stop> {
    let head = &chain.sales_order;
    let mut documents = chain.documents();
    let mut lineage = vec![];
    for bill in &chain.bills {
        let to = format!("netsuite:{}:{}", if bill.cash_sale { "cashSale" } else { "invoice" }, bill.id);
        let from = format!("netsuite:salesOrder:{}", head.id);
        lineage.push(trail::Link { from, to: to.clone(), by: "createBill".into(), at: trail::now(ctx) });
        documents.push(to);
    }
    let complete = billing::is_complete(chain);
    let numbers: Vec<String> = chain.bills.iter().map(|b| b.number.clone()).collect();
    let details = match (numbers.is_empty(), complete) {
        (true, _) => format!("{} has nothing to bill yet", chain.label()),
        (false, true) => format!("{} is billed by {}", chain.label(), numbers.join(", ")),
        (false, false) => format!("{} is billed in part by {}", chain.label(), numbers.join(", ")),
    };
    trail::done(ctx, &subject.brand, documents, &lineage, details)?;
    Ok(Billed { sales_order_number: head.number.clone(), bills: numbers, complete })
}
