//! The ways in: password and code, recovery code, passkey; and showing again that it is you.

use std::net::IpAddr;
use std::sync::LazyLock;

use jiff::Timestamp;
use store::{Deed, Read, SchoolId};
use tokio::sync::Semaphore;
use uuid::Uuid;
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey};
use zeroize::Zeroizing;

use super::account::{Account, Address, Key, Wanted};
use super::door::begin_session;
use super::passkey::{Begun, CEREMONY_MS, Claim, Failed, Passkeys};
use super::session::{Carried, Session, Stage, Standing, device_words};
use super::throttle::{ACCOUNT, ADDRESS, CEREMONIES, FORGETS_ALL_MS, Patience, Tally};
use super::totp::Authenticator;
use super::{now_millis, password, queries, secrets, token};
use crate::access::Caller;
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::people::{self, person::Person};

/// Each password check takes 19 MiB and a tenth of a second of one core; more at once would only wait for each other.
const CHECKS_AT_ONCE: usize = 4;
static CHECKS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(CHECKS_AT_ONCE));

/// One try to come in, from somewhere.
pub struct Attempt<'a> {
    pub address: &'a str,
    pub password: &'a str,
    pub from: IpAddr,
    /// The browser's words about itself.
    pub device: &'a str,
}

/// What comes of a try.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// In. The cookie to set.
    In(Carried),
    /// The password was right; the cookie to set, good only for giving a second factor.
    CodeWanted(Carried),
    /// Not in, and no more is said.
    Wrong,
    /// Too many tries; nothing was looked at.
    Wait { until: Timestamp },
}

/// The same work is done whether the address is anybody's or not.
pub async fn sign_in(app: &App, attempt: Attempt<'_>) -> Result<Outcome> {
    let address = Address::parse(attempt.address);
    let looked_up = address.as_ref().map_or("", Address::as_str);
    let lookup = secrets::lookup(app).await?;
    let tries = [
        (ACCOUNT, lookup.hash("sign-in account", looked_up.as_bytes())?),
        (ADDRESS, lookup.hash("sign-in network", network(attempt.from).as_bytes())?),
    ];
    if let Some(until) = begin_tries(app, &tries).await? {
        return Ok(Outcome::Wait { until });
    }
    let behind = behind(app, Sought::Address(looked_up)).await?;
    let hash = behind.account.as_ref().and_then(|account| account.password.clone());
    let is_right = check_password(hash, attempt.password).await?;
    let (Some(account), true) = (&behind.account, is_right && behind.may_enter) else { return Ok(Outcome::Wrong) };
    let stage = match account.wanted_after_password(behind.passkeys.len()) {
        Wanted::Nothing => Stage::Whole,
        Wanted::SecondFactor => Stage::Halfway,
    };
    let session = new_session(app, account, stage, attempt.device);
    let mut tx = app.db.write(behind.school).await?;
    let id = session.id;
    let carried = begin_session(&mut tx, session).await?;
    let done = match stage {
        Stage::Whole => "people.signed-in",
        Stage::Halfway => "people.password-given",
    };
    tx.commit(Deed::by(account.person).did(done).to(id)).await?;
    settle_tries(app, &tries).await?;
    Ok(match stage {
        Stage::Whole => Outcome::In(carried),
        Stage::Halfway => Outcome::CodeWanted(carried),
    })
}

/// Whom a way in leads to.
pub enum Sought<'a> {
    Address(&'a str),
    Account(Uuid),
}

/// What is known of somebody who knocks. For nobody, the same questions were asked of the database.
pub struct Behind {
    pub school: SchoolId,
    pub account: Option<Account>,
    pub passkeys: Vec<Key>,
    /// A role counts today.
    pub may_enter: bool,
}

pub(super) async fn behind(app: &App, sought: Sought<'_>) -> Result<Behind> {
    let lookup = secrets::lookup(app).await?;
    let mut house = app.db.read(SchoolId::HOUSE).await?;
    let found = match sought {
        Sought::Address(address) => {
            queries::find_address(&mut house, &lookup.hash("directory", address.as_bytes())?).await?
        }
        Sought::Account(id) => queries::school_of_account(&mut house, id).await?.map(|school| (school, id)),
    };
    drop(house);
    let (school, id) = found.unwrap_or((SchoolId::HOUSE, Uuid::nil()));
    let mut read = app.db.read(school).await?;
    let account = queries::find_account(&mut read, id).await?;
    let person = person_of(&mut read, account.as_ref()).await?;
    let passkeys = queries::passkeys_of(&mut read, id).await?;
    let today = clock::today(app.clock.as_ref());
    let may_enter = person.is_some_and(|person| person.roles_on(today).iter().any(|role| role.may_sign_in()));
    Ok(Behind { school, account, passkeys, may_enter })
}

