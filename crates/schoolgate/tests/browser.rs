//! The main journeys in a real Chromium, by keyboard alone, on a phone and a desk, with and without script.
//!
//! For: what only a browser shows: focus, script, layout, what assistive technology is told.
//! Promises: every page that is reached, and the sample of every page there is, is examined (`browser/page.rs`): axe-core finds nothing, the console is quiet, the focus can be
//! seen, nothing is wider than the screen. Pictures of all of them are in `target/screens`. A missing browser is a failure.
//! Does not: test rules or rights again; `tests/access.rs` and the examples beside the clauses do.

#[path = "browser/accounts.rs"]
mod accounts;
#[path = "browser/desk.rs"]
mod desk;
#[path = "browser/driver.rs"]
mod driver;
#[path = "browser/examination.rs"]
mod examination;
#[path = "browser/families.rs"]
mod families;
#[path = "browser/journeys.rs"]
mod journeys;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/passkey.rs"]
mod passkey;
#[path = "browser/people.rs"]
mod people;
#[path = "browser/policy.rs"]
mod policy;
#[path = "browser/register.rs"]
mod register;
#[path = "browser/samples.rs"]
mod samples;
#[path = "browser/site.rs"]
mod site;
