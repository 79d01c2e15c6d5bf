//! Telling a forename from the ordinary word it also is.
//!
//! Decides from capitals and neighbours only: `Will you come` holds no Will, `well done Will` does. What cannot be told
//! is a doubt, and the writer is asked.

use crate::cues::{
    AFTER_HELPER, AFTER_MONTH, AFTER_NOUN, AFTER_SEASON, AFTER_VERB, BEFORE_MONTH, BEFORE_PLACE, BEFORE_SEASON,
    CALENDAR, DETERMINERS, MOVES, PLACE_WORDS, PRAISE, STYLES,
};
use crate::forms::{Candidate, Page};
use crate::letters::{Gap, Word};
use crate::lists::{self, Homograph};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reading {
    Name,
    /// A word or a name: ask.
    Doubt,
    /// A place, or a person of history: worth a note.
    Elsewhere,
    Word,
}

/// The neighbours of a candidate inside its sentence.
pub(crate) struct Around<'a> {
    pub(crate) word: Word,
    pub(crate) before: &'a [u8],
    pub(crate) before_that: &'a [u8],
    pub(crate) after: &'a [u8],
    pub(crate) after_is_capital: bool,
    pub(crate) beside_digits: bool,
    /// Whether the capital of this word tells it from an ordinary one.
    pub(crate) capital_tells: bool,
    pub(crate) capital: bool,
    /// The words around are all capitalised.
    pub(crate) in_headline: bool,
}

impl<'a> Around<'a> {
    pub(crate) fn of(page: &'a Page, candidate: &Candidate) -> Around<'a> {
        let letters = page.letters;
        let (first, last) = (letters.word_at(candidate.start), letters.word_at(candidate.end - 1));
        let word = letters.words[first];
        let begins = candidate.start == word.start;
        let before = if begins { neighbour_before(page, first) } else { None };
        let after = letters.words.get(last + 1).filter(|next| letters.gap(next.start) < Gap::DotSpace);
        let capital = page.letters.is_capital(page.fold, candidate.start) && letters.has_small;
        let in_headline = is_headline(page, first);
        let stem = |word: Option<usize>| word.map_or(&[][..], |word| letters.stem(word));
        Around {
            word,
            before: stem(before),
            before_that: stem(before.and_then(|before| neighbour_before(page, before))),
            after: after.map_or(&[][..], |_| letters.stem(last + 1)),
            after_is_capital: after.is_some_and(|next| next.capital && letters.gap(next.start) == Gap::Space),
            beside_digits: letters.gap(word.start) == Gap::Digit || is_dated(page, candidate),
            capital_tells: capital && !word.opens_sentence && !in_headline,
            capital,
            in_headline,
        }
    }

    pub(crate) fn before_is(&self, words: &[&str]) -> bool {
        is_one_of(self.before, words)
    }

    pub(crate) fn after_is(&self, words: &[&str]) -> bool {
        is_one_of(self.after, words)
    }
}

fn neighbour_before(page: &Page, word: usize) -> Option<usize> {
    let letters = page.letters;
    let this = letters.words[word];
    (word > 0
        && letters.gap(this.start) < Gap::Stop
        && (!this.opens_sentence || letters.gap(this.start) == Gap::DotSpace))
        .then(|| word - 1)
}

/// A number close by: `12 May`, `May 2026`.
fn is_dated(page: &Page, candidate: &Candidate) -> bool {
    let (start, end) = page.letters.plain_span(candidate.start, candidate.end);
    let plain = page.fold.plain.as_bytes();
    let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    let before = plain[..start].iter().rev().find(|b| **b != b' ');
    let after = plain[end..].iter().find(|b| **b != b' ' && **b != b',');
    digit(before) || digit(after)
}

/// Whether the words around are all capitalised, so that a capital says nothing.
fn is_headline(page: &Page, word: usize) -> bool {
    let words = &page.letters.words;
    let near = words[word.saturating_sub(3)..words.len().min(word + 4)].iter();
    let (mut capitals, mut small) = (0, 0);
    for other in near.filter(|w| w.end - w.start > 3 && w.start != words[word].start) {
        if other.capital {
            capitals += 1;
        } else {
            small += 1;
        }
    }
    capitals >= 3 && small == 0
}

pub(crate) fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|w| w.as_bytes() == word)
}

