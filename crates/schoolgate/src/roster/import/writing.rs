//! The whole roll into memory, and a plan into the database.

use jiff::civil::Date;
use store::seal::Keys;
use store::{Query, Row, Tx};
use uuid::Uuid;

use super::plan::{Current, Held, Plan, Step};
use super::{Import, queries};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::queue::{self, Job};
use crate::roster::adult::{AdultNames, Contact};
use crate::roster::entry::{AdultGiven, BORN_ON, CONTACT, ClassGiven, Entry, PURPOSE, PupilGiven, UPN};
use crate::roster::pupil::{Names, strange};
use crate::roster::queries::known;
use crate::roster::upn::Upn;

/// Reads and opens the whole roll.
pub(super) async fn current(app: &App, q: &mut impl Query) -> Result<Current> {
    let keys = match app.sealer.keys(q, PURPOSE).await {
        Ok(keys) => Some(keys),
        // Nothing was ever sealed here, so nothing has to be opened.
        Err(store::Error::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Current {
        pupils: queries::pupils(q, |row| pupil(row, keys.as_ref())).await?,
        adults: queries::adults(q, |row| adult(row, keys.as_ref())).await?,
        classes: queries::classes(q, class).await?,
        members: queries::members(q).await?,
        ties: queries::ties(q).await?,
        refusals: queries::refusals(q).await?,
    })
}

fn opened(
    keys: Option<&Keys>,
    place: store::seal::Place,
    sealed: Option<Vec<u8>>,
) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>> {
    match (keys, sealed) {
        (_, None) => Ok(None),
        (Some(keys), Some(sealed)) => Ok(Some(keys.open(place, &sealed)?)),
        (None, Some(_)) => Err(strange(place.column).into()),
    }
}

fn pupil(row: &Row, keys: Option<&Keys>) -> Result<Held<PupilGiven>> {
    let id = row.id("id")?;
    let born_on = opened(keys, BORN_ON.of(id), row.maybe_blob("born_on")?)?;
    let upn = opened(keys, UPN.of(id), row.maybe_blob("upn")?)?;
    let given = PupilGiven {
        names: Names {
            forename: row.text("forename")?,
            surname: row.text("surname")?,
            known_as: row.maybe_text("known_as")?,
        },
        year_group: row.maybe_text("year_group")?,
        on_roll_from: queries::day(row, "on_roll_from")?,
        left_on: queries::day(row, "left_on")?,
        returned_at: row.maybe_int("returned_at")?,
        looked_after: known(row, "looked_after")?,
        court_marker: known(row, "court_marker")?,
        source: row.maybe_text("source")?,
        born_on: born_on.map(|day| text(&day)?.parse().map_err(|_| Error::from(strange("born_on")))).transpose()?,
        upn: upn.map(|upn| Upn::parse(text(&upn)?).map_err(|_| Error::from(strange("upn")))).transpose()?,
    };
    Ok(Held { id, version: row.int("version")?, given })
}

fn text(bytes: &[u8]) -> Result<&str> {
    str::from_utf8(bytes).map_err(|_| strange("a sealed text").into())
}

fn adult(row: &Row, keys: Option<&Keys>) -> Result<Held<AdultGiven>> {
    let id = row.id("id")?;
    let contact = opened(keys, CONTACT.of(id), row.maybe_blob("contact")?)?;
    let contact = contact.map(|plain| serde_json::from_slice(&plain)).transpose();
    let given = AdultGiven {
        names: AdultNames {
            title: row.maybe_text("title")?,
            forename: row.text("forename")?,
            surname: row.text("surname")?,
        },
        contact: contact
            .map_err(|error| Error::fault("reading contact details", error))?
            .unwrap_or_else(Contact::default),
        source: row.maybe_text("source")?,
    };
    Ok(Held { id, version: row.int("version")?, given })
}

fn class(row: &Row) -> Result<Held<ClassGiven>> {
    let given = ClassGiven {
        name: row.text("name")?,
        year_group: row.maybe_text("year_group")?,
        source: row.maybe_text("source")?,
        ended_on: queries::day(row, "ended_on")?,
    };
    Ok(Held { id: row.id("id")?, version: row.int("version")?, given })
}

/// Writes a plan. What ends goes first, so that nothing is in two places at once.
pub(super) async fn write(tx: &mut Tx, entry: &Entry, (plan, import): (&Plan, &Import), today: Date) -> Result<()> {
    for membership in &plan.members_ended {
        entry.end_member(tx, *membership, today).await?;
    }
    for tie in &plan.ties_ended {
        entry.end_responsibility(tx, *tie, today).await?;
    }
    for left in &plan.left {
        entry.save_pupil(tx, (left.id, left.version), &left.given).await?;
    }
    for ended in &plan.classes_ended {
        entry.save_class(tx, (ended.id, ended.version), &ended.given).await?;
    }
    // The ids of the things of the file, in its order; what is new gets one here.
    let (pupils, adults, classes) = (ids(&plan.pupils), ids(&plan.adults), ids(&plan.classes));
    for (seen, given) in changed(&plan.pupils) {
        entry.save_pupil(tx, seen, given).await?;
    }
    entry.pupils(tx, &new(&pupils, &plan.pupils)).await?;
    for (seen, given) in changed(&plan.adults) {
        entry.save_adult(tx, seen, given).await?;
    }
    entry.adults(tx, &new(&adults, &plan.adults)).await?;
    for (seen, given) in changed(&plan.classes) {
        entry.save_class(tx, seen, given).await?;
    }
    entry.classes(tx, &new(&classes, &plan.classes)).await?;
    let members: Vec<_> = plan.members_new.iter().map(|(pupil, class)| (classes[*class], pupils[*pupil])).collect();
    entry.members(tx, &members, today).await?;
    for (id, version, standing) in &plan.ties_changed {
        entry.save_responsibility(tx, (*id, *version), standing).await?;
    }
    let ties = plan.ties_new.iter().map(|(pupil, adult, standing)| ((pupils[*pupil], adults[*adult]), standing));
    entry.responsibilities(tx, &ties.collect::<Vec<_>>(), today).await?;
    queries::add_import(tx, import).await?;
    for refusal in &plan.refusals_over {
        queries::end_refusal(tx, *refusal).await?;
    }
    for (pupil, purpose) in &plan.refusals {
        let made = (import.id, import.made_at);
        let id = pupils[*pupil];
        if queries::add_refusal(tx, Uuid::now_v7(), made, (id, purpose)).await? > 0 {
            // A new no: what shows or names the child is looked through, as after a withdrawal.
            queue::push(tx, Job::TakeDownFor(id), clock::from_millis(import.made_at)).await?;
        }
    }
    Ok(())
}

fn ids<T>(steps: &[Step<T>]) -> Vec<Uuid> {
    let id = |step: &Step<T>| match step {
        Step::New(_) => Uuid::now_v7(),
        Step::Change(id, ..) | Step::Same(id) => *id,
    };
    steps.iter().map(id).collect()
}

/// What is not on the roll yet, with the ids that it gets.
fn new<'a, T>(ids: &[Uuid], steps: &'a [Step<T>]) -> Vec<(Uuid, &'a T)> {
    let new = |(id, step): (&Uuid, &'a Step<T>)| match step {
        Step::New(given) => Some((*id, given)),
        Step::Change(..) | Step::Same(_) => None,
    };
    ids.iter().zip(steps).filter_map(new).collect()
}

/// What becomes different: id and version, and what it becomes.
fn changed<T>(steps: &[Step<T>]) -> impl Iterator<Item = ((Uuid, i64), &T)> {
    steps.iter().filter_map(|step| match step {
        Step::Change(id, version, given, _) => Some(((*id, *version), given)),
        Step::New(_) | Step::Same(_) => None,
    })
}
