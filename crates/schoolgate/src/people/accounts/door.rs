//! Who comes in with a cookie, and how they go out.

use store::{Deed, SchoolId, Tx};
use uuid::Uuid;

use super::session::{self, Carried, Session, Stage, Standing};
use super::{now_millis, queries};
use crate::access::{Caller, Proof};
use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::people;

/// The caller behind a cookie; none when there is no such session, it is over, or its person has left.
pub async fn admit(app: &App, carried: &Carried) -> Result<Option<Caller>> {
    let now = now_millis(app);
    let mut read = app.db.read(carried.school).await?;
    let Some(session) = queries::find_session(&mut read, carried.token.hash()).await? else { return Ok(None) };
    let person = people::queries::find_person(&mut read, session.person).await?;
    drop(read);
    let roles = person.roles_on(clock::today(app.clock.as_ref()));
    let may_enter = roles.iter().any(|role| role.may_sign_in());
    match session.standing(now) {
        Standing::Over => return end_over(app, carried.school, &session).await.map(|()| None),
        _ if !may_enter => return end_over(app, carried.school, &session).await.map(|()| None),
        _ if session.stage == Stage::Halfway => return Ok(None),
        Standing::AliveUntouched => touch(app, carried.school, &session, now).await?,
        Standing::Alive => {}
    }
    let school_name = people::school(app, carried.school).await?.name;
    Ok(Some(Caller {
        school: carried.school,
        person: person.id,
        called: person.called().to_owned(),
        school_name,
        roles,
        session: session.id,
        proof: proof_of(&session, now),
    }))
}

fn proof_of(session: &Session, now: i64) -> Proof {
    match session.proved_at {
        None => Proof::None,
        Some(_) if session.is_fresh(now) => Proof::Fresh,
        Some(_) => Proof::Old,
    }
}

async fn touch(app: &App, school: SchoolId, session: &Session, now: i64) -> Result<()> {
    let mut tx = app.db.write(school).await?;
    queries::touch_session(&mut tx, session.id, now).await?;
    Ok(tx.commit(Deed::by(session.person).did("people.session-seen").to(session.id)).await?)
}

async fn end_over(app: &App, school: SchoolId, session: &Session) -> Result<()> {
    let mut tx = app.db.write(school).await?;
    if queries::end_session(&mut tx, session.account, session.id).await? == 0 {
        return Ok(());
    }
    Ok(tx.commit(Deed::by_program().did("people.session-over").to(session.id)).await?)
}

/// Ends the caller's own session.
pub async fn sign_out(app: &App, caller: &Caller) -> Result<()> {
    end_session(app, caller, caller.session).await
}

/// Ends one of the caller's sessions. Somebody else's is not found.
pub async fn end_session(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let account = own_account(&mut tx, caller).await?;
    if queries::end_session(&mut tx, account, id).await? == 0 {
        return Err(Error::NotFound);
    }
    Ok(tx.commit(Deed::by(caller.person).did("people.signed-out").to(id)).await?)
}

/// Ends all of the caller's sessions, this one too.
pub async fn sign_out_everywhere(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.db.write(caller.school).await?;
    let account = own_account(&mut tx, caller).await?;
    queries::end_sessions(&mut tx, account).await?;
    Ok(tx.commit(Deed::by(caller.person).did("people.signed-out-everywhere").to(account)).await?)
}

async fn own_account(tx: &mut Tx, caller: &Caller) -> Result<Uuid> {
    queries::account_of(tx, caller.person).await?.map(|account| account.id).ok_or(Error::NotFound)
}

/// Ends the sessions of somebody who has no role left, within the write that took the last one.
pub async fn sessions_after_leaving(tx: &mut Tx, person: Uuid) -> Result<()> {
    if let Some(account) = queries::account_of(tx, person).await? {
        queries::end_sessions(tx, account.id).await?;
        queries::remove_links(tx, account.id).await?;
    }
    Ok(())
}

/// Removes what is over in every school: sessions, set-up links, ceremonies that nobody finished. A dead session is refused
/// anyway; this only keeps no longer than needed who was signed in when.
pub async fn sweep(app: &App) -> Result<()> {
    let now = now_millis(app);
    let before = (now - session::IDLE_MS, now - session::ABSOLUTE_MS, now - session::HALFWAY_MS);
    for school in app.db.schools().await? {
        let mut tx = app.db.write(school).await?;
        let mut gone = queries::sweep_all_sessions(&mut tx, before).await?;
        gone += queries::sweep_links(&mut tx, now).await?;
        gone += queries::sweep_ceremonies(&mut tx, now).await?;
        if gone > 0 {
            tx.commit(Deed::by_program().did("people.swept")).await?;
        }
    }
    Ok(())
}

/// Begins a session in an open write and gives what its cookie carries.
pub(super) async fn begin_session(tx: &mut Tx, session: Session) -> Result<Carried> {
    use store::Query as _;
    let now = session.began_at;
    let (seen_before, began_before) = (now - session::IDLE_MS, now - session::ABSOLUTE_MS);
    queries::sweep_sessions(tx, session.account, seen_before, began_before).await?;
    let token = super::token::Token::random();
    queries::add_session(tx, &session, token.hash()).await?;
    Ok(Carried { school: tx.school(), token })
}
