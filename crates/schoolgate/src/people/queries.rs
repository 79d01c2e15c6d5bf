//! Schools, persons and their roles in the database. One function, one statement.

use jiff::civil::Date;
use store::{Query, Result, Row, SchoolId, Tx, args};
use uuid::Uuid;

use super::School;
use super::person::{Employed, Particulars, Person, strange};
use crate::access::role::{Held, Role};

/// As many rows as the store hands out at once. Jobs go through this list, so a school beyond its end would be forgotten.
pub(super) const SCHOOLS_MAX: i64 = 10_000;
/// A page of people.
pub(super) const PAGE_ROWS: i64 = 100;

pub(super) async fn add_school(tx: &mut Tx, id: SchoolId, name: &str, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO school (school, id, version, name, made_at) VALUES ($1, $2, 1, $3, $4)",
        args![tx.school().get(), id.get(), name, now],
    )
    .await
}

pub(super) async fn schools(q: &mut impl Query) -> Result<Vec<School>> {
    let house = q.school().get();
    let rows = q
        .all(
            "SELECT id, name FROM school WHERE school = $1 ORDER BY lower(name), id LIMIT $2",
            args![house, SCHOOLS_MAX],
        )
        .await?;
    rows.iter().map(school).collect()
}

pub(super) async fn find_school(q: &mut impl Query, id: SchoolId) -> Result<Option<School>> {
    let house = q.school().get();
    let row = q.find("SELECT id, name FROM school WHERE school = $1 AND id = $2", args![house, id.get()]).await?;
    row.as_ref().map(school).transpose()
}

fn school(row: &Row) -> Result<School> {
    Ok(School { id: SchoolId::new(row.id("id")?), name: row.text("name")? })
}

pub(super) async fn add_person(tx: &mut Tx, id: Uuid, given: &Particulars, now: i64) -> Result<u64> {
    tx.run(
        "INSERT INTO person (school, id, version, name, known_as, employed, made_at) VALUES ($1, $2, 1, $3, $4, $5, $6)",
        args![tx.school().get(), id, &given.name, given.known_as.as_deref(), given.employed.code(), now],
    )
    .await
}

/// The person with every role ever held.
pub(super) async fn find_person(q: &mut impl Query, id: Uuid) -> Result<Person> {
    let row = q
        .one(
            "SELECT id, version, name, known_as, employed FROM person WHERE school = $1 AND id = $2",
            args![q.school().get(), id],
        )
        .await?;
    let mut person = person(q.school(), &row)?;
    person.held = roles_of(q, id).await?;
    Ok(person)
}

async fn roles_of(q: &mut impl Query, person: Uuid) -> Result<Vec<Held>> {
    let rows = q
        .all(
            "SELECT id, version, role, starts_on, ends_on FROM held_role
             WHERE school = $1 AND person = $2 ORDER BY starts_on, id LIMIT 200",
            args![q.school().get(), person],
        )
        .await?;
    rows.iter().map(held).collect()
}

/// One page of persons in the order of their names, after the given name and id; roles are not read.
pub(super) async fn page(q: &mut impl Query, after: &str, after_id: Uuid) -> Result<Vec<Person>> {
    let rows = q
        .all(
            "SELECT id, version, name, known_as, employed FROM person
             WHERE school = $1 AND (name > $2 OR (name = $2 AND id > $3)) ORDER BY name, id LIMIT $4",
            args![q.school().get(), after, after_id, PAGE_ROWS],
        )
        .await?;
    let school = q.school();
    rows.iter().map(|row| person(school, row)).collect()
}

/// Role rows of the persons of one page, by person.
pub(super) async fn roles_between(q: &mut impl Query, first: &str, last: &str) -> Result<Vec<(Uuid, Held)>> {
    let rows = q
        .all(
            "SELECT held_role.person AS person, held_role.id AS id, held_role.version AS version, held_role.role AS role,
                    held_role.starts_on AS starts_on, held_role.ends_on AS ends_on
             FROM held_role JOIN person ON person.id = held_role.person
             WHERE held_role.school = $1 AND person.school = $1 AND person.name >= $2 AND person.name <= $3
             ORDER BY held_role.starts_on, held_role.id LIMIT 9000",
            args![q.school().get(), first, last],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("person")?, held(row)?))).collect()
}

pub(super) async fn save_person(tx: &mut Tx, id: Uuid, seen: i64, given: &Particulars) -> Result<()> {
    tx.save(
        "UPDATE person SET version = version + 1, name = $4, known_as = $5, employed = $6
         WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school().get(), id, seen, &given.name, given.known_as.as_deref(), given.employed.code()],
    )
    .await
}

pub(super) async fn add_role(tx: &mut Tx, person: Uuid, held: &Held) -> Result<u64> {
    tx.run(
        "INSERT INTO held_role (school, id, version, person, role, starts_on, ends_on) VALUES ($1, $2, 1, $3, $4, $5, $6)",
        args![
            tx.school().get(),
            held.id,
            person,
            held.role.code(),
            held.starts_on.to_string(),
            held.ends_on.map(|end| end.to_string())
        ],
    )
    .await
}

/// Saves the last day of a role that was read at version `held.version`.
pub(super) async fn save_role(tx: &mut Tx, person: Uuid, held: &Held) -> Result<()> {
    tx.save(
        "UPDATE held_role SET version = version + 1, ends_on = $5
         WHERE school = $1 AND id = $2 AND version = $3 AND person = $4",
        args![tx.school().get(), held.id, held.version, person, held.ends_on.map(|end| end.to_string())],
    )
    .await
}

fn person(school: SchoolId, row: &Row) -> Result<Person> {
    let employed = row.text("employed")?;
    let particulars = Particulars {
        name: row.text("name")?,
        known_as: row.maybe_text("known_as")?,
        employed: Employed::from_code(&employed).ok_or_else(|| strange("person.employed"))?,
    };
    Ok(Person { school, id: row.id("id")?, version: row.int("version")?, particulars, held: Vec::new() })
}

fn held(row: &Row) -> Result<Held> {
    Ok(Held {
        id: row.id("id")?,
        version: row.int("version")?,
        role: Role::from_code(&row.text("role")?).ok_or_else(|| strange("held_role.role"))?,
        starts_on: date(&row.text("starts_on")?, "held_role.starts_on")?,
        ends_on: row.maybe_text("ends_on")?.map(|text| date(&text, "held_role.ends_on")).transpose()?,
    })
}

fn date(text: &str, column: &'static str) -> Result<Date> {
    text.parse().map_err(|_| strange(column))
}
