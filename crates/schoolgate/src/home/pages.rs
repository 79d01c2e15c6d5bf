use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::{Act, Answer, Caller, Thing};
use crate::app::App;
use crate::error::Result;
use crate::people::accounts::pages::MaybeCaller;
use crate::web::layout::Frame;
use crate::web::{Sample, page};

#[derive(Template)]
#[template(path = "home/start.html")]
struct StartPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "home/home.html")]
struct HomePage {
    frame: Frame,
    choices: Vec<Choice>,
}

/// Something to do, with a sentence about it.
struct Choice {
    address: &'static str,
    name: &'static str,
    about: &'static str,
}

#[derive(Template)]
#[template(path = "home/accessibility.html")]
struct AccessibilityPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "home/privacy.html")]
struct PrivacyPage {
    frame: Frame,
}

const START: &str = "Check what you may do online";
const HOME: &str = "What do you want to do?";
const ACCESSIBILITY: &str = "Accessibility statement";
const PRIVACY: &str = "Privacy and cookies";

pub async fn start(State(app): State<App>, MaybeCaller(caller): MaybeCaller) -> Result<Response> {
    match caller {
        Some(caller) => {
            page(&HomePage { frame: Frame::new(&app, HOME).for_caller(&caller), choices: choices(&app, &caller) })
        }
        None => page(&StartPage { frame: Frame::new(&app, START) }),
    }
}

pub async fn accessibility(State(app): State<App>, MaybeCaller(caller): MaybeCaller) -> Result<Response> {
    page(&AccessibilityPage { frame: frame(&app, ACCESSIBILITY, caller.as_ref()) })
}

pub async fn privacy(State(app): State<App>, MaybeCaller(caller): MaybeCaller) -> Result<Response> {
    page(&PrivacyPage { frame: frame(&app, PRIVACY, caller.as_ref()) })
}

fn frame(app: &App, title: &str, caller: Option<&Caller>) -> Frame {
    let frame = Frame::new(app, title);
    match caller {
        Some(caller) => frame.for_caller(caller),
        None => frame,
    }
}

const QUESTIONS: Choice = Choice {
    address: "/questions",
    name: "Ask: may I ...?",
    about: "What the school's policy says about something you are about to do, or have seen. Nothing of it is kept.",
};
const PEOPLE: Choice = Choice {
    address: "/people",
    name: "See the people of the school",
    about: "Who works here or helps, which roles they have, and from when to when.",
};
const ACCOUNT: Choice = Choice {
    address: "/account",
    name: "Look after your account",
    about: "Your password, passkeys and codes, and where you are signed in.",
};

/// What this person may do; what they may not is not shown.
fn choices(app: &App, caller: &Caller) -> Vec<Choice> {
    let may_see_people = app.access.ask(caller, Act::SeePeople, Thing::premises(caller.school)) == Answer::Yes;
    let mut choices = Vec::new();
    if app.access.ask(caller, Act::AskQuestion, Thing::premises(caller.school)) == Answer::Yes {
        choices.push(QUESTIONS);
    }
    if may_see_people {
        choices.push(PEOPLE);
    }
    choices.push(ACCOUNT);
    choices
}

pub fn samples() -> Vec<Sample> {
    vec![
        Sample::of("home/start.html", &StartPage { frame: Frame::sample(START) }),
        Sample::of(
            "home/home.html",
            &HomePage {
                frame: Frame::sample(HOME).for_person("Tom Whitlock", "Oakfield Primary School"),
                choices: vec![QUESTIONS, PEOPLE, ACCOUNT],
            },
        ),
        Sample::of("home/accessibility.html", &AccessibilityPage { frame: Frame::sample(ACCESSIBILITY) }),
        Sample::of("home/privacy.html", &PrivacyPage { frame: Frame::sample(PRIVACY) }),
    ]
}
