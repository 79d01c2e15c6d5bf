//! What `policy.toml` says: title, status, whom the policy binds, words for groups of people, and what the school sets.

use super::choices::Choices;
use super::{Policy, Status};
use crate::chapter::Clause;
use crate::examples::Example;
use crate::profile::{Cond, Layer, Parameters, Rule};
use crate::situation::{did_you_mean, expected};
use crate::tree::{Node, Value};
use crate::vocabulary::{Domain, Vocabulary};
use crate::{Fault, File, Places, tree};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `policy.toml` says.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) id: String,
    title: String,
    school: String,
    status: Option<Status>,
    binds: Vec<String>,
    pub(super) people: BTreeMap<String, Vec<String>>,
    social: Vec<String>,
    pub(super) parameters: Parameters,
    /// Clauses that are switched off, with or without the policy's own name in front, and where that stands.
    pub(super) off: Vec<(usize, String)>,
    approver: Option<String>,
    approved: Option<String>,
    review: Option<String>,
    pub(super) choices: Choices,
    /// Whether its name, its words for people and its numbers could all be read; where not, nobody says that one is missing.
    pub(super) is_whole: bool,
}

/// Stands for the policy's name while that cannot be read.
const STAND_IN: &str = "policy";

/// What the chapters say.
pub(super) struct Parts {
    pub(super) clauses: Vec<Clause>,
    pub(super) rules: Vec<(usize, Rule)>,
    /// Whom each rule addresses, and whether that reaches employees.
    pub(super) addressed: Vec<(Cond, bool)>,
    pub(super) examples: Vec<(usize, Example)>,
}

impl Settings {
    /// What can be read of the file, and every fault in it. A file that is not there says nothing and has no fault.
    pub(super) fn read(vocabulary: &Vocabulary, file: Option<&File>) -> (Settings, Vec<Fault>) {
        let mut settings = Settings::default();
        let Some(file) = file else {
            settings.id = STAND_IN.to_owned();
            return (settings, vec![]);
        };
        let places = Places::new(&file.name, &file.text);
        let (keys, mut faults) = tree::toml_as_far(&file.name, &file.text);
        let is_broken = !faults.is_empty();
        settings.is_whole = !is_broken;
        for (at, key, node) in &keys {
            let choice = settings.choices.key(vocabulary, key, node);
            if let Err(said) = choice.unwrap_or_else(|| settings.key(key, node)) {
                // In a file that is broken, a value may have run into the next.
                if !is_broken {
                    faults.push(places.fault(*at, said));
                }
                settings.is_whole &= !["id", "people", "parameters"].contains(&key.as_str());
            }
        }
        if settings.is_whole {
            settings.check_keys(vocabulary, &places, &keys, &mut faults);
        }
        if settings.id.is_empty() {
            settings.is_whole = false;
            settings.id = STAND_IN.to_owned();
        }
        (settings, faults)
    }

    /// What is missing, and words for people and services that are not known.
    fn check_keys(
        &self,
        vocabulary: &Vocabulary,
        places: &Places<'_>,
        keys: &[(usize, String, Node)],
        faults: &mut Vec<Fault>,
    ) {
        for (key, is_missing) in [
            ("id", self.id.is_empty()),
            ("title", self.title.is_empty()),
            ("school", self.school.is_empty()),
            ("status", self.status.is_none()),
            ("binds", self.binds.is_empty()),
        ] {
            if is_missing && !keys.iter().any(|(_, k, _)| k == key) {
                faults.push(places.fault(0, format!("`{key}` is missing")));
            }
        }
        for (_, key, node) in keys {
            let lists: Vec<&Node> = match (key.as_str(), &node.value) {
                ("binds" | "social", _) => vec![node],
                ("people", Value::Map(named)) => named.iter().map(|(.., node)| node).collect(),
                _ => vec![],
            };
            for (at, word) in lists.into_iter().flat_map(texts) {
                let read = match key.as_str() {
                    "social" => family(vocabulary, &word).map(|_| ()),
                    _ => self.people(vocabulary, &[word]).map(|_| ()),
                };
                faults.extend(read.err().map(|said| places.fault(at, said)));
            }
        }
    }

