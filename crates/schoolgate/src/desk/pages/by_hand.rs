//! Posting by hand: the bundle to take along, and the address to bring back.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::super::copies::by_hand::{self, PostAddress};
use super::sample_frame;
use crate::access::Caller;
use crate::app::App;
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::web::forms::{Fields, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const TITLE: &str = "Post it by hand";

#[derive(Template)]
#[template(path = "desk/pages/by-hand.html")]
struct ByHandPage {
    frame: Frame,
    id: Uuid,
    copy: Uuid,
    seen: i64,
    called: String,
    place: String,
    typed: String,
}

async fn by_hand_page(
    app: &App,
    caller: &Caller,
    at: (Uuid, Uuid),
    (typed, errors): (String, FormErrors),
) -> Result<ByHandPage> {
    let copy = by_hand::ready(app, caller, at).await?;
    let place = copy.sent.map(|sent| sent.address).unwrap_or_default();
    let frame = frame(app, caller, TITLE).back_to(format!("/requests/{}", at.0)).with_errors(errors);
    Ok(ByHandPage { frame, id: at.0, copy: at.1, seen: copy.version, called: copy.called, place, typed })
}

pub async fn by_hand(State(app): State<App>, caller: Caller, Path(at): Path<(Uuid, Uuid)>) -> Result<Response> {
    page(&by_hand_page(&app, &caller, at, (String::new(), FormErrors::default())).await?)
}

pub async fn bundle(State(app): State<App>, caller: Caller, Path(at): Path<(Uuid, Uuid)>) -> Result<Response> {
    let zip = by_hand::bundle(&app, &caller, at).await?;
    // The number of the copy and nothing else: a name of a file travels with it.
    let name = format!("attachment; filename=\"post-{}.zip\"", at.1.simple());
    let kept = [(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((kept, zip).into_response())
}

pub async fn posted(
    State(app): State<App>,
    caller: Caller,
    Path(at): Path<(Uuid, Uuid)>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    by_hand::ready(&app, &caller, at).await?;
    match PostAddress::parse(&app, fields.one("address")) {
        Ok(address) => {
            by_hand::posted(&app, &caller, at, fields.seen(), address).await?;
            Ok(Redirect::to(&format!("/requests/{}", at.0)).into_response())
        }
        Err(said) => {
            let typed = fields.one("address").to_owned();
            page_again(&by_hand_page(&app, &caller, at, (typed, FormErrors::one("address", said))).await?)
        }
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let sample = |frame: Frame, typed: &str| ByHandPage {
        frame: frame.back_to("/requests/7"),
        id: Uuid::nil(),
        copy: Uuid::nil(),
        seen: 1,
        called: "Photo network".into(),
        place: "https://photos.test/oakfield".into(),
        typed: typed.into(),
    };
    let errors = FormErrors::one("address", "This address cannot be kept: it must begin with https://");
    vec![
        Sample::of("desk/pages/by-hand.html", &sample(sample_frame(TITLE), "")),
        Sample::of("desk/pages/by-hand.html wrong", &sample(sample_frame(TITLE).with_errors(errors), "photos.test/7")),
    ]
}
