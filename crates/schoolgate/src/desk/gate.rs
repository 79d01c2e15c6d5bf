//! The gate: may this go out, now? A pure decision over everything that was gathered for it.
//!
//! Every reason to say no is given at once, each with whom or which clause it is about and the way out. What is not known
//! says no. Asked when a request is handed in, when it is approved, and once more in the moment of its release.

use jiff::Timestamp;
use rulebook::{Effect, Ruling, Verdict};
use screening::{Finding, Kind, Strength};
use uuid::Uuid;

use super::picture::{InIt, Picture, Who};
use super::request::{Approval, Content, News, Purpose};
use super::safety::{QUESTIONS, Told, Weight};
use crate::clock;
use crate::permissions::Form;

/// For which step it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    HandingIn,
    Approving,
    Releasing,
}

/// Where in the request something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Words,
    /// The picture with this number, from 1.
    Picture(i64),
    Accounts,
    Purpose,
    Times,
    Safety,
    Approval,
}

impl Place {
    pub fn label(self) -> String {
        match self {
            Place::Words => "Text".to_owned(),
            Place::Picture(number) => format!("Picture {number}"),
            Place::Accounts => "Where it goes".to_owned(),
            Place::Purpose => "Purpose".to_owned(),
            Place::Times => "Times".to_owned(),
            Place::Safety => "Safety questions".to_owned(),
            Place::Approval => "Approval".to_owned(),
        }
    }
}

/// What somebody would have done to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    Shown,
    Named,
    NamedWithPicture,
}

/// What the register of permissions says of one person and one use, at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Yes,
    No,
    /// Not asked, expired, disputed: whatever is not a yes and not a no.
    Unknown,
}

/// One person, one use, and what is permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub person: Uuid,
    /// As pages call them.
    pub called: String,
    pub place: Place,
    pub matter: Matter,
    /// What it is used for, in words: `the school's website`.
    pub for_what: String,
    pub standing: Standing,
    /// In what form there is permission; none: there is none on record, though none may be needed.
    pub form: Option<Form>,
    pub is_pupil: bool,
}

/// Something that screening found.
#[derive(Clone, Debug)]
pub struct Found {
    pub place: Place,
    pub finding: Finding,
    /// What stands there.
    pub quoted: String,
    /// The clause of the policy in force that speaks of such a thing.
    pub clause: Option<String>,
    /// A writer has said that nobody and nothing of ours is meant.
    pub is_answered: bool,
}

/// One account it goes to, at this moment.
#[derive(Clone, Debug)]
pub struct Target {
    pub called: String,
    /// Why it cannot take the post now; empty if it can.
    pub hindrances: Vec<String>,
    /// What the policy in force says of publishing this there; `None`: no policy is in force.
    pub ruling: Option<Ruling>,
}

/// Everything that the decision needs.
pub struct Gathered<'a> {
    pub step: Step,
    pub now: Timestamp,
    pub content: &'a Content,
    pub pictures: &'a [Picture],
    pub found: &'a [Found],
    pub uses: &'a [Use],
    pub targets: &'a [Target],
    /// Those that count: of this edition, by people who may still approve.
    pub approvals: &'a [Approval],
    /// The headteacher's hurry goes past the second person, and past nothing else.
    pub is_urgent: bool,
    pub writers: &'a [Uuid],
}

/// One reason why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub place: Place,
    pub person: Option<Uuid>,
    pub clause: Option<String>,
    pub said: String,
    pub way_out: String,
}

fn refusal(place: Place, said: impl Into<String>, way_out: impl Into<String>) -> Refusal {
    Refusal { place, person: None, clause: None, said: said.into(), way_out: way_out.into() }
}