    fn key(&mut self, key: &str, node: &Node) -> Result<(), String> {
        const KEYS: [&str; 17] = [
            "id",
            "title",
            "school",
            "status",
            "binds",
            "people",
            "social",
            "parameters",
            "off",
            "note",
            "approver",
            "approved",
            "review",
            "hours",
            "platforms",
            "routes",
            "permissions",
        ];
        match (key, &node.value) {
            ("id", Value::Text(text)) if is_name(text) => self.id = text.clone(),
            ("id", _) => {
                return Err("`id` is small letters and hyphens, such as `westacre`".to_owned());
            }
            ("title", Value::Text(text)) => self.title = text.clone(),
            ("school", Value::Text(text)) => self.school = text.clone(),
            ("status", Value::Text(text)) => {
                let names: Vec<&str> = Status::ALL.iter().map(|(name, _)| *name).collect();
                let found = Status::ALL.iter().find(|(name, _)| name == text).map(|(_, status)| *status);
                self.status = Some(found.ok_or_else(|| format!("`{text}` is no status; {}", expected(text, &names)))?);
            }
            ("binds", value) => self.binds = words(value)?,
            ("social", value) => self.social = words(value)?,
            ("people", Value::Map(keys)) => {
                for (_, name, node) in keys {
                    self.people.insert(name.clone(), words(&node.value)?);
                }
            }
            ("parameters", Value::Map(keys)) => {
                for (_, name, node) in keys {
                    let number = match &node.value {
                        Value::Number(number) => number.parse::<i64>().ok(),
                        _ => None,
                    };
                    self.parameters
                        .insert(name.clone(), number.ok_or_else(|| format!("`{name}` must be a whole number"))?);
                }
            }
            ("off", value @ Value::List(items)) => self.off = named(value, items)?,
            ("note", Value::Text(_)) => {}
            ("approver", Value::Text(text)) => self.approver = Some(text.clone()),
            ("approved" | "review", Value::Text(text)) => {
                let day =
                    text.parse::<jiff::civil::Date>().map_err(|_| format!("`{key}` is a day, such as 2026-09-01"))?;
                let kept = if key == "review" { &mut self.review } else { &mut self.approved };
                *kept = Some(day.to_string());
            }
            (known, value) if KEYS.contains(&known) => {
                return Err(format!("`{known}` cannot be {}", value.kind()));
            }
            (other, _) => return Err(format!("unknown key `{other}`; {}", expected(other, &KEYS))),
        }
        Ok(())
    }

    /// Whether the actor is one of these: words of the policy, roles, `employed`, or `anyone`. Also whether employees are.
    pub(super) fn people(&self, vocabulary: &Vocabulary, words: &[String]) -> Result<(Cond, bool), String> {
        let mut parts = vec![];
        let mut employees = false;
        let named =
            words.iter().flat_map(|word| self.people.get(word).map_or(std::slice::from_ref(word), Vec::as_slice));
        for word in named {
            match word.as_str() {
                "anyone" => {
                    parts.push(Cond::Always(true));
                    employees = true;
                }
                "employed" => {
                    parts.push(Cond::Is(vocabulary.ids.employed, 0b10));
                    employees = true;
                }
                // The school itself, and bodies that put no question: nobody who asks is addressed.
                "school" | "nobody" => {}
                role => {
                    let fact = vocabulary.fact(&format!("actor.roles.{role}"));
                    parts.push(Cond::Is(fact.ok_or_else(|| self.nobody(vocabulary, role))?, 0b10));
                }
            }
        }
        Ok((Cond::Any(parts), employees))
    }

    fn nobody(&self, vocabulary: &Vocabulary, word: &str) -> String {
        let roles = vocabulary.question("actor.roles").map(|question| question.answers).unwrap_or_default();
        let roles = roles.iter().map(|(name, _)| name.as_str());
        let known: Vec<&str> =
            self.people.keys().map(String::as_str).chain(roles).chain(["anyone", "employed"]).collect();
        let meant = did_you_mean(word, &known);
        format!("`{word}` is neither a role nor a word under [people] in policy.toml{meant}")
    }

