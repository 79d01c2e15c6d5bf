//! What a file would change: the difference between it and the roll, worked out before anything is written.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use rulebook::Fault;
use uuid::Uuid;

use super::doubts::{self, Doubt};
use super::faults::Faults;
use super::incoming::{AdultIn, ClassIn, Incoming, PupilIn, Speaks};
use crate::roster::adult::{AdultNames, Contact, Standing};
use crate::roster::entry::{AdultGiven, ClassGiven, PupilGiven};
use crate::roster::pupil::{Known, Names};

/// Something on the roll, with the version it was read at.
#[derive(Clone, Debug)]
pub(super) struct Held<T> {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) given: T,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) id: Uuid,
    pub(super) class: Uuid,
    pub(super) pupil: Uuid,
}

#[derive(Clone, Debug)]
pub(super) struct Tie {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) pupil: Uuid,
    pub(super) adult: Uuid,
    pub(super) standing: Standing,
}

/// A no that a file brought before.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) id: Uuid,
    pub(super) pupil: Uuid,
    /// A purpose's code in capitals.
    pub(super) purpose: String,
    pub(super) is_settled: bool,
}

/// The whole roll, opened: what a file is held against.
#[derive(Clone, Debug, Default)]
pub(super) struct Current {
    pub(super) pupils: Vec<Held<PupilGiven>>,
    pub(super) classes: Vec<Held<ClassGiven>>,
    pub(super) adults: Vec<Held<AdultGiven>>,
    /// Those that go on.
    pub(super) members: Vec<Member>,
    pub(super) ties: Vec<Tie>,
    pub(super) refusals: Vec<Refused>,
}

/// What is to be done with one thing of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step<T> {
    New(T),
    /// Id, version, what it becomes, and what is different about it.
    Change(Uuid, i64, T, Vec<&'static str>),
    Same(Uuid),
}

impl<T> Step<T> {
    fn is_same(&self) -> bool {
        matches!(self, Step::Same(_))
    }
}

/// Something of the file as a place in its list, resolved to an id when it is written.
pub(super) type Place = usize;

#[derive(Debug, Default)]
pub(super) struct Plan {
    /// One step for each pupil, adult and class of the file, in its order.
    pub(super) pupils: Vec<Step<PupilGiven>>,
    pub(super) adults: Vec<Step<AdultGiven>>,
    pub(super) classes: Vec<Step<ClassGiven>>,
    /// Pupils who have been away and are in the file again.
    pub(super) returned: Vec<Place>,
    /// Pupils of the roll who are not in the file any more, as they will be written.
    pub(super) left: Vec<Held<PupilGiven>>,
    pub(super) classes_ended: Vec<Held<ClassGiven>>,
    pub(super) members_new: Vec<(Place, Place)>,
    pub(super) members_ended: Vec<Uuid>,
    pub(super) ties_new: Vec<(Place, Place, Standing)>,
    pub(super) ties_changed: Vec<(Uuid, i64, Standing)>,
    pub(super) ties_ended: Vec<(Uuid, i64)>,
    /// What files have not said no to yet, or not since it was settled and over.
    pub(super) refusals: Vec<(Place, String)>,
    pub(super) refusals_over: Vec<Uuid>,
    pub(super) doubts: Vec<Doubt>,
    /// Pupils on roll before.
    pub(super) on_roll: usize,
}

impl Plan {
    /// Whether there is nothing to write that anybody would see.
    pub(super) fn is_idle(&self) -> bool {
        let is_same = self.pupils.iter().all(Step::is_same)
            && self.adults.iter().all(Step::is_same)
            && self.classes.iter().all(Step::is_same);
        let changes = [
            self.left.len(),
            self.classes_ended.len(),
            self.members_new.len(),
            self.members_ended.len(),
            self.ties_new.len(),
            self.ties_changed.len(),
            self.ties_ended.len(),
            self.refusals.len(),
        ];
        is_same && changes.iter().all(|count| *count == 0)
    }
}

/// The moment for which a plan is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) today: Date,
    pub(super) now: i64,
}

/// Works out what a file changes.
///
/// # Errors
/// Rows that would have to be guessed at: a key and a UPN of two different pupils.
pub(super) fn plan(current: &Current, file: &Incoming, at: Moment) -> Result<Plan, Vec<Fault>> {
    let mut planning =
        Planning { current, file, at, plan: Plan::default(), matched: Vec::new(), faults: Faults::default() };
    planning.match_pupils();
    planning.classes();
    planning.pupils();
    planning.leavers();
    planning.adults();
    planning.ties();
    planning.members();
    planning.refusals();
    let Planning { mut plan, faults, .. } = planning;
    plan.doubts = doubts::doubts(current, file, &plan);
    plan.on_roll = current.pupils.iter().filter(|held| is_on_roll(&held.given, at.today)).count();
    faults.or(plan)
}

