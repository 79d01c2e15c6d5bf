//! Which schools there are, by three witnesses: the ledgers, the deeds that opened them, and the table of schools.
//!
//! Promises: a school whose ledger was taken out, or of which every row was, is told, and so is one that nobody opened. Does not: find it
//! when the installation's ledger was cut to fit; that takes a head of it kept elsewhere.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::db::{Query, Read};
use crate::engine::own_sql;
use crate::schema::{self, Schema};
use crate::{Db, Error, Result, SchoolId, args};

/// The deed in the installation's ledger that opens a school, its subject. The one verb that the store itself reads.
pub const SCHOOL_OPENED: &str = "people.school-opened";

/// The schools that have a ledger and those that were opened and did nothing yet, [`SchoolId::HOUSE`] among them, in order.
pub async fn schools(db: &Db) -> Result<Vec<SchoolId>> {
    let mut schools: BTreeSet<SchoolId> = db.schools().await?.into_iter().collect();
    schools.extend(opened(&mut db.read(SchoolId::HOUSE).await?).await?.into_iter().map(SchoolId::new));
    Ok(schools.into_iter().collect())
}

/// Compares the three witnesses.
///
/// Errors: [`Error::Tampered`] with the school about which they do not agree.
pub(super) async fn agree(db: &Db) -> Result<()> {
    let schema = schema::read(db).await?;
    has_ledger_or_nothing(db, &schema, SchoolId::HOUSE).await?;
    let mut house = db.read(SchoolId::HOUSE).await?;
    let known = opened(&mut house).await?;
    // A place that stopped at its first migrations has no such table yet.
    if schema.contains_key("school") {
        let listed = listed(&mut house).await?;
        if let Some(school) = known.difference(&listed).next() {
            return Err(Error::Tampered(format!("school {school} was opened, and is gone from the table of schools")));
        }
        if let Some(school) = listed.difference(&known).next() {
            return Err(Error::Tampered(format!("the installation's ledger never opened school {school}")));
        }
    }
    drop(house);
    for school in known {
        has_ledger_or_nothing(db, &schema, SchoolId::new(school)).await?;
    }
    Ok(())
}

/// Every change ends in a deed, so a school without a ledger has no rows.
async fn has_ledger_or_nothing(db: &Db, schema: &Schema, school: SchoolId) -> Result<()> {
    const LEDGER: &str = "SELECT id FROM ledger_school WHERE id = $1";
    let mut read = db.read(school).await?;
    if read.find(LEDGER, args![school]).await?.is_some() {
        return Ok(());
    }
    for (name, _) in schema.iter().filter(|(_, table)| table.has_school()) {
        let any = own_sql(format!("SELECT school FROM {name} WHERE school = $1 LIMIT 1"));
        if !read.wire().rows("looking for rows", any, args![school]).await?.is_empty() {
            let school = school.get();
            return Err(Error::Tampered(format!("school {school} has rows in `{name}`, and its ledger is gone")));
        }
    }
    Ok(())
}

async fn opened(house: &mut Read) -> Result<BTreeSet<Uuid>> {
    const OPENED: &str = "SELECT DISTINCT subject AS id FROM ledger
        WHERE school = $1 AND verb = $2 AND subject > $3 ORDER BY subject LIMIT $4";
    let ids = house.every(OPENED, args![SchoolId::HOUSE, SCHOOL_OPENED], |row| row.id("id")).await?;
    Ok(ids.into_iter().collect())
}

async fn listed(house: &mut Read) -> Result<BTreeSet<Uuid>> {
    const LISTED: &str = "SELECT id FROM school WHERE school = $1 AND id > $2 ORDER BY id LIMIT $3";
    let ids: Vec<Uuid> = house.every(LISTED, args![SchoolId::HOUSE], |row| row.id("id")).await?;
    Ok(ids.into_iter().collect())
}
