//! The two engines behind one face; the only file that names their drivers' pools and connections.
//!
//! Promises: a connection is never handed on with a transaction open; a statement takes our arguments and gives our rows
//! on both engines alike. Does not: know schools, deeds or migrations.

mod place;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPool, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteRow, SqliteSynchronous};
use sqlx::{Column, ConnectOptions, Executor, Postgres, Row as _, SqlSafeStr, SqlStr, Sqlite, TypeInfo, ValueRef};
use tokio::sync::OwnedMutexGuard;

use crate::value::{Args, Kind, Row, Value};
use crate::{Error, Result, Settings};

use place::host_of;
pub(crate) use place::{engine_of, knock, make_file, sqlite_path};

/// No statement of ours gives more rows than this; a list states its own smaller `LIMIT`.
pub const ROWS_MAX: usize = 10_000;
/// The app has some hundreds of statements; all of them stay prepared.
const STATEMENTS_KEPT: usize = 512;
/// A statement that runs longer has lost its index or met a stuck disk.
const STATEMENT_LIMIT: &str = "30s";
/// A process that froze with a write open must not keep its school locked.
const IDLE_WRITE_LIMIT: &str = "60s";
/// A rollback left to the background gives up after this and closes the connection instead.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(5);
/// Readers of SQLite are threads with a cache each; unused ones go away.
const READER_IDLE: Duration = Duration::from_secs(60);

/// Which engine a place lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Readers and writers apart, so that a writer who also reads can never wait for another such writer's connection.
pub(crate) enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool, place: String },
    Postgres { read: PgPool, write: PgPool, place: String },
}

impl Pools {
    /// Reads the settings; connects to nothing yet.
    pub(crate) fn open(settings: &Settings) -> Result<Self> {
        match engine_of(&settings.url)? {
            Engine::Sqlite => {
                let options = sqlite_options(settings)?;
                let write = pool::<Sqlite>(settings, 1).idle_timeout(None).max_lifetime(None);
                let read = pool::<Sqlite>(settings, settings.connections).idle_timeout(READER_IDLE).max_lifetime(None);
                Ok(Self::Sqlite {
                    place: sqlite_path(&settings.url)?.display().to_string(),
                    write: write.connect_lazy_with(options.clone()),
                    read: read.connect_lazy_with(options.pragma("query_only", "ON")),
                })
            }
            Engine::Postgres => {
                let options = postgres_options(&settings.url, settings)?;
                let lazy = || pool::<Postgres>(settings, settings.connections).connect_lazy_with(options.clone());
                Ok(Self::Postgres { read: lazy(), write: lazy(), place: host_of(&options) })
            }
        }
    }

    /// A finished SQLite file, read so that neither it nor its folder changes.
    pub(crate) fn open_frozen(file: &Path, settings: &Settings) -> Self {
        let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
        let options = options.pragma("trusted_schema", "OFF").disable_statement_logging();
        let lazy = || pool::<Sqlite>(settings, 2).connect_lazy_with(options.clone());
        Self::Sqlite { read: lazy(), write: lazy(), place: file.display().to_string() }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }

    pub(crate) async fn reader(&self, begin: String) -> Result<Wire> {
        let (begun, place) = match self {
            Self::Sqlite { read, place, .. } => (begin_sqlite(read, begin, None).await, place),
            Self::Postgres { read, place, .. } => (begin_postgres(read, begin, None).await, place),
        };
        begun.map_err(|error| error.at(place))
    }

