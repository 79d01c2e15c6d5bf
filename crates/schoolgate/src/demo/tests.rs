use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::*;
use crate::clock::Fixed;
use crate::config::{Config, Sources};
use crate::people;

async fn open(folder: &Path) -> App {
    let flags = vec![("data".to_owned(), folder.display().to_string())];
    let config = Config::read(&Sources { flags, ..Sources::default() }).expect("settings");
    let clock = Fixed::at("2026-11-21T12:00:00Z".parse().expect("a moment"));
    App::open(config, Arc::new(clock)).await.expect("an app")
}

#[tokio::test]
async fn whoever_opens_a_demo_knows_that_it_is_one() {
    let place = tempfile::tempdir().expect("a folder");
    let app = open(place.path()).await;
    let told = Mutex::new(Vec::new());
    fill(&app, |said| told.lock().expect("one at a time").push(said.to_owned())).await.expect("a demo");
    assert_eq!(told.lock().expect("one at a time").len(), PEOPLE.len());
    app.db.close().await;
    let again = open(place.path()).await;
    assert!(again.config.is_demo);
    expect(&again).await.expect("a demo");
    let schools = people::schools(&again).await.expect("the schools");
    assert_eq!(schools.iter().map(|school| school.name.as_str()).collect::<Vec<_>>(), [SCHOOL]);
}

#[tokio::test]
async fn a_real_school_is_no_demo() {
    let place = tempfile::tempdir().expect("a folder");
    let app = open(place.path()).await;
    operator::open_school(&app, "Real").await.expect("a school");
    assert!(!app.config.is_demo);
    assert!(matches!(expect(&app).await, Err(Error::Invalid(_))));
}

#[test]
fn everybody_can_be_told_apart_and_nobody_gets_mail() {
    let addresses: BTreeSet<_> = PEOPLE.iter().map(|person| person.address).collect();
    assert_eq!(addresses.len(), PEOPLE.len());
    assert!(addresses.iter().all(|address| address.ends_with("@oakfield.test")));
}
