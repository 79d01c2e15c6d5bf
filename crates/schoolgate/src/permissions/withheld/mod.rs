//! The school's own no: to everything about one person, whatever the family says.
//!
//! For: the safeguarding lead, who alone sees why; and the office, which may set one for any reason.
//! Promises: everywhere else it reads as any other no, in words, time and counts; the reason is sealed and padded, so that
//! not even its length tells; it takes two people to end one; a marker of the roll withholds until it has been reviewed.
//! Does not: say who is in danger. A no is a no.

mod queries;

use store::seal::Place;
use store::{Deed, Query, Tx};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::lowered::{Line, SchoolNo};
use super::standing::{COURT, LOOKED_AFTER};
use super::{answers, kept};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Refused, Result};

/// The purpose of the key.
const PURPOSE: &str = "publication-bar";
/// Every reason is sealed at this length.
const REASON_BYTES: usize = 2_048;
/// The longest reason; the rest of the length says how long it is.
pub const REASON_MAX: usize = 1_900;

/// One that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub id: Uuid,
    pub version: i64,
    pub person: Uuid,
    /// Sealed.
    pub reason: Vec<u8>,
    pub set_at: i64,
    /// Who has begun to end it; somebody else must finish.
    pub clearing_by: Option<Uuid>,
}

fn place(id: Uuid) -> Place {
    Place { table: "school_no", row: id, column: "reason" }
}

/// Withholds a person. One that holds already stays as it is.
pub async fn set(app: &App, caller: &Caller, person: Uuid, reason: &str) -> Result<()> {
    app.access.may(caller, Act::WithholdPerson, Thing::premises(caller.school))?;
    if reason.len() > REASON_MAX {
        return Err(Error::Invalid(format!("a reason has {REASON_MAX} bytes at most").into()));
    }
    let mut tx = app.db.write(caller.school).await?;
    if !super::queries::knows_person(&mut tx, person).await? {
        return Err(Error::NotFound);
    }
    if queries::find(&mut tx, person).await?.is_some() {
        return Ok(());
    }
    let id = Uuid::now_v7();
    let mut padded = Zeroizing::new(reason.as_bytes().to_vec());
    padded.resize(REASON_BYTES, 0);
    let sealed = app.sealer.seal(&mut tx, PURPOSE, place(id), &padded).await?;
    let no = SchoolNo { id, person, reason: sealed, at: app.clock.now().as_millisecond() };
    queries::add(&mut tx, &no).await?;
    super::queries::raise_version(&mut tx, person).await?;
    answers::after_lowering(app, &mut tx, person).await?;
    kept::keep(app, &Line::school_no(caller.school, no)).await;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.withheld").to(person)).await?)
}

/// What holds for a person, with its reason: for the safeguarding lead only.
pub async fn see(app: &App, caller: &Caller, person: Uuid) -> Result<Option<(Held, String)>> {
    app.access.may(caller, Act::SeeWithheld, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let Some(held) = queries::find(&mut read, person).await? else { return Ok(None) };
    let opened = match app.sealer.open(&mut read, PURPOSE, place(held.id), &held.reason).await {
        Ok(opened) => String::from_utf8_lossy(&opened).trim_end_matches('\0').to_owned(),
        // A no that was taken again after a restore may have been sealed with a key that the backup does not hold.
        Err(store::Error::NotFound | store::Error::Tampered(_)) => "The reason was lost with a restore.".to_owned(),
        Err(error) => return Err(error.into()),
    };
    Ok(Some((held, opened)))
}

/// The first of two: says that it may end.
pub async fn begin_end(app: &App, caller: &Caller, person: Uuid) -> Result<()> {
    app.access.may(caller, Act::SeeWithheld, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let held = queries::find(&mut tx, person).await?.ok_or(Error::NotFound)?;
    queries::save_clearing(&mut tx, &held, caller.person).await?;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.release-begun").to(person)).await?)
}

/// The second of two: ends it. What the family said counts again from then on.
pub async fn finish_end(app: &App, caller: &Caller, person: Uuid) -> Result<()> {
    app.access.may(caller, Act::ReleasePerson, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let held = queries::find(&mut tx, person).await?.ok_or(Error::NotFound)?;
    match held.clearing_by {
        None => return Err(Refused::because("the safeguarding lead has to begin this").into()),
        Some(first) if first == caller.person => {
            return Err(Refused::because("somebody else than the one who began has to finish this").into());
        }
        Some(_) => {}
    }
    queries::save_end(&mut tx, &held, app.clock.now().as_millisecond()).await?;
    super::queries::raise_version(&mut tx, person).await?;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.released").to(person)).await?)
}

/// The markers of a pupil have been looked at, and do not by themselves withhold any more.
pub async fn review_markers(app: &App, caller: &Caller, person: Uuid) -> Result<()> {
    app.access.may(caller, Act::SeeWithheld, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    if !super::queries::knows_person(&mut tx, person).await? {
        return Err(Error::NotFound);
    }
    let by = (caller.person, app.clock.now().as_millisecond());
    for marker in [LOOKED_AFTER, COURT] {
        queries::add_review(&mut tx, Uuid::now_v7(), (person, marker), by).await?;
    }
    super::queries::raise_version(&mut tx, person).await?;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.markers-reviewed").to(person)).await?)
}

/// Every one that holds, for the file beside the data.
pub(super) async fn all(q: &mut impl Query) -> Result<Vec<SchoolNo>> {
    Ok(queries::all(q).await?)
}

/// Takes one again after a restore.
pub(super) async fn restore(tx: &mut Tx, (id, person): (Uuid, Uuid), reason: &[u8]) -> Result<()> {
    queries::add(tx, &SchoolNo { id, person, reason: reason.to_vec(), at: 0 }).await?;
    Ok(super::queries::raise_version(tx, person).await?)
}
