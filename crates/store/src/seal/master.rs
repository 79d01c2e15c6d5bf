//! Master keys: from a file of mode 0600, or from a passphrase.
//!
//! Promises: a wrong passphrase is told at once; keys are wiped from memory when dropped. Does not: keep a master key in
//! the database.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::{Db, Query};
use crate::keyfile::{self, Key, random};
use crate::value::Row;
use crate::{Deed, Error, Result, SchoolId, args};

/// Argon2id for a key that opens everything: a second of one processor and 256 MiB, once at each start.
const COST: Cost = Cost { memory_kib: 256 << 10, passes: 3 };
/// What a row may ask for; more would be a way to stop the program from starting.
const MEMORY_KIB_MAX: i64 = 4 << 20;
const PASSES_MAX: i64 = 64;
/// Short passphrases can be guessed from a stolen backup at leisure.
pub const PASSPHRASE_BYTES_MIN: usize = 16;
/// Passphrases in use at once: the present one, and earlier ones during a change.
const PASSPHRASES_MAX: i64 = 8;

/// Bytes of a fingerprint.
pub(super) type Fingerprint = [u8; 16];

/// What wraps the data keys. Keep it away from the database and its backups.
pub struct Master {
    pub(super) key: Key,
    pub(super) fingerprint: Fingerprint,
}

#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Master {
    /// Makes a new random key in a new file of mode 0600.
    ///
    /// Errors: [`Error::Invalid`] if the file exists already.
    pub fn create_file(path: &Path) -> Result<Self> {
        keyfile::create(path).map(Self::of)
    }

    /// Reads the key; a file that others may read is refused.
    pub fn open_file(path: &Path) -> Result<Self> {
        keyfile::open(path).map(Self::of)
    }

    /// Makes a master key from a passphrase (Argon2id) and keeps the salt in the database.
    ///
    /// Errors: [`Error::Invalid`] if it is shorter than [`PASSPHRASE_BYTES_MIN`], [`Error::Conflict`] if this passphrase is
    /// in use already.
    pub async fn create_passphrase(db: &Db, passphrase: &str) -> Result<Self> {
        Self::create_passphrase_at(db, passphrase, COST).await
    }

    /// Opens the master key of a passphrase that was made before.
    ///
    /// Errors: [`Error::Invalid`] if it is not one of those in use, [`Error::NotFound`] if there are none.
    pub async fn open_passphrase(db: &Db, passphrase: &str) -> Result<Self> {
        let rows = passphrases(&mut db.read(SchoolId::HOUSE).await?).await?;
        if rows.is_empty() {
            return Err(Error::NotFound);
        }
        for row in &rows {
            let cost = cost_of(row)?;
            let master = derive(passphrase, row.blob("salt")?, cost).await?;
            if master.fingerprint.as_slice() == row.blob("master")? {
                return Ok(master);
            }
        }
        Err(Error::Invalid("the passphrase is not the one in use".into()))
    }

    async fn create_passphrase_at(db: &Db, passphrase: &str, cost: Cost) -> Result<Self> {
        const KEEP: &str = "INSERT INTO passphrase (school, id, salt, memory_kib, passes, master, made_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        if passphrase.len() < PASSPHRASE_BYTES_MIN {
            return Err(Error::Invalid(format!("a passphrase has at least {PASSPHRASE_BYTES_MIN} characters")));
        }
        match Self::open_passphrase(db, passphrase).await {
            Ok(_) => {
                return Err(Error::Conflict { doing: "making a master key", said: "the passphrase is in use".into() });
            }
            Err(Error::Invalid(_) | Error::NotFound) => {}
            Err(other) => return Err(other),
        }
        let salt = random::<16>()?;
        let master = derive(passphrase, salt.to_vec(), cost).await?;
        let mut tx = db.write(SchoolId::HOUSE).await?;
        let (id, now) = (Uuid::new_v4(), tx.now());
        let row = args![SchoolId::HOUSE, id, *salt, cost.memory_kib, cost.passes, master.fingerprint, now];
        tx.run(KEEP, row).await?;
        tx.commit(Deed::by_program().did("keys.passphrase-made").to(id)).await?;
        Ok(master)
    }

    fn of(key: Key) -> Self {
        let hash: [u8; 32] = Sha256::new_with_prefix("schoolgate master key 1\n").chain_update(*key).finalize().into();
        let fingerprint = *hash.first_chunk().unwrap_or(&[0; 16]);
        Self { key, fingerprint }
    }
}

