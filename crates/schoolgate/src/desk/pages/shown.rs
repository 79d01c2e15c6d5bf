//! One post: what it says, what stands in its way, how each account will show it, and what has been said about it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use screening::Strength;
use uuid::Uuid;

use super::super::copies::Removal;
use super::super::copies::copy::CopyState;
use super::super::gate::{Found, Place};
use super::super::picture::{InIt, Picture};
use super::super::request::State as Stands;
use super::super::{self as desk, Everything, Seen, Spoken};
use super::forms::said;
use super::{Hindrance, hindrances, sample_frame};
use crate::access::Caller;
use crate::app::App;
use crate::clock::moment_in_words;
use crate::error::{Error, Result};
use crate::people::accounts::pages::frame;
use crate::web::forms::{Fields, Sent};
use crate::web::layout::Frame;
use crate::web::{Path, Sample, page};

#[derive(Template)]
#[template(path = "desk/pages/request.html")]
struct RequestPage {
    frame: Frame,
    id: Uuid,
    seen: i64,
    state: &'static str,
    state_at: String,
    rests_until: Option<String>,
    purpose: &'static str,
    words: String,
    pictures: Vec<Shot>,
    hindrances: Vec<Hindrance>,
    findings: Vec<Noticed>,
    previews: Vec<Preview>,
    copies: Vec<CopyRow>,
    remarks: Vec<Spoken>,
    offers: Offers,
}

/// What may be done with it now.
#[derive(Clone, Copy, Default)]
struct Offers {
    edit: bool,
    hand_in: bool,
    approve: bool,
    at_once: bool,
    doubt: bool,
    remark: bool,
    take_down: bool,
}

pub(super) struct Shot {
    pub(super) id: Uuid,
    pub(super) number: i64,
    pub(super) alt: String,
    pub(super) who: String,
    pub(super) is_kept: bool,
}

struct Noticed {
    place: String,
    quoted: String,
    say: String,
    clause: Option<String>,
    strength: &'static str,
    /// What an answer to it is about; `None`: an answer does not help, or was given.
    asked: Option<String>,
}

pub(super) struct Preview {
    pub(super) called: String,
    pub(super) kind: &'static str,
    pub(super) length: usize,
    pub(super) most: usize,
    pub(super) notes: Vec<String>,
    pub(super) troubles: Vec<String>,
}

pub(super) struct CopyRow {
    pub(super) called: String,
    pub(super) state: &'static str,
    pub(super) address: Option<String>,
    pub(super) times: String,
    pub(super) said: Option<String>,
    /// Where it is posted by hand, while its own address is not known.
    pub(super) to_post: Option<String>,
}

pub(super) fn shot(picture: &Picture) -> Shot {
    let who = match &picture.in_it {
        InIt::Unsaid => "Nobody has said who is in it".to_owned(),
        InIt::Nobody => "Nobody can be recognised".to_owned(),
        InIt::People(people) if people.len() == 1 => "One person is marked".to_owned(),
        InIt::People(people) => format!("{} people are marked", people.len()),
    };
    Shot { id: picture.id, number: picture.place, alt: picture.alt.clone(), who, is_kept: picture.is_kept }
}

pub(super) fn copy_row(request: Uuid, removal: Removal) -> CopyRow {
    let said = |what: &str, at: Option<jiff::Timestamp>| at.map(|at| format!("{what} {}", moment_in_words(at)));
    let times = [
        said("published", removal.out_at),
        said("asked to come down", removal.down_at),
        said("seen gone", removal.gone_at),
    ];
    let times: Vec<String> = times.into_iter().flatten().collect();
    let address = removal.address.filter(|_| removal.state != CopyState::Failed);
    let to_post = removal.is_to_post.then(|| format!("/requests/{request}/copies/{}/address", removal.copy));
    CopyRow {
        called: removal.called,
        state: removal.state.label(),
        address,
        times: times.join(", "),
        said: removal.said,
        to_post,
    }
}

fn noticed(request: Uuid, one: &Found) -> Noticed {
    let is_open = one.finding.strength == Strength::Ask && !one.is_answered;
    let asked = is_open.then(|| hex::encode(desk::asked(request, &one.finding, &one.quoted)));
    Noticed {
        place: one.place.label(),
        quoted: one.quoted.clone(),
        say: super::super::gate::sentence(&one.finding.say),
        clause: one.clause.clone(),
        strength: match one.finding.strength {
            Strength::Stop => "Has to come out",
            Strength::Ask if one.is_answered => "Answered",
            Strength::Ask => "To be answered",
            Strength::Note => "Worth a look",
        },
        asked,
    }
}

pub(super) fn previews(all: &Everything) -> Vec<Preview> {
    let preview = |(account, target): (&super::super::accounts::Account, &super::super::gate::Target)| {
        let (length, most) = account.length(&all.request.content.words);
        Preview {
            called: account.called.clone(),
            kind: account.kind_said(),
            length,
            most,
            notes: account.notes(&all.pictures),
            troubles: target.hindrances.clone(),
        }
    };
    all.accounts.iter().zip(&all.targets).map(preview).collect()
}

