//! Mastodon against a server that plays it, makes faults, and holds every request against a description of the published API.
//!
//! For: whoever changes `mastodon.rs`. Promises: each test ends with all requests being as `mastodon/api.json` describes.
//! Does not: stand for a real server. None is to be had from a package registry, so what a real one makes of a request has not been
//! seen by these tests.

#[path = "mastodon/described.rs"]
mod described;

use std::sync::{Arc, Mutex};

use channels::fake::{Answer, Fake, Request};
use channels::mastodon::Mastodon;
use channels::{Channel, Client, Failed, Format, Picture, Post, Reach, Reason, Sent, Sought};
use described::{Described, multipart};
use serde_json::{Value, json};
use uuid::Uuid;

/// 21 November 2026, noon.
const NOON: i64 = 1_795_262_400_000;
const AT: &str = "2026-11-21T12:00:01.000Z";

/// What the next call to publish does besides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Takes the status and hangs up.
    LoseReply,
    /// Says 502, having taken nothing.
    Gateway,
    /// Takes it and answers with what cannot be read.
    Garble,
}

/// A server's memory.
struct Server {
    token: &'static str,
    keeps_keys: bool,
    fault: Fault,
    /// Looks at a picture before it is ready.
    works_for: u32,
    media: Vec<String>,
    statuses: Vec<Value>,
    keys: Vec<(String, usize)>,
}

type Shared = Arc<Mutex<Server>>;

fn server() -> Shared {
    let server = Server {
        token: "good",
        keeps_keys: true,
        fault: Fault::None,
        works_for: 0,
        media: vec![],
        statuses: vec![],
        keys: vec![],
    };
    Arc::new(Mutex::new(server))
}

async fn start(server: &Shared) -> Fake {
    let server = Arc::clone(server);
    Fake::start(move |request| server.lock().expect("no other thread").answer(request)).await
}

