//! Uploading a file, looking at what it would change, importing it, and what was imported before.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use askama::Template;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use rulebook::Fault;
use serde::Deserialize;
use uuid::Uuid;

use super::doubts::{Doubt, Kind};
use super::incoming::Layout;
use super::limits::UPLOAD_BYTES_MAX;
use super::{Approval, Counts, File, Import, Outcome, Preview, Shown, Upload};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock::{date_in_words, from_millis, in_london, time_in_words};
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::roster::pupil::NAME_CHARS_MAX;
use crate::web::forms::{FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again, page_with};

const IMPORT: &str = "Import the roll from a file";
const PREVIEW: &str = "What this file would change";
const IMPORTS: &str = "Imports of the roll";
/// What a form adds to its file.
pub const BODY_BYTES_MAX: usize = UPLOAD_BYTES_MAX + 64 * 1024;
/// Faults and names that a page lists; the command line lists all.
const LISTED_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "roster/import/upload.html")]
struct UploadPage {
    frame: Frame,
    /// Which school of the file is meant, as it was typed.
    school: String,
    faults: Vec<String>,
    more_faults: usize,
}

#[derive(Template)]
#[template(path = "roster/import/preview.html")]
struct PreviewPage {
    frame: Frame,
    id: Uuid,
    layout: &'static str,
    counts: Counts,
    passed_over: usize,
    adults: (usize, usize),
    groups: Vec<Group>,
    doubts: Vec<DoubtRow>,
    leavers_asked: bool,
    refusals: usize,
    is_idle: bool,
    seen: String,
}

/// Pupils of one sort, each with the line of the file and what is different.
struct Group {
    name: &'static str,
    about: &'static str,
    rows: Vec<Shown>,
    more: usize,
}

struct DoubtRow {
    said: &'static str,
    names: String,
    lines: String,
}

#[derive(Template)]
#[template(path = "roster/import/imports.html")]
struct ImportsPage {
    frame: Frame,
    imports: Vec<ImportRow>,
}

struct ImportRow {
    when: String,
    who: String,
    layout: &'static str,
    counts: Counts,
}

pub async fn form(State(app): State<App>, caller: Caller) -> Result<Response> {
    app.access.may(&caller, Act::ImportRoll, Thing::premises(caller.school))?;
    page(&upload_page(frame(&app, &caller, IMPORT), "", Vec::new()))
}

fn upload_page(frame: Frame, school: &str, mut faults: Vec<Fault>) -> UploadPage {
    let more_faults = faults.len().saturating_sub(LISTED_MAX);
    faults.truncate(LISTED_MAX);
    let faults = faults.iter().map(ToString::to_string).collect();
    UploadPage { frame: frame.back_to("/roll"), school: school.to_owned(), faults, more_faults }
}

pub async fn upload(
    State(app): State<App>,
    caller: Caller,
    sent: std::result::Result<Multipart, MultipartRejection>,
) -> Result<Response> {
    app.access.may(&caller, Act::ImportRoll, Thing::premises(caller.school))?;
    let again = |said: String, school: &str, faults| {
        let frame = frame(&app, &caller, IMPORT).with_errors(FormErrors::one("file", said));
        page_again(&upload_page(frame, school, faults))
    };
    let upload = match sent {
        Ok(sent) => upload_of(sent).await?,
        Err(_) => Upload::default(),
    };
    if upload.file.bytes.is_empty() {
        return again("Choose a file".to_owned(), &upload.school, Vec::new());
    }
    let (read, upload) = read(&app, &caller, upload).await?;
    if let Err(faults) = read {
        let said = match faults.len() {
            1 => "This file cannot be imported: there is a fault in it".to_owned(),
            count => format!("This file cannot be imported: there are {count} faults in it"),
        };
        return again(said, &upload.school, faults);
    }
    let id = super::keep(&app, &caller, &upload).await?;
    Ok(Redirect::to(&format!("/roll/import/{id}")).into_response())
}

type Read = std::result::Result<super::Incoming, Vec<Fault>>;

