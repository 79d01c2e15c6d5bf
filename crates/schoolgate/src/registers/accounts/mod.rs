//! The official accounts of a school: which there are, who answers for each, and the way to call it.
//!
//! For: headteacher and business manager, who keep them; the desk, which takes [`open`] to publish, find and take down;
//! everybody, for whom [`genuine`] tells which accounts are the school's.
//!
//! Promises: credentials are kept sealed and never shown again; they are tried every day and when asked, so that expired ones
//! are noticed before a release; an account that is retired is not called, and stays in the list with its dates. Every school
//! has its own news page: an account under the school's own id, with no row and nothing to sign in to.
//!
//! Does not: publish by itself, or change anything on a network but what it is told to publish and take down.

pub mod account;
mod forms;
pub mod pages;
mod queries;

use channels::bluesky::Bluesky;
use channels::mastodon::Mastodon;
use channels::{Channel, Failed, Reason};
use store::seal::Place;
use store::{Deed, Query, SchoolId};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::website::OwnPage;
use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::clock::from_millis;
use crate::error::{Error, Refused, Result};
use crate::people;
use account::{Account, Details, Finding, Given, Kind};

const PURPOSE: &str = "official-accounts";

/// All accounts, the school's own page first, then by name; retired ones last.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Account>> {
    app.access.may(caller, Act::SeeOfficialAccounts, Thing::premises(caller.school))?;
    all(app, caller.school).await
}

/// The same without asking who wants to know: for the desk and for jobs.
pub async fn all(app: &App, school: SchoolId) -> Result<Vec<Account>> {
    let mut read = app.db.read(school).await?;
    let mut accounts = vec![own_page(app, school)];
    accounts.extend(queries::accounts(&mut read).await?);
    Ok(accounts)
}

/// Every account that is or was the school's, for the public list.
pub async fn genuine(app: &App, school: SchoolId) -> Result<Vec<Account>> {
    people::school(app, school).await?;
    all(app, school).await
}

pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Result<Account> {
    app.access.may(caller, Act::SeeOfficialAccounts, Thing::premises(caller.school))?;
    find(app, caller.school, id).await
}

pub async fn find(app: &App, school: SchoolId, id: Uuid) -> Result<Account> {
    if id == school.get() {
        return Ok(own_page(app, school));
    }
    let mut read = app.db.read(school).await?;
    Ok(queries::find(&mut read, id).await?)
}

/// Whether the caller may keep the accounts, perhaps after confirming who they are.
pub fn is_keeper(app: &App, caller: &Caller) -> bool {
    let answer = app.access.ask(caller, Act::KeepOfficialAccounts, Thing::premises(caller.school));
    matches!(answer, Answer::Yes | Answer::ProveFirst)
}

/// Whether the caller may do so now.
pub fn ready_to_keep(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::KeepOfficialAccounts, Thing::premises(caller.school))
}

fn own_page(app: &App, school: SchoolId) -> Account {
    Account::own_page(school.get(), super::website::address(app, school))
}

/// Writes down an account. A kind that is signed in to needs its credentials.
pub async fn add(app: &App, caller: &Caller, given: &Details, credentials: Option<&Given>) -> Result<Uuid> {
    ready_to_keep(app, caller)?;
    check_service(app, given)?;
    let now = app.clock.now().as_millisecond();
    let account = Account::new(Uuid::now_v7(), given.clone(), now)?;
    let id = account.id;
    let mut tx = app.db.write(caller.school).await?;
    people::find(&mut tx, given.responsible).await?;
    queries::add(&mut tx, &account).await?;
    if let Some(credentials) = credentials {
        let sealed = app.sealer.seal(&mut tx, PURPOSE, place(id), credentials.secret().as_bytes()).await?;
        queries::save(&mut tx, &account.with_credentials(sealed, now)?).await?;
    }
    tx.commit(Deed::by(caller.person).did("official-accounts.added").to(id)).await?;
    Ok(id)
}

