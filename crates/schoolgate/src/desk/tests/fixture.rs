//! A school with a desk to test with: Oakfield, its headteacher, a teacher, and the policy of Rattlesden in force.

use std::sync::Arc;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jiff::civil::date;
use store::{Db, SchoolId};
use tempfile::TempDir;
use uuid::Uuid;

use crate::access::role::{Role, Roles};
use crate::access::{Caller, Proof};
use crate::app::App;
use crate::clock::Fixed;
use crate::error::{Error, Result};
use crate::people::person::{Employed, Particulars};
use crate::people::tests::fixture::app_on;
use crate::people::{Spell, operator};
use crate::policies;

pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) clock: Arc<Fixed>,
    pub(crate) school: SchoolId,
    pub(crate) head: Caller,
    pub(crate) teacher: Caller,
    _keys: TempDir,
}

pub(crate) async fn desk(db: Db) -> Desk {
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let keys = tempfile::tempdir().expect("a folder");
    let app = app_on(db, Arc::clone(&clock), keys.path());
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    policies::put_shipped_in_force(&app, school, "rattlesden").await.expect("a policy");
    let head = caller(&app, school, "Grace Osei", Role::Headteacher).await;
    let teacher = caller(&app, school, "Ada Bell", Role::Teacher).await;
    Desk { app, clock, school, head, teacher, _keys: keys }
}

/// Somebody who has just given their second factor.
async fn caller(app: &App, school: SchoolId, name: &str, role: Role) -> Caller {
    let particulars = Particulars { name: name.to_owned(), known_as: None, employed: Employed::Yes };
    let spell = Spell { role, starts_on: date(2026, 9, 1), ends_on: None };
    let person = operator::add_person(app, school, &particulars, spell).await.expect("a person");
    Caller {
        school,
        person,
        called: name.to_owned(),
        school_name: "Oakfield Primary School".to_owned(),
        roles: Roles::from([role]),
        session: Uuid::nil(),
        proof: Proof::Fresh,
    }
}

impl Desk {
    pub(crate) async fn somebody(&self, name: &str, role: Role) -> Caller {
        caller(&self.app, self.school, name, role).await
    }
}

/// A picture as a camera makes one, with this many pixels.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([(x * 3) as u8, (y * 5) as u8, (x ^ y) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, ImageFormat::Jpeg).expect("a picture can be written");
    bytes.into_inner()
}

pub(crate) fn is_not_found<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::NotFound))
}

pub(crate) fn is_conflict<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Conflict))
}
