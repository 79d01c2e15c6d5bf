//! Reading the roll. One function, one statement.

use jiff::civil::Date;
use store::{Query, Result, Row, SchoolId, Tx, args};
use uuid::Uuid;

use super::Markers;
use super::adult::{Adult, AdultNames, Responsibility, Responsible, Standing};
use super::pupil::{Class, Known, Names, Pupil, strange};

/// A page of pupils.
pub(super) const PAGE_ROWS: i64 = 100;
/// Pupils of one class: the largest year group that is kept as one.
pub(super) const CLASS_ROWS: i64 = 500;
/// Classes and groups of one school.
pub(super) const CLASSES_MAX: i64 = 2_000;
/// What a search shows; more means that it needs another letter.
pub(super) const FOUND_ROWS: i64 = 50;

pub(super) async fn find_pupil(q: &mut impl Query, id: Uuid) -> Result<Pupil> {
    let row = q
        .one(
            "SELECT id, version, forename, surname, known_as, year_group, on_roll_from, left_on, returned_at, looked_after,
                    court_marker
             FROM pupil WHERE school = $1 AND id = $2",
            args![q.school().get(), id],
        )
        .await?;
    pupil(q.school(), &row)
}

/// Pupils on roll that day by name, after a given name and id.
pub(super) async fn page(q: &mut impl Query, on: Date, (after, after_id): (&str, Uuid)) -> Result<Vec<Pupil>> {
    let rows = q
        .all(
            "SELECT id, version, forename, surname, known_as, year_group, on_roll_from, left_on, returned_at, looked_after,
                    court_marker
             FROM pupil
             WHERE school = $1 AND (folded > $2 OR (folded = $2 AND id > $3))
               AND (on_roll_from IS NULL OR on_roll_from <= $4) AND (left_on IS NULL OR left_on > $4)
             ORDER BY folded, id LIMIT $5",
            args![q.school().get(), after, after_id, on.to_string(), PAGE_ROWS],
        )
        .await?;
    pupils(q.school(), &rows)
}

/// Parts of a name, folded; an empty one is in every name. Folding leaves letters, digits and spaces, so none of `%` and `_`.
pub(super) type Parts = [String; 3];

/// Pupils with all parts in the name, those who have left too, in the order of their names.
pub(super) async fn search(q: &mut impl Query, parts: &Parts) -> Result<Vec<Pupil>> {
    let rows = q
        .all(
            "SELECT id, version, forename, surname, known_as, year_group, on_roll_from, left_on, returned_at, looked_after,
                    court_marker
             FROM pupil
             WHERE school = $1 AND folded LIKE '%' || CAST($2 AS TEXT) || '%' AND folded LIKE '%' || CAST($3 AS TEXT) || '%'
               AND folded LIKE '%' || CAST($4 AS TEXT) || '%'
             ORDER BY folded, id LIMIT $5",
            args![q.school().get(), &parts[0], &parts[1], &parts[2], FOUND_ROWS],
        )
        .await?;
    pupils(q.school(), &rows)
}

/// Every pupil, by id.
pub(super) async fn everybody(q: &mut impl Query) -> Result<Vec<Pupil>> {
    let school = q.school();
    q.every(
        "SELECT id, version, forename, surname, known_as, year_group, on_roll_from, left_on, returned_at, looked_after,
                court_marker
         FROM pupil WHERE school = $1 AND id > $2 ORDER BY id LIMIT $3",
        args![school.get()],
        |row| pupil(school, row),
    )
    .await
}

/// How many there are, and a number that grows with every change.
pub(super) async fn edition(q: &mut impl Query) -> Result<(i64, i64)> {
    let row = q
        .one(
            "SELECT COUNT(*) AS pupils, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions FROM pupil WHERE school = $1",
            args![q.school().get()],
        )
        .await?;
    Ok((row.int("pupils")?, row.int("versions")?))
}

/// The sealed date of birth.
pub(super) async fn born_on(q: &mut impl Query, pupil: Uuid) -> Result<Option<Vec<u8>>> {
    let row = q.one("SELECT born_on FROM pupil WHERE school = $1 AND id = $2", args![q.school().get(), pupil]).await?;
    row.maybe_blob("born_on")
}

