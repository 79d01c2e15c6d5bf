//! Each way to falsify a ledger, and who finds it.

use uuid::Uuid;

use super::*;
use crate::testing::on_both;
use crate::tests::school;
use crate::{Engine, Tx};

async fn commit(db: &Db, of: SchoolId, count: u64) {
    for n in 0..count {
        let deed = Deed::by(Uuid::from_u128(7)).did("test.written").to(Uuid::from_u128(n.into())).hash(n.to_be_bytes());
        db.write(of).await.unwrap().commit(deed).await.unwrap();
    }
}

fn signer() -> Signer {
    let folder = tempfile::tempdir().unwrap();
    Signer::create(&folder.path().join("ledger.key")).unwrap()
}

/// Does what somebody with the database's own rights can do, behind the ledger's back.
async fn falsify(db: &Db, of: SchoolId, statements: &[&str]) {
    let mut wire = db.owner_wire("BEGIN".to_owned()).await.unwrap();
    if db.engine() == Engine::Postgres {
        wire.script("test", format!("SELECT set_config('app.school', '{}', true)", of.get().simple())).await.unwrap();
    }
    for statement in statements {
        wire.script("test", (*statement).to_owned()).await.unwrap();
    }
    wire.commit().await.unwrap();
}

async fn export_text(db: &Db, of: SchoolId) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    export(db, &[of], &mut out).await.map(|_| out)
}

fn said<T: std::fmt::Debug>(got: Result<T>) -> String {
    match got {
        Err(Error::Tampered(said)) => said,
        other => panic!("this was not found out: {other:?}"),
    }
}

#[tokio::test]
async fn an_honest_ledger_verifies_live_exported_and_against_every_earlier_head() {
    on_both(|db| async move {
        let signer = signer();
        let mut kept = Vec::new();
        for more in [0, 1, 1, 5, 6] {
            commit(&db, school(1), more).await;
            kept.push(sign(&db, school(1), &signer).await.unwrap());
        }
        commit(&db, school(1), 3).await;
        commit(&db, school(2), 2).await;
        assert_eq!(kept.iter().map(|head| head.size).collect::<Vec<_>>(), [0, 1, 2, 7, 13]);
        let known = Known { signers: vec![signer.public()], heads: kept.clone() };
        let live = verify(&db, &known).await.unwrap();
        assert_eq!((live[0].deeds, live[0].signed, live[0].heads), (16, 13, 10));
        assert_eq!((live[1].deeds, live[1].signed, live[1].heads), (2, 0, 0));
        let text = export_text(&db, school(1)).await.unwrap();
        assert_eq!(verify_export(text.as_slice(), &known).unwrap(), live[..1]);
        let again = sign(&db, school(1), &signer).await.unwrap();
        assert_eq!(sign(&db, school(1), &signer).await.unwrap(), again, "nothing new, nothing signed");
    })
    .await;
}