/// Reads beside the other requests: a large file takes a second.
async fn read(app: &App, caller: &Caller, upload: Upload) -> Result<(Read, Upload)> {
    let rules = super::rules_for(app, caller.school, &upload.school).await?;
    let reading = tokio::task::spawn_blocking(move || (super::read(vec![upload.file.clone()], &rules), upload));
    reading.await.map_err(|error| Error::fault("reading a file", error))
}

/// What the form holds; without a file where none was chosen.
async fn upload_of(mut sent: Multipart) -> Result<Upload> {
    let broken = |error: axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let limit = UPLOAD_BYTES_MAX / 1024 / 1024;
            Error::Invalid(format!("the file is longer than {limit} MB; `schoolgate import` takes longer ones").into())
        }
        _ => Error::Invalid("the form came in a way that Schoolgate cannot read".into()),
    };
    let mut upload = Upload::default();
    while let Some(field) = sent.next_field().await.map_err(broken)? {
        match field.name() {
            Some("school") => {
                let typed = field.text().await.map_err(broken)?;
                upload.school = typed.trim().chars().take(NAME_CHARS_MAX).collect();
            }
            Some("file") => {
                let name = named(field.file_name().unwrap_or_default());
                upload.file = File { name, bytes: field.bytes().await.map_err(broken)?.to_vec() };
            }
            _ => {}
        }
    }
    Ok(upload)
}

/// The last part of a file's name, as far as it can be shown; a browser may send anything.
fn named(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|c| c.is_alphanumeric() || " ._-()".contains(*c)).take(80).collect();
    if shown.trim().is_empty() { "file".to_owned() } else { shown.trim().to_owned() }
}

pub async fn preview(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let upload = super::kept(&app, &caller, id).await?;
    show(&app, &caller, (id, upload), FormErrors::default()).await
}

async fn show(app: &App, caller: &Caller, (id, upload): (Uuid, Upload), errors: FormErrors) -> Result<Response> {
    let refused = |faults: Vec<Fault>| {
        let said = "This file does not fit the roll as it is now";
        let frame = frame(app, caller, IMPORT).with_errors(FormErrors::one("file", said));
        page_again(&upload_page(frame, "", faults))
    };
    let incoming = match read(app, caller, upload).await?.0 {
        Ok(incoming) => incoming,
        Err(faults) => return refused(faults),
    };
    match super::preview(app, caller.school, &incoming).await? {
        Ok(preview) => {
            let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let frame = frame(app, caller, PREVIEW).back_to("/roll/import").with_errors(errors);
            page_with(status, &preview_page(frame, id, preview))
        }
        Err(faults) => refused(faults),
    }
}

