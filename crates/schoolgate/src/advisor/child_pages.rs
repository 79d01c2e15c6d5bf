//! The pages that ask which children a question is about: first the classes, then the children in them.

use askama::Template;
use axum::response::Response;
use rulebook::Policy;
use std::sync::Arc;
use uuid::Uuid;

use super::children::{CHILDREN, CHILDREN_ASKED, CHILDREN_MAX, CLASSES, CLASSES_ASKED};
use super::journey::{Answer, Journey, Known, NONE, UNKNOWN};
use super::pages::{Offered, QuestionPage, asked, carried, not_ours, show};
use crate::access::Caller;
use crate::app::App;
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::permissions::on_record;
use crate::roster::pupil::{Class, Pupil};
use crate::web::forms::{Fields, FormErrors};
use crate::web::layout::Frame;
use crate::web::{Sample, page, page_again};

/// As many classes as one page lists.
const CLASSES_MAX: usize = 12;

#[derive(Template)]
#[template(path = "advisor/children.html")]
struct ChildrenPage {
    frame: Frame,
    act: String,
    act_asked: String,
    classes: Vec<Listed>,
    known: Vec<Known>,
    carried: Vec<String>,
}

/// A class with the ids and names of its children; `first` is the number of the first of them on the page.
struct Listed {
    id: Uuid,
    name: String,
    first: usize,
    children: Vec<(Uuid, String)>,
}

/// Asked once, and only where the register could change the verdict; it can always be left unsaid.
pub(super) fn classes_page(frame: Frame, journey: &Journey, policy: &Policy) -> QuestionPage {
    let offered = |value: String, label: &str, alone| Offered { value, label: label.to_owned(), alone };
    let classes = journey.classes.iter().map(|(id, name)| offered(id.to_string(), name, false));
    let others = [
        offered(NONE.to_owned(), "No particular child", true),
        offered(UNKNOWN.to_owned(), "I would rather not say", true),
    ];
    QuestionPage {
        frame: frame.back_to("/questions"),
        act: journey.act.clone(),
        act_asked: asked(journey, policy),
        path: CLASSES.to_owned(),
        is_set: true,
        is_number: false,
        typed: String::new(),
        choices: classes.chain(others).collect(),
        known: journey.known(policy.vocabulary()),
        carried: journey.answers.iter().map(Answer::carried).collect(),
    }
}

/// Takes the classes and shows their children, or takes the children and goes on.
pub(super) async fn picked(
    app: &App,
    caller: &Caller,
    (mut journey, policy): (Journey, &Arc<Policy>),
    form: &Fields,
) -> Result<Response> {
    let given: Vec<&str> = form.all("answer").collect();
    if form.one("fact") == CHILDREN {
        if given.is_empty() || given.len() > CHILDREN_MAX {
            let said = format!("Select between 1 and {CHILDREN_MAX} children, or choose other classes");
            let errors = FormErrors::one("answer", said);
            let classes = classes_of(&journey, &form.all("class").collect::<Vec<_>>())?;
            let lists = on_record::children(app, caller, &classes).await?;
            let frame = frame(app, caller, CHILDREN_ASKED).with_errors(errors);
            return page_again(&children_page(frame, (&journey, policy), lists));
        }
    } else if !matches!(given[..], [NONE] | [UNKNOWN]) {
        let alone = given.iter().any(|value| [NONE, UNKNOWN].contains(value));
        if given.is_empty() || given.len() > CLASSES_MAX || alone {
            let said = format!("Select up to {CLASSES_MAX} classes, or one of the last two alone");
            let frame = frame(app, caller, CLASSES_ASKED).with_errors(FormErrors::one("answer", said));
            return page_again(&classes_page(frame, &journey, policy));
        }
        let lists = on_record::children(app, caller, &classes_of(&journey, &given)?).await?;
        return page(&children_page(frame(app, caller, CHILDREN_ASKED), (&journey, policy), lists));
    }
    journey.answer(carried(&journey, &Answer::new(CHILDREN, &given).carried())?);
    super::ask_register(app, caller, &mut journey).await?;
    show(app, caller, &journey, policy)
}

/// The classes that were chosen, if they were offered.
fn classes_of(journey: &Journey, given: &[&str]) -> Result<Vec<Uuid>> {
    let offered = |value: &&str| {
        let id = Uuid::parse_str(value).ok()?;
        journey.classes.iter().any(|(known, _)| *known == id).then_some(id)
    };
    given.iter().map(offered).collect::<Option<Vec<Uuid>>>().ok_or_else(not_ours)
}

fn children_page(
    frame: Frame,
    (journey, policy): (&Journey, &Policy),
    lists: Vec<(Class, Vec<Pupil>)>,
) -> ChildrenPage {
    let mut first = 1;
    let listed = |(class, pupils): (Class, Vec<Pupil>)| {
        let children: Vec<(Uuid, String)> = pupils.iter().map(|pupil| (pupil.id, pupil.names.called())).collect();
        let listed = Listed { id: class.id, name: class.name, first, children };
        first += listed.children.len();
        listed
    };
    ChildrenPage {
        frame: frame.back_to("/questions"),
        act: journey.act.clone(),
        act_asked: asked(journey, policy),
        classes: lists.into_iter().map(listed).collect(),
        known: journey.known(policy.vocabulary()),
        carried: journey.answers.iter().map(Answer::carried).collect(),
    }
}

pub(super) fn samples(policy: &Policy) -> Vec<Sample> {
    let here = |title: &str| Frame::sample(title).for_person("Tess Teacher", "Oakfield Primary School");
    let classes = vec![(Uuid::from_u128(1), "Elm".to_owned()), (Uuid::from_u128(2), "Oak".to_owned())];
    let answers = vec![Answer::new("content.shows", &["pupil"])];
    let journey = Journey { act: "publish".to_owned(), classes, answers, ..Journey::default() };
    let listed = |id, name: &str, first, children: &[&str]| Listed {
        id: Uuid::from_u128(id),
        name: name.to_owned(),
        first,
        children: children.iter().map(|name| (Uuid::from_u128(id + 8), (*name).to_owned())).collect(),
    };
    let children = |frame: Frame| ChildrenPage {
        classes: vec![listed(1, "Elm", 1, &["Rose Adeyemi", "Zoë O'Brien"]), listed(2, "Oak", 3, &["Will Young"])],
        ..children_page(frame, (&journey, policy), Vec::new())
    };
    let wrong = FormErrors::one("answer", "Select between 1 and 64 children, or choose other classes");
    vec![
        Sample::of("advisor/question.html classes", &classes_page(here(CLASSES_ASKED), &journey, policy)),
        Sample::of("advisor/children.html", &children(here(CHILDREN_ASKED))),
        Sample::of("advisor/children.html wrong", &children(here(CHILDREN_ASKED).with_errors(wrong))),
    ]
}
