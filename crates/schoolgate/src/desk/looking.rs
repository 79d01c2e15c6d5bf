//! What pages ask of the desk without changing anything.

use std::sync::Arc;

use jiff::civil::Date;
use rulebook::Policy;
use screening::Field;
use uuid::Uuid;

use super::gate::{Found, Place, Step};
use super::picture::{Picture, Who};
use super::queries::{self, Line};
use super::request::{Request, State};
use super::{deciding, screened};
use crate::access::role::Role;
use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::people;
use crate::policies;
use crate::roster;

/// What the caller wrote, newest first.
pub async fn own(app: &App, caller: &Caller) -> Result<Vec<Line>> {
    app.access.may(caller, Act::SeeDesk, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    Ok(queries::written_by(&mut read, caller.person).await?)
}

/// Whether the caller may write, see what waits, and name deputies.
pub fn offers(app: &App, caller: &Caller) -> [bool; 3] {
    let is_open = |act: Act| {
        let answer = app.access.ask(caller, act, Thing::premises(caller.school));
        matches!(answer, Answer::Yes | Answer::ProveFirst)
    };
    [Act::WriteRequest, Act::SeeQueue, Act::NameDeputy].map(is_open)
}

/// What waits for approval, the one that has waited longest first, with its author.
pub async fn waiting(app: &App, caller: &Caller) -> Result<Vec<(Line, String)>> {
    app.access.may(caller, Act::SeeQueue, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let mut waiting = Vec::new();
    for line in queries::in_state(&mut read, "submitted").await? {
        let by = people::find(&mut read, line.author).await?.called().to_owned();
        waiting.push((line, by));
    }
    Ok(waiting)
}

/// What has a day between two days. Whoever leads sees everything, others what they wrote.
pub async fn month(app: &App, caller: &Caller, from: Date, to: Date) -> Result<Vec<Line>> {
    app.access.may(caller, Act::SeeDesk, Thing::premises(caller.school))?;
    let start = |day: Date| day.in_tz(clock::LONDON).map(|at| at.timestamp().as_millisecond());
    let fault = |error| Error::fault("naming the beginning of a day", error);
    let between = (start(from).map_err(fault)?, start(to).map_err(fault)?);
    let mut read = app.db.read(caller.school).await?;
    let mut lines = queries::dated(&mut read, between, (&from.to_string(), &to.to_string())).await?;
    let sees_all = app.access.ask(caller, Act::SeeQueue, Thing::premises(caller.school)) == Answer::Yes;
    lines.retain(|line| sees_all || line.author == caller.person);
    Ok(lines)
}

pub fn ready_to_write(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::WriteRequest, Thing::premises(caller.school))
}

/// Whether the caller may change this request, and it can still be changed.
pub fn ready_to_edit(app: &App, caller: &Caller, request: &Request) -> Result<()> {
    app.access.may(caller, Act::EditRequest, request.thing())?;
    if !request.state.is_open() {
        return Err(Refused::because("this request cannot be changed any more").into());
    }
    Ok(())
}

async fn with(app: &App, caller: &Caller, id: Uuid, act: Act) -> Result<Request> {
    let mut read = app.db.read(caller.school).await?;
    let request = queries::find(&mut read, id).await?;
    app.access.may(caller, act, request.thing())?;
    Ok(request)
}

/// Whether the caller may approve this request now.
pub async fn ready_to_approve(app: &App, caller: &Caller, id: Uuid) -> Result<Request> {
    let request = with(app, caller, id, Act::ApproveRequest).await?;
    let mut read = app.db.read(caller.school).await?;
    if deciding::approver(app, &mut read, caller.person).await?.is_none() {
        let said = "only the headteacher and those whom the headteacher has named approve posts";
        return Err(Refused::because(said).into());
    }
    if !matches!(request.state, State::Submitted { .. }) {
        return Err(Refused::because("this request does not wait for approval").into());
    }
    Ok(request)
}

pub async fn ready_to_hurry(app: &App, caller: &Caller, id: Uuid) -> Result<Request> {
    with(app, caller, id, Act::OverrideRequest).await
}

pub async fn ready_to_take_down(app: &App, caller: &Caller, id: Uuid) -> Result<Request> {
    with(app, caller, id, Act::TakeDownRequest).await
}

/// What the caller may do with one request, perhaps after confirming who they are.
#[derive(Clone, Copy, Debug)]
pub struct May {
    pub edit: bool,
    pub approve: bool,
    pub at_once: bool,
    pub remark: bool,
    pub take_down: bool,
}

pub fn may(app: &App, caller: &Caller, request: &Request) -> May {
    let is_open = |act: Act| matches!(app.access.ask(caller, act, request.thing()), Answer::Yes | Answer::ProveFirst);
    May {
        edit: is_open(Act::EditRequest),
        approve: is_open(Act::ApproveRequest) && !request.writers.contains(&caller.person),
        at_once: is_open(Act::OverrideRequest),
        remark: is_open(Act::RemarkRequest),
        take_down: is_open(Act::TakeDownRequest),
    }
}

/// For which step the gate is asked when somebody only looks.
pub async fn step_of(app: &App, caller: &Caller, id: Uuid) -> Result<Step> {
    let request = with(app, caller, id, Act::SeeRequest).await?;
    Ok(match request.state {
        State::Approved { .. } | State::Releasing { .. } => Step::Releasing,
        _ => Step::HandingIn,
    })
}

/// What somebody of the school is called.
pub async fn called(app: &App, caller: &Caller, person: Uuid) -> Result<String> {
    let mut read = app.db.read(caller.school).await?;
    Ok(people::find(&mut read, person).await?.called().to_owned())
}

/// A remark with the name of who made it.
#[derive(Clone, Debug)]
pub struct Spoken {
    pub by: String,
    pub at: String,
    pub words: String,
}

pub async fn remarks(app: &App, caller: &Caller, id: Uuid) -> Result<Vec<Spoken>> {
    with(app, caller, id, Act::SeeRequest).await?;
    let mut read = app.db.read(caller.school).await?;
    let mut spoken = Vec::new();
    for remark in queries::remarks(&mut read, id).await? {
        let by = match remark.person {
            Some(person) => people::find(&mut read, person).await?.called().to_owned(),
            None => "Schoolgate".to_owned(),
        };
        let at = clock::moment_in_words(clock::from_millis(remark.at));
        spoken.push(Spoken { by, at, words: remark.words });
    }
    Ok(spoken)
}

async fn policy(app: &App, school: store::SchoolId) -> Result<Option<Arc<Policy>>> {
    match policies::in_force(app, school).await {
        Ok(policy) => Ok(Some(policy)),
        Err(Error::Refused(_) | Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What screening finds in a text that is being written. Nothing of it is kept.
pub async fn glance(app: &App, school: store::SchoolId, words: &str) -> Result<Vec<Found>> {
    let roll = screened::roll(app, school).await?;
    let policy = policy(app, school).await?;
    // Whether a picture will come is not known yet, so it is taken for yes.
    let found = screened::in_text(words, (Field::Text, Place::Words), true, &roll)?;
    Ok(screened::judged(Uuid::nil(), found, (policy.as_ref(), &[]), screened::today(app)))
}

/// Names that stand in the name of a file; the file's name itself goes no further.
pub async fn names_in_file_name(app: &App, school: store::SchoolId, name: &str) -> Result<Vec<String>> {
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let roll = screened::roll(app, school).await?;
    let found = screened::in_text(name, (Field::FileName, Place::Words), true, &roll)?;
    let said = |quoted: String| format!("In the name of the file: `{quoted}`; the copy has a random name");
    Ok(found.into_iter().map(|(_, _, quoted)| said(quoted)).collect())
}

/// The questions that the policy in force asks before posting, with their clauses.
pub async fn before_posting(app: &App, school: store::SchoolId) -> Result<Vec<(String, String)>> {
    let Some(policy) = policy(app, school).await? else { return Ok(Vec::new()) };
    let is_question = |id: &str| id.contains(".before-posting.") && !id.ends_with(".before-posting.1");
    let asked = policy.clauses.iter().filter(|clause| is_question(&clause.id));
    Ok(asked.map(|clause| (clause.id.clone(), clause.wording.clone())).collect())
}

/// Whom the page of a picture offers.
#[derive(Clone, Debug)]
pub struct Listing {
    pub classes: Vec<(Uuid, String)>,
    pub class: Option<Uuid>,
    pub people: Vec<(Who, String)>,
}

/// Those who are marked already, the class that was asked for, colleagues, and those without a name here.
pub async fn listing(app: &App, caller: &Caller, class: Option<Uuid>, picture: &Picture) -> Result<Listing> {
    ready_to_write(app, caller)?;
    let today = screened::today(app);
    let mut read = app.db.read(caller.school).await?;
    let classes = roster::classes(&mut read, today).await?;
    let class = class.or_else(|| classes.first().map(|class| class.id));
    let mut people: Vec<(Who, String)> = Vec::new();
    for marked in picture.in_it.people() {
        if let Who::Pupil(id) = marked.who {
            people.push((marked.who, roster::pupil(&mut read, id).await?.names.called()));
        }
    }
    if let Some(class) = class {
        let listed = roster::class_list(&mut read, class, today).await?;
        people.extend(listed.iter().map(|pupil| (Who::Pupil(pupil.id), pupil.names.called())));
    }
    drop(read);
    let works_here = |person: &&people::person::Person| {
        person.roles_on(today).iter().any(|role| !matches!(role, Role::Parent | Role::Pupil | Role::Visitor))
    };
    let colleagues = people::operator::people(app, caller.school).await?;
    people.extend(colleagues.iter().filter(works_here).map(|one| (Who::Staff(one.id), one.called().to_owned())));
    people.extend([
        (Who::AdultAgreed, "An adult from outside who has agreed".to_owned()),
        (Who::AdultUnasked, "An adult from outside whom nobody has asked".to_owned()),
        (Who::Stranger, "Somebody who is not on my list".to_owned()),
    ]);
    let mut seen = std::collections::BTreeSet::new();
    people.retain(|(who, _)| seen.insert(*who));
    let classes = classes.into_iter().map(|class| (class.id, class.name)).collect();
    Ok(Listing { classes, class, people })
}
