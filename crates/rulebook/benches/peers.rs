//! The same twenty rules in three engines: ours, Cedar's authorizer, and a Rego interpreter.
//!
//! For: the levels of the rulebook. Promises: before anything is timed, all three name the same rules on every case. Does not: show what only
//! ours does (unknown facts, questions, duties); its figure pays for those all the same.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request, RestrictedExpression};
use jiff::civil::date;
use rulebook::{File, Policy, Situation, Vocabulary};
use serde_json::{Value, json};

/// How long each engine is measured.
const EACH: Duration = Duration::from_secs(2);
const SHOWS: [&str; 5] = ["pupil", "own-child", "parent", "staff", "governor"];
const TIMES: [&str; 3] = ["school-hours", "own-hours-off-site", "outside"];
const PLACES: [&str; 4] = ["premises", "home", "trip", "elsewhere"];

/// One rule: who is shown, when, and where (any place, if none is named).
struct Rule {
    shows: &'static str,
    time: &'static str,
    place: Option<&'static str>,
}

fn rules() -> Vec<Rule> {
    let mut rules = vec![];
    for (n, shows) in SHOWS.into_iter().enumerate() {
        for (m, time) in TIMES.into_iter().enumerate() {
            rules.push(Rule { shows, time, place: Some(PLACES[(n + m) % PLACES.len()]) });
        }
        rules.push(Rule { shows, time: TIMES[n % TIMES.len()], place: None });
    }
    assert_eq!(rules.len(), 20);
    rules
}

struct Case {
    shows: Vec<&'static str>,
    time: &'static str,
    place: &'static str,
}

/// Every time and place with every set of people.
fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for time in TIMES {
        for place in PLACES {
            for set in 0..1 << SHOWS.len() {
                let shows = SHOWS.into_iter().enumerate().filter(|(n, _)| set & (1 << n) != 0).map(|(_, who)| who);
                cases.push(Case { shows: shows.collect(), time, place });
            }
        }
    }
    cases
}

fn main() {
    let (rules, cases) = (rules(), cases());
    let mut ours = Ours::new(&rules, &cases);
    let mut cedar = Cedar::new(&rules, &cases);
    let mut rego = Rego::new(&rules, &cases);
    for n in 0..cases.len() {
        let named = ours.names(n);
        assert_eq!(named, cedar.names(n), "case {n}: Cedar");
        assert_eq!(named, rego.names(n), "case {n}: Rego");
    }
    println!("\ntwenty rules, {} cases, all three name the same rules", cases.len());
    let base = timed("ours (with questions, needs and duties)", cases.len(), None, |n| drop(black_box(ours.names(n))));
    timed("Cedar's authorizer", cases.len(), Some(base), |n| drop(black_box(cedar.names(n))));
    timed("regorus", cases.len(), Some(base), |n| drop(black_box(rego.names(n))));
}

/// Prints p50 and p99 of one answer, and how ours compares.
fn timed(what: &str, cases: usize, ours: Option<Duration>, mut answer: impl FnMut(usize)) -> Duration {
    (0..cases).for_each(&mut answer);
    let begun = Instant::now();
    let mut times = vec![];
    while begun.elapsed() < EACH {
        let at = Instant::now();
        answer(times.len() % cases);
        times.push(at.elapsed());
    }
    times.sort_unstable();
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let ratio =
        ours.map_or(String::new(), |ours| format!("  ours {:.2}x of it", ours.as_secs_f64() / p50.as_secs_f64()));
    println!("  {what:<42} p50 {:>8.1} µs  p99 {:>8.1} µs{ratio}", p50.as_secs_f64() * 1e6, p99.as_secs_f64() * 1e6);
    p50
}

fn vocabulary_text() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/vocabulary.cedarschema");
    std::fs::read_to_string(path).expect("the vocabulary")
}

fn condition(rule: &Rule) -> String {
    let place = rule.place.map_or(String::new(), |place| format!(" && context.place == Place::\"{place}\""));
    format!("context.content.shows.{} && context.time == Time::\"{}\"{place}", rule.shows.replace('-', "_"), rule.time)
}

struct Ours {
    policy: Policy,
    situations: Vec<Situation>,
}

