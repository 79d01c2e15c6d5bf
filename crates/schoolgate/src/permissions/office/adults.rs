//! Adults in pictures: staff, governors, volunteers and parents. Each answers for themself; the office enters what they say
//! on paper, by telephone or in person, for those who do not sign in.

use store::{Deed, Query};
use uuid::Uuid;

use super::{Entered, Held, decided, in_use, keep_evidence, may};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::people;
use crate::permissions::answers::{self, Given, Taken};
use crate::permissions::decision::{Authority, Route};
use crate::permissions::queries as register;
use crate::permissions::register::Row;
use crate::roster;

/// An adult of the register.
pub struct AdultView {
    pub id: Uuid,
    pub name: String,
    pub version: i64,
    pub held: Vec<Held>,
    /// Everything that was ever said, newest first.
    pub history: Vec<Row>,
}

/// What an adult is called: somebody of the school, or somebody responsible for a pupil.
pub(super) async fn called(q: &mut impl Query, adult: Uuid) -> Result<String> {
    match people::find(q, adult).await {
        Ok(person) => Ok(person.called().to_owned()),
        Err(Error::NotFound) => Ok(roster::adult(q, adult).await?.names.in_full()),
        Err(error) => Err(error),
    }
}

/// Adults by any part of the name, those of the school first; without a name everybody of the school.
pub async fn search(app: &App, caller: &Caller, typed: &str) -> Result<Vec<(Uuid, String, String)>> {
    may(app, caller, Act::SeePermissions)?;
    let today = clock::today(app.clock.as_ref());
    let typed = typed.trim().to_lowercase();
    let mut found = Vec::new();
    for person in people::operator::people(app, caller.school).await? {
        let roles = person.roles_on(today);
        if !roles.is_empty() && person.particulars.name.to_lowercase().contains(&typed) {
            let roles: Vec<&str> = roles.iter().map(|role| role.label()).collect();
            found.push((person.id, person.called().to_owned(), roles.join(", ")));
        }
    }
    let mut read = app.db.read(caller.school).await?;
    let families = roster::search_adults(&mut read, &typed).await?;
    found.extend(families.into_iter().map(|adult| (adult.id, adult.names.in_full(), "Family of a pupil".to_owned())));
    Ok(found)
}

pub async fn view(app: &App, caller: &Caller, adult: Uuid) -> Result<AdultView> {
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let name = called(&mut read, adult).await?;
    may(app, caller, Act::SeePermissions)?;
    let in_use = in_use(&mut read).await?;
    let history = register::history(&mut read, adult).await?;
    let lights = decided(&mut read, adult, &in_use, today).await?;
    let held = in_use.into_iter().zip(lights).map(|(purpose, decided)| {
        let now = history.iter().filter(|row| row.purpose == purpose.id && row.ended_at.is_none());
        let said = now.map(|row| (name.clone(), row.answer.on(today), row.answer.authority)).collect();
        Held { purpose, decided, said }
    });
    let held = held.collect();
    let version = answers::version(&mut read, adult).await?;
    Ok(AdultView { id: adult, name, version, held, history })
}

/// Enters what an adult has said of themself.
pub async fn enter(app: &App, caller: &Caller, entered: &Entered) -> Result<Taken> {
    let adult = entered.adult;
    let mut tx = app.db.write(caller.school).await?;
    called(&mut tx, adult).await?;
    may(app, caller, Act::KeepPermissions)?;
    let kind = if entered.route == Route::Telephone { "call" } else { "scan" };
    let evidence = keep_evidence(app, &mut tx, adult, (kind, "text/plain"), entered.evidence.as_bytes()).await?;
    let given = Given {
        person: adult,
        seen: entered.seen,
        decider: adult,
        authority: Authority::Own,
        route: entered.route,
        answers: entered.answers.clone(),
        evidence: Some(evidence),
        decided_on: clock::today(app.clock.as_ref()),
        entered_by: Some(caller.person),
    };
    let (taken, rows) = answers::take(app, &mut tx, &given).await?;
    tx.commit(Deed::by(caller.person).did("permissions.entered").to(adult).hash(answers::spelled(&rows))).await?;
    Ok(taken)
}
