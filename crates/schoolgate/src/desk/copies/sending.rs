//! Sending: the release of a request to each of its accounts.

use channels::{Channel, Failed, Sent, Sought};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use store::{Deed, SchoolId, Tx};
use uuid::Uuid;

use super::super::gate::{Matter, Refusal, Step};
use super::super::gather::{Everything, gather};
use super::super::queries as requests;
use super::super::request::{Request, State};
use super::super::{accounts, deciding, pictures};
use super::copy::{Copy, CopyState};
use super::{Of, again, both, claimed, post, queries, save};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::permissions::Recall;
use crate::permissions::appearances::{self, Appearance, How};
use crate::queue::{self, Job};

/// The hour of the day on which something planned is taken down.
const REMOVAL_HOUR: i8 = 6;
/// Reasons that a remark repeats of a refused release.
const REASONS_MAX: usize = 10;
/// What the remote name of a post is that a person makes, until its own address is known.
pub(super) const BY_HAND: &str = "by-hand";

/// Takes a request out, as far as that can be done now. May run twice, and goes on where it was interrupted.
pub async fn release(app: &App, school: SchoolId, request: Uuid) -> Result<()> {
    let of = (app, school);
    if !begin(of, request).await? {
        return Ok(());
    }
    let mut read = app.db.read(school).await?;
    let copies = queries::of_request(&mut read, request).await?;
    drop(read);
    for copy in copies.into_iter().filter(Copy::is_to_send) {
        send(of, copy.id).await?;
    }
    finish(of, request).await
}

/// The last gate, and the record of what is about to go out. `false`: there is nothing to send.
async fn begin((app, school): Of<'_>, id: Uuid) -> Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.write(school).await?;
    let request = match requests::find(&mut tx, id).await {
        Err(store::Error::NotFound) => return Ok(false),
        found => found?,
    };
    match &request.state {
        State::Releasing { .. } => return Ok(true),
        State::Approved { .. } => {}
        _ => return Ok(false),
    }
    if let Some(planned) = request.content.release_at.filter(|planned| now < *planned) {
        queue::push(&mut tx, Job::Release(id), planned).await?;
        tx.commit(Deed::by_program().did("desk.release-waits").to(id)).await?;
        return Ok(false);
    }
    if request.has_lapsed(now) {
        let said = "The approval was too old. Hand it in again.";
        deciding::return_to_writers(&mut tx, request, said, now).await?;
        tx.commit(Deed::by_program().did("desk.returned").to(id)).await?;
        return Ok(false);
    }
    let all = gather(app, &mut tx, request, Step::Releasing).await?;
    if let Err(refusals) = all.gate(app, Step::Releasing) {
        let said = format!("It was not published when its time came. {}", in_words(&refusals));
        deciding::return_to_writers(&mut tx, all.request, &said, now).await?;
        tx.commit(Deed::by_program().did("desk.returned").to(id)).await?;
        return Ok(false);
    }
    record(&mut tx, all, now).await?;
    Ok(tx.commit(Deed::by_program().did("desk.releasing").to(id)).await.map(|()| true)?)
}

/// Every reason, in the words of the page.
pub(super) fn in_words(refusals: &[Refusal]) -> String {
    let said = |refusal: &Refusal| format!("{}: {}. {}", refusal.place.label(), refusal.said, refusal.way_out);
    refusals.iter().take(REASONS_MAX).map(said).collect::<Vec<_>>().join("\n")
}

/// Writes down the copies and whom they show, before any of them is sent.
async fn record(tx: &mut Tx, all: Everything, now: Timestamp) -> Result<()> {
    queries::forget_failed(tx, all.request.id).await?;
    for account in &all.accounts {
        let copy = Copy::new(all.request.id, (account.id, account.called.clone()), now);
        queries::add(tx, &copy).await?;
        for (person, matter) in all.people() {
            let appearance = Appearance {
                item: copy.id,
                person,
                how: if matter == Matter::Shown { How::Shown } else { How::Named },
                purpose: account.reach().purpose().to_owned(),
                place: account.called.clone(),
                recall: Recall::Yes,
                since: now.as_millisecond(),
            };
            appearances::add(tx, &appearance).await?;
        }
    }
    let mut hash = Sha256::new_with_prefix(format!("{} {}", all.request.id, all.request.content.words));
    all.pictures.iter().for_each(|picture| hash.update(&picture.hash));
    requests::bind_content(tx, all.request.id, &hash.finalize()).await?;
    let released = all.request.release(now)?;
    Ok(requests::save(tx, &released).await?)
}

