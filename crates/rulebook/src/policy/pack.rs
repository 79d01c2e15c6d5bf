//! Reading a pack whole: its settings, its chapters, and what they name of each other.

use super::settings::{Parts, Settings};
use super::{Policy, SETTINGS, version};
use crate::chapter::{self, Before, Clause, Findings, Name, Setting};
use crate::examples::Example;
use crate::profile::{Cond, Rule, full_id};
use crate::situation::did_you_mean;
use crate::vocabulary::{Vocabulary, diagnostic};
use crate::{Fault, File, Places};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A pack may have this many files; a policy has some ten chapters.
const FILES_MAX: usize = 64;

/// Reads a pack: `policy.toml` and chapters in the order of their names.
///
/// The policy is there exactly when there are no faults.
pub fn read(vocabulary: &Arc<Vocabulary>, files: &[File]) -> (Option<Policy>, Vec<Fault>) {
    // Places are right only with what stands before each block, and only faults have places: most packs are read without.
    match Pack::of(files, Before::LeftOut).read(vocabulary, Wanted::NoSlips) {
        (Some(policy), faults) => (Some(policy), faults),
        (None, _) => Pack::of(files, Before::Blank).read(vocabulary, Wanted::NoSlips),
    }
}

/// Reads a pack that was put in force, perhaps by an earlier program that saw fewer slips. What a school has adopted stays
/// readable: an example with a slip is left out, and a misspelt word is nobody's.
pub fn read_adopted(vocabulary: &Arc<Vocabulary>, files: &[File]) -> (Option<Policy>, Vec<Fault>) {
    match Pack::of(files, Before::LeftOut).read(vocabulary, Wanted::Rules) {
        (Some(policy), faults) => (Some(policy), faults),
        (None, _) => Pack::of(files, Before::Blank).read(vocabulary, Wanted::Rules),
    }
}

/// The faults of the files of a pack that could be had, where others could not. Nobody says that something is missing that may
/// stand in those.
pub fn faults_of_some(vocabulary: &Arc<Vocabulary>, files: &[File]) -> Vec<Fault> {
    let pack = Pack { has_all: false, ..Pack::of(files, Before::Blank) };
    pack.read(vocabulary, Wanted::NoSlips).1
}

/// What must be in order for a policy to be had.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Rules,
    NoSlips,
}

/// Files to be read as one.
struct Pack<'a> {
    /// In the order of their names.
    files: Vec<&'a File>,
    has_all: bool,
    before: Before,
}

fn nowhere(name: &str, said: String) -> Fault {
    Fault { file: name.to_owned(), line: 0, column: 0, path: None, said }
}

