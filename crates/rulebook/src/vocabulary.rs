//! The vocabulary: facts, their finite domains, their questions, and the acts.
//!
//! For: one place that says what may be spoken of (rulings.md, section 2). Promises: every fact is finite; a schema that
//! breaks the profile is refused with the place. Does not: hold any value.

use crate::ids::Ids;
use crate::{Fault, File, Places};
use cedar_policy::{Schema, SchemaFragment};
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};

/// Index of a fact in [`Vocabulary`].
pub(crate) type FactId = usize;
/// Index of a question (a fact, or a whole set) in [`Vocabulary`].
pub(crate) type GroupId = usize;

/// The values a fact can have, numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// `no` is value 0, `yes` is value 1.
    Bool,
    /// One of a closed list.
    List(Vec<String>),
    /// A whole number of years from 0 up to and including this one.
    Years(u8),
    /// What is on record of one permission; see [`crate::permission`].
    Standing,
}

impl Domain {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Domain::Bool => 2,
            Domain::List(values) => values.len(),
            Domain::Years(top) => *top as usize + 1,
            Domain::Standing => crate::permission::STANDINGS,
        }
    }

    /// Never: every domain has at least two values.
    pub fn is_empty(&self) -> bool {
        false
    }
}

/// What a fact is when a situation leaves it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Default {
    Required,
    Unknown,
    Derived,
    Value(usize),
}

/// One finite fact.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// Dotted path; for a member of a set, the set's path and the member's name.
    pub(crate) path: String,
    pub(crate) domain: Domain,
    pub(crate) default: Default,
    pub(crate) group: GroupId,
    /// The type of its values in Cedar, for one of a list.
    pub(crate) entity: Option<String>,
}

/// What is asked as one question: a fact, or a set with one fact for each member.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) path: String,
    pub(crate) ask: String,
    /// Value or member name, and how a person is shown it.
    pub(crate) answers: Vec<(String, String)>,
    pub(crate) facts: Vec<FactId>,
    pub(crate) is_set: bool,
    pub(crate) after: Option<String>,
}

/// One act that can be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Name, such as `connect-accept`.
    pub name: String,
    /// The question a person would ask.
    pub ask: String,
    /// Whether `service` is read for it.
    pub carries_service: bool,
    /// Whether `content` is read for it.
    pub carries_content: bool,
    /// The kinds of act it belongs to, such as `own-online`.
    pub kinds: Vec<String>,
    /// The heading under which pages list it: `contact`, `posting`, `equipment`, `concern`, `school`.
    pub topic: String,
    /// Paths of the facts a page asks about; the others keep their defaults until somebody says otherwise.
    pub asks: Vec<String>,
}

/// A fact or set as a page would show it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FactView {
    /// Dotted path.
    pub path: String,
    /// The question.
    pub ask: String,
    /// Values and how they are shown; empty for a whole number.
    pub answers: Vec<(String, String)>,
    /// Whether several answers may hold at once.
    pub is_set: bool,
    /// Whether it may be that none of them holds.
    pub may_be_empty: bool,
}

/// Everything a clause may speak of.
pub struct Vocabulary {
    pub(crate) facts: Vec<Fact>,
    pub(crate) groups: Vec<Group>,
    pub(crate) acts: Vec<Act>,
    pub(crate) schema: Schema,
    pub(crate) ids: Ids,
    by_path: HashMap<String, FactId>,
    group_by_path: HashMap<String, GroupId>,
    /// Former and short names of services, and the name each stands for.
    services: HashMap<String, String>,
}

/// Only these annotations mean something; a slip in one would silently change a default.
const ANNOTATIONS: [&str; 8] = ["set", "question", "default", "range", "after", "answers", "say", "derived"];

