//! Mastodon and the servers that speak its API.
//!
//! Promises: a picture is described before it is published; a status goes out with an idempotency key, and where nobody
//! knows whether it arrived, the account's last statuses are compared with it before another try; deleting what is gone is no
//! failure.
//! Does not: read replies, or trust that a server keeps the idempotency key: some do not.
//!
//! Source: docs.joinmastodon.org, methods `media`, `statuses`, `accounts`, `instance`; the guide on rate limits.

use jiff::Timestamp;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use crate::feed::text_of_html;
use crate::http::{Client, Reply};
use crate::post::Picture;
use crate::{Channel, Doing, Failed, Limits, Page, Post, Reason, Sent, Shown, Sought, Standing};

/// As many as one call may list.
const PAGE_ROWS: &str = "40";
/// How far the server's clock may be behind ours when a status is looked for.
const CLOCKS_APART_MILLIS: i64 = 5 * 60 * 1_000;
/// Pages of statuses that are looked through for a lost one; within them lies more than a school publishes in a day.
const LOOK_BACK_PAGES: usize = 3;
/// How often a picture that the server still works on is asked for.
const LOOKS_MAX: u32 = 10;

/// An account on one server.
pub struct Mastodon {
    client: Client,
    server: Url,
    token: Zeroizing<String>,
    limits: Limits,
}

#[derive(Deserialize)]
struct Status {
    id: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    uri: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    created_at: String,
    #[serde(default)]
    media_attachments: Vec<Attachment>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(default)]
    description: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    id: String,
    acct: String,
}

#[derive(Deserialize)]
struct Media {
    id: String,
}

