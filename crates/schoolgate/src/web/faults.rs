//! Error pages that help.
//!
//! For: every answer with a status of 400 or more that is not a page yet: our own [`crate::error::Error`]s, and what the
//! router, the extractors, the time limit and the cross-site check refuse before a handler runs.
//! Promises: each says what happened, that nothing was half done, and what to do next; none says more than the status does. Programs
//! get the same as RFC 9457 has it.
//! Does not: touch pages, JSON and redirects that a handler made.

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::json;

use crate::app::App;
use crate::error::Because;
use crate::web::layout::Frame;
use crate::web::log::RequestId;
use crate::web::{Sample, page_with};

/// Where the addresses begin that programs use.
const FOR_PROGRAMS: &str = "/api/";

#[derive(Template)]
#[template(path = "web/fault.html")]
struct FaultPage {
    frame: Frame,
    happened: &'static str,
    /// The reason that a decision gave, as a sentence.
    because: Option<String>,
    advice: &'static str,
    /// Shown only where somebody has to look into the log.
    request: Option<String>,
}

pub async fn draw(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|RequestId(id)| id.to_string());
    let is_from_program = request.uri().path().starts_with(FOR_PROGRAMS);
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_drawn(&response) {
        return response;
    }
    let because = response.extensions().get::<Because>().map(|Because(said)| sentence(said));
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    if is_from_program {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        return Response::from_parts(parts, Body::from(problem(status, because)));
    }
    let Ok(page) = page_with(status, &fault_page(Frame::new(&app, ""), status, because, id)) else {
        return Response::from_parts(parts, Body::empty());
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Response::from_parts(parts, page.into_body())
}

fn problem(status: StatusCode, because: Option<String>) -> String {
    let words = words(status);
    let detail = because.unwrap_or_else(|| words.happened.to_owned());
    json!({ "type": "about:blank", "title": words.title, "status": status.as_u16(), "detail": detail }).to_string()
}

fn is_drawn(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    ["text/html", "application/json", "application/problem+json"].iter().any(|drawn| kind.starts_with(drawn))
}

fn fault_page(frame: Frame, status: StatusCode, because: Option<String>, id: Option<String>) -> FaultPage {
    let words = words(status);
    FaultPage {
        frame: Frame { title: words.title.to_owned(), ..frame },
        happened: words.happened,
        because,
        advice: words.advice,
        request: id.filter(|_| status.is_server_error()),
    }
}

struct Words {
    title: &'static str,
    happened: &'static str,
    advice: &'static str,
}

fn words(status: StatusCode) -> Words {
    match status {
        StatusCode::NOT_FOUND => Words {
            title: "Page not found",
            happened: "There is nothing at this address, or it is not for you to see.",
            advice: "If you typed the address, check it. If you followed a link, it may be out of date.",
        },
        StatusCode::FORBIDDEN => Words {
            title: "You cannot do this",
            happened: "Schoolgate did not do what was asked. Nothing was changed.",
            advice: "Go to the start page and try from there. If you think you should be able to do this, ask your school office.",
        },
        StatusCode::METHOD_NOT_ALLOWED => Words {
            title: "This page cannot do that",
            happened: "The page exists, but it cannot be used in this way. Nothing was changed.",
            advice: "Go to the start page and try from there.",
        },
        StatusCode::CONFLICT => Words {
            title: "Somebody else changed this first",
            happened: "While you were working, somebody changed the same thing. Your change was not made, so theirs is not lost.",
            advice: "Go back, load the page again to see what it says now, and then make your change if it is still needed.",
        },
        StatusCode::PAYLOAD_TOO_LARGE => Words {
            title: "That is too much to send at once",
            happened: "What you sent is larger than this page takes. Nothing was changed.",
            advice: "Go back, make the text or the file smaller, and send it again.",
        },
        StatusCode::TOO_MANY_REQUESTS => Words {
            title: "Too many tries",
            happened: "There were too many tries in a short time.",
            advice: "Wait a few minutes, then try again.",
        },
        StatusCode::SERVICE_UNAVAILABLE => Words {
            title: "Schoolgate is not available right now",
            happened: "Schoolgate could not finish. If you were saving something, check whether it is there before you send it again.",
            advice: "Wait a minute, then try again. If it does not get better, tell the person who looks after Schoolgate at your school.",
        },
        _ if status.is_client_error() => Words {
            title: "That did not arrive properly",
            happened: "Schoolgate could not read what was sent. Nothing was changed.",
            advice: "Go back and try again. If it happens again, start from the start page.",
        },
        _ => Words {
            title: "Sorry, something went wrong",
            happened: "This is our fault, not yours. Nothing was half saved.",
            advice: "Try again. If it happens again, tell the person who looks after Schoolgate at your school.",
        },
    }
}

/// Reasons are kept in lower case and without a full stop.
fn sentence(said: &str) -> String {
    let mut letters = said.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

pub fn samples() -> Vec<Sample> {
    let page = |status: StatusCode, because: Option<&str>| {
        let id = Some("0b3f5a52-6f0e-4a51-9d0c-5f1f2f8f7a10".to_owned());
        fault_page(Frame::sample(""), status, because.map(sentence), id)
    };
    vec![
        Sample::of("web/fault.html 404", &page(StatusCode::NOT_FOUND, None)),
        Sample::of(
            "web/fault.html 403",
            &page(StatusCode::FORBIDDEN, Some("an approver may not approve their own request")),
        ),
        Sample::of("web/fault.html 405", &page(StatusCode::METHOD_NOT_ALLOWED, None)),
        Sample::of("web/fault.html 409", &page(StatusCode::CONFLICT, None)),
        Sample::of("web/fault.html 413", &page(StatusCode::PAYLOAD_TOO_LARGE, None)),
        Sample::of(
            "web/fault.html 422",
            &page(StatusCode::UNPROCESSABLE_ENTITY, Some("the form came in a way that Schoolgate cannot read")),
        ),
        Sample::of("web/fault.html 429", &page(StatusCode::TOO_MANY_REQUESTS, None)),
        Sample::of("web/fault.html 500", &page(StatusCode::INTERNAL_SERVER_ERROR, None)),
        Sample::of("web/fault.html 503", &page(StatusCode::SERVICE_UNAVAILABLE, None)),
    ]
}
