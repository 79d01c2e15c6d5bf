//! Families: how a parent or carer comes to the form, answers once, and keeps a receipt with which to withdraw.
//!
//! For: adults who are responsible for a child and have no account here.
//! Promises: a link is bound to one adult and one child, good for fourteen days and one answer, and can be revoked; no
//! stored answer shows before a second check; nothing of another adult ever shows; five wrong checks close a link; a mailed
//! link is made when the letter is sent and stands nowhere, and a letter names no child.
//! Does not: tell an unknown link from a used one.

mod letters;
pub mod links;
pub mod mails;
#[cfg(test)]
mod mails_tests;
pub mod pages;
mod queries;
pub mod receipts;
#[cfg(test)]
mod tests;
pub mod words;

use store::Query;
use uuid::Uuid;

use crate::app::App;
use crate::error::Result;
use crate::people::accounts::token::recovery_hash;

/// Whom links that are still good are about, and since when the oldest waits: one entry a person, the oldest first.
pub async fn outstanding(app: &App, q: &mut impl Query) -> Result<Vec<(Uuid, i64)>> {
    Ok(queries::waiting(q, app.clock.now().as_millisecond()).await?)
}

/// What is kept of a code as people type it.
fn normal_code(typed: &str) -> Option<[u8; 32]> {
    recovery_hash(typed)
}
