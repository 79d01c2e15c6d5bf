//! One table: a row for each pupil, or for each pupil, adult and class together. Described in docs/roll-import.md.

use rulebook::Fault;

use super::cells::{self, Rules};
use super::faults::{Faults, only};
use super::incoming::{AdultIn, ClassIn, Incoming, Layout, Places, PupilIn, Speaks, TieIn};
use super::limits::{ADULTS_OF_PUPIL_MAX, CLASSES_OF_PUPIL_MAX, over};
use super::table::{self, Header, Line, Visit};
use super::{File, folded};
use crate::roster::adult::{
    ADDRESS_CHARS_MAX, AdultNames, Contact, EMAIL_CHARS_MAX, PHONE_CHARS_MAX, RELATION_CHARS_MAX, Standing,
};
use crate::roster::pupil::{GROUP_CHARS_MAX, Known, NAME_CHARS_MAX, Names};
use crate::roster::upn::Upn;

/// What each column may be called: first our name, then other systems'.
mod columns {
    pub(super) const ID: &[&str] = &["id", "pupil_id", "student_id", "person_id", "adno", "admission_number"];
    pub(super) const UPN: &[&str] = &["upn", "unique_pupil_number"];
    pub(super) const FORENAME: &[&str] =
        &["forename", "first_name", "given_name", "legal_forename", "pupil_forename", "student_forename"];
    pub(super) const SURNAME: &[&str] =
        &["surname", "last_name", "family_name", "legal_surname", "pupil_surname", "student_surname"];
    pub(super) const KNOWN_AS: &[&str] =
        &["known_as", "preferred_name", "preferred_forename", "preferred_first_name", "chosen_name"];
    pub(super) const BORN: &[&str] = &["date_of_birth", "dob", "birth_date", "birthdate"];
    pub(super) const YEAR: &[&str] = &["year_group", "nc_year", "nc_year_group", "year_taught_in", "year"];
    pub(super) const FROM: &[&str] = &["on_roll_from", "admission_date", "date_of_admission"];
    pub(super) const LEFT: &[&str] = &["left_on", "leaving_date", "date_of_leaving"];
    pub(super) const LOOKED_AFTER: &[&str] = &["looked_after", "in_care", "looked_after_child"];
    pub(super) const COURT: &[&str] = &["court_marker", "court_order"];
    pub(super) const REFUSED: &[&str] = &["refused"];
    pub(super) const CLASS_ID: &[&str] = &["class_id"];
    pub(super) const CLASS: &[&str] = &["class", "class_name", "form", "reg_group", "registration_group"];
    pub(super) const ADULT_ID: &[&str] = &["adult_id", "parent_id", "contact_id"];
    pub(super) const TITLE: &[&str] = &["adult_title", "parent_title", "contact_title", "title"];
    pub(super) const ADULT_FORENAME: &[&str] = &["adult_forename", "parent_forename", "contact_forename"];
    pub(super) const ADULT_SURNAME: &[&str] = &["adult_surname", "parent_surname", "contact_surname"];
    pub(super) const RELATION: &[&str] = &["relation", "relationship"];
    pub(super) const PRIORITY: &[&str] = &["priority", "contact_priority"];
    pub(super) const RESPONSIBLE: &[&str] = &["parental_responsibility"];
    pub(super) const EMAIL: &[&str] = &["email", "adult_email", "parent_email", "primary_email"];
    pub(super) const HOME_EMAIL: &[&str] = &["home_email"];
    pub(super) const MOBILE: &[&str] = &["mobile", "mobile_telephone", "mobile_phone"];
    pub(super) const PHONE: &[&str] = &["phone", "telephone", "main_telephone", "home_telephone"];
    pub(super) const ADDRESS: &[&str] = &["address"];
    pub(super) const POSTCODE: &[&str] = &["postcode"];
}

