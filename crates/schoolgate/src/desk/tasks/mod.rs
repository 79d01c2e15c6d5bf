//! What a person has to do for the desk, and by when.
//!
//! For: those who approve, and those who remove by hand what the program could not.
//! Promises: a task that nobody does in time is raised to the headteacher, once; what was found is written down with its time.
//! Does not: do anything outside by itself.

mod queries;

use jiff::Timestamp;
use store::{Deed, SchoolId, Tx};
use uuid::Uuid;

use super::queries as requests;
use super::request::words;
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Refused, Result};

pub use queries::Task;

words! {
    /// What is to be done.
    Kind {
        Review = "review", "Look at what the headteacher published at once";
        RemoveByHand = "remove-by-hand", "Remove by hand what Schoolgate could not remove";
        RecallPrint = "recall-print", "See what can be done about printed copies";
    }
}

/// A task to be added.
pub(super) struct New {
    pub(super) kind: Kind,
    pub(super) request: Uuid,
    /// Which copy; `None`: the request as a whole.
    pub(super) copy: Option<Uuid>,
    pub(super) due: Timestamp,
}

/// Adds a task, unless the same is still to be done.
pub(super) async fn add(tx: &mut Tx, new: New, now: Timestamp) -> Result<()> {
    let there = queries::of_request(tx, new.request).await?;
    let is_same = |task: &Task| task.kind == new.kind && task.copy == new.copy && task.done_at.is_none();
    if !there.iter().any(is_same) {
        queries::add(tx, Uuid::now_v7(), &new, now.as_millisecond()).await?;
    }
    Ok(())
}

/// Everything that is still to be done, the most urgent first.
pub async fn open(app: &App, caller: &Caller) -> Result<Vec<Task>> {
    app.access.may(caller, Act::SeeQueue, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    Ok(queries::open(&mut read).await?)
}

/// Says that a task is done, and what was found. Nobody reviews their own hurry.
pub async fn finish(app: &App, caller: &Caller, (id, seen): (Uuid, i64), said: &str) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let task = queries::find(&mut tx, id).await?;
    let request = requests::find(&mut tx, task.request).await?;
    let act = match task.kind {
        Kind::Review => Act::ApproveRequest,
        Kind::RemoveByHand | Kind::RecallPrint => Act::TakeDownRequest,
    };
    app.access.may(caller, act, request.thing())?;
    if task.kind == Kind::Review && requests::urgent_by(&mut tx, task.request).await? == Some(caller.person) {
        return Err(Refused::because("somebody else has to look at what you published at once").into());
    }
    if task.done_at.is_some() {
        return Err(Error::Conflict);
    }
    queries::finish(&mut tx, (id, seen), (caller.person, app.clock.now().as_millisecond()), said).await?;
    if let (Kind::RemoveByHand, Some(copy)) = (task.kind, task.copy) {
        super::copies::removed_by_hand(app, &mut tx, copy).await?;
    }
    Ok(tx.commit(Deed::by(caller.person).did("desk.task-done").to(id).hash(format!("{id} {said}"))).await?)
}

/// Raises what is overdue to the headteacher's list; how many there were.
pub async fn raise_overdue(app: &App, school: SchoolId) -> Result<usize> {
    let now = app.clock.now().as_millisecond();
    let mut read = app.db.read(school).await?;
    let overdue = queries::overdue(&mut read, now).await?;
    drop(read);
    if overdue.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.write(school).await?;
    for task in &overdue {
        queries::raise(&mut tx, (task.id, task.version), now).await?;
    }
    tx.commit(Deed::by_program().did("desk.tasks-raised")).await?;
    Ok(overdue.len())
}
