//! The page on which two policies stand side by side.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::Response;
use rulebook::Policy;
use serde::Deserialize;
use uuid::Uuid;

use super::AGAIN_SECONDS;
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock;
use crate::error::Result;
use crate::people::accounts::pages::frame;
use crate::policies::comparison::{ClauseChange, Flip, Outcome, Shown, Side, compare};
use crate::policies::words::Case;
use crate::policies::work::Progress;
use crate::policies::{self, drafts, packs};
use crate::web::forms::FormErrors;
use crate::web::layout::Frame;
use crate::web::{Sample, page};

const COMPARISON: &str = "Compare policies";
/// What stands for the policy in force in an address.
const IN_FORCE: &str = "in-force";

#[derive(Template)]
#[template(path = "policies/pages/comparison.html")]
struct ComparisonPage {
    frame: Frame,
    choices: [Chooser; 2],
    is_working: bool,
    address: String,
    failed: Option<String>,
    old_name: String,
    new_name: String,
    outcome: Option<Arc<Outcome>>,
}

/// One side of the form.
struct Chooser {
    field: &'static str,
    label: &'static str,
    /// Address and name of everything that can stand there.
    offered: Vec<(String, String)>,
    chosen: String,
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
}

/// The form, and once both are chosen what is different.
pub async fn comparison(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Result<Response> {
    drafts::may(&app, &caller, Act::SeePolicyDrafts)?;
    let offered = offered(&app, &caller).await?;
    let old = if asked.old.is_empty() { IN_FORCE.to_owned() } else { asked.old };
    let mut shown = form(frame(&app, &caller, COMPARISON).back_to("/policy/versions"), &offered, (&old, &asked.new));
    if asked.new.is_empty() {
        return page(&shown);
    }
    let sides = (chosen(&app, &caller, &old).await?, chosen(&app, &caller, &asked.new).await?);
    let (old, new) = match sides {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => {
            let mut errors = FormErrors::default();
            for (field, side) in [("old", old), ("new", new)] {
                if let Err(said) = side {
                    errors.add(field, said);
                }
            }
            shown.frame = shown.frame.with_errors(errors);
            return page(&shown);
        }
    };
    (shown.old_name, shown.new_name) = (old.title.clone(), new.title.clone());
    match compare(&old, &new, clock::today(app.clock.as_ref())).await? {
        Progress::Done(outcome) => shown.outcome = Some(outcome),
        Progress::Failed(said) => shown.failed = Some(policies::words::capitalised(&said)),
        Progress::Working => shown.is_working = true,
    }
    let is_working = shown.is_working;
    let mut response = page(&shown)?;
    if is_working {
        // A header, because the page itself must not move under somebody who reads it: it holds nothing to read yet.
        response.headers_mut().insert(header::REFRESH, AGAIN_SECONDS);
    }
    Ok(response)
}

/// Everything that can stand on a side: address and name.
async fn offered(app: &App, caller: &Caller) -> Result<Vec<(String, String)>> {
    let mut offered = vec![(IN_FORCE.to_owned(), "The policy in force".to_owned())];
    for draft in drafts::list(app, caller).await? {
        if matches!(draft.state, drafts::draft::State::Open | drafts::draft::State::Proposed { .. }) {
            offered.push((format!("draft-{}", draft.id), format!("Draft: {}", draft.name)));
        }
    }
    for version in policies::versions(app, caller).await? {
        let since = clock::date_in_words(clock::in_london(version.since).date());
        let entry = (version.hash.clone(), format!("{}, in force from {since}", version.title));
        if !offered.iter().any(|(address, _)| *address == entry.0) {
            offered.push(entry);
        }
    }
    for name in packs::NAMES {
        let policy = policies::shipped(name)?;
        offered.push((name.to_owned(), format!("As shipped: {}, {}", policy.title, policy.school)));
    }
    Ok(offered)
}

fn form(frame: Frame, offered: &[(String, String)], (old, new): (&str, &str)) -> ComparisonPage {
    let chooser =
        |field, label, chosen: &str| Chooser { field, label, offered: offered.to_vec(), chosen: chosen.to_owned() };
    ComparisonPage {
        frame,
        choices: [chooser("old", "From", old), chooser("new", "To", new)],
        is_working: false,
        address: address(old, new),
        failed: None,
        old_name: String::new(),
        new_name: String::new(),
        outcome: None,
    }
}

/// The address of a comparison.
pub fn address(old: &str, new: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!("/policy/comparison?{}", query.append_pair("old", old).append_pair("new", new).finish())
}

/// The policy behind an address; a sentence for the person where it cannot be compared.
async fn chosen(app: &App, caller: &Caller, address: &str) -> Result<std::result::Result<Arc<Policy>, String>> {
    if address == IN_FORCE {
        return policies::in_force(app, caller.school).await.map(Ok);
    }
    if let Some(id) = address.strip_prefix("draft-").and_then(|id| id.parse::<Uuid>().ok()) {
        let draft = drafts::show(app, caller, id).await?;
        let reading = drafts::reading(&draft.files).await?;
        return Ok(reading.map_err(|faults| {
            let many = if faults.len() == 1 { "1 fault" } else { &format!("{} faults", faults.len()) };
            format!("Mend the draft first: it has {many}")
        }));
    }
    match packs::NAMES.contains(&address) {
        true => policies::shipped(address).map(Ok),
        false => policies::by_hash(app, caller, address).await.map(Ok),
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let here = || Frame::sample(COMPARISON).for_person("Grace Osei", "Oakfield Primary School");
    let offered =
        [(IN_FORCE.to_owned(), "The policy in force".to_owned()), ("westacre".to_owned(), "As shipped".to_owned())];
    let blank = || form(here(), &offered, (IN_FORCE, "westacre"));
    let case = || Case {
        who: "A teacher".to_owned(),
        act: "May I accept this friend or contact request?".to_owned(),
        facts: vec![("Who is it?".to_owned(), "a pupil of the school".to_owned())],
    };
    let side = |said, tint| Side {
        said,
        tint,
        next_step: "Turn it down.".to_owned(),
        clauses: vec!["personal-conduct.5".to_owned()],
    };
    let difference = Shown {
        change: "Looser",
        case: case(),
        old: side("No, you must not", "app-verdict--stop"),
        new: side("No, you should not", "app-verdict--stop"),
        share: "about 8 of 100 cases that can be told apart".to_owned(),
    };
    let flip = Flip {
        clause: "personal-conduct.5".to_owned(),
        case: case(),
        from: "No, you must not",
        to: "The policy does not say",
    };
    let words = |text: &str| Some(text.to_owned());
    let changed = ClauseChange {
        clause: "personal-conduct.5".to_owned(),
        title: "Pupils as friends".to_owned(),
        old: words("Never."),
        new: None,
    };
    let outcome = |acts: Vec<_>, flips: Vec<Flip>, clauses| Outcome {
        counts: acts.iter().map(|_| ("Looser", 1)).collect(),
        acts,
        alike: vec!["May I follow this person?".to_owned()],
        flips_all: flips.len(),
        flips,
        examples_all: 400,
        clauses,
        settings: vec![("off".to_owned(), "nothing".to_owned(), "aims.1".to_owned())],
    };
    let differs = outcome(vec![("May I accept?".to_owned(), vec![difference])], vec![flip], vec![changed]);
    let same = outcome(vec![], vec![], vec![]);
    let with = |outcome| ComparisonPage { outcome: Some(Arc::new(outcome)), ..blank() };
    let wrong = FormErrors::one("new", "Mend the draft first: it has 2 faults");
    vec![
        Sample::of("policies/pages/comparison.html", &with(differs)),
        Sample::of("policies/pages/comparison.html same", &with(same)),
        Sample::of("policies/pages/comparison.html working", &ComparisonPage { is_working: true, ..blank() }),
        Sample::of(
            "policies/pages/comparison.html wrong",
            &ComparisonPage { frame: here().with_errors(wrong), ..blank() },
        ),
    ]
}
