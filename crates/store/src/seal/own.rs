//! A key of one value's own, so that destroying a few bytes destroys the value.
//!
//! For: pictures, which must be gone for good the moment they are taken down, while the record of them stays.
//! Promises: the value opens only with this key, in its own place; the key is kept sealed like any other value. Does not:
//! reach into backups that were made before: they hold the key until they are thrown away themselves.

use zeroize::Zeroizing;

use super::{Keys, Place, cipher};
use crate::keyfile::{KEY_BYTES, Key, random};
use crate::{Error, Result};

/// The key of one value.
pub struct OwnKey(Key);

impl OwnKey {
    pub fn make() -> Result<Self> {
        Ok(Self(random::<KEY_BYTES>()?))
    }

    /// The key as its column keeps it; `place` is the key's own.
    pub fn wrapped(&self, keys: &Keys, place: Place) -> Result<Vec<u8>> {
        keys.seal(place, self.0.as_slice())
    }

    /// Errors: [`Error::Tampered`] if it was changed or belongs elsewhere.
    pub fn unwrapped(keys: &Keys, place: Place, wrapped: &[u8]) -> Result<Self> {
        let opened = keys.open(place, wrapped)?;
        let bytes =
            opened.as_slice().try_into().map_err(|_| Error::Tampered("a value's own key is too short".into()))?;
        Ok(Self(Key::new(bytes)))
    }

    pub fn seal(&self, place: Place, content: &[u8]) -> Result<Vec<u8>> {
        cipher::seal(&self.0, &context(place), content)
    }

    /// Errors: [`Error::Tampered`] if it was changed or belongs elsewhere.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let broken = || Error::Tampered(format!("`{}` of `{}` was changed or moved", place.column, place.table));
        cipher::open(&self.0, &context(place), sealed).ok_or_else(broken)
    }
}

fn context(place: Place) -> Vec<u8> {
    cipher::context(&[b"schoolgate own value 1", place.table.as_bytes(), place.row.as_bytes(), place.column.as_bytes()])
}
