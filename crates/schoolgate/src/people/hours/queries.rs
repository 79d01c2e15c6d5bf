//! A school's hours in the database. One function, one statement.

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Query, Result, Tx, args};
use uuid::Uuid;

use super::week::Hours;
use crate::people::person::strange;

pub(super) struct Kept {
    pub id: Uuid,
    pub version: i64,
    pub hours: Hours,
}

pub(super) async fn find(q: &mut impl Query) -> Result<Option<Kept>> {
    let row =
        q.find("SELECT id, version, days, terms FROM school_hours WHERE school = $1", args![q.school().get()]).await?;
    let Some(row) = row else { return Ok(None) };
    let hours = Hours {
        days: read(&row.text("days")?, "school_hours.days")?,
        terms: read(&row.text("terms")?, "school_hours.terms")?,
    };
    Ok(Some(Kept { id: row.id("id")?, version: row.int("version")?, hours }))
}

pub(super) async fn add(tx: &mut Tx, id: Uuid, hours: &Hours) -> Result<u64> {
    tx.run(
        "INSERT INTO school_hours (school, id, version, days, terms) VALUES ($1, $2, 1, $3, $4)",
        args![tx.school().get(), id, written(&hours.days), written(&hours.terms)],
    )
    .await
}

/// Saves what was read at this version.
pub(super) async fn save(tx: &mut Tx, (id, seen): (Uuid, i64), hours: &Hours) -> Result<()> {
    tx.save(
        "UPDATE school_hours SET version = version + 1, days = $4, terms = $5
         WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school().get(), id, seen, written(&hours.days), written(&hours.terms)],
    )
    .await
}

fn read<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| strange(column))
}

fn written(value: &impl Serialize) -> String {
    // Lists of dates and times always have a JSON form; an empty text would be noticed when it is read.
    serde_json::to_string(value).unwrap_or_default()
}
