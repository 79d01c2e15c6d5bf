//! Whether people may be shown and named for a purpose, now. The one door through which everybody else asks.
//!
//! Promises: the same few statements whoever is asked about and whatever stands against them, so that time tells nothing;
//! what the school withholds reads as any other no. Does not: remember. Ask again when it matters.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use store::Query;
use uuid::Uuid;

use super::decision::{Answer, Because, Circumstances, Decided, Decision, OnRecord, Route, decide_on_record};
use super::purpose::{ChannelKind, FIRST_NAME, FULL_NAME, NAME_WITH_IMAGE};
use super::queries::{self, Holding, OnRoll};
use crate::error::Result;

/// What a list shows: never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    No,
    /// Not asked, run out, or nobody known to decide. Not yes.
    NotYet,
    Yes,
}

impl Light {
    pub fn of(decision: Decision) -> Light {
        match decision {
            Decision::Yes => Light::Yes,
            Decision::No | Decision::Withdrawn => Light::No,
            Decision::NotAsked | Decision::Expired => Light::NotYet,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Light::Yes => "Yes",
            Light::No => "No",
            Light::NotYet => "Not yet",
        }
    }
}

/// How somebody stands for one purpose on one kind of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub person: Uuid,
    /// Whether a picture may show them.
    pub shown: Light,
    /// Whether their name may stand with such a picture.
    pub named_with_it: Light,
    /// Whether the first or the full name may stand where no picture shows them.
    pub first_name: Light,
    pub full_name: Light,
    /// Why they may or may not be shown.
    pub because: Because,
    pub yeses: Yeses,
}

/// The yes under each light of a [`Standing`] that is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Yeses {
    pub shown: Option<OnRecord>,
    pub named_with_it: Option<OnRecord>,
    pub first_name: Option<OnRecord>,
    pub full_name: Option<OnRecord>,
}

impl Standing {
    pub fn may_be_shown(&self) -> bool {
        self.shown == Light::Yes
    }

    pub fn may_be_named_with_it(&self) -> bool {
        self.may_be_shown() && self.named_with_it == Light::Yes
    }

    /// The reason, as a sentence.
    pub fn said(&self) -> &'static str {
        self.because.said()
    }

    /// What can be done about it, as a sentence.
    pub fn way_out(&self) -> &'static str {
        self.because.way_out()
    }
}

/// How each of these people stands, in their order. `purpose` is a code of [`super::purpose`] or of the school's own; the
/// kind of channel rests on a purpose of its own, and both must be yes.
pub async fn standing(
    q: &mut impl Query,
    people: &[Uuid],
    purpose: &str,
    kind: ChannelKind,
    on: Date,
) -> Result<Vec<Standing>> {
    let in_use = queries::purposes_in_use(q).await?;
    let asked = Asked::of(&in_use, purpose, kind);
    let mut standings = Vec::with_capacity(people.len());
    for some in people.chunks(queries::PEOPLE_A_STATEMENT) {
        let known = Known::of(q, some, &asked.all(), &in_use, on).await?;
        standings.extend(some.iter().map(|person| asked.standing(*person, &known, on)));
    }
    Ok(standings)
}

/// Which purposes a standing rests on. None: the school does not have it, or has retired it.
struct Asked {
    /// The purpose itself, and the one of the channel.
    shown: [Option<(Uuid, String)>; 2],
    named_with_it: Option<(Uuid, String)>,
    first_name: Option<(Uuid, String)>,
    full_name: Option<(Uuid, String)>,
}

impl Asked {
    fn of(in_use: &[(Uuid, String)], purpose: &str, kind: ChannelKind) -> Asked {
        let find = |code: &str| in_use.iter().find(|(_, known)| known == code).cloned();
        Asked {
            shown: [find(purpose), find(kind.purpose())],
            named_with_it: find(NAME_WITH_IMAGE),
            first_name: find(FIRST_NAME),
            full_name: find(FULL_NAME),
        }
    }

    /// The ids, at most as many as one statement takes; where the school has none of them, one that nothing has.
    fn all(&self) -> Vec<Uuid> {
        let names = [&self.named_with_it, &self.first_name, &self.full_name];
        let ids: Vec<Uuid> = self.shown.iter().chain(names).flatten().map(|(id, _)| *id).collect();
        if ids.is_empty() { vec![Uuid::nil()] } else { ids }
    }

    fn standing(&self, person: Uuid, known: &Known, on: Date) -> Standing {
        let one = |purpose: &Option<(Uuid, String)>| match purpose {
            Some((id, code)) => known.on_record(person, (*id, code), on),
            None => (Decided { decision: Decision::NotAsked, because: Because::NoSuchPurpose }, None),
        };
        let [(first, first_yes), (second, second_yes)] = [one(&self.shown[0]), one(&self.shown[1])];
        let worse = if Light::of(second.decision) < Light::of(first.decision) { second } else { first };
        let shown = Light::of(worse.decision);
        let both = |one: Option<OnRecord>, other: Option<OnRecord>| Some(one?.and(other?));
        let shown_by = both(first_yes, second_yes);
        let light = |(decided, yes): (Decided, Option<OnRecord>)| (Light::of(decided.decision), yes);
        let (named_with_it, named_by) = light(one(&self.named_with_it));
        let (first_name, first_name_by) = light(one(&self.first_name));
        let (full_name, full_name_by) = light(one(&self.full_name));
        Standing {
            person,
            shown,
            named_with_it: shown.min(named_with_it),
            first_name,
            full_name,
            because: match worse.because {
                Because::Withdrawn => Because::SaidNo,
                because => because,
            },
            yeses: Yeses {
                shown: shown_by,
                named_with_it: both(shown_by, named_by),
                first_name: first_name_by,
                full_name: full_name_by,
            },
        }
    }
}

