//! One post's whole life, replayed with each call to the database and to a network failing in turn.
//!
//! For: whoever changes the desk, the queue or a channel.
//! Promises: whatever single call fails, and whether the answer or the deed was lost, afterwards the ledger verifies, nothing with the
//! child whose permission was withdrawn is public anywhere, and the network never had the post twice.
//! Does not: let two calls fail at once.

#[path = "story/network.rs"]
mod network;
#[path = "story/school.rs"]
mod school;

use network::Network;
use school::School;
use store::testing::Way;

/// Replays in each way: each opens a school of its own and takes about a second.
const REPLAYS: u64 = 40;

/// The story with nothing going wrong, and how many calls it makes.
async fn plain() -> (u64, usize) {
    let network = Network::start().await;
    let template = School::prepare(&network).await;
    let school = template.again().await;
    school.play().await;
    // Counted before the check, which begins its own count.
    let calls = school.calls();
    school.check(&network, "nothing failed").await;
    assert_eq!(network.most_at_once(), 1, "the post has been out on the network");
    (calls, network.asked())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_single_call_of_the_database_fails_the_child_is_not_shown() {
    let (calls, _) = plain().await;
    assert!(calls > 60, "only {calls} calls of the database");
    for way in [Way::Refused, Way::AnswerLost] {
        let network = Network::start().await;
        let template = School::prepare(&network).await;
        // Not the same calls in both ways: those of one verb stand side by side, so a few of each say how it ends.
        let first = if way == Way::Refused { 1 } else { 2 };
        let step = calls.div_ceil(REPLAYS).max(3);
        for number in (first..=calls).step_by(usize::try_from(step).expect("a small number")) {
            network.forget();
            let school = template.again().await;
            school.fail_at(number, way);
            school.play().await;
            school.check(&network, &format!("call {number} {way:?}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_single_call_of_the_network_fails_the_child_is_not_shown() {
    let (_, asked) = plain().await;
    assert!(asked >= 4, "only {asked} calls to the network");
    for fault in network::FAULTS {
        let network = Network::start().await;
        let template = School::prepare(&network).await;
        for number in 1..=asked {
            network.forget();
            network.fail_at(number, *fault);
            let school = template.again().await;
            school.play().await;
            school.check(&network, &format!("network call {number} {fault:?}")).await;
        }
    }
}
