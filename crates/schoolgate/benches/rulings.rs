//! How fast a policy answers, beside Cedar's own authorizer on the same policy texts and schema.
//!
//! For: the levels of the rulebook. Promises: both run over the same acts in the same process; Cedar's requests are made beforehand, which
//! favours it. Does not: compare answers; the rulebook's tests do.

#[path = "measure/mod.rs"]
mod measure;

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request, Schema, SchemaFragment};
use jiff::civil::{Date, date};
use measure::{Row, Times, print, shown};
use rulebook::{File, Policy, Situation, Vocabulary};
use serde_json::{Map, Value, json};

const TODAY: Date = date(2026, 11, 20);
const EACH: Duration = Duration::from_secs(2);
const RULING_P99_MAX: Duration = Duration::from_millis(1);

fn main() {
    let vocabulary_file = file(&policies().join("vocabulary.cedarschema"));
    let vocabulary = Arc::new(Vocabulary::read(&vocabulary_file).expect("the shipped vocabulary has no faults"));
    let examples = std::fs::read_to_string(policies().join("worked-examples.json")).expect("the worked examples");
    let examples: Vec<Value> = serde_json::from_str(&examples).expect("the worked examples are JSON");
    for folder in packs() {
        let files: Vec<File> =
            std::fs::read_dir(&folder).expect("a pack").map(|entry| file(&entry.expect("a file").path())).collect();
        let (policy, faults) = rulebook::read(&vocabulary, &files);
        let Some(policy) = policy else { panic!("{}: {} faults", folder.display(), faults.len()) };
        let loading = each(EACH / 4, || drop(rulebook::read(&vocabulary, &files)));
        let situations = situations(&vocabulary, &policy.id, &examples);
        let cedar = Cedar::new(&vocabulary_file.text, &files, &situations);
        let rows = [
            ruling_row(&policy, &situations, &cedar),
            partial_row(&policy, &vocabulary, &situations),
            Row::new("read the pack", shown(loading.percentile(50.0))),
        ];
        print(&format!("{}: {} clauses, {} situations", policy.id, policy.clauses.len(), situations.len()), &rows);
    }
}

/// A ruling for each worked example of the policy, in turn, and Cedar's decision for the same acts.
fn ruling_row(policy: &Policy, situations: &[Situation], cedar: &Cedar) -> Row {
    let mut turn = situations.iter().cycle();
    let ours = each(EACH, || drop(policy.rule(turn.next().expect("a cycle has no end"))));
    let mut turn = cedar.requests.iter().cycle();
    let bare = each(EACH, || {
        drop(cedar.authorizer.is_authorized(turn.next().expect("a cycle has no end"), &cedar.policies, &cedar.entities))
    });
    let rate = |times: &Times| times.count() as f64 / EACH.as_secs_f64();
    let counted = |times: &Times| {
        format!("{:.0}/s, p50 {}, p99 {}", rate(times), shown(times.percentile(50.0)), shown(times.percentile(99.0)))
    };
    let ratio = ours.percentile(50.0).as_secs_f64() / bare.percentile(50.0).as_secs_f64();
    Row::new("rulings", counted(&ours))
        .beside(format!("Cedar alone {}", counted(&bare)), ratio)
        .level(format!("p99 under {}", shown(RULING_P99_MAX)), ours.percentile(99.0) < RULING_P99_MAX)
}

/// Only the act is known: what the first question of a journey costs.
fn partial_row(policy: &Policy, vocabulary: &Vocabulary, situations: &[Situation]) -> Row {
    let mut acts: Vec<&str> = situations.iter().map(|situation| situation.act(vocabulary)).collect();
    acts.sort_unstable();
    acts.dedup();
    let bare: Vec<Situation> =
        acts.iter().map(|act| read(vocabulary, &json!({ "act": act, "actor": { "roles": "unknown" } }))).collect();
    let mut turn = bare.iter().cycle();
    let times = each(EACH, || drop(policy.rule(turn.next().expect("a cycle has no end"))));
    let figure = format!("p50 {}, p99 {}", shown(times.percentile(50.0)), shown(times.percentile(99.0)));
    Row::new("rulings of which only the act is known", figure)
}

