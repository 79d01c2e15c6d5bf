//! Names of pupils and staff in a text: which of the candidate forms stands here, whose it is, and what to do about it.
//!
//! Promises that a full name is never let through in silence, that a forename beside a picture is stopped unless it is
//! an ordinary word too or follows the full name of somebody known from elsewhere, and that a longer reading (a famous
//! person, a colleague) wins over a shorter one. It never puts a name into a sentence: the person's `id` says who.

use std::collections::{HashMap, HashSet};

use crate::cues::SCHOOL;
use crate::disguises::{Disguises, Undisguised};
use crate::fold::Fold;
use crate::forms::{Candidate, Form, Page};
use crate::letters::{Gap, Letters};
use crate::reading::{Around, Reading, is_titled, reading};
use crate::roll::{PersonKind, Roll};
use crate::spans::{Covers, Spans};
use crate::{Draft, Finding, Kind, Strength};
use crate::{lists, near};

/// The names in a text.
pub(crate) struct Names {
    /// Ascending and without overlap.
    pub(crate) findings: Vec<Finding>,
    /// The places of those pupils' names that somebody known from elsewhere has as well.
    pub(crate) known: HashSet<(u32, u32)>,
}

pub(crate) fn find(draft: &Draft, fold: &Fold, letters: &Letters, disguises: &Disguises, roll: &Roll) -> Names {
    let page = Page::of(draft, fold, letters, roll);
    let (mut findings, mut known) = (Vec::new(), HashSet::new());
    let candidates = chosen(worthwhile(draft, &page));
    let known_people = known_people(&candidates);
    for candidate in &candidates {
        let Some(finding) = judge(draft, &page, candidate) else { continue };
        if candidate.form == Form::Allowed {
            known.insert((finding.start, finding.end));
        }
        let follows = finding.strength == Strength::Stop && follows_known(&page, candidate, &known_people);
        findings.push(if follows { asked(&page, candidate, finding) } else { finding });
    }
    findings.extend(titled_staff(&page, &findings));
    // A pair that English does not write is no disguise of a name: `Aaron`.
    let cut_to_one = disguises.cut_to_two.as_ref().and(disguises.cut_to_one.as_ref());
    let imitations = [&disguises.imitations, &disguises.imitations_with_l].map(|read| ("look-alike", read.as_ref()));
    let cuts = [disguises.cut_to_two.as_ref(), cut_to_one].map(|read| ("misspelt", read));
    for (how, read) in imitations.into_iter().chain(cuts) {
        let disguised = read.map(|read| disguised_names(draft, roll, fold, read));
        for finding in disguised.into_iter().flatten() {
            replace_weaker(&mut findings, Finding { how, ..finding });
        }
    }
    findings.sort_by_key(|finding| finding.start);
    Names { findings, known }
}

/// The candidates without those guesses that come to nothing, so that they hide no forename: `Ben will sing` is no slip
/// in Ben Hill, and still names Ben.
fn worthwhile(draft: &Draft, page: &Page) -> Vec<Candidate> {
    let is_guess = |form: Form| {
        matches!(form, Form::Misspelt | Form::ForenameInitial | Form::InitialSurname | Form::SurnameInitial)
    };
    let mut candidates = page.candidates();
    candidates.retain(|candidate| !is_guess(candidate.form) || judge(draft, page, candidate).is_some());
    reach_over_slips(page.letters, &mut candidates);
    candidates
}

