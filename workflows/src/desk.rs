//! What a run waits for: events from outside, and people.
//!
//! A rejected step parks the run: its `AgentStatus` becomes `needsAttention`, its memo `problem` says why, and it waits for
//! the update `resolve` (`{"action":"retry","by":"name","why":"…"}`) or for the next event about its record.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use temporalio_sdk::{CancellableFuture, TimerResult, WorkflowContext, WorkflowTermination, workflows::select};

use jiff::Timestamp;

use crate::{
    domain::sales_order::Problem,
    trail::{self, Link},
};

/// The part of a workflow's state that the outside writes to.
#[derive(Debug, Default)]
pub struct Desk {
    /// Counts events and resolutions; whoever waits for either compares it with what it saw.
    generation: u64,
    /// The last resolution.
    resolution: Option<Resolution>,
    /// What the run is parked for.
    problem: Option<Problem>,
    /// Kinds of problems that a person has looked at and said yes to.
    accepted: BTreeSet<String>,
    /// Every document that the run is known to be about.
    documents: Vec<String>,
    /// Which document led to which, as far as the run has seen.
    lineage: Vec<Link>,
}

/// A person's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resolution {
    /// What to do.
    pub action: Action,
    /// Who decided.
    #[serde(default)]
    pub by: Option<String>,
    /// Why.
    #[serde(default)]
    pub why: Option<String>,
}

/// What a person can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Look again from the start; also approves an order that waits for a decision.
    Retry,
}

/// A workflow that has a desk.
pub trait HasDesk {
    /// The desk, to look at.
    fn desk(&self) -> &Desk;
    /// The desk, to write on.
    fn desk_mut(&mut self) -> &mut Desk;
}

impl Desk {
    /// An event came: look again.
    pub fn event(&mut self) {
        self.generation += 1;
    }

    /// Takes a decision. Refused where nothing waits for one; the text says so.
    pub fn resolve(&mut self, resolution: Resolution) -> Result<String, String> {
        let Some(problem) = self.problem.take() else {
            return Err("this run is not waiting for a decision".to_owned());
        };
        self.generation += 1;
        self.resolution = Some(resolution);
        self.accepted.insert(problem.kind.clone());
        Ok(format!("will look again; it waited for: {}", problem.message))
    }

    /// May this decision be taken now? Shape `{"action":"retry","by":"name","why":"text"}`.
    pub fn check(&self, raw: &Value) -> Result<Resolution, String> {
        let resolution: Resolution = serde_path_to_error::deserialize(raw).map_err(|e| {
            format!("{}: {}; expected for example {{\"action\":\"retry\",\"by\":\"ann\"}}", e.path(), e.inner())
        })?;
        match &self.problem {
            Some(_) => Ok(resolution),
            None => Err("this run is not waiting for a decision".to_owned()),
        }
    }

    /// Has a person, asked about this kind of problem, said to go on?
    pub fn has_accepted(&self, kind: &str) -> bool {
        self.accepted.contains(kind)
    }

    /// Tells which documents the run is about and how one led to another. A step that is known keeps its time.
    pub fn note(&mut self, documents: Vec<String>, links: Vec<Link>, at: Option<Timestamp>) {
        for document in documents.into_iter().chain(links.iter().flat_map(|link| [link.from.clone(), link.to.clone()]))
        {
            if !self.documents.contains(&document) {
                self.documents.push(document);
            }
        }
        for link in links {
            match self.lineage.iter_mut().find(|known| known.to == link.to && known.from == link.from) {
                Some(known) => known.label = link.label.or(known.label.take()),
                None => self.lineage.push(Link { at, ..link }),
            }
        }
    }

    /// What the run is parked for.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// An event or a decision.
    ByEvent,
    /// A person decided.
    ByDecision,
    /// Nothing came in time.
    ByTime,
}

/// Waits for an event about the record, at most `limit`. One that came after `seen` was taken ends the wait at once.
pub async fn wait<W: HasDesk>(
    ctx: &mut WorkflowContext<W>,
    brand: &str,
    reason: &str,
    limit: Duration,
    seen: u64,
) -> Result<Woken, WorkflowTermination> {
    let (documents, lineage) = noted(ctx);
    trail::waiting(ctx, brand, documents, &lineage, reason)?;
    let woken = doze(ctx, Some(limit), seen).await?;
    if woken != Woken::ByTime {
        trail::resumed(ctx, brand)?;
    }
    Ok(woken)
}

/// Parks: waits for a decision or an event, for as long as it takes. An event after `seen` was taken ends it at once.
pub async fn park<W: HasDesk>(
    ctx: &mut WorkflowContext<W>,
    brand: &str,
    problem: Problem,
    seen: u64,
) -> Result<Woken, WorkflowTermination> {
    let (documents, lineage) = noted(ctx);
    trail::parked(ctx, brand, documents, &lineage, &problem)?;
    ctx.state_mut(|s| s.desk_mut().problem = Some(problem));
    let woken = doze(ctx, None, seen).await?;
    ctx.state_mut(|s| s.desk_mut().problem = None);
    trail::resumed(ctx, brand)?;
    Ok(woken)
}

/// Notes what the run is about and what it has made, so that whoever looks finds it whether the run works, waits or is done.
pub fn note<W: HasDesk>(ctx: &WorkflowContext<W>, documents: Vec<String>, links: Vec<Link>) {
    let at = trail::now(ctx);
    ctx.state_mut(|s| s.desk_mut().note(documents, links, at));
}

/// Closes the trail of a run that has done its work.
pub fn done<W: HasDesk>(ctx: &WorkflowContext<W>, brand: &str, details: String) -> Result<(), WorkflowTermination> {
    let (documents, lineage) = noted(ctx);
    trail::done(ctx, brand, documents, &lineage, details)
}

/// Leaves what the run has learnt before it ends otherwise.
pub fn ended<W: HasDesk>(ctx: &WorkflowContext<W>) {
    trail::ended(ctx, noted(ctx).0);
}

fn noted<W: HasDesk>(ctx: &WorkflowContext<W>) -> (Vec<String>, Vec<Link>) {
    ctx.state(|s| (s.desk().documents.clone(), s.desk().lineage.clone()))
}

/// The count of events so far. Take it before looking, so that what comes meanwhile is looked at again.
pub fn generation<W: HasDesk>(ctx: &WorkflowContext<W>) -> u64 {
    ctx.state(|s| s.desk().generation)
}

async fn doze<W: HasDesk>(
    ctx: &WorkflowContext<W>,
    limit: Option<Duration>,
    seen: u64,
) -> Result<Woken, WorkflowTermination> {
    // The state is borrowed while the condition looks at it; to borrow it again would panic.
    let event = ctx.wait_condition(|s| s.desk().generation != seen);
    let Some(limit) = limit else {
        event.await?;
        return Ok(woken_by(ctx));
    };
    let timer = ctx.timer(limit);
    futures_util::pin_mut!(timer, event);
    let woken = select! {
        woken = event => {
            woken?;
            // Dropping a timer would leave it running.
            timer.cancel();
            woken_by(ctx)
        }
        fired = timer => match fired {
            TimerResult::Fired => Woken::ByTime,
            TimerResult::Cancelled => return Err(WorkflowTermination::cancelled()),
        }
    };
    Ok(woken)
}

fn woken_by<W: HasDesk>(ctx: &WorkflowContext<W>) -> Woken {
    match ctx.state_mut(|s| s.desk_mut().resolution.take()) {
        Some(_) => Woken::ByDecision,
        None => Woken::ByEvent,
    }
}
