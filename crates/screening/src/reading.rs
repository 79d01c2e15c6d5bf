//! Telling a forename from the ordinary word it also is.
//!
//! Decides from capitals and neighbours only: `Will you come` holds no Will, `well done Will` does. What cannot be told
//! is a doubt, and the writer is asked.

use crate::cues::{
    AFTER_HELPER, AFTER_IN_CAPTION, AFTER_MONTH, AFTER_NOUN, AFTER_SEASON, AFTER_SEASON_IS, AFTER_VERB, ANNOUNCES,
    BEFORE_MONTH, BEFORE_PLACE, BEFORE_SEASON, CALENDAR, CLUBS, DEEDS, DETERMINERS, FILE_WORDS, MOVES, OF_PERSON,
    OWNERS, PLACE_WORDS, PRAISE, RELATIONS, STYLES, TITLES,
};
use crate::forms::{Candidate, Page};
use crate::letters::{Gap, Letters, Word};
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
    before_gap: Gap,
    before_is_capital: bool,
    pub(crate) before_that: &'a [u8],
    /// Across a space only: `Rose, Class 4` is no rose class.
    pub(crate) after: &'a [u8],
    after_that: &'a [u8],
    after_that_is_capital: bool,
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
        let after = next_after(letters, last);
        let after_that = after.and_then(|after| next_after(letters, after));
        let capital = page.letters.is_capital(page.fold, candidate.start) && letters.has_small;
        let in_headline = is_headline(page, first);
        let stem = |word: Option<usize>| word.map_or(&[][..], |word| letters.stem(word));
        Around {
            word,
            before: stem(before),
            before_that: stem(before.and_then(|before| neighbour_before(page, before))),
            before_gap: letters.gap(word.start),
            before_is_capital: before.is_some_and(|before| letters.words[before].capital),
            after: stem(after),
            after_is_capital: after.is_some_and(|next| letters.words[next].capital),
            after_that: stem(after_that),
            after_that_is_capital: after_that.is_some_and(|next| letters.words[next].capital),
            beside_digits: letters.gap(word.start) == Gap::Digit || is_dated(page, candidate),
            capital_tells: capital && !word.opens_sentence && !in_headline,
            capital,
            in_headline,
        }
    }

    pub(crate) fn before_is(&self, words: &[&str]) -> bool {
        is_one_of(self.before, words)
    }

    /// One of these words, with nothing but a space between.
    fn right_before_is(&self, words: &[&str]) -> bool {
        self.before_gap <= Gap::Space && self.before_is(words)
    }

    fn is_of_other_than_person(&self) -> bool {
        self.before_gap <= Gap::Space && self.before == b"of" && !is_one_of(self.before_that, OF_PERSON)
    }

    pub(crate) fn after_is(&self, words: &[&str]) -> bool {
        is_one_of(self.after, words)
    }
}

/// The word after, where nothing wider than a space stands between.
fn next_after(letters: &Letters, word: usize) -> Option<usize> {
    let next = letters.words.get(word + 1)?;
    (letters.gap(next.start) <= Gap::Space && !next.opens_sentence).then_some(word + 1)
}

/// Whether a title stands right before this word. Some titles are ordinary words as well, so those need their capital:
/// `we will miss Zara`, `on her PC Zara drew`.
pub(crate) fn is_titled(page: &Page, word: usize) -> bool {
    let letters = page.letters;
    let Some(before) = word.checked_sub(1) else { return false };
    let title = letters.stem(before);
    if !matches!(letters.gap(letters.words[word].start), Gap::Space | Gap::DotSpace) || !is_one_of(title, TITLES) {
        return false;
    }
    let owned = before > 0 && title == b"pc" && is_one_of(letters.stem(before - 1), OWNERS);
    let is_word = is_one_of(title, &["miss", "sir", "madam", "father", "coach", "pc"]);
    !owned && (!is_word || letters.words[before].capital || !letters.has_capital)
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
    if is_elsewhere(around, part.homograph) {
        return match part.homograph {
            Some(_) => Reading::Word,
            None if page.has_photo => Reading::Doubt,
            None => Reading::Elsewhere,
        };
    }
    let plural = page.letters.gap(candidate.end) == Gap::None && part.homograph.is_some();
    if plural {
        return Reading::Word;
    }
    match part.homograph {
        None => plain_name(around, part.letters.len()),
        Some(class) if around.capital => capitalised(page, candidate, class, around),
        Some(class) => uncapitalised(page, candidate, class, around),
    }
}

/// `King James`, `Oliver Street`: somebody of history, or a place.
fn is_elsewhere(around: &Around, homograph: Option<Homograph>) -> bool {
    let styled = around.capital && around.before_is_capital && around.right_before_is(STYLES);
    let in_place = around.after_is_capital
        && !(around.after_that_is_capital && homograph.is_none())
        && (around.after_is(PLACE_WORDS) || homograph.is_some() && around.after_is(CLUBS));
    styled || in_place
}

