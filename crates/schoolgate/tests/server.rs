//! What stands around every page: headers, limits, cross-site check, TLS, health, logs, stopping.
//!
//! For: whoever touches `web/guard.rs`, `web/server.rs` or `config.rs`.
//! Promises: real requests to the real router; where the network matters, over a real socket on loopback.
//! Does not: look at what a page says (`tests/pages.rs`) or who may see it (`tests/access.rs`).

#[path = "server/avif.rs"]
mod avif;
#[path = "server/tls.rs"]
mod tls;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use schoolgate::app::App;
use schoolgate::clock::Fixed;
use schoolgate::config::{Config, Server, Sources};
use schoolgate::error::{Error, Refused};
use schoolgate::routes;
use schoolgate::web::forms::Sent;
use schoolgate::web::server::{self, Running};
use schoolgate::web::{assets, guard};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, Semaphore};
use tower::ServiceExt;

/// An app in a folder of its own; `settings` are `(key, value)` as on the command line.
async fn app(folder: &Path, settings: &[(&str, &str)]) -> App {
    let data = folder.display().to_string();
    let mut flags = vec![("data".to_owned(), data), ("server.address".to_owned(), "127.0.0.1:0".to_owned())];
    flags.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("good settings");
    let clock = Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment"));
    App::open(config, Arc::new(clock)).await.expect("an app")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

async fn ask(router: Router, request: Request<Body>) -> Response {
    router.oneshot(request).await.expect("an answer")
}

fn to(address: &str) -> Request<Body> {
    Request::get(address).body(Body::empty()).expect("a request")
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("(none)")
}

#[tokio::test]
async fn every_answer_forbids_foreign_content() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    let style = assets::address("site.css");
    for (address, status) in [
        ("/", 200),
        ("/privacy", 200),
        ("/nowhere", 404),
        ("/health", 200),
        ("/health/live", 200),
        (style.as_str(), 200),
    ] {
        let response = ask(routes::all(app.clone()), to(address)).await;
        assert_eq!(response.status().as_u16(), status, "{address}");
        let headers = response.headers();
        let policy = header(headers, "content-security-policy");
        for part in
            ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(policy.contains(part), "{address}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{address}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "(none)"),
        ] {
            assert_eq!(header(headers, name), value, "{address}: {name}");
        }
        assert!(header(headers, "permissions-policy").contains("camera=()"), "{address}");
        let kept = if address == style { "public, max-age=31536000, immutable" } else { "no-store" };
        assert_eq!(header(headers, "cache-control"), kept, "{address}");
    }
}

#[tokio::test]
async fn behind_tls_browsers_are_told_to_stay_there() {
    let folder = folder();
    let app =
        app(folder.path(), &[("server.behind_proxy", "true"), ("server.public_url", "https://gate.oakfield.test")])
            .await;
    let response = ask(routes::all(app), to("/")).await;
    assert_eq!(header(response.headers(), "strict-transport-security"), "max-age=63072000");
}

#[tokio::test]
async fn a_change_is_taken_from_our_own_pages_only() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    for (said, status) in [
        (&[("sec-fetch-site", "same-origin")][..], 200),
        (&[("sec-fetch-site", "none")], 200),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "nonsense")], 403),
        (&[("origin", "http://gate.oakfield.test")], 200),
        (&[("origin", "http://elsewhere.test")], 403),
        (&[("origin", "null")], 403),
        (&[], 200),
    ] {
        let mut request = Request::post("/change").header("host", "gate.oakfield.test");
        for (name, value) in said {
            request = request.header(*name, *value);
        }
        let router = guard::around(Router::new().route("/change", post(|| async { "changed" })), app.clone());
        let response = ask(router, request.body(Body::empty()).expect("a request")).await;
        assert_eq!(response.status().as_u16(), status, "{said:?}");
        if status == 403 {
            assert!(text(response).await.contains("You cannot do this"), "{said:?}");
        }
    }
    // Reading is not changing: a link from elsewhere works.
    let router = guard::around(Router::new().route("/page", get(|| async { "page" })), app);
    let request = Request::get("/page").header("sec-fetch-site", "cross-site").body(Body::empty()).expect("a request");
    assert_eq!(ask(router, request).await.status(), StatusCode::OK);
}