    pub(crate) async fn writer(&self, begin: String, turn: OwnedMutexGuard<()>) -> Result<Wire> {
        let (begun, place) = match self {
            Self::Sqlite { write, place, .. } => (begin_sqlite(write, begin, Some(turn)).await, place),
            Self::Postgres { write, place, .. } => (begin_postgres(write, begin, Some(turn)).await, place),
        };
        begun.map_err(|error| error.at(place))
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// A connection with a transaction open. Dropping it rolls back before anybody else gets the connection or the turn.
pub struct Wire {
    line: Option<Line>,
    turn: Option<OwnedMutexGuard<()>>,
    /// PostgreSQL gives up a whole transaction at its first failed statement, SQLite does not. Ours always does.
    is_spoiled: bool,
}

enum Line {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Wire {
    /// Runs a statement and gives all its rows.
    pub(crate) async fn rows(&mut self, doing: &'static str, sql: SqlStr, args: Args) -> Result<Vec<Row>> {
        self.ready(&args)?;
        let got = match self.line()? {
            Line::Sqlite(line) => {
                bind_sqlite(sql, args).fetch_all(&mut **line).await.map(|rows| read_all(&rows, sqlite_value))
            }
            Line::Postgres(line) => {
                bind_postgres(sql, args).fetch_all(&mut **line).await.map(|rows| read_all(&rows, postgres_value))
            }
        };
        self.spoil(got.map_err(|error| Error::from_engine(doing, error)).and_then(|rows| rows))
    }

    /// Runs a statement and gives the number of rows it changed.
    pub(crate) async fn run(&mut self, doing: &'static str, sql: SqlStr, args: Args) -> Result<u64> {
        self.ready(&args)?;
        let got = match self.line()? {
            Line::Sqlite(line) => bind_sqlite(sql, args).execute(&mut **line).await.map(|done| done.rows_affected()),
            Line::Postgres(line) => {
                bind_postgres(sql, args).execute(&mut **line).await.map(|done| done.rows_affected())
            }
        };
        self.spoil(got.map_err(|error| Error::from_engine(doing, error)))
    }

    /// Runs several statements without arguments, as a migration is.
    pub(crate) async fn script(&mut self, doing: &'static str, sql: String) -> Result<()> {
        let got = match self.line()? {
            Line::Sqlite(line) => line.execute(sqlx::raw_sql(own_sql(sql))).await.map(|_| ()),
            Line::Postgres(line) => line.execute(sqlx::raw_sql(own_sql(sql))).await.map(|_| ()),
        };
        self.spoil(got.map_err(|error| Error::from_engine(doing, error)))
    }

    /// Prepares a statement without running it.
    pub(crate) async fn prepare(&mut self, sql: String) -> Result<()> {
        let got = match self.line()? {
            Line::Sqlite(line) => line.prepare(own_sql(sql)).await.map(|_| ()),
            Line::Postgres(line) => line.prepare(own_sql(sql)).await.map(|_| ()),
        };
        self.spoil(got.map_err(|error| Error::from_engine("preparing a statement", error)))
    }

    /// Makes everything since the beginning durable, or nothing of it.
    pub(crate) async fn commit(mut self) -> Result<()> {
        self.ready(&[])?;
        self.script("committing", "COMMIT".to_owned()).await?;
        // The transaction is over: give back the connection without a rollback, then the turn.
        self.line = None;
        Ok(())
    }

    /// Runs a last statement, then commits. SQLite gets both in one message: for a small write, each message to its
    /// thread and back costs more than the work itself.
    pub(crate) async fn commit_after(mut self, doing: &'static str, sql: &'static str, args: Args) -> Result<()> {
        let Line::Sqlite(_) = self.line()? else {
            self.run(doing, sql.into_sql_str(), args).await?;
            return self.commit().await;
        };
        self.run(doing, own_sql(format!("{sql}; COMMIT")), args).await?;
        self.line = None;
        Ok(())
    }

    fn line(&mut self) -> Result<&mut Line> {
        self.line.as_mut().ok_or_else(|| Error::engine("using a connection", "it is already closed"))
    }

    fn ready(&self, args: &[Value]) -> Result<()> {
        if self.is_spoiled {
            return Err(Error::engine(
                "going on after a failed statement",
                "an earlier statement failed, so nothing of this is kept",
            ));
        }
        args.iter().enumerate().try_for_each(|(place, value)| value.check(place + 1))
    }

    fn spoil<T>(&mut self, got: Result<T>) -> Result<T> {
        self.is_spoiled |= got.is_err();
        got
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let (Some(line), turn) = (self.line.take(), self.turn.take()) else { return };
        match line {
            Line::Sqlite(line) => give_back(line, turn),
            Line::Postgres(line) => give_back(line, turn),
        }
    }
}

/// One connection under another address than the pools', closed when its transaction is over.
pub(crate) async fn lone_postgres(settings: &Settings, url: &str, begin: String) -> Result<Wire> {
    knock(url, settings).await?;
    let options = postgres_options(url, settings)?;
    let place = host_of(&options);
    let lone = pool::<Postgres>(settings, 1).connect_lazy_with(options);
    begin_postgres(&lone, begin, None).await.map_err(|error| error.at(&place))
}

/// An empty SQLite in memory, gone with its one connection.
pub(crate) async fn lone_memory(settings: &Settings) -> Result<Wire> {
    let options = SqliteConnectOptions::new().in_memory(true).disable_statement_logging();
    begin_sqlite(&pool::<Sqlite>(settings, 1).connect_lazy_with(options), "BEGIN".to_owned(), None).await
}

/// Writes a compact copy of a running SQLite database, as of one moment, into an empty file.
pub(crate) async fn vacuum_into(settings: &Settings, file: &Path) -> Result<()> {
    let doing = "copying the database";
    let text = file.to_str().ok_or_else(|| Error::Invalid(format!("{}: the path is not UTF-8", file.display())))?;
    let options = sqlite_options(settings)?;
    let lone = pool::<Sqlite>(settings, 1).connect_lazy_with(options);
    // Not within a transaction: SQLite makes its own.
    let done = sqlx::query("VACUUM INTO $1").bind(text).execute(&lone).await;
    lone.close().await;
    let place = sqlite_path(&settings.url)?.display().to_string();
    done.map(|_| ()).map_err(|error| Error::from_engine(doing, error).at(&place))
}

/// Rolls back in the background and only then frees connection and turn; where it cannot, closes the connection.
fn give_back<D>(mut line: PoolConnection<D>, turn: Option<OwnedMutexGuard<()>>)
where
    D: sqlx::Database,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        line.close_on_drop();
        return;
    };
    runtime.spawn(async move {
        let mut line = Unpooled(Some(line));
        if let Some(open) = line.0.as_mut() {
            let rolled = tokio::time::timeout(ROLLBACK_LIMIT, (&mut **open).execute("ROLLBACK")).await;
            if matches!(rolled, Ok(Ok(_))) {
                line.keep();
            }
        }
        drop(line);
        drop(turn);
    });
}

/// A connection in an unknown state: unless kept, it is closed and never goes back to the pool.
struct Unpooled<D: sqlx::Database>(Option<PoolConnection<D>>);

impl<D: sqlx::Database> Unpooled<D> {
    fn keep(&mut self) -> Option<PoolConnection<D>> {
        self.0.take()
    }
}

impl<D: sqlx::Database> Drop for Unpooled<D> {
    fn drop(&mut self) {
        if let Some(line) = &mut self.0 {
            line.close_on_drop();
        }
    }
}

async fn begin_sqlite(pool: &SqlitePool, begin: String, turn: Option<OwnedMutexGuard<()>>) -> Result<Wire> {
    let line = begin_on(pool, begin).await?;
    Ok(Wire { line: Some(Line::Sqlite(line)), turn, is_spoiled: false })
}

async fn begin_postgres(pool: &PgPool, begin: String, turn: Option<OwnedMutexGuard<()>>) -> Result<Wire> {
    let line = begin_on(pool, begin).await?;
    Ok(Wire { line: Some(Line::Postgres(line)), turn, is_spoiled: false })
}

/// Opens a transaction. A pooled connection whose server went away meanwhile is thrown away and the next one tried:
/// nothing has happened yet, so trying again is safe. Ends because every failed try takes one connection out of the pool.
async fn begin_on<D>(pool: &sqlx::Pool<D>, begin: String) -> Result<PoolConnection<D>>
where
    D: sqlx::Database,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    let doing = "opening a transaction";
    let sql = own_sql(begin);
    for _ in 0..=pool.options().get_max_connections() {
        let acquired = pool.acquire().await.map_err(|error| Error::from_engine(doing, error))?;
        let mut line = Unpooled(Some(acquired));
        let Some(open) = line.0.as_mut() else { continue };
        match (&mut **open).execute(sqlx::raw_sql(sql.clone())).await {
            Ok(_) => {
                return line.keep().ok_or_else(|| Error::engine(doing, "the connection is gone"));
            }
            Err(sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed) => {}
            Err(sqlx::Error::Database(told)) if told.code().is_some_and(|code| code.starts_with("57P")) => {}
            Err(error) => return Err(Error::from_engine(doing, error)),
        }
    }
    Err(Error::unavailable(doing, "every connection is broken"))
}

