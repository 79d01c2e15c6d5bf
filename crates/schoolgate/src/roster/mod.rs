//! The roll: who the pupils are, in which classes, from when to when, and which adults are responsible for them.
//!
//! For: whoever must know whom a picture or a text may show: permissions, the desk, the advisor; and for the office, which
//! keeps it by importing from the school's own system.
//!
//! Promises: whether somebody is on roll is a matter of dates, so a leaver is off it at once; unknown stays unknown;
//! nothing about parental responsibility, orders or markers is guessed; an import never clears a marker; a child who comes
//! back carries `returned_at`, and what was permitted before it must not count any more; no deed holds a name.
//!
//! Does not: know what is permitted (that is `permissions`), find what has been published, or keep staff (that is `people`).
//! A file's word "no" is kept as an imported refusal and read with [`refusals_of`]; a file's "yes" is never read at all.

pub mod adult;
pub mod entry;
mod folding;
pub mod pupil;
mod queries;
pub mod upn;

use jiff::civil::Date;
use screening::{NAME_SCALARS_MAX, PersonKind};
use store::Query;
use uuid::Uuid;

use crate::access::role::Role;
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::people::{self, operator};
use adult::{Adult, Contact, Responsibility, Responsible};
use pupil::{Class, Names, Pupil};

/// How long somebody who has left is still looked for in drafts: their picture may still wait on somebody's desk.
const SCREENED_AFTER_LEAVING_DAYS: i64 = 366;

/// One pupil, on roll or not.
pub async fn pupil(q: &mut impl Query, id: Uuid) -> Result<Pupil> {
    Ok(queries::find_pupil(q, id).await?)
}

/// Whether this is a pupil who is on roll that day. Somebody who is not there at all is not.
pub async fn is_on_roll(q: &mut impl Query, pupil: Uuid, on: Date) -> Result<bool> {
    match queries::find_pupil(q, pupil).await {
        Ok(pupil) => Ok(pupil.is_on_roll(on)),
        Err(store::Error::NotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A page of those who are on roll that day, by name, after somebody of the page before.
pub async fn page(q: &mut impl Query, on: Date, after: Option<Uuid>) -> Result<Vec<Pupil>> {
    let begin = match after {
        Some(id) => (queries::find_pupil(q, id).await?.names.folded(), id),
        None => (String::new(), Uuid::nil()),
    };
    Ok(queries::page(q, on, (&begin.0, begin.1)).await?)
}

/// Everybody who was ever on the roll and is still kept, in no order that means anything.
pub async fn everybody(q: &mut impl Query) -> Result<Vec<Pupil>> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map_or(Uuid::nil(), |pupil: &Pupil| pupil.id);
        let step = queries::step(q, after).await?;
        let is_full = i64::try_from(step.len()).is_ok_and(|rows| rows == queries::STEP_ROWS);
        all.extend(step);
        if !is_full {
            return Ok(all);
        }
    }
}

pub async fn class(q: &mut impl Query, id: Uuid) -> Result<Class> {
    Ok(queries::find_class(q, id).await?)
}

/// The classes that are there on a day, by name.
pub async fn classes(q: &mut impl Query, on: Date) -> Result<Vec<Class>> {
    Ok(queries::classes(q, on).await?)
}

/// How many pupils each class has on a day; a class without any is not named.
pub async fn class_sizes(q: &mut impl Query, on: Date) -> Result<Vec<(Uuid, i64)>> {
    Ok(queries::class_sizes(q, on).await?)
}

/// The pupils of a class on a day, by name; whoever has left is not among them.
pub async fn class_list(q: &mut impl Query, class: Uuid, on: Date) -> Result<Vec<Pupil>> {
    Ok(queries::class_list(q, class, on).await?)
}

pub async fn classes_of(q: &mut impl Query, pupil: Uuid, on: Date) -> Result<Vec<Class>> {
    Ok(queries::classes_of(q, pupil, on).await?)
}

/// Pupils by any parts of their names, at most [`queries::FOUND_ROWS`]; those who have left too, so that they can be told
/// from those who never were. Nothing is found by nothing.
pub async fn search(q: &mut impl Query, typed: &str) -> Result<Vec<Pupil>> {
    match parts_of(typed) {
        Some(parts) => Ok(queries::search(q, &parts).await?),
        None => Ok(Vec::new()),
    }
}

/// Adults by any parts of their names, as [`search`].
pub async fn search_adults(q: &mut impl Query, typed: &str) -> Result<Vec<Adult>> {
    match parts_of(typed) {
        Some(parts) => Ok(queries::search_adults(q, &parts).await?),
        None => Ok(Vec::new()),
    }
}

/// Up to three words that must all be in the name, in any order; further ones belong to the third.
fn parts_of(typed: &str) -> Option<queries::Parts> {
    let typed: String = typed.chars().take(pupil::NAME_CHARS_MAX).collect();
    let folded = folding::fold(&typed);
    let mut words = folded.splitn(3, ' ').map(str::to_owned);
    let first = words.next().filter(|word| !word.is_empty())?;
    Some([first, words.next().unwrap_or_default(), words.next().unwrap_or_default()])
}

pub async fn adult(q: &mut impl Query, id: Uuid) -> Result<Adult> {
    Ok(queries::find_adult(q, id).await?)
}

/// The adults who are responsible for a pupil on a day, with what they are to them; whom to call first comes first.
pub async fn adults_of(q: &mut impl Query, pupil: Uuid, on: Date) -> Result<Vec<Responsible>> {
    Ok(queries::adults_of(q, pupil, on).await?)
}

/// The pupils for whom an adult is responsible on a day, by name.
pub async fn pupils_of(q: &mut impl Query, adult: Uuid, on: Date) -> Result<Vec<Pupil>> {
    Ok(queries::pupils_of(q, adult, on).await?)
}

/// What an adult is to a pupil on a day; `None`: nothing.
pub async fn responsibility(
    q: &mut impl Query,
    pupil_and_adult: (Uuid, Uuid),
    on: Date,
) -> Result<Option<Responsibility>> {
    Ok(queries::find_responsibility(q, pupil_and_adult, on).await?)
}

/// How to reach an adult, opened for this one use.
pub async fn contact(app: &App, q: &mut impl Query, adult: Uuid) -> Result<Contact> {
    let Some(sealed) = queries::contact_of(q, adult).await? else { return Ok(Contact::default()) };
    let plain = app.sealer.open(q, entry::PURPOSE, entry::CONTACT.of(adult), &sealed).await?;
    serde_json::from_slice(&plain).map_err(|error| Error::fault("reading contact details", error))
}

/// When a pupil was born, if the school knows.
pub async fn born_on(app: &App, q: &mut impl Query, pupil: Uuid) -> Result<Option<Date>> {
    let Some(sealed) = queries::born_on(q, pupil).await? else { return Ok(None) };
    let plain = app.sealer.open(q, entry::PURPOSE, entry::BORN_ON.of(pupil), &sealed).await?;
    let text = str::from_utf8(&plain).map_err(|error| Error::fault("reading a date of birth", error))?;
    text.parse().map(Some).map_err(|error| Error::fault("reading a date of birth", error))
}

/// The purposes to which a file said no for a pupil, as codes in capitals; `ALL` is every purpose.
pub async fn refusals_of(q: &mut impl Query, pupil: Uuid) -> Result<Vec<String>> {
    Ok(queries::refusals_of(q, pupil).await?)
}

/// The same for everybody: pupil and purpose.
pub async fn refusals(q: &mut impl Query) -> Result<Vec<(Uuid, String)>> {
    let mut all = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let step = queries::refusals(q, after).await?;
        let is_full = i64::try_from(step.len()).is_ok_and(|rows| rows == queries::STEP_ROWS);
        after = step.last().map_or(after, |(id, ..)| *id);
        all.extend(step.into_iter().map(|(_, pupil, purpose)| (pupil, purpose)));
        if !is_full {
            return Ok(all);
        }
    }
}

