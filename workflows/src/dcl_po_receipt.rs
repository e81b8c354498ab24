//! Agent 5: what the warehouse received is booked in NetSuite.
//!
//! * **Trigger**: the poll of what the warehouse received, the poll of purchases that lack something for too long, a person.
//!   More may come: every run books what is new.
//! * **Preconditions**: an order of the brand's that was announced, of which something has come.
//! * **Steps**: DCL's number to the order, if it did not bear it · one Item Receipt for each new receipt, of a transfer one for
//!   each shipment · what cannot be booked waits for a person or is left out, by policy · a purchase that stays short is
//!   closed, by policy.
//! * **Undo**: none of its own; an Item Receipt is found by its key.
//! * **Post-conditions**: what is booked and what is left out are what came; never more is booked than was ordered and the
//!   policy's tolerance.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult};

use crate::{
    agent::{self, Subject, attend},
    boundary,
    call::{Stop, call, fail, wait},
    contracts::{
        self, CloseInbound, CreateReceipt, DclPoRef, InboundBy, InboundOrderQuestion, InboundRef, MarkInbound,
    },
    desk::{self, Desk, HasDesk},
    domain::{
        inbound::{Booked, InboundOrder, InboundPolicy, Kind, Short},
        receipt::{self, Ignored, Plan, ReceivedRow, Reconciled, Situation},
        sales_order::Problem,
    },
    trail::{self, Link},
};

/// The kind of problem that a person lets go by a retry: what is open is closed.
const SHORT: &str = "short";

/// What a completed run tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    /// The order's number.
    pub transaction_number: String,
    /// Item Receipts by now.
    pub receipts: usize,
    /// Item Receipts that this run has made.
    pub made: usize,
    /// Has this run closed what did not come?
    pub closed: bool,
    /// Ordered, announced and received, where they differ.
    #[serde(flatten)]
    pub reconciled: Reconciled,
}

/// The workflow's state.
#[workflow]
#[derive(Default)]
pub struct DclPoReceipt {
    desk: Desk,
}

impl HasDesk for DclPoReceipt {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

type Ctx = WorkflowContext<DclPoReceipt>;
type Refused = Box<dyn std::error::Error + Send + Sync>;

#[workflow_methods]
impl DclPoReceipt {
    /// `{"brand":"acme","dclPoNumber":"182759"}`; returns [`Received`].
    #[run(name = "dclPoReceiptWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        attend(ctx, Self::run, &["dclPoNumber"], input, receive).await
    }

    /// Something happened to the order: look again.
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

/// Everything that one look has found.
struct Look {
    rows: Vec<ReceivedRow>,
    order: InboundOrder,
    policy: InboundPolicy,
    booked: Booked,
}

impl Look {
    fn situation<'a>(&'a self, subject: &'a Subject) -> Situation<'a> {
        let Self { rows, order, policy, booked } = self;
        Situation { brand: &subject.brand, dcl_po_number: &subject.key, order, booked, rows, policy }
    }

