use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::error::Result;
use crate::web::layout::Frame;
use crate::web::{Sample, page};

#[derive(Template)]
#[template(path = "home/start.html")]
struct StartPage {
    frame: Frame,
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
const ACCESSIBILITY: &str = "Accessibility statement";
const PRIVACY: &str = "Privacy and cookies";

pub async fn start(State(app): State<App>) -> Result<Response> {
    page(&StartPage { frame: Frame::new(&app, START) })
}

pub async fn accessibility(State(app): State<App>) -> Result<Response> {
    page(&AccessibilityPage { frame: Frame::new(&app, ACCESSIBILITY) })
}

pub async fn privacy(State(app): State<App>) -> Result<Response> {
    page(&PrivacyPage { frame: Frame::new(&app, PRIVACY) })
}

pub fn samples() -> Vec<Sample> {
    vec![
        Sample::of("home/start.html", &StartPage { frame: Frame::sample(START) }),
        Sample::of("home/accessibility.html", &AccessibilityPage { frame: Frame::sample(ACCESSIBILITY) }),
        Sample::of("home/privacy.html", &PrivacyPage { frame: Frame::sample(PRIVACY) }),
    ]
}
