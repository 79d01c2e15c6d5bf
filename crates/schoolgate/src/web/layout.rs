//! The frame around every page.
//!
//! For: page templates, which extend `web/layout.html` and hold a [`Frame`] in the field `frame`.
//! Promises: title and `h1` come from one string, so they cannot differ; the demo mark cannot be left out.
//! Does not: find out who is asking; the page says so with [`Frame::for_caller`].

use crate::access::Caller;
use crate::app::App;
use crate::web::assets;
use crate::web::forms::FormErrors;

/// What the layout shows around the page's own content.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Title of the window and the only `h1`.
    pub title: String,
    pub is_demo: bool,
    /// The school's name, when it is known which school.
    pub school: Option<String>,
    /// The signed-in person's name; with it come "home" and "sign out".
    pub person: Option<String>,
    /// Where "Back" leads.
    pub back: Option<String>,
    /// Something just went well: shown as a notification on top.
    pub notice: Option<String>,
    /// Shown on top, and by the page at each field.
    pub errors: FormErrors,
}

impl Frame {
    pub fn new(app: &App, title: impl Into<String>) -> Self {
        Self { title: title.into(), is_demo: app.config.is_demo, ..Self::default() }
    }

    /// For samples in tests: as in a demo, signed out.
    pub fn sample(title: &str) -> Self {
        Self { title: title.to_owned(), is_demo: true, ..Self::default() }
    }

    /// Shows whose session it is, and the way out of it.
    pub fn for_caller(self, caller: &Caller) -> Self {
        self.for_person(caller.called.clone(), caller.school_name.clone())
    }

    /// As [`Self::for_caller`], for samples.
    pub fn for_person(self, name: impl Into<String>, school: impl Into<String>) -> Self {
        Self { person: Some(name.into()), school: Some(school.into()), ..self }
    }

    pub fn back_to(self, address: impl Into<String>) -> Self {
        Self { back: Some(address.into()), ..self }
    }

    pub fn with_notice(self, said: impl Into<String>) -> Self {
        Self { notice: Some(said.into()), ..self }
    }

    pub fn with_errors(self, errors: FormErrors) -> Self {
        Self { errors, ..self }
    }

    /// Address of a public file, with the version that lets browsers keep it for ever.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}
