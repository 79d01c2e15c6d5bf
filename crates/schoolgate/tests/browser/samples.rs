//! Every page there is, filled with sample data: error pages, and whatever no journey comes by.

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use schoolgate::routes;
use schoolgate::web::{Path, assets};

use crate::page::{Browser, LOOKS, Script};

/// Serves the samples by their numbers, with the style and the scripts that they ask for.
async fn site(pages: Vec<String>) -> String {
    async fn page(State(pages): State<&'static [String]>, Path(number): Path<usize>) -> Html<&'static str> {
        Html(&pages[number])
    }
    let listener = tokio::net::TcpListener::bind("localhost:0").await.expect("a free port");
    let address = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
    // For as long as the test runs.
    let pages: &'static [String] = pages.leak();
    let router = Router::new()
        .route("/samples/{number}", get(page))
        .route("/assets/{version}/{name}", get(assets::file))
        .with_state(pages);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_on_any_page_on_a_desk() {
    examine_all(1280).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_on_any_page_on_a_telephone() {
    examine_all(390).await;
}

async fn examine_all(width: u32) {
    let samples = routes::samples();
    let site = site(samples.iter().map(|sample| sample.html.clone()).collect()).await;
    let look = LOOKS.into_iter().find(|look| look.width == width && look.script == Script::On).expect("one of ours");
    let browser = Browser::open(&site, "samples", look).await;
    let mut found = Vec::new();
    for (number, sample) in samples.iter().enumerate() {
        browser.go(&format!("/samples/{number}")).await;
        found.extend(browser.findings().await.into_iter().map(|said| format!("{}: {said}", sample.name)));
    }
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
    browser.close().await;
}
