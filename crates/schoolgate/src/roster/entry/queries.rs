//! What is written into the roll. One function, one statement.

use jiff::civil::Date;
use store::{Args, Result, Tx, args};
use uuid::Uuid;

use super::super::folding::fold;
use super::{AdultGiven, ClassGiven, PupilGiven, SealedPupil, Standing, school};

/// Gives each of some things its row of arguments.
fn rows<T>(tx: &Tx, things: &[T], row: impl Fn(Uuid, &T) -> Args) -> Vec<Args> {
    things.iter().map(|thing| row(school(tx), thing)).collect()
}

fn day(date: Option<Date>) -> Option<String> {
    date.map(|date| date.to_string())
}

pub(super) async fn add_pupils(tx: &mut Tx, pupils: &[(Uuid, &PupilGiven, SealedPupil)]) -> Result<u64> {
    let rows = rows(tx, pupils, |school, (id, given, sealed)| {
        args![
            school,
            id,
            &given.names.forename,
            &given.names.surname,
            given.names.known_as.as_deref(),
            given.names.folded(),
            given.year_group.as_deref(),
            day(given.on_roll_from),
            day(given.left_on),
            given.returned_at,
            given.looked_after.code(),
            given.court_marker.code(),
            given.source.as_deref(),
            sealed.born_on.as_deref(),
            sealed.upn.as_deref()
        ]
    });
    tx.run_each(
        "INSERT INTO pupil (school, id, version, forename, surname, known_as, folded, year_group, on_roll_from, left_on,
                            returned_at, looked_after, court_marker, source, born_on, upn)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        rows,
    )
    .await
}

pub(super) async fn save_pupil(
    tx: &mut Tx,
    (id, seen): (Uuid, i64),
    given: &PupilGiven,
    sealed: &SealedPupil,
) -> Result<()> {
    tx.save(
        "UPDATE pupil SET version = version + 1, forename = $4, surname = $5, known_as = $6, folded = $7, year_group = $8,
                on_roll_from = $9, left_on = $10, returned_at = $11, looked_after = $12, court_marker = $13,
                source = $14, born_on = $15, upn = $16
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            school(tx),
            id,
            seen,
            &given.names.forename,
            &given.names.surname,
            given.names.known_as.as_deref(),
            given.names.folded(),
            given.year_group.as_deref(),
            day(given.on_roll_from),
            day(given.left_on),
            given.returned_at,
            given.looked_after.code(),
            given.court_marker.code(),
            given.source.as_deref(),
            sealed.born_on.as_deref(),
            sealed.upn.as_deref()
        ],
    )
    .await
}

pub(super) async fn add_classes(tx: &mut Tx, classes: &[(Uuid, &ClassGiven)]) -> Result<u64> {
    let rows = rows(tx, classes, |school, (id, given)| {
        args![
            school,
            id,
            &given.name,
            fold(&given.name),
            given.year_group.as_deref(),
            day(given.ended_on),
            given.source.as_deref()
        ]
    });
    tx.run_each(
        "INSERT INTO class (school, id, version, name, folded, year_group, ended_on, source)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7)",
        rows,
    )
    .await
}

pub(super) async fn save_class(tx: &mut Tx, (id, seen): (Uuid, i64), given: &ClassGiven) -> Result<()> {
    tx.save(
        "UPDATE class SET version = version + 1, name = $4, folded = $5, year_group = $6, ended_on = $7, source = $8
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            school(tx),
            id,
            seen,
            &given.name,
            fold(&given.name),
            given.year_group.as_deref(),
            day(given.ended_on),
            given.source.as_deref()
        ],
    )
    .await
}

/// Each membership by its id, class and pupil.
pub(super) async fn add_members(tx: &mut Tx, members: &[(Uuid, (Uuid, Uuid))], since: Date) -> Result<u64> {
    let since = since.to_string();
    let rows = rows(tx, members, |school, (id, (class, pupil))| args![school, id, class, pupil, &since]);
    tx.run_each("INSERT INTO class_membership (school, id, class, pupil, since) VALUES ($1, $2, $3, $4, $5)", rows)
        .await
}

pub(super) async fn end_member(tx: &mut Tx, id: Uuid, until: Date) -> Result<()> {
    tx.save(
        "UPDATE class_membership SET until = $3 WHERE school = $1 AND id = $2 AND until IS NULL",
        args![school(tx), id, until.to_string()],
    )
    .await
}

/// Each adult with the sealed contact details.
pub(super) async fn add_adults(tx: &mut Tx, adults: &[(Uuid, &AdultGiven, Option<Vec<u8>>)]) -> Result<u64> {
    let rows = rows(tx, adults, |school, (id, given, contact)| {
        args![
            school,
            id,
            given.names.title.as_deref(),
            &given.names.forename,
            &given.names.surname,
            given.names.folded(),
            given.source.as_deref(),
            contact.as_deref()
        ]
    });
    tx.run_each(
        "INSERT INTO responsible_adult (school, id, version, title, forename, surname, folded, source, contact)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8)",
        rows,
    )
    .await
}

pub(super) async fn save_adult(
    tx: &mut Tx,
    (id, seen): (Uuid, i64),
    given: &AdultGiven,
    contact: Option<Vec<u8>>,
) -> Result<()> {
    tx.save(
        "UPDATE responsible_adult SET version = version + 1, title = $4, forename = $5, surname = $6, folded = $7,
                source = $8, contact = $9
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            school(tx),
            id,
            seen,
            given.names.title.as_deref(),
            &given.names.forename,
            &given.names.surname,
            given.names.folded(),
            given.source.as_deref(),
            contact
        ],
    )
    .await
}

/// Each responsibility by its id, pupil and adult, and what it is.
pub(super) async fn add_responsibilities(
    tx: &mut Tx,
    ties: &[(Uuid, (Uuid, Uuid), &Standing)],
    since: Date,
) -> Result<u64> {
    let since = since.to_string();
    let rows = rows(tx, ties, |school, (id, (pupil, adult), standing)| {
        args![
            school,
            id,
            pupil,
            adult,
            &standing.relation,
            standing.priority,
            standing.parental_responsibility.code(),
            standing.contact_order.code(),
            standing.court_marker.code(),
            &since
        ]
    });
    tx.run_each(
        "INSERT INTO responsibility (school, id, version, pupil, adult, relation, priority, parental_responsibility,
                                     contact_order, court_marker, since)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10)",
        rows,
    )
    .await
}

pub(super) async fn save_responsibility(tx: &mut Tx, (id, seen): (Uuid, i64), standing: &Standing) -> Result<()> {
    tx.save(
        "UPDATE responsibility SET version = version + 1, relation = $4, priority = $5, parental_responsibility = $6,
                contact_order = $7, court_marker = $8
         WHERE school = $1 AND id = $2 AND version = $3",
        args![
            school(tx),
            id,
            seen,
            &standing.relation,
            standing.priority,
            standing.parental_responsibility.code(),
            standing.contact_order.code(),
            standing.court_marker.code()
        ],
    )
    .await
}

pub(super) async fn end_responsibility(tx: &mut Tx, (id, seen): (Uuid, i64), ended_on: Date) -> Result<()> {
    tx.save(
        "UPDATE responsibility SET version = version + 1, ended_on = $4
         WHERE school = $1 AND id = $2 AND version = $3 AND ended_on IS NULL",
        args![school(tx), id, seen, ended_on.to_string()],
    )
    .await
}
