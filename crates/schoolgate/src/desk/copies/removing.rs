//! Taking down: everywhere, then looked up again until it is seen gone.

use channels::{Channel, Failed, Sent, Sought};
use jiff::{Timestamp, ToSpan as _};
use store::{Deed, Query as _, SchoolId, Tx};
use uuid::Uuid;

use super::super::drafting::Seen;
use super::super::queries as requests;
use super::super::request::{Request, State};
use super::super::{accounts, deciding, pictures, screened, tasks};
use super::copy::{Copy, CopyState};
use super::{Of, again, both, by_hand, claimed, post, queries, save};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::error::{Error, Result};
use crate::permissions::appearances::{self, Appearance, How};
use crate::permissions::{self, Light, Recall};
use crate::queue::{self, Job};
use crate::registers::{holders, sweep};

/// Within this time somebody has removed by hand what the program could not.
const BY_HAND_HOURS: i64 = 4;

/// Has a request taken down, with a reason that is kept.
pub async fn remove(app: &App, caller: &Caller, seen: Seen, because: &str) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let (request, copies) = both(&mut tx, seen.request).await?;
    app.access.may(caller, Act::TakeDownRequest, request.thing())?;
    if request.version != seen.version {
        return Err(Error::Conflict);
    }
    down(&mut tx, request, &copies, because, app.clock.now()).await?;
    Ok(tx.commit(Deed::by(caller.person).did("desk.taking-down").to(seen.request)).await?)
}

/// Everything of a request comes down; its pictures' keys are destroyed in the same write.
pub(super) async fn down(tx: &mut Tx, request: Request, copies: &[Copy], because: &str, now: Timestamp) -> Result<()> {
    for copy in copies.iter().filter(|copy| copy.state != CopyState::Gone) {
        let after = copy.clone().take_down(now);
        save(tx, &after).await?;
        if after.state == CopyState::Gone {
            appearances::end(tx, after.id, now.as_millisecond()).await?;
        }
    }
    let request = request.take_down(now)?;
    requests::give_reason(tx, request.id, because).await?;
    pictures::destroy(tx, request.id).await?;
    requests::save(tx, &request).await?;
    queue::push(tx, Job::TakeDown(request.id), now).await
}

/// The planned day has come.
pub async fn planned(app: &App, school: SchoolId, id: Uuid) -> Result<()> {
    let mut tx = app.db.write(school).await?;
    let (request, copies) = both(&mut tx, id).await?;
    // The day may have been changed, and the job may run twice.
    let is_due = request.content.remove_on.is_some_and(|day| day <= screened::today(app));
    if request.state != State::Released || !is_due {
        return Ok(());
    }
    down(&mut tx, request, &copies, "its planned day came", app.clock.now()).await?;
    Ok(tx.commit(Deed::by_program().did("desk.taking-down").to(id)).await?)
}

/// Somebody may not be shown or named any more: everything of them that rests on a permission which is no yes comes down,
/// and what waits with them goes back to its writers. Gives how much of it has not been seen gone yet.
pub async fn take_down_for(app: &App, school: SchoolId, person: Uuid) -> Result<usize> {
    let now = app.clock.now();
    let mut tx = app.db.write(school).await?;
    let public = appearances::of(&mut tx, person).await?;
    let mut touched = Vec::new();
    let mut awaited = 0;
    for appearance in public.iter().filter(|found| found.recall == Recall::Yes) {
        let copy = match queries::find(&mut tx, appearance.item).await {
            Ok(copy) => copy,
            // Not ours: print or press, which others look after.
            Err(store::Error::NotFound) => continue,
            Err(error) => return Err(error.into()),
        };
        if copy.down_at.is_none() && still_permitted(app, &mut tx, &copy, appearance).await? {
            continue;
        }
        awaited += 1;
        if copy.down_at.is_some() {
            continue;
        }
        let after = copy.take_down(now);
        save(&mut tx, &after).await?;
        if after.state == CopyState::Gone {
            appearances::end(&mut tx, after.id, now.as_millisecond()).await?;
        }
        touched.push(after.request);
    }
    touched.sort_unstable();
    touched.dedup();
    for request in &touched {
        close_if_all_down(&mut tx, *request, now).await?;
    }
    let returned = send_back_with(&mut tx, person, now).await?;
    if touched.is_empty() && !returned {
        return Ok(awaited);
    }
    tx.commit(Deed::by_program().did("desk.take-down-for").to(person)).await?;
    Ok(awaited)
}

