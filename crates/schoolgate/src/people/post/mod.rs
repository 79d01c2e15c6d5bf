//! Letters by electronic mail: what is to be sent, what became of it, and how a school wants it.
//!
//! For: verbs that must reach somebody who is not at a page; the office, which sees what could not be delivered.
//! Promises: a letter is asked for in the write that makes it necessary; neither address, words nor link stand in the database or
//! in the queue, they are made at the moment of sending; a server that says "later" is asked again for about a day, then a
//! person must look; what is kept of a failure names nobody.
//! Does not: write the words (whoever asks does, when the turn comes), or know whether somebody has read them.

pub mod pages;
mod queries;
#[cfg(test)]
mod tests;

use channels::Failed;
use channels::mail::Letter;
use store::{Deed, Query, SchoolId, Tx};
use uuid::Uuid;

use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::error::{Error, Refused, Result};
use crate::people;
use crate::queue::{self, Job};

/// With the pauses of the queue that is about twenty hours.
pub const TRIES_MAX: i64 = 13;
/// More would be a nuisance, and is no reminder any more.
pub const REMINDERS_MAX: i64 = 5;
/// Longest pause between two reminders.
pub const REMIND_AFTER_DAYS_MAX: i64 = 60;
const NOT_SET_UP: &str = "mail is not set up here: ask whoever runs Schoolgate, and print a letter meanwhile";

/// Why somebody is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody who works here may set a password.
    SetUp,
    /// The office asks one adult for an answer.
    Link,
    /// The office asks everybody of a class who has not answered.
    Round,
    Reminder,
    Receipt,
    /// What is outstanding, for the office.
    Digest,
}

impl Kind {
    const ALL: [Kind; 6] = [Kind::SetUp, Kind::Link, Kind::Round, Kind::Reminder, Kind::Receipt, Kind::Digest];

    pub fn code(self) -> &'static str {
        match self {
            Kind::SetUp => "set-up",
            Kind::Link => "link",
            Kind::Round => "round",
            Kind::Reminder => "reminder",
            Kind::Receipt => "receipt",
            Kind::Digest => "digest",
        }
    }

    pub fn from_code(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    pub fn label(self) -> &'static str {
        match self {
            Kind::SetUp => "Link to set a password",
            Kind::Link | Kind::Round => "Link to the permissions form",
            Kind::Reminder => "Reminder about the permissions form",
            Kind::Receipt => "Receipt of an answer",
            Kind::Digest => "Weekly list for the office",
        }
    }

    /// Whether it leads a family to the form about a pupil.
    pub fn asks_family(self) -> bool {
        matches!(self, Kind::Link | Kind::Round | Kind::Reminder)
    }
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Waiting,
    /// The school's mail server took it.
    Sent,
    /// When its turn came there was no reason for it any more.
    Dropped,
    /// It cannot be delivered; somebody has to do something else.
    Failed,
    /// Failed, and somebody has done something else.
    Settled,
}

impl State {
    const ALL: [State; 5] = [State::Waiting, State::Sent, State::Dropped, State::Failed, State::Settled];

    pub fn code(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Sent => "sent",
            State::Dropped => "dropped",
            State::Failed => "failed",
            State::Settled => "settled",
        }
    }

    pub fn from_code(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.code() == code)
    }

    pub fn label(self) -> &'static str {
        match self {
            State::Waiting => "On its way",
            State::Sent => "Sent",
            State::Dropped => "Not needed any more",
            State::Failed => "Could not be delivered",
            State::Settled => "Could not be delivered; settled",
        }
    }
}

/// One letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub id: Uuid,
    pub version: i64,
    pub kind: Kind,
    /// An adult, or a person of the school; the nil id is the office.
    pub recipient: Uuid,
    /// A pupil, or a receipt.
    pub about: Uuid,
    /// None: the program itself.
    pub asked_by: Option<Uuid>,
    pub made_at: i64,
    pub state: State,
    pub state_at: i64,
    pub tries: i64,
    pub said: Option<String>,
}

