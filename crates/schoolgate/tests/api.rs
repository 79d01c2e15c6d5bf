//! The interface for other programs: what it answers, what it refuses, and whether it is as its description says.
//!
//! For: whoever changes `advisor/api` or the vocabulary.
//! Promises: real requests to the real router; a schema-driven tester (schemathesis) sends what nobody thought of to a running
//! place and holds every answer against the description. A missing tester is a failure: `scripts/need.sh schemathesis`.
//! Does not: look at rulings again; the packs' own examples do.

#[path = "api/schema.rs"]
mod schema;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use schoolgate::advisor::api;
use schoolgate::advisor::tokens;
use schoolgate::app::App;
use schoolgate::clock::Fixed;
use schoolgate::config::{Config, Sources};
use schoolgate::people::operator;
use schoolgate::policies;
use schoolgate::routes;
use serde_json::{Value, json};
use store::SchoolId;
use tempfile::TempDir;
use tower::ServiceExt;

const PUPIL: &str = r#"{"actor": {"roles": ["teacher"]}, "act": "connect-accept", "target": {"relations": ["pupil"]}}"#;

struct Place {
    app: App,
    clock: Arc<Fixed>,
    school: SchoolId,
    key: String,
    _folder: TempDir,
}

async fn place() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = vec![("data".to_owned(), folder.path().join("data").display().to_string())];
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("settings");
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let app = App::open(config, clock.clone()).await.expect("an app");
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    let key = tokens::make_at_server(&app, school, "the intranet").await.expect("a key");
    Place { app, clock, school, key, _folder: folder }
}

/// A place with a policy in force.
async fn rattlesden() -> Place {
    let place = place().await;
    policies::put_shipped_in_force(&place.app, place.school, "rattlesden").await.expect("in force");
    place
}

impl Place {
    fn router(&self) -> Router {
        routes::all(self.app.clone())
    }

    /// Posts a body with a key.
    async fn post(&self, key: &str, kind: &str, body: impl Into<Body>) -> Response {
        let request = Request::post("/api/v1/rulings")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, kind)
            .body(body.into())
            .expect("a request");
        self.router().oneshot(request).await.expect("an answer")
    }

    async fn ask(&self, body: impl Into<Body>) -> (StatusCode, Value) {
        told(self.post(&self.key, "application/json", body).await).await
    }
}

