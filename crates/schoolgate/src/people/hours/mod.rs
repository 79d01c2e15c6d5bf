//! The school's working hours and term dates.
//!
//! For: whoever keeps them, and the answers that depend on whether it is school time. Promises: a day for which nothing is
//! written down is not known, never taken for a holiday or a school day; two people who change them meet a conflict. Does not:
//! know when one person works.

mod form;
pub mod pages;
mod queries;
#[cfg(test)]
mod tests;
pub mod week;

use store::{Deed, SchoolId};
use uuid::Uuid;

use self::week::{Hours, Moment};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};

/// What is written down, and the version of it; version 0 where nothing is yet.
pub async fn show(app: &App, caller: &Caller) -> Result<(Hours, i64)> {
    app.access.may(caller, Act::SeeHours, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    Ok(queries::find(&mut read).await?.map_or((Hours::default(), 0), |kept| (kept.hours, kept.version)))
}

/// Whether the caller may change the hours now.
pub fn may_keep(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::KeepHours, Thing::premises(caller.school))
}

/// Writes the hours down, if they are still what the caller saw.
pub async fn save(app: &App, caller: &Caller, seen: i64, hours: &Hours) -> Result<()> {
    may_keep(app, caller)?;
    let mut tx = app.db.write(caller.school).await?;
    let id = match queries::find(&mut tx).await? {
        Some(kept) if kept.version == seen => {
            queries::save(&mut tx, (kept.id, seen), hours).await?;
            kept.id
        }
        None if seen == 0 => {
            let id = Uuid::now_v7();
            queries::add(&mut tx, id, hours).await?;
            id
        }
        _ => return Err(Error::Conflict),
    };
    Ok(tx.commit(Deed::by(caller.person).did("people.hours-changed").to(id)).await?)
}

/// What this moment is at a school whose policy may state hours of its own.
pub async fn now(app: &App, school: SchoolId, stated: Option<&rulebook::Hours>) -> Result<Moment> {
    let mut read = app.db.read(school).await?;
    let kept = queries::find(&mut read).await?;
    Ok(kept.map_or(Moment::NotKnown, |kept| kept.hours.at(&clock::in_london(app.clock.now()), stated)))
}
