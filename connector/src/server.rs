//! Routes, layers and the life of the server.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use proto::v1::connector_server::ConnectorServer;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{debug, info, warn};

use crate::{
    Options,
    app::App,
    auth::Tokens,
    error::{ApiError, Code, grpc_panic, rest_panic},
    grpc::Grpc,
    metrics::Metrics,
    openapi, rest, shopify,
};

/// A client that never finishes must not hold the process.
const REQUESTS_END_WITHIN: Duration = Duration::from_secs(15);

/// Serves until `shutdown` is cancelled and the requests under way are answered.
pub async fn serve(options: Options, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Options { config, bus, listener } = options;
    let tokens = Tokens::new(&config.connector.tokens)?;
    let app = Arc::new(App { config, bus, tokens, metrics: Metrics::new()? });
    let router = router(app).await?;
    info!("connector listens on {}", listener.local_addr()?);

    let stopping = shutdown.clone().cancelled_owned();
    let server = axum::serve(listener, router).with_graceful_shutdown(stopping).into_future();
    let too_late = async {
        shutdown.cancelled().await;
        tokio::time::sleep(REQUESTS_END_WITHIN).await;
    };
    tokio::select! {
        result = server => result.context("the connector's listener failed")?,
        () = too_late => warn!("requests still open after {} s are dropped", REQUESTS_END_WITHIN.as_secs()),
    }
    info!("connector stopped");
    Ok(())
}

/// REST and gRPC in one router: gRPC's paths begin with its services' names.
pub async fn router(app: Arc<App>) -> anyhow::Result<Router> {
    let rest = rest_routes(&app)?.layer(CatchPanicLayer::custom(rest_panic));
    let grpc = grpc_routes(&app).await?.layer(CatchPanicLayer::custom(grpc_panic));
    Ok(rest.merge(grpc).layer(middleware::from_fn_with_state(app, observe)))
}

fn rest_routes(app: &Arc<App>) -> anyhow::Result<Router> {
    let document = openapi::document()?;
    let openapi = move || async move { ([(header::CONTENT_TYPE, "application/json")], document) };
    Ok(Router::new()
        .route("/webhooks/shopify/{brand}", post(shopify::receive))
        .route("/v1/workflows/{workflow}/run", post(rest::run))
        .route("/v1/events", post(rest::publish))
        .route("/v1/runs/{workflow_id}", get(rest::inspect))
        .route("/v1/orders/{order}/timeline", get(rest::timeline))
        .route("/healthz", get(rest::alive))
        .route("/readyz", get(rest::ready))
        .route("/metrics", get(rest::metrics))
        .route("/openapi.json", get(openapi))
        .method_not_allowed_fallback(wrong_method)
        .fallback(no_such_path)
        .layer(DefaultBodyLimit::max(app.config.connector.max_body))
        .with_state(Arc::clone(app)))
}

async fn grpc_routes(app: &Arc<App>) -> anyhow::Result<Router> {
    let (health, health_service) = tonic_health::server::health_reporter();
    // Whether Temporal answers is what /readyz says.
    health.set_serving::<ConnectorServer<Grpc>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let connector =
        ConnectorServer::new(Grpc(Arc::clone(app))).max_decoding_message_size(app.config.connector.max_body);
    Ok(Routes::from(Router::new())
        .add_service(connector)
        .add_service(health_service)
        .add_service(reflection)
        .into_axum_router())
}

async fn no_such_path(request: Request) -> Response {
    let is_grpc =
        request.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"application/grpc"));
    if is_grpc {
        return tonic::Status::unimplemented("no such service").into_http::<tonic::body::Body>().into_response();
    }
    ApiError::new(Code::NotFound, "no such path; /openapi.json lists them").into_response()
}

async fn wrong_method() -> ApiError {
    ApiError::new(Code::MethodNotAllowed, "the path exists, but not with this method; /openapi.json lists them")
}

/// Counts and logs every request, by route and not by path.
async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let status = match response.headers().get("grpc-status").and_then(|v| v.to_str().ok()) {
        Some(code) => format!("grpc {code}"),
        None => response.status().as_u16().to_string(),
    };
    app.metrics.request(label(&method), &route, &status, start.elapsed());
    let millis = start.elapsed().as_millis();
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        warn!(%method, route, status, millis, "request failed");
    } else {
        debug!(%method, route, status, millis, "request answered");
    }
    response
}

/// A method is the caller's text; only the usual ones become labels.
fn label(method: &axum::http::Method) -> &str {
    match method.as_str() {
        usual @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") => usual,
        _ => "other",
    }
}
