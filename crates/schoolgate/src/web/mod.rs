//! What every page shares: the guard around it, its layout, its forms, its public files, and the server under it.
//!
//! For: the pages of all feature folders.
//! Promises: every page works without script and loads nothing from elsewhere; a request that should not pass is stopped
//! before a handler sees it; whatever fails ends in a page that helps.
//! Does not: know a feature, a person or a role. Who is asking is `people`'s business.

mod address;
pub mod assets;
pub mod cookies;
mod door;
pub mod faults;
pub mod forms;
pub mod guard;
pub mod health;
pub mod knock;
pub mod layout;
pub mod log;
pub mod server;

pub use address::Path;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::error::{Error, Result};

/// A template that has been filled and may be shown; the tests look at all of them.
pub struct Sample {
    /// The template's path below `src/`, then what is special: `people/sign_in.html wrong password`.
    pub name: &'static str,
    pub html: String,
}

impl Sample {
    pub fn of(name: &'static str, template: &impl Template) -> Self {
        let html = template.render().unwrap_or_else(|error| format!("{name} does not render: {error}"));
        Self { name, html }
    }
}

/// The page, ready to send.
pub fn page(template: &impl Template) -> Result<Response> {
    page_with(StatusCode::OK, template)
}

/// The same form again, with what was typed and what is wrong with it.
pub fn page_again(template: &impl Template) -> Result<Response> {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, template)
}

pub fn page_with(status: StatusCode, template: &impl Template) -> Result<Response> {
    let html = template.render().map_err(|error| Error::fault("filling a page", error))?;
    Ok((status, Html(html)).into_response())
}
