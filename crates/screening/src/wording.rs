//! Unkind, threatening and discriminatory wording, in disguised spelling too.
//!
//! Promises that a listed word is found spelt out, with digits and signs for letters, with letters repeated or starred
//! out, and that a surname, a place or a harmless phrase holding it is left alone. It judges words, not intentions: what
//! has an innocent reading is asked about.

use std::cmp::Reverse;
use std::sync::LazyLock;

use crate::cues::TITLES;
use crate::disguises::{Disguises, Undisguised};
use crate::fold::Fold;
use crate::letters::{Gap, Letters};
use crate::phrases::{Book, Found, OWN, Phrase};
use crate::reading::is_one_of;
use crate::roll::Roll;
use crate::spans::Spans;
use crate::{Finding, Kind, Strength};

static BOOK: LazyLock<Book> = LazyLock::new(|| Book::read(include_str!("../data/wording.txt")));

/// What stands for a hidden letter: `f**k`.
const MASKS: &[u8] = b"*#%^?";
/// Signs that stand for one letter each in a word nobody could mean otherwise: `f@ck`, `bas+ard`.
const SIGNS: &[u8] = b"@+$!";
/// Letters that must be seen of a starred-out word, unless all but the first are hidden.
const SEEN_MIN: usize = 2;
const MASKED_BYTES_MAX: usize = 24;

/// The wording of a text; `names` are the names found in it, whose letters are left alone.
pub(crate) fn find(
    fold: &Fold,
    letters: &Letters,
    disguises: &Disguises,
    roll: &Roll,
    names: &[Finding],
) -> Vec<Finding> {
    let mut reader =
        Reader { roll, names: Spans::of(names), found: Vec::new(), findings: Vec::new(), taken: Spans::default() };
    reader.read(fold, letters);
    for read in [&disguises.imitations, &disguises.cut_to_two, &disguises.cut_to_one].into_iter().flatten() {
        reader.read_disguised(read, fold);
    }
    reader.masked(fold);
    reader.own(fold, letters);
    reader.take_found();
    hidden(fold, &mut reader.findings);
    reader.findings
}

struct Reader<'a> {
    roll: &'a Roll,
    names: Spans,
    found: Vec<(u32, u32, &'static str, Strength)>,
    findings: Vec<Finding>,
    taken: Spans,
}

impl Reader<'_> {
    fn read(&mut self, fold: &Fold, letters: &Letters) {
        for found in BOOK.find(fold, letters) {
            self.note(fold, letters, &found);
        }
    }

    /// What only the disguise shows. A phrase with an innocent reading is not read into one, a word is.
    fn read_disguised(&mut self, read: &Undisguised, typed: &Fold) {
        for found in BOOK.find(&read.fold, &read.letters) {
            let phrase = &BOOK.phrases[found.phrase];
            let is_stopped = phrase.strength == Strength::Stop;
            if is_stopped || phrase.is_word() && read.is_disguised(found.start, found.end, typed) {
                self.note(&read.fold, &read.letters, &found);
            }
        }
    }

    fn note(&mut self, fold: &Fold, letters: &Letters, found: &Found) {
        let phrase = &BOOK.phrases[found.phrase];
        if phrase.is_word() && is_name(letters, self.roll, found) {
            return;
        }
        let (start, end) = letters.home(fold, found.start, found.end);
        if !(phrase.is_word() && self.names.touches(start, end)) {
            self.found.push((start, end, phrase.category, phrase.strength));
        }
    }

    /// The strongest and then the longest of what overlaps: `wank3r` is more than `wank`.
    fn take_found(&mut self) {
        let mut found = std::mem::take(&mut self.found);
        found.sort_by_key(|(start, end, _, strength)| (Reverse(*strength), Reverse(end - start), *start));
        for (start, end, category, strength) in found {
            if self.taken.take(start, end) {
                self.findings.push(finding(start, end, category, strength));
            }
        }
    }

    /// What the school has put on its list itself, whoever else is called so.
    fn own(&mut self, fold: &Fold, letters: &Letters) {
        let Some(book) = &self.roll.words else { return };
        for found in book.find(fold, letters) {
            let phrase = &book.phrases[found.phrase];
            let (start, end) = letters.home(fold, found.start, found.end);
            self.found.push((start, end, phrase.category, phrase.strength));
        }
    }

    /// Words with stars or signs in place of letters.
    fn masked(&mut self, fold: &Fold) {
        let bytes = fold.plain.as_bytes();
        if !bytes.iter().any(is_mask) {
            return;
        }
        let in_token = |b: &&u8| b.is_ascii_lowercase() || is_mask(b);
        let mut start = 0;
        while start < bytes.len() {
            let end = start + bytes[start..].iter().take_while(in_token).count();
            let token = &bytes[start..end];
            let first = token.iter().position(u8::is_ascii_lowercase).unwrap_or(token.len());
            let shouted = token.iter().rev().take_while(|b| matches!(b, b'!' | b'?')).count();
            let last = (token.len() - shouted).max(first);
            if let Some((category, strength)) = unmasked(&token[first..last]) {
                let (from, till) = fold.home(start + first, start + last);
                self.found.push((from, till, category, strength));
            }
            start = end + 1;
        }
    }
}

