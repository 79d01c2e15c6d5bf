//! Bringing the tables up to date from one text for both engines.
//!
//! Promises: each `migrations/NNNN_name.sql` runs once, in one transaction, and is remembered with the hash of its text;
//! on PostgreSQL every table with a `school` column is behind row-level security before anybody can use it. Does not: go
//! back, or understand SQL beyond what telling words from strings and comments takes.

#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};
use sqlx::SqlSafeStr;

use crate::engine::{self, Engine, Wire};
use crate::schema::{self, Schema};
use crate::{Db, Error, Result, Settings, args};

/// Every migration in order: name without `.sql`, text. The list is made by `build.rs` from the folder.
pub(crate) const MIGRATIONS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Bookkeeping of the installation, not of a school: kept out of copies and of row-level security.
const REMEMBER: &str =
    "CREATE TABLE migration (name TEXT NOT NULL PRIMARY KEY, hash BLOB NOT NULL, applied_at INTEGER NOT NULL);";

/// Two processes that start together must not both migrate; any number does that no school's key is likely to be.
const MIGRATION_LOCK: i64 = 0x5c00_196a_7e00_0001;

/// A transaction as the owner of the tables, with no limit of time: a new index on a large table may need it.
const BEGIN_POSTGRES: &str =
    "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;";

pub(crate) async fn run(db: &Db) -> Result<()> {
    run_list(db, MIGRATIONS).await
}

/// Tells one list of migrations from every other.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn fingerprint() -> String {
    let all: Vec<u8> = MIGRATIONS.iter().flat_map(|(name, text)| [hash(name), hash(text)].concat()).collect();
    hex::encode(&Sha256::digest(all)[..8])
}

/// The same with another list, so that the rules can be tested.
pub(crate) async fn run_list(db: &Db, list: &[(&'static str, &'static str)]) -> Result<()> {
    let mut wire = db.owner_wire(begin_owner(db.engine())).await?;
    let missing = missing(db.engine(), &mut wire, list).await?;
    if missing.is_empty() {
        return Ok(());
    }
    if db.engine() == Engine::Postgres {
        open_wall(&mut wire).await?;
    }
    for (name, text) in missing {
        wire.script("migrating", translate(text, db.engine())).await.map_err(|error| named(name, error))?;
        let insert = "INSERT INTO migration (name, hash, applied_at) VALUES ($1, $2, $3)";
        wire.run("migrating", insert.into_sql_str(), args![name, hash(text), (db.settings().clock)()]).await?;
    }
    if db.engine() == Engine::Postgres {
        close_wall(&mut wire, db.app_role()?).await?;
    }
    wire.commit().await
}

/// Opens a transaction that may change tables; two of them never run at once.
pub(crate) fn begin_owner(engine: Engine) -> String {
    match engine {
        Engine::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        Engine::Postgres => format!("{BEGIN_POSTGRES} SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"),
    }
}

/// Whether no migration ever ran here.
async fn is_new(wire: &mut Wire, engine: Engine) -> Result<bool> {
    let is_new = match engine {
        Engine::Sqlite => "SELECT COUNT(*) = 0 AS is_new FROM sqlite_schema WHERE name = 'migration'",
        Engine::Postgres => "SELECT to_regclass('migration') IS NULL AS is_new",
    };
    let rows = wire.rows("reading migrations", is_new.into_sql_str(), args![]).await?;
    rows.first().ok_or(Error::NotFound)?.flag("is_new")
}

/// Errors: [`Error::Invalid`] for a database that this program never set up.
pub(crate) async fn refuse_unless_ours(wire: &mut Wire, engine: Engine) -> Result<()> {
    match is_new(wire, engine).await? {
        true => Err(Error::Invalid("the database was never set up by this program".into())),
        false => Ok(()),
    }
}

/// The migrations that have run: name and hash, in order.
pub(crate) async fn known(wire: &mut Wire) -> Result<Vec<(String, Vec<u8>)>> {
    const KNOWN: &str = "SELECT name, hash FROM migration ORDER BY name";
    let rows = wire.rows("reading migrations", KNOWN.into_sql_str(), args![]).await?;
    rows.iter().map(|row| Ok((row.text("name")?, row.blob("hash")?))).collect()
}

