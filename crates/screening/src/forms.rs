//! Every form in which people write a name, put together from the parts found in a text.
//!
//! Promises candidates only: which letters, which form, whose name it may be. What a candidate is worth is decided in
//! `names`, where context is known.

use crate::fold::Fold;
use crate::letters::{Gap, Letters};
use crate::lists;
use crate::reading::is_titled;
use crate::roll::{ForenameKind, Part, Roll};
use crate::tags;
use crate::{Draft, Field};

/// A forename together with up to this many more names before the surname: `Zara Louise May Khan`.
pub(crate) const MIDDLE_NAMES_MAX: usize = 2;
/// Letters a full name needs before it is recognised inside a hashtag without any border.
const BORDERLESS_LETTERS_MIN: usize = 8;

/// How a name is written, the surest first: `names` asks whether a form is at least as sure as another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Form {
    Full,
    Reversed,
    InitialSurname,
    SurnameInitial,
    Misspelt,
    ForenameInitial,
    Forename,
    /// A form of a pupil's forename that the roll does not have, alone or before the surname.
    Nickname,
    /// A famous name or an allowed phrase.
    Allowed,
}

/// Where a part of a name stands; offsets in letters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) part: u32,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// A single space stands inside where the name has none: a typing slip.
    pub(crate) split: bool,
    pub(crate) left: Edge,
    pub(crate) right: Edge,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Edge {
    /// Letters go on.
    Open,
    /// Only a change of case, or a plural `s`.
    Weak,
    Closed,
}

#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) form: Form,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Forename and surname, in this order even where a slip stands in the reversed form; `Form::Reversed` alone has the
    /// surname first, as written. None is an initial, or nothing.
    pub(crate) parts: [Option<u32>; 2],
    /// Ascending.
    pub(crate) people: Vec<u32>,
    /// Only known-as names of these people fit.
    pub(crate) known_as: bool,
    pub(crate) split: bool,
    /// No border between forename and surname, or inside a hashtag.
    pub(crate) joined: bool,
    /// Surname first, with a slip.
    pub(crate) reversed: bool,
}

/// A text in which forms are looked for.
pub(crate) struct Page<'a> {
    pub(crate) roll: &'a Roll,
    pub(crate) fold: &'a Fold,
    pub(crate) letters: &'a Letters,
    /// File names run words together as hashtags do.
    pub(crate) is_file_name: bool,
    /// The words stand for a picture: its file name or what describes it.
    pub(crate) is_caption: bool,
    pub(crate) has_photo: bool,
}

