//! The pictures of a post: taking them in, saying what they show and who is in them, covering and cutting.

use askama::Template;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use screening::{Cleaned, FoundMetadata};
use serde::Deserialize;
use uuid::Uuid;

use super::super::picture::{ALT_CHARS_MAX, InIt, PICTURES_MAX, Picture, WHOLE, Who};
use super::super::pictures::{self, FILE_BYTES_MAX};
use super::super::{self as desk, Listing, Said, Seen};
use super::forms::{SPOTS, in_it, region, spot_code, who_written};
use super::sample_frame;
use crate::access::Caller;
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::web::forms::{Choice, Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const ADD: &str = "Add pictures";
const ADDED: &str = "Pictures added";
const SHOT: &str = "Describe a picture";

#[derive(Template)]
#[template(path = "desk/pages/pictures.html")]
struct UploadPage {
    frame: Frame,
    id: Uuid,
    room: usize,
}

#[derive(Template)]
#[template(path = "desk/pages/added.html")]
struct AddedPage {
    frame: Frame,
    id: Uuid,
    added: usize,
    found: Vec<Carried>,
    refused: Vec<String>,
}

/// What one original carried. Shown here, and kept nowhere.
struct Carried {
    number: usize,
    lines: Vec<String>,
}

#[derive(Template)]
#[template(path = "desk/pages/picture.html")]
struct ShotPage {
    frame: Frame,
    id: Uuid,
    seen: i64,
    shot: Uuid,
    number: i64,
    width: u32,
    height: u32,
    alt: String,
    nobody: bool,
    classes: Vec<Choice>,
    class: String,
    people: Vec<Pick>,
    marks: Vec<Mark>,
    edits: Vec<Choice>,
    edit: String,
    left: String,
    top: String,
    wide: String,
    high: String,
}

/// Somebody who can be marked.
struct Pick {
    /// Stands above the first of each kind.
    heading: Option<&'static str>,
    written: String,
    called: String,
    is_marked: bool,
    spots: Vec<SpotChoice>,
}

struct SpotChoice {
    code: &'static str,
    label: &'static str,
    is_chosen: bool,
}

/// A number drawn on the picture.
struct Mark {
    number: usize,
    across: i64,
    down: i64,
}

pub async fn upload_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    page(&upload_page(&app, &caller, id, FormErrors::default()).await?)
}

async fn upload_page(app: &App, caller: &Caller, id: Uuid, errors: FormErrors) -> Result<UploadPage> {
    let (request, there) = desk::show(app, caller, id).await?;
    desk::ready_to_edit(app, caller, &request)?;
    let room = PICTURES_MAX.saturating_sub(there.len());
    let frame = frame(app, caller, ADD).back_to(format!("/requests/{id}")).with_errors(errors);
    Ok(UploadPage { frame, id, room })
}

/// What came of the files of one form.
#[derive(Default)]
struct Taken {
    clean: Vec<Cleaned>,
    found: Vec<Carried>,
    refused: Vec<String>,
}

pub async fn upload(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    sent: std::result::Result<Multipart, MultipartRejection>,
) -> Result<Response> {
    let (request, _) = desk::show(&app, &caller, id).await?;
    desk::ready_to_edit(&app, &caller, &request)?;
    let taken = match sent {
        Ok(mut parts) => take(&app, &caller, &mut parts).await?,
        // A form without files: the page says that one is wanted.
        Err(_) => Taken::default(),
    };
    if taken.clean.is_empty() {
        let said = taken.refused.first().cloned().unwrap_or_else(|| "Choose at least one picture".to_owned());
        let errors = FormErrors::one("pictures", said);
        return page_again(&upload_page(&app, &caller, id, errors).await?);
    }
    let added = desk::add_pictures(&app, &caller, id, &taken.clean).await?;
    let frame = frame(&app, &caller, ADDED).back_to(format!("/requests/{id}"));
    page(&AddedPage { frame, id, added, found: taken.found, refused: taken.refused })
}

/// Reads and cleans the files one after another, two at work at a time; no more than fit are read.
async fn take(app: &App, caller: &Caller, parts: &mut Multipart) -> Result<Taken> {
    let mut taken = Taken::default();
    let mut at_work: Vec<(usize, Vec<String>, tokio::task::JoinHandle<_>)> = Vec::new();
    let broken = |error: axum::extract::multipart::MultipartError| Error::Invalid(error.body_text().into());
    let mut number = 0;
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        if part.name() != Some("pictures") {
            continue;
        }
        let name = part.file_name().unwrap_or_default().chars().take(200).collect::<String>();
        let bytes = part.bytes().await.map_err(broken)?;
        if bytes.is_empty() {
            continue;
        }
        number += 1;
        if number > PICTURES_MAX || bytes.len() > FILE_BYTES_MAX {
            taken.refused.push(format!("Picture {number}: a post has {PICTURES_MAX} pictures of 25 MB at most"));
            continue;
        }
        let notes = desk::names_in_file_name(app, caller.school, &name).await?;
        at_work.push((number, notes, tokio::spawn(pictures::clean(app.avif.clone(), bytes.to_vec()))));
    }
    for (number, notes, work) in at_work {
        let done = work.await.map_err(|error| Error::fault("cleaning a picture", error))?;
        match done? {
            Ok(fresh) => {
                taken.found.push(carried(number, notes, &fresh.found));
                taken.clean.push(fresh.cleaned);
            }
            Err(refused) => taken.refused.push(format!("Picture {number}: {refused}")),
        }
    }
    taken.found.retain(|carried| !carried.lines.is_empty());
    Ok(taken)
}

