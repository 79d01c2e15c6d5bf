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
    export(db, &[of], &[], &mut out).await.map(|_| out)
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
        let found = said(verify(&db, &by_key).await);
        assert!(found.contains("unknown key") && found.contains(&hex::encode(forger.public())), "{found}");
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
        let other = export_text(&db, school(2)).await.unwrap();
        assert!(said(verify_export(other.as_slice(), &known)).contains("lacks school"));
    })
    .await;
}

#[tokio::test]
async fn every_changed_line_of_an_export_is_found() {
    let place = crate::testing::fresh_sqlite().await;
    commit(&place.db, school(1), 6).await;
    sign(&place.db, school(1), &signer()).await.unwrap();
    let text = String::from_utf8(export_text(&place.db, school(1)).await.unwrap()).unwrap();
    let verified = |text: &str| verify_export(text.as_bytes(), &Known::default());
    assert_eq!(verified(&text).unwrap()[0].signed, 6);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(lines.len(), 1 + 1 + 1 + 6 + 1 + 1);
    for cut in 0..lines.len() {
        let without = [&lines[..cut], &lines[cut + 1..]].concat().concat();
        assert!(verified(&without).is_err(), "without line {cut}");
        assert!(verified(&lines[..cut].concat()).is_err(), "cut before line {cut}");
        assert!(verified(&(lines[..cut].concat() + lines[cut].trim_end())).is_err(), "cut within line {cut}");
        let twice = [&lines[..cut], &lines[cut..=cut], &lines[cut..]].concat().concat();
        assert!(verified(&twice).is_err(), "line {cut} twice");
    }
    for (from, to) in [
        ("written", "denied"),
        ("\"seq\":3", "\"seq\":4"),
        ("\"actor\":\"", "\"actor\":null,\"x\":\""),
        ("\"deeds\":6", "\"deeds\":5"),
        ("\"schools\":1", "\"schools\":2"),
        ("\"heads\":1", "\"heads\":0"),
        ("\"schools\":[", "\"schools\":[\"00000000-0000-0000-0000-000000000000\","),
    ] {
        let forged = text.replacen(from, to, 1);
        assert_ne!(forged, text);
        assert!(verified(&forged).is_err(), "{from} became {to}");
    }
    // Heads that were taken out with their count: nothing is left that promises a deed, and that is what it says.
    let stripped = lines.iter().filter(|line| !line.starts_with("{\"head\"")).copied().collect::<String>();
    let found = verified(&stripped.replace("\"heads\":1", "\"heads\":0")).unwrap();
    assert_eq!((found[0].deeds, found[0].signed, found[0].heads), (6, 0, 0));
}

#[tokio::test]
async fn an_export_ends_at_the_head_that_was_signed_for_it() {
    on_both(|db| async move {
        let signer = signer();
        commit(&db, school(1), 6).await;
        let head = sign(&db, school(1), &signer).await.unwrap();
        commit(&db, school(1), 2).await;
        sign(&db, school(1), &signer).await.unwrap();
        let mut out = Vec::new();
        let made = export(&db, &[school(1)], &[head], &mut out).await.unwrap();
        assert_eq!((made[0].deeds, made[0].signed, made[0].heads), (6, 6, 1));
        assert_eq!(verify_export(out.as_slice(), &Known::default()).unwrap(), made);
    })
    .await;
}

#[tokio::test]
async fn an_export_file_is_there_whole_or_not_at_all() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = crate::testing::fresh_sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let names = || std::fs::read_dir(folder.path()).unwrap().count();
    let file = folder.path().join("ledger.jsonl");
    commit(&place.db, school(1), 4).await;
    export_file(&place.db, &[school(1)], &[], &file).await.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    verify_export(std::fs::read(&file).unwrap().as_slice(), &Known::default()).unwrap();
    let again = export_file(&place.db, &[school(1)], &[], &file).await.unwrap_err();
    assert!(matches!(again, Error::Conflict { .. }), "{again}");
    sign(&place.db, school(1), &signer()).await.unwrap();
    falsify(&place.db, school(1), &["UPDATE ledger SET at = at + 1 WHERE seq = 3"]).await;
    said(export_file(&place.db, &[school(1)], &[], &folder.path().join("forged.jsonl")).await);
    assert_eq!(names(), 1, "nothing is left of what failed");
}

/// Opens a school as the product does.
async fn open(db: &Db, of: SchoolId) {
    let mut tx = db.write(SchoolId::HOUSE).await.unwrap();
    let row = "INSERT INTO school (school, id, version, name, made_at) VALUES ($1, $2, 1, 'Oakfield', 0)";
    tx.run(row, args![SchoolId::HOUSE, of]).await.unwrap();
    tx.commit(Deed::by_program().did(SCHOOL_OPENED).to(of.get())).await.unwrap();
}

