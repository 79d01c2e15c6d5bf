//! A post from the teacher's first word to the public page and off it again; the headteacher approves on a phone.

use std::path::Path;

use fantoccini::Locator;
use serde_json::json;

use crate::journeys::{give_password_of, set_up_app};
use crate::page::{Browser, Look, Script};
use crate::site::Site;

const WORDS: &str = "Our towers of wooden blocks stand at last.";

/// A picture as a telephone makes one, with the place in it.
fn picture(folder: &Path) -> String {
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
    let image = RgbImage::from_fn(320, 240, |x, y| Rgb([(x / 2) as u8, (y / 2) as u8, (x ^ y) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, ImageFormat::Jpeg).expect("a picture can be written");
    let mut bytes = bytes.into_inner();
    // A comment, right after the start of the picture.
    let comment = b"taken in the hall";
    let length = u16::try_from(comment.len() + 2).expect("a short comment").to_be_bytes();
    let segment = [&[0xff, 0xfe], length.as_slice(), comment].concat();
    bytes.splice(2..2, segment);
    let file = folder.join("towers.jpg");
    std::fs::write(&file, bytes).expect("the picture can be kept");
    file.display().to_string()
}

/// The teacher writes, adds a picture, says that nobody can be recognised, answers the questions and hands it in.
async fn write_and_hand_in(browser: &Browser, folder: &Path, look: Look) {
    give_password_of(browser, "ada@oakfield.test").await;
    browser.visit("/").await;
    browser.press_on("Write posts for the school's accounts").await;
    browser.press_on("Write a post").await;
    browser.press_on("Save").await;
    assert!(browser.text().await.contains("There is a problem"), "{look:?}");
    browser.fill("Text", WORDS).await;
    browser.choose("To show good work of the school").await;
    browser.choose("No, it tells nothing new about the school").await;
    browser.press_on("Save").await;
    assert!(browser.text().await.contains("What stands in the way"), "the questions are open: {look:?}");

    browser.press_on("Add pictures").await;
    let input = browser.client.find(Locator::Id("pictures")).await.expect("a place for files");
    input.send_keys(&picture(folder)).await.expect("a file is chosen");
    browser.press_on("Add them").await;
    assert!(browser.text().await.contains("taken in the hall"), "what it carried is shown: {look:?}");
    browser.press_on("Go on to the post").await;
    assert!(!browser.text().await.contains("taken in the hall"), "and then it is gone: {look:?}");
    browser.press_on("Describe picture 1 and say who is in it").await;
    browser.fill("What it shows, for those who cannot see it", "Two towers of blocks").await;
    browser.choose("Nobody can be recognised").await;
    browser.press_on("Save").await;

    browser.press_on("Change text, purpose, times and answers").await;
    // Seven groups answer alike, so each is told by its own name.
    let answer =
        "for (const no of document.querySelectorAll('input[type=radio][value=no]')) no.checked = true; return true";
    assert_eq!(browser.run(answer, vec![]).await, json!(true));
    browser.press_on("Save").await;
    assert!(!browser.text().await.contains("What stands in the way"), "{look:?}");
    browser.press_on("Hand it in for approval").await;
    assert!(browser.text().await.contains("Waiting for approval"), "{look:?}");
}

/// From the home page to the approval in three presses.
async fn approve(browser: &Browser) {
    browser.visit("/").await;
    browser.press_on("Approve posts").await;
    browser.press_on(WORDS).await;
    browser.press_on("Approve").await;
}

/// Where the public reads the school's news.
async fn news(browser: &Browser) -> String {
    browser.visit("/accounts").await;
    let path = browser.path().await;
    let school = path.strip_prefix("/accounts/").expect("the only school's list").to_owned();
    format!("/news/{school}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_goes_from_the_teacher_over_the_headteachers_phone_to_the_public_and_is_taken_down() {
    for script in [Script::On, Script::Off] {
        let look = Look { width: 1280, script };
        let folder = tempfile::tempdir().expect("a folder");
        let site = Site::start();
        let teacher = Browser::open(&site.address, "desk-teacher", look).await;
        write_and_hand_in(&teacher, folder.path(), look).await;

        let phone = Browser::open(&site.address, "desk-headteacher", Look { width: 390, script }).await;
        give_password_of(&phone, "grace@oakfield.test").await;
        set_up_app(&phone).await;
        approve(&phone).await;
        let news = news(&phone).await;
        phone.visit(&news).await;
        for _ in 0..40 {
            if phone.text().await.contains(WORDS) {
                break;
            }
            phone.go(&news).await;
        }
        assert!(phone.text().await.contains(WORDS), "{look:?}");
        phone.examine().await;

        teacher.visit("/requests").await;
        teacher.press_on(WORDS).await;
        teacher.press_on("Take it down").await;
        teacher.fill("Why it comes down", "a mistake").await;
        teacher.press_on("Take it down").await;
        for _ in 0..400 {
            if teacher.text().await.contains("Seen gone") {
                break;
            }
            teacher.go(&teacher.path().await).await;
        }
        assert!(teacher.text().await.contains("Seen gone"), "{look:?}");
        phone.visit(&news).await;
        assert!(!phone.text().await.contains(WORDS), "{look:?}");
        teacher.close().await;
        phone.close().await;
    }
}
