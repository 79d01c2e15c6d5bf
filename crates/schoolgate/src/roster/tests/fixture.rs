//! A school with one class to test with: Elm, with Rose, Zoë, and Will, who left today.

use std::sync::Arc;

use jiff::civil::{Date, date};
use store::{Db, Deed, SchoolId};
use tempfile::TempDir;
use uuid::Uuid;

use crate::access::role::Role;
use crate::access::{Caller, Proof};
use crate::app::App;
use crate::clock::Fixed;
use crate::people::person::{Employed, Particulars};
use crate::people::tests::fixture::app_on;
use crate::people::{Spell, operator};
use crate::roster::adult::{AdultNames, Contact, Standing};
use crate::roster::entry::{AdultGiven, ClassGiven, Entry, PupilGiven};
use crate::roster::pupil::{Known, Names};
use crate::roster::upn::Upn;

/// The day on which the clock stands, at noon.
pub(crate) const TODAY: Date = date(2026, 11, 21);

pub(crate) struct Elm {
    pub(crate) app: App,
    pub(crate) clock: Arc<Fixed>,
    pub(crate) school: SchoolId,
    pub(crate) head: Uuid,
    pub(crate) class: Uuid,
    pub(crate) rose: Uuid,
    pub(crate) zoe: Uuid,
    /// Has left today.
    pub(crate) will: Uuid,
    pub(crate) folake: Uuid,
    pub(crate) dele: Uuid,
    _keys: TempDir,
}

impl Elm {
    /// Somebody with a role who has just shown the second factor.
    pub(crate) fn caller(&self, role: Role) -> Caller {
        caller(self.school, self.head, role)
    }
}

/// A school without pupils: the app, its clock, the school, the headteacher, and where the keys are.
pub(crate) async fn empty(db: Db) -> (App, Arc<Fixed>, SchoolId, Uuid, TempDir) {
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let keys = tempfile::tempdir().expect("a folder");
    let app = app_on(db, Arc::clone(&clock), keys.path());
    let school = operator::open_school(&app, "Elm Primary School").await.expect("a school");
    let given = Particulars { name: "Grace Osei".into(), known_as: None, employed: Employed::Yes };
    let spell = Spell { role: Role::Headteacher, starts_on: date(2026, 9, 1), ends_on: None };
    let head = operator::add_person(&app, school, &given, spell).await.expect("a person");
    (app, clock, school, head, keys)
}

fn pupil(forename: &str, surname: &str, source: &str) -> PupilGiven {
    PupilGiven {
        names: Names { forename: forename.into(), surname: surname.into(), known_as: None },
        year_group: Some("4".into()),
        on_roll_from: Some(date(2026, 9, 1)),
        source: Some(source.into()),
        ..PupilGiven::default()
    }
}

pub(crate) async fn elm(db: Db) -> Elm {
    let (app, clock, school, head, keys) = empty(db).await;
    let mut tx = app.db.write(school).await.expect("a write");
    let entry = Entry::begin(&app, &mut tx).await.expect("keys");
    let since = date(2026, 9, 1);
    let class =
        ClassGiven { name: "Elm".into(), year_group: Some("4".into()), source: Some("c1".into()), ended_on: None };
    let class = entry.class(&mut tx, &class).await.expect("a class");
    let rose = PupilGiven {
        born_on: Some(date(2017, 3, 14)),
        upn: Upn::parse("V999999924001").ok(),
        ..pupil("Rose", "Adeyemi", "p1")
    };
    let rose = entry.pupil(&mut tx, &rose).await.expect("a pupil");
    let zoe = entry.pupil(&mut tx, &pupil("Zoë", "O'Brien", "p2")).await.expect("a pupil");
    let mut will = PupilGiven { left_on: Some(TODAY), ..pupil("William", "Young", "p3") };
    will.names.known_as = Some("Will".into());
    let will = entry.pupil(&mut tx, &will).await.expect("a pupil");
    for pupil in [rose, zoe, will] {
        entry.member(&mut tx, (class, pupil), since).await.expect("a membership");
    }
    let names = |title: Option<&str>, forename: &str| AdultNames {
        title: title.map(str::to_owned),
        forename: forename.into(),
        surname: "Adeyemi".into(),
    };
    let contact = Contact { email: Some("folake@elm.test".into()), ..Contact::default() };
    let folake = AdultGiven { names: names(Some("Mrs"), "Folake"), contact, source: Some("a1".into()) };
    let folake = entry.adult(&mut tx, &folake).await.expect("an adult");
    let dele = AdultGiven { names: names(None, "Dele"), ..AdultGiven::default() };
    let dele = entry.adult(&mut tx, &dele).await.expect("an adult");
    let first = Standing { priority: Some(1), parental_responsibility: Known::Yes, ..Standing::default() };
    entry.responsibility(&mut tx, (rose, folake), &first, since).await.expect("a responsibility");
    entry.responsibility(&mut tx, (rose, dele), &Standing::default(), since).await.expect("a responsibility");
    tx.commit(Deed::by_program().did("roster.entered")).await.expect("kept");
    Elm { app, clock, school, head, class, rose, zoe, will, folake, dele, _keys: keys }
}

/// Somebody with a role who has just shown the second factor.
pub(crate) fn caller(school: SchoolId, person: Uuid, role: Role) -> Caller {
    Caller {
        school,
        person,
        called: "Grace Osei".to_owned(),
        school_name: "Elm Primary School".to_owned(),
        roles: [role].into(),
        session: Uuid::nil(),
        proof: Proof::Fresh,
    }
}