fn carried(number: usize, notes: Vec<String>, found: &[FoundMetadata]) -> Carried {
    /// Values that are shown of one kind; the rest tells nothing new.
    const VALUES: usize = 6;
    let line = |found: &FoundMetadata| {
        let values = found.values.iter().take(VALUES).cloned().collect::<Vec<_>>().join("; ");
        format!("{}: {values}", super::super::gate::sentence(found.say))
    };
    Carried { number, lines: notes.into_iter().chain(found.iter().map(line)).collect() }
}

/// The clean copy, for those who may see the post.
pub async fn file(State(app): State<App>, caller: Caller, Path((id, shot)): Path<(Uuid, Uuid)>) -> Result<Response> {
    let (picture, bytes) = desk::show_picture(&app, &caller, shot).await?;
    if picture.request != id {
        return Err(Error::NotFound);
    }
    let kind = [(header::CONTENT_TYPE, picture.media.media_type())];
    Ok((kind, bytes.to_vec()).into_response())
}

#[derive(Deserialize, Default)]
pub struct Asked {
    class: Option<Uuid>,
}

pub async fn shot(
    State(app): State<App>,
    caller: Caller,
    Path((id, shot)): Path<(Uuid, Uuid)>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let (seen, picture) = own_shot(&app, &caller, id, shot).await?;
    let listing = desk::listing(&app, &caller, asked.class, &picture).await?;
    let frame = frame(&app, &caller, SHOT).back_to(format!("/requests/{id}"));
    page(&shot_page(frame, seen, &picture, listing))
}

async fn own_shot(app: &App, caller: &Caller, id: Uuid, shot: Uuid) -> Result<(Seen, Picture)> {
    let (request, there) = desk::show(app, caller, id).await?;
    desk::ready_to_edit(app, caller, &request)?;
    let picture = there.into_iter().find(|picture| picture.id == shot).ok_or(Error::NotFound)?;
    Ok((Seen { request: id, version: request.version }, picture))
}

fn shot_page(frame: Frame, seen: Seen, picture: &Picture, listing: Listing) -> ShotPage {
    let marked = picture.in_it.people();
    let mut last = None;
    let people = listing.people.into_iter().map(|(who, called)| {
        let mark = marked.iter().find(|mark| mark.who == who);
        let code = mark.map_or("", |mark| spot_code(mark.spot));
        let spot = |(known, label, ..): &(&'static str, &'static str, i64, i64)| SpotChoice {
            code: known,
            label,
            is_chosen: *known == code,
        };
        let kind = Some(kind_of(who));
        let heading = kind.filter(|_| last != kind);
        last = kind;
        let spots = SPOTS.iter().map(spot).collect();
        Pick { heading, written: who_written(who), called, is_marked: mark.is_some(), spots }
    });
    let spots = marked.iter().filter_map(|mark| mark.spot).enumerate();
    let (width, height) = (i64::from(picture.width), i64::from(picture.height));
    let marks = spots.map(|(at, spot)| Mark {
        number: at + 1,
        across: spot.across * width / WHOLE,
        down: spot.down * height / WHOLE,
    });
    ShotPage {
        frame,
        id: picture.request,
        seen: seen.version,
        shot: picture.id,
        number: picture.place,
        width: picture.width,
        height: picture.height,
        alt: picture.alt.clone(),
        nobody: picture.in_it == InIt::Nobody,
        classes: listing.classes.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect(),
        class: listing.class.map(|id| id.to_string()).unwrap_or_default(),
        people: people.collect(),
        marks: marks.collect(),
        edits: vec![
            Choice::new("cover", "Cover it with grey"),
            Choice::new("blur", "Blur it"),
            Choice::new("crop", "Keep only this part"),
        ],
        edit: "cover".to_owned(),
        left: "25".to_owned(),
        top: "25".to_owned(),
        wide: "50".to_owned(),
        high: "50".to_owned(),
    }
}

fn kind_of(who: Who) -> &'static str {
    match who {
        Who::Pupil(_) => "Pupils",
        Who::Staff(_) => "Adults of this school",
        Who::AdultAgreed | Who::AdultUnasked | Who::Stranger => "Others",
    }
}