impl Vocabulary {
    /// Reads the schema.
    ///
    /// # Errors
    /// Every fault with its place: text that Cedar does not take, a fact that is not finite, a missing question, an
    /// annotation that means nothing.
    pub fn read(file: &File) -> Result<Vocabulary, Vec<Fault>> {
        let places = Places::new(&file.name, &file.text);
        let (fragment, _) =
            SchemaFragment::from_cedarschema_str(&file.text).map_err(|e| vec![diagnostic(&places, &e)])?;
        let json = fragment.clone().to_json_value().map_err(|e| vec![places.fault(0, e.to_string())])?;
        let schema = Schema::from_schema_fragments([fragment]).map_err(|e| vec![diagnostic(&places, &e)])?;
        let mut reader = Reader { json: &json[""], places: &places, facts: vec![], groups: vec![], faults: vec![] };
        reader.record("Situation", "");
        let acts = reader.acts();
        let services = reader.services();
        if !reader.faults.is_empty() {
            return Err(reader.faults);
        }
        let Reader { facts, groups, .. } = reader;
        let by_path: HashMap<String, FactId> =
            facts.iter().enumerate().map(|(id, fact)| (fact.path.clone(), id)).collect();
        let ids = Ids::find(&facts, &by_path).map_err(|path| {
            let mut fault =
                places.fault(0, "the contract derives defaults from this fact; it must stay in the vocabulary");
            fault.path = Some(path);
            vec![fault]
        })?;
        let group_by_path = groups.iter().enumerate().map(|(id, group)| (group.path.clone(), id)).collect();
        Ok(Vocabulary { facts, groups, acts, schema, ids, by_path, group_by_path, services })
    }

    /// Every act, in the order of the schema's names.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// Every question a person can be asked, except the permissions.
    pub fn questions(&self) -> Vec<FactView> {
        self.groups.iter().filter(|g| g.path != "permissions").map(|group| self.view(group)).collect()
    }

    /// The question of one fact or set.
    pub fn question(&self, path: &str) -> Option<FactView> {
        self.group_by_path.get(path).map(|id| self.view(&self.groups[*id]))
    }

    fn view(&self, group: &Group) -> FactView {
        FactView {
            path: group.path.clone(),
            ask: group.ask.clone(),
            answers: group.answers.clone(),
            is_set: group.is_set,
            may_be_empty: self.may_be_empty(group),
        }
    }

    pub(crate) fn fact(&self, path: &str) -> Option<FactId> {
        self.by_path.get(path).copied()
    }

    pub(crate) fn group(&self, path: &str) -> Option<GroupId> {
        self.group_by_path.get(path).copied()
    }

    /// The name of a service as it is compared; one that the vocabulary does not list stands for itself.
    pub(crate) fn service(&self, name: &str) -> String {
        let name = folded(name);
        self.services.get(&name).cloned().unwrap_or(name)
    }

    /// Whether a set may hold nobody and nothing: what left out is somebody cannot be given as nobody.
    pub(crate) fn may_be_empty(&self, group: &Group) -> bool {
        group.is_set && group.facts.iter().all(|fact| self.facts[*fact].default == Default::Value(0))
    }

    pub(crate) fn act(&self, name: &str) -> Option<usize> {
        self.acts.iter().position(|act| act.name == name)
    }
}

