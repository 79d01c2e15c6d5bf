//! Working on a draft: its chapters, its settings, its switches.

use std::collections::BTreeSet;

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use rulebook::Fault;
use serde_json::json;
use uuid::Uuid;

use super::{home, is_conflict, sample};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::policies::document::anchor_of;
use crate::policies::drafts::draft::Draft;
use crate::policies::drafts::forms::{ChapterForm, GeneralForm, seen_of};
use crate::policies::drafts::settings::{General, MATTERS, QUALITIES, switched_off};
use crate::policies::{drafts, vocabulary};
use crate::web::forms::{Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again, page_with};

const SETTINGS: &str = "What the school sets";
const CLAUSES: &str = "Switch clauses on and off";
const WRITING: &str = "Writing a policy";
/// What is told to whoever saves second.
const OVERTAKEN: &str = "Somebody else saved this chapter while you were writing. Put their changes into your text, which is \
                         still here, and save again";
const OVERTAKEN_FORM: &str = "Somebody else changed the draft meanwhile. Look at what it says now and save again";
/// The guide for authors, as it comes with the program.
const GUIDE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/README.md"));

#[derive(Template)]
#[template(path = "policies/drafts/pages/chapter.html")]
struct ChapterPage {
    frame: Frame,
    id: Uuid,
    chapter: String,
    form: ChapterForm,
    faults: Vec<String>,
    /// After a conflict: what the other person saved.
    theirs: Option<String>,
}

#[derive(Template)]
#[template(path = "policies/drafts/pages/settings.html")]
struct SettingsPage {
    frame: Frame,
    id: Uuid,
    seen: String,
    form: GeneralForm,
    families: Vec<(String, String)>,
    /// Matter, its label, and what a permission for it must be now.
    matters: Vec<(&'static str, &'static str, String)>,
    qualities: &'static [(&'static str, &'static str)],
}

#[derive(Template)]
#[template(path = "policies/drafts/pages/clauses.html")]
struct ClausesPage {
    frame: Frame,
    id: Uuid,
    seen: i64,
    /// Title of each section, and its clauses.
    sections: Vec<(String, Vec<Switch>)>,
}

struct Switch {
    id: String,
    title: String,
    is_on: bool,
}

#[derive(Template)]
#[template(path = "policies/drafts/pages/writing.html")]
struct WritingPage {
    frame: Frame,
    text: &'static str,
}

/// How a policy is written.
pub async fn writing(State(app): State<App>, caller: Caller) -> Result<Response> {
    drafts::may(&app, &caller, Act::SeePolicyDrafts)?;
    page(&WritingPage { frame: frame(&app, &caller, WRITING).back_to("/policy/drafts"), text: GUIDE })
}

/// The draft, if the caller may work on it.
async fn own(app: &App, caller: &Caller, id: Uuid) -> Result<Draft> {
    let draft = drafts::show(app, caller, id).await?;
    app.access.may(caller, Act::PreparePolicy, draft.thing())?;
    Ok(draft)
}

// Chapters.

pub async fn chapter(
    State(app): State<App>,
    caller: Caller,
    Path((id, name)): Path<(Uuid, String)>,
) -> Result<Response> {
    let draft = own(&app, &caller, id).await?;
    let text = draft.file(&name).ok_or(Error::NotFound)?.text.clone();
    let form = ChapterForm { text, seen: draft.version.to_string() };
    let frame = frame(&app, &caller, edit_title(&name)).back_to(home(&draft));
    page(&ChapterPage { faults: faults_in(&draft, &name, &form.text).await?, ..chapter_page(frame, (id, name), form) })
}

fn edit_title(name: &str) -> String {
    format!("Edit {name}")
}

fn chapter_page(frame: Frame, (id, chapter): (Uuid, String), form: ChapterForm) -> ChapterPage {
    ChapterPage { frame, id, chapter, form, faults: vec![], theirs: None }
}

/// The faults of one file as the draft would be with this text in it.
async fn faults_of(draft: &Draft, name: &str, text: &str) -> Result<Vec<Fault>> {
    let mut files = draft.files.clone();
    for file in files.iter_mut().filter(|file| file.name == name) {
        text.clone_into(&mut file.text);
    }
    let faults = drafts::reading(&files).await?.err().unwrap_or_default();
    Ok(faults.into_iter().filter(|fault| fault.file == name).collect())
}