/// What has not run yet, in order. Names the first migration whose text is no longer the one that ran.
async fn missing<'a>(
    engine: Engine,
    wire: &mut Wire,
    list: &'a [(&'static str, &'static str)],
) -> Result<Vec<&'a (&'static str, &'static str)>> {
    if is_new(wire, engine).await? {
        wire.script("preparing to migrate", translate(REMEMBER, engine)).await?;
    }
    let known = known(wire).await?;
    let mut missing = Vec::new();
    for migration in list {
        let (name, text) = *migration;
        match known.iter().find(|(known, _)| known == name) {
            None => missing.push(migration),
            Some((_, known)) if *known == hash(text) => {}
            Some(_) => {
                return Err(Error::Tampered(format!(
                    "migration `{name}` was changed after it ran; add a new one instead"
                )));
            }
        }
    }
    Ok(missing)
}

/// Compares what has run in a place with this program's list and gives the names that have not run there.
///
/// Errors: [`Error::Invalid`] for one that this program does not have, [`Error::Tampered`] for one with other text.
pub(crate) fn compare(run: &[(String, Vec<u8>)]) -> Result<Vec<String>> {
    for (name, known) in run {
        match MIGRATIONS.iter().find(|(own, _)| own == name) {
            None => {
                return Err(Error::Invalid(format!(
                    "it was made by a newer program: migration `{name}` is not known here"
                )));
            }
            Some((_, text)) if *known == hash(text) => {}
            Some(_) => return Err(Error::Tampered(format!("migration `{name}` ran with another text"))),
        }
    }
    let has_run = |name: &str| run.iter().any(|(known, _)| known == name);
    Ok(MIGRATIONS.iter().filter(|(name, _)| !has_run(name)).map(|(name, _)| (*name).to_owned()).collect())
}

/// The tables that a place has after those migrations.
pub(crate) async fn expected_schema(run: &[(String, Vec<u8>)]) -> Result<Schema> {
    let mut wire = engine::lone_memory(&Settings::new("")).await?;
    for (name, text) in MIGRATIONS {
        if run.iter().any(|(known, _)| known == name) {
            wire.script("making the tables anew", translate(text, Engine::Sqlite)).await?;
        }
    }
    schema::read_wire(&mut wire, Engine::Sqlite).await
}

