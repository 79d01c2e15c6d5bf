//! What can go wrong, in the six ways that a person can meet it.
//!
//! For: every verb of the app.
//! Promises: one error type; each meaning has its own status and its own page that says what to do next; what one may not see
//! and what does not exist are the same answer.
//! Does not: draw the page. A response only carries the error; [`crate::web::faults`] draws it, for errors that never came
//! near a handler too.

use std::borrow::Cow;
use std::error::Error as StdError;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync>;

/// What a person can meet.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or is not for this person to see.
    #[error("not found")]
    NotFound,
    /// It exists, but this may not be done with it, or not by this person.
    #[error("refused: {}", .0.because)]
    Refused(#[from] Refused),
    /// What was sent cannot be read. Forms never come here: they show their own page again ([`crate::web::forms`]).
    #[error("invalid: {0}")]
    Invalid(Cow<'static, str>),
    /// Somebody else changed it first.
    #[error("changed by somebody else in the meantime")]
    Conflict,
    /// The database, the disk or the network cannot be reached just now; trying again later may work.
    #[error("{0} is unavailable")]
    Unavailable(Cow<'static, str>, #[source] Source),
    /// A fault of ours.
    #[error("fault while {0}")]
    Fault(Cow<'static, str>, #[source] Source),
}

/// Why a rule or a decision says no, as a sentence for the person who asked: lower case, no full stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{because}")]
pub struct Refused {
    pub because: Cow<'static, str>,
}

impl Refused {
    pub fn because(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { because: reason.into() }
    }
}

impl Error {
    pub fn unavailable(what: impl Into<Cow<'static, str>>, source: impl Into<Source>) -> Self {
        Self::Unavailable(what.into(), source.into())
    }

    /// `doing` says what was being tried: `reading the session`.
    pub fn fault(doing: impl Into<Cow<'static, str>>, source: impl Into<Source>) -> Self {
        Self::Fault(doing.into(), source.into())
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Unavailable(..) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault(..) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error and everything under it, for the log.
    pub fn chain(&self) -> String {
        let mut said = self.to_string();
        let mut under = self.source();
        while let Some(cause) = under {
            said.push_str(": ");
            said.push_str(&cause.to_string());
            under = cause.source();
        }
        said
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            store::Error::Conflict { .. } => Self::Conflict,
            store::Error::Unavailable { doing, cause } => {
                Self::unavailable("the database", format!("{doing}: {cause}"))
            }
            store::Error::Engine { doing, cause } => Self::Fault(doing.into(), cause),
            store::Error::Tampered(_) | store::Error::Invalid(_) => Self::fault("using the database", error),
        }
    }
}

impl IntoResponse for Error {
    /// An empty answer that carries what the page needs; `web::faults` fills it.
    fn into_response(self) -> Response {
        let status = self.status();
        if matches!(self, Self::Unavailable(..) | Self::Fault(..)) {
            tracing::error!(status = status.as_u16(), error = self.chain(), "request failed");
        }
        let because = match self {
            Self::Refused(refused) => Some(refused.because),
            Self::Invalid(said) => Some(said),
            _ => None,
        };
        let mut response = status.into_response();
        if let Some(because) = because {
            response.extensions_mut().insert(Because(because));
        }
        response
    }
}

/// The sentence that an error page repeats to the person.
#[derive(Debug, Clone)]
pub struct Because(pub Cow<'static, str>);
