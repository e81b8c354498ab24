//! Agent 4: goods on their way to the warehouse are announced there.
//!
//! * **Trigger**: the poll of purchase and transfer orders in NetSuite, a person. The order may change: every run looks again.
//! * **Preconditions**: a purchase or transfer order of the brand's, of after its go-live, Pending Receipt, with goods for a
//!   location that is a warehouse of DCL's, under item numbers that DCL takes.
//! * **Steps**: map it to DCL's notification · announce it · DCL's number, our reference and what was announced back to the
//!   order. One that is announced already is compared with what was announced: DCL takes no change from a program, so that a
//!   person tells them, and then lets the run go on.
//! * **Undo**: none; DCL takes no cancellation from a program either.
//! * **Post-conditions**: one notification at DCL under our reference; the order bears DCL's number of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use temporalio_common::data_converters::RawValue;
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{SyncWorkflowContext, WorkflowContext, WorkflowContextView, WorkflowResult};

use crate::{
    agent::{self, Subject, attend},
    boundary,
    call::{Stop, call, fail, wait},
    contracts::{self, Announce, InboundBy, InboundOrderQuestion, InboundRef, MarkInbound},
    desk::{self, Desk, HasDesk},
    domain::{
        announcement::{self, Announcement, Record},
        inbound::{InboundOrder, InboundPolicy},
        readiness::Readiness,
        sales_order::Problem,
    },
    trail::Link,
};

/// The kind of problem that a person solves by telling DCL.
const CHANGED: &str = "changedAfterAnnouncement";

/// What a completed run tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announced {
    /// The order's number.
    pub transaction_number: String,
    /// DCL's number, or our reference where DCL told no number.
    pub dcl_po_number: String,
    /// Lines that were announced; none if it was announced before.
    pub lines: Option<usize>,
}

/// The workflow's state.
#[workflow]
#[derive(Default)]
pub struct DclPoNotification {
    desk: Desk,
}