    fn of(&self, subject: &Subject) -> InboundRef {
        InboundRef { brand: subject.brand.clone(), kind: self.order.kind, id: self.order.id.clone() }
    }
}

/// Books what is new, once through.
async fn receive(ctx: &mut Ctx, subject: &Subject) -> Result<Received, Stop> {
    let mut look = look(ctx, subject).await?;
    let plan = look.situation(subject).plan()?;
    note(ctx, subject, &look);
    for draft in &plan.receipts {
        let request = CreateReceipt {
            order: look.of(subject),
            draft: draft.clone(),
            looked_at: look.booked.at,
            after_reset: agent::after_reset(ctx),
        };
        let summary = format!("receive {} with {}", look.order.number, draft.external_id);
        call(ctx, contracts::create_receipt(), request, summary).await?;
    }
    if !plan.receipts.is_empty() {
        look.booked = booked(ctx, look.of(subject)).await?;
        note(ctx, subject, &look);
    }
    if plan.waits {
        return Err(wait(format!("the rest of {} to leave", look.order.number), look.policy.wait_limit));
    }
    leave_out(ctx, subject, &look, &plan).await?;
    let reconciled = receipt::reconcile(&look.situation(subject), plan.left_out);
    let closed = close(ctx, subject, &look, &reconciled).await?;
    report(ctx, subject, &look, plan.receipts.len(), closed, reconciled)
}

// ── steps ──

/// What came, whose order it is, what the policy says, what is booked. The order bears DCL's number from now on.
async fn look(ctx: &Ctx, subject: &Subject) -> Result<Look, Stop> {
    let (brand, number) = (subject.brand.clone(), subject.key.clone());
    let which = DclPoRef { brand: brand.clone(), number: number.clone() };
    let rows = call(ctx, contracts::get_dcl_receipts(), which, format!("read receipts of {number} at DCL")).await?;
    if rows.is_empty() {
        return Err(fail("NotFound", format!("dclPoNumber: DCL has received nothing for {number}")));
    }
    let mut references: Vec<String> = rows.iter().filter_map(|row| row.reference.clone()).collect();
    references.sort();
    references.dedup();
    let by = InboundBy::Announced { number: number.clone(), references };
    let summary = format!("read {by}");
    let question = InboundOrderQuestion { brand: brand.clone(), by };
    let found = call(ctx, contracts::read_inbound_order(), question, summary).await?;
    let not_ours = || {
        let what = format!("dclPoNumber: {number} is not ours; no order of {brand} was announced under it");
        fail("PreconditionFailed", what)
    };
    let order = found.ok_or_else(not_ours)?;
    let question = order.question(&brand);
    let policy = call(ctx, contracts::read_inbound_policy(), question, "read the brand's inbound policy").await?;
    let of = InboundRef { brand, kind: order.kind, id: order.id.clone() };
    if order.dcl_po_number.as_ref() != Some(&number) {
        let request = MarkInbound { dcl_po_number: Some(number.clone()), ..MarkInbound::of(of.clone()) };
        call(ctx, contracts::mark_inbound(), request, format!("{} is {number} at DCL", order.number)).await?;
    }
    let booked = booked(ctx, of).await?;
    Ok(Look { rows, order, policy, booked })
}

async fn booked(ctx: &Ctx, of: InboundRef) -> Result<Booked, Stop> {
    let summary = format!("read the receipts of {} {}", of.kind.record(), of.id);
    call(ctx, contracts::read_item_receipts(), of, summary).await
}

/// What cannot be booked waits for a person, or is left out for good: then the order says so.
async fn leave_out(ctx: &Ctx, subject: &Subject, look: &Look, plan: &Plan) -> Result<(), Stop> {
    if plan.left_out.is_empty() {
        return Ok(());
    }
    let asked = receipt::question(&look.order.number, &plan.left_out, &look.policy);
    if let Some(problem) = asked.filter(|problem| !ctx.state(|s| s.desk.has_accepted(&problem.kind))) {
        return Err(problem.into());
    }
    let ignored = Ignored::parse(look.order.left_out.as_deref()).with(&plan.left_out);
    let request = MarkInbound { left_out: Some(ignored.text()?), ..MarkInbound::of(look.of(subject)) };
    call(ctx, contracts::mark_inbound(), request, format!("note what of {} is not booked", look.order.number)).await
}

/// A purchase that stays short is closed, or waits for a person whose retry closes it.
async fn close(ctx: &Ctx, subject: &Subject, look: &Look, reconciled: &Reconciled) -> Result<bool, Stop> {
    let situation = look.situation(subject);
    let (today, last) = (today(ctx), situation.last_day());
    let due = today.zip(last).is_some_and(|(today, last)| receipt::close_short(reconciled, last, today, &look.policy));
    if !due || look.order.kind == Kind::TransferOrder {
        return Ok(false);
    }
    match look.policy.short {
        Short::Leave => return Ok(false),
        Short::Park if !ctx.state(|s| s.desk.has_accepted(SHORT)) => {
            let lines: Vec<String> = reconciled
                .short
                .iter()
                .take(20)
                .map(|d| format!("line {}: {} of {} × {}", d.line, d.received, d.ordered, d.sku))
                .collect();
            let what = format!(
                "{}: {} lines are short, the first: {}; ask DCL, or retry to close what is open",
                look.order.number,
                reconciled.short.len(),
                lines.join("; ")
            );
            return Err(Problem::record(SHORT, what).into());
        }
        Short::Park | Short::Close => {}
    }
    let lines = reconciled.short.iter().map(|difference| difference.line).collect();
    let request = CloseInbound { order: look.of(subject), lines };
    call(ctx, contracts::close_inbound(), request, format!("close what of {} did not come", look.order.number)).await?;
    Ok(true)
}

/// The day by the workflow's clock.
fn today(ctx: &Ctx) -> Option<Date> {
    Some(trail::now(ctx)?.to_zoned(jiff::tz::TimeZone::UTC).date())
}

/// Leaves the run findable by any document.
fn note(ctx: &Ctx, subject: &Subject, look: &Look) {
    let link = |id: &String| {
        Link::new(&subject.document, format!("netsuite:itemReceipt:{id}"), "createItemReceipt")
            .called(&look.order.number)
    };
    desk::note(ctx, look.order.documents(), look.booked.receipts.iter().map(|r| link(&r.id)).collect());
}

fn report(
    ctx: &Ctx,
    subject: &Subject,
    look: &Look,
    made: usize,
    closed: bool,
    reconciled: Reconciled,
) -> Result<Received, Stop> {
    let number = look.order.number.clone();
    let receipts = look.booked.receipts.len();
    let state = match (reconciled.complete, closed) {
        (true, _) => "all of it has come".to_owned(),
        (false, true) => format!("{} short lines are closed", reconciled.short.len()),
        (false, false) => format!("{} lines are open", reconciled.short.len()),
    };
    desk::done(ctx, &subject.brand, format!("{number}: {receipts} receipts booked, {state}"))?;
    Ok(Received { transaction_number: number, receipts, made, closed, reconciled })
}
