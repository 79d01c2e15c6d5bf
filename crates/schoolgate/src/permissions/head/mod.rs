//! What the headteacher allows in writing: the school's name, its logo, what it has published, to speak of it, an own
//! telephone.
//!
//! For: whoever works here or helps and needs such a permission before they act; the headteacher, who answers; the advisor,
//! which reads what was answered as facts.
//! Promises: asked and answered inside the product, so it is written and dated; nobody answers their own request; a yes
//! counts from its answer to its last day or until it is withdrawn. Does not: cover anybody but the one who asked.

pub mod pages;
mod queries;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use serde_json::{Value, json};
use store::Deed;
use uuid::Uuid;

use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::people;

/// The longest sentence about what it is for, and the longest note.
pub const WORDS_MAX: usize = 400;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    Name,
    Logo,
    Publication,
    Reference,
    OwnPhone,
}

impl Matter {
    pub const ALL: [Matter; 5] = [Matter::Name, Matter::Logo, Matter::Publication, Matter::Reference, Matter::OwnPhone];

    pub fn code(self) -> &'static str {
        match self {
            Matter::Name => "name",
            Matter::Logo => "logo",
            Matter::Publication => "publication",
            Matter::Reference => "reference",
            Matter::OwnPhone => "own-phone",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Matter::Name => "Use the school's name",
            Matter::Logo => "Use the school's logo",
            Matter::Publication => "Use something the school has published",
            Matter::Reference => "Speak of the school, its events and activities",
            Matter::OwnPhone => "Use my own telephone for school business",
        }
    }

    pub fn from_code(code: &str) -> Option<Matter> {
        Matter::ALL.into_iter().find(|matter| matter.code() == code)
    }

    /// As a situation lists it (`rulings.md` 2.5).
    fn fact(self, until: Option<Date>) -> Value {
        let (matter, of) = match self {
            Matter::Reference => ("refer", Some("school")),
            other => (other.code(), None),
        };
        let mut fact = json!({"from": "headteacher", "form": "written", "for": matter, "before": true});
        if let Some(of) = of {
            fact["of"] = json!(of);
        }
        if let Some(until) = until {
            fact["until"] = json!(until.to_string());
        }
        fact
    }
}

/// What the headteacher said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    Withdrawn,
}

impl Answer {
    pub fn code(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::No => "no",
            Answer::Withdrawn => "withdrawn",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Answer::Yes => "Yes",
            Answer::No => "No",
            Answer::Withdrawn => "Withdrawn",
        }
    }

    pub fn from_code(code: &str) -> Option<Answer> {
        [Answer::Yes, Answer::No, Answer::Withdrawn].into_iter().find(|answer| answer.code() == code)
    }
}

/// One request, answered or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub id: Uuid,
    pub version: i64,
    pub asked_by: Uuid,
    pub matter: Matter,
    pub use_for: String,
    /// UTC milliseconds.
    pub asked_at: i64,
    pub answer: Option<Answer>,
    pub answered_at: Option<i64>,
    pub note: String,
    /// The last day that counts; none: until it is withdrawn.
    pub until: Option<Date>,
}

impl Asked {
    /// Whether it is a yes that counts on a day.
    pub fn counts_on(&self, day: Date) -> bool {
        self.answer == Some(Answer::Yes) && self.until.is_none_or(|until| day <= until)
    }
}

/// Asks the headteacher.
pub async fn ask(app: &App, caller: &Caller, matter: Matter, use_for: &str) -> Result<Uuid> {
    app.access.may(caller, Act::AskHeadteacher, Thing::premises(caller.school))?;
    let id = Uuid::now_v7();
    let mut tx = app.db.write(caller.school).await?;
    queries::add(&mut tx, (id, caller.person), (matter.code(), use_for), app.clock.now().as_millisecond()).await?;
    tx.commit(Deed::by(caller.person).did("permissions.head-asked").to(id).hash(use_for)).await?;
    Ok(id)
}

/// The requests that the caller may see: their own, and for the headteacher everybody's; each with who asked.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<(Asked, String)>> {
    app.access.may(caller, Act::AskHeadteacher, Thing::premises(caller.school))?;
    let sees_all = answers_here(app, caller);
    let mut read = app.db.read(caller.school).await?;
    let all = match sees_all {
        true => queries::all(&mut read).await?,
        false => queries::of(&mut read, caller.person).await?,
    };
    let mut named = Vec::with_capacity(all.len());
    for one in all {
        let name = people::find(&mut read, one.asked_by).await?.called().to_owned();
        named.push((one, name));
    }
    Ok(named)
}

/// Whether the caller is who answers.
pub fn answers_here(app: &App, caller: &Caller) -> bool {
    use crate::access::Answer as Said;
    let said = app.access.ask(caller, Act::AnswerForSchool, Thing::premises(caller.school));
    matches!(said, Said::Yes | Said::ProveFirst)
}

/// One request, for whoever answers.
pub async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<(Asked, String)> {
    let mut read = app.db.read(caller.school).await?;
    let found = queries::find(&mut read, id).await?;
    app.access.may(caller, Act::AnswerForSchool, Thing::premises(caller.school))?;
    let name = people::find(&mut read, found.asked_by).await?.called().to_owned();
    Ok((found, name))
}

/// What the headteacher answers, and what of it is still what they saw.
pub struct Given {
    pub seen: i64,
    pub answer: Answer,
    pub note: String,
    pub until: Option<Date>,
}

/// Answers, or withdraws what was allowed.
pub async fn answer(app: &App, caller: &Caller, id: Uuid, given: &Given) -> Result<()> {
    app.access.may(caller, Act::AnswerForSchool, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let found = queries::find(&mut tx, id).await?;
    if found.asked_by == caller.person {
        return Err(Refused::because("nobody answers their own request").into());
    }
    if found.version != given.seen {
        return Err(Error::Conflict);
    }
    let answered = Asked {
        answer: Some(given.answer),
        answered_at: Some(app.clock.now().as_millisecond()),
        note: given.note.clone(),
        until: given.until,
        ..found
    };
    queries::save(&mut tx, &answered, caller.person).await?;
    let said = format!("{id} {} {:?}", given.answer.code(), given.until);
    Ok(tx.commit(Deed::by(caller.person).did("permissions.head-answered").to(id).hash(said)).await?)
}

/// What the headteacher has allowed this person and counts today, as a situation lists it.
pub async fn facts(app: &App, caller: &Caller) -> Result<Vec<Value>> {
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let own = queries::of(&mut read, caller.person).await?;
    let counting = own.iter().filter(|one| one.counts_on(today));
    // A situation takes 64; more than the five matters need say nothing new.
    Ok(counting.take(40).map(|one| one.matter.fact(one.until)).collect())
}
