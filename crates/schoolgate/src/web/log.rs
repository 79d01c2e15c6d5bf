//! One line of log for each request, and the number that joins it to what the person saw.
//!
//! For: whoever runs the school's server.
//! Promises: the line names the route's pattern, never the address itself, its query, a name or an IP address; the same
//! number is in the log, in the answer's `x-request-id` and on an error page.
//! Does not: count, sample or send anything anywhere.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

/// Number of one request. A visitor cannot choose it.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

pub async fn requests(mut request: Request, next: Next) -> Response {
    let id = Uuid::new_v4();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    request.extensions_mut().insert(RequestId(id));
    let began = Instant::now();
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert("x-request-id", value);
    }
    tracing::info!(
        request = %id,
        method = %method,
        route,
        status = response.status().as_u16(),
        millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request"
    );
    response
}
