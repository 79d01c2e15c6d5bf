//! Bluesky, by the few calls of its protocol (XRPC) that a school needs.
//!
//! Promises: a post's place in the repository is made from its key, so that publishing twice writes the same record once;
//! places in a text are counted in UTF-8 bytes, as the network does; a session is kept in memory only and renewed when the
//! server wants it.
//! Does not: read replies, follow or like. Looking whether something is there needs no session.
//!
//! Sources: the `com.atproto` and `app.bsky` lexicons; atproto.com on TIDs and rate limits.

use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use zeroize::Zeroizing;

use crate::http::{Client, Reply};
use crate::post::{Facet, Picture, Points};
use crate::{Channel, Doing, Failed, Limits, Page, Post, Reason, Sent, Shown, Sought, Standing};

const POSTS: &str = "app.bsky.feed.post";
/// As many as one call may list.
const PAGE_ROWS: &str = "100";

/// An account of the network on whichever server it lives.
pub struct Bluesky {
    client: Client,
    service: Url,
    handle: String,
    password: Zeroizing<String>,
}

/// What signing in gives; for two hours.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    access_jwt: String,
    did: String,
    handle: String,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    error: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Written {
    uri: String,
}

#[derive(Deserialize)]
struct Listed {
    records: Vec<Record>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    uri: String,
    value: Value,
}

impl Bluesky {
    /// `service` is the account's server, `https://bsky.social/` for most; `password` an app password.
    ///
    /// # Errors
    /// An address that may not be called.
    pub fn new(client: Client, service: &str, handle: &str, password: &str) -> Result<Bluesky, Failed> {
        let service = client.check_address(service).map_err(|why| Failed::Never(Reason::Address(why)))?;
        let handle = handle.trim().trim_start_matches('@').to_owned();
        Ok(Bluesky { client, service, handle, password: Zeroizing::new(password.to_owned()) })
    }

    fn request(&self, method: Method, call: &str, query: &[(&str, &str)]) -> Result<RequestBuilder, Failed> {
        let mut url = self.service.clone();
        url.set_path(&format!("/xrpc/{call}"));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.client.request(method, &url).map_err(|broken| broken.harmless())
    }

    /// Whose pauses are kept apart: what the network counts by.
    fn who(&self) -> String {
        format!("{} {}", self.service, self.handle)
    }

