use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use temporalio_client::{
    NamespacedClient, UntypedWorkflow, WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowStartOptions,
    grpc::WorkflowService,
    tonic::{Code, IntoRequest},
};
use temporalio_common::{
    protos::temporal::api::{
        common::v1::{Memo, Payloads, WorkflowType},
        enums::v1::WorkflowIdReusePolicy as ReusePolicy,
        taskqueue::v1::TaskQueue,
        workflowservice::v1::StartWorkflowExecutionRequest,
    },
    search_attributes::SearchAttributes,
};
use uuid::Uuid;
use workflows::{
    domain::{
        input::{InvalidInput, OrderInput, Record, RecordInput},
        stock_input::{Asked, CheckInput, SyncInput},
    },
    ids, trail,
};

use crate::{Bus, BusError, Status, event::Subject, not_started, payload, unavailable};

/// Fields by which an agent's input may name its record; the first is its key.
pub(crate) fn fields_of(workflow: &str) -> &'static [&'static str] {
    match workflow {
        ids::DCL_TRACKING => &["dclOrderNumber"],
        ids::PO_NOTIFICATION => &["transactionId"],
        ids::PO_RECEIPT => &["dclPoNumber"],
        ids::NETSUITE_PAYMENT => &["orderId", "salesOrderId"],
        _ => &["salesOrderId"],
    }
}

/// Does the agent happen once per record? The others look at it again whenever it changes.
pub(crate) fn is_once(workflow: &str) -> bool {
    matches!(workflow, ids::SHOPIFY_TO_NETSUITE | ids::NETSUITE_TO_DCL)
}

/// A person's wish to run a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRequest {
    /// Workflow type.
    pub workflow: String,
    /// The brand; may be left out where one is configured, or where the payload names it.
    pub brand: Option<String>,
    /// The workflow's input.
    pub payload: Value,
    /// When; now, if left out.
    pub start_at: Option<Timestamp>,
    /// Run again although the agent is done with the record.
    #[serde(default)]
    pub rerun: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// Id of the run.
    pub workflow_id: String,
    /// Id of this execution, where Temporal told it.
    pub run_id: Option<String>,
    /// What happened.
    pub status: Status,
}

impl Bus {
    /// Runs a workflow now or at a time. One that already runs is told to look again.
    pub async fn run(&self, request: &RunRequest) -> Result<Started, BusError> {
        match request.workflow.as_str() {
            ids::SHOPIFY_TO_NETSUITE => self.run_order(request).await,
            poll if ids::POLLS.contains(&poll) => self.run_poll(request).await,
            ids::INVENTORY_SYNC | ids::BUNDLES_SYNC | ids::STOCK_CHECK => self.run_stock(request).await,
            other => match ids::AGENTS.into_iter().find(|agent| *agent == other) {
                Some(agent) => self.run_record(agent, request).await,
                None => Err(BusError::UnknownWorkflow(other.to_owned())),
            },
        }
    }

    async fn run_record(&self, workflow: &'static str, request: &RunRequest) -> Result<Started, BusError> {
        let input = RecordInput::parse(&request.payload, fields_of(workflow))?;
        let brand = self.brand(request, input.brand.as_deref())?;
        self.must_enable(&brand, workflow)?;
        let named = match &input.record {
            Record::SalesOrderNumber(name) => Some(("salesOrderId", name.clone())),
            Record::OrderName(name) => Some(("orderId", name.clone())),
            Record::TransactionNumber(name) => Some(("transactionId", name.clone())),
            Record::SalesOrder(id) if fields_of(workflow)[0] == "orderId" => Some(("salesOrderId", id.clone())),
            _ => None,
        };
        match (Subject::of_record(workflow, &brand, input.record), named) {
            (Some(subject), _) => self.run_subject(request, subject).await,
            // Only the vendor knows which record has this name; the run finds out and attaches to the record's own run.
            (None, Some((field, name))) => {
                let workflow_id = ids::workflow_id(workflow, &brand, &name);
                self.start(request, &workflow_id, json!({ "brand": brand, field: name }), &brand).await
            }
            (None, None) => Err(InvalidInput::new(fields_of(workflow)[0], "expected").into()),
        }
    }

    fn must_enable(&self, brand: &str, workflow: &str) -> Result<(), BusError> {
        match self.enables(brand, workflow)? {
            true => Ok(()),
            false => {
                let problem = format!("{workflow} is not enabled for brand {brand}");
                Err(InvalidInput::new("workflow", problem).into())
            }
        }
    }

    async fn run_subject(&self, request: &RunRequest, subject: Subject) -> Result<Started, BusError> {
        let workflow_id = subject.workflow_id();
        if let Some(at) = request.start_at.filter(|at| *at > Timestamp::now()) {
            return self.start_at(at, &workflow_id, &subject, request.rerun).await;
        }
        let signal = json!({ "type": "RunRequested", "content": subject.content });
        let status = self.signal_with_start(&workflow_id, &subject, &signal, request.rerun).await?;
        Ok(Started { workflow_id, run_id: None, status })
    }

    async fn run_order(&self, request: &RunRequest) -> Result<Started, BusError> {
        let input = OrderInput::parse(&request.payload)?;
        let brand = self.brand(request, input.brand.as_deref())?;
        self.must_enable(&brand, &request.workflow)?;
        let Some(subject) = Subject::of(&brand, input.subject)? else {
            // Only the shop knows which order has this name; the run finds out and attaches to the order's own run.
            let name = request.payload["orderId"].as_str().unwrap_or_default().trim();
            let workflow_id = ids::workflow_id(&request.workflow, &brand, name);
            return self.start(request, &workflow_id, json!({ "brand": brand, "orderId": name }), &brand).await;
        };
        self.run_subject(request, subject).await
    }

