//! What is compared with: a workflow of five regular activities that do nothing, as the SDK's own examples are written.

use std::{sync::Arc, time::Duration, time::Instant};

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use temporalio_client::{Client, WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

const QUEUE: &str = "bare";
const STEPS: u32 = 5;

struct Empty;

#[activities]
impl Empty {
    #[activity(name = "empty")]
    async fn empty(self: Arc<Self>, _: ActivityContext, step: u32) -> Result<u32, ActivityError> {
        Ok(step)
    }
}

#[workflow]
#[derive(Default)]
struct Bare;

#[workflow_methods]
impl Bare {
    #[run(name = "bare")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<u32> {
        let mut done = 0;
        for step in 1..=STEPS {
            let options = ActivityOptions::start_to_close_timeout(Duration::from_secs(60));
            done = ctx.execute_activity(Empty::empty, step, options).await?;
        }
        Ok(done)
    }
}

/// The worker's process: polls until it is killed.
pub(crate) async fn work(address: &str, namespace: &str) -> anyhow::Result<()> {
    let client = temporal_server::connect(address, namespace).await?;
    let runtime = Runtime::from_current_tokio(Default::default())?;
    let mut options = WorkerOptions::new(QUEUE).build();
    options.register_activities(Empty);
    options.register_workflow::<Bare>()?;
    Worker::new(&runtime, client, options)?.run().await?;
    Ok(())
}

/// The run's workflow id.
pub(crate) fn id(number: u64) -> String {
    format!("bare:{number}")
}

/// Runs the workflows with these numbers. Milliseconds from start to result, of each.
pub(crate) async fn run_all(
    client: &Client,
    numbers: std::ops::Range<u64>,
    at_once: usize,
) -> anyhow::Result<Vec<f64>> {
    let run = async |number: u64| {
        let begun = Instant::now();
        let options = WorkflowStartOptions::new(QUEUE, id(number)).build();
        let handle = client.start_workflow(Bare::run, (), options).await.context("a bare run cannot be started")?;
        handle.get_result(WorkflowGetResultOptions::default()).await.context("a bare run failed")?;
        anyhow::Ok(begun.elapsed().as_secs_f64() * 1e3)
    };
    stream::iter(numbers).map(run).buffer_unordered(at_once).try_collect().await
}
