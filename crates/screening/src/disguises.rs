//! A text as it reads without the disguises of its writer: digits and signs for letters, letters typed too often.
//!
//! Promises every such reading once a text, each with the way back to what was typed. What a reading is worth is for
//! `names` and `wording` to say.

use crate::fold::Fold;
use crate::letters::Letters;

/// Letters that English does not write twice.
const UNPAIRED: &str = "ahijkquvwxy";

/// Every reading of one text; nothing where it would be the text as it was typed.
pub(crate) struct Disguises {
    /// Digits and signs read as the letters they imitate, `1` and `|` as `i`.
    pub(crate) imitations: Option<Undisguised>,
    /// The same with `1` and `|` as `l`, where that reads otherwise.
    pub(crate) imitations_with_l: Option<Undisguised>,
    /// Three letters and more cut to two.
    pub(crate) cut_to_two: Option<Undisguised>,
    /// Three letters and more, and pairs that English does not write, cut to one.
    pub(crate) cut_to_one: Option<Undisguised>,
}

pub(crate) struct Undisguised {
    pub(crate) fold: Fold,
    pub(crate) letters: Letters,
}

impl Disguises {
    pub(crate) fn of(typed: &Fold) -> Disguises {
        let imitations = imitations_read(typed, b'i');
        let with_l = imitations.as_ref().and_then(|with_i| {
            let with_l = imitations_read(typed, b'l')?;
            (with_l.plain != with_i.plain).then_some(with_l)
        });
        Disguises {
            imitations: imitations.map(Undisguised::of),
            imitations_with_l: with_l.map(Undisguised::of),
            cut_to_two: repeats_cut(typed, 2).map(Undisguised::of),
            cut_to_one: repeats_cut(typed, 1).map(Undisguised::of),
        }
    }
}

impl Undisguised {
    fn of(fold: Fold) -> Undisguised {
        let letters = Letters::of(&fold);
        Undisguised { fold, letters }
    }

    /// What was typed where the letters `start..end` are read, folded.
    fn typed<'a>(&self, start: usize, end: usize, typed: &'a Fold) -> &'a [u8] {
        let (start, end) = self.letters.home(&self.fold, start, end);
        let (first, last) = typed.folded(start, end);
        &typed.plain.as_bytes()[first..last]
    }

    /// Whether something else was typed than the letters `start..end` read here.
    pub(crate) fn is_disguised(&self, start: usize, end: usize, typed: &Fold) -> bool {
        let (first, last) = self.letters.plain_span(start, end);
        self.typed(start, end, typed) != &self.fold.plain.as_bytes()[first..last]
    }

    /// How the letters `start..end` were stretched: typed three times and more where they stand less often here.
    pub(crate) fn stretched(&self, start: usize, end: usize, typed: &Fold) -> Option<Stretched> {
        let is_run = |letters: &[u8]| letters[0].is_ascii_lowercase() && letters == [letters[0]; 3];
        let has_run = |letters: &[u8]| letters.windows(3).any(is_run);
        let (typed, read) = (self.typed(start, end, typed), &self.letters.text[start..end]);
        if !has_run(typed) || has_run(read) {
            return None;
        }
        let is_kept = |at: &usize| *at < 2 || !is_run(&typed[at - 2..=*at]);
        let twice: Vec<u8> = (0..typed.len()).filter(is_kept).map(|at| typed[at]).collect();
        let is_pair = |four: &[u8]| is_run(&four[..3]) && four[3] != four[0] && !UNPAIRED.contains(char::from(four[0]));
        let may_be_word = twice != read && typed.windows(4).any(is_pair);
        Some(Stretched { twice, may_be_word })
    }
}

/// A word with letters typed too often.
pub(crate) struct Stretched {
    /// Every letter at most twice in a row.
    pub(crate) twice: Vec<u8>,
    /// Whether a word may have had two of a letter where one is read: `beeen` is `been` and no Ben.
    pub(crate) may_be_word: bool,
}

/// The text with digits and signs read as the letters they imitate, where they stand beside letters, and `1` and `|` read
/// as `one`; nothing when there are none. `!` and `|` imitate inside a word only: at its end they are what they are.
fn imitations_read(typed: &Fold, one: u8) -> Option<Fold> {
    let bytes = typed.plain.as_bytes();
    let mut plain = bytes.to_vec();
    let mut changed = false;
    let mut start = 0;
    while start < bytes.len() {
        let end = start + bytes[start..].iter().take_while(|b| in_word(**b)).count();
        let ahead = bytes[start..end].iter().take_while(|b| is_mark(**b)).count();
        let behind = bytes[start + ahead..end].iter().rev().take_while(|b| is_mark(**b)).count();
        let (first, word) = (start + ahead, &bytes[start + ahead..end - behind]);
        let letters = word.iter().filter(|b| b.is_ascii_alphabetic()).count();
        if letters > 0 && letters < word.len() {
            for (at, b) in word.iter().enumerate() {
                if let Some(letter) = imitated(*b) {
                    plain[first + at] = if matches!(b, b'1' | b'|') { one } else { letter };
                    changed = true;
                }
            }
        }
        start = end + 1;
    }
    if !changed {
        return None;
    }
    Some(Fold {
        // Only ASCII bytes were exchanged for ASCII bytes, so this is still the text it was.
        plain: String::from_utf8(plain).ok()?,
        from: typed.from.clone(),
        till: typed.till.clone(),
        capital: typed.capital.clone(),
        hidden: Vec::new(),
    })
}

fn in_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || imitated(b).is_some()
}

fn is_mark(b: u8) -> bool {
    matches!(b, b'!' | b'|')
}

fn imitated(b: u8) -> Option<u8> {
    Some(match b {
        b'0' => b'o',
        b'1' | b'!' | b'|' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        b'8' => b'b',
        b'9' => b'g',
        _ => return None,
    })
}

/// The text with letters typed too often cut: runs of three and more to `kept` (1 or 2), and with 1 also pairs that
/// ordinary spelling does not have (`uu`, `kk`); nothing when there are none.
fn repeats_cut(typed: &Fold, kept: usize) -> Option<Fold> {
    let bytes = typed.plain.as_bytes();
    let mut cut = Fold { plain: String::new(), from: vec![], till: vec![], capital: vec![], hidden: vec![] };
    let (mut run_start, mut run, mut changed) = (0, 0, false);
    for (at, c) in typed.plain.char_indices() {
        if at == 0 || bytes[run_start] != bytes[at] {
            run_start = at;
            run = bytes[at..].iter().take_while(|b| **b == bytes[at]).count();
        }
        let limit = if run > 2 || UNPAIRED.contains(c) { kept } else { 2 };
        if c.is_ascii_lowercase() && at - run_start >= limit {
            changed = true;
            if let Some(till) = cut.till.last_mut() {
                *till = typed.till[at];
            }
            continue;
        }
        cut.plain.push(c);
        cut.from.extend(&typed.from[at..at + c.len_utf8()]);
        cut.till.extend(&typed.till[at..at + c.len_utf8()]);
        cut.capital.extend(&typed.capital[at..at + c.len_utf8()]);
    }
    changed.then_some(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imitations_are_read_only_beside_letters() {
        let check = |text: &str, one: u8, expect: Option<&str>| {
            assert_eq!(imitations_read(&Fold::of(text), one).map(|read| read.plain).as_deref(), expect, "{text}");
        };
        check("1d10t in 2025", b'i', Some("idiot in 2025"));
        check("1d10t! F1!", b'l', Some("ldlot! fl!"));
        check("You 1d10t!", b'i', Some("you idiot!"));
        check("room 101", b'i', None);
    }
}
