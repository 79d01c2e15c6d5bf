//! The headteacher's written permissions in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::{Answer, Asked, Matter};
use crate::permissions::strange;

/// A busy school's requests of some years.
const ROWS_MAX: i64 = 500;

pub(super) async fn add(tx: &mut Tx, (id, by): (Uuid, Uuid), (matter, use_for): (&str, &str), now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO head_permission (school, id, version, asked_by, matter, use_for, asked_at, note)
         VALUES ($1, $2, 1, $3, $4, $5, $6, '')",
        args![tx.school(), id, by, matter, use_for, now],
    )
    .await
}

pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Asked> {
    let school = q.school();
    let row = q
        .one(
            "SELECT id, version, asked_by, matter, use_for, asked_at, answer, answered_at, note, until FROM head_permission
             WHERE school = $1 AND id = $2",
            args![school, id],
        )
        .await?;
    asked(&row)
}

/// What one person asked, newest first.
pub(super) async fn of(q: &mut impl Query, person: Uuid) -> Result<Vec<Asked>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, version, asked_by, matter, use_for, asked_at, answer, answered_at, note, until FROM head_permission
             WHERE school = $1 AND asked_by = $2 ORDER BY asked_at DESC, id DESC LIMIT $3",
            args![school, person, ROWS_MAX],
        )
        .await?;
    rows.iter().map(asked).collect()
}

/// What everybody asked, what waits for an answer first, then newest first.
pub(super) async fn all(q: &mut impl Query) -> Result<Vec<Asked>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, version, asked_by, matter, use_for, asked_at, answer, answered_at, note, until FROM head_permission
             WHERE school = $1 ORDER BY CASE WHEN answer IS NULL THEN 0 ELSE 1 END, asked_at DESC, id DESC LIMIT $2",
            args![school, ROWS_MAX],
        )
        .await?;
    rows.iter().map(asked).collect()
}

pub(super) async fn save(tx: &mut Tx, asked: &Asked, by: Uuid) -> Result<()> {
    tx.save(
        "UPDATE head_permission SET version = version + 1, answer = $4, answered_by = $5, answered_at = $6, note = $7, until = $8
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            tx.school(),
            asked.id,
            asked.version,
            asked.answer.map(Answer::code),
            by,
            asked.answered_at,
            &asked.note,
            asked.until.map(|until| until.to_string())
        ],
    )
    .await
}

fn asked(row: &Row) -> Result<Asked> {
    let answer = row.maybe_text("answer")?;
    let until = row.maybe_text("until")?;
    Ok(Asked {
        id: row.id("id")?,
        version: row.int("version")?,
        asked_by: row.id("asked_by")?,
        matter: Matter::from_code(&row.text("matter")?).ok_or_else(|| strange("head_permission.matter"))?,
        use_for: row.text("use_for")?,
        asked_at: row.int("asked_at")?,
        answer: answer
            .map(|code| Answer::from_code(&code).ok_or_else(|| strange("head_permission.answer")))
            .transpose()?,
        answered_at: row.maybe_int("answered_at")?,
        note: row.text("note")?,
        until: until.map(|text| text.parse().map_err(|_| strange("head_permission.until"))).transpose()?,
    })
}