    /// Where the session is kept: bound to the password, so that a replaced one signs in anew.
    fn session_key(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.service.as_str(), &self.handle, &self.password] {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    async fn session(&self) -> Result<Session, Failed> {
        let key = self.session_key();
        if let Some(session) = self.client.session(&key) {
            return Ok(session);
        }
        let given = json!({ "identifier": self.handle, "password": self.password.as_str() });
        let request = self.request(Method::POST, "com.atproto.server.createSession", &[])?.json(&given);
        let reply = self.client.call(&self.who(), request).await.map_err(|broken| broken.harmless())?;
        if !reply.is_good() {
            let fault = fault(&reply);
            let is_lock_out = matches!(
                fault.error.as_str(),
                "AuthFactorTokenRequired" | "AccountTakedown" | "AuthenticationRequired"
            );
            return Err(if is_lock_out { Failed::Never(Reason::Credentials) } else { reply.harmless(&fault.message) });
        }
        let session: Session =
            reply.json().ok_or_else(|| Failed::later("the server's answer to signing in cannot be read"))?;
        self.client.keep_session(key, session.clone());
        Ok(session)
    }

    /// Sends with the session; an old one is renewed once.
    async fn signed<F>(&self, publishes: Publishes, request: F) -> Result<(Reply, Session), Failed>
    where
        F: Fn(&Session) -> Result<RequestBuilder, Failed> + Send + Sync,
    {
        let mut is_second = false;
        loop {
            let session = self.session().await?;
            let request = request(&session)?.bearer_auth(&session.access_jwt);
            let reply = self.client.call(&self.who(), request).await.map_err(|broken| match publishes {
                Publishes::Yes => broken.publishing(),
                Publishes::No => broken.harmless(),
            })?;
            if reply.is_good() {
                return Ok((reply, session));
            }
            let fault = fault(&reply);
            let is_old = reply.status == 401 || matches!(fault.error.as_str(), "ExpiredToken" | "InvalidToken");
            if is_old {
                self.client.forget_session(&self.session_key());
                if !is_second {
                    is_second = true;
                    continue;
                }
                return Err(Failed::Never(Reason::Credentials));
            }
            return Err(match publishes {
                Publishes::Yes => reply.publishing(&fault.message),
                Publishes::No => reply.harmless(&fault.message),
            });
        }
    }

    async fn upload(&self, picture: &Picture) -> Result<Value, Failed> {
        let send = |_: &Session| {
            let request = self.request(Method::POST, "com.atproto.repo.uploadBlob", &[])?;
            Ok(request.header("content-type", picture.format.media_type()).body(picture.bytes.to_vec()))
        };
        let (reply, _) = self.signed(Publishes::No, send).await?;
        let blob = reply.json::<Value>().and_then(|given| given.get("blob").cloned());
        blob.ok_or_else(|| Failed::later("the server's answer to a picture cannot be read"))
    }

    async fn put(&self, post: &Post) -> Result<Sent, Failed> {
        let mut blobs = Vec::new();
        for picture in &post.pictures {
            blobs.push(self.upload(picture).await?);
        }
        let (record, place) = (record(post, &blobs), place_of(post));
        let send = |session: &Session| {
            let given = json!({ "repo": session.did, "collection": POSTS, "rkey": place, "record": record });
            Ok(self.request(Method::POST, "com.atproto.repo.putRecord", &[])?.json(&given))
        };
        let (reply, session) = self.signed(Publishes::Yes, send).await?;
        let written: Written =
            reply.json().ok_or_else(|| Failed::Unsure("the server's answer cannot be read".into()))?;
        let expected = uri(&session.did, &place);
        if written.uri != expected {
            return Err(Failed::Unsure("the server names another place than asked".into()));
        }
        Ok(self.sent(expected))
    }

    async fn get(&self, uri: &str) -> Result<Option<Sent>, Failed> {
        let Some((did, place)) = parts(uri) else { return Ok(None) };
        let query = [("repo", did), ("collection", POSTS), ("rkey", place)];
        let request = self.request(Method::GET, "com.atproto.repo.getRecord", &query)?;
        let reply = self.client.call(&self.who(), request).await.map_err(|broken| broken.harmless())?;
        if reply.is_good() {
            let there = reply.json::<Record>().is_some_and(|record| record.uri == uri);
            return if there {
                Ok(Some(self.sent(uri.to_owned())))
            } else {
                Err(Failed::later("the server's answer cannot be read"))
            };
        }
        let fault = fault(&reply);
        let is_gone = fault.error == "RecordNotFound" || fault.message.starts_with("Could not locate record");
        if is_gone { Ok(None) } else { Err(reply.harmless(&fault.message)) }
    }

    async fn delete(&self, sent: &Sent) -> Result<(), Failed> {
        let Some((did, place)) = parts(&sent.remote) else { return Ok(()) };
        let send = |_: &Session| {
            let given = json!({ "repo": did, "collection": POSTS, "rkey": place });
            Ok(self.request(Method::POST, "com.atproto.repo.deleteRecord", &[])?.json(&given))
        };
        self.signed(Publishes::No, send).await.map(drop)
    }

    async fn list(&self, after: Option<&str>) -> Result<Page, Failed> {
        let session = self.session().await?;
        let mut query = vec![("repo", session.did.as_str()), ("collection", POSTS), ("limit", PAGE_ROWS)];
        query.extend(after.map(|after| ("cursor", after)));
        let request = self.request(Method::GET, "com.atproto.repo.listRecords", &query)?;
        let reply = self.client.call(&self.who(), request).await.map_err(|broken| broken.harmless())?;
        if !reply.is_good() {
            return Err(reply.harmless(&fault(&reply).message));
        }
        let mut page = read_page(&reply.body).ok_or_else(|| Failed::later("the server's list cannot be read"))?;
        for shown in &mut page.shown {
            shown.sent = self.sent(std::mem::take(&mut shown.sent.remote));
        }
        Ok(page)
    }

    fn sent(&self, uri: String) -> Sent {
        let place = parts(&uri).map(|(_, place)| place).unwrap_or_default();
        Sent { address: format!("https://bsky.app/profile/{}/post/{place}", self.handle), remote: uri }
    }
}

/// Whether people see what a call does.
#[derive(Clone, Copy)]
enum Publishes {
    Yes,
    No,
}

impl Channel for Bluesky {
    fn limits(&self) -> &Limits {
        &Limits::BLUESKY
    }

