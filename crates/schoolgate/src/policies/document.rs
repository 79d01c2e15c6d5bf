//! A policy as a document for people: sections, clauses with an address each, and what each means in worked cases.
//!
//! Pure: a page brings a policy and gets a document back.

use std::collections::{BTreeMap, BTreeSet};

use rulebook::{Clause, Policy, Situation};

use super::words::{Answered, modality_said};

/// Worked cases that are shown under one clause; a chapter may hold many more, as tests.
const CASES_MAX: usize = 6;
/// A search is no longer than this.
pub const SEARCH_CHARS_MAX: usize = 100;

/// A policy to read.
pub struct Document {
    pub title: String,
    pub school: String,
    pub version: String,
    pub sections: Vec<Section>,
}

pub struct Section {
    /// Made from the title and the place, so that it stands once.
    pub anchor: String,
    pub title: String,
    pub clauses: Vec<Read>,
}

/// A clause as it is read.
#[derive(Clone)]
pub struct Read {
    /// Its id without the policy's name; the address of the clause on the page.
    pub anchor: String,
    pub title: String,
    pub strength: &'static str,
    pub who: String,
    pub blocks: Vec<Block>,
    pub cases: Vec<Answered>,
    /// The reading taken, and the other one.
    pub doubts: Vec<(String, String)>,
    /// Pages of Schoolgate that do what the clause asks for.
    pub served_at: Vec<String>,
    pub is_planned: bool,
    pub is_off: bool,
    /// Everything that a search looks through, in small letters.
    searched: String,
}

/// A piece of a clause's wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Paragraph(String),
    List(Vec<String>),
}

/// The address of a clause on the page of its policy.
pub fn anchor_of(clause: &str) -> &str {
    clause.split_once('.').map_or(clause, |(_, rest)| rest)
}

impl Document {
    pub fn of(policy: &Policy) -> Self {
        let mut cases = cases_by_clause(policy);
        let mut sections: Vec<Section> = vec![];
        for clause in &policy.clauses {
            if sections.last().is_none_or(|section| section.title != clause.section) {
                let anchor = format!("section-{}", sections.len() + 1);
                sections.push(Section { anchor, title: clause.section.clone(), clauses: vec![] });
            }
            let read = Read::of(clause, cases.remove(clause.id.as_str()).unwrap_or_default());
            if let Some(section) = sections.last_mut() {
                section.clauses.push(read);
            }
        }
        Self { title: policy.title.clone(), school: policy.school.clone(), version: policy.version.clone(), sections }
    }

    /// The clauses that hold every word of what was typed, in the order of the document.
    pub fn search(&self, typed: &str) -> Vec<&Read> {
        let typed = typed.to_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let clauses = self.sections.iter().flat_map(|section| &section.clauses);
        clauses.filter(|clause| !words.is_empty() && words.iter().all(|word| clause.searched.contains(word))).collect()
    }

    pub fn clauses(&self) -> usize {
        self.sections.iter().map(|section| section.clauses.len()).sum()
    }
}

impl Read {
    fn of(clause: &Clause, cases: Vec<Answered>) -> Self {
        let anchor = anchor_of(&clause.id).to_owned();
        let page = |served: &String| served.strip_prefix("GET ").filter(|page| !page.contains('{')).map(str::to_owned);
        let searched = [&anchor, &clause.title, &clause.section, &clause.wording].map(|text| text.to_lowercase());
        Self {
            title: clause.title.clone(),
            strength: modality_said(&clause.modality),
            who: clause.who.iter().map(|word| word.replace('-', " ")).collect::<Vec<_>>().join(", "),
            blocks: blocks(&clause.markdown),
            cases,
            doubts: clause.doubts.iter().map(|doubt| (doubt.reading.clone(), doubt.other.clone())).collect(),
            served_at: if clause.is_planned { vec![] } else { clause.served_by.iter().filter_map(page).collect() },
            is_planned: clause.is_planned,
            is_off: clause.is_off,
            searched: searched.join(" "),
            anchor,
        }
    }
}

