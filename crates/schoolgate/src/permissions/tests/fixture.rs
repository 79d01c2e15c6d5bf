//! A school with a register to test with.

use std::sync::Arc;

use jiff::civil::date;
use store::{Db, Deed, SchoolId, args};
use tempfile::TempDir;
use uuid::Uuid;

use crate::access::role::Role;
use crate::access::{Caller, Proof};
use crate::app::App;
use crate::clock::{self, Fixed};
use crate::config::Config;
use crate::error::Result;
use crate::people::person::{Employed, Particulars};
use crate::people::tests::fixture::app_on;
use crate::people::{Spell, operator};
use crate::permissions::*;
use crate::queue::{self, Job};

pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

pub(super) struct Oakfield {
    pub(super) app: App,
    pub(super) clock: Arc<Fixed>,
    pub(super) school: SchoolId,
    pub(super) folder: TempDir,
}

/// The same program on a database, with its files in `folder`.
pub(super) fn app_in(db: Db, clock: Arc<Fixed>, folder: &TempDir) -> App {
    let app = app_on(db, clock, folder.path());
    let config = Config { data: folder.path().to_owned(), ..(*app.config).clone() };
    App { config: Arc::new(config), ..app }
}

pub(super) async fn oakfield(db: Db) -> Oakfield {
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let folder = tempfile::tempdir().expect("a folder");
    let app = app_in(db, Arc::clone(&clock), &folder);
    let school = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    purposes::begin(&app, school).await.expect("purposes");
    Oakfield { app, clock, school, folder }
}

impl Oakfield {
    pub(super) async fn somebody(&self, roles: &[Role]) -> Caller {
        let given = Particulars { name: "Grace Osei".into(), known_as: None, employed: Employed::Yes };
        let spell = Spell { role: roles[0], starts_on: date(2026, 9, 1), ends_on: None };
        let person = operator::add_person(&self.app, self.school, &given, spell).await.expect("a person");
        Caller {
            school: self.school,
            person,
            called: "Grace Osei".into(),
            school_name: "Oakfield Primary School".into(),
            roles: roles.iter().copied().collect(),
            session: Uuid::nil(),
            proof: Proof::Fresh,
        }
    }

    /// A pupil on roll of whom nothing is decided.
    pub(super) async fn pupil(&self) -> Uuid {
        let id = Uuid::now_v7();
        let mut tx = self.app.db.write(self.school).await.expect("a write");
        tx.run(
            "INSERT INTO pupil (school, id, version, forename, surname, folded, looked_after, court_marker)
             VALUES ($1, $2, 1, 'Ollie', 'Smith', 'smith ollie', 'unknown', 'unknown')",
            args![self.school, id],
        )
        .await
        .expect("a pupil");
        tx.commit(Deed::by_program().did("test.pupil").to(id)).await.expect("kept");
        id
    }

    pub(super) async fn mark_looked_after(&self, pupil: Uuid) {
        let mut tx = self.app.db.write(self.school).await.expect("a write");
        tx.save("UPDATE pupil SET looked_after = 'yes' WHERE school = $1 AND id = $2", args![self.school, pupil])
            .await
            .expect("a pupil");
        tx.commit(Deed::by_program().did("test.marked").to(pupil)).await.expect("kept");
    }