/// The marker of the roll and its name in a review.
pub(super) const LOOKED_AFTER: &str = "looked-after";
pub(super) const COURT: &str = "court";

/// What the database holds of some people.
struct Found {
    answers: Vec<Holding>,
    /// What weighs more than any answer.
    weights: Vec<(Uuid, String, String)>,
    roll: Vec<OnRoll>,
    last_days: Vec<(Uuid, Option<Date>)>,
}

/// What is known about some people.
pub(super) struct Known {
    answers: HashMap<(Uuid, Uuid), Vec<(Answer, Route)>>,
    circumstances: HashMap<Uuid, Circumstances>,
    /// Codes of purposes that a file said no to; `ALL` for every one.
    refused: HashMap<Uuid, Vec<String>>,
    codes: Vec<String>,
}

impl Known {
    /// Reads everything that weighs on the answers to these purposes.
    pub(super) async fn of(
        q: &mut impl Query,
        people: &[Uuid],
        purposes: &[Uuid],
        in_use: &[(Uuid, String)],
        on: Date,
    ) -> Result<Known> {
        let mut answers = Vec::new();
        for some in purposes.chunks(queries::PURPOSES_A_STANDING) {
            answers.extend(queries::answers(q, people, some).await?);
        }
        let found = Found {
            answers,
            weights: queries::weights(q, people).await?,
            roll: queries::on_roll(q, people).await?,
            last_days: queries::last_days(q, people).await?,
        };
        Ok(Known::weighed(people, found, in_use, on))
    }

    /// The same of everybody who is on roll that day, for one purpose, in a few statements however many they are; with their ids.
    pub(super) async fn of_all_on_roll(
        q: &mut impl Query,
        purpose: Uuid,
        in_use: &[(Uuid, String)],
        on: Date,
    ) -> Result<(Vec<Uuid>, Known)> {
        let found = Found {
            answers: queries::all_answers(q, purpose).await?,
            weights: queries::all_weights(q).await?,
            roll: queries::all_on_roll(q, on).await?,
            last_days: Vec::new(),
        };
        let people: Vec<Uuid> = found.roll.iter().map(|pupil| pupil.pupil).collect();
        let known = Known::weighed(&people, found, in_use, on);
        Ok((people, known))
    }

    fn weighed(people: &[Uuid], found: Found, in_use: &[(Uuid, String)], on: Date) -> Known {
        let Found { answers, weights, roll, last_days } = found;
        let codes = in_use.iter().map(|(_, code)| code.clone()).collect();
        let mut known =
            Known { answers: HashMap::new(), circumstances: HashMap::new(), refused: HashMap::new(), codes };
        let returned: HashMap<Uuid, i64> =
            roll.iter().filter_map(|pupil| Some((pupil.pupil, pupil.returned_at?))).collect();
        for Holding { person, purpose, answer, route, at } in answers {
            // What was allowed before somebody left and came back was for another time; a no is not.
            let is_past = returned.get(&person).is_some_and(|returned_at| at < *returned_at);
            if !(is_past && answer.decision == Decision::Yes) {
                known.answers.entry((person, purpose)).or_default().push((answer, route));
            }
        }
        let reviews: HashSet<(Uuid, &str)> =
            weights.iter().filter(|(_, kind, _)| kind == "review").map(|(of, _, what)| (*of, what.as_str())).collect();
        let reviewed = |person: Uuid, marker: &str| reviews.contains(&(person, marker));
        for pupil in &roll {
            let is_marked = (pupil.looked_after == "yes" && !reviewed(pupil.pupil, LOOKED_AFTER))
                || (pupil.court_marker == "yes" && !reviewed(pupil.pupil, COURT));
            let has_left = pupil.left_on.is_some_and(|left_on| left_on <= on);
            known.circumstances.insert(pupil.pupil, Circumstances { is_withheld: is_marked, has_left });
        }
        for person in people.iter().filter(|_| !last_days.is_empty()) {
            let mut roles = last_days.iter().filter(|(of, _)| of == person).peekable();
            if roles.peek().is_some() {
                let has_left = roles.all(|(_, last)| last.is_some_and(|last| last < on));
                known.circumstances.entry(*person).or_default().has_left |= has_left;
            }
        }
        for (person, kind, what) in weights {
            match kind.as_str() {
                "school" => known.circumstances.entry(person).or_default().is_withheld = true,
                "refusal" => known.refused.entry(person).or_default().push(what.to_lowercase().replace('_', "-")),
                _ => {}
            }
        }
        known
    }

    /// What holds for one person and one purpose.
    pub(super) fn decided(&self, person: Uuid, of: (Uuid, &str), on: Date) -> Decided {
        self.on_record(person, of, on).0
    }

    /// The same with the yes that counts, if there is one.
    pub(super) fn on_record(&self, person: Uuid, of: (Uuid, &str), on: Date) -> (Decided, Option<OnRecord>) {
        decide_on_record(self.circumstances(person, of.1), self.given(person, of.0), on)
    }

    fn given(&self, person: Uuid, purpose: Uuid) -> &[(Answer, Route)] {
        self.answers.get(&(person, purpose)).map_or(&[], Vec::as_slice)
    }

    fn circumstances(&self, person: Uuid, code: &str) -> Circumstances {
        let mut circumstances = self.circumstances.get(&person).copied().unwrap_or_default();
        circumstances.is_withheld |= self.refused.get(&person).is_some_and(|refused| {
            // A refusal of something that the school has no word for is a refusal of everything.
            refused.iter().any(|refused| refused == code || refused == "all" || !self.codes.contains(refused))
        });
        circumstances
    }
}