/// Reads the table.
///
/// # Errors
/// Every fault, each with its line and the column's name.
pub(super) fn read(file: &File, rules: &Rules) -> Result<Incoming, Vec<Fault>> {
    let mut reading = Reading::new(file, rules);
    let rows = table::visit(file, &mut reading)?;
    let Reading { speaks, pupils, adults, classes, faults, .. } = reading;
    faults.or(Incoming {
        layout: Layout::Table,
        speaks,
        pupils,
        adults,
        classes,
        hash: super::hash(std::slice::from_ref(file)),
        rows,
        passed_over: 0,
        file: file.name.clone(),
    })
}

struct Reading<'a> {
    file: &'a str,
    rules: &'a Rules,
    speaks: Speaks,
    pupils: Vec<PupilIn>,
    adults: Vec<AdultIn>,
    classes: Vec<ClassIn>,
    pupil_places: Places,
    upn_places: Places,
    adult_places: Places,
    class_places: Places,
    faults: Faults,
}

impl Visit for Reading<'_> {
    fn header(&mut self, header: &Header, line: usize) -> Result<(), Vec<Fault>> {
        let has = |wanted: &[&str]| header.find(wanted).is_some();
        let mut missing = Faults::default();
        if !has(columns::ID) && !has(columns::UPN) {
            missing.add(self.file, line, "has neither a column `id` nor a column `upn`");
        }
        for wanted in [columns::FORENAME, columns::SURNAME] {
            if !has(wanted) {
                missing.add(self.file, line, format!("has no column `{}`", wanted[0]));
            }
        }
        let adults = has(columns::ADULT_SURNAME);
        if !adults && (has(columns::ADULT_ID) || has(columns::ADULT_FORENAME)) {
            missing.add(self.file, line, format!("has adults, but no column `{}`", columns::ADULT_SURNAME[0]));
        }
        self.speaks = Speaks {
            known_as: has(columns::KNOWN_AS),
            year_group: has(columns::YEAR),
            classes: has(columns::CLASS) || has(columns::CLASS_ID),
            adults,
            title: has(columns::TITLE),
            email: has(columns::EMAIL) || has(columns::HOME_EMAIL),
            mobile: has(columns::MOBILE),
            phone: has(columns::PHONE),
            address: has(columns::ADDRESS),
            postcode: has(columns::POSTCODE),
            relation: has(columns::RELATION),
            priority: has(columns::PRIORITY),
            refused: has(columns::REFUSED),
        };
        missing.or(())
    }

    fn row(&mut self, header: &Header, line: &Line<'_>) {
        let mut row = Row { header, line, wrong: Vec::new() };
        let pupil = row.pupil(self.rules);
        let adult = self.speaks.adults.then(|| row.adult()).flatten();
        let classes = row.classes();
        if !row.wrong.is_empty() {
            row.wrong.into_iter().for_each(|said| self.faults.add(self.file, line.number, said));
            return;
        }
        if let Err(said) = self.take(pupil, adult, classes) {
            self.faults.add(self.file, line.number, said);
        }
        if let Some(said) = over(self.pupils.len(), self.adults.len(), self.classes.len()) {
            self.faults.stop(self.file, line.number, said);
        }
    }

    fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }
}

/// One row while it is read; what is wrong with its cells is collected.
struct Row<'a> {
    header: &'a Header,
    line: &'a Line<'a>,
    wrong: Vec<String>,
}

