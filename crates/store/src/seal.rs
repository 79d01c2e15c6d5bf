//! Sealing: values that whoever holds the database or a backup cannot read.
//!
//! Promises: one data key for each purpose and school, wrapped by a master key that is not in the database; a sealed
//! value opens only in the school, table, row and column it was sealed for; both kinds of keys are changed while the
//! product runs, and older values go on opening. Does not: hide lengths, protect against the running program itself,
//! or keep the master key safe for you.

mod cipher;
mod master;
mod own;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::db::{Db, Query, Tx};
use crate::keyfile::{KEY_BYTES, Key, random};
use crate::value::Row;
use crate::{Deed, Error, Result, SchoolId, args};

pub use master::{Master, PASSPHRASE_BYTES_MIN};
pub use own::OwnKey;

/// The first byte of every sealed value and wrapped key.
const FORMAT: u8 = 1;
/// The format, the key's version (4 bytes) and what the cipher adds (nonce 24, tag 16).
pub const SEALED_BYTES_MORE: usize = 1 + 4 + 24 + 16;
/// The longest purpose.
const PURPOSE_BYTES_MAX: usize = 32;
/// A yearly change of key fills this in a century.
const VERSIONS_MAX: i64 = 100;
/// A purpose is a word of the program's own; it has a few dozen.
const PURPOSES_MAX: i64 = 1_000;
/// Master keys that may wrap the keys of one school at once: two, while one is changed.
const MASTERS_MAX: i64 = 100;
/// Keys wrapped anew in one write.
const REWRAP_PAGE: i64 = 100;

/// Where a sealed value lives. A value moved to another place does not open there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub table: &'static str,
    pub row: Uuid,
    pub column: &'static str,
}

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Sealer(Arc<Masters>);

struct Masters {
    current: Master,
    earlier: Vec<Master>,
}

/// The data keys of one purpose in one school, for as long as a page needs them; wiped when dropped.
pub struct Keys {
    school: SchoolId,
    purpose: String,
    /// INVARIANT: rising versions, never empty. Held by the two functions that make it.
    versions: Vec<(u32, Key)>,
}

impl Sealer {
    /// `current` wraps new keys; `earlier` ones still open what they wrapped until [`Sealer::rewrap`] is through.
    pub fn new(current: Master, earlier: Vec<Master>) -> Self {
        Self(Arc::new(Masters { current, earlier }))
    }

    /// Shows that every data key in this place is wrapped by a master key that was given.
    ///
    /// Errors: [`Error::Invalid`] if one is not, with both fingerprints; they tell nothing of the keys.
    pub async fn prove(&self, db: &Db) -> Result<()> {
        const MASTERS: &str = "SELECT DISTINCT master FROM sealed_key WHERE school = $1 ORDER BY master LIMIT $2";
        for school in db.schools().await? {
            for row in db.read(school).await?.all(MASTERS, args![school, MASTERS_MAX]).await? {
                let sealed_with = row.blob("master")?;
                if self.masters().all(|master| master.fingerprint.as_slice() != sealed_with) {
                    let (given, needed) = (hex::encode(self.0.current.fingerprint), hex::encode(sealed_with));
                    return Err(Error::Invalid(format!(
                        "the master key (fingerprint {given}) is not the one that this place is sealed with ({needed}); give that one, or \
                         in the middle of a change give it as `keys.earlier_master`"
                    )));
                }
            }
        }
        Ok(())
    }

    fn masters(&self) -> impl Iterator<Item = &Master> {
        std::iter::once(&self.0.current).chain(&self.0.earlier)
    }

    /// Seals one value within a write, making the data key if this is the first; purposes are like `concerns`.
    pub async fn seal(&self, tx: &mut Tx, purpose: &'static str, place: Place, content: &[u8]) -> Result<Vec<u8>> {
        self.keys_to_seal(tx, purpose).await?.seal(place, content)
    }

    /// Opens one value. For a list take [`Sealer::keys`] once.
    ///
    /// Errors: [`Error::Tampered`] if it was changed or belongs elsewhere, [`Error::Invalid`] if its master key was not given.
    pub async fn open(
        &self,
        q: &mut impl Query,
        purpose: &'static str,
        place: Place,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        self.keys(q, purpose).await?.open(place, sealed)
    }

    /// The keys to open values of a purpose. Errors: [`Error::NotFound`] if nothing was ever sealed for it here.
    pub async fn keys(&self, q: &mut impl Query, purpose: &'static str) -> Result<Keys> {
        self.find(q, purpose).await?.ok_or(Error::NotFound)
    }