#[derive(serde::Deserialize)]
struct Letter {
    #[serde(default)]
    words: String,
}

#[tokio::test]
async fn a_form_has_a_size_and_a_shape() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    let kind = "application/x-www-form-urlencoded";
    let largest = "x".repeat(guard::BODY_BYTES_MAX - "words=".len());
    for (kind, body, status, said) in [
        (kind, "words=hello", 200, "hello"),
        (kind, "", 200, ""),
        (kind, &format!("words={largest}"), 200, "xxx"),
        (kind, &format!("words={largest}x"), 413, "That is too much to send at once"),
        (kind, "words=%ff", 422, "byte 7 is not written as forms are"),
        (kind, "words=a&words=b", 422, "`words` stands in it twice"),
        ("application/json", "{\"words\":1}", 422, "must be sent as application/x-www-form-urlencoded"),
        ("text/plain", "words=hello", 422, "must be sent as application/x-www-form-urlencoded"),
    ] {
        let read = post(|Sent(letter): Sent<Letter>| async move { letter.words });
        let router = guard::around(Router::new().route("/letters", read), app.clone());
        let request = Request::post("/letters").header("content-type", kind).body(Body::from(body.to_owned()));
        let response = ask(router, request.expect("a request")).await;
        assert_eq!(response.status().as_u16(), status, "{kind} {}", &body[..body.len().min(40)]);
        assert!(text(response).await.contains(said), "{kind} {}", &body[..body.len().min(40)]);
    }
}

#[tokio::test]
async fn a_page_that_takes_too_long_is_cut_off() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    // From here on time passes whenever everybody waits.
    tokio::time::pause();
    let endless = get(|| async {
        std::future::pending::<()>().await;
        "never"
    });
    let router = guard::around(Router::new().route("/endless", endless), app);
    let response = ask(router, to("/endless")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(text(response).await.contains("Schoolgate is not available right now"));
}

#[tokio::test]
async fn when_too_many_come_at_once_the_last_ones_are_told_to_come_back() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    let (here, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (tell, wait) = (Arc::clone(&here), Arc::clone(&go));
    let slow = get(move || async move {
        tell.add_permits(1);
        wait.acquire().await.expect("nobody closes it").forget();
        "done"
    });
    let router = guard::around(Router::new().route("/slow", slow), app);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..guard::REQUESTS_MAX {
        waiting.spawn(ask(router.clone(), to("/slow")));
    }
    let all = u32::try_from(guard::REQUESTS_MAX).expect("a small number");
    here.acquire_many(all).await.expect("nobody closes it").forget();
    let late = ask(router.clone(), to("/slow")).await;
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(text(late).await.contains("Schoolgate is not available right now"));
    go.add_permits(guard::REQUESTS_MAX + 1);
    while let Some(answer) = waiting.join_next().await {
        assert_eq!(answer.expect("a task").status(), StatusCode::OK);
    }
    assert_eq!(ask(router, to("/slow")).await.status(), StatusCode::OK, "there is room again");
}

async fn panics() -> &'static str {
    panic!("the secret of Mr Example");
}

#[tokio::test]
async fn every_error_is_a_page_that_helps_and_tells_no_secret() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    let refused = || Error::from(Refused::because("an approver may not approve their own request"));
    let fault = || Error::fault("reading the secret of Mr Example", "the secret of Mr Example");
    let gone = || Error::unavailable("the database", "no route to the secret of Mr Example");
    let pages = Router::new()
        .route("/refused", get(move || async move { refused() }))
        .route("/conflict", get(|| async { Error::Conflict }))
        .route("/unavailable", get(move || async move { gone() }))
        .route("/fault", get(move || async move { fault() }))
        .route("/panic", get(panics));
    for (method, address, status, said) in [
        ("GET", "/nowhere", 404, "Page not found"),
        ("POST", "/refused", 405, "This page cannot do that"),
        ("GET", "/refused", 403, "An approver may not approve their own request."),
        ("GET", "/conflict", 409, "Somebody else changed this first"),
        ("GET", "/unavailable", 503, "Schoolgate is not available right now"),
        ("GET", "/fault", 500, "Sorry, something went wrong"),
        ("GET", "/panic", 500, "Sorry, something went wrong"),
    ] {
        let request = Request::builder().method(method).uri(address).body(Body::empty()).expect("a request");
        let response = ask(guard::around(pages.clone(), app.clone()), request).await;
        assert_eq!(response.status().as_u16(), status, "{address}");
        assert_eq!(header(response.headers(), "content-type"), "text/html; charset=utf-8", "{address}");
        let id = header(response.headers(), "x-request-id").to_owned();
        let page = text(response).await;
        assert!(page.contains(said), "{address}: {page}");
        assert!(!page.contains("Mr Example"), "{address} tells a secret");
        assert_eq!(page.contains(&id), status >= 500, "{address}: the number helps only where somebody must look");
        assert!(page.contains("<h1"), "{address}");
    }
}