async fn passphrases(q: &mut impl Query) -> Result<Vec<Row>> {
    const NEWEST: &str = "SELECT salt, memory_kib, passes, master FROM passphrase
        WHERE school = $1 ORDER BY made_at DESC, id DESC LIMIT $2";
    q.all(NEWEST, args![SchoolId::HOUSE, PASSPHRASES_MAX]).await
}

fn cost_of(row: &Row) -> Result<Cost> {
    let (memory, passes) = (row.int("memory_kib")?, row.int("passes")?);
    if memory > MEMORY_KIB_MAX || passes > PASSES_MAX {
        return Err(Error::Tampered("a passphrase asks for more memory or time than was ever given".into()));
    }
    let number = |n: i64| u32::try_from(n).map_err(|_| Error::Tampered("a passphrase has a cost below zero".into()));
    Ok(Cost { memory_kib: number(memory)?, passes: number(passes)? })
}

/// A second of computing, away from the threads that serve requests.
async fn derive(passphrase: &str, salt: Vec<u8>, cost: Cost) -> Result<Master> {
    let passphrase = zeroize::Zeroizing::new(passphrase.to_owned());
    let work = move || {
        let invalid = |error: argon2::Error| Error::Invalid(format!("passphrase: {error}"));
        let params = Params::new(cost.memory_kib, cost.passes, 1, Some(keyfile::KEY_BYTES)).map_err(invalid)?;
        let mut key = Key::default();
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password_into(passphrase.as_bytes(), &salt, key.as_mut_slice()).map_err(invalid)?;
        Ok(Master::of(key))
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::unavailable("making a master key", error.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_both;

    /// Cheap, so that the tests are quick; the real cost is only a number.
    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

    #[tokio::test]
    async fn a_passphrase_gives_the_same_key_again_and_a_wrong_one_is_told() {
        on_both(|db| async move {
            let phrase = "correct horse battery";
            assert!(matches!(Master::open_passphrase(&db, phrase).await.err().unwrap(), Error::NotFound));
            let short = Master::create_passphrase_at(&db, "fifteen letters", CHEAP).await.err().unwrap();
            assert!(matches!(short, Error::Invalid(_)));
            let made = Master::create_passphrase_at(&db, phrase, CHEAP).await.unwrap();
            let again = Master::create_passphrase_at(&db, phrase, CHEAP).await.err().unwrap();
            assert!(matches!(again, Error::Conflict { .. }));
            let opened = Master::open_passphrase(&db, phrase).await.unwrap();
            assert_eq!((*opened.key, opened.fingerprint), (*made.key, made.fingerprint));
            let wrong = Master::open_passphrase(&db, "correct horse buttery").await.err().unwrap();
            assert!(matches!(wrong, Error::Invalid(_)));
            let second = Master::create_passphrase_at(&db, "a new passphrase", CHEAP).await.unwrap();
            assert_ne!(second.fingerprint, made.fingerprint);
            assert_eq!(Master::open_passphrase(&db, phrase).await.unwrap().fingerprint, made.fingerprint);
        })
        .await;
    }

    #[tokio::test]
    async fn a_row_that_asks_for_all_the_memory_is_refused() {
        let place = crate::testing::fresh_sqlite().await;
        Master::create_passphrase_at(&place.db, "correct horse battery", CHEAP).await.unwrap();
        let mut tx = place.db.write(SchoolId::HOUSE).await.unwrap();
        tx.run("UPDATE passphrase SET memory_kib = 99999999999 WHERE school = $1", args![SchoolId::HOUSE])
            .await
            .unwrap();
        tx.commit(Deed::by_program().did("test.forged")).await.unwrap();
        let refused = Master::open_passphrase(&place.db, "correct horse battery").await.err().unwrap();
        assert!(matches!(refused, Error::Tampered(_)));
    }
}