    fn publish<'a>(&'a self, post: &'a Post) -> Doing<'a, Sent> {
        Box::pin(async move {
            let breaches = self.limits().breaches(post);
            if !breaches.is_empty() {
                return Err(Failed::Never(Reason::TooMuch(breaches)));
            }
            self.put(post).await
        })
    }

    fn find<'a>(&'a self, sought: Sought<'a>) -> Doing<'a, Option<Sent>> {
        Box::pin(async move {
            match sought {
                Sought::Known(sent) => self.get(&sent.remote).await,
                Sought::Unsure(post) => {
                    let session = self.session().await?;
                    self.get(&uri(&session.did, &place_of(post))).await
                }
            }
        })
    }

    fn take_down<'a>(&'a self, sent: &'a Sent) -> Doing<'a, ()> {
        Box::pin(self.delete(sent))
    }

    /// Signs in anew: a session that is still alive would hide that the password was withdrawn.
    fn check(&self) -> Doing<'_, Standing> {
        Box::pin(async move {
            self.client.forget_session(&self.session_key());
            let session = self.session().await?;
            Ok(Standing { called: session.handle, limits: *self.limits() })
        })
    }

    fn shown<'a>(&'a self, after: Option<&'a str>) -> Doing<'a, Page> {
        Box::pin(self.list(after))
    }
}

fn fault(reply: &Reply) -> Fault {
    reply.json().unwrap_or(Fault { error: String::new(), message: String::new() })
}

fn uri(did: &str, place: &str) -> String {
    format!("at://{did}/{POSTS}/{place}")
}

/// The account and the place of a post's address; `None` for anything else, which was never ours.
fn parts(uri: &str) -> Option<(&str, &str)> {
    let (did, rest) = uri.strip_prefix("at://")?.split_once('/')?;
    let place = rest.strip_prefix(POSTS)?.strip_prefix('/')?;
    (did.starts_with("did:") && !place.is_empty() && !place.contains('/')).then_some((did, place))
}

/// The record's key: a TID, 53 bits of microseconds and ten of chance, both from what the post carries, so that every try
/// gives the same.
fn place_of(post: &Post) -> String {
    const LETTERS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
    let chance = u64::from_be_bytes(Sha256::digest(post.key.as_bytes())[..8].try_into().unwrap_or_default());
    let micros = u64::try_from(post.at).unwrap_or(0).wrapping_mul(1_000).wrapping_add(chance % 1_000) & ((1 << 53) - 1);
    let number = (micros << 10) | ((chance >> 32) & 0x3ff);
    (0..13).rev().map(|at| char::from(LETTERS[usize::try_from((number >> (at * 5)) & 31).unwrap_or(0)])).collect()
}

fn record(post: &Post, blobs: &[Value]) -> Value {
    let at = Timestamp::from_millisecond(post.at).unwrap_or_default();
    let mut record = json!({
        "$type": POSTS,
        "text": post.text,
        "createdAt": at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        "langs": ["en"],
    });
    let facets: Vec<Value> = post.facets.iter().filter(|facet| fits(&post.text, facet)).map(facet).collect();
    if !facets.is_empty() {
        record["facets"] = Value::Array(facets);
    }
    if !blobs.is_empty() {
        let images: Vec<Value> = post.pictures.iter().zip(blobs).map(|(picture, blob)| image(picture, blob)).collect();
        record["embed"] = json!({ "$type": "app.bsky.embed.images", "images": images });
    }
    record
}

