//! Crash safety: a writing process is killed at random moments, 200 times on each engine.
//!
//! Promises: after each start every ledger verifies, no acknowledged change is lost, none is half there. Does not: cut
//! the power; that the engines write through to the disk is theirs and `synchronous=FULL`'s.
//!
//! `cargo test -p store --test crash`. The binary runs itself as the process to be killed.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use store::ledger::{self, Known};
use store::testing::{Place, add_tables, fresh_postgres, fresh_sqlite};
use store::{Db, Deed, Query, SchoolId, Settings, args};
use uuid::Uuid;

const ROUNDS: u32 = 200;
/// A kill comes at most this long after the first acknowledgement of a round.
const LIFE_US_MAX: u64 = 40_000;
const WRITERS: u128 = 4;
const SCHOOLS: u128 = 2;

/// Two rows a change, in two tables: one without the other would be half a change.
const TABLES: &str = "
    CREATE TABLE crash_left (school BLOB NOT NULL, n INTEGER NOT NULL, filler BLOB NOT NULL, PRIMARY KEY (school, n));
    CREATE TABLE crash_right (school BLOB NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (school, n));";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    if let [role, url] = args.as_slice()
        && role == "writer"
    {
        runtime.block_on(write_until_killed(url));
        return ExitCode::SUCCESS;
    }
    let is_meant = args.iter().filter(|arg| !arg.starts_with('-')).all(|filter| "crash".contains(filter.as_str()));
    if !is_meant || args.iter().any(|arg| arg == "--list") {
        return ExitCode::SUCCESS;
    }
    runtime.block_on(async {
        for place in [fresh_sqlite().await, fresh_postgres().await] {
            kill_again_and_again(&place).await;
        }
    });
    println!("test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
    ExitCode::SUCCESS
}

/// The process to be killed: a few writers over two schools, each change acknowledged on standard output.
async fn write_until_killed(url: &str) {
    let db = Db::open(&Settings::new(url)).expect("the parent's address");
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (db, school) = (db.clone(), SchoolId::new(Uuid::from_u128(1 + writer % SCHOOLS)));
        writers.spawn(write_without_end(db, school));
    }
    // Only a failure ends it; the parent then sees that it was not killed.
    writers.join_next().await;
}

async fn write_without_end(db: Db, school: SchoolId) {
    loop {
        let n = change(&db, school).await;
        let line = format!("{} {n}\n", school.get());
        std::io::stdout().lock().write_all(line.as_bytes()).expect("the parent reads");
    }
}

async fn change(db: &Db, school: SchoolId) -> i64 {
    let mut tx = db.write(school).await.expect("a turn to write");
    let next = "SELECT COALESCE(MAX(n), 0) + 1 AS n FROM crash_left WHERE school = $1";
    let n = tx.one(next, args![school]).await.expect("a number").int("n").expect("a number");
    // Changes of many sizes, so that kills fall into short and long writes.
    let filler = vec![7_u8; usize::try_from(n % 7).unwrap_or_default() * 3_000];
    let left = "INSERT INTO crash_left (school, n, filler) VALUES ($1, $2, $3)";
    tx.run(left, args![school, n, filler]).await.expect("the left row");
    tx.run("INSERT INTO crash_right (school, n) VALUES ($1, $2)", args![school, n]).await.expect("the right row");
    tx.commit(Deed::by_program().did("test.written").hash(n.to_be_bytes())).await.expect("a commit");
    n
}

async fn kill_again_and_again(place: &Place) {
    add_tables(&place.db, "9000_crash", TABLES).await;
    let mut random = Random::seeded();
    let mut acknowledged = BTreeSet::new();
    for round in 1..=ROUNDS {
        let more = kill_once(&place.db.settings().url, &mut random);
        assert!(!more.is_empty(), "round {round}: the writer wrote nothing");
        acknowledged.extend(more);
        // A new start: nothing is known from before.
        let db = Db::open(place.db.settings()).expect("the same settings");
        db.migrate().await.expect("nothing to migrate");
        check(&db, &acknowledged, round).await;
        db.close().await;
    }
    eprintln!("{:?}: {ROUNDS} kills, {} acknowledged changes kept", place.db.engine(), acknowledged.len());
}

/// Starts a writer, kills it at a random moment and gives what it had acknowledged.
fn kill_once(url: &str, random: &mut Random) -> Vec<(Uuid, i64)> {
    let binary = std::env::current_exe().expect("our own path");
    let mut writer: Child =
        Command::new(binary).args(["writer", url]).stdout(Stdio::piped()).spawn().expect("our own binary runs");
    let output = writer.stdout.take().expect("it is piped");
    let (first, began) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut told = Vec::new();
        for line in BufReader::new(output).lines() {
            // A last line without its end was never acknowledged.
            let Some((school, n)) = line.ok().and_then(|line| parse(&line)) else { break };
            told.push((school, n));
            let _ = first.send(());
        }
        told
    });
    let _ = began.recv_timeout(Duration::from_secs(30));
    let life = Duration::from_micros(random.below(LIFE_US_MAX));
    let until = std::time::Instant::now() + life;
    while began.recv_timeout(until.saturating_duration_since(std::time::Instant::now())).is_ok() {}
    writer.kill().expect("SIGKILL");
    let ended = writer.wait().expect("it is gone");
    assert_eq!(ended.signal(), Some(9), "the writer failed before it was killed");
    reader.join().expect("the reader ends with its pipe")
}

fn parse(line: &str) -> Option<(Uuid, i64)> {
    let (school, n) = line.split_once(' ')?;
    Some((school.parse().ok()?, n.parse().ok()?))
}

async fn check(db: &Db, acknowledged: &BTreeSet<(Uuid, i64)>, round: u32) {
    for number in 1..=SCHOOLS {
        let school = SchoolId::new(Uuid::from_u128(number));
        let mut read = db.read(school).await.expect("a read");
        let deeds = ledger::verify_school(&mut read, &Known::default()).await.expect("the ledger verifies").deeds;
        let both = "SELECT COUNT(*) AS n, COALESCE(MAX(l.n), 0) AS last,
            (SELECT COUNT(*) FROM crash_right r WHERE r.school = $1) AS n_right,
            (SELECT COUNT(*) FROM crash_right r JOIN crash_left m ON m.school = r.school AND m.n = r.n WHERE r.school = $1) AS n_pairs
            FROM crash_left l WHERE l.school = $1";
        let row = read.one(both, args![school]).await.expect("counts");
        let int = |column: &str| row.int(column).expect("a count");
        let n = int("n");
        assert_eq!([int("last"), int("n_right"), int("n_pairs")], [n; 3], "round {round}: a change is half there");
        assert_eq!(i64::try_from(deeds), Ok(n), "round {round}: deeds and changes do not match");
        // Numbers rise by one, so every acknowledged one up to the last is there.
        let told = acknowledged.iter().filter(|(of, _)| *of == school.get()).map(|(_, n)| *n).max().unwrap_or_default();
        assert!(told <= n, "round {round}: change {told} was acknowledged and is lost; the last is {n}");
    }
}

/// Small and seeded by the system; the moments need not be secret.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let seed = Uuid::new_v4().as_u64_pair().0 | 1;
        eprintln!("crash moments seeded with {seed}");
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
