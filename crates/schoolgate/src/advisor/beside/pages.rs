//! The table of answers, and each answer whole.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use rulebook::{Policy, Ruling};

use super::Row;
use crate::access::Caller;
use crate::advisor::told;
use crate::app::App;
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::policies::document::anchor_of;
use crate::policies::words::{Answered, Case, tint, verdict_said};
use crate::policies::{packs, shipped};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

const BESIDE: &str = "Five policies side by side";

#[derive(Template)]
#[template(path = "advisor/beside/table.html")]
struct TablePage {
    frame: Frame,
    /// The schools, in the order of the columns.
    schools: Vec<String>,
    topics: Vec<Topic>,
}

struct Topic {
    name: String,
    rows: Vec<Shown>,
}

struct Shown {
    id: String,
    ask: String,
    cells: Vec<Cell>,
}

struct Cell {
    pack: &'static str,
    school: String,
    said: &'static str,
    tint: &'static str,
}

#[derive(Template)]
#[template(path = "advisor/beside/ruling.html")]
struct RulingPage {
    frame: Frame,
    school: String,
    policy: String,
    version: String,
    answered: Answered,
    clauses: Vec<Cited>,
    duties: Vec<(String, String)>,
    needs: Vec<(String, String)>,
    doubts: Vec<(String, String)>,
}

struct Cited {
    anchor: String,
    place: String,
    wording: String,
    bears: &'static str,
}

pub async fn table(State(app): State<App>, caller: Caller) -> Result<Response> {
    crate::advisor::may_ask(&app, &caller)?;
    let rows = super::rows().await?;
    page(&table_page(frame(&app, &caller, BESIDE).back_to("/policy"), &rows)?)
}

fn table_page(frame: Frame, rows: &[Row]) -> Result<TablePage> {
    let school = |name: &&str| Ok(shipped(name)?.school.clone());
    let schools = packs::NAMES.iter().map(school).collect::<Result<Vec<String>>>()?;
    let mut topics: Vec<Topic> = vec![];
    for row in rows {
        let cell = |((pack, school), verdict): ((&&'static str, &String), &rulebook::Verdict)| Cell {
            pack,
            school: school.clone(),
            said: verdict_said(*verdict),
            tint: tint(*verdict),
        };
        let cells = packs::NAMES.iter().zip(&schools).zip(&row.verdicts).map(cell).collect();
        let shown = Shown { id: row.case.id.clone(), ask: row.case.ask.clone(), cells };
        match topics.last_mut().filter(|topic| topic.name == row.case.topic) {
            Some(topic) => topic.rows.push(shown),
            None => topics.push(Topic { name: row.case.topic.clone(), rows: vec![shown] }),
        }
    }
    Ok(TablePage { frame, schools, topics })
}

pub async fn ruling(
    State(app): State<App>,
    caller: Caller,
    Path((case, pack)): Path<(String, String)>,
) -> Result<Response> {
    crate::advisor::may_ask(&app, &caller)?;
    let (ask, situation, policy, ruling) = super::ruling(&case, &pack).await?;
    let case = Case::of(&situation, policy.vocabulary());
    page(&ruling_page(frame(&app, &caller, ask).back_to("/policies"), &policy, (case, &ruling)))
}

fn ruling_page(frame: Frame, policy: &Policy, (case, ruling): (Case, &Ruling)) -> RulingPage {
    let cited = |citation: &rulebook::Citation| Cited {
        anchor: anchor_of(&citation.clause).to_owned(),
        place: citation.place.clone(),
        wording: citation.wording.clone(),
        bears: told::effect_said(citation.effect),
    };
    RulingPage {
        frame,
        school: policy.school.clone(),
        policy: policy.title.clone(),
        version: policy.version.clone(),
        answered: Answered::with(case, ruling),
        clauses: ruling.citations.iter().map(cited).collect(),
        duties: ruling.duties.iter().map(|duty| (told::duty_said(duty), anchor_of(&duty.clause).to_owned())).collect(),
        needs: ruling.needs.iter().map(|need| (told::need_said(need), anchor_of(&need.clause).to_owned())).collect(),
        doubts: ruling.doubts.iter().map(|doubt| (doubt.reading.clone(), doubt.other.clone())).collect(),
    }
}

pub fn samples() -> Vec<Sample> {
    let here = |title: &str| Frame::sample(title).for_person("Tess Teacher", "Oakfield Primary School");
    // A list or a pack that does not read has its own tests; the samples then lack, and `tests/pages.rs` says which.
    let (Ok(rows), Ok(policy)) = (super::answered(), shipped("westacre")) else { return vec![] };
    let Ok(table) = table_page(here(BESIDE), &rows[..3]) else { return vec![] };
    let case = &rows[0].case;
    let ruling = policy.rule(&case.situation);
    let told = Case::of(&case.situation, policy.vocabulary());
    // A hash that does not change with every letter of the pack.
    let whole = RulingPage { version: "0123".to_owned(), ..ruling_page(here(&case.ask), &policy, (told, &ruling)) };
    vec![Sample::of("advisor/beside/table.html", &table), Sample::of("advisor/beside/ruling.html", &whole)]
}
