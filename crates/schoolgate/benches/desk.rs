//! What a withdrawal has to find among ten thousand published items, and how long a post takes from the approval to the reader.
//!
//! For: the levels of the desk. Promises: the list is the one that a withdrawal works from, beside the same count by a bare statement; the
//! post goes through every verb, the queue's job and the public page's own reading. Does not: measure a network.

#[path = "measure/mod.rs"]
mod measure;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::date;
use measure::{Row, Times, print, shown};
use schoolgate::access::role::{Role, Roles};
use schoolgate::access::{Caller, Proof};
use schoolgate::app::App;
use schoolgate::clock::System;
use schoolgate::config::{Config, Sources};
use schoolgate::desk::request::{Content, Purpose};
use schoolgate::desk::safety::Safety;
use schoolgate::desk::{self, Seen, copies};
use schoolgate::people::person::{Employed, Particulars};
use schoolgate::people::{Spell, operator};
use schoolgate::permissions::appearances;
use schoolgate::registers::website;
use schoolgate::{permissions, policies};
use store::{Deed, Query as _, SchoolId, args};
use uuid::Uuid;

const ITEMS: u128 = 10_000;
/// Every item shows three of two hundred children.
const CHILDREN: u128 = 200;
const LIST_MAX: Duration = Duration::from_millis(20);
const VISIBLE_MAX: Duration = Duration::from_secs(1);
const ROUNDS: usize = 50;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = vec![("data".to_owned(), folder.path().join("data").display().to_string())];
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("settings");
    let app = App::open(config, Arc::new(System)).await.expect("an app");
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    permissions::purposes::begin(&app, school).await.expect("purposes");
    policies::put_shipped_in_force(&app, school, "rattlesden").await.expect("a policy");
    let head = caller(&app, school, "Grace Osei", Role::Headteacher).await;
    let teacher = caller(&app, school, "Ada Bell", Role::Teacher).await;
    let visible = visible(&app, &teacher, &head).await;
    fill(&app, school).await;
    let (list, bare) = list(&app, school).await;
    let ratio = list.percentile(50.0).as_secs_f64() / bare.percentile(50.0).as_secs_f64();
    let counted =
        |times: &Times| format!("p50 {}, p99 {}", shown(times.percentile(50.0)), shown(times.percentile(99.0)));
    let rows = [
        Row::new("take-down list of one child", counted(&list))
            .beside(format!("a bare count {}", counted(&bare)), ratio)
            .level(format!("p99 under {}", shown(LIST_MAX)), list.percentile(99.0) < LIST_MAX),
        Row::new("approval to the public page", counted(&visible))
            .level(format!("p99 under {}", shown(VISIBLE_MAX)), visible.percentile(99.0) < VISIBLE_MAX),
    ];
    print(&format!("the desk: {ITEMS} published items"), &rows);
}

async fn caller(app: &App, school: SchoolId, name: &str, role: Role) -> Caller {
    let given = Particulars { name: name.to_owned(), known_as: None, employed: Employed::Yes };
    let spell = Spell { role, starts_on: date(2026, 1, 1), ends_on: None };
    let person = operator::add_person(app, school, &given, spell).await.expect("a person");
    Caller {
        school,
        person,
        called: name.to_owned(),
        school_name: String::new(),
        roles: Roles::from([role]),
        session: Uuid::nil(),
        proof: Proof::Fresh,
    }
}

async fn seen(app: &App, head: &Caller, id: Uuid) -> Seen {
    Seen { request: id, version: desk::show(app, head, id).await.expect("a post").0.version }
}

/// From the press on "Approve" until the public page shows it.
async fn visible(app: &App, teacher: &Caller, head: &Caller) -> Times {
    let mut times = Vec::new();
    for number in 0..ROUNDS {
        let content = Content {
            accounts: vec![head.school.get()],
            safety: Safety::harmless(),
            ..Content::of(format!("Our tower number {number} stands."), Purpose::Showcase)
        };
        let id = desk::begin(app, teacher, content).await.expect("a post");
        let gated = desk::submit(app, teacher, seen(app, head, id).await).await.expect("work");
        gated.expect("nothing stands in the way");
        let held = seen(app, head, id).await;
        let begun = Instant::now();
        desk::approve(app, head, held).await.expect("work").expect("nothing stands in the way");
        copies::hurry(app.clone(), head.school, id).await;
        let news = website::list(app, head.school, None).await.expect("the page");
        times.push(begun.elapsed());
        assert!(news.items[0].text.contains(&format!("number {number} ")), "it is not there");
    }
    Times::new(times)
}

async fn fill(app: &App, school: SchoolId) {
    let mut tx = app.db.write(school).await.expect("a write");
    for item in 0..ITEMS {
        for step in 0..3 {
            let child = Uuid::from_u128(1 + (item * 7 + step * 31) % CHILDREN);
            let appearance = appearances::Appearance {
                item: Uuid::from_u128(1_000_000 + item),
                person: child,
                how: appearances::How::Shown,
                purpose: "website".to_owned(),
                place: format!("https://gate.oakfield.test/news/{item}"),
                recall: permissions::Recall::Yes,
                since: 1_795_262_400_000,
            };
            appearances::add(&mut tx, &appearance).await.expect("kept");
        }
    }
    tx.commit(Deed::by_program().did("bench.filled")).await.expect("kept");
}

/// The list of one child, and a bare count of it.
async fn list(app: &App, school: SchoolId) -> (Times, Times) {
    const COUNT: &str = "SELECT COUNT(*) AS n FROM appearance WHERE school = $1 AND person = $2 AND ended_at IS NULL";
    let (mut times, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let child = Uuid::from_u128(1 + round as u128 % CHILDREN);
        let begun = Instant::now();
        let mut read = app.db.read(school).await.expect("a read");
        let found = appearances::of(&mut read, child).await.expect("a list");
        times.push(begun.elapsed());
        assert!(found.len() > 100, "only {} items", found.len());
        let begun = Instant::now();
        read.one(COUNT, args![school, child]).await.expect("a count");
        bare.push(begun.elapsed());
    }
    (Times::new(times), Times::new(bare))
}
