//! Rulings for other programs, over HTTP.
//!
//! For: a program that has a key ([`super::tokens`]). Promises: the same rulings as every other door; one situation or a list in,
//! one ruling or a list out; every fault of a situation with its place, as `application/problem+json`; limits on size, number and
//! pace, each told when it is met. Does not: use cookies, know persons, or keep anything of what is asked.

mod openapi;
mod pace;
mod problem;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rulebook::Situation;

use self::problem::Problem;
use super::tokens::{self, Admitted};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::policies;
use crate::web::guard::ClientAddress;

/// Largest body: a thousand situations with everything in them.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Situations in one request; a second of work at the most.
pub const SITUATIONS_MAX: usize = 1_000;

/// How the interface is used, for programs and the people who write them.
pub async fn description(State(app): State<App>) -> Result<Response> {
    let described = openapi::description(policies::vocabulary()?, app.config.server.public_url.as_str());
    Ok(([(header::CONTENT_TYPE, "application/json")], described.to_string()).into_response())
}

/// What the policy in force says about the situations in the body.
pub async fn rulings(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Response {
    match answered(&app, from, &headers, body).await {
        Ok(json) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn answered(
    app: &App,
    from: std::net::IpAddr,
    headers: &HeaderMap,
    body: std::result::Result<Bytes, BytesRejection>,
) -> std::result::Result<String, Problem> {
    let now = app.clock.now().as_millisecond();
    let admitted = admitted(app, from, headers, now).await?;
    pace::take_request(admitted.token, now).map_err(Problem::too_fast)?;
    if !is_json(headers) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send `application/json`"));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("send at most {BODY_BYTES_MAX} bytes"))
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "the body broke off"),
    })?;
    let batch = situations(app, &body)?;
    if batch.situations.len() > SITUATIONS_MAX {
        let said = format!("send at most {SITUATIONS_MAX} situations; these are {}", batch.situations.len());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, said));
    }
    pace::take_situations(admitted.token, batch.situations.len(), now).map_err(Problem::too_fast)?;
    let policy = policies::in_force(app, admitted.school).await.map_err(Problem::of)?;
    let work = tokio::task::spawn_blocking(move || {
        let rulings: Vec<_> = batch.situations.iter().map(|situation| policy.rule(situation)).collect();
        match (batch.is_list, rulings.first()) {
            (false, Some(ruling)) => serde_json::to_string(ruling),
            _ => serde_json::to_string(&rulings),
        }
    });
    let json = work.await.map_err(|error| Problem::of(Error::fault("ruling for a program", error)))?;
    json.map_err(|error| Problem::of(Error::fault("writing rulings", error)))
}

/// The program behind the key. After too many wrong keys an address is told to wait.
async fn admitted(
    app: &App,
    from: std::net::IpAddr,
    headers: &HeaderMap,
    now: i64,
) -> std::result::Result<Admitted, Problem> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, key) = given.and_then(|value| value.split_once(' ')).unwrap_or_default();
    let admitted = match scheme.eq_ignore_ascii_case("bearer") {
        true => tokens::admit(app, key.trim()).await.map_err(Problem::of)?,
        false => None,
    };
    if let Some(admitted) = admitted {
        return Ok(admitted);
    }
    pace::take_wrong_key(from, now).map_err(Problem::too_fast)?;
    let said = "send `Authorization: Bearer KEY` with a key that is in use";
    let problem = Problem::new(StatusCode::UNAUTHORIZED, said);
    Err(problem.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn situations(app: &App, body: &[u8]) -> std::result::Result<rulebook::Batch, Problem> {
    let vocabulary = policies::vocabulary().map_err(Problem::of)?;
    let text = rulebook::text("body", body).map_err(|fault| Problem::faults(vec![fault]))?;
    let today = clock::today(app.clock.as_ref());
    Situation::read_json(vocabulary, "body", text, today).map_err(Problem::faults)
}
