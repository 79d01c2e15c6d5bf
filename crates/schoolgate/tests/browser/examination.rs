//! The examination itself, on pages made to fail it.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use schoolgate::web::Path;

use crate::page::{Browser, LOOKS, Look, Script};

const GOOD: &str = "<form method=get><label for=n>Your name</label> <input id=n name=n>
    <fieldset><legend>Colour</legend><input type=radio name=c id=r value=r><label for=r>Red</label>
    <input type=radio name=c id=g value=g><label for=g>Green</label></fieldset><button>Go on</button></form>";

/// Name of the page, what is wrong with its body, and a word of the complaint.
const BAD: &[(&str, &str, &str)] = &[
    ("unlabelled", "<input>", "label"),
    ("wide", "<p style='width:3000px'>wide</p>", "wider than the screen"),
    ("stranger", "<img alt='' src='http://stranger.test/x.png'>", "stranger.test"),
    ("two-heads", "<h1>Another</h1>", "one h1"),
];

async fn site() -> String {
    async fn page(Path(name): Path<String>) -> Html<String> {
        let bad = BAD.iter().find(|(known, ..)| *known == name).map_or("", |(_, body, _)| *body);
        let style = if name == "hidden-focus" { "<style>*:focus{outline:none}</style>" } else { "" };
        Html(format!(
            "<!doctype html><html lang=en><head><meta name=viewport content='width=device-width'><title>Page - Test</title>{style}
             <link rel=icon href='data:,'></head><body><main><h1>Page</h1>{GOOD}{bad}</main></body></html>"
        ))
    }
    let listener = tokio::net::TcpListener::bind("localhost:0").await.expect("a free port");
    let address = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/{name}", get(page))).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_page_can_be_used_by_keyboard_in_every_look() {
    let site = site().await;
    for look in LOOKS {
        let browser = Browser::open(&site, "examination", look).await;
        browser.visit("/good").await;
        browser.fill("Your name", "Rowan").await;
        browser.choose("Green").await;
        browser.press_on("Go on").await;
        let sent = browser.client.current_url().await.expect("a page is open");
        assert_eq!(sent.query(), Some("n=Rowan&c=g"), "{look:?}");
        assert_eq!((browser.path().await.as_str(), browser.heading().await.as_str()), ("/good", "Page"));
        assert!(browser.text().await.contains("Colour"));
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_a_fault_does_not_pass() {
    let site = site().await;
    let browser = Browser::open(&site, "examination-bad", Look { width: 390, script: Script::Off }).await;
    for (name, _, word) in BAD {
        browser.go(&format!("/{name}")).await;
        let found = browser.faults().await;
        assert!(found.iter().any(|fault| fault.contains(word)), "{name}: {found:?}");
    }
    browser.go("/hidden-focus").await;
    let said = browser.find_by_tab("Go on").await.expect_err("the focus cannot be seen");
    assert!(said.contains("nobody can see the focus"), "{said}");
    browser.close().await;
}