/// Candidates that survive: allowed phrases swallow what lies inside them, then the surest and longest win.
fn chosen(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let is_allowed = |c: &Candidate| c.form == Form::Allowed;
    let allowed = Covers::of(candidates.iter().filter(|c| is_allowed(c)).map(|c| (c.start, c.end)).collect());
    let swallowed = |c: &Candidate| !matches!(c.form, Form::Full | Form::Reversed) && allowed.covers(c.start, c.end);
    candidates.retain(|c| !is_allowed(c) && !swallowed(c));
    candidates.sort_by_key(|c| (rank(c), std::cmp::Reverse(c.end - c.start), c.start, c.form));
    let mut kept: Vec<Candidate> = Vec::new();
    let mut taken = Spans::default();
    for candidate in candidates {
        let is_same = |k: &&mut Candidate| (k.start, k.end, k.form) == (candidate.start, candidate.end, candidate.form);
        // The same place and form stand one after another: the order is by length and start.
        if let Some(same) = kept.last_mut().filter(is_same) {
            same.known_as &= candidate.known_as;
            same.people.extend(candidate.people);
            same.people.sort_unstable();
            same.people.dedup();
        } else if taken.take(candidate.start as u32, candidate.end as u32) {
            kept.push(candidate);
        }
    }
    for candidate in &mut kept {
        // An exact match with a phrase that is allowed as well leaves a doubt, which `judge` reads from here.
        if allowed.covers(candidate.start, candidate.end) {
            candidate.form = Form::Allowed;
        }
    }
    kept
}

/// `Oliver Smith-Jonse` is all one name, though `Oliver Smith` is one already.
fn reach_over_slips(letters: &Letters, candidates: &mut [Candidate]) {
    let slips = candidates.iter().filter(|c| c.form == Form::Misspelt && !c.joined);
    let (mut ends, mut starts) = (HashMap::new(), HashMap::new());
    for (slip, person) in slips.flat_map(|slip| slip.people.iter().map(move |person| (slip, *person))) {
        let end = ends.entry((person, slip.start)).or_insert(slip.end);
        *end = slip.end.max(*end);
        let start = starts.entry((person, slip.end)).or_insert(slip.start);
        *start = slip.start.min(*start);
    }
    if ends.is_empty() {
        return;
    }
    let is_border = |at: usize| letters.words.get(letters.word_at(at)).is_some_and(|word| word.start == at);
    for full in candidates.iter_mut().filter(|c| c.form == Form::Full) {
        let [person] = full.people[..] else { continue };
        let end = ends.get(&(person, full.start)).filter(|end| **end > full.end && is_border(full.end));
        let start = starts.get(&(person, full.end)).filter(|start| **start < full.start && is_border(full.start));
        (full.start, full.end) = (*start.unwrap_or(&full.start), *end.unwrap_or(&full.end));
    }
}

/// The people who are called like somebody known from elsewhere, with the first place where they are.
fn known_people(candidates: &[Candidate]) -> HashMap<u32, usize> {
    let mut first = HashMap::new();
    for known in candidates.iter().filter(|candidate| candidate.form == Form::Allowed) {
        for person in &known.people {
            let start = first.entry(*person).or_insert(known.start);
            *start = known.start.min(*start);
        }
    }
    first
}

/// `Rosa Parks kept her seat. Rosa was brave`: whether a forename alone can be that of the person named before, and of
/// no other pupil.
fn follows_known(page: &Page, candidate: &Candidate, known: &HashMap<u32, usize>) -> bool {
    let is_before = |person: &u32| known.get(person).is_some_and(|start| *start < candidate.start);
    let (start, end) = page.letters.plain_span(candidate.start, candidate.end);
    candidate.form == Form::Forename
        && candidate.people.iter().all(is_before)
        && !near::sentence_has(&page.fold.plain, start, end, SCHOOL)
}

fn asked(page: &Page, candidate: &Candidate, finding: Finding) -> Finding {
    let pupils = of_kind(page, candidate, PersonKind::Pupil).len();
    Finding { strength: Strength::Ask, say: say(candidate, Strength::Ask, pupils, false), ..finding }
}

