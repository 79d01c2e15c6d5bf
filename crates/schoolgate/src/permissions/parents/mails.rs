//! Writing to families: who gets a link, who needs a printed letter, who is reminded, and the letters themselves.
//!
//! Promises: a letter names no child and no answer; whoever has answered, has left, does not decide, or whose child is not asked
//! about any more is not written to, and that is looked at again when the letter's turn comes. Does not: write where two adults
//! share an address or a court limits contact; the office does that by hand.

use std::collections::{BTreeMap, HashMap};

use store::{Deed, Query, SchoolId};
use uuid::Uuid;

use super::links::{LINK_MS, authority_of, make_mailed, settle_mailed};
use super::{letters, queries, words};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock::{self, from_millis};
use crate::error::{Error, Refused, Result};
use crate::people;
use crate::people::accounts::Carried;
use crate::people::accounts::token::Token;
use crate::people::post::{self, Ask, Came, Kind, Mail, Settings, State};
use crate::permissions::decision::{Authority, Decision};
use crate::permissions::queries::PEOPLE_A_STATEMENT;
use crate::permissions::standing::Light;
use crate::permissions::{Purpose, office};
use crate::roster::adult::{Adult, Contact, Responsible};
use crate::roster::pupil::{Known, Pupil};
use crate::roster::{self, several};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Letters that are older than this say nothing about what is outstanding now.
const LOOKED_AT_MS: i64 = 180 * DAY_MS;
/// A second press on the same day reminds nobody twice.
const PRESSED_AGAIN_MS: i64 = DAY_MS;

/// How one adult can be asked about one child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Mail,
    /// Only by a printed letter, and why.
    Letter(&'static str),
    /// Nothing is left to ask.
    Answered,
    /// Not at all, and why.
    Never(&'static str),
}

/// What decides it.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub is_on_roll: bool,
    pub authority: Option<Authority>,
    pub contact_order: Known,
    pub is_outstanding: bool,
    pub is_born_known: bool,
    pub address: Address,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    Own,
    /// Another adult of the child has the same.
    Shared,
    None,
}

/// Whether and how to ask.
pub fn reach(facts: &Facts) -> Reach {
    if !facts.is_on_roll {
        return Reach::Never("the child is not on roll any more");
    }
    if facts.authority.is_none() {
        return Reach::Never("this adult does not decide for the child");
    }
    if !facts.is_outstanding {
        return Reach::Answered;
    }
    if facts.contact_order == Known::Yes {
        return Reach::Letter("a court has said something about contact: ask by hand, if at all");
    }
    if !facts.is_born_known {
        return Reach::Letter("the school does not know when the child was born, which the link asks for");
    }
    match facts.address {
        Address::Own => Reach::Mail,
        Address::Shared => Reach::Letter("shares an email address with another adult of the child"),
        Address::None => Reach::Letter("has no email address"),
    }
}

/// One adult of one child.
#[derive(Clone, Debug)]
pub struct Family {
    pub pupil: Pupil,
    pub adult: Adult,
    pub reach: Reach,
    /// Where a letter would go.
    email: Option<String>,
}

impl Family {
    fn whom(&self) -> (Uuid, Uuid) {
        (self.pupil.id, self.adult.id)
    }
}

