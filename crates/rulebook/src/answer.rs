//! From what was weighed to a ruling: citations, needs, duties, questions, assumptions, doubts.
//!
//! For: everything of a ruling but its sentences. Promises: what is certain is said, what is open is marked open, and what
//! cannot matter is not asked. Does not: change a verdict.

mod assumed;
#[cfg(test)]
mod tests;

use crate::diagram::{F, NO, YES};
use crate::facts::{Facts, Permissions};
use crate::outlook;
use crate::permission::{Quality, Slot};
use crate::policy::Policy;
use crate::profile::{ALWAYS, Cond, Layer, Rule};
use crate::ruling::{Binding, Citation, DoubtShown, Duty, DutyStrength, Effect, Need, Ruling, Verdict};
use crate::situation::Situation;
use crate::vocabulary::FactId;
use crate::weighing::Weighing;
use std::collections::BTreeMap;

/// What a policy says about a situation.
pub(crate) fn answer(policy: &Policy, situation: &Situation) -> Ruling {
    let facts = Facts::new(&policy.vocabulary, situation, policy.social);
    answer_from(policy, facts)
}

fn answer_from(policy: &Policy, mut facts: Facts<'_>) -> Ruling {
    let weighing = Weighing::new(policy, &mut facts);
    let mut answer = Answer { policy, facts, weighing };
    let outcomes = outlook::outcomes(&answer.weighing);
    let verdict = outlook::verdict(&outcomes);
    let binding_when = answer.weighing.binding(policy, &mut answer.facts);
    let binding = outlook::binding(binding_when);
    let missing = answer.missing_of_all();
    let needs = answer.needs(&missing);
    let duties = answer.duties();
    let citations = answer.citations(&outcomes);
    let mut ruling = Ruling {
        policy: policy.id.clone(),
        version: policy.version.clone(),
        status: policy.status,
        binding,
        verdict,
        questions: outlook::questions(policy, &mut answer.facts, &answer.weighing, binding_when),
        doubts: answer.doubts(&citations),
        outcomes: (verdict == Verdict::Depends).then_some(outcomes),
        citations,
        needs,
        duties,
        assumed: vec![],
        next_step: String::new(),
    };
    ruling.next_step = crate::words::next_step(policy, &mut answer.facts, &answer.weighing, &ruling);
    ruling.assumed = answer.assumed(missing);
    if answer.facts.diagrams.overflowed() { too_large(&answer.facts, ruling) } else { ruling }
}

/// Past the limit of what is worked out no condition can be relied on: every outcome is still possible, and nothing is said of
/// any clause.
fn too_large(facts: &Facts<'_>, ruling: Ruling) -> Ruling {
    let ask = |open: &crate::facts::Open| crate::words::question(facts.vocabulary, &open.path);
    Ruling {
        binding: Binding::Unknown,
        verdict: Verdict::Depends,
        outcomes: Some(Verdict::SCALE.to_vec()),
        citations: vec![],
        needs: vec![],
        duties: vec![],
        questions: facts.open.iter().map(ask).collect(),
        assumed: vec![],
        doubts: vec![],
        next_step: "Too much is unknown to work this out; answer some of the questions first.".to_owned(),
        ..ruling
    }
}

/// The best effect of each clause that bears, by its place in the policy.
type Best = BTreeMap<usize, Bears>;

/// How a clause bears best.
#[derive(Clone, Copy)]
struct Bears {
    effect: Effect,
    /// Only in some cases.
    is_open: bool,
    /// How exactly its rule fits, for the order of citations.
    exact: u8,
}

/// Leaves out clauses that bear only in some cases. Duties attach all the same; scope, and what allows an act, or decides where nothing
/// decides in every case, is shown with what it hangs on.
fn leave_out_open(best: &mut Best) {
    let is_decided = best.values().any(|bears| bears.effect == Effect::Decides && !bears.is_open);
    best.retain(|_, bears| match bears.effect {
        _ if !bears.is_open => true,
        Effect::Decides => !is_decided,
        Effect::Duty | Effect::Permits | Effect::Lifted | Effect::Defines => true,
        _ => false,
    });
}

/// Roles that a duty to report can name.
const RECIPIENTS: [&str; 4] = ["headteacher", "senior-leader", "dsl", "chair-of-governors"];

/// Permissions that one rule asks for and that are not on record.
type Missing = Vec<(FactId, Quality)>;

struct Answer<'a> {
    policy: &'a Policy,
    facts: Facts<'a>,
    weighing: Weighing,
}

