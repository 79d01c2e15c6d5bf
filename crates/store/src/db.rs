//! Opening a place, reading a school's snapshot, and being its one writer.
//!
//! Promises: what one reads is one moment; writes of one school happen one after another, in the order they asked; what
//! is not committed with a [`Deed`] never happened. Does not: retry, cache, or know any table but its own.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use sqlx::SqlSafeStr;
use tokio::sync::{Mutex as Queue, OnceCell, OwnedMutexGuard};
use uuid::Uuid;

use crate::engine::{self, Engine, Pools, Wire};
use crate::many::{self, Many};
use crate::value::{Args, Row};
use crate::{Deed, Error, Result, SchoolId, args, ledger, migrate};

/// Rows that a long list is read by: few enough to hold twice, enough that messages do not matter.
const STEP_ROWS: i64 = 5_000;

/// Gives the present moment in UTC milliseconds; the app hands in its own clock.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Where a place is and how long to wait for it.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite:<path>` or `postgres://user@host/database`; on PostgreSQL the role must be below row-level security.
    pub url: String,
    /// PostgreSQL only: the role that owns the tables, used by migrations. Without it `url` is used for them too.
    pub owner_url: Option<String>,
    /// The most connections for reading, and on PostgreSQL as many again for writing.
    pub connections: u32,
    /// How long a call waits for a connection or for its turn to write before it is [`Error::Unavailable`].
    pub wait: Duration,
    /// Stamps the ledger.
    pub clock: Clock,
}

impl Settings {
    /// The usual settings for an address: 8 connections, 10 seconds, the system's clock.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            owner_url: None,
            connections: 8,
            wait: Duration::from_secs(10),
            clock: Arc::new(system_clock),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of those who hand in none; the app hands in its own")]
fn system_clock() -> i64 {
    // A clock before 1970 is wrong anyway; zero is then as good as any other stamp.
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A place where schools are kept. Cheap to clone; all clones share connections and queues.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    settings: Settings,
    pools: Pools,
    /// PostgreSQL: the role was found to be below row-level security.
    is_walled: OnceCell<()>,
    queues: Mutex<HashMap<SchoolId, Arc<Queue<()>>>>,
    writing: Arc<Mutex<HashSet<Who>>>,
    #[cfg(any(test, feature = "testing"))]
    faults: crate::testing::Faults,
}

impl Db {
    /// Reads the settings and nothing else: no connection is made, no file is created.
    ///
    /// Errors: [`Error::Invalid`] for an address that cannot be read.
    pub fn open(settings: &Settings) -> Result<Self> {
        Ok(Self::of(Pools::open(settings)?, settings.clone()))
    }

    /// Opens a finished SQLite file to be read only.
    pub(crate) fn open_frozen(file: &Path) -> Result<Self> {
        let settings = Settings::new(format!("sqlite:{}", file.display()));
        Ok(Self::of(Pools::open_frozen(file, &settings), settings))
    }

