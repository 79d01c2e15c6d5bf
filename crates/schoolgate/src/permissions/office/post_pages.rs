//! Asking a whole class for its answers: how many, who needs a printed letter, and how far the letters are.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::{is_offered, may};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::permissions::parents::mails::{self, Round};
use crate::roster;
use crate::web::forms::{Fields, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

#[derive(Template)]
#[template(path = "permissions/office/class_post.html")]
struct ClassPostPage {
    frame: Frame,
    address: String,
    is_set_up: bool,
    may_keep: bool,
    to_ask: usize,
    to_remind: usize,
    answered: usize,
    progress: Option<Progress>,
    letters: Vec<LetterRow>,
}

/// How far the letters to a class are.
struct Progress {
    sent: usize,
    all: usize,
    said: String,
}

struct LetterRow {
    address: String,
    pupil: String,
    adult: String,
    why: &'static str,
}

fn filled(frame: Frame, class: Uuid, round: &Round) -> ClassPostPage {
    let all = round.sent + round.waiting + round.failed;
    let said = match (round.waiting, round.failed) {
        (0, 0) => format!("{} of {all} letters sent", round.sent),
        (waiting, 0) => format!("{} of {all} letters sent, {waiting} on their way", round.sent),
        (waiting, failed) => {
            format!("{} of {all} letters sent, {waiting} on their way, {failed} could not be delivered", round.sent)
        }
    };
    let letters = round.letters.iter().map(|(family, why)| LetterRow {
        address: format!("/permissions/people/{}", family.pupil.id),
        pupil: family.pupil.names.called(),
        adult: family.adult.names.in_full(),
        why,
    });
    ClassPostPage {
        frame,
        address: format!("/permissions/classes/{class}/post"),
        is_set_up: true,
        may_keep: true,
        to_ask: round.to_ask.len(),
        to_remind: round.to_remind.len(),
        answered: round.answered,
        progress: (all > 0).then_some(Progress { sent: round.sent, all, said }),
        letters: letters.collect(),
    }
}

pub async fn show(State(app): State<App>, caller: Caller, Path(class): Path<Uuid>) -> Result<Response> {
    let round = mails::round(&app, &caller, class).await?;
    let mut read = app.db.read(caller.school).await?;
    let name = roster::class(&mut read, class).await?.name;
    let frame = frame(&app, &caller, format!("{name}: ask for answers")).back_to("/permissions");
    page(&ClassPostPage {
        is_set_up: app.mail.is_some(),
        may_keep: is_offered(&app, &caller, Act::KeepPermissions),
        ..filled(frame, class, &round)
    })
}

pub async fn send(
    State(app): State<App>,
    caller: Caller,
    Path(class): Path<Uuid>,
    Sent(form): Sent<Fields>,
) -> Result<Response> {
    let mut read = app.db.read(caller.school).await?;
    roster::class(&mut read, class).await?;
    drop(read);
    may(&app, &caller, Act::KeepPermissions)?;
    match form.one("act") {
        "ask" => mails::ask_class(&app, &caller, class).await?,
        "remind" => mails::remind_class(&app, &caller, class).await?,
        _ => return Err(Error::Invalid("choose whether to ask or to remind".into())),
    };
    Ok(Redirect::to(&format!("/permissions/classes/{class}/post")).into_response())
}

pub(super) fn samples() -> Vec<Sample> {
    let here = || Frame::sample("Elm: ask for answers").for_person("Tom Lister", "Oakfield Primary School");
    let round = Round { answered: 12, sent: 9, waiting: 3, failed: 1, ..Round::default() };
    let letter = LetterRow {
        address: "/permissions/people/0".into(),
        pupil: "Ollie Smith".into(),
        adult: "Mr Sam Smith".into(),
        why: "has no email address",
    };
    let full = ClassPostPage { to_ask: 14, to_remind: 9, letters: vec![letter], ..filled(here(), Uuid::nil(), &round) };
    let bare = ClassPostPage { is_set_up: false, ..filled(here(), Uuid::nil(), &Round::default()) };
    vec![
        Sample::of("permissions/office/class_post.html", &full),
        Sample::of("permissions/office/class_post.html no mail", &bare),
    ]
}
