//! OneRoster 1.1 and 1.2, as the CSV pack that systems export: users, classes, enrollments and their neighbours.
//!
//! Sources: 1EdTech's OneRoster 1.1 and 1.2 CSV bindings, as `domain.md` 7.3 gives their columns. The column `password` is
//! never asked for, so it is never read. Parental responsibility is not in OneRoster, so it stays unknown. Of a pack with
//! several schools only the one that is meant is read; of the others it is told how many pupils were passed over.

mod orgs;
mod row;

use std::collections::{HashMap, HashSet};

use rulebook::Fault;

use super::File;
use super::cells::{self, Rules};
use super::faults::{Faults, only};
use super::flat::email;
use super::incoming::{AdultIn, ClassIn, Incoming, Layout, Places, PupilIn, Speaks, TieIn};
use super::limits::{ADULTS_OF_PUPIL_MAX, CLASSES_OF_PUPIL_MAX, over};
use super::table::{self, Header, Line, Visit};
use crate::roster::adult::{AdultNames, Contact, PHONE_CHARS_MAX, Standing};
use crate::roster::pupil::{GROUP_CHARS_MAX, Known, Names};
use crate::roster::upn::Upn;
use orgs::{Orgs, Part, part, unknown_role};
use row::Row;

const USERS: &str = "users.csv";

pub(super) fn is_pack(files: &[File]) -> bool {
    find(files, USERS).is_some()
}

fn find<'a>(files: &'a [File], name: &str) -> Option<&'a File> {
    files.iter().find(|file| file.name.eq_ignore_ascii_case(name))
}

/// Reads the pack.
///
/// # Errors
/// Every fault of every file, each with its line and the column's name.
pub(super) fn read(files: &[File], rules: &Rules) -> Result<Incoming, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut pack = Pack { rules: Some(rules.clone()), ..Pack::default() };
    let mut rows = 0;
    // Users before everything that speaks of them; roles before users, because in 1.2 only they say who is a pupil.
    for (name, what, is_needed) in TABLES {
        let Some(file) = find(files, name) else {
            if *is_needed {
                faults.extend(only(&files[0].name, 0, format!("the pack holds no `{name}`")));
            }
            continue;
        };
        let mut reading = Reading { file: &file.name, what: *what, pack: &mut pack, faults: Faults::default() };
        let read = table::visit(file, &mut reading);
        let told = reading.faults.or(()).err().unwrap_or_default();
        faults.extend(told);
        match read {
            Ok(count) => rows += count,
            Err(stopped) => faults.extend(stopped),
        }
        faults.extend(pack.after(*what, &file.name));
        if pack.is_over {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let file = find(files, USERS).map_or(USERS, |file| &file.name).to_owned();
    Ok(pack.whole(super::hash(files), rows, file))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Manifest,
    Orgs,
    Roles,
    Users,
    Demographics,
    Classes,
    Enrollments,
}

/// In the order in which they are read.
const TABLES: &[(&str, What, bool)] = &[
    ("manifest.csv", What::Manifest, false),
    ("orgs.csv", What::Orgs, false),
    ("roles.csv", What::Roles, false),
    (USERS, What::Users, true),
    ("demographics.csv", What::Demographics, false),
    ("classes.csv", What::Classes, false),
    ("enrollments.csv", What::Enrollments, false),
];

#[derive(Default)]
struct Pack {
    rules: Option<Rules>,
    is_new: bool,
    roles: HashMap<String, String>,
    has_roles: bool,
    orgs: Orgs,
    /// More of something than a school may have: nothing further is read.
    is_over: bool,
    pupils: Vec<PupilIn>,
    adults: Vec<AdultIn>,
    relations: Vec<String>,
    classes: Vec<ClassIn>,
    /// Every user's key, whatever their part.
    users: HashSet<String>,
    pupil_places: Places,
    adult_places: Places,
    upns: HashMap<String, usize>,
    class_places: Places,
    /// Pupil, key of the adult, line.
    agents: Vec<(usize, String, usize)>,
    speaks: Speaks,
}

struct Reading<'a> {
    file: &'a str,
    what: What,
    pack: &'a mut Pack,
    faults: Faults,
}

