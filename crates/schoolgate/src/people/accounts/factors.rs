//! One's own account: password, authenticator app, passkeys, recovery codes.
//!
//! The first second factor may be added by whoever is signed in; once there is one, changing anything about second
//! factors wants it given again.

use store::{Deed, Tx};
use uuid::Uuid;
use webauthn_rs::prelude::{Passkey, PasskeyRegistration};

use super::account::{Account, Key, Wanted};
use super::passkey::{CEREMONY_MS, NAME_MAX, PASSKEYS_MAX};
use super::password::{Password, Weak};
use super::session::{Carried, Session};
use super::sign_in::{begin_tries, check_password, passkeys, renew, settle_tries};
use super::throttle::ACCOUNT;
use super::totp::{Authenticator, Drawing};
use super::{now_millis, queries, secrets, token};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Refused, Result};

/// Everything that the page about one's own account shows.
pub struct Overview {
    pub address: String,
    pub has_app: bool,
    pub passkeys: Vec<Key>,
    pub recovery_codes_left: i64,
    pub sessions: Vec<Session>,
}

pub async fn overview(app: &App, caller: &Caller) -> Result<Overview> {
    app.access.may(caller, Act::UseAccount, Thing::own(caller))?;
    let mut read = app.db.read(caller.school).await?;
    let account = queries::account_of(&mut read, caller.person).await?.ok_or(Error::NotFound)?;
    Ok(Overview {
        has_app: account.authenticator.is_some(),
        passkeys: queries::passkeys_of(&mut read, account.id).await?,
        recovery_codes_left: queries::recovery_codes_left(&mut read, account.id).await?,
        sessions: queries::sessions_of(&mut read, account.id).await?,
        address: account.address,
    })
}

/// Whether the caller may change second factors now; pages ask before they show a form that needs it.
pub async fn ready_to_secure(app: &App, caller: &Caller) -> Result<()> {
    let overview = overview(app, caller).await?;
    match overview.has_app || !overview.passkeys.is_empty() {
        true => app.access.may(caller, Act::SecureAccount, Thing::own(caller)),
        false => Ok(()),
    }
}

/// The account, in a write, if the caller may change its second factors now.
async fn secured(app: &App, tx: &mut Tx, caller: &Caller) -> Result<Account> {
    let account = queries::account_of(tx, caller.person).await?.ok_or(Error::NotFound)?;
    let passkeys = queries::passkeys_of(tx, account.id).await?;
    let act = match account.wanted_after_password(passkeys.len()) {
        Wanted::Nothing => Act::UseAccount,
        Wanted::SecondFactor => Act::SecureAccount,
    };
    app.access.may(caller, act, Thing::own(caller))?;
    Ok(account)
}

// Password.

/// What comes of changing a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    Done,
    /// The present password was wrong.
    Wrong,
    Weak(Weak),
    Wait {
        until: jiff::Timestamp,
    },
}

/// Every other session ends: whoever has learned the old password is out.
pub async fn change_password(app: &App, caller: &Caller, present: &str, wanted: &str) -> Result<Changed> {
    app.access.may(caller, Act::UseAccount, Thing::own(caller))?;
    let tries = [(ACCOUNT, secrets::lookup(app).await?.hash("password change", caller.person.as_bytes())?)];
    if let Some(until) = begin_tries(app, &tries).await? {
        return Ok(Changed::Wait { until });
    }
    let mut read = app.db.read(caller.school).await?;
    let mut account = queries::account_of(&mut read, caller.person).await?.ok_or(Error::NotFound)?;
    drop(read);
    if !check_password(account.password.clone(), present).await? {
        return Ok(Changed::Wrong);
    }
    let password = match Password::parse(wanted, &[&caller.called, &account.address, &caller.school_name]) {
        Ok(password) => password,
        Err(weak) => return Ok(Changed::Weak(weak)),
    };
    account.password = Some(hashed(password).await?);
    let mut tx = app.db.write(caller.school).await?;
    queries::save_account(&mut tx, &account).await?;
    queries::end_other_sessions(&mut tx, account.id, caller.session).await?;
    queries::remove_links(&mut tx, account.id).await?;
    tx.commit(Deed::by(caller.person).did("people.password-changed").to(account.id)).await?;
    settle_tries(app, &tries).await?;
    Ok(Changed::Done)
}

pub(super) async fn hashed(password: Password) -> Result<String> {
    let hash = tokio::task::spawn_blocking(move || password.hash()).await;
    hash.map_err(|error| Error::fault("hashing a password", error))
}

// Authenticator app.

/// What to show to somebody who sets up an app.
pub struct AppOffer {
    pub drawing: Drawing,
    pub spelled: String,
}

