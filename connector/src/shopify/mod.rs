//! `POST /webhooks/shopify/{brand}`.

mod signature;
mod topics;

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use bus::Event;
use tracing::{info, warn};

use crate::{
    app::App,
    body::{Raw, Segment},
    commands::{self, Published},
    error::{ApiError, Code},
};

/// Takes one delivery. 200 means that the bus has it, or that nobody wants it; Shopify repeats everything else for hours.
#[utoipa::path(
    post,
    path = "/webhooks/shopify/{brand}",
    tag = "webhooks",
    params(
        ("brand" = String, Path, description = "the brand, as configured"),
        ("x-shopify-hmac-sha256" = String, Header, description = "base64 of the HMAC-SHA256 of the body"),
        ("x-shopify-topic" = String, Header, description = "for example orders/create"),
        ("x-shopify-shop-domain" = String, Header, description = "the brand's store"),
    ),
    request_body(content = Object, description = "the topic's body, as Shopify sends it"),
    responses(
        (status = 200, description = "accepted, a repetition, an echo of our own write, or a topic that nobody wants"),
        (status = 400, description = "a header or an id is missing or malformed", body = crate::error::ErrorBody),
        (status = 401, description = "the signature is wrong", body = crate::error::ErrorBody),
        (status = 404, description = "no such brand", body = crate::error::ErrorBody),
        (status = 413, description = "the body is too large", body = crate::error::ErrorBody),
        (status = 503, description = "Temporal does not answer; repeat", body = crate::error::ErrorBody),
    )
)]
pub async fn receive(
    State(app): State<Arc<App>>,
    Segment(brand): Segment,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<StatusCode, ApiError> {
    let topic = headers.get("x-shopify-topic").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let result = accept(&app, &brand, topic, &headers, &body).await;
    record(&app, &brand, topic, &headers, &result);
    result.map(|_| StatusCode::OK)
}

/// What became of an authentic delivery.
enum Outcome {
    Published { order: u64, published: Published },
    Echo { order: u64 },
    Ignored,
}

async fn accept(app: &App, name: &str, topic: &str, headers: &HeaderMap, body: &[u8]) -> Result<Outcome, ApiError> {
    let brand = app.config.brands.get(name).ok_or_else(|| ApiError {
        code: Code::NotFound,
        message: format!("no brand {name:?} is configured"),
        field: Some("brand".to_owned()),
    })?;
    let shop = &brand.shopify;
    let secrets = [Some(&shop.webhook_secret), shop.previous_webhook_secret.as_ref()];
    let given = headers.get("x-shopify-hmac-sha256").map(|v| v.as_bytes()).unwrap_or_default();
    if !signature::is_authentic(body, given, secrets.into_iter().flatten().map(config::Secret::value)) {
        return Err(ApiError {
            code: Code::Unauthenticated,
            message: "the signature does not match the body: check the brand's webhook_secret".to_owned(),
            field: Some("x-shopify-hmac-sha256".to_owned()),
        });
    }
    let domain = headers.get("x-shopify-shop-domain").map(|v| v.as_bytes()).unwrap_or_default();
    if !domain.eq_ignore_ascii_case(shop.shop.as_bytes()) {
        return Err(ApiError::invalid("x-shopify-shop-domain", format!("brand {name:?} is the store {}", shop.shop)));
    }
    if topic.is_empty() {
        return Err(ApiError::invalid("x-shopify-topic", "is required"));
    }
    let Some(fact) = topics::fact(topic, body)? else { return Ok(Outcome::Ignored) };
    if topics::is_echo(&fact, &brand.orders.sent_tag) {
        return Ok(Outcome::Echo { order: fact.order });
    }
    let event = Event::about(fact.kind, name, fact.order);
    let published = commands::publish_one(app, &event).await?;
    Ok(Outcome::Published { order: fact.order, published })
}

fn record(app: &App, brand: &str, topic: &str, headers: &HeaderMap, result: &Result<Outcome, ApiError>) {
    let known = if app.config.brands.contains_key(brand) { brand } else { "unknown" };
    let outcome = match result {
        Ok(Outcome::Published { published, .. }) => published.status,
        Ok(Outcome::Echo { .. }) => "echo",
        Ok(Outcome::Ignored) => "ignored",
        Err(e) if e.code == Code::Unavailable => "unavailable",
        Err(_) => "refused",
    };
    app.metrics.webhook(known, topics::label(topic), outcome);

    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (webhook, event) = (text("x-shopify-webhook-id"), text("x-shopify-event-id"));
    match result {
        Ok(Outcome::Published { order, published }) => {
            info!(
                brand,
                topic,
                webhook.id = webhook,
                event.id = event,
                order.id = order,
                workflow.id = published.workflow_id,
                "webhook for order {order}: {}",
                published.status
            );
        }
        Ok(Outcome::Echo { order }) => {
            info!(
                brand,
                topic,
                webhook.id = webhook,
                event.id = event,
                order.id = order,
                "webhook for order {order}: the echo of our own tag"
            );
        }
        Ok(Outcome::Ignored) => {
            info!(brand, topic, webhook.id = webhook, event.id = event, "webhook of a topic that no agent wants");
        }
        // Nothing that an unknown sender wrote goes into the log.
        Err(error) if matches!(error.code, Code::NotFound | Code::Unauthenticated) => {
            warn!(brand = known, code = ?error.code, "webhook refused");
        }
        Err(error) => {
            warn!(brand, topic, webhook.id = webhook, event.id = event, code = ?error.code,
                field = error.field.as_deref(), "webhook refused: {error}");
        }
    }
}
