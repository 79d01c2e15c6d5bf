//! Ordinary posts are not stopped, against a school full of names that are words.

mod common;

use screening::{Draft, Field, Kind, Roll, Strength};

#[test]
fn ordinary_posts_are_not_stopped() {
    let roll = Roll::of(&common::school(600), &[]).expect("the school has no fault");
    let posts: Vec<&str> = include_str!("innocent.txt").lines().filter(|line| !line.starts_with("# ")).collect();
    assert!(posts.len() >= 150, "only {} posts", posts.len());
    let mut stopped = Vec::new();
    let mut asked = 0;
    for post in &posts {
        let draft = Draft::of("post", post, Field::Text, true).expect("a post is short");
        let found = screening::text(&draft, &roll);
        let serious = |strength| found.findings.iter().filter(move |f| f.strength == strength);
        stopped.extend(serious(Strength::Stop).map(|f| format!("{post}\n    {f:?}")));
        asked += usize::from(serious(Strength::Ask).any(|f| f.kind == Kind::PupilName));
        if std::env::var_os("SHOW_ASKED").is_some() {
            serious(Strength::Ask).for_each(|f| eprintln!("{post}\n    {} {} {}..{}", f.say, f.how, f.start, f.end));
        }
    }
    assert!(stopped.is_empty(), "{} findings stop ordinary posts:\n{}", stopped.len(), stopped.join("\n"));
    // Questions about names tire people out: fewer than one post in eight may raise one.
    assert!(asked * 8 < posts.len(), "{asked} of {} ordinary posts ask about a name", posts.len());
}