async fn faults_in(draft: &Draft, name: &str, text: &str) -> Result<Vec<String>> {
    Ok(faults_of(draft, name, text).await?.iter().map(|fault| format!("{}: {}", place(fault), told(fault))).collect())
}

fn place(fault: &Fault) -> String {
    match fault.line {
        0 => "Whole file".to_owned(),
        line => format!("Line {line}, column {}", fault.column),
    }
}

fn told(fault: &Fault) -> String {
    fault.path.as_ref().map_or_else(|| fault.said.clone(), |path| format!("{path}: {}", fault.said))
}

pub async fn save_chapter(
    State(app): State<App>,
    caller: Caller,
    Path((id, name)): Path<(Uuid, String)>,
    Sent(form): Sent<ChapterForm>,
) -> Result<Response> {
    let draft = own(&app, &caller, id).await?;
    let now = draft.file(&name).ok_or(Error::NotFound)?.text.clone();
    let frame = || frame(&app, &caller, edit_title(&name)).back_to(home(&draft));
    let text = match form.parse() {
        Ok(text) => text,
        Err(errors) => return page_again(&chapter_page(frame().with_errors(errors), (id, name.clone()), form)),
    };
    let saved = drafts::write(&app, &caller, seen_of(id, &form.seen), (&name, text.clone())).await;
    if is_conflict(&saved) {
        let errors = FormErrors::one("text", OVERTAKEN);
        let faults = faults_in(&draft, &name, &text).await?;
        let form = ChapterForm { text, seen: draft.version.to_string() };
        let again = chapter_page(frame().with_errors(errors), (id, name.clone()), form);
        return page_with(StatusCode::CONFLICT, &ChapterPage { theirs: Some(now), faults, ..again });
    }
    saved?;
    match faults_of(&draft, &name, &text).await?.is_empty() {
        true => Ok(Redirect::to(&home(&draft)).into_response()),
        false => Ok(Redirect::to(&format!("/policy/drafts/{id}/chapters/{name}")).into_response()),
    }
}

/// For the script: the faults of a text that is being written.
pub async fn check(
    State(app): State<App>,
    caller: Caller,
    Path((id, name)): Path<(Uuid, String)>,
    Sent(form): Sent<ChapterForm>,
) -> Result<Response> {
    let draft = own(&app, &caller, id).await?;
    draft.file(&name).ok_or(Error::NotFound)?;
    let Ok(text) = form.parse() else { return Ok(Json(json!([])).into_response()) };
    let faults = faults_of(&draft, &name, &text).await?;
    let told =
        |fault: &Fault| json!({"place": place(fault), "line": fault.line, "column": fault.column, "said": told(fault)});
    Ok(Json(faults.iter().map(told).collect::<Vec<_>>()).into_response())
}

// Settings.

/// The sorts of service that the vocabulary knows, with the words in which they are offered.
fn families() -> Result<Vec<(String, String)>> {
    Ok(vocabulary()?.question("service.family").map(|question| question.answers).unwrap_or_default())
}

fn settings_page(frame: Frame, id: Uuid, (seen, form): (String, GeneralForm)) -> Result<SettingsPage> {
    let now = |matter: &str| form.permissions.get(matter).cloned().unwrap_or_default();
    let matters = MATTERS.iter().map(|(matter, label)| (*matter, *label, now(matter))).collect();
    Ok(SettingsPage { frame, id, seen, families: families()?, matters, qualities: &QUALITIES, form })
}

pub async fn settings(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let draft = own(&app, &caller, id).await?;
    let form = General::of(&draft.files).map(|general| GeneralForm::of(&general)).unwrap_or_default();
    let frame = frame(&app, &caller, SETTINGS).back_to(home(&draft));
    page(&settings_page(frame, id, (draft.version.to_string(), form))?)
}

