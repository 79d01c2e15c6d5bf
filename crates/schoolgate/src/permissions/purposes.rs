//! The school's list of purposes: begun with the usual ones, then the school's own to add to, word and retire.

use store::{Deed, Query, SchoolId, Tx};
use uuid::Uuid;

use super::purpose::{PURPOSES_MAX, Purpose, USUAL};
use super::queries;
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Refused, Result};

/// Gives a school the usual purposes if it has none.
pub async fn begin(app: &App, school: SchoolId) -> Result<()> {
    let mut read = app.db.read(school).await?;
    let has_some = !queries::purposes_in_use(&mut read).await?.is_empty();
    drop(read);
    if has_some || school == SchoolId::HOUSE {
        return Ok(());
    }
    let mut tx = app.db.write(school).await?;
    if !queries::purposes(&mut tx).await?.is_empty() {
        return Ok(());
    }
    let now = app.clock.now().as_millisecond();
    for (place, usual) in (1_i64..).zip(USUAL) {
        let new = Purpose {
            id: Uuid::now_v7(),
            version: 1,
            code: usual.code.to_owned(),
            basis: usual.basis,
            basis_note: String::new(),
            months: usual.months,
            recall: usual.recall,
            wording: 1,
            label: usual.label.to_owned(),
            about: usual.about.to_owned(),
            is_retired: false,
        };
        put(&mut tx, &new, place, now).await?;
    }
    Ok(tx.commit(Deed::by_program().did("permissions.purposes-begun")).await?)
}

async fn put(tx: &mut Tx, new: &Purpose, place: i64, now: i64) -> Result<()> {
    queries::add_purpose(tx, new, place, now).await?;
    queries::add_wording(tx, Uuid::now_v7(), new, now).await?;
    Ok(())
}

/// Every purpose in the order of the form, retired ones too. For whoever reads the register; doors ask first.
pub async fn all(q: &mut impl Query) -> Result<Vec<Purpose>> {
    Ok(queries::purposes(q).await?)
}

/// Adds a purpose of the school's own.
pub async fn add(app: &App, caller: &Caller, new: &Purpose) -> Result<()> {
    app.access.may(caller, Act::KeepPurposes, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let present = queries::purposes(&mut tx).await?;
    if i64::try_from(present.len()).is_ok_and(|count| count >= PURPOSES_MAX) {
        return Err(Refused::because("this school has as many purposes as Schoolgate keeps").into());
    }
    if present.iter().any(|purpose| purpose.code == new.code) {
        return Err(Refused::because("there is a purpose with this name already").into());
    }
    let place = i64::try_from(present.len()).unwrap_or(PURPOSES_MAX) + 1;
    let new = Purpose { id: Uuid::now_v7(), version: 1, wording: 1, is_retired: false, ..new.clone() };
    put(&mut tx, &new, place, app.clock.now().as_millisecond()).await?;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.purpose-added").to(new.id)).await?)
}

/// Changes a purpose that is still what the caller saw. New words get a new number; answers keep the one they were given under.
pub async fn change(app: &App, caller: &Caller, changed: &Purpose) -> Result<()> {
    app.access.may(caller, Act::KeepPurposes, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let present = queries::purposes(&mut tx).await?;
    let present = present.into_iter().find(|purpose| purpose.id == changed.id).ok_or(crate::error::Error::NotFound)?;
    let now = app.clock.now().as_millisecond();
    let is_reworded =
        (&present.label, &present.about, present.basis) != (&changed.label, &changed.about, changed.basis);
    let wording = present.wording + i64::from(is_reworded);
    let saved = Purpose { code: present.code, wording, ..changed.clone() };
    if is_reworded {
        queries::add_wording(&mut tx, Uuid::now_v7(), &saved, now).await?;
    }
    queries::save_purpose(&mut tx, &saved, saved.is_retired.then_some(now)).await?;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.purpose-changed").to(saved.id)).await?)
}
