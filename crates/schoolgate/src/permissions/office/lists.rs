//! Lists of many people: a class, a sheet for the camera, counts, what is outstanding.

use jiff::ToSpan as _;
use store::Deed;
use uuid::Uuid;

use super::{in_use, lights, may, queries};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::people::post;
use crate::permissions::standing::{Known, Light};
use crate::permissions::{Purpose, parents, purposes};
use crate::roster::pupil::{Class, Pupil};
use crate::roster::{self, several};

/// How long before it runs out a yes is on the list.
pub(super) const WARN_DAYS: i64 = 45;

/// Rows of one page of a long list.
pub const PAGE_ROWS: usize = 100;

/// One page of a long list.
pub struct Paged<T> {
    pub rows: Vec<T>,
    /// From 1.
    pub page: usize,
    /// At least 1.
    pub pages: usize,
}

impl<T> Paged<T> {
    /// The page that was asked for, or the last there is.
    pub(super) fn cut(mut all: Vec<T>, page: usize) -> Paged<T> {
        let pages = all.len().div_ceil(PAGE_ROWS).max(1);
        let page = page.clamp(1, pages);
        let rows = all.drain((page - 1) * PAGE_ROWS..).take(PAGE_ROWS).collect();
        Paged { rows, page, pages }
    }
}

/// A class and how each of it stands for one purpose.
pub struct ClassView {
    pub class: Class,
    pub purpose: Purpose,
    pub purposes: Vec<Purpose>,
    pub pupils: Vec<(Pupil, Light)>,
}

/// A class list. Without a purpose: the first in use.
pub async fn class(app: &App, caller: &Caller, class: Uuid, purpose: Option<&str>) -> Result<ClassView> {
    may(app, caller, Act::LookAtPermissions)?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let class = roster::class(&mut read, class).await?;
    let purposes = in_use(&mut read).await?;
    let found = match purpose {
        Some(code) => purposes.iter().find(|known| known.code == code),
        None => purposes.iter().find(|known| known.code == "website").or(purposes.first()),
    };
    let purpose = found.cloned().ok_or(Error::NotFound)?;
    let pupils = roster::class_list(&mut read, class.id, today).await?;
    let ids: Vec<Uuid> = pupils.iter().map(|pupil| pupil.id).collect();
    let lights = lights(&mut read, &ids, &purpose, today).await?;
    Ok(ClassView { class, purpose, purposes, pupils: pupils.into_iter().zip(lights).collect() })
}

/// The classes of today.
pub async fn classes(app: &App, caller: &Caller) -> Result<Vec<Class>> {
    may(app, caller, Act::LookAtPermissions)?;
    // A school that was opened while the program ran has no purposes until somebody first looks.
    purposes::begin(app, caller.school).await?;
    let mut read = app.db.read(caller.school).await?;
    roster::classes(&mut read, clock::today(app.clock.as_ref())).await
}

/// Pupils by any part of their names.
pub async fn search(app: &App, caller: &Caller, typed: &str) -> Result<Vec<Pupil>> {
    may(app, caller, Act::SeePermissions)?;
    let mut read = app.db.read(caller.school).await?;
    roster::search(&mut read, typed).await
}

/// How many of those on roll stand how for one purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub yes: usize,
    pub no: usize,
    pub not_yet: usize,
}

/// Counts for one purpose. What the school withholds counts as any other no.
pub async fn counts(app: &App, caller: &Caller, code: &str) -> Result<(Purpose, Counts)> {
    may(app, caller, Act::SeePermissions)?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let in_use = in_use(&mut read).await?;
    let codes: Vec<(Uuid, String)> = in_use.iter().map(|one| (one.id, one.code.clone())).collect();
    let purpose = in_use.into_iter().find(|known| known.code == code).ok_or(Error::NotFound)?;
    let (pupils, known) = Known::of_all_on_roll(&mut read, purpose.id, &codes, today).await?;
    let mut counts = Counts::default();
    for pupil in pupils {
        match Light::of(known.decided(pupil, (purpose.id, &purpose.code), today).decision) {
            Light::Yes => counts.yes += 1,
            Light::No => counts.no += 1,
            Light::NotYet => counts.not_yet += 1,
        }
    }
    Ok((purpose, counts))
}

