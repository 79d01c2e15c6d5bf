//! Drafts of the school's next policy, from a copy to the decision.
//!
//! For: those who prepare a policy, and those who decide on it. Promises: what is proposed is exactly what is adopted; whoever
//! had a hand in a draft does not approve it; two people who change the same thing meet a conflict, not a loss; nothing takes
//! effect before the first day that the decision names. Does not: change a version that was in force, or decide by itself.

pub mod draft;
mod forms;
pub mod pages;
mod queries;
pub mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use rulebook::{Fault, File, Policy};
use store::{Deed, Tx};
use uuid::Uuid;

use self::draft::{Decided, Draft};
use self::settings::{General, SETTINGS};
use super::{in_force, keep_version, packs, read, unwritten, vocabulary};
use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};

/// What a draft is copied from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    InForce,
    Pack(String),
}

/// Which draft, and the version of it that the caller saw.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub draft: Uuid,
    pub version: i64,
}

/// What a draft is as a policy: read, or every fault.
pub type Reading = std::result::Result<Arc<Policy>, Vec<Fault>>;

/// Whether the caller may do `act` to drafts as such.
pub fn may(app: &App, caller: &Caller, act: Act) -> Result<()> {
    app.access.may(caller, act, Thing::premises(caller.school))
}

/// Whether the act is open to the caller, perhaps after confirming who they are.
pub fn is_offered(app: &App, caller: &Caller, act: Act, draft: &Draft) -> bool {
    matches!(app.access.ask(caller, act, draft.thing()), Answer::Yes | Answer::ProveFirst)
}

/// All drafts without their files.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Draft>> {
    may(app, caller, Act::SeePolicyDrafts)?;
    let mut read = app.db.read(caller.school).await?;
    Ok(queries::page(&mut read).await?)
}

pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Result<Draft> {
    let mut read = app.db.read(caller.school).await?;
    let draft = queries::one(&mut read, id).await?;
    app.access.may(caller, Act::SeePolicyDrafts, draft.thing())?;
    Ok(draft)
}

/// The draft as a policy. Reading takes some milliseconds, so it happens away from the threads that answer.
pub async fn reading(files: &[File]) -> Result<Reading> {
    let files = files.to_vec();
    let vocabulary = vocabulary()?;
    let read = tokio::task::spawn_blocking(move || read(vocabulary, &files).map(Arc::new)).await;
    read.map_err(|error| Error::fault("reading a draft", error))
}

/// Begins a draft from a copy. Its settings say that it is one.
pub async fn begin(app: &App, caller: &Caller, name: &str, origin: &Origin) -> Result<Uuid> {
    may(app, caller, Act::PreparePolicy)?;
    let (policy, files) = match origin {
        Origin::Pack(pack) => (super::shipped(pack)?, packs::files(pack)),
        Origin::InForce => copy_of_force(app, caller).await?,
    };
    let mut draft = Draft {
        school: caller.school,
        id: Uuid::now_v7(),
        version: 1,
        name: name.to_owned(),
        origin: policy.version.clone(),
        state: draft::State::Open,
        files,
        hands: vec![],
        changed_at: app.clock.now().as_millisecond(),
    };
    if let Some(text) = draft.file(SETTINGS).map(|file| settings::being_written(&file.text)) {
        draft = draft.write(SETTINGS, text)?;
    }
    let mut tx = app.db.write(caller.school).await?;
    queries::add(&mut tx, &draft).await?;
    queries::add_hand(&mut tx, Uuid::now_v7(), draft.id, caller.person).await?;
    tx.commit(Deed::by(caller.person).did("policies.draft-begun").to(draft.id)).await?;
    Ok(draft.id)
}

async fn copy_of_force(app: &App, caller: &Caller) -> Result<(Arc<Policy>, Vec<File>)> {
    let policy = in_force(app, caller.school).await?;
    let mut read = app.db.read(caller.school).await?;
    let kept = super::queries::find_text(&mut read, &policy.version).await?.ok_or(Error::NotFound)?;
    Ok((policy, unwritten(&kept.files)?))
}

/// Writes one chapter. Faults do not keep it from being saved; they keep it from being proposed.
pub async fn write(app: &App, caller: &Caller, seen: Seen, chapter: (&str, String)) -> Result<()> {
    change(app, caller, seen, |draft| draft.write(chapter.0, chapter.1)).await
}

/// Writes what a school sets without rules.
pub async fn set(app: &App, caller: &Caller, seen: Seen, general: &General) -> Result<()> {
    change(app, caller, seen, |draft| {
        let text = general.write(draft.file(SETTINGS).map_or("", |file| &file.text));
        draft.write(SETTINGS, text)
    })
    .await
}

/// Switches clauses off, and all others on.
pub async fn switch(app: &App, caller: &Caller, seen: Seen, off: &BTreeSet<String>) -> Result<()> {
    change(app, caller, seen, |draft| {
        let text = settings::switch_off(draft.file(SETTINGS).map_or("", |file| &file.text), off);
        draft.write(SETTINGS, text)
    })
    .await
}

