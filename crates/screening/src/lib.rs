//! What a draft text or a picture holds that a school must not publish without thought.
//!
//! Promises: [`text`] finds the people of a [`Roll`], personal data and unkind wording, each with its place in the text
//! as it was typed; [`picture`] makes a clean copy of a picture and says what the original carried. Both are pure and
//! have limits.
//!
//! It deliberately does not decide whether something may be published (the desk does, with permissions and policy), read
//! files, or look anything up.

mod births;
mod cues;
mod disguises;
mod fold;
mod forms;
mod identifiers;
mod letters;
mod lists;
mod mails;
mod middles;
mod names;
mod near;
mod personal;
mod phones;
mod phrases;
mod picture;
mod reading;
mod roll;
mod sensitive;
mod slips;
mod spans;
mod tags;
mod wording;

pub use picture::{
    Avif, Carried, Cleaned, Decoded, Edit, FITTED_BYTES, Format, FoundMetadata, Limits, Refused, Region, TOO_BRIGHT,
    drawn, edited, fitted, picture, picture_by,
};
pub use roll::{NAME_SCALARS_MAX, PEOPLE_MAX, Person, PersonKind, Roll, RollFault};

use std::collections::HashSet;

use cues::SCHOOL;
use disguises::Disguises;
use fold::Fold;
use letters::Letters;
use serde::Serialize;

/// The longest text that is screened, in Unicode scalar values: no channel takes a tenth of it.
pub const TEXT_SCALARS_MAX: usize = 100_000;

/// A text that somebody wants to publish.
#[derive(Clone, Debug)]
pub struct Draft {
    pub id: String,
    // INVARIANT: at most `TEXT_SCALARS_MAX` scalar values (a_text_beyond_the_limit_is_refused).
    text: String,
    pub field: Field,
    /// Whether a picture of people goes out with it.
    pub has_photo: bool,
}

/// Where a text will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    Text,
    AltText,
    FileName,
    Metadata,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text has {scalars} characters, more than the {TEXT_SCALARS_MAX} that can be screened")]
pub struct TooLong {
    pub scalars: usize,
}

impl Draft {
    /// # Errors
    /// A text longer than [`TEXT_SCALARS_MAX`].
    pub fn of(id: &str, text: &str, field: Field, has_photo: bool) -> Result<Draft, TooLong> {
        let scalars = text.chars().count();
        if scalars > TEXT_SCALARS_MAX {
            return Err(TooLong { scalars });
        }
        Ok(Draft { id: id.to_owned(), text: text.to_owned(), field, has_photo })
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Something in a text that a person must look at. `start..end` are offsets in Unicode scalar values of the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub start: u32,
    pub end: u32,
    pub kind: Kind,
    /// Whose name it is, where only one person fits.
    pub person: Option<String>,
    /// The form or category that matched.
    pub how: &'static str,
    pub strength: Strength,
    /// What it is and what to do, without the name.
    pub say: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    PupilName,
    StaffName,
    Phone,
    Email,
    Postcode,
    Address,
    DateOfBirth,
    Upn,
    NhsNumber,
    NiNumber,
    Plate,
    Sensitive,
    Wording,
}

/// From worth knowing to not publishable as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    Note,
    Ask,
    Stop,
}

/// What was found in one draft, ascending by place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    pub id: String,
    pub stopped: bool,
    pub findings: Vec<Finding>,
}

/// Screens one text against the roll.
pub fn text(draft: &Draft, roll: &Roll) -> Findings {
    let fold = Fold::of(&draft.text);
    let letters = Letters::of(&fold);
    let disguises = Disguises::of(&fold);
    let names = names::find(draft, &fold, &letters, &disguises, roll);
    let wording = wording::find(&fold, &letters, &disguises, roll, &names.findings);
    let spaced = fold.spaced();
    let spaced = spaced.as_ref().unwrap_or(&fold);
    // In a file's name `_` is a space (`upn_B801200005001.pdf`); elsewhere it may be a letter of a mailbox, and only
    // telephone numbers are read without it.
    let read = if draft.field == Field::FileName { spaced } else { &fold };
    let private = |pupils: &[Finding]| {
        let mut found = sensitive::find(&fold, &letters, pupils, &wording);
        found.extend(personal::find(read, spaced, pupils));
        found.extend(births::find(read, pupils));
        found
    };
    let is_pupil = |finding: &&Finding| finding.kind == Kind::PupilName && finding.strength >= Strength::Ask;
    let pupils: Vec<Finding> = names.findings.iter().filter(is_pupil).cloned().collect();
    let mut found = private(&pupils);
    let is_known = |name: &Finding| names.known.contains(&(name.start, name.end)) && !stands_in_school(&fold, name);
    if pupils.iter().any(is_known) {
        let others: Vec<Finding> = pupils.into_iter().filter(|name| !is_known(name)).collect();
        ask_where_only_known(&mut found, &private(&others));
    }
    let mut findings = names.findings;
    findings.extend(wording);
    findings.extend(found);
    if roll.has_own() {
        let scalars: Vec<char> = draft.text.chars().collect();
        findings.retain(|finding| !is_own(&scalars, roll, finding));
    }
    findings.sort_by_key(|finding| (finding.start, finding.end));
    let stopped = findings.iter().any(|finding| finding.strength == Strength::Stop);
    Findings { id: draft.id.clone(), stopped, findings }
}

/// Whether the sentence of a name speaks of a school.
fn stands_in_school(fold: &Fold, name: &Finding) -> bool {
    let (start, end) = fold.folded(name.start, name.end);
    near::sentence_has(&fold.plain, start, end, SCHOOL)
}

/// `Rosa Parks was arrested`: what stops a text only for a name that somebody known from elsewhere has as well is a
/// question, as the name is. `others` is what is found without such names.
fn ask_where_only_known(found: &mut [Finding], others: &[Finding]) {
    let place = |finding: &Finding| (finding.start, finding.end, finding.kind);
    let stops = |finding: &&Finding| finding.strength == Strength::Stop;
    let certain: HashSet<_> = others.iter().filter(stops).map(place).collect();
    let doubtful = |finding: &&mut Finding| finding.strength == Strength::Stop && !certain.contains(&place(finding));
    let say = "this is private if the pupil of that name is meant: take it out then, and keep it if it is somebody known from elsewhere";
    for finding in found.iter_mut().filter(doubtful) {
        finding.strength = Strength::Ask;
        finding.say = say.to_owned();
    }
}

/// Whether a finding is the school's own telephone, mailbox or postcode, which it may publish.
fn is_own(scalars: &[char], roll: &Roll, finding: &Finding) -> bool {
    let may_be = matches!(finding.kind, Kind::Phone | Kind::Email | Kind::Postcode | Kind::Address);
    may_be && roll.is_own(&scalars[finding.start as usize..finding.end as usize].iter().collect::<String>())
}
