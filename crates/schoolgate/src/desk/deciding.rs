//! Handing in, approving, sending back, doubting, hurrying; and whom the headteacher has named to stand beside them.

use jiff::ToSpan as _;
use store::{Deed, Query, Tx};
use uuid::Uuid;

use super::drafting::{Seen, spelled};
use super::gate::{Refusal, Step};
use super::gather::{Everything, gather};
use super::request::{Approver, Request, State};
use super::{queries, screened, tasks};
use crate::access::role::Role;
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::people;
use crate::queue::{self, Job};

/// Done, or every reason why not.
pub type Gated = std::result::Result<(), Vec<Refusal>>;

/// The hour of the next day by which a second person has looked at what was published in a hurry.
const REVIEW_HOUR: i8 = 17;

/// A request in the caller's hands, at the version that a page showed.
async fn found(app: &App, caller: &Caller, tx: &mut Tx, seen: Seen, act: Act) -> Result<Request> {
    let request = queries::find(tx, seen.request).await?;
    app.access.may(caller, act, request.thing())?;
    if request.version != seen.version {
        return Err(Error::Conflict);
    }
    Ok(request)
}

/// Hands a request in for approval, if nothing stands against it.
pub async fn submit(app: &App, caller: &Caller, seen: Seen) -> Result<Gated> {
    let mut tx = app.db.write(caller.school).await?;
    let request = found(app, caller, &mut tx, seen, Act::EditRequest).await?;
    let all = gather(app, &mut tx, request.submit(app.clock.now())?, Step::HandingIn).await?;
    if let Err(refusals) = all.gate(app, Step::HandingIn) {
        return Ok(Err(refusals));
    }
    save(tx, caller, &all.request, "desk.handed-in").await.map(Ok)
}

async fn save(mut tx: Tx, caller: &Caller, request: &Request, verb: &'static str) -> Result<()> {
    queries::save(&mut tx, request).await?;
    Ok(tx.commit(Deed::by(caller.person).did(verb).to(request.id).hash(spelled(request))).await?)
}

/// What the gate says of a request now, for pages.
pub async fn look(app: &App, caller: &Caller, id: Uuid, step: Step) -> Result<Everything> {
    let mut read = app.db.read(caller.school).await?;
    let request = queries::find(&mut read, id).await?;
    app.access.may(caller, Act::SeeRequest, request.thing())?;
    gather(app, &mut read, request, step).await
}

/// Whether somebody may approve today, and in which capacity.
pub async fn approver(app: &App, q: &mut impl Query, person: Uuid) -> Result<Option<Approver>> {
    let roles = people::find(q, person).await?.roles_on(screened::today(app));
    if roles.contains(&Role::Headteacher) {
        return Ok(Some(Approver { person, is_headteacher: true }));
    }
    let is_named = queries::deputies(q).await?.iter().any(|deputy| deputy.person == person);
    Ok((is_named && !roles.is_empty()).then_some(Approver { person, is_headteacher: false }))
}

async fn must_approve(app: &App, q: &mut impl Query, person: Uuid) -> Result<Approver> {
    let none = || Refused::because("only the headteacher and those whom the headteacher has named approve posts");
    Ok(approver(app, q, person).await?.ok_or_else(none)?)
}

/// Approves a request; with the last approval that it needs, it is on its way.
pub async fn approve(app: &App, caller: &Caller, seen: Seen) -> Result<Gated> {
    let mut tx = app.db.write(caller.school).await?;
    let request = found(app, caller, &mut tx, seen, Act::ApproveRequest).await?;
    let approver = must_approve(app, &mut tx, caller.person).await?;
    let now = app.clock.now();
    let request = request.approve(approver, now)?;
    let all = gather(app, &mut tx, request, Step::Approving).await?;
    if let Err(refusals) = all.gate(app, Step::Approving) {
        return Ok(Err(refusals));
    }
    approved(app, tx, caller, &all.request, "desk.approved").await.map(Ok)
}

/// Saves the newest approval, and what follows from it.
async fn approved(app: &App, mut tx: Tx, caller: &Caller, request: &Request, verb: &'static str) -> Result<()> {
    let (State::Submitted { approvals } | State::Approved { approvals, .. }) = &request.state else {
        return Err(Error::fault("approving a request", "it has no approvals"));
    };
    if let Some(yes) = approvals.last() {
        queries::add_approval(&mut tx, request.id, request.edition, yes).await?;
    }
    if matches!(request.state, State::Approved { .. }) {
        let now = app.clock.now();
        let at = request.content.release_at.map_or(now, |planned| planned.max(now));
        queue::push(&mut tx, Job::Release(request.id), at).await?;
    }
    save(tx, caller, request, verb).await
}

/// Sends a request back to its writers, with what they should change.
pub async fn send_back(app: &App, caller: &Caller, seen: Seen, words: &str) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let request = found(app, caller, &mut tx, seen, Act::ApproveRequest).await?;
    let now = app.clock.now();
    let request = request.send_back(now)?;
    let at = now.as_millisecond();
    let remark = queries::Remark { person: Some(caller.person), at, words: words.to_owned() };
    queries::add_remark(&mut tx, request.id, &remark).await?;
    save(tx, caller, &request, "desk.sent-back").await
}

