//! The purposes of the school, and the form on paper that asks for them.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::forms;
use super::lists;
use super::may;
use super::pages::{Cell, TablePage};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::error::{Error, Refused, Result};
use crate::people::accounts::pages::frame;
use crate::permissions::{Purpose, purposes};
use crate::web::forms::{Choice, Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const PURPOSES: &str = "Purposes";
const NEW: &str = "Add a purpose";
const CHANGE: &str = "Change a purpose";

#[derive(Template)]
#[template(path = "permissions/office/purpose.html")]
struct PurposePage {
    frame: Frame,
    action: String,
    seen: String,
    called: String,
    about: String,
    basis: String,
    bases: Vec<Choice>,
    basis_note: String,
    months: String,
    recall: String,
    recalls: Vec<Choice>,
    retired: String,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "permissions/office/paper.html")]
struct PaperPage {
    frame: Frame,
    school: String,
    pupils: Vec<String>,
    asked: Vec<(String, String, &'static str, &'static str)>,
}

/// The purposes in use, for whoever sees the register.
pub(super) async fn in_use(app: &App, caller: &Caller) -> Result<Vec<Purpose>> {
    let mut read = app.db.read(caller.school).await?;
    super::in_use(&mut read).await
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response> {
    may(&app, &caller, Act::KeepPurposes)?;
    let mut read = app.db.read(caller.school).await?;
    let all = purposes::all(&mut read).await?;
    let row = |purpose: &Purpose| {
        vec![
            Cell::link(&purpose.label, format!("/permissions/purposes/{}", purpose.id)),
            Cell::of(purpose.basis.label()),
            Cell::of(purpose.months.map_or_else(|| "While on roll".to_owned(), |months| format!("{months} months"))),
            Cell::of(if purpose.is_retired { "Retired" } else { "In use" }),
        ]
    };
    page(&TablePage {
        frame: frame(&app, &caller, PURPOSES).back_to("/permissions"),
        intro: vec![
            "What families are asked about. New words get a new number; answers keep the words they were given to."
                .into(),
        ],
        search: None,
        links: vec![("/permissions/purposes/new".to_owned(), NEW.to_owned())],
        heads: vec!["Purpose", "Basis", "A yes lasts", "Now"],
        rows: all.iter().map(row).collect(),
        nothing: "There is no purpose.",
        pages: Vec::new(),
    })
}

pub async fn new(State(app): State<App>, caller: Caller) -> Result<Response> {
    may(&app, &caller, Act::KeepPurposes)?;
    page(&purpose_page(frame(&app, &caller, NEW).back_to("/permissions/purposes"), None, &Fields::default()))
}

fn purpose_page(frame: Frame, present: Option<&Purpose>, form: &Fields) -> PurposePage {
    let of = |name: &str, present: String| match form.is_empty() {
        true => present,
        false => form.one(name).chars().take(600).collect(),
    };
    let shown = |read: &dyn Fn(&Purpose) -> String| present.map(read).unwrap_or_default();
    PurposePage {
        frame,
        action: match present {
            Some(purpose) => format!("/permissions/purposes/{}", purpose.id),
            None => "/permissions/purposes".to_owned(),
        },
        seen: of("seen", shown(&|purpose| purpose.version.to_string())),
        called: of("label", shown(&|purpose| purpose.label.clone())),
        about: of("about", shown(&|purpose| purpose.about.clone())),
        basis: of("basis", shown(&|purpose| purpose.basis.code().to_owned())),
        bases: forms::basis_choices(),
        basis_note: of("basis_note", shown(&|purpose| purpose.basis_note.clone())),
        months: of("months", shown(&|purpose| purpose.months.map(|months| months.to_string()).unwrap_or_default())),
        recall: of("recall", shown(&|purpose| purpose.recall.code().to_owned())),
        recalls: forms::recall_choices(),
        retired: of("retired", shown(&|purpose| if purpose.is_retired { "yes".into() } else { "no".into() })),
        is_new: present.is_none(),
    }
}

pub async fn add(State(app): State<App>, caller: Caller, Sent(form): Sent<Fields>) -> Result<Response> {
    may(&app, &caller, Act::KeepPurposes)?;
    let errors = match forms::purpose(&form, None) {
        Ok(new) => match purposes::add(&app, &caller, &new).await {
            Ok(()) => return Ok(Redirect::to("/permissions/purposes").into_response()),
            Err(Error::Refused(Refused { because })) => FormErrors::one("label", because),
            Err(error) => return Err(error),
        },
        Err(errors) => errors,
    };
    let frame = frame(&app, &caller, NEW).back_to("/permissions/purposes").with_errors(errors);
    page_again(&purpose_page(frame, None, &form))
}

async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<Purpose> {
    let mut read = app.db.read(caller.school).await?;
    // What is another school's does not exist, whatever the caller may do with what does.
    let all = purposes::all(&mut read).await?;
    let found = all.into_iter().find(|purpose| purpose.id == id).ok_or(Error::NotFound)?;
    may(app, caller, Act::KeepPurposes)?;
    Ok(found)
}

pub async fn edit(State(app): State<App>, caller: Caller, Path(purpose): Path<Uuid>) -> Result<Response> {
    let present = find(&app, &caller, purpose).await?;
    page(&purpose_page(
        frame(&app, &caller, CHANGE).back_to("/permissions/purposes"),
        Some(&present),
        &Fields::default(),
    ))
}

pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(purpose): Path<Uuid>,
    Sent(form): Sent<Fields>,
) -> Result<Response> {
    let present = find(&app, &caller, purpose).await?;
    match forms::purpose(&form, Some(&present)) {
        Ok(changed) => {
            purposes::change(&app, &caller, &changed).await?;
            Ok(Redirect::to("/permissions/purposes").into_response())
        }
        Err(errors) => {
            let frame = frame(&app, &caller, CHANGE).back_to("/permissions/purposes").with_errors(errors);
            page_again(&purpose_page(frame, Some(&present), &form))
        }
    }
}