/// For each clause some of its cases: first one of each answer, then the others in their order.
fn cases_by_clause(policy: &Policy) -> BTreeMap<&str, Vec<Answered>> {
    let mut by_clause: BTreeMap<&str, Vec<&Situation>> = BTreeMap::new();
    for worked in policy.worked() {
        by_clause.entry(worked.clause.id.as_str()).or_default().push(worked.situation);
    }
    let shown = |situations: Vec<&Situation>| {
        let answered: Vec<Answered> = situations.into_iter().map(|situation| Answered::of(situation, policy)).collect();
        let mut seen = BTreeSet::new();
        let (first, rest): (Vec<_>, Vec<_>) = answered.into_iter().partition(|one| seen.insert(one.said));
        first.into_iter().chain(rest).take(CASES_MAX).collect()
    };
    by_clause.into_iter().map(|(clause, situations)| (clause, shown(situations))).collect()
}

/// Paragraphs and lists; other marks of Markdown are shown as they stand.
fn blocks(markdown: &str) -> Vec<Block> {
    let item = |line: &str| line.trim_start().strip_prefix(['-', '*']).map(|rest| rest.trim().to_owned());
    let block = |text: &str| {
        let begins = text.lines().filter(|line| item(line).is_some()).count();
        if begins == 0 || text.lines().next().and_then(item).is_none() {
            return Block::Paragraph(text.lines().map(str::trim).collect::<Vec<_>>().join(" "));
        }
        let mut items: Vec<String> = vec![];
        for line in text.lines() {
            match (item(line), items.last_mut()) {
                (Some(item), _) => items.push(item),
                (None, Some(last)) => last.push_str(&format!(" {}", line.trim())),
                (None, None) => {}
            }
        }
        Block::List(items)
    };
    markdown.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::{packs, shipped};

    #[test]
    fn every_pack_reads_as_a_document_with_each_clause_once() {
        for name in packs::NAMES {
            let policy = shipped(name).expect("the pack reads");
            let document = Document::of(&policy);
            assert_eq!(document.clauses(), policy.clauses.len(), "{name}");
            let mut anchors = BTreeSet::new();
            for section in &document.sections {
                assert!(anchors.insert(section.anchor.clone()), "{name}: {}", section.anchor);
                for clause in &section.clauses {
                    assert!(anchors.insert(clause.anchor.clone()), "{name}: {}", clause.anchor);
                    assert!(!clause.blocks.is_empty(), "{name}: {} has no words", clause.anchor);
                    assert!(clause.cases.len() <= CASES_MAX);
                }
            }
        }
    }

    #[test]
    fn a_clause_that_decides_shows_a_case_that_it_catches_and_one_beside_it() {
        let document = Document::of(&shipped("rattlesden").expect("the pack reads"));
        let clauses = document.sections.iter().flat_map(|section| &section.clauses);
        let friends = clauses.into_iter().find(|clause| clause.anchor == "personal-conduct.5").expect("the clause");
        let said: BTreeSet<&str> = friends.cases.iter().map(|case| case.said).collect();
        assert!(said.contains("No, you must not") && said.len() > 1, "{said:?}");
        assert_eq!(friends.cases[0].case.who, "A teacher");
        assert!(friends.cases[0].case.facts.iter().any(|(_, said)| said == "a pupil of the school"));
    }

    #[test]
    fn a_search_wants_every_word_and_finds_them_in_any_order() {
        let document = Document::of(&shipped("rattlesden").expect("the pack reads"));
        let found = |typed: &str| document.search(typed).iter().map(|clause| clause.anchor.clone()).collect::<Vec<_>>();
        assert_eq!(found("friends PUPILS added"), ["personal-conduct.5"]);
        assert_eq!(found("personal-conduct.7"), ["personal-conduct.7"]);
        assert!(found("").is_empty());
        assert!(found("dragon").is_empty());
    }

    #[test]
    fn paragraphs_and_lists_are_told_apart() {
        let list = Block::List(vec!["one and more".to_owned(), "two".to_owned()]);
        let plain = |text: &str| Block::Paragraph(text.to_owned());
        assert_eq!(
            blocks("First\nline.\n\n- one\n  and more\n- two\n\nLast <b>."),
            [plain("First line."), list, plain("Last <b>.")]
        );
    }
}