impl Ours {
    fn new(rules: &[Rule], cases: &[Case]) -> Ours {
        let vocabulary = Vocabulary::read(&File::new("vocabulary.cedarschema", vocabulary_text()));
        let vocabulary = Arc::new(vocabulary.unwrap_or_else(|faults| panic!("{faults:?}")));
        let mut chapter = "# Rules\n\n## All\n".to_owned();
        for (n, rule) in rules.iter().enumerate() {
            chapter += &format!(
                "\n### rules.{n} Rule {n}\n\n```clause\nmodality = \"must-not\"\nwho = \"everyone\"\ndoes = \"decides\"\nsource = \"1\"\n```\n\n\
                 Rule number {n}.\n\n```cedar\n@effect(\"must-not\")\nforbid (principal, action == Action::\"post\", resource)\n\
                 when {{ {} }};\n```\n",
                condition(rule)
            );
        }
        let about = "id = \"twenty\"\ntitle = \"Twenty rules\"\nschool = \"Oakfield Primary School\"\nstatus = \"draft\"\n\
                     binds = [\"teacher\"]\nsocial = [\"network\"]\n\n[people]\neveryone = [\"teacher\"]\n\n[parameters]\nadult_age = 18\n";
        let files = [File::new("policy.toml", about), File::new("01-rules.md", chapter)];
        let (policy, faults) = rulebook::read(&vocabulary, &files);
        let policy = policy.unwrap_or_else(|| panic!("{faults:?}"));
        let situation = |case: &Case| {
            let told = told(case).to_string();
            let read = Situation::read_json(&vocabulary, "case", &told, date(2026, 11, 20));
            read.unwrap_or_else(|faults| panic!("{told}: {faults:?}")).situations.remove(0)
        };
        Ours { situations: cases.iter().map(situation).collect(), policy }
    }

    fn names(&mut self, case: usize) -> BTreeSet<usize> {
        let ruling = self.policy.rule(&self.situations[case]);
        let number = |id: &str| id.rsplit('.').next().and_then(|n| n.parse().ok());
        ruling.citations.iter().filter_map(|citation| number(&citation.clause)).collect()
    }
}

fn told(case: &Case) -> Value {
    json!({
        "act": "post", "actor": { "roles": ["teacher"] },
        "content": { "shows": case.shows }, "time": case.time, "place": case.place,
    })
}

struct Cedar {
    policies: PolicySet,
    requests: Vec<Request>,
    authorizer: Authorizer,
    entities: Entities,
}

impl Cedar {
    fn new(rules: &[Rule], cases: &[Case]) -> Cedar {
        let mut text = String::new();
        for (n, rule) in rules.iter().enumerate() {
            text += &format!(
                "@id(\"{n}\") permit (principal, action == Action::\"post\", resource) when {{ {} }};\n",
                condition(rule)
            );
        }
        let parsed = PolicySet::from_str(&text).expect("Cedar reads the rules");
        let mut policies = PolicySet::new();
        for policy in parsed.policies() {
            let id = policy.annotation("id").expect("an id").parse().expect("an id");
            policies.add(policy.new_id(id)).expect("each has an id of its own");
        }
        let uid = |text: &str| EntityUid::from_str(text).expect("a name");
        let record =
            |pairs: Vec<(String, RestrictedExpression)>| RestrictedExpression::new_record(pairs).expect("a record");
        let request = |case: &Case| {
            let shows =
                SHOWS.map(|who| (who.replace('-', "_"), RestrictedExpression::new_bool(case.shows.contains(&who))));
            let content = record(vec![("shows".to_owned(), record(shows.into()))]);
            let one =
                |kind: &str, name: &str| RestrictedExpression::new_entity_uid(uid(&format!("{kind}::\"{name}\"")));
            let pairs = [
                ("content".to_owned(), content),
                ("time".to_owned(), one("Time", case.time)),
                ("place".to_owned(), one("Place", case.place)),
            ];
            let context = Context::from_pairs(pairs).expect("a context");
            Request::new(uid("Person::\"a\""), uid("Action::\"post\""), uid("School::\"a\""), context, None)
                .expect("a request")
        };
        let requests = cases.iter().map(request).collect();
        Cedar { policies, requests, authorizer: Authorizer::new(), entities: Entities::empty() }
    }

    fn names(&mut self, case: usize) -> BTreeSet<usize> {
        let response = self.authorizer.is_authorized(&self.requests[case], &self.policies, &self.entities);
        response.diagnostics().reason().filter_map(|id| id.to_string().parse().ok()).collect()
    }
}

struct Rego {
    engine: regorus::Engine,
    inputs: Vec<regorus::Value>,
}

impl Rego {
    fn new(rules: &[Rule], cases: &[Case]) -> Rego {
        let mut text = "package twenty\nimport rego.v1\n".to_owned();
        for (n, rule) in rules.iter().enumerate() {
            let place = rule.place.map_or(String::new(), |place| format!("\n  input.place == \"{place}\""));
            text += &format!(
                "named contains {n} if {{\n  \"{}\" in input.content.shows\n  input.time == \"{}\"{place}\n}}\n",
                rule.shows, rule.time
            );
        }
        let mut engine = regorus::Engine::new();
        engine.add_policy("twenty.rego".to_owned(), text).expect("the interpreter reads the rules");
        let input = |case: &Case| regorus::Value::from_json_str(&told(case).to_string()).expect("JSON");
        Rego { engine, inputs: cases.iter().map(input).collect() }
    }

    fn names(&mut self, case: usize) -> BTreeSet<usize> {
        self.engine.set_input(self.inputs[case].clone());
        let named = self.engine.eval_rule("data.twenty.named".to_owned()).expect("an answer");
        let set = named.as_set().expect("a set");
        set.iter().filter_map(|n| n.as_u64().ok().map(|n| n as usize)).collect()
    }
}
