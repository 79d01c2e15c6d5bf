//! Reading the policy, keeping an answer, and a draft from its first change to the governing body's decision.

use std::time::{Duration, Instant};

use crate::journeys::{answer, give_password_of, set_up_app};
use crate::page::{Browser, LOOKS, Look, Script};
use crate::site::Site;

/// Long enough for a check of a chapter on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn somebody_reads_the_policy_and_finds_a_clause() {
    for look in LOOKS {
        let site = Site::start();
        let browser = Browser::open(&site.address, "policy", look).await;
        give_password_of(&browser, "ada@oakfield.test").await;
        browser.visit("/policy").await;
        browser.fill("Find words in this policy", "pupils added friends").await;
        browser.press_on("Find").await;
        let found = browser.text().await;
        assert!(found.contains("Found in 1 clause"), "{look:?}: {found:.400}");
        browser.press_on("See all versions").await;
        assert!(browser.text().await.contains("In force now"), "{look:?}");
        browser.visit("/policies").await;
        assert!(browser.text().await.contains("A teacher asks a pupil to be a friend online"), "{look:?}");
        browser.visit("/policies/b1/westacre").await;
        assert!(browser.text().await.contains("What this policy says"), "{look:?}");
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_keeps_an_answer_and_deletes_it() {
    let site = Site::start();
    for look in [Look { width: 390, script: Script::Off }, Look { width: 1280, script: Script::On }] {
        let browser = Browser::open(&site.address, "answers", look).await;
        give_password_of(&browser, "ada@oakfield.test").await;
        browser.visit("/answers").await;
        assert!(browser.text().await.contains("You have kept no answer"), "{look:?}");
        browser.visit("/questions/connect-accept").await;
        while !browser.text().await.contains("What the policy says") {
            answer(&browser).await;
            browser.press_on("Continue").await;
        }
        let verdict = browser.heading().await;
        browser.press_on("Keep this answer").await;
        assert_eq!(browser.heading().await, verdict, "{look:?}");
        assert!(browser.text().await.contains("the school's records"), "{look:?}");
        browser.press_on("Delete this answer").await;
        assert!(browser.text().await.contains("You have kept no answer"), "{look:?}");
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_goes_from_the_headteacher_to_the_chair_and_comes_into_force() {
    for look in [Look { width: 390, script: Script::Off }, Look { width: 1280, script: Script::On }] {
        let site = Site::start();
        let browser = Browser::open(&site.address, "draft", look).await;
        give_password_of(&browser, "grace@oakfield.test").await;
        set_up_app(&browser).await;
        browser.visit("/policy/drafts").await;
        browser.press_on("Begin the draft").await;
        assert!(browser.text().await.contains("There is a problem"), "{look:?}");
        browser.fill("What the draft is called", "Review 2027").await;
        browser.choose("The policy that is in force here").await;
        browser.press_on("Begin the draft").await;
        assert_eq!(browser.heading().await, "Review 2027", "{look:?}");
        let draft = browser.path().await;
        browser.press_on("What the school sets").await;
        browser.fill("Title of the policy", "Oakfield's policy on social media").await;
        browser.press_on("Save").await;
        assert!(browser.text().await.contains("The draft has no faults"), "{look:?}");
        if look.script == Script::On {
            write_with_faults(&browser, &draft).await;
        }
        compare(&browser, &draft).await;
        browser.visit(&draft).await;
        browser.press_on("Lay it before the governing body").await;
        assert!(browser.text().await.contains("Lies before the governing body"), "{look:?}");
        browser.press_on("Sign out").await;

        give_password_of(&browser, "ngozi@oakfield.test").await;
        set_up_app(&browser).await;
        browser.visit(&draft).await;
        browser.press_on("Record the decision").await;
        browser.press_on("Adopt this version").await;
        assert!(browser.text().await.contains("There is a problem"), "{look:?}");
        decide(&browser).await;
        let versions = browser.text().await;
        for part in ["In force now", "Oakfield's policy on social media", "by Ngozi Eze", "Unchanged"] {
            assert!(versions.contains(part), "no `{part}`, {look:?}: {versions}");
        }
        browser.close().await;
    }
}

/// Types a chapter with a fault and waits until it is told beside the text; nothing is saved.
async fn write_with_faults(browser: &Browser, draft: &str) {
    browser.visit(&format!("{draft}/chapters/01-aims.md")).await;
    browser.fill("Text of the chapter", "### aims 1").await;
    let begun = Instant::now();
    let mut every = tokio::time::interval(Duration::from_millis(100));
    while !browser.text().await.contains("Line 1, column 1") {
        assert!(begun.elapsed() < PATIENCE, "no fault is told: {}", browser.text().await);
        every.tick().await;
    }
    browser.examine().await;
}

/// Waits for the comparison, which works without script by coming back.
async fn compare(browser: &Browser, draft: &str) {
    let id = draft.rsplit('/').next().expect("a draft's number");
    let address = format!("/policy/comparison?old=in-force&new=draft-{id}");
    let begun = Instant::now();
    browser.visit(&address).await;
    while !browser.text().await.contains("No difference") {
        assert!(begun.elapsed() < 4 * PATIENCE, "no comparison: {}", browser.text().await);
        browser.go(&address).await;
    }
    assert!(browser.text().await.contains("worked examples of the first policy have the same answer in both"));
}

/// Fills in the decision of a meeting a while ago.
async fn decide(browser: &Browser) {
    browser.fill("What this version is called", "2027").await;
    browser.choose("The governing body").await;
    for (part, number) in [("Day", "1"), ("Month", "9"), ("Year", "2025")] {
        browser.fill(part, number).await;
    }
    for field in ["review_day", "review_month", "review_year"] {
        let number = if field == "review_year" { "2099" } else { "1" };
        let script = "document.getElementById(arguments[0]).value = arguments[1]";
        browser.run(script, vec![field.into(), number.into()]).await;
    }
    browser.choose("No, a notice is enough").await;
    browser.fill("What changed, and why", "A title of our own").await;
    browser.press_on("Adopt this version").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_headteacher_makes_a_key_and_sets_the_hours() {
    let site = Site::start();
    let look = Look { width: 1280, script: Script::Off };
    let browser = Browser::open(&site.address, "settings", look).await;
    give_password_of(&browser, "grace@oakfield.test").await;
    set_up_app(&browser).await;
    browser.visit("/tokens").await;
    browser.fill("Which program is it for?", "The intranet").await;
    browser.press_on("Make the key").await;
    assert!(browser.text().await.contains("sgk_"));
    browser.press_on("Go to the list of keys").await;
    assert!(browser.text().await.contains("The intranet") && !browser.text().await.contains("sgk_"));
    browser.visit("/school/hours").await;
    browser.fill("Terms, without half-term holidays", "Autumn").await;
    browser.press_on("Save").await;
    assert!(browser.text().await.contains("There is a problem"));
    browser.fill("Terms, without half-term holidays", "Autumn: 2026-09-02 to 2026-12-18").await;
    browser.press_on("Save").await;
    assert_eq!(browser.path().await, "/school/hours");
    browser.close().await;
}
