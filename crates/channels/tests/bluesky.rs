//! Bluesky against its own server: the real one from npm, with a directory of its own, on this machine.
//!
//! For: whoever changes `bluesky.rs`. Promises: nothing here is played; a missing Node or package fails the run.
//! Does not: show what an app view makes of a post; none can be had on one machine.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use channels::bluesky::Bluesky;
use channels::{Channel, Client, Failed, Format, Picture, Post, Reach, Reason, Sought};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

const PASSWORD: &str = "three blue kettles";
const HANDLE: &str = "oakfield.test";
/// 21 November 2026, noon.
const NOON: i64 = 1_795_262_400_000;

/// A running server; gone when dropped.
struct Server {
    port: u16,
    node: Child,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|found| found.local_addr()).expect("a free port").port()
}

impl Server {
    fn start(limits: &str) -> Server {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pds");
        assert!(own.join("node_modules/better-sqlite3/build").exists(), "run `make test-assets` first");
        let folder = tempfile::tempdir().expect("a folder");
        let (plc, port) = (free_port(), free_port());
        let mut node = Command::new("node")
            .arg(own.join("serve.cjs"))
            .arg(folder.path())
            .args([plc.to_string(), port.to_string(), limits.to_owned()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("Node is installed");
        let lines = BufReader::new(node.stdout.take().expect("its output is ours")).lines();
        let is_ready = lines.map_while(Result::ok).any(|line| line == "ready");
        assert!(is_ready, "the server did not start");
        Server { port, node, _folder: folder }
    }

    fn url(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    async fn call(&self, name: &str, token: Option<&str>, given: Value) -> Value {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut request = client.post(format!("{}xrpc/{name}", self.url())).json(&given);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let reply = request.send().await.expect("an answer");
        let status = reply.status();
        let said = reply.text().await.expect("a body");
        assert!(status.is_success(), "{name}: {status} {said}");
        serde_json::from_str(&said).unwrap_or_default()
    }

    /// Whether the server still gives the picture's bytes to whoever asks.
    async fn has_blob(&self, did: &str, cid: &str) -> bool {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let url = format!("{}xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}", self.url());
        client.get(url).send().await.expect("an answer").status().is_success()
    }

    /// An account and an app password for it, as a school would make them. Gives its token too.
    async fn account(&self) -> (String, String, String) {
        let given = json!({ "email": "office@oakfield.test", "handle": HANDLE, "password": PASSWORD });
        let account = self.call("com.atproto.server.createAccount", None, given).await;
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let token = text(&account["accessJwt"]);
        let made =
            self.call("com.atproto.server.createAppPassword", Some(&token), json!({ "name": "schoolgate" })).await;
        (text(&made["password"]), token, text(&account["did"]))
    }
}

fn client() -> Client {
    Client::new(Reach::Anywhere, Arc::new(|| NOON))
}

/// The smallest picture that there is: one white point.
const POINT: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0xf8, 0x0f, 0, 1, 1, 1, 0,
    0x1b, 0xb6, 0xee, 0x56, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

fn post(key: u128, text: &str) -> Post {
    Post::new(Uuid::from_u128(key), NOON, text)
}

fn with_picture(mut post: Post) -> Post {
    let picture = Picture {
        name: "0192.png".into(),
        format: Format::Png,
        bytes: POINT.into(),
        alt: "A white point, “é”".into(),
        width: 1,
        height: 1,
    };
    post.pictures.push(picture);
    post
}

#[tokio::test]
async fn a_post_is_published_once_found_listed_and_taken_down() {
    let server = Server::start("");
    let (password, _, did) = server.account().await;
    let bluesky = Bluesky::new(client(), &server.url(), &format!("@{HANDLE}"), &password).expect("an account");
    assert_eq!(bluesky.check().await.expect("good credentials").called, HANDLE);

    let fair = with_picture(post(7, "Fête 🎪: https://oakfield.test/fair #Fair"));
    assert_eq!(bluesky.find(Sought::Unsure(&fair)).await, Ok(None));
    let sent = bluesky.publish(&fair).await.expect("published");
    // As if the answer had been lost: the same again is the same post.
    assert_eq!(bluesky.publish(&fair).await.as_ref(), Ok(&sent));
    assert_eq!(bluesky.find(Sought::Unsure(&fair)).await, Ok(Some(sent.clone())));
    let second = bluesky.publish(&post(8, "Only words")).await.expect("published");
    let page = bluesky.shown(None).await.expect("a list");
    assert_eq!(page.shown.len(), 2, "{:?}", page.shown);
    let shown = page.shown.iter().find(|shown| shown.sent == sent).expect("the post");
    assert_eq!((shown.text.as_str(), shown.at), (fair.text.as_str(), Some(NOON)));
    assert_eq!(shown.pictures, ["A white point, “é”"]);
    assert!(sent.remote.starts_with(&format!("at://{did}/app.bsky.feed.post/")), "{sent:?}");

    let place = sent.remote.rsplit('/').next().expect("a place");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!(
        "{}xrpc/com.atproto.repo.getRecord?repo={did}&collection=app.bsky.feed.post&rkey={place}",
        server.url()
    );
    let record: Value = client.get(url).send().await.expect("an answer").json().await.expect("a record");
    let facets = &record["value"]["facets"];
    let piece = |at: usize| {
        let index = |name: &str| usize::try_from(facets[at]["index"][name].as_u64().expect("a number")).expect("small");
        &fair.text[index("byteStart")..index("byteEnd")]
    };
    assert_eq!((piece(0), piece(1)), ("https://oakfield.test/fair", "#Fair"));
    let cid = record["value"]["embed"]["images"][0]["image"]["ref"]["$link"].as_str().expect("a picture").to_owned();
    assert!(server.has_blob(&did, &cid).await);

    bluesky.take_down(&sent).await.expect("gone");
    bluesky.take_down(&sent).await.expect("gone already");
    assert_eq!(bluesky.find(Sought::Known(&sent)).await, Ok(None));
    assert!(!server.has_blob(&did, &cid).await, "the picture's bytes are gone too");
    assert_eq!(bluesky.find(Sought::Known(&second)).await, Ok(Some(second)));
}

#[tokio::test]
async fn a_withdrawn_password_is_noticed_and_nothing_goes_out() {
    let server = Server::start("");
    let (password, token, _) = server.account().await;
    let bluesky = Bluesky::new(client(), &server.url(), HANDLE, &password).expect("an account");
    bluesky.check().await.expect("good credentials");
    server.call("com.atproto.server.revokeAppPassword", Some(&token), json!({ "name": "schoolgate" })).await;
    assert_eq!(bluesky.check().await, Err(Failed::Never(Reason::Credentials)));
    assert_eq!(bluesky.publish(&post(7, "Nobody reads this")).await, Err(Failed::Never(Reason::Credentials)));
    let wrong = Bluesky::new(client(), &server.url(), HANDLE, "wrong-wrong-wrong").expect("an account");
    assert_eq!(wrong.check().await, Err(Failed::Never(Reason::Credentials)));
    let good = Bluesky::new(client(), &server.url(), HANDLE, PASSWORD).expect("an account");
    assert!(good.shown(None).await.expect("a list").shown.is_empty());
}

#[tokio::test]
async fn the_server_counts_as_we_do() {
    let server = Server::start("");
    server.account().await;
    let bluesky = Bluesky::new(client(), &server.url(), HANDLE, PASSWORD).expect("an account");
    let family = "👩‍👩‍👧‍👦";
    let fits = post(7, &format!("{}{}", family.repeat(100), "é".repeat(200)));
    assert!(bluesky.limits().breaches(&fits).is_empty());
    let sent = bluesky.publish(&fits).await.expect("300 letters fit");
    assert!(matches!(bluesky.publish(&post(8, &"é".repeat(301))).await, Err(Failed::Never(Reason::TooMuch(_)))));
    bluesky.take_down(&sent).await.expect("gone");
    // The server itself says no where our own count were wrong.
    let token = server
        .call("com.atproto.server.createSession", None, json!({ "identifier": HANDLE, "password": PASSWORD }))
        .await;
    let record = json!({ "$type": "app.bsky.feed.post", "text": "é".repeat(301), "createdAt": "2026-11-21T12:00:00Z" });
    let given =
        json!({ "repo": token["did"], "collection": "app.bsky.feed.post", "rkey": "3mabcdefghijk", "record": record });
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}xrpc/com.atproto.repo.putRecord", server.url());
    let token = token["accessJwt"].as_str().expect("a token");
    let reply = client.post(url).bearer_auth(token).json(&given).send().await.expect("an answer");
    assert_eq!(reply.status().as_u16(), 400);
}

#[tokio::test]
async fn whoever_signs_in_too_often_waits_as_long_as_the_server_asks() {
    let server = Server::start("limited");
    server.account().await;
    let bluesky = Bluesky::new(client(), &server.url(), HANDLE, PASSWORD).expect("an account");
    let mut tries = 0;
    let waits = loop {
        tries += 1;
        match bluesky.check().await {
            Ok(_) if tries < 100 => {}
            Err(Failed::Retry { after, .. }) => break after,
            other => panic!("after {tries} tries: {other:?}"),
        }
    };
    assert!(tries > 10 && waits > Duration::ZERO, "{tries} tries, then {waits:?}");
    assert!(matches!(bluesky.check().await, Err(Failed::Retry { .. })), "it is not even asked again");
}
