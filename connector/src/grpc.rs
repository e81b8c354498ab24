//! The same over gRPC. Each method extracts, authorises, does and replies.

use std::sync::Arc;

use bus::{RunView, Timeline};
use config::Scope;
use proto::v1::{
    Attention, Document, GetOrderRequest, GetOrderResponse, GetRunRequest, GetRunResponse, PendingActivity,
    PublishEventsRequest, PublishEventsResponse, Published, RunWorkflowRequest, RunWorkflowResponse,
    connector_server::Connector,
};
use tonic::{Request, Response, Status, metadata::MetadataMap};

use crate::{
    app::App,
    body,
    commands::{self, RunBody},
    error::ApiError,
};

/// The service.
pub struct Grpc(pub Arc<App>);

fn bearer(metadata: &MetadataMap) -> Option<&[u8]> {
    metadata.get("authorization").map(|v| v.as_bytes())
}

#[tonic::async_trait]
impl Connector for Grpc {
    async fn run_workflow(
        &self,
        request: Request<RunWorkflowRequest>,
    ) -> Result<Response<RunWorkflowResponse>, Status> {
        let caller = self.0.authorise(bearer(request.metadata()), Scope::Run)?.to_owned();
        let request = request.into_inner();
        let workflow = request.workflow.clone();
        let started = commands::run(&self.0, &caller, &workflow, run_body(request)?).await?;
        Ok(Response::new(RunWorkflowResponse {
            workflow_id: started.workflow_id,
            run_id: started.run_id.unwrap_or_default(),
            status: started.status.to_owned(),
        }))
    }

    async fn publish_events(
        &self,
        request: Request<PublishEventsRequest>,
    ) -> Result<Response<PublishEventsResponse>, Status> {
        let caller = self.0.authorise(bearer(request.metadata()), Scope::Events)?.to_owned();
        let published = commands::publish(&self.0, &caller, request.into_inner().events).await?;
        let message = |p: commands::Published| Published { workflow_id: p.workflow_id, status: p.status.to_owned() };
        Ok(Response::new(PublishEventsResponse { published: published.into_iter().map(message).collect() }))
    }

    async fn get_run(&self, request: Request<GetRunRequest>) -> Result<Response<GetRunResponse>, Status> {
        self.0.authorise(bearer(request.metadata()), Scope::Read)?;
        let run = commands::inspect(&self.0, &request.get_ref().workflow_id).await?;
        Ok(Response::new(run_message(run)))
    }

    async fn get_order(&self, request: Request<GetOrderRequest>) -> Result<Response<GetOrderResponse>, Status> {
        self.0.authorise(bearer(request.metadata()), Scope::Read)?;
        let request = request.into_inner();
        let brand = Some(request.brand).filter(|brand| !brand.is_empty());
        let timeline = commands::timeline(&self.0, brand.as_deref(), &request.order).await?;
        Ok(Response::new(order_message(timeline)))
    }
}

/// Proto's empty text is REST's absent field.
fn run_body(request: RunWorkflowRequest) -> Result<RunBody, ApiError> {
    let given = |text: String| Some(text).filter(|t| !t.is_empty());
    let payload = match request.payload_json.as_str() {
        "" => serde_json::Map::new(),
        text => body::object(text.as_bytes()).map_err(|e| e.under("payloadJson"))?,
    };
    Ok(RunBody { brand: given(request.brand), payload, start_at: given(request.start_at), rerun: request.rerun })
}

fn run_message(run: RunView) -> GetRunResponse {
    let pending = |p: bus::PendingActivity| PendingActivity {
        activity: p.activity,
        attempt: p.attempt,
        last_failure: p.last_failure.unwrap_or_default(),
        progress: p.progress.unwrap_or_default(),
    };
    GetRunResponse {
        workflow_id: run.workflow_id,
        run_id: run.run_id,
        workflow: run.workflow,
        status: run.status,
        agent_status: run.agent_status.unwrap_or_default(),
        brand: run.brand.unwrap_or_default(),
        documents: run.documents,
        lineage_json: run.lineage.to_string(),
        problem_json: run.problem.to_string(),
        started: run.started.map(|t| t.to_string()).unwrap_or_default(),
        closed: run.closed.map(|t| t.to_string()).unwrap_or_default(),
        history_length: run.history_length as u64,
        pending: run.pending.into_iter().map(pending).collect(),
        result_json: run.result.map(|r| r.to_string()).unwrap_or_default(),
        failure: run.failure.unwrap_or_default(),
    }
}

fn order_message(timeline: Timeline) -> GetOrderResponse {
    let attention = |a: bus::Attention| Attention {
        workflow_id: a.workflow_id,
        workflow: a.workflow,
        kind: a.kind,
        message: a.message,
    };
    let document = |d: bus::Document| Document {
        document: d.document,
        system: d.system,
        kind: d.kind,
        id: d.id,
        label: d.label.unwrap_or_default(),
        at: d.at.map(|t| t.to_string()).unwrap_or_default(),
        run: d.run.unwrap_or_default(),
        from: d.from.unwrap_or_default(),
        action: d.action.unwrap_or_default(),
    };
    GetOrderResponse {
        brand: timeline.brand,
        order: timeline.order,
        attention: timeline.attention.into_iter().map(attention).collect(),
        waits: timeline.waits.into_iter().map(attention).collect(),
        documents: timeline.documents.into_iter().map(document).collect(),
        runs: timeline.runs.into_iter().map(run_message).collect(),
    }
}
