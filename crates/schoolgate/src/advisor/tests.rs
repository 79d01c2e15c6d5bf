//! The journey: what it asks, what it knows, and what it refuses.

mod children;

use jiff::civil::{Date, date};
use rulebook::Verdict;

use super::journey::{ABOUT, Answer, DeclaredTie, Journey, NONE, Step, UNKNOWN};
use crate::policies;

const TODAY: Date = date(2026, 9, 1);

fn journey(act: &str) -> Journey {
    let recorded = vec![(Answer::new("actor.roles", &["teacher"]), "the school's records")];
    Journey { act: act.to_owned(), recorded, ..Journey::default() }
}

/// Answers what is asked from `answers` until the verdict stands; gives what was asked, and the verdict.
fn walk(act: &str, answers: &[(&str, &str)]) -> (Vec<String>, Verdict) {
    let policy = policies::shipped("rattlesden").expect("the pack reads");
    let mut journey = journey(act);
    let mut asked = vec![];
    for _ in 0..40 {
        match journey.step(&policy, TODAY).expect("answers of ours") {
            Step::Ruled(ruling) => return (asked, ruling.verdict),
            Step::Ask(question) => {
                let given =
                    answers.iter().find(|(path, _)| *path == question.path).map_or(UNKNOWN, |(_, value)| *value);
                journey.answer(Answer::new(&question.path, &[given]));
                asked.push(question.path);
            }
            Step::Whom => panic!("nothing was declared"),
            Step::Children => panic!("there are no classes"),
        }
    }
    panic!("asked without end: {asked:?}");
}

#[test]
fn a_parent_s_request_takes_two_answers_and_ends_in_caution() {
    let (mut asked, verdict) = walk("connect-accept", &[("target.relations", "parent"), ("time", "outside")]);
    asked.sort();
    assert_eq!(asked, ["target.relations", "time"]);
    assert_eq!(verdict, Verdict::Caution);
}

#[test]
fn what_settles_the_verdict_ends_the_questions() {
    let (asked, verdict) = walk("connect-accept", &[("target.relations", "pupil"), ("time", "school-hours")]);
    assert_eq!(verdict, Verdict::MustNot);
    assert_eq!(asked.len(), 1, "{asked:?}");
}

#[test]
fn not_knowing_is_an_answer_and_leaves_it_open() {
    let (asked, verdict) = walk("connect-accept", &[]);
    assert_eq!(verdict, Verdict::Depends);
    let mut once = asked.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), asked.len(), "asked twice: {asked:?}");
}

#[test]
fn every_act_comes_to_an_end() {
    for act in policies::vocabulary().expect("reads").acts() {
        walk(&act.name, &[("target.relations", "parent"), ("time", "outside")]);
    }
}

#[test]
fn taking_an_answer_back_takes_back_what_followed_from_it() {
    let mut journey = journey("connect-accept");
    for (path, value) in [("time", "outside"), ("target.relations", "former-pupil"), ("target.age", "17")] {
        journey.answer(Answer::new(path, &[value]));
    }
    journey.forget("target.relations");
    assert_eq!(journey.answers, [Answer::new("time", &["outside"])]);
    journey.forget("target.age");
    assert_eq!(journey.answers.len(), 1);
}

#[test]
fn what_our_form_would_not_send_is_refused() {
    let policy = policies::shipped("rattlesden").expect("the pack reads");
    for (path, value) in [
        ("target.relations", "dragon"),
        ("target.relations", NONE),
        ("no.such.fact", "yes"),
        ("act", "post"),
        ("target.age", "900"),
    ] {
        let mut journey = journey("connect-accept");
        journey.answer(Answer::new(path, &[value]));
        assert!(journey.step(&policy, TODAY).is_err(), "{path} = {value}");
    }
    assert_eq!(Answer::parse("no equals sign"), None);
    assert_eq!(Answer::parse(&format!("time={}", "x".repeat(500))), None);
    assert!(journey("fly").situation(policy.vocabulary(), TODAY).is_err());
}

#[test]
fn what_is_known_is_said_in_words_with_its_source() {
    let mut journey = journey("connect-accept");
    journey.answer(Answer::new("time", &["outside"]));
    let known = journey.known(policies::vocabulary().expect("reads"));
    let said: Vec<(&str, &str, bool)> = known.iter().map(|k| (k.said.as_str(), k.source, k.is_own)).collect();
    assert_eq!(said, [("a teacher", "the school's records", false), ("Outside working hours", "your answer", true)]);
}

#[test]
fn what_the_records_say_is_overruled_by_what_the_person_says() {
    let mut journey = journey("connect-accept");
    journey.recorded.push((Answer::new("time", &["school-hours"]), "the clock"));
    journey.answer(Answer::new("time", &["outside"]));
    let known = journey.known(policies::vocabulary().expect("reads"));
    let times: Vec<(&str, &str)> =
        known.iter().filter(|k| k.path == "time").map(|k| (k.said.as_str(), k.source)).collect();
    assert_eq!(times, [("Outside working hours", "your answer")]);
}

#[test]
fn what_the_records_should_have_and_do_not_is_asked_where_it_matters() {
    let policy = policies::shipped("bassingbourn").expect("the pack reads");
    let asked = |open: Vec<String>| {
        let mut journey = Journey { open, ..journey("connect-accept") };
        let mut asked = vec![];
        while let Step::Ask(question) = journey.step(&policy, TODAY).expect("answers of ours") {
            journey.answer(Answer::new(&question.path, &[UNKNOWN]));
            asked.push(question.path);
        }
        asked
    };
    assert!(asked(vec!["actor.employed".to_owned()]).contains(&"actor.employed".to_owned()));
    assert!(!asked(vec![]).contains(&"actor.employed".to_owned()));
}

#[test]
fn a_declared_tie_answers_what_follows_from_it_and_can_be_taken_back() {
    let policy = policies::shipped("westacre").expect("the pack reads");
    let facts = vec![Answer::new("target.relations", &["parent"]), Answer::new("link.declared", &["true"])];
    let tie = DeclaredTie { id: "t1".to_owned(), label: "Leanne Foster (a parent or carer)".to_owned(), facts };
    let mut journey = Journey { ties: vec![tie], ..journey("connect-accept") };
    assert!(matches!(journey.step(&policy, TODAY), Ok(Step::Whom)), "it is asked first");
    journey.answer(Answer::new(ABOUT, &["t1"]));
    let known = journey.known(policy.vocabulary());
    let said = |path: &str| known.iter().find(|k| k.path == path).map(|k| (k.said.as_str(), k.source));
    assert_eq!(said(ABOUT), Some(("Leanne Foster (a parent or carer)", "your answer")));
    assert_eq!(said("link.declared"), Some(("Yes", "what you have declared")));
    let situation = journey.situation(policy.vocabulary(), TODAY).expect("a situation");
    let declared = policy.rule(&situation);
    assert!(declared.questions.iter().all(|question| question.fact != "target.relations"));
    journey.answer(Answer::new("time", &["outside"]));
    journey.forget(ABOUT);
    assert!(journey.answers.is_empty() && journey.known(policy.vocabulary()).len() == 1);
    journey.answer(Answer::new(ABOUT, &[NONE]));
    assert!(journey.known(policy.vocabulary()).iter().all(|k| k.path != "link.declared"));
    assert!(!matches!(journey.step(&policy, TODAY), Ok(Step::Whom)));
    assert!(journey.offers("t1") && journey.offers(NONE) && !journey.offers("t2"));
}