/// Everything that stands against it; nothing: it may go on.
///
/// # Errors
/// Every refusal, in the order of the page.
pub fn gate(all: &Gathered) -> Result<(), Vec<Refusal>> {
    let checks: [fn(&Gathered) -> Vec<Refusal>; 8] =
        [content, pictures, permissions, findings, safety, times, targets, approvals];
    let mut refusals: Vec<Refusal> = checks.iter().flat_map(|check| check(all)).collect();
    refusals.sort_by_key(|refusal| refusal.place);
    refusals.dedup();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

fn content(all: &Gathered) -> Vec<Refusal> {
    let is_empty = all.content.words.trim().is_empty() && all.pictures.is_empty();
    let empty = is_empty.then(|| refusal(Place::Words, "there is neither text nor picture", "Write something."));
    let alts = all.pictures.iter().filter(|picture| picture.alt.trim().is_empty());
    let alts = alts.map(|picture| {
        let way_out = "Say in a sentence what it shows, for those who cannot see it. Leave names out.";
        refusal(Place::Picture(picture.place), "the picture has no description", way_out)
    });
    empty.into_iter().chain(alts).collect()
}

/// Everybody who can be recognised is accounted for.
fn pictures(all: &Gathered) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for picture in all.pictures {
        let place = Place::Picture(picture.place);
        if !picture.is_kept {
            refusals.push(refusal(place, "the picture is not kept any more", "Take it out of the request."));
        }
        if picture.in_it == InIt::Unsaid {
            let way_out = "Mark everybody who can be recognised, or say that nobody can.";
            refusals.push(refusal(place, "nobody has said who is in the picture", way_out));
        }
        for marked in picture.in_it.people() {
            match marked.who {
                Who::AdultUnasked => refusals.push(refusal(
                    place,
                    "an adult is in the picture whom nobody has asked",
                    "Ask them, or cover or blur them.",
                )),
                Who::Stranger => refusals.push(refusal(
                    place,
                    "somebody is in the picture who is not on your list",
                    "Find out who it is, or cover or blur them.",
                )),
                Who::Pupil(_) | Who::Staff(_) | Who::AdultAgreed => {}
            }
        }
    }
    refusals
}

/// Each use of each person with the permission of this moment.
fn permissions(all: &Gathered) -> Vec<Refusal> {
    all.uses.iter().filter(|used| used.standing != Standing::Yes).map(not_permitted).collect()
}

fn not_permitted(used: &Use) -> Refusal {
    let (done, way_out) = match used.matter {
        Matter::Shown => ("be shown", "Take the picture out, cover or blur them, or ask for the permission first."),
        Matter::Named => ("be named", "Take the name out, or ask for the permission first."),
        Matter::NamedWithPicture => {
            ("be named beside a picture", "Take the name or the picture out, or ask for this very permission first.")
        }
    };
    let said = match used.standing {
        Standing::No => format!("{} may not {done} on {}", used.called, used.for_what),
        _ => format!("it is not known whether {} may {done} on {}", used.called, used.for_what),
    };
    Refusal { person: Some(used.person), ..refusal(used.place, said, way_out) }
}

/// A name that is permitted, judged by [`permissions`], is not stopped here again.
fn is_judged_by_permission(found: &Found, uses: &[Use]) -> bool {
    let Some(person) = found.finding.person.as_deref().and_then(|id| Uuid::parse_str(id).ok()) else { return false };
    let is_name = matches!(found.finding.kind, Kind::PupilName | Kind::StaffName);
    is_name && uses.iter().any(|used| used.person == person && used.matter != Matter::Shown)
}

/// What is stopped has to come out; what is asked has to be answered.
fn findings(all: &Gathered) -> Vec<Refusal> {
    let stands = |found: &&Found| match found.finding.strength {
        _ if is_judged_by_permission(found, all.uses) => false,
        Strength::Stop => true,
        Strength::Ask => !found.is_answered,
        Strength::Note => false,
    };
    let refused = |found: &Found| {
        let (said, act) = found.finding.say.split_once(": ").unwrap_or((&found.finding.say, "take it out"));
        let way_out = match found.finding.strength {
            Strength::Ask => format!("{}. Or say that nobody of ours is meant.", sentence(act)),
            _ => format!("{}.", sentence(act)),
        };
        let said = format!("`{}`: {said}", found.quoted);
        Refusal { clause: found.clause.clone(), ..refusal(found.place, said, way_out) }
    };
    all.found.iter().filter(stands).map(refused).collect()
}

