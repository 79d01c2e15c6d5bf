//! Set-up links: how somebody gets a first password, or a new one when it is forgotten.
//!
//! A link works once and for 48 hours, and only its hash is kept. It never takes away a second factor: whoever uses it
//! is asked for that next.

use std::net::IpAddr;

use store::{Deed, SchoolId, Tx};
use uuid::Uuid;

use super::account::{Account, Address, Wanted};
use super::door::begin_session;
use super::factors::hashed;
use super::password::{Password, Weak};
use super::session::Carried;
use super::sign_in::{Outcome, begin_tries, halfway_session, whole_session};
use super::throttle::ADDRESS;
use super::token::Token;
use super::{now_millis, queries, secrets};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::people::post::{self, Ask, Came, Kind, Mail};
use crate::people::{self, operator};

/// Long enough to reach somebody who works two days a week.
pub(super) const LINK_MS: i64 = 48 * 60 * 60 * 1_000;

/// The address already signs somebody in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken;

/// Makes a link for a person whom the caller may let in; older links of that person stop working.
pub async fn make_link(app: &App, caller: &Caller, person: Uuid, address: &Address) -> Result<Result<Carried, Taken>> {
    let mut read = app.db.read(caller.school).await?;
    let found = people::queries::find_person(&mut read, person).await?;
    drop(read);
    app.access.may(caller, Act::LinkPerson, found.thing(clock::today(app.clock.as_ref())))?;
    link(app, caller.school, person, address, Deed::by(caller.person).did("people.link-made")).await
}

/// Has a link mailed to the address with which the person signs in. The link is made when the letter is.
pub async fn mail_link(app: &App, caller: &Caller, person: Uuid, address: &Address) -> Result<Result<(), Taken>> {
    let mut read = app.db.read(caller.school).await?;
    let found = people::queries::find_person(&mut read, person).await?;
    drop(read);
    app.access.may(caller, Act::LinkPerson, found.thing(clock::today(app.clock.as_ref())))?;
    post::must_be_set_up(app)?;
    if make_account(app, caller.school, person, address).await?.is_err() {
        return Ok(Err(Taken));
    }
    let mut tx = app.db.write(caller.school).await?;
    let ask = Ask { kind: Kind::SetUp, recipient: person, about: Uuid::nil(), asked_by: Some(caller.person) };
    post::ask(app, &mut tx, ask).await?;
    tx.commit(Deed::by(caller.person).did("people.link-asked").to(person)).await?;
    Ok(Ok(()))
}

/// Makes the link and mails it, when its turn has come.
pub async fn send_link(app: &App, school: SchoolId, mail: &Mail) -> Result<Came> {
    let mut read = app.db.read(school).await?;
    let person = match people::queries::find_person(&mut read, mail.recipient).await {
        Err(store::Error::NotFound) => return Ok(Came::Dropped("the person is not there any more")),
        found => found?,
    };
    let account = queries::account_of(&mut read, person.id).await?;
    drop(read);
    let today = clock::today(app.clock.as_ref());
    if !person.roles_on(today).iter().any(|role| role.may_sign_in()) {
        return Ok(Came::Dropped("the person has left"));
    }
    let Some(address) = account.and_then(|account| Address::parse(&account.address)) else {
        return Ok(Came::Dropped("the person has no account any more"));
    };
    let made = link(app, school, person.id, &address, Deed::by_program().did("people.link-made")).await?;
    let Ok(carried) = made else { return Ok(Came::Never("the address signs somebody else in by now".into())) };
    let name = people::school(app, school).await?.name;
    let text = format!(
        "Good day,\n\n{name} has an account for you. Please open this page and choose a password:\n\n{}\n\nThe link is \
         for you alone. It works once, for 48 hours; an older one has stopped working. You sign in with this email \
         address.\n\nIf you did not expect this, ask the school office.\n",
        operator::link_address(app, &carried)
    );
    post::deliver(app, school, mail, (address.as_str(), "Choose your password", &text)).await
}

/// The same from the command line, where access rules do not hold: whoever has the server's shell has the database.
pub async fn link(
    app: &App,
    school: SchoolId,
    person: Uuid,
    address: &Address,
    deed: Deed,
) -> Result<Result<Carried, Taken>> {
    let Ok(account) = make_account(app, school, person, address).await? else { return Ok(Err(Taken)) };
    let (now, token) = (now_millis(app), Token::random());
    let mut tx = app.db.write(school).await?;
    queries::remove_links(&mut tx, account).await?;
    queries::add_link(&mut tx, Uuid::now_v7(), account, token.hash(), (now, now + LINK_MS)).await?;
    tx.commit(deed.to(account)).await?;
    Ok(Ok(Carried { school, token }))
}

/// Gives a person an account under this address, or moves the one they have to it.
///
/// The address is entered in the list of the whole installation first. A crash between the two writes leaves an entry
/// for an account that does not exist, which signs nobody in and gives way to the next try.
pub async fn make_account(app: &App, school: SchoolId, person: Uuid, address: &Address) -> Result<Result<Uuid, Taken>> {
    let mut read = app.db.read(school).await?;
    people::queries::find_person(&mut read, person).await?;
    let present = queries::account_of(&mut read, person).await?;
    drop(read);
    let id = present.as_ref().map_or_else(Uuid::now_v7, |account| account.id);
    if !enter_address(app, school, id, address).await? {
        return Ok(Err(Taken));
    }
    let mut tx = app.db.write(school).await?;
    match present {
        Some(account) if account.address == address.as_str() => return Ok(Ok(id)),
        Some(account) => {
            queries::save_account(&mut tx, &Account { address: address.as_str().into(), ..account }).await?
        }
        None => queries::add_account(&mut tx, id, person, address.as_str(), now_millis(app)).await.map(|_| ())?,
    }
    tx.commit(Deed::by_program().did("people.account-made").to(id)).await?;
    Ok(Ok(id))
}

