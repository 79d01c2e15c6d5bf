//! Words and phrases of a school's own: what it does not want in its posts, and what only looks like a pupil's name.
//!
//! For: headteacher and safeguarding lead, who keep them; the desk and the look through the accounts, which screen with them.
//!
//! Promises: a phrase counts from the next look at a text; what cannot be searched for is not taken; everybody who keeps the
//! list sees all of it.
//!
//! Does not: let a pupil's full name pass: a phrase that is one as well is still asked about.

pub mod pages;
mod queries;

use screening::{Roll, Strength};
use store::{Deed, SchoolId};
use uuid::Uuid;

use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Refused, Result};

/// More than a school can remember why.
pub const PHRASES_MAX: usize = 500;
pub const PHRASE_CHARS_MAX: usize = 100;

/// What a phrase is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It names no pupil: a house, a road, an author; or it is the school's own telephone or mailbox.
    Allow,
    Ask,
    Stop,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Stop, Kind::Ask, Kind::Allow];

    pub fn code(self) -> &'static str {
        match self {
            Kind::Allow => "allow",
            Kind::Ask => "ask",
            Kind::Stop => "stop",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Kind::Allow => "Let it pass: it names no pupil, or is the school’s own number or address",
            Kind::Ask => "Ask about it each time",
            Kind::Stop => "Stop it: it has no place in our posts",
        }
    }

    pub fn from_code(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    pub id: Uuid,
    pub words: String,
    pub kind: Kind,
}

/// A phrase that can be searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    words: String,
    kind: Kind,
}

impl Given {
    /// # Errors
    /// The sentence for the person who typed it.
    pub fn parse(typed: &str, kind: Kind) -> std::result::Result<Given, &'static str> {
        let words = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() {
            return Err("Enter a word or a phrase");
        }
        if words.chars().count() > PHRASE_CHARS_MAX || words.chars().any(char::is_control) {
            return Err("Enter a word or a phrase with 100 letters or fewer");
        }
        let is_searchable = match kind {
            Kind::Allow => words.chars().any(char::is_alphanumeric),
            Kind::Ask => with(&[], &[(words.clone(), Strength::Ask)]).is_ok(),
            Kind::Stop => with(&[], &[(words.clone(), Strength::Stop)]).is_ok(),
        };
        if is_searchable { Ok(Given { words, kind }) } else { Err("Enter at least two letters, without other signs") }
    }
}

/// Everything a school has put on its lists, as screening takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    pub allowed: Vec<String>,
    pub words: Vec<(String, Strength)>,
}

/// The index of people together with the school's own words. Errors: how many cannot be looked for.
pub fn with(people: &[screening::Person], words: &[(String, Strength)]) -> std::result::Result<Roll, usize> {
    roll(people, &Lists { allowed: Vec::new(), words: words.to_vec() })
}

/// The same with everything on the lists.
pub fn roll(people: &[screening::Person], lists: &Lists) -> std::result::Result<Roll, usize> {
    let roll = Roll::of(people, &lists.allowed).map_err(|faults| faults.len())?;
    roll.with_words(&lists.words).map_err(|wrong| wrong.len())
}

/// Without asking who wants to know: for the desk and for jobs.
pub async fn lists(app: &App, school: SchoolId) -> Result<Lists> {
    let mut read = app.db.read(school).await?;
    let mut lists = Lists::default();
    for phrase in queries::all(&mut read).await? {
        match phrase.kind {
            Kind::Allow => lists.allowed.push(phrase.words),
            Kind::Ask => lists.words.push((phrase.words, Strength::Ask)),
            Kind::Stop => lists.words.push((phrase.words, Strength::Stop)),
        }
    }
    Ok(lists)
}

pub fn is_keeper(app: &App, caller: &Caller) -> bool {
    matches!(app.access.ask(caller, Act::KeepPhrases, Thing::premises(caller.school)), Answer::Yes | Answer::ProveFirst)
}

pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Phrase>> {
    app.access.may(caller, Act::KeepPhrases, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    Ok(queries::all(&mut read).await?)
}

pub async fn add(app: &App, caller: &Caller, given: Given) -> Result<Uuid> {
    app.access.may(caller, Act::KeepPhrases, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let there = queries::all(&mut tx).await?;
    if there.len() >= PHRASES_MAX {
        return Err(Refused::because("the list is full: take something out first").into());
    }
    if there.iter().any(|phrase| phrase.words.to_lowercase() == given.words.to_lowercase()) {
        return Err(Refused::because("it is on the list already").into());
    }
    let phrase = Phrase { id: Uuid::now_v7(), words: given.words, kind: given.kind };
    queries::add(&mut tx, &phrase, (caller.person, app.clock.now().as_millisecond())).await?;
    tx.commit(Deed::by(caller.person).did("phrases.added").to(phrase.id)).await?;
    Ok(phrase.id)
}

pub async fn remove(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    app.access.may(caller, Act::KeepPhrases, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    if queries::remove(&mut tx, id).await? == 0 {
        return Err(Error::NotFound);
    }
    Ok(tx.commit(Deed::by(caller.person).did("phrases.removed").to(id)).await?)
}

#[cfg(test)]
mod tests;