async fn still_permitted(app: &App, tx: &mut Tx, copy: &Copy, appearance: &Appearance) -> Result<bool> {
    let account = accounts::one(app, tx.school(), copy.account).await?;
    let today = screened::today(app);
    let kind = account.reach();
    let standings = permissions::standing(tx, &[appearance.person], kind.purpose(), kind, today).await?;
    let Some(standing) = standings.first() else { return Ok(false) };
    Ok(match appearance.how {
        How::Shown => standing.shown == Light::Yes,
        // Which form of the name stands there is not on record: every form has to be permitted still.
        How::Named => standing.full_name == Light::Yes || standing.named_with_it == Light::Yes,
    })
}

/// When no copy is to stay, the request itself comes down, and its pictures are destroyed.
async fn close_if_all_down(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<()> {
    let (request, copies) = both(tx, id).await?;
    let is_all = copies.iter().all(|copy| copy.down_at.is_some() || copy.state == CopyState::Failed);
    let is_out = matches!(request.state, State::Releasing { .. } | State::Released);
    if is_all && is_out {
        return down(tx, request, &copies, "a permission was taken back", now).await;
    }
    queue::push(tx, Job::TakeDown(id), now).await
}

/// What waits or is approved with this person in it goes back to its writers.
async fn send_back_with(tx: &mut Tx, person: Uuid, now: Timestamp) -> Result<bool> {
    let waiting = pictures::unpublished_with(tx, person).await?;
    for id in &waiting {
        let request = requests::find(tx, *id).await?;
        let said = "A permission has changed for somebody in a picture. Look at it again before you hand it in.";
        deciding::return_to_writers(tx, request, said, now).await?;
    }
    Ok(!waiting.is_empty())
}

/// Removes what is to come down, as far as that can be done now, and looks whether it is gone.
pub async fn remove_now(app: &App, school: SchoolId, request: Uuid) -> Result<()> {
    let of = (app, school);
    let mut read = app.db.read(school).await?;
    let copies = queries::of_request(&mut read, request).await?;
    drop(read);
    for copy in copies.into_iter().filter(Copy::is_to_remove) {
        remove_copy(of, copy.id).await?;
    }
    finish(of, request).await
}

/// One copy: claim, close; call out; record, close.
async fn remove_copy(of: Of<'_>, id: Uuid) -> Result<()> {
    let (app, school) = of;
    let Some(copy) = claim(of, id).await? else { return Ok(()) };
    let mut read = app.db.read(school).await?;
    let request = requests::find(&mut read, copy.request).await?;
    let post = post(app, &mut read, &request, &copy).await?;
    drop(read);
    let account = accounts::one(app, school, copy.account).await?;
    let outcome = if account.is_by_hand() {
        Outcome::OnlyByHand
    } else {
        match accounts::open(app, school, copy.account).await {
            Ok(channel) => called(channel.as_ref(), &copy, &post).await,
            // Retired or without credentials: only a person can get there now.
            Err(Error::Refused(refused)) => Outcome::Refused(None, refused.because.into_owned()),
            Err(error) => return Err(error),
        }
    };
    recorded(of, copy, outcome).await
}

async fn claim((app, school): Of<'_>, id: Uuid) -> Result<Option<Copy>> {
    let now = app.clock.now();
    let mut tx = app.db.write(school).await?;
    let copy = queries::find(&mut tx, id).await?;
    if !copy.is_to_remove() || now < copy.next_at {
        return Ok(None);
    }
    let copy = copy.claim(now);
    save(&mut tx, &copy).await?;
    tx.commit(Deed::by_program().did("desk.copy-claimed").to(id)).await?;
    Ok(Some(copy))
}

enum Outcome {
    Gone,
    StillThere(Option<Sent>, String),
    /// It will not work however often it is tried.
    Refused(Option<Sent>, String),
    OnlyByHand,
}

/// Removes it, and looks.
async fn called(channel: &dyn Channel, copy: &Copy, post: &channels::Post) -> Outcome {
    let known = match &copy.sent {
        Some(sent) => Some(sent.clone()),
        None => match channel.find(Sought::Unsure(post)).await {
            Ok(found) => found,
            Err(failed) => return not_removed(None, &failed),
        },
    };
    let Some(sent) = known else { return Outcome::Gone };
    if let Err(failed) = channel.take_down(&sent).await {
        return not_removed(Some(sent), &failed);
    }
    match channel.find(Sought::Known(&sent)).await {
        Ok(None) => Outcome::Gone,
        Ok(Some(_)) => Outcome::StillThere(Some(sent), "it was removed, and is still seen".to_owned()),
        Err(failed) => not_removed(Some(sent), &failed),
    }
}

fn not_removed(sent: Option<Sent>, failed: &Failed) -> Outcome {
    match failed {
        Failed::Never(_) => Outcome::Refused(sent, failed.to_string()),
        Failed::Retry { .. } | Failed::Unsure(_) => Outcome::StillThere(sent, failed.to_string()),
    }
}

async fn recorded((app, school): Of<'_>, copy: Copy, outcome: Outcome) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write(school).await?;
    let Some((request, held)) = claimed(&mut tx, &copy).await? else { return Ok(()) };
    let with = |sent: Option<Sent>| Copy { sent: sent.or_else(|| held.sent.clone()), ..held.clone() };
    let (after, verb) = match outcome {
        Outcome::Gone => (held.clone().gone(now), "desk.copy-gone"),
        Outcome::StillThere(sent, said) => (with(sent).still_there(said, now), "desk.copy-still-there"),
        Outcome::Refused(sent, said) => (with(sent).stuck(said, now), "desk.copy-stuck"),
        Outcome::OnlyByHand => (
            held.clone().stuck("it was posted by hand and has to be removed by hand".to_owned(), now),
            "desk.copy-stuck",
        ),
    };
    save(&mut tx, &after).await?;
    if after.state == CopyState::Gone {
        appearances::end(&mut tx, after.id, now.as_millisecond()).await?;
        sweep::saw_gone(&mut tx, &after.found(), now).await?;
    }
    if after.state == CopyState::Stuck {
        let due = now + BY_HAND_HOURS.hours();
        let new = tasks::New { kind: tasks::Kind::RemoveByHand, request: request.id, copy: Some(after.id), due };
        tasks::add(&mut tx, new, now).await?;
    }
    Ok(tx.commit(Deed::by_program().did(verb).to(after.id)).await?)
}

/// Closes the request when everything was seen gone; otherwise comes again.
async fn finish((app, school): Of<'_>, id: Uuid) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write(school).await?;
    let (request, copies) = both(&mut tx, id).await?;
    let left: Vec<Copy> = copies.iter().filter(|copy| copy.is_to_remove()).cloned().collect();
    if !left.is_empty() {
        again(&mut tx, Job::TakeDown(id), &left, now).await?;
        return Ok(tx.commit(Deed::by_program().did("desk.removal-goes-on").to(id)).await?);
    }
    if request.state != State::TakingDown || copies.iter().any(Copy::may_be_public) {
        return Ok(());
    }
    let mut request = request.gone(now)?;
    // From here on the record holds hashes, times and reasons.
    request.content.words.clear();
    pictures::forget(&mut tx, id).await?;
    requests::save(&mut tx, &request).await?;
    Ok(tx.commit(Deed::by_program().did("desk.taken-down").to(id)).await?)
}

/// One line of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    pub copy: Uuid,
    /// Whether somebody has still to post it and bring its address back.
    pub is_to_post: bool,
    pub called: String,
    pub address: Option<String>,
    pub state: CopyState,
    pub out_at: Option<Timestamp>,
    pub down_at: Option<Timestamp>,
    pub gone_at: Option<Timestamp>,
    pub said: Option<String>,
}

