//! What can go wrong in the store, told so that a caller knows what to do next.
//!
//! Promises: a database that is busy, full or gone is always `Unavailable` and never `Engine`; messages name what was
//! being tried and never quote a bound value. Does not: decide what a person is shown.

use std::error::Error as StdError;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A boxed reason. The message of an [`Error`] holds it, so it is not told once more as its source.
pub type Source = Box<dyn StdError + Send + Sync + 'static>;

/// Six outcomes, each with a different next step for the caller.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row that had to be there is not, or belongs to another school. Show "not found".
    #[error("not found")]
    NotFound,
    /// Somebody else changed it first, or a unique key is taken. Show the present state and let the person decide.
    #[error("conflict while {doing}: {said}")]
    Conflict { doing: &'static str, said: String },
    /// The engine is busy, full, stopped or out of reach. Nothing was kept; the same call may work later.
    #[error("the database is unavailable while {doing}: {cause}")]
    Unavailable { doing: &'static str, cause: Source },
    /// Stored data does not match its proof: the ledger, a sealed value or a key.
    #[error("tampered: {0}")]
    Tampered(String),
    /// The caller gave something that cannot be right: settings, a key file, a value over its limit, a broken reference.
    #[error("invalid: {0}")]
    Invalid(String),
    /// A fault in our own SQL or in the engine. Not the caller's to mend.
    #[error("database fault while {doing}: {cause}")]
    Engine { doing: &'static str, cause: Source },
}

impl Error {
    pub(crate) fn engine(doing: &'static str, said: impl Into<String>) -> Self {
        Self::Engine { doing, cause: said.into().into() }
    }

    pub(crate) fn unavailable(doing: &'static str, said: impl Into<String>) -> Self {
        Self::Unavailable { doing, cause: said.into().into() }
    }

    /// Names the file or the host that it is about.
    pub(crate) fn at(self, place: &str) -> Self {
        match self {
            Self::Unavailable { doing, cause } => Self::unavailable(doing, format!("{place}: {cause}")),
            Self::Engine { doing, cause } => Self::engine(doing, format!("{place}: {cause}")),
            other => other,
        }
    }

    /// Sorts an error of the driver into our six; `doing` is what was being tried, as "reading a row".
    pub(crate) fn from_engine(doing: &'static str, error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
                Self::Unavailable { doing, cause: Box::new(error) }
            }
            E::Configuration(said) => Self::Invalid(format!("database settings: {said}")),
            // A server that dies mid-answer can leave half a message; the connection is thrown away.
            E::Protocol(_) => Self::Unavailable { doing, cause: Box::new(error) },
            E::Database(told) => Self::from_database(doing, told),
            other => Self::Engine { doing, cause: Box::new(other) },
        }
    }

    fn from_database(doing: &'static str, told: Box<dyn sqlx::error::DatabaseError>) -> Self {
        use sqlx::error::ErrorKind as Kind;
        match told.kind() {
            Kind::UniqueViolation | Kind::ExclusionViolation => {
                return Self::Conflict { doing, said: constraint(told.as_ref()) };
            }
            Kind::ForeignKeyViolation | Kind::NotNullViolation | Kind::CheckViolation => {
                return Self::Invalid(format!("while {doing}: {}", constraint(told.as_ref())));
            }
            _ => {}
        }
        let code = told.code().map(|code| code.into_owned()).unwrap_or_default();
        if is_damage(&code) {
            return Self::Tampered(format!("the database is damaged: {}", told.message()));
        }
        // PostgreSQL's error also carries a detail that quotes the row, which must not reach a log.
        let cause = format!("{} ({code})", told.message()).into();
        if is_passing(&code) { Self::Unavailable { doing, cause } } else { Self::Engine { doing, cause } }
    }
}

/// Names of constraints and columns only: PostgreSQL's detail line would quote the value.
fn constraint(told: &dyn sqlx::error::DatabaseError) -> String {
    told.message().to_owned()
}

/// Whether a code means "not now" and not "never".
///
/// SQLite gives decimal result codes whose low byte is the family: 5 busy, 6 locked, 7 no memory,
/// 10 input/output, 13 full, 14 cannot open. PostgreSQL gives five-character SQLSTATEs: class 08 connection,
/// 53 resources (disk full, too many clients), 57P shutdown, 57014 statement time-out, 58 system,
/// 40001/40P01 serialisation and deadlock, 55P03 lock time-out, 25P03 idle in transaction, 3D000 no such database.
fn is_passing(code: &str) -> bool {
    if code.len() == 5 {
        return ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class))
            || ["57014", "40001", "40P01", "55P03", "25P03", "3D000"].contains(&code);
    }
    matches!(code.parse::<i64>().map(|n| n & 0xff), Ok(5 | 6 | 7 | 10 | 13 | 14))
}

/// Whether a code means that what is stored makes no sense: SQLite 11 corrupt, 26 not a database; PostgreSQL XX001, XX002.
fn is_damage(code: &str) -> bool {
    matches!(code, "XX001" | "XX002")
        || (code.len() < 5 && matches!(code.parse::<i64>().map(|n| n & 0xff), Ok(11 | 26)))
}

#[cfg(test)]
mod tests {
    use super::{is_damage, is_passing};

    #[test]
    fn passing_troubles_are_told_from_lasting_ones() {
        for code in ["5", "13", "778", "3850", "14", "53100", "57P01", "08006", "40P01", "55P03", "57014"] {
            assert!(is_passing(code), "{code}");
        }
        for code in ["1", "8", "11", "26", "2067", "23505", "42601", "42501", "22P02", ""] {
            assert!(!is_passing(code), "{code}");
        }
        for (code, expect) in
            [("11", true), ("26", true), ("267", true), ("XX001", true), ("1", false), ("53100", false)]
        {
            assert_eq!(is_damage(code), expect, "{code}");
        }
    }
}