impl Visit for Reading<'_> {
    fn header(&mut self, header: &Header, line: usize) -> Result<(), Vec<Fault>> {
        let needed: &[&str] = match self.what {
            What::Manifest => &["propertyname", "value"],
            What::Orgs => &["sourcedid", "type"],
            What::Roles => &["usersourcedid", "role"],
            What::Users if self.pack.has_roles => &["sourcedid", "givenname", "familyname"],
            What::Users => &["sourcedid", "givenname", "familyname", "role"],
            What::Demographics => &["sourcedid"],
            What::Classes => &["sourcedid", "title"],
            What::Enrollments => &["classsourcedid", "usersourcedid", "role"],
        };
        let mut missing = Faults::default();
        for name in needed.iter().filter(|name| header.find(&[name]).is_none()) {
            missing.add(self.file, line, format!("has no column `{name}`"));
        }
        let has = |name: &str| header.find(&[name]).is_some();
        match self.what {
            What::Roles => (self.pack.has_roles, self.pack.is_new) = (true, true),
            What::Users => {
                let speaks = &mut self.pack.speaks;
                speaks.known_as = has("preferredgivenname");
                speaks.year_group = has("grades");
                speaks.adults = has("agentsourcedids");
                (speaks.email, speaks.mobile, speaks.phone) = (has("email"), has("sms"), has("phone"));
                speaks.relation = true;
            }
            What::Enrollments => self.pack.speaks.classes = true,
            _ => {}
        }
        missing.or(())
    }

    fn row(&mut self, header: &Header, line: &Line<'_>) {
        let mut row = Row { header, line, wrong: Vec::new() };
        if row.get("status", cells::key).eq_ignore_ascii_case("tobedeleted") {
            return;
        }
        let done = match self.what {
            What::Manifest => self.pack.manifest(&mut row),
            What::Orgs => self.pack.org(&mut row),
            What::Roles => self.pack.role(&mut row),
            What::Users => self.pack.user(&mut row),
            What::Demographics => self.pack.birth(&mut row),
            What::Classes => self.pack.class(&mut row),
            What::Enrollments => self.pack.enrollment(&mut row),
        };
        let told = row.wrong.into_iter().chain(done.err());
        told.for_each(|said| self.faults.add(self.file, line.number, said));
        let pack = &mut *self.pack;
        if let Some(said) = over(pack.pupils.len(), pack.adults.len(), pack.classes.len()) {
            pack.is_over = true;
            self.faults.stop(self.file, line.number, said);
        }
    }

    fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }
}

type Done = Result<(), String>;