impl Server {
    fn answer(&mut self, request: &Request) -> Answer {
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        if path == "/api/v2/instance" {
            return Answer::json(
                200,
                json!({ "configuration": { "statuses": { "max_characters": 500 } } }).to_string(),
            );
        }
        if request.header("authorization") != Some(&format!("Bearer {}", self.token)) {
            return Answer::json(401, r#"{"error":"The access token is invalid"}"#);
        }
        let last = path.rsplit('/').next().unwrap_or_default().to_owned();
        match (request.method.as_str(), path.as_str()) {
            ("GET", "/api/v1/accounts/verify_credentials") => Answer::json(200, r#"{"id":"1","acct":"school"}"#),
            ("GET", "/api/v1/accounts/1/statuses") => self.list(request),
            ("POST", "/api/v2/media") => self.take_media(request),
            ("POST", "/api/v1/statuses") => self.take_status(request),
            ("GET", path) if path.starts_with("/api/v1/media/") => self.look_at_media(&last),
            ("GET", path) if path.starts_with("/api/v1/statuses/") => self.find(&last),
            ("DELETE", path) if path.starts_with("/api/v1/statuses/") => self.remove(&last),
            _ => Answer::json(404, r#"{"error":"Record not found"}"#),
        }
    }

    fn take_media(&mut self, request: &Request) -> Answer {
        let alt = multipart(request).into_iter().find(|(name, ..)| name == "description");
        self.media.push(alt.map(|(.., alt)| String::from_utf8(alt).expect("text")).unwrap_or_default());
        let id = self.media.len().to_string();
        let (status, url) = if self.works_for > 0 { (202, Value::Null) } else { (200, json!("https://x.test/1.png")) };
        Answer::json(status, json!({ "id": id, "type": "image", "url": url }).to_string())
    }

    fn look_at_media(&mut self, id: &str) -> Answer {
        self.works_for = self.works_for.saturating_sub(1);
        let status = if self.works_for > 0 { 206 } else { 200 };
        Answer::json(status, json!({ "id": id, "url": null }).to_string())
    }

    fn take_status(&mut self, request: &Request) -> Answer {
        let fault = std::mem::replace(&mut self.fault, Fault::None);
        if fault == Fault::Gateway {
            return Answer::json(502, "<html>");
        }
        let key = request.header("idempotency-key").unwrap_or_default().to_owned();
        let known = self.keys.iter().find(|(known, _)| self.keeps_keys && *known == key).map(|(_, at)| *at);
        let at = known.unwrap_or_else(|| self.keep(request, key));
        match fault {
            Fault::LoseReply => Answer::Lost,
            Fault::Garble => Answer::json(200, "{"),
            _ => Answer::json(200, self.statuses[at].to_string()),
        }
    }

    fn keep(&mut self, request: &Request, key: String) -> usize {
        let given: Value = serde_json::from_slice(&request.body).expect("JSON");
        let text = given["status"].as_str().expect("a text");
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let html: String =
            escaped.split("\n\n").map(|part| format!("<p>{}</p>", part.replace('\n', "<br />"))).collect();
        let html = html.replace(
            "https://oakfield.test",
            "<a href=\"x\"><span class=\"invisible\">https://</span>oakfield.test</a>",
        );
        let media = given["media_ids"].as_array().expect("ids").iter().map(|id| {
            let at: usize = id.as_str().expect("text").parse().expect("a number");
            json!({ "id": id, "type": "image", "description": self.media[at - 1] })
        });
        let id = (100 + self.statuses.len()).to_string();
        let status = json!({
            "id": id, "created_at": AT, "content": html, "url": format!("https://social.test/@school/{id}"),
            "uri": format!("https://social.test/users/school/statuses/{id}"), "media_attachments": media.collect::<Vec<_>>(),
        });
        self.statuses.push(status);
        self.keys.push((key, self.statuses.len() - 1));
        self.statuses.len() - 1
    }

    fn list(&self, request: &Request) -> Answer {
        let before = request.path.split("max_id=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or("999");
        let older = |status: &&Value| status["id"].as_str().is_some_and(|id| id < before);
        let rows: Vec<&Value> =
            self.statuses.iter().rev().filter(|status| !status.is_null()).filter(older).take(40).collect();
        Answer::json(200, serde_json::to_string(&rows).expect("JSON"))
    }

    fn at(&self, id: &str) -> Option<usize> {
        self.statuses.iter().position(|status| status["id"] == id)
    }

    fn find(&self, id: &str) -> Answer {
        match self.at(id) {
            Some(at) => Answer::json(200, self.statuses[at].to_string()),
            None => Answer::json(404, r#"{"error":"Record not found"}"#),
        }
    }

    fn remove(&mut self, id: &str) -> Answer {
        let Some(at) = self.at(id) else { return Answer::json(404, r#"{"error":"Record not found"}"#) };
        Answer::json(200, std::mem::take(&mut self.statuses[at]).to_string())
    }
}

fn public(server: &Shared) -> usize {
    server.lock().expect("no other thread").statuses.iter().filter(|status| !status.is_null()).count()
}

fn account(fake: &Fake, token: &str) -> Mastodon {
    let client = Client::new(Reach::Anywhere, Arc::new(|| NOON));
    Mastodon::new(client, fake.url().as_str(), token).expect("an account")
}

fn post(key: u128, text: &str) -> Post {
    let mut post = Post::new(Uuid::from_u128(key), NOON, text);
    let picture = Picture {
        name: "0192.png".into(),
        format: Format::Png,
        bytes: (0..=255).collect::<Vec<u8>>().into(),
        alt: "A “white” point".into(),
        width: 1,
        height: 1,
    };
    post.pictures.push(picture);
    post
}

const TEXT: &str = "Fair & fun <today>\n\nSee https://oakfield.test\nfor more 🎪";

fn all_as_described(fake: &Fake) {
    let described = Described::read();
    let wrong: Vec<String> = fake.requests().iter().flat_map(|request| described.wrong(request)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(!fake.requests().is_empty());
}

#[tokio::test]
async fn a_post_is_published_found_listed_and_taken_down() {
    let server = server();
    let fake = start(&server).await;
    let mastodon = account(&fake, "good");
    let standing = mastodon.check().await.expect("good credentials");
    assert_eq!((standing.called.as_str(), standing.limits.text_max), ("@school@127.0.0.1", 500));
    let fair = post(7, TEXT);
    assert_eq!(mastodon.find(Sought::Unsure(&fair)).await, Ok(None));
    let sent = mastodon.publish(&fair).await.expect("published");
    assert_eq!(sent, Sent { address: "https://social.test/@school/100".into(), remote: "100".into() });
    assert_eq!(mastodon.find(Sought::Known(&sent)).await, Ok(Some(sent.clone())));
    assert_eq!(mastodon.find(Sought::Unsure(&fair)).await, Ok(Some(sent.clone())));
    let page = mastodon.shown(None).await.expect("a list");
    assert_eq!((page.shown[0].text.as_str(), &page.shown[0].pictures[..]), (TEXT, &["A “white” point".to_owned()][..]));
    mastodon.take_down(&sent).await.expect("gone");
    mastodon.take_down(&sent).await.expect("gone already");
    assert_eq!(mastodon.find(Sought::Known(&sent)).await, Ok(None));
    assert_eq!(public(&server), 0);
    all_as_described(&fake);
}

#[tokio::test]
async fn a_lost_reply_never_makes_a_second_post_whether_the_server_keeps_keys_or_not() {
    for keeps_keys in [true, false] {
        for fault in [Fault::LoseReply, Fault::Garble, Fault::Gateway] {
            let server = server();
            {
                let mut server = server.lock().expect("no other thread");
                (server.keeps_keys, server.fault) = (keeps_keys, fault);
            }
            let fake = start(&server).await;
            let mastodon = account(&fake, "good");
            // The same words were published before, and are another post.
            let fair = post(7, TEXT);
            assert!(matches!(mastodon.publish(&fair).await, Err(Failed::Unsure(_))));
            let found = mastodon.find(Sought::Unsure(&fair)).await.expect("an answer");
            assert_eq!(found.is_some(), fault != Fault::Gateway);
            if found.is_none() {
                mastodon.publish(&fair).await.expect("published");
            }
            assert_eq!(public(&server), 1);
            all_as_described(&fake);
        }
    }
}

#[tokio::test]
async fn an_older_post_with_the_same_words_is_not_taken_for_the_lost_one() {
    let server = server();
    let fake = start(&server).await;
    let mastodon = account(&fake, "good");
    mastodon.publish(&post(7, TEXT)).await.expect("published");
    let next_week = Post { key: Uuid::from_u128(8), at: NOON + 7 * 24 * 60 * 60 * 1_000, ..post(8, TEXT) };
    assert_eq!(mastodon.find(Sought::Unsure(&next_week)).await, Ok(None));
    let mut other = post(9, TEXT);
    other.pictures[0].alt = "Another picture".into();
    assert_eq!(mastodon.find(Sought::Unsure(&other)).await, Ok(None));
}

#[tokio::test]
async fn a_picture_that_the_server_still_works_on_is_waited_for() {
    let server = server();
    server.lock().expect("no other thread").works_for = 2;
    let fake = start(&server).await;
    account(&fake, "good").publish(&post(7, TEXT)).await.expect("published");
    let looks = fake.requests().iter().filter(|request| request.path.starts_with("/api/v1/media/")).count();
    assert_eq!((looks, public(&server)), (2, 1));
    all_as_described(&fake);
}

#[tokio::test]
async fn a_withdrawn_token_is_noticed_and_nothing_goes_out() {
    let server = server();
    let fake = start(&server).await;
    let mastodon = account(&fake, "withdrawn");
    let sent = Sent { address: String::new(), remote: "100".into() };
    assert_eq!(mastodon.check().await.err(), Some(Failed::Never(Reason::Credentials)));
    assert_eq!(mastodon.publish(&post(7, TEXT)).await, Err(Failed::Never(Reason::Credentials)));
    assert_eq!(mastodon.take_down(&sent).await, Err(Failed::Never(Reason::Credentials)));
    assert_eq!(public(&server), 0);
}

#[tokio::test]
async fn whatever_a_server_answers_is_an_error_and_no_panic() {
    let answers = [
        Answer::json(200, "[]"),
        Answer::json(200, "null"),
        Answer::json(200, r#"{"id":"../../x"}"#),
        Answer::json(204, ""),
        Answer::json(302, "").with("location", "http://127.0.0.1:9/"),
        Answer::json(418, "\u{0}"),
        Answer::json(422, json!({ "error": "x".repeat(100_000) }).to_string()),
        Answer::json(503, "").with("retry-after", "soon"),
        Answer::Huge,
        Answer::Lost,
        Answer::Garbage,
    ];
    for answer in answers {
        let played = answer.clone();
        let fake = Fake::start(move |_| played.clone()).await;
        let mastodon = account(&fake, "good");
        let said = format!("{answer:.100?}");
        assert!(mastodon.publish(&Post::new(Uuid::nil(), NOON, "words")).await.is_err(), "{said}");
        assert!(mastodon.find(Sought::Unsure(&post(7, TEXT))).await.is_err(), "{said}");
        if let Err(failed) = mastodon.shown(None).await {
            assert!(failed.to_string().len() < 400, "{failed}");
        }
    }
}

#[test]
fn the_description_refuses_what_it_does_not_know() {
    let request = |method: &str, path: &str, body: &str| Request {
        method: method.into(),
        path: path.into(),
        headers: vec![("authorization".into(), "Bearer x".into()), ("content-type".into(), "application/json".into())],
        body: body.into(),
    };
    let described = Described::read();
    for (method, path, body, faults) in [
        ("POST", "/api/v1/statuses", r#"{"status":"x","media_ids":["1"],"visibility":"public"}"#, 0),
        ("POST", "/api/v1/statuses", r#"{"text":"x"}"#, 2),
        ("POST", "/api/v1/statuses", r#"{"status":"x","media_ids":[1],"visibility":"all"}"#, 2),
        ("GET", "/api/v1/accounts/1/statuses?limit=41&color=red", "", 2),
        ("PUT", "/api/v1/statuses/1", "", 1),
        ("GET", "/api/v1/statuses/a", "", 1),
    ] {
        assert_eq!(described.wrong(&request(method, path, body)).len(), faults, "{method} {path} {body}");
    }
}