fn is_on_roll(given: &PupilGiven, today: Date) -> bool {
    given.left_on.is_none_or(|left| today < left)
}

struct Planning<'a> {
    current: &'a Current,
    file: &'a Incoming,
    at: Moment,
    plan: Plan,
    /// For each pupil of the file: the place in the roll.
    matched: Vec<Option<usize>>,
    faults: Faults,
}

impl Planning<'_> {
    /// By key and by UPN, never by name: a child with a new key is a new child until a person says otherwise.
    fn match_pupils(&mut self) {
        let mut by_key = HashMap::new();
        let mut by_upn = HashMap::new();
        for (place, held) in self.current.pupils.iter().enumerate() {
            held.given.source.as_deref().map(|key| by_key.insert(key, place));
            held.given.upn.as_ref().map(|upn| by_upn.insert(upn.as_str(), place));
        }
        let mut taken: HashMap<usize, usize> = HashMap::new();
        for pupil in &self.file.pupils {
            let keyed = pupil.key.as_deref().and_then(|key| by_key.get(key)).copied();
            let numbered = pupil.upn.as_ref().and_then(|upn| by_upn.get(upn.as_str())).copied();
            if let (Some(one), Some(other)) = (keyed, numbered)
                && one != other
            {
                let said = "has the key of one pupil on the roll and the UPN of another";
                self.faults.add(&self.file.file, pupil.line, said);
            }
            let place = keyed.or(numbered);
            if let Some(line) = place.and_then(|place| taken.insert(place, pupil.line)) {
                let said = format!("is the same pupil on the roll as line {line}, by the key or the UPN");
                self.faults.add(&self.file.file, pupil.line, said);
            }
            self.matched.push(place);
        }
    }

    fn pupils(&mut self) {
        for (place, pupil) in self.file.pupils.iter().enumerate() {
            let step = match self.matched[place] {
                None => Step::New(new_pupil(pupil)),
                Some(held) => {
                    let held = &self.current.pupils[held];
                    let (given, is_back) = changed_pupil(&held.given, pupil, (&self.file.speaks, self.at));
                    if is_back {
                        self.plan.returned.push(place);
                    }
                    let what = differences(&held.given, &given);
                    if what.is_empty() { Step::Same(held.id) } else { Step::Change(held.id, held.version, given, what) }
                }
            };
            self.plan.pupils.push(step);
        }
    }

    fn leavers(&mut self) {
        let here: HashSet<usize> = self.matched.iter().flatten().copied().collect();
        for (place, held) in self.current.pupils.iter().enumerate() {
            if !here.contains(&place) && is_on_roll(&held.given, self.at.today) {
                let given = PupilGiven { left_on: Some(self.at.today), ..held.given.clone() };
                self.plan.left.push(Held { id: held.id, version: held.version, given });
            }
        }
    }

    fn classes(&mut self) {
        let by_key: HashMap<&str, &Held<ClassGiven>> =
            self.current.classes.iter().filter_map(|held| Some((held.given.source.as_deref()?, held))).collect();
        let mut here = HashSet::new();
        for class in &self.file.classes {
            let held = by_key.get(class.key.as_str());
            held.map(|held| here.insert(held.id));
            self.plan.classes.push(class_step(held.copied(), class));
        }
        if !self.file.speaks.classes {
            return;
        }
        for held in &self.current.classes {
            if !here.contains(&held.id) && held.given.ended_on.is_none() {
                let given = ClassGiven { ended_on: Some(self.at.today), ..held.given.clone() };
                self.plan.classes_ended.push(Held { id: held.id, version: held.version, given });
            }
        }
    }

    /// An adult with a key is found by it; one without is the adult of that name whom the same pupil had before.
    fn adults(&mut self) {
        let adults = &self.current.adults;
        let by_key: HashMap<&str, usize> =
            adults.iter().enumerate().filter_map(|(at, held)| Some((held.given.source.as_deref()?, at))).collect();
        let by_id: HashMap<Uuid, usize> = adults.iter().enumerate().map(|(at, held)| (held.id, at)).collect();
        let mut unkeyed: HashMap<(Uuid, String), Option<usize>> = HashMap::new();
        for tie in &self.current.ties {
            let Some(at) = by_id.get(&tie.adult).copied() else { continue };
            if adults[at].given.source.is_none() {
                // Two of one name: neither is taken for the one in the file.
                let name = (tie.pupil, adults[at].given.names.folded());
                unkeyed.entry(name).and_modify(|known| *known = None).or_insert(Some(at));
            }
        }
        let mut pupil_of: HashMap<usize, usize> = HashMap::new();
        for (place, pupil) in self.file.pupils.iter().enumerate() {
            pupil.ties.iter().for_each(|tie| _ = pupil_of.insert(tie.adult, place));
        }
        for (place, adult) in self.file.adults.iter().enumerate() {
            let held = match &adult.key {
                Some(key) => by_key.get(key.as_str()).copied(),
                None => pupil_of.get(&place).and_then(|pupil| self.matched[*pupil]).and_then(|pupil| {
                    unkeyed.get(&(self.current.pupils[pupil].id, adult.names.folded())).copied().flatten()
                }),
            };
            self.plan.adults.push(adult_step(held.map(|at| &adults[at]), adult, &self.file.speaks));
        }
    }

    fn ties(&mut self) {
        if !self.file.speaks.adults {
            return;
        }
        let mut held: HashMap<Uuid, Vec<&Tie>> = HashMap::new();
        self.current.ties.iter().for_each(|tie| held.entry(tie.pupil).or_default().push(tie));
        for (place, pupil) in self.file.pupils.iter().enumerate() {
            let id = self.matched[place].map(|at| self.current.pupils[at].id);
            let mut before = id.and_then(|id| held.remove(&id)).unwrap_or_default();
            for tie in &pupil.ties {
                let adult = known_id(&self.plan.adults[tie.adult]);
                let known = before.iter().position(|known| Some(known.adult) == adult);
                let Some(known) = known.map(|at| before.swap_remove(at)) else {
                    self.plan.ties_new.push((place, tie.adult, tie.standing.clone()));
                    continue;
                };
                let standing = changed_standing(&known.standing, &tie.standing, &self.file.speaks);
                if standing != known.standing {
                    self.plan.ties_changed.push((known.id, known.version, standing));
                }
            }
            self.plan.ties_ended.extend(before.iter().map(|tie| (tie.id, tie.version)));
        }
    }

    fn members(&mut self) {
        let mut held: HashMap<Uuid, Vec<Member>> = HashMap::new();
        self.current.members.iter().for_each(|member| held.entry(member.pupil).or_default().push(*member));
        for left in &self.plan.left {
            let gone = held.remove(&left.id).unwrap_or_default();
            self.plan.members_ended.extend(gone.iter().map(|member| member.id));
        }
        if !self.file.speaks.classes {
            return;
        }
        for (place, pupil) in self.file.pupils.iter().enumerate() {
            let id = self.matched[place].map(|at| self.current.pupils[at].id);
            let mut before = id.and_then(|id| held.remove(&id)).unwrap_or_default();
            for class in &pupil.classes {
                let wanted = known_id(&self.plan.classes[*class]);
                match before.iter().position(|member| Some(member.class) == wanted) {
                    Some(at) => drop(before.swap_remove(at)),
                    None => self.plan.members_new.push((place, *class)),
                }
            }
            self.plan.members_ended.extend(before.iter().map(|member| member.id));
        }
    }

    /// What nobody has settled stays, whether or not the file repeats it. What somebody has settled is over when the file does not
    /// repeat it: if a later file says it again, it is a new no.
    fn refusals(&mut self) {
        let mut held: HashMap<Uuid, Vec<&Refused>> = HashMap::new();
        self.current.refusals.iter().for_each(|refused| held.entry(refused.pupil).or_default().push(refused));
        for (place, pupil) in self.file.pupils.iter().enumerate() {
            let id = self.matched[place].map(|at| self.current.pupils[at].id);
            let before = id.and_then(|id| held.remove(&id)).unwrap_or_default();
            let new = pupil.refused.iter().filter(|code| before.iter().all(|known| known.purpose != **code));
            self.plan.refusals.extend(new.map(|code| (place, code.clone())));
            if self.file.speaks.refused {
                let is_over = |known: &&&Refused| known.is_settled && !pupil.refused.contains(&known.purpose);
                self.plan.refusals_over.extend(before.iter().filter(is_over).map(|known| known.id));
            }
        }
    }
}