fn fits(text: &str, facet: &Facet) -> bool {
    facet.start < facet.end && text.is_char_boundary(facet.start) && text.is_char_boundary(facet.end)
}

fn facet(facet: &Facet) -> Value {
    let feature = match &facet.to {
        Points::Link(address) => json!({ "$type": "app.bsky.richtext.facet#link", "uri": address }),
        Points::Tag(tag) => json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag }),
    };
    json!({ "index": { "byteStart": facet.start, "byteEnd": facet.end }, "features": [feature] })
}

fn image(picture: &Picture, blob: &Value) -> Value {
    json!({
        "alt": picture.alt,
        "image": blob,
        "aspectRatio": { "width": picture.width.max(1), "height": picture.height.max(1) },
    })
}

/// One page of a list of records as a server sends it. `None` if it is none. Outside data: see `fuzz/`.
pub fn read_page(body: &[u8]) -> Option<Page> {
    let listed: Listed = serde_json::from_slice(body).ok()?;
    let is_last = listed.records.is_empty();
    let shown = listed.records.into_iter().filter(|record| parts(&record.uri).is_some()).map(shown).collect();
    Some(Page { shown, next: listed.cursor.filter(|cursor| !is_last && !cursor.is_empty()) })
}

fn shown(record: Record) -> Shown {
    let value = &record.value;
    let text = value["text"].as_str().unwrap_or_default().to_owned();
    let at = value["createdAt"].as_str().and_then(|at| at.parse::<Timestamp>().ok()).map(Timestamp::as_millisecond);
    // A post that quotes another one carries its pictures one step deeper.
    let images = [&value["embed"]["images"], &value["embed"]["media"]["images"]].into_iter().find_map(Value::as_array);
    let alt = |image: &Value| image["alt"].as_str().unwrap_or_default().to_owned();
    let pictures = images.map(|images| images.iter().map(alt).collect()).unwrap_or_default();
    Shown { sent: Sent { address: String::new(), remote: record.uri }, text, at, pictures }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Reach;
    use crate::fake::{Answer, Fake, Request};
    use crate::post::Format;

    fn post(key: u128, at: i64, text: &str) -> Post {
        Post::new(Uuid::from_u128(key), at, text)
    }

    #[test]
    fn a_place_is_the_same_at_every_try_and_another_for_another_post() {
        let place = place_of(&post(7, 1_795_262_400_000, "a"));
        assert_eq!(place, place_of(&post(7, 1_795_262_400_000, "b")));
        assert_ne!(place, place_of(&post(8, 1_795_262_400_000, "a")));
        assert!(place < place_of(&post(7, 1_795_262_401_000, "a")), "later posts stand later");
        for at in [i64::MIN, -1, 0, 1_795_262_400_000, i64::MAX] {
            let place = place_of(&post(9, at, ""));
            assert!(place.len() == 13 && "234567abcdefghij".contains(&place[..1]), "{place}");
        }
    }

    #[test]
    fn a_record_says_what_the_lexicon_wants() {
        let mut post = post(7, 1_795_262_400_000, "Fête: https://oakfield.test #Fair");
        post.facets.push(Facet { start: 1, end: 2, to: Points::Tag("half a letter".into()) });
        post.pictures.push(Picture {
            name: "a.jpg".into(),
            format: Format::Jpeg,
            bytes: vec![1].into(),
            alt: "A stall".into(),
            width: 4,
            height: 3,
        });
        let record = record(&post, &[json!({ "$type": "blob" })]);
        assert_eq!(record["createdAt"], "2026-11-21T12:00:00.000Z");
        assert_eq!(record["facets"][0]["index"], json!({ "byteStart": 7, "byteEnd": 28 }));
        assert_eq!(record["facets"][1]["features"][0]["tag"], "Fair");
        assert_eq!(record["facets"].as_array().map(Vec::len), Some(2), "a place within a letter is left out");
        assert_eq!(record["embed"]["images"][0]["alt"], "A stall");
    }

    /// A server whose answer to the last step is played; signing in works and gives a new token each time.
    async fn played(last: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Fake {
        Fake::start(move |request| match request.path.as_str() {
            "/xrpc/com.atproto.server.createSession" => {
                Answer::json(200, r#"{"accessJwt":"t","did":"did:plc:abc","handle":"oakfield.test"}"#)
            }
            _ => last(request),
        })
        .await
    }

    fn account(fake: &Fake) -> Bluesky {
        let client = Client::new(Reach::Anywhere, std::sync::Arc::new(|| 1_795_262_400_000));
        Bluesky::new(client, fake.url().as_str(), "oakfield.test", "word").expect("an account")
    }

    #[tokio::test]
    async fn an_answer_that_is_lost_or_wrong_leaves_it_open_whether_it_was_published() {
        let elsewhere = json!({ "uri": "at://did:plc:abc/app.bsky.feed.post/other", "cid": "x" }).to_string();
        let answers = [
            Answer::Lost,
            Answer::Garbage,
            Answer::Huge,
            Answer::json(502, ""),
            Answer::json(200, "{}"),
            Answer::json(200, elsewhere),
        ];
        for answer in answers {
            let said = format!("{answer:.60?}");
            let fake = played(move |_| answer.clone()).await;
            let published = account(&fake).publish(&post(7, 1_795_262_400_000, "words")).await;
            assert!(matches!(published, Err(Failed::Unsure(_))), "{said}: {published:?}");
        }
    }

    #[tokio::test]
    async fn what_never_arrived_or_was_refused_is_told_apart() {
        let answers = [
            (Answer::json(400, r#"{"error":"InvalidRequest","message":"no such thing"}"#), "never"),
            (Answer::json(413, ""), "never"),
            (Answer::json(301, "").with("location", "http://10.0.0.1/"), "never"),
            (Answer::json(429, "").with("ratelimit-reset", "1795262460"), "later"),
            (Answer::json(401, ""), "credentials"),
        ];
        for (answer, expect) in answers {
            let fake = played(move |_| answer.clone()).await;
            let said = match account(&fake).publish(&post(7, 1_795_262_400_000, "words")).await {
                Err(Failed::Never(Reason::Credentials)) => "credentials",
                Err(Failed::Never(_)) => "never",
                Err(Failed::Retry { after, .. }) if after.as_secs() == 60 => "later",
                other => panic!("{other:?}"),
            };
            assert_eq!(said, expect);
        }
    }

    #[tokio::test]
    async fn an_old_session_is_renewed_once_and_no_secret_stands_in_an_address() {
        let fake = played(|_| Answer::json(400, r#"{"error":"ExpiredToken","message":"too old"}"#)).await;
        let published = account(&fake).publish(&post(7, 1_795_262_400_000, "words")).await;
        assert_eq!(published, Err(Failed::Never(Reason::Credentials)));
        let paths: Vec<String> = fake.requests().into_iter().map(|request| request.path).collect();
        let signed_in = paths.iter().filter(|path| path.ends_with("createSession")).count();
        assert_eq!((signed_in, paths.len()), (2, 4), "{paths:?}");
        assert!(paths.iter().all(|path| !path.contains("word")));
    }

    #[test]
    fn only_addresses_of_posts_are_places() {
        assert_eq!(parts("at://did:plc:abc/app.bsky.feed.post/3k"), Some(("did:plc:abc", "3k")));
        for wrong in [
            "",
            "at://did:plc:abc",
            "at://oak.test/app.bsky.feed.post/3k",
            "at://did:plc:abc/app.bsky.feed.like/3k",
            "at://did:plc:abc/app.bsky.feed.post/3k/..",
        ] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
