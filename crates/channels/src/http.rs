//! One careful way to call a server that is not ours.
//!
//! Promises: TLS unless the settings allow otherwise; no redirect is followed, no proxy of the environment used, no cookie kept; an
//! address on a private network is not reached, whatever a name resolves to at that moment; replies end at
//! [`REPLY_BYTES_MAX`] and [`CALL_TIME_MAX`]; what went wrong is told apart into "never left", "nobody knows" and an answer.
//! Errors name the server at most, never an address with its path, a header or a body.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::bluesky::Session;
use crate::{Failed, Reason};

/// Longest reply. A page of a hundred posts with long descriptions takes half of it.
pub const REPLY_BYTES_MAX: usize = 4 << 20;
/// Longest call with its reply: a picture of 5 MB over a slow line. A job has four minutes for five of them.
pub const CALL_TIME_MAX: Duration = Duration::from_secs(40);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest pause that a server may ask for; a day later a person should look.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Most accounts whose pauses and sessions are remembered.
const REMEMBERED_MAX: usize = 2_000;

/// Which addresses may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public ones, under TLS.
    Public,
    /// Also this machine and the private network, also without TLS: for tests, and a school that runs its own server.
    Anywhere,
}

/// Gives the present moment in UTC milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Calls out. Cheap to clone; clones share what they remember.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    reach: Reach,
    clock: Clock,
    /// Made at the first call: reading the system's certificates takes a while.
    calls: OnceLock<Result<reqwest::Client, String>>,
    /// Until when an account must not call, by account.
    pauses: Mutex<HashMap<String, i64>>,
    sessions: Mutex<HashMap<[u8; 32], Session>>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pause: Option<Duration>,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The request was not sent.
    Unsent(String),
    /// It may have been acted upon.
    Lost(String),
    /// The address may not be called.
    Address(String),
}

impl Broken {
    /// For a call that changes nothing that people see.
    pub(crate) fn harmless(self) -> Failed {
        match self {
            Broken::Unsent(why) | Broken::Lost(why) => Failed::later(why),
            Broken::Address(why) => Failed::Never(Reason::Address(why)),
        }
    }

    /// For a call that publishes.
    pub(crate) fn publishing(self) -> Failed {
        match self {
            Broken::Lost(why) => Failed::Unsure(why),
            other => other.harmless(),
        }
    }
}

impl Reply {
    pub(crate) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What a reply that is not good means where the call changes nothing that people see.
    pub(crate) fn harmless(&self, said: &str) -> Failed {
        match self.status {
            401 => Failed::Never(Reason::Credentials),
            408 | 425 | 500.. => Failed::Retry { after: self.pause_or(Failed::PAUSE), because: self.words() },
            429 => {
                Failed::Retry { after: self.pause_or(Failed::PAUSE * 5), because: "the channel asks to wait".into() }
            }
            300..=399 => Failed::refused("it leads to another address, which is not followed"),
            _ => Failed::refused(if said.is_empty() { "it does not say why" } else { said }),
        }
    }

    /// The same for a call that publishes: after a fault of the server nobody knows how far it got.
    pub(crate) fn publishing(&self, said: &str) -> Failed {
        match self.status {
            408 | 500.. => Failed::Unsure(self.words()),
            _ => self.harmless(said),
        }
    }

    fn words(&self) -> String {
        format!("the channel answered {}", self.status)
    }

    fn pause_or(&self, usual: Duration) -> Duration {
        self.pause.unwrap_or(usual)
    }
}

impl Client {
    pub fn new(reach: Reach, clock: Clock) -> Client {
        Client(Arc::new(Inner {
            reach,
            clock,
            calls: OnceLock::new(),
            pauses: Mutex::default(),
            sessions: Mutex::default(),
        }))
    }