pub async fn describe(
    State(app): State<App>,
    caller: Caller,
    Path((id, shot)): Path<(Uuid, Uuid)>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    let (seen, picture) = own_shot(&app, &caller, id, shot).await?;
    let alt = fields.one("alt").trim().to_owned();
    let errors = match in_it(&fields) {
        Ok(_) if alt.chars().count() > ALT_CHARS_MAX || alt.contains('\0') => {
            FormErrors::one("alt", format!("Describe it in {ALT_CHARS_MAX} letters or fewer"))
        }
        Ok(in_it) => {
            let seen = Seen { request: id, version: fields.seen() };
            desk::describe(&app, &caller, shot, seen, Said { alt, in_it }).await?;
            return Ok(Redirect::to(&format!("/requests/{id}")).into_response());
        }
        Err(errors) => errors,
    };
    again(&app, &caller, (seen, picture), &fields, errors).await
}

/// The same page with what was typed.
async fn again(
    app: &App,
    caller: &Caller,
    (seen, picture): (Seen, Picture),
    fields: &Fields,
    errors: FormErrors,
) -> Result<Response> {
    let class = fields.one("class").parse().ok();
    let listing = desk::listing(app, caller, class, &picture).await?;
    let frame = frame(app, caller, SHOT).back_to(format!("/requests/{}", picture.request)).with_errors(errors);
    let mut page = shot_page(frame, seen, &picture, listing);
    if !fields.one("alt").is_empty() {
        page.alt = fields.one("alt").to_owned();
    }
    if !fields.one("edit").is_empty() {
        let own = |name: &str| fields.one(name).chars().take(4).collect();
        (page.left, page.top, page.wide, page.high) = (own("left"), own("top"), own("width"), own("height"));
    }
    page_again(&page)
}

pub async fn edit_shot(
    State(app): State<App>,
    caller: Caller,
    Path((id, shot)): Path<(Uuid, Uuid)>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    let (seen, picture) = own_shot(&app, &caller, id, shot).await?;
    let edit = match region(&fields, (picture.width, picture.height)) {
        Ok(edit) => edit,
        Err(errors) => return again(&app, &caller, (seen, picture), &fields, errors).await,
    };
    let held = Seen { request: id, version: fields.seen() };
    match desk::edit_picture(&app, &caller, shot, held, vec![edit]).await? {
        Ok(()) => Ok(Redirect::to(&format!("/requests/{id}/pictures/{shot}")).into_response()),
        Err(refused) => {
            let errors = FormErrors::one("left", super::super::gate::sentence(&refused.to_string()));
            again(&app, &caller, (seen, picture), &fields, errors).await
        }
    }
}

pub async fn remove_shot(
    State(app): State<App>,
    caller: Caller,
    Path((id, shot)): Path<(Uuid, Uuid)>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    let seen = Seen { request: id, version: fields.seen() };
    desk::remove_picture(&app, &caller, shot, seen).await?;
    Ok(Redirect::to(&format!("/requests/{id}")).into_response())
}

pub(super) fn samples() -> Vec<Sample> {
    use super::super::picture::{Format, Marked, Spot};
    let id = Uuid::nil();
    let upload = UploadPage { frame: sample_frame(ADD).back_to("/requests/7"), id, room: 10 };
    let errors = FormErrors::one("pictures", "Choose at least one picture");
    let wrong = UploadPage { frame: sample_frame(ADD).with_errors(errors), id, room: 10 };
    let added = AddedPage {
        frame: sample_frame(ADDED).back_to("/requests/7"),
        id,
        added: 1,
        found: vec![Carried { number: 1, lines: vec!["Where the picture was taken: 52.9, -1.2".into()] }],
        refused: vec!["Picture 2: the picture is cut off: send it again from the camera or telephone".into()],
    };
    let marked = Marked { who: Who::Stranger, spot: Some(Spot { across: 500, down: 500 }) };
    let picture = Picture {
        id,
        version: 1,
        request: id,
        place: 1,
        alt: "Two towers".into(),
        media: Format::Jpeg,
        width: 1600,
        height: 1200,
        hash: vec![],
        in_it: InIt::People(vec![marked]),
        size_bytes: 1,
        is_kept: true,
    };
    let listing = || Listing {
        classes: vec![(Uuid::from_u128(3), "Elm".into())],
        class: Some(Uuid::from_u128(3)),
        people: vec![
            (Who::Pupil(Uuid::from_u128(4)), "Maya Flint".into()),
            (Who::Stranger, "Somebody who is not on my list".into()),
        ],
    };
    let seen = Seen { request: id, version: 1 };
    let shot = shot_page(sample_frame(SHOT).back_to("/requests/7"), seen, &picture, listing());
    let errors = region(&Fields::default(), (10, 10)).err().unwrap_or_default();
    let wrong_shot = shot_page(sample_frame(SHOT).with_errors(errors), seen, &picture, listing());
    vec![
        Sample::of("desk/pages/pictures.html", &upload),
        Sample::of("desk/pages/pictures.html wrong", &wrong),
        Sample::of("desk/pages/added.html", &added),
        Sample::of("desk/pages/picture.html", &shot),
        Sample::of("desk/pages/picture.html wrong", &wrong_shot),
    ]
}