    fn social(&self, vocabulary: &Vocabulary) -> Result<u128, String> {
        self.social.iter().try_fold(0, |mask, name| Ok(mask | (1u128 << family(vocabulary, name)?)))
    }

    pub(super) fn into_policy(self, vocabulary: &Arc<Vocabulary>, version: String, parts: Parts) -> Policy {
        let Parts { clauses, mut rules, addressed, examples } = parts;
        for (_, rule) in &mut rules {
            self.choices.settle(vocabulary, rule);
        }
        let lifters = |n: usize| -> Vec<usize> {
            let id = &clauses[rules[n].0].id;
            (0..rules.len()).filter(|other| rules[*other].1.lifts.contains(id)).collect()
        };
        let associates = ASSOCIATES.map(str::to_owned);
        let (addressed, reaches_employees) = addressed.into_iter().unzip();
        let acts = vocabulary.acts().len();
        let mut policy = Policy {
            suppositions: vec![],
            vocabulary: Arc::clone(vocabulary),
            binds: self.people(vocabulary, &self.binds).map(|(cond, _)| cond).unwrap_or(Cond::Always(false)),
            associates: self.people(vocabulary, &associates).map(|(cond, _)| cond).unwrap_or(Cond::Always(false)),
            social: self.social(vocabulary).unwrap_or(0),
            status: self.status.unwrap_or(Status::Draft),
            by_act: (0..acts)
                .map(|act| (0..rules.len()).filter(|n| rules[*n].1.acts & (1 << act) != 0).collect())
                .collect(),
            lifters: (0..rules.len()).map(lifters).collect(),
            freedoms: (0..rules.len()).filter(|n| rules[*n].1.layer == Layer::Freedom).collect(),
            id: self.id,
            title: self.title,
            school: self.school,
            approver: self.approver,
            approved: self.approved,
            review: self.review,
            parameters: self.parameters,
            choices: self.choices,
            version,
            clauses,
            rules,
            addressed,
            reaches_employees,
            examples,
        };
        policy.suppositions = (0..acts).map(|act| policy.suppositions(act)).collect();
        policy
    }
}

/// The number of a sort of service.
fn family(vocabulary: &Vocabulary, name: &str) -> Result<usize, String> {
    let Domain::List(families) = &vocabulary.facts[vocabulary.ids.family].domain else {
        return Ok(0);
    };
    let names: Vec<&str> = families.iter().map(String::as_str).collect();
    let at = families.iter().position(|family| family == name);
    at.ok_or_else(|| format!("`{name}` is no sort of service; {}", expected(name, &names)))
}

/// The texts in a list, with their places.
fn texts(node: &Node) -> Vec<(usize, String)> {
    let Value::List(items) = &node.value else { return vec![] };
    let text = |item: &Node| match &item.value {
        Value::Text(text) => Some((item.at, text.clone())),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

/// Texts of a list with their places.
fn named(value: &Value, items: &[Node]) -> Result<Vec<(usize, String)>, String> {
    Ok(items.iter().map(|item| item.at).zip(words(value)?).collect())
}

/// Whoever works for or with a school: outside a policy, they get its answers as guidance. A teacher whom the council or an
/// agency employs is one of them, too.
const ASSOCIATES: [&str; 12] = [
    "teacher",
    "teaching-assistant",
    "support-staff",
    "supply",
    "headteacher",
    "senior-leader",
    "dsl",
    "governor",
    "chair-of-governors",
    "volunteer",
    "contractor",
    "association-member",
];

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

pub(super) fn words(value: &Value) -> Result<Vec<String>, String> {
    let Value::List(items) = value else {
        return Err(format!("a list of texts was expected, this is {}", value.kind()));
    };
    items
        .iter()
        .map(|item| match &item.value {
            Value::Text(text) => Ok(text.clone()),
            other => Err(format!("a list of texts was expected, {} stands in it", other.kind())),
        })
        .collect()
}
