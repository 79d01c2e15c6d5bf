//! Posts of the demo school, one or two in each state, so that every page of the desk shows something.

use screening::{Cleaned, Edit, Limits, Region, edited};
use store::SchoolId;
use uuid::Uuid;

use crate::access::role::Roles;
use crate::access::{Caller, Proof};
use crate::app::App;
use crate::clock;
use crate::desk::picture::{InIt, Marked, Spot, Who};
use crate::desk::request::{Content, Purpose};
use crate::desk::safety::Safety;
use crate::desk::{self, Said, Seen, copies};
use crate::error::{Error, Refused, Result};
use crate::people::operator;
use crate::roster;

use super::drawn;

/// Somebody of the demo, as if they had just signed in.
async fn caller(app: &App, school: SchoolId, name: &str) -> Result<Caller> {
    let everybody = operator::people(app, school).await?;
    let person = everybody.into_iter().find(|person| person.particulars.name == name).ok_or(Error::NotFound)?;
    let roles: Roles = person.roles_on(clock::today(app.clock.as_ref()));
    Ok(Caller {
        school,
        person: person.id,
        called: person.called().to_owned(),
        school_name: super::SCHOOL.to_owned(),
        roles,
        session: Uuid::nil(),
        proof: Proof::Fresh,
    })
}

fn post(school: SchoolId, words: &str, purpose: Purpose) -> Content {
    Content { accounts: vec![school.get()], safety: Safety::harmless(), ..Content::of(words, purpose) }
}

async fn seen(app: &App, caller: &Caller, id: Uuid) -> Result<Seen> {
    Ok(Seen { request: id, version: desk::show(app, caller, id).await?.0.version })
}

/// A picture with its description, in which nobody can be recognised.
type Pictured = (Cleaned, &'static str);

async fn pictured(app: &App, writer: &Caller, id: Uuid, (picture, alt): Pictured, in_it: InIt) -> Result<()> {
    desk::add_pictures(app, writer, id, &[picture]).await?;
    let (request, mut there) = desk::show(app, writer, id).await?;
    let added = there.pop().ok_or(Error::NotFound)?;
    let seen = Seen { request: id, version: request.version };
    desk::describe(app, writer, added.id, seen, Said { alt: alt.to_owned(), in_it }).await
}

/// Handed in by its writer; a demo post that the gate refuses is a fault of ours.
async fn handed_in(app: &App, writer: &Caller, content: Content, picture: Option<Pictured>) -> Result<Uuid> {
    let id = desk::begin(app, writer, content).await?;
    if let Some(picture) = picture {
        pictured(app, writer, id, picture, InIt::Nobody).await?;
    }
    let gated = desk::submit(app, writer, seen(app, writer, id).await?).await?;
    passed(gated).map(|()| id)
}

fn passed(gated: desk::Gated) -> Result<()> {
    gated.map_err(|refusals| {
        let said: Vec<String> = refusals.into_iter().map(|refusal| refusal.said).collect();
        Refused::because(said.join("; ")).into()
    })
}

async fn published(
    app: &App,
    (writer, head): (&Caller, &Caller),
    content: Content,
    picture: Option<Pictured>,
) -> Result<Uuid> {
    let id = handed_in(app, writer, content, picture).await?;
    passed(desk::approve(app, head, seen(app, head, id).await?).await?)?;
    copies::release(app, head.school, id).await?;
    Ok(id)
}

/// A draft with a picture: the can is covered, and whoever waters is marked, as far as the demo has a roll.
async fn begun(app: &App, writer: &Caller, content: Content) -> Result<()> {
    let id = desk::begin(app, writer, Content { safety: Safety::default(), ..content }).await?;
    let covered = Edit::Cover(Region { left: 570, top: 330, width: 70, height: 54 });
    let drawn = edited(&drawn::beans()?, &[covered], &Limits::default());
    let drawn = drawn.map_err(|refused| Error::fault("drawing a picture of the demo", refused))?;
    let mut read = app.db.read(writer.school).await?;
    let pupil = roster::everybody(&mut read).await?.into_iter().next();
    drop(read);
    let who = pupil.map_or(Who::Stranger, |pupil| Who::Pupil(pupil.id));
    let marked = Marked { who, spot: Some(Spot { across: 730, down: 330 }) };
    let alt = "Beans climb on seven sticks; somebody in a red jumper waters them, seen from behind";
    pictured(app, writer, id, (drawn, alt), InIt::People(vec![marked])).await
}

/// Fills the desk of the demo school.
pub(super) async fn fill(app: &App, school: SchoolId) -> Result<()> {
    let writer = caller(app, school, "Ada Bell").await?;
    let head = caller(app, school, "Grace Osei").await?;
    let two = (&writer, &head);
    let showcase = |words| post(school, words, Purpose::Showcase);
    begun(app, &writer, showcase("Our vegetable bed has its first beans.")).await?;
    let bridge = (drawn::bridge()?, "A bridge of folded paper between two boxes, with six books piled on it");
    let words = "Year 3 has built a bridge of paper that carries six books.";
    handed_in(app, &writer, showcase(words), Some(bridge)).await?;
    let back = handed_in(app, &writer, showcase("The choir has learned a song in four languages."), None).await?;
    desk::send_back(app, &head, seen(app, &head, back).await?, "Say which languages, please.").await?;
    let link = post(
        school,
        "How to talk with children about what they see online: https://www.example.org/talk",
        Purpose::UsefulLink,
    );
    let doubted = handed_in(app, &writer, link, None).await?;
    desk::doubt(app, &head, seen(app, &head, doubted).await?).await?;
    let in_a_week = clock::from_millis(app.clock.now().as_millisecond() + 7 * 24 * 60 * 60 * 1000);
    let planned = Content {
        event_at: Some(in_a_week),
        release_at: Some(clock::from_millis(in_a_week.as_millisecond() - 2 * 24 * 60 * 60 * 1000)),
        ..post(school, "The winter fair opens its doors at two. Everybody is welcome.", Purpose::EventReminder)
    };
    published(app, two, planned, None).await?;
    let shed = (drawn::shed()?, "Three bicycles, red, blue and yellow, in a wooden shed with a dark roof");
    let full = showcase("The new bicycle shed stands, and it is full already.");
    published(app, two, full, Some(shed)).await?;
    let over = showcase("The summer fair is over: thank you to everybody who helped.");
    let gone = published(app, two, over, None).await?;
    copies::remove(app, &head, seen(app, &head, gone).await?, "the fair is long over").await?;
    copies::remove_now(app, school, gone).await
}