/// `Mr Dick`, or a capitalised surname of the roll.
fn is_name(letters: &Letters, roll: &Roll, found: &Found) -> bool {
    let at = letters.word_at(found.start);
    let word = letters.words[at];
    let near = matches!(letters.gap(word.start), Gap::Space | Gap::DotSpace);
    let titled = at > 0 && near && is_one_of(letters.stem(at - 1), TITLES);
    titled || word.capital && letters.has_small && roll.is_name(&letters.text[found.start..found.end])
}

fn finding(start: u32, end: u32, category: &'static str, strength: Strength) -> Finding {
    let say = match (category, strength) {
        ("abusive", Strength::Stop) => "this is abusive: take it out",
        ("bullying", Strength::Stop) => "this mocks or puts somebody down: say it another way",
        ("threatening", Strength::Stop) => {
            "this reads as a threat: take it out, and tell the safeguarding lead if it is meant"
        }
        ("discriminatory", Strength::Stop) => "this puts people down for who they are: take it out",
        (OWN, Strength::Stop) => "the school has put this on its own list of words: take it out",
        (OWN, _) => "the school has put this on its own list of words: keep it only if it is meant well",
        ("threatening", _) => {
            "this can be read as a threat: keep it only if a story, a play or history is plainly meant"
        }
        ("discriminatory", _) => "this can hurt a group of people: keep it only if the subject needs it",
        ("bullying", _) => "this can be unkind about somebody: keep it only if nobody is meant",
        _ => "this can be rude: keep it only if it is meant in its ordinary sense",
    };
    Finding { start, end, kind: Kind::Wording, person: None, how: category, strength, say: say.to_owned() }
}

/// The category of the listed word that fits what is seen of this one.
fn unmasked(token: &[u8]) -> Option<(&'static str, Strength)> {
    let hidden = token.iter().filter(|b| is_mask(b)).count();
    let signs = token.iter().filter(|b| SIGNS.contains(b)).count();
    let seen = token.len() - hidden;
    let last = token.iter().rposition(|b| !is_mask(b)).unwrap_or(0);
    let inside = token[..last].iter().any(is_mask);
    if hidden == 0 || seen == 0 || token.len() > MASKED_BYTES_MAX || token.len() < 3 {
        return None;
    }
    let shown = inside && seen >= SEEN_MIN && (signs == 0 || signs == hidden && signs == 1 && token.len() > 3);
    let starred = seen == 1 && hidden > 2 && signs == 0;
    let stopped = |p: &&Phrase| p.strength == Strength::Stop && (shown || starred);
    // A word with an innocent reading needs more seen of it than is hidden: `a*b` is a sum.
    let asked = |p: &&Phrase| p.strength == Strength::Ask && shown && signs == 0 && seen > hidden && token.len() > 3;
    let fits = |p: &&Phrase| p.is_word() && p.category != "fine" && p.fits(token, is_mask);
    let words = || BOOK.phrases.iter().filter(fits);
    let phrase = words().find(stopped).or_else(|| words().find(asked))?;
    let certain = if seen >= SEEN_MIN { phrase.strength } else { Strength::Ask };
    Some((phrase.category, certain))
}

/// Whether a byte may stand for a letter.
fn is_mask(byte: &u8) -> bool {
    MASKS.contains(byte) || SIGNS.contains(byte)
}

/// Characters that hide text from its reader.
fn hidden(fold: &Fold, findings: &mut Vec<Finding>) {
    for hidden in &fold.hidden {
        let say = if hidden.turns_direction {
            "a hidden character here turns the direction of the text, so that people read something else: take it out"
        } else {
            "a control character stands here, which no channel shows: take it out"
        };
        let (start, end, how) = (hidden.at, hidden.at + 1, "hidden-character");
        let strength = Strength::Ask;
        findings.push(Finding { start, end, kind: Kind::Wording, person: None, how, strength, say: say.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_can_be_searched() {
        assert!(BOOK.phrases.len() > 500);
        assert!(BOOK.phrases.iter().all(|p| p.letters.len() > 1 && p.letters.iter().all(u8::is_ascii_lowercase)));
    }
}
