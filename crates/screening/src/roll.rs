//! The school's people as an index of their names, built once and searched by every draft.
//!
//! Promises that every part of every name on it is found wherever its letters stand, in one pass over the text. It holds
//! names and identifiers only, and keeps nothing of the texts it is asked about.

use std::collections::{HashMap, HashSet};

use aho_corasick::AhoCorasick;

use crate::Strength;
use crate::fold::Fold;
use crate::lists;
use crate::phrases::{Book, Phrase};

/// A trust of thirty large schools fits; more is a mistake in the file.
pub const PEOPLE_MAX: usize = 50_000;
/// The longest part of a name in scalar values; longer is a mistake in the file.
pub const NAME_SCALARS_MAX: usize = 100;

/// One person of the school, as the class list spells the name. Absent parts are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    pub forename: String,
    pub known_as: String,
    pub surname: String,
    pub kind: PersonKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonKind {
    Pupil,
    Staff,
}

/// Why a person cannot be on the roll; `person` counts from 0 in the list given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("person {}: {said}", person + 1)]
pub struct RollFault {
    pub person: usize,
    pub said: String,
}

/// The index.
#[derive(Debug)]
pub struct Roll {
    pub(crate) people: Vec<Entry>,
    parts: Vec<Part>,
    by_letters: HashMap<Box<[u8]>, u32>,
    search: AhoCorasick,
    /// Mailboxes and numbers of the school's own, folded: what it publishes itself.
    own: Vec<String>,
    /// Words that the school itself does not want in its posts.
    pub(crate) words: Option<Book>,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) kind: PersonKind,
    /// Parts that are a forename of this person.
    pub(crate) forenames: Vec<u32>,
    pub(crate) surnames: Vec<u32>,
    /// First letters of forename and known-as, and of the surname.
    pub(crate) initials: Vec<u8>,
    pub(crate) surname_initial: Option<u8>,
}

/// One spelling of one part of a name, shared by everybody who has it.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) letters: Box<[u8]>,
    /// Letters before which a space is at home: `mary anne`.
    pub(crate) joints: Vec<u16>,
    /// Ascending by person.
    pub(crate) forenames: Vec<(u32, ForenameKind)>,
    pub(crate) surnames: Vec<u32>,
    /// Pupils who may be called this by those who know them, and have it nowhere on the roll. Ascending.
    pub(crate) nicknames: Vec<u32>,
    /// A famous person or place, or a phrase the school allows.
    pub(crate) is_allowed: bool,
    pub(crate) homograph: Option<lists::Homograph>,
    /// Whether a pupil has it for a forename.
    pub(crate) of_pupil: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ForenameKind {
    Given,
    KnownAs,
    /// `Mary` of `Mary Anne`.
    Piece,
    /// `Anne` of `Mary Anne`: counts only before the surname.
    LaterPiece,
}

