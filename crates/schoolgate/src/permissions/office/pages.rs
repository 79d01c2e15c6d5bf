//! The lists of the register: where to begin, a class, the sheets for the camera, counts, what is outstanding.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::lists::{self, ClassView, Paged};
use super::{is_offered, may};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock::{self, date_in_words, from_millis, moment_in_words};
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::permissions::standing::Light;
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

pub use super::person_pages::{
    answer_own, answers_form, enter, export, export_paper, invite, note_wish, own, person, withhold, withholding,
};
pub use super::post_pages::{send as send_post, show as class_post};
pub use super::purpose_pages::{
    add as add_purpose, change as change_purpose, edit as purpose, list as purposes, new as new_purpose, paper,
};

pub use super::adult_pages::{enter as enter_adult, form as adult_form, list as adults, show as adult};
pub use super::refusal_pages::{list as refusals, refusal, settle};
pub use super::return_pages::{note as note_return, show as returns, take_back as take_return_back};

const BEGIN: &str = "Permissions";
const OUTSTANDING: &str = "Outstanding permissions";
const COUNTS: &str = "Permissions in numbers";

/// A list, in the one shape that all of them have.
#[derive(Template)]
#[template(path = "permissions/office/table.html")]
pub(super) struct TablePage {
    pub(super) frame: Frame,
    pub(super) intro: Vec<String>,
    /// Where a name is looked for, and what was typed.
    pub(super) search: Option<(&'static str, String)>,
    pub(super) links: Vec<(String, String)>,
    pub(super) heads: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) nothing: &'static str,
    /// The pages before and after this one.
    pub(super) pages: Vec<(String, String)>,
}

/// The ways to the pages around one page of a list.
pub(super) fn pages_around<T>(list: &Paged<T>, address: &str) -> Vec<(String, String)> {
    let Paged { page, pages, .. } = *list;
    let way = |to: usize, said: &str| (format!("{address}?page={to}"), format!("{said} ({to} of {pages})"));
    let before = (page > 1).then(|| way(page - 1, "Page before"));
    let after = (page < pages).then(|| way(page + 1, "Next page"));
    before.into_iter().chain(after).collect()
}

#[derive(Default)]
pub(super) struct Cell {
    text: String,
    /// Where it leads; empty: nowhere.
    address: String,
    is_light: bool,
    /// A press instead of a link.
    is_press: bool,
}

impl Cell {
    pub(super) fn of(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), ..Cell::default() }
    }

    pub(super) fn link(text: impl Into<String>, address: String) -> Cell {
        Cell { address, ..Cell::of(text) }
    }

    pub(super) fn light(light: Light) -> Cell {
        Cell { is_light: true, ..Cell::of(light.label()) }
    }

    pub(super) fn press(text: &str, address: String) -> Cell {
        Cell { is_press: true, address, ..Cell::of(text) }
    }

    /// A shape beside the colour, and the word beside both.
    fn shape(&self) -> &'static str {
        match self.text.as_str() {
            "Yes" => "yes",
            "No" => "no",
            _ => "not-yet",
        }
    }

    fn sign(&self) -> &'static str {
        match self.text.as_str() {
            "Yes" => "●",
            "No" => "■",
            _ => "▲",
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    pub(super) name: Option<String>,
    purpose: Option<String>,
    page: Option<String>,
}

impl Asked {
    /// The page of a long list, from 1; whatever is no number is the first.
    pub(super) fn page(&self) -> usize {
        self.page.as_deref().and_then(|page| page.parse().ok()).unwrap_or(1)
    }
}