pub async fn request(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let step = desk::step_of(&app, &caller, id).await?;
    let all = desk::look(&app, &caller, id, step).await?;
    let request = &all.request;
    let is_open = request.state.is_open();
    let refusals = if is_open { all.gate(&app, step).err().unwrap_or_default() } else { Vec::new() };
    // Approvals are not this page's to hand out: what is missing of them is no fault of the writer.
    let refusals: Vec<_> = refusals.into_iter().filter(|refusal| refusal.place != Place::Approval).collect();
    let (removals, _) = desk::copies::receipt(&app, &caller, id).await?;
    let rests_until = match &request.state {
        Stands::InDoubt { until } => Some(moment_in_words(*until)),
        _ => None,
    };
    let may = desk::may(&app, &caller, request);
    let offers = Offers {
        edit: may.edit && is_open,
        hand_in: may.edit && matches!(request.state, Stands::Draft | Stands::SentBack | Stands::InDoubt { .. }),
        approve: may.approve && matches!(request.state, Stands::Submitted { .. }),
        at_once: may.at_once && is_open && !matches!(request.state, Stands::Approved { .. }),
        doubt: may.remark && is_open && !matches!(request.state, Stands::InDoubt { .. }),
        remark: may.remark,
        take_down: may.take_down && matches!(request.state, Stands::Releasing { .. } | Stands::Released),
    };
    page(&RequestPage {
        frame: frame(&app, &caller, "Post").back_to("/requests"),
        id,
        seen: request.version,
        state: request.state.label(),
        state_at: moment_in_words(request.state_at),
        rests_until,
        purpose: request.content.purpose.label(),
        words: request.content.words.clone(),
        pictures: all.pictures.iter().map(shot).collect(),
        hindrances: hindrances(&refusals),
        findings: all.found.iter().map(|one| noticed(id, one)).collect(),
        previews: if is_open { previews(&all) } else { Vec::new() },
        copies: removals.into_iter().map(|removal| copy_row(id, removal)).collect(),
        remarks: desk::remarks(&app, &caller, id).await?,
        offers,
    })
}

/// The writer says of something found that nobody of the school is meant.
pub async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    let (request, _) = desk::show(&app, &caller, id).await?;
    desk::ready_to_edit(&app, &caller, &request)?;
    let asked = hex::decode(fields.one("asked")).ok().filter(|asked| asked.len() == 32);
    let asked = asked.ok_or(Error::Invalid("what was answered cannot be told".into()))?;
    desk::answer(&app, &caller, id, &asked).await?;
    Ok(Redirect::to(&format!("/requests/{id}")).into_response())
}

pub async fn remark(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    desk::show(&app, &caller, id).await?;
    // An empty remark says nothing, so nothing is kept of it.
    if let Ok(words) = said(&fields, "a remark") {
        desk::remark(&app, &caller, id, &words).await?;
    }
    Ok(Redirect::to(&format!("/requests/{id}")).into_response())
}

pub async fn discard(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sent(fields): Sent<Fields>,
) -> Result<Response> {
    desk::discard(&app, &caller, Seen { request: id, version: fields.seen() }).await?;
    Ok(Redirect::to("/requests").into_response())
}

pub(super) fn sample_shot() -> Shot {
    Shot {
        id: Uuid::nil(),
        number: 1,
        alt: "Two towers, and a child from behind".into(),
        who: "One person is marked".into(),
        is_kept: true,
    }
}

pub(super) fn sample_preview() -> Preview {
    Preview {
        called: "News page".into(),
        kind: "The school's own news page",
        length: 42,
        most: 10_000,
        notes: vec!["Picture 1 goes out smaller here: it has 1240 kB, and 1000 kB fit".into()],
        troubles: vec![],
    }
}

pub(super) fn sample_copy() -> CopyRow {
    CopyRow {
        called: "News page".into(),
        state: CopyState::Gone.label(),
        address: Some("https://gate.oakfield.test/news/7".into()),
        times: "published 21 November 2026 at midday, seen gone 21 November 2026 at 12:01pm".into(),
        said: None,
        to_post: None,
    }
}

pub(super) fn sample_hindrance() -> Hindrance {
    Hindrance {
        place: "Picture 1".into(),
        said: vec!["It is not known whether Maya Flint may be shown on the school's website.".into()],
        clause: Some("rattlesden.school-accounts.7".into()),
        way_out: "Take the picture out, cover or blur them, or ask for the permission first.".into(),
    }
}

fn sample(offers: Offers) -> RequestPage {
    let noticed = Noticed {
        place: "Text".into(),
        quoted: "Rose".into(),
        say: "This may be the forename of a pupil: say whether the child is meant".into(),
        clause: Some("rattlesden.school-accounts.8".into()),
        strength: "To be answered",
        asked: Some("00".into()),
    };
    let remark = Spoken { by: "Grace Osei".into(), at: "21 November 2026 at midday".into(), words: "Lovely.".into() };
    RequestPage {
        frame: sample_frame("Post").back_to("/requests"),
        id: Uuid::nil(),
        seen: 1,
        state: "Draft",
        state_at: "21 November 2026 at midday".into(),
        rests_until: Some("23 November 2026 at midday".into()),
        purpose: "To show good work of the school",
        words: "Our towers of wooden blocks stand at last.\nCome and see.".into(),
        pictures: vec![sample_shot()],
        hindrances: vec![sample_hindrance()],
        findings: vec![noticed],
        previews: vec![sample_preview()],
        copies: vec![sample_copy(), CopyRow { to_post: Some("/requests/7/copies/7/address".into()), ..sample_copy() }],
        remarks: vec![remark],
        offers,
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let all =
        Offers { edit: true, hand_in: true, approve: true, at_once: true, doubt: true, remark: true, take_down: true };
    vec![
        Sample::of("desk/pages/request.html", &sample(all)),
        Sample::of("desk/pages/request.html only to look at", &sample(Offers::default())),
    ]
}
