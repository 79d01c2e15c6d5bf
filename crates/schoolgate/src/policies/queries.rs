//! Policy versions in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

/// Versions that are listed: more than a century of yearly reviews.
const VERSIONS_MAX: i64 = 120;

/// A version as it is kept.
pub(super) struct Kept {
    pub hash: String,
    pub files: String,
}

/// What is kept of a version.
pub(super) struct New<'a> {
    pub id: Uuid,
    pub pack: &'a str,
    pub title: &'a str,
    pub hash: &'a str,
    pub files: &'a str,
}

/// A time in force, with the decision behind it if there was one.
pub(super) struct InForce {
    pub hash: String,
    pub title: String,
    pub files: String,
    pub since: i64,
    pub decision: Option<Decided>,
}

/// What was decided, as it is kept.
pub(super) struct Decided {
    pub label: String,
    pub body: String,
    pub met_on: String,
    pub minute: String,
    pub review_on: String,
    pub is_material: bool,
    pub reason: String,
    pub approved_by: Uuid,
}

pub(super) async fn add_version(tx: &mut Tx, new: &New<'_>, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO policy_version (school, id, pack, title, hash, files, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![tx.school().get(), new.id, new.pack, new.title, new.hash, new.files, now],
    )
    .await
}

pub(super) async fn find_version(q: &mut impl Query, hash: &str) -> Result<Option<Uuid>> {
    let row =
        q.find("SELECT id FROM policy_version WHERE school = $1 AND hash = $2", args![q.school().get(), hash]).await?;
    row.map(|row| row.id("id")).transpose()
}

pub(super) async fn find_text(q: &mut impl Query, hash: &str) -> Result<Option<Kept>> {
    let row = q
        .find("SELECT hash, files FROM policy_version WHERE school = $1 AND hash = $2", args![q.school().get(), hash])
        .await?;
    row.map(|row| Ok(Kept { hash: row.text("hash")?, files: row.text("files")? })).transpose()
}

pub(super) async fn put_in_force(tx: &mut Tx, id: Uuid, version: Uuid, since: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO policy_in_force (school, id, version, since) VALUES ($1, $2, $3, $4)",
        args![tx.school().get(), id, version, since],
    )
    .await
}

/// The version that is in force at that time.
pub(super) async fn in_force(q: &mut impl Query, at: i64) -> Result<Option<Kept>> {
    let row = q
        .find(
            "SELECT policy_version.hash, policy_version.files FROM policy_in_force \
             JOIN policy_version ON policy_version.id = policy_in_force.version \
             WHERE policy_in_force.school = $1 AND policy_version.school = $1 AND policy_in_force.since <= $2 \
             ORDER BY policy_in_force.since DESC, policy_in_force.id DESC LIMIT 1",
            args![q.school().get(), at],
        )
        .await?;
    row.map(|row| Ok(Kept { hash: row.text("hash")?, files: row.text("files")? })).transpose()
}

/// Every time that a version came into force, the newest first.
pub(super) async fn history(q: &mut impl Query) -> Result<Vec<InForce>> {
    let rows = q
        .all(
            "SELECT policy_version.hash AS hash, policy_version.title AS title, policy_version.files AS files,
                    policy_in_force.since AS since, policy_adoption.label AS label, policy_adoption.body AS body,
                    policy_adoption.met_on AS met_on, policy_adoption.minute AS minute,
                    policy_adoption.review_on AS review_on, policy_adoption.is_material AS is_material,
                    policy_adoption.reason AS reason, policy_adoption.approved_by AS approved_by
             FROM policy_in_force
             JOIN policy_version ON policy_version.id = policy_in_force.version
             LEFT JOIN policy_adoption ON policy_adoption.in_force = policy_in_force.id
             WHERE policy_in_force.school = $1 AND policy_version.school = $1
             ORDER BY policy_in_force.since DESC, policy_in_force.id DESC LIMIT $2",
            args![q.school().get(), VERSIONS_MAX],
        )
        .await?;
    rows.iter().map(in_force_row).collect()
}

fn in_force_row(row: &Row) -> Result<InForce> {
    Ok(InForce {
        hash: row.text("hash")?,
        title: row.text("title")?,
        files: row.text("files")?,
        since: row.int("since")?,
        decision: decided(row)?,
    })
}

fn decided(row: &Row) -> Result<Option<Decided>> {
    let Some(label) = row.maybe_text("label")? else { return Ok(None) };
    Ok(Some(Decided {
        label,
        body: row.text("body")?,
        met_on: row.text("met_on")?,
        minute: row.text("minute")?,
        review_on: row.text("review_on")?,
        is_material: row.flag("is_material")?,
        reason: row.text("reason")?,
        approved_by: row.id("approved_by")?,
    }))
}