    /// The keys to seal and open values of a purpose; the first one is made within the write.
    pub async fn keys_to_seal(&self, tx: &mut Tx, purpose: &'static str) -> Result<Keys> {
        match self.find(tx, purpose).await? {
            Some(keys) => Ok(keys),
            None => self.add(tx, purpose, Vec::new()).await,
        }
    }

    /// Makes a new version of a data key; from the commit on, values are sealed with it, and older ones still open.
    pub async fn rotate(&self, tx: &mut Tx, purpose: &'static str) -> Result<Keys> {
        let known = self.find(tx, purpose).await?;
        self.add(tx, purpose, known.map(|keys| keys.versions).unwrap_or_default()).await
    }

    /// Wraps all data keys of all schools by the current master key and gives how many there were to do.
    ///
    /// Runs beside everything else: whoever has both master keys can open throughout. When it is through, the earlier
    /// ones are needed only for older backups.
    pub async fn rewrap(&self, db: &Db) -> Result<u64> {
        const OLD: &str = "SELECT id, purpose, version, master, wrapped FROM sealed_key
            WHERE school = $1 AND master <> $2 ORDER BY id LIMIT $3";
        const WRAP: &str = "UPDATE sealed_key SET master = $3, wrapped = $4 WHERE school = $1 AND id = $2";
        let mut count = 0;
        for school in db.schools().await? {
            loop {
                let mut tx = db.write(school).await?;
                let rows = tx.all(OLD, args![school, self.0.current.fingerprint, REWRAP_PAGE]).await?;
                if rows.is_empty() {
                    break;
                }
                for row in &rows {
                    let known = Wrapped::of(school, row)?;
                    let key = self.unwrap(&known)?;
                    let wrapped = wrap(&self.0.current, &known, &key)?;
                    tx.save(WRAP, args![school, known.id, self.0.current.fingerprint, wrapped]).await?;
                    count += 1;
                }
                tx.commit(Deed::by_program().did("keys.rewrapped")).await?;
            }
        }
        Ok(count)
    }

    /// Makes a new version of every data key of every school and gives how many there were.
    pub async fn rotate_all(&self, db: &Db) -> Result<u64> {
        const PURPOSES: &str = "SELECT DISTINCT purpose FROM sealed_key WHERE school = $1 ORDER BY purpose LIMIT $2";
        let mut count = 0;
        for school in db.schools().await? {
            let mut tx = db.write(school).await?;
            let rows = tx.all(PURPOSES, args![school, PURPOSES_MAX]).await?;
            for row in &rows {
                let purpose = row.text("purpose")?;
                let known = self.find(&mut tx, &purpose).await?;
                self.add(&mut tx, &purpose, known.map(|keys| keys.versions).unwrap_or_default()).await?;
                count += 1;
            }
            if !rows.is_empty() {
                tx.commit(Deed::by_program().did("keys.rotated")).await?;
            }
        }
        Ok(count)
    }

    async fn find(&self, q: &mut impl Query, purpose: &str) -> Result<Option<Keys>> {
        const VERSIONS: &str = "SELECT id, purpose, version, master, wrapped FROM sealed_key
            WHERE school = $1 AND purpose = $2 ORDER BY version, id LIMIT $3";
        let school = q.school();
        let rows = q.all(VERSIONS, args![school, purpose, VERSIONS_MAX]).await?;
        let mut versions = Vec::with_capacity(rows.len());
        for row in &rows {
            let wrapped = Wrapped::of(school, row)?;
            versions.push((wrapped.version, self.unwrap(&wrapped)?));
        }
        Ok((!versions.is_empty()).then(|| Keys { school, purpose: purpose.to_owned(), versions }))
    }

    async fn add(&self, tx: &mut Tx, purpose: &str, mut versions: Vec<(u32, Key)>) -> Result<Keys> {
        const KEEP: &str = "INSERT INTO sealed_key (school, id, purpose, version, master, wrapped, made_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        check_purpose(purpose)?;
        if versions.len() >= VERSIONS_MAX as usize {
            return Err(Error::Invalid(format!("`{purpose}` has had {VERSIONS_MAX} keys, which is the most")));
        }
        let school = tx.school();
        let version = versions.last().map_or(1, |(version, _)| version + 1);
        let key = random::<KEY_BYTES>()?;
        let id = Uuid::new_v4();
        let unwrapped = Wrapped {
            school,
            id,
            purpose: purpose.to_owned(),
            version,
            master: self.0.current.fingerprint.to_vec(),
            bytes: Vec::new(),
        };
        let bytes = wrap(&self.0.current, &unwrapped, &key)?;
        let now = tx.now();
        tx.run(KEEP, args![school, id, purpose, version, self.0.current.fingerprint, bytes, now]).await?;
        versions.push((version, key));
        Ok(Keys { school, purpose: purpose.to_owned(), versions })
    }

