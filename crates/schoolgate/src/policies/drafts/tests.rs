//! From a copy to a decision, on both engines.

use std::sync::Arc;

use jiff::civil::date;
use store::testing::on_both;
use store::{Db, SchoolId};
use tempfile::TempDir;

use super::draft::State;
use super::*;
use crate::access::Proof;
use crate::access::role::{Role, Roles};
use crate::clock::Fixed;
use crate::people::person::{Employed, Particulars};
use crate::people::tests::fixture::app_on;
use crate::people::{Spell, operator};
use crate::policies::{put_shipped_in_force, versions};

struct School {
    app: App,
    clock: Arc<Fixed>,
    id: SchoolId,
    _keys: TempDir,
}

async fn school(db: Db) -> School {
    let keys = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    let app = app_on(db, Arc::clone(&clock), keys.path());
    let id = operator::open_school(&app, "Oakfield Primary School").await.expect("a school");
    put_shipped_in_force(&app, id, "rattlesden").await.expect("in force");
    School { app, clock, id, _keys: keys }
}

impl School {
    async fn somebody(&self, name: &str, role: Role) -> Caller {
        let about = Particulars { name: name.to_owned(), known_as: None, employed: Employed::Yes };
        let spell = Spell { role, starts_on: date(2026, 9, 1), ends_on: None };
        let person = operator::add_person(&self.app, self.id, &about, spell).await.expect("a person");
        Caller {
            school: self.id,
            person,
            called: name.to_owned(),
            school_name: "Oakfield Primary School".to_owned(),
            roles: Roles::from([role]),
            session: Uuid::from_u128(8),
            proof: Proof::Fresh,
        }
    }

    async fn seen(&self, caller: &Caller, draft: Uuid) -> Seen {
        Seen { draft, version: show(&self.app, caller, draft).await.expect("a draft").version }
    }
}

fn decided(starts_on: Date) -> Decided {
    Decided {
        label: "2026".to_owned(),
        body: "governing-body".to_owned(),
        met_on: date(2026, 11, 20),
        minute: "7.2".to_owned(),
        starts_on,
        review_on: date(2027, 9, 30),
        is_material: true,
        reason: "Friends of pupils".to_owned(),
    }
}

fn is_refused<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Refused(_)))
}