/// What the claim allows.
enum Turn {
    /// Somebody else is at it, or there is nothing to do.
    Pass,
    Look(Copy, Allowed),
    Send(Copy),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Yes,
    /// It may not go out any more; if it is out already, it comes down.
    No,
}

/// One copy: claim, close; call out; record, close.
async fn send(of: Of<'_>, id: Uuid) -> Result<()> {
    let (app, school) = of;
    let (copy, looks, allowed) = match claim(of, id).await? {
        Turn::Pass => return Ok(()),
        Turn::Look(copy, allowed) => (copy, true, allowed),
        Turn::Send(copy) => (copy, false, Allowed::Yes),
    };
    let mut read = app.db.read(school).await?;
    let request = requests::find(&mut read, copy.request).await?;
    let post = post(app, &mut read, &request, &copy).await?;
    drop(read);
    let account = accounts::one(app, school, copy.account).await?;
    if account.is_by_hand() {
        // Somebody posts the bundle; from now on it may be in public.
        let sent = Sent { address: account.address, remote: BY_HAND.to_owned() };
        return recorded(of, copy, Outcome::Out(sent)).await;
    }
    let outcome = match accounts::open(app, school, copy.account).await {
        Ok(channel) => match pictures::fitted(post, channel.limits().picture_bytes_max).await? {
            Ok(post) => called(channel.as_ref(), &post, (looks, allowed)).await,
            Err(said) => Outcome::NotSent(Failed::Never(channels::Reason::Refused(said))),
        },
        // Retired or without credentials: a person has to mend it, and nothing has been sent.
        Err(Error::Refused(refused)) if !looks => {
            Outcome::NotSent(Failed::Never(channels::Reason::Refused(refused.because.into_owned())))
        }
        Err(error) => return Err(error),
    };
    recorded(of, copy, outcome).await
}

/// What the channel said.
enum Outcome {
    Out(Sent),
    NotSent(Failed),
    NotSeen(Failed),
    /// It is not there, and may not go out any more.
    Dropped,
}

async fn called(channel: &dyn Channel, post: &channels::Post, (looks, allowed): (bool, Allowed)) -> Outcome {
    if looks {
        match channel.find(Sought::Unsure(post)).await {
            Ok(Some(sent)) => return Outcome::Out(sent),
            Ok(None) if allowed == Allowed::No => return Outcome::Dropped,
            Ok(None) => {}
            Err(failed) => return Outcome::NotSeen(failed),
        }
    }
    match channel.publish(post).await {
        Ok(sent) => Outcome::Out(sent),
        Err(failed) => Outcome::NotSent(failed),
    }
}

/// A claim with a gate of this moment: however long it has waited, nothing goes out late without one.
async fn claim((app, school): Of<'_>, id: Uuid) -> Result<Turn> {
    let now = app.clock.now();
    let mut tx = app.db.write(school).await?;
    let copy = queries::find(&mut tx, id).await?;
    let request = requests::find(&mut tx, copy.request).await?;
    if !copy.is_to_send() || now < copy.next_at || !matches!(request.state, State::Releasing { .. }) {
        return Ok(Turn::Pass);
    }
    let all = gather(app, &mut tx, request, Step::Releasing).await?;
    let refused = all.gate(app, Step::Releasing).err();
    let too_late =
        copy.is_too_late(now).then(|| "its time is over: the channel could not be reached for days".to_owned());
    let because = refused.map(|refusals| in_words(&refusals)).or(too_late);
    let looks = copy.is_unsure();
    let turn = match (because, looks) {
        (Some(because), false) => {
            save(&mut tx, &copy.failed(because, now)).await?;
            appearances::end(&mut tx, id, now.as_millisecond()).await?;
            tx.commit(Deed::by_program().did("desk.copy-refused").to(id)).await?;
            return Ok(Turn::Pass);
        }
        (Some(_), true) => Turn::Look(copy.take_down(now).claim(now), Allowed::No),
        (None, true) => Turn::Look(copy.claim(now), Allowed::Yes),
        (None, false) => Turn::Send(copy.claim(now)),
    };
    if let Turn::Look(copy, _) | Turn::Send(copy) = &turn {
        save(&mut tx, copy).await?;
    }
    tx.commit(Deed::by_program().did("desk.copy-claimed").to(id)).await?;
    Ok(turn)
}

