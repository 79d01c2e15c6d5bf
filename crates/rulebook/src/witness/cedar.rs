//! The rules of one act as Cedar reads them, and the request that tells Cedar the facts.

use super::Disagreement;
use crate::permission::{Quality, WRITTEN_BEFORE};
use crate::policy::Policy;
use crate::profile::{Cond, Rule};
use crate::vocabulary::{Domain, FactId, Vocabulary};
use cedar_policy::{
    Authorizer, Context, Entities, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What Cedar says of one rule.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Says {
    /// Its conditions hold, whatever its exceptions.
    pub(super) when: bool,
    /// Its conditions hold and no exception does.
    pub(super) holds: bool,
    /// The same, were every permission given.
    pub(super) holds_with_all: bool,
}

/// The rules of one act, each as a permit of its own, so that Cedar names all that hold.
pub(super) struct Prepared {
    /// For each rule, whether it has an exception of its own.
    has_exception: Vec<bool>,
    all: PolicySet,
    /// Those that ask for a permission, once more.
    permitted: PolicySet,
    entities: Entities,
    action: EntityUid,
    tree: Tree,
    authorizer: Authorizer,
}

/// The attributes that the rules read, as Cedar nests them.
#[derive(Default)]
struct Tree {
    inner: BTreeMap<String, Tree>,
    fact: Option<FactId>,
}

/// Which permissions Cedar is told of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Permissions {
    OnRecord,
    AllGiven,
}

impl Prepared {
    pub(super) fn new(policy: &Policy, act: usize) -> Result<Prepared, Box<Disagreement>> {
        let vocabulary = &policy.vocabulary;
        let name = &vocabulary.acts[act].name;
        let wrong = |clause: &str, error: String| {
            Box::new(Disagreement { clause: clause.to_owned(), said: error, case: name.clone() })
        };
        let (mut all, mut permitted) = (PolicySet::new(), PolicySet::new());
        let (mut read, mut has_exception) = (BTreeSet::new(), vec![]);
        for (n, rule) in policy.by_act[act].iter().enumerate() {
            let (clause, body) = &policy.rules[*rule];
            let clause = &policy.clauses[*clause].id;
            let put = |set: &mut PolicySet, id: String, keeps: &[&str]| {
                let made = remade(body, &id, keeps).map_err(|error| wrong(clause, error))?;
                set.add(made).map_err(|error| wrong(clause, error.to_string()))
            };
            put(&mut all, n.to_string(), &["when", "unless"])?;
            // Without an exception the two are one.
            if body.unless != Cond::Always(false) {
                put(&mut all, format!("{n}/when"), &["when"])?;
            }
            has_exception.push(body.unless != Cond::Always(false));
            if asks_permission(body) {
                put(&mut permitted, n.to_string(), &["when", "unless"])?;
            }
            for cond in [&body.when, &body.unless] {
                read.extend(crate::condition::facts_of(cond));
            }
        }
        let entities = vocabulary.schema.action_entities().map_err(|error| wrong(&policy.id, error.to_string()))?;
        let mut tree = Tree::default();
        for fact in read {
            tree.put(&attribute(vocabulary, fact), fact);
        }
        let action = uid("Action", name).map_err(|error| wrong(&policy.id, error))?;
        Ok(Prepared { has_exception, all, permitted, entities, action, tree, authorizer: Authorizer::new() })
    }

    /// What Cedar says of each rule, given the value of every fact that is read.
    pub(super) fn ask(&self, policy: &Policy, values: &[u8]) -> Result<Vec<Says>, Box<Disagreement>> {
        let mut says = vec![Says::default(); self.has_exception.len()];
        let wrong =
            |said: String| Box::new(Disagreement { clause: policy.id.clone(), said, case: self.action.to_string() });
        for id in self.satisfied(policy, &self.all, (values, Permissions::OnRecord)).map_err(wrong)? {
            match id.strip_suffix("/when").map(str::parse::<usize>) {
                Some(Ok(n)) => says[n].when = true,
                _ => {
                    if let Ok(n) = id.parse::<usize>() {
                        says[n] =
                            Says { holds: true, holds_with_all: true, when: says[n].when || !self.has_exception[n] };
                    }
                }
            }
        }
        if self.permitted.is_empty() {
            return Ok(says);
        }
        for id in self.permitted.policies().map(|policy| policy.id().to_string()) {
            if let Ok(n) = id.parse::<usize>() {
                says[n].holds_with_all = false;
            }
        }
        for id in self.satisfied(policy, &self.permitted, (values, Permissions::AllGiven)).map_err(wrong)? {
            if let Ok(n) = id.parse::<usize>() {
                says[n].holds_with_all = true;
            }
        }
        Ok(says)
    }

