//! Keys of programs in the database. One function, one statement.

use store::{Query, Result, Tx, args};
use uuid::Uuid;

/// Keys that are listed, ended ones included.
const TOKENS_MAX: i64 = 200;

/// A key without its secret.
pub(super) struct Kept {
    pub id: Uuid,
    pub name: String,
    pub made_by: Option<Uuid>,
    pub made_at: i64,
    pub ended_at: Option<i64>,
}

/// What is kept of a new one.
pub(super) struct New<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub hash: Vec<u8>,
    pub made_by: Option<Uuid>,
    pub made_at: i64,
}

pub(super) async fn add(tx: &mut Tx, new: &New<'_>) -> Result<u64> {
    tx.run(
        "INSERT INTO api_token (school, id, name, token_hash, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![tx.school().get(), new.id, new.name, new.hash.clone(), new.made_by, new.made_at],
    )
    .await
}

pub(super) async fn page(q: &mut impl Query) -> Result<Vec<Kept>> {
    let rows = q
        .all(
            "SELECT id, name, made_by, made_at, ended_at FROM api_token
             WHERE school = $1 ORDER BY made_at DESC, id DESC LIMIT $2",
            args![q.school().get(), TOKENS_MAX],
        )
        .await?;
    let kept = |row: &store::Row| {
        Ok(Kept {
            id: row.id("id")?,
            name: row.text("name")?,
            made_by: row.maybe_id("made_by")?,
            made_at: row.int("made_at")?,
            ended_at: row.maybe_int("ended_at")?,
        })
    };
    rows.iter().map(kept).collect()
}

pub(super) async fn find_in_use(q: &mut impl Query, hash: &[u8]) -> Result<Option<Uuid>> {
    let row = q
        .find(
            "SELECT id FROM api_token WHERE school = $1 AND token_hash = $2 AND ended_at IS NULL",
            args![q.school().get(), hash.to_vec()],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}

pub(super) async fn end(tx: &mut Tx, id: Uuid, now: i64) -> Result<u64> {
    tx.run(
        "UPDATE api_token SET ended_at = $3 WHERE school = $1 AND id = $2 AND ended_at IS NULL",
        args![tx.school().get(), id, now],
    )
    .await
}
