//! The roll and the register: a file that is imported, an answer that came on paper, the sheet for the camera, and a no of the
//! school's own that two people end.

use std::path::Path;

use fantoccini::Locator;

use crate::journeys::{give_password_of, set_up_app};
use crate::page::{Browser, Look, Script};
use crate::site::Site;

const OFFICE: &str = "tom@oakfield.test";
const TEACHER: &str = "ada@oakfield.test";
const LEAD: &str = "samir@oakfield.test";
const HEAD: &str = "grace@oakfield.test";
const DESK: Look = Look { width: 1280, script: Script::Off };
const PHONE: Look = Look { width: 390, script: Script::On };

/// The demo's roll with one more pupil in it.
fn roll_with_one_more(folder: &Path) -> String {
    let mut text = include_str!("../../src/demo/roll.csv").trim_end().to_owned();
    text.push_str("\nP999,,Nia,Powell,,2019-05-05,2,2026-09-01,Elm,no,no,a999a,Ms,Sian,Powell,parent,1,yes,");
    text.push_str("sian.powell@families.test,07700 900999,01632 960999,\"1 Elm Road, Oakfield\",ZZ99 3VZ\n");
    let file = folder.join("roll.csv");
    std::fs::write(&file, text).expect("the roll can be kept");
    file.display().to_string()
}

async fn come_in(site: &Site, journey: &str, look: Look, address: &str) -> Browser {
    let browser = Browser::open(&site.address, journey, look).await;
    give_password_of(&browser, address).await;
    set_up_app(&browser).await;
    browser
}

/// The page of a pupil in the register, found by name.
async fn find(browser: &Browser, part: &str, name: &str) {
    browser.visit("/permissions").await;
    browser.fill("Any part of a pupil's name", part).await;
    browser.press_on("Find").await;
    browser.press_on(name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_imports_a_roll_and_finds_the_new_pupil_in_the_class() {
    for look in [DESK, PHONE] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = roll_with_one_more(folder.path());
        let site = Site::start();
        let browser = come_in(&site, "import", look, OFFICE).await;
        browser.visit("/roll/import").await;
        browser.press_on("Look at it").await;
        assert!(browser.text().await.contains("Choose a file"), "{look:?}");
        let input = browser.client.find(Locator::Id("file")).await.expect("a place for the file");
        input.send_keys(&file).await.expect("a file is chosen");
        browser.press_on("Look at it").await;
        assert_eq!(browser.heading().await, "What this file would change", "{look:?}");
        let text = browser.text().await;
        assert!(text.contains("1 new") && text.contains("Nia Powell"), "{look:?}: {text}");
        browser.press_on("Import").await;
        assert_eq!(browser.heading().await, "Imports of the roll", "{look:?}");
        browser.visit("/roll").await;
        browser.press_on("Elm").await;
        assert!(browser.text().await.contains("Nia Powell"), "{look:?}");
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_notes_a_form_that_came_back_and_enters_what_it_says() {
    let site = Site::start();
    let browser = come_in(&site, "paper", DESK, OFFICE).await;
    browser.visit("/permissions").await;
    browser.press_on("Forms that came back").await;
    assert!(browser.text().await.contains("0 of "), "nobody has noted a form yet");
    browser.press_on("It is here").await;
    assert!(browser.text().await.contains("1 of "));

    // Nobody has answered for this child yet.
    find(&browser, "carter", "Will Carter").await;
    assert!(browser.text().await.contains("Nothing has been decided yet."));
    browser.press_on("Enter an answer from paper or telephone").await;
    browser.press_on("Save").await;
    assert!(browser.text().await.contains("There is a problem"));
    browser.choose("Mr Daniel Carter").await;
    browser.choose("On paper").await;
    browser.fill("Who rang, or where the paper is kept", "Folder 7").await;
    browser.choose("Yes").await;
    browser.press_on("Save").await;
    assert_eq!(browser.heading().await, "Will Carter");
    let text = browser.text().await;
    assert!(text.contains("Mr Daniel Carter: yes") && text.contains("On paper"), "{text}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teacher_prints_who_must_not_be_in_the_picture_and_a_card_for_the_photographer() {
    for look in [DESK, PHONE] {
        let site = Site::start();
        let browser = Browser::open(&site.address, "sheet", look).await;
        give_password_of(&browser, TEACHER).await;
        browser.visit("/permissions").await;
        browser.press_on("Elm").await;
        let lights = browser.text().await;
        browser.press_on("Who must not be in the picture, to print").await;
        let sheet = browser.text().await;
        // The fifth family says no to everything, the first says yes to everything.
        assert!(lights.contains("Zac O'Brien") && sheet.contains("Zac O'Brien"), "{sheet}");
        assert!(lights.contains("Rose Adeyemi") && !sheet.contains("Rose Adeyemi"), "{sheet}");
        assert!(sheet.contains("tears it up at the end of the day"), "{look:?}: {sheet}");
        for reason in ["Withdrawn", "said no", "parental", "O'Brien: "] {
            assert!(!sheet.contains(reason), "names only, {look:?}: {sheet}");
        }
        browser.visit("/permissions").await;
        browser.press_on("Elm").await;
        browser.press_on("Class and individual photographs").await;
        browser.press_on("Who must not be in the picture, to print").await;
        let card = browser.text().await;
        assert!(card.contains("For class and individual photographs") && card.contains("Zac O'Brien"), "{card}");
        browser.close().await;
    }
}

/// What a page of the register says of one purpose, without the pupil.
async fn row(browser: &Browser) -> String {
    let script = "const row = [...document.querySelectorAll('tr')].find(row => row.innerText.includes(\"Pictures on the school's website\"));
        return row.querySelector('td').innerText.trim()";
    browser.run(script, vec![]).await.as_str().expect("the row of the website").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_of_the_school_s_own_looks_like_any_other_and_takes_two_people_to_end() {
    let site = Site::start();
    let lead = come_in(&site, "withheld-lead", DESK, LEAD).await;
    let office = come_in(&site, "withheld-office", DESK, OFFICE).await;
    find(&office, "rose", "Rose Adeyemi").await;
    assert_eq!(row(&office).await, "● Yes");

    find(&lead, "rose", "Rose Adeyemi").await;
    lead.press_on("The school's own no").await;
    lead.fill("Why", "Only the lead reads this").await;
    lead.press_on("Say no to everything").await;
    let told = row(&lead).await;
    assert!(told.contains("No"), "{told}");

    // To everybody else it is the no of the family that said no.
    find(&office, "rose", "Rose Adeyemi").await;
    assert!(!office.text().await.contains("Only the lead reads this"));
    let withheld = row(&office).await;
    find(&office, "zac", "Zac O'Brien").await;
    assert_eq!(row(&office).await, withheld);
    assert_eq!(withheld, told);

    find(&lead, "rose", "Rose Adeyemi").await;
    lead.press_on("The school's own no").await;
    assert!(lead.text().await.contains("Only the lead reads this"));
    lead.press_on("Say that it may end").await;
    assert_eq!(row(&lead).await, told, "one person ends nothing");
    let head = come_in(&site, "withheld-head", PHONE, HEAD).await;
    find(&head, "rose", "Rose Adeyemi").await;
    head.press_on("The school's own no").await;
    assert!(!head.text().await.contains("Only the lead reads this"));
    head.press_on("End it, as the second person").await;
    assert_eq!(row(&head).await, "● Yes");
    for browser in [lead, office, head] {
        browser.close().await;
    }
}
