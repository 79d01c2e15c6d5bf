//! What every kind of trouble with a mail server means, and what is no letter.

use uuid::Uuid;

use super::fake::{Fake, Habit};
use super::*;

const NOON: i64 = 1_795_262_400_000;

fn letter(to: &str) -> Letter {
    let said = ("Please answer", "Good morning.\n\nhttps://gate.oakfield.test/answer/é\n.\nThe office");
    Letter::new(Uuid::nil(), NOON, to, said)
        .and_then(|new| new.from("Oakfield Primary", Some("office@oakfield.test")))
        .expect("a letter")
}

/// Short: what came of sending one letter to a server with one habit.
async fn came_of(command: &'static str, habit: Habit) -> String {
    let fake = Fake::start().await;
    fake.has_habit(command, habit);
    match fake.mailer().send(&letter("parent@home.test")).await {
        Ok(()) => "sent".into(),
        Err(Failed::Retry { .. }) => "later".into(),
        Err(Failed::Unsure(_)) => "unsure".into(),
        Err(Failed::Never(Reason::Credentials)) => "credentials".into(),
        Err(Failed::Never(_)) => "never".into(),
    }
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written() {
    let fake = Fake::start().await;
    fake.mailer().send(&letter("parent@home.test")).await.expect("sent");
    let taken = fake.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].to, "parent@home.test");
    for line in [
        "From: \"Oakfield Primary\" <office@oakfield.test>",
        "Reply-To: office@oakfield.test",
        "Subject: Please answer",
        "Date: Sat, 21 Nov 2026 12:00:00 +0000",
        "Message-ID: <00000000-0000-0000-0000-000000000000@oakfield.test>",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(taken[0].raw.lines().any(|found| found == line), "{line}\n{}", taken[0].raw);
    }
    assert_eq!(taken[0].link("https://").as_deref(), Some("https://gate.oakfield.test/answer/é"));
    assert!(fake.mailer().check().await.is_ok());
    assert_eq!(fake.taken().len(), 1, "a check sends nothing");
}

#[tokio::test]
async fn every_answer_means_try_later_or_never_or_that_nobody_knows() {
    for (command, said, expect) in [
        ("", "220 hello", "sent"),
        ("", "421 too busy", "later"),
        ("", "554 not you", "never"),
        ("", "HTTP/1.1 400 Bad Request", "later"),
        ("EHLO", "502 what?", "never"),
        ("MAIL", "451 later", "later"),
        ("MAIL", "530 sign in first", "credentials"),
        ("MAIL", "553 not your address", "never"),
        ("RCPT", "450 grey", "later"),
        ("RCPT", "550 <parent@home.test>: nobody", "never"),
        ("RCPT", "\u{0}\u{1}", "later"),
        ("DATA", "452 full", "later"),
        (".", "554 unwanted", "never"),
        (".", "451 later", "later"),
        (".", "what", "unsure"),
    ] {
        assert_eq!(came_of(command, Habit::Says(said)).await, expect, "{command} {said}");
    }
    for (command, expect) in [("", "later"), ("EHLO", "later"), ("RCPT", "later"), (".", "unsure")] {
        assert_eq!(came_of(command, Habit::Drops).await, expect, "drops at {command}");
        assert_eq!(came_of(command, Habit::Endless).await, expect, "endless at {command}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_server_that_says_nothing() {
    for (command, expect) in [("", "later"), ("EHLO", "later"), ("MAIL", "later"), (".", "unsure")] {
        assert_eq!(came_of(command, Habit::Silent).await, expect, "silent at {command}");
    }
}

#[tokio::test]
async fn what_failed_repeats_neither_address_nor_password() {
    let fake = Fake::start().await;
    fake.has_habit("RCPT", Habit::Says("550 5.1.1 <parent@home.test> unknown"));
    let error = fake.mailer().send(&letter("parent@home.test")).await.expect_err("refused");
    assert_eq!(error.to_string(), "the channel refused: the mail server said 550 at the recipient's address");
    fake.has_habit("AUTH", Habit::Says("535 three blue kettles is wrong"));
    let login = Login { user: "office".into(), password: Zeroizing::new("three blue kettles".into()) };
    assert!(!format!("{login:?}").contains("kettles"));
    let mailer = Mailer::new(Server { login: Some(login), ..fake.server() }).expect("a mailer");
    let error = mailer.check().await.expect_err("refused");
    assert!(error.is_credentials() && !error.to_string().contains("kettles"), "{error}");
}

#[tokio::test]
async fn a_password_goes_only_to_this_machine_without_encryption_and_no_line_falls_back() {
    let fake = Fake::start().await;
    let login = Login { user: "office".into(), password: Zeroizing::new("three blue kettles".into()) };
    let mailer = Mailer::new(Server { login: Some(login), ..fake.server() }).expect("a mailer");
    mailer.send(&letter("parent@home.test")).await.expect("this machine");
    // A server that does not offer to encrypt is not spoken to in clear.
    for security in [Security::StartTls, Security::Tls] {
        let mailer = Mailer::new(Server { security, ..fake.server() }).expect("a mailer");
        assert!(mailer.send(&letter("parent@home.test")).await.is_err(), "{security:?}");
    }
    assert_eq!(fake.taken().len(), 1);
}

#[test]
fn nothing_that_could_begin_a_second_head_is_a_letter() {
    let at = |to: &str, subject: &str, text: &str| Letter::new(Uuid::nil(), NOON, to, (subject, text)).err();
    let good = "parent@home.test";
    assert_eq!(at(good, "Please answer", "Text"), None);
    for to in [
        "",
        "nobody",
        "a@b@c",
        "a@home.test\r\nBcc: all@home.test",
        "a b@home.test",
        "<a@home.test>",
        "a@home.test,b@home.test",
    ] {
        assert_eq!(at(to, "Please answer", "Text"), Some(Improper::Address), "{to:?}");
        assert!(!is_address(to));
    }
    for subject in
        ["", "  ", "Hello\nBcc: all@home.test", "Hello\r\n\r\nText", "a\u{2028}b", "a\u{0}b", &"x".repeat(121)]
    {
        assert_eq!(at(good, subject, "Text"), Some(Improper::Subject), "{subject:?}");
    }
    assert_eq!(at(good, "Please answer", " \n"), Some(Improper::Text));
    assert_eq!(at(good, "Please answer", &"x".repeat(TEXT_BYTES_MAX + 1)), Some(Improper::Text));
    let named = |name: &str| letter(good).from(name, None).err();
    for name in ["", "Oakfield\r\nBcc: all@home.test", &"x".repeat(121)] {
        assert_eq!(named(name), Some(Improper::Name), "{name:?}");
    }
    assert_eq!(letter(good).from("Oakfield", Some("x\r\ny@home.test")).err(), Some(Improper::Address));
}

#[test]
fn settings_that_cannot_work_are_refused_with_a_sentence() {
    let server = Server {
        host: "mail.oakfield.test".into(),
        port: 465,
        security: Security::Tls,
        authority: None,
        login: None,
        from: "office@oakfield.test".into(),
        hello: "gate.oakfield.test".into(),
    };
    assert!(Mailer::new(server.clone()).is_ok());
    assert!(Mailer::new(Server { from: "office".into(), ..server.clone() }).is_err());
    assert!(Mailer::new(Server { hello: "gate\r\nQUIT".into(), ..server.clone() }).is_err());
    assert!(Mailer::new(Server { authority: Some(b"no certificate".to_vec()), ..server }).is_err());
}
