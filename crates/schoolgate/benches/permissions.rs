//! How fast it is known whether a class may be shown, on both databases, and how fast bare lookups of the same rows are.
//!
//! For: the level of issue 4. Promises: 2,000 pupils with answers to every usual purpose from one adult each; thirty of them at a time,
//! never the same thirty twice in a row. Does not: judge. A busy machine gives figures of a busy machine.

#[path = "measure/mod.rs"]
mod measure;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::{Date, date};
use measure::{Row, Times, print, shown};
use schoolgate::app::App;
use schoolgate::clock::Fixed;
use schoolgate::config::{Config, Sources};
use schoolgate::people::operator;
use schoolgate::permissions::{Authority, ChannelKind, Decision, Given, Route, purposes, record, standing};
use store::testing::fresh_postgres;
use store::{Db, Deed, Engine, Query as _, SchoolId, args};
use uuid::Uuid;

const TODAY: Date = date(2026, 11, 21);
const PUPILS: usize = 2_000;
const CLASS: usize = 30;
const ROUNDS: usize = 2_000;
const P99_MAX: Duration = Duration::from_millis(2);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let app = open(folder.path()).await;
        measure_on(&app, answered(&app).await).await;
        let place = fresh_postgres().await;
        let app = App { db: place.db.clone(), ..app };
        let answered = answered(&app).await;
        // Without counts the planner walks the whole school; a server in use has them.
        place.count_rows().await;
        measure_on(&app, answered).await;
    });
}

async fn open(folder: &std::path::Path) -> App {
    let flags = vec![("data".to_owned(), folder.join("data").display().to_string())];
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("settings");
    let clock = Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment"));
    App::open(config, Arc::new(clock)).await.expect("an app")
}

async fn measure_on(app: &App, (school, people): (SchoolId, Vec<Uuid>)) {
    let ours = each(&people, async |class| {
        let mut read = app.db.read(school).await.expect("a read");
        let all = standing(&mut read, class, "website", ChannelKind::Website, TODAY).await.expect("standings");
        assert!(all.iter().all(|one| one.may_be_shown()));
    })
    .await;
    let bare = each(&people, async |class| bare(&app.db, school, class).await).await;
    let engine = if app.db.engine() == Engine::Sqlite { "SQLite" } else { "PostgreSQL" };
    let (p50, p99) = (ours.percentile(50.0), ours.percentile(99.0));
    let rows = [Row::new(format!("standing of {CLASS} people"), format!("p50 {}, p99 {}", shown(p50), shown(p99)))
        .beside(
            format!("one lookup a person: p50 {}", shown(bare.percentile(50.0))),
            p50.as_secs_f64() / bare.percentile(50.0).as_secs_f64(),
        )
        .level(format!("p99 under {}", shown(P99_MAX)), p99 < P99_MAX)];
    print(&format!("permissions on {engine}, {PUPILS} people"), &rows);
}

/// A school, and people of it who may be shown for everything.
async fn answered(app: &App) -> (SchoolId, Vec<Uuid>) {
    let school = operator::open_school(app, "Oakfield Primary School").await.expect("a school");
    purposes::begin(app, school).await.expect("purposes");
    let mut read = app.db.read(school).await.expect("a read");
    let codes = purposes::all(&mut read).await.expect("purposes").into_iter().map(|purpose| purpose.code);
    let answers: Vec<_> = codes.map(|code| (code, Decision::Yes)).collect();
    drop(read);
    let mut people = Vec::with_capacity(PUPILS);
    for _ in 0..PUPILS {
        let person = Uuid::now_v7();
        let given = Given {
            person,
            seen: 0,
            decider: Uuid::now_v7(),
            authority: Authority::ParentalResponsibility,
            route: Route::Paper,
            answers: answers.clone(),
            evidence: None,
            decided_on: TODAY,
            entered_by: None,
        };
        let deed = Deed::by_program().did("permissions.entered");
        record(app, school, &given, deed).await.expect("an answer");
        people.push(person);
    }
    (school, people)
}

/// The same rows without any reckoning: one statement a person.
async fn bare(db: &Db, school: SchoolId, class: &[Uuid]) {
    let mut read = db.read(school).await.expect("a read");
    for person in class {
        let sql = "SELECT decision FROM permission WHERE school = $1 AND person = $2 AND ended_at IS NULL ORDER BY id LIMIT 50";
        assert!(!read.all(sql, args![school, *person]).await.expect("rows").is_empty());
    }
}

async fn each(people: &[Uuid], act: impl AsyncFn(&[Uuid])) -> Times {
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let from = (round * 37) % (people.len() - CLASS);
        let begun = Instant::now();
        act(&people[from..from + CLASS]).await;
        times.push(begun.elapsed());
    }
    Times::new(times)
}
