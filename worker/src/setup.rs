//! `agent setup`: creates what is missing, as often as it is run.

use std::{fmt, time::Duration};

use anyhow::Context;
use config::{Brand, Config, Settled};
use futures_util::TryStreamExt;
use serde_json::json;
use temporalio_client::{
    Client, NamespacedClient,
    grpc::{OperatorService, WorkflowService},
    tonic::{Code, IntoRequest},
};
use temporalio_common::{
    protos::temporal::api::{
        common::v1::{Payload, Payloads, WorkflowType},
        enums::v1::{IndexedValueType, ScheduleOverlapPolicy},
        operatorservice::v1::{AddSearchAttributesRequest, ListSearchAttributesRequest},
        schedule::v1::{
            IntervalSpec, Schedule, ScheduleAction, SchedulePolicies, ScheduleSpec, schedule_action::Action,
        },
        taskqueue::v1::TaskQueue,
        workflow::v1::NewWorkflowExecutionInfo,
        workflowservice::v1::{CreateScheduleRequest, DescribeScheduleRequest, UpdateScheduleRequest},
    },
    search_attributes::SearchAttributes,
};
use uuid::Uuid;
use workflows::{ids, trail};

/// The search attributes that the agents set.
pub const SEARCH_ATTRIBUTES: [(&str, IndexedValueType); 3] = [
    ("Brand", IndexedValueType::Keyword),
    ("AgentStatus", IndexedValueType::Keyword),
    ("Documents", IndexedValueType::KeywordList),
];

/// Webhook topics that wake agent 1.
pub const TOPICS: [&str; 8] = [
    "ORDERS_CREATE",
    "ORDERS_PAID",
    "ORDERS_UPDATED",
    "ORDERS_EDITED",
    "ORDERS_CANCELLED",
    "ORDERS_RISK_ASSESSMENT_CHANGED",
    "ORDER_TRANSACTIONS_CREATE",
    "REFUNDS_CREATE",
];

/// Everything; `say` is told what was done.
pub async fn run(config: &Config, client: &Client, say: impl Fn(&str)) -> anyhow::Result<()> {
    search_attributes(client, &say).await?;
    for (name, brand) in &config.brands {
        for poll in ids::POLLS {
            if is_needed(poll, brand) {
                schedule(client, Tick::of_poll(poll, brand), name, &say).await?;
            }
        }
        for tick in Tick::of_stock(brand) {
            schedule(client, tick, name, &say).await?;
        }
        if brand.enables(ids::SHOPIFY_TO_NETSUITE) {
            webhooks(config, name, &say).await?;
        }
    }
    Ok(())
}

/// The agents that a poll finds records for.
pub fn agents_of(poll: &str) -> &'static [&'static str] {
    match poll {
        ids::NETSUITE_ORDERS_POLL => &[ids::NETSUITE_TO_DCL, ids::NETSUITE_INVOICE, ids::NETSUITE_PAYMENT],
        ids::DCL_ORDERS_POLL => &[ids::DCL_TRACKING],
        ids::SHOPIFY_PAYOUTS_POLL => &[ids::NETSUITE_PAYMENT],
        ids::NETSUITE_PURCHASES_POLL => &[ids::PO_NOTIFICATION, ids::PO_RECEIPT],
        ids::DCL_RECEIPTS_POLL => &[ids::PO_RECEIPT],
        _ => &[ids::SHOPIFY_TO_NETSUITE],
    }
}

/// Does the brand need this poll?
pub fn is_needed(poll: &str, brand: &Brand) -> bool {
    let wanted = poll != ids::SHOPIFY_PAYOUTS_POLL || brand.payments.settled == Settled::PaidOut;
    wanted && agents_of(poll).iter().any(|agent| brand.enables(agent))
}

/// When a workflow runs by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tick {
    /// Its type.
    workflow: &'static str,
    /// How often.
    every: Duration,
    /// How long after the full interval.
    after: Duration,
}

