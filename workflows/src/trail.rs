//! What a run leaves for people to find: search attributes, memo, current details.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use temporalio_common::{MemoValue, search_attributes::SearchAttributeKey};
use temporalio_sdk::{WorkflowContext, WorkflowTermination};

use crate::domain::sales_order::Problem;

/// The brand that a run works for.
pub const BRAND: SearchAttributeKey<String> = SearchAttributeKey::keyword("Brand");
/// How the run is doing: `running`, `waiting`, `needsAttention`, `done`, `compensated`.
pub const AGENT_STATUS: SearchAttributeKey<String> = SearchAttributeKey::keyword("AgentStatus");
/// Every document that the run touched: `shopify:order:450789469`, `netsuite:salesOrder:1203`.
pub const DOCUMENTS: SearchAttributeKey<Vec<String>> = SearchAttributeKey::keyword_list("Documents");
/// Memo: which document led to which, by what action.
pub const LINEAGE: &str = "lineage";
/// Memo: why the run is parked, or what it waits for.
pub const PROBLEM: &str = "problem";
/// Memo: where the next tick of a poll starts.
pub const WATERMARK: &str = "watermark";
/// Memo: where a poll's next question for cancelled orders starts, and when they were last asked for.
pub const CANCELLED: &str = "cancelled";
/// Memo: payouts of Shopify Payments that a poll has told.
pub const PAYOUTS: &str = "payouts";
/// Memo: the tick of the last comparison of the whole stock.
pub const FULL: &str = "full";
/// Memo: hash of the content that a channel's order was published with.
pub const CONTENT: &str = "content";

/// How a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// At work.
    Running,
    /// Waits for something outside that is expected to happen.
    Waiting,
    /// Parked.
    NeedsAttention,
    /// The mark is there.
    Done,
}

impl Status {
    /// The search attribute's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::NeedsAttention => "needsAttention",
            Self::Done => "done",
        }
    }
}

/// One step from document to document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// `shopify:order:450789469`.
    pub from: String,
    /// `netsuite:salesOrder:1203`.
    pub to: String,
    /// The activity.
    pub by: String,
    /// When the run first saw it, by the workflow's clock.
    pub at: Option<Timestamp>,
    /// What people call the later document: its number, or the tracking numbers of a shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Link {
    /// A step that is not noted yet, see [`note`](crate::desk::note).
    pub fn new(from: impl Into<String>, to: impl Into<String>, by: &str) -> Self {
        Self { from: from.into(), to: to.into(), by: by.to_owned(), at: None, label: None }
    }

    /// With what people call the later document; nothing where the text is empty.
    pub fn called(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into()).filter(|label| !label.is_empty());
        self
    }
}

/// Sets the status, and the documents where they are known by now.
fn status<W>(ctx: &WorkflowContext<W>, status: Status, brand: &str, documents: Vec<String>) {
    let mut attributes = vec![BRAND.value_set(brand.to_owned()), AGENT_STATUS.value_set(status.as_str().to_owned())];
    if !documents.is_empty() {
        attributes.push(DOCUMENTS.value_set(documents));
    }
    ctx.upsert_search_attributes(attributes);
}

/// Makes a run that a person started look like one that the bus started.
pub fn begin<W>(
    ctx: &WorkflowContext<W>,
    brand: &str,
    document: &str,
    content: Option<String>,
) -> Result<(), WorkflowTermination> {
    if let Some(content) = content
        && !ctx.memo().contains_key(CONTENT)
    {
        ctx.upsert_memo([(CONTENT, Some(MemoValue::new(content)))])?;
    }
    if ctx.search_attributes().get(&BRAND).is_none() {
        ctx.upsert_search_attributes([
            BRAND.value_set(brand.to_owned()),
            AGENT_STATUS.value_set(Status::Running.as_str().to_owned()),
            DOCUMENTS.value_set(vec![document.to_owned()]),
        ]);
    }
    Ok(())
}

/// Closes the trail of a run that has done its work.
pub(crate) fn done<W>(
    ctx: &WorkflowContext<W>,
    brand: &str,
    documents: Vec<String>,
    lineage: &[Link],
    details: String,
) -> Result<(), WorkflowTermination> {
    ctx.upsert_search_attributes([
        BRAND.value_set(brand.to_owned()),
        AGENT_STATUS.value_set(Status::Done.as_str().to_owned()),
        DOCUMENTS.value_set(documents),
    ]);
    ctx.upsert_memo([(LINEAGE, Some(MemoValue::new(lineage.to_vec())))])?;
    ctx.set_current_details(details);
    Ok(())
}

/// A run that ends otherwise is found by all that it has learnt, too.
pub(crate) fn ended<W>(ctx: &WorkflowContext<W>, documents: Vec<String>) {
    if !documents.is_empty() {
        ctx.upsert_search_attributes([DOCUMENTS.value_set(documents)]);
    }
}

pub(crate) fn waiting<W>(
    ctx: &WorkflowContext<W>,
    brand: &str,
    documents: Vec<String>,
    lineage: &[Link],
    reason: &str,
) -> Result<(), WorkflowTermination> {
    status(ctx, Status::Waiting, brand, documents);
    stopped(ctx, lineage, Problem::record("waiting", reason))?;
    ctx.set_current_details(format!("waiting for {reason}"));
    Ok(())
}

pub(crate) fn parked<W>(
    ctx: &WorkflowContext<W>,
    brand: &str,
    documents: Vec<String>,
    lineage: &[Link],
    problem: &Problem,
) -> Result<(), WorkflowTermination> {
    status(ctx, Status::NeedsAttention, brand, documents);
    stopped(ctx, lineage, problem.clone())?;
    ctx.set_current_details(format!("**needs attention**: {}", problem.message));
    Ok(())
}

/// What a run that stops for a while has made so far, and why it stops.
fn stopped<W>(ctx: &WorkflowContext<W>, lineage: &[Link], problem: Problem) -> Result<(), WorkflowTermination> {
    let mut memo = vec![(PROBLEM, Some(MemoValue::new(problem)))];
    if !lineage.is_empty() {
        memo.push((LINEAGE, Some(MemoValue::new(lineage.to_vec()))));
    }
    ctx.upsert_memo(memo)?;
    Ok(())
}

pub(crate) fn resumed<W>(ctx: &WorkflowContext<W>, brand: &str) -> Result<(), WorkflowTermination> {
    status(ctx, Status::Running, brand, vec![]);
    ctx.upsert_memo([(PROBLEM, None)])?;
    ctx.set_current_details("looking again");
    Ok(())
}

/// The workflow's clock.
pub fn now<W>(ctx: &WorkflowContext<W>) -> Option<Timestamp> {
    ctx.workflow_time().and_then(|t| Timestamp::try_from(t).ok())
}
