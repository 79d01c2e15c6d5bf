//! The comparisons once more, by Cedar's symbolic compiler and a solver (`make check-symbolic`).
//!
//! For: whoever changes the reading of conditions or the diagrams. Promises: the solver is given the authors' own Cedar and the limits of the
//! vocabulary, nothing of our conditions; every question is put to both, and one answer that differs fails. Does not: weigh verdicts
//! against each other; the second opinion does, case by case.

use crate::cases::every_case;
use crate::condition::facts_of;
use crate::diagram::{F, NO};
use crate::examples::ASKED_ON;
use crate::facts::Facts;
use crate::permission::{Quality, STANDINGS};
use crate::policy::Policy;
use crate::profile::{Layer, Rule};
use crate::testing::{PACKS, shipped, vocabulary};
use crate::vocabulary::{Domain, FactId, Vocabulary};
use crate::witness::{attribute, remade};
use cedar_policy::{PolicySet, RequestEnv};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicySet};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Rules of these layers bear on verdicts, needs or duties.
const LAYERS: [Layer; 9] = [
    Layer::MustNot,
    Layer::ShouldNot,
    Layer::AdvisedAgainst,
    Layer::Caution,
    Layer::Permits,
    Layer::Lifts,
    Layer::Freedom,
    Layer::Gap,
    Layer::Duty,
];

/// What both answer: is the one union of rules within the other?
struct Asking<'a> {
    vocabulary: &'a Vocabulary,
    solver: CedarSymCompiler<LocalSolver>,
    /// Answers: within, not within.
    answers: [u64; 2],
}

/// Rules of one policy, of which any one is to hold.
#[derive(Clone)]
struct Union<'a> {
    policy: &'a Policy,
    rules: Vec<&'a Rule>,
}

impl<'a> Union<'a> {
    fn of(policy: &'a Policy, act: usize, layer: Layer) -> Union<'a> {
        let rules = policy.by_act[act].iter().map(|rule| &policy.rules[*rule].1);
        Union { policy, rules: rules.filter(|rule| rule.layer == layer).collect() }
    }

    fn without(&self, n: usize) -> Union<'a> {
        let mut rules = self.rules.clone();
        rules.remove(n);
        Union { policy: self.policy, rules }
    }

    fn only(&self, n: usize) -> Union<'a> {
        Union { policy: self.policy, rules: vec![self.rules[n]] }
    }

    fn reads(&self) -> BTreeSet<FactId> {
        self.rules.iter().flat_map(|rule| [&rule.when, &rule.unless]).flat_map(facts_of).collect()
    }

    /// When any of them holds, over facts that are all free.
    fn holds(&self, facts: &mut Facts<'_>) -> F {
        let mut sum = NO;
        for rule in &self.rules {
            let (when, unless) = (facts.holds(&rule.when), facts.holds(&rule.unless));
            let not = facts.diagrams.not(unless);
            let holds = facts.diagrams.and(when, not);
            sum = facts.diagrams.or(sum, holds);
        }
        sum
    }

    /// The same for the solver: the authors' text, its parameters put in, within what the vocabulary can say.
    fn cedar(&self, within: &Value) -> PolicySet {
        let mut set = PolicySet::new();
        for (n, rule) in self.rules.iter().enumerate() {
            let made = remade(rule, &n.to_string(), &["when", "unless"]).expect("Cedar reads its own rule");
            let mut text = made.to_json().expect("Cedar writes its own rule");
            put_parameters(self.policy, &mut text);
            let conditions = text["conditions"].as_array_mut().expect("a list of conditions");
            conditions.insert(0, within.clone());
            let made = cedar_policy::Policy::from_json(Some(made.id().clone()), text).expect("a policy");
            set.add(made).expect("each has a number of its own");
        }
        set
    }
}

/// Puts the number where `context.parameter.name` stands: two policies may have settled it differently.
fn put_parameters(policy: &Policy, text: &mut Value) {
    let of_parameter = text["."]["left"]["."]["attr"] == "parameter";
    if let (true, Some(name)) = (of_parameter, text["."]["attr"].as_str()) {
        let number = policy.parameters.get(name).unwrap_or_else(|| panic!("no parameter `{name}`"));
        *text = json!({ "Value": number });
        return;
    }
    match text {
        Value::Array(parts) => parts.iter_mut().for_each(|part| put_parameters(policy, part)),
        Value::Object(parts) => parts.values_mut().for_each(|part| put_parameters(policy, part)),
        _ => {}
    }
}

/// What holds of every situation, as a condition: years have their limits, and a permission one of its standings.
fn within(vocabulary: &Vocabulary, facts: &BTreeSet<FactId>) -> Value {
    let limits = facts.iter().filter_map(|fact| {
        let at = format!("context.{}", attribute(vocabulary, *fact));
        match &vocabulary.facts[*fact].domain {
            Domain::Years(_) => Some(format!("{at} >= 0 && {at} <= {}", vocabulary.facts[*fact].domain.len() - 1)),
            Domain::Standing => {
                Some(format!("({})", (0..STANDINGS).map(|n| standing(&at, n)).collect::<Vec<_>>().join(" || ")))
            }
            Domain::Bool | Domain::List(_) => None,
        }
    });
    let text = limits.fold("true".to_owned(), |all, limit| format!("{all} && {limit}"));
    let policy = cedar_policy::Policy::parse(None, format!("permit(principal, action, resource) when {{ {text} }};"));
    policy.expect("Cedar reads the limits").to_json().expect("Cedar writes the limits")["conditions"][0].clone()
}