/// Makes a new secret and keeps it until it is confirmed. The present app, if any, goes on working.
pub async fn offer_app(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let mut account = secured(app, &mut tx, caller).await?;
    let offered =
        Authenticator::random(&account.address).map_err(|error| Error::fault("making an authenticator", error))?;
    account.authenticator_offered =
        Some(secrets::seal(app, &mut tx, secrets::AUTHENTICATOR, account.id, &offered.secret()).await?);
    queries::save_account(&mut tx, &account).await?;
    Ok(tx.commit(Deed::by(caller.person).did("people.app-offered").to(account.id)).await?)
}

/// The secret that waits to be confirmed.
pub async fn offered_app(app: &App, caller: &Caller) -> Result<Option<AppOffer>> {
    app.access.may(caller, Act::UseAccount, Thing::own(caller))?;
    let mut read = app.db.read(caller.school).await?;
    let account = queries::account_of(&mut read, caller.person).await?.ok_or(Error::NotFound)?;
    let Some(sealed) = &account.authenticator_offered else { return Ok(None) };
    let secret = secrets::open(app, &mut read, secrets::AUTHENTICATOR, account.id, sealed).await?;
    let unusable = |error| Error::fault("drawing an authenticator", error);
    let offered = Authenticator::from_secret(&secret, &account.address).map_err(unusable)?;
    Ok(Some(AppOffer { drawing: offered.drawing().map_err(unusable)?, spelled: offered.spelled() }))
}

/// What somebody gets for adding a second factor: a new cookie, and recovery codes if there were none. The codes are
/// shown once; only their hashes are kept.
pub struct Earned {
    pub carried: Carried,
    pub codes: Vec<String>,
}

/// Takes the offered app into use if `code` is right. None: it is not, or nothing was offered.
pub async fn confirm_app(app: &App, caller: &Caller, code: &str) -> Result<Option<Earned>> {
    let now = now_millis(app);
    let mut tx = app.db.write(caller.school).await?;
    let mut account = secured(app, &mut tx, caller).await?;
    let Some(sealed) = account.authenticator_offered.take() else { return Ok(None) };
    let secret = secrets::open(app, &mut tx, secrets::AUTHENTICATOR, account.id, &sealed).await?;
    let offered = Authenticator::from_secret(&secret, &account.address)
        .map_err(|error| Error::fault("reading an authenticator", error))?;
    let Some(step) = offered.check(code, now, None) else { return Ok(None) };
    account.authenticator = Some(sealed);
    account.authenticator_step = Some(step);
    queries::save_account(&mut tx, &account).await?;
    let earned = earn(app, &mut tx, caller, account.id).await?;
    tx.commit(Deed::by(caller.person).did("people.app-confirmed").to(account.id)).await?;
    Ok(Some(earned))
}

pub async fn remove_app(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let mut account = secured(app, &mut tx, caller).await?;
    if account.authenticator.take().is_none() {
        return Err(Error::NotFound);
    }
    account.authenticator_step = None;
    account.authenticator_offered = None;
    queries::save_account(&mut tx, &account).await?;
    forget_codes_without_factor(&mut tx, account.id, false).await?;
    Ok(tx.commit(Deed::by(caller.person).did("people.app-removed").to(account.id)).await?)
}

/// Recovery codes stand in for a second factor; without one they would be a way round nothing.
async fn forget_codes_without_factor(tx: &mut Tx, account: Uuid, has_app: bool) -> Result<()> {
    if !has_app && queries::passkeys_of(tx, account).await?.is_empty() {
        queries::remove_recovery_codes(tx, account).await?;
    }
    Ok(())
}

// Recovery codes.

async fn earn(app: &App, tx: &mut Tx, caller: &Caller, account: Uuid) -> Result<Earned> {
    let codes = match queries::recovery_codes_left(tx, account).await? {
        0 => new_codes(tx, account).await?,
        _ => Vec::new(),
    };
    Ok(Earned { carried: renew(app, tx, caller).await?, codes })
}

async fn new_codes(tx: &mut Tx, account: Uuid) -> Result<Vec<String>> {
    queries::remove_recovery_codes(tx, account).await?;
    let codes: Vec<String> = (0..token::RECOVERY_CODES).map(|_| token::recovery_code()).collect();
    for hash in codes.iter().filter_map(|code| token::recovery_hash(code)) {
        queries::add_recovery_code(tx, Uuid::now_v7(), account, hash).await?;
    }
    Ok(codes)
}

/// Ten new codes; the old ones stop working.
pub async fn renew_recovery_codes(app: &App, caller: &Caller) -> Result<Vec<String>> {
    app.access.may(caller, Act::SecureAccount, Thing::own(caller))?;
    let mut tx = app.db.write(caller.school).await?;
    let account = secured(app, &mut tx, caller).await?;
    let codes = new_codes(&mut tx, account.id).await?;
    tx.commit(Deed::by(caller.person).did("people.recovery-codes-made").to(account.id)).await?;
    Ok(codes)
}

// Passkeys.

/// A ceremony that makes a passkey: its number and the challenge for the browser.
pub struct PasskeyOffer {
    pub ceremony: Uuid,
    pub challenge: String,
}

