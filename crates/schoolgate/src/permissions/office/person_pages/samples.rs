//! The pages of one person, filled.

use uuid::Uuid;

use super::{
    AdultRow, AnswersPage, AskedRow, ENTER, HeldRow, HistoryRow, INVITED, InvitationPage, OWN, PersonPage, WITHHOLD,
    WithholdingPage, forms, own_page,
};
use crate::web::Sample;
use crate::web::forms::{Choice, Fields};
use crate::web::layout::Frame;

pub(in crate::permissions::office) fn all() -> Vec<Sample> {
    [vec![person()], answers(), others()].into_iter().flatten().collect()
}

fn frame(title: &str) -> Frame {
    Frame::sample(title).for_person("Grace Osei", "Oakfield Primary School")
}

fn person() -> Sample {
    let held = |light: &'static str, sign, shape| HeldRow {
        code: "website".into(),
        label: "Pictures on the school's website".into(),
        light,
        sign,
        shape,
        because: "there is no permission for this".into(),
        said: vec!["Mrs Folake Adeyemi: no (parental responsibility)".into()],
    };
    let adult = AdultRow {
        id: Uuid::nil(),
        name: "Mrs Folake Adeyemi".into(),
        relation: "Carer".into(),
        decides: "Decides",
        may_invite: true,
    };
    let row = HistoryRow {
        when: "21 November 2026 at midday".into(),
        purpose: "Pictures on the school's website".into(),
        who: "Mrs Folake Adeyemi".into(),
        decision: "No",
        route: "By telephone",
        authority: "Parental responsibility",
        until: "while on roll".into(),
    };
    let page = PersonPage {
        frame: frame("Rose Adeyemi").back_to("/permissions"),
        address: "/permissions/people/0".into(),
        held: vec![held("Yes", "●", "yes"), HeldRow { code: "press".into(), ..held("No", "■", "no") }],
        adults: vec![adult],
        history: vec![row],
        public: vec![("The school's news".into(), "shown")],
        may_keep: true,
        may_mail: true,
        may_fetch: true,
        may_export: true,
        may_withhold: true,
        may_note: true,
    };
    Sample::of("permissions/office/person.html", &page)
}

fn answers() -> Vec<Sample> {
    let asked = || AskedRow {
        code: "website".into(),
        label: "Pictures on the school's website".into(),
        about: "Anybody in the world can see them.".into(),
        yes: "Yes",
        no: "No",
        chosen: String::new(),
        now: "Yes",
    };
    let errors = forms::entered(&Fields::default(), vec![]).err().unwrap_or_default();
    let entering = AnswersPage {
        action: "/permissions/people/0/answers".into(),
        intro: "Enter only what the adult has said or written.",
        asks_who: Some(vec![Choice::new("0", "Mrs Folake Adeyemi")]),
        routes: forms::route_choices(),
        asked: vec![asked()],
        ..own_page(frame(ENTER).with_errors(errors), &[], 3, &Fields::default())
    };
    let own = AnswersPage { asked: vec![asked()], ..own_page(frame(OWN), &[], 3, &Fields::default()) };
    vec![
        Sample::of("permissions/office/answers.html wrong", &entering),
        Sample::of("permissions/office/answers.html own", &own),
    ]
}

fn others() -> Vec<Sample> {
    let invitation = InvitationPage {
        frame: frame(INVITED).back_to("/permissions/people/0"),
        address: "/permissions/people/0".into(),
        adult: "Mrs Folake Adeyemi".into(),
        link: "https://gate.oakfield.test/answer/0".into(),
        begin: "https://gate.oakfield.test/answer".into(),
        letter_code: Some("7k2m-0pqx-c4hd-9tzw".into()),
        check_code: Some("7k2m-0pqx-c4hd-9tzw".into()),
    };
    let withholding = WithholdingPage {
        frame: frame(WITHHOLD).back_to("/permissions/people/0"),
        address: "/permissions/people/0".into(),
        called: "Rose Adeyemi".into(),
        reason: Some("A reason".into()),
        holds: true,
        is_begun: true,
        sees: true,
        may_release: true,
    };
    vec![
        Sample::of("permissions/office/invitation.html", &invitation),
        Sample::of("permissions/office/withholding.html", &withholding),
    ]
}