/// What a forename standing alone is here.
pub(crate) fn reading(page: &Page, candidate: &Candidate, around: &Around) -> Reading {
    let Some(part) = candidate.parts[0].map(|part| page.roll.part(part)) else {
        return Reading::Name;
    };
    if candidate.joined {
        return in_tag(page, candidate, part.homograph);
    }
    if around.before_is(STYLES) && around.capital || around.after_is_capital && around.after_is(PLACE_WORDS) {
        return if part.homograph.is_some() { Reading::Word } else { Reading::Elsewhere };
    }
    let plural = page.letters.gap(candidate.end) == Gap::None && part.homograph.is_some();
    if plural {
        return Reading::Word;
    }
    match part.homograph {
        None => plain_name(around, part.letters.len()),
        Some(class) if around.capital => capitalised(class, around),
        Some(Homograph::Helper) => Reading::Word,
        Some(_) if around.before_is(PRAISE) && !around.after_is(AFTER_NOUN) && !around.after_is(AFTER_SEASON) => {
            if around.before == b"thanks" || around.before == b"welcome" {
                Reading::Word
            } else {
                Reading::Doubt
            }
        }
        Some(_) => Reading::Word,
    }
}

/// Two letters in lower case are rarely a name; in capitals amid small letters they are an abbreviation.
fn plain_name(around: &Around, letters: usize) -> Reading {
    match letters {
        ..3 if !around.capital && !around.before_is(PRAISE) => Reading::Word,
        ..4 if around.word.all_capitals && around.capital => Reading::Doubt,
        _ => Reading::Name,
    }
}

fn in_tag(page: &Page, candidate: &Candidate, homograph: Option<Homograph>) -> Reading {
    if homograph.is_none() {
        return Reading::Name;
    }
    let word = page.letters.words[page.letters.word_at(candidate.start)];
    let before = &page.letters.text[word.start..candidate.start];
    let praised = PRAISE.iter().any(|praise| before.ends_with(praise.as_bytes()));
    if praised { Reading::Doubt } else { Reading::Word }
}

fn capitalised(class: Homograph, around: &Around) -> Reading {
    let is_word = match class {
        Homograph::Month => {
            around.beside_digits
                || around.before_is(BEFORE_MONTH)
                || around.after_is(AFTER_MONTH)
                || is_in_calendar(around)
        }
        Homograph::Season => around.before_is(BEFORE_SEASON) || around.after_is(AFTER_SEASON) || is_in_calendar(around),
        Homograph::Helper => !around.capital_tells && around.after_is(AFTER_HELPER),
        Homograph::Verb => {
            around.before_is(DETERMINERS)
                || !around.capital_tells && (around.after_is(AFTER_VERB) || is_thing(around.after))
        }
        Homograph::Noun => around.before_is(DETERMINERS) || around.after_is(AFTER_NOUN),
        Homograph::Place => {
            around.before_is(BEFORE_PLACE) || around.before == b"to" && is_one_of(around.before_that, MOVES)
        }
    };
    if is_word { Reading::Word } else { Reading::Doubt }
}

/// `March and April`, `from April to June`: between other names of the calendar.
fn is_in_calendar(around: &Around) -> bool {
    let is_calendar = |word: &[u8]| {
        matches!(lists::homograph(word), Some(Homograph::Month | Homograph::Season)) || is_one_of(word, CALENDAR)
    };
    let linked = |word: &[u8]| is_one_of(word, &["and", "or", "to", "until"]);
    linked(around.before) && is_calendar(around.before_that) || around.before == b"from" && linked(around.after)
}

fn is_thing(word: &[u8]) -> bool {
    word.len() > 3 && word.ends_with(b"s") && lists::is_common(word)
}
