//! What the person at the server's command line may do with people: open a school, add somebody, let them in.
//!
//! Access rules do not hold here, because whoever has the server's shell has the database; the ledger names the program
//! as the actor. The demo school is made in the same way.

use store::ledger::SCHOOL_OPENED;
use store::{Deed, SchoolId};
use uuid::Uuid;

use super::accounts::{self, Address, Carried, Taken};
use super::person::{NAME_MAX, Particulars, Person};
use super::{Spell, queries};
use crate::app::App;
use crate::error::{Error, Result};

/// Opens a school and gives its number.
pub async fn open_school(app: &App, name: &str) -> Result<SchoolId> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Error::Invalid(format!("the school's name must be one line of 1 to {NAME_MAX} letters").into()));
    }
    let id = SchoolId::new(Uuid::now_v7());
    let mut tx = app.db.write(SchoolId::HOUSE).await?;
    queries::add_school(&mut tx, id, name, app.clock.now().as_millisecond()).await?;
    tx.commit(Deed::by_program().did(SCHOOL_OPENED).to(id.get())).await?;
    Ok(id)
}

/// Adds a person with a role.
pub async fn add_person(app: &App, school: SchoolId, given: &Particulars, spell: Spell) -> Result<Uuid> {
    super::school(app, school).await?;
    let id = Uuid::now_v7();
    let mut tx = app.db.write(school).await?;
    queries::add_person(&mut tx, id, given, app.clock.now().as_millisecond()).await?;
    let person = queries::find_person(&mut tx, id).await?;
    let held = person.give(Uuid::now_v7(), spell.role, spell.starts_on, spell.ends_on)?;
    queries::add_role(&mut tx, id, &held).await?;
    tx.commit(Deed::by_program().did("people.added").to(id)).await?;
    Ok(id)
}

/// Gives somebody another role, any role.
pub async fn give_role(app: &App, school: SchoolId, person: Uuid, spell: Spell) -> Result<()> {
    let mut tx = app.db.write(school).await?;
    let found = queries::find_person(&mut tx, person).await?;
    let held = found.give(Uuid::now_v7(), spell.role, spell.starts_on, spell.ends_on)?;
    queries::add_role(&mut tx, person, &held).await?;
    Ok(tx.commit(Deed::by_program().did("people.role-given").to(person).hash(super::spelled(&held))).await?)
}

/// Everybody, by name.
pub async fn people(app: &App, school: SchoolId) -> Result<Vec<Person>> {
    let mut everybody = Vec::new();
    let mut after = None;
    loop {
        let page = super::listed(app, school, after).await?;
        everybody.extend(page.people);
        after = page.next;
        if after.is_none() {
            return Ok(everybody);
        }
    }
}

/// Makes a set-up link for anybody.
pub async fn make_link(app: &App, school: SchoolId, person: Uuid, address: &Address) -> Result<Result<Carried, Taken>> {
    accounts::link(app, school, person, address, Deed::by_program().did("people.link-made")).await
}

/// Gives somebody an account with a password that is known: for the demo school and for tests.
pub async fn make_account(app: &App, school: SchoolId, person: Uuid, entry: (&Address, &str)) -> Result<()> {
    let account = accounts::make_account(app, school, person, entry.0).await?;
    let account = account.map_err(|_| Error::Invalid("the address is already in use here".into()))?;
    accounts::set_password(app, school, account, entry.1).await?.map_err(|weak| Error::Invalid(weak.said().into()))
}

/// The page that a link leads to.
pub fn link_address(app: &App, link: &Carried) -> String {
    format!("{}set-up/{}", app.config.server.public_url, link.shown())
}
