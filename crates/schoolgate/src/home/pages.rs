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
    groups: Vec<Group>,
}

/// Things to do that belong together.
struct Group {
    name: &'static str,
    choices: Vec<Choice>,
}

/// Something to do, with a sentence about it.
#[derive(Clone, Copy)]
struct Choice {
    /// Who may open it; `None`: whoever is signed in.
    act: Option<Act>,
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
            page(&HomePage { frame: Frame::new(&app, HOME).for_caller(&caller), groups: groups(&app, &caller) })
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
    act: Some(Act::AskQuestion),
    address: "/questions",
    name: "Ask: may I ...?",
    about: "What the school's policy says about something you are about to do, or have seen. Nothing of it is kept.",
};
const POLICY: Choice = Choice {
    act: Some(Act::ReadPolicy),
    address: "/policy",
    name: "Read the school's policy",
    about: "Every clause in plain words, with worked cases that say what it means.",
};
const DRAFTS: Choice = Choice {
    act: Some(Act::SeePolicyDrafts),
    address: "/policy/drafts",
    name: "Work on the next policy",
    about: "Drafts, what they would change, and the decision of the governing body.",
};
const ANSWERS: Choice = Choice {
    act: Some(Act::AskQuestion),
    address: "/answers",
    name: "Look at answers you have kept",
    about: "Only those that you asked to keep, and only you see them.",
};
const BESIDE: Choice = Choice {
    act: Some(Act::AskQuestion),
    address: "/policies",
    name: "See five policies side by side",
    about: "How the policies that come with Schoolgate answer the same cases.",
};
const HOURS: Choice = Choice {
    act: Some(Act::SeeHours),
    address: "/school/hours",
    name: "Set working hours and term dates",
    about: "Answers that depend on school time take it from there.",
};
const POST: Choice = Choice {
    act: Some(Act::SeePost),
    address: "/school/post",
    name: "Look after the school's mail",
    about: "Whether letters go out, how often families are reminded, and what could not be delivered.",
};
const TOKENS: Choice = Choice {
    act: Some(Act::SeeTokens),
    address: "/tokens",
    name: "Keep keys for other programs",
    about: "With a key, another program of the school can ask what the policy says.",
};
const PEOPLE: Choice = Choice {
    act: Some(Act::SeePeople),
    address: "/people",
    name: "See the people of the school",
    about: "Who works here or helps, which roles they have, and from when to when.",
};
const ROLL: Choice = Choice {
    act: Some(Act::SeeRoll),
    address: "/roll",
    name: "See pupils and classes",
    about: "Class lists, and finding a child by any part of the name.",
};
const OFFICIAL_ACCOUNTS: Choice = Choice {
    act: Some(Act::SeeOfficialAccounts),
    address: "/official-accounts",
    name: "See the school's accounts",
    about: "Where the school publishes, who answers for each account, and whether its password still works.",
};
const AUDIT: Choice = Choice {
    act: Some(Act::AuditAccounts),
    address: "/audit",
    name: "Look through what is public already",
    about: "What the school's accounts show, held against today's roll and permissions.",
};
const LINKS: Choice = Choice {
    act: Some(Act::DeclareLink),
    address: "/links",
    name: "Declare a tie to a pupil or a parent",
    about: "Family and friends at school: written down, they are nothing to hide.",
};
const ALL_LINKS: Choice = Choice {
    act: Some(Act::SeeLinks),
    address: "/links/all",
    name: "Read what staff have declared",
    about: "Ties between staff and pupils or parents.",
};
const PERMISSIONS: Choice = Choice {
    act: Some(Act::LookAtPermissions),
    address: "/permissions",
    name: "See who may be shown",
    about: "Classes and pupils, purpose by purpose: yes, no or not yet, and the sheet for whoever holds the camera.",
};
const WRITTEN: Choice = Choice {
    act: Some(Act::AskHeadteacher),
    address: "/written-permissions",
    name: "Ask the headteacher for a permission",
    about: "To use the school's name, its logo or what it has published, in writing and before you act.",
};
const POSTS: Choice = Choice {
    act: Some(Act::SeeDesk),
    address: "/requests",
    name: "Write posts for the school's accounts",
    about: "What you want the school to publish, where it stands, and the calendar.",
};
const QUEUE: Choice = Choice {
    act: Some(Act::SeeQueue),
    address: "/requests/queue",
    name: "Approve posts",
    about: "What waits for a second person, and what has to be done by hand.",
};
const ACCOUNT: Choice = Choice {
    act: None,
    address: "/account",
    name: "Look after your account",
    about: "Your password, passkeys and codes, and where you are signed in.",
};

/// Everything there is to do, in the order of the page.
const GROUPS: &[(&str, &[Choice])] = &[
    ("Ask", &[QUESTIONS, ANSWERS, POLICY, BESIDE, DRAFTS, WRITTEN]),
    ("Publish", &[QUEUE, POSTS]),
    ("Keep the school's lists", &[PERMISSIONS, PEOPLE, ROLL, OFFICIAL_ACCOUNTS, AUDIT, ALL_LINKS, HOURS, POST, TOKENS]),
    ("You", &[ACCOUNT, LINKS]),
];

/// What this person may do; what they may not is not shown.
fn groups(app: &App, caller: &Caller) -> Vec<Group> {
    let premises = Thing::premises(caller.school);
    let is_open = |act: Act| app.access.ask(caller, act, premises.clone()) == Answer::Yes;
    groups_of(|choice| choice.act.is_none_or(is_open))
}

fn groups_of(is_shown: impl Fn(&Choice) -> bool) -> Vec<Group> {
    let shown = |choices: &[Choice]| choices.iter().copied().filter(|choice| is_shown(choice)).collect();
    let groups = GROUPS.iter().map(|(name, choices)| Group { name, choices: shown(choices) });
    groups.filter(|group| !group.choices.is_empty()).collect()
}

pub fn samples() -> Vec<Sample> {
    vec![
        Sample::of("home/start.html", &StartPage { frame: Frame::sample(START) }),
        Sample::of(
            "home/home.html",
            &HomePage {
                frame: Frame::sample(HOME).for_person("Tom Whitlock", "Oakfield Primary School"),
                groups: groups_of(|_| true),
            },
        ),
        Sample::of("home/accessibility.html", &AccessibilityPage { frame: Frame::sample(ACCESSIBILITY) }),
        Sample::of("home/privacy.html", &PrivacyPage { frame: Frame::sample(PRIVACY) }),
    ]
}
