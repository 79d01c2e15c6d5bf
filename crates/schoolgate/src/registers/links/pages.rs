//! What somebody has declared, the form for it, and the list for those in charge.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::link::{Link, Tie, Whom, Words};
use super::{Declared, Told};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::web::forms::{Choice, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const OWN: &str = "Ties that you have declared";
const NEW: &str = "Declare a tie";
const ALL: &str = "Ties that staff have declared";
/// Longest description; a few sentences.
const ABOUT_CHARS_MAX: usize = 500;

#[derive(Template)]
#[template(path = "registers/links/own.html")]
struct OwnPage {
    frame: Frame,
    links: Vec<Row>,
}

#[derive(Template)]
#[template(path = "registers/links/all.html")]
struct AllPage {
    frame: Frame,
    links: Vec<Row>,
}

struct Row {
    id: Uuid,
    by: String,
    name: String,
    about: String,
    whom: &'static str,
    tie: &'static str,
    declared: String,
    seen: Option<String>,
    ended: Option<String>,
    is_due: bool,
    is_own: bool,
}

#[derive(Template)]
#[template(path = "registers/links/new.html")]
struct NewPage {
    frame: Frame,
    form: LinkForm,
    whoms: Vec<Choice>,
    ties: Vec<Choice>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    pub name: String,
    pub whom: String,
    pub tie: String,
    pub about: String,
}

impl LinkForm {
    fn parse(&self) -> Result<Declared, FormErrors> {
        let mut errors = FormErrors::default();
        let name = errors.line("name", "the name of the pupil or parent", &self.name);
        let (whom, tie) = (Whom::from_code(&self.whom), Tie::from_code(&self.tie));
        if whom.is_none() {
            errors.add("whom", "Choose whom the tie is with");
        }
        if tie.is_none() {
            errors.add("tie", "Choose what ties you");
        }
        let about = self.about.trim();
        let is_odd = |letter: char| letter.is_control() && !letter.is_whitespace();
        if about.chars().count() > ABOUT_CHARS_MAX || about.contains(is_odd) {
            errors.add("about", format!("Enter {ABOUT_CHARS_MAX} letters or fewer, without special signs"));
        }
        match (whom, tie, errors.is_empty()) {
            (Some(whom), Some(tie), true) => Ok(Declared { whom, tie, words: Words { name, about: about.to_owned() } }),
            _ => Err(errors),
        }
    }
}

pub async fn own(State(app): State<App>, caller: Caller) -> Result<Response> {
    let links = super::own(&app, &caller).await?;
    page(&OwnPage { frame: frame(&app, &caller, OWN), links: rows(&app, &caller, links) })
}

pub async fn all(State(app): State<App>, caller: Caller) -> Result<Response> {
    let links = super::all(&app, &caller).await?;
    page(&AllPage { frame: frame(&app, &caller, ALL), links: rows(&app, &caller, links) })
}

fn rows(app: &App, caller: &Caller, links: Vec<Told>) -> Vec<Row> {
    let now = app.clock.now().as_millisecond();
    let at = |millis: i64| moment_in_words(from_millis(millis));
    let row = |Told { link, words, by }: Told| {
        let Link { id, whom, tie, declared_at, seen_at, ended_at, .. } = link;
        Row {
            id,
            by,
            name: words.name,
            about: words.about,
            whom: whom.label(),
            tie: tie.label(),
            declared: at(declared_at),
            seen: seen_at.map(at),
            ended: ended_at.map(at),
            is_due: link.is_due(now),
            is_own: link.person == caller.person,
        }
    };
    links.into_iter().map(row).collect()
}

fn new_page(frame: Frame, form: LinkForm) -> NewPage {
    let whoms = Whom::ALL.iter().map(|whom| Choice::new(whom.code(), whom.label())).collect();
    let ties = Tie::ALL.iter().map(|tie| Choice::new(tie.code(), tie.label())).collect();
    NewPage { frame, form, whoms, ties }
}

pub async fn new(State(app): State<App>, caller: Caller) -> Result<Response> {
    app.access.may(&caller, Act::DeclareLink, Thing::premises(caller.school))?;
    page(&new_page(frame(&app, &caller, NEW).back_to("/links"), LinkForm::default()))
}

pub async fn declare(State(app): State<App>, caller: Caller, Sent(form): Sent<LinkForm>) -> Result<Response> {
    app.access.may(&caller, Act::DeclareLink, Thing::premises(caller.school))?;
    match form.parse() {
        Ok(declared) => {
            super::declare(&app, &caller, &declared).await?;
            Ok(Redirect::to("/links").into_response())
        }
        Err(errors) => page_again(&new_page(frame(&app, &caller, NEW).back_to("/links").with_errors(errors), form)),
    }
}

pub async fn confirm(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    super::confirm(&app, &caller, id).await?;
    Ok(Redirect::to("/links").into_response())
}

pub async fn end(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    super::end(&app, &caller, id).await?;
    Ok(Redirect::to("/links").into_response())
}

pub async fn mark_seen(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    super::mark_seen(&app, &caller, id).await?;
    Ok(Redirect::to("/links/all").into_response())
}

pub fn samples() -> Vec<Sample> {
    let signed_in = |title: &str| Frame::sample(title).for_person("Ada Bell", "Oakfield Primary School");
    let row = |is_due, ended: Option<String>| Row {
        id: Uuid::nil(),
        by: "Ada Bell".into(),
        name: "Rose Adeyemi".into(),
        about: "My cousin. We see each other at weekends.".into(),
        whom: Whom::Pupil.label(),
        tie: Tie::Family.label(),
        declared: "1 September 2026 at 9am".into(),
        seen: None,
        ended,
        is_due,
        is_own: false,
    };
    let ended = row(false, Some("2 September 2026 at 9am".into()));
    let own = OwnPage { frame: signed_in(OWN), links: vec![row(true, None), ended] };
    let all = AllPage { frame: signed_in(ALL), links: vec![row(false, None)] };
    let form = LinkForm::default();
    let new = new_page(signed_in(NEW).back_to("/links").with_errors(form.parse().err().unwrap_or_default()), form);
    vec![
        Sample::of("registers/links/own.html", &own),
        Sample::of("registers/links/all.html", &all),
        Sample::of("registers/links/new.html wrong", &new),
    ]
}