impl Pack {
    fn manifest(&mut self, row: &mut Row<'_>) -> Done {
        let name = row.get("propertyname", cells::key);
        let value = row.get("value", cells::key);
        let name = name.to_lowercase();
        match name.as_str() {
            "oneroster.version" if value.starts_with("1.2") => self.is_new = true,
            "oneroster.version" if !value.starts_with("1.1") => {
                return Err(format!("`value`: OneRoster `{value}` is not known here; 1.1 and 1.2 are"));
            }
            _ if name.starts_with("file.") && value.eq_ignore_ascii_case("delta") => {
                return Err(
                    "`value`: this is a delta export, which does not say who has left; ask for a bulk one".into()
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn org(&mut self, row: &mut Row<'_>) -> Done {
        if row.get("type", cells::key).eq_ignore_ascii_case("school") {
            let key = row.get("sourcedid", cells::key);
            let name = row.get("name", |cell| cells::line(cell, GROUP_CHARS_MAX * 5));
            let number = row.get("identifier", cells::key);
            self.orgs.add(key, name, number);
        }
        Ok(())
    }

    /// 1.2: who plays which part. A pupil who is also something else is a pupil.
    fn role(&mut self, row: &mut Row<'_>) -> Done {
        let (user, role) = (row.key("usersourcedid"), row.key("role"));
        if row.wrong.is_empty() && part(&role).is_none() {
            return Err(unknown_role(&role));
        }
        if part(&role) == Some(Part::Pupil) {
            if !self.orgs.are_ours(&row.line.cell(row.header.find(&["orgsourcedid"]))) {
                if !self.roles.get(&user).is_some_and(|held| part(held) == Some(Part::Pupil)) {
                    self.orgs.pass_over(&user);
                }
                return Ok(());
            }
            self.orgs.take_back(&user);
        }
        let held = self.roles.entry(user).or_insert_with(|| role.clone());
        if part(&role) == Some(Part::Pupil) {
            *held = role;
        }
        Ok(())
    }

    fn user(&mut self, row: &mut Row<'_>) -> Done {
        let key = row.key("sourcedid");
        if !row.wrong.is_empty() {
            return Ok(());
        }
        if !self.users.insert(key.clone()) {
            return Err("`sourcedid` is that of another user in this file".to_owned());
        }
        let role = match self.has_roles {
            true => self.roles.get(&key).cloned(),
            false => Some(row.key("role")),
        };
        let Some(role) = role else {
            return match self.orgs.is_passed_over(&key) {
                true => Ok(()),
                false => Err("has no role in `roles.csv`".to_owned()),
            };
        };
        if !row.wrong.is_empty() {
            return Ok(());
        }
        match part(&role).ok_or_else(|| unknown_role(&role))? {
            // In 1.2 the role has said so already.
            Part::Pupil
                if !self.has_roles && !self.orgs.are_ours(&row.line.cell(row.header.find(&["orgsourcedids"]))) =>
            {
                self.orgs.pass_over(&key);
                Ok(())
            }
            Part::Pupil => self.pupil(row, key),
            Part::Adult => self.adult(row, key, role.to_lowercase()),
            Part::Staff => Ok(()),
        }
    }

    fn pupil(&mut self, row: &mut Row<'_>, key: String) -> Done {
        let Some(rules) = self.rules.clone() else { return Ok(()) };
        let names = Names { forename: row.name("givenname"), surname: row.name("familyname"), known_as: None };
        let known_as = Some(row.name("preferredgivenname")).filter(|name| !name.is_empty() && *name != names.forename);
        if names.forename.is_empty() && names.surname.is_empty() && row.wrong.is_empty() {
            return Err("has neither `givenname` nor `familyname`".to_owned());
        }
        let upn = self.upn(row, &key, &rules)?;
        let grades = row.get("grades", |cell| cells::line(cell, GROUP_CHARS_MAX * 5));
        let year_group = grades.split(',').map(str::trim).find(|grade| !grade.is_empty()).map(str::to_owned);
        let agents = row.line.cell(row.header.find(&["agentsourcedids"])).into_owned();
        if !row.wrong.is_empty() {
            return Ok(());
        }
        let place = self.pupils.len();
        let agents = agents.split(',').map(str::trim).filter(|agent| !agent.is_empty());
        self.agents.extend(agents.map(|agent| (place, agent.to_owned(), row.line.number)));
        self.pupil_places.keep(&key, place);
        let is_upn = Upn::parse(&key).is_ok();
        self.pupils.push(PupilIn {
            line: row.line.number,
            key: (!is_upn).then_some(key),
            upn,
            names: Names { known_as, ..names },
            born_on: None,
            year_group,
            on_roll_from: None,
            left_on: None,
            looked_after: Known::Unknown,
            court_marker: Known::Unknown,
            classes: Vec::new(),
            ties: Vec::new(),
            refused: Vec::new(),
        });
        Ok(())
    }

    /// OneRoster has no column for it; systems put it into the key or one of these. What has another shape is none.
    fn upn(&mut self, row: &mut Row<'_>, key: &str, rules: &Rules) -> Result<Option<Upn>, String> {
        let mut texts = vec![("sourcedid", key.to_owned())];
        for column in ["metadata.upn", "identifier", "usermasteridentifier"] {
            texts.push((column, row.line.cell(row.header.find(&[column])).into_owned()));
        }
        let Some((column, text)) = texts.into_iter().find(|(_, text)| Upn::parse(text).is_ok()) else {
            return Ok(None);
        };
        let upn = cells::upn(&text, rules).map_err(|said| format!("`{column}` {said}"))?;
        if let Some(upn) = &upn
            && let Some(line) = self.upns.insert(upn.as_str().to_owned(), row.line.number)
        {
            return Err(format!("`{column}` holds the UPN of another pupil, in line {line}"));
        }
        Ok(upn)
    }

    fn adult(&mut self, row: &mut Row<'_>, key: String, relation: String) -> Done {
        let names = AdultNames { title: None, forename: row.name("givenname"), surname: row.name("familyname") };
        if names.forename.is_empty() && names.surname.is_empty() && row.wrong.is_empty() {
            return Err("has neither `givenname` nor `familyname`".to_owned());
        }
        let contact = Contact {
            email: row.get("email", email),
            mobile: row.maybe("sms", PHONE_CHARS_MAX),
            phone: row.maybe("phone", PHONE_CHARS_MAX),
            ..Contact::default()
        };
        self.adult_places.keep(&key, self.adults.len());
        self.adults.push(AdultIn { line: row.line.number, key: Some(key), names, contact });
        self.relations.push(relation);
        Ok(())
    }

    fn birth(&mut self, row: &mut Row<'_>) -> Done {
        let Some(rules) = self.rules.clone() else { return Ok(()) };
        let key = row.key("sourcedid");
        let born_on = row.get("birthdate", |cell| cells::birth(cell, &rules));
        match self.pupil_places.find(&key) {
            Some(place) => self.pupils[place].born_on = born_on,
            None if self.users.contains(&key) || !row.wrong.is_empty() => {}
            None => return Err(orphan("sourcedid", &key, USERS)),
        }
        Ok(())
    }

    fn class(&mut self, row: &mut Row<'_>) -> Done {
        let key = row.key("sourcedid");
        let name = row.get("title", |cell| cells::line(cell, GROUP_CHARS_MAX));
        let grades = row.maybe("grades", GROUP_CHARS_MAX);
        if !row.wrong.is_empty() {
            return Ok(());
        }
        if self.class_places.find(&key).is_some() {
            return Err("`sourcedid` is that of another class in this file".to_owned());
        }
        if !self.orgs.are_ours(&row.line.cell(row.header.find(&["schoolsourcedid"]))) {
            self.orgs.pass_class_over(key);
            return Ok(());
        }
        self.class_places.keep(&key, self.classes.len());
        let name = if name.is_empty() { key.clone() } else { name };
        // A class of several year groups has none of its own.
        self.classes.push(ClassIn { key, name, year_group: grades.filter(|grades| !grades.contains(',')) });
        Ok(())
    }

    fn enrollment(&mut self, row: &mut Row<'_>) -> Done {
        let (class, user, role) = (row.key("classsourcedid"), row.key("usersourcedid"), row.key("role"));
        let (begin, end) = (row.get("begindate", cells::day), row.get("enddate", cells::day));
        if !row.wrong.is_empty() {
            return Ok(());
        }
        let part = part(&role).ok_or_else(|| unknown_role(&role))?;
        if self.orgs.is_class_passed_over(&class) || self.orgs.is_passed_over(&user) {
            return Ok(());
        }
        let class_place =
            self.class_places.find(&class).ok_or_else(|| orphan("classsourcedid", &class, "classes.csv"))?;
        if !self.users.contains(&user) {
            return Err(orphan("usersourcedid", &user, USERS));
        }
        let Some(today) = self.rules.as_ref().map(|rules| rules.today) else { return Ok(()) };
        let counts = begin.is_none_or(|begin| begin <= today) && end.is_none_or(|end| today <= end);
        if part != Part::Pupil || !counts {
            return Ok(());
        }
        let Some(place) = self.pupil_places.find(&user) else {
            return Err(format!("`role` says that `{user}` is a student, `{USERS}` does not"));
        };
        let held = &mut self.pupils[place].classes;
        if !held.contains(&class_place) {
            held.push(class_place);
        }
        if held.len() > CLASSES_OF_PUPIL_MAX {
            return Err(format!("is one more class than the {CLASSES_OF_PUPIL_MAX} that a pupil may have"));
        }
        Ok(())
    }

    /// What can be told only once a file has been read to its end.
    fn after(&mut self, what: What, file: &str) -> Vec<Fault> {
        let mut faults = Faults::default();
        if what == What::Orgs {
            let wanted = self.rules.as_ref().map_or("", |rules| &rules.school);
            if let Err(said) = self.orgs.choose(wanted) {
                faults.stop(file, 0, said);
                self.is_over = true;
            }
        }
        if what == What::Users {
            for (pupil, adult, line) in std::mem::take(&mut self.agents) {
                if let Err(said) = self.tie(pupil, &adult) {
                    faults.add(file, line, said);
                }
            }
        }
        faults.or(()).err().unwrap_or_default()
    }

    fn tie(&mut self, pupil: usize, adult: &str) -> Done {
        let Some(place) = self.adult_places.find(adult) else {
            return match self.users.contains(adult) {
                // A teacher may be an agent too; only family is kept.
                true => Ok(()),
                false => Err(orphan("agentsourcedids", adult, USERS)),
            };
        };
        let ties = &mut self.pupils[pupil].ties;
        if ties.iter().any(|tie| tie.adult == place) {
            return Ok(());
        }
        if ties.len() == ADULTS_OF_PUPIL_MAX {
            return Err(format!("is one more adult than the {ADULTS_OF_PUPIL_MAX} that a pupil may have"));
        }
        let standing = Standing { relation: self.relations[place].clone(), ..Standing::default() };
        ties.push(TieIn { adult: place, standing });
        Ok(())
    }

    /// Adults of other schools' pupils only are nobody here; the places of the others move up.
    fn without_strangers(&mut self) {
        let mut places = vec![None; self.adults.len()];
        self.pupils.iter().flat_map(|pupil| &pupil.ties).for_each(|tie| places[tie.adult] = Some(0));
        for (next, place) in places.iter_mut().flatten().enumerate() {
            *place = next;
        }
        let mut at = 0;
        self.adults.retain(|_| {
            at += 1;
            places[at - 1].is_some()
        });
        for tie in self.pupils.iter_mut().flat_map(|pupil| &mut pupil.ties) {
            tie.adult = places[tie.adult].unwrap_or(tie.adult);
        }
    }

    fn whole(mut self, hash: [u8; 32], rows: usize, file: String) -> Incoming {
        if self.orgs.has_others() {
            self.without_strangers();
        }
        let passed_over = self.orgs.passed_over;
        let layout = if self.is_new { Layout::OneRoster12 } else { Layout::OneRoster11 };
        let (speaks, pupils, adults, classes) = (self.speaks, self.pupils, self.adults, self.classes);
        Incoming { layout, speaks, pupils, adults, classes, hash, rows, passed_over, file }
    }
}

fn orphan(column: &str, key: &str, file: &str) -> String {
    format!("`{column}`: `{}` is not in `{file}`", shortened(key))
}

/// Keys are numbers in most systems; one that is a UPN is not repeated.
fn shortened(key: &str) -> String {
    match Upn::parse(key) {
        Ok(_) => "(a UPN)".to_owned(),
        Err(_) => key.chars().take(60).collect(),
    }
}