impl HasDesk for DclPoNotification {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

type Ctx = WorkflowContext<DclPoNotification>;
type Refused = Box<dyn std::error::Error + Send + Sync>;

#[workflow_methods]
impl DclPoNotification {
    /// `{"brand":"acme","transactionId":"1203"}`; returns [`Announced`].
    #[run(name = "dclPoNotificationWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, input: RawValue) -> WorkflowResult<Value> {
        attend(ctx, Self::run, &["transactionId"], input, notify).await
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

/// From Pending Receipt to announced, once through.
async fn notify(ctx: &mut Ctx, subject: &Subject) -> Result<Announced, Stop> {
    let order = own_order(ctx, subject).await?;
    let policy = policy(ctx, subject, &order).await?;
    if let Some(number) = order.dcl_po_number.clone() {
        compare(ctx, subject, &order, &policy).await?;
        return report(ctx, subject, &order, number, None);
    }
    match order.readiness() {
        Readiness::Never(why) => return Err(fail("PreconditionFailed", why)),
        Readiness::NotYet(what) => return Err(wait(what, policy.wait_limit)),
        Readiness::NeedsDecision(_) | Readiness::Ready => {}
    }
    let announcement = announcement::draft(&subject.brand, &order, &policy)?;
    let number = announce(ctx, subject, &order, announcement.clone()).await?;
    mark(ctx, subject, &order, &announcement, Some(number.clone())).await?;
    report(ctx, subject, &order, number, Some(announcement.lines.len()))
}

// ── steps ──

/// The run's own order, which must be there.
async fn own_order(ctx: &Ctx, subject: &Subject) -> Result<InboundOrder, Stop> {
    let by = InboundBy::Id(subject.key.clone());
    let summary = format!("read {by}");
    let question = InboundOrderQuestion { brand: subject.brand.clone(), by };
    let order = call(ctx, contracts::read_inbound_order(), question, summary).await?;
    let missing = || {
        let what = format!("transactionId: NetSuite has no purchase or transfer order {}", subject.key);
        fail("NotFound", what)
    };
    let order = order.ok_or_else(missing)?;
    desk::note(ctx, order.documents(), vec![]);
    Ok(order)
}

/// What the brand's policy says; the order must be the brand's.
async fn policy(ctx: &Ctx, subject: &Subject, order: &InboundOrder) -> Result<InboundPolicy, Stop> {
    let question = order.question(&subject.brand);
    let policy = call(ctx, contracts::read_inbound_policy(), question, "read the brand's inbound policy").await?;
    order.must_be_of(&policy).map_err(|why| fail("PreconditionFailed", why))?;
    Ok(policy)
}

/// Announces the goods. Returns the mark: DCL's number, or our reference where DCL told none.
async fn announce(
    ctx: &Ctx,
    subject: &Subject,
    order: &InboundOrder,
    announcement: Announcement,
) -> Result<String, Stop> {
    let reference = announcement.reference.clone();
    let summary = format!("announce {} as {reference}", order.number);
    let request = Announce { brand: subject.brand.clone(), announcement, after_reset: agent::after_reset(ctx) };
    let number = call(ctx, contracts::announce_goods(), request, summary).await?;
    Ok(number.unwrap_or(reference))
}

/// What the order is to say about its announcement.
async fn mark(
    ctx: &Ctx,
    subject: &Subject,
    order: &InboundOrder,
    announcement: &Announcement,
    number: Option<String>,
) -> Result<(), Stop> {
    let request = MarkInbound {
        dcl_po_number: number,
        reference: Some(announcement.reference.clone()),
        announced: Some(announcement.record().text()),
        ..MarkInbound::of(which(subject, order))
    };
    call(ctx, contracts::mark_inbound(), request, format!("mark {} as announced", order.number)).await
}

/// One that changed after it was announced waits for a person, who tells DCL; then what it is now counts as announced.
async fn compare(ctx: &Ctx, subject: &Subject, order: &InboundOrder, policy: &InboundPolicy) -> Result<(), Stop> {
    let Some(before) = order.announced.as_deref().and_then(Record::parse) else { return Ok(()) };
    let untouched = order.lines.iter().all(|line| line.moved.is_zero());
    let now = announcement::draft(&subject.brand, order, policy);
    let said = match &now {
        _ if order.is_closed() && untouched => Some(format!("{} is closed, nothing of it will come", order.number)),
        _ if !order.is_expected() => None,
        Ok(now) => before.difference(&now.record()),
        Err(problem) => Some(problem.message.clone()),
    };
    let Some(said) = said else { return Ok(()) };
    if !ctx.state(|s| s.desk.has_accepted(CHANGED)) {
        let what = format!(
            "{}: changed after it was announced to DCL as {}: {said}; tell DCL, then retry",
            order.number,
            order.dcl_po_number.as_deref().unwrap_or_default()
        );
        return Err(Problem::record(CHANGED, what).into());
    }
    match now {
        Ok(now) if order.is_expected() => mark(ctx, subject, order, &now, None).await,
        // Nothing is expected any more, so that there is nothing to compare with.
        _ => {
            let request = MarkInbound { announced: Some(String::new()), ..MarkInbound::of(which(subject, order)) };
            call(ctx, contracts::mark_inbound(), request, format!("forget what was announced of {}", order.number))
                .await
        }
    }
}

fn which(subject: &Subject, order: &InboundOrder) -> InboundRef {
    InboundRef { brand: subject.brand.clone(), kind: order.kind, id: order.id.clone() }
}

/// Leaves the run findable by either number.
fn report(
    ctx: &Ctx,
    subject: &Subject,
    order: &InboundOrder,
    number: String,
    lines: Option<usize>,
) -> Result<Announced, Stop> {
    let link = Link::new(order.document(), format!("dcl:purchaseOrder:{number}"), "announceGoods").called(&number);
    desk::note(ctx, order.documents(), vec![link]);
    desk::done(ctx, &subject.brand, format!("{} is announced as {number}", order.number))?;
    Ok(Announced { transaction_number: order.number.clone(), dcl_po_number: number, lines })
}
