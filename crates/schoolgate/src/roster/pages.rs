//! The roll, a class, a pupil, and the two things about them that a person enters: markers, and what an adult is to them.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::date;
use serde::Deserialize;
use uuid::Uuid;

use super::adult::{Adult, AdultNames, Contact, Responsibility, Responsible, Standing};
use super::export;
use super::pupil::{Class, Known, Names, Pupil};
use super::{Markers, Shown};
use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::clock::{self, date_in_words};
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::web::forms::{Choice, FormErrors, Sent, seen};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page, page_again};

const ROLL: &str = "Pupils and classes";
const MARKERS: &str = "Markers of a pupil";
const ADULT: &str = "What an adult is to a pupil";

#[derive(Template)]
#[template(path = "roster/roll.html")]
struct RollPage {
    frame: Frame,
    part: String,
    /// Whether something was searched for.
    is_search: bool,
    found: Vec<PupilRow>,
    adults: Vec<AdultRow>,
    classes: Vec<ClassRow>,
    may_import: bool,
    may_see_imports: bool,
}

struct ClassRow {
    id: Uuid,
    name: String,
    pupils: i64,
}

struct PupilRow {
    id: Uuid,
    name: String,
    /// `Year 4`, `has left`; may be empty.
    about: String,
}

struct AdultRow {
    name: String,
    pupils: Vec<PupilRow>,
}

#[derive(Template)]
#[template(path = "roster/class.html")]
struct ClassPage {
    frame: Frame,
    id: Uuid,
    pupils: Vec<PupilRow>,
}

#[derive(Template)]
#[template(path = "roster/pupil.html")]
struct PupilPage {
    frame: Frame,
    id: Uuid,
    name: String,
    year_group: String,
    standing: String,
    classes: Vec<ClassRow>,
    /// None: not for this reader.
    markers: Option<(&'static str, &'static str)>,
    may_mark: bool,
    has_adults: bool,
    adults: Vec<AdultCard>,
    may_edit_adults: bool,
}

struct AdultCard {
    id: Uuid,
    name: String,
    relation: String,
    parental_responsibility: &'static str,
    contact_order: &'static str,
    court_marker: &'static str,
    reach: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "roster/markers.html")]
struct MarkersPage {
    frame: Frame,
    id: Uuid,
    name: String,
    form: MarkersForm,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "roster/adult.html")]
