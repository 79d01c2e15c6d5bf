//! Reading the school's people from a table: `id,forename,known_as,surname,kind`, or OneRoster's `users.csv`.
//!
//! Every fault is told with its line. Columns that are not about names are left alone; parents and other relatives of
//! OneRoster are no pupils and no staff, and are passed over.

use csv::{ReaderBuilder, StringRecord, Trim};
use rulebook::Fault;
use screening::{Person, PersonKind};

/// More rows than this are a mistake in the file.
const ROWS_MAX: usize = 200_000;

/// The names of each column, in lower case with underscores; the first is ours, the others come from other systems.
const ID: &[&str] = &["id", "person_id", "pupil_id", "student_id", "sourcedid", "upn"];
const FORENAME: &[&str] = &["forename", "first_name", "firstname", "given_name", "givenname", "legal_forename"];
const KNOWN_AS: &[&str] = &[
    "known_as",
    "knownas",
    "preferred_name",
    "preferred_forename",
    "preferred_first_name",
    "preferred_given_name",
    "preferredgivenname",
    "preferredfirstname",
    "chosen_name",
];
const SURNAME: &[&str] = &["surname", "last_name", "lastname", "family_name", "familyname", "legal_surname"];
const KIND: &[&str] = &["kind", "role", "type", "roles"];

struct Columns {
    id: usize,
    forename: usize,
    known_as: Option<usize>,
    surname: usize,
    kind: Option<usize>,
}

/// A person and the line of the table that lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub person: Person,
    pub line: u64,
}

/// The people of one table. `kind` is what everybody is who has no kind of their own in it.
///
/// # Errors
/// Every fault, with its line.
pub fn people(file: &str, text: &str, kind: PersonKind) -> Result<Vec<Listed>, Vec<Fault>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|wrong| vec![fault(file, 1, wrong.to_string())])?.clone();
    let columns = columns(file, &header)?;
    let (mut people, mut faults) = (Vec::new(), Vec::new());
    for (number, record) in reader.records().enumerate() {
        if number >= ROWS_MAX {
            faults.push(fault(file, 0, format!("has more than {ROWS_MAX} rows")));
            break;
        }
        let record = match record {
            Ok(record) => record,
            Err(wrong) => {
                let line = wrong.position().map_or(0, csv::Position::line);
                faults.push(fault(file, line, wrong.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        match person(&record, &columns, kind) {
            Ok(found) => people.extend(found.map(|person| Listed { person, line })),
            Err(said) => faults.push(fault(file, line, said)),
        }
    }
    if faults.is_empty() { Ok(people) } else { Err(faults) }
}

fn columns(file: &str, header: &StringRecord) -> Result<Columns, Vec<Fault>> {
    let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase().replace([' ', '-'], "_")).collect();
    let find = |wanted: &[&str]| wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted));
    let (id, forename, surname) = (find(ID), find(FORENAME), find(SURNAME));
    if let (Some(id), Some(forename), Some(surname)) = (id, forename, surname) {
        return Ok(Columns { id, forename, known_as: find(KNOWN_AS), surname, kind: find(KIND) });
    }
    let missing = [("id", id), ("forename", forename), ("surname", surname)];
    let missing = missing.into_iter().filter(|(_, found)| found.is_none());
    Err(missing.map(|(name, _)| fault(file, 1, format!("has no column `{name}`"))).collect())
}

/// The person of a row; none for somebody who is neither pupil nor staff.
fn person(record: &StringRecord, columns: &Columns, default: PersonKind) -> Result<Option<Person>, String> {
    let cell = |column: Option<usize>| column.and_then(|column| record.get(column)).unwrap_or_default().to_owned();
    let id = cell(Some(columns.id));
    if id.is_empty() {
        return Err("has no `id`".to_owned());
    }
    let kind = match cell(columns.kind).to_lowercase().as_str() {
        "" => default,
        "pupil" | "student" | "child" | "learner" => PersonKind::Pupil,
        "staff" | "teacher" | "administrator" | "aide" | "proctor" | "principal" | "governor" | "volunteer"
        | "head" | "employee" | "adult" => PersonKind::Staff,
        "parent" | "guardian" | "relative" | "contact" | "carer" => return Ok(None),
        other => return Err(format!("`{other}` is no kind of person: say `pupil` or `staff`")),
    };
    let (forename, known_as, surname) =
        (cell(Some(columns.forename)), cell(columns.known_as), cell(Some(columns.surname)));
    if forename.is_empty() && surname.is_empty() {
        return Err("has neither `forename` nor `surname`".to_owned());
    }
    Ok(Some(Person { id, forename, known_as, surname, kind }))
}

fn fault(file: &str, line: u64, said: String) -> Fault {
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    Fault { file: file.to_owned(), line, column: usize::from(line > 0), path: None, said }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, Vec<String>> {
        let shown = |Listed { person: p, .. }: &Listed| {
            format!("{} {:?} {}|{}|{}", p.id, p.kind, p.forename, p.known_as, p.surname)
        };
        match people("roll.csv", text, PersonKind::Pupil) {
            Ok(people) => Ok(people.iter().map(shown).collect()),
            Err(faults) => Err(faults.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn our_table_and_one_roster_s_are_read() {
        let ours =
            "\u{feff}id,forename,known_as,surname,kind,class\np1, Zara ,,Khan,pupil,5C\ns1,Hannah,,Whitfield,staff,\n";
        assert_eq!(names(ours), Ok(vec!["p1 Pupil Zara||Khan".into(), "s1 Staff Hannah||Whitfield".into()]));
        let theirs = "sourcedId,status,role,givenName,familyName,preferredGivenName\n1,,student,William,Young,Will\n2,,guardian,Ann,Young,\n3,,teacher,Mark,Slack,\n";
        assert_eq!(names(theirs), Ok(vec!["1 Pupil William|Will|Young".into(), "3 Staff Mark||Slack".into()]));
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        assert_eq!(
            names("a,b\n"),
            Err(["id", "forename", "surname"].map(|c| format!("roll.csv:1:1: has no column `{c}`")).to_vec())
        );
        let wrong = "id,forename,surname,kind\n,Zara,Khan,\np2,,,\np3,Ben,Hill,wizard\np4,Amy,Hill,pupil\n";
        let said = [
            "2:1: has no `id`",
            "3:1: has neither `forename` nor `surname`",
            "4:1: `wizard` is no kind of person: say `pupil` or `staff`",
        ];
        assert_eq!(names(wrong), Err(said.map(|said| format!("roll.csv:{said}")).to_vec()));
    }
}
