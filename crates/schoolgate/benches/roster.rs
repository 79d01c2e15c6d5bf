//! The roll at the sizes that schools and trusts have: importing, memory, and the pages that show it.
//!
//! For: the levels of issue 4. Promises: both databases, made-up rolls, the real program where memory is measured. Does not: judge; a
//! busy machine is no fault.

#[path = "roster/filled.rs"]
mod filled;
#[path = "roster/made.rs"]
mod made;
#[path = "measure/mod.rs"]
mod measure;
#[path = "roster/pages.rs"]
mod pages;
#[path = "roster/schools.rs"]
mod schools;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::civil::{Date, date};
use made::{place, table};
use measure::{Row, print, shown};
use store::testing::{Place, fresh_postgres, fresh_sqlite};

const PUPILS: usize = 10_000;
const IMPORT_MAX: Duration = Duration::from_secs(10);
const ROWS: usize = 1_000_000;
const ROWS_MB_MAX: f64 = 500.0;
const TODAY: Date = date(2026, 11, 21);

/// All of it, or the parts that are named: `import`, `memory`, `pages`, `schools`.
fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        if wants("import") {
            let mut rows = Vec::new();
            for (name, place) in [("SQLite", fresh_sqlite().await), ("PostgreSQL", fresh_postgres().await)] {
                rows.extend(import_rows(name, &place).await);
            }
            print("importing the roll", &rows);
        }
        if wants("memory") {
            print("importing a million rows", &memory_rows());
        }
        if wants("pages") {
            for (name, place) in [("SQLite", fresh_sqlite().await), ("PostgreSQL", fresh_postgres().await)] {
                print(&format!("lists of {} pupils on {name}", pages::LISTED), &pages::rows(&place).await);
            }
        }
        if wants("schools") {
            let title = format!("{} schools of {} pupils in one PostgreSQL", schools::SCHOOLS, schools::PUPILS);
            print(&title, &schools::rows().await);
        }
    });
}

/// Pupils with two adults and their addresses each; then the same file again, which only reads.
async fn import_rows(name: &str, at: &Place) -> Vec<Row> {
    let made = place(at.db.clone());
    let school = made.school("Oakfield").await;
    let first = made.import(school, table(PUPILS, 2)).await;
    let again = made.import(school, table(PUPILS, 2)).await;
    let level = format!("under {}", shown(IMPORT_MAX));
    vec![
        Row::new(format!("{PUPILS} pupils with contacts, {name}"), shown(first))
            .beside(format!("the same file again {}", shown(again)), first.as_secs_f64() / again.as_secs_f64())
            .level(level, first < IMPORT_MAX),
    ]
}

/// A million rows of pupil, adult and class, through the program itself.
fn memory_rows() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("roll.csv");
    std::fs::write(&file, made::long_table(ROWS)).expect("a file");
    let program = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schoolgate"));
        command.args(words).arg("--data").arg(folder.path().join("data")).stdout(Stdio::null());
        command
    };
    assert!(program(&["school", "add", "Oakfield"]).status().expect("it runs").success());
    let path = file.display().to_string();
    let too_many = folder.path().join("trust.csv");
    std::fs::write(&too_many, table(ROWS, 0)).expect("a file");
    let too_many = too_many.display().to_string();
    let row = |what: &str, words: &[&str], is_taken| {
        let (most, took, was_taken) = most_megabytes(program(words));
        assert_eq!(was_taken, is_taken, "{what}");
        Row::new(format!("{what} of {ROWS} rows"), format!("{most:.0} MB, {}", shown(took)))
            .level(format!("under {ROWS_MB_MAX} MB"), most < ROWS_MB_MAX)
    };
    vec![
        row("preview", &["import", &path], true),
        row("import", &["import", &path, "--apply"], true),
        row("refusal, for too many pupils,", &["import", &too_many], false),
    ]
}

/// The most resident memory of a program that runs to its end, how long that took, and whether it did what was asked.
fn most_megabytes(mut command: Command) -> (f64, Duration, bool) {
    let begun = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0.0_f64;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
        most = most.max(kilobytes.unwrap_or(0.0) / 1024.0);
        if let Some(ended) = child.try_wait().expect("a child of ours") {
            assert!(ended.code().is_some(), "the program was killed");
            return (most, begun.elapsed(), ended.success());
        }
        std::thread::yield_now();
    }
}
