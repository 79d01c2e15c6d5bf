//! The register in daily use: class lists, sheets for whoever holds the camera, one person's answers, what is outstanding.
//!
//! For: the office, which enters what comes on paper and by telephone; teachers, who look before they take a picture; the
//! headteacher, who wants counts; the data protection officer, who wants everything.
//! Promises: whoever works with children sees yes, no or not yet and no reason; what is entered for somebody else carries
//! its evidence, sealed; a sheet of names says until when it may be used.
//! Does not: decide for anybody.

mod adult_pages;
pub mod adults;
pub mod digest;
pub mod export;
mod forms;
pub mod lists;
pub mod pages;
mod person_pages;
mod post_pages;
mod purpose_pages;
mod queries;
mod refusal_pages;
pub mod refusals;
mod return_pages;
pub mod returns;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use store::seal::Place;
use store::{Deed, Query, Tx};
use uuid::Uuid;

use super::answers::{self, Given, Taken};
use super::decision::{Authority, Decided, Decision, Route};
use super::parents::links::authority_of;
use super::register::Row;
use super::standing::{Known, Light};
use super::{Purpose, purposes};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::roster;
use crate::roster::adult::Responsible;
use crate::roster::pupil::Pupil;

/// The purpose of the key that seals evidence.
const SEALED_FOR: &str = "permission-evidence";
/// The longest note of a call or of where a paper is kept.
pub const EVIDENCE_MAX: usize = 1_000;

/// Whether the caller may do an act to the register now; pages show only what leads somewhere.
pub fn may(app: &App, caller: &Caller, act: Act) -> Result<()> {
    app.access.may(caller, act, Thing::premises(caller.school))
}

pub fn is_offered(app: &App, caller: &Caller, act: Act) -> bool {
    use crate::access::Answer;
    let answer = app.access.ask(caller, act, Thing::premises(caller.school));
    matches!(answer, Answer::Yes | Answer::ProveFirst)
}

/// One purpose for one person: what holds, and who said what.
pub struct Held {
    pub purpose: Purpose,
    pub decided: Decided,
    /// Names of deciders and what they say.
    pub said: Vec<(String, Decision, Authority)>,
}

/// One person of the register.
pub struct PersonView {
    pub pupil: Pupil,
    pub version: i64,
    pub held: Vec<Held>,
    pub adults: Vec<Responsible>,
    pub history: Vec<(Row, String)>,
    pub public: Vec<super::Appearance>,
}

/// A pupil's page: for those who keep or answer for the register.
pub async fn person(app: &App, caller: &Caller, pupil: Uuid) -> Result<PersonView> {
    may(app, caller, Act::SeePermissions)?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let pupil = roster::pupil(&mut read, pupil).await?;
    let adults = roster::adults_of(&mut read, pupil.id, today).await?;
    let in_use: Vec<Purpose> = in_use(&mut read).await?;
    let history = super::queries::history(&mut read, pupil.id).await?;
    let names = Names::of(&mut read, &pupil, &history).await?;
    let lights = decided(&mut read, pupil.id, &in_use, today).await?;
    let held = in_use.into_iter().zip(lights).map(|(purpose, decided)| {
        let now = history.iter().filter(|row| row.purpose == purpose.id && row.ended_at.is_none());
        let said = now.map(|row| (names.called(row), row.answer.on(today), row.answer.authority)).collect();
        Held { purpose, decided, said }
    });
    let held = held.collect();
    let version = answers::version(&mut read, pupil.id).await?;
    let public = super::appearances::of(&mut read, pupil.id).await?;
    let history = history.into_iter().map(|row| (row.clone(), names.called(&row))).collect();
    Ok(PersonView { pupil, version, held, adults, history, public })
}

pub(in crate::permissions) async fn in_use(q: &mut impl Query) -> Result<Vec<Purpose>> {
    Ok(purposes::all(q).await?.into_iter().filter(|purpose| !purpose.is_retired).collect())
}

/// What holds of one person for each purpose.
pub(in crate::permissions) async fn decided(
    q: &mut impl Query,
    person: Uuid,
    purposes: &[Purpose],
    on: Date,
) -> Result<Vec<Decided>> {
    Ok(decided_of(q, &[person], purposes, on).await?.pop().unwrap_or_default())
}

/// The same of several people, in their order.
pub(in crate::permissions) async fn decided_of(
    q: &mut impl Query,
    people: &[Uuid],
    purposes: &[Purpose],
    on: Date,
) -> Result<Vec<Vec<Decided>>> {
    let codes: Vec<(Uuid, String)> = purposes.iter().map(|purpose| (purpose.id, purpose.code.clone())).collect();
    let ids: Vec<Uuid> = codes.iter().map(|(id, _)| *id).collect();
    let mut all = Vec::with_capacity(people.len());
    for people in people.chunks(super::queries::PEOPLE_A_STATEMENT) {
        let known = Known::of(q, people, &ids, &codes, on).await?;
        let of = |person: &Uuid| codes.iter().map(|(id, code)| known.decided(*person, (*id, code), on)).collect();
        all.extend(people.iter().map(of));
    }
    Ok(all)
}

/// The lights of some people for one purpose, in their order.
async fn lights(q: &mut impl Query, people: &[Uuid], purpose: &Purpose, on: Date) -> Result<Vec<Light>> {
    let codes: Vec<(Uuid, String)> = in_use(q).await?.into_iter().map(|one| (one.id, one.code)).collect();
    let mut all = Vec::with_capacity(people.len());
    for some in people.chunks(super::queries::PEOPLE_A_STATEMENT) {
        let known = Known::of(q, some, &[purpose.id], &codes, on).await?;
        let of = |person: &Uuid| Light::of(known.decided(*person, (purpose.id, &purpose.code), on).decision);
        all.extend(some.iter().map(of));
    }
    Ok(all)
}