/// Whether the address now leads to this account.
async fn enter_address(app: &App, school: SchoolId, id: Uuid, address: &Address) -> Result<bool> {
    let hash = secrets::lookup(app).await?.hash("directory", address.as_str().as_bytes())?;
    let mut house = app.db.read(SchoolId::HOUSE).await?;
    let holder = queries::find_address(&mut house, &hash).await?;
    drop(house);
    let orphan = match holder {
        Some((_, holder)) if holder == id => return Ok(true),
        Some((at, holder)) => {
            let mut read = app.db.read(at).await?;
            if queries::find_account(&mut read, holder).await?.is_some() {
                return Ok(false);
            }
            Some(holder)
        }
        None => None,
    };
    let mut tx = app.db.write(SchoolId::HOUSE).await?;
    if let Some(orphan) = orphan {
        queries::remove_address(&mut tx, orphan).await?;
    }
    queries::add_address(&mut tx, id, school, &hash).await?;
    match tx.commit(Deed::by_program().did("people.address-entered").to(id)).await {
        Ok(()) => Ok(true),
        Err(store::Error::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether the person can be signed in at all, and under which address. For pages about people.
pub async fn address_of(app: &App, school: SchoolId, person: Uuid) -> Result<Option<String>> {
    let mut read = app.db.read(school).await?;
    Ok(queries::account_of(&mut read, person).await?.map(|account| account.address))
}

/// Whom a link is for.
pub struct Invited {
    pub called: String,
    pub address: String,
    pub school_name: String,
    account: Account,
}

/// None: the link is unknown, used, too old, or for somebody who has left. A page must not tell which.
pub async fn open_link(app: &App, carried: &Carried) -> Result<Option<Invited>> {
    let mut read = app.db.read(carried.school).await?;
    let Some(account) = queries::find_link(&mut read, carried.token.hash(), now_millis(app)).await? else {
        return Ok(None);
    };
    let Some(account) = queries::find_account(&mut read, account).await? else { return Ok(None) };
    let person = people::queries::find_person(&mut read, account.person).await?;
    drop(read);
    let today = clock::today(app.clock.as_ref());
    if !person.roles_on(today).iter().any(|role| role.may_sign_in()) {
        return Ok(None);
    }
    let school_name = people::school(app, carried.school).await?.name;
    Ok(Some(Invited { called: person.called().into(), address: account.address.clone(), school_name, account }))
}

/// What comes of using a link.
pub enum Used {
    Entered(Outcome),
    Weak(Weak),
    /// As for [`open_link`].
    Gone,
}

/// Sets the password, ends every session there was, and signs in as far as a password goes.
pub async fn use_link(app: &App, carried: &Carried, wanted: &str, from: (IpAddr, &str)) -> Result<Used> {
    let tries = [(ADDRESS, secrets::lookup(app).await?.hash("link network", from.0.to_string().as_bytes())?)];
    if let Some(until) = begin_tries(app, &tries).await? {
        return Ok(Used::Entered(Outcome::Wait { until }));
    }
    let Some(invited) = open_link(app, carried).await? else { return Ok(Used::Gone) };
    let about = [invited.called.as_str(), invited.address.as_str(), invited.school_name.as_str()];
    let password = match Password::parse(wanted, &about) {
        Ok(password) => password,
        Err(weak) => return Ok(Used::Weak(weak)),
    };
    let account = Account { password: Some(hashed(password).await?), ..invited.account };
    let mut tx = app.db.write(carried.school).await?;
    // Within the write: of two who open the link at once, one uses it.
    if queries::find_link(&mut tx, carried.token.hash(), now_millis(app)).await? != Some(account.id) {
        return Ok(Used::Gone);
    }
    queries::save_account(&mut tx, &account).await?;
    queries::remove_links(&mut tx, account.id).await?;
    queries::end_sessions(&mut tx, account.id).await?;
    let outcome = enter(app, &mut tx, &account, from.1).await?;
    tx.commit(Deed::by(account.person).did("people.link-used").to(account.id)).await?;
    Ok(Used::Entered(outcome))
}

async fn enter(app: &App, tx: &mut Tx, account: &Account, device: &str) -> Result<Outcome> {
    let passkeys = queries::passkeys_of(tx, account.id).await?;
    Ok(match account.wanted_after_password(passkeys.len()) {
        Wanted::Nothing => Outcome::In(begin_session(tx, whole_session(app, account, device)).await?),
        Wanted::SecondFactor => Outcome::CodeWanted(begin_session(tx, halfway_session(app, account, device)).await?),
    })
}

/// Sets a password outright: the demo and the tests, whose passwords everybody knows.
pub async fn set_password(app: &App, school: SchoolId, account: Uuid, wanted: &str) -> Result<Result<(), Weak>> {
    let password = match Password::parse(wanted, &[]) {
        Ok(password) => password,
        Err(weak) => return Ok(Err(weak)),
    };
    let hash = hashed(password).await?;
    let mut tx = app.db.write(school).await?;
    let account = queries::find_account(&mut tx, account).await?.ok_or(Error::NotFound)?;
    let id = account.id;
    queries::save_account(&mut tx, &Account { password: Some(hash), ..account }).await?;
    tx.commit(Deed::by_program().did("people.password-set").to(id)).await?;
    Ok(Ok(()))
}
