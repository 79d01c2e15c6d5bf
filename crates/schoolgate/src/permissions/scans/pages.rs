//! Attaching the scan of a paper answer, and fetching one.

use askama::Template;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::{FILE_BYTES_MAX, Paper, Scan, Unfit};
use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::clock::{from_millis, moment_in_words};
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::roster;
use crate::web::forms::{Choice, FormErrors};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const SCANS: &str = "Scans of paper answers";
/// The file and the form around it.
pub const BODY_BYTES_MAX: usize = FILE_BYTES_MAX + (1 << 20);

#[derive(Template)]
#[template(path = "permissions/scans/scans.html")]
struct ScansPage {
    frame: Frame,
    address: String,
    may_add: bool,
    papers: Vec<Choice>,
    chosen: String,
    scans: Vec<ScanRow>,
}

struct ScanRow {
    /// Empty: not for this person to fetch.
    address: String,
    when: String,
    kind: &'static str,
    size: String,
}

fn is_open(app: &App, caller: &Caller, act: Act) -> bool {
    matches!(app.access.ask(caller, act, Thing::premises(caller.school)), Answer::Yes | Answer::ProveFirst)
}

/// A scan, for whoever may not save it.
fn row(scan: &Scan) -> ScanRow {
    ScanRow {
        address: String::new(),
        when: moment_in_words(from_millis(scan.added_at)),
        kind: match scan.media {
            super::Media::Pdf => "PDF",
            super::Media::Jpeg | super::Media::Png => "Picture",
        },
        size: format!("{} KB", scan.size_bytes / 1024 + 1),
    }
}

fn row_to_save(scan: &Scan) -> ScanRow {
    ScanRow { address: format!("/permissions/people/{}/scans/{}", scan.person, scan.id), ..row(scan) }
}

async fn filled(app: &App, caller: &Caller, pupil: Uuid, errors: FormErrors) -> Result<ScansPage> {
    let (papers, scans) = super::of(app, caller, pupil).await?;
    let mut read = app.db.read(caller.school).await?;
    let mut choices = Vec::with_capacity(papers.len());
    for Paper { evidence, decider, at } in papers {
        let who = match roster::adult(&mut read, decider).await {
            Ok(adult) => adult.names.in_full(),
            Err(Error::NotFound) => "Somebody who is not on the roll".to_owned(),
            Err(error) => return Err(error),
        };
        choices.push(Choice::new(evidence.to_string(), format!("{who}, entered {}", moment_in_words(from_millis(at)))));
    }
    let row: fn(&Scan) -> ScanRow = if is_open(app, caller, Act::SeeScans) { row_to_save } else { row };
    let address = format!("/permissions/people/{pupil}");
    Ok(ScansPage {
        frame: frame(app, caller, SCANS).back_to(address.clone()).with_errors(errors),
        address: format!("{address}/scans"),
        may_add: is_open(app, caller, Act::KeepPermissions),
        papers: choices,
        chosen: String::new(),
        scans: scans.iter().map(row).collect(),
    })
}

pub async fn list(State(app): State<App>, caller: Caller, Path(pupil): Path<Uuid>) -> Result<Response> {
    page(&filled(&app, &caller, pupil, FormErrors::default()).await?)
}

/// What came: which answer, and the file.
#[derive(Default)]
struct Came {
    evidence: Option<Uuid>,
    file: Vec<u8>,
}

async fn take(parts: &mut Multipart) -> Result<Came> {
    let broken = |error: MultipartError| Error::Invalid(error.body_text().into());
    let mut came = Came::default();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        match part.name() {
            Some("evidence") => came.evidence = part.text().await.map_err(broken)?.parse().ok(),
            Some("scan") => came.file = part.bytes().await.map_err(broken)?.to_vec(),
            _ => {}
        }
    }
    Ok(came)
}

pub async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(pupil): Path<Uuid>,
    sent: std::result::Result<Multipart, MultipartRejection>,
) -> Result<Response> {
    super::of(&app, &caller, pupil).await?;
    app.access.may(&caller, Act::KeepPermissions, Thing::premises(caller.school))?;
    let came = match sent {
        Ok(mut parts) => take(&mut parts).await?,
        // A form without a file: the page says that one is wanted.
        Err(_) => Came::default(),
    };
    let mut errors = FormErrors::default();
    if came.evidence.is_none() {
        errors.add("evidence", "Choose the answer that the paper is about");
    }
    if came.file.is_empty() {
        errors.add("scan", Unfit::Unknown.to_string());
    }
    if let Some(evidence) = came.evidence.filter(|_| errors.is_empty()) {
        match super::attach(&app, &caller, (pupil, evidence), came.file).await? {
            Ok(()) => return Ok(Redirect::to(&format!("/permissions/people/{pupil}/scans")).into_response()),
            Err(unfit) => errors.add("scan", unfit.to_string()),
        }
    }
    let again = filled(&app, &caller, pupil, errors).await?;
    page_again(&ScansPage { chosen: came.evidence.map(|id| id.to_string()).unwrap_or_default(), ..again })
}

/// Always a file to be saved, never a page: what stands in it is somebody else's.
pub async fn file(State(app): State<App>, caller: Caller, Path((pupil, scan)): Path<(Uuid, Uuid)>) -> Result<Response> {
    let (media, content) = super::fetch(&app, &caller, (pupil, scan)).await?;
    let kept = [
        (header::CONTENT_TYPE, media.code().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"scan.{}\"", media.extension())),
    ];
    Ok((kept, content.to_vec()).into_response())
}

pub fn samples() -> Vec<Sample> {
    let here = || Frame::sample(SCANS).for_person("Tom Lister", "Oakfield Primary School");
    let row = |address: &str| ScanRow {
        address: address.to_owned(),
        when: "21 November 2026, 12:00".into(),
        kind: "PDF",
        size: "312 KB".into(),
    };
    let mut errors = FormErrors::one("evidence", "Choose the answer that the paper is about");
    errors.add("scan", Unfit::Unknown.to_string());
    let full = ScansPage {
        frame: here().with_errors(errors),
        address: "/permissions/people/0/scans".into(),
        may_add: true,
        papers: vec![Choice::new("0", "Mrs Folake Adeyemi, entered 21 November 2026, 12:00")],
        chosen: String::new(),
        scans: vec![row("/permissions/people/0/scans/1"), row("")],
    };
    let bare = ScansPage {
        frame: here(),
        address: "/permissions/people/0/scans".into(),
        may_add: true,
        papers: Vec::new(),
        chosen: String::new(),
        scans: Vec::new(),
    };
    vec![
        Sample::of("permissions/scans/scans.html wrong", &full),
        Sample::of("permissions/scans/scans.html empty", &bare),
    ]
}