fn known_id<T>(step: &Step<T>) -> Option<Uuid> {
    match step {
        Step::New(_) => None,
        Step::Change(id, ..) | Step::Same(id) => Some(*id),
    }
}

fn new_pupil(pupil: &PupilIn) -> PupilGiven {
    PupilGiven {
        names: pupil.names.clone(),
        year_group: pupil.year_group.clone(),
        on_roll_from: pupil.on_roll_from,
        left_on: pupil.left_on,
        returned_at: None,
        looked_after: pupil.looked_after,
        court_marker: pupil.court_marker,
        source: pupil.key.clone(),
        born_on: pupil.born_on,
        upn: pupil.upn.clone(),
    }
}

/// What becomes of a pupil, and whether they have come back. What the file does not speak of, or leaves empty, stays; a
/// marker is never cleared.
fn changed_pupil(held: &PupilGiven, file: &PupilIn, (speaks, at): (&Speaks, Moment)) -> (PupilGiven, bool) {
    let was_away = !is_on_roll(held, at.today);
    let is_back = was_away && file.left_on.is_none_or(|left| at.today < left);
    let given = PupilGiven {
        names: Names {
            forename: file.names.forename.clone(),
            surname: file.names.surname.clone(),
            known_as: (if speaks.known_as { &file.names.known_as } else { &held.names.known_as }).clone(),
        },
        year_group: (if speaks.year_group { &file.year_group } else { &held.year_group }).clone(),
        on_roll_from: file.on_roll_from.or(if is_back { Some(at.today) } else { held.on_roll_from }),
        // A leaver whom the file names as one keeps the day that is known.
        left_on: if was_away && !is_back { held.left_on } else { file.left_on },
        returned_at: if is_back { Some(at.now) } else { held.returned_at },
        looked_after: marked(held.looked_after, file.looked_after),
        court_marker: marked(held.court_marker, file.court_marker),
        source: file.key.clone().or_else(|| held.source.clone()),
        born_on: file.born_on.or(held.born_on),
        upn: file.upn.clone().or_else(|| held.upn.clone()),
    };
    (given, is_back)
}