/// Writes down what came of it. Whoever was overtaken writes nothing.
async fn recorded((app, school): Of<'_>, copy: Copy, outcome: Outcome) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write(school).await?;
    let Some((request, held)) = claimed(&mut tx, &copy).await? else { return Ok(()) };
    let (after, verb) = match outcome {
        Outcome::Out(sent) => (held.out(sent, now), "desk.copy-out"),
        Outcome::NotSent(failed) => (held.not_sent(&failed, now), "desk.copy-not-sent"),
        Outcome::NotSeen(failed) => (held.not_seen(&failed, now), "desk.copy-unsure"),
        Outcome::Dropped => (held.failed("it may not be published any more".to_owned(), now), "desk.copy-refused"),
    };
    save(&mut tx, &after).await?;
    let address = after.sent.as_ref().map(|sent| sent.address.clone());
    if let Some(address) = &address {
        appearances::moved(&mut tx, after.id, address).await?;
    }
    if after.state == CopyState::Failed {
        appearances::end(&mut tx, after.id, now.as_millisecond()).await?;
    }
    if after.is_to_remove() {
        queue::push(&mut tx, Job::TakeDown(request.id), now).await?;
    }
    let bound = format!("{} {}", after.id, address.unwrap_or_default());
    Ok(tx.commit(Deed::by_program().did(verb).to(after.id).hash(bound)).await?)
}

/// Settles the request when every copy has had its answer; otherwise comes again.
async fn finish((app, school): Of<'_>, id: Uuid) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write(school).await?;
    let (request, copies) = both(&mut tx, id).await?;
    if !matches!(request.state, State::Releasing { .. }) {
        return Ok(());
    }
    let waiting: Vec<Copy> = copies.iter().filter(|copy| copy.is_to_send()).cloned().collect();
    if !waiting.is_empty() {
        again(&mut tx, Job::Release(id), &waiting, now).await?;
        return Ok(tx.commit(Deed::by_program().did("desk.release-goes-on").to(id)).await?);
    }
    let is_out = copies.iter().any(Copy::may_be_public);
    let (request, verb) = match is_out {
        true => (settled(&mut tx, request, now).await?, "desk.released"),
        false => (unsent(&mut tx, request, &copies, now).await?, "desk.returned"),
    };
    requests::save(&mut tx, &request).await?;
    Ok(tx.commit(Deed::by_program().did(verb).to(id)).await?)
}

async fn settled(tx: &mut Tx, request: Request, now: Timestamp) -> Result<Request> {
    if let Some(day) = request.content.remove_on {
        queue::push(tx, Job::RemovePlanned(request.id), morning_of(day)?).await?;
    }
    Ok(request.settle(now)?)
}

/// Nothing of it came out: its writers have it again, and know why.
async fn unsent(tx: &mut Tx, request: Request, copies: &[Copy], now: Timestamp) -> Result<Request> {
    let said = |copy: &Copy| format!("{}: {}", copy.called, copy.said.as_deref().unwrap_or("it did not work"));
    let words = format!("It could not be published. {}", copies.iter().map(said).collect::<Vec<_>>().join("\n"));
    let remark = requests::Remark { person: None, at: now.as_millisecond(), words };
    requests::add_remark(tx, request.id, &remark).await?;
    Ok(request.come_back(now)?)
}

fn morning_of(day: Date) -> Result<Timestamp> {
    let morning = day.at(REMOVAL_HOUR, 0, 0, 0).in_tz(clock::LONDON);
    Ok(morning.map_err(|error| Error::fault("naming the morning of a day", error))?.timestamp())
}
