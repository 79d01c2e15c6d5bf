//! What an author should look at again in a policy, and what its examples show.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use jiff::civil::{Date, date};
use rulebook::{Finding, Policy, Situation};
use serde_json::Value;
use uuid::Uuid;

use super::AGAIN_SECONDS;
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock::date_in_words;
use crate::error::{Refused, Result};
use crate::people::accounts::pages::frame;
use crate::policies::command::lint;
use crate::policies::document::anchor_of;
use crate::policies::words::{Case, capitalised};
use crate::policies::work::{Progress, Works};
use crate::policies::{self, drafts};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

const CHECK: &str = "What to look at again";
/// The day of the cases that are shown; nothing in them runs out.
const ASKED_ON: Date = date(2026, 9, 1);
/// Gaps in the examples that are listed.
const GAPS_SHOWN: usize = 60;

#[derive(Template)]
#[template(path = "policies/pages/check.html")]
struct CheckPage {
    frame: Frame,
    title: String,
    address: String,
    is_working: bool,
    failed: Option<String>,
    /// What the school's records say of its approval, which the files of a policy need not say again.
    approval: Option<String>,
    looked: Option<Arc<Looked>>,
}

/// What looking through a policy gave.
struct Looked {
    findings: Vec<Shown>,
    clauses: usize,
    by_effect: Vec<(String, usize)>,
    examples: usize,
    deciding: usize,
    /// What no example shows: clause, line and words.
    gaps: Vec<(String, usize, String)>,
    gaps_all: usize,
    unreached: Vec<(String, usize)>,
    planned: Vec<(String, String)>,
}

/// The finding that nothing says who approved the policy.
const NOT_APPROVED: &str = "D1";

/// A finding as the page tells it.
struct Shown {
    code: &'static str,
    clause: Option<String>,
    place: String,
    said: String,
    advice: String,
    case: Option<Case>,
}

/// The policy in force.
pub async fn in_force(State(app): State<App>, caller: Caller) -> Result<Response> {
    drafts::may(&app, &caller, Act::SeePolicyDrafts)?;
    let policy = policies::in_force(&app, caller.school).await?;
    let decision = policies::decision_on(&app, &caller, &policy.version).await?;
    let mut blank = blank(
        frame(&app, &caller, CHECK).back_to("/policy/versions"),
        policy.title.clone(),
        "/policy/check".to_owned(),
    );
    blank.approval = decision.map(|decision| {
        format!(
            "{} approved it on {}; it is to be looked at again by {}.",
            decision.body,
            date_in_words(decision.met_on),
            date_in_words(decision.review_on)
        )
    });
    shown(blank, policy).await
}

/// A draft.
pub async fn draft(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let draft = drafts::show(&app, &caller, id).await?;
    let policy = drafts::reading(&draft.files).await?;
    let policy =
        policy.map_err(|_| Refused::because("the draft has faults; it can be looked through when they are mended"))?;
    let frame = frame(&app, &caller, CHECK).back_to(format!("/policy/drafts/{id}"));
    let mut blank = blank(frame, policy.title.clone(), format!("/policy/drafts/{id}/findings"));
    blank.approval =
        Some("Who approves it, when, and when it is looked at again is written down when it is adopted.".to_owned());
    shown(blank, policy).await
}

async fn shown(mut shown: CheckPage, policy: Arc<Policy>) -> Result<Response> {
    static WORKS: Works<Looked> = Works::new();
    match WORKS.outcome(policy.version.clone(), move || looked(&policy)).await? {
        Progress::Done(looked) => shown.looked = Some(looked),
        Progress::Failed(said) => shown.failed = Some(capitalised(&said)),
        Progress::Working => shown.is_working = true,
    }
    let is_working = shown.is_working;
    let mut response = page(&shown)?;
    if is_working {
        response.headers_mut().insert(header::REFRESH, AGAIN_SECONDS);
    }
    Ok(response)
}

fn blank(frame: Frame, title: String, address: String) -> CheckPage {
    CheckPage { frame, title, address, approval: None, is_working: false, failed: None, looked: None }
}

fn looked(policy: &Policy) -> std::result::Result<Looked, String> {
    let findings =
        lint::findings(policy).map_err(|faults| faults.iter().map(ToString::to_string).collect::<String>())?;
    let coverage = rulebook::coverage(policy);
    let missing = coverage.deciding.iter().flat_map(|clause| {
        clause.missing.iter().map(|missing| (anchor_of(&clause.clause).to_owned(), missing.line, missing.said.clone()))
    });
    let gaps: Vec<_> = missing.collect();
    Ok(Looked {
        findings: findings.iter().map(|finding| told(finding, policy)).collect(),
        clauses: coverage.clauses,
        by_effect: coverage.by_effect.into_iter().collect(),
        examples: coverage.examples,
        deciding: coverage.deciding.len(),
        gaps_all: gaps.len(),
        gaps: gaps.into_iter().take(GAPS_SHOWN).collect(),
        unreached: coverage.unreached.iter().map(|rule| (anchor_of(&rule.clause).to_owned(), rule.line)).collect(),
        planned: coverage
            .planned
            .iter()
            .map(|planned| (anchor_of(&planned.clause).to_owned(), planned.served_by.join(", ")))
            .collect(),
    })
}