/// SQL made by this crate from its own text: migrations, grants, copies. Never from a value.
pub(crate) fn own_sql(text: String) -> SqlStr {
    sqlx::AssertSqlSafe(text).into_sql_str()
}

fn pool<D: sqlx::Database>(settings: &Settings, connections: u32) -> PoolOptions<D> {
    // No ping before each use: it would cost a round trip a transaction, and `begin_on` meets a dead connection itself.
    PoolOptions::new().max_connections(connections).acquire_timeout(settings.wait).test_before_acquire(false)
}

fn sqlite_options(settings: &Settings) -> Result<SqliteConnectOptions> {
    let path = sqlite_path(&settings.url)?;
    // Over a pipe SQLite would wait for ever.
    if std::fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        return Err(Error::Invalid(format!("{} is not a plain file", path.display())));
    }
    Ok(SqliteConnectOptions::new()
        .filename(path)
        // [`make_file`] makes it.
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Another process, such as a command beside the server, is waited for as long as another task.
        .busy_timeout(settings.wait)
        // What is erased must be gone from the file, not only from the index.
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging())
}

pub(crate) fn postgres_options(url: &str, settings: &Settings) -> Result<PgConnectOptions> {
    let options: PgConnectOptions =
        url.parse().map_err(|_| Error::Invalid("the PostgreSQL address cannot be read".into()))?;
    let wait_ms = settings.wait.as_millis().to_string();
    Ok(options
        .application_name("schoolgate")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging()
        .options([
            ("lock_timeout", wait_ms.as_str()),
            ("statement_timeout", STATEMENT_LIMIT),
            ("idle_in_transaction_session_timeout", IDLE_WRITE_LIMIT),
        ]))
}