fn read(vocabulary: &Vocabulary, situation: &Value) -> Situation {
    let read = Situation::read_json(vocabulary, "example", &situation.to_string(), TODAY);
    let mut batch = read.unwrap_or_else(|faults| panic!("{situation}: {faults:?}"));
    batch.situations.remove(0)
}

/// The worked examples of a policy; the expectations are the rulebook's tests' business.
fn situations(vocabulary: &Vocabulary, policy: &str, examples: &[Value]) -> Vec<Situation> {
    let own = examples.iter().filter(|example| example["policy"] == json!(policy));
    let found: Vec<Situation> = own.map(|example| read(vocabulary, &example["situation"])).collect();
    assert!(!found.is_empty(), "no worked example for {policy}");
    found
}

/// Cedar with the same texts.
struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

impl Cedar {
    fn new(schema_text: &str, files: &[File], situations: &[Situation]) -> Self {
        let (fragment, _) = SchemaFragment::from_cedarschema_str(schema_text).expect("Cedar reads the vocabulary");
        let shape = fragment.to_json_value().expect("Cedar writes the vocabulary");
        let (schema, _) = Schema::from_cedarschema_str(schema_text).expect("Cedar reads the vocabulary");
        let texts: String =
            files.iter().filter(|file| file.name.ends_with(".md")).map(|file| cedar_blocks(&file.text)).collect();
        let policies = PolicySet::from_str(&texts).expect("Cedar reads the clauses");
        assert!(policies.num_of_policies() > 0, "no Cedar block found");
        let context = blank(&shape[""]["commonTypes"]["Situation"], &shape[""]);
        let uid = |text: &str| EntityUid::from_str(text).expect("a name of ours");
        let vocabulary = Vocabulary::read(&File::new("vocabulary.cedarschema", schema_text)).expect("read before");
        let request = |situation: &Situation| {
            let action = uid(&format!("Action::\"{}\"", situation.act(&vocabulary)));
            let context = Context::from_json_value(context.clone(), Some((&schema, &action)))
                .expect("the blank situation fits the schema");
            let (person, school) = (uid("Person::\"somebody\""), uid("School::\"this\""));
            Request::new(person, action, school, context, Some(&schema)).expect("the request fits the schema")
        };
        let requests = situations.iter().map(request).collect();
        Self { authorizer: Authorizer::new(), policies, entities: Entities::empty(), requests }
    }
}

/// The Cedar under the clauses of a chapter.
fn cedar_blocks(chapter: &str) -> String {
    let blocks = chapter.split("```cedar\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).collect::<Vec<_>>().join("\n")
}

/// A value of this type: no, zero, or the first of a list.
fn blank(shape: &Value, all: &Value) -> Value {
    let name = shape["name"].as_str().unwrap_or_default();
    match shape["type"].as_str().unwrap_or_default() {
        "Record" => {
            let empty = Map::new();
            let attributes = shape["attributes"].as_object().unwrap_or(&empty).iter();
            attributes.map(|(key, inner)| (key.clone(), blank(inner, all))).collect::<Map<_, _>>().into()
        }
        "Boolean" | "Bool" => json!(false),
        "Long" => json!(0),
        "String" => json!(""),
        "Set" => json!([]),
        "EntityOrCommon" | "Entity" if matches!(name, "Bool" | "__cedar::Bool") => json!(false),
        "EntityOrCommon" | "Entity" if matches!(name, "Long" | "__cedar::Long") => json!(0),
        "EntityOrCommon" | "Entity" if all["entityTypes"][name]["enum"].is_array() => {
            json!({ "__entity": { "type": name, "id": all["entityTypes"][name]["enum"][0] } })
        }
        "EntityOrCommon" => blank(&all["commonTypes"][name], all),
        other => blank(&all["commonTypes"][other], all),
    }
}

fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

/// The folders that hold a policy.
fn packs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(policies()).expect("the policies");
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("policy.toml").is_file())
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no policy in {}", policies().display());
    found
}

fn file(path: &Path) -> File {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    File::new(name, std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// Times each call of `act` for as long as `long`, after a tenth of it to warm up.
fn each(long: Duration, mut act: impl FnMut()) -> Times {
    let warm = Instant::now();
    while warm.elapsed() < long / 10 {
        act();
    }
    let begun = Instant::now();
    let mut times = Vec::new();
    while begun.elapsed() < long {
        let at = Instant::now();
        act();
        times.push(at.elapsed());
    }
    Times::new(times)
}
