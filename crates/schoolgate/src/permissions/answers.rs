//! Taking answers and withdrawals into the register: the verbs under every form, letter, telephone call and file.
//!
//! Promises: whoever saw an older state can lower and cannot raise; what lowers takes effect in this one write, with the
//! take-down work in it; opposite answers of two deciders become a task. Does not: ask who is calling; the doors do.

use jiff::ToSpan as _;
use jiff::civil::Date;
use store::{Deed, Query, SchoolId, Tx};
use uuid::Uuid;

use super::appearances::{self, Appearance};
use super::decision::{Answer, Authority, Decision, Route, disagree, raises};
use super::lowered::{Line, Lowered};
use super::purpose::{Basis, Purpose, Recall};
use super::register::Row;
use super::{kept, queries};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::queue::{self, Job};

/// What one decider says of one person, all in one go.
#[derive(Clone, Debug)]
pub struct Given {
    pub person: Uuid,
    /// The version of the person's permissions that the form showed.
    pub seen: i64,
    pub decider: Uuid,
    pub authority: Authority,
    pub route: Route,
    /// Codes of purposes and what is said of each.
    pub answers: Vec<(String, Decision)>,
    pub evidence: Option<Uuid>,
    pub decided_on: Date,
    /// None: by the decider.
    pub entered_by: Option<Uuid>,
}

/// A withdrawal, of some purposes or of all.
#[derive(Clone, Debug)]
pub struct Withdrawing {
    pub person: Uuid,
    pub decider: Uuid,
    pub authority: Authority,
    pub route: Route,
    /// Codes; none: everything.
    pub purposes: Option<Vec<String>>,
    pub evidence: Option<Uuid>,
    pub entered_by: Option<Uuid>,
}

/// What a lowering sets going, for whoever gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Public now; will be removed.
    pub removed: Vec<Appearance>,
    /// Printed, sent or with the press: cannot be called back.
    pub beyond_recall: Vec<Appearance>,
}

/// What came of taking answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub back: TakenBack,
    /// The version after it.
    pub version: i64,
}

/// Takes answers in a write of its own. `deed` says who did what; it is bound to the rows.
pub async fn record(app: &App, school: SchoolId, given: &Given, deed: Deed) -> Result<Taken> {
    let mut tx = app.db.write(school).await?;
    let (taken, rows) = take(app, &mut tx, given).await?;
    tx.commit(deed.to(given.person).hash(spelled(&rows))).await?;
    Ok(taken)
}

/// One answer that a file of the school's own system brought.
#[derive(Clone, Debug)]
pub struct FromFile {
    pub person: Uuid,
    pub decider: Uuid,
    pub authority: Authority,
    /// A code.
    pub purpose: String,
    pub decision: Decision,
}

/// Takes what a file says, one person after the other. A file can lower or leave, never raise: its yes is kept as not asked
/// and becomes a task, and only where nothing stands yet.
pub async fn take_file(app: &App, school: SchoolId, from: &[FromFile]) -> Result<()> {
    for said in from {
        let mut tx = app.db.write(school).await?;
        let purposes = queries::purposes(&mut tx).await?;
        let Some(purpose) = purposes.iter().find(|purpose| purpose.code == said.purpose) else { continue };
        let present = queries::current(&mut tx, said.person).await?;
        let own = present.iter().find(|(of, answer)| *of == purpose.id && answer.decider == said.decider);
        let decision = match (said.decision, own) {
            (lower, _) if lower.lowers() => Decision::No,
            (_, None) => Decision::NotAsked,
            (_, Some(_)) => continue,
        };
        if decision == Decision::NotAsked && !queries::has_task(&mut tx, "unproven", said.person).await? {
            queries::add_task(&mut tx, Uuid::now_v7(), "unproven", said.person, app.clock.now().as_millisecond())
                .await?;
        }
        let given = Given {
            person: said.person,
            seen: -1,
            decider: said.decider,
            authority: said.authority,
            route: Route::Import,
            answers: vec![(said.purpose.clone(), decision)],
            evidence: None,
            decided_on: clock::today(app.clock.as_ref()),
            entered_by: None,
        };
        let (_, rows) = take(app, &mut tx, &given).await?;
        tx.commit(Deed::by_program().did("permissions.imported").to(said.person).hash(spelled(&rows))).await?;
    }
    Ok(())
}

