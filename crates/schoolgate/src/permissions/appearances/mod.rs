//! What is public, and whom it shows or names.
//!
//! For: the desk, which keeps this list in its own writes, and everybody who must say what a withdrawal will remove.
//! Promises: an item that is public shows here whom it concerns, since when, where, and whether it can be called back.
//! Does not: publish or remove anything.

mod queries;

use store::{Query, Tx};
use uuid::Uuid;

use super::purpose::Recall;
use crate::error::Result;

/// Whether a person can be seen or is only named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Shown,
    Named,
}

impl How {
    pub fn code(self) -> &'static str {
        match self {
            How::Shown => "shown",
            How::Named => "named",
        }
    }

    pub fn from_code(code: &str) -> Option<How> {
        [How::Shown, How::Named].into_iter().find(|how| how.code() == code)
    }
}

/// One person in one public item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appearance {
    pub item: Uuid,
    pub person: Uuid,
    pub how: How,
    /// The code of the purpose it went out for.
    pub purpose: String,
    /// Where it can be seen: an address, or words such as `the spring newsletter`.
    pub place: String,
    pub recall: Recall,
    /// UTC milliseconds.
    pub since: i64,
}

/// Notes that an item is public, within the write that makes it so. A second time changes nothing.
pub async fn add(tx: &mut Tx, appearance: &Appearance) -> Result<()> {
    queries::add(tx, Uuid::now_v7(), appearance).await?;
    Ok(())
}

/// Notes where an item can be seen, once that is known.
pub async fn moved(tx: &mut Tx, item: Uuid, place: &str) -> Result<u64> {
    Ok(queries::moved(tx, item, place).await?)
}

/// Notes that an item was seen gone; how many people were in it.
pub async fn end(tx: &mut Tx, item: Uuid, now: i64) -> Result<u64> {
    Ok(queries::end(tx, item, now).await?)
}

/// What is public of one person, oldest first.
pub async fn of(q: &mut impl Query, person: Uuid) -> Result<Vec<Appearance>> {
    Ok(queries::of(q, person).await?)
}

/// Whom one public item shows or names.
pub async fn in_item(q: &mut impl Query, item: Uuid) -> Result<Vec<Appearance>> {
    Ok(queries::in_item(q, item).await?)
}