/// A letter that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub kind: Kind,
    pub recipient: Uuid,
    pub about: Uuid,
    pub asked_by: Option<Uuid>,
}

/// How a school wants its mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where answers and the weekly list go.
    pub office: Option<String>,
    /// How often a family is reminded without anybody's pressing a button; 0: never.
    pub reminders_max: i64,
    pub remind_after_days: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { office: None, reminders_max: 2, remind_after_days: 7 }
    }
}

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    Sent,
    /// There was no reason for it any more.
    Dropped(&'static str),
    /// Nothing was sent; it may work later.
    Later(String),
    /// It may have been sent; it is tried again.
    Unsure(String),
    Never(String),
}

impl Came {
    /// Whether somebody may hold the letter now.
    pub fn may_be_there(&self) -> bool {
        matches!(self, Came::Sent | Came::Unsure(_))
    }
}

/// # Errors
/// [`Error::Refused`] with what to do instead.
pub fn must_be_set_up(app: &App) -> Result<()> {
    if app.mail.is_some() { Ok(()) } else { Err(Refused::because(NOT_SET_UP).into()) }
}

/// Wants a letter, within the write that makes it necessary. One that is on its way already is enough.
pub async fn ask(app: &App, tx: &mut Tx, ask: Ask) -> Result<Uuid> {
    if let Some(waiting) = queries::find_waiting(tx, ask.recipient, ask.about).await? {
        return Ok(waiting);
    }
    let id = Uuid::now_v7();
    queries::add(tx, id, &ask, app.clock.now().as_millisecond()).await?;
    queue::push(tx, Job::SendMail(id), app.clock.now()).await?;
    Ok(id)
}

/// The letter whose turn has come; none: it was seen to already.
pub async fn waiting(app: &App, school: SchoolId, id: Uuid) -> Result<Option<Mail>> {
    let mut read = app.db.read(school).await?;
    Ok(queries::find(&mut read, id).await?.filter(|mail| mail.state == State::Waiting))
}

/// Hands a letter to the mail server: to whom, subject, text. It goes in the name of the school.
pub async fn deliver(
    app: &App,
    school: SchoolId,
    mail: &Mail,
    (to, subject, text): (&str, &str, &str),
) -> Result<Came> {
    let Some(mailer) = &app.mail else { return Ok(Came::Never(NOT_SET_UP.into())) };
    let name = people::school(app, school).await?.name;
    let mut read = app.db.read(school).await?;
    let office = settings(&mut read).await?.office;
    drop(read);
    let now = app.clock.now().as_millisecond();
    let letter = Letter::new(mail.id, now, to, (subject, text)).and_then(|new| new.from(&name, office.as_deref()));
    let letter = match letter {
        Ok(letter) => letter,
        Err(improper) => return Ok(Came::Never(improper.to_string())),
    };
    Ok(match mailer.send(&letter).await {
        Ok(()) => Came::Sent,
        Err(Failed::Retry { because, .. }) => Came::Later(because),
        Err(Failed::Unsure(said)) => Came::Unsure(said),
        // Wrong for every letter alike: whoever runs the program mends it, and nothing is lost meanwhile.
        Err(failed) if failed.is_credentials() => Came::Later(failed.to_string()),
        Err(Failed::Never(reason)) => Came::Never(reason.to_string()),
    })
}