    /// The address as one that may be called; the sentence says why not.
    pub fn check_address(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text).map_err(|_| "it is no web address".to_owned())?;
        self.check(&url)?;
        Ok(url)
    }

    fn check(&self, url: &Url) -> Result<(), String> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a password must not stand in it".into());
        }
        let may_be_plain = self.0.reach == Reach::Anywhere && url.scheme() == "http";
        if url.scheme() != "https" && !may_be_plain {
            return Err("it must begin with https://".into());
        }
        let number = match url.host() {
            Some(Host::Ipv4(number)) => Some(IpAddr::V4(number)),
            Some(Host::Ipv6(number)) => Some(IpAddr::V6(number)),
            Some(Host::Domain(_)) => None,
            None => return Err("it names no server".into()),
        };
        match number {
            Some(number) if self.0.reach == Reach::Public && !is_public(number) => Err(PRIVATE.into()),
            _ => Ok(()),
        }
    }

    /// A request to be sent with [`Client::call`]. `who` is the account in whose name it goes out.
    pub(crate) fn request(&self, method: reqwest::Method, url: &Url) -> Result<reqwest::RequestBuilder, Broken> {
        self.check(url).map_err(Broken::Address)?;
        let calls = self.0.calls.get_or_init(|| made(self.0.reach));
        let calls = calls.as_ref().map_err(|why| Broken::Unsent(why.clone()))?;
        Ok(calls.request(method, url.clone()))
    }

    /// Sends it, unless the account was told to wait, and reads the reply to its end.
    pub(crate) async fn call(&self, who: &str, request: reqwest::RequestBuilder) -> Result<Reply, Broken> {
        if let Some(pause) = self.pause_of(who) {
            return Ok(Reply { status: 429, body: Vec::new(), pause: Some(pause) });
        }
        let mut reply = request.send().await.map_err(|error| broken(&error))?;
        let pause = self.asked_pause(reply.headers());
        let status = reply.status().as_u16();
        let is_used_up = header(reply.headers(), &["ratelimit-remaining", "x-ratelimit-remaining"]) == Some("0");
        if status == 429 || is_used_up {
            self.remember_pause(who, pause.unwrap_or(if is_used_up { Duration::ZERO } else { Failed::PAUSE }));
        }
        let mut body = Vec::new();
        while let Some(piece) = reply.chunk().await.map_err(|error| broken(&error))? {
            if body.len() + piece.len() > REPLY_BYTES_MAX {
                return Err(Broken::Lost("the reply is too long".into()));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Reply { status, body, pause })
    }

    fn now(&self) -> i64 {
        (self.0.clock)()
    }

    fn pause_of(&self, who: &str) -> Option<Duration> {
        let now = self.now();
        let mut pauses = self.0.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *pauses.get(who)?;
        if until <= now {
            pauses.remove(who);
            return None;
        }
        Some(Duration::from_millis(until.abs_diff(now)))
    }

    fn remember_pause(&self, who: &str, pause: Duration) {
        let until = self.now().saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        let mut pauses = self.0.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        if pauses.len() >= REMEMBERED_MAX {
            pauses.clear();
        }
        pauses.insert(who.to_owned(), until);
    }

    /// How long the server asks to wait: seconds or a date (`Retry-After`), a moment in seconds (`RateLimit-Reset`, Bluesky)
    /// or a date and time (`X-RateLimit-Reset`, Mastodon).
    fn asked_pause(&self, headers: &HeaderMap) -> Option<Duration> {
        let named = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let named = named.or_else(|| header(headers, &["ratelimit-reset", "x-ratelimit-reset"]))?;
        Some(pause_in(named, self.now()))
    }

    pub(crate) fn session(&self, key: &[u8; 32]) -> Option<Session> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn keep_session(&self, key: [u8; 32], session: Session) {
        let mut sessions = self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= REMEMBERED_MAX {
            sessions.clear();
        }
        sessions.insert(key, session);
    }

    pub(crate) fn forget_session(&self, key: &[u8; 32]) {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

fn made(reach: Reach) -> Result<reqwest::Client, String> {
    // Whoever else set a provider set the same one; ring is the only one that is built.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("Schoolgate/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIME_MAX)
        .timeout(CALL_TIME_MAX)
        .dns_resolver(Resolver(reach))
        .build()
        .map_err(|_| "no connection can be made: are the system's certificates installed?".to_owned())
}

fn header<'a>(headers: &'a HeaderMap, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| headers.get(*name)).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// Reads any of the ways to say when; what cannot be read is the usual pause.
fn pause_in(written: &str, now: i64) -> Duration {
    /// A number below this is a span in seconds, above it a moment: five years, or May 1975.
    const MOMENT_MIN: i64 = 170_000_000;
    let until = match written.trim().parse::<i64>() {
        Ok(span) if span < MOMENT_MIN => now.saturating_add(span.saturating_mul(1_000)),
        Ok(moment) => moment.saturating_mul(1_000),
        Err(_) => {
            let moment = written.parse::<jiff::Timestamp>();
            let moment = moment.or_else(|_| jiff::fmt::rfc2822::parse(written).map(|zoned| zoned.timestamp()));
            let Ok(moment) = moment else { return Failed::PAUSE };
            moment.as_millisecond()
        }
    };
    let millis = until.saturating_sub(now).max(1_000);
    Duration::from_millis(millis.unsigned_abs()).min(PAUSE_MAX)
}

/// Nothing of the error's own text: it holds the whole address.
fn broken(error: &reqwest::Error) -> Broken {
    let mut under: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = under {
        if let Some(private) = cause.downcast_ref::<OnlyPrivate>() {
            return Broken::Address(private.to_string());
        }
        under = cause.source();
    }
    if error.is_builder() {
        return Broken::Unsent("the request could not be written".into());
    }
    if error.is_connect() {
        return Broken::Unsent("the channel cannot be reached".into());
    }
    if error.is_timeout() {
        return Broken::Lost("the channel did not answer in time".into());
    }
    Broken::Lost("the connection broke off".into())
}

const PRIVATE: &str = "it leads to a private network, which the settings do not allow";

#[derive(Debug, thiserror::Error)]
#[error("{PRIVATE}")]
struct OnlyPrivate;

/// Looks names up and drops private addresses at the same moment, so that a name cannot change in between.
struct Resolver(Reach);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let all: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> =
                all.iter().copied().filter(|at| reach == Reach::Anywhere || is_public(at.ip())).collect();
            if allowed.is_empty() && !all.is_empty() {
                return Err(OnlyPrivate.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the open internet. Source: IANA's registries of special-purpose addresses.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match a {
        0 | 10 | 127 | 224..=255 => true,
        100 => (64..128).contains(&b),
        169 => b == 254,
        172 => (16..32).contains(&b),
        192 => b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99),
        198 => b == 18 || b == 19 || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => false,
    };
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let tail = |at: usize| {
        let [a, b] = parts[at].to_be_bytes();
        let [c, d] = parts[at + 1].to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match parts[0] {
        // An address of the old kind inside: translated (RFC 6052) or tunnelled (RFC 3056).
        0x64 if parts[1] == 0xff9b => parts[2..6] == [0; 4] && is_public_v4(tail(6)),
        0x2002 => is_public_v4(tail(1)),
        0x2001 if parts[1] < 0x200 || parts[1] == 0xdb8 => false,
        // Only this block has been given out; all else is local, for groups, or unused.
        first => (0x2000..0x4000).contains(&first) && first != 0x3fff,
    }
}

#[cfg(test)]
mod tests;
