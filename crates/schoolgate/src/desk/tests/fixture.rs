//! A school with a desk to test with: Oakfield, its headteacher, a teacher, and the policy of Rattlesden in force.

use std::sync::Arc;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jiff::civil::date;
use store::{Db, Deed, Query as _, SchoolId, args};
use tempfile::TempDir;
use uuid::Uuid;

use crate::access::role::{Role, Roles};
use crate::access::{Caller, Proof};
use crate::app::App;
use crate::clock::Fixed;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::people::person::{Employed, Particulars};
use crate::people::tests::fixture::app_on;
use crate::people::{Spell, operator};
use crate::permissions::{self, Authority, Decision, Given, Route, TakenBack, Withdrawing};
use crate::policies;
use crate::roster::entry::{Entry, PupilGiven};
use crate::roster::pupil::Names;

const PARENT: Uuid = Uuid::from_u128(77);

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
    let config = Config { data: keys.path().to_owned(), ..(*app.config).clone() };
    let app = App { config: Arc::new(config), ..app };
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    permissions::purposes::begin(&app, school).await.expect("purposes");
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

    /// A pupil on roll of whom nothing is decided.
    pub(crate) async fn pupil(&self, forename: &str, surname: &str) -> Uuid {
        let mut tx = self.app.db.write(self.school).await.expect("a write");
        let entry = Entry::begin(&self.app, &mut tx).await.expect("an entry");
        let names = Names { forename: forename.into(), surname: surname.into(), known_as: None };
        let given = PupilGiven { names, ..PupilGiven::default() };
        let id = entry.pupil(&mut tx, &given).await.expect("a pupil");
        tx.commit(Deed::by_program().did("test.pupil").to(id)).await.expect("kept");
        id
    }

    /// A parent's answer about one purpose, on paper.
    pub(crate) async fn says(&self, person: Uuid, purpose: &str, decision: Decision) {
        self.says_by(Route::Paper, person, (purpose, decision)).await;
    }

    pub(crate) async fn says_by(&self, route: Route, person: Uuid, (purpose, decision): (&str, Decision)) {
        let given = Given {
            person,
            seen: 0,
            decider: PARENT,
            authority: Authority::ParentalResponsibility,
            route,
            answers: vec![(purpose.to_owned(), decision)],
            evidence: None,
            decided_on: date(2026, 9, 2),
            entered_by: Some(self.head.person),
        };
        let mut read = self.app.db.read(self.school).await.expect("a read");
        let sql = "SELECT version FROM permission_subject WHERE school = $1 AND id = $2";
        let row = read.find(sql, args![self.school, person]).await.expect("an answer");
        let seen = row.map_or(0, |row| row.int("version").expect("a version"));
        drop(read);
        let deed = Deed::by_program().did("test.said");
        permissions::record(&self.app, self.school, &Given { seen, ..given }, deed).await.expect("recorded");
    }

    /// The parent takes back everything.
    pub(crate) async fn withdraw(&self, person: Uuid) -> TakenBack {
        let given = Withdrawing {
            person,
            decider: PARENT,
            authority: Authority::ParentalResponsibility,
            route: Route::Telephone,
            purposes: None,
            evidence: None,
            entered_by: Some(self.head.person),
        };
        let deed = Deed::by_program().did("test.withdrawn");
        permissions::withdraw(&self.app, self.school, &given, deed).await.expect("withdrawn")
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

pub(crate) fn is_refused<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Refused(_)))
}