impl Row<'_> {
    /// Reads a cell; what is wrong is told with the name that the column has in this file.
    fn get<T: Default>(&mut self, wanted: &[&str], read: impl Fn(&str) -> Result<T, String>) -> T {
        let column = self.header.find(wanted);
        match read(&self.line.cell(column)) {
            Ok(value) => value,
            Err(said) => {
                let name = column.map_or(wanted[0], |column| self.header.name(column));
                self.wrong.push(format!("`{name}` {said}"));
                T::default()
            }
        }
    }

    fn maybe(&mut self, wanted: &[&str], chars_max: usize) -> Option<String> {
        Some(self.get(wanted, |cell| cells::line(cell, chars_max))).filter(|text| !text.is_empty())
    }

    fn pupil(&mut self, rules: &Rules) -> PupilIn {
        let key = self.get(columns::ID, cells::key);
        let mut upn = self.get(columns::UPN, |cell| cells::upn(cell, rules));
        // Some systems use the UPN as the key. It must not stand in the open then.
        let is_upn = Upn::parse(&key).is_ok();
        if is_upn && upn.is_none() {
            upn = self.get(columns::ID, |cell| cells::upn(cell, rules));
        }
        let key = Some(key).filter(|key| !key.is_empty() && !is_upn);
        if key.is_none() && upn.is_none() && self.wrong.is_empty() {
            self.wrong.push("has neither `id` nor `upn`".to_owned());
        }
        let names = Names {
            forename: self.get(columns::FORENAME, |cell| cells::name(cell, NAME_CHARS_MAX)),
            surname: self.get(columns::SURNAME, |cell| cells::name(cell, NAME_CHARS_MAX)),
            known_as: Some(self.get(columns::KNOWN_AS, |cell| cells::name(cell, NAME_CHARS_MAX)))
                .filter(|name| !name.is_empty()),
        };
        if names.forename.is_empty() && names.surname.is_empty() && self.wrong.is_empty() {
            self.wrong.push("has neither `forename` nor `surname`".to_owned());
        }
        let known_as = names.known_as.clone().filter(|known_as| *known_as != names.forename);
        PupilIn {
            line: self.line.number,
            key,
            upn,
            names: Names { known_as, ..names },
            born_on: self.get(columns::BORN, |cell| cells::birth(cell, rules)),
            year_group: self.maybe(columns::YEAR, GROUP_CHARS_MAX),
            on_roll_from: self.get(columns::FROM, cells::day),
            left_on: self.get(columns::LEFT, cells::day),
            looked_after: self.get(columns::LOOKED_AFTER, cells::known),
            court_marker: self.get(columns::COURT, cells::known),
            classes: Vec::new(),
            ties: Vec::new(),
            refused: self.get(columns::REFUSED, cells::purposes),
        }
    }

    /// The adult of the row; none where all of its cells are empty.
    fn adult(&mut self) -> Option<(AdultIn, Standing)> {
        let key = self.get(columns::ADULT_ID, cells::key);
        let forename = self.get(columns::ADULT_FORENAME, |cell| cells::name(cell, NAME_CHARS_MAX));
        let surname = self.get(columns::ADULT_SURNAME, |cell| cells::name(cell, NAME_CHARS_MAX));
        if key.is_empty() && forename.is_empty() && surname.is_empty() {
            return None;
        }
        if surname.is_empty() && forename.is_empty() && self.wrong.is_empty() {
            self.wrong.push(format!("`{}` is empty, but there is an adult in this row", columns::ADULT_SURNAME[0]));
        }
        let title = self.maybe(columns::TITLE, RELATION_CHARS_MAX);
        let primary = self.get(columns::EMAIL, email);
        let at_home = self.get(columns::HOME_EMAIL, email);
        let contact = Contact {
            email: primary.or(at_home),
            mobile: self.maybe(columns::MOBILE, PHONE_CHARS_MAX),
            phone: self.maybe(columns::PHONE, PHONE_CHARS_MAX),
            address: Some(self.get(columns::ADDRESS, |cell| cells::lines(cell, ADDRESS_CHARS_MAX)))
                .filter(|address| !address.is_empty()),
            postcode: self.maybe(columns::POSTCODE, PHONE_CHARS_MAX),
        };
        let standing = Standing {
            relation: self.get(columns::RELATION, |cell| cells::line(cell, RELATION_CHARS_MAX)),
            priority: self.get(columns::PRIORITY, priority),
            parental_responsibility: self.get(columns::RESPONSIBLE, cells::known),
            contact_order: Known::Unknown,
            court_marker: Known::Unknown,
        };
        let names = AdultNames { title, forename, surname };
        let key = Some(key).filter(|key| !key.is_empty());
        Some((AdultIn { line: self.line.number, key, names, contact }, standing))
    }

    /// The classes of the row: one by its key, or several by name with `|` between them.
    fn classes(&mut self) -> Vec<ClassIn> {
        let key = self.get(columns::CLASS_ID, cells::key);
        let names = self.get(columns::CLASS, |cell| cells::line(cell, GROUP_CHARS_MAX * 10));
        if !key.is_empty() {
            let name = if names.is_empty() { key.clone() } else { names };
            return vec![ClassIn { key, name, year_group: None }];
        }
        let names = names.split('|').map(str::trim).filter(|name| !name.is_empty());
        names
            .map(|name| ClassIn { key: format!("name:{}", folded(name)), name: name.into(), year_group: None })
            .collect()
    }
}

