//! Whom a policy tells, and what it sets free: routes for concerns, talk with a union, disclosing wrongdoing.

use super::{Finding, clause_of, has_words};
use crate::policy::Policy;
use crate::profile::{Cond, Layer, Rule};
use crate::vocabulary::FactId;
use std::collections::BTreeSet;

pub(super) fn findings(policy: &Policy) -> Vec<Finding> {
    let mut out = vec![];
    out.extend(several_routes(policy));
    out.extend(adults_to_the_safeguarding_lead(policy));
    out.extend(nobody_about_the_headteacher(policy));
    out.extend(officer_left_open(policy));
    out.extend(no_union(policy));
    out.extend(no_whistleblowing(policy));
    out
}

/// The rules that say whom to tell of something seen.
fn reports(policy: &Policy) -> impl Iterator<Item = (usize, &(usize, Rule))> {
    let seen = acts(policy, &["witness", "raise-concern"]);
    policy.rules.iter().enumerate().filter(move |(_, (_, rule))| {
        rule.acts & seen != 0 && rule.duty.as_ref().is_some_and(|duty| duty.duty == "report" && !duty.to.is_empty())
    })
}

pub(super) fn acts(policy: &Policy, names: &[&str]) -> u64 {
    let found = names.iter().filter_map(|name| policy.vocabulary.act(name));
    found.fold(0, |bits, act| bits | (1 << act))
}

fn several_routes(policy: &Policy) -> Option<Finding> {
    let to = |rule: &Rule| rule.duty.as_ref().map(|duty| duty.to.join(" or ")).unwrap_or_default();
    let routes: BTreeSet<String> = reports(policy).map(|(_, (_, rule))| to(rule)).collect();
    let (_, first) = reports(policy).next()?;
    let listed: Vec<String> = routes.into_iter().collect();
    (listed.len() > 1).then(|| {
        let said = format!("there are {} answers to whom to tell: {}", listed.len(), listed.join("; "));
        let advice = "Settle one table of whom to tell of what, and let every clause point to it.";
        Finding::of("D2", clause_of(policy, first), said, advice)
    })
}

/// A report that may be about an adult and goes to the safeguarding lead without the headteacher, or before.
fn adults_to_the_safeguarding_lead(policy: &Policy) -> Option<Finding> {
    let (n, _) = reports(policy).find(|(_, (_, rule))| {
        let first = rule.duty.as_ref().and_then(|duty| duty.to.first());
        first.is_some_and(|role| role == "dsl") && !speaks_of_children_only(policy, rule)
    })?;
    let said = "what an adult of the school did is reported to the designated safeguarding lead first".to_owned();
    let advice =
        "Send concerns about an adult to the headteacher, and those about the headteacher to the chair of governors.";
    Some(Finding::at("D3", policy, n, (said, advice)))
}

/// Whether a rule holds only for what a child did, or for what a child said.
fn speaks_of_children_only(policy: &Policy, rule: &Rule) -> bool {
    let pupil = policy.vocabulary.fact("concern.about.pupil");
    let parts = crate::condition::parts(&rule.when);
    parts.iter().any(|part| match part {
        Cond::Is(fact, 0b10) => Some(*fact) == pupil || *fact == policy.vocabulary.ids.from_child,
        _ => false,
    })
}

fn nobody_about_the_headteacher(policy: &Policy) -> Option<Finding> {
    let above = |role: &String| ["chair-of-governors", "authority"].contains(&role.as_str());
    let mut reports = reports(policy).peekable();
    let first = reports.peek().map(|(_, rule)| clause_of(policy, rule));
    if reports.any(|(_, (_, rule))| rule.duty.as_ref().is_some_and(|duty| duty.to.iter().any(above))) {
        return None;
    }
    let said = "nobody is named to whom a concern about the headteacher goes";
    let advice =
        "Name the chair of governors, or whoever stands above the headteacher, for concerns about the headteacher.";
    Some(match first {
        Some(clause) => Finding::of("no-route-about-headteacher", clause, said, advice),
        None => Finding::whole("no-route-about-headteacher", said, advice),
    })
}

fn officer_left_open(policy: &Policy) -> Option<Finding> {
    let named = policy.clauses.iter().find(|clause| has_words(clause, &["lado", "designated officer"]))?;
    let is_open = ["may", "right", "caution"].contains(&named.modality.as_str()) || has_words(named, &[" may "]);
    is_open.then(|| {
        let said = "the local authority's designated officer may be told, and nothing says when it must be so";
        let advice = "Say that a matter which meets the threshold goes to the officer within one working day, or as the local procedure has it.";
        Finding::of("D4", named, said, advice)
    })
}

/// Whether a rule that frees looks at this fact with just these values among those it takes.
fn frees(policy: &Policy, fact: FactId, mask: u128) -> bool {
    let free = [Layer::Permits, Layer::Lifts, Layer::Right];
    policy.rules.iter().filter(|(_, rule)| free.contains(&rule.layer)).any(|(_, rule)| {
        let mut is_read = false;
        let all = (1u128 << policy.vocabulary.facts[fact].domain.len()) - 1;
        rule.when.walk(&mut |part| {
            is_read |= matches!(part, Cond::Is(read, values) if *read == fact && values & mask != 0 && *values != all);
        });
        is_read
    })
}

fn no_union(policy: &Policy) -> Option<Finding> {
    let union = policy.vocabulary.ids.advisers.first().copied()?;
    (!frees(policy, union, 0b10)).then(|| {
        let said = "no clause says that people may talk with their trade union, professional body or lawyer about their own employment";
        let advice = "Add a clause that permits it (`context.target.relations.union` with the purpose `own-employment`).";
        Finding::whole("no-union", said, advice)
    })
}

/// Whether some rule frees what is disclosed rightly.
pub(super) fn frees_disclosure(policy: &Policy) -> bool {
    frees(policy, policy.vocabulary.ids.purpose, policy.vocabulary.ids.protected_disclosure)
}

fn no_whistleblowing(policy: &Policy) -> Option<Finding> {
    (!frees_disclosure(policy)).then(|| {
        let said = "no clause says that wrongdoing may be disclosed whatever the other clauses forbid";
        let advice =
            "Add a clause that permits it (the purpose `protected-disclosure`), and name the whistleblowing policy.";
        Finding::whole("no-whistleblowing", said, advice)
    })
}
