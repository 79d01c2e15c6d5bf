//! What the accounts show, in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::item::{Advice, Decision, Item};
use crate::registers::strange;

/// A page of the queue.
const PAGE_ROWS: i64 = 50;

pub(super) async fn add(tx: &mut Tx, item: &Item) -> Result<u64> {
    tx.run(
        "INSERT INTO audit_item (school, id, version, account, remote, address, published_at, sealed, pictures, advice, found_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            tx.school(),
            item.id,
            item.version,
            item.account,
            &item.remote,
            &item.address,
            item.published_at,
            item.sealed.as_slice(),
            item.pictures,
            item.advice.code(),
            item.found_at
        ],
    )
    .await
}

/// Saves an item that was read at `item.version`.
pub(super) async fn save(tx: &mut Tx, item: &Item) -> Result<()> {
    tx.save(
        "UPDATE audit_item SET version = version + 1, sealed = $4, pictures = $5, advice = $6, decision = $7, decided_by = $8,
                decided_at = $9, gone_at = $10
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            tx.school(),
            item.id,
            item.version,
            item.sealed.as_slice(),
            item.pictures,
            item.advice.code(),
            item.decision.map(Decision::code),
            item.decided_by,
            item.decided_at,
            item.gone_at
        ],
    )
    .await
}

/// Marks what an account showed under this name as gone; how many there were.
pub(super) async fn saw_gone(tx: &mut Tx, account: Uuid, remote: &str, at: i64) -> Result<u64> {
    tx.run(
        "UPDATE audit_item SET version = version + 1, gone_at = $4
         WHERE school = $1 AND account = $2 AND remote = $3 AND gone_at IS NULL",
        args![tx.school(), account, remote, at],
    )
    .await
}

pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Item> {
    let row = q
        .one(
            "SELECT id, version, account, remote, address, published_at, sealed, pictures, advice, decision, decided_by,
                    decided_at, gone_at, found_at
             FROM audit_item WHERE school = $1 AND id = $2",
            args![q.school(), id],
        )
        .await?;
    item(&row)
}

pub(super) async fn find_shown(q: &mut impl Query, account: Uuid, remote: &str) -> Result<Option<Item>> {
    let row = q
        .find(
            "SELECT id, version, account, remote, address, published_at, sealed, pictures, advice, decision, decided_by,
                    decided_at, gone_at, found_at
             FROM audit_item WHERE school = $1 AND account = $2 AND remote = $3",
            args![q.school(), account, remote],
        )
        .await?;
    row.as_ref().map(item).transpose()
}

/// What is still there and nobody has decided about, of one advice, in the order in which it was found.
pub(super) async fn undecided(q: &mut impl Query, advice: Advice) -> Result<Vec<Item>> {
    let rows = q
        .all(
            "SELECT id, version, account, remote, address, published_at, sealed, pictures, advice, decision, decided_by,
                    decided_at, gone_at, found_at
             FROM audit_item WHERE school = $1 AND advice = $2 AND decision IS NULL AND gone_at IS NULL ORDER BY id LIMIT $3",
            args![q.school(), advice.code(), PAGE_ROWS],
        )
        .await?;
    rows.iter().map(item).collect()
}

pub(super) async fn undecided_count(q: &mut impl Query, advice: Advice) -> Result<i64> {
    let row = q
        .one(
            "SELECT COUNT(*) AS items FROM audit_item
             WHERE school = $1 AND advice = $2 AND decision IS NULL AND gone_at IS NULL",
            args![q.school(), advice.code()],
        )
        .await?;
    row.int("items")
}

/// What somebody wants removed and is still there.
pub(super) async fn to_be_removed(q: &mut impl Query) -> Result<Vec<Item>> {
    let rows = q
        .all(
            "SELECT id, version, account, remote, address, published_at, sealed, pictures, advice, decision, decided_by,
                    decided_at, gone_at, found_at
             FROM audit_item WHERE school = $1 AND decision = 'remove' AND gone_at IS NULL ORDER BY id LIMIT $2",
            args![q.school(), PAGE_ROWS],
        )
        .await?;
    rows.iter().map(item).collect()
}

fn item(row: &Row) -> Result<Item> {
    let decision = row
        .maybe_text("decision")?
        .map(|code| Decision::from_code(&code).ok_or_else(|| strange("audit_item.decision")));
    Ok(Item {
        id: row.id("id")?,
        version: row.int("version")?,
        account: row.id("account")?,
        remote: row.text("remote")?,
        address: row.text("address")?,
        published_at: row.maybe_int("published_at")?,
        sealed: row.blob("sealed")?,
        pictures: row.int("pictures")?,
        advice: Advice::from_code(&row.text("advice")?).ok_or_else(|| strange("audit_item.advice"))?,
        decision: decision.transpose()?,
        decided_by: row.maybe_id("decided_by")?,
        decided_at: row.maybe_int("decided_at")?,
        gone_at: row.maybe_int("gone_at")?,
        found_at: row.int("found_at")?,
    })
}