fn rank(candidate: &Candidate) -> u8 {
    match candidate.form {
        Form::Full if candidate.split => 3,
        Form::Full => 0,
        Form::Reversed => 1,
        Form::InitialSurname | Form::SurnameInitial => 2,
        Form::Misspelt if candidate.reversed => 4,
        Form::Misspelt => 3,
        Form::ForenameInitial => 4,
        // Before a typing slip: `Bill` is nearer to William than to a misspelt `Will`.
        Form::Nickname if candidate.parts[1].is_some() => 2,
        Form::Forename | Form::Allowed => 5,
        Form::Nickname => 6,
    }
}

fn judge(draft: &Draft, page: &Page, candidate: &Candidate) -> Option<Finding> {
    let around = Around::of(page, candidate);
    let (pupils, staff) = (of_kind(page, candidate, PersonKind::Pupil), of_kind(page, candidate, PersonKind::Staff));
    let titled = is_titled(page, page.letters.word_at(candidate.start));
    if !staff.is_empty() && (pupils.is_empty() || titled) {
        return (candidate.form < Form::Misspelt).then(|| staff_finding(page, candidate.start, candidate.end, &staff));
    }
    if pupils.is_empty() || titled && candidate.form >= Form::InitialSurname && candidate.form != Form::Allowed {
        return None;
    }
    let doubt_of_adult = titled || !staff.is_empty() && candidate.form <= Form::Reversed;
    let strength = match candidate.form {
        Form::Full | Form::Reversed if doubt_of_adult => Strength::Ask,
        Form::Full => full_strength(page, candidate),
        Form::Reversed => reversed_strength(draft, page, candidate),
        Form::InitialSurname => initial_strength(page, candidate, &around)?,
        Form::SurnameInitial => surname_initial_strength(page, candidate),
        Form::Misspelt => misspelt_strength(page, candidate, &around)?,
        Form::ForenameInitial => beside_picture(draft),
        Form::Forename => forename_strength(draft, page, candidate, &around)?,
        Form::Nickname => nickname_strength(draft, page, candidate, &around)?,
        Form::Allowed => Strength::Ask,
    };
    let how = how(page, candidate);
    let person = match pupils[..] {
        [only] => Some(page.roll.people[only as usize].id.clone()),
        _ => None,
    };
    let (start, end) = page.letters.home(page.fold, candidate.start, candidate.end);
    let say = say(candidate, strength, pupils.len(), doubt_of_adult);
    Some(Finding { start, end, kind: Kind::PupilName, person, how, strength, say })
}

fn of_kind(page: &Page, candidate: &Candidate, kind: PersonKind) -> Vec<u32> {
    candidate.people.iter().copied().filter(|person| page.roll.people[*person as usize].kind == kind).collect()
}

fn beside_picture(draft: &Draft) -> Strength {
    if draft.has_photo { Strength::Stop } else { Strength::Ask }
}

fn part_letters<'a>(page: &'a Page, candidate: &Candidate, which: usize) -> &'a [u8] {
    candidate.parts[which].map_or(&[][..], |part| &page.roll.part(part).letters)
}

/// Whether the candidate may be ordinary words: every part is one, and the capitals do not say otherwise.
fn may_be_words(page: &Page, candidate: &Candidate) -> bool {
    let ordinary = (0..2).all(|which| {
        let letters = part_letters(page, candidate, which);
        letters.is_empty() || lists::is_ordinary(letters)
    });
    ordinary && !(page.letters.has_small && all_parts_capital(page, candidate))
}

fn all_parts_capital(page: &Page, candidate: &Candidate) -> bool {
    let letters = page.letters;
    let first = letters.word_at(candidate.start);
    let last = letters.word_at(candidate.end - 1);
    (first..=last).all(|word| letters.words[word].capital) && letters.is_capital(page.fold, candidate.start)
}

fn full_strength(page: &Page, candidate: &Candidate) -> Strength {
    if may_be_words(page, candidate) { Strength::Ask } else { Strength::Stop }
}

