//! Keys with which other programs of the school ask for rulings.
//!
//! For: the headteacher and the business manager, who make and end them; the interface for programs, which admits by them.
//! Promises: only a hash of a key is kept, and it is shown once; an ended key opens nothing from that moment on; who made and
//! ended one is in the ledger. Does not: open anything but the interface for programs.

pub mod command;
pub mod pages;
mod queries;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use store::{Deed, SchoolId};
use uuid::Uuid;

use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::people;
use crate::people::accounts::Carried;
use crate::people::accounts::token::Token;

/// Keys that a school may have in use at once: a handful of programs, with room for their replacements.
const IN_USE_MAX: usize = 20;
/// Letters in the name of the program that a key is for.
pub const NAME_MAX: usize = 80;
/// What every key begins with, so that people and scanners know one when they see it.
const MARK: &str = "sgk_";

const MADE: &str = "tokens.made";

/// A key as the page lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: Uuid,
    pub name: String,
    pub made_at: Timestamp,
    /// Absent: made at the server.
    pub maker: Option<String>,
    pub ended_at: Option<Timestamp>,
}

/// A program that has shown a key in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    pub school: SchoolId,
    pub token: Uuid,
}

/// Whether the caller may keep keys now.
pub fn may_keep(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::KeepTokens, Thing::premises(caller.school))
}

/// All keys, the newest first.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Listed>> {
    app.access.may(caller, Act::SeeTokens, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let mut listed = vec![];
    for kept in queries::page(&mut read).await? {
        let maker = match kept.made_by {
            Some(id) => Some(people::find(&mut read, id).await?.called().to_owned()),
            None => None,
        };
        let ended_at = kept.ended_at.map(clock::from_millis);
        listed.push(Listed {
            id: kept.id,
            name: kept.name,
            made_at: clock::from_millis(kept.made_at),
            maker,
            ended_at,
        });
    }
    Ok(listed)
}

/// Makes a key and gives it: the only time that it can be seen.
pub async fn make(app: &App, caller: &Caller, name: &str) -> Result<String> {
    may_keep(app, caller)?;
    made(app, caller.school, name, (Some(caller.person), Deed::by(caller.person).did(MADE))).await
}

/// The same for the person at the server.
pub async fn make_at_server(app: &App, school: SchoolId, name: &str) -> Result<String> {
    made(app, school, name, (None, Deed::by_program().did(MADE))).await
}

async fn made(app: &App, school: SchoolId, name: &str, by: (Option<Uuid>, Deed)) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Error::Invalid(format!("the name of a key must be one line of 1 to {NAME_MAX} letters").into()));
    }
    let (id, token) = (Uuid::now_v7(), Token::random());
    let mut tx = app.db.write(school).await?;
    let in_use = queries::page(&mut tx).await?.iter().filter(|kept| kept.ended_at.is_none()).count();
    if in_use >= IN_USE_MAX {
        return Err(Refused::because("the school has as many keys in use as it may have; end one first").into());
    }
    let now = app.clock.now().as_millisecond();
    let (maker, deed) = by;
    queries::add(&mut tx, &queries::New { id, name, hash: token.hash().to_vec(), made_by: maker, made_at: now })
        .await?;
    tx.commit(deed.to(id)).await?;
    Ok(format!("{MARK}{}", Carried { school, token }.shown()))
}

/// Ends a key. Ending one that has ended changes nothing.
pub async fn end(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    // Sight first: that there is such a key is told only to those who may see the list.
    app.access.may(caller, Act::SeeTokens, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let kept = queries::page(&mut tx).await?.into_iter().find(|kept| kept.id == id).ok_or(Error::NotFound)?;
    may_keep(app, caller)?;
    if kept.ended_at.is_some() {
        return Ok(());
    }
    queries::end(&mut tx, id, app.clock.now().as_millisecond()).await?;
    Ok(tx.commit(Deed::by(caller.person).did("tokens.ended").to(id)).await?)
}

/// Whose key it is; none for anything that is no key in use.
pub async fn admit(app: &App, shown: &str) -> Result<Option<Admitted>> {
    let Some(carried) = shown.strip_prefix(MARK).and_then(Carried::parse) else { return Ok(None) };
    let mut read = app.db.read(carried.school).await?;
    let token = queries::find_in_use(&mut read, &carried.token.hash()).await?;
    Ok(token.map(|token| Admitted { school: carried.school, token }))
}
