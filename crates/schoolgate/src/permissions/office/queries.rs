//! Evidence, tasks and what runs out, in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

/// A page of work.
pub(super) const PAGE_ROWS: i64 = 200;

pub(super) async fn add_evidence(
    tx: &mut Tx,
    (id, person): (Uuid, Uuid),
    (kind, media, sealed): (&str, &str, &[u8]),
    now: i64,
) -> Result<u64> {
    tx.run(
        "INSERT INTO permission_evidence (school, id, person, kind, media, sealed, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![tx.school(), id, person, kind, media, sealed, now],
    )
    .await
}

/// What a person has to settle, the oldest first: id, kind, whom it is about, since when.
pub(super) async fn tasks(q: &mut impl Query) -> Result<Vec<(Uuid, String, Uuid, i64)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT id, kind, person, made_at FROM permission_task WHERE school = $1 AND done_at IS NULL ORDER BY id LIMIT $2",
            args![school, PAGE_ROWS],
        )
        .await?;
    let task = |row: &Row| Ok((row.id("id")?, row.text("kind")?, row.id("person")?, row.int("made_at")?));
    rows.iter().map(task).collect()
}

pub(super) async fn finish_task(tx: &mut Tx, id: Uuid, now: i64) -> Result<()> {
    tx.save(
        "UPDATE permission_task SET done_at = $3 WHERE school = $1 AND id = $2 AND done_at IS NULL",
        args![tx.school(), id, now],
    )
    .await
}

/// Whose yes runs out by a day: person and the first day on which one does.
pub(super) async fn running_out(q: &mut impl Query, by: &str) -> Result<Vec<(Uuid, String)>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT person, MIN(until) AS until FROM permission
             WHERE school = $1 AND ended_at IS NULL AND decision = 'yes' AND until <= $2
             GROUP BY person ORDER BY MIN(until), person LIMIT $3",
            args![school, by, PAGE_ROWS],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("person")?, row.text("until")?))).collect()
}