pub(super) async fn find_class(q: &mut impl Query, id: Uuid) -> Result<Class> {
    let row = q
        .one(
            "SELECT id, version, name, year_group, ended_on FROM class WHERE school = $1 AND id = $2",
            args![q.school().get(), id],
        )
        .await?;
    class(&row)
}

/// Classes that are there on a day, by name.
pub(super) async fn classes(q: &mut impl Query, on: Date) -> Result<Vec<Class>> {
    let rows = q
        .all(
            "SELECT id, version, name, year_group, ended_on FROM class
             WHERE school = $1 AND (ended_on IS NULL OR ended_on > $2) ORDER BY folded, id LIMIT $3",
            args![q.school().get(), on.to_string(), CLASSES_MAX],
        )
        .await?;
    rows.iter().map(class).collect()
}

/// How many pupils are in each class on a day.
pub(super) async fn class_sizes(q: &mut impl Query, on: Date) -> Result<Vec<(Uuid, i64)>> {
    let rows = q
        .all(
            "SELECT class_membership.class AS class, COUNT(*) AS pupils
             FROM class_membership JOIN pupil ON pupil.id = class_membership.pupil
             WHERE class_membership.school = $1 AND pupil.school = $1
               AND class_membership.since <= $2 AND (class_membership.until IS NULL OR class_membership.until > $2)
               AND (pupil.on_roll_from IS NULL OR pupil.on_roll_from <= $2) AND (pupil.left_on IS NULL OR pupil.left_on > $2)
             GROUP BY class_membership.class ORDER BY class_membership.class LIMIT $3",
            args![q.school().get(), on.to_string(), CLASSES_MAX],
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("class")?, row.int("pupils")?))).collect()
}

/// The pupils of a class on a day, by name.
pub(super) async fn class_list(q: &mut impl Query, class: Uuid, on: Date) -> Result<Vec<Pupil>> {
    let rows = q
        .all(
            "SELECT pupil.id AS id, pupil.version AS version, pupil.forename AS forename, pupil.surname AS surname,
                    pupil.known_as AS known_as, pupil.year_group AS year_group, pupil.on_roll_from AS on_roll_from,
                    pupil.left_on AS left_on, pupil.returned_at AS returned_at, pupil.looked_after AS looked_after,
                    pupil.court_marker AS court_marker
             FROM class_membership JOIN pupil ON pupil.id = class_membership.pupil
             WHERE class_membership.school = $1 AND pupil.school = $1 AND class_membership.class = $2
               AND class_membership.since <= $3 AND (class_membership.until IS NULL OR class_membership.until > $3)
               AND (pupil.on_roll_from IS NULL OR pupil.on_roll_from <= $3) AND (pupil.left_on IS NULL OR pupil.left_on > $3)
             ORDER BY pupil.folded, pupil.id LIMIT $4",
            args![q.school().get(), class, on.to_string(), CLASS_ROWS],
        )
        .await?;
    pupils(q.school(), &rows)
}

/// The classes of a pupil on a day, by name.
pub(super) async fn classes_of(q: &mut impl Query, pupil: Uuid, on: Date) -> Result<Vec<Class>> {
    let rows = q
        .all(
            "SELECT class.id AS id, class.version AS version, class.name AS name, class.year_group AS year_group,
                    class.ended_on AS ended_on
             FROM class_membership JOIN class ON class.id = class_membership.class
             WHERE class_membership.school = $1 AND class.school = $1 AND class_membership.pupil = $2
               AND class_membership.since <= $3 AND (class_membership.until IS NULL OR class_membership.until > $3)
             ORDER BY class.folded, class.id LIMIT $4",
            args![q.school().get(), pupil, on.to_string(), CLASSES_MAX],
        )
        .await?;
    rows.iter().map(class).collect()
}

pub(super) async fn find_adult(q: &mut impl Query, id: Uuid) -> Result<Adult> {
    let row = q
        .one(
            "SELECT id, version, title, forename, surname FROM responsible_adult WHERE school = $1 AND id = $2",
            args![q.school().get(), id],
        )
        .await?;
    Ok(Adult { id: row.id("id")?, version: row.int("version")?, names: adult_names(&row)? })
}