/// Address and times of every copy of a request, and why it came down.
pub async fn receipt(app: &App, caller: &Caller, id: Uuid) -> Result<(Vec<Removal>, Option<String>)> {
    let mut read = app.db.read(caller.school).await?;
    let (request, copies) = both(&mut read, id).await?;
    app.access.may(caller, Act::SeeRequest, request.thing())?;
    let (_, because) = requests::kept(&mut read, id).await?;
    let removal = |copy: Copy| Removal {
        copy: copy.id,
        is_to_post: by_hand::is_to_post(&copy),
        called: copy.called,
        address: copy.sent.map(|sent| sent.address),
        state: copy.state,
        out_at: copy.out_at,
        down_at: copy.down_at,
        gone_at: copy.gone_at,
        said: copy.said,
    };
    Ok((copies.into_iter().map(removal).collect(), because))
}

/// Once an hour: raises what is overdue, and sends back what was approved and may not go out any more.
pub async fn look_over(app: &App) -> Result<()> {
    for school in app.db.schools().await? {
        if school == SchoolId::HOUSE {
            continue;
        }
        tasks::raise_overdue(app, school).await?;
        holders::raise_overdue(app, school).await?;
        send_back_lapsed(app, school).await?;
    }
    Ok(())
}

/// A permission that ended by itself, at midnight say, tells nobody: so what waits is asked about again.
async fn send_back_lapsed(app: &App, school: SchoolId) -> Result<()> {
    let mut read = app.db.read(school).await?;
    let approved = requests::in_state(&mut read, "approved").await?;
    drop(read);
    for line in approved {
        deciding::ask_again(app, school, line.id).await?;
    }
    Ok(())
}
