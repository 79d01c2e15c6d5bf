//! Policy versions in the database. One function, one statement.

use store::{Query, Result, Tx, args};
use uuid::Uuid;

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
