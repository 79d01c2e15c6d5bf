//! A look through what the school's accounts show already: from the first day, and again whenever somebody wants it.
//!
//! For: those in charge, who work through the queue; the operator, with `schoolgate sweep`.
//!
//! Promises: every post of every account that can be read is held against today's roll and today's permissions; what cannot
//! be known is asked about; a decision stands until something worse is found; what is to be removed is handed to the desk, which
//! looks until it is seen gone. The words of a post are kept sealed.
//!
//! Does not: look at what a picture shows, or remove anything that nobody has decided about. What stands on a site that is
//! only looked at becomes a task for a person.

pub mod command;
pub mod item;
pub mod pages;
mod queries;

use channels::Shown;
use jiff::Timestamp;
use screening::{Draft, Field, Findings, Roll, TEXT_SCALARS_MAX};
use store::seal::Place;
use store::{Deed, Query, SchoolId, Tx};
use uuid::Uuid;

use super::accounts::account::{Account, Kind};
use super::accounts::{self, Way};
use super::phrases;
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::permissions::{ChannelKind, Light, Standing, standing};
use crate::queue::{self, Job};
use crate::roster;
use item::{Advice, Content, Decision, Item, advise};

const PURPOSE: &str = "audit";
/// Pages of one account: ten years of a busy school.
const PAGES_MAX: usize = 200;
/// Letters of a post that are kept for the page of the queue.
const KEPT_LETTERS: usize = 3_000;

/// Longest name and address of a post; those of the networks have under 200 bytes.
const ADDRESS_BYTES_MAX: usize = 2_000;

/// What a look through one account gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    pub account: String,
    pub seen: usize,
    pub keep: usize,
    pub ask: usize,
    pub remove: usize,
    /// Why it could not be read to its end.
    pub failed: Option<String>,
}

/// Looks through all accounts of a school that can be read. One that cannot be read does not keep the others from it.
pub async fn sweep(app: &App, school: SchoolId) -> Result<Vec<Swept>> {
    let people = roster::names(app, school).await?;
    let lists = phrases::lists(app, school).await?;
    let roll = phrases::roll(&people, &lists)
        .map_err(|count| Error::fault("reading the roll", format!("{count} names or phrases cannot be looked for")))?;
    let mut told = Vec::new();
    for account in accounts::all(app, school).await? {
        if account.retired_at.is_none() && account.details.kind != Kind::ByHand {
            told.push(sweep_account(app, school, &account, &roll).await?);
        }
    }
    Ok(told)
}

async fn sweep_account(app: &App, school: SchoolId, account: &Account, roll: &Roll) -> Result<Swept> {
    let name = account.details.name.clone();
    let mut swept = Swept { account: name, seen: 0, keep: 0, ask: 0, remove: 0, failed: None };
    let channel = match accounts::open(app, school, account.id).await {
        Ok(Way::Channel(channel)) => channel,
        Ok(Way::ByHand) => return Ok(swept),
        Err(Error::Refused(refused)) => return Ok(Swept { failed: Some(refused.because.into_owned()), ..swept }),
        Err(error) => return Err(error),
    };
    let mut after: Option<String> = None;
    for _ in 0..PAGES_MAX {
        // Read first, then write: nothing waits for a network while a write is open.
        let page = match channel.shown(after.as_deref()).await {
            Ok(page) => page,
            Err(failed) => return Ok(Swept { failed: Some(failed.to_string()), ..swept }),
        };
        let shown: Vec<Shown> = page.shown.into_iter().filter(is_kept).collect();
        let weighed = weigh(app, school, account, (&shown, roll)).await?;
        for weighed in &weighed {
            swept.seen += 1;
            match weighed.advice {
                Advice::Keep => swept.keep += 1,
                Advice::Ask => swept.ask += 1,
                Advice::Remove => swept.remove += 1,
            }
        }
        keep(app, school, account.id, weighed).await?;
        after = page.next;
        if after.is_none() {
            return Ok(swept);
        }
    }
    Ok(Swept { failed: Some(format!("there are more than {PAGES_MAX} pages")), ..swept })
}

/// A name or an address that no database takes is nothing that could be called again.
fn is_kept(shown: &Shown) -> bool {
    let fits = |text: &str| text.len() <= ADDRESS_BYTES_MAX && !text.contains('\0');
    fits(&shown.sent.remote) && fits(&shown.sent.address)
}

/// A post with what is advised about it, and why.
struct Weighed<'a> {
    shown: &'a Shown,
    advice: Advice,
    reasons: Vec<String>,
}

/// Holds a page of posts against the roll and the permissions of this moment.
async fn weigh<'a>(
    app: &App,
    school: SchoolId,
    account: &Account,
    (shown, roll): (&'a [Shown], &Roll),
) -> Result<Vec<Weighed<'a>>> {
    let screened: Vec<(&Shown, Vec<Findings>)> = shown.iter().map(|shown| (shown, screen(shown, roll))).collect();
    let mut named: Vec<Uuid> = screened.iter().flat_map(|(_, texts)| texts).flat_map(named_in).collect();
    named.sort_unstable();
    named.dedup();
    let kind = match account.details.kind {
        Kind::Website | Kind::Feed => ChannelKind::Website,
        Kind::Bluesky | Kind::Mastodon | Kind::ByHand => ChannelKind::Social,
    };
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(school).await?;
    let standings = standing(&mut read, &named, kind.purpose(), kind, today).await?;
    let weighed = screened.into_iter().map(|(shown, texts)| {
        let may_be_named = |person: Uuid| {
            let found = standings.iter().find(|standing| standing.person == person);
            found.is_some_and(|standing| may_be_named(standing, shown))
        };
        let (advice, reasons) = advise(&texts, shown.pictures.len(), may_be_named);
        Weighed { shown, advice, reasons }
    });
    Ok(weighed.collect())
}

