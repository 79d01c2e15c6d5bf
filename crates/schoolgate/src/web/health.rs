//! Is Schoolgate up?
//!
//! For: whatever watches the server: systemd, a proxy, `schoolgate health`.
//! Promises: `/health/live` answers while the program runs; `/health` only while it can serve, database included.
//! Does not: say why not, or which version runs. That is in the log.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

pub async fn live() -> Response {
    Json(Health { status: "live" }).into_response()
}

pub async fn ready(State(app): State<App>) -> Response {
    match app.check().await {
        Ok(()) => Json(Health { status: "ready" }).into_response(),
        Err(error) => {
            tracing::warn!(error = error.chain(), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "unavailable" })).into_response()
        }
    }
}
