//! Putting policies in force, on both engines.

use std::sync::Arc;

use store::testing::on_both;
use store::{Db, SchoolId};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::clock::Fixed;
use crate::people::tests::fixture::app_on;

fn app(db: Db) -> (App, TempDir) {
    let keys = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment")));
    (app_on(db, clock, keys.path()), keys)
}

#[tokio::test]
async fn a_school_is_answered_from_the_policy_it_put_in_force_last() {
    on_both(|db| async {
        let (app, _keys) = app(db);
        let (one, other) = (SchoolId::new(Uuid::now_v7()), SchoolId::new(Uuid::now_v7()));
        assert!(matches!(in_force(&app, one).await, Err(Error::Refused(_))));
        put_shipped_in_force(&app, one, "westacre").await.expect("in force");
        put_shipped_in_force(&app, one, "rattlesden").await.expect("in force");
        assert_eq!(in_force(&app, one).await.expect("a policy").id, "rattlesden");
        put_shipped_in_force(&app, one, "westacre").await.expect("in force again");
        assert_eq!(in_force(&app, one).await.expect("a policy").id, "westacre");
        assert!(matches!(in_force(&app, other).await, Err(Error::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_pack_is_not_put_in_force() {
    on_both(|db| async {
        let (app, _keys) = app(db);
        let school = SchoolId::new(Uuid::now_v7());
        assert!(matches!(put_shipped_in_force(&app, school, "no-such-pack").await, Err(Error::NotFound)));
        assert!(matches!(in_force(&app, school).await, Err(Error::Refused(_))));
    })
    .await;
}

#[test]
fn files_that_are_not_those_adopted_are_not_answered_from() {
    let files: Vec<Value> =
        packs::files("westacre").iter().map(|f| json!({"name": f.name, "text": format!("{}\n", f.text)})).collect();
    let hash = shipped("westacre").expect("reads").version.clone();
    let kept = queries::Kept { hash: format!("{hash}0"), files: json!(files).to_string() };
    assert!(matches!(version(&kept), Err(Error::Fault(..))));
}