fn may_be_named(standing: &Standing, shown: &Shown) -> bool {
    match shown.pictures.is_empty() {
        true => standing.full_name == Light::Yes,
        false => standing.may_be_named_with_it(),
    }
}

fn screen(shown: &Shown, roll: &Roll) -> Vec<Findings> {
    let has_picture = !shown.pictures.is_empty();
    let alts = shown.pictures.iter().map(|alt| (alt, Field::AltText));
    let texts = std::iter::once((&shown.text, Field::Text)).chain(alts);
    let drafts = texts.filter_map(|(text, field)| {
        let cut: String = text.chars().take(TEXT_SCALARS_MAX).collect();
        Draft::of("", &cut, field, has_picture).ok()
    });
    drafts.map(|draft| screening::text(&draft, roll)).collect()
}

fn named_in(found: &Findings) -> impl Iterator<Item = Uuid> {
    found.findings.iter().filter_map(|finding| finding.person.as_deref()?.parse().ok())
}

/// Writes a page of the queue.
async fn keep(app: &App, school: SchoolId, account: Uuid, weighed: Vec<Weighed<'_>>) -> Result<()> {
    if weighed.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.write(school).await?;
    let keys = app.sealer.keys_to_seal(&mut tx, PURPOSE).await?;
    let now = app.clock.now().as_millisecond();
    for Weighed { shown, advice, reasons } in weighed {
        let known = queries::find_shown(&mut tx, account, &shown.sent.remote).await?;
        let is_new = known.is_none();
        let item = known.unwrap_or_else(|| Item::found(Uuid::now_v7(), account, shown, now));
        let text = shown.text.chars().take(KEPT_LETTERS).collect();
        let content = Content { text, pictures: shown.pictures.clone(), reasons };
        let content = serde_json::to_vec(&content).map_err(|error| Error::fault("keeping what was found", error))?;
        let sealed = keys.seal(place(item.id), &content)?;
        let item = item.seen(advice, sealed, i64::try_from(shown.pictures.len()).unwrap_or(i64::MAX));
        match is_new {
            true => {
                queries::add(&mut tx, &item).await?;
            }
            false => queries::save(&mut tx, &item).await?,
        }
    }
    Ok(tx.commit(Deed::by_program().did("audit.looked-through").to(account)).await?)
}

fn place(item: Uuid) -> Place {
    Place { table: "audit_item", row: item, column: "sealed" }
}

// The queue.

/// What waits for a decision, and what is on its way out.
pub struct Waiting {
    pub items: Vec<(Item, Content)>,
    /// How many wait in all, by advice.
    pub counts: Vec<(Advice, i64)>,
    pub leaving: Vec<Item>,
}

/// The queue: one advice at a time.
pub async fn waiting(app: &App, caller: &Caller, advice: Advice) -> Result<Waiting> {
    app.access.may(caller, Act::AuditAccounts, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let mut counts = Vec::new();
    for advice in [Advice::Remove, Advice::Ask, Advice::Keep] {
        counts.push((advice, queries::undecided_count(&mut read, advice).await?));
    }
    let found = queries::undecided(&mut read, advice).await?;
    let leaving = queries::to_be_removed(&mut read).await?;
    let mut items = Vec::new();
    for item in found {
        let content = content(app, &mut read, &item).await?;
        items.push((item, content));
    }
    Ok(Waiting { items, counts, leaving })
}

/// One item with its words.
pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Result<(Item, Content)> {
    app.access.may(caller, Act::AuditAccounts, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let item = queries::find(&mut read, id).await?;
    let content = content(app, &mut read, &item).await?;
    Ok((item, content))
}

async fn content(app: &App, q: &mut impl Query, item: &Item) -> Result<Content> {
    let opened = app.sealer.open(q, PURPOSE, place(item.id), &item.sealed).await?;
    serde_json::from_slice(&opened).map_err(|error| Error::fault("reading what was found", error))
}

/// Somebody wants the accounts looked through; it is done in the background.
pub async fn ask_for_sweep(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::AuditAccounts, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    if queue::push_once(&mut tx, Job::SweepAccounts, app.clock.now()).await? {
        tx.commit(Deed::by(caller.person).did("audit.asked-for")).await?;
    }
    Ok(())
}

/// Keeps a post, or has it removed.
pub async fn decide(app: &App, caller: &Caller, (id, seen): (Uuid, i64), decision: Decision) -> Result<()> {
    app.access.may(caller, Act::AuditAccounts, Thing::premises(caller.school))?;
    let now = app.clock.now();
    let mut tx = app.db.write(caller.school).await?;
    let item = queries::find(&mut tx, id).await?.decided(decision, caller.person, now.as_millisecond())?;
    queries::save(&mut tx, &Item { version: seen, ..item }).await?;
    let verb = match decision {
        Decision::Keep => "audit.kept",
        Decision::Remove => {
            queue::push(&mut tx, Job::RemoveAudited(id), now).await?;
            "audit.removal-decided"
        }
    };
    Ok(tx.commit(Deed::by(caller.person).did(verb).to(id)).await?)
}

/// What the desk takes down: the item, and its words as they were read.
pub async fn found(app: &App, school: SchoolId, id: Uuid) -> Result<(Item, String)> {
    let mut read = app.db.read(school).await?;
    let item = queries::find(&mut read, id).await?;
    let content = content(app, &mut read, &item).await?;
    Ok((item, content.text))
}

/// Something was seen gone from an account: if a look through the accounts had found it there, it is gone here, too.
pub async fn saw_gone(tx: &mut Tx, (account, remote): &(Uuid, String), at: Timestamp) -> Result<()> {
    queries::saw_gone(tx, *account, remote, at.as_millisecond()).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