impl Tick {
    /// How often a poll looks.
    fn of_poll(poll: &'static str, brand: &Brand) -> Self {
        let every = match poll {
            ids::NETSUITE_ORDERS_POLL => brand.poll.netsuite_every,
            ids::DCL_ORDERS_POLL => brand.poll.dcl_every,
            ids::SHOPIFY_PAYOUTS_POLL => brand.poll.payouts_every,
            ids::NETSUITE_PURCHASES_POLL => brand.poll.purchases_every,
            ids::DCL_RECEIPTS_POLL => brand.poll.receipts_every,
            _ => brand.poll.every,
        };
        Self { workflow: poll, every, after: Duration::ZERO }
    }

    /// How often stock is told and checked: bundles after the items whose figures they go by.
    fn of_stock(brand: &Brand) -> Vec<Self> {
        let Some(stock) = &brand.stock else { return vec![] };
        let tick = |workflow, every, after| Self { workflow, every, after };
        let all = [
            tick(ids::INVENTORY_SYNC, stock.every, Duration::ZERO),
            tick(ids::BUNDLES_SYNC, stock.every, stock.bundles_after),
            tick(ids::STOCK_CHECK, stock.check_every, Duration::ZERO),
        ];
        let any = ids::SYNCS.iter().any(|sync| brand.enables(sync));
        all.into_iter()
            .filter(|tick| brand.enables(tick.workflow) || (any && tick.workflow == ids::STOCK_CHECK))
            .collect()
    }
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "every {:?}", self.every)?;
        if self.after.is_zero() { Ok(()) } else { write!(f, ", {:?} after the full interval", self.after) }
    }
}

/// Adds the missing search attributes to the namespace.
pub async fn search_attributes(client: &Client, say: &impl Fn(&str)) -> anyhow::Result<()> {
    let missing = missing_search_attributes(client).await?;
    if missing.is_empty() {
        say("search attributes: all there");
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let request = AddSearchAttributesRequest {
        namespace: client.namespace(),
        search_attributes: missing.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).into())).collect(),
    };
    client.clone().add_search_attributes(request.into_request()).await.context("search attributes cannot be added")?;
    say(&format!("search attributes: added {}", names.join(", ")));
    Ok(())
}

/// Those of ours that the namespace does not have.
pub async fn missing_search_attributes(client: &Client) -> anyhow::Result<Vec<(&'static str, IndexedValueType)>> {
    let request = ListSearchAttributesRequest { namespace: client.namespace() };
    let there = client.clone().list_search_attributes(request.into_request()).await?.into_inner().custom_attributes;
    Ok(SEARCH_ATTRIBUTES.into_iter().filter(|(name, _)| !there.contains_key(*name)).collect())
}

/// A workflow's schedule: created, or given the configured interval. Pausing it is a person's business.
async fn schedule(client: &Client, tick: Tick, name: &str, say: &impl Fn(&str)) -> anyhow::Result<()> {
    let id = format!("{}:{name}", tick.workflow);
    let wanted = wanted(&id, tick, name)?;
    let create = CreateScheduleRequest {
        namespace: client.namespace(),
        schedule_id: id.clone(),
        // A repeated request id is answered like the first: a schedule that is there would look newly made.
        request_id: Uuid::new_v4().to_string(),
        schedule: Some(wanted.clone()),
        ..CreateScheduleRequest::default()
    };
    match WorkflowService::create_schedule(&mut client.clone(), create.into_request()).await {
        Ok(_) => {
            say(&format!("schedule {id}: created, {tick}"));
            return Ok(());
        }
        Err(status) if status.code() == Code::AlreadyExists => {}
        Err(status) => return Err(status).with_context(|| format!("schedule {id} cannot be created")),
    }
    let describe = DescribeScheduleRequest { namespace: client.namespace(), schedule_id: id.clone() };
    let there = WorkflowService::describe_schedule(&mut client.clone(), describe.into_request()).await?.into_inner();
    let (token, there) = (there.conflict_token, there.schedule.unwrap_or_default());
    if intervals(&there) == intervals(&wanted) {
        say(&format!("schedule {id}: as configured"));
        return Ok(());
    }
    let update = UpdateScheduleRequest {
        namespace: client.namespace(),
        schedule_id: id.clone(),
        schedule: Some(Schedule { state: there.state, ..wanted }),
        conflict_token: token,
        ..UpdateScheduleRequest::default()
    };
    WorkflowService::update_schedule(&mut client.clone(), update.into_request())
        .await
        .with_context(|| format!("schedule {id} cannot be changed"))?;
    say(&format!("schedule {id}: now {tick}"));
    Ok(())
}