/// A form for each pupil of a class, to be printed and filled in by hand.
pub async fn paper(State(app): State<App>, caller: Caller, Path(class): Path<Uuid>) -> Result<Response> {
    let view = lists::class(&app, &caller, class, None).await?;
    may(&app, &caller, Act::KeepPermissions)?;
    let frame = frame(&app, &caller, format!("Forms for {}", view.class.name)).back_to("/permissions");
    let pupils = view.pupils.iter().map(|(pupil, _)| pupil.names.called()).collect();
    page(&PaperPage { frame, school: caller.school_name.clone(), pupils, asked: on_paper(&view.purposes) })
}

fn on_paper(purposes: &[Purpose]) -> Vec<(String, String, &'static str, &'static str)> {
    let one = |purpose: &Purpose| {
        let (yes, no) = match purpose.basis.is_objected_to() {
            true => ("I do not object", "I object"),
            false => ("Yes", "No"),
        };
        (purpose.label.clone(), purpose.about.clone(), yes, no)
    };
    purposes.iter().map(one).collect()
}

pub(super) fn samples() -> Vec<Sample> {
    let frame = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let errors = forms::purpose(&Fields::default(), None).err().unwrap_or_default();
    let asked = vec![("Pictures on the school's website".to_owned(), "Anybody can see them.".to_owned(), "Yes", "No")];
    let paper = PaperPage {
        frame: frame("Forms for Elm").back_to("/permissions"),
        school: "Oakfield Primary School".into(),
        pupils: vec!["Rose Adeyemi".into(), "Zoë O'Brien".into()],
        asked,
    };
    vec![
        Sample::of(
            "permissions/office/purpose.html wrong",
            &purpose_page(frame(NEW).with_errors(errors), None, &Fields::default()),
        ),
        Sample::of("permissions/office/paper.html", &paper),
    ]
}