    fn unwrap(&self, wrapped: &Wrapped) -> Result<Key> {
        let master = self.masters().find(|master| master.fingerprint.as_slice() == wrapped.master);
        let master = master.ok_or_else(|| {
            Error::Invalid(format!("the key of `{}` is wrapped by a master key that was not given", wrapped.purpose))
        })?;
        let broken = || Error::Tampered(format!("the key of `{}` was changed or moved", wrapped.purpose));
        let sealed = wrapped.bytes.strip_prefix(&[FORMAT]).ok_or_else(broken)?;
        let opened = cipher::open(&master.key, &wrapped.context(), sealed).ok_or_else(broken)?;
        Ok(Key::new(opened.as_slice().try_into().map_err(|_| broken())?))
    }
}

impl Keys {
    /// Seals a value with the newest key: [`SEALED_BYTES_MORE`] bytes longer than it was.
    pub fn seal(&self, place: Place, content: &[u8]) -> Result<Vec<u8>> {
        let (version, key) = self.versions.last().ok_or(Error::NotFound)?;
        let sealed = cipher::seal(key, &self.context(place, *version), content)?;
        Ok([[FORMAT].as_slice(), &version.to_be_bytes(), &sealed].concat())
    }

    /// Opens a value sealed with any version.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let broken = || Error::Tampered(format!("`{}` of `{}` was changed or moved", place.column, place.table));
        let (version, rest) = version_of(sealed).ok_or_else(broken)?;
        let key = self.versions.iter().find(|(known, _)| *known == version).ok_or_else(broken)?;
        cipher::open(&key.1, &self.context(place, version), rest).ok_or_else(broken)
    }

    /// Whether a value was sealed with the newest key; if not, seal it again when it is next saved.
    pub fn is_newest(&self, sealed: &[u8]) -> bool {
        let newest = self.versions.last().map(|(version, _)| *version);
        newest.is_some() && version_of(sealed).map(|(version, _)| version) == newest
    }

    fn context(&self, place: Place, version: u32) -> Vec<u8> {
        let school = self.school.get();
        cipher::context(&[
            b"schoolgate value 1",
            school.as_bytes(),
            self.purpose.as_bytes(),
            place.table.as_bytes(),
            place.row.as_bytes(),
            place.column.as_bytes(),
            &version.to_be_bytes(),
        ])
    }
}

fn version_of(sealed: &[u8]) -> Option<(u32, &[u8])> {
    let (version, rest) = sealed.strip_prefix(&[FORMAT])?.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*version), rest))
}

/// A data key as its row holds it. The wrapping binds all of the row, its own id too.
struct Wrapped {
    school: SchoolId,
    id: Uuid,
    purpose: String,
    version: u32,
    master: Vec<u8>,
    bytes: Vec<u8>,
}

impl Wrapped {
    fn of(school: SchoolId, row: &Row) -> Result<Self> {
        let version = u32::try_from(row.int("version")?)
            .map_err(|_| Error::Tampered("a key's version is out of range".into()))?;
        Ok(Self {
            school,
            id: row.id("id")?,
            purpose: row.text("purpose")?,
            version,
            master: row.blob("master")?,
            bytes: row.blob("wrapped")?,
        })
    }

    fn context(&self) -> Vec<u8> {
        let school = self.school.get();
        cipher::context(&[
            b"schoolgate key 1",
            school.as_bytes(),
            self.id.as_bytes(),
            self.purpose.as_bytes(),
            &self.version.to_be_bytes(),
        ])
    }
}

fn wrap(master: &Master, unwrapped: &Wrapped, key: &Key) -> Result<Vec<u8>> {
    let sealed = cipher::seal(&master.key, &unwrapped.context(), key.as_slice())?;
    Ok([[FORMAT].as_slice(), &sealed].concat())
}

fn check_purpose(purpose: &str) -> Result<()> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if purpose.is_empty() || purpose.len() > PURPOSE_BYTES_MAX || !purpose.bytes().all(is_plain) {
        return Err(Error::Invalid(format!("a purpose is like `concerns`, not `{purpose}`")));
    }
    Ok(())
}
