//! What a situation may not say: nothing about who acts, facts that its act does not read, facts that cannot both hold.

use super::{Given, Reader};
use crate::vocabulary::{Default, Domain};

impl Reader<'_> {
    /// A set that must have somebody in it has somebody in it: one that is required, and one that stands for somebody when it
    /// is left out, so that an empty list would be another answer than none.
    pub(super) fn check_empty(&mut self, at: usize) {
        let vocabulary = self.vocabulary;
        let sets = vocabulary.groups.iter().filter(|group| group.is_set && !vocabulary.may_be_empty(group));
        for group in sets {
            let given = vocabulary.group(&group.path).and_then(|group| self.places_of.get(&group)).copied();
            let is_required = vocabulary.facts[group.facts[0]].default == Default::Required;
            let is_empty = group.facts.iter().all(|f| matches!(self.given[*f], Given::LeftOut | Given::Value(0)));
            let is_told = self.faults.iter().any(|f| f.path.as_deref().is_some_and(|p| p.ends_with(&group.path)));
            if !is_empty || is_told || !(is_required || given.is_some()) {
                continue;
            }
            let said =
                match (is_required, group.facts.iter().find(|f| vocabulary.facts[**f].default == Default::Value(1))) {
                    (false, Some(member)) => {
                        let member = vocabulary.facts[*member].path.rsplit('.').next().unwrap_or_default();
                        format!("empty: at least one is needed, or `\"unknown\"`; left out, it is `{member}`")
                    }
                    _ => "missing: at least one is needed, or `\"unknown\"`".to_owned(),
                };
            self.fault(given.unwrap_or(at), &group.path, said);
        }
    }

    /// Facts that the act does not read, and pairs of facts that cannot both hold.
    pub(super) fn check_act(&mut self, act: usize) {
        let vocabulary = self.vocabulary;
        let act = &vocabulary.acts[act];
        if let Some(at) = self.service_at.filter(|_| !act.carries_service) {
            self.fault(at, "service", format!("the act `{}` reads nothing about a service", act.name));
        }
        if let Some(at) = self.content_at.filter(|_| !act.carries_content) {
            self.fault(at, "content", format!("the act `{}` carries no content", act.name));
        }
        if act.name == "use-equipment" {
            self.contradiction(
                "device.owner",
                &["own", "none"],
                None,
                "`use-equipment` is about school equipment, so the owner is `school`",
            );
        }
        if act.name.starts_with("connect-") {
            self.contradiction(
                "connection",
                &["one-way", "none"],
                None,
                "a friend-type connection is `mutual` or `approved-follower`",
            );
        }
        if act.name == "follow" {
            self.contradiction(
                "connection",
                &["mutual", "none"],
                None,
                "following is `one-way` or `approved-follower`",
            );
        }
        self.contradiction(
            "link.declared",
            &["true"],
            Some(("link.kind", "none")),
            "a tie that does not exist cannot have been declared",
        );
        self.contradiction(
            "link.answer",
            &["agreed", "refused"],
            Some(("link.kind", "none")),
            "there is no tie the headteacher could have answered about",
        );
        self.contradiction(
            "link.answer",
            &["agreed", "refused"],
            Some(("link.declared", "false")),
            "the headteacher cannot have answered what was never declared",
        );
        self.contradiction("break", &["true"], Some(("time", "outside")), "a break lies within working hours");
        self.contradiction(
            "place",
            &["premises"],
            Some(("time", "own-hours-off-site")),
            "somebody who is off site is not on the premises",
        );
    }

    /// Refuses `path` with one of `values`, where `with` (another fact and its value) is given, too.
    fn contradiction(&mut self, path: &str, values: &[&str], with: Option<(&str, &str)>, said: &str) {
        let Some(at) = values.iter().find_map(|value| self.given_as(path, value)) else {
            return;
        };
        match with {
            None => self.fault(at, path, said),
            Some((other, value)) => {
                if let Some(other_at) = self.given_as(other, value) {
                    let there = self.place(other_at);
                    self.fault(at, path, format!("contradicts `{other}` at {there}: {said}"));
                }
            }
        }
    }

    /// Where the fact was given this value.
    fn given_as(&self, path: &str, value: &str) -> Option<usize> {
        let fact = self.vocabulary.fact(path)?;
        let number = match &self.vocabulary.facts[fact].domain {
            Domain::Bool => usize::from(value == "true"),
            Domain::List(values) => values.iter().position(|v| v == value)?,
            Domain::Years(_) | Domain::Standing => return None,
        };
        let group = self.vocabulary.facts[fact].group;
        (self.given[fact] == Given::Value(number as u8)).then(|| self.places_of.get(&group).copied())?
    }
}