/// What a deed about answers is bound to. The rows' random ids keep the few possible values from being guessed.
pub(super) fn spelled(rows: &[Row]) -> String {
    rows.iter().map(|row| format!("{} {} {}\n", row.id, row.purpose, row.answer.decision.code())).collect()
}

/// Takes answers within an open write; the caller commits.
pub(super) async fn take(app: &App, tx: &mut Tx, given: &Given) -> Result<(Taken, Vec<Row>)> {
    let today = clock::today(app.clock.as_ref());
    let purposes = queries::purposes(tx).await?;
    let present = queries::current(tx, given.person).await?;
    let is_stale = queries::version(tx, given.person).await? != given.seen;
    let mut rows = Vec::new();
    for (code, decision) in &given.answers {
        let purpose = purposes.iter().find(|purpose| purpose.code == *code && !purpose.is_retired);
        let purpose = purpose.ok_or_else(|| Refused::because("the school does not ask about this purpose any more"))?;
        let own = present.iter().find(|(of, answer)| *of == purpose.id && answer.decider == given.decider);
        // A form that is out of date may take away, and may not give.
        if is_stale && raises(own.map(|(_, answer)| answer), *decision, today) {
            return Err(Error::Conflict);
        }
        rows.push(row(given, purpose, *decision, app.clock.now().as_millisecond()));
    }
    for row in &rows {
        put(tx, row).await?;
    }
    queries::raise_version(tx, given.person).await?;
    notice_tasks(app, tx, given.person).await?;
    let lowered = lowered_codes(&given.answers);
    let back = match lowered.is_empty() {
        true => TakenBack::default(),
        false => note_lowering(app, tx, given, lowered).await?,
    };
    let version = queries::version(tx, given.person).await?;
    Ok((Taken { back, version }, rows))
}

fn lowered_codes(answers: &[(String, Decision)]) -> Vec<String> {
    answers.iter().filter(|(_, decision)| decision.lowers()).map(|(code, _)| code.clone()).collect()
}

fn row(given: &Given, purpose: &Purpose, decision: Decision, at: i64) -> Row {
    let until = purpose.months.filter(|_| decision == Decision::Yes).and_then(|months| {
        // The day before the same day so many months on.
        given.decided_on.checked_add(months.months()).and_then(|day| day.yesterday()).ok()
    });
    Row {
        id: Uuid::now_v7(),
        person: given.person,
        purpose: purpose.id,
        answer: Answer { decider: given.decider, decision, authority: given.authority, until },
        basis: basis(given.authority, purpose),
        route: given.route,
        wording: purpose.wording,
        evidence: given.evidence,
        decided_on: given.decided_on,
        at,
        entered_by: given.entered_by,
        ended_at: None,
    }
}

/// An adult is told and may object: between a school and those who work there nobody can agree freely.
fn basis(authority: Authority, purpose: &Purpose) -> Basis {
    match (authority, purpose.basis) {
        (Authority::Own, Basis::Consent) => Basis::LegitimateInterests,
        (_, basis) => basis,
    }
}

/// What one decider says now about one person: purposes and answers.
pub(super) async fn own(q: &mut impl Query, person: Uuid, decider: Uuid) -> Result<Vec<(Uuid, Answer)>> {
    let mut current = queries::current(q, person).await?;
    current.retain(|(_, answer)| answer.decider == decider);
    Ok(current)
}

/// The version of what is decided about a person, for a form to carry.
pub async fn version(q: &mut impl Query, person: Uuid) -> Result<i64> {
    Ok(queries::version(q, person).await?)
}

/// Lets a row take the place of what the same decider said before.
pub(super) async fn put(tx: &mut Tx, row: &Row) -> Result<()> {
    queries::end(tx, (row.person, row.purpose, row.answer.decider), row.at).await?;
    queries::add(tx, row).await?;
    Ok(())
}

