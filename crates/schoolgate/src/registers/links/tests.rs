//! Declared links on both engines: whose they are, and who reads them.

use store::testing::on_both;

use super::*;
use crate::access::{Proof, Role};
use crate::registers::tests::{oakfield, somebody};

fn cousin() -> Declared {
    let words = Words { name: "Rose Adeyemi".into(), about: "My cousin".into() };
    Declared { whom: Whom::Pupil, tie: Tie::Family, words }
}

#[tokio::test]
async fn a_tie_is_declared_by_its_person_and_read_by_somebody_else() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (app, head, teacher) = (&oakfield.app, oakfield.caller_head(), oakfield.caller_teacher());
        let id = declare(app, &teacher, &cousin()).await.expect("declared");
        let told = own(app, &teacher).await.expect("one's own");
        assert_eq!((told[0].words.clone(), told[0].by.as_str()), (cousin().words, "Ada Bell"));
        assert!(!told[0].link.sealed.windows(4).any(|four| four == b"Rose"));
        assert!(matches!(all(app, &teacher).await, Err(Error::Refused(_))));
        assert!(own(app, &head).await.expect("a list").is_empty());
        assert!(matches!(end(app, &head, id).await, Err(Error::NotFound)));
        let unproved = Caller { proof: Proof::None, ..head.clone() };
        assert!(matches!(all(app, &unproved).await, Err(Error::Refused(_))));
        mark_seen(app, &head, id).await.expect("read");
        assert!(all(app, &head).await.expect("a list")[0].link.seen_at.is_some());
        let own_tie = declare(app, &head, &cousin()).await.expect("declared");
        assert!(matches!(mark_seen(app, &head, own_tie).await, Err(Error::Refused(_))));
        confirm(app, &teacher, id).await.expect("confirmed");
        assert_eq!(holding_own(app, &teacher).await.expect("ties").len(), 1);
        end(app, &teacher, id).await.expect("ended");
        assert!(matches!(end(app, &teacher, id).await, Err(Error::Refused(_))));
        assert!(holding_own(app, &teacher).await.expect("ties").is_empty());
    })
    .await;
}

#[tokio::test]
async fn parents_declare_nothing_unless_they_work_here_too() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let parent = somebody(&oakfield.app, oakfield.school, "Leanne Foster", Role::Parent).await;
        let caller = oakfield.caller(parent, Role::Parent);
        assert!(matches!(declare(&oakfield.app, &caller, &cousin()).await, Err(Error::NotFound)));
        let both = Caller { roles: [Role::Parent, Role::TeachingAssistant].into(), ..caller };
        assert!(declare(&oakfield.app, &both, &cousin()).await.is_ok());
        let elsewhere = Caller { school: oakfield.elsewhere, ..oakfield.caller_head() };
        assert!(all(&oakfield.app, &elsewhere).await.expect("a list").is_empty());
    })
    .await;
}
