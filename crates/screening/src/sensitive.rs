//! Words that say something private about a child: needs, health, family, protection, poverty, status.
//!
//! Promises `stop` beside a pupil's name, `ask` where a child is spoken of, `note` elsewhere: a coffee morning of the
//! SENCO is no secret. It does not read between lines.

use std::sync::LazyLock;

use crate::fold::Fold;
use crate::letters::Letters;
use crate::near;
use crate::phrases::Book;
use crate::spans::Spans;
use crate::{Finding, Kind, Strength};

static BOOK: LazyLock<Book> = LazyLock::new(|| Book::read(include_str!("../data/sensitive.txt")));

/// What counts only beside a pupil's name: a Hindu festival is everybody's.
const FAITH: &str = "faith and background";

/// Words that make a sentence speak of one child.
const A_CHILD: &[&str] = &[
    "he",
    "she",
    "him",
    "her",
    "his",
    "hers",
    "himself",
    "herself",
    "boy",
    "girl",
    "lad",
    "son",
    "daughter",
    "pupil",
    "child",
    "student",
    "brother",
    "sister",
    "sibling",
    "one of our",
    "who is",
    "who has",
    "kid",
    "they're",
];

/// `names` are the names of pupils found in the text, `wording` what was found unkind: it is not said twice.
pub(crate) fn find(fold: &Fold, letters: &Letters, names: &[Finding], wording: &[Finding]) -> Vec<Finding> {
    let wording = Spans::of(wording);
    let mut findings = Vec::new();
    for found in BOOK.find(fold, letters) {
        let phrase = &BOOK.phrases[found.phrase];
        let (first, last) = letters.plain_span(found.start, found.end);
        let strength = if near::shares_sentence(fold, first, last, names) {
            Strength::Stop
        } else if phrase.category == FAITH {
            // Whole families and festivals are spoken of; only of one child is it private.
            continue;
        } else if speaks_of_a_child(&fold.plain, first, last) {
            Strength::Ask
        } else {
            Strength::Note
        };
        let (start, end) = letters.home(fold, found.start, found.end);
        if wording.touches(start, end) {
            continue;
        }
        let say = match strength {
            Strength::Stop => "this tells something private about a child who is named: take it out",
            Strength::Ask => {
                "this may tell something private about a child: make sure that nobody can tell who is meant, or take it out"
            }
            Strength::Note => "this is private where it is about one child; nothing to do when it is about everybody",
        };
        let (how, say) = (phrase.category, say.to_owned());
        findings.push(Finding { start, end, kind: Kind::Sensitive, person: None, how, strength, say });
    }
    findings
}

fn speaks_of_a_child(plain: &str, start: usize, end: usize) -> bool {
    let (first, last) = near::sentence(plain, start, end);
    let around = [&plain[first..start], &plain[end..last]];
    around.iter().any(|side| A_CHILD.iter().any(|word| holds_word(side, word)))
}

fn holds_word(text: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    text.match_indices(word)
        .any(|(at, _)| !letter(text[..at].chars().next_back()) && !letter(text[at + word.len()..].chars().next()))
}
