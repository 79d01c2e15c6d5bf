//! Signing in both ways, and a question from the first click to the ruling.

use totp_rs::{Builder, Secret};

use crate::page::{Browser, ENTER, LOOKS, Look, Script};
use crate::passkey::Passkey;
use crate::site::Site;

const ADA: &str = "ada@oakfield.test";
const PASSWORD: &str = schoolgate::demo::PASSWORD;
const STEP_SECONDS: u64 = 30;

async fn give_password(browser: &Browser) {
    give_password_of(browser, ADA).await;
}

pub(crate) async fn give_password_of(browser: &Browser, address: &str) {
    browser.visit("/sign-in").await;
    browser.fill("Email address", address).await;
    browser.fill("Password", PASSWORD).await;
    browser.press_on("Sign in").await;
}

/// Turns an authenticator app on and gives its secret.
pub(crate) async fn set_up_app(browser: &Browser) -> String {
    browser.visit("/account/app").await;
    browser.press_on("Set up an app").await;
    let secret = browser.run("return document.getElementById('app-secret').textContent", vec![]).await;
    let secret = secret.as_str().expect("the secret is on the page").to_owned();
    browser.fill("Code from the app", &code(&secret, 0)).await;
    browser.press_on("Turn the app on").await;
    secret
}

/// What the authenticator app shows, so many steps from now.
fn code(secret: &str, steps_ahead: u64) -> String {
    let bytes = Secret::try_from_base32(secret.replace(' ', "")).expect("the page spells the secret in base 32");
    let totp = Builder::new().with_secret(bytes).with_step_duration(STEP_SECONDS).build().expect("an authenticator");
    totp.generate(now_seconds() + steps_ahead * STEP_SECONDS).to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program under test runs by the machine's clock, and so does an authenticator app"
)]
fn now_seconds() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("the machine's clock is right").as_secs()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_with_a_password_and_a_code_from_their_app() {
    for look in LOOKS {
        let site = Site::start();
        let browser = Browser::open(&site.address, "sign-in-code", look).await;
        give_password(&browser).await;
        let secret = set_up_app(&browser).await;
        assert!(browser.text().await.to_lowercase().contains("recovery codes"), "{look:?}");
        browser.press_on("Sign out").await;

        give_password(&browser).await;
        assert_eq!(browser.path().await, "/sign-in/code", "{look:?}");
        browser.fill("Code", "000000").await;
        browser.press_on("Continue").await;
        assert!(browser.text().await.contains("There is a problem"), "{look:?}");
        // The step of the first code has been used; a clock may be one step ahead.
        browser.fill("Code", &code(&secret, 1)).await;
        browser.press_on("Continue").await;
        browser.visit("/account").await;
        assert!(browser.text().await.contains(ADA), "{look:?}");
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_at_the_top_and_tells_nobody_whether_the_account_exists() {
    let site = Site::start();
    let browser = Browser::open(&site.address, "sign-in-wrong", Look { width: 390, script: Script::On }).await;
    let mut seen = Vec::new();
    for address in [ADA, "nobody@oakfield.test"] {
        browser.visit("/sign-in").await;
        browser.fill("Email address", address).await;
        browser.fill("Password", "not my password").await;
        browser.press_on("Sign in").await;
        seen.push(browser.text().await);
    }
    assert!(seen[0].contains("There is a problem"), "{}", seen[0]);
    assert_eq!(seen[0], seen[1]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_adds_a_passkey_and_signs_in_with_it() {
    for look in LOOKS.into_iter().filter(|look| look.script == Script::On) {
        let site = Site::start();
        let browser = Browser::open(&site.address, "sign-in-passkey", look).await;
        let passkey = Passkey::plug_in(&browser).await;
        give_password(&browser).await;
        browser.visit("/account").await;
        browser.press_on("Add a passkey").await;
        browser.fill("Name for this passkey", "My laptop").await;
        browser.press_on("Add a passkey").await;
        assert_eq!(passkey.credentials(&browser).await.len(), 1, "{look:?}");
        browser.visit("/account").await;
        assert!(browser.text().await.contains("My laptop"), "{look:?}");
        browser.press_on("Sign out").await;

        browser.visit("/sign-in").await;
        browser.press_on("Sign in with a passkey").await;
        browser.visit("/account").await;
        assert!(browser.text().await.contains(ADA), "{look:?}");
        let used = passkey.credentials(&browser).await;
        assert!(used[0]["signCount"].as_u64() >= Some(2), "making and signing in each count: {used:?}");
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_script_the_page_says_how_to_sign_in_instead_of_a_passkey() {
    let site = Site::start();
    for look in LOOKS.into_iter().filter(|look| look.script == Script::Off) {
        let browser = Browser::open(&site.address, "sign-in-no-passkey", look).await;
        browser.visit("/sign-in").await;
        let text = browser.text().await;
        assert!(text.contains("Signing in with a passkey needs script"), "{text}");
        assert!(!text.contains("Or use a passkey"), "{text}");
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teacher_asks_about_a_parent_s_friend_request() {
    for look in LOOKS {
        let site = Site::start();
        let browser = Browser::open(&site.address, "question", look).await;
        give_password(&browser).await;
        browser.visit("/questions").await;
        browser.press_on("May I accept this friend or contact request?").await;
        browser.press_on("Continue").await;
        assert!(browser.text().await.contains("There is a problem"), "an empty answer is told: {look:?}");
        // Whatever is asked, until the ruling stands: a parent where people are asked about, else nobody knows.
        let mut asked = Vec::new();
        while !browser.text().await.contains("What the policy says") {
            let question = browser.heading().await;
            assert!(!asked.contains(&question), "`{question}` is asked twice: {asked:?}");
            asked.push(question);
            assert!(asked.len() <= 12, "too many questions for a friend request: {asked:?}");
            answer(&browser).await;
            browser.press_on("Continue").await;
        }
        let ruling = browser.text().await;
        assert_ne!(browser.heading().await, "It depends", "everything that was asked has been answered: {ruling}");
        for part in ["What to do next", "What the policy says", "Clause ", "What we know so far", "From your answer"] {
            assert!(ruling.contains(part), "no `{part}`, {look:?}: {ruling}");
        }
        browser.press_on("Ask another question").await;
        browser.close().await;
    }
}

/// Says that it is a parent where people are asked about, else `No` where it is offered, else the first answer.
pub(crate) async fn answer(browser: &Browser) {
    let labels =
        browser.run("return [...document.querySelectorAll('main label')].map(e => e.innerText.trim())", vec![]).await;
    let labels: Vec<&str> = labels.as_array().into_iter().flatten().filter_map(|label| label.as_str()).collect();
    let parent = labels.iter().find(|label| label.to_lowercase().contains("parent") && !label.contains("former"));
    let wanted = parent.or_else(|| labels.iter().find(|label| **label == "No")).or(labels.first());
    if let Some(label) = wanted.filter(|_| labels.len() > 1) {
        browser.choose(label).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back() {
    let site = Site::start();
    let browser = Browser::open(&site.address, "led", Look { width: 1280, script: Script::Off }).await;
    browser.visit("/account").await;
    assert_eq!(browser.path().await, "/sign-in");
    browser.fill("Email address", ADA).await;
    browser.fill("Password", PASSWORD).await;
    browser.leave_mark().await;
    browser.press(ENTER).await;
    browser.arrive().await;
    assert_eq!(browser.path().await, "/account");
    browser.tab_to("Skip to main content").await;
    browser.press(ENTER).await;
    let there = browser.client.current_url().await.expect("a page is open");
    assert_eq!(there.fragment(), Some("main-content"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_of_the_demo_keeps_what_was_done() {
    let site = Site::start();
    let browser = Browser::open(&site.address, "second-start", Look { width: 1280, script: Script::Off }).await;
    give_password(&browser).await;
    let place = site.place.clone();
    drop(site);
    let again = Site::start_in(place);
    // The session is in the database, so the same cookie still lets Ada in.
    browser.visit("/account").await;
    assert!(browser.text().await.contains(ADA), "{}", again.address);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_for_everybody_hold_in_every_look() {
    let site = Site::start();
    for look in LOOKS {
        let browser = Browser::open(&site.address, "open", look).await;
        for path in ["/", "/accessibility", "/privacy"] {
            browser.visit(path).await;
        }
        browser.go("/no-such-page").await;
        assert_eq!(browser.status().await, 404);
        browser.examine().await;
        browser.close().await;
    }
}