pub async fn save_settings(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    let draft = own(&app, &caller, id).await?;
    let form = GeneralForm::sent(&fields);
    let carried = fields.one("seen");
    let (errors, seen, status) = match form.parse(&families()?) {
        Ok(general) => match drafts::set(&app, &caller, seen_of(id, carried), &general).await {
            Err(Error::Conflict) => {
                (FormErrors::one("title", OVERTAKEN_FORM), draft.version.to_string(), StatusCode::CONFLICT)
            }
            saved => return saved.map(|()| Redirect::to(&home(&draft)).into_response()),
        },
        Err(errors) => (errors, carried.to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
    };
    let frame = frame(&app, &caller, SETTINGS).back_to(home(&draft)).with_errors(errors);
    page_with(status, &settings_page(frame, id, (seen, form))?)
}

// Switches.

/// The clauses of a draft by section, also of one that has faults: the headings are enough.
fn sections(draft: &Draft) -> Vec<(String, Vec<Switch>)> {
    let off = switched_off(&draft.files);
    let mut files: Vec<_> = draft.files.iter().filter(|file| file.name.ends_with(".md")).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut sections: Vec<(String, Vec<Switch>)> = vec![];
    for line in files.iter().flat_map(|file| file.text.lines()) {
        if let Some(heading) = line.strip_prefix("### ") {
            let (id, title) = heading.trim().split_once(' ').unwrap_or((heading.trim(), ""));
            let switch = Switch { id: id.to_owned(), title: title.to_owned(), is_on: !off.contains(id) };
            match sections.last_mut() {
                Some((_, clauses)) => clauses.push(switch),
                None => sections.push((String::new(), vec![switch])),
            }
        } else if let Some(heading) = line.strip_prefix("## ").or_else(|| line.strip_prefix("# ")) {
            sections.push((heading.trim().to_owned(), vec![]));
        }
    }
    sections.retain(|(_, clauses)| !clauses.is_empty());
    sections
}

pub async fn clauses(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let draft = own(&app, &caller, id).await?;
    let frame = frame(&app, &caller, CLAUSES).back_to(home(&draft));
    page(&ClausesPage { frame, id, seen: draft.version, sections: sections(&draft) })
}

pub async fn switch(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    let draft = own(&app, &caller, id).await?;
    let on: BTreeSet<String> = fields.all("on").map(str::to_owned).collect();
    let all = sections(&draft).into_iter().flat_map(|(_, clauses)| clauses);
    let off: BTreeSet<String> = all.map(|clause| anchor_or_all(&clause.id)).filter(|id| !on.contains(id)).collect();
    drafts::switch(&app, &caller, seen_of(id, fields.one("seen")), &off).await?;
    Ok(Redirect::to(&home(&draft)).into_response())
}

/// A clause's own id as its heading has it.
fn anchor_or_all(id: &str) -> String {
    if id.matches('.').count() > 1 { anchor_of(id).to_owned() } else { id.to_owned() }
}

pub(super) fn samples() -> Vec<Sample> {
    let here = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let draft = sample();
    let (id, name) = (draft.id, "01-aims.md".to_owned());
    let form = || ChapterForm { text: "# Aims\n".to_owned(), seen: "3".to_owned() };
    let title = edit_title(&name);
    let errors = FormErrors::one("text", OVERTAKEN);
    let wrong = chapter_page(here(&title).with_errors(errors), (id, name.clone()), form());
    let wrong = ChapterPage {
        theirs: Some("# Our aims\n".to_owned()),
        faults: vec!["Line 1, column 1: this is wrong".to_owned()],
        ..wrong
    };
    let mut samples = vec![
        Sample::of("policies/drafts/pages/chapter.html", &chapter_page(here(&title), (id, name), form())),
        Sample::of("policies/drafts/pages/chapter.html overtaken", &wrong),
        Sample::of("policies/drafts/pages/writing.html", &WritingPage { frame: here(WRITING), text: "How it is done" }),
    ];
    let empty = GeneralForm::default();
    // A vocabulary that does not read has its own tests.
    let families = families().unwrap_or_default();
    let errors = empty.parse(&families).err().unwrap_or_default();
    if let Ok(page) = settings_page(here(SETTINGS).with_errors(errors), id, ("3".to_owned(), empty)) {
        samples.push(Sample::of("policies/drafts/pages/settings.html wrong", &page));
    }
    let sections = sections(&draft).into_iter().take(2).collect();
    let clauses = ClausesPage { frame: here(CLAUSES), id, seen: 3, sections };
    samples.push(Sample::of("policies/drafts/pages/clauses.html", &clauses));
    samples
}