/// How each adult of each of these children can be asked now, in the order of the children.
async fn families(app: &App, q: &mut impl Query, pupils: Vec<Pupil>, in_use: &[Purpose]) -> Result<Vec<Family>> {
    let today = clock::today(app.clock.as_ref());
    let ids: Vec<Uuid> = pupils.iter().map(|pupil| pupil.id).collect();
    let lights = office::decided_of(q, &ids, in_use, today).await?;
    let born_known = several::born_known(q, &ids).await?;
    let mut adults_of = several::adults_of(q, &ids, today).await?;
    let adults: Vec<Uuid> = adults_of.values().flatten().map(|one| one.adult.id).collect();
    let contacts = several::contacts(app, q, &adults).await?;
    let mut said = HashMap::new();
    for some in ids.chunks(PEOPLE_A_STATEMENT) {
        let answers = queries::answers(q, some).await?.into_iter();
        said.extend(answers.map(|(of, what, answer)| ((of, what, answer.decider), answer.on(today))));
    }
    let mut all = Vec::with_capacity(adults.len());
    for (pupil, lights) in pupils.into_iter().zip(lights) {
        let open = in_use.iter().zip(lights).filter(|(_, decided)| Light::of(decided.decision) == Light::NotYet);
        let open: Vec<Uuid> = open.map(|(purpose, _)| purpose.id).collect();
        let adults = adults_of.remove(&pupil.id).unwrap_or_default();
        let email = |one: &Responsible| contacts.get(&one.adult.id).and_then(written_to);
        let emails: Vec<Option<String>> = adults.iter().map(email).collect();
        for (at, Responsible { adult, responsibility }) in adults.into_iter().enumerate() {
            let has_said = |purpose: &Uuid| {
                let own = said.get(&(pupil.id, *purpose, adult.id));
                matches!(own, Some(Decision::Yes | Decision::No | Decision::Withdrawn))
            };
            let facts = Facts {
                is_on_roll: pupil.is_on_roll(today),
                authority: authority_of(&responsibility),
                contact_order: responsibility.standing.contact_order,
                is_outstanding: open.iter().any(|purpose| !has_said(purpose)),
                is_born_known: born_known.contains(&pupil.id),
                address: address(&emails, at),
            };
            all.push(Family { pupil: pupil.clone(), adult, reach: reach(&facts), email: emails[at].clone() });
        }
    }
    Ok(all)
}

/// The address that letters go to, as addresses are compared.
fn written_to(contact: &Contact) -> Option<String> {
    contact.email.as_ref().map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty())
}

/// Whose address the one at this place is, among those of one child's adults.
fn address(emails: &[Option<String>], at: usize) -> Address {
    match emails.get(at).and_then(Option::as_ref) {
        None => Address::None,
        Some(own) if emails.iter().flatten().filter(|other| *other == own).count() > 1 => Address::Shared,
        Some(_) => Address::Own,
    }
}

/// The letters about one adult and one child so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Past {
    is_waiting: bool,
    /// When somebody last asked and it went out.
    asked_at: Option<i64>,
    /// Reminders since then that nobody pressed a button for.
    reminders: i64,
    last_at: i64,
}

fn past(letters: &[Mail]) -> BTreeMap<(Uuid, Uuid), Past> {
    let mut all: BTreeMap<(Uuid, Uuid), Past> = BTreeMap::new();
    for mail in letters.iter().filter(|mail| mail.kind.asks_family()) {
        let past = all.entry((mail.about, mail.recipient)).or_default();
        match (mail.state, mail.kind) {
            (State::Waiting, _) => past.is_waiting = true,
            (State::Dropped, _) => continue,
            (State::Sent, Kind::Link | Kind::Round) => {
                past.asked_at = Some(mail.state_at);
                past.reminders = 0;
            }
            (_, Kind::Reminder) if mail.asked_by.is_none() => past.reminders += 1,
            _ => {}
        }
        past.last_at = past.last_at.max(mail.state_at);
    }
    all
}

/// Whom to remind without anybody's pressing a button.
pub(super) fn due(letters: &[Mail], settings: &Settings, now: i64) -> Vec<(Uuid, Uuid)> {
    let pause = settings.remind_after_days.saturating_mul(DAY_MS);
    let is_due = |past: &Past| {
        past.asked_at.is_some()
            && !past.is_waiting
            && past.reminders < settings.reminders_max
            && now.saturating_sub(past.last_at) >= pause
    };
    past(letters).into_iter().filter(|(_, past)| is_due(past)).map(|(whom, _)| whom).collect()
}

/// How a class stands: whom a press would write to, and who needs something else.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// Not asked yet.
    pub to_ask: Vec<Family>,
    /// Asked, and no answer.
    pub to_remind: Vec<Family>,
    /// Needs a printed letter, and why.
    pub letters: Vec<(Family, &'static str)>,
    pub answered: usize,
    pub waiting: usize,
    pub sent: usize,
    pub failed: usize,
}

