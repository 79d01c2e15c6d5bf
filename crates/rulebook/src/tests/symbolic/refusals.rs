//! The check finds what is wrong.

use super::asking::{Asking, Question, Tally, Union};
use super::solver::LIMIT;
use super::spoken::Spoken;
use crate::profile::{self, Parameters, Rule};
use crate::testing::vocabulary;
use crate::vocabulary::Vocabulary;

const UNDER_18: &str = "context.target.relations.former_pupil && context.target.age < context.parameter.adult_age";
const UNDER_19: &str = "context.target.relations.former_pupil && context.target.age <= context.parameter.adult_age";

fn parameters() -> Parameters {
    Parameters::from([("adult_age".to_owned(), 18)])
}

fn rule(vocabulary: &Vocabulary, condition: &str) -> Rule {
    let text = format!(
        "@effect(\"permits\") permit(principal, action in [Action::\"contact\"], resource) when {{ {condition} }};"
    );
    let cedar = cedar_policy::Policy::parse(None, text).expect("Cedar reads it");
    profile::rule(vocabulary, &parameters(), "oak", &cedar, 1).expect("within the profile")
}

/// The author's text of the one, read as if it were the other's.
fn misread(vocabulary: &Vocabulary, written: &str, read: &str) -> Rule {
    Rule { when: rule(vocabulary, read).when, ..rule(vocabulary, written) }
}

/// Asks whether the rule says what we read in it, or of two whether the first is within the second.
fn asked(limit: &'static str, rules: impl Fn(&Vocabulary) -> Vec<Rule>) -> Tally {
    let (vocabulary, parameters) = (vocabulary(), parameters());
    let act = vocabulary.act("connect-accept").expect("an act");
    let rules = rules(&vocabulary);
    let spoken: Vec<Spoken<'_>> =
        rules.iter().map(|rule| Spoken::new(&vocabulary, &parameters, "oak.a.1", rule)).collect();
    let union = |spoken| Union { rules: vec![spoken] };
    let question = match &spoken[..] {
        [one] => Question::Read(one),
        [first, second] => Question::Within(union(first), union(second)),
        _ => panic!("one rule or two"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { Asking::new(&vocabulary, limit).ask(act, &[question]).await })
}

/// Agreed, wrong, undecided.
fn check(rules: impl Fn(&Vocabulary) -> Vec<Rule>, expect: [usize; 3]) {
    let tally = asked(LIMIT, rules);
    assert_eq!([tally.agreed() as usize, tally.wrong.len(), tally.undecided.len()], expect, "{tally}");
}

#[test]
fn a_rule_that_is_read_otherwise_than_it_is_written_is_found() {
    check(|v| vec![rule(v, UNDER_18)], [1, 0, 0]);
    check(|v| vec![misread(v, UNDER_18, UNDER_19)], [0, 1, 0]);
    check(|v| vec![misread(v, UNDER_19, UNDER_18)], [0, 1, 0]);
}

#[test]
fn a_condition_or_an_act_that_is_overlooked_is_found() {
    let either = "context.permission.show.parent.pupil.written || context.link.kind == Link::\"family\"";
    check(|v| vec![rule(v, either)], [1, 0, 0]);
    check(|v| vec![misread(v, either, "context.permission.show.parent.pupil.written")], [0, 1, 0]);
    check(|v| vec![misread(v, either, "context.link.kind == Link::\"family\"")], [0, 1, 0]);
    let elsewhere = |v: &Vocabulary| 1 << v.act("browse").expect("an act");
    check(|v| vec![Rule { acts: elsewhere(v), ..rule(v, UNDER_18) }], [0, 1, 0]);
}

#[test]
fn policies_that_are_not_equivalent_are_told_apart() {
    let (less, more) = (UNDER_18, UNDER_19);
    let within = |tally: Tally| [tally.within, tally.beyond, tally.wrong.len() as u64];
    assert_eq!(within(asked(LIMIT, |v| vec![rule(v, less), rule(v, more)])), [1, 0, 0]);
    assert_eq!(within(asked(LIMIT, |v| vec![rule(v, more), rule(v, less)])), [0, 1, 0]);
    assert_eq!(within(asked(LIMIT, |v| vec![misread(v, more, less), rule(v, less)])), [0, 0, 1]);
    assert_eq!(within(asked(LIMIT, |v| vec![misread(v, less, more), rule(v, less)])), [0, 0, 1]);
}

#[test]
fn what_the_solver_does_not_decide_counts_as_undecided() {
    let tally = asked("--rlimit-per=1", |v| vec![rule(v, UNDER_18), rule(v, UNDER_19)]);
    assert_eq!((tally.agreed(), tally.wrong.len(), tally.undecided.len()), (0, 0, 1), "{tally}");
    assert!(
        tally.undecided[0].contains("connect-accept: oak.a.1 (line 1) within oak.a.1 (line 1)"),
        "{:?}",
        tally.undecided
    );
}