#[tokio::test]
async fn a_school_is_missed_by_the_deed_that_opened_it() {
    let id = |number: u32| format!("00000000-0000-0000-0000-{number:012}");
    let in_sql = |engine, number: u32| match engine {
        Engine::Sqlite => format!("x'{number:032x}'"),
        Engine::Postgres => format!("decode('{number:032x}', 'hex')"),
    };
    let row = |engine| {
        let (of, key) = (in_sql(engine, 1), in_sql(engine, 77));
        format!(
            "INSERT INTO sealed_key (school, id, purpose, version, master, wrapped, made_at) VALUES ({of}, {key}, 'x', 1, {key}, {key}, 0)"
        )
    };
    let all = |engine| {
        let gone = format!("DELETE FROM ledger_school WHERE id = {}", in_sql(engine, 1));
        ["ledger", "ledger_head"]
            .map(|table| format!("DELETE FROM {table} WHERE school = {}", in_sql(engine, 1)))
            .into_iter()
            .chain([gone])
            .collect::<Vec<_>>()
    };
    for (case, expected) in [
        ("ledger", format!("school {} has rows in `sealed_key`, and its ledger is gone", id(1))),
        ("deeds", format!("ledger of school {}: every deed is missing", id(1))),
        ("list", format!("school {} was opened, and is gone from the table of schools", id(1))),
        ("house", "has rows in `school`, and its ledger is gone".to_owned()),
        ("stranger", format!("the installation's ledger never opened school {}", id(9))),
    ] {
        for place in [crate::testing::fresh_sqlite().await, crate::testing::fresh_postgres().await] {
            let (db, engine) = (&place.db, place.db.engine());
            for number in 1..=3 {
                open(db, school(number)).await;
            }
            // The third was opened and did nothing yet.
            commit(db, school(1), 3).await;
            commit(db, school(2), 3).await;
            falsify(db, school(1), &[&row(engine)]).await;
            assert_eq!(verify(db, &Known::default()).await.unwrap().len(), 3);
            assert_eq!(schools(db).await.unwrap(), [SchoolId::HOUSE, school(1), school(2), school(3)]);
            let of_one = all(engine);
            match case {
                "ledger" => falsify(db, school(1), &of_one.iter().map(String::as_str).collect::<Vec<_>>()).await,
                "deeds" => falsify(db, school(1), &[&of_one[0]]).await,
                "list" => {
                    let gone = format!("DELETE FROM school WHERE id = {}", in_sql(engine, 1));
                    falsify(db, SchoolId::HOUSE, &[&gone]).await;
                }
                "house" => {
                    let nil = in_sql(engine, 0);
                    let gone = [
                        format!("DELETE FROM ledger WHERE school = {nil}"),
                        format!("DELETE FROM ledger_school WHERE id = {nil}"),
                        format!("DELETE FROM school WHERE id <> {}", in_sql(engine, 2)),
                    ];
                    falsify(db, SchoolId::HOUSE, &gone.iter().map(String::as_str).collect::<Vec<_>>()).await;
                }
                _ => {
                    let more = format!(
                        "INSERT INTO school (school, id, version, name, made_at) VALUES ({}, {}, 1, 'Elm', 0)",
                        in_sql(engine, 0),
                        in_sql(engine, 9)
                    );
                    falsify(db, SchoolId::HOUSE, &[&more]).await;
                }
            }
            let found = said(verify(db, &Known::default()).await);
            assert!(found.contains(&expected), "{case} on {engine:?}: {found}");
        }
    }
}

#[tokio::test]
async fn an_export_without_a_school_that_was_opened_is_found() {
    on_both(|db| async move {
        for number in 1..=3 {
            open(&db, school(number)).await;
        }
        commit(&db, school(1), 3).await;
        commit(&db, school(2), 3).await;
        let text = async |of: Vec<SchoolId>| {
            let mut out = Vec::new();
            export(&db, &of, &[], &mut out).await.unwrap();
            out
        };
        let all = schools(&db).await.unwrap();
        assert_eq!(all.len(), 4, "also the one that did nothing yet");
        let whole = text(all.clone()).await;
        assert_eq!(verify_export(whole.as_slice(), &Known::default()).unwrap().len(), 4);
        for without in 1..4 {
            let fewer = all.iter().copied().filter(|of| *of != school(without)).collect();
            let found = said(verify_export(text(fewer).await.as_slice(), &Known::default()));
            assert!(found.contains(&format!("{:012} was opened, and the export lacks it", without)), "{found}");
        }
        // Taken out by hand: the first line still names it.
        let whole = String::from_utf8(whole).unwrap();
        let begins = format!("{{\"school\":\"{}", school(2).get());
        let (before, rest) = whole.split_once(&begins).unwrap();
        let after = &rest[rest.find("{\"end\"").unwrap()..];
        let cut = before.to_owned() + after.split_once('\n').unwrap().1;
        said(verify_export(cut.as_bytes(), &Known::default()));
    })
    .await;
}

#[test]
fn an_export_that_is_none_is_refused_with_its_line() {
    let one = "00000000-0000-0000-0000-000000000001";
    let begun = |schools: &str| format!("{{\"export\":{{\"format\":2,\"schools\":[{schools}]}}}}\n");
    let long = format!("{}{{\"x\":\"{}\"}}\n", begun(""), "y".repeat(5000));
    let root = "0".repeat(64);
    for (text, expected) in [
        (String::new(), "line 1 of the export: the file is empty"),
        ("no json\n".to_owned(), "line 1"),
        ("{\"deed\":{}}\n".to_owned(), "line 1"),
        (long, "line 2 of the export: longer than"),
        (format!("{{\"x\":\"{}", "y".repeat(500_000)), "line 1 of the export: longer than"),
        ("{\"export\":{\"format\":3,\"schools\":[]}}\n".to_owned(), "format 3"),
        (format!("{{\"school\":\"{one}\"}}\n"), "line 1 of the export: it does not say first"),
        (begun(&format!("\"{one}\",\"{one}\"")), "twice"),
        (format!("{}{{\"end\":{{\"deeds\":0,\"root\":\"{root}\"}}}}\n", begun("")), "line 2"),
        (begun("").repeat(2), "line 2"),
        (format!("{}{}", begun(""), "{\"closed\":{\"schools\":0,\"heads\":0,\"deeds\":0}}\n".repeat(2)), "line 3"),
        ("\u{0}\u{ff}".to_owned(), "line 1"),
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