    fn of(pools: Pools, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            pools,
            settings,
            is_walled: OnceCell::new(),
            queues: Mutex::default(),
            writing: Arc::default(),
            #[cfg(any(test, feature = "testing"))]
            faults: crate::testing::Faults::default(),
        }))
    }

    pub fn engine(&self) -> Engine {
        self.0.pools.engine()
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Calls that a test lets go wrong.
    #[cfg(any(test, feature = "testing"))]
    pub fn faults(&self) -> &crate::testing::Faults {
        &self.0.faults
    }

    /// Brings the tables up to date; each migration runs once, in one transaction. Safe to call from several processes.
    ///
    /// Errors: [`Error::Tampered`] if a migration that already ran has other text now.
    pub async fn migrate(&self) -> Result<()> {
        migrate::run(self).await
    }

    /// Opens a snapshot of one school: everything read through it is of one moment.
    ///
    /// Errors: [`Error::Unavailable`] if no connection comes within [`Settings::wait`].
    pub async fn read(&self, school: SchoolId) -> Result<Read> {
        #[cfg(any(test, feature = "testing"))]
        self.0.faults.opening()?;
        self.wall().await?;
        let begin = match self.engine() {
            Engine::Sqlite => "BEGIN".to_owned(),
            Engine::Postgres => format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}", within(school)),
        };
        Ok(Read { school, wire: self.0.pools.reader(begin).await? })
    }

    /// Becomes the one writer of a school; others wait in the order they came.
    ///
    /// Dropping the [`Tx`] without committing undoes everything. A task that already holds a write gets
    /// [`Error::Engine`] at once: it would wait for itself. That also holds for two writes joined in one task.
    ///
    /// Errors: [`Error::Unavailable`] if the turn does not come within [`Settings::wait`].
    pub async fn write(&self, school: SchoolId) -> Result<Tx> {
        #[cfg(any(test, feature = "testing"))]
        self.0.faults.opening()?;
        let holding = Holding::begin(Arc::clone(&self.0.writing))?;
        self.wall().await?;
        let turn = self.turn(school).await?;
        self.begin_write(school, turn, holding).await
    }

    /// The schools that have anything at all in this place, [`SchoolId::HOUSE`] among them, in the order of their ids.
    /// At most [`engine::ROWS_MAX`].
    pub async fn schools(&self) -> Result<Vec<SchoolId>> {
        ledger::roll(&mut self.read(SchoolId::HOUSE).await?.wire).await
    }

    /// Prepares a statement without running it, so that a test can show that it is right on this engine.
    pub async fn prepare(&self, sql: &str) -> Result<()> {
        self.read(SchoolId::HOUSE).await?.wire.prepare(sql.to_owned()).await
    }

    /// Waits for open work and closes all connections. Calls after it are [`Error::Unavailable`].
    pub async fn close(&self) {
        self.0.pools.close().await;
    }

    /// The role of the app if it is not the owner itself, quoted for use in a statement.
    pub(crate) fn app_role(&self) -> Result<Option<String>> {
        let Some(owner_url) = &self.0.settings.owner_url else { return Ok(None) };
        let role =
            |url| engine::postgres_options(url, &self.0.settings).map(|options| options.get_username().to_owned());
        let (app, owner) = (role(&self.0.settings.url)?, role(owner_url)?);
        Ok((app != owner).then(|| format!("\"{}\"", app.replace('"', "\"\""))))
    }

    /// A transaction of the tables' owner. On SQLite it waits for its turn like any other write.
    pub(crate) async fn owner_wire(&self, begin: String) -> Result<Wire> {
        match self.engine() {
            Engine::Sqlite => {
                engine::make_file(&self.0.settings)?;
                let turn = self.turn(SchoolId::HOUSE).await?;
                self.0.pools.writer(begin, turn).await
            }
            Engine::Postgres => {
                let settings = &self.0.settings;
                engine::lone_postgres(settings, settings.owner_url.as_ref().unwrap_or(&settings.url), begin).await
            }
        }
    }

    /// A transaction to look around in, outside any school.
    pub(crate) async fn reading_wire(&self, begin: String) -> Result<Wire> {
        self.wall().await?;
        self.0.pools.reader(begin).await
    }

    async fn turn(&self, school: SchoolId) -> Result<OwnedMutexGuard<()>> {
        tokio::time::timeout(self.0.settings.wait, self.queue(school).lock_owned())
            .await
            .map_err(|_| Error::unavailable("waiting to write", "other writes took too long"))
    }

    /// SQLite has one writer for all schools, PostgreSQL one for each.
    fn queue(&self, school: SchoolId) -> Arc<Queue<()>> {
        let key = match self.engine() {
            Engine::Sqlite => SchoolId::HOUSE,
            Engine::Postgres => school,
        };
        let mut queues = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(key).or_default())
    }

    async fn begin_write(&self, school: SchoolId, turn: OwnedMutexGuard<()>, holding: Holding) -> Result<Tx> {
        let begin = match self.engine() {
            Engine::Sqlite => "BEGIN IMMEDIATE".to_owned(),
            // Other processes: the advisory lock is theirs and ours; a transaction-level lock ends with the transaction.
            Engine::Postgres => {
                format!("BEGIN; {} SELECT pg_advisory_xact_lock({});", within(school), school.lock_key())
            }
        };
        let wire = self.0.pools.writer(begin, turn).await?;
        Ok(Tx {
            school,
            wire,
            now: Arc::clone(&self.0.settings.clock),
            _holding: holding,
            #[cfg(any(test, feature = "testing"))]
            faults: self.0.faults.clone(),
        })
    }

    /// Refuses, once and before anything else, a PostgreSQL role that row-level security does not hold.
    async fn wall(&self) -> Result<()> {
        if self.engine() == Engine::Sqlite {
            return Ok(());
        }
        self.0.is_walled.get_or_try_init(|| self.prove_wall()).await.copied()
    }

    async fn prove_wall(&self) -> Result<()> {
        const ROLE: &str = "SELECT rolsuper OR rolbypassrls AS is_above FROM pg_roles WHERE rolname = current_user";
        engine::knock(&self.0.settings.url, &self.0.settings).await?;
        let mut wire = self.0.pools.reader("BEGIN READ ONLY".to_owned()).await?;
        let rows = wire.rows("reading the role", ROLE.into_sql_str(), args![]).await?;
        match rows.first().map(|row| row.flag("is_above")).transpose()? {
            Some(false) => Ok(()),
            _ => Err(Error::Invalid(
                "the PostgreSQL role is a superuser or may bypass row-level security; use one that may not".into(),
            )),
        }
    }
}