    /// As the roll's import writes it.
    pub(super) async fn roll_refuses(&self, pupil: Uuid, code: &str) {
        let (import, now) = (Uuid::now_v7(), self.app.clock.now().as_millisecond());
        let mut tx = self.app.db.write(self.school).await.expect("a write");
        tx.run(
            "INSERT INTO roll_import (school, id, made_at, layout, file_hash, rows_read, pupils_added, pupils_changed,
                    pupils_left, pupils_returned, pupils_same)
             VALUES ($1, $2, $3, 'test', $4, 0, 0, 0, 0, 0, 0)",
            args![self.school, import, now, [0_u8; 32]],
        )
        .await
        .expect("an import");
        tx.run(
            "INSERT INTO imported_refusal (school, id, import, pupil, purpose, made_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (pupil, purpose) DO NOTHING",
            args![self.school, Uuid::now_v7(), import, pupil, code, now],
        )
        .await
        .expect("a refusal");
        tx.commit(Deed::by_program().did("test.refused").to(pupil)).await.expect("kept");
    }

    pub(super) async fn version(&self, person: Uuid) -> i64 {
        let mut read = self.app.db.read(self.school).await.expect("a read");
        queries::version(&mut read, person).await.expect("a version")
    }

    pub(super) async fn says(
        &self,
        person: Uuid,
        seen: i64,
        (decider, code): (Uuid, &str),
        decision: Decision,
    ) -> Result<Taken> {
        let given = Given {
            person,
            seen,
            decider,
            authority: Authority::ParentalResponsibility,
            route: Route::Link,
            answers: vec![(code.to_owned(), decision)],
            evidence: None,
            decided_on: clock::today(self.app.clock.as_ref()),
            entered_by: None,
        };
        record(&self.app, self.school, &given, Deed::by(decider).did("permissions.decided")).await
    }

    pub(super) async fn withdraws(&self, person: Uuid, decider: Uuid) -> TakenBack {
        let given = Withdrawing {
            person,
            decider,
            authority: Authority::ParentalResponsibility,
            route: Route::Link,
            purposes: None,
            evidence: None,
            entered_by: None,
        };
        let deed = Deed::by(decider).did("permissions.withdrawn");
        withdraw(&self.app, self.school, &given, deed).await.expect("withdrawn")
    }

    pub(super) async fn file_says(&self, person: Uuid, decider: Uuid, decision: Decision) {
        let authority = Authority::ParentalResponsibility;
        let said = answers::FromFile { person, decider, authority, purpose: "website".into(), decision };
        answers::take_file(&self.app, self.school, &[said]).await.expect("a file");
    }

    pub(super) async fn standings(&self, people: &[Uuid], purpose: &str) -> Vec<Standing> {
        let mut read = self.app.db.read(self.school).await.expect("a read");
        let today = clock::today(self.app.clock.as_ref());
        standing(&mut read, people, purpose, ChannelKind::Website, today).await.expect("standings")
    }

    pub(super) async fn may_show(&self, person: Uuid, purpose: &str) -> bool {
        self.standings(&[person], purpose).await[0].may_be_shown()
    }

    pub(super) async fn appears(&self, person: Uuid, item: Uuid, recall: Recall) {
        let mut tx = self.app.db.write(self.school).await.expect("a write");
        appearances::add(&mut tx, &appearance(person, item, recall)).await.expect("an appearance");
        tx.commit(Deed::by_program().did("test.published").to(item)).await.expect("kept");
    }

    /// Publishes as the desk does: what holds is read in the write that makes it public. Whether it went out.
    pub(super) async fn approves(&self, person: Uuid) -> bool {
        let mut tx = self.app.db.write(self.school).await.expect("a write");
        let today = clock::today(self.app.clock.as_ref());
        let standings = standing(&mut tx, &[person], "website", ChannelKind::Website, today).await.expect("standings");
        if !standings[0].may_be_shown() {
            return false;
        }
        appearances::add(&mut tx, &appearance(person, Uuid::now_v7(), Recall::Yes)).await.expect("an appearance");
        tx.commit(Deed::by_program().did("test.published").to(person)).await.expect("kept");
        true
    }

    pub(super) async fn is_public(&self, person: Uuid) -> bool {
        let mut read = self.app.db.read(self.school).await.expect("a read");
        !appearances::of(&mut read, person).await.expect("appearances").is_empty()
    }

    pub(super) async fn waits(&self, job: Job) -> bool {
        let mut tx = self.app.db.write(self.school).await.expect("a write");
        // What is waiting already is not pushed again; the write is dropped either way.
        !queue::push_once(&mut tx, job, self.app.clock.now()).await.expect("an answer")
    }
}

fn appearance(person: Uuid, item: Uuid, recall: Recall) -> Appearance {
    Appearance { item, person, how: How::Shown, purpose: "website".into(), place: "news".into(), recall, since: 1 }
}
