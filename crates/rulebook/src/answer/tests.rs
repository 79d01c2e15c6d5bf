//! The short ways give what the long ways give.

use super::{Answer, Missing, answer, answer_from};
use crate::diagram::F;
use crate::facts::Facts;
use crate::ruling::Verdict;
use crate::testing::{PACKS, TODAY, policies, shipped, vocabulary};
use crate::vocabulary::FactId;
use crate::weighing::Weighing;
use crate::{Situation, Vocabulary};
use serde_json::Value;

/// The situations of the worked examples, each asked of every policy.
fn situations(vocabulary: &Vocabulary) -> Vec<Situation> {
    let text = std::fs::read_to_string(policies().join("worked-examples.json")).expect("the worked examples");
    let examples: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let read = |example: &Value| {
        let text = example["situation"].to_string();
        Situation::read_json(vocabulary, "example", &text, TODAY).expect("a situation").situations.remove(0)
    };
    examples.iter().map(read).collect()
}

/// What "mattered" is measured by, with nothing taken over from before: the verdicts, the rules whose duties attach, and the missing
/// permissions.
fn signature(answer: &mut Answer<'_>) -> ([F; 7], Vec<usize>, Vec<Vec<FactId>>) {
    let facts = |missing: Missing| missing.into_iter().map(|(fact, _)| fact).collect();
    let missing = answer.missing_of_all().into_iter().map(facts).collect();
    (answer.weighing.levels, answer.having_duty(), missing)
}

#[test]
fn what_is_assumed_does_not_hang_on_the_short_way() {
    let vocabulary = vocabulary();
    let situations = situations(&vocabulary);
    let mut found = 0;
    for id in PACKS {
        let policy = shipped(&vocabulary, id);
        let own = policy.examples.iter().map(|(_, example)| &example.situation);
        for situation in situations.iter().chain(own) {
            let long = || {
                let mut facts = Facts::new(&policy.vocabulary, situation, policy.social);
                let weighing = Weighing::new(&policy, &mut facts);
                let mut answer = Answer { policy: &policy, facts, weighing };
                let here = signature(&mut answer);
                answer.assumed_where(|answer, _, _| {
                    answer.weighing = Weighing::new(&policy, &mut answer.facts);
                    signature(answer) != here
                })
            };
            let (short, long) = (answer(&policy, situation).assumed, long());
            assert_eq!(short, long, "{id} {situation:?}");
            found += long.len();
        }
    }
    assert!(found > 1_000, "{found} assumptions are too few to show anything");
}

#[test]
fn past_the_limit_nothing_is_claimed() {
    let vocabulary = vocabulary();
    let policy = shipped(&vocabulary, "westacre");
    let act = vocabulary.act("post").expect("an act");
    let open = crate::cases::every_case(&vocabulary, act, TODAY);
    let whole = answer(&policy, &open);
    assert!(!whole.citations.is_empty());
    let mut facts = Facts::new(&policy.vocabulary, &open, policy.social);
    facts.diagrams.nodes_max = 200;
    let ruling = answer_from(&policy, facts);
    assert_eq!(ruling.verdict, Verdict::Depends);
    assert_eq!(ruling.outcomes.as_deref(), Some(&Verdict::SCALE[..]));
    assert!(ruling.citations.is_empty() && !ruling.questions.is_empty());
    assert!(ruling.next_step.starts_with("Too much is unknown"));
}

#[test]
fn an_outlook_is_the_ruling_without_its_clauses() {
    let vocabulary = vocabulary();
    let situations = situations(&vocabulary);
    for id in PACKS {
        let policy = shipped(&vocabulary, id);
        for situation in &situations {
            let (ruling, outlook) = (policy.rule(situation), policy.outlook(situation));
            assert_eq!(outlook.verdict, ruling.verdict);
            assert_eq!(outlook.outcomes, ruling.outcomes.unwrap_or_else(|| vec![ruling.verdict]));
            assert_eq!((outlook.binding, outlook.questions), (ruling.binding, ruling.questions));
        }
    }
}