/// A schedule's intervals in seconds, each with its offset: the server writes down an offset of nothing that was not given.
fn intervals(schedule: &Schedule) -> Vec<(i64, i64)> {
    let specs = schedule.spec.iter().flat_map(|spec| &spec.interval);
    let seconds = |spec: &IntervalSpec| {
        let (every, after) = (spec.interval.as_ref(), spec.phase.as_ref());
        (every.map_or(0, |time| time.seconds), after.map_or(0, |time| time.seconds))
    };
    specs.map(seconds).collect()
}

fn wanted(id: &str, tick: Tick, name: &str) -> anyhow::Result<Schedule> {
    let input = Payload {
        metadata: [("encoding".to_owned(), b"json/plain".to_vec())].into(),
        data: json!({ "brand": name }).to_string().into_bytes(),
        ..Payload::default()
    };
    // The SDK's own type has no search attributes for the action, by which a tick finds the one before.
    let action = NewWorkflowExecutionInfo {
        workflow_id: id.to_owned(),
        workflow_type: Some(WorkflowType { name: tick.workflow.to_owned() }),
        task_queue: Some(TaskQueue { name: tick.workflow.to_owned(), ..TaskQueue::default() }),
        input: Some(Payloads { payloads: vec![input] }),
        search_attributes: Some(SearchAttributes::updates_to_proto([trail::BRAND.value_set(name.to_owned())])),
        ..NewWorkflowExecutionInfo::default()
    };
    let phase = if tick.after.is_zero() { None } else { Some(tick.after.try_into()?) };
    let interval = IntervalSpec { interval: Some(tick.every.try_into()?), phase };
    Ok(Schedule {
        spec: Some(ScheduleSpec { interval: vec![interval], ..ScheduleSpec::default() }),
        action: Some(ScheduleAction { action: Some(Action::StartWorkflow(action)) }),
        policies: Some(SchedulePolicies {
            overlap_policy: ScheduleOverlapPolicy::Skip.into(),
            // After an outage one tick reads everything that changed; the missed ones add nothing.
            catchup_window: Some(Duration::from_secs(10).try_into()?),
            ..SchedulePolicies::default()
        }),
        state: None,
    })
}

/// Subscribes to the topics that the store does not send us yet.
async fn webhooks(config: &Config, name: &str, say: &impl Fn(&str)) -> anyhow::Result<()> {
    let Some(public) = &config.connector.public_url else {
        say(&format!("webhooks of {name}: connector.public_url is not configured; the poll alone finds orders"));
        return Ok(());
    };
    let uri = public.join(&format!("webhooks/shopify/{name}"))?.to_string();
    let vendors = activities::Vendors::new(config)?;
    let Some(store) = vendors.store(name) else { return Ok(()) };
    let there: Vec<_> =
        store.client.webhook_subscriptions().try_collect().await.context("webhook subscriptions cannot be read")?;
    for topic in TOPICS {
        if there.iter().any(|s| s.topic == topic && s.uri == uri) {
            continue;
        }
        store.client.create_webhook_subscription(topic, &uri).await.with_context(|| format!("topic {topic}"))?;
        say(&format!("webhooks of {name}: subscribed to {topic}"));
    }
    say(&format!("webhooks of {name}: {uri}"));
    Ok(())
}
