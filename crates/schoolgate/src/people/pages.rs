//! The list of people, one person, and the forms that change them.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::{Date, date};
use serde::Deserialize;
use uuid::Uuid;

use super::accounts::pages::frame;
use super::accounts::{self, Carried};
use super::forms::{EndForm, LinkForm, PersonForm, RoleForm, employed_choices, role_choices};
use super::person::{Employed, Particulars, Person};
use super::{RoleSeen, operator};
use crate::access::role::{Held, Role};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock::{self, date_in_words};
use crate::error::{Error, Result};
use crate::web::forms::{Choice, FormErrors, Sent, seen};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const PEOPLE: &str = "People";
const NEW: &str = "Add a person";
const EDIT: &str = "Change a person's details";
const GIVE: &str = "Give a role";
const END: &str = "Set the last day of a role";
const LINK: &str = "Make a set-up link";
const LINKED: &str = "Set-up link";
const MAILED: &str = "The link is on its way";
const TAKEN: &str = "This email address already signs somebody in here";

#[derive(Template)]
#[template(path = "people/list.html")]
struct ListPage {
    frame: Frame,
    may_add: bool,
    people: Vec<ListRow>,
    next: Option<Uuid>,
}

struct ListRow {
    id: Uuid,
    name: String,
    roles: String,
}

#[derive(Template)]
#[template(path = "people/person.html")]
struct PersonPage {
    frame: Frame,
    id: Uuid,
    name: String,
    known_as: Option<String>,
    employed: &'static str,
    address: Option<String>,
    may_edit: bool,
    may_give: bool,
    may_link: bool,
    roles: Vec<RoleRow>,
}

struct RoleRow {
    id: Uuid,
    label: &'static str,
    from: String,
    to: String,
    counts: bool,
    may_end: bool,
}

#[derive(Template)]
#[template(path = "people/person_form.html")]
struct PersonFormPage {
    frame: Frame,
    action: String,
    form: PersonForm,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "people/role_form.html")]
struct RoleFormPage {
    frame: Frame,
    id: Uuid,
    called: String,
    form: RoleForm,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "people/end_form.html")]
struct EndFormPage {
    frame: Frame,
    id: Uuid,
    role: Uuid,
    called: String,
    label: &'static str,
    form: EndForm,
}

#[derive(Template)]
#[template(path = "people/link_form.html")]
struct LinkFormPage {
    frame: Frame,
    id: Uuid,
    called: String,
    address: String,
    /// Whether the school's letters can go by mail.
    may_mail: bool,
}

#[derive(Template)]
#[template(path = "people/link_mailed.html")]
struct LinkMailedPage {
    frame: Frame,
    id: Uuid,
    called: String,
    address: String,
}

#[derive(Template)]
#[template(path = "people/link.html")]
struct LinkPage {
    frame: Frame,
    id: Uuid,
    called: String,
    link: String,
}

#[derive(Deserialize)]
pub struct After {
    after: Option<Uuid>,
}

pub async fn list(State(app): State<App>, caller: Caller, Query(query): Query<After>) -> Result<Response> {
    let listed = super::list(&app, &caller, query.after).await?;
    let today = clock::today(app.clock.as_ref());
    let row = |person: &Person| ListRow {
        id: person.id,
        name: shown(&person.particulars),
        roles: roles_in_words(person, today),
    };
    let may_add = super::may_add(&app, &caller);
    let people = listed.people.iter().map(row).collect();
    page(&ListPage { frame: frame(&app, &caller, PEOPLE), may_add, people, next: listed.next })
}

/// `Adelaide Bell (Ada)`.
fn shown(given: &Particulars) -> String {
    match &given.known_as {
        Some(known_as) => format!("{} ({known_as})", given.name),
        None => given.name.clone(),
    }
}

fn roles_in_words(person: &Person, today: Date) -> String {
    let roles: Vec<&str> = person.roles_on(today).iter().map(|role| role.label()).collect();
    match (roles.is_empty(), person.held.is_empty()) {
        (false, _) => roles.join(", "),
        (true, false) if person.has_left(today) => "Has left".to_owned(),
        (true, false) => "Not started yet".to_owned(),
        (true, true) => "No role".to_owned(),
    }
}

