//! What a table holds, as one hash.
//!
//! Promises: a value that was changed, lost, added or moved gives another hash, and both engines give the same one for the same rows.
//! Does not: guard against somebody who changes rows and hashes together; the ledger does that for what was done.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::{PAGE, Progress, Source, Tell, count, page, schools_of};
use crate::schema::{self, Table};
use crate::value::{Row, Value};
use crate::{Db, Error, Result};

/// The rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub rows: u64,
    /// SHA-256 over every value in the order of schools, key and columns.
    pub hash: [u8; 32],
}

/// A digest in the making.
pub(super) struct Rows {
    rows: u64,
    hasher: Sha256,
}

impl Rows {
    pub(super) fn of(name: &str) -> Self {
        let hasher = Sha256::new_with_prefix("schoolgate rows 1\n").chain_update(name).chain_update("\n");
        Self { rows: 0, hasher }
    }

    pub(super) fn add(&mut self, table: &Table, row: &Row) -> Result<()> {
        self.rows += 1;
        for column in &table.columns {
            match row.value(&column.name)? {
                // SQLite does not know of which kind an absent value is.
                Value::Null(_) => self.hasher.update([0]),
                Value::Int(int) => self.hasher.update([[1].as_slice(), &int.to_be_bytes()].concat()),
                Value::Text(text) => self.bytes(2, text.as_bytes()),
                Value::Blob(bytes) => self.bytes(3, bytes),
            }
        }
        Ok(())
    }

    fn bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.hasher.update([kind]);
        self.hasher.update((bytes.len() as u64).to_be_bytes());
        self.hasher.update(bytes);
    }

    pub(super) fn done(self) -> Digest {
        Digest { rows: self.rows, hash: self.hasher.finalize().into() }
    }
}

/// The digests of all tables of a place, as of one moment.
pub(crate) async fn digests(db: &Db, tell: Tell<'_>) -> Result<BTreeMap<String, Digest>> {
    let mut source = Source::open(db).await?;
    let schema = schema::read(db).await?;
    let mut found = BTreeMap::new();
    for (name, table) in &schema {
        let step = |done| Progress { step: "reading every row".to_owned(), done, all: schema.len() as u64 };
        tell(step(found.len() as u64));
        let digest = digest(&mut source, (name, table)).await;
        found.insert(name.clone(), digest.map_err(|error| unreadable(name, error))?);
        tell(step(found.len() as u64));
    }
    Ok(found)
}

async fn digest(source: &mut Source, table: (&str, &Table)) -> Result<Digest> {
    let (name, shape) = table;
    let mut rows = Rows::of(name);
    for school in schools_of(source, shape) {
        if let Some(school) = school {
            source.enter(school).await?;
        }
        let mut after = None;
        loop {
            let found = page(&mut source.wire, table, school, after.as_ref()).await?;
            found.iter().try_for_each(|row| rows.add(shape, row))?;
            if found.len() < PAGE {
                break;
            }
            after = found.into_iter().next_back();
        }
    }
    let digest = rows.done();
    // Behind PostgreSQL's wall no such row can be seen.
    if source.engine == crate::Engine::Sqlite && count(&mut source.wire, name, None).await? != digest.rows {
        return Err(Error::Tampered(format!("`{name}` has rows of a school that has no ledger")));
    }
    Ok(digest)
}

/// A value of a kind that was never written there is damage, and not a fault of ours.
fn unreadable(name: &str, error: Error) -> Error {
    match error {
        Error::Engine { cause, .. } => Error::Tampered(format!("a row of `{name}` cannot be read: {cause}")),
        other => other,
    }
}
