//! What a school settles beside its clauses: hours, platforms, routes and permissions.
//!
//! For: schools that take a pack as it is and set a few things. Promises: every value is checked, and a wrong one is named
//! with what was expected. Does not: change the words of a clause.

use super::settings::words;
use crate::permission::{MATTERS, Quality};
use crate::profile::{Cond, Rule};
use crate::situation::expected;
use crate::tree::{Node, Value};
use crate::vocabulary::Vocabulary;
use jiff::civil::{DateTime, Time, Weekday};
use serde::Serialize;
use std::collections::BTreeMap;

/// A list of platforms longer than this has no reader.
const PLATFORMS_MAX: usize = 64;

/// What a school settles beside its clauses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Choices {
    /// When the school works; `None` where it does not say.
    pub hours: Option<Hours>,
    /// Names of services that count as approved platforms.
    pub platforms: Vec<String>,
    /// Whom a duty to tell a role goes to instead.
    pub routes: BTreeMap<String, Vec<String>>,
    /// What a permission for a matter must be: `any`, `written`, `before`, `written before`.
    pub permissions: BTreeMap<String, String>,
}

/// When the school works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hours {
    /// First minute of the working day.
    pub from: Time,
    /// First minute after it.
    pub to: Time,
    /// Names of the days, small letters.
    pub days: Vec<String>,
}

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl Hours {
    /// Whether this moment of the school's own clock lies within them, were it a school day.
    pub fn hold(&self, moment: DateTime) -> bool {
        let day = DAYS.iter().find(|(_, day)| *day == moment.weekday()).map(|(name, _)| *name);
        let is_day = self.days.iter().any(|name| Some(name.as_str()) == day);
        is_day && (self.from..self.to).contains(&moment.time())
    }

    fn read(node: &Node) -> Result<Hours, String> {
        let Value::Map(keys) = &node.value else {
            return Err(format!("`hours` has `from`, `to` and `days`, this is {}", node.value.kind()));
        };
        let (mut from, mut to, mut days) = (None, None, vec![]);
        for (_, key, node) in keys {
            match key.as_str() {
                "from" => from = Some(time(node)?),
                "to" => to = Some(time(node)?),
                "days" => days = words(&node.value)?,
                other => {
                    return Err(format!(
                        "unknown key `{other}` in [hours]; {}",
                        expected(other, &["from", "to", "days"])
                    ));
                }
            }
        }
        let names = DAYS.map(|(name, _)| name);
        if let Some(wrong) = days.iter().find(|day| !names.contains(&day.as_str())) {
            return Err(format!("`{wrong}` is no day; {}", expected(wrong, &names)));
        }
        match (from, to) {
            (Some(from), Some(to)) if from < to && !days.is_empty() => Ok(Hours { from, to, days }),
            (Some(from), Some(to)) if from >= to => Err("[hours]: `from` must come before `to`".to_owned()),
            _ => Err("[hours] needs `from`, `to` and `days`".to_owned()),
        }
    }
}

/// Whom a duty can name.
pub(crate) fn told(vocabulary: &Vocabulary) -> Vec<String> {
    let known = ["actor.roles", "target.relations"].map(|path| vocabulary.question(path).map(|q| q.answers));
    let mut told: Vec<String> = vec![];
    for (name, _) in known.into_iter().flatten().flatten() {
        if !told.contains(&name) {
            told.push(name);
        }
    }
    told
}

/// `"08:30"`
fn time(node: &Node) -> Result<Time, String> {
    let wrong = || "a time is written as text, such as \"08:30\"".to_owned();
    let Value::Text(text) = &node.value else { return Err(wrong()) };
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<i8>().ok()).flatten();
    let (hour, minute) = number(hour).zip(number(minute)).ok_or_else(wrong)?;
    Time::new(hour, minute, 0, 0).map_err(|_| wrong())
}

impl Choices {
    /// Reads one key of `policy.toml`; `None` where it is no choice.
    pub(super) fn key(&mut self, vocabulary: &Vocabulary, key: &str, node: &Node) -> Option<Result<(), String>> {
        Some(match key {
            "hours" => Hours::read(node).map(|hours| self.hours = Some(hours)),
            "platforms" => self.read_platforms(node),
            "routes" => self.read_routes(vocabulary, node),
            "permissions" => self.read_permissions(node),
            _ => return None,
        })
    }