#[tokio::test]
async fn a_visitor_cannot_choose_the_number_of_a_request() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let request = Request::get("/").header("x-request-id", "mine").body(Body::empty()).expect("a request");
        let response = ask(routes::all(app.clone()), request).await;
        seen.push(header(response.headers(), "x-request-id").to_owned());
    }
    assert_eq!(seen[0].len(), 36);
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn public_files_are_kept_by_their_version() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    let address = assets::address("site.js");
    let response = ask(routes::all(app.clone()), to(&address)).await;
    assert_eq!(header(response.headers(), "content-type"), "text/javascript; charset=utf-8");
    let tag = header(response.headers(), "etag").to_owned();
    let again = Request::get(&address).header("if-none-match", &tag).body(Body::empty()).expect("a request");
    let response = ask(routes::all(app.clone()), again).await;
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(text(response).await, "");
    let small = Request::get(&address).header("accept-encoding", "gzip").body(Body::empty()).expect("a request");
    let small = ask(routes::all(app.clone()), small).await;
    assert_eq!(header(small.headers(), "content-encoding"), "gzip");
    assert_eq!(header(small.headers(), "vary"), "accept-encoding");
    let old = ask(routes::all(app.clone()), to("/assets/0123456789abcdef/site.js")).await;
    assert_eq!(header(old.headers(), "cache-control"), "no-cache", "an old address must not keep new content");
    for outside in [
        "/assets/x/nothing.css",
        "/assets/x/..%2F..%2FCargo.toml",
        "/assets/x/%2Fetc%2Fpasswd",
        "/assets/x/src%2Fsite.scss",
    ] {
        assert_eq!(ask(routes::all(app.clone()), to(outside)).await.status(), StatusCode::NOT_FOUND, "{outside}");
    }
}

#[tokio::test]
async fn health_follows_the_database() {
    let folder = folder();
    let good = app(folder.path(), &[]).await;
    let bad = app(&folder.path().join("other"), &[]).await;
    bad.db.close().await;
    for (app, address, status, said) in [
        (&good, "/health", 200, "{\"status\":\"ready\"}"),
        (&bad, "/health", 503, "{\"status\":\"unavailable\"}"),
        (&bad, "/health/live", 200, "{\"status\":\"live\"}"),
    ] {
        let response = ask(routes::all(app.clone()), to(address)).await;
        assert_eq!(response.status().as_u16(), status, "{address}");
        assert_eq!(text(response).await, said, "{address}");
    }
}

/// Reads lines of the log until one holds `part`; all that were read, so far.
fn read_until(log: &mut impl BufRead, part: &str) -> String {
    let mut said = String::new();
    while !said.contains(part) {
        let read = log.read_line(&mut said).expect("a log in UTF-8");
        assert!(read > 0, "the program ended without saying `{part}`: {said}");
    }
    said
}