/// Withdraws: whatever this decider said of these purposes is taken back, whether or not anything was said.
pub async fn withdraw(app: &App, school: SchoolId, given: &Withdrawing, deed: Deed) -> Result<TakenBack> {
    let mut tx = app.db.write(school).await?;
    let (back, rows) = take_back(app, &mut tx, given).await?;
    tx.commit(deed.to(given.person).hash(spelled(&rows))).await?;
    Ok(back)
}

/// The same within an open write.
pub(super) async fn take_back(app: &App, tx: &mut Tx, given: &Withdrawing) -> Result<(TakenBack, Vec<Row>)> {
    let purposes = queries::purposes(tx).await?;
    let is_meant = |purpose: &Purpose| given.purposes.as_ref().is_none_or(|codes| codes.contains(&purpose.code));
    let answers = purposes.iter().filter(|purpose| !purpose.is_retired && is_meant(purpose));
    let answers: Vec<_> = answers.map(|purpose| (purpose.code.clone(), Decision::Withdrawn)).collect();
    if answers.is_empty() {
        return Err(Refused::because("the school does not ask about this purpose any more").into());
    }
    let given = Given {
        person: given.person,
        // Taking away needs no sight of what stands there.
        seen: -1,
        decider: given.decider,
        authority: given.authority,
        route: given.route,
        answers,
        evidence: given.evidence,
        decided_on: clock::today(app.clock.as_ref()),
        entered_by: given.entered_by,
    };
    let (taken, rows) = take(app, tx, &given).await?;
    Ok((taken.back, rows))
}

/// Writes the lowering down, here and beside the database, and sets the take-down going.
async fn note_lowering(app: &App, tx: &mut Tx, given: &Given, purposes: Vec<String>) -> Result<TakenBack> {
    let is_withdrawal = given.answers.iter().any(|(_, decision)| *decision == Decision::Withdrawn);
    let lowered = Lowered {
        id: Uuid::now_v7(),
        person: given.person,
        decider: given.decider,
        authority: given.authority,
        decision: if is_withdrawal { Decision::Withdrawn } else { Decision::No },
        purposes,
        at: app.clock.now().as_millisecond(),
    };
    queries::add_lowered(tx, &lowered, None).await?;
    let back = after_lowering(app, tx, given.person).await?;
    kept::keep(app, &Line::lowered(tx.school(), lowered)).await;
    Ok(back)
}

/// Pushes the take-down work for a person, and tells what it will be about.
pub(super) async fn after_lowering(app: &App, tx: &mut Tx, person: Uuid) -> Result<TakenBack> {
    // Never "once": one that runs already may have looked too early.
    queue::push(tx, Job::TakeDownFor(person), app.clock.now()).await?;
    let public = appearances::of(tx, person).await?;
    let (removed, beyond_recall) = public.into_iter().partition(|found| found.recall == Recall::Yes);
    Ok(TakenBack { removed, beyond_recall })
}

/// Opposite answers, and a yes from somebody whose right to give it is not known, are for a person to settle.
async fn notice_tasks(app: &App, tx: &mut Tx, person: Uuid) -> Result<()> {
    let today = clock::today(app.clock.as_ref());
    let current = queries::current(tx, person).await?;
    let mut purposes: Vec<Uuid> = current.iter().map(|(purpose, _)| *purpose).collect();
    purposes.sort_unstable();
    purposes.dedup();
    let of = |purpose: Uuid| -> Vec<Answer> {
        current.iter().filter(|(of, _)| *of == purpose).map(|(_, answer)| answer.clone()).collect()
    };
    let disagreed = purposes.iter().any(|purpose| disagree(&of(*purpose), today));
    let unsure = current.iter().any(|(_, answer)| answer.on(today) == Decision::Yes && !answer.authority.may_agree());
    for (kind, is_so) in [("disagreement", disagreed), ("unknown-authority", unsure)] {
        if is_so && !queries::has_task(tx, kind, person).await? {
            queries::add_task(tx, Uuid::now_v7(), kind, person, app.clock.now().as_millisecond()).await?;
        }
    }
    Ok(())
}
