//! Who gets what from which address: every route, for every role, for nobody, and for things of three kinds.
//!
//! For: whoever reviews a change to a route or an access rule. `snapshots/access__walk.snap` is to be read by a person.
//! Promises: the routes are read from `routes.rs`, so none can be left out; an address with a part that this walk does not
//! know fails it; nothing of another school is ever found; whoever is not signed in is led to the sign-in page.
//! Does not: fill in forms. An empty form that comes as far as being read answers 422, which means: allowed to try.

#[path = "access/roll.rs"]
mod roll;
#[path = "access/school.rs"]
mod school;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use school::{Oakfield, Target, Visitor};
use schoolgate::routes;
use tower::ServiceExt;

/// Routes that anybody may use; every other one wants a session.
const OPEN: &[&str] = &[
    "/",
    "/accessibility",
    "/privacy",
    "/health",
    "/health/live",
    "/assets/{version}/{name}",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/passkey",
    "/sign-in/passkey/challenge",
    "/set-up/{link}",
    // Programs come with a key, which nobody in this walk has.
    "/api/v1/openapi.json",
    "/api/v1/rulings",
    "/accounts",
    "/accounts/{school}",
    "/accounts/{school}/statement",
    "/news/{school}",
    "/news/{school}/feed.atom",
    "/news/{school}/feed.json",
    "/news/{school}/{item}",
    "/news/{school}/pictures/{picture}",
    "/answer",
    "/answer/{link}",
    "/answer/{link}/decisions",
    "/receipts/{receipt}",
    "/receipts/{receipt}/withdrawal",
];

/// Each route as `routes.rs` states it: method and pattern.
fn stated() -> Vec<(&'static str, String)> {
    let source = include_str!("../src/routes.rs");
    let mut found = Vec::new();
    for call in source.split(".route(").skip(1) {
        let (_, rest) = call.split_once('"').expect("a pattern in quotes");
        let (pattern, rest) = rest.split_once('"').expect("the pattern's end");
        let handlers = within(rest);
        let mut methods = 0;
        for (word, method) in [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE")] {
            let begins = handlers.trim_start_matches([',', ' ', '\n']).starts_with(word);
            if begins || handlers.contains(&format!(".{word}")) {
                found.push((method, pattern.to_owned()));
                methods += 1;
            }
        }
        assert!(methods > 0, "no method of {pattern} was understood");
    }
    found
}

/// The text up to the bracket that closes the call.
fn within(rest: &str) -> &str {
    let mut depth = 1;
    for (at, letter) in rest.char_indices() {
        depth += match letter {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &rest[..at];
        }
    }
    panic!("a call that never ends: {rest:.60}")
}

#[test]
fn the_routes_are_read_from_their_table() {
    let stated = stated();
    assert!(stated.len() > 30, "only {} routes", stated.len());
    for known in [("GET", "/people/{person}"), ("POST", "/people"), ("GET", "/people"), ("POST", "/session/end")] {
        assert!(stated.iter().any(|(method, path)| (*method, path.as_str()) == known), "{known:?}");
    }
    let source = include_str!("../src/routes.rs");
    let others = ["nest(", "nest_service(", "route_service(", "any(", "on(", "fallback(", "patch("];
    for word in others {
        assert!(!source.contains(&format!(".{word}")), "`{word}` in routes.rs: teach this walk to read it");
    }
}

#[tokio::test]
async fn walk() {
    let oakfield = school::oakfield().await;
    let router = routes::all(oakfield.app.clone());
    let mut told = String::new();
    for (method, pattern) in stated() {
        writeln!(told, "{method} {pattern}").expect("a string takes everything");
        for target in oakfield.targets(&pattern) {
            let answers = answers(&oakfield, &router, (method, &pattern), target).await;
            check(&pattern, target, &answers);
            tell(&mut told, target, &answers);
        }
        misspelt(&oakfield, &router, (method, &pattern)).await;
        told.push('\n');
    }
    insta::assert_snapshot!("walk", told.trim_end());
}

/// A part that cannot be read is a thing that nobody has, not a remark about what was sent.
async fn misspelt(oakfield: &Oakfield, router: &Router, (method, pattern): (&str, &str)) {
    let spelt = |text: &str| text.split_once('}').map_or(text.to_owned(), |(_, rest)| format!("zz{rest}"));
    let path: String = pattern.split('{').map(spelt).collect();
    for visitor in oakfield.visitors.iter().filter(|visitor| [Visitor::NOBODY, "headteacher"].contains(&&*visitor.name))
    {
        let (cookie, _) = oakfield.ready(visitor).await;
        let response = router.clone().oneshot(request(method, &path, cookie.as_deref())).await.expect("an answer");
        let status = response.status().as_u16();
        assert!(status != 400 && status < 500, "{} at {method} {path}: {status}", visitor.name);
    }
}

/// What each visitor got.
async fn answers(
    oakfield: &Oakfield,
    router: &Router,
    (method, pattern): (&str, &str),
    target: Target,
) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    for visitor in &oakfield.visitors {
        let (cookie, session) = oakfield.ready(visitor).await;
        let path = oakfield.filled(pattern, target, visitor, session);
        let request = request(method, &path, cookie.as_deref());
        let response = router.clone().oneshot(request).await.expect("an answer");
        answers.push((visitor.name.clone(), answer(&response)));
    }
    answers
}

fn request(method: &str, path: &str, cookie: Option<&str>) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, format!("session={cookie}"));
    }
    request.body(Body::empty()).expect("a request")
}

/// `303 /sign-in`: the status, and where it leads without what changes from run to run.
fn answer(response: &Response<Body>) -> String {
    let status = response.status().as_u16();
    let place = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
    let place = place.map(|place| place.split('?').next().unwrap_or(place));
    let named = |part: &str| if part.len() == 36 { "{id}".to_owned() } else { part.to_owned() };
    let place = place.map(|place| place.split('/').map(named).collect::<Vec<_>>().join("/"));
    place.map_or_else(|| status.to_string(), |place| format!("{status} {place}"))
}

/// What must hold whatever the snapshot says.
fn check(pattern: &str, target: Target, answers: &[(String, String)]) {
    for (visitor, answer) in answers {
        assert!(!answer.starts_with('5'), "{visitor} at {pattern} ({target:?}): {answer}");
        if OPEN.contains(&pattern) {
            continue;
        }
        if visitor == Visitor::NOBODY {
            assert_eq!(answer, "303 /sign-in", "nobody at {pattern} ({target:?})");
        } else if target == Target::OtherSchool {
            assert_eq!(answer, "404", "{visitor} at {pattern} of another school");
        }
    }
}

/// One line for each answer, with those who got it.
fn tell(told: &mut String, target: Target, answers: &[(String, String)]) {
    let mut by_answer: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (visitor, answer) in answers {
        by_answer.entry(answer).or_default().push(visitor);
    }
    for (answer, visitors) in by_answer {
        let signed_in = answers.len() - 1;
        let is_everybody = visitors.len() == signed_in && !visitors.contains(&Visitor::NOBODY);
        let who = match (visitors.len() == answers.len(), is_everybody) {
            (true, _) => "everybody, signed in or not".to_owned(),
            (_, true) => "everybody who is signed in".to_owned(),
            _ => visitors.join(", "),
        };
        writeln!(told, "  {:<18} {answer:<16} {who}", target.words()).expect("a string takes everything");
    }
}