/// Sends a request back by the program itself, within a write that is open.
pub(super) async fn return_to_writers(tx: &mut Tx, request: Request, words: &str, now: jiff::Timestamp) -> Result<()> {
    let request = request.send_back(now)?;
    let remark = queries::Remark { person: None, at: now.as_millisecond(), words: words.to_owned() };
    queries::add_remark(tx, request.id, &remark).await?;
    Ok(queries::save(tx, &request).await?)
}

/// Somebody who may see it is in doubt: it rests for 48 hours.
pub async fn doubt(app: &App, caller: &Caller, seen: Seen) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let request = found(app, caller, &mut tx, seen, Act::RemarkRequest).await?;
    let request = request.doubt(app.clock.now())?;
    save(tx, caller, &request, "desk.doubted").await
}

/// The headteacher publishes at once, with a reason. The permissions of this moment still count.
pub async fn publish_at_once(app: &App, caller: &Caller, seen: Seen, because: &str) -> Result<Gated> {
    let mut tx = app.db.write(caller.school).await?;
    let request = found(app, caller, &mut tx, seen, Act::OverrideRequest).await?;
    let approver = must_approve(app, &mut tx, caller.person).await?;
    let now = app.clock.now();
    // An edition of its own, so that no approval of before is counted with it.
    let request = Request { edition: request.edition + 1, ..request }.override_for(approver, because, now)?;
    let all = gather(app, &mut tx, request, Step::Approving).await?;
    if let Err(refusals) = all.gate(app, Step::Approving) {
        return Ok(Err(refusals));
    }
    let tomorrow =
        clock::in_london(now).checked_add(1.day()).map_err(|error| Error::fault("naming tomorrow", error))?;
    let due = tomorrow.with().hour(REVIEW_HOUR).minute(0).second(0).subsec_nanosecond(0).build();
    let due = due.map_err(|error| Error::fault("naming tomorrow", error))?.timestamp();
    tasks::add(&mut tx, tasks::New { kind: tasks::Kind::Review, request: seen.request, copy: None, due }, now).await?;
    approved(app, tx, caller, &all.request, "desk.published-at-once").await.map(Ok)
}

// Deputies.

/// Those whom the headteacher has named, with their names.
pub async fn deputies(app: &App, caller: &Caller) -> Result<Vec<(queries::Deputy, String)>> {
    app.access.may(caller, Act::NameDeputy, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let mut named = Vec::new();
    for deputy in queries::deputies(&mut read).await? {
        let called = people::find(&mut read, deputy.person).await?.called().to_owned();
        named.push((deputy, called));
    }
    Ok(named)
}

/// Those who could be named: they may see what waits.
pub async fn nameable(app: &App, caller: &Caller) -> Result<Vec<(Uuid, String)>> {
    app.access.may(caller, Act::NameDeputy, Thing::premises(caller.school))?;
    let today = screened::today(app);
    let everybody = people::operator::people(app, caller.school).await?;
    let may = |person: &&people::person::Person| person.roles_on(today).iter().any(|role| COULD.contains(role));
    Ok(everybody.iter().filter(may).map(|person| (person.id, person.particulars.name.clone())).collect())
}

const COULD: &[Role] = &[Role::SeniorLeader, Role::Dsl, Role::SchoolBusinessManager];

/// Names somebody to approve beside the headteacher.
pub async fn name_deputy(app: &App, caller: &Caller, person: Uuid) -> Result<()> {
    app.access.may(caller, Act::NameDeputy, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let roles = people::find(&mut tx, person).await?.roles_on(screened::today(app));
    if !roles.iter().any(|role| COULD.contains(role)) {
        return Err(Refused::because(
            "only a senior leader, the safeguarding lead or the business manager can be named",
        )
        .into());
    }
    if queries::deputies(&mut tx).await?.iter().any(|deputy| deputy.person == person) {
        return Err(Refused::because("this person is named already").into());
    }
    let id = Uuid::now_v7();
    queries::add_deputy(&mut tx, id, person, app.clock.now().as_millisecond()).await?;
    Ok(tx.commit(Deed::by(caller.person).did("desk.deputy-named").to(person)).await?)
}

pub async fn end_deputy(app: &App, caller: &Caller, id: Uuid, seen: i64) -> Result<()> {
    app.access.may(caller, Act::NameDeputy, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    queries::end_deputy(&mut tx, id, seen, app.clock.now().as_millisecond()).await?;
    Ok(tx.commit(Deed::by(caller.person).did("desk.deputy-ended").to(id)).await?)
}

/// Asks the gate about something approved as if it went out now; what it refuses goes back to its writers.
pub(super) async fn ask_again(app: &App, school: store::SchoolId, id: Uuid) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write(school).await?;
    let request = queries::find(&mut tx, id).await?;
    if !matches!(request.state, State::Approved { .. }) {
        return Ok(());
    }
    let all = gather(app, &mut tx, request, Step::Releasing).await?;
    let Err(refusals) = all.gate(app, Step::Releasing) else { return Ok(()) };
    let said: Vec<String> =
        refusals.iter().take(10).map(|refusal| format!("{}: {}", refusal.place.label(), refusal.said)).collect();
    let words = format!("Something has changed since it was approved. {}", said.join("\n"));
    return_to_writers(&mut tx, all.request, &words, now).await?;
    Ok(tx.commit(Deed::by_program().did("desk.returned").to(id)).await?)
}