/// What the deciders of one pupil are called.
struct Names {
    pupil: (Uuid, String),
    adults: Vec<(Uuid, String)>,
}

impl Names {
    async fn of(q: &mut impl Query, pupil: &Pupil, history: &[Row]) -> Result<Names> {
        let mut ids: Vec<Uuid> = history.iter().map(|row| row.answer.decider).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut adults = Vec::new();
        for id in ids {
            match roster::adult(q, id).await {
                Ok(adult) => adults.push((id, adult.names.in_full())),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Names { pupil: (pupil.id, pupil.names.called()), adults })
    }

    fn called(&self, row: &Row) -> String {
        let decider = row.answer.decider;
        let adult = self.adults.iter().find(|(id, _)| *id == decider).map(|(_, name)| name.clone());
        match adult {
            Some(name) => name,
            None if decider == self.pupil.0 => self.pupil.1.clone(),
            None => "Somebody who is not on the roll".to_owned(),
        }
    }
}

/// What the office enters for a family.
pub struct Entered {
    pub seen: i64,
    pub adult: Uuid,
    pub route: Route,
    pub answers: Vec<(String, Decision)>,
    /// The caller's name, or where the paper is kept; sealed.
    pub evidence: String,
}

/// Enters an answer that came on paper, by telephone or in person.
pub async fn enter(app: &App, caller: &Caller, pupil: Uuid, entered: &Entered) -> Result<Taken> {
    may(app, caller, Act::KeepPermissions)?;
    let today = clock::today(app.clock.as_ref());
    let mut tx = app.db.write(caller.school).await?;
    let responsibility =
        roster::responsibility(&mut tx, (pupil, entered.adult), today).await?.ok_or(Error::NotFound)?;
    let authority = authority_of(&responsibility)
        .ok_or_else(|| Refused::because("the school knows that this adult does not decide for this child"))?;
    let kind = if entered.route == Route::Telephone { "call" } else { "scan" };
    let evidence = keep_evidence(app, &mut tx, pupil, (kind, "text/plain"), entered.evidence.as_bytes()).await?;
    let given = Given {
        person: pupil,
        seen: entered.seen,
        decider: entered.adult,
        authority,
        route: entered.route,
        answers: entered.answers.clone(),
        evidence: Some(evidence),
        decided_on: today,
        entered_by: Some(caller.person),
    };
    let (taken, rows) = answers::take(app, &mut tx, &given).await?;
    tx.commit(Deed::by(caller.person).did("permissions.entered").to(pupil).hash(answers::spelled(&rows))).await?;
    Ok(taken)
}

async fn keep_evidence(
    app: &App,
    tx: &mut Tx,
    person: Uuid,
    (kind, media): (&str, &str),
    content: &[u8],
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let place = Place { table: "permission_evidence", row: id, column: "sealed" };
    let sealed = app.sealer.seal(tx, SEALED_FOR, place, content).await?;
    queries::add_evidence(tx, (id, person), (kind, media, &sealed), app.clock.now().as_millisecond()).await?;
    Ok(id)
}

/// Notes that the child would rather not, or takes the note back. It lowers; taking it back gives no more than the family did.
pub async fn note_wish(app: &App, caller: &Caller, pupil: Uuid, code: &str, decision: Decision) -> Result<()> {
    may(app, caller, Act::NoteWish)?;
    let mut tx = app.db.write(caller.school).await?;
    roster::pupil(&mut tx, pupil).await?;
    let decision = if decision == Decision::No { Decision::No } else { Decision::NotAsked };
    let given = Given {
        person: pupil,
        seen: answers::version(&mut tx, pupil).await?,
        decider: pupil,
        authority: Authority::Child,
        route: Route::School,
        answers: vec![(code.to_owned(), decision)],
        evidence: None,
        decided_on: clock::today(app.clock.as_ref()),
        entered_by: Some(caller.person),
    };
    let (_, rows) = answers::take(app, &mut tx, &given).await?;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.wish-noted").to(pupil).hash(answers::spelled(&rows))).await?)
}

/// An adult of the school answers for themself.
pub async fn answer_own(app: &App, caller: &Caller, seen: i64, answers: Vec<(String, Decision)>) -> Result<Taken> {
    app.access.may(caller, Act::UseAccount, Thing::own(caller))?;
    let given = Given {
        person: caller.person,
        seen,
        decider: caller.person,
        authority: Authority::Own,
        route: Route::School,
        answers,
        evidence: None,
        decided_on: clock::today(app.clock.as_ref()),
        entered_by: None,
    };
    answers::record(app, caller.school, &given, Deed::by(caller.person).did("permissions.answered")).await
}

/// One's own answers: purposes in use, what one said, and the version for the form.
pub async fn own(app: &App, caller: &Caller) -> Result<(Vec<(Purpose, Option<Decision>)>, i64)> {
    app.access.may(caller, Act::UseAccount, Thing::own(caller))?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let said = answers::own(&mut read, caller.person, caller.person).await?;
    let of = |purpose: &Purpose| said.iter().find(|(of, _)| *of == purpose.id).map(|(_, answer)| answer.on(today));
    let all = in_use(&mut read).await?.into_iter().map(|purpose| (of(&purpose), purpose));
    let all = all.map(|(said, purpose)| (purpose, said)).collect();
    Ok((all, answers::version(&mut read, caller.person).await?))
}
