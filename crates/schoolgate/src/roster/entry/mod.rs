//! Writing into the roll, within the caller's own transaction.
//!
//! For: the import, the pages that correct one record, the demo school and tests.
//!
//! Promises: dates of birth, UPNs and contact details are sealed before they reach the database, each bound to its row; the
//! name to sort by always belongs to the name.
//!
//! Does not: decide whether something may be written, or commit. Whoever holds the transaction names the deed.

mod queries;

use jiff::civil::Date;
use store::seal::{Keys, Place};
use store::{Query as _, Tx};
use uuid::Uuid;

use super::adult::{AdultNames, Contact, Standing};
use super::pupil::{Known, Names};
use super::upn::Upn;
use crate::app::App;
use crate::error::{Error, Result};

/// So many rows stand ready in memory at a time.
const ROWS_AT_ONCE: usize = 1_000;

/// The purpose of the roll's keys.
pub(super) const PURPOSE: &str = "roster";

/// Everything that is written about a pupil.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PupilGiven {
    pub names: Names,
    pub year_group: Option<String>,
    pub on_roll_from: Option<Date>,
    pub left_on: Option<Date>,
    pub returned_at: Option<i64>,
    pub looked_after: Known,
    pub court_marker: Known,
    /// Key in the school's own system; never a UPN.
    pub source: Option<String>,
    pub born_on: Option<Date>,
    pub upn: Option<Upn>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassGiven {
    pub name: String,
    pub year_group: Option<String>,
    pub source: Option<String>,
    pub ended_on: Option<Date>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdultGiven {
    pub names: AdultNames,
    pub contact: Contact,
    pub source: Option<String>,
}

/// A sealed value of the roll: table and column.
#[derive(Clone, Copy)]
pub(super) struct Sealed(&'static str, &'static str);

pub(super) const BORN_ON: Sealed = Sealed("pupil", "born_on");
pub(super) const UPN: Sealed = Sealed("pupil", "upn");
pub(super) const CONTACT: Sealed = Sealed("responsible_adult", "contact");

pub(super) const PREVIEW: Sealed = Sealed("roll_preview", "file");

impl Sealed {
    pub(super) fn of(self, row: Uuid) -> Place {
        Place { table: self.0, row, column: self.1 }
    }
}

/// Holds the school's keys while it writes.
pub struct Entry {
    pub(super) keys: Keys,
}

impl Entry {
    pub async fn begin(app: &App, tx: &mut Tx) -> Result<Entry> {
        Ok(Entry { keys: app.sealer.keys_to_seal(tx, PURPOSE).await? })
    }

    pub async fn pupil(&self, tx: &mut Tx, given: &PupilGiven) -> Result<Uuid> {
        let id = Uuid::now_v7();
        self.pupils(tx, &[(id, given)]).await?;
        Ok(id)
    }

    /// Writes new pupils under ids that the caller has made.
    pub async fn pupils(&self, tx: &mut Tx, new: &[(Uuid, &PupilGiven)]) -> Result<()> {
        for some in new.chunks(ROWS_AT_ONCE) {
            let sealed = some.iter().map(|(id, given)| Ok((*id, *given, self.sealed_of(*id, given)?)));
            queries::add_pupils(tx, &sealed.collect::<Result<Vec<_>>>()?).await?;
        }
        Ok(())
    }

    /// Writes everything about a pupil anew, if `seen` is still the version.
    pub async fn save_pupil(&self, tx: &mut Tx, (id, seen): (Uuid, i64), given: &PupilGiven) -> Result<()> {
        Ok(queries::save_pupil(tx, (id, seen), given, &self.sealed_of(id, given)?).await?)
    }

    fn sealed_of(&self, id: Uuid, given: &PupilGiven) -> Result<SealedPupil> {
        let born_on = given.born_on.map(|day| self.seal(BORN_ON, id, day.to_string().as_bytes())).transpose()?;
        let upn = given.upn.as_ref().map(|upn| self.seal(UPN, id, upn.as_str().as_bytes())).transpose()?;
        Ok(SealedPupil { born_on, upn })
    }

    pub(super) fn seal(&self, kind: Sealed, row: Uuid, plain: &[u8]) -> Result<Vec<u8>> {
        Ok(self.keys.seal(kind.of(row), plain)?)
    }

    pub async fn class(&self, tx: &mut Tx, given: &ClassGiven) -> Result<Uuid> {
        let id = Uuid::now_v7();
        self.classes(tx, &[(id, given)]).await?;
        Ok(id)
    }

    /// Writes new classes under ids that the caller has made.
    pub async fn classes(&self, tx: &mut Tx, new: &[(Uuid, &ClassGiven)]) -> Result<()> {
        Ok(queries::add_classes(tx, new).await.map(drop)?)
    }

    pub async fn save_class(&self, tx: &mut Tx, (id, seen): (Uuid, i64), given: &ClassGiven) -> Result<()> {
        Ok(queries::save_class(tx, (id, seen), given).await?)
    }

    /// Puts a pupil into a class from a day on.
    pub async fn member(&self, tx: &mut Tx, (class, pupil): (Uuid, Uuid), since: Date) -> Result<Uuid> {
        let id = Uuid::now_v7();
        queries::add_members(tx, &[(id, (class, pupil))], since).await?;
        Ok(id)
    }

    /// Puts pupils into classes from a day on: class and pupil of each.
    pub async fn members(&self, tx: &mut Tx, new: &[(Uuid, Uuid)], since: Date) -> Result<()> {
        for some in new.chunks(ROWS_AT_ONCE) {
            let some: Vec<_> = some.iter().map(|whom| (Uuid::now_v7(), *whom)).collect();
            queries::add_members(tx, &some, since).await?;
        }
        Ok(())
    }

    /// Ends a membership; `until` is the first day without it.
    pub async fn end_member(&self, tx: &mut Tx, membership: Uuid, until: Date) -> Result<()> {
        Ok(queries::end_member(tx, membership, until).await?)
    }

    pub async fn adult(&self, tx: &mut Tx, given: &AdultGiven) -> Result<Uuid> {
        let id = Uuid::now_v7();
        self.adults(tx, &[(id, given)]).await?;
        Ok(id)
    }

    /// Writes new adults under ids that the caller has made.
    pub async fn adults(&self, tx: &mut Tx, new: &[(Uuid, &AdultGiven)]) -> Result<()> {
        for some in new.chunks(ROWS_AT_ONCE) {
            let sealed = some.iter().map(|(id, given)| Ok((*id, *given, self.sealed_contact(*id, &given.contact)?)));
            queries::add_adults(tx, &sealed.collect::<Result<Vec<_>>>()?).await?;
        }
        Ok(())
    }

    pub async fn save_adult(&self, tx: &mut Tx, (id, seen): (Uuid, i64), given: &AdultGiven) -> Result<()> {
        Ok(queries::save_adult(tx, (id, seen), given, self.sealed_contact(id, &given.contact)?).await?)
    }

    fn sealed_contact(&self, id: Uuid, contact: &Contact) -> Result<Option<Vec<u8>>> {
        if contact.is_empty() {
            return Ok(None);
        }
        let plain = serde_json::to_vec(contact).map_err(|error| Error::fault("writing contact details", error))?;
        self.seal(CONTACT, id, &plain).map(Some)
    }

    /// Makes an adult responsible for a pupil from a day on.
    pub async fn responsibility(
        &self,
        tx: &mut Tx,
        (pupil, adult): (Uuid, Uuid),
        standing: &Standing,
        since: Date,
    ) -> Result<Uuid> {
        let id = Uuid::now_v7();
        queries::add_responsibilities(tx, &[(id, (pupil, adult), standing)], since).await?;
        Ok(id)
    }

    /// Makes adults responsible from a day on: pupil and adult of each, and what the adult is to the pupil.
    pub async fn responsibilities(&self, tx: &mut Tx, new: &[((Uuid, Uuid), &Standing)], since: Date) -> Result<()> {
        for some in new.chunks(ROWS_AT_ONCE) {
            let some: Vec<_> = some.iter().map(|(whom, standing)| (Uuid::now_v7(), *whom, *standing)).collect();
            queries::add_responsibilities(tx, &some, since).await?;
        }
        Ok(())
    }

    pub async fn save_responsibility(&self, tx: &mut Tx, seen: (Uuid, i64), standing: &Standing) -> Result<()> {
        Ok(queries::save_responsibility(tx, seen, standing).await?)
    }

    pub async fn end_responsibility(&self, tx: &mut Tx, seen: (Uuid, i64), ended_on: Date) -> Result<()> {
        Ok(queries::end_responsibility(tx, seen, ended_on).await?)
    }
}

/// The sealed values of one pupil.
pub(super) struct SealedPupil {
    pub(super) born_on: Option<Vec<u8>>,
    pub(super) upn: Option<Vec<u8>>,
}

/// The school that a transaction writes for; every statement names it.
fn school(tx: &Tx) -> Uuid {
    tx.school().get()
}