/// Something that somebody has to do.
pub struct Outstanding {
    pub pupil: Pupil,
    pub what: &'static str,
    /// UTC milliseconds; none for what is to come.
    pub since: Option<i64>,
    /// What to tick off, if anything.
    pub settle: Option<Settle>,
}

/// What somebody ticks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    Task(Uuid),
    /// A letter that could not be delivered.
    Letter(Uuid),
}

/// Whom it is about, what it is, since when, and what to tick off.
type Found = (Uuid, &'static str, Option<i64>, Option<Settle>);

/// A page of what is outstanding: disagreements and doubts, links without an answer, and what runs out soon.
pub async fn outstanding(app: &App, caller: &Caller, page: usize) -> Result<Paged<Outstanding>> {
    may(app, caller, Act::SeePermissions)?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let mut found: Vec<Found> = Vec::new();
    for (id, kind, person, since) in queries::tasks(&mut read).await? {
        found.push((person, task_said(&kind), Some(since), Some(Settle::Task(id))));
    }
    for mail in post::failed(&mut read).await?.into_iter().filter(|mail| mail.kind.asks_family()) {
        let what = "A letter by email could not be delivered: print one, or ask for another address";
        found.push((mail.about, what, Some(mail.state_at), Some(Settle::Letter(mail.id))));
    }
    for refusal in queries::refusals(&mut read).await? {
        found.push((refusal.pupil, "A file says no; it is no until that is settled", Some(refusal.since), None));
    }
    for (person, since) in parents::outstanding(app, &mut read).await? {
        found.push((person, "A link was sent and nobody has answered", Some(since), None));
    }
    let soon = today.checked_add(WARN_DAYS.days()).unwrap_or(today).to_string();
    for (person, _) in queries::running_out(&mut read, &soon).await? {
        found.push((person, "A yes runs out within six weeks", None, None));
    }
    let on_roll = several::on_roll(&mut read, today).await?;
    found.retain(|(person, ..)| on_roll.contains(person));
    let Paged { rows, page, pages } = Paged::cut(found, page);
    let pupils = several::pupils(&mut read, &people_of(&rows, |(person, ..)| *person)).await?;
    let one = |(person, what, since, settle): Found| {
        let pupil = pupils.get(&person)?.clone();
        Some(Outstanding { pupil, what, since, settle })
    };
    Ok(Paged { rows: rows.into_iter().filter_map(one).collect(), page, pages })
}

/// The people of some rows, each once.
pub(super) fn people_of<T>(rows: &[T], person: impl Fn(&T) -> Uuid) -> Vec<Uuid> {
    let mut people: Vec<Uuid> = rows.iter().map(person).collect();
    people.sort_unstable();
    people.dedup();
    people
}

fn task_said(kind: &str) -> &'static str {
    match kind {
        "disagreement" => "Two who decide say opposite things; until they agree it is no",
        "unknown-authority" => "Somebody said yes, and the school does not know whether they may decide",
        _ => "A file says yes without showing who said so; until the family is asked it is not yet",
    }
}

/// Ticks a task off.
pub async fn finish_task(app: &App, caller: &Caller, task: Uuid) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    match queries::finish_task(&mut tx, task, app.clock.now().as_millisecond()).await {
        Err(store::Error::Conflict { .. }) => return Err(Error::NotFound),
        done => done?,
    }
    // Asked last, so that another school's task is not there whatever the caller may do; nothing is kept before the commit.
    may(app, caller, Act::KeepPermissions)?;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.task-done").to(task)).await?)
}
