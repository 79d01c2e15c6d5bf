//! Situations and worked examples in the words of the vocabulary.
//!
//! For: pages that show a person what an example, a difference or a kept question is about. Promises: every fact that was
//! given is told, in the words of its question and answers; unknown is told as unknown. Does not: rule.

use crate::chapter::Clause;
use crate::permission::{Item, Known};
use crate::policy::Policy;
use crate::situation::{Given, Situation};
use crate::vocabulary::{Domain, Group, Vocabulary};

/// What a person reads where nobody knows.
const NOT_KNOWN: &str = "Not known";

/// A situation in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The question that is put: "May I accept this friend or contact request?"
    pub act: String,
    /// Each question about the case that has been answered, and the answer.
    pub facts: Vec<(String, String)>,
}

/// A worked example that stands under a clause.
#[derive(Clone, Copy)]
pub struct Worked<'p> {
    /// The clause it stands under.
    pub clause: &'p Clause,
    /// Line of its row in the chapter.
    pub line: usize,
    /// What it is about.
    pub situation: &'p Situation,
}

impl Situation {
    /// The situation in words.
    pub fn told(&self, vocabulary: &Vocabulary) -> Told {
        let facts =
            vocabulary.groups.iter().filter_map(|group| Some((group.ask.clone(), self.said(vocabulary, group)?)));
        let mut facts: Vec<(String, String)> = facts.filter(|(ask, _)| !ask.is_empty()).collect();
        facts.extend(self.permissions_told());
        Told { act: vocabulary.acts[self.act].ask.clone(), facts }
    }

    /// What was given, as answers to questions: the path of each fact or set and its values, `unknown` and `none` among
    /// them. Permissions are no answers and are left out.
    pub fn answers(&self, vocabulary: &Vocabulary) -> Vec<(String, Vec<String>)> {
        let groups = vocabulary.groups.iter().filter(|group| !group.ask.is_empty() && group.path != "permissions");
        groups.filter_map(|group| Some((group.path.clone(), self.values(vocabulary, group)?))).collect()
    }

    /// The values given of one question; none where it was left out.
    fn values(&self, vocabulary: &Vocabulary, group: &Group) -> Option<Vec<String>> {
        let given = |fact: usize| self.given.get(fact).copied().unwrap_or(Given::LeftOut);
        let is_left_out = group.facts.iter().all(|fact| given(*fact) == Given::LeftOut);
        if is_left_out {
            return None;
        }
        if group.is_set {
            let chosen = group.facts.iter().filter(|fact| given(**fact) == Given::Value(1));
            let named: Vec<String> =
                chosen.filter_map(|fact| vocabulary.facts[*fact].path.rsplit('.').next().map(str::to_owned)).collect();
            let is_open = group.facts.iter().any(|fact| given(*fact) == Given::Unknown);
            return Some(match (named.is_empty(), is_open) {
                (true, true) => vec!["unknown".to_owned()],
                (true, false) => vec!["none".to_owned()],
                _ => named,
            });
        }
        let fact = *group.facts.first()?;
        Some(vec![match (given(fact), &vocabulary.facts[fact].domain) {
            (Given::Value(value), Domain::List(values)) => values.get(usize::from(value))?.clone(),
            (Given::Value(value), Domain::Bool) => (value == 1).to_string(),
            (Given::Value(value), _) => value.to_string(),
            (Given::Unknown | Given::LeftOut, _) => "unknown".to_owned(),
        }])
    }

    /// The answer to one question in the words in which it is offered.
    fn said(&self, vocabulary: &Vocabulary, group: &Group) -> Option<String> {
        if group.path == "permissions" {
            return None;
        }
        let label = |value: String| match value.as_str() {
            "unknown" => NOT_KNOWN.to_owned(),
            "none" if group.is_set => "None of these".to_owned(),
            _ => group.answers.iter().find(|(name, _)| *name == value).map_or(value, |(_, label)| label.clone()),
        };
        Some(self.values(vocabulary, group)?.into_iter().map(label).collect::<Vec<_>>().join(", "))
    }

    fn permissions_told(&self) -> Vec<(String, String)> {
        let ask = || "Which permissions are on record for this?".to_owned();
        let mut told: Vec<(String, String)> =
            self.permissions.items.iter().map(|item| (ask(), in_words(item))).collect();
        if self.permissions.is_open {
            told.push((ask(), NOT_KNOWN.to_owned()));
        }
        told
    }
}

impl Policy {
    /// Its worked examples, in the order of the document.
    pub fn worked(&self) -> impl Iterator<Item = Worked<'_>> {
        self.examples.iter().map(|(clause, example)| Worked {
            clause: &self.clauses[*clause],
            line: example.line,
            situation: &example.situation,
        })
    }
}

/// `written permission from the headteacher to show the school, given beforehand, for some of those concerned`
fn in_words(item: &Item) -> String {
    let plain = |value: &Known<String>| match value {
        Known::Yes(value) => value.clone(),
        Known::Unknown => "unknown".to_owned(),
    };
    let form = match plain(&item.form).as_str() {
        "written" => "written permission",
        "oral" => "spoken permission",
        _ => "permission in a form that is not known",
    };
    let from = match plain(&item.from).as_str() {
        "headteacher" => "the headteacher",
        "person" => "each person concerned",
        "parent" => "the parent of each child concerned",
        "senior-leaders" => "the senior leaders",
        "express" => "somebody who may give it",
        _ => "somebody, not known who",
    };
    let matter = match plain(&item.matter).as_str() {
        "refer" => "to mention them",
        "show" => "to show them",
        "name" => "to use the school's name",
        "logo" => "to use the logo",
        "publication" => "to use what the school has published",
        "own-phone" => "to use an own phone",
        "channel" => "to publish on an official account",
        _ => "not known what for",
    };
    let mut said = format!("{form} from {from} {matter}");
    if let Some(of) = &item.of {
        said.push_str(&format!(" (about: {})", plain(of).replace('-', " ")));
    }
    for (is_true, is_unknown, words) in [
        (item.before == Known::Yes(false), item.before == Known::Unknown, "given afterwards"),
        (item.covers.is(&"some".to_owned()) == Some(true), item.covers == Known::Unknown, "for some of them only"),
        (item.withdrawn == Known::Yes(true), item.withdrawn == Known::Unknown, "withdrawn"),
    ] {
        if is_true {
            said.push_str(&format!(", {words}"));
        } else if is_unknown {
            said.push_str(&format!(", not known whether {words}"));
        }
    }
    match &item.until {
        Some(Known::Yes(date)) => said.push_str(&format!(", until {date}")),
        Some(Known::Unknown) => said.push_str(", not known until when"),
        None => {}
    }
    said
}
