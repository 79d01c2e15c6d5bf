//! What stands close to a place of a text, counted as a reader would: in the same sentence, not far apart.

use crate::Finding;
use crate::fold::Fold;

/// Two places further apart than this many bytes do not speak of the same person.
const NEAR_BYTES_MAX: usize = 160;

/// Words that make a sentence speak of one child, whatever it tells.
pub(crate) const ONE_CHILD: &[&str] =
    &["he", "she", "his", "her", "child", "pupil", "boy", "girl", "son", "daughter", "brother", "sister", "student"];

/// Whether bytes `start..end` of the folded text share a sentence with one of these findings,
/// which ascend without overlap.
pub(crate) fn shares_sentence(fold: &Fold, start: usize, end: usize, findings: &[Finding]) -> bool {
    let (first, last) = sentence(&fold.plain, start, end);
    let (from, till) = fold.home(first, last);
    let before = findings.partition_point(|finding| finding.start < till);
    findings[..before].last().is_some_and(|finding| from < finding.end)
}

/// The bytes of the sentence around `start..end`, cut off at `NEAR_BYTES_MAX` either side.
pub(crate) fn sentence(plain: &str, start: usize, end: usize) -> (usize, usize) {
    let bytes = plain.as_bytes();
    let ends = |at: usize| match bytes[at] {
        b'!' | b'?' | b'\n' => true,
        b'.' => {
            bytes.get(at + 1).is_none_or(|b| b.is_ascii_whitespace()) && at > 2 && bytes[at - 2].is_ascii_alphanumeric()
        }
        _ => false,
    };
    let lowest = start.saturating_sub(NEAR_BYTES_MAX);
    let highest = (end + NEAR_BYTES_MAX).min(bytes.len());
    let mut first = (lowest..start).rev().find(|at| ends(*at)).map_or(lowest, |at| at + 1);
    let mut last = (end..highest).find(|at| ends(*at)).unwrap_or(highest);
    while !plain.is_char_boundary(first) {
        first += 1;
    }
    while !plain.is_char_boundary(last) {
        last += 1;
    }
    (first, last.max(end))
}

/// Whether one of these words or phrases stands in the sentence around `start..end`, beside that place itself.
pub(crate) fn sentence_has(plain: &str, start: usize, end: usize, words: &[&str]) -> bool {
    let (first, last) = sentence(plain, start, end);
    has_one_of(&plain[first..start], words) || has_one_of(&plain[end..last], words)
}

/// Whether one of these words or phrases stands in the text, with no letter before or after it.
pub(crate) fn has_one_of(text: &str, words: &[&str]) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    words.iter().any(|word| {
        text.match_indices(word)
            .any(|(at, _)| !letter(text[..at].chars().next_back()) && !letter(text[at + word.len()..].chars().next()))
    })
}

/// What stands before the byte `at`, at most so many bytes of it.
pub(crate) fn just_before(plain: &str, at: usize, bytes_max: usize) -> &str {
    let mut from = at.saturating_sub(bytes_max);
    while !plain.is_char_boundary(from) {
        from += 1;
    }
    &plain[from..at]
}
