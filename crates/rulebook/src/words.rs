//! The sentences of a ruling: questions and the next step.
//!
//! For: plain words for busy people. Promises: says what the policy says and no more; never calls anything safe or
//! permitted beyond the clause cited. Does not: decide.

use crate::diagram::{NO, YES};
use crate::facts::Facts;
use crate::permission::{GIVERS, MATTERS};
use crate::policy::Policy;
use crate::ruling::{Effect, Need, Question, Ruling, Verdict};
use crate::vocabulary::{Domain, Vocabulary};
use crate::weighing::Weighing;

/// The question for one path.
pub(crate) fn question(vocabulary: &Vocabulary, path: &str) -> Question {
    let group = vocabulary.group(path).map(|g| &vocabulary.groups[g]);
    let (ask, answers) = match group {
        Some(group) => {
            let is_years = matches!(vocabulary.facts[group.facts[0]].domain, Domain::Years(_));
            let answers = if is_years {
                vec!["whole years".to_owned()]
            } else {
                group.answers.iter().map(|(v, _)| v.clone()).collect()
            };
            (group.ask.clone(), answers)
        }
        None => of_permission(path),
    };
    Question { fact: path.to_owned(), ask, answers }
}

/// Questions on one listed permission (`permissions[0].form`), or on the day asked about.
fn of_permission(path: &str) -> (String, Vec<String>) {
    let yes_no = || vec!["true".to_owned(), "false".to_owned()];
    let words = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    match path.rsplit('.').next().unwrap_or("") {
        "from" => ("Who gave this permission?".to_owned(), words(&GIVERS)),
        "for" => ("What is this permission for?".to_owned(), words(&MATTERS)),
        "of" => ("Whom does this permission concern?".to_owned(), vec![]),
        "form" => ("Was this permission given in writing?".to_owned(), words(&["oral", "written"])),
        "before" => ("Was this permission given beforehand?".to_owned(), yes_no()),
        "covers" => ("Does this permission cover everybody concerned?".to_owned(), words(&["all", "some"])),
        "withdrawn" => ("Has this permission been withdrawn?".to_owned(), yes_no()),
        "until" => ("Until when does this permission count?".to_owned(), words(&["date"])),
        "asked_on" => ("On which day is it to be done?".to_owned(), words(&["date"])),
        _ => ("Which permissions have been given, by whom, for what and for whom?".to_owned(), vec![]),
    }
}

/// What a sensible person does next.
pub(crate) fn next_step(policy: &Policy, facts: &mut Facts<'_>, weighing: &Weighing, ruling: &Ruling) -> String {
    let own = deciding_words(policy, weighing, ruling);
    let whom = whom_to_ask(facts);
    let mut step = match ruling.verdict {
        Verdict::Depends => depends(ruling, whom),
        _ if weighing.protected == YES && ruling.verdict <= Verdict::Caution => {
            format!(
                "You are free to have this contact; {}",
                own.map_or_else(|| "use your own device, in your own time.".to_owned(), |own| continued(&own))
            )
        }
        Verdict::NeedsPermission => needs(&ruling.needs),
        Verdict::MustNot => {
            own.unwrap_or_else(|| format!("Do not do this; if you think that you must, ask {whom} first."))
        }
        Verdict::ShouldNot => own.unwrap_or_else(|| format!("Leave it, or ask {whom} before you do it.")),
        Verdict::AdvisedAgainst => {
            own.unwrap_or_else(|| format!("Better not; if there is a reason for it, talk to {whom} first."))
        }
        Verdict::Caution => {
            own.unwrap_or_else(|| "You may, but think about who will see it and what they would make of it.".to_owned())
        }
        Verdict::Allowed => owed(facts, ruling)
            .or_else(|| notice(ruling))
            .unwrap_or_else(|| "You may go ahead as you have described it.".to_owned()),
        Verdict::NotCovered => {
            owed(facts, ruling).unwrap_or_else(|| not_covered(policy, facts, weighing, ruling, whom))
        }
    };
    if from_child(facts) && !step.contains("safeguarding") {
        let lead = safeguarding_lead(facts);
        step.truncate(step.trim_end_matches('.').len());
        step.push_str("; a child told you, so follow the safeguarding policy and speak to ");
        step.push_str(lead);
        step.push_str(" today.");
    }
    step
}

