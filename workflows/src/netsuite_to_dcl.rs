//! Agent 2: a released Sales Order becomes an order at the warehouse.
//!
//! * **Trigger**: agent 1 when it has released the Sales Order, the poll of what waits in NetSuite, a person.
//! * **Preconditions**: a Sales Order of ours, approved, not held, not sent yet, with something to ship from this warehouse,
//!   an address that is complete, a shipping item that is mapped.
//! * **Steps**: map it to DCL's order · submit it · mark the Sales Order as sent.
//! * **Undo**: the order was cancelled in the shop. What the warehouse does not have, or has cancelled itself, is closed in
//!   NetSuite; what it has not shipped yet waits for a person, since DCL takes no cancellation from a program.
//! * **Post-conditions**: one order at DCL under the Sales Order's number; `custbody_sent_to_3pl` is set.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult};

use crate::{
    agent::{self, Subject, attend, own_chain},
    boundary,
    call::{Stop, call, fail, wait},
    contracts::{self, DclOrderRef, MarkSent, SalesOrderLines, SalesOrderRef, SubmitOrder},
    desk::{self, Desk, HasDesk},
    domain::{
        chain::Chain,
        readiness::Readiness,
        sales_order::Problem,
        warehouse::{self, Cancellation, Delivery, WarehousePolicy, WarehouseQuestion, lines_to_ship},
    },
    event::EventKind,
    trail::Link,
};

/// What a completed run tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentToWarehouse {
    /// The Sales Order's number, which is the order's at the warehouse.
    pub dcl_order_number: String,
    /// Lines that were sent; none if the warehouse had the order already.
    pub lines: Option<usize>,
}

/// The workflow's state.
#[workflow]
#[derive(Default)]
pub struct NetsuiteToDcl {
    desk: Desk,
    /// The order was cancelled in the shop.
    cancelled: bool,
}

impl HasDesk for NetsuiteToDcl {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

type Ctx = WorkflowContext<NetsuiteToDcl>;
type Refused = Box<dyn std::error::Error + Send + Sync>;

#[workflow_methods]
impl NetsuiteToDcl {
    /// `{"brand":"acme","salesOrderId":"1203"}`; returns [`SentToWarehouse`].
    #[run(name = "netsuiteToDCLWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        attend(ctx, Self::run, &["salesOrderId"], input, send).await
    }

    /// Something happened to the Sales Order: look again.
    #[signal(name = "event")]
    pub fn event(&mut self, _: &mut SyncWorkflowContext<Self>, event: RawValue) {
        let event = boundary::json(&event).unwrap_or_default();
        self.cancelled |= event["type"] == json!(EventKind::SalesOrderCancelled);
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

/// From released Sales Order to marked Sales Order, once through.
async fn send(ctx: &mut Ctx, subject: &Subject) -> Result<SentToWarehouse, Stop> {
    let chain = own_chain(ctx, subject).await?;
    if ctx.state(|s| s.cancelled) {
        return cancel(ctx, subject, &chain).await;
    }
    if chain.sales_order.sent {
        return report(ctx, subject, &chain, None);
    }
    let (delivery, policy) = delivery_and_policy(ctx, subject, &chain).await?;
    must_be_ready(&chain, &policy)?;
    let order = warehouse::draft(&chain, &delivery, &policy)?;
    let lines = order.lines.len();
    let summary = format!("send {} to the warehouse", order.order_number);
    let request = SubmitOrder { brand: subject.brand.clone(), order, after_reset: agent::after_reset(ctx) };
    call(ctx, contracts::submit_warehouse_order(), request, summary).await?;
    mark(ctx, subject, &chain).await?;
    report(ctx, subject, &chain, Some(lines))
}

// ── steps ──

/// Where the goods go and how, and what the brand's policy says about it.
async fn delivery_and_policy(ctx: &Ctx, subject: &Subject, chain: &Chain) -> Result<(Delivery, WarehousePolicy), Stop> {
    let which = SalesOrderRef { brand: subject.brand.clone(), sales_order_id: chain.sales_order.id.clone() };
    let delivery = call(ctx, contracts::get_delivery(), which, "read addresses and shipping method").await?;
    let question = WarehouseQuestion {
        brand: subject.brand.clone(),
        ship_method: delivery.ship_method.clone(),
        skus: chain.lines.iter().filter(|l| l.fulfillable).map(|l| l.sku.clone()).collect(),
    };
    let policy = call(ctx, contracts::read_warehouse_policy(), question, "read the brand's warehouse policy").await?;
    Ok((delivery, policy))
}

fn must_be_ready(chain: &Chain, policy: &WarehousePolicy) -> Result<(), Stop> {
    match warehouse::readiness(chain) {
        Readiness::Never(why) => return Err(fail("PreconditionFailed", why)),
        Readiness::NotYet(what) => return Err(wait(what, policy.wait_limit)),
        Readiness::NeedsDecision(_) | Readiness::Ready => {}
    }
    match lines_to_ship(chain, &policy.locations).is_empty() {
        true => Err(fail("PreconditionFailed", format!("{} has nothing that this warehouse ships", chain.label()))),
        false => Ok(()),
    }
}

/// The order was cancelled in the shop.
async fn cancel(ctx: &Ctx, subject: &Subject, chain: &Chain) -> Result<SentToWarehouse, Stop> {
    let number = &chain.sales_order.number;
    let which = DclOrderRef { brand: subject.brand.clone(), number: number.clone() };
    let order = call(ctx, contracts::get_dcl_order(), which, format!("read order {number} at DCL")).await?;
    let lines = match warehouse::cancellation(chain, order.as_ref()) {
        Cancellation::Ask(problem) => return Err(problem.into()),
        Cancellation::Shipped(why) => return Err(fail("PreconditionFailed", why)),
        Cancellation::Close(lines) => lines,
    };
    if !lines.is_empty() {
        let (brand, sales_order_id) = (subject.brand.clone(), chain.sales_order.id.clone());
        let request = SalesOrderLines { brand, sales_order_id, lines };
        call(ctx, contracts::close_sales_order(), request, format!("close {number}")).await?;
    }
    desk::note(ctx, chain.documents(), vec![]);
    desk::done(ctx, &subject.brand, format!("{} was cancelled in the shop and is closed", chain.label()))?;
    Ok(SentToWarehouse { dcl_order_number: number.clone(), lines: None })
}

/// The mark.
async fn mark(ctx: &Ctx, subject: &Subject, chain: &Chain) -> Result<(), Stop> {
    let head = &chain.sales_order;
    let request = MarkSent {
        brand: subject.brand.clone(),
        sales_order_id: head.id.clone(),
        dcl_order_number: head.number.clone(),
    };
    call(ctx, contracts::mark_sent(), request, format!("mark {} as sent", head.number)).await
}

/// Leaves the run findable by any document.
fn report(ctx: &Ctx, subject: &Subject, chain: &Chain, lines: Option<usize>) -> Result<SentToWarehouse, Stop> {
    let number = chain.sales_order.number.clone();
    let dcl = format!("dcl:order:{number}");
    let from = format!("netsuite:salesOrder:{}", chain.sales_order.id);
    desk::note(ctx, chain.documents(), vec![Link::new(from, dcl, "submitWarehouseOrder").called(&number)]);
    desk::done(ctx, &subject.brand, format!("{} is with the warehouse", chain.label()))?;
    Ok(SentToWarehouse { dcl_order_number: number, lines })
}
