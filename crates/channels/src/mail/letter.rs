//! One letter: checked before anything is sent, then put into the form of RFC 5322.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::{Address, message::MessageBuilder};
use uuid::Uuid;

use crate::Failed;

/// Longest subject that telephones show in full is about 40; this leaves room for a school's name.
pub const SUBJECT_CHARS_MAX: usize = 120;
/// Longest name of a sender.
const NAME_CHARS_MAX: usize = 120;
/// Longest address (RFC 5321).
const ADDRESS_CHARS_MAX: usize = 254;
/// Our letters are a page; a digest is the longest.
pub const TEXT_BYTES_MAX: usize = 20_000;

/// One letter to one person, in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    key: Uuid,
    from_name: String,
    to: Address,
    reply_to: Option<Address>,
    subject: String,
    text: String,
    written_at: i64,
}

/// Why something is no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Improper {
    #[error("the address cannot be written to")]
    Address,
    #[error("the subject is empty, too long, or has more than one line")]
    Subject,
    #[error("the sender's name is empty, too long, or has more than one line")]
    Name,
    #[error("the text is empty or too long")]
    Text,
}

/// Whether mail can be sent there: one address, nothing around it.
pub fn is_address(text: &str) -> bool {
    address(text).is_ok()
}

fn address(text: &str) -> Result<Address, Improper> {
    let is_plain =
        text.len() <= ADDRESS_CHARS_MAX && !text.chars().any(|sign| sign.is_control() || sign.is_whitespace());
    if !is_plain {
        return Err(Improper::Address);
    }
    text.parse().map_err(|_| Improper::Address)
}

/// A line that can stand in a head: what could begin a second one is refused, not repaired.
fn is_line(text: &str, chars_max: usize) -> bool {
    let breaks = |sign: char| sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}');
    !text.trim().is_empty() && text.chars().count() <= chars_max && !text.chars().any(breaks)
}

impl Letter {
    /// `key` tells this letter from every other; `written_at` is UTC milliseconds.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn new(key: Uuid, written_at: i64, to: &str, (subject, text): (&str, &str)) -> Result<Letter, Improper> {
        if !is_line(subject, SUBJECT_CHARS_MAX) {
            return Err(Improper::Subject);
        }
        if text.trim().is_empty() || text.len() > TEXT_BYTES_MAX {
            return Err(Improper::Text);
        }
        Ok(Letter {
            key,
            from_name: String::new(),
            to: address(to)?,
            reply_to: None,
            subject: subject.to_owned(),
            text: text.to_owned(),
            written_at,
        })
    }

    /// From whom it is, in words, and where answers go.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from(mut self, name: &str, reply_to: Option<&str>) -> Result<Letter, Improper> {
        if !is_line(name, NAME_CHARS_MAX) {
            return Err(Improper::Name);
        }
        self.from_name = name.to_owned();
        self.reply_to = reply_to.map(address).transpose()?;
        Ok(self)
    }

    pub(super) fn message(&self, from: &Address) -> Result<Message, Failed> {
        let at = Duration::from_millis(u64::try_from(self.written_at).unwrap_or(0));
        let named = |address: &Address| Mailbox::new(None, address.clone());
        let name = (!self.from_name.is_empty()).then(|| self.from_name.clone());
        let mut begun: MessageBuilder = Message::builder()
            .from(Mailbox::new(name, from.clone()))
            .to(named(&self.to))
            .subject(&self.subject)
            .date(SystemTime::UNIX_EPOCH + at)
            .message_id(Some(format!("<{}@{}>", self.key, from.domain())))
            .header(ByProgram)
            .header(ContentType::TEXT_PLAIN);
        if let Some(reply_to) = &self.reply_to {
            begun = begun.reply_to(named(reply_to));
        }
        begun.body(self.text.replace("\r\n", "\n").replace('\n', "\r\n")).map_err(|_| Failed::refused("no letter"))
    }
}

/// Says that no person wrote it, so that absence notes stay away (RFC 3834).
#[derive(Clone)]
struct ByProgram;

impl Header for ByProgram {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