    fn read_platforms(&mut self, node: &Node) -> Result<(), String> {
        let names = words(&node.value)?;
        if names.len() > PLATFORMS_MAX {
            return Err(format!("`platforms` has {} names; at most {PLATFORMS_MAX} are read", names.len()));
        }
        if names.iter().any(|name| name.trim().is_empty()) {
            return Err("`platforms` has a name without letters".to_owned());
        }
        self.platforms = names;
        Ok(())
    }

    fn read_routes(&mut self, vocabulary: &Vocabulary, node: &Node) -> Result<(), String> {
        let Value::Map(keys) = &node.value else {
            return Err(format!("`routes` names roles, this is {}", node.value.kind()));
        };
        let known = told(vocabulary);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for (_, role, node) in keys {
            let to = words(&node.value)?;
            if let Some(wrong) = std::iter::once(role).chain(&to).find(|name| !known.contains(&name.as_str())) {
                return Err(format!("`{wrong}` is nobody who can be told; {}", expected(wrong, &known)));
            }
            if to.is_empty() {
                return Err(format!("`{role}` in [routes] needs at least one role that is told instead"));
            }
            self.routes.insert(role.clone(), to);
        }
        Ok(())
    }

    fn read_permissions(&mut self, node: &Node) -> Result<(), String> {
        let Value::Map(keys) = &node.value else {
            return Err(format!("`permissions` names matters, this is {}", node.value.kind()));
        };
        for (_, matter, node) in keys {
            if !MATTERS.contains(&matter.as_str()) {
                return Err(format!("`{matter}` is nothing a permission is for; {}", expected(matter, &MATTERS)));
            }
            let Value::Text(text) = &node.value else {
                return Err(format!("what a permission must be is a text, this is {}", node.value.kind()));
            };
            let qualities = ["any", "written", "before", "written before"];
            if quality(text).is_none() {
                return Err(format!("`{text}` is nothing a permission can be; {}", expected(text, &qualities)));
            }
            self.permissions.insert(matter.clone(), text.clone());
        }
        Ok(())
    }

    /// The rule as the school has settled it.
    pub(super) fn settle(&self, vocabulary: &Vocabulary, rule: &mut Rule) {
        if let Some(duty) = &mut rule.duty {
            let told = |role: &String| self.routes.get(role).cloned().unwrap_or_else(|| vec![role.clone()]);
            let mut to: Vec<String> = vec![];
            for role in duty.to.iter().flat_map(told) {
                if !to.contains(&role) {
                    to.push(role);
                }
            }
            duty.to = to;
        }
        if !self.permissions.is_empty() {
            rule.when = self.settled(vocabulary, &rule.when);
            rule.unless = self.settled(vocabulary, &rule.unless);
        }
    }

    fn settled(&self, vocabulary: &Vocabulary, cond: &Cond) -> Cond {
        let all = |parts: &[Cond]| parts.iter().map(|part| self.settled(vocabulary, part)).collect();
        match cond {
            Cond::Permitted(fact, asked) => {
                Cond::Permitted(*fact, self.quality(&vocabulary.facts[*fact].path).unwrap_or(*asked))
            }
            Cond::Not(inner) => Cond::Not(Box::new(self.settled(vocabulary, inner))),
            Cond::All(parts) => Cond::All(all(parts)),
            Cond::Any(parts) => Cond::Any(all(parts)),
            other => other.clone(),
        }
    }

    /// What the school asks of permissions of this standing (`permission.show.parent.pupil`).
    pub(crate) fn quality(&self, path: &str) -> Option<Quality> {
        let matter = crate::permission::Slot::of_path(path)?.matter;
        self.permissions.get(&matter).and_then(|text| quality(text))
    }

    /// Whether a service of this name is an approved platform of the school, by whichever of its names.
    pub(crate) fn approves(&self, vocabulary: &Vocabulary, service: &str) -> bool {
        let service = vocabulary.service(service);
        self.platforms.iter().any(|name| vocabulary.service(name) == service)
    }
}

fn quality(text: &str) -> Option<Quality> {
    Quality::named(&text.replace(' ', "_"))
}