pub(super) fn sentence(said: &str) -> String {
    let mut letters = said.chars();
    letters.next().map(|first| format!("{}{}", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// Where the safety questions are answered.
const ANSWER: &str = "Answer under “Change text, purpose, times and answers”.";

fn safety(all: &Gathered) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for asked in QUESTIONS.iter().filter(|asked| !asked.about_pictures || !all.pictures.is_empty()) {
        match (all.content.safety.told(asked.code), asked.weight) {
            (Told::Unknown, _) => {
                refusals.push(refusal(Place::Safety, format!("not answered: {}", asked.ask), ANSWER));
            }
            (Told::Yes, Weight::Stops) => {
                refusals.push(refusal(Place::Safety, format!("the answer was yes: {}", asked.ask), asked.way_out));
            }
            (Told::Yes, Weight::WantsReason) if all.content.safety.reason.trim().is_empty() => {
                refusals.push(refusal(Place::Safety, format!("a reason is missing: {}", asked.ask), asked.way_out));
            }
            (Told::Yes | Told::No, _) => {}
        }
    }
    refusals
}

/// Nothing tells before an event where a child will be.
fn times(all: &Gathered) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let today = clock::in_london(all.now).date();
    let is_to_come = all.content.event_at.is_some_and(|event| goes_out(all) < event);
    let children = all.uses.iter().any(|used| used.is_pupil);
    if is_to_come && children {
        refusals.push(refusal(
            Place::Times,
            "it would show or name a pupil together with an event that is still to come",
            "Publish it after the event, or leave the pupils out.",
        ));
    }
    let speaks_of_event = matches!(all.content.purpose, Purpose::EventPromotion | Purpose::EventReminder);
    if speaks_of_event && all.content.event_at.is_none() {
        let way_out = "Say when it takes place, or choose another purpose.";
        refusals.push(refusal(Place::Times, "it is about an event, and nobody has said when that is", way_out));
    }
    if let Some(remove_on) = all.content.remove_on
        && remove_on <= today
    {
        let said = "the day on which it is to be taken down again is not ahead";
        refusals.push(refusal(Place::Times, said, "Choose a later day, or none."));
    }
    refusals
}

/// When it goes out, as far as that is known now.
fn goes_out(all: &Gathered) -> Timestamp {
    all.content.release_at.map_or(all.now, |planned| planned.max(all.now))
}

fn targets(all: &Gathered) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if all.targets.is_empty() {
        let way_out = "Choose at least one account of the school.";
        refusals.push(refusal(Place::Accounts, "nobody has said where it goes", way_out));
    }
    for target in all.targets {
        let hindered = target.hindrances.iter();
        refusals.extend(hindered.map(|why| {
            refusal(Place::Accounts, format!("{}: {why}", target.called), "Shorten it, or leave this account out.")
        }));
        refusals.extend(ruled(target));
    }
    refusals
}

/// What the policy says no to, or cannot say.
fn ruled(target: &Target) -> Option<Refusal> {
    let Some(ruling) = &target.ruling else {
        let way_out = "Ask the headteacher to put the policy in force.";
        return Some(refusal(Place::Purpose, "no policy of the school is in force", way_out));
    };
    match ruling.verdict {
        // Silence is neither a yes nor a no: then it is the approver's to say.
        Verdict::Allowed | Verdict::Caution | Verdict::NotCovered => return None,
        Verdict::MustNot
        | Verdict::ShouldNot
        | Verdict::NeedsPermission
        | Verdict::AdvisedAgainst
        | Verdict::Depends => {}
    }
    let decides = ruling.citations.iter().find(|citation| citation.effect == Effect::Decides);
    let said = match (decides, ruling.questions.first()) {
        (Some(clause), _) => format!("{}: the policy says: {}", target.called, clause.wording),
        (None, Some(question)) => format!("{}: the policy needs to know: {}", target.called, question.ask),
        (None, None) => format!("{}: the policy does not allow it", target.called),
    };
    let clause = decides.map(|citation| citation.clause.clone());
    Some(Refusal { clause, ..refusal(Place::Purpose, said, ruling.next_step.clone()) })
}

/// Two people, and the headteacher's word for news.
fn approvals(all: &Gathered) -> Vec<Refusal> {
    if all.step == Step::HandingIn {
        return Vec::new();
    }
    let mut refusals = Vec::new();
    let others = all.approvals.iter().filter(|yes| all.is_urgent || !all.writers.contains(&yes.by)).count();
    let wanted = match (all.step, all.is_urgent) {
        (Step::Releasing, false) => all.content.safety.approvals_wanted(),
        _ => 1,
    };
    if others < wanted {
        let said = "somebody who did not write it has still to approve it";
        refusals.push(refusal(Place::Approval, said, "Ask the headteacher or a named deputy."));
    }
    let by_head = all.approvals.iter().any(|yes| yes.is_headteachers);
    if all.content.news == News::NotYet && !by_head {
        let said = "it tells news that the headteacher has not let out yet";
        refusals.push(refusal(Place::Approval, said, "Ask the headteacher in person to approve it."));
    }
    refusals
}
