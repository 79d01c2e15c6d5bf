//! A school's own words, on both engines.

use store::testing::on_both;

use super::*;
use crate::access::Role;
use crate::roster::tests::fixture::elm;

#[tokio::test]
async fn what_a_school_puts_on_its_lists_is_screened_for_until_it_is_taken_off() {
    on_both(|db| async {
        let elm = elm(db).await;
        let app = &elm.app;
        let (head, teacher) = (elm.caller(Role::Headteacher), elm.caller(Role::Teacher));
        let given = |words: &str, kind: Kind| Given::parse(words, kind).expect("a phrase");
        assert!(matches!(add(app, &teacher, given("glimp*", Kind::Stop)).await, Err(Error::NotFound)));
        let glimp = add(app, &head, given(" glimp* ", Kind::Stop)).await.expect("added");
        add(app, &head, given("wet  play", Kind::Ask)).await.expect("added");
        add(app, &head, given("Rowan House", Kind::Allow)).await.expect("added");
        assert!(matches!(add(app, &head, given("GLIMP*", Kind::Ask)).await, Err(Error::Refused(_))));
        let kept = lists(app, elm.school).await.expect("the lists");
        assert_eq!(kept.allowed, ["Rowan House"]);
        assert_eq!(kept.words.iter().map(|(words, _)| words.as_str()).collect::<Vec<_>>(), ["wet play", "glimp*"]);
        let strongest = |lists: &Lists| {
            let roll = roll(&[], lists).expect("they can be searched for");
            let draft =
                screening::Draft::of("", "No glimps in wet play.", screening::Field::Text, false).expect("short");
            screening::text(&draft, &roll).findings.iter().map(|finding| finding.strength).collect::<Vec<_>>()
        };
        assert_eq!(strongest(&kept), [Strength::Stop, Strength::Ask]);
        remove(app, &head, glimp).await.expect("taken off");
        assert!(matches!(remove(app, &head, glimp).await, Err(Error::NotFound)));
        assert_eq!(strongest(&lists(app, elm.school).await.expect("the lists")), [Strength::Ask]);
    })
    .await;
}

#[test]
fn what_cannot_be_searched_for_is_not_taken() {
    for (typed, kind) in
        [("", Kind::Stop), ("  ", Kind::Allow), ("7", Kind::Stop), ("x", Kind::Ask), ("!?", Kind::Allow)]
    {
        assert!(Given::parse(typed, kind).is_err(), "`{typed}` was taken");
    }
    assert!(Given::parse(&"long ".repeat(40), Kind::Stop).is_err());
    assert!(Given::parse("07700 900123", Kind::Allow).is_ok());
}
