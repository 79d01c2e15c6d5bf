//! A book of words and phrases with categories and strengths, searched for in the bare letters of a text.
//!
//! Reads the crate's own lists: `category | strength | phrase, phrase` a line. A `*` after a phrase takes its usual
//! endings; a phrase typed in capitals in the list must be typed in capitals in the text; the category `fine` names
//! harmless phrases that hold a listed word. What a find means is for the caller.

use aho_corasick::{AhoCorasick, MatchKind};

use crate::Strength;
use crate::fold::Fold;
use crate::letters::{Gap, Letters};
use crate::lists;
use crate::spans::Spans;
use crate::tags;

/// The category of what a school has put on its list itself.
pub(crate) const OWN: &str = "school's own list";

const ENDINGS: &[&[u8]] =
    &[b"s", b"es", b"ed", b"d", b"er", b"ers", b"ing", b"in", b"y", b"ies", b"ish", b"ism", b"head", b"heads", b"face"];

#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) phrases: Vec<Phrase>,
    search: AhoCorasick,
}

#[derive(Debug)]
pub(crate) struct Phrase {
    pub(crate) letters: Vec<u8>,
    pub(crate) category: &'static str,
    pub(crate) strength: Strength,
    joints: Vec<u16>,
    takes_endings: bool,
    in_capitals: bool,
}

/// A phrase found at letters `start..end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    pub(crate) phrase: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Book {
    pub(crate) fn read(file: &'static str) -> Book {
        let mut phrases: Vec<Phrase> = Vec::new();
        for line in lists::lines(file) {
            let mut columns = line.split('|').map(str::trim);
            let (Some(category), Some(strength), Some(list)) = (columns.next(), columns.next(), columns.next()) else {
                continue;
            };
            let strength = match strength {
                "stop" => Strength::Stop,
                "ask" => Strength::Ask,
                _ => Strength::Note,
            };
            let list = list.split(',').map(str::trim).filter(|phrase| !phrase.is_empty());
            phrases.extend(list.map(|phrase| Phrase::of(phrase, category, strength)));
        }
        // The lists are compiled in and small; `every_list_can_be_searched` holds this.
        Book::of(phrases).unwrap_or_else(|refused| panic!("a shipped word list cannot be indexed: {refused}"))
    }

    /// # Errors
    /// More phrases than can be searched for at once.
    pub(crate) fn of(phrases: Vec<Phrase>) -> Result<Book, aho_corasick::BuildError> {
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(phrases.iter().map(|phrase| &phrase.letters))?;
        Ok(Book { phrases, search })
    }

    /// Everything found, longest first where they overlap, without what a harmless phrase swallows; ascending.
    pub(crate) fn find(&self, fold: &Fold, letters: &Letters) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for place in self.search.find_overlapping_iter(&letters.text) {
            let phrase = &self.phrases[place.pattern().as_usize()];
            if let Some(end) = phrase.stands(fold, letters, place.start(), place.end()) {
                found.push(Found { phrase: place.pattern().as_usize(), start: place.start(), end });
            }
        }
        found.sort_by_key(|f| (std::cmp::Reverse(f.end - f.start), f.start));
        let mut kept: Vec<Found> = Vec::new();
        let mut taken = Spans::default();
        for find in found {
            if taken.take(find.start as u32, find.end as u32) {
                kept.push(find);
            }
        }
        kept.retain(|f| self.phrases[f.phrase].category != "fine");
        kept.sort_by_key(|f| f.start);
        kept
    }
}