async fn told(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let kind = response.headers()[header::CONTENT_TYPE].to_str().expect("a kind").to_owned();
    let bytes = to_bytes(response.into_body(), 8 << 20).await.expect("a body");
    let expect = if status.is_success() { "application/json" } else { "application/problem+json" };
    assert_eq!(kind, expect, "{status}");
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

#[tokio::test]
async fn one_situation_gets_one_ruling_and_a_list_gets_a_list() {
    let place = rattlesden().await;
    let (status, ruling) = place.ask(PUPIL).await;
    assert_eq!((status, &ruling["verdict"]), (StatusCode::OK, &json!("must-not")));
    assert_eq!(ruling["policy"], "rattlesden");
    assert_eq!(ruling["citations"][0]["clause"], "rattlesden.personal-conduct.5");
    let (status, rulings) = place.ask(format!("[{PUPIL}, {PUPIL}]")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(rulings, json!([ruling, ruling]));
    assert_eq!(place.ask("[]").await, (StatusCode::OK, json!([])));
}

#[tokio::test]
async fn without_a_key_in_use_nothing_is_answered() {
    let place = rattlesden().await;
    // Another test may have used up this machine's patience with wrong keys.
    place.clock.advance_millis(3_600_000);
    let other = place.key.replace("sgk_", "sgk-");
    for key in ["", "x", &other, &place.key[..place.key.len() - 1]] {
        let response = place.post(key, "application/json", PUPIL).await;
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        let (status, problem) = told(response).await;
        assert_eq!((status, &problem["status"]), (StatusCode::UNAUTHORIZED, &json!(401)), "{key}");
    }
    let bare = Request::post("/api/v1/rulings").body(Body::from(PUPIL)).expect("a request");
    let bare = place.router().oneshot(bare).await.expect("an answer");
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    // A browser's session is no key, and a page of another site cannot use one.
    let cookie = Request::post("/api/v1/rulings")
        .header(header::COOKIE, format!("session={}", &place.key[4..]))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(PUPIL))
        .expect("a request");
    let cookie = place.router().oneshot(cookie).await.expect("an answer");
    assert_eq!(cookie.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn too_many_wrong_keys_make_an_address_wait_but_not_a_right_one() {
    let place = rattlesden().await;
    let mut last = StatusCode::OK;
    for _ in 0..200 {
        last = place.post("wrong", "application/json", PUPIL).await.status();
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(place.ask(PUPIL).await.0, StatusCode::OK);
}

#[tokio::test]
async fn every_fault_of_a_body_is_told_with_its_place() {
    let place = rattlesden().await;
    let wrong = "{\"act\": \"befriend\",\n \"target\": {\"relations\": [\"pupil\", 7], \"age\": \"twelve\"},\n \"nobody\": null}";
    let (status, problem) = place.ask(wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let faults = problem["faults"].as_array().expect("faults");
    assert!(faults.len() >= 4, "{problem}");
    assert!(faults.iter().any(|fault| fault["path"] == "target.age" && fault["line"] == 2), "{problem}");
    for body in [&b""[..], b"{", b"nonsense", b"{\"act\": \"caf\xe9\"}", b"7", b"[[]]"] {
        let (status, problem) = place.ask(body.to_vec()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert!(problem["faults"][0]["line"].as_u64() >= Some(1), "{problem}");
    }
    let contradiction = r#"{"actor": {"roles": ["teacher"]}, "act": "browse", "break": true, "time": "outside"}"#;
    assert_eq!(place.ask(contradiction).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn size_number_and_kind_are_limited() {
    let place = rattlesden().await;
    let (status, _) = told(place.post(&place.key, "text/plain", PUPIL).await).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = format!("{PUPIL}{}", " ".repeat(api::BODY_BYTES_MAX));
    assert_eq!(place.ask(large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let list = |many: usize| format!("[{}]", vec![PUPIL; many].join(","));
    assert_eq!(place.ask(list(api::SITUATIONS_MAX)).await.0, StatusCode::OK);
    assert_eq!(place.ask(list(api::SITUATIONS_MAX + 1)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn whoever_asks_too_fast_is_told_when_to_come_back() {
    let place = rattlesden().await;
    let mut waited = None;
    for _ in 0..3_100 {
        let response = place.post(&place.key, "text/plain", "").await;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            waited = response.headers()[header::RETRY_AFTER].to_str().expect("seconds").parse::<i64>().ok();
            break;
        }
    }
    let seconds = waited.expect("told to wait, and for how long");
    place.clock.advance_millis(seconds * 1_000);
    assert_eq!(place.ask(PUPIL).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_school_without_a_policy_says_so() {
    let place = place().await;
    let (status, problem) = place.ask(PUPIL).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().is_some_and(|said| said.contains("in force")), "{problem}");
}

#[tokio::test]
async fn the_description_names_every_act_and_every_fact() {
    let place = place().await;
    let request = Request::get("/api/v1/openapi.json").body(Body::empty()).expect("a request");
    let (status, described) = told(place.router().oneshot(request).await.expect("an answer")).await;
    assert_eq!((status, &described["openapi"]), (StatusCode::OK, &json!("3.1.0")));
    let situation = &described["components"]["schemas"]["Situation"];
    let vocabulary = policies::vocabulary().expect("reads");
    let acts: Vec<Value> = vocabulary.acts().iter().map(|act| json!(act.name)).collect();
    assert_eq!(situation["properties"]["act"]["enum"], json!(acts));
    for question in vocabulary.questions().iter().filter(|question| !question.ask.is_empty()) {
        let place = question.path.split('.').fold(situation, |schema, part| &schema["properties"][part]);
        assert_eq!(place["description"], json!(question.ask), "{}", question.path);
    }
    // The same schemas as everywhere else: those that `schoolgate policy schema` writes and that stand beside the packs.
    let kept = |file: &str, name: &str| -> Value {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies").join(file);
        let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON");
        kept["$defs"][name].clone()
    };
    assert_eq!(situation, &rulebook::situation_schema(vocabulary)["$defs"]["situation"]);
    assert_eq!(situation, &kept("situation.schema.json", "situation"));
    let ruling = &described["components"]["schemas"]["Ruling"];
    assert_eq!(ruling, &rulebook::ruling_schema()["$defs"]["ruling"]);
    assert_eq!(ruling, &kept("ruling.schema.json", "ruling"));
}
