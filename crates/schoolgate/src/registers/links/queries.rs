//! Declared links in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::link::{Link, Tie, Whom};
use crate::registers::strange;

/// Links of one person, and of a page of everybody's.
const ROWS_MAX: i64 = 200;

pub(super) async fn add(tx: &mut Tx, link: &Link) -> Result<u64> {
    tx.run(
        "INSERT INTO declared_link (school, id, version, person, whom, sealed, kind, declared_at, confirmed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            tx.school(),
            link.id,
            link.version,
            link.person,
            link.whom.code(),
            link.sealed.as_slice(),
            link.tie.code(),
            link.declared_at,
            link.confirmed_at
        ],
    )
    .await
}

pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Link> {
    let row = q
        .one(
            "SELECT id, version, person, whom, kind, sealed, declared_at, confirmed_at, seen_by, seen_at, ended_at
             FROM declared_link WHERE school = $1 AND id = $2",
            args![q.school(), id],
        )
        .await?;
    link(&row)
}

pub(super) async fn of_person(q: &mut impl Query, person: Uuid) -> Result<Vec<Link>> {
    let rows = q
        .all(
            "SELECT id, version, person, whom, kind, sealed, declared_at, confirmed_at, seen_by, seen_at, ended_at
             FROM declared_link WHERE school = $1 AND person = $2 ORDER BY declared_at, id LIMIT $3",
            args![q.school(), person, ROWS_MAX],
        )
        .await?;
    rows.iter().map(link).collect()
}

/// Those that hold; what nobody has read yet comes first.
pub(super) async fn holding(q: &mut impl Query) -> Result<Vec<Link>> {
    let rows = q
        .all(
            "SELECT id, version, person, whom, kind, sealed, declared_at, confirmed_at, seen_by, seen_at, ended_at
             FROM declared_link WHERE school = $1 AND ended_at IS NULL
             ORDER BY CASE WHEN seen_at IS NULL THEN 0 ELSE 1 END, declared_at, id LIMIT $2",
            args![q.school(), ROWS_MAX],
        )
        .await?;
    rows.iter().map(link).collect()
}

/// Saves a link that was read at `link.version`.
pub(super) async fn save(tx: &mut Tx, link: &Link) -> Result<()> {
    tx.save(
        "UPDATE declared_link SET version = version + 1, confirmed_at = $4, seen_by = $5, seen_at = $6, ended_at = $7
         WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school(), link.id, link.version, link.confirmed_at, link.seen_by, link.seen_at, link.ended_at],
    )
    .await
}

fn link(row: &Row) -> Result<Link> {
    Ok(Link {
        id: row.id("id")?,
        version: row.int("version")?,
        person: row.id("person")?,
        whom: Whom::from_code(&row.text("whom")?).ok_or_else(|| strange("declared_link.whom"))?,
        tie: Tie::from_code(&row.text("kind")?).ok_or_else(|| strange("declared_link.kind"))?,
        sealed: row.blob("sealed")?,
        declared_at: row.int("declared_at")?,
        confirmed_at: row.int("confirmed_at")?,
        seen_by: row.maybe_id("seen_by")?,
        seen_at: row.maybe_int("seen_at")?,
        ended_at: row.maybe_int("ended_at")?,
    })
}
