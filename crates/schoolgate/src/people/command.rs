//! `schoolgate school ..` and `schoolgate person ..`: how a new installation gets its first people, and how somebody is let
//! in whom no page may let in. Every command gives the lines to print.

use clap::Args;
use jiff::civil::Date;
use store::SchoolId;
use uuid::Uuid;

use super::accounts::{self, Address, Taken};
use super::forms::PersonForm;
use super::person::Employed;
use super::{School, Spell, operator};
use crate::access::role::Role;
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};

#[derive(Args)]
pub struct NewSchool {
    /// The school's name, as its pages show it
    name: String,
}

#[derive(Args)]
pub struct NewPerson {
    #[command(flatten)]
    school: Which,
    /// Full name
    #[arg(long)]
    name: String,
    /// What people at school call them, if it is different
    #[arg(long, default_value = "")]
    known_as: String,
    /// Whether the school employs them
    #[arg(long, value_parser = ["yes", "no", "unknown"], default_value = "unknown")]
    employed: String,
    #[command(flatten)]
    spell: RoleAsked,
    /// Email address; with it, a set-up link is made
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
}

#[derive(Args)]
pub struct NewLink {
    #[command(flatten)]
    school: Which,
    /// The person's number, from `person list`
    #[arg(long, value_name = "NUMBER")]
    person: Uuid,
    /// Email address to sign in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
}

#[derive(Args)]
pub struct NewRole {
    #[command(flatten)]
    school: Which,
    /// The person's number, from `person list`
    #[arg(long, value_name = "NUMBER")]
    person: Uuid,
    #[command(flatten)]
    spell: RoleAsked,
}

#[derive(Args)]
pub struct Which {
    /// Name or number of the school; not needed if there is only one
    #[arg(long, value_name = "SCHOOL")]
    school: Option<String>,
}

#[derive(Args)]
struct RoleAsked {
    /// Role, such as headteacher
    #[arg(long, value_parser = role)]
    role: Role,
    /// First day of the role, such as 2026-09-01; without it, today
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Last day of the role
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
}

fn role(typed: &str) -> std::result::Result<Role, String> {
    let known = || Role::ALL.map(Role::code).join(", ");
    Role::from_code(typed).ok_or_else(|| format!("is no role; the roles are {}", known()))
}

impl RoleAsked {
    fn spell(&self, app: &App) -> Spell {
        let starts_on = self.from.unwrap_or_else(|| clock::today(app.clock.as_ref()));
        Spell { role: self.role, starts_on, ends_on: self.to }
    }
}

pub async fn add_school(app: &App, given: NewSchool) -> Result<Vec<String>> {
    let id = operator::open_school(app, &given.name).await?;
    Ok(vec![format!("{}  {}", id.get(), given.name.trim())])
}

pub async fn schools(app: &App) -> Result<Vec<String>> {
    let schools = super::schools(app).await?;
    Ok(schools.iter().map(|school| format!("{}  {}", school.id.get(), school.name)).collect())
}

/// The school that is meant.
pub async fn school(app: &App, which: &Which) -> Result<SchoolId> {
    let schools = super::schools(app).await?;
    let is_meant = |school: &&School| match &which.school {
        None => true,
        Some(typed) => {
            school.name.eq_ignore_ascii_case(typed.trim()) || school.id.get().to_string() == typed.to_lowercase()
        }
    };
    let meant: Vec<_> = schools.iter().filter(is_meant).collect();
    match (meant.as_slice(), &which.school) {
        ([one], _) => Ok(one.id),
        ([], _) if schools.is_empty() => {
            Err(Error::Invalid("there is no school yet: `schoolgate school add NAME`".into()))
        }
        ([], Some(typed)) => Err(Error::Invalid(format!("there is no school `{typed}`").into())),
        _ => Err(Error::Invalid("there are several schools: say which with --school".into())),
    }
}

pub async fn add_person(app: &App, given: NewPerson) -> Result<Vec<String>> {
    let school = school(app, &given.school).await?;
    let form =
        PersonForm { name: given.name, known_as: given.known_as, employed: given.employed, ..PersonForm::default() };
    let particulars = form.parse().map_err(|errors| {
        let said: Vec<&str> = errors.all().iter().map(|error| error.said.as_str()).collect();
        Error::Invalid(said.join("; ").into())
    })?;
    // Read before anything is written: a person whose link cannot be made would only be in the way.
    let email = given.email.as_deref().map(address).transpose()?;
    let person = operator::add_person(app, school, &particulars, given.spell.spell(app)).await?;
    let mut lines = vec![format!("{person}  {}", particulars.name)];
    if let Some(email) = email {
        lines.extend(link(app, school, person, &email).await?);
    }
    Ok(lines)
}

fn address(typed: &str) -> Result<Address> {
    Address::parse(typed).ok_or_else(|| Error::Invalid(format!("`{typed}` is no email address").into()))
}

pub async fn add_link(app: &App, given: NewLink) -> Result<Vec<String>> {
    let school = school(app, &given.school).await?;
    link(app, school, given.person, &address(&given.email)?).await
}

async fn link(app: &App, school: SchoolId, person: Uuid, email: &Address) -> Result<Vec<String>> {
    match operator::make_link(app, school, person, email).await? {
        Ok(link) => Ok(vec![
            "Set-up link, good once and for 48 hours. Whoever has it can choose the password:".to_owned(),
            operator::link_address(app, &link),
        ]),
        Err(Taken) => Err(Error::Invalid(format!("`{}` already signs somebody in here", email.as_str()).into())),
    }
}

pub async fn add_role(app: &App, given: NewRole) -> Result<Vec<String>> {
    let school = school(app, &given.school).await?;
    let spell = given.spell.spell(app);
    operator::give_role(app, school, given.person, spell).await?;
    Ok(vec![format!("{}  {} from {}", given.person, spell.role.code(), spell.starts_on)])
}

/// Number, name, roles today and address of everybody.
pub async fn people(app: &App, which: Which) -> Result<Vec<String>> {
    let school = school(app, &which).await?;
    let today = clock::today(app.clock.as_ref());
    let mut lines = Vec::new();
    for person in operator::people(app, school).await? {
        let roles: Vec<&str> = person.roles_on(today).iter().map(|role| role.code()).collect();
        let address = accounts::address_of(app, school, person.id).await?.unwrap_or_else(|| "no account".to_owned());
        let employed = match person.particulars.employed {
            Employed::Yes => "employed",
            Employed::No => "not employed",
            Employed::Unknown => "employment unknown",
        };
        let name = &person.particulars.name;
        lines.push(format!("{}  {name}  [{}]  {employed}  {address}", person.id, roles.join(", ")));
    }
    Ok(lines)
}
