//! The people of a school: who they are, which roles they play between which dates, and how they sign in.
//!
//! For: everybody who must know who is asking, and those who keep the list of people.
//!
//! Promises: a role counts only between its dates; whoever has none left is out at once; nobody gives themselves a role;
//! whether somebody is employed may be unknown, and unknown stays unknown until a person says so; two people who change
//! the same thing meet a conflict, not a loss.
//!
//! Does not: keep pupils' or parents' records (that is the roster's), send e-mail, or forget anybody (that is
//! retention's). An address belongs to one account in the whole installation.

pub mod accounts;
pub mod command;
pub(crate) mod forms;
pub mod hours;
pub mod operator;
pub mod pages;
pub mod person;
pub mod post;
mod queries;

use jiff::civil::Date;
use store::{Deed, Query, SchoolId, Tx};
use uuid::Uuid;

use crate::access::role::{Held, Role};
use crate::access::{Act, Answer, Caller, PROVE_FIRST, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use person::{Particulars, Person};

/// A school of this installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    pub id: SchoolId,
    pub name: String,
}

/// Every school of this installation, by name.
pub async fn schools(app: &App) -> Result<Vec<School>> {
    let mut house = app.db.read(SchoolId::HOUSE).await?;
    Ok(queries::schools(&mut house).await?)
}

pub async fn school(app: &App, id: SchoolId) -> Result<School> {
    let mut house = app.db.read(SchoolId::HOUSE).await?;
    queries::find_school(&mut house, id).await?.ok_or(Error::NotFound)
}

/// One page of the list of people.
pub struct Listed {
    pub people: Vec<Person>,
    /// Where the next page begins, if there is one.
    pub next: Option<Uuid>,
}

/// People by name, a page at a time, after a person of the page before.
pub async fn list(app: &App, caller: &Caller, after: Option<Uuid>) -> Result<Listed> {
    app.access.may(caller, Act::SeePeople, Thing::premises(caller.school))?;
    listed(app, caller.school, after).await
}

async fn listed(app: &App, school: SchoolId, after: Option<Uuid>) -> Result<Listed> {
    let mut read = app.db.read(school).await?;
    let (name, id) = match after {
        Some(id) => (queries::find_person(&mut read, id).await?.particulars.name, id),
        None => (String::new(), Uuid::nil()),
    };
    let mut people = queries::page(&mut read, &name, id).await?;
    if let (Some(first), Some(last)) = (people.first(), people.last()) {
        let (first, last) = (first.particulars.name.clone(), last.particulars.name.clone());
        for (owner, held) in queries::roles_between(&mut read, &first, &last).await? {
            if let Some(person) = people.iter_mut().find(|person| person.id == owner) {
                person.held.push(held);
            }
        }
    }
    let is_full = i64::try_from(people.len()).is_ok_and(|rows| rows == queries::PAGE_ROWS);
    Ok(Listed { next: people.last().filter(|_| is_full).map(|person| person.id), people })
}

/// One person, if the caller may see them.
pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Result<Person> {
    let mut read = app.db.read(caller.school).await?;
    let person = queries::find_person(&mut read, id).await?;
    app.access.may(caller, Act::SeePerson, thing(app, &person))?;
    Ok(person)
}

/// Whether the caller may do `act` to the person now; pages show only the links that lead somewhere.
pub fn may(app: &App, caller: &Caller, act: Act, person: &Person) -> Result<()> {
    app.access.may(caller, act, thing(app, person))
}

/// Whether the act is open to the caller, perhaps after confirming who they are.
pub fn is_offered(app: &App, caller: &Caller, act: Act, person: &Person) -> bool {
    matches!(app.access.ask(caller, act, thing(app, person)), Answer::Yes | Answer::ProveFirst)
}

/// The same for adding people.
pub fn may_add(app: &App, caller: &Caller) -> bool {
    let answer = app.access.ask(caller, Act::AddPerson, Thing::premises(caller.school));
    matches!(answer, Answer::Yes | Answer::ProveFirst)
}

