//! What is taken as a scan, who may fetch it, and that it stands nowhere in the clear.

use image::{ImageFormat, RgbImage};
use store::testing::on_both;

use super::*;
use crate::access::role::Role;
use crate::permissions::decision::Decision;
use crate::permissions::office::{self, Entered};
use crate::permissions::purposes;
use crate::roster::tests::fixture::{Elm, elm};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n";

#[test]
fn what_a_file_is_is_told_by_its_content() {
    let with = |inside: &str| format!("%PDF-1.7\n1 0 obj <<{inside}>> endobj\n%%EOF").into_bytes();
    let long = vec![0; FILE_BYTES_MAX + 1];
    for (bytes, expect) in [
        (PDF.to_vec(), Ok(Media::Pdf)),
        (vec![0xFF, 0xD8, 0xFF, 0xE0], Ok(Media::Jpeg)),
        (b"\x89PNG\r\n\x1a\n".to_vec(), Ok(Media::Png)),
        (b"".to_vec(), Err(Unfit::Unknown)),
        (b"<html>".to_vec(), Err(Unfit::Unknown)),
        (b"MZ\x90".to_vec(), Err(Unfit::Unknown)),
        (b"GIF89a".to_vec(), Err(Unfit::Unknown)),
        (b"%PDF-1.7\n1 0 obj".to_vec(), Err(Unfit::CutOff)),
        (b"%PDF-1.7\n%%EOF\n<script>".to_vec(), Err(Unfit::CutOff)),
        (with("/OpenAction <</S /JavaScript /JS (x)>>"), Err(Unfit::NotOnlyPaper)),
        (with("/S /Launch"), Err(Unfit::NotOnlyPaper)),
        (with("/Type /EmbeddedFile"), Err(Unfit::NotOnlyPaper)),
        (with("/Encrypt 2 0 R"), Err(Unfit::NotOnlyPaper)),
        (long, Err(Unfit::TooLong)),
    ] {
        let begins = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        assert_eq!(media_of(&bytes), expect, "{begins}");
    }
}

/// Rose's paper answer, entered by the office: its evidence.
async fn paper(elm: &Elm) -> Uuid {
    purposes::begin(&elm.app, elm.school).await.expect("purposes");
    let answers = vec![("website".to_owned(), Decision::Yes)];
    let entered = Entered { seen: 0, adult: elm.folake, route: Route::Paper, answers, evidence: "folder 7".into() };
    let office = elm.caller(Role::Office);
    office::enter(&elm.app, &office, elm.rose, &entered).await.expect("entered");
    of(&elm.app, &office, elm.rose).await.expect("papers").0[0].evidence
}

#[tokio::test]
async fn a_scan_is_sealed_and_only_the_office_and_the_data_protection_officer_fetch_it() {
    on_both(|db| async {
        let elm = elm(db).await;
        let evidence = paper(&elm).await;
        let office = elm.caller(Role::Office);
        let whom = (elm.rose, evidence);
        attach(&elm.app, &office, whom, PDF.to_vec()).await.expect("an answer").expect("kept");
        attach(&elm.app, &office, whom, PDF.to_vec()).await.expect("an answer").expect("kept already");
        let (_, scans) = of(&elm.app, &office, elm.rose).await.expect("scans");
        assert_eq!(scans.len(), 1);
        let scan = (elm.rose, scans[0].id);
        for role in [Role::Office, Role::Dpo] {
            let (media, content) = fetch(&elm.app, &elm.caller(role), scan).await.expect("a scan");
            assert_eq!((media, content.as_slice()), (Media::Pdf, PDF), "{role:?}");
        }
        for (role, is_seen) in [(Role::Headteacher, true), (Role::Dsl, true), (Role::Teacher, false)] {
            let fetched = fetch(&elm.app, &elm.caller(role), scan).await.map(drop);
            match is_seen {
                true => assert!(matches!(fetched, Err(Error::Refused(_))), "{role:?} {fetched:?}"),
                false => assert!(matches!(fetched, Err(Error::NotFound)), "{role:?} {fetched:?}"),
            }
        }
        let mut read = elm.app.db.read(elm.school).await.expect("a read");
        let (_, key, content) = queries::find(&mut read, scan.1).await.expect("a row").expect("a scan");
        assert!(!content.windows(4).any(|part| part == b"%PDF") && !key.is_empty());
        drop(read);
        // Under another pupil's address it is not there, and a file that is no scan is told so.
        assert!(matches!(fetch(&elm.app, &office, (elm.zoe, scan.1)).await, Err(Error::NotFound)));
        let other = attach(&elm.app, &office, (elm.zoe, evidence), PDF.to_vec()).await;
        assert!(matches!(other, Err(Error::NotFound)));
        let page = attach(&elm.app, &office, whom, b"<html>".to_vec()).await.expect("an answer");
        assert_eq!(page, Err(Unfit::Unknown));
        let dpo = attach(&elm.app, &elm.caller(Role::Dpo), whom, PDF.to_vec()).await;
        assert!(matches!(dpo, Err(Error::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn a_picture_is_kept_as_a_clean_copy_and_a_broken_one_is_refused() {
    on_both(|db| async {
        let elm = elm(db).await;
        let evidence = paper(&elm).await;
        let office = elm.caller(Role::Office);
        let mut jpeg = std::io::Cursor::new(Vec::new());
        RgbImage::from_pixel(40, 30, image::Rgb([200, 10, 10]))
            .write_to(&mut jpeg, ImageFormat::Jpeg)
            .expect("a picture");
        let mut jpeg = jpeg.into_inner();
        // A note in the head, as cameras write them.
        let note = b"\xFF\xFE\x00\x13Taken by Rose Ade";
        jpeg.splice(2..2, note.iter().copied());
        attach(&elm.app, &office, (elm.rose, evidence), jpeg.clone()).await.expect("an answer").expect("kept");
        let (_, scans) = of(&elm.app, &office, elm.rose).await.expect("scans");
        let (media, kept) = fetch(&elm.app, &office, (elm.rose, scans[0].id)).await.expect("a scan");
        assert_eq!(media, Media::Jpeg);
        assert!(!kept.windows(4).any(|part| part == b"Rose"));
        let broken = attach(&elm.app, &office, (elm.rose, evidence), jpeg[..200].to_vec()).await.expect("an answer");
        assert!(matches!(broken, Err(Unfit::Picture(_))), "{broken:?}");
    })
    .await;
}
