//! A family's way to the form: a link or a letter, a second check, and then the form itself, once.

use jiff::civil::Date;
use store::seal::Place;
use store::{Deed, Query, SchoolId};
use uuid::Uuid;

use super::receipts::{self, Done};
use super::{normal_code, queries};
use crate::access::{Act, Caller, Thing};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Refused, Result};
use crate::people::accounts::Carried;
use crate::people::accounts::token::{Token, recovery_code, recovery_hash};
use crate::people::post::{self, Ask, Came, Kind};
use crate::permissions::decision::{Authority, Decision, Route};
use crate::permissions::{Purpose, answers, purposes};
use crate::roster;
use crate::roster::adult::Responsibility;
use crate::roster::pupil::Known;

/// Long enough for a letter in a school bag, short enough for one that is found in the street.
pub(super) const LINK_MS: i64 = 14 * 24 * 60 * 60 * 1_000;
/// Wrong second checks until a link is closed: a date of birth is one of a few hundred.
pub const TRIES_MAX: i64 = 5;
/// The purpose of the key that seals what a letter's code leads to.
const SEALED_FOR: &str = "letters";

/// How a link reaches the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Mail,
    Letter,
}

impl Way {
    pub fn code(self) -> &'static str {
        match self {
            Way::Mail => "mail",
            Way::Letter => "letter",
        }
    }

    pub fn from_code(code: &str) -> Option<Way> {
        [Way::Mail, Way::Letter].into_iter().find(|way| way.code() == code)
    }
}

/// One link. Times are UTC milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: Uuid,
    pub version: i64,
    pub person: Uuid,
    pub adult: Uuid,
    pub way: Way,
    /// Of the code that is asked for where nobody knows when the child was born.
    pub code_hash: Option<Vec<u8>>,
    /// Of the form that was shown after the second check.
    pub ticket_hash: Option<Vec<u8>>,
    pub tries: i64,
    pub made_at: i64,
    pub expires_at: i64,
}

/// What the office gives to the family; shown once.
pub struct Invitation {
    pub link: Carried,
    /// For a letter: what is typed instead of the link.
    pub letter_code: Option<String>,
    /// Where the date of birth is not known: what is asked for instead, to be told in another way than the link.
    pub check_code: Option<String>,
}

/// By what right this adult decides for this child; none: by none.
pub fn authority_of(responsibility: &Responsibility) -> Option<Authority> {
    match (responsibility.standing.parental_responsibility, responsibility.standing.court_marker) {
        (Known::No, _) => None,
        (Known::Yes, Known::Yes) | (Known::Unknown, _) => Some(Authority::Unknown),
        (Known::Yes, _) => Some(Authority::ParentalResponsibility),
    }
}

/// Makes a link for one adult and one child; an older one of theirs stops working.
pub async fn invite(app: &App, caller: &Caller, person: Uuid, adult: Uuid, way: Way) -> Result<Invitation> {
    app.access.may(caller, Act::KeepPermissions, Thing::premises(caller.school))?;
    let deed = Deed::by(caller.person).did("permissions.invited");
    make(app, caller.school, (person, adult), way, deed).await
}

async fn make(app: &App, school: SchoolId, whom: (Uuid, Uuid), way: Way, deed: Deed) -> Result<Invitation> {
    let today = clock::today(app.clock.as_ref());
    let mut read = app.db.read(school).await?;
    let responsibility = roster::responsibility(&mut read, whom, today).await?.ok_or(Error::NotFound)?;
    if authority_of(&responsibility).is_none() {
        return Err(Refused::because("the school knows that this adult does not decide for this child").into());
    }
    let is_born_known = roster::born_on(app, &mut read, whom.0).await?.is_some();
    drop(read);
    let (token, now) = (Token::random(), app.clock.now().as_millisecond());
    let check_code = (!is_born_known).then(recovery_code);
    let letter_code = (way == Way::Letter).then(recovery_code);
    let link = Link {
        id: Uuid::now_v7(),
        version: 1,
        person: whom.0,
        adult: whom.1,
        way,
        code_hash: check_code.as_deref().and_then(recovery_hash).map(|hash| hash.to_vec()),
        ticket_hash: None,
        tries: 0,
        made_at: now,
        expires_at: now + LINK_MS,
    };
    let carried = Carried { school, token };
    if let Some(code) = &letter_code {
        keep_letter(app, &carried, code).await?;
    }
    let mut tx = app.db.write(school).await?;
    queries::close_links(&mut tx, (whom, Uuid::nil()), "revoked", now).await?;
    queries::add_link(&mut tx, &link, carried.token.hash(), now).await?;
    tx.commit(deed.to(link.id)).await?;
    Ok(Invitation { link: carried, letter_code, check_code })
}