/// A file may set a marker; only a person clears one.
fn marked(held: Known, file: Known) -> Known {
    match (held, file) {
        (Known::Yes, _) | (_, Known::Yes) => Known::Yes,
        (Known::Unknown, answer) => answer,
        (Known::No, _) => Known::No,
    }
}

fn differences(held: &PupilGiven, given: &PupilGiven) -> Vec<&'static str> {
    let differs = [
        (held.names != given.names, "name"),
        (held.year_group != given.year_group, "year group"),
        (held.on_roll_from != given.on_roll_from, "first day"),
        (held.left_on != given.left_on, "leaving"),
        (held.looked_after != given.looked_after || held.court_marker != given.court_marker, "marker"),
        (held.source != given.source, "key"),
        (held.born_on != given.born_on, "date of birth"),
        (held.upn != given.upn, "UPN"),
    ];
    differs.into_iter().filter(|(is_different, _)| *is_different).map(|(_, what)| what).collect()
}

fn class_step(held: Option<&Held<ClassGiven>>, class: &ClassIn) -> Step<ClassGiven> {
    let year_group = class.year_group.clone().or_else(|| held.and_then(|held| held.given.year_group.clone()));
    let given = ClassGiven { name: class.name.clone(), year_group, source: Some(class.key.clone()), ended_on: None };
    match held {
        None => Step::New(given),
        Some(held) if held.given == given => Step::Same(held.id),
        Some(held) => Step::Change(held.id, held.version, given, vec!["class"]),
    }
}

fn adult_step(held: Option<&Held<AdultGiven>>, adult: &AdultIn, speaks: &Speaks) -> Step<AdultGiven> {
    let Some(held) = held else {
        let (names, contact) = (adult.names.clone(), adult.contact.clone());
        return Step::New(AdultGiven { names, contact, source: adult.key.clone() });
    };
    let (old, new) = (&held.given.contact, &adult.contact);
    let of = |speaks: bool, new: &Option<String>, old: &Option<String>| if speaks { new.clone() } else { old.clone() };
    let given = AdultGiven {
        names: AdultNames {
            title: of(speaks.title, &adult.names.title, &held.given.names.title),
            forename: adult.names.forename.clone(),
            surname: adult.names.surname.clone(),
        },
        contact: Contact {
            email: of(speaks.email, &new.email, &old.email),
            mobile: of(speaks.mobile, &new.mobile, &old.mobile),
            phone: of(speaks.phone, &new.phone, &old.phone),
            address: of(speaks.address, &new.address, &old.address),
            postcode: of(speaks.postcode, &new.postcode, &old.postcode),
        },
        source: held.given.source.clone(),
    };
    match held.given == given {
        true => Step::Same(held.id),
        false => Step::Change(held.id, held.version, given, vec!["adult"]),
    }
}

/// A person's "no" about parental responsibility is not overruled by a file; orders and markers are not in files.
fn changed_standing(held: &Standing, file: &Standing, speaks: &Speaks) -> Standing {
    let parental_responsibility = match (held.parental_responsibility, file.parental_responsibility) {
        (Known::No, _) => Known::No,
        (held, Known::Unknown) => held,
        (_, said) => said,
    };
    Standing {
        relation: (if speaks.relation { &file.relation } else { &held.relation }).clone(),
        priority: if speaks.priority { file.priority } else { held.priority },
        parental_responsibility,
        contact_order: held.contact_order,
        court_marker: held.court_marker,
    }
}