impl Answer<'_> {
    fn rule(&self, n: usize) -> &Rule {
        &self.policy.rules[self.weighing.bearings[n].rule].1
    }

    fn clause(&self, n: usize) -> usize {
        self.policy.rules[self.weighing.bearings[n].rule].0
    }

    /// The best effect of each clause that bears, and whether it bears only in some cases. Once the verdict stands, a clause that might
    /// bear is not cited beside those that do (rulings.md, rules 1 and 9).
    fn citations(&mut self, outcomes: &[Verdict]) -> Vec<Citation> {
        let mut best = Best::new();
        for n in 0..self.weighing.bearings.len() {
            for (effect, f) in self.effects(n, outcomes) {
                if f == NO {
                    continue;
                }
                let new = Bears { effect, is_open: f != YES, exact: self.rule(n).exact };
                let known = best.entry(self.clause(n)).or_insert(new);
                if (new.is_open, new.effect) < (known.is_open, known.effect) {
                    *known = new;
                }
            }
        }
        self.freedom_cited(&mut best, outcomes);
        let stands = outcomes.len() == 1;
        if stands {
            leave_out_open(&mut best);
        }
        self.consequences(&mut best);
        if stands {
            leave_out_open(&mut best);
        }
        let mut cited: Vec<(usize, Bears)> = best.into_iter().collect();
        cited.sort_by_key(|(clause, bears)| (bears.effect, std::cmp::Reverse(bears.exact), *clause));
        cited.into_iter().map(|(clause, bears)| self.citation(clause, bears)).collect()
    }

    fn citation(&self, clause: usize, bears: Bears) -> Citation {
        let clause = &self.policy.clauses[clause];
        let place = [clause.section.as_str(), clause.title.as_str()].into_iter().filter(|s| !s.is_empty());
        Citation {
            clause: clause.id.clone(),
            modality: clause.modality.clone(),
            effect: bears.effect,
            wording: clause.wording.clone(),
            place: place.collect::<Vec<_>>().join(": "),
            open: bears.is_open,
        }
    }

    /// The effects one rule can have here, each with its condition.
    fn effects(&mut self, n: usize, outcomes: &[Verdict]) -> Vec<(Effect, F)> {
        let bearing = self.weighing.bearings[n];
        let d = &mut self.facts.diagrams;
        let simple = match self.policy.rules[bearing.rule].1.layer {
            layer if layer.restricts() => {
                let mut out = vec![];
                for (level, f) in self.weighing.strictness(self.policy, d, n) {
                    let decides = d.and(f, self.weighing.levels[level]);
                    let milder = d.minus(f, self.weighing.levels[level]);
                    out.extend([(Effect::Decides, decides), (Effect::AlsoApplies, milder)]);
                }
                let lifted = d.and(bearing.active, bearing.lift);
                out.push((Effect::Lifted, lifted));
                return out;
            }
            Layer::Permits | Layer::Lifts => Effect::Permits,
            Layer::Duty if self.policy.rules[bearing.rule].1.asks_oneself() => {
                return vec![(Effect::Duty, d.minus(bearing.active, self.weighing.protected))];
            }
            Layer::Duty => Effect::Duty,
            Layer::Gap => {
                let silent = d.and(bearing.active, self.weighing.levels[6]);
                let silent = d.minus(silent, self.weighing.protected);
                return vec![(Effect::Duty, silent)];
            }
            Layer::Right => Effect::Right,
            Layer::Reminder => Effect::Reminder,
            Layer::Defines => Effect::Defines,
            _ => return vec![],
        };
        let is_suppressed =
            simple == Effect::Permits && self.policy.rules[bearing.rule].1.layer == Layer::Lifts && outcomes.is_empty();
        if is_suppressed { vec![] } else { vec![(simple, bearing.active)] }
    }

    /// The freedom clause is cited where the act may be allowed by it.
    fn freedom_cited(&mut self, best: &mut Best, outcomes: &[Verdict]) {
        if !outcomes.contains(&Verdict::Allowed) {
            return;
        }
        let free = self.facts.diagrams.and(self.weighing.freedom, self.weighing.levels[5]);
        let clause = self.policy.freedoms.first().map(|rule| self.policy.rules[*rule].0);
        if let (Some(clause), true) = (clause, free != NO) {
            best.insert(clause, Bears { effect: Effect::Permits, is_open: free != YES, exact: 0 });
        }
    }

    /// What a breach of the clauses that bite can lead to, for actors it addresses.
    fn consequences(&self, best: &mut Best) {
        // No ruling discourages protected contact (rule 8).
        if self.weighing.protected == YES {
            return;
        }
        let bites = |bears: &Bears| matches!(bears.effect, Effect::Decides | Effect::AlsoApplies);
        let bitten: Vec<usize> = best.iter().filter(|(_, bears)| bites(bears)).map(|(clause, _)| *clause).collect();
        for (n, bearing) in self.weighing.bearings.iter().enumerate() {
            let rule = self.rule(n);
            if rule.layer != Layer::Consequence || bearing.active == NO || bearing.direct == NO {
                continue;
            }
            let is_upon = |clause: &usize| rule.upon.is_empty() || rule.upon.contains(&self.policy.clauses[*clause].id);
            let is_always = rule.upon.iter().any(|id| id == ALWAYS);
            if is_always || bitten.iter().any(is_upon) {
                let follows = Bears { effect: Effect::Consequence, is_open: bearing.active != YES, exact: 0 };
                best.entry(self.clause(n)).or_insert(follows);
            }
        }
    }

    /// Every missing permission of a clause that may bite, and what obtaining it would change.
    fn needs(&mut self, missing: &[Missing]) -> Vec<Need> {
        let mut needs = vec![];
        for (n, missing) in missing.iter().enumerate().filter(|(_, missing)| !missing.is_empty()) {
            let clause = self.clause(n);
            let granted = self.weighing.levels(self.policy, &mut self.facts, Some(clause));
            let lifts_verdict = granted != self.weighing.levels;
            for (fact, quality) in missing {
                needs.extend(self.need(*fact, *quality, clause, lifts_verdict));
            }
        }
        let mut seen = vec![];
        needs.retain(|need| {
            !seen.contains(need) && {
                seen.push(need.clone());
                true
            }
        });
        needs
    }

    fn need(&self, fact: FactId, quality: Quality, clause: usize, lifts_verdict: bool) -> Option<Need> {
        let slot = Slot::of_path(&self.policy.vocabulary.facts[fact].path)?;
        Some(Need {
            from: slot.giver,
            form: if quality.is_written() { "written" } else { "any" }.to_owned(),
            before: quality.is_before(),
            of: slot.of,
            matter: slot.matter,
            clause: self.policy.clauses[clause].id.clone(),
            lifts_verdict,
        })
    }

    /// What is missing of each rule.
    fn missing_of_all(&mut self) -> Vec<Missing> {
        (0..self.weighing.bearings.len()).map(|n| self.missing(n)).collect()
    }

    /// The fewest permissions that, added to those on record, would lift the rule; among equals the first named. None of a rule
    /// that does not bite.
    fn missing(&mut self, n: usize) -> Missing {
        if !self.may_need(n) {
            return vec![];
        }
        let policy = self.policy;
        let rule = self.weighing.bearings[n].rule;
        // What is known settles most of it: a permission for those who are not spoken of lifts nothing here.
        let mut lifts = vec![self.open_part(&policy.rules[rule].1.unless)];
        for lifter in &policy.lifters[rule] {
            if self.weighing.may_lift(policy, &mut self.facts, *lifter) {
                lifts.push(self.open_part(&policy.rules[*lifter].1.when));
            }
        }
        let lift = Cond::Any(lifts);
        let mut kept = lift.permissions();
        let bite = self.weighing.bite(&mut self.facts.diagrams, n);
        let goal = self.lift_with(&lift, &kept, bite);
        for place in (0..kept.len()).rev() {
            let atom = kept.remove(place);
            if self.lift_with(&lift, &kept, bite) != goal {
                kept.insert(place, atom);
            }
        }
        kept
    }

    /// The condition without the parts that what is known settles; a permission is settled only by being on record.
    fn open_part(&mut self, cond: &Cond) -> Cond {
        // `idle` is the value that changes nothing among these parts.
        let (parts, idle) = match cond {
            Cond::All(parts) => (parts, true),
            Cond::Any(parts) => (parts, false),
            Cond::Not(inner) => {
                return match self.open_part(inner) {
                    Cond::Always(yes) => Cond::Always(!yes),
                    open => Cond::Not(Box::new(open)),
                };
            }
            Cond::Always(_) | Cond::Is(..) | Cond::Act(_) | Cond::Permitted(..) => {
                return match self.facts.holds(cond) {
                    YES => Cond::Always(true),
                    NO if !matches!(cond, Cond::Permitted(..)) => Cond::Always(false),
                    _ => cond.clone(),
                };
            }
        };
        let mut open = vec![];
        for part in parts {
            match self.open_part(part) {
                Cond::Always(yes) if yes == idle => {}
                Cond::Always(_) => return Cond::Always(!idle),
                part => open.push(part),
            }
        }
        match (open.is_empty(), idle) {
            (true, _) => Cond::Always(idle),
            (false, true) => Cond::All(open),
            (false, false) => Cond::Any(open),
        }
    }

    /// When the rule would be lifted, were these permissions given, within the cases in which it bites.
    fn lift_with(&mut self, lift: &Cond, given: &[(FactId, Quality)], bite: F) -> F {
        let lifted = self.facts.holds_with(lift, Permissions::And(given));
        self.facts.diagrams.and(lifted, bite)
    }

    /// Duties attach unless a known fact removes them.
    fn duties(&mut self) -> Vec<Duty> {
        let mut duties = vec![];
        for n in 0..self.weighing.bearings.len() {
            let bearing = self.weighing.bearings[n];
            if !self.has_duty(n) {
                continue;
            }
            let policy = self.policy;
            let Some(named) = &policy.rules[bearing.rule].1.duty else { continue };
            let to = self.routed(&named.to);
            if named.duty == "report" && self.is_told(&to) {
                continue;
            }
            duties.push(Duty {
                duty: named.duty.clone(),
                to,
                strength: if named.is_must { DutyStrength::Must } else { DutyStrength::Should },
                at_once: named.at_once,
                clause: self.policy.clauses[self.clause(n)].id.clone(),
            });
        }
        duties.dedup();
        duties
    }

    /// Whether a rule's duty attaches: not where a known fact removes it.
    fn has_duty(&mut self, n: usize) -> bool {
        let bearing = self.weighing.bearings[n];
        let rule = &self.policy.rules[bearing.rule].1;
        if rule.duty.is_none() {
            return false;
        }
        let d = &mut self.facts.diagrams;
        let when = match rule.layer {
            Layer::Gap => {
                let silent = d.and(bearing.active, self.weighing.levels[6]);
                d.minus(silent, self.weighing.protected)
            }
            _ if rule.asks_oneself() => d.minus(bearing.active, self.weighing.protected),
            _ => bearing.active,
        };
        when != NO
    }

    /// Never to the person it is about (rulings.md 2.5). Whoever says only that it is about the recipient means the one
    /// whom the duty names; whoever names another recipient as the subject leaves that one in place.
    fn routed(&mut self, to: &[String]) -> Vec<String> {
        let is_concern = ["witness", "raise-concern"].contains(&self.facts.act());
        if !is_concern || self.facts.yes(self.policy.vocabulary.ids.about_recipient) != YES {
            return to.to_vec();
        }
        let is_subject = |facts: &mut Facts<'_>, role: &String| facts.yes_at(&format!("concern.about.{role}")) == YES;
        let mut struck: Vec<String> = to.iter().filter(|role| is_subject(&mut self.facts, role)).cloned().collect();
        let names_another = RECIPIENTS.map(str::to_owned).iter().any(|role| is_subject(&mut self.facts, role));
        if struck.is_empty() && to.len() == 1 && !names_another {
            struck = to.to_vec();
        }
        let left: Vec<String> = to.iter().filter(|role| !struck.contains(role)).cloned().collect();
        let headteacher = "headteacher".to_owned();
        let is_headteacher = struck.contains(&headteacher) || is_subject(&mut self.facts, &headteacher);
        match (left.is_empty(), is_headteacher) {
            (false, _) => left,
            (true, true) => vec!["chair-of-governors".to_owned()],
            (true, false) => vec!["headteacher".to_owned()],
        }
    }

    /// Telling a role that the duty names fulfils it.
    fn is_told(&mut self, to: &[String]) -> bool {
        self.facts.act() == "raise-concern"
            && to.iter().any(|role| self.facts.yes_at(&format!("target.relations.{role}")) == YES)
    }

    fn doubts(&mut self, citations: &[Citation]) -> Vec<DoubtShown> {
        let mut doubts = vec![];
        for citation in citations.iter().filter(|c| c.effect != Effect::Reminder) {
            for doubt in self.policy.clause(&citation.clause).into_iter().flat_map(|clause| &clause.doubts) {
                doubts.push(DoubtShown {
                    clause: citation.clause.clone(),
                    reading: doubt.reading.clone(),
                    other: doubt.other.clone(),
                });
            }
        }
        for (n, bearing) in self.weighing.bearings.iter().enumerate() {
            let rule = self.rule(n);
            if let (true, Some(reading), Some(other)) = (bearing.active != NO, &rule.reading, &rule.other) {
                let clause = self.policy.clauses[self.clause(n)].id.clone();
                doubts.push(DoubtShown { clause, reading: reading.clone(), other: other.clone() });
            }
        }
        doubts
    }

    /// Whether the rule may bite, and permissions could lift it.
    fn may_need(&mut self, n: usize) -> bool {
        let bearing = self.weighing.bearings[n];
        if !self.rule(n).layer.restricts() || bearing.active == NO || bearing.lift_all == NO {
            return false;
        }
        let bite = self.weighing.bite(&mut self.facts.diagrams, n);
        self.facts.diagrams.and(bite, bearing.lift_all) != NO
    }
}