/// A link for a letter that is about to be sent. What was good before stays so until the letter is out; `settle_mailed` says.
pub(super) async fn make_mailed(app: &App, school: SchoolId, whom: (Uuid, Uuid)) -> Result<(Uuid, Carried)> {
    let (token, now) = (Token::random(), app.clock.now().as_millisecond());
    let link = Link {
        id: Uuid::now_v7(),
        version: 1,
        person: whom.0,
        adult: whom.1,
        way: Way::Mail,
        code_hash: None,
        ticket_hash: None,
        tries: 0,
        made_at: now,
        expires_at: now + LINK_MS,
    };
    let mut tx = app.db.write(school).await?;
    queries::add_link(&mut tx, &link, token.hash(), now).await?;
    tx.commit(Deed::by_program().did("permissions.link-made").to(link.id)).await?;
    Ok((link.id, Carried { school, token }))
}

/// After the try: a link that went out takes the place of all others, one that did not is no way in.
pub(super) async fn settle_mailed(
    app: &App,
    school: SchoolId,
    (whom, link): ((Uuid, Uuid), Uuid),
    came: &Came,
) -> Result<()> {
    let now = app.clock.now().as_millisecond();
    let mut tx = app.db.write(school).await?;
    let did = match came {
        Came::Sent => {
            queries::close_links(&mut tx, (whom, link), "revoked", now).await?;
            "permissions.link-sent"
        }
        // Somebody may hold it: it stays good beside those from before until the next try.
        Came::Unsure(_) => return Ok(()),
        Came::Dropped(_) | Came::Later(_) | Came::Never(_) => {
            queries::close_link(&mut tx, link, "unsent", now).await?;
            "permissions.link-unsent"
        }
    };
    Ok(tx.commit(Deed::by_program().did(did).to(link)).await?)
}

/// Whoever types a code has not said which school, so codes stand in the list of the whole installation; what they lead to
/// is sealed.
async fn keep_letter(app: &App, carried: &Carried, code: &str) -> Result<()> {
    let hash = recovery_hash(code).ok_or_else(|| Error::fault("making a letter", "a code of ours has no hash"))?;
    let id = Uuid::now_v7();
    let mut tx = app.db.write(SchoolId::HOUSE).await?;
    let place = Place { table: "permission_letter", row: id, column: "link" };
    let sealed = app.sealer.seal(&mut tx, SEALED_FOR, place, carried.shown().as_bytes()).await?;
    queries::add_letter(&mut tx, id, carried.school.get(), hash, &sealed).await?;
    Ok(tx.commit(Deed::by_program().did("permissions.letter-made").to(id)).await?)
}

/// The link behind a letter's code. None: there is no such letter; a page must not tell more.
pub async fn by_letter(app: &App, typed: &str) -> Result<Option<Carried>> {
    let Some(hash) = normal_code(typed) else { return Ok(None) };
    let mut house = app.db.read(SchoolId::HOUSE).await?;
    let Some((id, sealed)) = queries::find_letter(&mut house, hash).await? else { return Ok(None) };
    let place = Place { table: "permission_letter", row: id, column: "link" };
    let opened = app.sealer.open(&mut house, SEALED_FOR, place, &sealed).await?;
    Ok(str::from_utf8(&opened).ok().and_then(Carried::parse))
}

/// What the second check asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    BirthDate,
    Code,
}

/// What is typed at the second check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    BirthDate(Date),
    Code(String),
}

/// What a link asks for first; none: it is not good any more, and a page must not tell why.
pub async fn wanted(app: &App, carried: &Carried) -> Result<Option<Wanted>> {
    let mut read = app.db.read(carried.school).await?;
    let link = queries::find_link(&mut read, carried.token.hash(), app.clock.now().as_millisecond()).await?;
    Ok(link.map(|link| if link.code_hash.is_some() { Wanted::Code } else { Wanted::BirthDate }))
}

/// The form of one adult about one child.
pub struct FormView {
    /// To be sent back with the answers: this form, and no other.
    pub ticket: String,
    pub seen: i64,
    pub called: String,
    pub purposes: Vec<Purpose>,
    /// What this adult, and nobody else, has answered so far: codes.
    pub own: Vec<(String, Decision)>,
}

pub enum Checked {
    Form(Box<FormView>),
    Wrong,
    Gone,
}

