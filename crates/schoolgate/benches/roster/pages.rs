//! Every list at the size of a large school, from the request to the last byte.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use schoolgate::{roster, routes};
use store::SchoolId;
use store::testing::Place;
use tower::ServiceExt;

use crate::TODAY;
use crate::filled::{answered, asked};
use crate::made::{Made, place, table};
use crate::measure::{Row, Times, shown};

pub(crate) const LISTED: usize = 2_000;
const PAGE_MAX: Duration = Duration::from_millis(30);
const CALLS: usize = 200;
/// Purposes that every school has from the beginning.
const PURPOSES: usize = 16;

pub(crate) async fn rows(at: &Place) -> Vec<Row> {
    let made = place(at.db.clone());
    let school = made.school("Oakfield").await;
    made.import(school, table(LISTED, 2)).await;
    answered(&made, school, PURPOSES).await;
    asked(&made, school).await;
    // A server in use has counted its rows a minute after such a change.
    at.count_rows().await;
    let cookie = made.office(school).await;
    let pages = addresses(&made, school).await;
    let router = routes::all(made.app.clone());
    let mut rows = Vec::new();
    for (what, path) in pages {
        let times = called(&router, &cookie, &path, CALLS).await;
        let worst = times.percentile(99.0);
        let figure = format!("p50 {}, p99 {} of {}", shown(times.percentile(50.0)), shown(worst), times.count());
        rows.push(Row::new(what, figure).level(format!("p99 under {}", shown(PAGE_MAX)), worst < PAGE_MAX));
    }
    rows
}

async fn addresses(made: &Made, school: SchoolId) -> Vec<(&'static str, String)> {
    let mut read = made.app.db.read(school).await.expect("a snapshot");
    let class = roster::classes(&mut read, TODAY).await.expect("classes")[0].id;
    let pupil = roster::class_list(&mut read, class, TODAY).await.expect("pupils")[0].id;
    let adult = roster::adults_of(&mut read, pupil, TODAY).await.expect("adults")[0].adult.id;
    vec![
        ("classes", "/roll".to_owned()),
        ("search, pupils", "/roll?part=rose".to_owned()),
        ("search, families", "/roll?part=anna".to_owned()),
        ("class list", format!("/roll/classes/{class}")),
        ("class list as a table", format!("/roll/classes/{class}/table")),
        ("pupil", format!("/roll/pupils/{pupil}")),
        ("imports", "/roll/imports".to_owned()),
        ("permissions: classes", "/permissions".to_owned()),
        ("permissions: search", "/permissions?name=ros".to_owned()),
        ("permissions of a class", format!("/permissions/classes/{class}")),
        ("sheet for the camera", format!("/permissions/classes/{class}/sheet")),
        ("forms that came back", format!("/permissions/classes/{class}/returns")),
        ("asking a class by letter", format!("/permissions/classes/{class}/post")),
        ("permissions of a pupil", format!("/permissions/people/{pupil}")),
        ("what is outstanding", "/permissions/outstanding".to_owned()),
        ("what is outstanding, last page", "/permissions/outstanding?page=1000".to_owned()),
        ("files' refusals", "/permissions/refusals".to_owned()),
        ("permissions in numbers", "/permissions/counts".to_owned()),
        ("adults of the school", "/permissions/adults".to_owned()),
        ("adults by name", "/permissions/adults?name=anna".to_owned()),
        ("permissions of an adult", format!("/permissions/adults/{adult}")),
        ("written permissions", "/written-permissions".to_owned()),
        ("letters", "/school/post".to_owned()),
        ("people", "/people".to_owned()),
    ]
}

/// How long a page takes, so many times.
pub(crate) async fn called(router: &Router, cookie: &str, path: &str, calls: usize) -> Times {
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let request = Request::get(path).header(header::COOKIE, format!("session={cookie}"));
        let request = request.body(Body::empty()).expect("a request");
        let begun = Instant::now();
        let answer = router.clone().oneshot(request).await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a whole answer");
        times.push(begun.elapsed());
    }
    Times::new(times)
}
