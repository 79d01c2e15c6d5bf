//! Lint: what a policy's author should look at again, though nothing in it is a fault.
//!
//! For: authors and governors. Promises: each finding has a code that stays, the clause, its file and line, what is wrong
//! and what to do; rules are looked at over every case of the vocabulary, so "never" means never. Does not: change a ruling;
//! judge a school.

mod defects;
mod routes;
mod rules;
mod silence;

use crate::chapter::Clause;
use crate::policy::Policy;
use crate::profile::Rule;
use serde::Serialize;
use serde_json::Value;

/// Every code, and what it means.
pub const LINTS: [(&str, &str); 24] = [
    ("never-holds", "a rule whose conditions no case can meet"),
    ("always-lifted", "a restriction that an exception takes away in every case"),
    ("never-decides", "a rule that another one always outdoes"),
    ("clash", "two clauses that say opposite things of one case, and neither gives way"),
    ("silent-act", "an act that other policies decide and this one never mentions"),
    ("silent-fact", "something that other policies look at and this one does not"),
    ("D1", "nothing says who approved the policy, when, and when it is looked at again"),
    ("D2", "several answers to whom to tell"),
    ("D3", "what an adult did is reported to the safeguarding lead instead of the headteacher"),
    ("D4", "telling the local authority's officer is left open"),
    ("D5", "no word on low-level concerns"),
    ("D6", "accusations are forbidden even where they are true"),
    ("D7", "every breach is gross misconduct"),
    ("D8", "something is deleted before evidence is kept"),
    ("D9", "parents are forbidden as contacts, yet family ties are accepted"),
    ("D10", "a parent's permission is the only gate for pictures"),
    ("D11", "pictures for school may be taken on a person's own device"),
    ("D12", "a service is named that may change its name or close"),
    ("D13", "no word on withdrawing a permission"),
    ("D14", "no word on how long anything is kept"),
    ("D15", "people may be monitored without having been told"),
    ("no-union", "talk with a union about one's own employment is not set free"),
    ("no-whistleblowing", "disclosing wrongdoing is not set free"),
    ("no-route-about-headteacher", "nobody is named for a concern about the headteacher"),
];

/// Something an author should look at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// One of [`LINTS`].
    pub code: &'static str,
    /// Full id of the clause; none where the whole policy is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// The chapter, or `policy.toml`.
    pub file: String,
    /// Line in it, from 1.
    pub line: usize,
    /// What is wrong.
    pub said: String,
    /// What to do.
    pub advice: String,
    /// The smallest situation that shows it, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub situation: Option<Value>,
}

/// What to look at in a policy; `others` are the policies against which its silence is measured.
pub fn lint(policy: &Policy, others: &[&Policy]) -> Vec<Finding> {
    let mut findings = rules::findings(policy);
    findings.extend(silence::findings(policy, others));
    findings.extend(defects::findings(policy));
    findings.extend(routes::findings(policy));
    let place = |code: &str| LINTS.iter().position(|(known, _)| *known == code);
    findings.sort_by(|a, b| (place(a.code), &a.file, a.line, &a.said).cmp(&(place(b.code), &b.file, b.line, &b.said)));
    findings.dedup();
    findings
}

impl Finding {
    /// About the policy as a whole.
    fn whole(code: &'static str, said: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding {
            code,
            clause: None,
            file: crate::policy::SETTINGS.to_owned(),
            line: 1,
            said: said.into(),
            advice: advice.into(),
            situation: None,
        }
    }

    /// About a clause.
    fn of(code: &'static str, clause: &Clause, said: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding {
            clause: Some(clause.id.clone()),
            file: clause.file.clone(),
            line: clause.line,
            ..Finding::whole(code, said, advice)
        }
    }

    /// About a rule.
    fn at(code: &'static str, policy: &Policy, n: usize, words: (String, &str)) -> Finding {
        let (clause, rule) = &policy.rules[n];
        Finding { line: rule.line, ..Finding::of(code, &policy.clauses[*clause], words.0, words.1) }
    }
}

/// The clause of a rule.
fn clause_of<'p>(policy: &'p Policy, (clause, _): &(usize, Rule)) -> &'p Clause {
    &policy.clauses[*clause]
}

/// The first clause whose words hold one of these, small and capital letters alike.
fn says<'p>(policy: &'p Policy, words: &[&str]) -> Option<&'p Clause> {
    policy.clauses.iter().find(|clause| has_words(clause, words))
}

fn has_words(clause: &Clause, words: &[&str]) -> bool {
    let text = clause.wording.to_lowercase();
    words.iter().any(|word| text.contains(word))
}
