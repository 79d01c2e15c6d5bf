//! The school's own no and reviewed markers in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::Held;
use crate::permissions::lowered::SchoolNo;

/// A very large school withholds a few hundred.
const ROWS_MAX: i64 = 5_000;

pub(super) async fn add(tx: &mut Tx, no: &SchoolNo) -> Result<u64> {
    tx.run(
        "INSERT INTO school_no (school, id, version, person, reason, set_at) VALUES ($1, $2, 1, $3, $4, $5)",
        args![tx.school(), no.id, no.person, &no.reason, no.at],
    )
    .await
}

/// Every one that holds.
pub(super) async fn all(q: &mut impl Query) -> Result<Vec<SchoolNo>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, person, reason, set_at FROM school_no WHERE school = $1 AND ended_at IS NULL ORDER BY id LIMIT $2",
            args![school, ROWS_MAX],
        )
        .await?;
    let no = |row: &Row| {
        Ok(SchoolNo {
            id: row.id("id")?,
            person: row.id("person")?,
            reason: row.blob("reason")?,
            at: row.int("set_at")?,
        })
    };
    rows.iter().map(no).collect()
}

/// The one that holds for a person.
pub(super) async fn find(q: &mut impl Query, person: Uuid) -> Result<Option<Held>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT id, version, person, reason, set_at, clearing_by FROM school_no
             WHERE school = $1 AND person = $2 AND ended_at IS NULL ORDER BY id LIMIT 1",
            args![school, person],
        )
        .await?;
    row.as_ref().map(held).transpose()
}

fn held(row: &Row) -> Result<Held> {
    Ok(Held {
        id: row.id("id")?,
        version: row.int("version")?,
        person: row.id("person")?,
        reason: row.blob("reason")?,
        set_at: row.int("set_at")?,
        clearing_by: row.maybe_id("clearing_by")?,
    })
}

pub(super) async fn save_clearing(tx: &mut Tx, held: &Held, by: Uuid) -> Result<()> {
    tx.save(
        "UPDATE school_no SET version = version + 1, clearing_by = $4
         WHERE school = $1 AND id = $2 AND version = $3 AND ended_at IS NULL",
        args![tx.school(), held.id, held.version, by],
    )
    .await
}

pub(super) async fn save_end(tx: &mut Tx, held: &Held, now: i64) -> Result<()> {
    tx.save(
        "UPDATE school_no SET version = version + 1, ended_at = $4
         WHERE school = $1 AND id = $2 AND version = $3 AND ended_at IS NULL",
        args![tx.school(), held.id, held.version, now],
    )
    .await
}

pub(super) async fn add_review(tx: &mut Tx, id: Uuid, (person, marker): (Uuid, &str), by: (Uuid, i64)) -> Result<u64> {
    tx.run(
        "INSERT INTO marker_review (school, id, person, marker, reviewed_by, reviewed_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (school, person, marker) DO NOTHING",
        args![tx.school(), id, person, marker, by.0, by.1],
    )
    .await
}