/// A word that may be a name, typed without a capital or all in capitals: only its neighbours can tell.
fn uncapitalised(page: &Page, candidate: &Candidate, class: Homograph, around: &Around) -> Reading {
    let is_thing = around.after_is(AFTER_NOUN) || around.after_is(AFTER_SEASON);
    if is_thing || class == Homograph::Helper && around.after_is(AFTER_HELPER) {
        return Reading::Word;
    }
    let announced = around.before_is(ANNOUNCES) && around.before_gap == Gap::Other
        || around.before == b"is" && is_one_of(around.before_that, ANNOUNCES);
    let thing = matches!(class, Homograph::Noun | Homograph::Verb);
    let did = thing && around.before.is_empty() && around.after_is(DEEDS);
    let with_pupil =
        thing && around.before.is_empty() && around.after == b"and" && is_plain_name(page, around.after_that);
    let star = class == Homograph::Season && around.after == b"is" && around.after_that == b"our";
    let alone = page.is_file_name && page.has_photo && is_alone(page, candidate);
    if is_praised(page, candidate) || announced || did || with_pupil || star || alone {
        Reading::Doubt
    } else {
        Reading::Word
    }
}

/// A forename of a pupil that is nothing else.
fn is_plain_name(page: &Page, word: &[u8]) -> bool {
    page.roll.find(word).is_some_and(|part| part.of_pupil && part.homograph.is_none())
}

/// `well done rose`, `congratulations to rose and mark`; but `thanks will` and `welcome summer` are no praise.
fn is_praised(page: &Page, candidate: &Candidate) -> bool {
    let letters = page.letters;
    let mut word = letters.word_at(candidate.start);
    for _ in 0..6 {
        let Some(before) = neighbour_before(page, word) else { return false };
        let stem = letters.stem(before);
        if is_one_of(stem, PRAISE) {
            let proud_of = word != letters.word_at(candidate.start) || stem != b"proud";
            return proud_of && !is_one_of(stem, &["thanks", "welcome"]);
        }
        let is_link = is_one_of(stem, &["to", "and", "of"]);
        if !is_link && !page.roll.find(stem).is_some_and(|part| part.of_pupil) {
            return false;
        }
        word = before;
    }
    false
}

/// The only word of a file name, but for the ending and what a camera writes.
fn is_alone(page: &Page, candidate: &Candidate) -> bool {
    let letters = page.letters;
    let this = letters.word_at(candidate.start);
    (0..letters.words.len()).filter(|word| *word != this).all(|word| {
        let stem = letters.stem(word);
        is_one_of(stem, FILE_WORDS) || is_plain_name(page, stem) || stem.len() < 2
    })
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

fn capitalised(page: &Page, candidate: &Candidate, class: Homograph, around: &Around) -> Reading {
    let of_word = around.is_of_other_than_person();
    let in_calendar = || is_in_calendar(around) && !is_of_people(page, candidate, around);
    let is_word = match class {
        Homograph::Month => {
            around.beside_digits
                || of_word
                || around.right_before_is(BEFORE_MONTH)
                || is_one_of(around.before, &["before", "after"]) && around.after.is_empty()
                || around.after_is(AFTER_MONTH)
                || around.after == b"the" && !around.capital_tells
                || in_calendar()
        }
        Homograph::Season => {
            of_word
                || around.right_before_is(BEFORE_SEASON)
                || around.after_is(AFTER_SEASON)
                || around.after == b"is" && is_one_of(around.after_that, AFTER_SEASON_IS)
                || in_calendar()
        }
        Homograph::Helper => !around.capital_tells && around.after_is(AFTER_HELPER),
        Homograph::Verb => {
            let owned = around.right_before_is(OWNERS) && around.after_is(AFTER_NOUN);
            owned || around.right_before_is(DETERMINERS) || !around.capital_tells && is_request(page, around)
        }
        Homograph::Noun => around.right_before_is(DETERMINERS) || around.after_is(AFTER_NOUN),
        Homograph::Place => {
            of_word
                || around.right_before_is(BEFORE_PLACE)
                || around.before == b"to" && is_one_of(around.before_that, MOVES)
        }
    };
    if is_word { Reading::Word } else { Reading::Doubt }
}

/// `Mark your diaries`, `Hope the sun shines`; in a caption `Mark with a trophy` is more likely a boy.
fn is_request(page: &Page, around: &Around) -> bool {
    let is_caption = page.is_caption && around.after != b"your" || page.has_photo && around.after_is(AFTER_IN_CAPTION);
    !is_caption && around.after_is(AFTER_VERB) || is_thing(around.after)
}

/// `March and April`, `from April to June`: between other names of the calendar.
fn is_in_calendar(around: &Around) -> bool {
    let is_calendar = |word: &[u8]| {
        matches!(lists::homograph(word), Some(Homograph::Month | Homograph::Season)) || is_one_of(word, CALENDAR)
    };
    let linked = |word: &[u8]| is_one_of(word, &["and", "or", "to", "until"]);
    linked(around.before) && is_calendar(around.before_that)
        || around.before == b"from" && linked(around.after) && is_calendar(around.after_that)
}

/// `Summer and Autumn are twins`, `Well done Summer and Autumn`: what is said of both is said of children.
fn is_of_people(page: &Page, candidate: &Candidate, around: &Around) -> bool {
    let related = around.after_is(&["are", "were"]) && is_one_of(around.after_that, RELATIONS);
    related || around.after_is(DEEDS) || is_praised(page, candidate)
}

fn is_thing(word: &[u8]) -> bool {
    word.len() > 3 && word.ends_with(b"s") && lists::is_common(word)
}
