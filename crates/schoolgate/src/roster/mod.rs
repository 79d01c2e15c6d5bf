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
pub mod command;
pub mod entry;
mod export;
mod folding;
pub mod import;
pub mod pages;
pub mod pupil;
mod queries;
pub mod several;
pub mod upn;

use jiff::civil::Date;
use screening::{NAME_SCALARS_MAX, PersonKind};
use store::{Deed, Query, SchoolId};
use uuid::Uuid;

use crate::access::role::Role;
use crate::access::{Act, Answer, Caller, Kind, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::people::{self, operator};
use adult::{Adult, Contact, Responsibility, Responsible, Standing};
use entry::Entry;
use pupil::{Class, Known, Names, Pupil};

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
    Ok(queries::everybody(q).await?)
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
    Ok(queries::refusals(q).await?)
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
pub async fn names(app: &App, school: SchoolId) -> Result<Vec<screening::Person>> {
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

// What the pages do: each asks first whether the caller may.

/// A pupil whom nobody means: what may be asked about any pupil of the school.
fn any_pupil(school: SchoolId) -> Thing {
    Thing { kind: Kind::Pupil, ..Thing::premises(school) }
}

/// The classes of today, each with how many pupils it has.
pub async fn overview(app: &App, caller: &Caller) -> Result<Vec<(Class, i64)>> {
    app.access.may(caller, Act::SeeRoll, Thing::premises(caller.school))?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let sizes = queries::class_sizes(&mut read, today).await?;
    let size = |class: &Class| sizes.iter().find(|(id, _)| *id == class.id).map_or(0, |(_, size)| *size);
    Ok(queries::classes(&mut read, today).await?.into_iter().map(|class| (class.clone(), size(&class))).collect())
}

/// A class and its pupils of today.
pub async fn show_class(app: &App, caller: &Caller, id: Uuid) -> Result<(Class, Vec<Pupil>)> {
    app.access.may(caller, Act::SeeRoll, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let class = queries::find_class(&mut read, id).await?;
    Ok((class, queries::class_list(&mut read, id, clock::today(app.clock.as_ref())).await?))
}

/// What a search found.
pub struct Found {
    pub pupils: Vec<Pupil>,
    /// Adults with the pupils for whom they are responsible; none for those who may not see adults.
    pub adults: Vec<(Adult, Vec<Pupil>)>,
}

/// Pupils, and for those who may see them adults, by any parts of their names.
pub async fn find(app: &App, caller: &Caller, typed: &str) -> Result<Found> {
    app.access.may(caller, Act::SeeRoll, Thing::premises(caller.school))?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let pupils = search(&mut read, typed).await?;
    let mut adults = Vec::new();
    if app.access.ask(caller, Act::SeeAdults, any_pupil(caller.school)) == Answer::Yes {
        let found = search_adults(&mut read, typed).await?;
        let ids: Vec<Uuid> = found.iter().map(|adult| adult.id).collect();
        let mut pupils_of = several::pupils_of(&mut read, &ids, today).await?;
        adults.extend(found.into_iter().map(|adult| {
            let pupils = pupils_of.remove(&adult.id).unwrap_or_default();
            (adult, pupils)
        }));
    }
    Ok(Found { pupils, adults })
}

/// One pupil as far as the caller may see.
pub struct Shown {
    pub pupil: Pupil,
    pub classes: Vec<Class>,
    /// `None`: not for this caller.
    pub adults: Option<Vec<(Responsible, Contact)>>,
    pub may_see_markers: bool,
}

pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Result<Shown> {
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let pupil = queries::find_pupil(&mut read, id).await?;
    app.access.may(caller, Act::SeePupil, &pupil)?;
    let classes = queries::classes_of(&mut read, id, today).await?;
    let mut adults = None;
    if app.access.ask(caller, Act::SeeAdults, &pupil) == Answer::Yes {
        let mut shown = Vec::new();
        for responsible in queries::adults_of(&mut read, id, today).await? {
            let reached = contact(app, &mut read, responsible.adult.id).await?;
            shown.push((responsible, reached));
        }
        adults = Some(shown);
    }
    let may_see_markers = app.access.ask(caller, Act::SeeMarkers, &pupil) == Answer::Yes;
    Ok(Shown { pupil, classes, adults, may_see_markers })
}

/// Whether the caller may do `act` to the pupil now.
pub fn may(app: &App, caller: &Caller, act: Act, pupil: &Pupil) -> Result<()> {
    app.access.may(caller, act, pupil)
}

/// Whether the act is open to the caller, perhaps after confirming who they are.
pub fn is_offered(app: &App, caller: &Caller, act: Act, pupil: &Pupil) -> bool {
    matches!(app.access.ask(caller, act, pupil), Answer::Yes | Answer::ProveFirst)
}

/// What a person says about a pupil's markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Markers {
    pub looked_after: Known,
    pub court_marker: Known,
}

/// Sets the markers of a pupil, if it is still the one that the caller saw.
pub async fn mark(app: &App, caller: &Caller, (id, seen): (Uuid, i64), markers: Markers) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let pupil = queries::find_pupil(&mut tx, id).await?;
    app.access.may(caller, Act::EditMarkers, &pupil)?;
    queries::save_markers(&mut tx, (id, seen), markers).await?;
    Ok(tx.commit(Deed::by(caller.person).did("roster.markers-set").to(id)).await?)
}

/// Says what an adult is to a pupil, if it is still what the caller saw. The school's word for it and the order of calling
/// are the import's and stay.
pub async fn set_standing(
    app: &App,
    caller: &Caller,
    (pupil, adult): (Uuid, Uuid),
    seen: i64,
    said: Standing,
) -> Result<()> {
    let today = clock::today(app.clock.as_ref());
    let mut tx = app.db.write(caller.school).await?;
    let pupil = queries::find_pupil(&mut tx, pupil).await?;
    app.access.may(caller, Act::EditAdults, &pupil)?;
    let held = queries::find_responsibility(&mut tx, (pupil.id, adult), today).await?.ok_or(Error::NotFound)?;
    let standing = Standing { relation: held.standing.relation, priority: held.standing.priority, ..said };
    Entry::begin(app, &mut tx).await?.save_responsibility(&mut tx, (held.id, seen), &standing).await?;
    Ok(tx.commit(Deed::by(caller.person).did("roster.standing-set").to(held.id)).await?)
}

#[cfg(test)]
pub(crate) mod tests;
