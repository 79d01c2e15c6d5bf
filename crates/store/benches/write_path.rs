//! Write transactions per second, ours beside a bare sqlx loop that inserts the same row in its own transaction.
//!
//! Both engines write through to the disk (`synchronous=FULL`, `fsync=on`). The level to reach is a ratio of at most 2.
//! `cargo bench -p store`

use std::time::{Duration, Instant};

use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use store::testing::{Server, add_tables, fresh_sqlite};
use store::{Db, Deed, Engine, Query, SchoolId, args};
use uuid::Uuid;

/// Transactions in one turn; turns alternate so that a busy machine hinders both alike.
const TURN: u32 = 100;
const TURNS: u32 = 12;
const TABLE: &str = "CREATE TABLE bench (school BLOB NOT NULL, id BLOB NOT NULL PRIMARY KEY, note TEXT NOT NULL);";
const INSERT: &str = "INSERT INTO bench (school, id, note) VALUES ($1, $2, $3)";
const SCHOOL: SchoolId = SchoolId::new(Uuid::from_u128(1));
const NOTE: &str = "a note of about the length that a note has when somebody writes one in a hurry";

enum Bare {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

#[tokio::main]
async fn main() {
    let is_quick = !std::env::args().any(|arg| arg == "--bench");
    let turns = if is_quick { 2 } else { TURNS };
    let sqlite = fresh_sqlite().await;
    let path = sqlite.db.settings().url.trim_start_matches("sqlite:").to_owned();
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    let bare = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("the same file");
    measure(&sqlite.db, &Bare::Sqlite(bare), turns).await;

    let server = Server::start_new("on");
    let postgres = server.fresh().await;
    let owner_url = postgres.db.settings().owner_url.clone().expect("the tests' owner");
    let bare = PgPoolOptions::new().max_connections(1).connect(&owner_url).await.expect("the same database");
    measure(&postgres.db, &Bare::Postgres(bare), turns).await;
}

async fn measure(db: &Db, bare: &Bare, turns: u32) {
    add_tables(db, "9000_bench", TABLE).await;
    if let Bare::Postgres(pool) = bare {
        // The bare loop knows no schools.
        sqlx::raw_sql("CREATE TABLE bare (LIKE bench INCLUDING ALL)")
            .execute(pool)
            .await
            .expect("the owner's own table");
    }
    let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
    for turn in 0..=turns {
        let (a, b) = (write_ours(db).await, write_bare(bare).await);
        // The first turn prepares statements and warms the caches.
        if turn > 0 {
            (ours, theirs) = (ours + a, theirs + b);
        }
    }
    let each = |spent: Duration| f64::from(TURN * turns) / spent.as_secs_f64();
    let (ours, theirs) = (each(ours), each(theirs));
    let engine = match db.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let ratio = theirs / ours;
    println!("{engine:<11} ours {ours:7.0}/s   bare sqlx {theirs:7.0}/s   ratio {ratio:.2} (level: 2.00)");
}

async fn write_ours(db: &Db) -> Duration {
    let begun = Instant::now();
    for _ in 0..TURN {
        let mut tx = db.write(SCHOOL).await.expect("a turn");
        let row = args![tx.school(), Uuid::new_v4(), NOTE];
        tx.run(INSERT, row).await.expect("an insert");
        tx.commit(Deed::by_program().did("bench.written")).await.expect("a commit");
    }
    begun.elapsed()
}

async fn write_bare(bare: &Bare) -> Duration {
    let begun = Instant::now();
    for _ in 0..TURN {
        let (school, id) = (SCHOOL.get().as_bytes().to_vec(), Uuid::new_v4().as_bytes().to_vec());
        match bare {
            Bare::Sqlite(pool) => {
                let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.expect("a transaction");
                let insert = sqlx::query(INSERT).bind(school).bind(id).bind(NOTE);
                insert.execute(&mut *tx).await.expect("an insert");
                tx.commit().await.expect("a commit");
            }
            Bare::Postgres(pool) => {
                let mut tx = pool.begin().await.expect("a transaction");
                let insert = sqlx::query("INSERT INTO bare (school, id, note) VALUES ($1, $2, $3)");
                insert.bind(school).bind(id).bind(NOTE).execute(&mut *tx).await.expect("an insert");
                tx.commit().await.expect("a commit");
            }
        }
    }
    begun.elapsed()
}
