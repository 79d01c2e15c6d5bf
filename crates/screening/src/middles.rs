//! Full names with something between forename and surname: more forenames, a short form in brackets, a second child.

use crate::forms::{Candidate, Edge, Form, Hit, MIDDLE_NAMES_MAX, Page, shared, starting_at};
use crate::letters::{Gap, Word};
use crate::lists;
use crate::reading::is_titled;
use crate::roll::Part;

impl Page<'_> {
    pub(crate) fn with_middle_names(&self, hits: &[Hit], hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        let letters = self.letters;
        if hit.left == Edge::Open || hit.split || !matches!(letters.gap(hit.end), Gap::Space | Gap::Case | Gap::Hyphen)
        {
            return;
        }
        let mut at = hit.end;
        let small = !letters.is_capital(self.fold, hit.start);
        for _ in 0..MIDDLE_NAMES_MAX {
            if at >= letters.text.len() {
                return;
            }
            let word = letters.words[letters.word_at(at)];
            if word.start != at || word.stem != word.end || !self.may_be_middle(&word, small) {
                return;
            }
            at = word.end;
            let initial = word.end - word.start == 1 && matches!(letters.gap(at), Gap::DotSpace | Gap::Dot);
            if !initial && !matches!(letters.gap(at), Gap::Space | Gap::Hyphen) {
                return;
            }
            for (full, surname) in self.with_surname_at(at, hits, hit, part) {
                let is_alike = small && !(part.homograph.is_some() && lists::is_ordinary(&surname.letters));
                if letters.is_capital(self.fold, at) || !surname.joints.is_empty() || is_alike {
                    found.push(full);
                }
            }
        }
    }

    /// `Zara and Omar Khan`: the surname of the second is the first one's, too.
    pub(crate) fn sharing_surname(&self, hits: &[Hit], hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        let letters = self.letters;
        let is_alone = hit.left != Edge::Open && hit.right != Edge::Open && !hit.split;
        let word = letters.word_at(hit.start);
        // `Miss Hannah and Hannah Whitfield`: what follows a title is that adult's whole name.
        let titled = is_titled(self, word);
        if !is_alone || titled || hit.end >= letters.text.len() {
            return;
        }
        let next = letters.words[letters.word_at(hit.end)];
        let (_, before) = letters.plain_span(hit.start, hit.end);
        let (after, _) = letters.plain_span(next.start, next.end);
        let is_and = next.start == hit.end && letters.text[next.start..next.end] == *b"and";
        let is_sign = self.fold.plain.get(before..after).is_some_and(|between| between.trim() == "&");
        let second = match (is_and, is_sign) {
            (true, _) if next.end < letters.text.len() => letters.words[letters.word_at(next.end)],
            (false, true) => next,
            _ => return,
        };
        if !letters.is_capital(self.fold, second.start) || !self.joins(second.end) {
            return;
        }
        let fulls = self.with_surname_at(second.end, hits, hit, part);
        found.extend(fulls.map(|(full, _)| Candidate { end: hit.end, ..full }));
    }

    /// Whether this word may stand between forename and surname; after a `small` forename it needs no capital, but may
    /// be no ordinary word.
    fn may_be_middle(&self, word: &Word, small: bool) -> bool {
        let letters = self.letters;
        let text = &letters.text[word.start..word.end];
        let is_particle = matches!(text, b"v" | b"d") && matches!(letters.gap(word.end), Gap::Dot | Gap::DotSpace);
        let is_small_name = small && text.len() > 2 && (self.roll.is_name(text) || !lists::is_ordinary(text));
        letters.is_capital(self.fold, word.start) || is_particle || is_small_name
    }

    /// `Oliver (Ollie) Smith-Jones`: one word in brackets or quotation marks.
    pub(crate) fn with_aside(&self, hits: &[Hit], hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        let letters = self.letters;
        if hit.left == Edge::Open || hit.split || hit.end >= letters.text.len() || letters.gap(hit.end) < Gap::Space {
            return;
        }
        let aside = letters.words[letters.word_at(hit.end)];
        if aside.start != hit.end || aside.end >= letters.text.len() {
            return;
        }
        let is_between = |start: usize, marks: &[&str]| {
            let (_, before) = letters.plain_span(start - 1, start);
            let (after, _) = letters.plain_span(start, start + 1);
            marks.contains(&self.fold.plain[before..after].trim())
        };
        let opened = is_between(aside.start, &["(", "[", "\"", "'", "\u{201c}"]);
        if !opened || !is_between(aside.end, &[")", "]", "\"", "'", "\u{201d}"]) {
            return;
        }
        found.extend(self.with_surname_at(aside.end, hits, hit, part).map(|(full, _)| full));
    }

    /// The full names of a forename at `hit` with the surnames that begin at the letter `at`, whatever lies between; each
    /// with its surname.
    fn with_surname_at(
        &self,
        at: usize,
        hits: &[Hit],
        hit: &Hit,
        forename: &Part,
    ) -> impl Iterator<Item = (Candidate, &Part)> {
        let surnames = starting_at(hits, at).filter(|last| last.right != Edge::Open && !last.split);
        surnames.filter_map(move |last| {
            let surname = self.roll.part(last.part);
            let (people, known_as) = shared(forename, surname);
            let parts = [Some(hit.part), Some(last.part)];
            let full = Candidate { known_as, ..Candidate::of(Form::Full, hit.start, last.end, parts, people) };
            (!full.people.is_empty()).then_some((full, surname))
        })
    }
}
