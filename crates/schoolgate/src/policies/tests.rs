//! Putting policies in force, on both engines.

use std::sync::Arc;

use store::testing::on_both;
use store::{Db, SchoolId};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::access::Proof;
use crate::access::role::{Role, Roles};
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

fn caller(school: SchoolId, role: Role) -> Caller {
    Caller {
        school,
        person: Uuid::from_u128(7),
        called: "Ada".to_owned(),
        school_name: "Oakfield Primary School".to_owned(),
        roles: Roles::from([role]),
        session: Uuid::from_u128(8),
        proof: Proof::Fresh,
    }
}

#[tokio::test]
async fn the_history_of_versions_is_told_with_the_newest_first() {
    on_both(|db| async {
        let (app, _keys) = app(db);
        let school = SchoolId::new(Uuid::now_v7());
        put_shipped_in_force(&app, school, "westacre").await.expect("in force");
        put_named_in_force(&app, school, "rattlesden").await.expect("in force");
        let versions = versions(&app, &caller(school, Role::Parent)).await.expect("a history");
        let titles: Vec<&str> = versions.iter().map(|version| version.title.as_str()).collect();
        assert_eq!(titles, ["Guidance for staff on social media", "Social networking policy"]);
        assert!(versions.iter().all(|version| version.is_whole && version.decision.is_none()));
        let other = SchoolId::new(Uuid::now_v7());
        assert!(super::versions(&app, &caller(other, Role::Headteacher)).await.expect("a history").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_text_that_was_changed_in_the_database_is_noticed_and_not_answered_from() {
    on_both(|db| async {
        let (app, _keys) = app(db);
        let school = SchoolId::new(Uuid::now_v7());
        let policy = shipped("bassingbourn").expect("reads");
        let mut files = packs::files("bassingbourn");
        files[1].text.push(' ');
        let text = written(&files);
        let mut tx = app.db.write(school).await.expect("a write");
        let id = Uuid::now_v7();
        let new = queries::New { id, pack: &policy.id, title: &policy.title, hash: "0123", files: &text };
        queries::add_version(&mut tx, &new, 0).await.expect("kept");
        queries::put_in_force(&mut tx, Uuid::now_v7(), id, 0).await.expect("in force");
        tx.commit(Deed::by_program().did("policies.put-in-force").to(id)).await.expect("done");
        let caller = caller(school, Role::Teacher);
        assert!(!versions(&app, &caller).await.expect("a history")[0].is_whole);
        assert!(matches!(in_force(&app, school).await, Err(Error::Fault(..))));
        assert!(matches!(by_hash(&app, &caller, "0123").await, Err(Error::Fault(..))));
        assert!(matches!(by_hash(&app, &caller, "4567").await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_folder_is_put_in_force_whole_or_every_fault_is_told() {
    on_both(|db| async {
        let (app, _keys) = app(db);
        let school = SchoolId::new(Uuid::now_v7());
        let folder = tempfile::tempdir().expect("a folder");
        for file in packs::files("rattlesden") {
            std::fs::write(folder.path().join(&file.name), &file.text).expect("a file");
        }
        let place = folder.path().display().to_string();
        let settings = folder.path().join("policy.toml");
        let text = std::fs::read_to_string(&settings).expect("a file");
        std::fs::write(&settings, format!("off = [\"personal-conduct.99\", \"nothing.1\"]\n{text}")).expect("a file");
        let Err(Error::Invalid(said)) = put_named_in_force(&app, school, &place).await else { panic!("not refused") };
        assert_eq!(said.lines().filter(|line| line.contains("policy.toml:1:")).count(), 2, "{said}");
        assert!(matches!(in_force(&app, school).await, Err(Error::Refused(_))));
        std::fs::write(&settings, format!("off = [\"personal-conduct.5\"]\n{text}")).expect("a file");
        put_named_in_force(&app, school, &place).await.expect("in force");
        let policy = in_force(&app, school).await.expect("a policy");
        assert_ne!(policy.version, shipped("rattlesden").expect("reads").version);
        assert!(policy.clause("rattlesden.personal-conduct.5").expect("its words stay").is_off);
    })
    .await;
}

/// Earlier programs let misspelt expectations through; whatever a school put in force with them stays in force.
#[tokio::test]
async fn a_policy_that_was_put_in_force_with_a_slip_in_its_examples_is_still_answered_from() {
    on_both(|db| async {
        let (app, _keys) = app(db);
        let school = SchoolId::new(Uuid::now_v7());
        let policy = shipped("rattlesden").expect("reads");
        let mut files = packs::files("rattlesden");
        let chapter = files.iter_mut().find(|file| file.text.contains("| aims.1 |")).expect("a chapter");
        chapter.text = chapter.text.replacen("| aims.1 |", "| aims.1o |", 1);
        let faults = read(vocabulary().expect("reads"), &files).err().expect("a fault");
        assert_eq!(faults.len(), 1, "{faults:?}");
        let (hash, text) = (rulebook::hash(&files), written(&files));
        let mut tx = app.db.write(school).await.expect("a write");
        let id = Uuid::now_v7();
        let new = queries::New { id, pack: &policy.id, title: &policy.title, hash: &hash, files: &text };
        queries::add_version(&mut tx, &new, 0).await.expect("a version");
        queries::put_in_force(&mut tx, Uuid::now_v7(), id, 0).await.expect("in force");
        tx.commit(Deed::by_program().did("policies.put-in-force").to(id)).await.expect("done");
        let kept = in_force(&app, school).await.expect("a policy");
        assert_eq!((kept.version.as_str(), kept.clauses.len()), (hash.as_str(), policy.clauses.len()));
    })
    .await;
}

#[test]
fn every_file_of_a_folder_is_told_of_and_none_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("a file");
    let mut files = packs::files("rattlesden");
    files.sort_by(|a, b| a.name.cmp(&b.name));
    for file in &files {
        put(&file.name, file.text.as_bytes());
    }
    let check = |expect: &[&str]| {
        let faults = in_folder(folder.path()).err().unwrap_or_default();
        let shown = format!("{}/", folder.path().display());
        let told: Vec<String> = faults.iter().map(|fault| fault.to_string().replace(&shown, "")).collect();
        assert_eq!(told, expect);
    };
    check(&[]);
    let first = &files[0];
    let latin = "# Aims\n\nA caf\u{e9}.\n".chars().map(|letter| letter as u8);
    put("00-latin.md", &latin.collect::<Vec<u8>>());
    check(&["00-latin.md:3:6: this is not UTF-8 text; save it as UTF-8"]);
    put("00-latin.md", b"### A heading without an id\xe9\n\n```clause\n```\n\nWords.\n");
    let told = in_folder(folder.path()).err().expect("faults").len();
    assert!(told > 1, "what is not UTF-8 in a file does not hide what else is wrong with it");
    std::fs::remove_file(folder.path().join("00-latin.md")).expect("gone");
    let pipe = folder.path().join("pipe.md");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    std::fs::create_dir(folder.path().join("sub.md")).expect("a folder");
    put("vast.md", &vec![b'a'; 600_000]);
    let others = [
        "pipe.md: this is no plain file (but a pipe, a socket or a device), so it is not read",
        "sub.md: this is a folder; a chapter is a file",
        "vast.md: has 600000 bytes; at most 524288 are read",
    ];
    check(&others);
    put(
        &first.name,
        first.text.replacen("| aims.1 |", "| aims.1o |", 1).replacen("| must-not |", "| mustnt |", 1).as_bytes(),
    );
    let place = first.text.lines().position(|line| line.contains("| must-not |")).expect("a row") + 1;
    let told = in_folder(folder.path()).err().expect("faults");
    let told: Vec<(String, usize)> = told.into_iter().map(|fault| (fault.file, fault.line)).collect();
    assert_eq!(
        told[0],
        (folder.path().join(&first.name).display().to_string(), place),
        "a clause may stand in a file that is not read"
    );
    assert_eq!(told.len(), 1 + others.len(), "{told:?}");
}

#[test]
fn a_clause_that_is_switched_off_decides_nothing() {
    let case = r#"{"actor": {"roles": ["teacher"]}, "act": "connect-accept", "target": {"relations": ["pupil"]}}"#;
    let vocabulary = vocabulary().expect("reads");
    let today = jiff::civil::date(2026, 9, 1);
    let situation = rulebook::Situation::read_json(vocabulary, "case", case, today).expect("a case");
    let mut files = packs::files("rattlesden");
    let before = shipped("rattlesden").expect("reads").rule(&situation.situations[0]);
    assert_eq!(before.verdict, rulebook::Verdict::MustNot);
    let settings = files.iter_mut().find(|file| file.name == "policy.toml").expect("settings");
    settings.text = format!("off = [\"rattlesden.personal-conduct.5\"]\n{}", settings.text);
    let without = read(vocabulary, &files).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let after = without.rule(&situation.situations[0]);
    assert_eq!(after.verdict, rulebook::Verdict::NotCovered);
    assert!(after.citations.iter().all(|citation| citation.clause != "rattlesden.personal-conduct.5"));
}