/// Changes what is written about an account, if it is still what the caller saw.
pub async fn edit(app: &App, caller: &Caller, (id, seen): (Uuid, i64), given: &Details) -> Result<()> {
    ready_to_keep(app, caller)?;
    check_service(app, given)?;
    let mut tx = app.db.write(caller.school).await?;
    people::find(&mut tx, given.responsible).await?;
    let account = queries::find(&mut tx, id).await?.edited(given.clone())?;
    queries::save(&mut tx, &Account { version: seen, ..account }).await?;
    Ok(tx.commit(Deed::by(caller.person).did("official-accounts.edited").to(id)).await?)
}

/// Replaces the credentials. The old ones are gone.
pub async fn replace_credentials(app: &App, caller: &Caller, (id, seen): (Uuid, i64), given: &Given) -> Result<()> {
    ready_to_keep(app, caller)?;
    let now = app.clock.now().as_millisecond();
    let mut tx = app.db.write(caller.school).await?;
    let account = queries::find(&mut tx, id).await?;
    let sealed = app.sealer.seal(&mut tx, PURPOSE, place(id), given.secret().as_bytes()).await?;
    let account = account.with_credentials(sealed, now)?;
    queries::save(&mut tx, &Account { version: seen, ..account }).await?;
    Ok(tx.commit(Deed::by(caller.person).did("official-accounts.credentials-replaced").to(id)).await?)
}

/// The account is the school's no more, or not used any more: its credentials are forgotten.
pub async fn retire(app: &App, caller: &Caller, (id, seen): (Uuid, i64)) -> Result<()> {
    ready_to_keep(app, caller)?;
    let mut tx = app.db.write(caller.school).await?;
    let account = queries::find(&mut tx, id).await?.retired(app.clock.now().as_millisecond())?;
    queries::save(&mut tx, &Account { version: seen, ..account }).await?;
    Ok(tx.commit(Deed::by(caller.person).did("official-accounts.retired").to(id)).await?)
}

/// A stranger's server must be one that may be called.
fn check_service(app: &App, given: &Details) -> Result<()> {
    if given.kind.is_called() {
        let wrong = |why| Error::Refused(Refused::because(format!("this address cannot be called: {why}")));
        app.outside.check_address(&given.service).map_err(wrong)?;
    }
    Ok(())
}

fn place(account: Uuid) -> Place {
    Place { table: "official_account", row: account, column: "credentials" }
}

// Calling an account.

/// How a post gets out on an account.
pub enum Way {
    /// The program publishes, finds and takes down.
    Channel(Box<dyn Channel>),
    /// A person does, with a bundle from [`channels::bundle`].
    ByHand,
}

/// The way to an account. Nothing is called yet; the database is not needed any more once it is open.
///
/// Errors: [`Error::NotFound`]; [`Error::Refused`] if the account is retired, has no credentials, or is only read.
pub async fn open(app: &App, school: SchoolId, id: Uuid) -> Result<Way> {
    let account = find(app, school, id).await?;
    if account.retired_at.is_some() {
        return Err(Refused::because(format!("the account {} is retired", account.details.name)).into());
    }
    let details = &account.details;
    let unusable = |failed: Failed| Error::Refused(Refused::because(failed.to_string()));
    let client = app.outside.clone();
    Ok(match details.kind {
        Kind::Website => Way::Channel(Box::new(OwnPage::new(app.clone(), school))),
        Kind::ByHand => Way::ByHand,
        Kind::Feed => Way::Channel(Box::new(channels::feed::Feed::new(client, &details.service).map_err(unusable)?)),
        Kind::Bluesky => {
            let password = credentials(app, school, &account).await?;
            Way::Channel(Box::new(
                Bluesky::new(client, &details.service, &details.handle, &password).map_err(unusable)?,
            ))
        }
        Kind::Mastodon => {
            let token = credentials(app, school, &account).await?;
            let mastodon = Mastodon::new(client, &details.service, &token).map_err(unusable)?;
            Way::Channel(Box::new(mastodon.with_limits(account.limits())))
        }
    })
}

