//! Withdrawals against everything that could undo them, in thousands of orders: forms that were open all the time, files,
//! approvals, the other parent, and the restore of yesterday's backup.

use std::collections::HashSet;

use store::backup;
use store::ledger::Known;
use store::testing::{Place, empty_postgres, empty_sqlite, fresh_postgres, fresh_sqlite};
use uuid::Uuid;

use super::fixture::*;
use crate::access::role::Role;
use crate::permissions::*;
use crate::queue::Job;

/// Children a round; each lives through an order of its own.
const CHILDREN: usize = 340;
/// Rounds an engine, each with a real backup in its middle and a real restore at its end: 1,020 orders an engine.
const ROUNDS: u64 = 3;
const STEPS: usize = 3;

/// The same numbers in every run, so that what fails, fails again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// One child, and what must hold of it.
struct Child {
    id: Uuid,
    deciders: [Uuid; 2],
    /// Versions that forms somewhere still show.
    open_forms: Vec<i64>,
    /// Who took away, and has not given again since.
    against: HashSet<Uuid>,
    told: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_withdrew_may_be_shown_whatever_came_in_between_on_sqlite() {
    for round in 0..ROUNDS {
        live_through(fresh_sqlite().await, empty_sqlite(), round).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_withdrew_may_be_shown_whatever_came_in_between_on_postgres() {
    for round in 0..ROUNDS {
        live_through(fresh_postgres().await, empty_postgres().await, round).await;
    }
}

async fn live_through(place: Place, spare: Place, round: u64) {
    let oakfield = oakfield(place.db.clone()).await;
    let lead = oakfield.somebody(&[Role::Dsl]).await;
    let mut dice = Dice(round + 1);
    let mut children = Vec::new();
    for _ in 0..CHILDREN {
        let deciders = [Uuid::now_v7(), Uuid::now_v7()];
        let (id, open_forms) = (oakfield.pupil().await, vec![0]);
        children.push(Child { id, deciders, open_forms, against: HashSet::new(), told: Vec::new() });
    }
    for child in &mut children {
        for _ in 0..STEPS {
            step(&oakfield, &lead, child, &mut dice).await;
        }
    }
    let file = oakfield.folder.path().join("yesterday.backup");
    backup::backup(&place.db, &file, &mut |_| ()).await.expect("a backup");
    for child in &mut children {
        for _ in 0..STEPS {
            step(&oakfield, &lead, child, &mut dice).await;
        }
    }
    backup::restore(&file, spare.db.settings(), &Known::default(), &mut |_| ()).await.expect("a restore");
    let app = app_in(spare.db.clone(), oakfield.clock.clone(), &oakfield.folder);
    kept::reconcile(&app).await.expect("the withdrawals are taken again");
    let restored = Oakfield { app, clock: oakfield.clock, school: oakfield.school, folder: oakfield.folder };
    for child in &children {
        check(&restored, child, "after the restore").await;
    }
    assert_eq!(kept::reconcile(&restored.app).await.expect("an answer"), 0, "a second start takes nothing again");
}

async fn step(oakfield: &Oakfield, lead: &crate::access::Caller, child: &mut Child, dice: &mut Dice) {
    let decider = child.deciders[usize::try_from(dice.roll(2)).expect("small")];
    let form = child.open_forms[usize::try_from(dice.roll(child.open_forms.len() as u64)).expect("small")];
    match dice.roll(20) {
        0..=2 => {
            child.open_forms.push(oakfield.version(child.id).await);
            return;
        }
        3..=8 => {
            let is_current = form == oakfield.version(child.id).await;
            let said = oakfield.says(child.id, form, (decider, "website"), Decision::Yes).await;
            child.told.push(format!("{decider} yes, current: {is_current}, taken: {}", said.is_ok()));
            if said.is_ok() && is_current {
                child.against.remove(&decider);
            }
        }
        9..=10 => {
            oakfield.says(child.id, form, (decider, "website"), Decision::No).await.expect("a no is always heard");
            child.told.push(format!("{decider} no"));
            child.against.insert(decider);
        }
        11..=13 => {
            oakfield.withdraws(child.id, decider).await;
            child.told.push(format!("{decider} withdraws"));
            child.against.insert(decider);
        }
        14 => {
            oakfield.file_says(child.id, decider, Decision::Yes).await;
            child.told.push(format!("a file says yes for {decider}"));
        }
        15 => {
            oakfield.file_says(child.id, decider, Decision::No).await;
            child.told.push(format!("a file says no for {decider}"));
            child.against.insert(decider);
        }
        16..=18 => {
            let is_out = oakfield.approves(child.id).await;
            child.told.push(format!("published: {is_out}"));
            assert!(!is_out || child.against.is_empty(), "{:#?}", child.told);
        }
        _ => {
            withheld::set(&oakfield.app, lead, child.id, "a reason").await.expect("withheld");
            child.told.push("the school withholds".into());
            // Nobody in this test ends it.
            child.against.insert(Uuid::nil());
        }
    }
    check(oakfield, child, "at once").await;
}

/// Whoever took away and has not given again is not shown, and what is public of the child is on its way down.
async fn check(oakfield: &Oakfield, child: &Child, when: &str) {
    if child.against.is_empty() {
        return;
    }
    assert!(!oakfield.may_show(child.id, "website").await, "{when}: {:#?}", child.told);
    if oakfield.is_public(child.id).await {
        assert!(oakfield.waits(Job::TakeDownFor(child.id)).await, "{when}: {:#?}", child.told);
    }
}
