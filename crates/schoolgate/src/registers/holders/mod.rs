//! Who can sign in to the school's accounts on their networks, and what is to be handed over when somebody leaves.
//!
//! For: headteacher and business manager, who keep the list; the desk, which shows what is to be handed over.
//!
//! Promises: whoever answers for an account or can sign in to it and leaves, or has left, stands on the list of what is to be
//! handed over, with its day, until somebody says that the password was changed, or names somebody else. What is not done by then is
//! raised to the headteacher's list, once.
//!
//! Does not: change a password on a network. It says that it has to be done.

pub mod hand_over;
pub mod pages;
mod queries;

use store::{Deed, SchoolId};
use uuid::Uuid;

use super::accounts;
use super::accounts::account::{Account, Kind};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::people;

pub use hand_over::HandOver;
use hand_over::{Hold, due};

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub id: Uuid,
    pub version: i64,
    pub account: Uuid,
    pub person: Uuid,
    pub since: i64,
    pub ended_at: Option<i64>,
}

/// A holder with a name, and whether they still work here.
#[derive(Clone, Debug)]
pub struct Listed {
    pub holder: Holder,
    pub called: String,
    pub is_here: bool,
}

/// Everybody who can sign in to an account now.
pub async fn list(app: &App, caller: &Caller, account: Uuid) -> Result<Vec<Listed>> {
    accounts::show(app, caller, account).await?;
    let mut read = app.db.read(caller.school).await?;
    let holders = queries::of_account(&mut read, account).await?;
    let today = clock::today(app.clock.as_ref());
    let mut listed = Vec::new();
    for holder in holders {
        let person = people::find(&mut read, holder.person).await?;
        let is_here = !person.roles_on(today).is_empty();
        listed.push(Listed { holder, called: person.called().to_owned(), is_here });
    }
    Ok(listed)
}

/// The account, if somebody signs in to it and the caller keeps it.
pub async fn ready(app: &App, caller: &Caller, account: Uuid) -> Result<Account> {
    let account = accounts::show(app, caller, account).await?;
    accounts::ready_to_keep(app, caller)?;
    if account.details.kind == Kind::Website { Err(Error::NotFound) } else { Ok(account) }
}

/// Somebody can sign in from now on.
pub async fn give(app: &App, caller: &Caller, account: Uuid, person: Uuid) -> Result<Uuid> {
    ready(app, caller, account).await?;
    let mut tx = app.db.write(caller.school).await?;
    people::find(&mut tx, person).await?;
    if queries::of_account(&mut tx, account).await?.iter().any(|holder| holder.person == person) {
        return Err(Refused::because("they are on the list already").into());
    }
    let now = app.clock.now().as_millisecond();
    let holder = Holder { id: Uuid::now_v7(), version: 1, account, person, since: now, ended_at: None };
    queries::add(&mut tx, &holder).await?;
    tx.commit(Deed::by(caller.person).did("official-accounts.sign-in-given").to(holder.id)).await?;
    Ok(holder.id)
}

/// Somebody cannot sign in any more: the password was changed, or they were taken off on the network.
pub async fn end(app: &App, caller: &Caller, account: Uuid, (id, seen): (Uuid, i64)) -> Result<()> {
    ready(app, caller, account).await?;
    let mut tx = app.db.write(caller.school).await?;
    let holder = queries::find(&mut tx, id).await?;
    if holder.account != account {
        return Err(Error::NotFound);
    }
    let ended = Holder { version: seen, ended_at: Some(app.clock.now().as_millisecond()), ..holder };
    queries::save(&mut tx, &ended).await?;
    Ok(tx.commit(Deed::by(caller.person).did("official-accounts.sign-in-ended").to(id)).await?)
}

/// What is to be handed over, for those who keep the accounts, the most urgent first.
pub async fn to_hand_over(app: &App, caller: &Caller) -> Result<Vec<HandOver>> {
    app.access.may(caller, Act::SeeOfficialAccounts, Thing::premises(caller.school))?;
    hand_overs(app, caller.school).await
}

async fn hand_overs(app: &App, school: SchoolId) -> Result<Vec<HandOver>> {
    let today = clock::today(app.clock.as_ref());
    let mut found = Vec::new();
    let accounts = accounts::all(app, school).await?;
    let mut read = app.db.read(school).await?;
    let holders = queries::holding(&mut read).await?;
    let raised = queries::raised(&mut read).await?;
    let has_someone = |account: &&Account| account.retired_at.is_none() && account.details.kind != Kind::Website;
    for account in accounts.iter().filter(has_someone) {
        let own = holders.iter().filter(|holder| holder.account == account.id);
        let own = own.map(|holder| (holder.person, Hold::SignsIn));
        for (person, hold) in own.chain([(account.details.responsible, Hold::Answers)]) {
            let person = people::find(&mut read, person).await?;
            let Some(due) = due(&person, today) else { continue };
            let of = (account.id, person.id, hold);
            found.push(HandOver {
                account: account.id,
                account_called: account.details.name.clone(),
                person: person.id,
                called: person.called().to_owned(),
                hold,
                due,
                raised_at: raised.iter().find(|raised| raised.of == of).map(|raised| raised.at),
            });
        }
    }
    found.sort_by_key(|one| one.due);
    Ok(found)
}

/// Raises what is overdue to the headteacher's list; how many there were. What has been handed over is forgotten, so that it would be
/// raised anew.
pub async fn raise_overdue(app: &App, school: SchoolId) -> Result<usize> {
    let overdue = hand_overs(app, school).await?;
    let overdue: Vec<HandOver> = overdue.into_iter().filter(HandOver::is_overdue).collect();
    let mut read = app.db.read(school).await?;
    let known = queries::raised(&mut read).await?;
    drop(read);
    let done = known.iter().filter(|raised| !overdue.iter().any(|one| one.of() == raised.of));
    let done: Vec<Uuid> = done.map(|raised| raised.id).collect();
    let new: Vec<&HandOver> = overdue.iter().filter(|one| one.raised_at.is_none()).collect();
    if done.is_empty() && new.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.write(school).await?;
    for id in done {
        queries::forget_raised(&mut tx, id).await?;
    }
    for one in &new {
        queries::raise(&mut tx, one, app.clock.now().as_millisecond()).await?;
    }
    let deed = Deed::by_program().did("official-accounts.hand-overs-raised");
    tx.commit(new.iter().fold(deed, |deed, one| deed.to(one.account))).await?;
    Ok(new.len())
}

#[cfg(test)]
mod tests;
