//! The school's own words and phrases.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{Given, Kind, Phrase};
use crate::access::Caller;
use crate::app::App;
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::web::forms::{Choice, FormErrors, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const TITLE: &str = "The school’s own words";

#[derive(Template)]
#[template(path = "registers/phrases/phrases.html")]
struct PhrasesPage {
    frame: Frame,
    lists: Vec<(&'static str, Vec<Phrase>)>,
    kinds: Vec<Choice>,
    typed: PhraseForm,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct PhraseForm {
    words: String,
    kind: String,
}

fn built(frame: Frame, phrases: &[Phrase], typed: PhraseForm) -> PhrasesPage {
    let of = |kind: Kind| phrases.iter().filter(|phrase| phrase.kind == kind).cloned().collect::<Vec<_>>();
    let lists = Kind::ALL.map(|kind| (kind.label(), of(kind)));
    let lists = lists.into_iter().filter(|(_, phrases)| !phrases.is_empty()).collect();
    let kinds = Kind::ALL.map(|kind| Choice::new(kind.code(), kind.label())).to_vec();
    PhrasesPage { frame, lists, kinds, typed }
}

async fn phrases_page(app: &App, caller: &Caller, (typed, errors): (PhraseForm, FormErrors)) -> Result<PhrasesPage> {
    let phrases = super::list(app, caller).await?;
    Ok(built(frame(app, caller, TITLE).back_to("/requests").with_errors(errors), &phrases, typed))
}

pub async fn list(State(app): State<App>, caller: Caller) -> Result<Response> {
    page(&phrases_page(&app, &caller, (PhraseForm::default(), FormErrors::default())).await?)
}

pub async fn add(State(app): State<App>, caller: Caller, Sent(form): Sent<PhraseForm>) -> Result<Response> {
    super::list(&app, &caller).await?;
    let Some(kind) = Kind::from_code(&form.kind) else {
        let errors = FormErrors::one("kind", "Choose what is to happen with it");
        return page_again(&phrases_page(&app, &caller, (form, errors)).await?);
    };
    let said = match Given::parse(&form.words, kind) {
        Ok(given) => match super::add(&app, &caller, given).await {
            Ok(_) => return Ok(Redirect::to("/phrases").into_response()),
            Err(Error::Refused(refused)) => format!("This cannot be added: {}", refused.because),
            Err(error) => return Err(error),
        },
        Err(said) => said.to_owned(),
    };
    page_again(&phrases_page(&app, &caller, (form, FormErrors::one("words", said))).await?)
}

pub async fn remove(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    super::remove(&app, &caller, id).await?;
    Ok(Redirect::to("/phrases").into_response())
}

pub fn samples() -> Vec<Sample> {
    let frame = || Frame::sample(TITLE).for_person("Grace Osei", "Oakfield Primary School").back_to("/requests");
    let phrase = |words: &str, kind: Kind| Phrase { id: Uuid::nil(), words: words.into(), kind };
    let some = [phrase("swot*", Kind::Stop), phrase("Rowan House", Kind::Allow)];
    let wrong = frame().with_errors(FormErrors::one("words", "Enter a word or a phrase"));
    vec![
        Sample::of("registers/phrases/phrases.html", &built(frame(), &some, PhraseForm::default())),
        Sample::of("registers/phrases/phrases.html wrong", &built(wrong, &[], PhraseForm::default())),
    ]
}