fn hash(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn named(name: &str, error: Error) -> Error {
    match error {
        Error::Engine { doing, cause } => Error::Engine { doing, cause: format!("`{name}`: {cause}").into() },
        Error::Invalid(said) => Error::Invalid(format!("migration `{name}`: {said}")),
        other => other,
    }
}

/// Lets the owner's own statements through while a migration moves rows, and nobody else's: the tables stay locked
/// until the wall is closed again in the same transaction.
pub(crate) async fn open_wall(wire: &mut Wire) -> Result<()> {
    for table in tables(wire).await? {
        if table.has_school {
            wire.script("opening the wall", format!("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", table.name)).await?;
        }
    }
    Ok(())
}

/// Puts every table that has a `school` behind row-level security and lets the app's role use what it needs.
pub(crate) async fn close_wall(wire: &mut Wire, app_role: Option<String>) -> Result<()> {
    for Table { name, has_school, has_policy } in tables(wire).await? {
        if has_school {
            let close =
                format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; ALTER TABLE {name} FORCE ROW LEVEL SECURITY");
            wire.script("closing the wall", close).await?;
        }
        if has_school && !has_policy {
            // The setting is NULL before its first use on a connection and '' after: both let nothing through.
            const MINE: &str = "school = decode(nullif(current_setting('app.school', true), ''), 'hex')";
            let policy = format!("CREATE POLICY one_school ON {name} USING ({MINE}) WITH CHECK ({MINE})");
            wire.script("closing the wall", policy).await?;
        }
        if let Some(role) = &app_role {
            // The ledger is only ever added to, whatever a statement of the app says.
            let may = match name.as_str() {
                "migration" => "SELECT",
                "ledger" | "ledger_school" | "ledger_head" => "SELECT, INSERT",
                _ => "SELECT, INSERT, UPDATE, DELETE",
            };
            wire.script("granting", format!("GRANT {may} ON {name} TO {role}")).await?;
        }
    }
    Ok(())
}

/// Lets references wait until [`check_references`], as rows that arrive in bulk may refer to later ones.
pub(crate) async fn defer_references(wire: &mut Wire) -> Result<()> {
    alter_references(wire, "DEFERRABLE INITIALLY DEFERRED").await
}

/// Checks what was deferred and makes references immediate again.
pub(crate) async fn check_references(wire: &mut Wire) -> Result<()> {
    wire.script("checking references", "SET CONSTRAINTS ALL IMMEDIATE".to_owned()).await?;
    alter_references(wire, "NOT DEFERRABLE").await
}

async fn alter_references(wire: &mut Wire, mode: &str) -> Result<()> {
    const REFERENCES: &str =
        "SELECT t.relname AS tab, c.conname AS name FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace ORDER BY t.relname, c.conname";
    for row in wire.rows("reading references", REFERENCES.into_sql_str(), args![]).await? {
        let alter = format!("ALTER TABLE {} ALTER CONSTRAINT {} {mode}", row.text("tab")?, row.text("name")?);
        wire.script("changing references", alter).await?;
    }
    Ok(())
}

struct Table {
    name: String,
    has_school: bool,
    has_policy: bool,
}

async fn tables(wire: &mut Wire) -> Result<Vec<Table>> {
    const TABLES: &str = "SELECT c.relname AS name,
            EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'school' AND NOT a.attisdropped) AS has_school,
            EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) AS has_policy
        FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname";
    let rows = wire.rows("reading the tables", TABLES.into_sql_str(), args![]).await?;
    rows.iter()
        .map(|row| {
            Ok(Table {
                name: row.text("name")?,
                has_school: row.flag("has_school")?,
                has_policy: row.flag("has_policy")?,
            })
        })
        .collect()
}

/// Gives one migration text its engine's words.
///
/// SQLite: every table becomes `STRICT`. PostgreSQL: `INTEGER` becomes `BIGINT`, `BLOB` `BYTEA`, and a `TEXT` column is
/// compared byte by byte as on SQLite. Strings, quoted names and comments stay as they are.
fn translate(text: &str, engine: Engine) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut statement: Vec<String> = Vec::new();
    for piece in pieces(text) {
        let defines_table = matches!(statement.first().map(String::as_str), Some("CREATE" | "ALTER"))
            && statement.get(1).is_some_and(|word| word == "TABLE");
        match piece {
            Piece::Word(word) => {
                let upper = word.to_ascii_uppercase();
                let is_cast = statement.last().is_some_and(|before| before == "AS");
                match (engine, upper.as_str()) {
                    (Engine::Postgres, "INTEGER") => out.push_str("BIGINT"),
                    (Engine::Postgres, "BLOB") => out.push_str("BYTEA"),
                    (Engine::Postgres, "TEXT") if defines_table && !is_cast => out.push_str("TEXT COLLATE \"C\""),
                    _ => out.push_str(word),
                }
                statement.push(upper);
            }
            Piece::End => {
                if engine == Engine::Sqlite && defines_table && statement.first().is_some_and(|word| word == "CREATE") {
                    out.push_str(" STRICT");
                }
                out.push(';');
                statement.clear();
            }
            Piece::Other(other) => out.push_str(other),
        }
    }
    out
}

#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Word(&'a str),
    /// The semicolon that ends a statement.
    End,
    /// Space, punctuation, a string, a quoted name, a number or a comment.
    Other(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut rest = text;
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if first == '\'' || first == '"' {
            // A doubled quote inside is simply the next quoted piece.
            rest[1..].find(first).map_or(rest.len(), |at| at + 2)
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        found.push(match first {
            ';' => Piece::End,
            c if c.is_ascii_alphabetic() => Piece::Word(piece),
            _ => Piece::Other(piece),
        });
        rest = after;
    }
    found
}