/// How a class stands now.
pub async fn round(app: &App, caller: &Caller, class: Uuid) -> Result<Round> {
    app.access.may(caller, Act::SeePermissions, Thing::premises(caller.school))?;
    let (now, today) = (app.clock.now().as_millisecond(), clock::today(app.clock.as_ref()));
    let mut read = app.db.read(caller.school).await?;
    let class = roster::class(&mut read, class).await?;
    let in_use = office::in_use(&mut read).await?;
    let pupils = roster::class_list(&mut read, class.id, today).await?;
    let families = families(app, &mut read, pupils, &in_use).await?;
    let mut adults: Vec<Uuid> = families.iter().map(|family| family.adult.id).collect();
    adults.sort_unstable();
    adults.dedup();
    let letters = post::to(&mut read, &adults, now - LOOKED_AT_MS).await?;
    let past = past(&letters);
    let mut round = Round::default();
    for family in families {
        let mut of_family = letters.iter().filter(|mail| (mail.about, mail.recipient) == family.whom());
        match of_family.rfind(|mail| mail.kind.asks_family()).map(|mail| mail.state) {
            Some(State::Sent) => round.sent += 1,
            Some(State::Waiting) => round.waiting += 1,
            Some(State::Failed) => round.failed += 1,
            _ => {}
        }
        let past = past.get(&family.whom()).copied().unwrap_or_default();
        match family.reach {
            Reach::Answered => round.answered += 1,
            Reach::Letter(why) => round.letters.push((family, why)),
            Reach::Mail if past.is_waiting => {}
            Reach::Mail if past.asked_at.is_none() => round.to_ask.push(family),
            Reach::Mail if now - past.last_at >= PRESSED_AGAIN_MS => round.to_remind.push(family),
            Reach::Mail | Reach::Never(_) => {}
        }
    }
    Ok(round)
}

/// Writes to everybody of a class who has an address and was not asked yet; gives how many.
pub async fn ask_class(app: &App, caller: &Caller, class: Uuid) -> Result<usize> {
    let round = ready_round(app, caller, class).await?;
    put(app, caller, class, (Kind::Round, &round.to_ask)).await
}

/// Reminds everybody of a class who was asked and has not answered; gives how many.
pub async fn remind_class(app: &App, caller: &Caller, class: Uuid) -> Result<usize> {
    let round = ready_round(app, caller, class).await?;
    put(app, caller, class, (Kind::Reminder, &round.to_remind)).await
}

async fn ready_round(app: &App, caller: &Caller, class: Uuid) -> Result<Round> {
    let round = round(app, caller, class).await?;
    app.access.may(caller, Act::KeepPermissions, Thing::premises(caller.school))?;
    post::must_be_set_up(app)?;
    Ok(round)
}

async fn put(app: &App, caller: &Caller, class: Uuid, (kind, whom): (Kind, &[Family])) -> Result<usize> {
    if whom.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.write(caller.school).await?;
    for family in whom {
        let (about, recipient) = family.whom();
        post::ask(app, &mut tx, Ask { kind, recipient, about, asked_by: Some(caller.person) }).await?;
    }
    let did = if kind == Kind::Reminder { "permissions.reminded" } else { "permissions.round-asked" };
    tx.commit(Deed::by(caller.person).did(did).to(class)).await?;
    Ok(whom.len())
}

/// Writes to one adult about one child, also to somebody who has answered and may want to answer anew.
pub async fn ask_one(app: &App, caller: &Caller, (pupil, adult): (Uuid, Uuid)) -> Result<()> {
    app.access.may(caller, Act::KeepPermissions, Thing::premises(caller.school))?;
    post::must_be_set_up(app)?;
    let mut read = app.db.read(caller.school).await?;
    let family = family(app, &mut read, (pupil, adult)).await?.ok_or(Error::NotFound)?;
    drop(read);
    if let Reach::Letter(why) | Reach::Never(why) = as_asked_anew(&family) {
        return Err(Refused::because(format!("this adult cannot be asked by email: {why}")).into());
    }
    let mut tx = app.db.write(caller.school).await?;
    let ask = Ask { kind: Kind::Link, recipient: adult, about: pupil, asked_by: Some(caller.person) };
    post::ask(app, &mut tx, ask).await?;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.asked").to(pupil)).await?)
}

async fn family(app: &App, q: &mut impl Query, (pupil, adult): (Uuid, Uuid)) -> Result<Option<Family>> {
    let in_use = office::in_use(q).await?;
    let pupil = match roster::pupil(q, pupil).await {
        Err(Error::NotFound) => return Ok(None),
        found => found?,
    };
    Ok(families(app, q, vec![pupil], &in_use).await?.into_iter().find(|family| family.adult.id == adult))
}

/// Whoever has answered may be asked anew by name; nothing else changes.
fn as_asked_anew(family: &Family) -> Reach {
    match (family.reach, &family.email) {
        (Reach::Answered, None) => Reach::Letter("has no email address"),
        (reach, _) => reach,
    }
}

