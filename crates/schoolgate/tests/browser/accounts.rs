//! The school's accounts, what is public already, declared ties, and the news that everybody reads.

use crate::journeys::{give_password_of, set_up_app};
use crate::page::{Browser, Look, Script};
use crate::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn the_headteacher_writes_down_an_account_and_looks_through_what_is_public() {
    for look in [Look { width: 390, script: Script::On }, Look { width: 1280, script: Script::Off }] {
        let site = Site::start();
        let browser = Browser::open(&site.address, "accounts", look).await;
        give_password_of(&browser, "grace@oakfield.test").await;
        set_up_app(&browser).await;
        browser.visit("/official-accounts").await;
        browser.press_on("News page").await;
        let news = browser.run("return document.querySelector('dd a').getAttribute('href')", vec![]).await;
        let news = news.as_str().expect("the address of the news").to_owned();
        browser.press_on("Back").await;
        browser.press_on("Add an account").await;
        browser.press_on("Another network, posted to by hand").await;
        browser.press_on("Save").await;
        assert!(browser.text().await.contains("There is a problem"), "{look:?}");
        browser.fill("Name of the account", "Our pictures").await;
        browser.fill("Where people see it", "https://pictures.oakfield.test/school").await;
        browser.fill("What the account is for", "News for families").await;
        browser.tab_to("Who answers for it").await;
        browser.type_text("Priya").await;
        browser.choose("Not known").await;
        browser.press_on("Save").await;
        assert_eq!(browser.heading().await, "Our pictures", "{look:?}");
        assert!(browser.text().await.contains("Priya Nair"), "{look:?}");
        browser.press_on("Retire the account").await;
        browser.press_on("Retire the account").await;
        assert!(browser.text().await.contains("Retired"), "{look:?}");

        browser.visit("/audit").await;
        browser.press_on("Look through the accounts again").await;
        assert_eq!(browser.heading().await, "What is public already", "{look:?}");
        browser.visit("/links").await;
        browser.press_on("Declare a tie").await;
        browser.press_on("Declare it").await;
        browser.fill("Who is it?", "Rose Adeyemi").await;
        browser.choose("A pupil").await;
        browser.choose("Family").await;
        browser.press_on("Declare it").await;
        assert!(browser.text().await.contains("Rose Adeyemi"), "{look:?}");
        browser.visit("/links/all").await;
        let path = news.strip_prefix(&site.address).unwrap_or(&news);
        let path = path.find("/news/").map_or(path, |at| &path[at..]);
        browser.visit(path).await;
        assert_eq!(browser.heading().await, "News from Oakfield Primary School", "{look:?}");
        browser.close().await;
    }
}