/// Sets the school that row-level security lets through, for this transaction only. Hexadecimal of our own making.
pub(crate) fn within(school: SchoolId) -> String {
    format!("SELECT set_config('app.school', '{}', true);", school.get().simple())
}

/// Reading statements; both [`Read`] and [`Tx`] have them, so queries take `&mut impl Query`.
pub trait Query: Send {
    /// The school this is open for.
    fn school(&self) -> SchoolId;

    /// The connection behind it, which nobody outside this crate can name or make.
    #[doc(hidden)]
    fn wire(&mut self) -> &mut Wire;

    /// The first row, or none.
    fn find(&mut self, sql: &'static str, args: Args) -> impl Future<Output = Result<Option<Row>>> + Send {
        async move { Ok(self.all(sql, args).await?.into_iter().next()) }
    }

    /// The one row; [`Error::NotFound`] if there is none.
    fn one(&mut self, sql: &'static str, args: Args) -> impl Future<Output = Result<Row>> + Send {
        async move { self.find(sql, args).await?.ok_or(Error::NotFound) }
    }

    /// All rows; the statement states its `LIMIT`, and more than [`engine::ROWS_MAX`] are an error.
    fn all(&mut self, sql: &'static str, args: Args) -> impl Future<Output = Result<Vec<Row>>> + Send {
        async move { self.wire().rows("reading", sql.into_sql_str(), args).await }
    }

    /// A list of any length, a step at a time. Behind the given arguments the statement takes two more, the id that its rows come
    /// after and how many there may be: `.. AND id > $2 ORDER BY id LIMIT $3`; its rows have the column `id`.
    ///
    /// # Errors
    /// What `read` gives, and [`Error::Invalid`] for a statement that does not go on from where it is told.
    fn every<T: Send, E: From<Error> + Send>(
        &mut self,
        sql: &'static str,
        args: Args,
        read: impl Fn(&Row) -> std::result::Result<T, E> + Send,
    ) -> impl Future<Output = std::result::Result<Vec<T>, E>> + Send {
        async move {
            let (mut all, mut after) = (Vec::new(), Uuid::nil());
            loop {
                let mut of_step = args.clone();
                of_step.extend(args![after, STEP_ROWS]);
                let rows = self.all(sql, of_step).await?;
                let last = rows.last().map(|row| row.id("id")).transpose()?;
                for row in &rows {
                    all.push(read(row)?);
                }
                match last {
                    Some(last) if i64::try_from(rows.len()) == Ok(STEP_ROWS) && last > after => after = last,
                    Some(last) if last <= after => {
                        return Err(Error::Invalid("a list must go on after the id it is given".into()).into());
                    }
                    _ => return Ok(all),
                }
            }
        }
    }
}

/// A snapshot of one school. Drop it when done.
pub struct Read {
    school: SchoolId,
    wire: Wire,
}

/// The one open write of a school.
pub struct Tx {
    school: SchoolId,
    wire: Wire,
    now: Clock,
    _holding: Holding,
    #[cfg(any(test, feature = "testing"))]
    faults: crate::testing::Faults,
}

