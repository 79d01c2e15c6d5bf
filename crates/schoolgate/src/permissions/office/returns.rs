//! Forms on paper: who of a class has brought theirs back, what of it has been entered, and where the two differ.

use std::collections::HashMap;

use jiff::civil::Date;
use store::Deed;
use uuid::Uuid;

use super::{in_use, may, queries};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::permissions::decision::Route;
use crate::permissions::queries::PEOPLE_A_STATEMENT;
use crate::roster;
use crate::roster::pupil::{Class, Pupil};

/// A form that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub id: Uuid,
    pub pupil: Uuid,
    pub came_on: Date,
    /// UTC milliseconds.
    pub noted_at: i64,
}

/// An answer that counts now, as far as reconciling needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    pub purpose: Uuid,
    pub decider: Uuid,
    pub route: Route,
    pub decided_on: Date,
}

/// How a pupil's form and what is entered go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Nothing came, nothing was entered.
    Missing,
    /// It is here and has not been entered.
    ToEnter,
    /// Some of it has been entered.
    Partly {
        entered: usize,
        of: usize,
    },
    Entered,
    /// Answers from paper, and no form that anybody noted.
    NoForm,
    /// It was entered, and the same adult has said something else since, in another way.
    Overtaken,
}

/// Holds what came back against what counts. Only answers from the day of the form on are of that form.
pub fn compare(form: Option<&Form>, answers: &[Answered], purposes: usize) -> Match {
    let on_paper = |answer: &&Answered| answer.route == Route::Paper;
    let Some(form) = form else {
        return if answers.iter().any(|answer| on_paper(&answer)) { Match::NoForm } else { Match::Missing };
    };
    let since: Vec<&Answered> = answers.iter().filter(|answer| answer.decided_on >= form.came_on).collect();
    let mut entered: Vec<Uuid> = since.iter().copied().filter(on_paper).map(|answer| answer.purpose).collect();
    entered.sort_unstable();
    entered.dedup();
    let family =
        |answer: &&&Answered| matches!(answer.route, Route::Link | Route::Letter | Route::Telephone | Route::InPerson);
    let is_overtaken = since.iter().any(|answer| family(&answer));
    match entered.len() {
        _ if is_overtaken => Match::Overtaken,
        0 => Match::ToEnter,
        count if count < purposes => Match::Partly { entered: count, of: purposes },
        _ => Match::Entered,
    }
}

/// A class, with the form of each pupil and how it goes together with the register.
pub struct Returns {
    pub class: Class,
    pub pupils: Vec<(Pupil, Option<Form>, Match)>,
}

pub async fn of_class(app: &App, caller: &Caller, class: Uuid) -> Result<Returns> {
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let class = roster::class(&mut read, class).await?;
    may(app, caller, Act::SeePermissions)?;
    let purposes = in_use(&mut read).await?.len();
    let pupils = roster::class_list(&mut read, class.id, today).await?;
    let ids: Vec<Uuid> = pupils.iter().map(|pupil| pupil.id).collect();
    let (mut forms, mut answers) = (HashMap::new(), HashMap::<Uuid, Vec<Answered>>::new());
    for some in ids.chunks(PEOPLE_A_STATEMENT) {
        // The latest one stands.
        forms.extend(queries::paper_forms(&mut read, some).await?.into_iter().map(|form| (form.pupil, form)));
        for (pupil, answer) in queries::answered(&mut read, some).await? {
            answers.entry(pupil).or_default().push(answer);
        }
    }
    let pupils = pupils.into_iter().map(|pupil| {
        let form = forms.get(&pupil.id).copied();
        let said = answers.get(&pupil.id).map_or(&[][..], Vec::as_slice);
        let goes = compare(form.as_ref(), said, purposes);
        (pupil, form, goes)
    });
    let pupils = pupils.collect();
    Ok(Returns { class, pupils })
}

/// Notes that a pupil's form came back today. One that was noted today is noted once.
pub async fn note(app: &App, caller: &Caller, (class, pupil): (Uuid, Uuid)) -> Result<()> {
    let today = clock::today(app.clock.as_ref());
    let mut tx = app.db.write(caller.school).await?;
    let list = roster::class_list(&mut tx, class, today).await?;
    list.iter().find(|known| known.id == pupil).ok_or(Error::NotFound)?;
    may(app, caller, Act::KeepPermissions)?;
    let form = Form { id: Uuid::now_v7(), pupil, came_on: today, noted_at: app.clock.now().as_millisecond() };
    match queries::add_form(&mut tx, &form, caller.person).await? {
        0 => Ok(()),
        _ => Ok(tx.commit(Deed::by(caller.person).did("permissions.form-noted").to(form.id)).await?),
    }
}

/// Takes back a note that was wrong. One of a form from which something was entered stays.
pub async fn take_back(app: &App, caller: &Caller, (class, pupil): (Uuid, Uuid)) -> Result<()> {
    let returns = of_class(app, caller, class).await?;
    let (_, form, goes) = returns.pupils.into_iter().find(|(known, ..)| known.id == pupil).ok_or(Error::NotFound)?;
    may(app, caller, Act::KeepPermissions)?;
    let form = form.ok_or(Error::NotFound)?;
    if goes != Match::ToEnter {
        return Err(Refused::because("something has been entered from this form").into());
    }
    let mut tx = app.db.write(caller.school).await?;
    queries::remove_form(&mut tx, form.id).await?;
    Ok(tx.commit(Deed::by(caller.person).did("permissions.form-taken-back").to(form.id)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_form_is_held_against_what_counts_since_it_came() {
        let day = |day| date(2026, 11, day);
        let form = Form { id: Uuid::nil(), pupil: Uuid::nil(), came_on: day(10), noted_at: 0 };
        let said = |purpose: u128, route, on| Answered {
            purpose: Uuid::from_u128(purpose),
            decider: Uuid::nil(),
            route,
            decided_on: day(on),
        };
        let paper = |purpose| said(purpose, Route::Paper, 12);
        for (form, answers, expect) in [
            (None, vec![], Match::Missing),
            (None, vec![paper(1)], Match::NoForm),
            (None, vec![said(1, Route::Link, 12)], Match::Missing),
            (Some(form), vec![], Match::ToEnter),
            (Some(form), vec![said(1, Route::Paper, 9)], Match::ToEnter),
            (Some(form), vec![paper(1), paper(1)], Match::Partly { entered: 1, of: 2 }),
            (Some(form), vec![paper(1), paper(2)], Match::Entered),
            (Some(form), vec![paper(1), said(2, Route::School, 13)], Match::Partly { entered: 1, of: 2 }),
            (Some(form), vec![paper(1), said(2, Route::Telephone, 13)], Match::Overtaken),
        ] {
            assert_eq!(compare(form.as_ref(), &answers, 2), expect, "{answers:?}");
        }
    }
}
