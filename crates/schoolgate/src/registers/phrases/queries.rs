//! A school's own phrases in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::{Kind, PHRASES_MAX, Phrase};
use crate::registers::strange;

pub(super) async fn add(tx: &mut Tx, phrase: &Phrase, (by, at): (Uuid, i64)) -> Result<u64> {
    tx.run(
        "INSERT INTO school_phrase (school, id, phrase, kind, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![tx.school(), phrase.id, &phrase.words, phrase.kind.code(), by, at],
    )
    .await
}

pub(super) async fn all(q: &mut impl Query) -> Result<Vec<Phrase>> {
    let limit = i64::try_from(PHRASES_MAX).unwrap_or(i64::MAX);
    let rows = q
        .all(
            "SELECT id, phrase, kind FROM school_phrase WHERE school = $1 ORDER BY kind, lower(phrase), id LIMIT $2",
            args![q.school(), limit],
        )
        .await?;
    rows.iter().map(phrase).collect()
}

pub(super) async fn remove(tx: &mut Tx, id: Uuid) -> Result<u64> {
    tx.run("DELETE FROM school_phrase WHERE school = $1 AND id = $2", args![tx.school(), id]).await
}

fn phrase(row: &Row) -> Result<Phrase> {
    let kind = Kind::from_code(&row.text("kind")?).ok_or_else(|| strange("school_phrase.kind"))?;
    Ok(Phrase { id: row.id("id")?, words: row.text("phrase")?, kind })
}