#[tokio::test]
async fn the_program_logs_routes_and_nobody_and_stops_when_told() {
    let folder = folder();
    let mut program = Command::new(env!("CARGO_BIN_EXE_schoolgate"))
        .env_clear()
        .args(["serve", "--address", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a running program");
    let mut log = BufReader::new(program.stderr.take().expect("its log"));
    let begun = read_until(&mut log, "listening");
    let (_, rest) = begun.split_once("\"address\":\"").expect("an address");
    let address: SocketAddr = rest.split('"').next().expect("an address").parse().expect("an address");
    fetch(address, "/privacy?name=Example&session=example").await.expect("a page");
    fetch(address, "/example-token?example").await.expect("an error page");
    let kill = Command::new("kill").arg(program.id().to_string()).status().expect("the kill command");
    assert!(kill.success());
    let said = read_until(&mut log, "stopping");
    assert!(program.wait().expect("an end").success());
    assert!(said.contains("\"route\":\"/privacy\"") && said.contains("\"status\":200"), "{said}");
    assert!(said.contains("\"route\":\"none\"") && said.contains("\"status\":404"), "{said}");
    assert!(!said.to_lowercase().contains("example"), "{said}");
}

/// A plain request over the network, with a limit so that a fault cannot hang the test.
async fn fetch(address: SocketAddr, path: &str) -> reqwest::Result<String> {
    let limit = std::time::Duration::from_secs(60);
    // The client of the tests speaks no TLS here, but is built with a library that wants to know whose ciphers it would use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(limit).build()?;
    client.get(format!("http://{address}{path}")).send().await?.text().await
}

async fn start(app: &App, router: Router) -> Running {
    server::start(&app.config.server, router).await.expect("a server")
}

#[tokio::test]
async fn what_is_running_is_finished_before_it_stops() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    let (begun, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&finish));
    let slow = get(move || async move {
        tell.notify_one();
        wait.notified().await;
        "finished"
    });
    let running = start(&app, guard::around(Router::new().route("/slow", slow), app.clone())).await;
    let address = running.address;
    let answer = tokio::spawn(async move { fetch(address, "/slow").await });
    begun.notified().await;
    running.stop();
    let ended = tokio::spawn(running.ended());
    // The listening socket closes at once, while the running request goes on.
    while TcpStream::connect(address).is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!ended.is_finished());
    finish.notify_one();
    assert_eq!(answer.await.expect("a task").expect("an answer"), "finished");
    ended.await.expect("a task").expect("a clean end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_is_said_so() {
    let folder = folder();
    let first = app(folder.path(), &[]).await;
    let running = start(&first, Router::new()).await;
    let taken = running.address.to_string();
    let second = app(folder.path(), &[("server.address", &taken)]).await;
    // Many times: it once depended on which thread was faster whether anybody ever heard of it.
    for _ in 0..200 {
        let error = server::start(&second.config.server, Router::new()).await.err().expect("an error");
        assert!(matches!(error, Error::Unavailable(..)) && error.to_string().contains(&taken), "{error}");
    }
    running.stop();
    running.ended().await.expect("a clean end");
}

/// Settings alone: where time stands still, no database can be open.
fn settings(more: &[(&str, &str)]) -> Server {
    let own = [("data", "/nowhere"), ("server.address", "127.0.0.1:0")];
    let flags = own.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Config::read(&Sources { flags, ..Sources::default() }).expect("good settings").server
}

#[tokio::test(start_paused = true)]
async fn whoever_stays_silent_at_the_socket_is_sent_away() {
    let running = server::start(&settings(&[]), Router::new()).await.expect("it listens");
    for said in ["", "P", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nhost: "] {
        let mut visitor = tokio::net::TcpStream::connect(running.address).await.expect("a connection");
        visitor.write_all(said.as_bytes()).await.expect("a line");
        // Time passes whenever everybody waits, so this ends at once, or never.
        let mut heard = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(60), visitor.read_to_end(&mut heard)).await;
        assert!(ended.is_ok(), "{said:?}: still open after a minute");
    }
    running.stop();
    running.ended().await.expect("a clean end");
}

#[test]
fn what_may_take_longer_is_a_form_that_there_is() {
    let routes = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/routes.rs")).expect("our own file");
    for path in guard::UPLOADS {
        assert!(routes.contains(&format!("\"{path}\"")), "{path} is no route");
    }
}

#[tokio::test]
async fn programs_are_told_what_went_wrong_as_programs_read_it() {
    let folder = folder();
    let app = app(folder.path(), &[]).await;
    for (path, status) in [("/api/v1/rulings", 405), ("/api/v1/nothing", 404)] {
        let response = ask(routes::all(app.clone()), to(path)).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(header(response.headers(), "content-type"), "application/problem+json", "{path}");
        let problem: serde_json::Value = serde_json::from_str(&text(response).await).expect("JSON");
        assert_eq!(problem["status"], status, "{path}");
    }
    let wrong = ask(routes::all(app), to("/api/v1/rulings")).await;
    assert_eq!(header(wrong.headers(), "allow"), "POST");
}
