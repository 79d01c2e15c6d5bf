//! Words that say something private about a child: needs, health, family, protection, poverty, status.
//!
//! Promises `stop` beside a pupil's name, `ask` where a child is spoken of, `note` elsewhere: a coffee morning of the
//! SENCO is no secret. It does not read between lines, and it takes every name it is given for a pupil's: that somebody
//! known from elsewhere has it, too, is weighed in `text`.

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

/// What may speak of one child besides `near::ONE_CHILD`. Beside a date of birth these count for nothing: `who is` is said of
/// kings, too.
const PERHAPS_ONE_CHILD: &[&str] =
    &["him", "hers", "himself", "herself", "lad", "sibling", "one of our", "who is", "who has", "kid", "they're"];

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
    [near::ONE_CHILD, PERHAPS_ONE_CHILD].iter().any(|words| near::sentence_has(plain, start, end, words))
}
