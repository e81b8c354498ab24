#![doc = include_str!("../README.md")]

mod connect;
mod event;
mod payload;
mod run;
mod timeline;
mod view;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use temporalio_client::{
    Client, UntypedSignal, UntypedWorkflow, WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowStartOptions,
    errors::{WorkflowInteractionError, WorkflowStartError},
    grpc::WorkflowService,
    tonic::{Code, IntoRequest},
};
use temporalio_common::{
    MemoValues, protos::temporal::api::workflowservice::v1::GetSystemInfoRequest, search_attributes::SearchAttributes,
};
use workflows::{
    domain::input::{InvalidInput, Record},
    ids, trail,
};

pub use connect::{connect, connect_patiently};
pub use event::check;
pub use run::{RunRequest, Started};
pub use timeline::{Attention, Document, Timeline};
pub use view::{PendingActivity, RunView};
pub use workflows::event::{Event, EventKind};

use event::Subject;

/// What a publication or a start did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// A run was started, or will be at its time.
    Started,
    /// The run that is there was told to look again.
    Running,
    /// The agent is done with this record.
    AlreadyDone,
    /// The agent is not enabled for the brand; its poll finds the record when it is switched on.
    Disabled,
}

/// The outcome of one publication.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// Id of the record's run.
    pub workflow_id: String,
    /// What happened.
    pub status: Status,
}

/// Why the bus did not take something.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// A field cannot be used.
    #[error("{0}")]
    Invalid(#[from] InvalidInput),
    /// No such workflow type.
    #[error("workflow: {0:?} is unknown; known: {known}", known = ids::all().collect::<Vec<_>>().join(", "))]
    UnknownWorkflow(String),
    /// No such run.
    #[error("no run {0}")]
    NotFound(String),
    /// Temporal did not answer, or not as expected. Trying again is right.
    #[error("temporal is unavailable: {0}")]
    Unavailable(String),
}

/// The rules for starting and waking agents.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    agents: BTreeMap<String, Vec<String>>,
}

impl Bus {
    /// `agents`: the enabled workflow types of every brand.
    pub fn new(client: Client, agents: BTreeMap<String, Vec<String>>) -> Self {
        Self { client, agents }
    }

    /// Starts or wakes the run that the event is about.
    pub async fn publish(&self, event: &Event) -> Result<Published, BusError> {
        let subject = Subject::of_event(event)?;
        self.wake_payment(event, &subject).await?;
        let workflow_id = subject.workflow_id();
        if !self.enables(&event.brand, subject.workflow)? {
            return Ok(Published { workflow_id, status: Status::Disabled });
        }
        let signal = json!({ "type": event.kind, "content": subject.content });
        let mut status = self.signal_with_start(&workflow_id, &subject, &signal, event.kind.reopens()).await?;
        if status == Status::AlreadyDone && self.content_differs(&workflow_id, &subject).await? {
            let signal = json!({ "type": event.kind, "content": subject.content, "repeated": true });
            status = self.signal_with_start(&workflow_id, &subject, &signal, true).await?;
        }
        Ok(Published { workflow_id, status })
    }

    /// Starts the run that the event is about, unless it runs already: for what is found waiting again and again.
    pub async fn ensure(&self, event: &Event) -> Result<Published, BusError> {
        let subject = Subject::of_event(event)?;
        let workflow_id = subject.workflow_id();
        if !self.enables(&event.brand, subject.workflow)? {
            return Ok(Published { workflow_id, status: Status::Disabled });
        }
        let mut options = self.options(&workflow_id, &subject, false);
        options.id_conflict_policy = WorkflowIdConflictPolicy::UseExisting;
        let workflow = UntypedWorkflow::new(subject.workflow);
        match self.client.start_workflow(workflow, payload::raw(&subject.input), options).await {
            Ok(_) => Ok(Published { workflow_id, status: Status::Running }),
            Err(error) if already_there(&error) => Ok(Published { workflow_id, status: Status::AlreadyDone }),
            Err(error) => Err(not_started(error)),
        }
    }