pub async fn person(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let person = super::show(&app, &caller, id).await?;
    let address = accounts::address_of(&app, caller.school, id).await?;
    let today = clock::today(app.clock.as_ref());
    let offers = |act| super::is_offered(&app, &caller, act, &person);
    let row = |held: &Held| RoleRow {
        id: held.id,
        label: held.role.label(),
        from: date_in_words(held.starts_on),
        to: held.ends_on.map_or_else(|| "no last day".to_owned(), date_in_words),
        counts: held.counts_on(today),
        may_end: offers(Act::EndRole(held.role)),
    };
    page(&PersonPage {
        frame: frame(&app, &caller, person.called()).back_to("/people"),
        id,
        name: person.particulars.name.clone(),
        known_as: person.particulars.known_as.clone(),
        employed: person.particulars.employed.label(),
        address,
        may_edit: offers(Act::EditPerson),
        may_give: Role::ALL.into_iter().any(|role| offers(Act::GiveRole(role))),
        may_link: offers(Act::LinkPerson),
        roles: person.held.iter().map(row).collect(),
    })
}

// Adding and changing.

pub async fn new(State(app): State<App>, caller: Caller) -> Result<Response> {
    super::ready_to_add(&app, &caller)?;
    page(&person_form(frame(&app, &caller, NEW).back_to("/people"), "/people".into(), PersonForm::default()))
}

fn person_form(frame: Frame, action: String, form: PersonForm) -> PersonFormPage {
    PersonFormPage { frame, action, form, choices: employed_choices() }
}

pub async fn add(State(app): State<App>, caller: Caller, Sent(form): Sent<PersonForm>) -> Result<Response> {
    super::ready_to_add(&app, &caller)?;
    match form.parse() {
        Ok(given) => {
            let id = super::add(&app, &caller, &given).await?;
            Ok(Redirect::to(&format!("/people/{id}")).into_response())
        }
        Err(errors) => {
            let frame = frame(&app, &caller, NEW).back_to("/people").with_errors(errors);
            page_again(&person_form(frame, "/people".into(), form))
        }
    }
}

pub async fn edit_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let person = super::show(&app, &caller, id).await?;
    super::may(&app, &caller, Act::EditPerson, &person)?;
    let back = format!("/people/{id}");
    let form = PersonForm::of(&person.particulars, person.version);
    page(&person_form(frame(&app, &caller, EDIT).back_to(back), format!("/people/{id}/details"), form))
}

pub async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<PersonForm>,
) -> Result<Response> {
    let person = super::show(&app, &caller, id).await?;
    super::may(&app, &caller, Act::EditPerson, &person)?;
    match form.parse() {
        Ok(given) => {
            super::edit(&app, &caller, id, seen(&form.seen), &given).await?;
            Ok(Redirect::to(&format!("/people/{id}")).into_response())
        }
        Err(errors) => {
            let frame = frame(&app, &caller, EDIT).back_to(format!("/people/{id}")).with_errors(errors);
            page_again(&person_form(frame, format!("/people/{id}/details"), form))
        }
    }
}

// Roles.

pub async fn role_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let person = super::show(&app, &caller, id).await?;
    let choices = givable(&app, &caller, &person)?;
    let frame = frame(&app, &caller, GIVE).back_to(format!("/people/{id}"));
    let called = person.called().to_owned();
    page(&RoleFormPage { frame, id, called, form: RoleForm::default(), choices })
}

/// The roles that the caller may give to this person now; why none, if none.
fn givable(app: &App, caller: &Caller, person: &Person) -> Result<Vec<Choice>> {
    let mut why = Error::NotFound;
    let mut choices = role_choices();
    choices.retain(|choice| {
        let Some(role) = Role::from_code(&choice.value) else { return false };
        match super::may(app, caller, Act::GiveRole(role), person) {
            Ok(()) => true,
            Err(error) => {
                // "Confirm first" says more than "never": it is what the caller can do something about.
                if !super::is_proof_wanted(&why) {
                    why = error;
                }
                false
            }
        }
    });
    if choices.is_empty() { Err(why) } else { Ok(choices) }
}

