//! What is published: a text, the places in it that are more than text, and pictures with their descriptions.

use std::sync::Arc;

use url::Url;
use uuid::Uuid;

/// Longest text that is looked through for links; no channel takes a tenth of it.
const TEXT_BYTES_MAX: usize = 400_000;
/// Most links and tags in one text.
const FACETS_MAX: usize = 100;
/// Longest hashtag, in letters; Bluesky takes 64.
const TAG_LETTERS_MAX: usize = 64;

/// What goes out. Two tries of one post hold exactly the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Made once and kept before the first try, so that no channel publishes it twice.
    pub key: Uuid,
    /// When it was released, in UTC milliseconds; kept with the key.
    pub at: i64,
    /// For channels that show one; others begin with the text.
    pub title: Option<String>,
    pub text: String,
    /// Places in `text`, ascending, not overlapping; see [`facets_in`].
    pub facets: Vec<Facet>,
    pub pictures: Vec<Picture>,
}

impl Post {
    /// A post whose links and tags are those that stand in the text.
    pub fn new(key: Uuid, at: i64, text: impl Into<String>) -> Post {
        let text = text.into();
        let facets = facets_in(&text);
        Post { key, at, title: None, text, facets, pictures: Vec::new() }
    }
}

/// A part of a text that leads somewhere. Offsets are UTF-8 bytes, on letters' borders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    pub start: usize,
    pub end: usize,
    pub to: Points,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Points {
    Link(String),
    /// Without the `#`.
    Tag(String),
}

/// A cleaned picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// A random name with its extension: names of people must not stand in it.
    pub name: String,
    pub format: Format,
    pub bytes: Arc<[u8]>,
    pub alt: String,
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
}

impl Format {
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Png => "png",
        }
    }

    /// The format of a media type that [`Format::media_type`] gives.
    pub fn from_media_type(written: &str) -> Option<Format> {
        [Format::Jpeg, Format::Png].into_iter().find(|format| format.media_type() == written)
    }
}

/// Every web address and hashtag of a text, in order.
pub fn facets_in(text: &str) -> Vec<Facet> {
    let mut found = Vec::new();
    if text.len() > TEXT_BYTES_MAX {
        return found;
    }
    let mut from = 0;
    while let Some(at) = text[from..].find(|letter: char| !letter.is_whitespace()).map(|at| from + at) {
        let end = text[at..].find(char::is_whitespace).map_or(text.len(), |length| at + length);
        if let Some(facet) = link(text, at, end).or_else(|| tag(text, at, end)) {
            found.push(facet);
            if found.len() == FACETS_MAX {
                break;
            }
        }
        from = end;
    }
    found
}

/// The web address in one run of letters: without the bracket before it and the full stop after it.
fn link(text: &str, start: usize, end: usize) -> Option<Facet> {
    let run = &text[start..end];
    let at = ["https://", "http://"].iter().filter_map(|scheme| run.find(scheme)).min()?;
    if run[..at].ends_with(char::is_alphanumeric) {
        return None;
    }
    let mut kept = run[at..].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '"', '’', '”', '»', '>']);
    // A closing bracket belongs to the address only if it was opened in it.
    while kept.ends_with(')') && kept.matches(')').count() > kept.matches('(').count() {
        kept = kept[..kept.len() - 1].trim_end_matches(['.', ',', ';', ':', '!', '?']);
    }
    let address = Url::parse(kept).ok()?;
    let is_plain = address.host_str().is_some_and(|host| host.contains('.')) && address.username().is_empty();
    let start = start + at;
    is_plain.then(|| Facet { start, end: start + kept.len(), to: Points::Link(kept.to_owned()) })
}

/// `#SportsDay`, not `#1` and not the `#` alone.
fn tag(text: &str, start: usize, end: usize) -> Option<Facet> {
    let run = &text[start..end];
    let opened = run.trim_start_matches(['(', '[', '"', '“', '‘', '\'']);
    let rest = opened.strip_prefix('#')?;
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    let tag = &rest[..length];
    let start = end - opened.len();
    let fits = tag.chars().any(char::is_alphabetic) && tag.chars().count() <= TAG_LETTERS_MAX;
    fits.then(|| Facet { start, end: start + 1 + length, to: Points::Tag(tag.to_owned()) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let found: Vec<&str> = facets_in(text).iter().map(|facet| &text[facet.start..facet.end]).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn addresses_and_tags_are_found_where_people_write_them() {
        check("See https://oakfield.test/fair. Bring cake!", &["https://oakfield.test/fair"]);
        check(
            "(https://oakfield.test/a_(b)) and (http://oakfield.test)",
            &["https://oakfield.test/a_(b)", "http://oakfield.test"],
        );
        check(
            "Fête 🎪 https://oakfield.test/é\u{a0}#SportsDay, (#Year6)",
            &["https://oakfield.test/é", "#SportsDay", "#Year6"],
        );
        check("xhttps://oakfield.test https:// https://localhost #1 # ##a https://me@oakfield.test", &[]);
        check("", &[]);
    }

    proptest! {
        #[test]
        fn every_facet_stands_on_borders_of_letters_and_none_overlap(text in "[a-z#:/.() é🎪\n]{0,80}|\\PC{0,80}") {
            let mut from = 0;
            for facet in facets_in(&text) {
                prop_assert!(from <= facet.start && facet.start < facet.end && facet.end <= text.len());
                prop_assert!(text.is_char_boundary(facet.start) && text.is_char_boundary(facet.end));
                from = facet.end;
            }
        }
    }
}