impl Phrase {
    fn of(written: &str, category: &'static str, strength: Strength) -> Phrase {
        let (written, takes_endings) = match written.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (written, false),
        };
        let (mut letters, mut joints) = (Vec::new(), Vec::new());
        for c in written.bytes() {
            match c {
                b'\'' => {}
                b' ' | b'-' => joints.push(letters.len() as u16),
                _ => letters.push(c.to_ascii_lowercase()),
            }
        }
        let in_capitals = written.len() > 1 && !written.bytes().any(|b| b.is_ascii_lowercase());
        Phrase { letters, category, strength, joints, takes_endings, in_capitals }
    }

    /// A phrase of a school's own: small and capital letters are the same in it; none where nothing of it can be searched for.
    pub(crate) fn own(written: &str, strength: Strength) -> Option<Phrase> {
        let plain = Fold::of(written).plain;
        let phrase = Phrase { in_capitals: false, ..Phrase::of(plain.trim(), OWN, strength) };
        let is_searchable = phrase.letters.len() > 1 && phrase.letters.iter().all(u8::is_ascii_lowercase);
        is_searchable.then_some(phrase)
    }

    /// Whether a word with some letters hidden can be this one, its ending shown.
    pub(crate) fn fits(&self, token: &[u8], is_mask: impl Fn(&u8) -> bool) -> bool {
        let Some((stem, ending)) = token.split_at_checked(self.letters.len()) else { return false };
        let ends = ending.is_empty() || self.takes_endings && ENDINGS.contains(&ending);
        ends && self.letters.iter().zip(stem).all(|(letter, seen)| letter == seen || is_mask(seen))
    }

    /// A single word, not a phrase.
    pub(crate) fn is_word(&self) -> bool {
        self.joints.is_empty()
    }

    /// Where the phrase ends, its ending included, if it stands here as words of their own.
    fn stands(&self, fold: &Fold, letters: &Letters, start: usize, end: usize) -> Option<usize> {
        let word = letters.words[letters.word_at(end - 1)];
        if word.tag && self.strength == Strength::Stop && self.is_word() && start >= word.start && start + 3 < end {
            let (before, after) = (&letters.text[word.start..start], &letters.text[end..word.end]);
            if tags::is_made_of_words(without_address(before)) && tags::is_made_of_words(after) {
                return Some(end);
            }
        }
        if letters.gap(start) == Gap::None {
            return None;
        }
        let mut stop = end;
        if letters.gap(end) == Gap::None {
            let rest = &letters.text[end..word.stem.max(end)];
            if !self.takes_endings || !ENDINGS.contains(&rest) {
                return None;
            }
            stop = word.stem;
        }
        let is_joint = |at: usize| self.joints.contains(&((at - start) as u16));
        let inside = |at: usize| match letters.gap(at) {
            Gap::None | Gap::Mark | Gap::Case => true,
            Gap::Hyphen | Gap::Space | Gap::Dot => is_joint(at),
            // A list of harmless things is harmless: `hoe, rake and spade`.
            Gap::Comma => self.category == "fine" && is_joint(at),
            _ => false,
        };
        let whole = (start + 1..end).all(inside) || letters.is_spelled_out(start, end);
        let capitals = !self.in_capitals || letters.has_small && (start..end).all(|at| letters.is_capital(fold, at));
        (whole && capitals).then_some(stop)
    }
}

/// The words before a listed one in a hashtag without whom they speak to: `youre` of `#youresuchaloser`.
fn without_address(before: &[u8]) -> &[u8] {
    const ADDRESSES: &[&[u8]] = &[b"youre", b"theyre", b"hes", b"shes", b"ur", b"im", b"were"];
    ADDRESSES.iter().find_map(|address| before.strip_prefix(*address)).unwrap_or(before)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_book_has_a_phrase_twice() {
        for file in [include_str!("../data/sensitive.txt"), include_str!("../data/wording.txt")] {
            let book = Book::read(file);
            let mut seen = HashSet::new();
            let twice = book.phrases.iter().filter(|phrase| !seen.insert((&phrase.letters, &phrase.joints)));
            let twice: Vec<_> = twice.map(|phrase| String::from_utf8_lossy(&phrase.letters)).collect();
            assert!(twice.is_empty(), "{twice:?}");
        }
    }
}
