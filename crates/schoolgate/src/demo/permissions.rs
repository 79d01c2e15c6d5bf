//! What the families of the demo have answered: most agree, some do not, some have not been asked, two disagree.

use store::{Deed, SchoolId};
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::error::Result;
use crate::permissions::parents::links::authority_of;
use crate::permissions::{Authority, Decision, Given, Route, answers, purposes, record};
use crate::roster;

/// Two classes: enough to look around in, and made in a moment.
const FAMILIES_MAX: usize = 60;
/// What anybody in the world can see: careful families say no to it.
const PUBLIC: [&str; 4] = ["website", "social-public", "press", "partner"];

/// Answers for whoever is on the demo's roll; nothing where it is empty.
pub(super) async fn fill(app: &App, school: SchoolId) -> Result<()> {
    purposes::begin(app, school).await?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(school).await?;
    let codes: Vec<String> = purposes::all(&mut read).await?.into_iter().map(|purpose| purpose.code).collect();
    let mut families = Vec::new();
    for pupil in roster::everybody(&mut read).await?.into_iter().filter(|pupil| pupil.is_on_roll(today)) {
        let adults = roster::adults_of(&mut read, pupil.id, today).await?;
        let deciders = adults.iter().filter_map(|one| Some((one.adult.id, authority_of(&one.responsibility)?)));
        families.push((pupil.id, deciders.collect::<Vec<_>>()));
        if families.len() == FAMILIES_MAX {
            break;
        }
    }
    drop(read);
    for (number, (pupil, deciders)) in families.iter().enumerate() {
        for (decider, says) in deciders.iter().zip(said(number)) {
            give(app, school, (*pupil, *decider), &answers_of(says, &codes)).await?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Says {
    Yes,
    No,
    Careful,
}

/// What the deciders of the family with this number say, in their order.
fn said(number: usize) -> &'static [Says] {
    match number % 8 {
        0 | 3 | 5 | 6 => &[Says::Yes],
        1 => &[Says::Careful],
        2 => &[],
        4 => &[Says::No],
        _ => &[Says::Yes, Says::No],
    }
}

fn answers_of(says: &Says, codes: &[String]) -> Vec<(String, Decision)> {
    let one = |code: &String| match says {
        Says::Yes => Decision::Yes,
        Says::No => Decision::No,
        Says::Careful if PUBLIC.contains(&code.as_str()) => Decision::No,
        Says::Careful => Decision::Yes,
    };
    codes.iter().map(|code| (code.clone(), one(code))).collect()
}

async fn give(
    app: &App,
    school: SchoolId,
    (person, (decider, authority)): (Uuid, (Uuid, Authority)),
    said: &[(String, Decision)],
) -> Result<()> {
    let mut read = app.db.read(school).await?;
    let seen = answers::version(&mut read, person).await?;
    drop(read);
    let given = Given {
        person,
        seen,
        decider,
        authority,
        route: Route::Paper,
        answers: said.to_vec(),
        evidence: None,
        decided_on: clock::today(app.clock.as_ref()),
        entered_by: None,
    };
    record(app, school, &given, Deed::by_program().did("permissions.entered")).await.map(|_| ())
}
