//! The roll at the sizes that schools and trusts have: importing, memory, and the pages that show it.
//!
//! For: the levels of issue 4. Promises: both databases, made-up rolls, the real program where memory is measured. Does not: judge; a
//! busy machine is no fault.

#[path = "roster/made.rs"]
mod made;
#[path = "measure/mod.rs"]
mod measure;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, header};
use jiff::civil::{Date, date};
use made::{Made, place, table};
use measure::{Row, Times, print, shown};
use schoolgate::permissions::{self, Authority, Decision, Given, Route, record};
use schoolgate::roster::import::{self, Approval, File, Outcome};
use schoolgate::{people, roster, routes};
use store::testing::{Place, fresh_postgres, fresh_sqlite};
use store::{Deed, SchoolId};
use tower::ServiceExt;

const PUPILS: usize = 10_000;
const IMPORT_MAX: Duration = Duration::from_secs(10);
const ROWS: usize = 1_000_000;
const ROWS_MB_MAX: f64 = 500.0;
const LISTED: usize = 2_000;
const PAGE_MAX: Duration = Duration::from_millis(30);
const SCHOOLS: usize = 1_000;
const PUPILS_OF_ONE: usize = 300;
const TIMES_MAX: f64 = 1.5;
const CALLS: usize = 300;
const TODAY: Date = date(2026, 11, 21);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut rows = Vec::new();
        for (name, place) in [("SQLite", fresh_sqlite().await), ("PostgreSQL", fresh_postgres().await)] {
            rows.extend(import_rows(name, &place).await);
        }
        rows.extend(memory_rows());
        print("importing the roll", &rows);
        let mut rows = Vec::new();
        for (name, place) in [("SQLite", fresh_sqlite().await), ("PostgreSQL", fresh_postgres().await)] {
            rows.extend(page_rows(name, &place).await);
        }
        rows.push(schools_row().await);
        print("showing the roll", &rows);
    });
}

async fn taken(made: &Made, school: SchoolId, text: String) -> Duration {
    let begun = Instant::now();
    let file = File { name: "roll.csv".to_owned(), bytes: text.into_bytes() };
    let read = import::read(vec![file], &import::rules(&made.app)).expect("a whole file");
    let done = import::apply_as_operator(&made.app, school, &read, &Approval::default()).await.expect("an outcome");
    assert!(matches!(done, Outcome::Done(_)), "{done:?}");
    begun.elapsed()
}