#[tokio::test]
async fn a_draft_becomes_a_version_when_somebody_else_decides() {
    on_both(|db| async {
        let school = school(db).await;
        let app = &school.app;
        let head = school.somebody("Grace Osei", Role::Headteacher).await;
        let chair = school.somebody("Ngozi Eze", Role::ChairOfGovernors).await;
        let id = begin(app, &head, "Review", &Origin::InForce).await.expect("a draft");
        let off = BTreeSet::from(["personal-conduct.5".to_owned()]);
        switch(app, &head, school.seen(&head, id).await, &off).await.expect("switched");
        assert!(is_refused(&adopt(app, &chair, school.seen(&chair, id).await, &decided(date(2026, 11, 21))).await));
        propose(app, &head, school.seen(&head, id).await).await.expect("proposed");
        let seen = school.seen(&head, id).await;
        assert!(is_refused(&adopt(app, &head, seen, &decided(date(2026, 11, 21))).await), "the head does not decide");
        assert!(is_refused(&switch(app, &head, seen, &BTreeSet::new()).await), "it lies before the governing body");
        adopt(app, &chair, seen, &decided(date(2026, 11, 21))).await.expect("adopted");
        let policy = in_force(app, school.id).await.expect("a policy");
        assert_eq!(policy.status, rulebook::Status::Adopted);
        assert!(policy.clause("rattlesden.personal-conduct.5").expect("a clause").is_off);
        let history = versions(app, &head).await.expect("a history");
        let decision = history[0].decision.as_ref().expect("a decision");
        assert_eq!((decision.approver.as_str(), decision.label.as_str()), ("Ngozi Eze", "2026"));
        assert!(history[0].is_whole && history.len() == 2);
        assert!(adopt(app, &chair, school.seen(&chair, id).await, &decided(date(2026, 11, 21))).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn whoever_had_a_hand_in_a_draft_does_not_approve_it() {
    on_both(|db| async {
        let school = school(db).await;
        let app = &school.app;
        let head = school.somebody("Grace Osei", Role::Headteacher).await;
        let both = Caller {
            roles: Roles::from([Role::SchoolBusinessManager, Role::Governor]),
            ..school.somebody("Priya Nair", Role::SchoolBusinessManager).await
        };
        let id = begin(app, &head, "Review", &Origin::Pack("westacre".to_owned())).await.expect("a draft");
        switch(app, &both, school.seen(&both, id).await, &BTreeSet::new()).await.expect("a hand in it");
        let draft = show(app, &both, id).await.expect("a draft");
        assert!(draft.hands.contains(&both.person) && draft.hands.contains(&head.person));
        assert_eq!(app.access.ask(&both, Act::ApprovePolicy, draft.thing()), Answer::No);
        let fresh = Thing::policy_draft(school.id, id, vec![head.person]);
        assert_eq!(app.access.ask(&both, Act::ApprovePolicy, fresh), Answer::Yes);
    })
    .await;
}

#[tokio::test]
async fn two_people_who_change_the_same_draft_meet_a_conflict() {
    on_both(|db| async {
        let school = school(db).await;
        let app = &school.app;
        let head = school.somebody("Grace Osei", Role::Headteacher).await;
        let manager = school.somebody("Priya Nair", Role::SchoolBusinessManager).await;
        let id = begin(app, &head, "Review", &Origin::InForce).await.expect("a draft");
        let seen = school.seen(&head, id).await;
        write(app, &manager, seen, ("01-aims.md", "# Aims\n".to_owned())).await.expect("first");
        let second = write(app, &head, seen, ("01-aims.md", "# Our aims\n".to_owned())).await;
        assert!(matches!(second, Err(Error::Conflict)));
        let draft = show(app, &head, id).await.expect("a draft");
        assert_eq!(draft.file("01-aims.md").map(|file| file.text.as_str()), Some("# Aims\n"));
    })
    .await;
}

#[tokio::test]
async fn a_draft_with_faults_is_kept_and_not_proposed() {
    on_both(|db| async {
        let school = school(db).await;
        let app = &school.app;
        let head = school.somebody("Grace Osei", Role::Headteacher).await;
        let id = begin(app, &head, "Review", &Origin::InForce).await.expect("a draft");
        let broken = "# Aims\n\n### aims.1 An aim\n\nNo kind.\n".to_owned();
        write(app, &head, school.seen(&head, id).await, ("01-aims.md", broken)).await.expect("saved");
        let draft = show(app, &head, id).await.expect("a draft");
        let faults = reading(&draft.files).await.expect("read").err().expect("faults");
        assert!(faults.iter().any(|fault| fault.file == "01-aims.md" && fault.line == 3), "{faults:?}");
        assert!(is_refused(&propose(app, &head, school.seen(&head, id).await).await));
        put_aside(app, &head, school.seen(&head, id).await).await.expect("put aside");
        assert_eq!(show(app, &head, id).await.expect("a draft").state, State::Dropped);
    })
    .await;
}

#[tokio::test]
async fn a_decision_for_a_later_day_changes_nothing_before_it() {
    on_both(|db| async {
        let school = school(db).await;
        let app = &school.app;
        let head = school.somebody("Grace Osei", Role::Headteacher).await;
        let governor = school.somebody("Margaret Grant", Role::Governor).await;
        let id = begin(app, &head, "Review", &Origin::Pack("westacre".to_owned())).await.expect("a draft");
        propose(app, &head, school.seen(&head, id).await).await.expect("proposed");
        adopt(app, &governor, school.seen(&head, id).await, &decided(date(2026, 12, 1))).await.expect("adopted");
        assert_eq!(in_force(app, school.id).await.expect("a policy").id, "rattlesden");
        school.clock.advance_millis(10 * 24 * 60 * 60 * 1_000);
        assert_eq!(in_force(app, school.id).await.expect("a policy").id, "westacre");
    })
    .await;
}

#[tokio::test]
async fn drafts_are_not_seen_by_those_who_do_not_work_on_them_nor_from_another_school() {
    on_both(|db| async {
        let school = school(db).await;
        let app = &school.app;
        let head = school.somebody("Grace Osei", Role::Headteacher).await;
        let teacher = school.somebody("Ada Bell", Role::Teacher).await;
        let governor = school.somebody("Margaret Grant", Role::Governor).await;
        let id = begin(app, &head, "Review", &Origin::InForce).await.expect("a draft");
        let stranger = Caller { school: SchoolId::new(Uuid::from_u128(99)), ..head.clone() };
        for unseen in [&teacher, &stranger] {
            assert!(matches!(show(app, unseen, id).await, Err(Error::NotFound)));
            let seen = Seen { draft: id, version: 1 };
            assert!(matches!(write(app, unseen, seen, ("01-aims.md", String::new())).await, Err(Error::NotFound)));
        }
        assert!(is_refused(&switch(app, &governor, Seen { draft: id, version: 1 }, &BTreeSet::new()).await));
        assert_eq!(list(app, &governor).await.expect("drafts").len(), 1);
    })
    .await;
}
