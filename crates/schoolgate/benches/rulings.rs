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
const RULING_P99_MAX: Duration = Duration::from_micros(100);
const QUESTION_P99_MAX: Duration = Duration::from_millis(2);
const READ_ALL_MAX: Duration = Duration::from_millis(100);
const COMPARE_MAX: Duration = Duration::from_secs(5);
const BATCH_MAX: Duration = Duration::from_secs(2);
/// Situations of one batch on the command line.
const BATCH: usize = 10_000;

fn main() {
    let vocabulary_file = file(&policies().join("vocabulary.cedarschema"));
    let vocabulary = Arc::new(Vocabulary::read(&vocabulary_file).expect("the shipped vocabulary has no faults"));
    let examples = std::fs::read_to_string(policies().join("worked-examples.json")).expect("the worked examples");
    let examples: Vec<Value> = serde_json::from_str(&examples).expect("the worked examples are JSON");
    let (mut all, mut reading) = (vec![], Duration::ZERO);
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
        reading += loading.percentile(50.0);
        all.push(policy);
    }
    let read_all = Row::new("read all packs", shown(reading))
        .level(format!("under {}", shown(READ_ALL_MAX)), reading < READ_ALL_MAX);
    print("the packs together", &[read_all, compare_row(&all), batch_row(&examples)]);
}

/// Each pack against each other, whole; the slowest pair counts.
fn compare_row(packs: &[Policy]) -> Row {
    let mut slowest = (Duration::ZERO, String::new());
    for (n, old) in packs.iter().enumerate() {
        for new in &packs[n + 1..] {
            let begun = Instant::now();
            let found = rulebook::compare(old, new, TODAY).expect("packs of one vocabulary compare");
            let pair = format!("{} and {}, {} differences", old.id, new.id, found.differences.len());
            slowest = slowest.max((begun.elapsed(), pair));
        }
    }
    Row::new(format!("compare two packs whole ({}, the slowest)", slowest.1), shown(slowest.0))
        .level(format!("under {}", shown(COMPARE_MAX)), slowest.0 < COMPARE_MAX)
}

/// The worked situations over and over through the command line, beside reading and writing the same JSON and nothing else.
fn batch_row(examples: &[Value]) -> Row {
    let batch: Vec<&Value> = examples.iter().map(|example| &example["situation"]).cycle().take(BATCH).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("situations.json");
    std::fs::write(&path, serde_json::to_vec(&batch).expect("JSON")).expect("the batch is written");
    let begun = Instant::now();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_schoolgate"))
        .args(["ask", "--policy", "rattlesden", "--format", "json", "--situation"])
        .arg(&path)
        .output()
        .expect("the command runs");
    let took = begun.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let begun = Instant::now();
    let read: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).expect("the batch")).expect("JSON");
    let answers: Value = serde_json::from_slice(&output.stdout).expect("the command answers in JSON");
    let written = serde_json::to_vec(&answers).expect("JSON");
    let bare = begun.elapsed();
    assert!(read.len() == BATCH && !written.is_empty());
    Row::new(format!("{BATCH} situations on the command line"), shown(took))
        .beside(format!("the same JSON read and written {}", shown(bare)), took.as_secs_f64() / bare.as_secs_f64())
        .level(format!("under {}", shown(BATCH_MAX)), took < BATCH_MAX)
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
    Row::new("next question, where only the act is known", figure)
        .level(format!("p99 under {}", shown(QUESTION_P99_MAX)), times.percentile(99.0) < QUESTION_P99_MAX)
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
