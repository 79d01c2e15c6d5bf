//! What is reached, what is not, and what a reply that breaks off means.

use super::*;
use crate::fake::{Answer, Fake};

const NOW: i64 = 1_795_262_400_000;

fn client(reach: Reach) -> Client {
    Client::new(reach, Arc::new(|| NOW))
}

async fn get(client: &Client, url: &Url) -> Result<Reply, Broken> {
    client.call("somebody", client.request(reqwest::Method::GET, url)?).await
}

#[test]
fn only_addresses_of_the_open_internet_are_public() {
    let public =
        ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1", "64:ff9b::808:808", "::ffff:8.8.8.8"];
    let special = [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "3fff::1",
        "100::1",
    ];
    for (addresses, expect) in [(&public[..], true), (&special[..], false)] {
        for address in addresses {
            assert_eq!(is_public(address.parse().expect("an address")), expect, "{address}");
        }
    }
}

#[tokio::test]
async fn private_addresses_are_not_reached_by_number_or_by_name() {
    let fake = Fake::start(|_| Answer::json(200, "{}")).await;
    let careful = client(Reach::Public);
    for text in [
        "http://oakfield.test/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://a:b@oakfield.test/",
        "ftp://oakfield.test/",
        "data:,",
    ] {
        assert!(careful.check_address(text).is_err(), "{text}");
    }
    let by_name = Url::parse(&format!("https://localhost:{}/", fake.port())).expect("an address");
    assert_eq!(get(&careful, &by_name).await.err(), Some(Broken::Address(PRIVATE.into())));
    assert_eq!(fake.requests().len(), 0);
    assert!(get(&client(Reach::Anywhere), &fake.url()).await.expect("a reply").is_good());
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_a_way() {
    let fake = Fake::start(|request| match request.path.as_str() {
        "/" => Answer::json(302, "").with("location", "/secret"),
        _ => Answer::json(200, "{}"),
    })
    .await;
    let reply = get(&client(Reach::Anywhere), &fake.url()).await.expect("a reply");
    assert_eq!((reply.status, fake.requests().len()), (302, 1));
    assert!(matches!(reply.publishing(""), Failed::Never(Reason::Refused(_))));
}

#[tokio::test]
async fn what_breaks_is_told_apart() {
    let huge = Fake::start(|_| Answer::Huge).await;
    let lost = Fake::start(|_| Answer::Lost).await;
    let wrong = Fake::start(|_| Answer::Garbage).await;
    let client = client(Reach::Anywhere);
    for fake in [&huge, &lost, &wrong] {
        let broken = get(&client, &fake.url()).await.expect_err("no reply");
        assert!(matches!(broken.clone().publishing(), Failed::Unsure(_)), "{broken:?}");
        assert!(matches!(broken.harmless(), Failed::Retry { .. }));
    }
    let gone = lost.url();
    drop(lost);
    let broken = get(&client, &gone).await.expect_err("no reply");
    assert!(matches!(broken, Broken::Unsent(_)), "{broken:?}");
    for said in [broken.publishing().to_string(), format!("{:?}", Broken::Lost(String::new()))] {
        assert!(!said.contains("127.0.0.1"), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let slow = Fake::start(|_| Answer::Never).await;
    let broken = get(&client(Reach::Anywhere), &slow.url()).await.expect_err("no reply");
    assert!(matches!(broken, Broken::Lost(_) | Broken::Unsent(_)), "{broken:?}");
}

#[tokio::test]
async fn whoever_is_told_to_wait_waits_and_others_do_not() {
    let fake = Fake::start(|_| Answer::json(429, "{}").with("retry-after", "90")).await;
    let client = client(Reach::Anywhere);
    let first = get(&client, &fake.url()).await.expect("a reply").publishing("");
    assert_eq!(first, Failed::Retry { after: Duration::from_secs(90), because: "the channel asks to wait".into() });
    let second = get(&client, &fake.url()).await.expect("a reply").publishing("");
    assert_eq!((second, fake.requests().len()), (first, 1));
    let other = client.request(reqwest::Method::GET, &fake.url()).expect("a request");
    client.call("another", other).await.expect("a reply");
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn every_way_to_say_when_is_read() {
    let cases = [
        ("90", 90),
        ("0", 1),
        ("-5", 1),
        ("1795262460", 60),
        ("2026-11-21T12:02:00.000Z", 120),
        ("Sat, 21 Nov 2026 12:03:00 GMT", 180),
        ("soon", 60),
        ("999999999999999999", 86_400),
    ];
    for (written, expect) in cases {
        assert_eq!(pause_in(written, NOW).as_secs(), expect, "{written}");
    }
}
