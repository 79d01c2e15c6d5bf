//! Reading a feed that is on a site already: Atom (RFC 4287) or JSON Feed 1.1, told by content; and HTML as plain text.
//!
//! Promises: what is too long, too deep or no feed gives a fault with its place; text comes out without any markup.
//! Does not: read RSS, or publish on a site that is not ours.

use reqwest::Method;
use serde::Deserialize;
use url::Url;

use crate::http::Client;
use crate::{Channel, Doing, Failed, Limits, Page, Post, Reason, Sent, Shown, Sought, Standing};

/// Longest feed; a school's is under 200 KB.
pub const FEED_BYTES_MAX: usize = 4 << 20;
/// Most entries that are taken from one.
pub const ENTRIES_MAX: usize = 2_000;
/// Longest text taken from one piece of HTML, in bytes.
const HTML_BYTES_MAX: usize = 400_000;

/// Why a feed cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the feed has {bytes} bytes, {FEED_BYTES_MAX} are read at most")]
    TooLong { bytes: usize },
    #[error("line {line}, column {column}: this is no JSON Feed")]
    Json { line: usize, column: usize },
    #[error("byte {at}: this is no Atom feed")]
    Atom { at: u64 },
    #[error("byte 0: the file is empty")]
    Empty,
}

/// A site that is only looked at, through its feed.
pub struct Feed {
    client: Client,
    address: Url,
}

impl Feed {
    /// # Errors
    /// An address that may not be called.
    pub fn new(client: Client, address: &str) -> Result<Feed, Failed> {
        let address = client.check_address(address).map_err(|why| Failed::Never(Reason::Address(why)))?;
        Ok(Feed { client, address })
    }

    async fn fetch(&self, address: &Url) -> Result<Page, Failed> {
        let request = self.client.request(Method::GET, address).map_err(|broken| broken.harmless())?;
        let reply = self.client.call(self.address.as_str(), request).await.map_err(|broken| broken.harmless())?;
        if !reply.is_good() {
            return Err(reply.harmless("it does not give its feed"));
        }
        read(&reply.body).map_err(|fault| Failed::refused(&fault.to_string()))
    }

    /// The next page must be on the same site.
    async fn fetch_page(&self, after: Option<&str>) -> Result<Page, Failed> {
        let Some(after) = after else { return self.fetch(&self.address).await };
        let next = self.address.join(after).map_err(|_| Failed::refused("its next page has no address"))?;
        if next.origin() != self.address.origin() {
            return Ok(Page::default());
        }
        self.fetch(&next).await
    }
}

impl Channel for Feed {
    fn limits(&self) -> &Limits {
        &Limits::WEBSITE
    }

    fn publish<'a>(&'a self, _: &'a Post) -> Doing<'a, Sent> {
        Box::pin(async { Err(Failed::refused("this site is only looked at")) })
    }

    fn find<'a>(&'a self, sought: Sought<'a>) -> Doing<'a, Option<Sent>> {
        Box::pin(async move {
            let Sought::Known(known) = sought else { return Ok(None) };
            let page = self.fetch_page(None).await?;
            Ok(page.shown.into_iter().map(|shown| shown.sent).find(|sent| sent.remote == known.remote))
        })
    }

    fn take_down<'a>(&'a self, _: &'a Sent) -> Doing<'a, ()> {
        Box::pin(async { Err(Failed::refused("this site is only looked at: remove it there by hand")) })
    }

    fn check(&self) -> Doing<'_, Standing> {
        Box::pin(async move {
            self.fetch_page(None).await?;
            Ok(Standing { called: self.address.to_string(), limits: *self.limits() })
        })
    }

    fn shown<'a>(&'a self, after: Option<&'a str>) -> Doing<'a, Page> {
        Box::pin(self.fetch_page(after))
    }
}

#[derive(Deserialize)]
struct JsonFeed {
    items: Vec<JsonItem>,
    #[serde(default)]
    next_url: Option<String>,
}

#[derive(Deserialize)]
struct JsonItem {
    id: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    content_text: Option<String>,
    #[serde(default)]
    content_html: Option<String>,
    #[serde(default)]
    date_published: Option<String>,
    #[serde(default)]
    attachments: Vec<JsonAttachment>,
}

#[derive(Deserialize)]
struct JsonAttachment {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    mime_type: String,
}

/// What a feed shows. Outside data: see `fuzz/`.
///
/// # Errors
/// What is no feed or too long, with its place.
pub fn read(bytes: &[u8]) -> Result<Page, Fault> {
    if bytes.len() > FEED_BYTES_MAX {
        return Err(Fault::TooLong { bytes: bytes.len() });
    }
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(Fault::Empty),
        Some(b'{' | b'[') => read_json(bytes),
        Some(_) => read_atom(bytes),
    }
}

fn read_json(bytes: &[u8]) -> Result<Page, Fault> {
    let feed: JsonFeed =
        serde_json::from_slice(bytes).map_err(|error| Fault::Json { line: error.line(), column: error.column() })?;
    let shown = feed.items.into_iter().take(ENTRIES_MAX).map(json_item).collect();
    Ok(Page { shown, next: feed.next_url })
}

fn json_item(item: JsonItem) -> Shown {
    let html = item.content_html.as_deref().map(text_of_html);
    let text = with_title(item.title.as_deref(), &item.content_text.or(html).unwrap_or_default());
    let is_picture = |attachment: &JsonAttachment| attachment.mime_type.starts_with("image/");
    let pictures =
        item.attachments.into_iter().filter(is_picture).map(|picture| picture.title.unwrap_or_default()).collect();
    let at = item.date_published.and_then(|at| at.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_millisecond);
    let address = item.url.unwrap_or_else(|| item.id.clone());
    Shown { sent: Sent { address, remote: item.id }, text, at, pictures }
}