    fn satisfied(
        &self,
        policy: &Policy,
        set: &PolicySet,
        (values, permissions): (&[u8], Permissions),
    ) -> Result<Vec<String>, String> {
        let context = self.context(policy, values, permissions)?;
        let (person, school) = (uid("Person", "somebody")?, uid("School", "this")?);
        let request = Request::new(person, self.action.clone(), school, context, None).map_err(|e| e.to_string())?;
        let response = self.authorizer.is_authorized(&request, set, &self.entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(error.to_string());
        }
        Ok(response.diagnostics().reason().map(|id: &PolicyId| id.to_string()).collect())
    }

    fn context(&self, policy: &Policy, values: &[u8], permissions: Permissions) -> Result<Context, String> {
        let mut pairs = vec![];
        for (name, tree) in &self.tree.inner {
            pairs.push((name.clone(), tree.told(policy, values, permissions)?));
        }
        let numbers = policy.parameters.iter().map(|(name, n)| (name.clone(), RestrictedExpression::new_long(*n)));
        let numbers = RestrictedExpression::new_record(numbers).map_err(|error| error.to_string())?;
        pairs.push(("parameter".to_owned(), numbers));
        Context::from_pairs(pairs).map_err(|error| error.to_string())
    }
}

impl Tree {
    fn put(&mut self, path: &str, fact: FactId) {
        match path.split_once('.') {
            Some((first, rest)) => self.inner.entry(first.to_owned()).or_default().put(rest, fact),
            None => self.inner.entry(path.to_owned()).or_default().fact = Some(fact),
        }
    }

    fn told(&self, policy: &Policy, values: &[u8], permissions: Permissions) -> Result<RestrictedExpression, String> {
        if let Some(fact) = self.fact {
            return told(policy, fact, values[fact], permissions);
        }
        let mut pairs = vec![];
        for (name, tree) in &self.inner {
            pairs.push((name.clone(), tree.told(policy, values, permissions)?));
        }
        RestrictedExpression::new_record(pairs).map_err(|error| error.to_string())
    }
}

/// A fact as Cedar is told it.
fn told(policy: &Policy, fact: FactId, value: u8, permissions: Permissions) -> Result<RestrictedExpression, String> {
    let entry = &policy.vocabulary.facts[fact];
    match &entry.domain {
        Domain::Bool => Ok(RestrictedExpression::new_bool(value == 1)),
        Domain::Years(_) => Ok(RestrictedExpression::new_long(i64::from(value))),
        Domain::List(names) => {
            let kind = entry.entity.as_deref().ok_or_else(|| format!("{} has no type", entry.path))?;
            let name = names.get(value as usize).ok_or_else(|| format!("{} has no value {value}", entry.path))?;
            uid(kind, name).map(RestrictedExpression::new_entity_uid)
        }
        Domain::Standing => {
            let value = if permissions == Permissions::AllGiven { WRITTEN_BEFORE } else { value };
            let settled = policy.choices.quality(&entry.path);
            let qualities = [
                ("any", Quality::Any),
                ("written", Quality::Written),
                ("before", Quality::Before),
                ("written_before", Quality::WrittenBefore),
            ];
            let pairs = qualities.map(|(name, quality)| {
                let has = settled.unwrap_or(quality).mask() & (1 << value) != 0;
                (name.to_owned(), RestrictedExpression::new_bool(has))
            });
            RestrictedExpression::new_record(pairs).map_err(|error| error.to_string())
        }
    }
}

fn uid(kind: &str, name: &str) -> Result<EntityUid, String> {
    let kind: EntityTypeName = kind.parse().map_err(|_| format!("`{kind}` is no type of Cedar's"))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(name)))
}

/// Where Cedar finds a fact: members of sets have underscores there.
pub(crate) fn attribute(vocabulary: &Vocabulary, fact: FactId) -> String {
    let path = &vocabulary.facts[fact].path;
    match path.rsplit_once('.') {
        Some((set, member)) => format!("{set}.{}", member.replace('-', "_")),
        None => path.clone(),
    }
}

fn asks_permission(rule: &Rule) -> bool {
    !rule.when.permissions().is_empty() || !rule.unless.permissions().is_empty()
}

/// The author's own text as a permit, with only these kinds of conditions.
pub(crate) fn remade(rule: &Rule, id: &str, keeps: &[&str]) -> Result<cedar_policy::Policy, String> {
    let mut text = rule.cedar.to_json().map_err(|error| error.to_string())?;
    text["effect"] = json!("permit");
    if let Some(conditions) = text["conditions"].as_array_mut() {
        conditions.retain(|condition| keeps.iter().any(|kind| condition["kind"] == **kind));
    }
    cedar_policy::Policy::from_json(Some(PolicyId::new(id)), text).map_err(|error| error.to_string())
}