pub async fn give_role(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<RoleForm>,
) -> Result<Response> {
    let person = super::show(&app, &caller, id).await?;
    let choices = givable(&app, &caller, &person)?;
    let errors = match form.parse() {
        Ok(spell) => match super::give_role(&app, &caller, id, &spell).await {
            Ok(()) => return Ok(Redirect::to(&format!("/people/{id}")).into_response()),
            // What the dates forbid can be mended on the page; what the rules forbid cannot.
            Err(Error::Refused(refused)) if person.clashes(&spell) => {
                FormErrors::one("role", sentence(&refused.because))
            }
            Err(error) => return Err(error),
        },
        Err(errors) => errors,
    };
    let frame = frame(&app, &caller, GIVE).back_to(format!("/people/{id}")).with_errors(errors);
    let called = person.called().to_owned();
    page_again(&RoleFormPage { frame, id, called, form, choices })
}

fn sentence(said: &str) -> String {
    let mut letters = said.chars();
    letters.next().map(|first| format!("{}{}", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

pub async fn end_form(
    State(app): State<App>,
    caller: Caller,
    Path((id, role)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    let (person, held) = held_by(&app, &caller, id, role).await?;
    let day = held.ends_on.unwrap_or_else(|| clock::today(app.clock.as_ref()));
    let frame = frame(&app, &caller, END).back_to(format!("/people/{id}"));
    page(&end_page(frame, &person, &held, EndForm::of(day, held.version)))
}

/// The person and the role, if the caller may end it.
async fn held_by(app: &App, caller: &Caller, id: Uuid, role: Uuid) -> Result<(Person, Held)> {
    let person = super::show(app, caller, id).await?;
    let held = person.held.iter().find(|held| held.id == role).cloned().ok_or(Error::NotFound)?;
    super::may(app, caller, Act::EndRole(held.role), &person)?;
    Ok((person, held))
}

fn end_page(frame: Frame, person: &Person, held: &Held, form: EndForm) -> EndFormPage {
    let called = person.called().to_owned();
    EndFormPage { frame, id: person.id, role: held.id, called, label: held.role.label(), form }
}

pub async fn end_role(
    State(app): State<App>,
    caller: Caller,
    Path((id, role)): Path<(Uuid, Uuid)>,
    Sent(form): Sent<EndForm>,
) -> Result<Response> {
    let (person, held) = held_by(&app, &caller, id, role).await?;
    let errors = match form.parse() {
        Ok(day) if day < held.starts_on => {
            let first = date_in_words(held.starts_on);
            FormErrors::one("ends_day", format!("The last day must be the first day, {first}, or later"))
        }
        Ok(day) => {
            let seen = RoleSeen { person: id, role, version: seen(&form.seen) };
            super::end_role(&app, &caller, seen, day).await?;
            return Ok(Redirect::to(&format!("/people/{id}")).into_response());
        }
        Err(errors) => errors,
    };
    let frame = frame(&app, &caller, END).back_to(format!("/people/{id}")).with_errors(errors);
    page_again(&end_page(frame, &person, &held, form))
}

// Set-up links.

pub async fn link_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let person = super::show(&app, &caller, id).await?;
    super::may(&app, &caller, Act::LinkPerson, &person)?;
    let address = accounts::address_of(&app, caller.school, id).await?.unwrap_or_default();
    let frame = frame(&app, &caller, LINK).back_to(format!("/people/{id}"));
    page(&LinkFormPage { frame, id, called: person.called().to_owned(), address, may_mail: app.mail.is_some() })
}

pub async fn make_link(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<LinkForm>,
) -> Result<Response> {
    let person = super::show(&app, &caller, id).await?;
    super::may(&app, &caller, Act::LinkPerson, &person)?;
    let called = person.called().to_owned();
    let errors = match form.parse() {
        Ok(address) if form.way == "mail" => match accounts::mail_link(&app, &caller, id, &address).await? {
            Ok(()) => {
                let frame = frame(&app, &caller, MAILED).back_to(format!("/people/{id}"));
                return page(&LinkMailedPage { frame, id, called, address: address.as_str().to_owned() });
            }
            Err(accounts::Taken) => FormErrors::one("address", TAKEN),
        },
        Ok(address) => match accounts::make_link(&app, &caller, id, &address).await? {
            Ok(link) => return link_page(&app, &caller, (id, called), &link),
            Err(accounts::Taken) => FormErrors::one("address", TAKEN),
        },
        Err(errors) => errors,
    };
    let frame = frame(&app, &caller, LINK).back_to(format!("/people/{id}")).with_errors(errors);
    let address = form.address.chars().take(accounts::account::ADDRESS_BYTES_MAX).collect();
    page_again(&LinkFormPage { frame, id, called, address, may_mail: app.mail.is_some() })
}

fn link_page(app: &App, caller: &Caller, whom: (Uuid, String), link: &Carried) -> Result<Response> {
    let link = operator::link_address(app, link);
    page(&LinkPage { frame: frame(app, caller, LINKED), id: whom.0, called: whom.1, link })
}

pub fn samples() -> Vec<Sample> {
    let signed_in = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let row = |name: &str, roles: &str| ListRow { id: Uuid::nil(), name: name.into(), roles: roles.into() };
    let people = vec![row("Adelaide Bell (Ada)", "Teacher"), row("Bo Lindqvist", "Has left")];
    let list = ListPage { frame: signed_in(PEOPLE), may_add: true, people, next: Some(Uuid::nil()) };
    let role = |counts| RoleRow {
        id: Uuid::nil(),
        label: Role::Teacher.label(),
        from: date_in_words(date(2026, 9, 1)),
        to: "no last day".into(),
        counts,
        may_end: true,
    };
    let person = PersonPage {
        frame: signed_in("Ada").back_to("/people"),
        id: Uuid::nil(),
        name: "Adelaide Bell".into(),
        known_as: Some("Ada".into()),
        employed: Employed::Unknown.label(),
        address: Some("ada.bell@oakfield.test".into()),
        may_edit: true,
        may_give: true,
        may_link: true,
        roles: vec![role(true), role(false)],
    };
    let wrong = |title, errors: FormErrors| signed_in(title).with_errors(errors);
    let empty = PersonForm::default();
    let errors = empty.parse().err().unwrap_or_default();
    let new = person_form(wrong(NEW, errors), "/people".into(), empty);
    let give = RoleFormPage {
        frame: wrong(GIVE, RoleForm::default().parse().err().unwrap_or_default()),
        id: Uuid::nil(),
        called: "Ada".into(),
        form: RoleForm::default(),
        choices: role_choices(),
    };
    let end = EndFormPage {
        frame: wrong(END, EndForm::default().parse().err().unwrap_or_default()),
        id: Uuid::nil(),
        role: Uuid::nil(),
        called: "Ada".into(),
        label: Role::Teacher.label(),
        form: EndForm::default(),
    };
    let mut samples = vec![
        Sample::of("people/list.html", &list),
        Sample::of("people/person.html", &person),
        Sample::of("people/person_form.html wrong", &new),
        Sample::of("people/role_form.html wrong", &give),
        Sample::of("people/end_form.html wrong", &end),
    ];
    samples.extend(link_samples());
    samples
}

fn link_samples() -> [Sample; 3] {
    let signed_in = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let link_form = LinkFormPage {
        frame: signed_in(LINK),
        id: Uuid::nil(),
        called: "Ada".into(),
        address: "ada.bell@oakfield.test".into(),
        may_mail: true,
    };
    let mailed = LinkMailedPage {
        frame: signed_in(MAILED),
        id: Uuid::nil(),
        called: "Ada".into(),
        address: "ada.bell@oakfield.test".into(),
    };
    let link = LinkPage {
        frame: signed_in(LINKED),
        id: Uuid::nil(),
        called: "Ada".into(),
        link: "https://gate.oakfield.test/set-up/0192".into(),
    };
    [
        Sample::of("people/link_form.html", &link_form),
        Sample::of("people/link.html", &link),
        Sample::of("people/link_mailed.html", &mailed),
    ]
}