fn preview_page(frame: Frame, id: Uuid, preview: Preview) -> PreviewPage {
    let group = |name, about, mut rows: Vec<Shown>| {
        let more = rows.len().saturating_sub(LISTED_MAX);
        rows.truncate(LISTED_MAX);
        Group { name, about, rows, more }
    };
    let groups = vec![
        group("New", "They are on the roll from now on. Nothing about them is permitted yet.", preview.added),
        group("Changed", "", preview.changed),
        group("Come back", "What was permitted before they left does not count any more.", preview.returned),
        group("Left", "They are not in the file. Nothing new about them may be published from now on.", preview.left),
    ];
    let row = |doubt: &Doubt| DoubtRow {
        said: doubt.kind.label(),
        names: doubt.names.join("; "),
        lines: doubt.lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    PreviewPage {
        frame,
        id,
        layout: preview.layout,
        counts: preview.counts,
        passed_over: preview.passed_over,
        adults: preview.adults,
        groups: groups.into_iter().filter(|group| !group.rows.is_empty()).collect(),
        doubts: preview.doubts.iter().map(row).collect(),
        leavers_asked: preview.leavers_asked,
        refusals: preview.refusals,
        is_idle: preview.is_idle,
        seen: preview.seen,
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ApproveForm {
    seen: String,
    leavers: String,
}

pub async fn apply(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<ApproveForm>,
) -> Result<Response> {
    let upload = super::kept(&app, &caller, id).await?;
    let approval = Approval { seen: Some(form.seen), accepts_leavers: form.leavers == "yes" };
    match super::import_kept(&app, &caller, id, &approval).await {
        Ok(Outcome::Done(_)) => Ok(Redirect::to("/roll/imports").into_response()),
        Ok(Outcome::Faults(faults)) => page_again(&upload_page(frame(&app, &caller, IMPORT), "", faults)),
        // Nobody said that so many have left: the same page asks.
        Err(Error::Refused(_)) => {
            let said = "Tick the box if all who are missing from the file have left";
            show(&app, &caller, (id, upload), FormErrors::one("leavers", said)).await
        }
        Err(error) => Err(error),
    }
}

pub async fn forget(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    super::forget(&app, &caller, id).await?;
    Ok(Redirect::to("/roll").into_response())
}

pub async fn imports(State(app): State<App>, caller: Caller) -> Result<Response> {
    let history = super::history(&app, &caller).await?;
    let mut read = app.db.read(caller.school).await?;
    let mut called: HashMap<Uuid, String> = HashMap::new();
    for person in history.iter().filter_map(|import| import.person) {
        if let Entry::Vacant(unknown) = called.entry(person) {
            unknown.insert(crate::people::find(&mut read, person).await?.called().to_owned());
        }
    }
    let who = |import: &Import| match import.person {
        None => "The command line".to_owned(),
        Some(person) => called.get(&person).cloned().unwrap_or_default(),
    };
    let imports = history.iter().map(|import| import_row(import, who(import))).collect();
    page(&ImportsPage { frame: frame(&app, &caller, IMPORTS).back_to("/roll"), imports })
}

fn import_row(import: &Import, who: String) -> ImportRow {
    let at = in_london(from_millis(import.made_at));
    let when = format!("{}, {}", date_in_words(at.date()), time_in_words(&at));
    ImportRow { when, who, layout: Layout::label(&import.layout), counts: import.counts }
}

pub fn samples() -> Vec<Sample> {
    let signed_in = |title: &str| Frame::sample(title).for_person("Tom Lister", "Oakfield Primary School");
    let fault = Fault {
        file: "roll.csv".into(),
        line: 3,
        column: 1,
        path: None,
        said: "`date_of_birth` is in the future".into(),
    };
    let wrong = signed_in(IMPORT).with_errors(FormErrors::one("file", "This file cannot be imported"));
    let counts = Counts { rows: 61, added: 1, changed: 1, left: 1, returned: 1, same: 56 };
    let shown = |name: &str, what: &str| Shown { line: Some(2), name: name.into(), what: what.into() };
    let preview = Preview {
        layout: Layout::label("table"),
        counts,
        passed_over: 3,
        added: vec![shown("Rose Hill", "")],
        changed: vec![shown("William Young (Will)", "name, year group")],
        left: vec![Shown { line: None, ..shown("Summer Bell", "") }],
        returned: vec![shown("Zoë O'Brien", "leaving")],
        doubts: vec![Doubt { kind: Kind::Twins, lines: vec![4, 5], names: vec!["Ada Bell".into(), "Zac Bell".into()] }],
        adults: (2, 1),
        refusals: 4,
        is_idle: false,
        leavers_asked: true,
        seen: "00".into(),
    };
    let asked = signed_in(PREVIEW).with_errors(FormErrors::one("leavers", "Tick the box"));
    let import = Import {
        id: Uuid::nil(),
        made_at: 1_795_262_400_000,
        person: None,
        layout: "oneroster-1.1".into(),
        file_hash: Vec::new(),
        counts,
    };
    let rows = vec![import_row(&import, "Tom Lister".into())];
    vec![
        Sample::of("roster/import/upload.html wrong", &upload_page(wrong, "Elm", vec![fault])),
        Sample::of("roster/import/preview.html wrong", &preview_page(asked, Uuid::nil(), preview)),
        Sample::of("roster/import/imports.html", &ImportsPage { frame: signed_in(IMPORTS), imports: rows }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_name_is_shown_without_its_tricks() {
        for (given, expect) in [
            ("roll 2026.csv", "roll 2026.csv"),
            ("C:\\Users\\me\\roll.csv", "roll.csv"),
            ("../../etc/passwd", "passwd"),
            ("<script>.csv", "script.csv"),
            ("a\u{202e}vsc.exe", "avsc.exe"),
            ("\0\n", "file"),
            ("", "file"),
        ] {
            assert_eq!(named(given), expect, "{given:?}");
        }
    }
}