pub(super) async fn contact_of(q: &mut impl Query, adult: Uuid) -> Result<Option<Vec<u8>>> {
    let row = q
        .one("SELECT contact FROM responsible_adult WHERE school = $1 AND id = $2", args![q.school().get(), adult])
        .await?;
    row.maybe_blob("contact")
}

/// Adults with all parts in the name, in the order of their names.
pub(super) async fn search_adults(q: &mut impl Query, parts: &Parts) -> Result<Vec<Adult>> {
    let rows = q
        .all(
            "SELECT id, version, title, forename, surname FROM responsible_adult
             WHERE school = $1 AND folded LIKE '%' || CAST($2 AS TEXT) || '%' AND folded LIKE '%' || CAST($3 AS TEXT) || '%'
               AND folded LIKE '%' || CAST($4 AS TEXT) || '%'
             ORDER BY folded, id LIMIT $5",
            args![q.school().get(), &parts[0], &parts[1], &parts[2], FOUND_ROWS],
        )
        .await?;
    let adult = |row: &Row| Ok(Adult { id: row.id("id")?, version: row.int("version")?, names: adult_names(row)? });
    rows.iter().map(adult).collect()
}

/// The adults who are responsible for a pupil on a day, whom to call first first.
pub(super) async fn adults_of(q: &mut impl Query, pupil: Uuid, on: Date) -> Result<Vec<Responsible>> {
    let rows = q
        .all(
            "SELECT responsibility.id AS id, responsibility.version AS version, responsibility.pupil AS pupil,
                    responsibility.adult AS adult, responsibility.relation AS relation,
                    responsibility.priority AS priority,
                    responsibility.parental_responsibility AS parental_responsibility,
                    responsibility.contact_order AS contact_order, responsibility.court_marker AS court_marker,
                    responsibility.ended_on AS ended_on, responsible_adult.version AS adult_version,
                    responsible_adult.title AS title, responsible_adult.forename AS forename,
                    responsible_adult.surname AS surname
             FROM responsibility JOIN responsible_adult ON responsible_adult.id = responsibility.adult
             WHERE responsibility.school = $1 AND responsible_adult.school = $1 AND responsibility.pupil = $2
               AND (responsibility.ended_on IS NULL OR responsibility.ended_on > $3)
             ORDER BY COALESCE(responsibility.priority, 99), responsible_adult.folded, responsibility.id LIMIT 100",
            args![q.school().get(), pupil, on.to_string()],
        )
        .await?;
    rows.iter().map(responsible).collect()
}

/// An adult with what they are to a pupil, out of a row of both.
pub(super) fn responsible(row: &Row) -> Result<Responsible> {
    let adult = Adult { id: row.id("adult")?, version: row.int("adult_version")?, names: adult_names(row)? };
    Ok(Responsible { adult, responsibility: responsibility(row)? })
}

/// The pupils for whom an adult is responsible on a day, by name.
pub(super) async fn pupils_of(q: &mut impl Query, adult: Uuid, on: Date) -> Result<Vec<Pupil>> {
    let rows = q
        .all(
            "SELECT pupil.id AS id, pupil.version AS version, pupil.forename AS forename, pupil.surname AS surname,
                    pupil.known_as AS known_as, pupil.year_group AS year_group, pupil.on_roll_from AS on_roll_from,
                    pupil.left_on AS left_on, pupil.returned_at AS returned_at, pupil.looked_after AS looked_after,
                    pupil.court_marker AS court_marker
             FROM responsibility JOIN pupil ON pupil.id = responsibility.pupil
             WHERE responsibility.school = $1 AND pupil.school = $1 AND responsibility.adult = $2
               AND (responsibility.ended_on IS NULL OR responsibility.ended_on > $3)
             ORDER BY pupil.folded, pupil.id LIMIT 100",
            args![q.school().get(), adult, on.to_string()],
        )
        .await?;
    pupils(q.school(), &rows)
}

