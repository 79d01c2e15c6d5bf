//! The journey from "may I ...?" to a ruling: what is known so far, and what to ask next.
//!
//! Pure: pages bring what was answered and get back the next question or the ruling. Everything lives in the form itself,
//! so that nothing of a question is kept.

use std::sync::Arc;

use jiff::civil::Date;
use rulebook::{Act, FactView, Policy, Question, Ruling, Situation, Vocabulary};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::children::{self, CHILDREN, CHILDREN_MAX, FAMILY};
use crate::permissions::on_record::Record;

/// A path or a value is never longer; a longer one did not come from our form.
const ANSWER_CHARS_MAX: usize = 400;
/// So many ids with their commas are not either.
const CHILDREN_CHARS_MAX: usize = 10 + CHILDREN_MAX * 37;
/// No act asks about more facts than this.
const ANSWERS_MAX: usize = 80;
/// What stands for "I do not know".
pub const UNKNOWN: &str = "unknown";
/// What stands for "none of these".
pub const NONE: &str = "none";
/// Stands where a fact's path would: which of the people one has declared a tie with the question is about, or [`NONE`] of them.
pub const ABOUT: &str = "about";
/// How [`ABOUT`] is asked.
pub const ABOUT_ASKED: &str = "Is it about somebody you have declared a tie with?";
/// Where the facts of a declared tie come from.
const DECLARED: &str = "what you have declared";

/// One answer: the path of a fact, and its values (several for a set).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub path: String,
    pub values: Vec<String>,
}

/// Something that is known, as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub path: String,
    pub ask: String,
    pub said: String,
    /// Where it comes from: the person's own answer, or the school's records.
    pub source: &'static str,
    /// Whether the person said it; else the school's records do.
    pub is_own: bool,
}

/// An act with what is known about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journey {
    pub act: String,
    pub answers: Vec<Answer>,
    /// What the school's records say, with their source; the person is not asked for it, but may say otherwise.
    pub recorded: Vec<(Answer, &'static str)>,
    /// Facts that the records should have and do not: they are asked, though the act does not ask about them by itself.
    pub open: Vec<String>,
    /// Permissions that the school's records hold, as a situation lists them.
    pub permissions: Vec<Value>,
    /// The person's own declared ties that may matter here.
    pub ties: Vec<DeclaredTie>,
    /// The classes among whose children the person may pick; none: the register of permissions is not asked.
    pub classes: Vec<(Uuid, String)>,
    /// What the register says of each child that was picked, in their order.
    pub register: Vec<Record>,
}

/// A tie that the person has declared, as a question can use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredTie {
    /// Stands for it in the form.
    pub id: String,
    pub label: String,
    /// What follows from it.
    pub facts: Vec<Answer>,
}

/// Where a journey stands.
pub enum Step {
    /// Which of one's declared ties it is about.
    Whom,
    /// Which children it is about: what the register says of them could change the verdict.
    Children,
    Ask(FactView),
    Ruled(Box<Ruling>),
}

impl Answer {
    pub fn new(path: impl Into<String>, values: &[&str]) -> Self {
        Self { path: path.into(), values: values.iter().map(|value| (*value).to_owned()).collect() }
    }

    /// `path=value,value`, as the form carries it.
    pub fn carried(&self) -> String {
        format!("{}={}", self.path, self.values.join(","))
    }

    /// Reads what the form carried. None for what our form would never send.
    pub fn parse(carried: &str) -> Option<Self> {
        let (path, values) = carried.split_once('=')?;
        let chars_max = if path == CHILDREN { CHILDREN_CHARS_MAX } else { ANSWER_CHARS_MAX };
        if carried.chars().count() > chars_max {
            return None;
        }
        Some(Self { path: path.to_owned(), values: values.split(',').map(str::to_owned).collect() })
    }

    /// The value as JSON, in the shape the fact wants.
    fn json(&self, question: &FactView) -> Value {
        let first = self.values.first().map_or("", String::as_str);
        if first == UNKNOWN {
            return json!(UNKNOWN);
        }
        if question.is_set {
            let members: Vec<&String> = self.values.iter().filter(|value| *value != NONE).collect();
            return json!(members);
        }
        match (first, question.answers.is_empty()) {
            ("true", _) => json!(true),
            ("false", _) => json!(false),
            (number, true) => number.parse::<u64>().map_or_else(|_| json!(number), |n| json!(n)),
            (text, false) => json!(text),
        }
    }
}