impl<'a> Page<'a> {
    pub(crate) fn of(draft: &Draft, fold: &'a Fold, letters: &'a Letters, roll: &'a Roll) -> Page<'a> {
        let is_file_name = draft.field == Field::FileName;
        let is_caption = is_file_name || draft.field == Field::AltText;
        Page { roll, fold, letters, is_file_name, is_caption, has_photo: draft.has_photo }
    }

    /// All candidates, in no particular order and overlapping.
    pub(crate) fn candidates(&self) -> Vec<Candidate> {
        let hits = self.hits();
        let mut found = Vec::new();
        for hit in &hits {
            let part = self.roll.part(hit.part);
            if part.is_allowed && hit.left != Edge::Open && hit.right != Edge::Open && !hit.split {
                found.push(Candidate::of(Form::Allowed, hit.start, hit.end, [Some(hit.part), None], Vec::new()));
            }
            if !part.forenames.is_empty() {
                self.full(&hits, hit, part, &mut found);
                self.with_middle_names(&hits, hit, part, &mut found);
                self.with_aside(&hits, hit, part, &mut found);
                self.sharing_surname(&hits, hit, part, &mut found);
                self.forename_initial(hit, part, &mut found);
                self.forename(hit, part, &mut found);
                self.slip_in_surname(hit, part, &mut found);
                self.slip_in_surname_before(hit, part, &mut found);
            }
            if !part.nicknames.is_empty() {
                self.nickname(&hits, hit, part, &mut found);
            }
            if !part.surnames.is_empty() {
                self.reversed(&hits, hit, part, &mut found);
                self.initial_surname(hit, part, &mut found);
                self.surname_initial(hit, part, &mut found);
                self.slip_in_forename(hit, part, &mut found);
                self.slip_in_forename_after(hit, part, &mut found);
            }
        }
        found
    }

    /// The parts whose letters stand here with at most one stray space inside; ascending by start.
    fn hits(&self) -> Vec<Hit> {
        let letters = self.letters;
        let mut hits = Vec::new();
        for (part, start, end) in self.roll.places(&letters.text) {
            let left = self.left_edge(start);
            let right = self.right_edge(start, end);
            if left == Edge::Open && right == Edge::Open && !self.runs_together(start) {
                continue;
            }
            if let Some(split) = self.inside(self.roll.part(part), start, end) {
                hits.push(Hit { part, start, end, split, left, right });
            }
        }
        hits.sort_unstable_by_key(|hit| (hit.start, hit.end));
        hits
    }

    /// Whether words are run together around this letter.
    pub(crate) fn runs_together(&self, at: usize) -> bool {
        self.is_file_name || self.letters.words[self.letters.word_at(at)].tag
    }

    fn left_edge(&self, start: usize) -> Edge {
        match self.letters.gap(start) {
            Gap::None if is_han(&self.letters.text, start) => Edge::Closed,
            Gap::None => Edge::Open,
            Gap::Case if self.runs_together(start) => Edge::Closed,
            Gap::Case => Edge::Weak,
            _ => Edge::Closed,
        }
    }

    /// Whether only an `s` follows that makes no other word: `Zaras`, but `Thi` does not stand in `this`.
    fn is_plural(&self, start: usize, end: usize) -> bool {
        let letters = self.letters;
        let ends = letters.text.get(end) == Some(&b's')
            // `zara_s.jpg`: this letter is a word of its own.
            && letters.gap(end) <= Gap::Case
            && match letters.gap(end + 1) {
                Gap::None => false,
                Gap::Mark | Gap::Case => letters.gap(end + 1) == Gap::Case && self.runs_together(start),
                _ => true,
            };
        ends && !(letters.gap(start) != Gap::None && lists::is_ordinary(&letters.text[start..=end]))
    }

    fn right_edge(&self, start: usize, end: usize) -> Edge {
        let letters = self.letters;
        match letters.gap(end) {
            Gap::None if self.is_plural(start, end) => Edge::Weak,
            Gap::None if is_han(&letters.text, end) => Edge::Closed,
            Gap::None => Edge::Open,
            // `don't` does not hold a Don.
            Gap::Mark if letters.text.get(end) == Some(&b't') && letters.gap(end + 1) > Gap::Case => Edge::Open,
            Gap::Case if self.runs_together(start) => Edge::Closed,
            Gap::Case => Edge::Weak,
            _ => Edge::Closed,
        }
    }

    /// Whether the gaps inside a part are those of a name; `Some(true)` when there is one space too many.
    fn inside(&self, part: &Part, start: usize, end: usize) -> Option<bool> {
        let mut strays = 0;
        for at in start + 1..end {
            match self.letters.gap(at) {
                Gap::None | Gap::Mark | Gap::Case | Gap::Hyphen => {}
                Gap::Space if part.joints.contains(&((at - start) as u16)) => {}
                Gap::Comma if part.is_allowed && part.joints.contains(&((at - start) as u16)) => {}
                // `St. Clair`
                Gap::DotSpace if at - start == 2 && self.letters.text[start..at] == *b"st" => {}
                Gap::Space => strays += 1,
                _ => strays += 2,
            }
        }
        match strays {
            0 => Some(false),
            1 => Some(true),
            _ => self.letters.is_spelled_out(start, end).then_some(false),
        }
    }

    fn full(&self, hits: &[Hit], hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        for second in starting_at(hits, hit.end) {
            let surname = self.roll.part(second.part);
            if surname.surnames.is_empty() || hit.split && second.split || !self.joins(second.start) {
                continue;
            }
            let (people, known_as) = shared(part, surname);
            if people.is_empty() || !self.stands_alone(hit, second) || self.is_doing(hit, second) {
                continue;
            }
            found.push(Candidate {
                known_as,
                split: hit.split || second.split,
                joined: self.letters.gap(second.start) <= Gap::Case,
                ..Candidate::of(Form::Full, hit.start, second.end, [Some(hit.part), Some(second.part)], people)
            });
        }
    }

    /// `Ethan hunts for eggs` says what Ethan does, not that he is Ethan Hunt.
    fn is_doing(&self, forename: &Hit, second: &Hit) -> bool {
        let letters = self.letters;
        second.right == Edge::Weak
            && letters.gap(second.end) == Gap::None
            && letters.is_capital(self.fold, forename.start)
            && !letters.is_capital(self.fold, second.start)
            && !self.runs_together(forename.start)
    }

    /// Whether two parts may belong together across the gap before `at`.
    pub(crate) fn joins(&self, at: usize) -> bool {
        !matches!(self.letters.gap(at), Gap::Comma | Gap::DotSpace | Gap::Digit | Gap::Other | Gap::Stop)
    }

    /// Whether the letters from `first` to `last` are words of their own, or long enough to be known without borders.
    fn stands_alone(&self, first: &Hit, last: &Hit) -> bool {
        if first.left != Edge::Open && last.right != Edge::Open {
            return true;
        }
        self.runs_together(first.start)
            && (last.end - first.start >= BORDERLESS_LETTERS_MIN || self.remainder_is_words(first.start, last.end))
    }

    /// Whether the rest of a run-together word is made of ordinary words.
    fn remainder_is_words(&self, start: usize, end: usize) -> bool {
        let letters = self.letters;
        let (first, last) = (letters.words[letters.word_at(start)], letters.words[letters.word_at(end - 1)]);
        let is_name = |word: &[u8]| self.roll.find(word).is_some_and(|part| part.of_pupil);
        let after = &letters.text[end..last.end];
        let after = if self.is_plural(start, end) { &after[1..] } else { after };
        tags::is_made_of_words_or(&letters.text[first.start..start], &is_name)
            && tags::is_made_of_words_or(after, &is_name)
    }

    fn reversed(&self, hits: &[Hit], hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        let gap = self.letters.gap(hit.end);
        let titled = is_titled(self, self.letters.word_at(hit.start));
        if hit.left == Edge::Open || titled || gap == Gap::Mark || gap != Gap::Comma && !self.joins(hit.end) {
            return;
        }
        let (_, before) = self.letters.plain_span(hit.start, hit.end);
        for second in starting_at(hits, hit.end).filter(|second| second.right != Edge::Open) {
            let (people, known_as) = shared(self.roll.part(second.part), part);
            let (after, _) = self.letters.plain_span(second.start, second.end);
            let across_lines = self.fold.plain[before..after].contains('\n');
            // A list has a name a line, and some surnames are forenames, too.
            let is_word = lists::is_ordinary(&part.letters) && !self.letters.is_capital(self.fold, hit.start);
            let is_list = across_lines && (!part.forenames.is_empty() || is_word);
            if people.is_empty() || is_list || hit.split || second.split {
                continue;
            }
            let parts = [Some(hit.part), Some(second.part)];
            let joined = gap <= Gap::Case;
            found.push(Candidate {
                known_as,
                joined,
                ..Candidate::of(Form::Reversed, hit.start, second.end, parts, people)
            });
        }
    }

    fn initial_surname(&self, hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        let letters = self.letters;
        if hit.right == Edge::Open || hit.split || hit.start == 0 {
            return;
        }
        let fits = |initial: u8| -> Vec<u32> {
            let has = |person: &&u32| self.roll.people[**person as usize].initials.contains(&initial);
            part.surnames.iter().filter(has).copied().collect()
        };
        let word = letters.words[letters.word_at(hit.start)];
        let glued =
            word.start + 1 == hit.start && (self.runs_together(hit.start) || letters.gap(hit.start) == Gap::Case);
        if glued {
            let people = fits(letters.text[word.start]);
            if !people.is_empty() {
                let parts = [None, Some(hit.part)];
                found.push(Candidate {
                    joined: true,
                    ..Candidate::of(Form::InitialSurname, word.start, hit.end, parts, people)
                });
            }
            return;
        }
        let mut end = hit.start;
        for _ in 0..=MIDDLE_NAMES_MAX {
            let gap = letters.gap(end);
            let is_near = matches!(gap, Gap::Space | Gap::DotSpace | Gap::Dot | Gap::Hyphen);
            if end == 0 || hit.left == Edge::Open || !is_near && !self.is_initial_on_line_before(end) {
                return;
            }
            let before = letters.words[letters.word_at(end - 1)];
            if before.end - before.start != 1 {
                return;
            }
            let people = fits(letters.text[before.start]);
            if !people.is_empty() {
                let parts = [None, Some(hit.part)];
                found.push(Candidate::of(Form::InitialSurname, before.start, hit.end, parts, people));
            }
            end = before.start;
        }
    }

    /// `M.` at the end of a line, and the surname on the next.
    fn is_initial_on_line_before(&self, at: usize) -> bool {
        let letters = self.letters;
        if at == 0 || letters.gap(at) != Gap::Stop || !letters.is_capital(self.fold, at - 1) {
            return false;
        }
        let (_, before) = letters.plain_span(at - 1, at);
        let (after, _) = letters.plain_span(at, at + 1);
        let between = &self.fold.plain[before..after];
        between.trim() == "." && between.matches('\n').count() == 1
    }

    /// `Khan, Z.` and `Khan_Z.jpg`.
    fn surname_initial(&self, hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        let Some((initial, may_be_word)) = self.initial_after(hit) else { return };
        let near = matches!(self.letters.gap(hit.end), Gap::Space | Gap::Comma | Gap::Hyphen);
        if !near || may_be_word && !self.is_file_name {
            return;
        }
        let has = |person: &u32| self.roll.people[*person as usize].initials.contains(&initial);
        let people: Vec<u32> = part.surnames.iter().copied().filter(has).collect();
        if !people.is_empty() {
            found.push(Candidate::of(Form::SurnameInitial, hit.start, hit.end + 1, [None, Some(hit.part)], people));
        }
    }

    fn forename_initial(&self, hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        let Some((initial, may_be_word)) = self.initial_after(hit) else { return };
        let near = matches!(self.letters.gap(hit.end), Gap::Case | Gap::Space | Gap::Dot);
        if !near || may_be_word {
            return;
        }
        let has = |person: &u32| self.roll.people[*person as usize].surname_initial == Some(initial);
        let people: Vec<u32> = part.forenames.iter().map(|(person, _)| *person).filter(has).collect();
        if !people.is_empty() {
            found.push(Candidate::of(Form::ForenameInitial, hit.start, hit.end + 1, [Some(hit.part), None], people));
        }
    }

    /// The single capital that ends a word right after a part, and whether it may be the word `A` or `I`.
    fn initial_after(&self, hit: &Hit) -> Option<(u8, bool)> {
        let letters = self.letters;
        let at = hit.end;
        if hit.left == Edge::Open || hit.split || at >= letters.text.len() || !letters.is_capital(self.fold, at) {
            return None;
        }
        let is_last = letters.words[letters.word_at(at)].end == at + 1;
        let may_be_word = matches!(letters.text[at], b'a' | b'i') && letters.gap(at + 1) == Gap::Space;
        is_last.then_some((letters.text[at], may_be_word))
    }

    fn nickname(&self, hits: &[Hit], hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        if hit.left != Edge::Closed || hit.split {
            return;
        }
        for second in starting_at(hits, hit.end).filter(|second| second.right != Edge::Open && !second.split) {
            let surname = self.roll.part(second.part);
            let people: Vec<u32> = part
                .nicknames
                .iter()
                .copied()
                .filter(|person| surname.surnames.binary_search(person).is_ok())
                .collect();
            if !people.is_empty() && self.joins(second.start) {
                let parts = [Some(hit.part), Some(second.part)];
                found.push(Candidate::of(Form::Nickname, hit.start, second.end, parts, people));
            }
        }
        if hit.right != Edge::Open {
            let people = part.nicknames.clone();
            found.push(Candidate::of(Form::Nickname, hit.start, hit.end, [Some(hit.part), None], people));
        }
    }

    fn forename(&self, hit: &Hit, part: &Part, found: &mut Vec<Candidate>) {
        if hit.split || !part.of_pupil {
            return;
        }
        let word = self.letters.words[self.letters.word_at(hit.start)];
        let runs_together = self.runs_together(hit.start);
        // `McKenzie` and `iPad` are no Kenzie and no Pad.
        let left = hit.left == Edge::Closed || hit.left == Edge::Weak && hit.start - word.start > 3;
        let alone = left && hit.right != Edge::Open;
        let in_tag = runs_together
            && part.letters.len() > 2
            && self.remainder_is_words(hit.start, hit.end)
            && (word.start, word.end) != (hit.start, hit.end);
        if !alone && !in_tag {
            return;
        }
        let given = part.forenames.iter().filter(|(_, kind)| *kind != ForenameKind::LaterPiece);
        let people: Vec<u32> = given.clone().map(|(person, _)| *person).collect();
        let known_as = given.clone().all(|(_, kind)| *kind == ForenameKind::KnownAs);
        let joined = !alone;
        found.push(Candidate {
            known_as,
            joined,
            ..Candidate::of(Form::Forename, hit.start, hit.end, [Some(hit.part), None], people)
        });
    }
}

impl Candidate {
    pub(crate) fn of(form: Form, start: usize, end: usize, parts: [Option<u32>; 2], people: Vec<u32>) -> Candidate {
        Candidate { form, start, end, parts, people, known_as: false, split: false, joined: false, reversed: false }
    }
}

/// Chinese and Japanese are written without spaces, so a name there has no border: 王小明 in 王小明得獎.
fn is_han(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|byte| matches!(byte, 0xe4..=0xe9))
}

pub(crate) fn starting_at(hits: &[Hit], start: usize) -> impl Iterator<Item = &Hit> {
    let from = hits.partition_point(|hit| hit.start < start);
    hits[from..].iter().take_while(move |hit| hit.start == start)
}

/// The people who have this forename and this surname, and whether all of them only by a known-as name.
pub(crate) fn shared(forename: &Part, surname: &Part) -> (Vec<u32>, bool) {
    let mut people = Vec::new();
    let mut known_as = true;
    let mut take = |person: u32, kind: ForenameKind| {
        people.push(person);
        known_as &= kind == ForenameKind::KnownAs;
    };
    if forename.forenames.len() <= surname.surnames.len() {
        for (person, kind) in &forename.forenames {
            if surname.surnames.binary_search(person).is_ok() {
                take(*person, *kind);
            }
        }
    } else {
        for person in &surname.surnames {
            if let Ok(at) = forename.forenames.binary_search_by_key(person, |(p, _)| *p) {
                take(*person, forename.forenames[at].1);
            }
        }
    }
    (people, known_as)
}
