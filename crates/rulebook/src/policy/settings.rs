//! What `policy.toml` says: title, status, whom the policy binds, words for groups of people, and what the school sets.

use super::choices::Choices;
use super::{Policy, Status};
use crate::chapter::Clause;
use crate::examples::Example;
use crate::profile::{Cond, Layer, Parameters, Rule};
use crate::situation::expected;
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
}

/// What the chapters say.
pub(super) struct Parts {
    pub(super) clauses: Vec<Clause>,
    pub(super) rules: Vec<(usize, Rule)>,
    /// Whom each rule addresses, and whether that reaches employees.
    pub(super) addressed: Vec<(Cond, bool)>,
    pub(super) examples: Vec<(usize, Example)>,
}

impl Settings {
    pub(super) fn read(vocabulary: &Vocabulary, file: &File) -> Result<Settings, Vec<Fault>> {
        let places = Places::new(&file.name, &file.text);
        let node = tree::toml(&file.name, &file.text)?;
        let Value::Map(keys) = &node.value else {
            return Err(vec![places.fault(0, "a table was expected")]);
        };
        let mut settings = Settings::default();
        let mut faults = vec![];
        for (at, key, node) in keys {
            let choice = settings.choices.key(vocabulary, key, node);
            if let Err(said) = choice.unwrap_or_else(|| settings.key(key, node)) {
                faults.push(places.fault(*at, said));
            }
        }
        for (key, is_missing) in [
            ("id", settings.id.is_empty()),
            ("title", settings.title.is_empty()),
            ("school", settings.school.is_empty()),
            ("status", settings.status.is_none()),
            ("binds", settings.binds.is_empty()),
        ] {
            if is_missing && !keys.iter().any(|(_, k, _)| k == key) {
                faults.push(places.fault(0, format!("`{key}` is missing")));
            }
        }
        for words in settings.people.values().chain([&settings.binds]) {
            if let Err(said) = settings.people(vocabulary, words) {
                faults.push(places.fault(0, said));
            }
        }
        if let Err(said) = settings.social(vocabulary) {
            faults.push(places.fault(0, said));
        }
        if faults.is_empty() { Ok(settings) } else { Err(faults) }
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
                    parts.push(Cond::Is(
                        fact.ok_or_else(|| {
                            format!("`{role}` is neither a role nor a word under [people] in policy.toml")
                        })?,
                        0b10,
                    ));
                }
            }
        }
        Ok((Cond::Any(parts), employees))
    }

    fn social(&self, vocabulary: &Vocabulary) -> Result<u128, String> {
        let Domain::List(families) = &vocabulary.facts[vocabulary.ids.family].domain else {
            return Ok(0);
        };
        let names: Vec<&str> = families.iter().map(String::as_str).collect();
        self.social.iter().try_fold(0, |mask, name| {
            let at = families.iter().position(|f| f == name);
            at.map(|n| mask | (1u128 << n))
                .ok_or_else(|| format!("`{name}` is no sort of service; {}", expected(name, &names)))
        })
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