/// Where one begins: classes for everybody who may look, search and work for those who keep the register.
pub async fn begin(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response> {
    let classes = lists::classes(&app, &caller).await?;
    let keeps = is_offered(&app, &caller, Act::SeePermissions);
    let mut links = Vec::new();
    if keeps {
        links.push(("/permissions/outstanding".to_owned(), "See what is outstanding".to_owned()));
        links.push(("/permissions/adults".to_owned(), "Find an adult".to_owned()));
        links.push(("/permissions/refusals".to_owned(), "Settle what files have said no to".to_owned()));
        links.push(("/permissions/counts".to_owned(), "See the numbers".to_owned()));
    }
    if is_offered(&app, &caller, Act::KeepPurposes) {
        links.push(("/permissions/purposes".to_owned(), "Look after the purposes".to_owned()));
    }
    links.push(("/permissions/own".to_owned(), "Answer for yourself".to_owned()));
    let found = match asked.name.as_deref().filter(|name| keeps && !name.trim().is_empty()) {
        Some(name) => Some(lists::search(&app, &caller, name).await?),
        None => None,
    };
    let (heads, rows, nothing) = match found {
        Some(found) => {
            let row = |pupil: &crate::roster::pupil::Pupil| {
                let year = pupil.year_group.clone().unwrap_or_else(|| "Not known".to_owned());
                vec![Cell::link(pupil.names.in_full(), format!("/permissions/people/{}", pupil.id)), Cell::of(year)]
            };
            (vec!["Pupil", "Year group"], found.iter().map(row).collect(), "Nobody on the roll is called that.")
        }
        None => {
            let row = |class: &crate::roster::pupil::Class| {
                let address = format!("/permissions/classes/{}", class.id);
                let mut row = vec![
                    Cell::link(&class.name, address.clone()),
                    Cell::link("Not in the picture", format!("{address}/sheet")),
                    Cell::link("Form on paper", format!("{address}/form")),
                ];
                if keeps {
                    row.push(Cell::link("Forms that came back", format!("{address}/returns")));
                    row.push(Cell::link("Ask for answers", format!("{address}/post")));
                }
                row
            };
            let mut heads = vec!["Class", "Sheet", "Form"];
            heads.extend(keeps.then_some(["Returns", "Answers"]).into_iter().flatten());
            (heads, classes.iter().map(row).collect(), "There is no class yet.")
        }
    };
    let search = keeps.then(|| ("/permissions", asked.name.unwrap_or_default()));
    let intro = vec!["For what each person may be shown or named, and who decided it.".to_owned()];
    let frame = frame(&app, &caller, BEGIN).back_to("/");
    page(&TablePage { frame, intro, search, links, heads, rows, nothing, pages: Vec::new() })
}

/// A class and one purpose, with the way to the others.
pub async fn class(
    State(app): State<App>,
    caller: Caller,
    Path(class): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let view = lists::class(&app, &caller, class, asked.purpose.as_deref()).await?;
    let keeps = is_offered(&app, &caller, Act::SeePermissions);
    let title = format!("{}: {}", view.class.name, view.purpose.label);
    let frame = frame(&app, &caller, &title).back_to("/permissions");
    page(&class_page(frame, &view, keeps.then_some("/permissions/people")))
}

/// `people`: where the pages of single pupils are, for whoever may open them.
fn class_page(frame: Frame, view: &ClassView, people: Option<&str>) -> TablePage {
    let address = |code: &str| format!("/permissions/classes/{}?purpose={code}", view.class.id);
    let others = view.purposes.iter().filter(|purpose| purpose.id != view.purpose.id);
    let sheet = format!("/permissions/classes/{}/sheet?purpose={}", view.class.id, view.purpose.code);
    let mut links = vec![(sheet, "Who must not be in the picture, to print".to_owned())];
    links.extend(others.map(|purpose| (address(&purpose.code), purpose.label.clone())));
    let row = |(pupil, light): &(crate::roster::pupil::Pupil, Light)| {
        let name = pupil.names.called();
        let name = match people {
            Some(people) => Cell::link(name, format!("{people}/{}", pupil.id)),
            None => Cell::of(name),
        };
        vec![name, Cell::light(*light)]
    };
    TablePage {
        frame,
        intro: vec!["Only a yes is a yes. Not yet means: leave this person out for now.".to_owned()],
        search: None,
        links,
        heads: vec!["Pupil", "May be shown"],
        rows: view.pupils.iter().map(row).collect(),
        nothing: "Nobody is in this class.",
        pages: Vec::new(),
    }
}

/// Names only, for whoever holds the camera today.
pub async fn sheet(
    State(app): State<App>,
    caller: Caller,
    Path(class): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let view = lists::class(&app, &caller, class, asked.purpose.as_deref()).await?;
    let today = clock::today(app.clock.as_ref());
    let title = format!("Not in the picture: {}", view.class.name);
    let frame = frame(&app, &caller, &title).back_to(format!("/permissions/classes/{class}"));
    page(&sheet_page(frame, &view, &date_in_words(today)))
}

fn sheet_page(frame: Frame, view: &ClassView, day: &str) -> TablePage {
    let out = view.pupils.iter().filter(|(_, light)| *light != Light::Yes);
    TablePage {
        frame,
        intro: vec![
            format!("For {}. Everybody else in this class may be shown.", view.purpose.label.to_lowercase()),
            format!("For {day} only. Whoever prints this tears it up at the end of the day."),
        ],
        search: None,
        links: Vec::new(),
        heads: vec!["Name"],
        rows: out.map(|(pupil, _)| vec![Cell::of(pupil.names.called())]).collect(),
        nothing: "Everybody in this class may be shown today.",
        pages: Vec::new(),
    }
}

pub async fn outstanding(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response> {
    let all = lists::outstanding(&app, &caller, asked.page()).await?;
    let keeps = is_offered(&app, &caller, Act::KeepPermissions);
    let row = |one: &lists::Outstanding| {
        let since = one.since.map_or_else(|| "Soon".to_owned(), |at| moment_in_words(from_millis(at)));
        let done = match one.settle.filter(|_| keeps) {
            Some(lists::Settle::Task(task)) => Cell::press("It is settled", format!("/permissions/tasks/{task}/end")),
            Some(lists::Settle::Letter(mail)) => Cell::press("It is settled", format!("/school/post/{mail}/end")),
            None => Cell::of(""),
        };
        let name = Cell::link(one.pupil.names.called(), format!("/permissions/people/{}", one.pupil.id));
        vec![name, Cell::of(one.what), Cell::of(since), done]
    };
    page(&TablePage {
        frame: frame(&app, &caller, OUTSTANDING).back_to("/permissions"),
        intro: vec!["What somebody has to settle, ask or ask again. Until then it is not a yes.".to_owned()],
        search: None,
        links: Vec::new(),
        heads: vec!["Pupil", "What", "Since", "Action"],
        rows: all.rows.iter().map(row).collect(),
        nothing: "Nothing is outstanding.",
        pages: pages_around(&all, "/permissions/outstanding"),
    })
}

pub async fn end_task(State(app): State<App>, caller: Caller, Path(task): Path<Uuid>) -> Result<Response> {
    lists::finish_task(&app, &caller, task).await?;
    Ok(Redirect::to("/permissions/outstanding").into_response())
}

/// How many for one purpose; of the others the way there.
pub async fn counts(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response> {
    may(&app, &caller, Act::SeePermissions)?;
    let purposes = super::purpose_pages::in_use(&app, &caller).await?;
    let code = asked.purpose.unwrap_or_else(|| "website".to_owned());
    let (purpose, counts) = lists::counts(&app, &caller, &code).await?;
    let others = purposes.iter().filter(|other| other.code != purpose.code);
    let links = others.map(|other| (format!("/permissions/counts?purpose={}", other.code), other.label.clone()));
    let row = |what: &str, count: usize| vec![Cell::of(what), Cell::of(count.to_string())];
    page(&TablePage {
        frame: frame(&app, &caller, COUNTS).back_to("/permissions"),
        intro: vec![format!("{}: pupils on roll today.", purpose.label)],
        search: None,
        links: links.collect(),
        heads: vec!["Answer", "Pupils"],
        rows: vec![row("Yes", counts.yes), row("No", counts.no), row("Not yet", counts.not_yet)],
        nothing: "",
        pages: Vec::new(),
    })
}

pub fn samples() -> Vec<Sample> {
    let frame = |title: &str| Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School");
    let rows = |lights: [Light; 3]| {
        let names = ["Ollie Smith", "Rose Adeyemi", "Zoë O'Brien"];
        let row = |(name, light): (&str, Light)| {
            vec![Cell::link(name, format!("/permissions/people/{}", Uuid::nil())), Cell::light(light)]
        };
        names.into_iter().zip(lights).map(row).collect()
    };
    let table = TablePage {
        frame: frame("Elm: Pictures on the school's website").back_to("/permissions"),
        intro: vec!["Only a yes is a yes.".to_owned()],
        search: Some(("/permissions", "smi".to_owned())),
        links: vec![("/permissions/outstanding".to_owned(), "See what is outstanding".to_owned())],
        heads: vec!["Pupil", "May be shown"],
        rows: rows([Light::Yes, Light::No, Light::NotYet]),
        nothing: "",
        pages: Vec::new(),
    };
    let tasks = TablePage {
        frame: frame(OUTSTANDING),
        intro: Vec::new(),
        search: None,
        links: Vec::new(),
        heads: vec!["Pupil", "Action"],
        rows: vec![vec![Cell::of("Ollie Smith"), Cell::press("It is settled", "/permissions/tasks/0/end".to_owned())]],
        nothing: "",
        pages: vec![
            ("/permissions/outstanding?page=1".to_owned(), "Page before (1 of 3)".to_owned()),
            ("/permissions/outstanding?page=3".to_owned(), "Next page (3 of 3)".to_owned()),
        ],
    };
    let lists = vec![
        Sample::of("permissions/office/table.html class", &table),
        Sample::of("permissions/office/table.html tasks", &tasks),
    ];
    let others = [
        super::adult_pages::samples(),
        super::person_pages::samples(),
        super::purpose_pages::samples(),
        super::refusal_pages::samples(),
        super::return_pages::samples(),
        super::post_pages::samples(),
    ];
    lists.into_iter().chain(others.into_iter().flatten()).collect()
}
