//! The life of a request without a database.

use jiff::Timestamp;
use store::SchoolId;
use uuid::Uuid;

use crate::desk::request::*;
use crate::desk::safety::Told;

const WRITER: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);
const HEAD: Approver = Approver { person: Uuid::from_u128(3), is_headteacher: true };
const DEPUTY: Approver = Approver { person: Uuid::from_u128(4), is_headteacher: false };

fn at(hours: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a moment");
    crate::clock::from_millis(begin.as_millisecond() + hours * 3_600_000)
}

fn draft() -> Request {
    let content = Content::of("Sports day was a joy.", Purpose::Showcase);
    Request::new(SchoolId::new(Uuid::nil()), Uuid::from_u128(9), WRITER, content, at(0))
}

fn submitted() -> Request {
    draft().submit(at(1)).expect("a draft can be handed in")
}

fn approved() -> Request {
    submitted().approve(HEAD, at(2)).expect("the headteacher did not write it")
}

fn released() -> Request {
    approved().release(at(3)).and_then(|request| request.settle(at(3))).expect("it goes out")
}

/// One request in each state.
fn each() -> Vec<Request> {
    let going = approved().release(at(3)).expect("it goes out");
    let going_down = released().take_down(at(4)).expect("it comes down");
    vec![
        draft(),
        submitted(),
        submitted().send_back(at(2)).expect("it goes back"),
        submitted().doubt(at(2)).expect("it rests"),
        approved(),
        going,
        released(),
        going_down.clone(),
        going_down.gone(at(5)).expect("it is gone"),
        draft().discard(at(1)).expect("it is given up"),
    ]
}

/// From which states a move is open.
fn open_from(act: impl Fn(Request) -> bool) -> Vec<&'static str> {
    each()
        .into_iter()
        .filter_map(|request| {
            let code = request.state.code();
            act(request).then_some(code)
        })
        .collect()
}

#[test]
fn each_move_is_open_from_its_own_states_and_from_no_other() {
    let late = at(24 * 10);
    assert_eq!(
        open_from(|request| request.edit(WRITER, late).is_ok()),
        ["draft", "submitted", "sent-back", "in-doubt", "approved"]
    );
    assert_eq!(open_from(|request| request.submit(late).is_ok()), ["draft", "sent-back", "in-doubt"]);
    assert_eq!(open_from(|request| request.doubt(late).is_ok()), ["draft", "submitted", "sent-back", "approved"]);
    assert_eq!(open_from(|request| request.send_back(late).is_ok()), ["submitted", "approved"]);
    assert_eq!(open_from(|request| request.approve(HEAD, late).is_ok()), ["submitted"]);
    assert_eq!(
        open_from(|request| request.override_for(HEAD, "snow", late).is_ok()),
        ["draft", "submitted", "sent-back", "in-doubt"]
    );
    assert_eq!(open_from(|request| request.release(late).is_ok()), ["approved"]);
    assert_eq!(open_from(|request| request.settle(late).is_ok()), ["releasing"]);
    assert_eq!(open_from(|request| request.take_down(late).is_ok()), ["releasing", "released"]);
    assert_eq!(open_from(|request| request.gone(late).is_ok()), ["taking-down"]);
    assert_eq!(
        open_from(|request| request.discard(late).is_ok()),
        ["draft", "submitted", "sent-back", "in-doubt", "approved"]
    );
}

#[test]
fn nobody_who_wrote_or_edited_a_post_approves_it() {
    let own = Approver { person: WRITER, is_headteacher: true };
    assert!(submitted().approve(own, at(2)).is_err());
    let edited = draft().edit(HEAD.person, at(1)).expect("anybody may edit").submit(at(2)).expect("handed in");
    assert!(edited.clone().approve(HEAD, at(3)).is_err(), "the headteacher has edited it");
    assert!(matches!(edited.approve(DEPUTY, at(3)).expect("a deputy has not").state, State::Approved { .. }));
}

#[test]
fn any_change_takes_back_what_was_approved() {
    let changed = approved().edit(OTHER, at(3)).expect("an edit");
    assert_eq!(changed.state, State::Draft);
    assert_eq!(changed.edition, approved().edition + 1);
    assert_eq!(changed.writers, [WRITER, OTHER]);
    let again = changed.submit(at(4)).expect("handed in");
    assert_eq!(again.state, State::Submitted { approvals: vec![] });
    assert!(again.edition > approved().edition, "no approval of an earlier round counts");
}

#[test]
fn a_red_answer_takes_two_people_beside_the_writer() {
    let mut red = draft();
    red.content.safety.answer("uniform", Told::Yes);
    let once = red.submit(at(1)).and_then(|request| request.approve(HEAD, at(2))).expect("the first");
    assert!(matches!(once.state, State::Submitted { .. }));
    assert!(once.clone().approve(HEAD, at(3)).is_err(), "nobody counts twice");
    assert!(matches!(once.approve(DEPUTY, at(3)).expect("the second").state, State::Approved { .. }));
}

#[test]
fn doubt_rests_for_48_hours_and_an_edit_does_not_shorten_them() {
    let resting = submitted().doubt(at(2)).expect("it rests");
    assert!(resting.clone().submit(at(2 + 47)).is_err());
    assert!(resting.clone().edit(WRITER, at(3)).expect("an edit").submit(at(2 + 47)).is_err());
    assert!(resting.submit(at(2 + 48)).is_ok());
}

#[test]
fn only_the_headteacher_publishes_at_once_and_it_is_marked() {
    assert!(draft().override_for(DEPUTY, "snow", at(1)).is_err());
    let State::Approved { urgent: Some(urgent), approvals } =
        draft().override_for(HEAD, "snow", at(1)).expect("a hurry").state
    else {
        panic!("it is marked as urgent")
    };
    assert_eq!((urgent.by, urgent.because.as_str(), approvals.len()), (HEAD.person, "snow", 1));
}

#[test]
fn an_approval_waits_for_its_time_and_does_not_last_for_ever() {
    let mut planned = draft();
    planned.content.release_at = Some(at(100));
    let planned = planned.submit(at(1)).and_then(|request| request.approve(HEAD, at(2))).expect("approved");
    assert!(planned.clone().release(at(99)).is_err());
    assert!(planned.release(at(100)).is_ok());
    let old = approved();
    let days = |days: i64| at(2 + 24 * days);
    assert!(!old.has_lapsed(days(30)));
    assert!(old.has_lapsed(days(31)));
    assert!(old.release(days(31)).is_err());
}