impl Mastodon {
    /// `token` may write statuses and media and read the account. Limits are the usual ones until
    /// [`Mastodon::with_limits`] gives those that [`Channel::check`] found.
    ///
    /// # Errors
    /// An address that may not be called.
    pub fn new(client: Client, server: &str, token: &str) -> Result<Mastodon, Failed> {
        let server = client.check_address(server).map_err(|why| Failed::Never(Reason::Address(why)))?;
        Ok(Mastodon { client, server, token: Zeroizing::new(token.to_owned()), limits: Limits::MASTODON })
    }

    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Mastodon {
        Mastodon { limits, ..self }
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Result<RequestBuilder, Failed> {
        let mut url = self.server.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.client.request(method, &url).map_err(|broken| broken.harmless())?;
        Ok(request.bearer_auth(self.token.as_str()))
    }

    /// A call after which people see nothing new.
    async fn ask(&self, request: RequestBuilder) -> Result<Reply, Failed> {
        let reply = self.client.call(&self.who(), request).await.map_err(|broken| broken.harmless())?;
        match reply.status {
            403 => Err(Failed::Never(Reason::Credentials)),
            _ => Ok(reply),
        }
    }

    /// As [`Mastodon::ask`], for an answer that must be good.
    async fn ask_well(&self, request: RequestBuilder) -> Result<Reply, Failed> {
        let reply = self.ask(request).await?;
        if reply.is_good() { Ok(reply) } else { Err(reply.harmless(&said(&reply))) }
    }

    fn who(&self) -> String {
        // Two accounts of one server have two tokens; only a part that is no secret tells them apart.
        let hash = <sha2::Sha256 as sha2::Digest>::digest(self.token.as_bytes());
        format!("{} {:02x}{:02x}{:02x}{:02x}", self.server, hash[0], hash[1], hash[2], hash[3])
    }

    async fn upload(&self, picture: &Picture) -> Result<String, Failed> {
        let part =
            Part::bytes(picture.bytes.to_vec()).file_name(picture.name.clone()).mime_str(picture.format.media_type());
        let part = part.map_err(|_| Failed::refused("the kind of picture is not known"))?;
        let form = Form::new().part("file", part).text("description", picture.alt.clone());
        let request = self.request(Method::POST, "/api/v2/media", &[])?.multipart(form);
        let reply = self.ask_well(request).await?;
        let media: Media = reply.json().ok_or_else(|| unreadable("a picture"))?;
        if reply.status == 202 {
            self.wait_for(&media.id).await?;
        }
        Ok(media.id)
    }

    /// A server may take a picture first and work on it later.
    async fn wait_for(&self, media: &str) -> Result<(), Failed> {
        for look in 0..LOOKS_MAX {
            tokio::time::sleep(std::time::Duration::from_millis(200) * (look + 1)).await;
            let request = self.request(Method::GET, &format!("/api/v1/media/{}", plain_id(media)?), &[])?;
            if self.ask_well(request).await?.status == 200 {
                return Ok(());
            }
        }
        Err(Failed::later("the server is still working on a picture"))
    }

    async fn post(&self, post: &Post) -> Result<Sent, Failed> {
        let mut media = Vec::new();
        for picture in &post.pictures {
            media.push(self.upload(picture).await?);
        }
        let given = json!({ "status": post.text, "media_ids": media, "visibility": "public", "language": "en" });
        let request = self.request(Method::POST, "/api/v1/statuses", &[])?;
        let request = request.header("idempotency-key", post.key.to_string()).json(&given);
        let reply = self.client.call(&self.who(), request).await.map_err(|broken| broken.publishing())?;
        match reply.status {
            200..300 => {}
            403 => return Err(Failed::Never(Reason::Credentials)),
            _ => return Err(reply.publishing(&said(&reply))),
        }
        let status = reply.json::<Status>().filter(|status| plain_id(&status.id).is_ok());
        status.map(sent).ok_or_else(|| Failed::Unsure("the server's answer cannot be read".into()))
    }

    async fn account(&self) -> Result<Account, Failed> {
        let request = self.request(Method::GET, "/api/v1/accounts/verify_credentials", &[])?;
        self.ask_well(request).await?.json().ok_or_else(|| unreadable("who the account is"))
    }

    async fn statuses(&self, account: &str, after: Option<&str>) -> Result<Page, Failed> {
        let path = format!("/api/v1/accounts/{}/statuses", plain_id(account)?);
        let mut query = vec![("limit", PAGE_ROWS), ("exclude_reblogs", "true")];
        query.extend(after.map(|after| ("max_id", after)));
        let request = self.request(Method::GET, &path, &query)?;
        read_page(&self.ask_well(request).await?.body).ok_or_else(|| unreadable("the list of statuses"))
    }

    /// The status that holds what the post holds and is not older than it.
    async fn look_for(&self, post: &Post) -> Result<Option<Sent>, Failed> {
        let account = self.account().await?.id;
        let mut after: Option<String> = None;
        for _ in 0..LOOK_BACK_PAGES {
            let page = self.statuses(&account, after.as_deref()).await?;
            if let Some(same) = page.shown.iter().find(|shown| is_same(shown, post)) {
                return Ok(Some(same.sent.clone()));
            }
            let is_before =
                page.shown.iter().any(|shown| shown.at.is_some_and(|at| at < post.at - CLOCKS_APART_MILLIS));
            match page.next {
                Some(next) if !is_before => after = Some(next),
                _ => break,
            }
        }
        Ok(None)
    }

    async fn get(&self, known: &Sent) -> Result<Option<Sent>, Failed> {
        let Ok(id) = plain_id(&known.remote) else { return Ok(None) };
        let reply = self.ask(self.request(Method::GET, &format!("/api/v1/statuses/{id}"), &[])?).await?;
        match reply.status {
            404 | 410 => Ok(None),
            _ if reply.is_good() => {
                let status: Status = reply.json().ok_or_else(|| unreadable("a status"))?;
                Ok(Some(sent(status)))
            }
            _ => Err(reply.harmless(&said(&reply))),
        }
    }

    async fn delete(&self, known: &Sent) -> Result<(), Failed> {
        let Ok(id) = plain_id(&known.remote) else { return Ok(()) };
        let reply = self.ask(self.request(Method::DELETE, &format!("/api/v1/statuses/{id}"), &[])?).await?;
        match reply.status {
            404 | 410 => Ok(()),
            _ if reply.is_good() => Ok(()),
            _ => Err(reply.harmless(&said(&reply))),
        }
    }

    async fn standing(&self) -> Result<Standing, Failed> {
        let account = self.account().await?;
        let request = self.request(Method::GET, "/api/v2/instance", &[])?;
        let reply = self.client.call(&self.who(), request).await.map_err(|broken| broken.harmless())?;
        let said: Value = if reply.is_good() { reply.json().unwrap_or_default() } else { Value::Null };
        let host = self.server.host_str().unwrap_or_default();
        Ok(Standing { called: format!("@{}@{host}", account.acct), limits: limits_of(&said) })
    }
}

impl Channel for Mastodon {
    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn publish<'a>(&'a self, post: &'a Post) -> Doing<'a, Sent> {
        Box::pin(async move {
            let breaches = self.limits().breaches(post);
            if !breaches.is_empty() {
                return Err(Failed::Never(Reason::TooMuch(breaches)));
            }
            self.post(post).await
        })
    }