impl Journey {
    /// The act with this name, if the vocabulary has it.
    pub fn act<'v>(&self, vocabulary: &'v Vocabulary) -> Option<&'v Act> {
        vocabulary.acts().iter().find(|act| act.name == self.act)
    }

    /// Takes an answer; one given before for the same fact is replaced.
    pub fn answer(&mut self, answer: Answer) {
        self.forget(&answer.path.clone());
        if answer.path == ABOUT {
            let tie = self.ties.iter().find(|tie| answer.values.contains(&tie.id));
            let facts = tie.into_iter().flat_map(|tie| tie.facts.clone());
            self.recorded.extend(facts.map(|fact| (fact, DECLARED)));
        }
        if self.answers.len() < ANSWERS_MAX {
            self.answers.push(answer);
        }
    }

    /// Takes an answer back, and those given after it: they may have been asked only because of it.
    pub fn forget(&mut self, path: &str) {
        if let Some(at) = self.answers.iter().position(|answer| answer.path == path) {
            self.answers.truncate(at);
        }
        if path == ABOUT {
            self.recorded.retain(|(_, source)| *source != DECLARED);
        }
        if !self.has(CHILDREN) {
            self.register.clear();
        }
    }

    /// Whether an answer to [`ABOUT`] is one that was offered.
    pub fn offers(&self, about: &str) -> bool {
        about == NONE || self.ties.iter().any(|tie| tie.id == about)
    }

    /// What the records say and the person has not said otherwise.
    fn still_recorded(&self) -> impl Iterator<Item = &(Answer, &'static str)> {
        self.recorded.iter().filter(|(answer, _)| !self.answers.iter().any(|own| own.path == answer.path))
    }

    fn all(&self) -> impl Iterator<Item = &Answer> {
        self.still_recorded().map(|(answer, _)| answer).chain(&self.answers)
    }

    /// Whether anything is known of a fact, even that it is not known.
    fn has(&self, path: &str) -> bool {
        self.all().any(|answer| answer.path == path)
    }

    /// What is known of a fact; nothing where nobody has said anything.
    pub(super) fn said_of(&self, path: &str) -> Vec<&str> {
        let found = self.all().find(|answer| answer.path == path);
        found.map(|answer| answer.values.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// The situation: what is known, and as unknown what the act asks about and nobody has answered yet.
    ///
    /// # Errors
    /// A sentence for the person, where an answer cannot be (only a form that is not ours sends such).
    pub fn situation(&self, vocabulary: &Vocabulary, today: Date) -> Result<Situation, String> {
        let act = self.act(vocabulary).ok_or("There is no such question")?;
        let mut root = Map::new();
        root.insert("act".to_owned(), json!(act.name));
        let permissions: Vec<Value> = self.permissions.iter().cloned().chain(children::permissions(self)).collect();
        if !permissions.is_empty() {
            root.insert("permissions".to_owned(), json!(permissions));
        }
        for answer in self.all().filter(|answer| ![ABOUT, CHILDREN].contains(&answer.path.as_str())) {
            let question = vocabulary.question(&answer.path).ok_or("There is no such question")?;
            put(&mut root, &answer.path, answer.json(&question));
        }
        let roles = "actor.roles".to_owned();
        for path in act.asks.iter().chain(&self.open).chain([&roles]).filter(|path| !self.has(path)) {
            put(&mut root, path, json!(UNKNOWN));
        }
        let text = Value::Object(root).to_string();
        match Situation::read_json(vocabulary, "your answers", &text, today) {
            Ok(mut batch) => batch.situations.pop().ok_or_else(|| "There is no such question".to_owned()),
            Err(faults) => Err(faults.first().map_or_else(String::new, |fault| fault.said.clone())),
        }
    }

    /// The next question that matters, or the ruling once the verdict stands or nobody knows more.
    ///
    /// # Errors
    /// As [`Self::situation`].
    pub fn step(&self, policy: &Arc<Policy>, today: Date) -> Result<Step, String> {
        let vocabulary = policy.vocabulary();
        if !self.ties.is_empty() && !self.has(ABOUT) {
            return Ok(Step::Whom);
        }
        let ruling = policy.rule(&self.situation(vocabulary, today)?);
        let open = ruling.questions.iter().filter(|question| !self.has(&question.fact));
        if let Some(question) = open.filter_map(|question| vocabulary.question(&question.fact)).next() {
            return Ok(Step::Ask(question));
        }
        // Children come last: whoever they are, they are named only where nothing else settles it.
        let of_register = |question: &Question| question.fact.starts_with("permissions[");
        if children::are_open(self) && ruling.questions.iter().any(of_register) {
            // What a family permits differs from service to service, whether or not the policy's clauses do.
            let family = vocabulary.question(FAMILY).filter(|_| !self.has(FAMILY));
            return Ok(family.map_or(Step::Children, Step::Ask));
        }
        Ok(Step::Ruled(Box::new(ruling)))
    }

    /// What is known so far, in words.
    pub fn known(&self, vocabulary: &Vocabulary) -> Vec<Known> {
        let recorded = self.still_recorded().map(|(answer, source)| (answer, *source, false));
        let own = self.answers.iter().map(|answer| (answer, "your answer", true));
        recorded
            .chain(own)
            .filter_map(|(answer, source, is_own)| {
                if answer.path == ABOUT {
                    let tie = self.ties.iter().find(|tie| answer.values.contains(&tie.id));
                    let said = tie.map_or_else(|| "No, somebody else".to_owned(), |tie| tie.label.clone());
                    return Some(Known { path: ABOUT.to_owned(), ask: ABOUT_ASKED.to_owned(), said, source, is_own });
                }
                let question = vocabulary.question(&answer.path)?;
                let said = said(answer, &question);
                Some(Known { path: answer.path.clone(), ask: question.ask, said, source, is_own })
            })
            .chain(children::known(self))
            .collect()
    }
}

/// An answer in the words its question offered.
fn said(answer: &Answer, question: &FactView) -> String {
    let label = |value: &String| match value.as_str() {
        UNKNOWN => "Not known".to_owned(),
        NONE => "None of these".to_owned(),
        _ => {
            question.answers.iter().find(|(v, _)| v == value).map_or_else(|| value.clone(), |(_, label)| label.clone())
        }
    };
    answer.values.iter().map(label).collect::<Vec<_>>().join(", ")
}

/// Puts a value at a dotted path of nested objects.
fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = object.entry(first.to_owned()).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
