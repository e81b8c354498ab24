//! How a workflow calls: locally first, durably when it matters. One place decides, from the contract.
//!
//! A regular activity costs the server three history events and a workflow task, a local one a single marker. But a local
//! activity starts again as a first attempt whenever its workflow task is lost, so what a repeat would double is never local.

use std::time::Duration;

use temporalio_common::{
    ActivityDefinition, RetryPolicy,
    data_converters::TemporalDeserializable,
    error::{ActivityExecutionError, ApplicationFailure},
    protos::temporal::api::failure::v1::failure::FailureInfo,
};
use temporalio_sdk::{ActivityOptions, LocalActivityOptions, WorkflowContext, WorkflowTermination};

use crate::{
    contracts::{Contract, Effect},
    domain::sales_order::Problem,
};

/// A local attempt that takes longer is given up and made durable.
const LOCAL_LIMIT: Duration = Duration::from_secs(2);
/// One regular attempt; longer than a client waits for its vendor.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(60);
/// A regular activity says so often that it is alive; a dead worker's attempt is repeated after this time.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Why a step did not give its result.
#[derive(Debug)]
pub enum Stop {
    /// A person, or a changed configuration, is needed.
    Park(Problem),
    /// Something outside has to happen first.
    Wait {
        /// What.
        what: String,
        /// For how long it is waited for in all.
        limit: Duration,
    },
    /// The run ends.
    End(WorkflowTermination),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Park(problem)
    }
}

impl<T: Into<WorkflowTermination>> From<T> for Stop {
    fn from(end: T) -> Self {
        Self::End(end.into())
    }
}

/// Waits for something outside, at most so many seconds in all.
pub fn wait(what: impl Into<String>, seconds: u64) -> Stop {
    Stop::Wait { what: what.into(), limit: Duration::from_secs(seconds) }
}

/// Ends the run as failed, for good, with a type that people can search for.
pub fn fail(kind: &str, message: impl Into<String>) -> Stop {
    failure(kind, message).into()
}

/// The failure of a run that cannot succeed as it is.
pub fn failure(kind: &str, message: impl Into<String>) -> ApplicationFailure {
    ApplicationFailure::builder(message.into()).type_name(kind.to_owned()).non_retryable(true).build()
}

/// Lends a definition: the macro's markers are not `Clone`, and a call may be made twice.
struct Lent<'a, A>(&'a A);

impl<A: ActivityDefinition> ActivityDefinition for Lent<'_, A> {
    type Input = A::Input;
    type Output = A::Output;

    fn name(&self) -> &str {
        self.0.name()
    }
}

/// Calls an activity. What the vendor rejects parks; what it does not have ends the run; everything else is retried until it works.
pub async fn call<W, A>(
    ctx: &WorkflowContext<W>,
    contract: Contract<A>,
    input: A::Input,
    summary: impl Into<String>,
) -> Result<A::Output, Stop>
where
    A: ActivityDefinition,
    A::Input: Clone,
    A::Output: TemporalDeserializable,
{
    let summary = summary.into();
    if contract.effect != Effect::CreatingWrite {
        let local = LocalActivityOptions::builder()
            .retry_policy(RetryPolicy::builder().maximum_attempts(1).build())
            .start_to_close_timeout(LOCAL_LIMIT)
            .schedule_to_close_timeout(LOCAL_LIMIT)
            .summary(summary.clone())
            .build();
        match ctx.execute_local_activity(Lent(&contract.activity), input.clone(), local).await {
            Ok(output) => return Ok(output),
            Err(error) if !Reason::of(&error).is_some_and(|r| r.repeatable) => return Err(stop(error)),
            // The vendor said when: a durable wait spares it a call that is bound to fail.
            Err(error) => {
                if let Some(wait) = Reason::of(&error).and_then(|r| r.retry_after) {
                    ctx.timer(wait).await;
                }
            }
        }
    }
    regular(ctx, contract, input, summary).await
}

/// Calls as a regular activity at once: syncs, polls, anything long.
pub async fn regular<W, A>(
    ctx: &WorkflowContext<W>,
    contract: Contract<A>,
    input: A::Input,
    summary: impl Into<String>,
) -> Result<A::Output, Stop>
where
    A: ActivityDefinition,
    A::Output: TemporalDeserializable,
{
    long(ctx, contract, input, summary, ATTEMPT_LIMIT).await
}

/// The same with a limit of its own for one attempt.
pub async fn long<W, A>(
    ctx: &WorkflowContext<W>,
    contract: Contract<A>,
    input: A::Input,
    summary: impl Into<String>,
    limit: Duration,
) -> Result<A::Output, Stop>
where
    A: ActivityDefinition,
    A::Output: TemporalDeserializable,
{
    let retry = RetryPolicy::builder()
        .initial_interval(Duration::from_millis(500))
        .backoff_coefficient(2.0)
        .maximum_interval(Duration::from_secs(120))
        .build();
    let queue = contract.queue.map_or_else(|| ctx.task_queue().to_owned(), str::to_owned);
    let options = ActivityOptions::with_start_to_close_timeout(limit)
        .heartbeat_timeout(HEARTBEAT)
        .task_queue(queue)
        .summary(summary.into())
        .retry_policy(retry)
        .build();
    ctx.execute_activity(contract.activity, input, options).await.map_err(stop)
}

/// A vendor's refusal parks, with its own words; what is not there or was cancelled ends the run.
fn stop(error: ActivityExecutionError) -> Stop {
    match Reason::of(&error) {
        Some(reason) if reason.kind == "Rejected" => Stop::Park(Problem::record("rejected", reason.message)),
        Some(reason) if reason.kind == "Configuration" => Stop::Park(Problem::missing("configuration", reason.message)),
        Some(reason) if !reason.kind.is_empty() => fail(reason.kind, reason.message),
        _ => error.into(),
    }
}

/// Why an activity failed, read from the failure itself: SDK 1.1.1 hands a *local* activity's application failure over bare
/// and a regular one's, like any timeout, inside an activity failure.
struct Reason<'a> {
    kind: &'a str,
    message: &'a str,
    repeatable: bool,
    retry_after: Option<Duration>,
}

impl<'a> Reason<'a> {
    /// None: cancelled, or a payload that does not convert.
    fn of(error: &'a ActivityExecutionError) -> Option<Self> {
        let mut failure = error.failure()?;
        while let (Some(FailureInfo::ActivityFailureInfo(_)), Some(cause)) = (&failure.failure_info, &failure.cause) {
            failure = cause;
        }
        match &failure.failure_info {
            Some(FailureInfo::ApplicationFailureInfo(info)) => Some(Self {
                kind: &info.r#type,
                message: &failure.message,
                repeatable: !info.non_retryable,
                retry_after: info.next_retry_delay.and_then(|d| d.try_into().ok()),
            }),
            Some(FailureInfo::TimeoutFailureInfo(_)) => {
                Some(Self { kind: "Timeout", message: &failure.message, repeatable: true, retry_after: None })
            }
            _ => None,
        }
    }
}
