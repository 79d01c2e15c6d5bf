//! A school to test with: Oakfield, its headteacher and a teacher, and another school.

use std::sync::Arc;

use jiff::civil::date;
use store::{Db, SchoolId};
use tempfile::TempDir;
use uuid::Uuid;

use crate::access::role::{Role, Roles};
use crate::access::{Caller, Proof};
use crate::app::App;
use crate::clock::Fixed;
use crate::people::person::{Employed, Particulars};
use crate::people::tests::fixture::app_on;
use crate::people::{Spell, operator};

pub(in crate::registers) struct Oakfield {
    pub(in crate::registers) app: App,
    pub(in crate::registers) school: SchoolId,
    pub(in crate::registers) elsewhere: SchoolId,
    pub(in crate::registers) head: Uuid,
    pub(in crate::registers) teacher: Uuid,
    _keys: TempDir,
}

pub(in crate::registers) async fn oakfield(db: Db) -> Oakfield {
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let keys = tempfile::tempdir().expect("a folder");
    let app = app_on(db, clock, keys.path());
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    let elsewhere = operator::open_school(&app, "Westacre Junior School").await.expect("a school");
    let head = somebody(&app, school, "Grace Osei", Role::Headteacher).await;
    let teacher = somebody(&app, school, "Ada Bell", Role::Teacher).await;
    Oakfield { app, school, elsewhere, head, teacher, _keys: keys }
}

pub(in crate::registers) async fn somebody(app: &App, school: SchoolId, name: &str, role: Role) -> Uuid {
    let given = Particulars { name: name.to_owned(), known_as: None, employed: Employed::Unknown };
    let spell = Spell { role, starts_on: date(2026, 9, 1), ends_on: None };
    operator::add_person(app, school, &given, spell).await.expect("a person")
}

impl Oakfield {
    pub(in crate::registers) fn caller_head(&self) -> Caller {
        self.caller(self.head, Role::Headteacher)
    }

    pub(in crate::registers) fn caller_teacher(&self) -> Caller {
        self.caller(self.teacher, Role::Teacher)
    }

    /// Somebody who has just shown who they are.
    pub(in crate::registers) fn caller(&self, person: Uuid, role: Role) -> Caller {
        Caller {
            school: self.school,
            person,
            called: "Somebody".to_owned(),
            school_name: "Oakfield Primary School".to_owned(),
            roles: Roles::from([role]),
            session: Uuid::nil(),
            proof: Proof::Fresh,
        }
    }
}