/// Reminds whoever is due, as the school has set it; once a day.
pub async fn remind_due(app: &App, school: SchoolId) -> Result<usize> {
    let now = app.clock.now().as_millisecond();
    let mut read = app.db.read(school).await?;
    let settings = post::settings(&mut read).await?;
    let letters = post::since(&mut read, now - LOOKED_AT_MS).await?;
    let mut reminded = Vec::new();
    for whom in due(&letters, &settings, now) {
        let found = family(app, &mut read, whom).await?;
        if found.is_some_and(|family| family.reach == Reach::Mail) {
            reminded.push(whom);
        }
    }
    drop(read);
    if reminded.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.write(school).await?;
    for (about, recipient) in &reminded {
        let ask = Ask { kind: Kind::Reminder, recipient: *recipient, about: *about, asked_by: None };
        post::ask(app, &mut tx, ask).await?;
    }
    tx.commit(Deed::by_program().did("permissions.reminded")).await?;
    Ok(reminded.len())
}

/// Makes the link and mails it, when its turn has come and there is still a reason.
pub async fn send_link(app: &App, school: SchoolId, mail: &Mail) -> Result<Came> {
    let whom = (mail.about, mail.recipient);
    let mut read = app.db.read(school).await?;
    let Some(family) = family(app, &mut read, whom).await? else {
        return Ok(Came::Dropped("this adult is not responsible for the child any more"));
    };
    drop(read);
    let reach = if mail.kind == Kind::Link { as_asked_anew(&family) } else { family.reach };
    match reach {
        Reach::Answered if mail.kind != Kind::Link => return Ok(Came::Dropped("the answer has come meanwhile")),
        Reach::Letter(why) | Reach::Never(why) => return Ok(Came::Dropped(why)),
        Reach::Mail | Reach::Answered => {}
    }
    let Some(to) = family.email else { return Ok(Came::Dropped("has no email address")) };
    let mut read = app.db.read(school).await?;
    let language = queries::language_of(&mut read, mail.recipient).await?.unwrap_or_default();
    drop(read);
    let (link, carried) = make_mailed(app, school, whom).await?;
    let name = people::school(app, school).await?.name;
    let address = format!("{}answer/{}", app.config.server.public_url, carried.shown());
    let until = clock::in_london(from_millis(app.clock.now().as_millisecond() + LINK_MS)).date();
    let (subject, text) = letters::asking(words::of(&language)?, mail.kind, (&name, &address), until)?;
    let came = post::deliver(app, school, mail, (&to, &subject, &text)).await?;
    settle_mailed(app, school, (whom, link), &came).await?;
    Ok(came)
}

/// Mails the receipt of an answer, by a key of its own.
pub async fn send_receipt(app: &App, school: SchoolId, mail: &Mail) -> Result<Came> {
    let mut read = app.db.read(school).await?;
    let Some(receipt) = queries::receipt_by_id(&mut read, mail.about).await? else {
        return Ok(Came::Dropped("the receipt is not there any more"));
    };
    let whom = (receipt.person, receipt.adult);
    let found = family(app, &mut read, whom).await?;
    drop(read);
    let to = found.filter(|family| !matches!(family.reach, Reach::Letter(_) | Reach::Never(_)));
    let Some(to) = to.and_then(|family| family.email) else {
        return Ok(Came::Dropped("has no email address of their own"));
    };
    let (token, key) = (Token::random(), Uuid::now_v7());
    let mut tx = app.db.write(school).await?;
    queries::add_receipt_key(&mut tx, (key, receipt.id), token.hash(), app.clock.now().as_millisecond()).await?;
    tx.commit(Deed::by_program().did("permissions.receipt-key-made").to(receipt.id)).await?;
    let name = people::school(app, school).await?.name;
    let address = format!("{}receipts/{}", app.config.server.public_url, Carried { school, token }.shown());
    let (subject, text) = letters::receipt(words::of(&receipt.language)?, (&name, &address))?;
    let came = post::deliver(app, school, mail, (&to, &subject, &text)).await?;
    if !came.may_be_there() {
        let mut tx = app.db.write(school).await?;
        queries::remove_receipt_key(&mut tx, key).await?;
        tx.commit(Deed::by_program().did("permissions.receipt-key-removed").to(receipt.id)).await?;
    }
    Ok(came)
}
