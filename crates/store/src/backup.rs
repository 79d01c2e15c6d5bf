//! Backups, restores and checks.
//!
//! Promises: a backup is one file of one moment, made while everything runs, checked before it gets its name, readable
//! by its owner only; it carries a digest of each table, so that a row that rots is found; a restore checks first and never writes over anything. Does not: hold the master key or the
//! ledger's signing key (keep those apart), encrypt the file, or send it anywhere.
//!
//! A backup is a SQLite file whatever the engine, so a PostgreSQL place can be restored anywhere. For a large
//! PostgreSQL, `pg_dump` by a role that may bypass row-level security does as well.

mod digests;
#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sqlx::SqlSafeStr;

use crate::copy::{self, Progress, Tell};
use crate::db::{Db, Settings};
use crate::engine::{self, Engine};
use crate::ledger::{self, Known, Verified};
use crate::pending::{Pending, taken};
use crate::{Error, Result, args, migrate, schema};

/// How every SQLite file begins.
const SQLITE_BEGINS: &[u8; 16] = b"SQLite format 3\0";

/// Whether the rows of a place are those that were put there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A place in use: there is nothing to compare it with but its ledgers.
    Living,
    /// A backup whose every row is as it was when the backup was made.
    AsMade,
    /// A backup from before backups carried a digest of each table.
    Unknown,
}

/// What a check found in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub content: Content,
    pub tables: usize,
    /// Migrations of this program that a place has not run yet; only an older backup has any.
    pub missing_migrations: Vec<String>,
    pub schools: Vec<Verified>,
}

/// Checks a place that may be in use: the engine's own consistency, references, tables and every ledger.
///
/// Errors: [`Error::Tampered`] with what is wrong.
pub async fn check(db: &Db, known: &Known, tell: Tell<'_>) -> Result<Checked> {
    let missing_migrations = check_tables(db, tell).await?;
    tell(Progress { step: "verifying the ledgers".to_owned(), done: 0, all: 1 });
    let schools = ledger::verify(db, known).await?;
    tell(Progress { step: "verifying the ledgers".to_owned(), done: 1, all: 1 });
    let tables = schema::read(db).await?.len();
    Ok(Checked { content: Content::Living, tables, missing_migrations, schools })
}

/// Checks a backup file without changing it.
pub async fn check_file(file: &Path, known: &Known, tell: Tell<'_>) -> Result<Checked> {
    let db = open_file(file)?;
    let checked = match is_ours(&db).await {
        Ok(()) => check_content(&db, known, tell).await,
        Err(Error::Invalid(said)) => {
            Err(Error::Invalid(format!("{} is not a backup of Schoolgate: {said}", file.display())))
        }
        Err(other) => Err(other),
    };
    db.close().await;
    checked
}

/// The rows first: damage in one of them is told best as that.
async fn check_content(db: &Db, known: &Known, tell: Tell<'_>) -> Result<Checked> {
    let content = match digests::kept(db).await? {
        None => Content::Unknown,
        Some(kept) => {
            digests::compare(&kept, &copy::digests(db, tell).await?)?;
            Content::AsMade
        }
    };
    Ok(Checked { content, ..check(db, known, tell).await? })
}

/// Writes a checked backup into a new file of mode 0600. Others go on reading and writing meanwhile.
///
/// Errors: [`Error::Conflict`] if the file exists, [`Error::Unavailable`] if the disk is full; no file is left then.
pub async fn backup(db: &Db, file: &Path, tell: Tell<'_>) -> Result<Checked> {
    let pending = Pending::beside(file)?;
    let to = Db::open(&Settings { owner_url: None, ..settings_of(db, &pending.path) })?;
    let written = fill(db, &to, tell).await;
    to.close().await;
    written?;
    let checked = check_file(&pending.path, &Known::default(), tell).await?;
    pending.name(file)?;
    Ok(checked)
}

/// Fills a new file with all of a place, and with the digests of what it took.
async fn fill(db: &Db, to: &Db, tell: Tell<'_>) -> Result<()> {
    let digests = match db.engine() {
        Engine::Sqlite => {
            vacuum_into(db, engine::sqlite_path(&to.settings().url)?, tell).await?;
            copy::digests(to, tell).await?
        }
        Engine::Postgres => copy::copy(db, to, tell).await?.digests,
    };
    digests::keep(to, &digests).await
}

/// Restores a backup into a fresh place and gives what it holds: a SQLite file that does not exist yet, or an empty
/// PostgreSQL database.
///
/// The backup is checked before anything is written, against heads kept elsewhere if there are any; an older one is
/// migrated. Errors: [`Error::Conflict`] if the place is in use, [`Error::Tampered`] or [`Error::Invalid`] if the backup
/// is not sound; the place is left as it was then.
pub async fn restore(file: &Path, to: &Settings, known: &Known, tell: Tell<'_>) -> Result<Checked> {
    let checked = check_file(file, known, tell).await?;
    match engine::engine_of(&to.url)? {
        Engine::Sqlite => {
            let restored = restore_sqlite(file, to, known, tell).await?;
            Ok(Checked { content: checked.content, ..restored })
        }
        Engine::Postgres => {
            let (from, to) = (open_file(file)?, Db::open(to)?);
            let copied = copy::copy(&from, &to, tell).await;
            from.close().await;
            to.close().await;
            copied.map(|_| checked)
        }
    }
}