fn priority(cell: &str) -> Result<Option<i64>, String> {
    match cell {
        "" => Ok(None),
        _ => cell
            .parse()
            .ok()
            .filter(|number| (0..=99).contains(number))
            .map(Some)
            .ok_or_else(|| "is no number from 0 to 99".to_owned()),
    }
}

/// An e-mail address: something, an `@`, something, and no more. What can be delivered, the post finds out.
pub(super) fn email(cell: &str) -> Result<Option<String>, String> {
    let text = cells::line(cell, EMAIL_CHARS_MAX)?;
    if text.is_empty() {
        return Ok(None);
    }
    let is_one = text.split('@').count() == 2
        && !text.starts_with('@')
        && !text.ends_with('@')
        && !text.contains([' ', ',', ';', '<', '>', '"', '(', ')']);
    if is_one { Ok(Some(text)) } else { Err("is no e-mail address".to_owned()) }
}

impl Reading<'_> {
    fn new<'a>(file: &'a File, rules: &'a Rules) -> Reading<'a> {
        Reading {
            file: &file.name,
            rules,
            speaks: Speaks::default(),
            pupils: Vec::new(),
            adults: Vec::new(),
            classes: Vec::new(),
            pupil_places: Places::default(),
            upn_places: Places::default(),
            adult_places: Places::default(),
            class_places: Places::default(),
            faults: Faults::default(),
        }
    }

    /// Takes a row whose cells are right; what does not fit the rows before it is told.
    fn take(
        &mut self,
        pupil: PupilIn,
        adult: Option<(AdultIn, Standing)>,
        classes: Vec<ClassIn>,
    ) -> Result<(), String> {
        let place = self.pupil(pupil)?;
        for class in classes {
            let class = self.class(class)?;
            let held = &mut self.pupils[place].classes;
            if !held.contains(&class) {
                held.push(class);
            }
            if held.len() > CLASSES_OF_PUPIL_MAX {
                return Err(format!("is one more class than the {CLASSES_OF_PUPIL_MAX} that a pupil may have"));
            }
        }
        match adult {
            Some((adult, standing)) => self.tie(place, adult, standing),
            None => Ok(()),
        }
    }

    /// The place of the row's pupil, which may have been in rows before.
    fn pupil(&mut self, pupil: PupilIn) -> Result<usize, String> {
        let by_key = pupil.key.as_deref().and_then(|key| self.pupil_places.find(key));
        let by_upn = pupil.upn.as_ref().and_then(|upn| self.upn_places.find(upn.as_str()));
        match (by_key, by_upn) {
            (Some(place), other) if other.is_none_or(|other| other == place) => self.merge(place, pupil),
            (None, Some(place)) if pupil.key.is_none() => self.merge(place, pupil),
            (None, None) => {
                let place = self.pupils.len();
                pupil.key.iter().for_each(|key| self.pupil_places.keep(key, place));
                pupil.upn.iter().for_each(|upn| self.upn_places.keep(upn.as_str(), place));
                self.pupils.push(pupil);
                Ok(place)
            }
            (_, Some(place)) | (Some(place), None) => {
                Err(format!("`upn` is that of another pupil, in line {}", self.pupils[place].line))
            }
        }
    }

    /// The same pupil again: the rows must say the same.
    fn merge(&mut self, place: usize, again: PupilIn) -> Result<usize, String> {
        let held = &mut self.pupils[place];
        let line = held.line;
        let differs = |what: &str| Err(format!("`{what}` is not what line {line} says about the same pupil"));
        if held.names != again.names {
            return differs("forename, surname or known_as");
        }
        if held.born_on != again.born_on {
            return differs("date_of_birth");
        }
        if held.upn != again.upn {
            return differs("upn");
        }
        if held.year_group != again.year_group {
            return differs("year_group");
        }
        if (held.on_roll_from, held.left_on) != (again.on_roll_from, again.left_on) {
            return differs("on_roll_from or left_on");
        }
        held.looked_after = more(held.looked_after, again.looked_after);
        held.court_marker = more(held.court_marker, again.court_marker);
        for code in again.refused {
            if !held.refused.contains(&code) {
                held.refused.push(code);
            }
        }
        Ok(place)
    }

    fn class(&mut self, class: ClassIn) -> Result<usize, String> {
        if class.name.chars().count() > GROUP_CHARS_MAX {
            return Err(format!("`class` has more than {GROUP_CHARS_MAX} characters"));
        }
        if let Some(place) = self.class_places.find(&class.key) {
            if folded(&self.classes[place].name) != folded(&class.name) {
                return Err("`class_id` is that of a class with another name".to_owned());
            }
            return Ok(place);
        }
        let place = self.classes.len();
        self.class_places.keep(&class.key, place);
        self.classes.push(class);
        Ok(place)
    }

    fn tie(&mut self, pupil: usize, adult: AdultIn, standing: Standing) -> Result<(), String> {
        let place = self.adult(pupil, adult)?;
        let ties = &mut self.pupils[pupil].ties;
        if let Some(tie) = ties.iter().find(|tie| tie.adult == place) {
            return match tie.standing == standing {
                true => Ok(()),
                false => Err("says something else about this adult and this pupil than a row before".to_owned()),
            };
        }
        if ties.len() == ADULTS_OF_PUPIL_MAX {
            return Err(format!("is one more adult than the {ADULTS_OF_PUPIL_MAX} that a pupil may have"));
        }
        ties.push(TieIn { adult: place, standing });
        Ok(())
    }

    /// The place of an adult. Without a key nobody is taken for somebody else: it is this pupil's adult, by name.
    fn adult(&mut self, pupil: usize, adult: AdultIn) -> Result<usize, String> {
        let known_by = match &adult.key {
            Some(key) => key.clone(),
            None => format!("\0{pupil}\0{}", adult.names.folded()),
        };
        if let Some(place) = self.adult_places.find(&known_by) {
            let held = &self.adults[place];
            let is_same = held.names == adult.names && held.contact == adult.contact;
            return match is_same {
                true => Ok(place),
                false => Err(format!("names or reaches this adult differently than line {}", held.line)),
            };
        }
        let place = self.adults.len();
        self.adult_places.keep(&known_by, place);
        self.adults.push(adult);
        Ok(place)
    }
}

/// Of two rows about one pupil, the one that protects.
fn more(one: Known, other: Known) -> Known {
    match (one, other) {
        (Known::Yes, _) | (_, Known::Yes) => Known::Yes,
        (Known::No, _) | (_, Known::No) => Known::No,
        _ => Known::Unknown,
    }
}

/// For a layout that needs one table and got several.
pub(super) fn one_of(files: &[File]) -> Result<&File, Vec<Fault>> {
    match files {
        [file] => Ok(file),
        [] => Err(only("import", 0, "there is no table")),
        _ => {
            let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            let said = format!("is neither OneRoster, which has `users.csv`, nor one table: {}", names.join(", "));
            Err(only(&files[0].name, 0, said))
        }
    }
}
