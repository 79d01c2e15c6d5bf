//! Kept answers in the database; each statement names their person. One function, one statement.

use store::{Query, Result, Tx, args};
use uuid::Uuid;

/// Answers that are listed; more are not kept.
const LISTED_MAX: i64 = 200;

pub(super) struct Row {
    pub id: Uuid,
    pub sealed: Vec<u8>,
    pub kept_at: i64,
}

pub(super) async fn add(tx: &mut Tx, ids: (Uuid, Uuid), content: (Vec<u8>, &str), now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO kept_answer (school, id, person, sealed, policy_hash, kept_at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![tx.school().get(), ids.0, ids.1, content.0, content.1, now],
    )
    .await
}

pub(super) async fn page(q: &mut impl Query, person: Uuid) -> Result<Vec<Row>> {
    let rows = q
        .all(
            "SELECT id, sealed, kept_at FROM kept_answer WHERE school = $1 AND person = $2
             ORDER BY kept_at DESC, id DESC LIMIT $3",
            args![q.school().get(), person, LISTED_MAX],
        )
        .await?;
    rows.iter().map(row).collect()
}

pub(super) async fn find(q: &mut impl Query, id: Uuid, person: Uuid) -> Result<Option<Row>> {
    let found = q
        .find(
            "SELECT id, sealed, kept_at FROM kept_answer WHERE school = $1 AND id = $2 AND person = $3",
            args![q.school().get(), id, person],
        )
        .await?;
    found.as_ref().map(row).transpose()
}

fn row(row: &store::Row) -> Result<Row> {
    Ok(Row { id: row.id("id")?, sealed: row.blob("sealed")?, kept_at: row.int("kept_at")? })
}

pub(super) async fn delete(tx: &mut Tx, id: Uuid, person: Uuid) -> Result<u64> {
    tx.run(
        "DELETE FROM kept_answer WHERE school = $1 AND id = $2 AND person = $3",
        args![tx.school().get(), id, person],
    )
    .await
}
