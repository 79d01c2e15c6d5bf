//! The school's own page on both engines: published once, gone at once.

use channels::{Picture, feed};
use store::testing::on_both;

use super::*;
use crate::registers::tests::oakfield;

fn post(key: u128, at: i64) -> Post {
    let mut post = Post::new(Uuid::from_u128(key), at, "Come to the fair.\n\nhttps://oakfield.test/fair");
    post.title = Some("Fair & <fun>".into());
    let picture = |alt: &str| Picture {
        name: "x.jpg".into(),
        format: Format::Jpeg,
        bytes: vec![0xff, 0xd8, 0xff].into(),
        alt: alt.into(),
        width: 4,
        height: 3,
    };
    post.pictures = vec![picture("A stall"), picture("A tombola")];
    post
}

#[tokio::test]
async fn a_post_stands_there_once_however_often_it_is_sent_and_goes_with_its_pictures() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (app, school) = (&oakfield.app, oakfield.school);
        let page = OwnPage::new(app.clone(), school);
        let post = post(7, 1_795_262_400_000);
        assert_eq!(page.find(Sought::Unsure(&post)).await, Ok(None));
        let sent = page.publish(&post).await.expect("published");
        assert_eq!(page.publish(&post).await.as_ref(), Ok(&sent));
        assert_eq!(page.find(Sought::Unsure(&post)).await, Ok(Some(sent.clone())));
        let listed = list(app, school, None).await.expect("a page");
        let [item] = &listed.items[..] else { panic!("{:?}", listed.items) };
        assert_eq!(item.shots.iter().map(|shot| shot.alt.as_str()).collect::<Vec<_>>(), ["A stall", "A tombola"]);
        assert_eq!(sent.address, format!("{}/{}", address(app, school), post.key));
        let shot = item.shots[0].id;
        assert_eq!(picture(app, school, shot).await.expect("a picture").1, [0xff, 0xd8, 0xff]);
        assert_eq!(item.shots[0].size_bytes, 3);
        let mut read = app.db.read(school).await.expect("a read");
        let (_, (own_key, kept)) = queries::picture(&mut read, shot).await.expect("what is kept");
        drop(read);
        assert!(own_key.is_some() && kept.len() > 3, "the picture is sealed with a key of its own");
        assert!(matches!(picture(app, oakfield.elsewhere, shot).await, Err(Error::NotFound)));
        assert!(matches!(show(app, oakfield.elsewhere, post.key).await, Err(Error::NotFound)));

        page.take_down(&sent).await.expect("gone");
        page.take_down(&sent).await.expect("gone already");
        assert_eq!(page.find(Sought::Known(&sent)).await, Ok(None));
        assert!(matches!(show(app, school, post.key).await, Err(Error::NotFound)));
        assert!(matches!(picture(app, school, shot).await, Err(Error::NotFound)));
        assert!(list(app, school, None).await.expect("a page").items.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_feeds_are_read_back_and_news_go_on_from_page_to_page() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let (app, school) = (&oakfield.app, oakfield.school);
        let page = OwnPage::new(app.clone(), school);
        for number in 0..u128::try_from(PAGE_ROWS).expect("a small number") + 3 {
            // Some at the same moment: the key decides their order.
            let at = 1_795_262_400_000 + i64::try_from(number / 2).expect("a small number");
            page.publish(&post(number + 1, at)).await.expect("published");
        }
        let news = news(app, school).await.expect("news");
        for written in [website::atom(&news), website::json_feed(&news)] {
            let read = feed::read(written.as_bytes()).expect("a feed");
            assert_eq!(read.shown.len(), 23);
            assert!(read.shown[0].text.starts_with("Fair & <fun>"), "{}", read.shown[0].text);
            assert_eq!(read.shown[0].pictures, ["A stall", "A tombola"]);
        }
        let first = list(app, school, None).await.expect("a page");
        let second = list(app, school, first.next).await.expect("a page");
        assert_eq!((first.items.len(), second.items.len(), second.next), (20, 3, None));
        let mut ids: Vec<Uuid> = first.items.iter().chain(&second.items).map(|item| item.id).collect();
        assert!(ids.is_sorted_by(|one, other| one > other));
        ids.dedup();
        assert_eq!(ids.len(), 23);
        assert!(matches!(list(app, school, Some(Uuid::now_v7())).await, Err(Error::NotFound)));
        let shown = page.shown(None).await.expect("a page");
        assert_eq!((shown.shown.len(), shown.next), (23, None));
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_written() {
    on_both(|db| async {
        let oakfield = oakfield(db).await;
        let page = OwnPage::new(oakfield.app.clone(), oakfield.school);
        let long = Post::new(Uuid::from_u128(7), 0, "x".repeat(10_001));
        assert!(matches!(page.publish(&long).await, Err(Failed::Never(Reason::TooMuch(_)))));
        let nul = Post::new(Uuid::from_u128(7), 0, "a\0b");
        assert!(page.publish(&nul).await.is_err());
        let mut half = post(7, 0);
        half.pictures[1].alt = "a\0b".into();
        assert!(page.publish(&half).await.is_err());
        assert_eq!(page.find(Sought::Unsure(&half)).await, Ok(None), "nothing is half published");
        let stranger = Sent { address: String::new(), remote: "../x".into() };
        assert_eq!(page.take_down(&stranger).await, Ok(()));
    })
    .await;
}