/// `Oliver, James and Zoe` is a list of forenames before it is James Oliver; but James beside a picture is stopped.
fn reversed_strength(draft: &Draft, page: &Page, candidate: &Candidate) -> Strength {
    if may_be_words(page, candidate) {
        return Strength::Ask;
    }
    let surname_is_forename = candidate.parts[0].is_some_and(|part| !page.roll.part(part).forenames.is_empty());
    let is_word = lists::is_ordinary(part_letters(page, candidate, 1));
    match surname_is_forename {
        true if is_word => Strength::Ask,
        true => beside_picture(draft),
        false => Strength::Stop,
    }
}

fn initial_strength(page: &Page, candidate: &Candidate, around: &Around) -> Option<Strength> {
    let letters = page.letters;
    let surname = part_letters(page, candidate, 1);
    let capitals = letters.has_small && all_parts_capital(page, candidate);
    let ordinary = lists::is_ordinary(surname);
    let initial = letters.text[candidate.start];
    if candidate.joined {
        let told = !ordinary || letters.has_small && letters.is_capital(page.fold, candidate.start + 1);
        return (told && surname.len() > 3).then_some(Strength::Ask);
    }
    if capitals {
        let opens = around.word.opens_sentence && matches!(initial, b'a' | b'i');
        let dotted = matches!(letters.gap(candidate.start + 1), Gap::DotSpace | Gap::Dot);
        return Some(if opens && ordinary && !dotted { Strength::Ask } else { Strength::Stop });
    }
    if ordinary || matches!(initial, b'a' | b'i') && !page.is_file_name {
        return (!letters.has_small || page.is_file_name).then_some(Strength::Ask);
    }
    Some(Strength::Stop)
}

/// `Khan, Z` is a register; `King C` may be anything.
fn surname_initial_strength(page: &Page, candidate: &Candidate) -> Strength {
    let in_register = page.is_file_name || page.letters.gap(candidate.end - 1) == Gap::Comma;
    if in_register && !may_be_words(page, candidate) { Strength::Stop } else { Strength::Ask }
}

/// A slip that makes another known word or name is probably no slip.
fn misspelt_strength(page: &Page, candidate: &Candidate, around: &Around) -> Option<Strength> {
    let letters = page.letters;
    let text = &letters.text[candidate.start..candidate.end];
    let (forename, surname) = (part_letters(page, candidate, 0), part_letters(page, candidate, 1));
    let (first, last) = if candidate.reversed { (surname, forename) } else { (forename, surname) };
    let (changed, wanted) = match text.strip_prefix(first) {
        Some(rest) => (rest, last),
        None => (text.strip_suffix(last).unwrap_or(text), first),
    };
    if candidate.reversed {
        let is_other = lists::is_ordinary(changed) || page.roll.is_name(changed) || changed.len() < 3;
        let after_surname = candidate.start + if wanted == forename { surname.len() } else { changed.len() };
        let sure = if letters.gap(after_surname) == Gap::Comma { Strength::Stop } else { Strength::Ask };
        return (!is_other).then_some(sure);
    }
    let capitals = letters.has_small && all_parts_capital(page, candidate);
    if lists::is_ordinary(changed) || changed.len() < 3 {
        let other = if wanted == surname { forename } else { surname };
        let names = capitals && !around.word.opens_sentence && !lists::is_ordinary(other);
        return names.then_some(Strength::Ask);
    }
    if wanted.len() < 4 && !capitals || wanted == surname && is_doing(page, candidate, forename, changed) {
        return None;
    }
    let is_known = page.roll.is_name(changed) || wanted.len() < 4 || may_be_words(page, candidate);
    Some(if is_known { Strength::Ask } else { Strength::Stop })
}

/// `Tom barks`: a small word with the ending of a verb after a capital is no slip in a surname.
fn is_doing(page: &Page, candidate: &Candidate, forename: &[u8], changed: &[u8]) -> bool {
    let at = candidate.start + forename.len();
    let is_capital = |at: usize| page.letters.is_capital(page.fold, at);
    let ends = [&b"s"[..], b"ed", b"ing"].iter().any(|ending| changed.ends_with(ending));
    ends && at < candidate.end && is_capital(candidate.start) && !is_capital(at) && !page.is_file_name
}