/// Puts a draft aside for good.
pub async fn put_aside(app: &App, caller: &Caller, seen: Seen) -> Result<()> {
    let (tx, draft) = opened(app, caller, seen).await?;
    save(app, caller, tx, (draft.put_aside()?, "policies.draft-dropped")).await
}

/// Lays a draft before the governing body.
///
/// # Errors
/// Refused while it has faults.
pub async fn propose(app: &App, caller: &Caller, seen: Seen) -> Result<()> {
    let draft = show(app, caller, seen.draft).await?;
    let policy = reading(&as_decided(&draft)).await?;
    let policy =
        policy.map_err(|_| Refused::because("the draft still has faults; it can be proposed when they are mended"))?;
    let (tx, draft) = opened(app, caller, seen).await?;
    let hash = policy.version.clone();
    if rulebook::hash(&as_decided(&draft)) != hash {
        return Err(Error::Conflict);
    }
    save(app, caller, tx, (draft.propose(caller.person, hash)?, "policies.draft-proposed")).await
}

/// Takes a draft back from the governing body.
pub async fn take_back(app: &App, caller: &Caller, seen: Seen) -> Result<()> {
    let (tx, draft) = opened(app, caller, seen).await?;
    save(app, caller, tx, (draft.take_back()?, "policies.draft-taken-back")).await
}

/// Makes what was proposed a version of the policy, in force from the day that the decision names.
pub async fn adopt(app: &App, caller: &Caller, seen: Seen, decided: &Decided) -> Result<()> {
    let proposed = show(app, caller, seen.draft).await?;
    app.access.may(caller, Act::ApprovePolicy, proposed.thing())?;
    let files = as_decided(&proposed);
    let policy = reading(&files).await?;
    let policy = policy.map_err(|_| Refused::because("the draft has faults; it must be taken back and mended"))?;
    let now = app.clock.now();
    let mut tx = app.db.write(caller.school).await?;
    let draft = queries::one(&mut tx, seen.draft).await?;
    app.access.may(caller, Act::ApprovePolicy, draft.thing())?;
    let (adopted, proposer) = draft.adopt(&policy.version)?;
    let since = match decided.starts_on <= clock::today(app.clock.as_ref()) {
        true => now,
        false => clock::start_of(decided.starts_on),
    };
    let version = keep_version(app, &mut tx, &policy, &files).await?;
    let in_force = Uuid::now_v7();
    super::queries::put_in_force(&mut tx, in_force, version, since.as_millisecond()).await?;
    let ids = (Uuid::now_v7(), in_force, proposer, caller.person);
    queries::add_adoption(&mut tx, ids, decided, now.as_millisecond()).await?;
    queries::save(&mut tx, &Draft { version: seen.version, ..adopted }, now.as_millisecond()).await?;
    let deed = Deed::by(caller.person).did("policies.adopted").to(version).hash(policy.version.as_bytes());
    Ok(tx.commit(deed).await?)
}

/// The files as they will be when they are decided on: the same, and the settings say so.
pub fn as_decided(draft: &Draft) -> Vec<File> {
    let mut files = draft.files.clone();
    for file in files.iter_mut().filter(|file| file.name == SETTINGS) {
        file.text = settings::adopted(&file.text);
    }
    files
}

/// A change to the text of a draft.
async fn change(
    app: &App,
    caller: &Caller,
    seen: Seen,
    act: impl FnOnce(Draft) -> std::result::Result<Draft, Refused>,
) -> Result<()> {
    let (tx, draft) = opened(app, caller, seen).await?;
    save(app, caller, tx, (act(draft)?, "policies.draft-changed")).await
}

/// The draft, locked for a change by somebody who may prepare it. What was changed meanwhile is a conflict.
async fn opened(app: &App, caller: &Caller, seen: Seen) -> Result<(Tx, Draft)> {
    let mut tx = app.db.write(caller.school).await?;
    let draft = queries::one(&mut tx, seen.draft).await?;
    app.access.may(caller, Act::PreparePolicy, draft.thing())?;
    match draft.version == seen.version {
        true => Ok((tx, draft)),
        false => Err(Error::Conflict),
    }
}

async fn save(app: &App, caller: &Caller, mut tx: Tx, (draft, did): (Draft, &'static str)) -> Result<()> {
    queries::save(&mut tx, &draft, app.clock.now().as_millisecond()).await?;
    queries::add_hand(&mut tx, Uuid::now_v7(), draft.id, caller.person).await?;
    let hash = rulebook::hash(&draft.files);
    Ok(tx.commit(Deed::by(caller.person).did(did).to(draft.id).hash(hash)).await?)
}

/// The first day on which a decision of today can take effect.
pub fn first_day(app: &App) -> Date {
    clock::today(app.clock.as_ref())
}
