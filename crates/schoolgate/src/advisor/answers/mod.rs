//! Answers that somebody keeps for themselves.
//!
//! For: whoever asked, and nobody else. Promises: nothing is kept before its person says so; what is kept is sealed, with what was
//! known and the version of the policy that answered; only its person lists, reads or deletes it. Does not: show anything to a
//! headteacher, or tell anybody that something was kept.

pub mod pages;
mod queries;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use rulebook::{Policy, Ruling};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::seal::Place;
use store::{Deed, Query};
use uuid::Uuid;

use super::journey::Journey;
use super::told;
use crate::access::Caller;
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::policies::document::anchor_of;
use crate::policies::words::verdict_said;

/// Answers that one person may keep: several a week for a working year.
const KEPT_MAX: usize = 200;
/// What the keys of this folder seal.
const PURPOSE: &str = "answers";

/// A kept answer, as it was on the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub asked: String,
    pub said: String,
    pub next_step: String,
    /// What was known: question, answer, and where the answer came from.
    pub known: Vec<(String, String, String)>,
    /// Clause, what it says, and how it bears.
    pub clauses: Vec<(String, String, String)>,
    /// Duty or missing permission, and its clause.
    pub duties: Vec<(String, String)>,
    pub policy: String,
    pub version: String,
    pub binding: String,
    /// The ruling whole, for whoever wants to look closer.
    pub ruling: Value,
}

/// A kept answer with its place in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    pub id: Uuid,
    pub kept_at: Timestamp,
    pub answer: Answer,
}

impl Answer {
    fn of(journey: &Journey, policy: &Policy, ruling: &Ruling) -> Result<Self> {
        let vocabulary = policy.vocabulary();
        let known = journey.known(vocabulary).into_iter().map(|known| (known.ask, known.said, known.source.to_owned()));
        let cited = |citation: &rulebook::Citation| {
            let bears = told::effect_said(citation.effect).to_owned();
            (anchor_of(&citation.clause).to_owned(), citation.wording.clone(), bears)
        };
        let needs = ruling.needs.iter().map(|need| (told::need_said(need), anchor_of(&need.clause).to_owned()));
        let duties = ruling.duties.iter().map(|duty| (told::duty_said(duty), anchor_of(&duty.clause).to_owned()));
        let whole = serde_json::to_value(ruling).map_err(|error| Error::fault("keeping an answer", error))?;
        Ok(Self {
            asked: journey.act(vocabulary).map_or_else(String::new, |act| act.ask.clone()),
            said: verdict_said(ruling.verdict).to_owned(),
            next_step: ruling.next_step.clone(),
            known: known.collect(),
            clauses: ruling.citations.iter().map(cited).collect(),
            duties: needs.chain(duties).collect(),
            policy: policy.title.clone(),
            version: ruling.version.clone(),
            binding: told::binding_said(ruling.binding).to_owned(),
            ruling: whole,
        })
    }
}

fn place(row: Uuid) -> Place {
    Place { table: "kept_answer", row, column: "sealed" }
}

/// Keeps what the policy says about a journey, for the caller alone.
pub async fn keep(app: &App, caller: &Caller, journey: &Journey, policy: &Arc<Policy>) -> Result<Uuid> {
    super::may_ask(app, caller)?;
    let today = clock::today(app.clock.as_ref());
    let situation = journey.situation(policy.vocabulary(), today).map_err(Refused::because)?;
    let answer = Answer::of(journey, policy, &policy.rule(&situation))?;
    let plain = serde_json::to_vec(&answer).map_err(|error| Error::fault("keeping an answer", error))?;
    let id = Uuid::now_v7();
    let mut tx = app.db.write(caller.school).await?;
    if queries::page(&mut tx, caller.person).await?.len() >= KEPT_MAX {
        return Err(Refused::because("you have kept as many answers as there is room for; delete one first").into());
    }
    let sealed = app.sealer.seal(&mut tx, PURPOSE, place(id), &plain).await?;
    let now = app.clock.now().as_millisecond();
    queries::add(&mut tx, (id, caller.person), (sealed, &policy.version), now).await?;
    tx.commit(Deed::by(caller.person).did("answers.kept").to(id)).await?;
    Ok(id)
}

/// The caller's own answers, the newest first.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Kept>> {
    super::may_ask(app, caller)?;
    let mut read = app.db.read(caller.school).await?;
    let mut kept = vec![];
    for row in queries::page(&mut read, caller.person).await? {
        kept.push(opened(app, &mut read, row).await?);
    }
    Ok(kept)
}

/// One of the caller's own answers.
pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Result<Kept> {
    super::may_ask(app, caller)?;
    let mut read = app.db.read(caller.school).await?;
    let row = queries::find(&mut read, id, caller.person).await?.ok_or(Error::NotFound)?;
    opened(app, &mut read, row).await
}

async fn opened(app: &App, q: &mut impl Query, row: queries::Row) -> Result<Kept> {
    let plain = app.sealer.open(q, PURPOSE, place(row.id), &row.sealed).await?;
    let answer = serde_json::from_slice(&plain).map_err(|error| Error::fault("reading a kept answer", error))?;
    Ok(Kept { id: row.id, kept_at: clock::from_millis(row.kept_at), answer })
}

/// Deletes one of the caller's own answers for good.
pub async fn delete(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    super::may_ask(app, caller)?;
    let mut tx = app.db.write(caller.school).await?;
    match queries::delete(&mut tx, id, caller.person).await? {
        1 => Ok(tx.commit(Deed::by(caller.person).did("answers.deleted").to(id)).await?),
        _ => Err(Error::NotFound),
    }
}