fn standing(at: &str, value: usize) -> String {
    let qualities = [
        ("any", Quality::Any),
        ("written", Quality::Written),
        ("before", Quality::Before),
        ("written_before", Quality::WrittenBefore),
    ];
    let has = |(name, quality): (&str, Quality)| {
        let not = if quality.mask() & (1 << value) == 0 { "!" } else { "" };
        format!("{not}{at}.{name}")
    };
    format!("({})", qualities.map(has).join(" && "))
}

impl Asking<'_> {
    fn new(vocabulary: &Vocabulary) -> Asking<'_> {
        // A limit for each question: the process answers thousands of them.
        let solver = LocalSolver::cvc5_with_args(["--tlimit-per=60000", "--strings-exp"]);
        let solver = solver.unwrap_or_else(|error| panic!("cvc5 does not start: {error}"));
        let solver = CedarSymCompiler::new(solver).expect("the symbolic compiler starts");
        Asking { vocabulary, solver, answers: [0; 2] }
    }

    /// Asks of each pair, for one act, whether the first is within the second.
    async fn ask(&mut self, act: usize, pairs: &[(Union<'_>, Union<'_>)]) {
        let vocabulary = self.vocabulary;
        let name = vocabulary.acts[act].name.as_str();
        let situation = every_case(vocabulary, act, ASKED_ON);
        let mut facts = Facts::free(vocabulary, &situation);
        let env = environment(name);
        for (less, more) in pairs {
            let (a, b) = (less.holds(&mut facts), more.holds(&mut facts));
            let not = facts.diagrams.not(b);
            let beyond = facts.diagrams.and(a, not);
            assert!(!facts.diagrams.overflowed(), "{name}: the diagrams grew past their limit");
            let ours = beyond == NO;
            let read = less.reads().union(&more.reads()).copied().collect();
            let limits = within(vocabulary, &read);
            let compiled = |union: &Union<'_>| {
                CompiledPolicySet::compile(&union.cedar(&limits), &env, &vocabulary.schema)
                    .unwrap_or_else(|error| panic!("{name}, {}: {error}", union.policy.id))
            };
            let theirs = self.solver.check_implies_opt(&compiled(less), &compiled(more)).await;
            let theirs = theirs.unwrap_or_else(|error| panic!("{name}: the solver: {error}"));
            let lines = |union: &Union<'_>| union.rules.iter().map(|rule| rule.line).collect::<Vec<_>>();
            assert_eq!(
                ours,
                theirs,
                "{name}: {} {:?} within {} {:?}: we say {ours}, the solver {theirs}",
                less.policy.id,
                lines(less),
                more.policy.id,
                lines(more)
            );
            self.answers[usize::from(!ours)] += 1;
        }
    }

    /// So many of each answer came up at least, or the questions were no questions.
    fn done(&self, asked: &str, fewest: [u64; 2]) {
        let [within, beyond] = self.answers;
        println!("{asked}: {within} within, {beyond} not; the solver agrees on all");
        assert!(within >= fewest[0] && beyond >= fewest[1], "{asked}: {within} within, {beyond} not");
    }
}

fn environment(act: &str) -> RequestEnv {
    let kind = |name: &str| name.parse().expect("a type of the vocabulary");
    let action = format!("Action::\"{act}\"").parse().expect("an act of the vocabulary");
    RequestEnv::new(kind("Person"), action, kind("School"))
}

/// Asks of every act the pairs that `pairs` makes of its rules, layer by layer.
fn of_every_act(
    asked: &str,
    fewest: [u64; 2],
    packs: &[Policy],
    pairs: impl for<'a> Fn(&[Union<'a>]) -> Vec<(Union<'a>, Union<'a>)>,
) {
    let Some(vocabulary) = packs.first().map(Policy::vocabulary) else { panic!("no pack") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut asking = Asking::new(vocabulary);
        for act in 0..vocabulary.acts.len() {
            for layer in LAYERS {
                let unions: Vec<Union<'_>> = packs.iter().map(|pack| Union::of(pack, act, layer)).collect();
                asking.ask(act, &pairs(&unions)).await;
            }
        }
        asking.done(asked, fewest);
    });
}

/// Does a layer say more with a rule than without it, and can the rule hold at all?
fn each_rule_of(id: &str) {
    // A policy that says everything once has no rule within the others.
    of_every_act(id, [0, 100], &[shipped(&vocabulary(), id)], |unions| {
        let each = |all: &Union<'_>| (0..all.rules.len()).map(|n| (all.only(n), all.without(n))).collect::<Vec<_>>();
        unions.iter().flat_map(each).collect()
    });
}

#[test]
fn each_rule_of_bassingbourn() {
    each_rule_of("bassingbourn");
}

#[test]
fn each_rule_of_braunstone() {
    each_rule_of("braunstone");
}

#[test]
fn each_rule_of_bullion_lane() {
    each_rule_of("bullion-lane");
}

#[test]
fn each_rule_of_rattlesden() {
    each_rule_of("rattlesden");
}

#[test]
fn each_rule_of_westacre() {
    each_rule_of("westacre");
}

/// Both ways round: does the one policy say no more than the other?
#[test]
fn each_pair_of_policies() {
    let vocabulary = vocabulary();
    let packs = PACKS.map(|id| shipped(&vocabulary, id));
    of_every_act("pairs of policies", [10, 10], &packs, |unions| {
        // Nothing is within everything, and everything but nothing within nothing: no question.
        let told: Vec<&Union<'_>> = unions.iter().filter(|union| !union.rules.is_empty()).collect();
        let with_others = |(n, a): (usize, &&Union<'_>)| {
            told.iter()
                .enumerate()
                .filter(|(m, _)| *m != n)
                .map(|(_, b)| ((*a).clone(), (*b).clone()))
                .collect::<Vec<_>>()
        };
        told.iter().enumerate().flat_map(with_others).collect()
    });
}
