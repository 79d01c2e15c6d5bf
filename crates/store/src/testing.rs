//! Fresh places for tests, here and in the app (feature `testing`).
//!
//! Promises: every test has a database of its own, migrated, gone when the test ends; a missing PostgreSQL fails the
//! test and says what to do, it never skips. The migrations run once and are copied from there, since hundreds of tests
//! want the same tables. Does not: belong in a running product.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::engine::{own_sql, sqlite_path};
use crate::{Db, Error, Result, Settings, migrate};

/// Names the address of the tests' PostgreSQL: the role that owns what it creates and may create databases.
pub const POSTGRES: &str = "SCHOOLGATE_TEST_POSTGRES";

/// The role of the app in the tests' PostgreSQL: below row-level security and not the owner.
const APP_ROLE: &str = "schoolgate_app";

/// Held while the template is made; any number does that nothing else of the tests takes.
const TEMPLATE_LOCK: i64 = 0x5c00_196a_7e00_0002;

/// What goes wrong with a call of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Nothing was done.
    Refused,
    /// A commit was kept, and its answer lost. Any other call is refused.
    AnswerLost,
}

/// Calls that go wrong on purpose, so that a test can show what is left after each of them.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    calls: u64,
    next: Option<(u64, Way)>,
}

impl Faults {
    /// Lets the call with this number (the next one is 1) go wrong, and none after it.
    pub fn strike_at(&self, number: u64, way: Way) {
        *self.plan() = Plan { calls: 0, next: Some((number, way)) };
    }

