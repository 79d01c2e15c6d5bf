//! Scans in the database. One function, one statement.

use store::{Query, Result, Row, Tx, args};
use uuid::Uuid;

use super::{Media, SCANS_MAX, Scan};
use crate::permissions::strange;

pub(super) async fn add(tx: &mut Tx, scan: &Scan, (own_key, content): (&[u8], &[u8])) -> Result<u64> {
    tx.run(
        "INSERT INTO permission_scan (school, id, person, evidence, media, bytes_hash, size_bytes, own_key, content, added_by,
                                      added_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            tx.school(),
            scan.id,
            scan.person,
            scan.evidence,
            scan.media.code(),
            scan.hash.clone(),
            scan.size_bytes,
            own_key,
            content,
            scan.added_by,
            scan.added_at
        ],
    )
    .await
}

/// Without their content.
pub(super) async fn of_person(q: &mut impl Query, person: Uuid) -> Result<Vec<Scan>> {
    let school = q.school();
    let rows_max = i64::try_from(SCANS_MAX).unwrap_or(i64::MAX);
    let rows = q
        .all(
            "SELECT id, person, evidence, media, bytes_hash, size_bytes, added_by, added_at FROM permission_scan
             WHERE school = $1 AND person = $2 ORDER BY id LIMIT $3",
            args![school, person, rows_max],
        )
        .await?;
    rows.iter().map(scan).collect()
}

/// With the wrapped key and the sealed content.
pub(super) async fn find(q: &mut impl Query, id: Uuid) -> Result<Option<(Scan, Vec<u8>, Vec<u8>)>> {
    let school = q.school();
    let row = q
        .find(
            "SELECT id, person, evidence, media, bytes_hash, size_bytes, added_by, added_at, own_key, content
             FROM permission_scan WHERE school = $1 AND id = $2",
            args![school, id],
        )
        .await?;
    row.map(|row| Ok((scan(&row)?, row.blob("own_key")?, row.blob("content")?))).transpose()
}

fn scan(row: &Row) -> Result<Scan> {
    Ok(Scan {
        id: row.id("id")?,
        person: row.id("person")?,
        evidence: row.id("evidence")?,
        media: Media::from_code(&row.text("media")?).ok_or_else(|| strange("permission_scan.media"))?,
        hash: row.blob("bytes_hash")?,
        size_bytes: row.int("size_bytes")?,
        added_by: row.id("added_by")?,
        added_at: row.int("added_at")?,
    })
}
