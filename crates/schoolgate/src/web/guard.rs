//! What stands around every handler.
//!
//! For: `routes.rs`, which wraps the whole router in [`around`].
//! Promises: a request from another site that would change something is stopped here; every answer carries the headers that
//! forbid foreign content and framing; no request is longer, larger or slower than its limit; a panic is one failed request.
//! Does not: know who is asking. `people` reads the session cookie.

use std::any::Any;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;

use crate::app::App;
use crate::config::Front;
use crate::web::{faults, log};

/// Largest body of a form: twenty lines of the longest allowed, form-encoded, take half of it. Routes that take files raise
/// it for themselves.
pub const BODY_BYTES_MAX: usize = 160 * 1024;
/// Most requests that are answered at once; each may hold a database connection's turn and a password check's memory.
/// Further ones are told to come back, which is better than answering nobody.
pub const REQUESTS_MAX: usize = 512;
/// Longest time until the answer begins; the slowest page (a password check under load) takes under 3 s.
pub const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
/// The same for a form with pictures: ten from a telephone, 40 MB, over a line of half a megabit. Nobody's body is read before it
/// is known who they are.
pub const UPLOAD_TIME_MAX: Duration = Duration::from_secs(11 * 60);
/// Forms that carry pictures, scans or a roll.
pub const UPLOADS: &[&str] = &["/requests/{request}/pictures", "/permissions/people/{pupil}/scans", "/roll/import"];

/// Nothing from elsewhere, nothing inline, no frames around us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Names in lower case, as HTTP/2 wants them.
const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=(), \
         publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
];

/// Two years, as browsers' preload lists ask; subdomains are the school's own affair.
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// The router with everything around it; the outermost layer comes last.
pub fn around(router: Router<App>, app: App) -> Router {
    router
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CsrfLayer::new())
        .layer(from_fn(in_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::new(Semaphore::new(REQUESTS_MAX)), take_turn))
        .layer(from_fn_with_state(app.clone(), faults::draw))
        .layer(from_fn_with_state(app.clone(), add_headers))
        .layer(from_fn(log::requests))
        .with_state(app)
}

async fn add_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if app.config.server.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    }
    // Pages are about people: no copy of them stays in a browser that the next person uses.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn in_time(path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let limit = time_max(request.method(), path.as_ref().map(MatchedPath::as_str));
    let answered = tokio::time::timeout(limit, next.run(request)).await;
    answered.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

fn time_max(method: &Method, path: Option<&str>) -> Duration {
    let is_upload = method == Method::POST && path.is_some_and(|path| UPLOADS.contains(&path));
    if is_upload { UPLOAD_TIME_MAX } else { ANSWER_TIME_MAX }
}

async fn take_turn(State(turns): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match turns.try_acquire() {
        Ok(_turn) => next.run(request).await,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The panic's message may hold somebody's words, so it goes nowhere; `cli` logs where it happened.
fn panicked(_message: Box<dyn Any + Send>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Where the request comes from, for throttling. Behind a proxy: the last address that the proxy added; what a visitor
/// claims further left is ignored. Unknown is `0.0.0.0`, one visitor for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        Ok(Self(client_address(&app.config.server.front, &parts.headers, peer)))
    }
}

fn client_address(front: &Front, headers: &HeaderMap, peer: Option<IpAddr>) -> IpAddr {
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let seen = match front {
        Front::Plain | Front::Tls { .. } => peer,
        Front::Proxy => headers
            .get_all("x-forwarded-for")
            .iter()
            .next_back()
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.rsplit(',').next())
            .and_then(|address| address.trim().parse().ok()),
    };
    seen.unwrap_or(unknown).to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(front: &Front, forwarded: &[&str], expect: &str) {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).expect("a header"));
        }
        let peer = Some("192.0.2.1".parse().expect("an address"));
        assert_eq!(client_address(front, &headers, peer).to_string(), expect, "{forwarded:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_form_with_pictures_may_take_longer() {
        use tower::ServiceExt as _;
        async fn slow() -> &'static str {
            // Longer than a page may take, shorter than an upload; time is the test's own.
            let _ = tokio::time::timeout(ANSWER_TIME_MAX * 2, std::future::pending::<()>()).await;
            "done"
        }
        let upload = axum::routing::get(slow).post(slow);
        let router: Router = Router::new()
            .route("/requests/{request}/pictures", upload)
            .route("/requests", axum::routing::post(slow))
            .layer(from_fn(in_time));
        for (method, path, expect) in [
            (Method::POST, "/requests/7/pictures", StatusCode::OK),
            (Method::GET, "/requests/7/pictures", StatusCode::SERVICE_UNAVAILABLE),
            (Method::POST, "/requests", StatusCode::SERVICE_UNAVAILABLE),
        ] {
            let asked =
                Request::builder().method(&method).uri(path).body(axum::body::Body::empty()).expect("a request");
            let answer = router.clone().oneshot(asked).await.expect("an answer");
            assert_eq!(answer.status(), expect, "{method} {path}");
        }
    }

    #[test]
    fn only_a_proxy_is_believed_and_only_its_own_word() {
        check(&Front::Plain, &["198.51.100.7"], "192.0.2.1");
        check(&Front::Proxy, &["198.51.100.7"], "198.51.100.7");
        check(&Front::Proxy, &["203.0.113.9, 198.51.100.7"], "198.51.100.7");
        check(&Front::Proxy, &["203.0.113.9", "198.51.100.7"], "198.51.100.7");
        check(&Front::Proxy, &["::ffff:198.51.100.7"], "198.51.100.7");
        check(&Front::Proxy, &["me"], "0.0.0.0");
        check(&Front::Proxy, &[], "0.0.0.0");
    }
}