fn forename_strength(draft: &Draft, page: &Page, candidate: &Candidate, around: &Around) -> Option<Strength> {
    match reading(page, candidate, around) {
        Reading::Word => None,
        Reading::Elsewhere => Some(Strength::Note),
        Reading::Doubt => Some(Strength::Ask),
        Reading::Name if has_other_surname(page, candidate, around) => Some(Strength::Ask),
        Reading::Name => {
            let ordinary = lists::is_ordinary(part_letters(page, candidate, 0));
            Some(if ordinary { Strength::Ask } else { beside_picture(draft) })
        }
    }
}

/// Who calls William Bill is a guess, so it is only ever asked about; alone, only beside a picture and where it can be no word.
fn nickname_strength(draft: &Draft, page: &Page, candidate: &Candidate, around: &Around) -> Option<Strength> {
    if candidate.parts[1].is_some() {
        return Some(Strength::Ask);
    }
    let is_name = reading(page, candidate, around) == Reading::Name && !has_other_surname(page, candidate, around);
    let is_ordinary = lists::is_ordinary(part_letters(page, candidate, 0));
    (draft.has_photo && is_name && around.capital && !is_ordinary).then_some(Strength::Ask)
}

/// `Zara Phillips` is somebody else than our Zara Khan, as far as one can see.
fn has_other_surname(page: &Page, candidate: &Candidate, around: &Around) -> bool {
    around.after_is_capital
        && around.capital
        && !around.in_headline
        && around.after.len() > 2
        && page.letters.gap(candidate.end) == Gap::Space
        && !lists::is_common(around.after)
        && page.roll.find(around.after).is_none_or(|part| !part.of_pupil)
}

fn how(page: &Page, candidate: &Candidate) -> &'static str {
    let letters = page.letters;
    let word = letters.words[letters.word_at(candidate.start)];
    let plural = letters.gap(candidate.end) == Gap::None && letters.text.get(candidate.end) == Some(&b's');
    let (_, after) = letters.plain_span(candidate.start, candidate.end);
    let marked = page.fold.plain[after..].starts_with('\'');
    let possessive = marked || plural && !word.tag && !page.is_file_name;
    match candidate.form {
        Form::Misspelt => "misspelt",
        Form::Nickname => "nickname",
        _ if candidate.split => "misspelt",
        _ if word.tag => "hashtag",
        Form::Reversed => "reversed",
        Form::InitialSurname => "initial-surname",
        Form::SurnameInitial => "surname-initial",
        Form::ForenameInitial => "forename-initial",
        _ if candidate.joined => "joined",
        _ if possessive => "possessive",
        _ if candidate.known_as => "known-as",
        Form::Forename => "forename",
        Form::Full | Form::Allowed => "full",
    }
}

fn say(candidate: &Candidate, strength: Strength, pupils: usize, doubt_of_adult: bool) -> String {
    let what = match candidate.form {
        Form::Full => "the full name of a pupil",
        Form::Reversed => "a pupil's name, surname first",
        Form::InitialSurname | Form::SurnameInitial => "an initial and the surname of a pupil",
        Form::Misspelt => "a pupil's full name with a typing slip",
        Form::ForenameInitial => "a pupil's forename and the first letter of the surname",
        Form::Forename => "the forename of a pupil",
        Form::Nickname => "a short or other form of a pupil's forename",
        Form::Allowed => "the full name of a pupil, and also a name known from elsewhere",
    };
    let many = if pupils > 1 { format!(" ({pupils} pupils share it)") } else { String::new() };
    let act = match strength {
        Strength::Stop if matches!(candidate.form, Form::Forename | Form::ForenameInitial) => {
            "take it out, since a name beside a picture shows who the child is"
        }
        Strength::Stop => "take it out, or name the class or year group instead",
        Strength::Ask if doubt_of_adult => {
            "say whether an adult of that name is meant; if it is the child, take it out"
        }
        Strength::Ask => "say whether the child is meant; if so, take it out or make sure that naming is permitted",
        Strength::Note => "it seems to be a place or a person of history; nothing to do if so",
    };
    let verb = if strength == Strength::Stop { "this is" } else { "this may be" };
    format!("{verb} {what}{many}: {act}")
}

