//! Cutting a run-together word, as in a hashtag, into ordinary words.

use crate::lists;

/// Longer runs are not words anybody reads.
const RUN_LETTERS_MAX: usize = 60;
const WORD_LETTERS_MAX: usize = 16;

/// Whether the letters can be read as ordinary words one after another; nothing at all can.
pub(crate) fn is_made_of_words(letters: &[u8]) -> bool {
    is_made_of_words_or(letters, &|_| false)
}

/// The same, where other words count as well: `#mayaandzara`.
pub(crate) fn is_made_of_words_or(letters: &[u8], other: &dyn Fn(&[u8]) -> bool) -> bool {
    if letters.is_empty() {
        return true;
    }
    if letters.len() > RUN_LETTERS_MAX {
        return false;
    }
    let mut reached = vec![false; letters.len() + 1];
    reached[0] = true;
    for start in 0..letters.len() {
        if !reached[start] {
            continue;
        }
        for end in start + 1..=letters.len().min(start + WORD_LETTERS_MAX) {
            let word = &letters[start..end];
            let is_word = if word.len() == 1 {
                matches!(word, b"a" | b"i")
            } else {
                lists::is_common(word) || word.len() > 2 && other(word)
            };
            reached[end] |= is_word;
        }
    }
    reached[letters.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashtag_is_cut_along_ordinary_words() {
        let check = |run: &str, expect: bool| assert_eq!(is_made_of_words(run.as_bytes()), expect, "{run}");
        check("", true);
        check("welldone", true);
        check("teamoftheweek", true);
        check("etday", false);
    }
}