impl Tx {
    /// Runs one changing statement and gives the number of rows it changed.
    ///
    /// Errors: [`Error::Conflict`] for a taken unique key, [`Error::Invalid`] for a broken reference or check. After any
    /// error of the engine the whole write is over; say `ON CONFLICT DO NOTHING` where a taken key is no error.
    pub async fn run(&mut self, sql: &'static str, args: Args) -> Result<u64> {
        self.wire.run("writing", sql.into_sql_str(), args).await
    }

    /// Runs one `INSERT .. VALUES (..)` for each of many rows, some dozens in one message, and gives the number of rows that it kept.
    ///
    /// Errors: those of [`Tx::run`], and [`Error::Invalid`] for another statement or a row of another length.
    pub async fn run_each(&mut self, sql: &'static str, rows: Vec<Args>) -> Result<u64> {
        let many = Many::of(sql)?;
        if rows.iter().any(|row| row.len() != many.width()) {
            return Err(Error::Invalid(format!("a row has not the {} arguments of its statement", many.width())));
        }
        let full = engine::own_sql(many.text(many::ROWS));
        let mut kept = 0;
        let mut rows = rows.into_iter();
        while rows.len() >= many::ROWS {
            let args = rows.by_ref().take(many::ROWS).flatten().collect();
            kept += self.wire.run("writing", full.clone(), args).await?;
        }
        // One by one, so that few different statements are kept prepared.
        for row in rows {
            kept += self.run(sql, row).await?;
        }
        Ok(kept)
    }

    /// Runs a statement that must change exactly one row, as every save with a version does; otherwise [`Error::Conflict`].
    pub async fn save(&mut self, sql: &'static str, args: Args) -> Result<()> {
        match self.run(sql, args).await? {
            1 => Ok(()),
            _ => Err(Error::Conflict { doing: "saving", said: "it was changed or removed meanwhile".into() }),
        }
    }

    /// Appends the deed to the school's ledger and makes everything durable: all of it or nothing.
    ///
    /// [`Error::Unavailable`] from here can mean that the change was kept and only the answer was lost; a caller who
    /// tries again must be able to tell, as every save with a version can.
    pub async fn commit(self, deed: Deed) -> Result<()> {
        let at = self.now();
        #[cfg(any(test, feature = "testing"))]
        let fault = self.faults.committing();
        #[cfg(any(test, feature = "testing"))]
        if fault == Some(crate::testing::Way::Refused) {
            return Err(Error::unavailable("committing", "a fault of the test"));
        }
        ledger::append(self.wire, self.school, at, deed).await?;
        #[cfg(any(test, feature = "testing"))]
        if fault.is_some() {
            return Err(Error::unavailable("committing", "the answer was lost, by a fault of the test"));
        }
        Ok(())
    }

    /// The only commit without a deed: a signed head is a statement about the ledger, not something done to a school.
    pub(crate) async fn commit_head(self) -> Result<()> {
        self.wire.commit().await
    }

    pub(crate) fn now(&self) -> i64 {
        (self.now)()
    }
}

impl Query for Read {
    fn school(&self) -> SchoolId {
        self.school
    }
    fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }
}

impl Query for Tx {
    fn school(&self) -> SchoolId {
        self.school
    }
    fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }
}

/// Who is writing: a spawned task, or the thread that drives a runtime's root future.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Task(tokio::task::Id),
    Thread(std::thread::ThreadId),
}

/// Marks the present task as writing until dropped, so that it cannot wait for itself.
struct Holding {
    who: Who,
    writing: Arc<Mutex<HashSet<Who>>>,
}

impl Holding {
    fn begin(writing: Arc<Mutex<HashSet<Who>>>) -> Result<Self> {
        let who = tokio::task::try_id().map_or_else(|| Who::Thread(std::thread::current().id()), Who::Task);
        if !writing.lock().unwrap_or_else(PoisonError::into_inner).insert(who) {
            return Err(Error::engine(
                "beginning a write",
                "this task already holds a write and would wait for itself",
            ));
        }
        Ok(Self { who, writing })
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.who);
    }
}