struct AdultPage {
    frame: Frame,
    id: Uuid,
    adult: Uuid,
    name: String,
    called: String,
    form: StandingForm,
    choices: Vec<Choice>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MarkersForm {
    looked_after: String,
    court_marker: String,
    seen: String,
}

impl MarkersForm {
    fn parse(&self) -> Result<Markers, FormErrors> {
        let mut errors = FormErrors::default();
        let looked_after = answer(&mut errors, "looked_after", &self.looked_after);
        let court_marker = answer(&mut errors, "court_marker", &self.court_marker);
        errors.or(|| Markers { looked_after, court_marker })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StandingForm {
    parental_responsibility: String,
    contact_order: String,
    court_marker: String,
    seen: String,
}

impl StandingForm {
    fn parse(&self) -> Result<Standing, FormErrors> {
        let mut errors = FormErrors::default();
        let parental_responsibility = answer(&mut errors, "parental_responsibility", &self.parental_responsibility);
        let contact_order = answer(&mut errors, "contact_order", &self.contact_order);
        let court_marker = answer(&mut errors, "court_marker", &self.court_marker);
        errors.or(|| Standing { parental_responsibility, contact_order, court_marker, ..Standing::default() })
    }
}

fn answer(errors: &mut FormErrors, field: &'static str, typed: &str) -> Known {
    let known = Known::from_code(typed);
    if known.is_none() {
        errors.add(field, "Choose yes, no, or that it is not known");
    }
    known.unwrap_or_default()
}

fn choices() -> Vec<Choice> {
    Known::ALL.map(|known| Choice::new(known.code(), known.label())).to_vec()
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Search {
    part: String,
}

pub async fn roll(State(app): State<App>, caller: Caller, Query(search): Query<Search>) -> Result<Response> {
    let classes = super::overview(&app, &caller).await?;
    let part: String = search.part.trim().chars().take(super::pupil::NAME_CHARS_MAX).collect();
    let found = super::find(&app, &caller, &part).await?;
    let today = clock::today(app.clock.as_ref());
    let row = |pupil: &Pupil| pupil_row(pupil, today);
    let adult = |(adult, pupils): &(Adult, Vec<Pupil>)| AdultRow {
        name: adult.names.in_full(),
        pupils: pupils.iter().map(row).collect(),
    };
    let premises = || Thing::premises(caller.school);
    let import = app.access.ask(&caller, Act::ImportRoll, premises());
    page(&RollPage {
        frame: frame(&app, &caller, ROLL),
        is_search: !part.is_empty(),
        part,
        found: found.pupils.iter().map(row).collect(),
        adults: found.adults.iter().map(adult).collect(),
        classes: classes.into_iter().map(class_row).collect(),
        may_import: matches!(import, Answer::Yes | Answer::ProveFirst),
        may_see_imports: app.access.ask(&caller, Act::SeeImports, premises()) == Answer::Yes,
    })
}

fn class_row((class, pupils): (Class, i64)) -> ClassRow {
    ClassRow { id: class.id, name: class.name, pupils }
}

fn pupil_row(pupil: &Pupil, today: jiff::civil::Date) -> PupilRow {
    let year = pupil.year_group.as_deref().map(|year| format!("year group {year}"));
    let about = match (pupil.has_left(today), pupil.is_on_roll(today)) {
        (true, _) => Some("has left".to_owned()),
        (false, false) => Some("has not started yet".to_owned()),
        _ => year,
    };
    PupilRow { id: pupil.id, name: pupil.names.in_full(), about: about.unwrap_or_default() }
}

pub async fn class(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let (class, pupils) = super::show_class(&app, &caller, id).await?;
    let today = clock::today(app.clock.as_ref());
    let pupils = pupils.iter().map(|pupil| pupil_row(pupil, today)).collect();
    page(&ClassPage { frame: frame(&app, &caller, class.name).back_to("/roll"), id, pupils })
}

/// The class list as a file for a spreadsheet.
pub async fn class_table(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let (_, pupils) = super::show_class(&app, &caller, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"class.csv\""),
    ];
    Ok((headers, export::class_list(&pupils)?).into_response())
}

pub async fn pupil(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let shown = super::show(&app, &caller, id).await?;
    let offers = |act| super::is_offered(&app, &caller, act, &shown.pupil);
    let may = (offers(Act::EditMarkers), offers(Act::EditAdults));
    let frame = frame(&app, &caller, shown.pupil.names.called()).back_to("/roll");
    page(&pupil_page(frame, shown, may, clock::today(app.clock.as_ref())))
}

fn pupil_page(frame: Frame, shown: Shown, may: (bool, bool), today: jiff::civil::Date) -> PupilPage {
    let Shown { pupil, classes, adults, may_see_markers } = shown;
    PupilPage {
        frame,
        id: pupil.id,
        name: pupil.names.in_full(),
        year_group: pupil.year_group.clone().unwrap_or_else(|| "Not known".to_owned()),
        standing: standing_in_words(&pupil, today),
        classes: classes.into_iter().map(|class| class_row((class, 0))).collect(),
        markers: may_see_markers.then(|| (pupil.looked_after.label(), pupil.court_marker.label())),
        may_mark: may.0,
        has_adults: adults.is_some(),
        adults: adults.unwrap_or_default().iter().map(card).collect(),
        may_edit_adults: may.1,
    }
}

fn standing_in_words(pupil: &Pupil, today: jiff::civil::Date) -> String {
    match (pupil.left_on, pupil.on_roll_from) {
        (Some(left), _) if left <= today => format!("Left on {}", date_in_words(left)),
        (_, Some(from)) if from > today => format!("Starts on {}", date_in_words(from)),
        (Some(left), _) => format!("On roll, leaves on {}", date_in_words(left)),
        (None, Some(from)) => format!("On roll since {}", date_in_words(from)),
        (None, None) => "On roll".to_owned(),
    }
}

fn card((one, contact): &(Responsible, Contact)) -> AdultCard {
    let standing = &one.responsibility.standing;
    let ways = [
        ("Email", &contact.email),
        ("Mobile", &contact.mobile),
        ("Telephone", &contact.phone),
        ("Address", &contact.address),
        ("Postcode", &contact.postcode),
    ];
    AdultCard {
        id: one.adult.id,
        name: one.adult.names.in_full(),
        relation: standing.relation.clone(),
        parental_responsibility: standing.parental_responsibility.label(),
        contact_order: standing.contact_order.label(),
        court_marker: standing.court_marker.label(),
        reach: ways.into_iter().filter_map(|(way, text)| Some((way, text.clone()?))).collect(),
    }
}

pub async fn markers_form(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let pupil = super::show(&app, &caller, id).await?.pupil;
    super::may(&app, &caller, Act::EditMarkers, &pupil)?;
    let form = MarkersForm {
        looked_after: pupil.looked_after.code().to_owned(),
        court_marker: pupil.court_marker.code().to_owned(),
        seen: pupil.version.to_string(),
    };
    let frame = frame(&app, &caller, MARKERS).back_to(format!("/roll/pupils/{id}"));
    page(&MarkersPage { frame, id, name: pupil.names.called(), form, choices: choices() })
}

pub async fn mark(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(form): Sent<MarkersForm>,
) -> Result<Response> {
    let pupil = super::show(&app, &caller, id).await?.pupil;
    super::may(&app, &caller, Act::EditMarkers, &pupil)?;
    match form.parse() {
        Ok(markers) => {
            super::mark(&app, &caller, (id, seen(&form.seen)), markers).await?;
            Ok(Redirect::to(&format!("/roll/pupils/{id}")).into_response())
        }
        Err(errors) => {
            let frame = frame(&app, &caller, MARKERS).back_to(format!("/roll/pupils/{id}")).with_errors(errors);
            page_again(&MarkersPage { frame, id, name: pupil.names.called(), form, choices: choices() })
        }
    }
}

/// The pupil, and the adult with what they are to the pupil, if the caller may say what that is.
async fn responsible(app: &App, caller: &Caller, (pupil, adult): (Uuid, Uuid)) -> Result<(Pupil, Responsible)> {
    let shown = super::show(app, caller, pupil).await?;
    super::may(app, caller, Act::EditAdults, &shown.pupil)?;
    let found = shown.adults.unwrap_or_default().into_iter().find(|(one, _)| one.adult.id == adult);
    Ok((shown.pupil, found.ok_or(Error::NotFound)?.0))
}

fn adult_page(frame: Frame, pupil: &Pupil, one: &Responsible, form: StandingForm) -> AdultPage {
    let (id, adult, called) = (pupil.id, one.adult.id, pupil.names.called());
    AdultPage { frame, id, adult, name: one.adult.names.in_full(), called, form, choices: choices() }
}

pub async fn adult_form(
    State(app): State<App>,
    caller: Caller,
    Path((id, adult)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    let (pupil, one) = responsible(&app, &caller, (id, adult)).await?;
    let standing = &one.responsibility.standing;
    let form = StandingForm {
        parental_responsibility: standing.parental_responsibility.code().to_owned(),
        contact_order: standing.contact_order.code().to_owned(),
        court_marker: standing.court_marker.code().to_owned(),
        seen: one.responsibility.version.to_string(),
    };
    let frame = frame(&app, &caller, ADULT).back_to(format!("/roll/pupils/{id}"));
    page(&adult_page(frame, &pupil, &one, form))
}

pub async fn set_adult(
    State(app): State<App>,
    caller: Caller,
    Path((id, adult)): Path<(Uuid, Uuid)>,
    Sent(form): Sent<StandingForm>,
) -> Result<Response> {
    let (pupil, one) = responsible(&app, &caller, (id, adult)).await?;
    match form.parse() {
        Ok(standing) => {
            super::set_standing(&app, &caller, (id, adult), seen(&form.seen), standing).await?;
            Ok(Redirect::to(&format!("/roll/pupils/{id}")).into_response())
        }
        Err(errors) => {
            let frame = frame(&app, &caller, ADULT).back_to(format!("/roll/pupils/{id}")).with_errors(errors);
            page_again(&adult_page(frame, &pupil, &one, form))
        }
    }
}

fn sample_shown() -> Shown {
    let names = Names { forename: "William".into(), surname: "Young".into(), known_as: Some("Will".into()) };
    let pupil = Pupil {
        names,
        year_group: Some("4".into()),
        on_roll_from: Some(date(2022, 9, 5)),
        looked_after: Known::No,
        ..Pupil::sample("William", "Young")
    };
    let names = AdultNames { title: Some("Mrs".into()), forename: "Ewa".into(), surname: "Young".into() };
    let standing = Standing { relation: "parent".into(), parental_responsibility: Known::Yes, ..Standing::default() };
    let responsibility = Responsibility {
        id: Uuid::nil(),
        version: 1,
        pupil: Uuid::nil(),
        adult: Uuid::nil(),
        standing,
        ended_on: None,
    };
    let adult = Adult { id: Uuid::nil(), version: 1, names };
    let contact = Contact { email: Some("ewa.young@oakfield.test".into()), ..Contact::default() };
    let class = Class { id: Uuid::nil(), version: 1, name: "Elm".into(), year_group: None, ended_on: None };
    let adults = Some(vec![(Responsible { adult, responsibility }, contact)]);
    Shown { pupil, classes: vec![class], adults, may_see_markers: true }
}

pub fn samples() -> Vec<Sample> {
    let signed_in = |title: &str| Frame::sample(title).for_person("Tom Lister", "Oakfield Primary School");
    let today = date(2026, 11, 21);
    let Shown { pupil, adults, classes, .. } = sample_shown();
    let one = adults.unwrap_or_default().remove(0).0;
    let row = || pupil_row(&pupil, today);
    let roll = RollPage {
        frame: signed_in(ROLL),
        part: "you".into(),
        is_search: true,
        found: vec![row()],
        adults: vec![AdultRow { name: one.adult.names.in_full(), pupils: vec![row()] }],
        classes: classes.into_iter().map(|class| class_row((class, 20))).collect(),
        may_import: true,
        may_see_imports: true,
    };
    let class = ClassPage { frame: signed_in("Elm").back_to("/roll"), id: Uuid::nil(), pupils: vec![row()] };
    let shown = pupil_page(signed_in("Will Young").back_to("/roll"), sample_shown(), (true, true), today);
    let markers = MarkersForm::default();
    let frame = signed_in(MARKERS).with_errors(markers.parse().err().unwrap_or_default());
    let markers = MarkersPage { frame, id: Uuid::nil(), name: pupil.names.called(), form: markers, choices: choices() };
    let standing = StandingForm::default();
    let frame = signed_in(ADULT).with_errors(standing.parse().err().unwrap_or_default());
    let adult = adult_page(frame, &pupil, &one, standing);
    vec![
        Sample::of("roster/roll.html", &roll),
        Sample::of("roster/class.html", &class),
        Sample::of("roster/pupil.html", &shown),
        Sample::of("roster/markers.html wrong", &markers),
        Sample::of("roster/adult.html wrong", &adult),
    ]
}