/// Writes down what came of a try.
///
/// # Errors
/// [`Error::Unavailable`] where the queue must try again.
pub async fn finish(app: &App, school: SchoolId, mail: &Mail, came: Came) -> Result<()> {
    let tries = mail.tries + 1;
    let (state, did, said) = match &came {
        Came::Sent => (State::Sent, "post.sent", None),
        Came::Dropped(why) => (State::Dropped, "post.dropped", Some((*why).to_owned())),
        Came::Later(said) | Came::Unsure(said) if tries < TRIES_MAX => {
            (State::Waiting, "post.put-off", Some(said.clone()))
        }
        Came::Later(said) | Came::Unsure(said) | Came::Never(said) => {
            (State::Failed, "post.failed", Some(said.clone()))
        }
    };
    let mut tx = app.db.write(school).await?;
    let now = app.clock.now().as_millisecond();
    queries::save(&mut tx, &Mail { state, state_at: now, tries, said: said.clone(), ..mail.clone() }).await?;
    tx.commit(Deed::by_program().did(did).to(mail.id)).await?;
    match state {
        State::Waiting => Err(Error::unavailable("the mail server", said.unwrap_or_default())),
        _ => Ok(()),
    }
}

/// All letters since a moment, in order.
pub async fn since(q: &mut impl Query, from: i64) -> Result<Vec<Mail>> {
    let (mut all, mut after): (Vec<Mail>, _) = (Vec::new(), (from, Uuid::nil()));
    loop {
        let step = queries::since(q, after).await?;
        let is_last = i64::try_from(step.len()).is_ok_and(|rows| rows < queries::STEP_ROWS);
        after = step.last().map_or(after, |mail| (mail.made_at, mail.id));
        all.extend(step);
        if is_last {
            return Ok(all);
        }
    }
}

/// The letters to some people since a moment, in order for each of them.
pub async fn to(q: &mut impl Query, recipients: &[Uuid], from: i64) -> Result<Vec<Mail>> {
    let mut all = Vec::new();
    for some in recipients.chunks(queries::PEOPLE_A_STATEMENT) {
        all.extend(queries::to(q, some, from).await?);
    }
    Ok(all)
}

/// What could not be delivered and is still to be settled.
pub async fn failed(q: &mut impl Query) -> Result<Vec<Mail>> {
    Ok(queries::failed(q).await?)
}

/// How the school wants its mail.
pub async fn settings(q: &mut impl Query) -> Result<Settings> {
    Ok(queries::find_settings(q).await?.map(|(_, _, settings)| settings).unwrap_or_default())
}

/// The settings with their version, and the newest letters.
pub async fn show(app: &App, caller: &Caller) -> Result<(Settings, i64, Vec<Mail>)> {
    app.access.may(caller, Act::SeePost, Thing::premises(caller.school))?;
    let mut read = app.db.read(caller.school).await?;
    let found = queries::find_settings(&mut read).await?;
    let (version, settings) = found.map_or_else(Default::default, |(_, version, settings)| (version, settings));
    Ok((settings, version, queries::newest(&mut read).await?))
}

/// Whether the caller may change the settings now.
pub fn may_keep(app: &App, caller: &Caller) -> Result<()> {
    app.access.may(caller, Act::KeepPost, Thing::premises(caller.school))
}

/// Saves the settings, if they are still what the caller saw.
pub async fn save(app: &App, caller: &Caller, seen: i64, given: &Settings) -> Result<()> {
    may_keep(app, caller)?;
    let mut tx = app.db.write(caller.school).await?;
    let id = match queries::find_settings(&mut tx).await? {
        Some((id, version, _)) if version == seen => {
            queries::save_settings(&mut tx, (id, seen), given).await?;
            id
        }
        None if seen == 0 => {
            let id = Uuid::now_v7();
            queries::add_settings(&mut tx, id, given).await?;
            id
        }
        _ => return Err(Error::Conflict),
    };
    Ok(tx.commit(Deed::by(caller.person).did("post.settings-changed").to(id)).await?)
}

/// Ticks off a letter that could not be delivered.
pub async fn settle(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let found = queries::find(&mut tx, id).await?.filter(|mail| mail.state == State::Failed).ok_or(Error::NotFound)?;
    may_keep(app, caller)?;
    let now = app.clock.now().as_millisecond();
    queries::save(&mut tx, &Mail { state: State::Settled, state_at: now, ..found }).await?;
    Ok(tx.commit(Deed::by(caller.person).did("post.settled").to(id)).await?)
}
