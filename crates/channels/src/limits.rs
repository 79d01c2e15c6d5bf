//! What fits into a channel, counted as the channel counts.
//!
//! Sources: Bluesky's `app.bsky.feed.post` and `app.bsky.embed.images` lexicons; Mastodon's documentation of statuses and
//! of the instance's `configuration`.

use unicode_segmentation::UnicodeSegmentation;

use crate::post::{Points, Post, facets_in};

/// What a channel takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub count: Count,
    /// Longest text, counted by [`Limits::length`].
    pub text_max: usize,
    /// Longest text in UTF-8 bytes.
    pub text_bytes_max: usize,
    pub pictures_max: usize,
    pub picture_bytes_max: usize,
    /// Longest description of a picture, counted by letters as people see them.
    pub alt_max: usize,
}

/// How a text's length is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Letters as people see them.
    Letters,
    /// The same, but an address counts as this many, and of a mention only the part before the server.
    Addresses(usize),
}

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    #[error("the text has {length} characters, {max} fit")]
    Text { length: usize, max: usize },
    #[error("the text takes {bytes} bytes, {max} fit")]
    TextBytes { bytes: usize, max: usize },
    #[error("there is neither text nor picture")]
    Empty,
    #[error("there are {count} pictures, {max} fit")]
    Pictures { count: usize, max: usize },
    /// `number` counts from 1.
    #[error("picture {number} takes {bytes} bytes, {max} fit")]
    PictureBytes { number: usize, bytes: usize, max: usize },
    #[error("the description of picture {number} has {length} characters, {max} fit")]
    Alt { number: usize, length: usize, max: usize },
}

impl Limits {
    /// The school's own news page: ours, so only so long that a reader gets through it.
    pub const WEBSITE: Limits = Limits {
        count: Count::Letters,
        text_max: 10_000,
        text_bytes_max: 60_000,
        pictures_max: 10,
        picture_bytes_max: 5_000_000,
        alt_max: 1_500,
    };
    pub const BLUESKY: Limits = Limits {
        count: Count::Letters,
        text_max: 300,
        text_bytes_max: 3_000,
        pictures_max: 4,
        picture_bytes_max: 1_000_000,
        alt_max: 2_000,
    };
    /// A server that says nothing else.
    pub const MASTODON: Limits = Limits {
        count: Count::Addresses(23),
        text_max: 500,
        text_bytes_max: 60_000,
        pictures_max: 4,
        picture_bytes_max: 16_777_216,
        alt_max: 1_500,
    };
    /// A bundle is posted by a person on whatever they have.
    pub const BUNDLE: Limits = Limits::WEBSITE;

    /// The length of a text as this channel counts it.
    pub fn length(&self, text: &str) -> usize {
        match self.count {
            Count::Letters => text.graphemes(true).count(),
            Count::Addresses(each) => with_addresses(text, each),
        }
    }

    /// Everything that does not fit, for the page that shows it and before anything is sent.
    pub fn breaches(&self, post: &Post) -> Vec<Breach> {
        let mut found = Vec::new();
        if post.text.trim().is_empty() && post.pictures.is_empty() {
            found.push(Breach::Empty);
        }
        let length = self.length(&post.text);
        if length > self.text_max {
            found.push(Breach::Text { length, max: self.text_max });
        }
        if post.text.len() > self.text_bytes_max {
            found.push(Breach::TextBytes { bytes: post.text.len(), max: self.text_bytes_max });
        }
        if post.pictures.len() > self.pictures_max {
            found.push(Breach::Pictures { count: post.pictures.len(), max: self.pictures_max });
        }
        for (number, picture) in (1..).zip(&post.pictures) {
            if picture.bytes.len() > self.picture_bytes_max {
                found.push(Breach::PictureBytes { number, bytes: picture.bytes.len(), max: self.picture_bytes_max });
            }
            let length = picture.alt.graphemes(true).count();
            if length > self.alt_max {
                found.push(Breach::Alt { number, length, max: self.alt_max });
            }
        }
        found
    }
}

/// Mastodon's way: each address counts the same however long it is, a mention of somebody elsewhere by its first part.
fn with_addresses(text: &str, each: usize) -> usize {
    let mut counted = 0;
    let mut from = 0;
    let links = facets_in(text).into_iter().filter(|facet| matches!(facet.to, Points::Link(_)));
    for link in links {
        counted += mentions_shortened(&text[from..link.start]) + each;
        from = link.end;
    }
    counted + mentions_shortened(&text[from..])
}

fn mentions_shortened(text: &str) -> usize {
    let mut counted = text.graphemes(true).count();
    for word in text.split_whitespace() {
        let Some((name, server)) = word.strip_prefix('@').and_then(|rest| rest.split_once('@')) else { continue };
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
        if name.is_empty() || !name.chars().all(is_part) {
            continue;
        }
        let length = server.find(|letter| !is_part(letter)).unwrap_or(server.len());
        let server = server[..length].trim_end_matches(['.', '-']);
        if server.contains('.') {
            counted -= 1 + server.len();
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::post::{Format, Picture};

    #[test]
    fn each_channel_counts_its_own_way() {
        let cases = [
            ("Sports day", 10, 10),
            ("👩‍👩‍👧‍👦 family", 8, 8),
            ("e\u{301}te\u{301}", 3, 3),
            ("Look: https://oakfield.test/a/very/long/address/indeed/it/is!", 61, 30),
            ("Hello @office@social.oakfield.test.", 35, 14),
            ("mail @ home@oakfield.test", 25, 25),
            ("", 0, 0),
        ];
        for (text, letters, addresses) in cases {
            assert_eq!((Limits::BLUESKY.length(text), Limits::MASTODON.length(text)), (letters, addresses), "{text}");
        }
    }

    #[test]
    fn everything_that_does_not_fit_is_said_at_once() {
        let mut post = Post::new(Uuid::nil(), 0, "é".repeat(301));
        let picture = Picture {
            name: "a.jpg".into(),
            format: Format::Jpeg,
            bytes: vec![0; 1_000_001].into(),
            alt: "x".repeat(2_001),
            width: 1,
            height: 1,
        };
        post.pictures = vec![picture; 5];
        let found = Limits::BLUESKY.breaches(&post);
        assert_eq!(found.len(), 2 + 5 * 2, "{found:?}");
        assert_eq!(found[0].to_string(), "the text has 301 characters, 300 fit");
        assert_eq!(Limits::BLUESKY.breaches(&Post::new(Uuid::nil(), 0, " \n")), [Breach::Empty]);
        let heavy = Post::new(Uuid::nil(), 0, "👩‍👩‍👧‍👦".repeat(300));
        assert_eq!(Limits::BLUESKY.breaches(&heavy), [Breach::TextBytes { bytes: 7_500, max: 3_000 }]);
        assert!(Limits::WEBSITE.breaches(&heavy).is_empty());
    }
}
