//! The description of the REST interface.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{rest, shopify};

#[derive(OpenApi)]
#[openapi(
    info(title = "connector", description = "Webhooks in, events onto the bus, runs for people and programs."),
    paths(
        shopify::receive,
        rest::run,
        rest::publish,
        rest::inspect,
        rest::timeline,
        rest::alive,
        rest::ready,
        rest::metrics
    ),
    modifiers(&Bearer)
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        openapi.components.get_or_insert_default().add_security_scheme("bearer", scheme);
    }
}

/// The OpenAPI document as JSON.
pub fn document() -> Result<String, serde_json::Error> {
    serde_json::to_string(&Description::openapi())
}