fn read_atom(bytes: &[u8]) -> Result<Page, Fault> {
    let mut rest = bytes;
    let feed = atom_syndication::Feed::read_from(&mut rest)
        .map_err(|_| Fault::Atom { at: u64::try_from(bytes.len() - rest.len()).unwrap_or(0) })?;
    let next = feed.links().iter().find(|link| link.rel() == "next").map(|link| link.href().to_owned());
    Ok(Page { shown: feed.entries().iter().take(ENTRIES_MAX).map(atom_entry).collect(), next })
}

fn atom_entry(entry: &atom_syndication::Entry) -> Shown {
    let markup = entry.content().and_then(|content| content.value().map(|value| (value, content.content_type())));
    let markup = markup.or_else(|| entry.summary().map(|summary| (summary.as_str(), None)));
    let body = match markup {
        Some((value, Some("text"))) => value.to_owned(),
        Some((value, _)) => text_of_html(value),
        None => String::new(),
    };
    let title = entry.title();
    let title = match title.r#type {
        atom_syndication::TextType::Text => title.as_str().to_owned(),
        _ => text_of_html(title.as_str()),
    };
    let text = with_title(Some(&title), &body);
    let moment = entry.published().unwrap_or_else(|| entry.updated());
    let link = entry.links().iter().find(|link| link.rel() == "alternate").or_else(|| entry.links().first());
    let address = link.map_or_else(|| entry.id().to_owned(), |link| link.href().to_owned());
    let pictures = markup.map(|(value, _)| alts_of_html(value)).unwrap_or_default();
    Shown { sent: Sent { address, remote: entry.id().to_owned() }, text, at: Some(moment.timestamp_millis()), pictures }
}

fn with_title(title: Option<&str>, body: &str) -> String {
    match title.map(str::trim).filter(|title| !title.is_empty()) {
        Some(title) => format!("{title}\n{body}").trim_end().to_owned(),
        None => body.to_owned(),
    }
}

/// What a reader of the page sees of a piece of HTML: paragraphs and line breaks as lines, no markup.
pub fn text_of_html(html: &str) -> String {
    let mut text = String::new();
    let mut rest = cut(html);
    while let Some(at) = rest.find('<') {
        text.push_str(&unescaped(&rest[..at]));
        let (tag, after) = rest[at + 1..].split_once('>').unwrap_or((&rest[at + 1..], ""));
        let name: String = tag.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '/').collect();
        match name.to_ascii_lowercase().trim_end_matches('/') {
            "br" | "/li" | "/div" | "/tr" => text.push('\n'),
            "/p" | "/h1" | "/h2" | "/h3" | "/h4" | "/blockquote" => text.push_str("\n\n"),
            _ => {}
        }
        rest = after;
    }
    text.push_str(&unescaped(rest));
    text.trim().to_owned()
}

/// The alt text of each picture in a piece of HTML; empty where there is none.
fn alts_of_html(html: &str) -> Vec<String> {
    let tags = cut(html).split("<img").skip(1).take(ENTRIES_MAX).map(|rest| rest.split('>').next().unwrap_or_default());
    tags.map(|tag| {
        let quoted = tag.split_once("alt=\"").and_then(|(_, rest)| rest.split_once('"'));
        quoted.map(|(alt, _)| unescaped(alt)).unwrap_or_default()
    })
    .collect()
}

fn cut(html: &str) -> &str {
    let mut end = html.len().min(HTML_BYTES_MAX);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    &html[..end]
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let named = rest[at + 1..].split_once(';').filter(|(name, _)| name.len() <= 8);
        match named.and_then(|(name, after)| Some((entity(name)?, after))) {
            Some((letter, after)) => {
                plain.push(letter);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = &rest[at + 1..];
            }
        }
    }
    plain + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number).filter(|letter| *letter != '\0')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_read_as_people_see_it() {
        let cases = [
            ("<p>Fair &amp; fun</p><p>Come <b>all</b><br/>of you</p>", "Fair & fun\n\nCome all\nof you"),
            (
                "<p>See <a href=\"https://x.test\"><span class=\"invisible\">https://</span>x.test</a></p>",
                "See https://x.test",
            ),
            ("a &lt;b&gt; &#39;c&#x27; &unknown; & d", "a <b> 'c' &unknown; & d"),
            ("<", ""),
            ("", ""),
        ];
        for (html, expect) in cases {
            assert_eq!(text_of_html(html), expect, "{html}");
        }
        assert_eq!(alts_of_html("<img src=x alt=\"A &quot;stall&quot;\"><p><img src=y>"), ["A \"stall\"", ""]);
    }

    #[test]
    fn what_is_no_feed_is_said_with_its_place() {
        assert_eq!(read(b" \n"), Err(Fault::Empty));
        assert_eq!(read(b"{\n  \"items\": 7 }"), Err(Fault::Json { line: 2, column: 12 }));
        assert!(matches!(read(b"<feed><entry>"), Err(Fault::Atom { .. })));
        assert!(matches!(read(b"<rss version=\"2.0\"></rss>"), Err(Fault::Atom { .. })));
        assert!(matches!(read(&vec![b'a'; FEED_BYTES_MAX + 1]), Err(Fault::TooLong { .. })));
        assert_eq!(read(b"{\"items\":[]}").map(|page| page.shown.len()), Ok(0));
    }
}