    async fn run_poll(&self, request: &RunRequest) -> Result<Started, BusError> {
        let in_payload = request.payload.get("brand").and_then(Value::as_str);
        let brand = self.brand(request, in_payload)?;
        self.enabled(&brand)?;
        if request.start_at.is_some() {
            return Err(InvalidInput::new("startAt", "a poll has its own schedule").into());
        }
        let workflow_id = ids::workflow_id(&request.workflow, &brand, "now");
        self.start(request, &workflow_id, json!({ "brand": brand }), &brand).await
    }

    /// A tick outside its schedule. Two wishes for the same are one run; another wish is another.
    async fn run_stock(&self, request: &RunRequest) -> Result<Started, BusError> {
        let brand = self.brand(request, request.payload.get("brand").and_then(Value::as_str))?;
        if request.start_at.is_some() {
            return Err(InvalidInput::new("startAt", "stock has its own schedule").into());
        }
        let mut input = request.payload.clone();
        if let Some(fields) = input.as_object_mut() {
            fields.insert("brand".to_owned(), json!(brand));
        }
        let plain = match request.workflow.as_str() {
            ids::STOCK_CHECK => {
                self.enabled(&brand)?;
                let asked = CheckInput::parse(&input)?;
                asked.skus.is_none() && asked.tolerance.is_none()
            }
            sync => {
                self.must_enable(&brand, sync)?;
                SyncInput::parse(&input)?.asked == Asked::Due
            }
        };
        let key = if plain { "now".to_owned() } else { format!("now-{}", ids::hex_hash(&input.to_string(), 8)) };
        let workflow_id = ids::workflow_id(&request.workflow, &brand, &key);
        self.start(request, &workflow_id, input, &brand).await
    }

    async fn start(&self, request: &RunRequest, id: &str, input: Value, brand: &str) -> Result<Started, BusError> {
        let options = WorkflowStartOptions::new(&request.workflow, id)
            .id_reuse_policy(WorkflowIdReusePolicy::AllowDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::UseExisting)
            .search_attributes(SearchAttributes::new([trail::BRAND.value_set(brand.to_owned())]))
            .build();
        let workflow = UntypedWorkflow::new(&request.workflow);
        let run = self.client.start_workflow(workflow, payload::raw(&input), options).await.map_err(not_started)?;
        Ok(Started { workflow_id: id.to_owned(), run_id: run.run_id().map(str::to_owned), status: Status::Started })
    }

    /// The SDK's client has no delayed start; the request itself has. Repeated, it gives the same run.
    async fn start_at(&self, at: Timestamp, id: &str, subject: &Subject, rerun: bool) -> Result<Started, BusError> {
        let delay = Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default();
        let memo = subject.content.iter().map(|c| (trail::CONTENT.to_owned(), payload::json(&json!(c)))).collect();
        let again = rerun || !is_once(subject.workflow);
        let reuse = if again { ReusePolicy::AllowDuplicate } else { ReusePolicy::AllowDuplicateFailedOnly };
        let request = StartWorkflowExecutionRequest {
            namespace: self.client.namespace(),
            workflow_id: id.to_owned(),
            request_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{id}@{at}").as_bytes()).to_string(),
            workflow_type: Some(WorkflowType { name: subject.workflow.to_owned() }),
            task_queue: Some(TaskQueue { name: subject.workflow.to_owned(), ..TaskQueue::default() }),
            input: Some(Payloads { payloads: vec![payload::json(&subject.input)] }),
            workflow_start_delay: delay.try_into().ok(),
            workflow_id_reuse_policy: reuse.into(),
            memo: Some(Memo { fields: memo }),
            search_attributes: Some(SearchAttributes::updates_to_proto([
                trail::BRAND.value_set(subject.brand.clone()),
                trail::AGENT_STATUS.value_set(trail::Status::Running.as_str().to_owned()),
                trail::DOCUMENTS.value_set(subject.documents.clone()),
            ])),
            ..StartWorkflowExecutionRequest::default()
        };
        let workflow_id = id.to_owned();
        match self.client.clone().start_workflow_execution(request.into_request()).await {
            Ok(answer) => {
                Ok(Started { workflow_id, run_id: Some(answer.into_inner().run_id), status: Status::Started })
            }
            Err(status) if status.code() == Code::AlreadyExists => {
                let there = self.describe(&workflow_id).await?;
                let status = if there.close_time().is_some() { Status::AlreadyDone } else { Status::Running };
                Ok(Started { workflow_id, run_id: Some(there.run_id().to_owned()), status })
            }
            Err(status) => Err(unavailable(status)),
        }
    }

    /// The brand that the request or its payload names, or the only one.
    fn brand(&self, request: &RunRequest, in_payload: Option<&str>) -> Result<String, BusError> {
        match (request.brand.as_deref(), in_payload) {
            (Some(a), Some(b)) if a != b => {
                Err(InvalidInput::new("brand", format!("{a:?} in the request, {b:?} in its payload")).into())
            }
            (given, in_payload) => self.brand_or_only(given.or(in_payload)),
        }
    }

    /// The brand that is named, or the only one.
    pub(crate) fn brand_or_only(&self, brand: Option<&str>) -> Result<String, BusError> {
        match (brand, self.agents.keys().collect::<Vec<_>>().as_slice()) {
            (Some(brand), _) => Ok(brand.to_owned()),
            (None, [only]) => Ok((*only).clone()),
            (None, _) => Err(InvalidInput::new("brand", "missing; several brands are configured").into()),
        }
    }
}
