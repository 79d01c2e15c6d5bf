//! A register that is in use, written in large pieces: what two thousand forms, links and letters leave behind.

use schoolgate::permissions::purposes;
use schoolgate::roster;
use store::{Args, Deed, SchoolId, args};
use uuid::Uuid;

use crate::TODAY;
use crate::made::Made;

/// Noon of [`TODAY`], in UTC milliseconds.
const NOON: i64 = 1_795_262_400_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Every pupil and the adults around them.
async fn families(made: &Made, school: SchoolId) -> Vec<(Uuid, Vec<Uuid>)> {
    let mut read = made.app.db.read(school).await.expect("a snapshot");
    let mut all = Vec::new();
    for pupil in roster::everybody(&mut read).await.expect("pupils") {
        let adults = roster::adults_of(&mut read, pupil.id, TODAY).await.expect("adults");
        all.push((pupil.id, adults.iter().map(|one| one.adult.id).collect()));
    }
    all
}

/// Every family has answered so many purposes, every seventh with a no; every ninth yes runs out soon.
pub(crate) async fn answered(made: &Made, school: SchoolId, purposes_asked: usize) {
    purposes::begin(&made.app, school).await.expect("purposes");
    let families = families(made, school).await;
    let mut tx = made.app.db.write(school).await.expect("a write");
    let asked = purposes::all(&mut tx).await.expect("purposes");
    let (mut answers, mut people): (Vec<Args>, Vec<Args>) = (Vec::new(), Vec::new());
    for (at, (pupil, adults)) in families.iter().enumerate() {
        people.push(args![school, *pupil]);
        let (decision, until) = match at {
            at if at % 7 == 0 => ("no", None),
            at if at % 9 == 0 => ("yes", Some("2026-12-20")),
            _ => ("yes", None),
        };
        for purpose in asked.iter().take(purposes_asked) {
            let (id, decider, basis) = (Uuid::now_v7(), adults[0], purpose.basis.code());
            answers.push(args![school, id, *pupil, purpose.id, decider, decision, basis, until, NOON]);
        }
    }
    tx.run_each("INSERT INTO permission_subject (school, id, version) VALUES ($1, $2, 1)", people).await.expect("rows");
    tx.run_each(
        "INSERT INTO permission (school, id, person, purpose, decider, decision, authority, basis, route, wording, until,
                decided_on, at)
         VALUES ($1, $2, $3, $4, $5, $6, 'parental-responsibility', $7, 'paper', 1, $8, '2026-11-20', $9)",
        answers,
    )
    .await
    .expect("rows");
    tx.commit(Deed::by_program().did("bench.filled")).await.expect("kept");
}

/// Everybody has been asked anew and reminded, files have said no of every tenth, and families disagree about every twentieth.
pub(crate) async fn asked(made: &Made, school: SchoolId) {
    let families = families(made, school).await;
    let import = Uuid::now_v7();
    let (mut links, mut letters, mut refusals, mut tasks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, (pupil, adults)) in families.iter().enumerate() {
        for adult in adults {
            let (id, hash) = (Uuid::now_v7(), Uuid::new_v4());
            links.push(args![school, id, *pupil, *adult, hash, NOON - DAY_MS, NOON + 13 * DAY_MS]);
            for (kind, days) in [("round", 8), ("reminder", 1)] {
                letters.push(args![school, Uuid::now_v7(), kind, *adult, *pupil, NOON - days * DAY_MS]);
            }
        }
        if at % 10 == 0 {
            refusals.push(args![school, Uuid::now_v7(), import, *pupil, NOON]);
        }
        if at % 20 == 0 {
            tasks.push(args![school, Uuid::now_v7(), *pupil, NOON]);
        }
    }
    let mut tx = made.app.db.write(school).await.expect("a write");
    for (sql, rows) in [
        (
            "INSERT INTO roll_import (school, id, made_at, layout, file_hash, rows_read, pupils_added, pupils_changed, pupils_left,
                    pupils_returned, pupils_same)
             VALUES ($1, $2, $3, 'table', $2, 0, 0, 0, 0, 0, 0)",
            vec![args![school, import, NOON]],
        ),
        (
            "INSERT INTO permission_link (school, id, version, person, adult, token_hash, way, tries, made_at, expires_at)
             VALUES ($1, $2, 1, $3, $4, $5, 'mail', 0, $6, $7)",
            links,
        ),
        (
            "INSERT INTO mail (school, id, version, kind, recipient, about, made_at, state, state_at, tries)
             VALUES ($1, $2, 1, $3, $4, $5, $6, 'sent', $6, 1)",
            letters,
        ),
        (
            "INSERT INTO imported_refusal (school, id, import, pupil, purpose, made_at) VALUES ($1, $2, $3, $4, 'PRESS', $5)",
            refusals,
        ),
        (
            "INSERT INTO permission_task (school, id, kind, person, made_at) VALUES ($1, $2, 'disagreement', $3, $4)",
            tasks,
        ),
    ] {
        tx.run_each(sql, rows).await.expect("rows");
    }
    tx.commit(Deed::by_program().did("bench.asked")).await.expect("kept");
}