pub async fn begin_passkey(app: &App, caller: &Caller) -> Result<PasskeyOffer> {
    let ours = passkeys(app)?;
    let (ceremony, now) = (Uuid::now_v7(), now_millis(app));
    let mut tx = app.db.write(caller.school).await?;
    let account = secured(app, &mut tx, caller).await?;
    let have = opened_passkeys(app, &mut tx, account.id).await?;
    if have.len() >= PASSKEYS_MAX {
        return Err(Refused::because("you have as many passkeys as Schoolgate keeps; remove one first").into());
    }
    let begun = ours
        .begin_making(account.id, &account.address, &caller.called, &have)
        .map_err(|error| Error::fault("beginning a passkey", error))?;
    let state = serde_json::to_vec(&begun.state).map_err(|error| Error::fault("keeping a ceremony", error))?;
    let sealed = secrets::seal(app, &mut tx, secrets::CEREMONY, ceremony, &state).await?;
    queries::sweep_ceremonies(&mut tx, now).await?;
    queries::add_ceremony(&mut tx, ceremony, Some(account.id), &sealed, now + CEREMONY_MS).await?;
    tx.commit(Deed::by(caller.person).did("people.passkey-begun").to(ceremony)).await?;
    Ok(PasskeyOffer { ceremony, challenge: begun.challenge })
}

async fn opened_passkeys(app: &App, tx: &mut Tx, account: Uuid) -> Result<Vec<Passkey>> {
    let mut opened = Vec::new();
    for key in queries::passkeys_of(tx, account).await? {
        let bytes = secrets::open(app, tx, secrets::PASSKEY, key.id, &key.credential).await?;
        opened.push(serde_json::from_slice(&bytes).map_err(|error| Error::fault("reading a passkey", error))?);
    }
    Ok(opened)
}

/// Keeps the passkey that the browser made. None: its answer was not accepted.
pub async fn add_passkey(
    app: &App,
    caller: &Caller,
    ceremony: Uuid,
    answer: &str,
    name: &str,
) -> Result<Option<Earned>> {
    let ours = passkeys(app)?;
    let now = now_millis(app);
    let mut tx = app.db.write(caller.school).await?;
    let account = secured(app, &mut tx, caller).await?;
    let Some((sealed, Some(begun_for))) = queries::find_ceremony(&mut tx, ceremony, now).await? else {
        return Ok(None);
    };
    if begun_for != account.id {
        return Ok(None);
    }
    let state = secrets::open(app, &mut tx, secrets::CEREMONY, ceremony, &sealed).await?;
    let state: PasskeyRegistration =
        serde_json::from_slice(&state).map_err(|error| Error::fault("reading a ceremony", error))?;
    queries::remove_ceremony(&mut tx, ceremony).await?;
    let passkey = match ours.finish_making(answer, &state) {
        Ok(passkey) => passkey,
        Err(failed) => {
            tracing::info!(error = %failed, "a new passkey was refused");
            return Ok(None);
        }
    };
    let id = Uuid::now_v7();
    let bytes = serde_json::to_vec(&passkey).map_err(|error| Error::fault("keeping a passkey", error))?;
    let key = Key {
        id,
        name: named(name),
        credential_hash: secrets::credential_hash(passkey.cred_id().as_ref()).to_vec(),
        credential: secrets::seal(app, &mut tx, secrets::PASSKEY, id, &bytes).await?,
        made_at: now,
        used_at: None,
    };
    queries::add_passkey(&mut tx, account.id, &key).await?;
    let earned = earn(app, &mut tx, caller, account.id).await?;
    tx.commit(Deed::by(caller.person).did("people.passkey-added").to(id)).await?;
    Ok(Some(earned))
}

/// A name that fits, or the plain one.
fn named(typed: &str) -> String {
    let name: String = typed.trim().chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    if name.is_empty() { "Passkey".to_owned() } else { name }
}

pub async fn name_passkey(app: &App, caller: &Caller, id: Uuid, name: &str) -> Result<()> {
    app.access.may(caller, Act::UseAccount, Thing::own(caller))?;
    let mut tx = app.db.write(caller.school).await?;
    let account = queries::account_of(&mut tx, caller.person).await?.ok_or(Error::NotFound)?;
    if queries::name_passkey(&mut tx, account.id, id, &named(name)).await? == 0 {
        return Err(Error::NotFound);
    }
    Ok(tx.commit(Deed::by(caller.person).did("people.passkey-named").to(id)).await?)
}

pub async fn remove_passkey(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let account = secured(app, &mut tx, caller).await?;
    if queries::remove_passkey(&mut tx, account.id, id).await? == 0 {
        return Err(Error::NotFound);
    }
    forget_codes_without_factor(&mut tx, account.id, account.authenticator.is_some()).await?;
    Ok(tx.commit(Deed::by(caller.person).did("people.passkey-removed").to(id)).await?)
}