impl<'a> Pack<'a> {
    fn of(files: &'a [File], before: Before) -> Pack<'a> {
        let mut files: Vec<&File> = files.iter().collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Pack { files, has_all: true, before }
    }

    fn read(&self, vocabulary: &Arc<Vocabulary>, wanted: Wanted) -> (Option<Policy>, Vec<Fault>) {
        if self.files.len() > FILES_MAX {
            return (None, vec![nowhere("", format!("{} files; a pack has at most {FILES_MAX}", self.files.len()))]);
        }
        let settings_file = self.files.iter().find(|f| f.name == SETTINGS).copied();
        let (settings, faults) = Settings::read(vocabulary, settings_file);
        let mut findings = Findings { faults, slips: vec![], names: vec![], is_whole: self.has_all };
        if self.has_all && settings_file.is_none() {
            findings.faults.push(nowhere(SETTINGS, "this file is missing from the pack".to_owned()));
        }
        let (mut clauses, mut rules, mut examples) = self.chapters(vocabulary, &settings, &mut findings);
        check_ids(&clauses, &mut findings.faults);
        check_names(vocabulary, &settings, &clauses, &mut findings);
        let off = switch_off(&settings, settings_file, &mut clauses, &mut findings);
        check_types(vocabulary, &clauses, &rules, &self.files, &mut findings.faults);
        rules.retain(|(clause, _)| !off.contains(clause));
        examples.retain(|(clause, _)| !off.contains(clause));
        let mut faults = findings.faults;
        if wanted == Wanted::NoSlips {
            faults.append(&mut findings.slips);
        }
        if self.has_all && clauses.is_empty() && faults.is_empty() {
            faults.push(nowhere(SETTINGS, "the pack has no clauses".to_owned()));
        }
        if !faults.is_empty() || !self.has_all {
            faults.sort();
            faults.dedup();
            return (None, faults);
        }
        let addressed = addressed(vocabulary, &settings, &clauses, &rules);
        let version = version(&self.files);
        (Some(settings.into_policy(vocabulary, version, Parts { clauses, rules, addressed, examples })), faults)
    }

    fn chapters(&self, vocabulary: &Arc<Vocabulary>, settings: &Settings, findings: &mut Findings) -> Chapters {
        let setting = Setting {
            vocabulary,
            parameters: &settings.parameters,
            policy: &settings.id,
            has_settings: settings.is_whole,
            before: self.before,
        };
        let (mut clauses, mut rules, mut examples) = (vec![], vec![], vec![]);
        for file in self.files.iter().filter(|f| f.name.ends_with(".md")) {
            let chapter = chapter::read(&setting, file, findings);
            let base = clauses.len();
            clauses.extend(chapter.clauses);
            rules.extend(chapter.rules.into_iter().map(|(clause, rule)| (clause + base, rule)));
            examples.extend(chapter.examples.into_iter().map(|(clause, example)| (clause + base, example)));
        }
        (clauses, rules, examples)
    }
}

/// The clauses of all chapters, and the rules and examples with the place of their clause.
type Chapters = (Vec<Clause>, Vec<(usize, Rule)>, Vec<(usize, Example)>);

/// The clauses that `off` names, by their place. What is switched off is still read and checked.
fn switch_off(
    settings: &Settings,
    file: Option<&File>,
    clauses: &mut [Clause],
    findings: &mut Findings,
) -> BTreeSet<usize> {
    let mut off = BTreeSet::new();
    let places = file.map(|file| Places::new(&file.name, &file.text));
    for (at, name) in &settings.off {
        let full = full_id(&settings.id, name);
        match clauses.iter().position(|clause| clause.id == full) {
            Some(place) => {
                clauses[place].is_off = true;
                off.insert(place);
            }
            None if findings.is_whole && settings.is_whole => {
                let said = format!("off: {}", no_clause(name, clauses));
                findings.faults.extend(places.as_ref().map(|places| places.fault(*at, said)));
            }
            None => {}
        }
    }
    off
}

fn no_clause(name: &str, clauses: &[Clause]) -> String {
    let short = |clause: &'_ Clause| clause.id.split_once('.').map(|(_, short)| short.to_owned());
    let short: Vec<String> = clauses.iter().filter_map(short).collect();
    let meant = did_you_mean(name, &short.iter().map(String::as_str).collect::<Vec<_>>());
    format!("`{name}` is no clause of this policy{meant}")
}

/// No two clauses with one id.
fn check_ids(clauses: &[Clause], faults: &mut Vec<Fault>) {
    let mut seen: HashMap<&str, &Clause> = HashMap::new();
    for clause in clauses {
        match seen.get(clause.id.as_str()) {
            Some(first) => {
                let said = format!("clause {} stands twice: here and at {}:{}", clause.id, first.file, first.line);
                faults.push(Fault { file: clause.file.clone(), line: clause.line, column: 1, path: None, said });
            }
            None => {
                seen.insert(&clause.id, clause);
            }
        }
    }
}

/// Whatever is named in a chapter exists.
fn check_names(vocabulary: &Vocabulary, settings: &Settings, clauses: &[Clause], findings: &mut Findings) {
    let ids: HashSet<&str> = clauses.iter().map(|clause| clause.id.as_str()).collect();
    for named in std::mem::take(&mut findings.names) {
        let said = match named.name {
            Name::Clause(name) => {
                let is_known = ids.contains(full_id(&settings.id, &name).as_str());
                let has_all = findings.is_whole && settings.is_whole;
                (!is_known && has_all).then(|| no_clause(&name, clauses))
            }
            // What stands under [people] is looked at there.
            Name::Person(word) if !settings.is_whole || settings.people.contains_key(&word) => None,
            Name::Person(word) => settings.people(vocabulary, &[word]).err(),
        };
        if let Some(said) = said {
            let fault = Fault { said: format!("{}: {said}", named.fault.said), ..named.fault };
            if named.is_slip { findings.slips.push(fault) } else { findings.faults.push(fault) }
        }
    }
}

/// Cedar's own strict validation, with its places in the chapters.
fn check_types(
    vocabulary: &Vocabulary,
    clauses: &[Clause],
    rules: &[(usize, Rule)],
    files: &[&File],
    faults: &mut Vec<Fault>,
) {
    let mut set = cedar_policy::PolicySet::new();
    let mut by_id = HashMap::new();
    for (clause, rule) in rules {
        by_id.insert(rule.cedar.id().to_string(), (*clause, rule.line));
        // Ids that stand twice are reported by `check_ids`.
        let _ = set.add(rule.cedar.clone());
    }
    let validator = cedar_policy::Validator::new(vocabulary.schema.clone());
    for error in validator.validate(&set, cedar_policy::ValidationMode::Strict).validation_errors() {
        let Some((clause, line)) = by_id.get(&error.policy_id().to_string()) else {
            continue;
        };
        let clause = &clauses[*clause];
        let Some(file) = files.iter().find(|f| f.name == clause.file) else {
            continue;
        };
        let places = Places::new(&file.name, &file.text);
        let mut fault = diagnostic(&places, error);
        if fault.line < *line {
            fault.line = *line;
        }
        faults.push(fault);
    }
}

/// Whom each rule addresses, and whether that reaches employees; a word that is not known is nobody's.
fn addressed(
    vocabulary: &Vocabulary,
    settings: &Settings,
    clauses: &[Clause],
    rules: &[(usize, Rule)],
) -> Vec<(Cond, bool)> {
    let people = |(clause, rule): &(usize, Rule)| {
        let words = rule.who.as_ref().unwrap_or(&clauses[*clause].who);
        settings.people(vocabulary, words).unwrap_or((Cond::Always(false), false))
    };
    rules.iter().map(people).collect()
}
