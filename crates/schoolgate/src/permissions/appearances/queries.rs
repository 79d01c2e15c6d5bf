//! Appearances in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::{Appearance, How};
use crate::permissions::purpose::Recall;
use crate::permissions::strange;

/// The most public items of one person: a lively school's posts of seven years.
const ROWS_MAX: i64 = 10_000;

pub(super) async fn add(tx: &mut Tx, id: Uuid, new: &Appearance) -> Result<u64> {
    tx.run(
        "INSERT INTO appearance (school, id, item, person, how, purpose, place, recall, since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (school, item, person, how) DO NOTHING",
        args![
            tx.school(),
            id,
            new.item,
            new.person,
            new.how.code(),
            &new.purpose,
            &new.place,
            new.recall.code(),
            new.since
        ],
    )
    .await
}

pub(super) async fn moved(tx: &mut Tx, item: Uuid, place: &str) -> Result<u64> {
    tx.run(
        "UPDATE appearance SET place = $3 WHERE school = $1 AND item = $2 AND ended_at IS NULL",
        args![tx.school(), item, place],
    )
    .await
}

pub(super) async fn end(tx: &mut Tx, item: Uuid, now: i64) -> Result<u64> {
    tx.run(
        "UPDATE appearance SET ended_at = $3 WHERE school = $1 AND item = $2 AND ended_at IS NULL",
        args![tx.school(), item, now],
    )
    .await
}

pub(super) async fn of(q: &mut impl Query, person: Uuid) -> Result<Vec<Appearance>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT item, person, how, purpose, place, recall, since FROM appearance
             WHERE school = $1 AND person = $2 AND ended_at IS NULL ORDER BY since, id LIMIT $3",
            args![school, person, ROWS_MAX],
        )
        .await?;
    rows.iter().map(appearance).collect()
}

pub(super) async fn in_item(q: &mut impl Query, item: Uuid) -> Result<Vec<Appearance>> {
    let school = q.school();
    let rows = q
        .all(
            "SELECT item, person, how, purpose, place, recall, since FROM appearance
             WHERE school = $1 AND item = $2 AND ended_at IS NULL ORDER BY since, id LIMIT $3",
            args![school, item, ROWS_MAX],
        )
        .await?;
    rows.iter().map(appearance).collect()
}

fn appearance(row: &Row) -> Result<Appearance> {
    Ok(Appearance {
        item: row.id("item")?,
        person: row.id("person")?,
        how: How::from_code(&row.text("how")?).ok_or_else(|| strange("appearance.how"))?,
        purpose: row.text("purpose")?,
        place: row.text("place")?,
        recall: Recall::from_code(&row.text("recall")?).ok_or_else(|| strange("appearance.recall"))?,
        since: row.int("since")?,
    })
}