    /// Calls since the last [`Faults::strike_at`], or ever.
    pub fn calls(&self) -> u64 {
        self.plan().calls
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn strike(&self) -> Option<Way> {
        let mut plan = self.plan();
        plan.calls += 1;
        let (number, way) = plan.next?;
        (number == plan.calls).then_some(way)
    }

    pub(crate) fn opening(&self) -> Result<()> {
        match self.strike() {
            Some(_) => Err(Error::unavailable("opening", "a fault of the test")),
            None => Ok(()),
        }
    }

    /// Whether a commit is to go wrong, and how.
    pub(crate) fn committing(&self) -> Option<Way> {
        self.strike()
    }
}

/// A database of one test; it is removed when this is dropped.
pub struct Place {
    pub db: Db,
    _gone: Gone,
}

impl Place {
    /// Lets PostgreSQL count its rows, which a running server does by itself within a minute of a large change. SQLite needs no such
    /// thing.
    ///
    /// # Panics
    /// If the server cannot be reached.
    pub async fn count_rows(&self) {
        let Gone::Database { owner_url, name } = &self._gone else { return };
        let url = Url { database: name.clone(), ..url_of(owner_url) };
        let mut owner = PgConnection::connect(&url.text()).await.expect("the owner may connect");
        sqlx::raw_sql("ANALYZE").execute(&mut owner).await.expect("the owner may count");
    }
}

enum Gone {
    Folder { _folder: tempfile::TempDir },
    Database { owner_url: String, name: String },
}

/// A migrated SQLite database in a fresh folder.
///
/// # Panics
/// If the folder cannot be made or a migration fails.
pub async fn fresh_sqlite() -> Place {
    static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
    let file = |place: &Place| sqlite_path(&place.db.settings().url).expect("an address of our own").to_owned();
    let migrated = MIGRATED.get_or_init(|| async {
        let first = empty_sqlite();
        first.db.migrate().await.expect("the migrations run on SQLite");
        first.db.close().await;
        std::fs::read(file(&first)).expect("a closed database is one file")
    });
    let migrated = migrated.await;
    let place = empty_sqlite();
    std::fs::write(file(&place), migrated).expect("our own folder");
    place
}

/// The same before any migration.
///
/// # Panics
/// If the folder cannot be made.
pub fn empty_sqlite() -> Place {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings::new(format!("sqlite:{}", folder.path().join("school.db").display()));
    Place { db: Db::open(&settings).expect("an address of our own"), _gone: Gone::Folder { _folder: folder } }
}

/// A migrated PostgreSQL database, opened as a role below row-level security.
///
/// # Panics
/// If `SCHOOLGATE_TEST_POSTGRES` is absent, the server cannot be reached, or a migration fails.
pub async fn fresh_postgres() -> Place {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let server = server();
    let template = TEMPLATE.get_or_init(|| template_on(&server)).await;
    let place = place_on(server.clone(), Some(template)).await;
    // Does nothing, unless the template is not what it should be.
    place.db.migrate().await.expect("the migrations have run");
    place
}

/// A migrated database that others are copied from, made by the first test of these migrations on this server.
async fn template_on(server: &str) -> String {
    let name = format!("migrated_{}", migrate::fingerprint());
    let mut owner = connect(server).await;
    // Tests of several processes may begin together; the lock goes with the connection.
    run(&mut owner, format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let known: Option<i32> = sqlx::query_scalar(own_sql(format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")))
        .fetch_optional(&mut owner)
        .await
        .expect("the owner may look");
    if known.is_none() {
        let place = empty_on(server.to_owned()).await;
        place.db.migrate().await.expect("the migrations run on PostgreSQL");
        place.db.close().await;
        let Gone::Database { name: made, .. } = &place._gone else { unreachable!("it was made on PostgreSQL") };
        run(&mut owner, format!("ALTER DATABASE {made} RENAME TO {name}")).await;
    }
    name
}

/// The same before any migration.
///
/// # Panics
/// If `SCHOOLGATE_TEST_POSTGRES` is absent or the server cannot be reached.
pub async fn empty_postgres() -> Place {
    empty_on(server()).await
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings file; the variable is their only setting")]
fn server() -> String {
    std::env::var(POSTGRES).unwrap_or_else(|_| {
        panic!("{POSTGRES} is not set: run `export {POSTGRES}=\"$(scripts/postgres.sh start)\"` and test again")
    })
}

async fn connect(server: &str) -> PgConnection {
    PgConnection::connect(server).await.unwrap_or_else(|error| {
        panic!("the PostgreSQL that {POSTGRES} names does not answer ({error}): run `scripts/postgres.sh start`")
    })
}

async fn run(owner: &mut PgConnection, sql: String) {
    sqlx::raw_sql(own_sql(sql)).execute(owner).await.expect("the owner may make databases");
}

async fn empty_on(server: String) -> Place {
    place_on(server, None).await
}

async fn place_on(server: String, template: Option<&str>) -> Place {
    let name = format!("test_{}", Uuid::new_v4().simple());
    let template = template.map_or(String::new(), |template| format!(" TEMPLATE {template}"));
    run(&mut connect(&server).await, format!("CREATE DATABASE {name}{template}")).await;
    let mut url = url_of(&server);
    url.database = name.clone();
    let owner_url = url.text();
    url.user = APP_ROLE.to_owned();
    let settings = Settings {
        owner_url: Some(owner_url),
        connections: 4,
        wait: Duration::from_secs(20),
        ..Settings::new(url.text())
    };
    let db = Db::open(&settings).expect("an address of our own");
    Place { db, _gone: Gone::Database { owner_url: server, name } }
}

/// Adds tables of a test to the place's own, written as a migration is.
///
/// # Panics
/// If the text is not right.
pub async fn add_tables(db: &Db, name: &'static str, text: &'static str) {
    let list: Vec<_> = migrate::MIGRATIONS.iter().copied().chain([(name, text)]).collect();
    migrate::run_list(db, &list).await.expect("the tables of the test");
}

/// A PostgreSQL server of one test, which may be stopped and started; gone when dropped.
pub struct Server {
    folder: tempfile::TempDir,
    fsync: &'static str,
}

impl Server {
    /// Starts a server of its own. `fsync` is `on` where durability is measured and otherwise `off`.
    ///
    /// # Panics
    /// If PostgreSQL's programs are missing or the server does not start.
    pub fn start_new(fsync: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // The server may run as another user, who must get through this folder.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("our own folder");
        let server = Self { folder, fsync };
        server.start();
        server
    }

    /// Starts it (again, on the same port) and gives the owner's address.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(&self) -> String {
        self.script("start").trim().to_owned()
    }

    /// Stops it as a power cut would.
    ///
    /// # Panics
    /// If it cannot be stopped.
    pub fn crash(&self) {
        self.script("crash");
    }

    /// A migrated database on this server.
    ///
    /// # Panics
    /// As [`fresh_postgres`].
    pub async fn fresh(&self) -> Place {
        let place = empty_on(self.start()).await;
        place.db.migrate().await.expect("the migrations run on PostgreSQL");
        place
    }

    /// Runs one of PostgreSQL's own programs against this server as its superuser and gives what it printed.
    ///
    /// # Panics
    /// If the program is missing or fails.
    pub fn program(&self, name: &str, args: &[&str]) -> String {
        let url = url_of(self.script("url").trim());
        let (host, port) = url.host.split_once(':').expect("the script prints host and port");
        let ran = std::process::Command::new(std::path::Path::new(self.script("bin").trim()).join(name))
            .args(["-h", host, "-p", port, "-U", "admin"])
            .args(args)
            .output()
            .expect("PostgreSQL's programs are installed");
        assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }

    fn script(&self, command: &str) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres.sh");
        let ran = std::process::Command::new(script)
            .arg(command)
            .env("SCHOOLGATE_PG_DIR", self.folder.path().join("pg"))
            .env("SCHOOLGATE_PG_FSYNC", self.fsync)
            .output()
            .expect("scripts/postgres.sh is part of the project");
        assert!(ran.status.success(), "postgres.sh {command}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.script("stop");
    }
}

/// Runs a test on both engines, SQLite first, and says which one failed.
///
/// # Panics
/// If the test does, or a place cannot be made.
pub async fn on_both<F: Future<Output = ()>>(test: impl Fn(Db) -> F) {
    for place in [fresh_sqlite().await, fresh_postgres().await] {
        eprintln!("on {:?}:", place.db.engine());
        test(place.db.clone()).await;
    }
}

/// The parts of `postgres://user@host:port/database` that a test changes.
struct Url {
    user: String,
    host: String,
    database: String,
}

impl Url {
    fn text(&self) -> String {
        format!("postgres://{}@{}/{}", self.user, self.host, self.database)
    }
}

fn url_of(text: &str) -> Url {
    let parts = text.split_once("://").and_then(|(_, rest)| {
        let (user, rest) = rest.split_once('@')?;
        let (host, database) = rest.split_once('/')?;
        Some(Url { user: user.into(), host: host.into(), database: database.into() })
    });
    parts.unwrap_or_else(|| panic!("{POSTGRES} must be like postgres://owner@127.0.0.1:5432/postgres"))
}

impl Drop for Gone {
    fn drop(&mut self) {
        let Self::Database { owner_url, name } = self else { return };
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        let url = owner_url.clone();
        // A runtime of its own: the test's may be shutting down, and Drop cannot wait in it.
        let done = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut owner = PgConnection::connect(&url).await?;
                sqlx::raw_sql(own_sql(drop)).execute(&mut owner).await
            })
        })
        .join();
        if !matches!(done, Ok(Ok(_))) {
            eprintln!("the test database {name} could not be removed: {done:?}");
        }
    }
}
