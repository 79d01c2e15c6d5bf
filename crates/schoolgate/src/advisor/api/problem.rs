//! What went wrong, as RFC 9457 has it.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rulebook::Fault;
use serde_json::{Value, json};

use crate::error::Error;

/// Faults that are told at once; a broken file can have one a line.
const FAULTS_MAX: usize = 100;

/// One `application/problem+json`.
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    faults: Vec<Fault>,
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), faults: vec![], header: None }
    }

    /// What was sent cannot be read: every fault with its place.
    pub(super) fn faults(faults: Vec<Fault>) -> Self {
        let detail = match faults.len() {
            1 => "the body has 1 fault".to_owned(),
            many => format!("the body has {many} faults"),
        };
        Self { faults, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
    }

    /// Come back in so many seconds.
    pub(super) fn too_fast(seconds: u32) -> Self {
        let said = format!("too many requests; try again in {seconds} seconds");
        Self::new(StatusCode::TOO_MANY_REQUESTS, said).with(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// An error of a verb. What is a fault of ours is logged and not told.
    pub(super) fn of(error: Error) -> Self {
        let status = error.status();
        match &error {
            Error::Refused(refused) => Self::new(StatusCode::CONFLICT, refused.because.to_string()),
            Error::Unavailable(..) | Error::Fault(..) => {
                tracing::error!(status = status.as_u16(), error = error.chain(), "request of a program failed");
                Self::new(status, "the answer could not be worked out; this is no fault of the request")
            }
            _ => Self::new(status, error.to_string()),
        }
    }

    pub(super) fn with(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some(Box::new((name, value))), ..self }
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if !self.faults.is_empty() {
            let place = |fault: &Fault| json!({"line": fault.line, "column": fault.column, "path": fault.path, "said": fault.said});
            body["faults"] = self.faults.iter().take(FAULTS_MAX).map(place).collect();
        }
        body
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, kind, self.body().to_string()).into_response();
        if let Some((name, value)) = self.header.map(|header| *header) {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
