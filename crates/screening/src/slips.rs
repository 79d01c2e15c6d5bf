//! One typing slip in a full name: one of its two parts is right, and the letters beside it are nearly the other.

use crate::forms::{Candidate, Edge, Form, Hit, Page};
use crate::letters::Gap;
use crate::roll::{ForenameKind, Part};

impl Page<'_> {
    /// `Zara Kahn`: the forename is right, and the next letters are one slip from the surname.
    pub(crate) fn slip_in_surname(&self, hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        let letters = self.letters;
        let gap = letters.gap(hit.end);
        if hit.left == Edge::Open
            || hit.split
            || hit.end >= letters.text.len()
            || gap == Gap::Mark
            || !self.joins(hit.end)
        {
            return;
        }
        if hit.right == Edge::Open && !self.runs_together(hit.start) {
            return;
        }
        for (person, kind) in &part.forenames {
            for surname in &self.roll.people[*person as usize].surnames {
                let wanted = self.roll.part(*surname);
                let Some(end) = self.slip_after(hit.end, wanted) else {
                    continue;
                };
                let parts = [Some(hit.part), Some(*surname)];
                let known_as = *kind == ForenameKind::KnownAs;
                let slip = Candidate::of(Form::Misspelt, hit.start, end, parts, vec![*person]);
                found.push(Candidate { known_as, joined: gap <= Gap::Case, ..slip });
            }
        }
    }

    /// `Zrara Khan`: the surname is right, and the letters before it are one slip from the forename.
    pub(crate) fn slip_in_forename(&self, hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        let gap = self.letters.gap(hit.start);
        let is_bound = hit.left == Edge::Open && !self.runs_together(hit.start);
        if hit.right == Edge::Open
            || hit.split
            || hit.start == 0
            || gap == Gap::Mark
            || is_bound
            || !self.joins(hit.start)
        {
            return;
        }
        for person in &part.surnames {
            for forename in &self.roll.people[*person as usize].forenames {
                let wanted = self.roll.part(*forename);
                let Some(start) = self.slip_before(hit.start, wanted) else {
                    continue;
                };
                let parts = [Some(*forename), Some(hit.part)];
                let slip = Candidate::of(Form::Misspelt, start, hit.end, parts, vec![*person]);
                found.push(Candidate { joined: gap <= Gap::Case, ..slip });
            }
        }
    }

    /// `Khan, Zrara`: the mirror image of the two above, in a register.
    pub(crate) fn slip_in_forename_after(&self, hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        if !self.is_bordered(hit) || !self.may_list(hit.end) {
            return;
        }
        for person in &part.surnames {
            for forename in &self.roll.people[*person as usize].forenames {
                if let Some(end) = self.slip_after(hit.end, self.roll.part(*forename)) {
                    let parts = [Some(*forename), Some(hit.part)];
                    let slip = Candidate::of(Form::Misspelt, hit.start, end, parts, vec![*person]);
                    found.push(Candidate { reversed: true, ..slip });
                }
            }
        }
    }

    /// `Kahn, Zara`.
    pub(crate) fn slip_in_surname_before(&self, hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        if !self.is_bordered(hit) || hit.start == 0 || !self.may_list(hit.start) {
            return;
        }
        for (person, kind) in &part.forenames {
            for surname in &self.roll.people[*person as usize].surnames {
                if let Some(start) = self.slip_before(hit.start, self.roll.part(*surname)) {
                    let parts = [Some(hit.part), Some(*surname)];
                    let known_as = *kind == ForenameKind::KnownAs;
                    let slip = Candidate::of(Form::Misspelt, start, hit.end, parts, vec![*person]);
                    found.push(Candidate { known_as, reversed: true, ..slip });
                }
            }
        }
    }

    fn is_bordered(&self, hit: &Hit) -> bool {
        hit.left != Edge::Open && hit.right != Edge::Open && !hit.split
    }

    /// Whether a name written surname first may be divided before the letter at `at`: both of its parts are capitals.
    fn may_list(&self, at: usize) -> bool {
        let letters = self.letters;
        let is_gap = matches!(letters.gap(at), Gap::Comma | Gap::Space) && at < letters.text.len();
        is_gap
            && letters.is_capital(self.fold, at)
            && letters.words[letters.word_at(at - 1)].capital
            && (letters.has_small || letters.gap(at) == Gap::Comma)
    }

    /// Where the words from `start` end that are one slip from `wanted`.
    fn slip_after(&self, start: usize, wanted: &Part) -> Option<usize> {
        let letters = self.letters;
        let first = letters.word_at(start);
        for words in 0..=wanted.joints.len() {
            let word = letters.words.get(first + words)?;
            if words > 0 && !matches!(letters.gap(word.start), Gap::Space | Gap::Hyphen) {
                return None;
            }
            if one_slip(&letters.text[start..word.stem], &wanted.letters) {
                return Some(word.stem);
            }
        }
        None
    }

    fn slip_before(&self, end: usize, wanted: &Part) -> Option<usize> {
        let letters = self.letters;
        let last = letters.word_at(end - 1);
        for words in 0..=wanted.joints.len() {
            let word = letters.words.get(last.checked_sub(words)?)?;
            if one_slip(&letters.text[word.start..end], &wanted.letters) {
                return Some(word.start);
            }
            if !matches!(letters.gap(word.start), Gap::Space | Gap::Hyphen) {
                return None;
            }
        }
        None
    }
}

/// Whether two words differ by exactly one letter left out, added, exchanged, or swapped with its neighbour.
fn one_slip(written: &[u8], wanted: &[u8]) -> bool {
    if written.len().abs_diff(wanted.len()) > 1 || wanted.len() < 3 || written.len() < 2 {
        return false;
    }
    let same = written.iter().zip(wanted).take_while(|(a, b)| a == b).count();
    let (a, b) = (&written[same..], &wanted[same..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&a[..a.len() - tail], &b[..b.len() - tail]) {
        ([_], [_]) | ([], [_]) | ([_], []) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_one_letter_or_one_swap() {
        let check = |written: &str, wanted: &str, expect: bool| {
            assert_eq!(one_slip(written.as_bytes(), wanted.as_bytes()), expect, "{written} for {wanted}");
        };
        for slip in ["kahn", "khn", "khann", "khaan", "khat", "zkhan", "hkan"] {
            check(slip, "khan", true);
        }
        for other in ["khan", "kan n", "nahk", "", "kh", "khanna "] {
            check(other, "khan", false);
        }
    }
}