    /// Money moved: the run that books it looks again. It is not begun before there is an Invoice, which begins it; but one
    /// that had ended looks at money that came later.
    async fn wake_payment(&self, event: &Event, order: &Subject) -> Result<(), BusError> {
        let moved =
            matches!(event.kind, EventKind::OrderPaid | EventKind::OrderTransactionCreated | EventKind::OrderRefunded);
        if !moved || order.content.is_some() || !self.enables(&event.brand, ids::NETSUITE_PAYMENT)? {
            return Ok(());
        }
        let Ok(order_id) = order.key.parse() else { return Ok(()) };
        let Some(subject) = Subject::of_record(ids::NETSUITE_PAYMENT, &event.brand, Record::Order(order_id)) else {
            return Ok(());
        };
        let (id, signal) = (subject.workflow_id(), json!({ "type": event.kind }));
        let run = self.client.get_workflow_handle::<UntypedWorkflow>(&id);
        match run.signal(UntypedSignal::new("event"), payload::raw(&signal), Default::default()).await {
            Ok(()) => Ok(()),
            Err(WorkflowInteractionError::NotFound(_)) if event.kind == EventKind::OrderPaid => Ok(()),
            Err(WorkflowInteractionError::NotFound(_)) => match self.describe(&id).await {
                Ok(_) => self.signal_with_start(&id, &subject, &signal, false).await.map(drop),
                Err(BusError::NotFound(_)) => Ok(()),
                Err(error) => Err(error),
            },
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Does Temporal answer?
    pub async fn ping(&self) -> Result<(), BusError> {
        self.client.clone().get_system_info(GetSystemInfoRequest {}.into_request()).await.map_err(unavailable)?;
        Ok(())
    }

    /// The enabled agents of a brand.
    fn enabled(&self, brand: &str) -> Result<&[String], BusError> {
        self.agents.get(brand).map(Vec::as_slice).ok_or_else(|| {
            let known = self.agents.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            InvalidInput::new("brand", format!("{brand:?} is not configured; configured: {known}")).into()
        })
    }

    fn enables(&self, brand: &str, workflow: &str) -> Result<bool, BusError> {
        Ok(self.enabled(brand)?.iter().any(|agent| agent == workflow))
    }

    async fn signal_with_start(
        &self,
        workflow_id: &str,
        subject: &Subject,
        signal: &Value,
        rerun: bool,
    ) -> Result<Status, BusError> {
        let options = self.options(workflow_id, subject, rerun);
        let workflow = UntypedWorkflow::new(subject.workflow);
        let (input, signal) = (payload::raw(&subject.input), payload::raw(signal));
        match self
            .client
            .signal_with_start_workflow(workflow, input, UntypedSignal::new("event"), signal, options)
            .await
        {
            // The answer does not tell a start from a signal; whoever needs to know looks at the run.
            Ok(_) => Ok(Status::Running),
            Err(error) if already_there(&error) => Ok(Status::AlreadyDone),
            Err(error) => Err(not_started(error)),
        }
    }

    fn options(&self, workflow_id: &str, subject: &Subject, rerun: bool) -> WorkflowStartOptions {
        let mut memo = MemoValues::new();
        if let Some(content) = &subject.content {
            memo.insert(trail::CONTENT, content.clone());
        }
        let again = rerun || !run::is_once(subject.workflow);
        let reuse =
            if again { WorkflowIdReusePolicy::AllowDuplicate } else { WorkflowIdReusePolicy::AllowDuplicateFailedOnly };
        WorkflowStartOptions::new(subject.workflow, workflow_id)
            .id_reuse_policy(reuse)
            .search_attributes(SearchAttributes::new([
                trail::BRAND.value_set(subject.brand.clone()),
                trail::AGENT_STATUS.value_set(trail::Status::Running.as_str().to_owned()),
                trail::DOCUMENTS.value_set(subject.documents.clone()),
            ]))
            .memo(memo)
            .static_summary(subject.documents.join(", "))
            .build()
    }

    /// Was the order of a channel published before with other content?
    async fn content_differs(&self, workflow_id: &str, subject: &Subject) -> Result<bool, BusError> {
        let Some(content) = &subject.content else { return Ok(false) };
        let run = self.describe(workflow_id).await?;
        let before: Option<String> = run.memo().get(trail::CONTENT).ok().flatten();
        Ok(before.is_some_and(|before| before != *content))
    }
}

/// Signal-with-start reports ALREADY_EXISTS as a bare status, a plain start as its own kind.
fn already_there(error: &WorkflowStartError) -> bool {
    match error {
        WorkflowStartError::AlreadyStarted { .. } => true,
        WorkflowStartError::Rpc(status) => status.code() == Code::AlreadyExists,
        _ => false,
    }
}

/// A start that Temporal refuses for its content will be refused again; everything else is worth another try.
fn not_started(error: WorkflowStartError) -> BusError {
    match error {
        WorkflowStartError::Rpc(status) if status.code() == Code::InvalidArgument => {
            InvalidInput::new("payload", status.message()).into()
        }
        other => unavailable(other),
    }
}

fn unavailable(error: impl std::fmt::Display) -> BusError {
    BusError::Unavailable(error.to_string())
}
