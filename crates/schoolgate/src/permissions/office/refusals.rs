//! What a file of the school's own system said no to, and how the office settles it with the family.
//!
//! The no holds from the moment of the import until it is settled, and settling it gives nobody a yes: either an adult's own
//! no takes its place, or what had been allowed becomes "not asked" and the family is asked again.

use store::{Deed, Query, Tx};
use uuid::Uuid;

use super::lists::{Paged, people_of};
use super::{Held, Names, decided, in_use, keep_evidence, may, queries};
use crate::access::{Act, Caller};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::permissions::answers::{self, Given};
use crate::permissions::decision::{Authority, Decision, Route};
use crate::permissions::parents::links::authority_of;
use crate::permissions::{Purpose, queries as register};
use crate::roster::adult::Responsible;
use crate::roster::pupil::Pupil;
use crate::roster::{self, several};

/// A file's no that nobody has settled yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub id: Uuid,
    pub pupil: Uuid,
    /// The file's word: a purpose's code in capitals, or `ALL`.
    pub word: String,
    /// UTC milliseconds.
    pub since: i64,
}

impl Refusal {
    /// The purposes that it is about: one, or all of them where the school has no such word.
    pub fn means<'a>(&self, in_use: &'a [Purpose]) -> Vec<&'a Purpose> {
        let code = self.word.to_lowercase().replace('_', "-");
        match in_use.iter().find(|purpose| purpose.code == code) {
            Some(purpose) => vec![purpose],
            None => in_use.iter().collect(),
        }
    }
}

/// One refusal beside what is on record.
pub struct RefusalView {
    pub pupil: Pupil,
    pub refusal: Refusal,
    pub held: Vec<Held>,
    pub adults: Vec<Responsible>,
}

/// How it is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settling {
    /// This adult says no; that is on record from now on.
    Keep { adult: Uuid },
    /// What was allowed before is not asked any more, until the family answers again.
    AskAgain,
}

/// A page of what is not settled, the oldest first, with whom it is about.
pub async fn open(app: &App, caller: &Caller, page: usize) -> Result<Paged<(Pupil, Refusal)>> {
    may(app, caller, Act::SeePermissions)?;
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let mut found = queries::refusals(&mut read).await?;
    let on_roll = several::on_roll(&mut read, today).await?;
    found.retain(|refusal| on_roll.contains(&refusal.pupil));
    let Paged { rows, page, pages } = Paged::cut(found, page);
    let pupils = several::pupils(&mut read, &people_of(&rows, |refusal| refusal.pupil)).await?;
    let one = |refusal: Refusal| Some((pupils.get(&refusal.pupil)?.clone(), refusal));
    Ok(Paged { rows: rows.into_iter().filter_map(one).collect(), page, pages })
}

pub async fn view(app: &App, caller: &Caller, id: Uuid) -> Result<RefusalView> {
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(caller.school).await?;
    let refusal = queries::find_refusal(&mut read, id).await?.ok_or(Error::NotFound)?;
    may(app, caller, Act::KeepPermissions)?;
    let pupil = roster::pupil(&mut read, refusal.pupil).await?;
    let adults = roster::adults_of(&mut read, pupil.id, today).await?;
    let in_use = in_use(&mut read).await?;
    let meant: Vec<Purpose> = refusal.means(&in_use).into_iter().cloned().collect();
    let history = register::history(&mut read, pupil.id).await?;
    let names = Names::of(&mut read, &pupil, &history).await?;
    let lights = decided(&mut read, pupil.id, &meant, today).await?;
    let held = meant.into_iter().zip(lights).map(|(purpose, decided)| {
        let now = history.iter().filter(|row| row.purpose == purpose.id && row.ended_at.is_none());
        let said = now.map(|row| (names.called(row), row.answer.on(today), row.answer.authority)).collect();
        Held { purpose, decided, said }
    });
    let held = held.collect();
    Ok(RefusalView { pupil, refusal, held, adults })
}

/// Settles it. `evidence` says who was asked and when, and is sealed. Gives whom it was about.
pub async fn settle(app: &App, caller: &Caller, id: Uuid, settling: &Settling, evidence: &str) -> Result<Uuid> {
    let mut tx = app.db.write(caller.school).await?;
    let refusal = queries::find_refusal(&mut tx, id).await?.ok_or(Error::NotFound)?;
    may(app, caller, Act::KeepPermissions)?;
    let pupil = refusal.pupil;
    let note = keep_evidence(app, &mut tx, pupil, ("call", "text/plain"), evidence.as_bytes()).await?;
    let in_use = in_use(&mut tx).await?;
    let meant = refusal.means(&in_use);
    let givens = match settling {
        Settling::Keep { adult } => vec![kept(app, &mut tx, pupil, (*adult, &meant)).await?],
        Settling::AskAgain => asked_again(app, &mut tx, pupil, &meant).await?,
    };
    let mut spelled = format!("{id}\n");
    for given in givens {
        let seen = answers::version(&mut tx, pupil).await?;
        let given = Given { seen, evidence: Some(note), entered_by: Some(caller.person), ..given };
        let (_, rows) = answers::take(app, &mut tx, &given).await?;
        spelled.push_str(&answers::spelled(&rows));
    }
    queries::settle_refusal(&mut tx, (id, note), (caller.person, app.clock.now().as_millisecond())).await?;
    register::raise_version(&mut tx, pupil).await?;
    tx.commit(Deed::by(caller.person).did("permissions.refusal-settled").to(pupil).hash(spelled)).await?;
    Ok(pupil)
}

fn given(app: &App, pupil: Uuid, decider: Uuid, authority: Authority) -> Given {
    Given {
        person: pupil,
        seen: -1,
        decider,
        authority,
        route: Route::Import,
        answers: Vec::new(),
        evidence: None,
        decided_on: clock::today(app.clock.as_ref()),
        entered_by: None,
    }
}

/// The no of one of the pupil's adults.
async fn kept(app: &App, tx: &mut Tx, pupil: Uuid, (adult, meant): (Uuid, &[&Purpose])) -> Result<Given> {
    let today = clock::today(app.clock.as_ref());
    let responsibility = roster::responsibility(tx, (pupil, adult), today).await?.ok_or(Error::NotFound)?;
    let authority = authority_of(&responsibility)
        .ok_or_else(|| Refused::because("the school knows that this adult does not decide for this child"))?;
    let answers = meant.iter().map(|purpose| (purpose.code.clone(), Decision::No)).collect();
    Ok(Given { answers, ..given(app, pupil, adult, authority) })
}

/// Every yes to what the file says no to becomes "not asked". Whoever said no has said it.
async fn asked_again(app: &App, q: &mut impl Query, pupil: Uuid, meant: &[&Purpose]) -> Result<Vec<Given>> {
    let today = clock::today(app.clock.as_ref());
    let mut givens: Vec<Given> = Vec::new();
    for (purpose, answer) in register::current(q, pupil).await? {
        let Some(purpose) = meant.iter().find(|known| known.id == purpose) else { continue };
        if answer.on(today) != Decision::Yes {
            continue;
        }
        let said = (purpose.code.clone(), Decision::NotAsked);
        match givens.iter_mut().find(|given| given.decider == answer.decider) {
            Some(given) => given.answers.push(said),
            None => givens.push(Given {
                answers: vec![said],
                route: Route::School,
                ..given(app, pupil, answer.decider, answer.authority)
            }),
        }
    }
    Ok(givens)
}