    fn find<'a>(&'a self, sought: Sought<'a>) -> Doing<'a, Option<Sent>> {
        Box::pin(async move {
            match sought {
                Sought::Known(sent) => self.get(sent).await,
                Sought::Unsure(post) => self.look_for(post).await,
            }
        })
    }

    fn take_down<'a>(&'a self, sent: &'a Sent) -> Doing<'a, ()> {
        Box::pin(self.delete(sent))
    }

    fn check(&self) -> Doing<'_, Standing> {
        Box::pin(self.standing())
    }

    fn shown<'a>(&'a self, after: Option<&'a str>) -> Doing<'a, Page> {
        Box::pin(async move {
            let account = self.account().await?.id;
            self.statuses(&account, after).await
        })
    }
}

fn unreadable(what: &str) -> Failed {
    Failed::later(format!("the server's answer about {what} cannot be read"))
}

/// The server's own sentence.
fn said(reply: &Reply) -> String {
    reply.json::<Value>().and_then(|said| said["error"].as_str().map(str::to_owned)).unwrap_or_default()
}

/// An id goes into a path, so it must be one part of it.
fn plain_id(id: &str) -> Result<&str, Failed> {
    let is_plain = !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_plain.then_some(id).ok_or_else(|| Failed::later("the server names a thing in a way that cannot be read"))
}

fn sent(status: Status) -> Sent {
    Sent { address: status.url.unwrap_or(status.uri), remote: status.id }
}

fn is_same(shown: &Shown, post: &Post) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let alts = post.pictures.iter().map(|picture| plain(&picture.alt));
    shown.at.is_some_and(|at| at >= post.at - CLOCKS_APART_MILLIS)
        && plain(&shown.text) == plain(&post.text)
        && shown.pictures.iter().map(|alt| plain(alt)).eq(alts)
}

/// What the server says of itself; what it does not say is as usual. Outside data.
fn limits_of(instance: &Value) -> Limits {
    let usual = Limits::MASTODON;
    let number = |group: &str, name: &str, usual: usize| {
        let said = instance["configuration"][group][name].as_u64().and_then(|said| usize::try_from(said).ok());
        said.filter(|said| (1..=100_000_000).contains(said)).unwrap_or(usual)
    };
    let each = match usual.count {
        crate::limits::Count::Addresses(each) => each,
        crate::limits::Count::Letters => 0,
    };
    Limits {
        count: crate::limits::Count::Addresses(number("statuses", "characters_reserved_per_url", each)),
        text_max: number("statuses", "max_characters", usual.text_max),
        pictures_max: number("statuses", "max_media_attachments", usual.pictures_max),
        picture_bytes_max: number("media_attachments", "image_size_limit", usual.picture_bytes_max),
        alt_max: number("media_attachments", "description_limit", usual.alt_max),
        ..usual
    }
}

/// One page of an account's statuses as a server sends it. `None` if it is none. Outside data: see `fuzz/`.
pub fn read_page(body: &[u8]) -> Option<Page> {
    let statuses: Vec<Status> = serde_json::from_slice(body).ok()?;
    let next = statuses.last().map(|status| status.id.clone());
    Some(Page { shown: statuses.into_iter().map(shown).collect(), next })
}

fn shown(mut status: Status) -> Shown {
    let text = text_of_html(&status.content);
    let at = status.created_at.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
    let attachments = std::mem::take(&mut status.media_attachments);
    let pictures = attachments.into_iter().map(|attachment| attachment.description.unwrap_or_default()).collect();
    Shown { sent: sent(status), text, at, pictures }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_what_the_server_says_and_the_usual_ones_otherwise() {
        assert_eq!(limits_of(&Value::Null), Limits::MASTODON);
        let said = json!({ "configuration": {
            "statuses": { "max_characters": 1000, "max_media_attachments": 8, "characters_reserved_per_url": 10 },
            "media_attachments": { "image_size_limit": -1, "description_limit": "long" },
        } });
        let limits = limits_of(&said);
        assert_eq!((limits.text_max, limits.pictures_max, limits.alt_max), (1_000, 8, 1_500));
        assert_eq!(limits.length("https://oakfield.test/fair"), 10);
        assert_eq!(limits.picture_bytes_max, Limits::MASTODON.picture_bytes_max);
    }

    #[test]
    fn an_id_that_leads_elsewhere_is_none() {
        for wrong in ["", "../accounts", "1/2", "1?x", "a b", &"9".repeat(65)] {
            assert!(plain_id(wrong).is_err(), "{wrong}");
        }
        assert_eq!(plain_id("109-a_Z"), Ok("109-a_Z"));
    }
}
