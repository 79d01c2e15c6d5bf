//! The digests that a backup carries, in a table of its own beside those of the migrations.

use std::collections::BTreeMap;

use sqlx::SqlSafeStr;

use crate::copy::Digest;
use crate::{Db, Error, Result, args};

/// Writes them into a backup in the making. One that was copied by hand into a place and is backed up again brings old ones.
pub(super) async fn keep(to: &Db, digests: &BTreeMap<String, Digest>) -> Result<()> {
    const MAKE: &str = "DROP TABLE IF EXISTS backup_digest;
        CREATE TABLE backup_digest (name TEXT NOT NULL PRIMARY KEY, counted INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;";
    const KEEP: &str = "INSERT INTO backup_digest (name, counted, hash) VALUES ($1, $2, $3)";
    let doing = "writing the digests";
    let mut wire = to.owner_wire("BEGIN IMMEDIATE".to_owned()).await?;
    wire.script(doing, MAKE.to_owned()).await?;
    for (name, Digest { rows, hash }) in digests {
        let counted = i64::try_from(*rows).map_err(|_| Error::engine(doing, "too many rows"))?;
        wire.run(doing, KEEP.into_sql_str(), args![name.as_str(), counted, *hash]).await?;
    }
    wire.commit().await
}

/// Those of a backup; none in an older one.
pub(super) async fn kept(db: &Db) -> Result<Option<BTreeMap<String, Digest>>> {
    const IS_THERE: &str = "SELECT name FROM sqlite_schema WHERE name = 'backup_digest'";
    const KEPT: &str = "SELECT name, counted, hash FROM backup_digest ORDER BY name LIMIT 1000";
    let doing = "reading the digests";
    let mut wire = db.reading_wire("BEGIN".to_owned()).await?;
    if wire.rows(doing, IS_THERE.into_sql_str(), args![]).await?.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::Tampered("the digests of the backup are damaged".into());
    let mut digests = BTreeMap::new();
    for row in wire.rows(doing, KEPT.into_sql_str(), args![]).await? {
        let rows = u64::try_from(row.int("counted")?).map_err(|_| wrong())?;
        let hash = row.blob("hash")?.try_into().map_err(|_| wrong())?;
        digests.insert(row.text("name")?, Digest { rows, hash });
    }
    Ok(Some(digests))
}

/// A place in use changes, so it carries none.
pub(super) async fn forget(db: &Db) -> Result<()> {
    let mut wire = db.owner_wire("BEGIN IMMEDIATE".to_owned()).await?;
    wire.script("removing the digests", "DROP TABLE IF EXISTS backup_digest".to_owned()).await?;
    wire.commit().await
}

/// Errors: [`Error::Tampered`] with the first table that is not as it was.
pub(super) fn compare(kept: &BTreeMap<String, Digest>, found: &BTreeMap<String, Digest>) -> Result<()> {
    for name in kept.keys().chain(found.keys()) {
        if kept.get(name) != found.get(name) {
            return Err(Error::Tampered(format!("the content of table `{name}` is not what was backed up")));
        }
    }
    Ok(())
}
