//! Ties between people who work here and pupils or parents, as those people declare them.
//!
//! For: staff, who declare them once instead of explaining them later; headteacher and safeguarding lead, who read them; the
//! advisor, for whom a declared tie is a fact.
//!
//! Promises: only the person themselves declares, confirms and ends a tie; who it is with is sealed; whoever reads them does
//! not read their own; none is forgotten because a year went by, but its person is asked again.
//!
//! Does not: find out ties, or say that one is allowed: that is the policy's.

pub mod link;
pub mod pages;
mod queries;

use store::seal::Place;
use store::{Deed, Query, Tx};
use uuid::Uuid;

use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Result};
use crate::people;
use link::{Link, Tie, Whom, Words};

const PURPOSE: &str = "links";

/// What somebody declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    pub whom: Whom,
    pub tie: Tie,
    pub words: Words,
}

/// A link with its words and the name of who declared it.
pub struct Told {
    pub link: Link,
    pub words: Words,
    pub by: String,
}

pub async fn declare(app: &App, caller: &Caller, given: &Declared) -> Result<Uuid> {
    app.access.may(caller, Act::DeclareLink, Thing::premises(caller.school))?;
    let now = app.clock.now().as_millisecond();
    let id = Uuid::now_v7();
    let words = serde_json::to_vec(&given.words).map_err(|error| Error::fault("keeping a declared link", error))?;
    let mut tx = app.db.write(caller.school).await?;
    let sealed = app.sealer.seal(&mut tx, PURPOSE, place(id), &words).await?;
    let link = Link {
        id,
        version: 1,
        person: caller.person,
        whom: given.whom,
        tie: given.tie,
        sealed,
        declared_at: now,
        confirmed_at: now,
        seen_by: None,
        seen_at: None,
        ended_at: None,
    };
    queries::add(&mut tx, &link).await?;
    tx.commit(Deed::by(caller.person).did("links.declared").to(id)).await?;
    Ok(id)
}

/// What the caller has declared, ended ones too.
pub async fn own(app: &App, caller: &Caller) -> Result<Vec<Told>> {
    app.access.may(caller, Act::DeclareLink, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let links = queries::of_person(&mut read, caller.person).await?;
    told(app, &mut read, links).await
}

/// Everything that holds, for those in charge; what nobody has read comes first.
pub async fn all(app: &App, caller: &Caller) -> Result<Vec<Told>> {
    app.access.may(caller, Act::SeeLinks, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let links = queries::holding(&mut read).await?;
    told(app, &mut read, links).await
}

async fn told(app: &App, q: &mut impl Query, links: Vec<Link>) -> Result<Vec<Told>> {
    let mut all = Vec::new();
    for link in links {
        let opened = app.sealer.open(q, PURPOSE, place(link.id), &link.sealed).await?;
        let words = serde_json::from_slice(&opened).map_err(|error| Error::fault("reading a declared link", error))?;
        let by = people::find(q, link.person).await?.called().to_owned();
        all.push(Told { link, words, by });
    }
    Ok(all)
}

fn place(link: Uuid) -> Place {
    Place { table: "declared_link", row: link, column: "sealed" }
}

/// It still holds.
pub async fn confirm(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    let (mut tx, link) = own_one(app, caller, id).await?;
    queries::save(&mut tx, &link.confirmed(caller.person, app.clock.now().as_millisecond())?).await?;
    Ok(tx.commit(Deed::by(caller.person).did("links.confirmed").to(id)).await?)
}

/// It holds no more.
pub async fn end(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    let (mut tx, link) = own_one(app, caller, id).await?;
    queries::save(&mut tx, &link.ended(caller.person, app.clock.now().as_millisecond())?).await?;
    Ok(tx.commit(Deed::by(caller.person).did("links.ended").to(id)).await?)
}

/// What somebody else declared is not there for the caller.
async fn own_one(app: &App, caller: &Caller, id: Uuid) -> Result<(Tx, Link)> {
    app.access.may(caller, Act::DeclareLink, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let link = queries::find(&mut tx, id).await?;
    if link.person == caller.person { Ok((tx, link)) } else { Err(Error::NotFound) }
}

/// Somebody in charge has read it.
pub async fn mark_seen(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    app.access.may(caller, Act::SeeLinks, Thing::premises(caller.school))?;
    let mut tx = app.db.write(caller.school).await?;
    let link = queries::find(&mut tx, id).await?.read_by(caller.person, app.clock.now().as_millisecond())?;
    queries::save(&mut tx, &link).await?;
    Ok(tx.commit(Deed::by(caller.person).did("links.read").to(id)).await?)
}

/// The caller's own ties that hold now, for a question of theirs.
pub async fn holding_own(app: &App, caller: &Caller) -> Result<Vec<Told>> {
    let mut read = app.db.read(caller.school).await?;
    let mut links = queries::of_person(&mut read, caller.person).await?;
    links.retain(Link::holds);
    told(app, &mut read, links).await
}

#[cfg(test)]
mod tests;