/// The second check. A try is counted before it is heard; after [`TRIES_MAX`] wrong ones the link is closed.
pub async fn check(app: &App, carried: &Carried, typed: &Typed) -> Result<Checked> {
    let now = app.clock.now().as_millisecond();
    let mut tx = app.db.write(carried.school).await?;
    let Some(mut link) = queries::find_link(&mut tx, carried.token.hash(), now).await? else {
        return Ok(Checked::Gone);
    };
    link.tries += 1;
    if !is_right(app, &mut tx, &link, typed).await? {
        let closed = (link.tries >= TRIES_MAX).then_some((now, "tries"));
        queries::save_link(&mut tx, &link, closed).await?;
        tx.commit(Deed::by(link.adult).did("permissions.link-missed").to(link.id)).await?;
        return Ok(if closed.is_some() { Checked::Gone } else { Checked::Wrong });
    }
    let ticket = Token::random();
    link.ticket_hash = Some(ticket.hash().to_vec());
    queries::save_link(&mut tx, &Link { tries: 0, ..link.clone() }, None).await?;
    let view = form(app, &mut tx, &link, ticket.shown()).await?;
    tx.commit(Deed::by(link.adult).did("permissions.link-opened").to(link.id)).await?;
    Ok(Checked::Form(Box::new(view)))
}

async fn is_right(app: &App, q: &mut impl Query, link: &Link, typed: &Typed) -> Result<bool> {
    Ok(match (typed, &link.code_hash) {
        (Typed::Code(code), Some(hash)) => normal_code(code).is_some_and(|typed| typed.as_slice() == hash.as_slice()),
        (Typed::BirthDate(day), None) => roster::born_on(app, q, link.person).await? == Some(*day),
        _ => false,
    })
}

async fn form(app: &App, q: &mut impl Query, link: &Link, ticket: String) -> Result<FormView> {
    let pupil = roster::pupil(q, link.person).await?;
    let purposes: Vec<Purpose> = purposes::all(q).await?.into_iter().filter(|purpose| !purpose.is_retired).collect();
    let today = clock::today(app.clock.as_ref());
    let current = answers::own(q, link.person, link.adult).await?;
    let own = purposes.iter().filter_map(|purpose| {
        let answer = current.iter().find(|(of, _)| *of == purpose.id)?;
        Some((purpose.code.clone(), answer.1.on(today)))
    });
    let own = own.collect();
    let seen = answers::version(q, link.person).await?;
    Ok(FormView { ticket, seen, called: pupil.names.called(), purposes, own })
}

/// The form again, after something was wrong with what was chosen; none: the ticket is not good.
pub async fn form_again(app: &App, carried: &Carried, ticket: &str) -> Result<Option<FormView>> {
    let mut read = app.db.read(carried.school).await?;
    let now = app.clock.now().as_millisecond();
    let Some(link) = queries::find_link(&mut read, carried.token.hash(), now).await? else { return Ok(None) };
    if !is_ticket(&link, ticket) {
        return Ok(None);
    }
    form(app, &mut read, &link, ticket.to_owned()).await.map(Some)
}

fn is_ticket(link: &Link, ticket: &str) -> bool {
    let typed = Token::parse(ticket).map(|ticket| ticket.hash().to_vec());
    typed.is_some() && typed == link.ticket_hash
}

/// What a family sends.
pub struct Sent {
    pub ticket: String,
    pub seen: i64,
    pub language: String,
    /// Codes and yes or no.
    pub answers: Vec<(String, Decision)>,
}

/// Takes the answers, closes the link and makes the receipt, all in one write. None: the link or the ticket is not good.
pub async fn answer(app: &App, carried: &Carried, sent: Sent) -> Result<Option<Done>> {
    let (now, today) = (app.clock.now().as_millisecond(), clock::today(app.clock.as_ref()));
    let mut tx = app.db.write(carried.school).await?;
    let found = queries::find_link(&mut tx, carried.token.hash(), now).await?;
    let Some(link) = found.filter(|link| is_ticket(link, &sent.ticket)) else { return Ok(None) };
    let responsibility = roster::responsibility(&mut tx, (link.person, link.adult), today).await?;
    // Whoever has stopped being responsible since the link was made decides nothing any more.
    let Some(authority) = responsibility.as_ref().and_then(authority_of) else { return Ok(None) };
    let given = answers::Given {
        person: link.person,
        seen: sent.seen,
        decider: link.adult,
        authority,
        route: if link.way == Way::Mail { Route::Link } else { Route::Letter },
        answers: sent.answers,
        evidence: None,
        decided_on: today,
        entered_by: None,
    };
    let (taken, rows) = answers::take(app, &mut tx, &given).await?;
    queries::save_link(&mut tx, &link, Some((now, "used"))).await?;
    let made = receipts::make(app, &mut tx, &given, &rows, &sent.language).await?;
    if app.mail.is_some() {
        let ask = Ask { kind: Kind::Receipt, recipient: link.adult, about: made.0.id, asked_by: None };
        post::ask(app, &mut tx, ask).await?;
    }
    let deed = Deed::by(link.adult).did("permissions.answered").to(link.person).hash(&made.0.answers);
    let receipt = Carried { school: carried.school, token: made.1 };
    tx.commit(deed).await?;
    Ok(Some(Done { receipt, shown: made.0, back: taken.back }))
}