fn staff_finding(page: &Page, start: usize, end: usize, staff: &[u32]) -> Finding {
    let person = match staff {
        [only] => Some(page.roll.people[*only as usize].id.clone()),
        _ => None,
    };
    let (start, end) = page.letters.home(page.fold, start, end);
    let say = "this names a member of staff: make sure they know and agree".to_owned();
    Finding { start, end, kind: Kind::StaffName, person, how: "full", strength: Strength::Note, say }
}

/// `Mrs Patel`: a title and a surname of somebody on the staff.
fn titled_staff(page: &Page, found: &[Finding]) -> Vec<Finding> {
    let letters = page.letters;
    let found = Spans::of(found);
    let mut findings = Vec::new();
    for (at, pair) in letters.words.windows(2).enumerate() {
        let [title, name] = pair else { continue };
        if !is_titled(page, at + 1) {
            continue;
        }
        let Some(part) = page.roll.find(&letters.text[name.start..name.stem]) else {
            continue;
        };
        let is_staff = |p: &u32| page.roll.people[*p as usize].kind == PersonKind::Staff;
        let given = part.forenames.iter().map(|(person, _)| *person);
        let staff: Vec<u32> = part.surnames.iter().copied().chain(given).filter(is_staff).collect();
        let finding = staff_finding(page, title.start, name.stem, &staff);
        if !staff.is_empty() && !found.touches(finding.start, finding.end) {
            findings.push(Finding { how: "title-surname", ..finding });
        }
    }
    findings
}

/// Full names spelt with digits and signs in place of letters or with letters stretched, and forenames that can be no
/// word: `Z4ra Kh4n`, `Zaraaa`.
fn disguised_names(draft: &Draft, roll: &Roll, typed: &Fold, read: &Undisguised) -> Vec<Finding> {
    let page = Page::of(draft, &read.fold, &read.letters, roll);
    let is_imitation = |c: &Candidate| {
        typed.plain.len() == read.fold.plain.len() && read.is_disguised(c.start, c.end, typed) && c.end - c.start > 3
    };
    let is_stretched = |c: &Candidate| {
        read.stretched(c.start, c.end, typed).is_some_and(|letters| {
            let told = !letters.may_be_word || Around::of(&page, c).capital_tells;
            told && !lists::is_ordinary(&letters.twice)
        })
    };
    let is_sure = |c: &Candidate| match c.form {
        Form::Full | Form::Reversed => !c.split,
        Form::Allowed | Form::Nickname => c.parts[1].is_some(),
        Form::Forename => (is_imitation(c) || is_stretched(c)) && !lists::is_ordinary(part_letters(&page, c, 0)),
        _ => false,
    };
    let candidates = chosen(worthwhile(draft, &page)).into_iter().filter(is_sure);
    candidates.filter_map(|candidate| judge(draft, &page, &candidate)).collect()
}

/// Takes the finding, in place of those that say less of the same letters.
fn replace_weaker(findings: &mut Vec<Finding>, new: Finding) {
    let touches = |old: &Finding| old.start < new.end && new.start < old.end;
    let says_less = |old: &Finding| {
        let inside = new.start <= old.start && old.end <= new.end && new.end - new.start > old.end - old.start;
        old.kind == new.kind && (old.strength < new.strength || old.strength == new.strength && inside)
    };
    if findings.iter().filter(|old| touches(old)).all(says_less) {
        findings.retain(|old| !touches(old));
        findings.push(new);
    }
}