/// Whom to ask beyond the policy: never the person it is about, and nobody asks themselves.
fn whom_to_ask(facts: &mut Facts<'_>) -> &'static str {
    if ["actor.roles.headteacher", "concern.about.headteacher"].iter().any(|path| facts.yes_at(path) == YES) {
        "the chair of governors"
    } else {
        "the headteacher"
    }
}

/// Whoever has seen something asks what to do about it: the report that the policy wants of them most. Whoever tells somebody else of
/// it owes that report all the same.
fn owed(facts: &Facts<'_>, ruling: &Ruling) -> Option<String> {
    let act = facts.act();
    let is_witness = act == "witness";
    if !is_witness && act != "raise-concern" {
        return None;
    }
    let reports = ruling.duties.iter().filter(|d| d.duty == "report" && !d.to.is_empty());
    let report = reports.min_by_key(|d| d.strength)?;
    let to: Vec<String> = report.to.iter().map(|role| called(role)).collect();
    let when = if report.at_once { " at once" } else { "" };
    let to = to.join(" or ");
    Some(if is_witness {
        format!("Tell {to}{when} what you have seen.")
    } else {
        format!("You are free to say it; tell {to}{when}, too.")
    })
}

/// The person concerned is told before anything is done (a duty that names nobody else).
fn notice(ruling: &Ruling) -> Option<String> {
    let owes = ruling.duties.iter().any(|d| d.duty == "tell" && d.to.is_empty());
    owes.then(|| "Tell the person first what you are going to do, and why; then you may go ahead.".to_owned())
}

/// A role as one speaks of it.
fn called(role: &str) -> String {
    match role {
        "dsl" => "the designated safeguarding lead".to_owned(),
        "senior-leader" => "a senior leader".to_owned(),
        other => format!("the {}", other.replace('-', " ")),
    }
}

/// A sentence as the second half of another.
fn continued(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Who leads on safeguarding, unless it is about that person.
fn safeguarding_lead(facts: &mut Facts<'_>) -> &'static str {
    match facts.yes_at("concern.about.dsl") {
        YES => whom_to_ask(facts),
        _ => "the designated safeguarding lead",
    }
}

fn from_child(facts: &mut Facts<'_>) -> bool {
    ["witness", "raise-concern"].contains(&facts.act()) && facts.yes(facts.vocabulary.ids.from_child) == YES
}

/// The words that a deciding rule brings with it.
fn deciding_words(policy: &Policy, weighing: &Weighing, ruling: &Ruling) -> Option<String> {
    let decides = ruling.citations.iter().filter(|c| c.effect == Effect::Decides);
    decides
        .flat_map(|citation| {
            weighing.bearings.iter().filter(move |b| {
                let (clause, rule) = &policy.rules[b.rule];
                policy.clauses[*clause].id == citation.clause && rule.layer.restricts() && b.active != NO
            })
        })
        .find_map(|b| policy.rules[b.rule].1.next.clone())
}

fn depends(ruling: &Ruling, whom: &str) -> String {
    match ruling.questions.first() {
        Some(question) if question.fact == "target.age" => {
            "Find out how old the person is; until you know, treat them as under 18.".to_owned()
        }
        Some(question) => format!("Answer this first: {}", question.ask),
        None => format!("Ask {whom}."),
    }
}

fn needs(needs: &[Need]) -> String {
    let mut wanted: Vec<String> = vec![];
    for need in needs.iter().filter(|need| need.lifts_verdict).chain(needs) {
        let text = need_in_words(need);
        if !wanted.contains(&text) && wanted.len() < 4 {
            wanted.push(text);
        }
    }
    format!("First get {}.", wanted.join(", and "))
}

fn need_in_words(need: &Need) -> String {
    let giver = match need.from.as_str() {
        "headteacher" => "the headteacher",
        "parent" => "the parent or carer of each child concerned",
        "person" => "each person concerned",
        "senior-leaders" => "the senior leadership team",
        _ => "the school",
    };
    let form = if need.form == "written" { "written permission" } else { "permission" };
    format!("{form} from {giver}")
}

fn not_covered(policy: &Policy, facts: &mut Facts<'_>, weighing: &Weighing, ruling: &Ruling, whom: &str) -> String {
    if facts.act() == "witness" && ruling.duties.is_empty() {
        return format!("The policy names nobody for this; tell {whom} what you have seen.");
    }
    if weighing.protected != NO {
        return "The policy says nothing about this, and nothing here forbids it.".to_owned();
    }
    let has_freedom = !policy.freedoms.is_empty();
    let tells: Vec<&str> =
        ruling.duties.iter().filter(|d| d.duty == "tell").flat_map(|d| d.to.iter().map(String::as_str)).collect();
    if has_freedom && is_about_child(facts) {
        return "The policy is silent; speak to the designated safeguarding lead before you do it.".to_owned();
    }
    let declares = ruling.duties.iter().find(|d| d.duty == "declare").and_then(|d| d.to.first());
    match (tells.first(), declares) {
        (Some(role), _) => format!("The policy is silent; tell the {} before you act.", role.replace('-', " ")),
        (None, Some(role)) => format!("The policy is silent; tell the {} of the tie.", role.replace('-', " ")),
        (None, None) => {
            format!("The policy is silent, which is neither a yes nor a no; ask {whom} if you are unsure.")
        }
    }
}

fn is_about_child(facts: &mut Facts<'_>) -> bool {
    let children = ["pupil", "linked-child", "former-pupil"];
    children.iter().any(|name| facts.yes_at(&format!("target.relations.{name}")) != NO)
}