#[tokio::test]
async fn proofs_from_the_database_hold() {
    on_both(|db| async move {
        let signer = signer();
        commit(&db, school(1), 11).await;
        let early = sign(&db, school(1), &signer).await.unwrap();
        commit(&db, school(1), 10).await;
        let late = sign(&db, school(1), &signer).await.unwrap();
        let mut read = db.read(school(1)).await.unwrap();
        for head in [&early, &late] {
            for seq in 0..head.size {
                let shown = inclusion(&mut read, seq, head.size).await.unwrap();
                assert!(shown.holds(head), "deed {seq} of {}", head.size);
                let mut other = shown.clone();
                other.record.verb = "test.denied".into();
                assert!(!other.holds(head));
            }
        }
        let proof = consistency(&mut read, early.size, late.size).await.unwrap();
        assert!(early.is_kept_by(&late, &proof));
        assert!(!late.is_kept_by(&early, &proof));
        assert!(matches!(inclusion(&mut read, 21, 21).await.unwrap_err(), Error::NotFound));
        assert!(matches!(consistency(&mut read, 5, 22).await.unwrap_err(), Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn an_edited_row_is_found() {
    on_both(|db| async move {
        commit(&db, school(1), 9).await;
        let head = sign(&db, school(1), &signer()).await.unwrap();
        falsify(&db, school(1), &["UPDATE ledger SET verb = 'test.denied' WHERE seq = 4"]).await;
        assert!(said(verify(&db, &Known::default()).await).contains("deed 4 is not what was recorded"));
        let known = Known { heads: vec![head], ..Known::default() };
        assert!(said(verify(&db, &known).await).contains("deed 4"));
        assert!(said(export_text(&db, school(1)).await).contains("first 9 deeds are not those"));
    })
    .await;
}

#[tokio::test]
async fn a_removed_row_is_found() {
    on_both(|db| async move {
        commit(&db, school(1), 9).await;
        falsify(&db, school(1), &["DELETE FROM ledger WHERE seq = 4"]).await;
        assert!(said(verify(&db, &Known::default()).await).contains("deed 4 is missing"));
        assert!(said(export_text(&db, school(1)).await).contains("deed 4 is missing"));
    })
    .await;
}

#[tokio::test]
async fn a_removed_row_closed_up_by_renumbering_is_found() {
    on_both(|db| async move {
        commit(&db, school(1), 9).await;
        let close_up = ["DELETE FROM ledger WHERE seq = 7", "UPDATE ledger SET seq = 7 WHERE seq = 8"];
        falsify(&db, school(1), &close_up).await;
        assert!(said(verify(&db, &Known::default()).await).contains("deed 7 is not what was recorded"));
    })
    .await;
}

#[tokio::test]
async fn a_cut_tail_is_found_by_a_head_here_and_by_a_head_elsewhere() {
    on_both(|db| async move {
        let signer = signer();
        commit(&db, school(1), 9).await;
        let head = sign(&db, school(1), &signer).await.unwrap();
        falsify(&db, school(1), &["DELETE FROM ledger WHERE seq >= 7"]).await;
        assert!(said(verify(&db, &Known::default()).await).contains("tail was cut off"));
        assert!(said(sign(&db, school(1), &signer).await).contains("not those signed"));
        falsify(&db, school(1), &["DELETE FROM ledger_head"]).await;
        verify(&db, &Known::default()).await.expect("only a head kept elsewhere can tell now");
        let known = Known { heads: vec![head], ..Known::default() };
        assert!(said(verify(&db, &known).await).contains("tail was cut off"));
        let text = export_text(&db, school(1)).await.unwrap();
        assert!(said(verify_export(text.as_slice(), &known)).contains("tail was cut off"));
    })
    .await;
}

#[tokio::test]
async fn a_rewritten_whole_is_found_by_a_head_elsewhere() {
    on_both(|db| async move {
        let (honest, forger) = (signer(), signer());
        commit(&db, school(1), 9).await;
        let kept = sign(&db, school(1), &honest).await.unwrap();
        falsify(&db, school(1), &["DELETE FROM ledger", "DELETE FROM ledger_head"]).await;
        commit(&db, school(1), 8).await;
        db.write(school(1)).await.unwrap().commit(Deed::by_program().did("test.forged")).await.unwrap();
        let known = Known { heads: vec![kept], ..Known::default() };
        assert!(said(verify(&db, &known).await).contains("first 9 deeds are not those that were signed"));
        let text = export_text(&db, school(1)).await.unwrap();
        assert!(said(verify_export(text.as_slice(), &known)).contains("not those that were signed"));
        sign(&db, school(1), &forger).await.unwrap();
        verify(&db, &Known::default()).await.expect("it agrees with itself");
        assert!(said(verify(&db, &known).await).contains("unknown key"));
        let by_key = Known { signers: vec![honest.public()], ..Known::default() };
        assert!(said(verify(&db, &by_key).await).contains("unknown key"));
    })
    .await;
}

#[tokio::test]
async fn a_school_that_is_gone_altogether_is_found_by_its_head() {
    on_both(|db| async move {
        commit(&db, school(1), 3).await;
        let kept = sign(&db, school(1), &signer()).await.unwrap();
        let all = ["DELETE FROM ledger", "DELETE FROM ledger_head", "DELETE FROM ledger_school"];
        falsify(&db, school(1), &all).await;
        let known = Known { heads: vec![kept], ..Known::default() };
        assert!(said(verify(&db, &known).await).contains("tail was cut off"));
        assert!(said(verify_export([].as_slice(), &known)).contains("lacks school"));
    })
    .await;
}

#[tokio::test]
async fn every_changed_line_of_an_export_is_found() {
    let place = crate::testing::fresh_sqlite().await;
    commit(&place.db, school(1), 6).await;
    sign(&place.db, school(1), &signer()).await.unwrap();
    let text = String::from_utf8(export_text(&place.db, school(1)).await.unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 1 + 6 + 1);
    for cut in 0..lines.len() {
        let without: Vec<&str> = lines.iter().enumerate().filter(|(n, _)| *n != cut).map(|(_, line)| *line).collect();
        // The head may be left out: it is a promise, and its absence breaks none.
        assert_eq!(
            verify_export(without.join("\n").as_bytes(), &Known::default()).is_ok(),
            cut == 1,
            "without line {cut}"
        );
        let shortened = lines[..cut].join("\n");
        assert_eq!(verify_export(shortened.as_bytes(), &Known::default()).is_ok(), cut == 0, "cut before line {cut}");
    }
    for (from, to) in [
        ("written", "denied"),
        ("\"seq\":3", "\"seq\":4"),
        ("\"actor\":\"", "\"actor\":null,\"x\":\""),
        ("\"deeds\":6", "\"deeds\":5"),
    ] {
        let forged = text.replacen(from, to, 1);
        assert_ne!(forged, text);
        assert!(verify_export(forged.as_bytes(), &Known::default()).is_err(), "{from} became {to}");
    }
}

#[test]
fn an_export_that_is_none_is_refused_with_its_line() {
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(5000));
    let twice = "{\"school\":{\"format\":1,\"school\":\"00000000-0000-0000-0000-000000000001\"}}\n".repeat(2);
    for (text, expected) in [
        ("no json\n", "line 1"),
        ("{\"deed\":{}}", "line 1"),
        (long.as_str(), "longer than"),
        ("{\"school\":{\"format\":2,\"school\":\"00000000-0000-0000-0000-000000000001\"}}", "format 2"),
        (
            "{\"end\":{\"deeds\":0,\"root\":\"0000000000000000000000000000000000000000000000000000000000000000\"}}",
            "line 1",
        ),
        (twice.as_str(), "line 2"),
        ("\u{0}\u{ff}", "line 1"),
    ] {
        let got = verify_export(text.as_bytes(), &Known::default()).unwrap_err();
        assert!(matches!(&got, Error::Invalid(said) if said.contains(expected)), "{text:?} gave {got}");
    }
}

#[tokio::test]
async fn a_verb_that_could_hold_words_of_a_person_is_refused() {
    let place = crate::testing::fresh_sqlite().await;
    for verb in ["", "Desk.approved", "desk approved", "désk", "x\n"] {
        let tx: Tx = place.db.write(school(1)).await.unwrap();
        assert!(matches!(tx.commit(Deed::by_program().did(verb)).await.unwrap_err(), Error::Invalid(_)), "{verb:?}");
    }
}

#[tokio::test]
async fn appending_looks_up_a_few_rows_and_never_walks_the_ledger() {
    on_both(|db| async move {
        commit(&db, school(1), 40).await;
        let (explain, walk) = match db.engine() {
            Engine::Sqlite => ("EXPLAIN QUERY PLAN", ["SCAN ledger", "SCAN l"]),
            Engine::Postgres => ("EXPLAIN", ["Seq Scan on ledger", "Bitmap Heap Scan on ledger"]),
        };
        let mut read = db.read(school(1)).await.unwrap();
        let sql = crate::engine::own_sql(format!("{explain} {PEAKS}"));
        let rows = read.wire().rows("test", sql, args![school(1)]).await.unwrap();
        let plan: Vec<_> = rows.iter().map(|row| row.text(&row.columns[row.columns.len() - 1]).unwrap()).collect();
        assert!(plan.iter().any(|line| line.contains("ledger")), "{plan:#?}");
        for line in &plan {
            assert!(!walk.iter().any(|walk| line.contains(walk)), "{plan:#?}");
        }
    })
    .await;
}
