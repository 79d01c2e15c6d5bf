//! The demo: one school that nobody attends, so that Schoolgate can be tried without entering anything real.
//!
//! For: `schoolgate demo`, and the tests that want a whole school to walk through.
//! Promises: the folder holds a whole school or is not there at all; a second start changes nothing in it; the people, addresses and
//! the password are the same every time and made up; the folder carries a mark, so that every page of it says DEMO whoever serves it.
//! Does not: belong on a machine that others can reach. Everybody knows the password.

mod drawn;
mod permissions;
mod posts;
mod roll;

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use store::SchoolId;

use crate::access::role::Role;
use crate::app::{self, App};
use crate::error::{Error, Result};
use crate::people::accounts::Address;
use crate::people::person::{Employed, Particulars};
use crate::people::{Spell, operator};
use crate::policies;

/// What everybody in the demo signs in with.
pub const PASSWORD: &str = "three blue kettles";
const SCHOOL: &str = "Oakfield Primary School";
/// The shipped pack that answers the demo's questions.
const POLICY: &str = "rattlesden";
/// The first day of the demo's school year.
const SINCE: Date = date(2026, 9, 1);

/// Stands in the folder and makes it a demo.
const MARK: &str = "This folder holds a demo school of Schoolgate. Everybody in it is made up. It may be deleted.\n";

/// Somebody at the demo school.
pub struct Somebody {
    pub name: &'static str,
    pub address: &'static str,
    pub role: Role,
    employed: Employed,
    /// What else they are there.
    also: &'static [Role],
}

const fn somebody(name: &'static str, address: &'static str, role: Role, employed: Employed) -> Somebody {
    Somebody { name, address, role, employed, also: &[] }
}

const fn also(person: Somebody, also: &'static [Role]) -> Somebody {
    Somebody { also, ..person }
}

/// Whom one may sign in as, the one to begin with first.
pub const PEOPLE: &[Somebody] = &[
    somebody("Ada Bell", "ada@oakfield.test", Role::Teacher, Employed::Yes),
    somebody("Grace Osei", "grace@oakfield.test", Role::Headteacher, Employed::Yes),
    also(somebody("Samir Haddad", "samir@oakfield.test", Role::Dsl, Employed::Yes), &[Role::SeniorLeader]),
    somebody("Priya Nair", "priya@oakfield.test", Role::SchoolBusinessManager, Employed::Yes),
    somebody("Rhian Pugh", "rhian@oakfield.test", Role::TeachingAssistant, Employed::Yes),
    also(somebody("Ewa Zielińska", "ewa@oakfield.test", Role::TeachingAssistant, Employed::Yes), &[Role::Parent]),
    somebody("Tom Lister", "tom@oakfield.test", Role::Office, Employed::Yes),
    somebody("Carys Hughes", "carys@oakfield.test", Role::Supply, Employed::No),
    also(somebody("Ngozi Eze", "ngozi@oakfield.test", Role::ChairOfGovernors, Employed::No), &[Role::Governor]),
    somebody("Margaret Grant", "margaret@oakfield.test", Role::Governor, Employed::No),
    somebody("Imran Qureshi", "imran@oakfield.test", Role::Dpo, Employed::No),
    somebody("Leanne Foster", "leanne@oakfield.test", Role::Parent, Employed::No),
    somebody("Piotr Nowak", "piotr@oakfield.test", Role::Volunteer, Employed::Unknown),
];

/// Where a demo school is made before it is whole.
pub fn unfinished(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".unfinished");
    PathBuf::from(name)
}

/// Fills an empty place with the demo school; `tell` hears who has come.
pub async fn fill(app: &App, tell: impl Fn(&str)) -> Result<SchoolId> {
    let school = operator::open_school(app, SCHOOL).await?;
    for person in PEOPLE {
        let about = Particulars { name: person.name.to_owned(), known_as: None, employed: person.employed };
        let spell = Spell { role: person.role, starts_on: SINCE, ends_on: None };
        let id = operator::add_person(app, school, &about, spell).await?;
        let address = Address::parse(person.address).ok_or_else(|| Error::Invalid("the demo's address".into()))?;
        operator::make_account(app, school, id, (&address, PASSWORD)).await?;
        for role in person.also {
            operator::give_role(app, school, id, Spell { role: *role, starts_on: SINCE, ends_on: None }).await?;
        }
        tell(&format!("  {} has come: {}", person.name, person.role.label().to_lowercase()));
    }
    roll::fill(app, school).await?;
    let mark = app::demo_mark(&app.config.data);
    std::fs::write(&mark, MARK).map_err(|error| Error::unavailable(mark.display().to_string(), error))?;
    policies::put_shipped_in_force(app, school, POLICY).await?;
    permissions::fill(app, school).await?;
    posts::fill(app, school).await?;
    Ok(school)
}

/// Refuses a folder that holds something else than the demo.
pub async fn expect(app: &App) -> Result<()> {
    if !app.config.is_demo || app.db.schools().await?.is_empty() {
        let folder = app.config.data.display();
        return Err(Error::Invalid(
            format!("the folder {folder} holds no demo school; give another with --data").into(),
        ));
    }
    Ok(())
}

/// What to type and whom to be, for whoever has just started the demo.
pub fn welcome(app: &App) -> String {
    let mut said = format!("\n{SCHOOL}, a demo school, is open.\n\n  Open      {}\n", app.config.server.public_url);
    for (at, person) in PEOPLE.iter().enumerate() {
        let label = if at == 0 { "Sign in" } else { "" };
        let who = format!("{} ({})", person.name, person.role.label());
        said.push_str(&format!("  {label:<8}  {:<22}  {who}\n", person.address));
    }
    said.push_str(&format!("  Password  {PASSWORD}, for all of them\n\n"));
    said.push_str("Begin as Ada Bell: sign in and ask whether to accept a friend request from a parent.\n");
    said.push_str(&format!("Everything is kept in {}. Ctrl+C stops the demo.\n", app.config.data.display()));
    said
}

#[cfg(test)]
mod tests;