impl CheckPage {
    /// What to look at again, without what the school's own records settle.
    fn findings(&self) -> Vec<&Shown> {
        let settled = |shown: &&Shown| self.approval.is_some() && shown.code == NOT_APPROVED;
        self.looked.iter().flat_map(|looked| &looked.findings).filter(|shown| !settled(shown)).collect()
    }
}

fn told(finding: &Finding, policy: &Policy) -> Shown {
    let case = |situation: &Value| {
        let batch = Situation::read_json(policy.vocabulary(), "finding", &situation.to_string(), ASKED_ON).ok()?;
        batch.situations.first().map(|situation| Case::of(situation, policy.vocabulary()))
    };
    Shown {
        code: finding.code,
        clause: finding.clause.as_deref().map(|clause| anchor_of(clause).to_owned()),
        place: format!("{}, line {}", finding.file, finding.line),
        said: capitalised(&finding.said),
        advice: capitalised(&finding.advice),
        case: finding.situation.as_ref().and_then(case),
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let here = || Frame::sample(CHECK).for_person("Grace Osei", "Oakfield Primary School");
    let page = || blank(here(), "Guidance for staff".to_owned(), "/policy/check".to_owned());
    let finding = |clause: Option<&str>| Shown {
        code: "clash",
        clause: clause.map(str::to_owned),
        place: "02-personal-conduct.md, line 150".to_owned(),
        said: "Two clauses say opposite things of one case".to_owned(),
        advice: "Let one of them give way".to_owned(),
        case: clause.map(|_| Case {
            who: "A teacher".to_owned(),
            act: "May I post this?".to_owned(),
            facts: vec![("When is it?".to_owned(), "Outside working hours".to_owned())],
        }),
    };
    let looked = Looked {
        findings: vec![finding(Some("personal-conduct.5")), finding(None)],
        clauses: 47,
        by_effect: vec![("decides".to_owned(), 20)],
        examples: 400,
        deciding: 20,
        gaps: vec![("personal-conduct.5".to_owned(), 150, "no example just outside this condition".to_owned())],
        gaps_all: 2,
        unreached: vec![("aims.1".to_owned(), 12)],
        planned: vec![("personal-conduct.6".to_owned(), "GET /concerns".to_owned())],
    };
    let nothing = Looked {
        findings: vec![],
        gaps: vec![],
        gaps_all: 0,
        unreached: vec![],
        planned: vec![],
        by_effect: vec![],
        ..looked_sample()
    };
    vec![
        Sample::of("policies/pages/check.html", &CheckPage { looked: Some(Arc::new(looked)), ..page() }),
        Sample::of(
            "policies/pages/check.html nothing",
            &CheckPage {
                looked: Some(Arc::new(nothing)),
                approval: Some("The governing body approved it on 3 November 2026.".to_owned()),
                ..page()
            },
        ),
        Sample::of("policies/pages/check.html working", &CheckPage { is_working: true, ..page() }),
    ]
}

/// The numbers of a policy in which there is nothing to look at.
fn looked_sample() -> Looked {
    Looked {
        findings: vec![],
        clauses: 47,
        by_effect: vec![],
        examples: 400,
        deciding: 20,
        gaps: vec![],
        gaps_all: 0,
        unreached: vec![],
        planned: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_names_its_place_and_what_to_do() {
        let policy = policies::shipped("westacre").expect("reads");
        let looked = looked(&policy).expect("looked through");
        assert!(!looked.findings.is_empty(), "no review date is set, which is one finding at least");
        for finding in &looked.findings {
            assert!(!finding.said.is_empty() && !finding.advice.is_empty(), "{}", finding.code);
            assert!(finding.place.contains(", line "), "{}", finding.place);
        }
        assert_eq!(looked.clauses, policy.clauses.len());
        let all = looked.findings.len();
        let page = blank(Frame::sample(CHECK), policy.title.clone(), String::new());
        let mut page = CheckPage { looked: Some(Arc::new(looked)), ..page };
        assert_eq!(page.findings().len(), all);
        page.approval = Some("It was approved.".to_owned());
        assert_eq!(page.findings().len(), all - 1, "an approval on record settles one finding");
    }
}