/// What an adult is to a pupil on a day, if anything.
pub(super) async fn find_responsibility(
    q: &mut impl Query,
    (pupil, adult): (Uuid, Uuid),
    on: Date,
) -> Result<Option<Responsibility>> {
    let row = q
        .find(
            "SELECT id, version, pupil, adult, relation, priority, parental_responsibility, contact_order, court_marker,
                    ended_on
             FROM responsibility
             WHERE school = $1 AND pupil = $2 AND adult = $3 AND (ended_on IS NULL OR ended_on > $4)
             ORDER BY id LIMIT 1",
            args![q.school().get(), pupil, adult, on.to_string()],
        )
        .await?;
    row.as_ref().map(responsibility).transpose()
}

/// The purposes to which a file said no for a pupil.
pub(super) async fn refusals_of(q: &mut impl Query, pupil: Uuid) -> Result<Vec<String>> {
    let rows = q
        .all(
            "SELECT purpose FROM imported_refusal WHERE school = $1 AND pupil = $2 ORDER BY purpose, id LIMIT 200",
            args![q.school().get(), pupil],
        )
        .await?;
    rows.iter().map(|row| row.text("purpose")).collect()
}

/// Every purpose to which a file said no, with the pupil.
pub(super) async fn refusals(q: &mut impl Query) -> Result<Vec<(Uuid, String)>> {
    q.every(
        "SELECT id, pupil, purpose FROM imported_refusal WHERE school = $1 AND id > $2 ORDER BY id LIMIT $3",
        args![q.school().get()],
        |row| Ok((row.id("pupil")?, row.text("purpose")?)),
    )
    .await
}

pub(super) async fn save_markers(tx: &mut Tx, (id, seen): (Uuid, i64), markers: Markers) -> Result<()> {
    tx.save(
        "UPDATE pupil SET version = version + 1, looked_after = $4, court_marker = $5
         WHERE school = $1 AND id = $2 AND version = $3",
        args![tx.school().get(), id, seen, markers.looked_after.code(), markers.court_marker.code()],
    )
    .await
}

pub(super) fn pupils(school: SchoolId, rows: &[Row]) -> Result<Vec<Pupil>> {
    rows.iter().map(|row| pupil(school, row)).collect()
}

pub(super) fn pupil(school: SchoolId, row: &Row) -> Result<Pupil> {
    Ok(Pupil {
        school,
        id: row.id("id")?,
        version: row.int("version")?,
        names: Names {
            forename: row.text("forename")?,
            surname: row.text("surname")?,
            known_as: row.maybe_text("known_as")?,
        },
        year_group: row.maybe_text("year_group")?,
        on_roll_from: maybe_date(row, "on_roll_from")?,
        left_on: maybe_date(row, "left_on")?,
        returned_at: row.maybe_int("returned_at")?,
        looked_after: known(row, "looked_after")?,
        court_marker: known(row, "court_marker")?,
    })
}

fn class(row: &Row) -> Result<Class> {
    Ok(Class {
        id: row.id("id")?,
        version: row.int("version")?,
        name: row.text("name")?,
        year_group: row.maybe_text("year_group")?,
        ended_on: maybe_date(row, "ended_on")?,
    })
}

fn adult_names(row: &Row) -> Result<AdultNames> {
    Ok(AdultNames { title: row.maybe_text("title")?, forename: row.text("forename")?, surname: row.text("surname")? })
}

pub(super) fn responsibility(row: &Row) -> Result<Responsibility> {
    Ok(Responsibility {
        id: row.id("id")?,
        version: row.int("version")?,
        pupil: row.id("pupil")?,
        adult: row.id("adult")?,
        standing: standing(row)?,
        ended_on: maybe_date(row, "ended_on")?,
    })
}

fn standing(row: &Row) -> Result<Standing> {
    Ok(Standing {
        relation: row.text("relation")?,
        priority: row.maybe_int("priority")?,
        parental_responsibility: known(row, "parental_responsibility")?,
        contact_order: known(row, "contact_order")?,
        court_marker: known(row, "court_marker")?,
    })
}

pub(super) fn known(row: &Row, column: &str) -> Result<Known> {
    Known::from_code(&row.text(column)?).ok_or_else(|| strange(column))
}

pub(super) fn maybe_date(row: &Row, column: &str) -> Result<Option<Date>> {
    row.maybe_text(column)?.map(|text| text.parse().map_err(|_| strange(column))).transpose()
}