macro_rules! bind {
    ($name:ident, $engine:ty) => {
        fn $name<'q>(
            sql: SqlStr,
            args: Args,
        ) -> sqlx::query::Query<'q, $engine, <$engine as sqlx::Database>::Arguments> {
            args.into_iter().fold(sqlx::query(sql), |query, value| match value {
                Value::Null(Kind::Int) => query.bind(None::<i64>),
                Value::Null(Kind::Text) => query.bind(None::<String>),
                Value::Null(Kind::Blob) => query.bind(None::<Vec<u8>>),
                Value::Int(int) => query.bind(int),
                Value::Text(text) => query.bind(text),
                Value::Blob(bytes) => query.bind(bytes),
            })
        }
    };
}
bind!(bind_sqlite, Sqlite);
bind!(bind_postgres, Postgres);

/// Turns the driver's rows into ours; all rows of one statement share their column names.
fn read_all<R: sqlx::Row>(rows: &[R], value: fn(&R, usize) -> Result<Value>) -> Result<Vec<Row>> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    if rows.len() > ROWS_MAX {
        return Err(Error::engine("reading rows", format!("more than {ROWS_MAX} rows: the statement needs a LIMIT")));
    }
    let columns: Arc<[Box<str>]> = first.columns().iter().map(|column| column.name().into()).collect();
    let read = |row: &R| -> Result<Row> {
        let values = (0..columns.len()).map(|place| value(row, place)).collect::<Result<_>>()?;
        Ok(Row { columns: Arc::clone(&columns), values })
    };
    rows.iter().map(read).collect()
}

fn sqlite_value(row: &SqliteRow, place: usize) -> Result<Value> {
    let raw = row.try_get_raw(place).map_err(reading)?;
    let is_null = raw.is_null();
    let info = raw.type_info().into_owned();
    drop(raw);
    match info.name() {
        _ if is_null => Ok(Value::Null(Kind::Int)),
        "INTEGER" | "BOOLEAN" => row.try_get_unchecked(place).map(Value::Int).map_err(reading),
        "TEXT" => row.try_get_unchecked(place).map(Value::Text).map_err(reading),
        "BLOB" => row.try_get_unchecked(place).map(Value::Blob).map_err(reading),
        other => Err(foreign(row.columns()[place].name(), other)),
    }
}

/// PostgreSQL types what SQLite does not: `1` is 32 bits wide and `a = b` is a truth value. Both become our integer.
fn postgres_value(row: &PgRow, place: usize) -> Result<Value> {
    let column = &row.columns()[place];
    let kind = column.type_info().name();
    let null = |kind| move || Value::Null(kind);
    match kind {
        "INT8" => row.try_get::<Option<i64>, _>(place).map(|it| it.map_or_else(null(Kind::Int), Value::Int)),
        "INT4" => {
            row.try_get::<Option<i32>, _>(place).map(|it| it.map_or_else(null(Kind::Int), |it| Value::Int(it.into())))
        }
        "INT2" => {
            row.try_get::<Option<i16>, _>(place).map(|it| it.map_or_else(null(Kind::Int), |it| Value::Int(it.into())))
        }
        "BOOL" => {
            row.try_get::<Option<bool>, _>(place).map(|it| it.map_or_else(null(Kind::Int), |it| Value::Int(it.into())))
        }
        "BYTEA" => row.try_get::<Option<Vec<u8>>, _>(place).map(|it| it.map_or_else(null(Kind::Blob), Value::Blob)),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => {
            row.try_get_unchecked::<Option<String>, _>(place).map(|it| it.map_or_else(null(Kind::Text), Value::Text))
        }
        other => return Err(foreign(column.name(), other)),
    }
    .map_err(reading)
}

fn reading(error: sqlx::Error) -> Error {
    Error::from_engine("reading a row", error)
}

fn foreign(column: &str, kind: &str) -> Error {
    Error::engine("reading a row", format!("column `{column}` is {kind}; cast it to BIGINT or TEXT"))
}