async fn person_of(read: &mut Read, account: Option<&Account>) -> Result<Option<Person>> {
    let id = account.map_or(Uuid::nil(), |account| account.person);
    match people::queries::find_person(read, id).await {
        Ok(person) => Ok(Some(person)),
        Err(store::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Runs the slow check where it holds up nobody else.
pub(super) async fn check_password(hash: Option<String>, typed: &str) -> Result<bool> {
    let typed = Zeroizing::new(typed.to_owned());
    let turn = CHECKS.acquire().await.map_err(|error| Error::fault("waiting to check a password", error))?;
    let checked = tokio::task::spawn_blocking(move || password::verify(hash.as_deref(), &typed)).await;
    drop(turn);
    checked.map_err(|error| Error::fault("checking a password", error))
}

/// A session that begins now. A second factor has been given exactly when the session says so later.
fn new_session(app: &App, account: &Account, stage: Stage, device: &str) -> Session {
    let now = now_millis(app);
    Session {
        id: Uuid::now_v7(),
        account: account.id,
        person: account.person,
        stage,
        began_at: now,
        seen_at: now,
        proved_at: None,
        device: device_words(device),
    }
}

pub(super) fn whole_session(app: &App, account: &Account, device: &str) -> Session {
    new_session(app, account, Stage::Whole, device)
}

pub(super) fn halfway_session(app: &App, account: &Account, device: &str) -> Session {
    new_session(app, account, Stage::Halfway, device)
}

// Tries.

/// The part of an address that one household or school has to itself.
fn network(from: IpAddr) -> String {
    match from {
        IpAddr::V4(address) => address.to_string(),
        // A provider gives each customer 2^64 addresses or more: they are one.
        IpAddr::V6(address) => format!("{:?}", &address.segments()[..4]),
    }
}

/// Counts a try against each key. Some moment: too many, and nothing was counted.
pub(super) async fn begin_tries(app: &App, tries: &[(Patience, [u8; 32])]) -> Result<Option<Timestamp>> {
    let now = now_millis(app);
    let mut tx = app.db.write(SchoolId::HOUSE).await?;
    for (patience, key) in tries {
        let tally = queries::find_tally(&mut tx, key).await?.unwrap_or_default();
        match tally.begin(*patience, now) {
            Ok(tally) => queries::save_tally(&mut tx, Uuid::now_v7(), key, tally).await?,
            Err(wait) => return Ok(Some(clock::from_millis(wait.until))),
        };
    }
    queries::sweep_tallies(&mut tx, now - FORGETS_ALL_MS).await?;
    tx.commit(Deed::by_program().did("people.try-counted")).await?;
    Ok(None)
}

/// A try that succeeded: the account is trusted again, the network has this one try back.
pub(super) async fn settle_tries(app: &App, tries: &[(Patience, [u8; 32])]) -> Result<()> {
    let mut tx = app.db.write(SchoolId::HOUSE).await?;
    for (patience, key) in tries {
        let tally = queries::find_tally(&mut tx, key).await?.unwrap_or_default();
        let left = match *patience == ADDRESS {
            true => tally.give_back(),
            false => Tally::default(),
        };
        queries::save_tally(&mut tx, Uuid::now_v7(), key, left).await?;
    }
    Ok(tx.commit(Deed::by_program().did("people.try-settled")).await?)
}

// The second step.

/// The session between password and code, if the cookie carries one that is alive, and what may end it.
pub async fn halfway(app: &App, carried: &Carried) -> Result<Option<(Session, Behind)>> {
    let mut read = app.db.read(carried.school).await?;
    let session = queries::find_session(&mut read, carried.token.hash()).await?;
    drop(read);
    let Some(session) = session.filter(|session| session.stage == Stage::Halfway) else { return Ok(None) };
    if session.standing(now_millis(app)) == Standing::Over {
        return Ok(None);
    }
    let behind = behind(app, Sought::Account(session.account)).await?;
    Ok(behind.may_enter.then_some((session, behind)))
}

/// A code from the app, or a recovery code, after the password. `Wrong` leaves the half session for another try.
pub async fn give_code(app: &App, carried: &Carried, typed: &str) -> Result<Outcome> {
    let Some((session, _)) = halfway(app, carried).await? else { return Ok(Outcome::Wrong) };
    let tries = [(ACCOUNT, secrets::lookup(app).await?.hash("code", session.account.as_bytes())?)];
    if let Some(until) = begin_tries(app, &tries).await? {
        return Ok(Outcome::Wait { until });
    }
    let now = now_millis(app);
    let mut tx = app.db.write(carried.school).await?;
    let Some(done) = use_code(app, &mut tx, session.account, typed).await? else { return Ok(Outcome::Wrong) };
    if queries::end_session(&mut tx, session.account, session.id).await? == 0 {
        return Ok(Outcome::Wrong);
    }
    let (id, person) = (Uuid::now_v7(), session.person);
    let whole = Session { id, stage: Stage::Whole, began_at: now, seen_at: now, proved_at: Some(now), ..session };
    let carried = begin_session(&mut tx, whole).await?;
    tx.commit(Deed::by(person).did(done).to(id)).await?;
    settle_tries(app, &tries).await?;
    Ok(Outcome::In(carried))
}

/// Uses up a code within a write. Some: the deed's verb.
async fn use_code(app: &App, tx: &mut store::Tx, account: Uuid, typed: &str) -> Result<Option<&'static str>> {
    let Some(mut account) = queries::find_account(tx, account).await? else { return Ok(None) };
    let now = now_millis(app);
    if let Some(hash) = token::recovery_hash(typed) {
        let used = queries::use_recovery_code(tx, account.id, hash, now).await?;
        return Ok((used == 1).then_some("people.recovery-code-used"));
    }
    let Some(sealed) = account.authenticator.clone() else { return Ok(None) };
    let secret = secrets::open(app, tx, secrets::AUTHENTICATOR, account.id, &sealed).await?;
    let authenticator = Authenticator::from_secret(&secret, &account.address)
        .map_err(|error| Error::fault("reading an authenticator", error))?;
    let Some(step) = authenticator.check(typed, now, account.authenticator_step) else { return Ok(None) };
    account.authenticator_step = Some(step);
    queries::save_account(tx, &account).await?;
    Ok(Some("people.code-given"))
}

/// Shows again that it is the caller: the session goes on under a new token and is fresh.
pub async fn prove_with_code(app: &App, caller: &Caller, typed: &str) -> Result<Outcome> {
    let tries = [(ACCOUNT, secrets::lookup(app).await?.hash("proof", caller.person.as_bytes())?)];
    if let Some(until) = begin_tries(app, &tries).await? {
        return Ok(Outcome::Wait { until });
    }
    let mut tx = app.db.write(caller.school).await?;
    let account = queries::account_of(&mut tx, caller.person).await?.ok_or(Error::NotFound)?;
    let Some(done) = use_code(app, &mut tx, account.id, typed).await? else { return Ok(Outcome::Wrong) };
    let carried = renew(app, &mut tx, caller).await?;
    tx.commit(Deed::by(caller.person).did(done).to(caller.session)).await?;
    settle_tries(app, &tries).await?;
    Ok(Outcome::In(carried))
}

/// A new token for the caller's session, and a second factor given now.
pub(super) async fn renew(app: &App, tx: &mut store::Tx, caller: &Caller) -> Result<Carried> {
    let token = token::Token::random();
    queries::prove_session(tx, caller.session, token.hash(), now_millis(app)).await?;
    Ok(Carried { school: caller.school, token })
}

// Passkeys.

pub(super) fn passkeys(app: &App) -> Result<Passkeys> {
    let why = "passkeys do not work at an address made of numbers: use the name that the school gave Schoolgate";
    Passkeys::at(&app.config.server.public_url).ok_or_else(|| Error::Invalid(why.into()))
}

/// The ceremony's number and the challenge, as JSON for the browser. Anybody may begin one: it names nobody. None: there
/// were too many from there.
pub async fn begin_passkey_sign_in(app: &App, from: IpAddr) -> Result<Option<(Uuid, String)>> {
    let tries = [(CEREMONIES, secrets::lookup(app).await?.hash("ceremony network", network(from).as_bytes())?)];
    if begin_tries(app, &tries).await?.is_some() {
        return Ok(None);
    }
    let begun: Begun<DiscoverableAuthentication> =
        passkeys(app)?.begin_sign_in().map_err(|error| Error::fault("beginning a passkey sign-in", error))?;
    let (id, now) = (Uuid::now_v7(), now_millis(app));
    let state = serde_json::to_vec(&begun.state).map_err(|error| Error::fault("keeping a ceremony", error))?;
    let mut tx = app.db.write(SchoolId::HOUSE).await?;
    let sealed = secrets::seal(app, &mut tx, secrets::CEREMONY, id, &state).await?;
    queries::sweep_ceremonies(&mut tx, now).await?;
    queries::add_ceremony(&mut tx, id, None, &sealed, now + CEREMONY_MS).await?;
    tx.commit(Deed::by_program().did("people.passkey-asked").to(id)).await?;
    Ok(Some((id, begun.challenge)))
}

/// Checks the browser's answer and signs in. A passkey is both factors. It waits for nobody's wrong passwords: there is
/// nothing to guess, and ceremonies are counted when they begin.
pub async fn finish_passkey_sign_in(app: &App, ceremony: Uuid, answer: &str, device: &str) -> Result<Outcome> {
    let Some(shown) = shown_passkey(app, ceremony, answer).await? else { return Ok(Outcome::Wrong) };
    let now = now_millis(app);
    let session = Session { proved_at: Some(now), ..whole_session(app, &shown.account, device) };
    let (id, person) = (session.id, session.person);
    let mut tx = app.db.write(shown.school).await?;
    keep_use(app, &mut tx, &shown, now).await?;
    let carried = begin_session(&mut tx, session).await?;
    tx.commit(Deed::by(person).did("people.signed-in-by-passkey").to(id)).await?;
    Ok(Outcome::In(carried))
}

/// The same for somebody who is already signed in.
pub async fn prove_with_passkey(app: &App, caller: &Caller, ceremony: Uuid, answer: &str) -> Result<Outcome> {
    let Some(shown) = shown_passkey(app, ceremony, answer).await? else { return Ok(Outcome::Wrong) };
    if shown.school != caller.school || shown.account.person != caller.person {
        return Ok(Outcome::Wrong);
    }
    let mut tx = app.db.write(caller.school).await?;
    keep_use(app, &mut tx, &shown, now_millis(app)).await?;
    let carried = renew(app, &mut tx, caller).await?;
    tx.commit(Deed::by(caller.person).did("people.passkey-given").to(caller.session)).await?;
    Ok(Outcome::In(carried))
}

/// A passkey that was shown and found right.
struct Shown {
    school: SchoolId,
    account: Account,
    key: Uuid,
    passkey: Passkey,
}

async fn shown_passkey(app: &App, ceremony: Uuid, answer: &str) -> Result<Option<Shown>> {
    let passkeys = passkeys(app)?;
    let Some(state) = take_ceremony(app, ceremony).await? else { return Ok(None) };
    let claim: Claim = match passkeys.claimed(answer) {
        Ok(claim) => claim,
        Err(failed) => return refused(&failed),
    };
    let behind = behind(app, Sought::Account(claim.account)).await?;
    let (Some(account), true) = (behind.account, behind.may_enter) else { return Ok(None) };
    let mut read = app.db.read(behind.school).await?;
    let hash = secrets::credential_hash(&claim.passkey);
    let Some(key) = queries::find_passkey(&mut read, account.id, hash).await? else { return Ok(None) };
    let kept = secrets::open(app, &mut read, secrets::PASSKEY, key.id, &key.credential).await?;
    drop(read);
    let kept: Passkey = serde_json::from_slice(&kept).map_err(|error| Error::fault("reading a passkey", error))?;
    match passkeys.finish_sign_in(&claim, state, kept) {
        Ok(passkey) => Ok(Some(Shown { school: behind.school, account, key: key.id, passkey })),
        Err(failed) => refused(&failed),
    }
}

fn refused<T>(failed: &Failed) -> Result<Option<T>> {
    tracing::info!(error = %failed, "a passkey was refused");
    Ok(None)
}

/// The ceremony's state, which is gone from now on: an answer is heard once.
async fn take_ceremony(app: &App, id: Uuid) -> Result<Option<DiscoverableAuthentication>> {
    let mut tx = app.db.write(SchoolId::HOUSE).await?;
    let Some((sealed, None)) = queries::find_ceremony(&mut tx, id, now_millis(app)).await? else { return Ok(None) };
    let state = secrets::open(app, &mut tx, secrets::CEREMONY, id, &sealed).await?;
    queries::remove_ceremony(&mut tx, id).await?;
    tx.commit(Deed::by_program().did("people.passkey-answered").to(id)).await?;
    let state = serde_json::from_slice(&state).map_err(|error| Error::fault("reading a ceremony", error))?;
    Ok(Some(state))
}

async fn keep_use(app: &App, tx: &mut store::Tx, shown: &Shown, now: i64) -> Result<()> {
    let passkey = serde_json::to_vec(&shown.passkey).map_err(|error| Error::fault("keeping a passkey", error))?;
    let sealed = secrets::seal(app, tx, secrets::PASSKEY, shown.key, &passkey).await?;
    Ok(queries::save_passkey_use(tx, shown.key, &sealed, now).await?)
}
