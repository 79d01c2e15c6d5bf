//! The words of a request as screening sees them, and the clause of the policy in force that each finding falls under.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rulebook::{Effect, Policy, Situation};
use screening::{Draft, Field, Finding, Kind, Person, Roll};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::SchoolId;
use uuid::Uuid;

use super::gate::{Found, Place};
use super::picture::{InIt, Picture};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::registers::phrases::{self, Lists};
use crate::roster;

type Kept = HashMap<SchoolId, ((Vec<Person>, Lists), Arc<Roll>)>;

/// The index of everybody's names and the school's own words, made anew only when one of them has changed.
pub(super) async fn roll(app: &App, school: SchoolId) -> Result<Arc<Roll>> {
    static KEPT: OnceLock<Mutex<Kept>> = OnceLock::new();
    let kept = KEPT.get_or_init(Mutex::default);
    let now = (roster::names(app, school).await?, phrases::lists(app, school).await?);
    let known = kept.lock().unwrap_or_else(PoisonError::into_inner).get(&school).cloned();
    if let Some((listed, roll)) = known
        && listed == now
    {
        return Ok(roll);
    }
    let listed = now.clone();
    let made = tokio::task::spawn_blocking(move || phrases::roll(&now.0, &now.1)).await;
    let made = made.map_err(|error| Error::fault("making the index of names", error))?;
    let roll = Arc::new(made.map_err(|count| Error::fault("making the index of names", said(count)))?);
    kept.lock().unwrap_or_else(PoisonError::into_inner).insert(school, (listed, Arc::clone(&roll)));
    Ok(roll)
}

/// Faults by their number only: a log holds no names.
fn said(count: usize) -> String {
    format!("{count} names or phrases cannot be looked for")
}

/// Whether some picture shows somebody, or may.
pub(super) fn shows_people(pictures: &[Picture]) -> bool {
    pictures.iter().any(|picture| picture.in_it != InIt::Nobody)
}

/// Everything found in the text and the descriptions; a text that is too long to be screened is one finding of its own.
pub(super) fn found(words: &str, pictures: &[Picture], roll: &Roll) -> Result<Vec<(Place, Finding, String)>> {
    let has_photo = shows_people(pictures);
    let mut found = in_text(words, (Field::Text, Place::Words), has_photo, roll)?;
    for picture in pictures {
        found.extend(in_text(&picture.alt, (Field::AltText, Place::Picture(picture.place)), has_photo, roll)?);
    }
    Ok(found)
}

/// What screening says of one text.
pub(super) fn in_text(
    text: &str,
    (field, place): (Field, Place),
    has_photo: bool,
    roll: &Roll,
) -> Result<Vec<(Place, Finding, String)>> {
    let draft = Draft::of("", text, field, has_photo).map_err(|error| Error::Invalid(error.to_string().into()))?;
    let scalars: Vec<char> = text.chars().collect();
    let quoted = |finding: &Finding| -> String {
        let (start, end) = (finding.start as usize, (finding.end as usize).min(scalars.len()));
        scalars.get(start..end).unwrap_or_default().iter().collect()
    };
    let findings = screening::text(&draft, roll).findings;
    Ok(findings.into_iter().map(|finding| (place, quoted(&finding), finding)).map(|(p, q, f)| (p, f, q)).collect())
}

/// The findings with their clauses and what was answered about them.
pub(super) fn judged(
    request: Uuid,
    found: Vec<(Place, Finding, String)>,
    (policy, answers): (Option<&Arc<Policy>>, &[Vec<u8>]),
    today: jiff::civil::Date,
) -> Vec<Found> {
    let mut clauses = HashMap::new();
    let judge = |(place, finding, quoted): (Place, Finding, String)| {
        let clause = clauses
            .entry(finding.kind)
            .or_insert_with(|| policy.and_then(|policy| clause(policy, finding.kind, today)));
        let is_answered = answers.iter().any(|answer| *answer == asked(request, &finding, &quoted));
        Found { place, clause: clause.clone(), quoted, is_answered, finding }
    };
    found.into_iter().map(judge).collect()
}

/// What an answer is about: the same words of the same kind in the same request, wherever they have moved to.
pub(super) fn asked(request: Uuid, finding: &Finding, quoted: &str) -> Vec<u8> {
    Sha256::digest(format!("{request} {:?} {quoted}", finding.kind)).to_vec()
}

/// The clause that decides when such a thing is published, if the policy has one.
fn clause(policy: &Policy, kind: Kind, today: jiff::civil::Date) -> Option<String> {
    let situation = json!({
        "actor": { "roles": ["teacher"], "account_editor": true },
        "act": "publish",
        "purpose": "showcase",
        "content": facts(kind),
    });
    let vocabulary = policy.vocabulary();
    let batch = Situation::read_json(vocabulary, "finding", &situation.to_string(), today).ok()?;
    let ruling = policy.rule(batch.situations.first()?);
    let decides = ruling.citations.into_iter().find(|citation| citation.effect == Effect::Decides);
    decides.map(|citation| citation.clause)
}

/// What a finding means in the words of the policies.
pub(super) fn facts(kind: Kind) -> Value {
    match kind {
        Kind::PupilName => json!({ "refers_to": ["pupil"], "shows": ["pupil"], "name_with_photo": true }),
        Kind::StaffName => json!({ "refers_to": ["staff"], "shows": ["staff"], "name_with_photo": true }),
        Kind::Wording => json!({ "refers_to": ["pupil"], "tone": ["abusive", "derogatory"] }),
        Kind::Sensitive => json!({ "refers_to": ["pupil"], "sensitivity": ["confidential", "private-of-other"] }),
        Kind::Phone
        | Kind::Email
        | Kind::Postcode
        | Kind::Address
        | Kind::DateOfBirth
        | Kind::Upn
        | Kind::NhsNumber
        | Kind::NiNumber
        | Kind::Plate => json!({ "refers_to": ["pupil"], "sensitivity": ["private-of-other"] }),
    }
}

/// Today in England, for rulings.
pub(super) fn today(app: &App) -> jiff::civil::Date {
    clock::today(app.clock.as_ref())
}