/// Whether the caller may add somebody now.
pub fn ready_to_add(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::AddPerson, Thing::premises(caller.school))
}

/// Whether an error is only the wish to see the second factor again.
pub fn is_proof_wanted(error: &Error) -> bool {
    matches!(error, Error::Refused(refused) if refused.because == PROVE_FIRST)
}

fn thing(app: &App, person: &Person) -> Thing {
    person.thing(clock::today(app.clock.as_ref()))
}

pub async fn add(app: &App, caller: &Caller, given: &Particulars) -> Result<Uuid> {
    app.access.may(caller, Act::AddPerson, Thing::premises(caller.school))?;
    let id = Uuid::now_v7();
    let mut tx = app.db.write(caller.school).await?;
    queries::add_person(&mut tx, id, given, app.clock.now().as_millisecond()).await?;
    tx.commit(Deed::by(caller.person).did("people.added").to(id)).await?;
    Ok(id)
}

/// Changes what is written about a person, if it is still what the caller saw.
pub async fn edit(app: &App, caller: &Caller, id: Uuid, seen: i64, given: &Particulars) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let person = queries::find_person(&mut tx, id).await?;
    app.access.may(caller, Act::EditPerson, thing(app, &person))?;
    queries::save_person(&mut tx, id, seen, given).await?;
    Ok(tx.commit(Deed::by(caller.person).did("people.edited").to(id)).await?)
}

/// Gives a role from a day on, perhaps with its last day already known.
pub async fn give_role(app: &App, caller: &Caller, id: Uuid, given: &Spell) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let person = queries::find_person(&mut tx, id).await?;
    app.access.may(caller, Act::GiveRole(given.role), thing(app, &person))?;
    let held = person.give(Uuid::now_v7(), given.role, given.starts_on, given.ends_on)?;
    queries::add_role(&mut tx, id, &held).await?;
    Ok(tx.commit(Deed::by(caller.person).did("people.role-given").to(id).hash(spelled(&held))).await?)
}

/// A role between two dates, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    pub role: Role,
    pub starts_on: Date,
    pub ends_on: Option<Date>,
}

/// Which role of whom, and the version of it that the caller saw.
#[derive(Clone, Copy, Debug)]
pub struct RoleSeen {
    pub person: Uuid,
    pub role: Uuid,
    pub version: i64,
}

/// Sets the last day of a role. Somebody without a role after that is out at once.
pub async fn end_role(app: &App, caller: &Caller, seen: RoleSeen, ends_on: Date) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let person = queries::find_person(&mut tx, seen.person).await?;
    // Sight first: whether such a role is held is told only to those who may see the person.
    app.access.may(caller, Act::SeePerson, thing(app, &person))?;
    let held = person.held.iter().find(|held| held.id == seen.role).ok_or(Error::NotFound)?;
    app.access.may(caller, Act::EndRole(held.role), thing(app, &person))?;
    let ended = Held { version: seen.version, ..person.end(seen.role, ends_on)? };
    save_end(app, &mut tx, &person, &ended).await?;
    Ok(tx.commit(Deed::by(caller.person).did("people.role-ended").to(seen.person).hash(spelled(&ended))).await?)
}

async fn save_end(app: &App, tx: &mut Tx, person: &Person, ended: &Held) -> Result<()> {
    queries::save_role(tx, person.id, ended).await?;
    let after = queries::find_person(tx, person.id).await?;
    if after.roles_on(clock::today(app.clock.as_ref())).is_empty() {
        accounts::sessions_after_leaving(tx, person.id).await?;
    }
    Ok(())
}

/// What a deed about a role is bound to. The role's random id keeps the few possible values from being guessed.
fn spelled(held: &Held) -> String {
    let end = held.ends_on.map(|end| end.to_string()).unwrap_or_default();
    format!("{} {} {} {end}", held.id, held.role.code(), held.starts_on)
}

/// The person behind an id, for a neighbour's own write or snapshot.
pub async fn find(q: &mut impl Query, id: Uuid) -> Result<Person> {
    Ok(queries::find_person(q, id).await?)
}

#[cfg(test)]
pub(crate) mod tests;
