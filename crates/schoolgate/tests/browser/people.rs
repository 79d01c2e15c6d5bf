//! The list of people, from the headteacher's first look to the new person's first sign-in.

use crate::journeys::{give_password_of, set_up_app};
use crate::page::{Browser, Look, Script};
use crate::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn the_headteacher_adds_somebody_who_then_chooses_a_password() {
    for look in [Look { width: 390, script: Script::On }, Look { width: 1280, script: Script::Off }] {
        let site = Site::start();
        let browser = Browser::open(&site.address, "people", look).await;
        give_password_of(&browser, "grace@oakfield.test").await;
        browser.visit("/people").await;
        browser.press_on("Add a person").await;
        assert_eq!(browser.path().await, "/proof", "a password alone changes nobody's record: {look:?}");
        set_up_app(&browser).await;

        browser.visit("/people").await;
        browser.press_on("Add a person").await;
        browser.press_on("Save").await;
        assert!(browser.text().await.contains("There is a problem"), "{look:?}");
        browser.fill("Full name", "Bo Lindqvist").await;
        browser.choose("Not known").await;
        browser.press_on("Save").await;
        assert_eq!(browser.heading().await, "Bo Lindqvist", "{look:?}");
        browser.press_on("Give a role").await;
        browser.choose("Volunteer").await;
        for (part, number) in [("Day", "1"), ("Month", "9"), ("Year", "2026")] {
            browser.fill(part, number).await;
        }
        browser.press_on("Give the role").await;
        assert!(browser.text().await.contains("1 September 2026"), "{look:?}");

        browser.press_on("Make a set-up link").await;
        browser.fill("Email address", "bo@oakfield.test").await;
        browser.press_on("Make the link").await;
        let link = browser.run("return document.getElementById('set-up-link').textContent", vec![]).await;
        let link = link.as_str().and_then(|link| link.strip_prefix(&site.address)).expect("a link to this place");
        browser.press_on("Sign out").await;

        browser.visit(link).await;
        browser.fill("New password", "four green ladders").await;
        browser.fill("The same password again", "four green ladders").await;
        browser.press_on("Save and sign in").await;
        assert!(browser.text().await.contains("bo@oakfield.test"), "{look:?}");
        browser.go(link).await;
        assert_eq!(browser.status().await, 404, "a link works once: {look:?}");
        browser.examine().await;
        browser.close().await;
    }
}
