//! What the school keeps about its presence and its people's ties: official accounts, its own news page, what its accounts
//! already show, and links that staff declare.
//!
//! For: those who answer for the accounts; the desk, which publishes through them; the advisor, which asks about ties.
//!
//! Promises: credentials are sealed, never shown again, and opened only to call the account they belong to; an account that
//! is retired is called no more; what a page of ours shows is gone at the moment of its take-down.
//!
//! Does not: decide what may be published (that is the desk's), or answer for what a network does.

pub mod accounts;
pub mod holders;
pub mod links;
pub mod phrases;
pub mod sweep;
pub mod website;

/// A value in a column that we never wrote.
fn strange(column: &str) -> store::Error {
    store::Error::Tampered(format!("the column `{column}` holds a value that Schoolgate does not write"))
}

#[cfg(test)]
pub(crate) mod tests;