/// Tells whether an index of [`names`] that somebody keeps is still right: it changes with every change of a pupil.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edition {
    pupils: i64,
    versions: i64,
}

pub async fn edition(q: &mut impl Query) -> Result<Edition> {
    let (pupils, versions) = queries::edition(q).await?;
    Ok(Edition { pupils, versions })
}

/// Everybody whose name must be found in a draft, as `screening::Roll::of` takes them: pupils on roll or to come, those who
/// left within a year, and the people who work or help here.
pub async fn names(app: &App, school: store::SchoolId) -> Result<Vec<screening::Person>> {
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(school).await?;
    let since = today.checked_sub(jiff::Span::new().days(SCREENED_AFTER_LEAVING_DAYS)).unwrap_or(today);
    let pupils = everybody(&mut read).await?;
    drop(read);
    let is_looked_for = |pupil: &&Pupil| pupil.left_on.is_none_or(|left| left > since);
    let mut all: Vec<screening::Person> = pupils.iter().filter(is_looked_for).map(of_pupil).collect();
    for person in operator::people(app, school).await? {
        let works_here = person.held.iter().any(|held| !matches!(held.role, Role::Parent | Role::Pupil));
        if works_here {
            all.push(of_staff(&person));
        }
    }
    // A name without a letter can be found nowhere, and the index would refuse everybody for it.
    all.retain(|person| [&person.forename, &person.known_as, &person.surname].iter().any(|part| has_letter(part)));
    Ok(all)
}

fn has_letter(part: &str) -> bool {
    part.chars().any(char::is_alphabetic)
}

fn of_pupil(pupil: &Pupil) -> screening::Person {
    let Names { forename, surname, known_as } = &pupil.names;
    screening::Person {
        id: pupil.id.to_string(),
        forename: as_screened(forename),
        known_as: as_screened(known_as.as_deref().unwrap_or_default()),
        surname: as_screened(surname),
        kind: PersonKind::Pupil,
    }
}

/// People have one line for their name: its last word is taken for the surname.
fn of_staff(person: &people::person::Person) -> screening::Person {
    let name = person.particulars.name.trim();
    let (forename, surname) = name.rsplit_once(' ').unwrap_or(("", name));
    screening::Person {
        id: person.id.to_string(),
        forename: as_screened(forename),
        known_as: as_screened(person.particulars.known_as.as_deref().unwrap_or_default()),
        surname: as_screened(surname),
        kind: PersonKind::Staff,
    }
}

/// The screening takes shorter names than the roll does: of a longer one, its whole words that fit.
fn as_screened(name: &str) -> String {
    if name.chars().count() <= NAME_SCALARS_MAX {
        return name.to_owned();
    }
    let begin: String = name.chars().take(NAME_SCALARS_MAX).collect();
    begin.rsplit_once(' ').map_or(begin.clone(), |(words, _)| words.to_owned())
}

#[cfg(test)]
pub(crate) mod tests;
