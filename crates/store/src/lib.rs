//! What is kept: schools' data on SQLite or PostgreSQL, the ledger of what was done, sealed values, and backups.
//!
//! Promises: one SQL text and one migration text for both engines; one writer a school; no change without a [`Deed`] in
//! the tamper-evident ledger; what is acknowledged survives a crash. Does not: decide anything, know any table of the
//! app but the list of schools, call out, or show engines and ciphers to its users.

pub mod backup;
pub mod copy;
mod db;
mod engine;
mod error;
mod keyfile;
pub mod ledger;
mod many;
mod migrate;
#[cfg(test)]
mod outage;
mod pending;
pub mod schema;
pub mod seal;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod value;

use uuid::Uuid;

pub use db::{Clock, Db, Query, Read, Settings, Tx};
pub use engine::{Engine, ROWS_MAX};
pub use error::{Error, Result, Source};
pub use keyfile::{plain_file, secret_text};
pub use ledger::Deed;
pub use seal::Sealer;
pub use value::{Args, Argument, Kind, Row, VALUE_BYTES_MAX, Value, filled_up};

/// Whose rows they are. Every statement names it, and on PostgreSQL the engine lets no other school's rows through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchoolId(Uuid);

impl SchoolId {
    /// What belongs to the whole installation: the list of schools, the sign-in directory, throttles.
    pub const HOUSE: Self = Self(Uuid::nil());

    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    pub const fn get(self) -> Uuid {
        self.0
    }

    /// The key of this school's advisory lock. Two schools that share one merely wait for each other.
    fn lock_key(self) -> i64 {
        let (high, low) = self.0.as_u64_pair();
        (high ^ low).cast_signed()
    }
}

impl Argument for SchoolId {
    const KIND: Kind = Kind::Blob;
    fn into_value(self) -> Value {
        self.0.into_value()
    }
}
