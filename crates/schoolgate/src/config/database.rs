//! Where the database is. Promises: no address is ever shown.

use std::fmt;

/// Either address may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Database {
    pub url: String,
    /// PostgreSQL only: who owns the tables, for migrations; `url` must be a lesser role.
    pub owner_url: Option<String>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database(..)")
    }
}

pub(super) fn is_database(text: &str) -> bool {
    text.starts_with("sqlite:") || is_postgres(text)
}

/// Both spellings are usual.
pub(super) fn is_postgres(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}
