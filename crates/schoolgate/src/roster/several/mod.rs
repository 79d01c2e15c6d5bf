//! Several pupils or adults in one go, for lists, where a statement for each of them would be what takes the time.
//!
//! Promises: the same as the verbs for one, at the same moment; whoever is not there is missing from the answer. Does not: ask who may
//! see it; the doors do.

mod queries;

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use store::Query;
use uuid::Uuid;

use super::adult::{Contact, Responsible};
use super::entry;
use super::pupil::Pupil;
use crate::app::App;
use crate::error::{Error, Result};
use queries::STEP;

/// Pupils by their ids, on roll or not.
pub async fn pupils(q: &mut impl Query, ids: &[Uuid]) -> Result<HashMap<Uuid, Pupil>> {
    let mut all = HashMap::with_capacity(ids.len());
    for some in ids.chunks(STEP) {
        all.extend(queries::pupils(q, some).await?.into_iter().map(|pupil| (pupil.id, pupil)));
    }
    Ok(all)
}

/// Everybody who is on roll that day.
pub async fn on_roll(q: &mut impl Query, on: Date) -> Result<HashSet<Uuid>> {
    Ok(queries::on_roll(q, on).await?.into_iter().collect())
}

/// Those of these pupils whose date of birth the school knows.
pub async fn born_known(q: &mut impl Query, pupils: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut all = HashSet::new();
    for some in pupils.chunks(STEP) {
        all.extend(queries::born_known(q, some).await?);
    }
    Ok(all)
}

/// The adults who are responsible for each of these pupils on a day; whom to call first comes first.
pub async fn adults_of(q: &mut impl Query, pupils: &[Uuid], on: Date) -> Result<HashMap<Uuid, Vec<Responsible>>> {
    let mut all: HashMap<Uuid, Vec<Responsible>> = HashMap::new();
    for some in pupils.chunks(STEP) {
        for one in queries::adults_of(q, some, on).await? {
            all.entry(one.responsibility.pupil).or_default().push(one);
        }
    }
    Ok(all)
}

/// The pupils for whom each of these adults is responsible on a day, by name.
pub async fn pupils_of(q: &mut impl Query, adults: &[Uuid], on: Date) -> Result<HashMap<Uuid, Vec<Pupil>>> {
    let mut all: HashMap<Uuid, Vec<Pupil>> = HashMap::new();
    for some in adults.chunks(STEP) {
        for (adult, pupil) in queries::pupils_of(q, some, on).await? {
            all.entry(adult).or_default().push(pupil);
        }
    }
    Ok(all)
}

/// How to reach each of these adults, opened for this one use.
pub async fn contacts(app: &App, q: &mut impl Query, adults: &[Uuid]) -> Result<HashMap<Uuid, Contact>> {
    let mut sealed = Vec::new();
    for some in adults.chunks(STEP) {
        sealed.extend(queries::contacts(q, some).await?);
    }
    if sealed.is_empty() {
        return Ok(HashMap::new());
    }
    let keys = app.sealer.keys(q, entry::PURPOSE).await?;
    let open = |(adult, sealed): (Uuid, Vec<u8>)| {
        let plain = keys.open(entry::CONTACT.of(adult), &sealed)?;
        let contact = serde_json::from_slice(&plain).map_err(|error| Error::fault("reading contact details", error))?;
        Ok((adult, contact))
    };
    sealed.into_iter().map(open).collect()
}