async fn restore_sqlite(file: &Path, to: &Settings, known: &Known, tell: Tell<'_>) -> Result<Checked> {
    let path = engine::sqlite_path(&to.url)?;
    for beside in ["-wal", "-shm"] {
        let beside = PathBuf::from(format!("{}{beside}", path.display()));
        if beside.exists() {
            return Err(taken(&beside));
        }
    }
    let pending = Pending::beside(path)?;
    tell(Progress { step: "copying the file".to_owned(), done: 0, all: 1 });
    let (source, target) = (file.to_owned(), pending.path.clone());
    blocking("copying a backup", move || {
        io::copy(&mut File::open(source)?, &mut OpenOptions::new().write(true).open(target)?).map(|_| ())
    })
    .await?;
    tell(Progress { step: "copying the file".to_owned(), done: 1, all: 1 });
    let db = Db::open(&Settings { url: sqlite_url(&pending.path), ..to.clone() })?;
    let checked = async {
        digests::forget(&db).await?;
        db.migrate().await?;
        check(&db, known, tell).await
    }
    .await;
    db.close().await;
    let checked = checked?;
    pending.name(path)?;
    Ok(checked)
}

async fn is_ours(db: &Db) -> Result<()> {
    migrate::refuse_unless_ours(&mut db.reading_wire("BEGIN".to_owned()).await?, db.engine()).await
}

/// Everything but the ledgers. Gives the migrations that the place lacks.
async fn check_tables(db: &Db, tell: Tell<'_>) -> Result<Vec<String>> {
    let step = |done| Progress { step: "checking the tables".to_owned(), done, all: 3 };
    tell(step(0));
    if db.engine() == Engine::Sqlite {
        let mut wire = db.reading_wire("BEGIN".to_owned()).await?;
        let found = wire.rows("checking the file", "PRAGMA integrity_check(5)".into_sql_str(), args![]).await?;
        let said = found.iter().map(|row| row.text("integrity_check")).collect::<Result<Vec<_>>>()?.join("; ");
        if said != "ok" {
            return Err(Error::Tampered(format!("the database file is damaged: {said}")));
        }
        tell(step(1));
        let dangling = "SELECT \"table\" AS tab FROM pragma_foreign_key_check LIMIT 1";
        if let Some(row) = wire.rows("checking references", dangling.into_sql_str(), args![]).await?.first() {
            return Err(Error::Tampered(format!("a row of `{}` refers to one that is gone", row.text("tab")?)));
        }
    }
    tell(step(2));
    let begin = if db.engine() == Engine::Sqlite { "BEGIN" } else { "BEGIN READ ONLY" };
    let mut wire = db.reading_wire(begin.to_owned()).await?;
    migrate::refuse_unless_ours(&mut wire, db.engine()).await?;
    let run = migrate::known(&mut wire).await?;
    drop(wire);
    let missing = migrate::compare(&run)?;
    let expected = migrate::expected_schema(&run).await?;
    let found = schema::read(db).await?;
    for (name, table) in &expected {
        if found.get(name) != Some(table) {
            return Err(Error::Tampered(format!("table `{name}` is not as its migrations made it")));
        }
    }
    if let Some(name) = found.keys().find(|name| !expected.contains_key(*name)) {
        return Err(Error::Tampered(format!("table `{name}` comes from no migration")));
    }
    tell(step(3));
    Ok(missing)
}

async fn vacuum_into(db: &Db, path: &Path, tell: Tell<'_>) -> Result<()> {
    tell(Progress { step: "copying the file".to_owned(), done: 0, all: 1 });
    engine::vacuum_into(db.settings(), path).await?;
    tell(Progress { step: "copying the file".to_owned(), done: 1, all: 1 });
    Ok(())
}

/// Opens a finished file so that nothing about it changes.
fn open_file(file: &Path) -> Result<Db> {
    let none = || Error::Invalid(format!("{} is not a backup of Schoolgate", file.display()));
    let about = fs::metadata(file).map_err(|error| Error::Invalid(format!("{}: {error}", file.display())))?;
    if !about.is_file() {
        return Err(none());
    }
    let mut begins = [0; SQLITE_BEGINS.len()];
    match File::open(file).and_then(|mut opened| opened.read_exact(&mut begins)) {
        Ok(()) if begins == *SQLITE_BEGINS => Db::open_frozen(file),
        Ok(()) => Err(none()),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(none()),
        Err(error) => Err(Error::Invalid(format!("{}: {error}", file.display()))),
    }
}

fn settings_of(db: &Db, path: &Path) -> Settings {
    Settings { url: sqlite_url(path), ..db.settings().clone() }
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

async fn blocking(doing: &'static str, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<()> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| Error::unavailable(doing, error.to_string()))?;
    done.map_err(|error| Error::unavailable(doing, error.to_string()))
}