/// Small letters without spaces: people write both `LinkedIn` and `Linked In`.
fn folded(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// A miette diagnostic of Cedar's as a fault: its first label is the place, its help is kept.
pub(crate) fn diagnostic<E: miette::Diagnostic + ?Sized>(places: &Places<'_>, error: &E) -> Fault {
    let offset = error.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
    let mut said = error.to_string();
    if let Some(help) = error.help() {
        said = format!("{said} ({help})");
    }
    places.fault(offset, said)
}

struct Reader<'a> {
    json: &'a Json,
    places: &'a Places<'a>,
    facts: Vec<Fact>,
    groups: Vec<Group>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, path: &str, said: &str) {
        let mut fault = self.places.fault(0, said);
        fault.path = Some(path.to_owned());
        self.faults.push(fault);
    }

    fn record(&mut self, type_name: &str, prefix: &str) {
        let attributes: BTreeMap<String, Json> =
            serde_json::from_value(self.json["commonTypes"][type_name]["attributes"].clone()).unwrap_or_default();
        for (name, attribute) in attributes {
            let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            self.attribute(&path, &attribute);
        }
    }

    fn attribute(&mut self, path: &str, attribute: &Json) {
        let note = |key: &str| attribute["annotations"].get(key).map(|v| v.as_str().unwrap_or("").to_owned());
        let type_name = attribute["name"].as_str().or(attribute["type"].as_str()).unwrap_or("").to_owned();
        if attribute["required"] == Json::Bool(false) {
            self.fault(path, "a fact is never optional: an absent fact would read as no");
        }
        for key in attribute["annotations"].as_object().into_iter().flat_map(|notes| notes.keys()) {
            if !ANNOTATIONS.contains(&key.as_str()) {
                self.fault(path, &format!("unknown annotation `@{key}`; known are {}", ANNOTATIONS.join(", ")));
            }
        }
        if path.starts_with("parameter") {
            return;
        }
        if note("derived").is_some() {
            self.add(path, Domain::Bool, Default::Derived, vec![]);
        } else if type_name == "Standing" {
            self.standing(path);
        } else if note("set").is_some() {
            self.set(path, attribute, &type_name);
        } else if self.json["commonTypes"].get(&type_name).is_some() {
            self.record(&type_name, path);
        } else {
            self.single(path, attribute, &type_name);
        }
    }

    fn standing(&mut self, path: &str) {
        let group = match self.groups.iter().position(|g| g.path == "permissions") {
            Some(group) => group,
            None => {
                self.groups.push(Group {
                    path: "permissions".to_owned(),
                    ask: "Which permissions are on record for this?".to_owned(),
                    answers: vec![],
                    facts: vec![],
                    is_set: true,
                    after: None,
                });
                self.groups.len() - 1
            }
        };
        self.push_fact(path.to_owned(), Domain::Standing, Default::Value(0), group);
    }

    fn push_fact(&mut self, path: String, domain: Domain, default: Default, group: GroupId) -> FactId {
        self.facts.push(Fact { path, domain, default, group, entity: None });
        let id = self.facts.len() - 1;
        self.groups[group].facts.push(id);
        id
    }

    fn add(&mut self, path: &str, domain: Domain, default: Default, answers: Vec<(String, String)>) -> FactId {
        let group =
            Group { path: path.to_owned(), ask: String::new(), answers, facts: vec![], is_set: false, after: None };
        self.groups.push(group);
        self.push_fact(path.to_owned(), domain, default, self.groups.len() - 1)
    }

    fn set(&mut self, path: &str, attribute: &Json, type_name: &str) {
        let note = |key: &str| attribute["annotations"][key].as_str().map(str::to_owned);
        let members: BTreeMap<String, Json> =
            serde_json::from_value(self.json["commonTypes"][type_name]["attributes"].clone()).unwrap_or_default();
        let default = note("default").unwrap_or_default();
        // People read answers in the order in which the author wrote them; Cedar gives attributes by their names.
        let written = |name: &str| {
            let text = self.places.text();
            let start = text.find(&format!("type {type_name} = {{")).unwrap_or(0);
            text[start..].find(&format!(" {name}: ")).unwrap_or(usize::MAX)
        };
        let mut members: Vec<(String, Json)> = members.into_iter().collect();
        members.sort_by_key(|(name, _)| written(name));
        let names: Vec<String> = members.iter().map(|(name, _)| name).map(|name| name.replace('_', "-")).collect();
        let answers = members
            .iter()
            .zip(&names)
            .map(|((_, member), name)| (name.clone(), member["annotations"]["say"].as_str().unwrap_or(name).to_owned()))
            .collect();
        self.groups.push(Group {
            path: path.to_owned(),
            ask: note("question").unwrap_or_default(),
            answers,
            facts: vec![],
            is_set: true,
            after: note("after"),
        });
        let group = self.groups.len() - 1;
        if note("question").is_none() {
            self.fault(path, "a fact needs `@question`, the sentence a person is asked");
        }
        for name in &names {
            let default = match default.as_str() {
                "required" => Default::Required,
                "empty" => Default::Value(0),
                member => Default::Value(usize::from(member == name)),
            };
            self.push_fact(format!("{path}.{name}"), Domain::Bool, default, group);
        }
        if !["required", "empty"].contains(&default.as_str()) && !names.contains(&default) {
            self.fault(path, "`@default` of a set is `required`, `empty` or one of its members");
        }
    }

    fn single(&mut self, path: &str, attribute: &Json, type_name: &str) {
        let note = |key: &str| attribute["annotations"][key].as_str().map(str::to_owned);
        let listed = self.json["entityTypes"][type_name]["enum"].as_array();
        let domain = match type_name {
            "Bool" | "Boolean" => Domain::Bool,
            "Long" => match note("range")
                .as_deref()
                .and_then(|r| r.strip_prefix("0.."))
                .and_then(|top| top.parse::<u8>().ok())
            {
                Some(top) if top <= 126 => Domain::Years(top),
                _ => {
                    return self.fault(path, "a whole number needs `@range(\"0..N\")` with N up to 126");
                }
            },
            _ if listed.is_some() => {
                Domain::List(listed.into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect())
            }
            other => return self.fault(path, &format!("type `{other}` is not finite")),
        };
        let default = match self.default_of(path, &domain, note("default").as_deref()) {
            Some(default) => default,
            None => return,
        };
        let answers = self.answers_of(path, &domain, note("answers").as_deref());
        let id = self.add(path, domain, default, answers);
        let group = self.facts[id].group;
        self.facts[id].entity = listed.map(|_| type_name.to_owned());
        self.groups[group].after = note("after");
        match note("question") {
            Some(ask) => self.groups[group].ask = ask,
            None => self.fault(path, "a fact needs `@question`, the sentence a person is asked"),
        }
    }

    fn default_of(&mut self, path: &str, domain: &Domain, written: Option<&str>) -> Option<Default> {
        match (written, domain) {
            (Some("unknown"), _) => Some(Default::Unknown),
            (Some("derived"), _) => Some(Default::Derived),
            (Some("no"), Domain::Bool) => Some(Default::Value(0)),
            (Some("yes"), Domain::Bool) => Some(Default::Value(1)),
            (Some(value), Domain::List(values)) if values.iter().any(|v| v == value) => {
                values.iter().position(|v| v == value).map(Default::Value)
            }
            _ => {
                self.fault(path, "`@default` is needed: `unknown`, `derived`, or one of the fact's own values");
                None
            }
        }
    }

    fn answers_of(&mut self, path: &str, domain: &Domain, written: Option<&str>) -> Vec<(String, String)> {
        let labels: HashMap<&str, &str> = written
            .unwrap_or("")
            .split('|')
            .filter_map(|pair| pair.split_once('='))
            .map(|(value, label)| (value.trim(), label.trim()))
            .collect();
        match domain {
            Domain::Bool => vec![("true".to_owned(), "Yes".to_owned()), ("false".to_owned(), "No".to_owned())],
            Domain::List(values) => {
                for label in labels.keys() {
                    if !values.iter().any(|v| v == label) {
                        self.fault(path, &format!("`@answers` names `{label}`, which is no value of this fact"));
                    }
                }
                values
                    .iter()
                    .map(|v| {
                        (v.clone(), labels.get(v.as_str()).map_or_else(|| v.replace('-', " "), |l| (*l).to_owned()))
                    })
                    .collect()
            }
            Domain::Years(_) | Domain::Standing => vec![],
        }
    }

    /// The facts a page asks about; each must exist.
    fn asks(&mut self, act: &str, written: &str) -> Vec<String> {
        let asks: Vec<String> = written.split_whitespace().map(str::to_owned).collect();
        for path in &asks {
            if !self.groups.iter().any(|group| group.path == *path) {
                self.fault(act, &format!("`@asks` names `{path}`, which is no fact"));
            }
        }
        asks
    }

    fn acts(&mut self) -> Vec<Act> {
        let actions: BTreeMap<String, Json> = serde_json::from_value(self.json["actions"].clone()).unwrap_or_default();
        let mut acts = vec![];
        for (name, action) in actions {
            // A kind of act applies to nobody; it only groups.
            if action["appliesTo"]["principalTypes"].as_array().is_none_or(Vec::is_empty) {
                continue;
            }
            let Some(ask) = action["annotations"]["ask"].as_str() else {
                self.fault(&name, "an act needs `@ask`, the question a person would put");
                continue;
            };
            let carries = action["annotations"]["carries"].as_str().unwrap_or("");
            let kinds = action["memberOf"].as_array().into_iter().flatten();
            acts.push(Act {
                ask: ask.to_owned(),
                carries_service: carries.contains("service"),
                carries_content: carries.contains("content"),
                kinds: kinds.filter_map(|k| k["id"].as_str().map(str::to_owned)).collect(),
                topic: action["annotations"]["topic"].as_str().unwrap_or("").to_owned(),
                asks: self.asks(&name, action["annotations"]["asks"].as_str().unwrap_or("")),
                name,
            });
        }
        if acts.is_empty() {
            self.fault("", "the vocabulary names no act");
        }
        acts
    }

    /// Other names of services, from `@names` of their type.
    fn services(&mut self) -> HashMap<String, String> {
        let json = self.json;
        let written = json["commonTypes"]["Service"]["annotations"]["names"].as_str().unwrap_or("");
        let mut services = HashMap::new();
        for line in written.split('|').filter(|line| !line.trim().is_empty()) {
            let Some((name, others)) = line.split_once('=') else {
                self.fault("service.name", "`@names` is written `name = other, other | name = other`");
                continue;
            };
            for other in others.split(',') {
                if services.insert(folded(other), folded(name)).is_some() {
                    self.fault("service.name", &format!("`@names` has `{}` twice", other.trim()));
                }
            }
        }
        services
    }
}