impl Roll {
    /// Builds the index. `allowed` are phrases of the school's own that name no pupil (a house, a nearby road, an author)
    /// and its own telephone number, mailbox or postcode.
    ///
    /// # Errors
    /// Every fault of every person: no name at all, a part that is too long, an `id` twice, too many people.
    pub fn of(people: &[Person], allowed: &[String]) -> Result<Roll, Vec<RollFault>> {
        let faults = faults(people);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut making = Making::default();
        for person in people {
            making.add(person);
        }
        lists::famous().for_each(|phrase| making.allow(phrase));
        allowed.iter().for_each(|phrase| making.allow(phrase));
        let own =
            allowed.iter().filter(|phrase| phrase.contains(['@', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']));
        making.finish(own.map(|phrase| bare(phrase)).collect())
    }

    /// The roll together with words and phrases that the school does not want in its posts: to be stopped, or asked about.
    /// `*` at the end takes the usual endings.
    ///
    /// # Errors
    /// What cannot be searched for, counted from 0: nothing but a letter, or letters of another script.
    pub fn with_words(self, words: &[(String, Strength)]) -> Result<Roll, Vec<usize>> {
        let phrases: Vec<Option<Phrase>> = words.iter().map(|(word, strength)| Phrase::own(word, *strength)).collect();
        let wrong: Vec<usize> = (0..words.len()).filter(|at| phrases[*at].is_none()).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let book =
            Book::of(phrases.into_iter().flatten().collect()).map_err(|_| (0..words.len()).collect::<Vec<_>>())?;
        Ok(Roll { words: Some(book).filter(|book| !book.phrases.is_empty()), ..self })
    }

    pub(crate) fn has_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// Whether the school allows these very letters and digits: its own telephone, mailbox, postcode.
    pub(crate) fn is_own(&self, text: &str) -> bool {
        self.own.contains(&bare(text))
    }

    /// Every place where the letters of a part stand, in any overlap.
    pub(crate) fn places<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (u32, usize, usize)> + 'a {
        self.search.find_overlapping_iter(text).map(|m| (m.pattern().as_u32(), m.start(), m.end()))
    }

    pub(crate) fn part(&self, part: u32) -> &Part {
        &self.parts[part as usize]
    }

    pub(crate) fn find(&self, letters: &[u8]) -> Option<&Part> {
        self.by_letters.get(letters).map(|part| self.part(*part))
    }

    /// Whether somebody on the roll has this for a forename or surname.
    pub(crate) fn is_name(&self, letters: &[u8]) -> bool {
        self.find(letters).is_some_and(|part| !part.forenames.is_empty() || !part.surnames.is_empty())
    }

    pub fn people_count(&self) -> usize {
        self.people.len()
    }
}

fn faults(people: &[Person]) -> Vec<RollFault> {
    let mut faults = Vec::new();
    if people.len() > PEOPLE_MAX {
        let said = format!("the roll has {} people, more than the {PEOPLE_MAX} it may have", people.len());
        faults.push(RollFault { person: PEOPLE_MAX, said });
    }
    let mut seen = HashSet::new();
    for (at, person) in people.iter().enumerate().take(PEOPLE_MAX) {
        let mut fault = |said: String| faults.push(RollFault { person: at, said });
        if person.id.is_empty() {
            fault("has no `id`".into());
        } else if !seen.insert(person.id.as_str()) {
            fault(format!("the id `{}` is on the roll already", person.id));
        }
        let parts = [("forename", &person.forename), ("known_as", &person.known_as), ("surname", &person.surname)];
        for (name, part) in parts {
            if part.chars().count() > NAME_SCALARS_MAX {
                fault(format!("`{name}` is longer than {NAME_SCALARS_MAX} characters"));
            }
        }
        if [&person.forename, &person.known_as, &person.surname].iter().all(|p| spelling(p).0.is_empty()) {
            fault("has neither `forename` nor `surname`".into());
        }
    }
    faults
}

#[derive(Default)]
struct Making {
    people: Vec<Entry>,
    parts: Vec<Part>,
    by_letters: HashMap<Box<[u8]>, u32>,
}

impl Making {
    fn add(&mut self, person: &Person) {
        let number = self.people.len() as u32;
        let given = [(&person.forename, ForenameKind::Given), (&person.known_as, ForenameKind::KnownAs)];
        let (mut forenames, mut surnames, mut initials) = (Vec::new(), Vec::new(), Vec::new());
        let mut later = Vec::new();
        for (name, kind) in given {
            initials.extend(spelling(name).0.first());
            for spelled in spellings(name) {
                self.forename(&spelled, number, kind, &mut forenames);
            }
            if let Some(first) = first_piece(name) {
                self.forename(first, number, ForenameKind::Piece, &mut forenames);
            }
            later.extend(later_pieces(name));
        }
        let mut with_later = forenames.clone();
        for piece in later {
            self.forename(piece, number, ForenameKind::LaterPiece, &mut with_later);
        }
        for spelled in spellings(&person.surname).into_iter().chain(pieces(&person.surname)) {
            let Some(part) = self.part(&spelled) else {
                continue;
            };
            if !surnames.contains(&part) {
                surnames.push(part);
                self.parts[part as usize].surnames.push(number);
            }
        }
        let surname_initial = spelling(&person.surname).0.first().copied();
        let (id, kind) = (person.id.clone(), person.kind);
        self.people.push(Entry { id, kind, forenames, surnames, initials, surname_initial });
        if kind == PersonKind::Pupil {
            self.nicknames(person, number);
            for part in self.people[number as usize].forenames.clone() {
                self.parts[part as usize].of_pupil = true;
            }
        }
    }

    fn forename(&mut self, name: &str, person: u32, kind: ForenameKind, held: &mut Vec<u32>) {
        let Some(part) = self.part(name) else { return };
        if !held.contains(&part) {
            held.push(part);
            self.parts[part as usize].forenames.push((person, kind));
        }
    }

    /// After the person's own forenames: a form that stands on the roll is no guess.
    fn nicknames(&mut self, person: &Person, number: u32) {
        let given =
            [&person.forename, &person.known_as].into_iter().flat_map(|name| [Some(name.as_str()), first_piece(name)]);
        let forms = given.flatten().flat_map(|name| lists::nicknames(&spelling(name).0));
        for form in forms {
            let Some(part) = self.part(form) else { continue };
            let is_own = self.people[number as usize].forenames.contains(&part);
            let part = &mut self.parts[part as usize];
            if !is_own && part.nicknames.last() != Some(&number) {
                part.nicknames.push(number);
            }
        }
    }

    fn allow(&mut self, phrase: &str) {
        if let Some(part) = self.part(phrase) {
            self.parts[part as usize].is_allowed = true;
        }
    }

    /// The part of this spelling, made if it is new; none for a single letter, which initials cover.
    fn part(&mut self, name: &str) -> Option<u32> {
        let (letters, joints) = spelling(name);
        if letters.len() < 2 {
            return None;
        }
        let letters: Box<[u8]> = letters.into();
        let next = self.parts.len() as u32;
        let number = *self.by_letters.entry(letters.clone()).or_insert(next);
        if number == next {
            let homograph = lists::homograph(&letters);
            self.parts.push(Part { letters, homograph, ..Part::default() });
        }
        let part = &mut self.parts[number as usize];
        part.joints.extend(joints);
        part.joints.sort_unstable();
        part.joints.dedup();
        Some(number)
    }

    fn finish(self, own: Vec<String>) -> Result<Roll, Vec<RollFault>> {
        let search = AhoCorasick::new(self.parts.iter().map(|part| &part.letters)).map_err(|refused| {
            let said = format!("the names are too many to index: {refused}");
            vec![RollFault { person: self.people.len(), said }]
        })?;
        Ok(Roll { people: self.people, parts: self.parts, by_letters: self.by_letters, search, own, words: None })
    }
}

/// Letters, digits and `@` of a text, folded.
fn bare(text: &str) -> String {
    Fold::of(text).plain.chars().filter(|c| c.is_alphanumeric() || *c == '@').collect()
}

/// The letters of a name, and the letters before which it has a space or hyphen.
fn spelling(name: &str) -> (Vec<u8>, Vec<u16>) {
    let fold = Fold::of(name);
    let (mut letters, mut joints) = (Vec::new(), Vec::new());
    let mut joint = false;
    for c in fold.plain.chars() {
        if !c.is_alphabetic() {
            joint |= !letters.is_empty();
            continue;
        }
        if joint {
            joints.push(letters.len() as u16);
            joint = false;
        }
        letters.extend(c.encode_utf8(&mut [0; 4]).bytes());
    }
    // `Mc Donald` and `Mac Donald` are written apart as well.
    let prefix = [(&b"mac"[..], 6), (b"mc", 4)]
        .into_iter()
        .find(|(mac, least)| letters.starts_with(mac) && letters.len() >= *least);
    joints.extend(prefix.map(|(mac, _)| mac.len() as u16));
    (letters, joints)
}

/// The spellings of one name that folding does not make equal: `Müller` is also written `Mueller`; a name in another
/// script folds differently in capitals.
fn spellings(name: &str) -> Vec<String> {
    let mut all = vec![name.to_owned()];
    let german = name.replace(['ä', 'Ä'], "ae").replace(['ö', 'Ö'], "oe").replace(['ü', 'Ü'], "ue");
    let nordic = name.replace(['å', 'Å'], "aa").replace(['ø', 'Ø'], "oe");
    let mut others = vec![german, nordic];
    if !name.is_ascii() {
        others.extend([name.to_lowercase(), name.to_uppercase()]);
    }
    for other in others {
        if !all.contains(&other) {
            all.push(other);
        }
    }
    all
}

fn first_piece(name: &str) -> Option<&str> {
    let mut pieces = name.split([' ', '-', '\u{2010}', '\u{a0}']).filter(|p| !p.is_empty());
    let (first, second) = (pieces.next()?, pieces.next());
    (second.is_some() && first.chars().count() > 2).then_some(first)
}

/// What follows in a forename of several.
fn later_pieces(name: &str) -> impl Iterator<Item = &str> {
    let pieces = name.split([' ', '-', '\u{2010}', '\u{a0}']).filter(|p| !p.is_empty());
    pieces.skip(1).filter(|piece| piece.chars().count() > 2)
}

/// Words that begin a surname and are none.
const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "di", "da", "do", "dos", "del", "della", "la", "le", "el", "al", "bin", "ibn",
    "st", "ap", "ter",
];

/// Each barrel of a double-barrelled surname, since people write only one.
fn pieces(surname: &str) -> Vec<String> {
    let pieces: Vec<&str> =
        surname.split([' ', '-', '\u{2010}', '\u{2011}', '\u{2013}', '\u{a0}']).filter(|p| !p.is_empty()).collect();
    if pieces.len() < 2 {
        return Vec::new();
    }
    let kept = pieces.into_iter().filter(|p| p.chars().count() > 2 && !PARTICLES.contains(&p.to_lowercase().as_str()));
    kept.map(str::to_owned).collect()
}
