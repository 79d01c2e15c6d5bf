//! How long it takes until a released post can be seen, on this machine: the school's own page and a server of the Mastodon API.
//!
//! For: the level of issue 5, approval to a visible post under a second. Promises: beside the own page stands the same picture written to
//! a file and synced, beside the network the same two requests without our client, in the same run.
//! Does not: measure a real network; the server is played and answers at once.

#[path = "measure/mod.rs"]
mod measure;

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use channels::fake::{Answer, Fake};
use channels::mastodon::Mastodon;
use channels::{Channel, Client, Format, Picture, Post, Reach};
use measure::{Row, Times, print, shown};
use reqwest::multipart::{Form, Part};
use schoolgate::app::App;
use schoolgate::clock::System;
use schoolgate::config::{Config, Sources};
use schoolgate::people::operator;
use schoolgate::registers::website::OwnPage;
use schoolgate::routes;
use tower::ServiceExt;
use uuid::Uuid;

const POSTS: usize = 100;
/// A picture of 1600 points at the quality of a clean copy.
const PICTURE_BYTES: usize = 300_000;
const VISIBLE_MAX: Duration = Duration::from_secs(1);

fn main() {
    // The client asks for one even where it only speaks plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let rows = vec![own_page().await, network().await];
        print("publishing a post with one picture, until it can be seen", &rows);
    });
}

fn post(bytes: &Arc<[u8]>) -> Post {
    let mut post = Post::new(Uuid::now_v7(), 1_795_262_400_000, "Come to the fair: https://oakfield.test/fair");
    let picture = Picture {
        name: "0192.jpg".into(),
        format: Format::Jpeg,
        bytes: Arc::clone(bytes),
        alt: "A stall".into(),
        width: 1600,
        height: 1200,
    };
    post.pictures.push(picture);
    post
}

fn bytes() -> Arc<[u8]> {
    (0..PICTURE_BYTES).map(|at| u8::try_from(at * 7 % 251).unwrap_or(0)).collect::<Vec<u8>>().into()
}

async fn own_page() -> Row {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = vec![("data".to_owned(), folder.path().join("data").display().to_string())];
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("settings");
    let app = App::open(config, Arc::new(System)).await.expect("an app");
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    let (page, router) = (OwnPage::new(app.clone(), school), routes::all(app));
    let bytes = bytes();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for number in 0..POSTS {
        let post = post(&bytes);
        let begun = Instant::now();
        page.publish(&post).await.expect("published");
        let path = format!("/news/{}/{}", school.get(), post.key);
        let seen = router.clone().oneshot(Request::get(path).body(Body::empty()).expect("a request")).await;
        assert_eq!(seen.expect("an answer").status(), StatusCode::OK);
        ours.push(begun.elapsed());
        let begun = Instant::now();
        let mut file = std::fs::File::create(folder.path().join(number.to_string())).expect("a file");
        file.write_all(&bytes).and_then(|()| file.sync_all()).expect("written");
        bare.push(begun.elapsed());
    }
    row("own news page", "file and sync", (ours, bare))
}

fn row(what: &str, beside: &str, (ours, bare): (Vec<Duration>, Vec<Duration>)) -> Row {
    let (ours, bare) = (Times::new(ours), Times::new(bare));
    let (half, slow) = (ours.percentile(50.0), ours.percentile(99.0));
    let other = bare.percentile(50.0);
    Row::new(format!("{what}, {} posts", ours.count()), format!("p50 {}, p99 {}", shown(half), shown(slow)))
        .beside(format!("{beside} {}", shown(other)), half.as_secs_f64() / other.as_secs_f64())
        .level(format!("p99 under {}", shown(VISIBLE_MAX)), slow < VISIBLE_MAX)
}

async fn network() -> Row {
    let fake = Fake::start(|request| match request.path.as_str() {
        "/api/v2/media" => Answer::json(200, r#"{"id":"1","url":"x"}"#),
        _ => Answer::json(200, r#"{"id":"100","url":"https://social.test/100"}"#),
    })
    .await;
    let client = Client::new(Reach::Anywhere, Arc::new(|| 1_795_262_400_000));
    let mastodon = Mastodon::new(client, fake.url().as_str(), "token").expect("an account");
    let plain = reqwest::Client::builder().no_proxy().build().expect("a client");
    let bytes = bytes();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..POSTS {
        let post = post(&bytes);
        let begun = Instant::now();
        mastodon.publish(&post).await.expect("published");
        ours.push(begun.elapsed());
        let begun = Instant::now();
        two_requests(&plain, &fake, &bytes).await;
        bare.push(begun.elapsed());
    }
    row("a server of the Mastodon API", "two plain requests", (ours, bare))
}

async fn two_requests(plain: &reqwest::Client, fake: &Fake, bytes: &Arc<[u8]>) {
    let part = Part::bytes(bytes.to_vec()).file_name("a.jpg");
    let url = fake.url();
    let media = plain.post(format!("{url}api/v2/media")).multipart(Form::new().part("file", part)).send().await;
    media.expect("an answer").text().await.expect("a body");
    let status = plain.post(format!("{url}api/v1/statuses")).body("{}").send().await;
    status.expect("an answer").text().await.expect("a body");
}
