//! One PostgreSQL with many schools beside one with a single school: the same pages of the same school.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use schoolgate::{people, roster, routes};
use store::SchoolId;
use store::testing::{Place, fresh_postgres};

use crate::TODAY;
use crate::filled::answered;
use crate::made::{Made, place, table};
use crate::measure::{Row, Times, shown};
use crate::pages::called;

pub(crate) const SCHOOLS: usize = 1_000;
pub(crate) const PUPILS: usize = 300;
const TIMES_MAX: f64 = 1.5;
const CALLS: usize = 200;
/// So many purposes have been asked about: a thousand schools with all sixteen would be five million rows.
const PURPOSES: usize = 4;
/// Schools that are filled side by side.
const AT_ONCE: usize = 4;

pub(crate) async fn rows() -> Vec<Row> {
    let (one, many) = (fresh_postgres().await, fresh_postgres().await);
    let alone = fill(&one, 1).await;
    let among = fill(&many, SCHOOLS).await;
    assert_eq!(people::schools(&among.0.app).await.expect("schools").len(), SCHOOLS);
    let (alone, among) = (Looking::at(alone).await, Looking::at(among).await);
    let mut rows = Vec::new();
    for (place, (what, path)) in alone.pages.iter().enumerate() {
        // In turns, so that a busy minute weighs on both.
        let single = called(&alone.router, &alone.cookie, path, CALLS).await;
        let ours = called(&among.router, &among.cookie, &among.pages[place].1, CALLS).await;
        let ratio = ours.percentile(50.0).as_secs_f64() / single.percentile(50.0).as_secs_f64();
        let said =
            |times: &Times| format!("p50 {}, p99 {}", shown(times.percentile(50.0)), shown(times.percentile(99.0)));
        rows.push(
            Row::new(*what, said(&ours))
                .beside(format!("one school {}", said(&single)), ratio)
                .level(format!("within {TIMES_MAX}x"), ratio <= TIMES_MAX),
        );
    }
    rows
}

/// So many schools with their pupils, families and answers; gives the one in the middle.
async fn fill(at: &Place, schools: usize) -> (Made, SchoolId) {
    let made = place(at.db.clone());
    let next = Arc::new(AtomicUsize::new(0));
    let filling = (0..AT_ONCE).map(|_| {
        let (made, next) = (made.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            let mut middle = None;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= schools {
                    return middle;
                }
                let school = made.school(&format!("School {number}")).await;
                made.import(school, table(PUPILS, 1)).await;
                answered(&made, school, PURPOSES).await;
                if number == schools / 2 {
                    middle = Some(school);
                }
            }
        })
    });
    let mut middle = None;
    for filling in filling.collect::<Vec<_>>() {
        middle = middle.or(filling.await.expect("filled"));
    }
    at.count_rows().await;
    (made, middle.expect("one of them is in the middle"))
}

/// Somebody of the office and where they look.
struct Looking {
    router: Router,
    cookie: String,
    pages: Vec<(&'static str, String)>,
}

impl Looking {
    async fn at((made, school): (Made, SchoolId)) -> Looking {
        let cookie = made.office(school).await;
        let mut read = made.app.db.read(school).await.expect("a snapshot");
        let class = roster::classes(&mut read, TODAY).await.expect("classes")[3].id;
        let pupil = roster::class_list(&mut read, class, TODAY).await.expect("pupils")[0].id;
        drop(read);
        let pages = vec![
            ("classes", "/roll".to_owned()),
            ("search", "/roll?part=ros".to_owned()),
            ("class list", format!("/roll/classes/{class}")),
            ("permissions of a class", format!("/permissions/classes/{class}")),
            ("permissions of a pupil", format!("/permissions/people/{pupil}")),
            ("what is outstanding", "/permissions/outstanding".to_owned()),
            ("permissions in numbers", "/permissions/counts".to_owned()),
        ];
        Looking { router: routes::all(made.app.clone()), cookie, pages }
    }
}
