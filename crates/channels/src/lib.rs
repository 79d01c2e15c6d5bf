//! The world outside: the networks and sites on which a school publishes.
//!
//! For: the desk, which publishes, finds and takes down through it, the registers, which check credentials, and whoever writes
//! to families and staff by mail.
//! Promises: to be the only crate that calls out; to say of every call whether it worked, failed, or nobody knows; never
//! to follow a redirect or reach a private address unless the settings allow that; to wait as long as a network asks;
//! that no error and no log line holds a password, a token or a text.
//! Does not: decide what may be published, keep anything, or try again by itself.

pub mod bluesky;
pub mod bundle;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
pub mod feed;
pub mod http;
pub mod limits;
pub mod mail;
pub mod mastodon;
pub mod post;
pub mod website;

use std::pin::Pin;
use std::time::Duration;

pub use http::{Client, Reach};
pub use limits::{Breach, Limits};
pub use post::{Facet, Format, Picture, Points, Post};

/// A place where a school publishes. What a reply means is the same for all of them.
pub trait Channel: Send + Sync {
    /// What fits; see [`Limits::breaches`].
    fn limits(&self) -> &Limits;

    /// Publishes. The same [`Post::key`] twice makes one post where the network can tell; where it cannot, whoever got
    /// [`Failed::Unsure`] asks [`Channel::find`] first.
    fn publish<'a>(&'a self, post: &'a Post) -> Doing<'a, Sent>;

    /// Looks whether it is there now. `None`: it is not, or not any more.
    fn find<'a>(&'a self, sought: Sought<'a>) -> Doing<'a, Option<Sent>>;

    /// Removes it. What is gone already is no failure.
    fn take_down<'a>(&'a self, sent: &'a Sent) -> Doing<'a, ()>;

    /// Whether the credentials still work.
    fn check(&self) -> Doing<'_, Standing>;

    /// What the account shows, newest first, a page at a time.
    fn shown<'a>(&'a self, after: Option<&'a str>) -> Doing<'a, Page>;
}

/// An answer that is on its way.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send + 'a>>;

/// Something that is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Where people see it.
    pub address: String,
    /// What the channel calls it.
    pub remote: String,
}

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub enum Sought<'a> {
    /// A post whose sending had no answer.
    Unsure(&'a Post),
    Known(&'a Sent),
}

/// Whose account the credentials open, and what fits there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The account's name on the network.
    pub called: String,
    pub limits: Limits,
}

/// Something that an account shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub sent: Sent,
    /// Plain text, as people read it; a title stands in the first line.
    pub text: String,
    /// UTC milliseconds; absent: the channel does not say.
    pub at: Option<i64>,
    /// The alt text of each picture; empty: it has none.
    pub pictures: Vec<String>,
}

/// A part of what an account shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub shown: Vec<Shown>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Why a call did not do what it was to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// Nothing happened there. It may work after the pause.
    #[error("{because}; it can be tried again in {} s", after.as_secs())]
    Retry { after: Duration, because: String },
    /// It will not work as it stands.
    #[error("{0}")]
    Never(Reason),
    /// It may have happened: look before another try.
    #[error("{0}; whether it was done is not known")]
    Unsure(String),
}

/// Why something cannot work as it stands; each is a sentence for the person who must mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The password or token is wrong, withdrawn or too old.
    #[error("the account's password or token is not accepted any more: replace it")]
    Credentials,
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    TooMuch(Vec<Breach>),
    /// What the channel said, cut short.
    #[error("the channel refused: {0}")]
    Refused(String),
    /// The address is one that must not be called.
    #[error("the address of the account cannot be used: {0}")]
    Address(String),
}

impl Failed {
    /// A pause that nobody asked for.
    pub const PAUSE: Duration = Duration::from_secs(60);

    pub(crate) fn later(because: impl Into<String>) -> Failed {
        Failed::Retry { after: Failed::PAUSE, because: because.into() }
    }

    pub(crate) fn refused(said: &str) -> Failed {
        Failed::Never(Reason::Refused(said.chars().filter(|letter| !letter.is_control()).take(SAID_MAX).collect()))
    }

    /// Whether only a person can mend it, by giving new credentials.
    pub fn is_credentials(&self) -> bool {
        matches!(self, Failed::Never(Reason::Credentials))
    }
}

/// Longest part of a stranger's message that is repeated to people.
const SAID_MAX: usize = 200;
