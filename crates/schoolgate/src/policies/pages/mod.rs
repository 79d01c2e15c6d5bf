//! The pages of policies: reading the one in force, its history, and two side by side.
//!
//! For: everybody who is signed in; comparing is for those who work on the next version. Promises: a page shows a policy whole or
//! not at all, and says which version it is. Does not: change one; drafts do.

mod check;
mod comparison;
mod reading;

pub use check::{draft as check_draft, in_force as check_in_force};
pub use comparison::{address as comparison_address, comparison};
pub use reading::{Search, read, show_document, version, versions};

use axum::http::HeaderValue;

use crate::web::Sample;

/// How soon a browser looks again while something is being worked out.
const AGAIN_SECONDS: HeaderValue = HeaderValue::from_static("2");

pub fn samples() -> Vec<Sample> {
    [reading::samples(), comparison::samples(), check::samples()].into_iter().flatten().collect()
}
