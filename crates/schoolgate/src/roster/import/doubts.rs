//! What a person should look at before a file is taken: rows that are right one by one and may be wrong together.

use std::collections::HashMap;

use super::folded;
use super::incoming::Incoming;
use super::plan::{Current, Plan, Step};

/// Doubts of one kind that are told; a file with more has a fault of its own kind.
const DOUBTS_MAX: usize = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Two pupils with one surname and one date of birth.
    Twins,
    /// Two pupils with one name.
    SameName,
    /// A new pupil with the name and date of birth of somebody on the roll: the same child under a new key?
    MaybeSame,
    /// Two adults with one e-mail address or mobile number.
    SharedAddress,
    /// A pupil whose UPN is another one now.
    OtherUpn,
}

impl Kind {
    pub fn label(self) -> &'static str {
        match self {
            Kind::Twins => "One surname and one date of birth: twins, or one child twice?",
            Kind::SameName => "Two pupils with one name: check that nothing is mixed up",
            Kind::MaybeSame => {
                "New, with the name and date of birth of a pupil on the roll: the same child under a new key?"
            }
            Kind::SharedAddress => {
                "One e-mail address or mobile number for two adults: it tells neither from the other"
            }
            Kind::OtherUpn => "The UPN is another one now",
        }
    }
}

/// Something to look at: the lines of the file, and who it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub kind: Kind,
    pub lines: Vec<usize>,
    pub names: Vec<String>,
}

pub(super) fn doubts(current: &Current, file: &Incoming, plan: &Plan) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    // What was there before has been looked at before.
    let is_new = |place: usize| matches!(plan.pupils.get(place), Some(Step::New(_)));
    let pupils = || file.pupils.iter().enumerate();
    let birth = pupils().filter_map(|(at, p)| Some((format!("{} {}", folded(&p.names.surname), p.born_on?), at)));
    doubts.extend(shared(file, Kind::Twins, birth, is_new));
    let name = pupils().map(|(at, p)| (folded(&format!("{} {}", p.names.forename, p.names.surname)), at));
    doubts.extend(shared(file, Kind::SameName, name, is_new));
    doubts.extend(maybe_same(current, file, is_new));
    doubts.extend(shared_addresses(file, plan));
    doubts.extend(other_upns(current, file, plan));
    doubts
}

/// Groups of pupils with one word, at least one of them new.
fn shared(
    file: &Incoming,
    kind: Kind,
    words: impl Iterator<Item = (String, usize)>,
    is_new: impl Fn(usize) -> bool,
) -> Vec<Doubt> {
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    words.for_each(|(word, place)| groups.entry(word).or_default().push(place));
    let groups = groups.into_values().filter(|group| group.len() > 1 && group.iter().any(|place| is_new(*place)));
    let doubt = |group: Vec<usize>| Doubt {
        kind,
        lines: group.iter().map(|place| file.pupils[*place].line).collect(),
        names: group.iter().map(|place| file.pupils[*place].names.in_full()).collect(),
    };
    sorted(groups.map(doubt).collect())
}

fn maybe_same(current: &Current, file: &Incoming, is_new: impl Fn(usize) -> bool) -> Vec<Doubt> {
    let held: HashMap<_, _> = current
        .pupils
        .iter()
        .filter_map(|held| Some(((held.given.names.folded(), held.given.born_on?), held)))
        .collect();
    let found = file.pupils.iter().enumerate().filter(|(place, _)| is_new(*place)).filter_map(|(_, pupil)| {
        let other = held.get(&(pupil.names.folded(), pupil.born_on?))?;
        let names = vec![pupil.names.in_full(), other.given.names.in_full()];
        Some(Doubt { kind: Kind::MaybeSame, lines: vec![pupil.line], names })
    });
    sorted(found.collect())
}

fn shared_addresses(file: &Incoming, plan: &Plan) -> Vec<Doubt> {
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, adult) in file.adults.iter().enumerate() {
        let email = adult.contact.email.as_deref().map(str::to_lowercase);
        let mobile =
            adult.contact.mobile.as_deref().map(|number| number.chars().filter(char::is_ascii_digit).collect());
        for address in [email, mobile].into_iter().flatten().filter(|address: &String| address.len() > 4) {
            groups.entry(address).or_default().push(place);
        }
    }
    let is_changed = |place: &usize| !matches!(plan.adults.get(*place), Some(Step::Same(_)));
    let mut doubts: Vec<Doubt> = Vec::new();
    for group in groups.into_values().filter(|group| group.len() > 1 && group.iter().any(is_changed)) {
        let lines: Vec<usize> = group.iter().map(|place| file.adults[*place].line).collect();
        let names = group.iter().map(|place| file.adults[*place].names.in_full()).collect();
        doubts.push(Doubt { kind: Kind::SharedAddress, lines, names });
    }
    let mut doubts = sorted(doubts);
    // One address and one number of the same two are one doubt.
    doubts.dedup_by(|one, other| one.lines == other.lines);
    doubts
}

fn other_upns(current: &Current, file: &Incoming, plan: &Plan) -> Vec<Doubt> {
    let held: HashMap<_, _> = current.pupils.iter().map(|held| (held.id, &held.given)).collect();
    let found = plan.pupils.iter().zip(&file.pupils).filter_map(|(step, pupil)| {
        let Step::Change(id, _, given, _) = step else { return None };
        let old = held.get(id)?.upn.as_ref()?;
        let is_other = given.upn.as_ref() != Some(old);
        is_other.then(|| Doubt { kind: Kind::OtherUpn, lines: vec![pupil.line], names: vec![pupil.names.in_full()] })
    });
    sorted(found.collect())
}

fn sorted(mut doubts: Vec<Doubt>) -> Vec<Doubt> {
    doubts.iter_mut().for_each(|doubt| doubt.lines.sort_unstable());
    doubts.sort_by(|one, other| one.lines.cmp(&other.lines));
    doubts.truncate(DOUBTS_MAX);
    doubts
}