async fn credentials(app: &App, school: SchoolId, account: &Account) -> Result<Zeroizing<String>> {
    let none = || Refused::because(format!("the account {} has no password or token yet", account.details.name));
    let sealed = account.credentials.as_ref().ok_or_else(none)?;
    let mut read = app.db.read(school).await?;
    let opened = app.sealer.open(&mut read, PURPOSE, place(account.id), sealed).await?;
    let text = std::str::from_utf8(&opened).map_err(|error| Error::fault("reading an account's credentials", error))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Tries the credentials now and writes down what came of it.
pub async fn check(app: &App, caller: &Caller, id: Uuid) -> Result<Account> {
    ready_to_keep(app, caller)?;
    check_now(app, caller.school, id, Deed::by(caller.person).did("official-accounts.checked").to(id)).await
}

/// The same for the desk, before a release.
pub async fn check_before_release(app: &App, school: SchoolId, id: Uuid) -> Result<Account> {
    check_now(app, school, id, Deed::by_program().did("official-accounts.checked").to(id)).await
}

async fn check_now(app: &App, school: SchoolId, id: Uuid, deed: Deed) -> Result<Account> {
    let account = find(app, school, id).await?;
    if !account.details.kind.has_credentials() || account.retired_at.is_some() {
        return Ok(account);
    }
    let (finding, limits) = match open(app, school, id).await {
        Ok(Way::Channel(channel)) => match channel.check().await {
            Ok(standing) => (Finding::Works, Some(standing.limits)),
            Err(Failed::Never(Reason::Credentials | Reason::Address(_) | Reason::Refused(_))) => {
                (Finding::Refused, None)
            }
            Err(_) => (Finding::Unreachable, None),
        },
        Ok(Way::ByHand) => return Ok(account),
        Err(Error::Refused(_)) => (Finding::Refused, None),
        Err(error) => return Err(error),
    };
    let mut tx = app.db.write(school).await?;
    // Whoever replaced the credentials while the network was asked has the last word.
    let now = queries::find(&mut tx, id).await?;
    if now.version != account.version {
        return Ok(now);
    }
    let checked = now.checked(finding, limits, app.clock.now().as_millisecond());
    queries::save(&mut tx, &checked).await?;
    tx.commit(deed).await?;
    find(app, school, id).await
}

/// Tries all credentials of all schools: a daily job.
pub async fn check_all(app: &App) -> Result<()> {
    for school in people::schools(app).await? {
        let mut read = app.db.read(school.id).await?;
        let accounts = queries::accounts(&mut read).await?;
        drop(read);
        for account in accounts {
            // One account that cannot be tried must not keep the others from it.
            match check_before_release(app, school.id, account.id).await {
                Ok(checked) if checked.finding == Some(Finding::Refused) => {
                    tracing::warn!(account = %account.id, "an account's credentials are not accepted");
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(account = %account.id, error = error.chain(), "an account was not tried"),
            }
        }
    }
    Ok(())
}

/// Who of the school may answer for an account: everybody who may sign in and has a role that counts today.
pub async fn candidates(app: &App, school: SchoolId) -> Result<Vec<(Uuid, String)>> {
    let today = crate::clock::today(app.clock.as_ref());
    let people = people::operator::people(app, school).await?;
    let staying = people.into_iter().filter(|person| !person.roles_on(today).is_empty());
    Ok(staying.map(|person| (person.id, person.called().to_owned())).collect())
}

/// The person who answers for an account, by name.
pub async fn responsible(q: &mut impl Query, account: &Account) -> Result<Option<String>> {
    if account.details.kind == Kind::Website {
        return Ok(None);
    }
    Ok(Some(people::find(q, account.details.responsible).await?.called().to_owned()))
}

/// When something about an account happened, in words.
pub(crate) fn moment(millis: Option<i64>) -> Option<String> {
    millis.map(|millis| crate::clock::moment_in_words(from_millis(millis)))
}

#[cfg(test)]
mod tests;
