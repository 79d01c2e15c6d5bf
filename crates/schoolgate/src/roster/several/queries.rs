//! Reading several pupils or adults at a time. One function, one statement.

use jiff::civil::Date;
use store::{Args, Query, Result, args, filled_up};
use uuid::Uuid;

use crate::roster::adult::Responsible;
use crate::roster::pupil::Pupil;
use crate::roster::queries::{pupil, pupils as all_pupils, responsible};

/// As many as one statement asks about.
pub(super) const STEP: usize = 32;

/// The school, then the ids.
fn args_of(q: &impl Query, ids: &[Uuid]) -> Args {
    let mut args = args![q.school().get()];
    args.extend(filled_up(ids, STEP));
    args
}

/// The school, the ids, then a day.
fn args_on(q: &impl Query, ids: &[Uuid], on: Date) -> Args {
    let mut args = args_of(q, ids);
    args.extend(args![on.to_string()]);
    args
}

pub(super) async fn pupils(q: &mut impl Query, ids: &[Uuid]) -> Result<Vec<Pupil>> {
    let rows = q
        .all(
            "SELECT id, version, forename, surname, known_as, year_group, on_roll_from, left_on, returned_at, looked_after,
                    court_marker
             FROM pupil WHERE school = $1 AND id IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             ORDER BY id LIMIT 32",
            args_of(q, ids),
        )
        .await?;
    all_pupils(q.school(), &rows)
}

/// The ids of those on roll that day.
pub(super) async fn on_roll(q: &mut impl Query, on: Date) -> Result<Vec<Uuid>> {
    q.every(
        "SELECT id FROM pupil
         WHERE school = $1 AND (on_roll_from IS NULL OR on_roll_from <= $2) AND (left_on IS NULL OR left_on > $2)
           AND id > $3
         ORDER BY id LIMIT $4",
        args![q.school().get(), on.to_string()],
        |row| row.id("id"),
    )
    .await
}

pub(super) async fn born_known(q: &mut impl Query, pupils: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows = q
        .all(
            "SELECT id FROM pupil WHERE school = $1 AND born_on IS NOT NULL AND id IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             ORDER BY id LIMIT 32",
            args_of(q, pupils),
        )
        .await?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Whom to call first comes first, for each pupil.
pub(super) async fn adults_of(q: &mut impl Query, pupils: &[Uuid], on: Date) -> Result<Vec<Responsible>> {
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
             WHERE responsibility.school = $1 AND responsible_adult.school = $1 AND responsibility.pupil IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
               AND (responsibility.ended_on IS NULL OR responsibility.ended_on > $34)
             ORDER BY COALESCE(responsibility.priority, 99), responsible_adult.folded, responsibility.id LIMIT 3200",
            args_on(q, pupils, on),
        )
        .await?;
    rows.iter().map(responsible).collect()
}

/// Adults and pupils, by the names of the pupils.
pub(super) async fn pupils_of(q: &mut impl Query, adults: &[Uuid], on: Date) -> Result<Vec<(Uuid, Pupil)>> {
    let rows = q
        .all(
            "SELECT responsibility.adult AS adult, pupil.id AS id, pupil.version AS version, pupil.forename AS forename,
                    pupil.surname AS surname, pupil.known_as AS known_as, pupil.year_group AS year_group,
                    pupil.on_roll_from AS on_roll_from, pupil.left_on AS left_on, pupil.returned_at AS returned_at,
                    pupil.looked_after AS looked_after, pupil.court_marker AS court_marker
             FROM responsibility JOIN pupil ON pupil.id = responsibility.pupil
             WHERE responsibility.school = $1 AND pupil.school = $1 AND responsibility.adult IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
               AND (responsibility.ended_on IS NULL OR responsibility.ended_on > $34)
             ORDER BY pupil.folded, pupil.id, responsibility.id LIMIT 3200",
            args_on(q, adults, on),
        )
        .await?;
    let school = q.school();
    rows.iter().map(|row| Ok((row.id("adult")?, pupil(school, row)?))).collect()
}

/// The sealed details of those of whom there are any.
pub(super) async fn contacts(q: &mut impl Query, adults: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>> {
    let rows = q
        .all(
            "SELECT id, contact FROM responsible_adult WHERE school = $1 AND contact IS NOT NULL AND id IN (
               $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
             ORDER BY id LIMIT 32",
            args_of(q, adults),
        )
        .await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.blob("contact")?))).collect()
}