/// Pupils with two adults and their addresses each; then the same file again, which only reads.
async fn import_rows(name: &str, at: &Place) -> Vec<Row> {
    let made = place(at.db.clone());
    let school = made.school("Oakfield").await;
    let first = taken(&made, school, table(PUPILS, 2)).await;
    let again = taken(&made, school, table(PUPILS, 2)).await;
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

/// Pages at the size of a large school, from the request to the last byte.
async fn page_rows(name: &str, at: &Place) -> Vec<Row> {
    let made = place(at.db.clone());
    let school = made.school("Oakfield").await;
    taken(&made, school, table(LISTED, 2)).await;
    answered(&made, school).await;
    let cookie = made.office(school).await;
    let mut read = made.app.db.read(school).await.expect("a snapshot");
    let class = roster::classes(&mut read, TODAY).await.expect("classes")[0].id;
    let pupil = roster::class_list(&mut read, class, TODAY).await.expect("pupils")[0].id;
    drop(read);
    let router = routes::all(made.app.clone());
    let pages = [
        ("classes", "/roll".to_owned()),
        ("search", "/roll?part=ros".to_owned()),
        ("class list", format!("/roll/classes/{class}")),
        ("pupil", format!("/roll/pupils/{pupil}")),
        ("permissions of a class", format!("/permissions/classes/{class}")),
        ("sheet for the camera", format!("/permissions/classes/{class}/sheet")),
        ("forms that came back", format!("/permissions/classes/{class}/returns")),
        ("permissions of a pupil", format!("/permissions/people/{pupil}")),
        ("what is outstanding", "/permissions/outstanding".to_owned()),
        ("files' refusals", "/permissions/refusals".to_owned()),
        ("permissions in numbers", "/permissions/counts".to_owned()),
    ];
    let mut rows = Vec::new();
    for (what, path) in pages {
        let mut times = Vec::new();
        for _ in 0..CALLS {
            let request = Request::get(&path).header(header::COOKIE, format!("session={cookie}"));
            let request = request.body(Body::empty()).expect("a request");
            let begun = Instant::now();
            let answer = router.clone().oneshot(request).await.expect("an answer");
            assert!(answer.status().is_success(), "{path}: {}", answer.status());
            axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a whole answer");
            times.push(begun.elapsed());
        }
        let times = Times::new(times);
        let worst = times.percentile(99.0);
        let figure = format!("p50 {}, p99 {} of {}", shown(times.percentile(50.0)), shown(worst), times.count());
        rows.push(
            Row::new(format!("{what} at {LISTED} pupils, {name}"), figure)
                .level(format!("p99 under {}", shown(PAGE_MAX)), worst < PAGE_MAX),
        );
    }
    rows
}

/// Every family has answered everything, every seventh with a no.
async fn answered(made: &Made, school: SchoolId) {
    permissions::purposes::begin(&made.app, school).await.expect("purposes");
    let mut read = made.app.db.read(school).await.expect("a snapshot");
    let codes = permissions::purposes::all(&mut read).await.expect("purposes").into_iter().map(|purpose| purpose.code);
    let codes: Vec<String> = codes.collect();
    let mut families = Vec::new();
    for pupil in roster::everybody(&mut read).await.expect("pupils") {
        let adults = roster::adults_of(&mut read, pupil.id, TODAY).await.expect("adults");
        families.push((pupil.id, adults[0].adult.id));
    }
    drop(read);
    for (number, (person, decider)) in families.into_iter().enumerate() {
        let decision = if number % 7 == 0 { Decision::No } else { Decision::Yes };
        let given = Given {
            person,
            seen: 0,
            decider,
            authority: Authority::ParentalResponsibility,
            route: Route::Paper,
            answers: codes.iter().map(|code| (code.clone(), decision)).collect(),
            evidence: None,
            decided_on: TODAY,
            entered_by: None,
        };
        record(&made.app, school, &given, Deed::by_program().did("permissions.entered")).await.expect("an answer");
    }
}

/// One PostgreSQL with many schools beside one with a single school.
async fn schools_row() -> Row {
    let (one, many) = (fresh_postgres().await, fresh_postgres().await);
    let (one, many) = (place(one.db.clone()), place(many.db.clone()));
    let alone = one.school("Oakfield").await;
    taken(&one, alone, table(PUPILS_OF_ONE, 0)).await;
    let mut among = Vec::new();
    for number in 0..SCHOOLS {
        let school = many.school(&format!("School {number}")).await;
        taken(&many, school, table(PUPILS_OF_ONE, 0)).await;
        among.push(school);
    }
    let (ours, single) = (looks(&many, among[SCHOOLS / 2]).await, looks(&one, alone).await);
    let ratio = ours.percentile(50.0).as_secs_f64() / single.percentile(50.0).as_secs_f64();
    let said = |times: &Times| format!("p50 {}, p99 {}", shown(times.percentile(50.0)), shown(times.percentile(99.0)));
    Row::new(format!("class list and search among {SCHOOLS} schools of {PUPILS_OF_ONE}"), said(&ours))
        .beside(format!("one school {}", said(&single)), ratio)
        .level(format!("within {TIMES_MAX}x"), ratio <= TIMES_MAX)
}

/// A class list, a search and the pupil's adults, as pages ask for them.
async fn looks(made: &Made, school: SchoolId) -> Times {
    let mut times = Vec::new();
    for _ in 0..CALLS {
        let begun = Instant::now();
        let mut read = made.app.db.read(school).await.expect("a snapshot");
        let class = roster::classes(&mut read, TODAY).await.expect("classes")[3].id;
        let pupils = roster::class_list(&mut read, class, TODAY).await.expect("pupils");
        roster::search(&mut read, "ros").await.expect("an answer");
        roster::adults_of(&mut read, pupils[0].id, TODAY).await.expect("adults");
        times.push(begun.elapsed());
    }
    assert!(!people::schools(&made.app).await.expect("schools").is_empty());
    Times::new(times)
}
