//! The school's own news as feeds: Atom (RFC 4287) and JSON Feed 1.1.
//!
//! Promises: both are valid whatever stands in titles, texts and descriptions; each item has an address that never changes.
//! Does not: keep the news or answer requests; the app does, so that an item and its pictures go at one moment.

use atom_syndication::{ContentBuilder, EntryBuilder, FeedBuilder, FixedDateTime, LinkBuilder, PersonBuilder, Text};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::post::{Format, Points, facets_in};

/// Letters of a text that stand for a title where there is none.
const TITLE_LETTERS: usize = 80;

/// A school's news, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub school: String,
    /// Where people read it.
    pub home: String,
    pub atom: String,
    pub json: String,
    /// Newest first.
    pub items: Vec<Item>,
    /// For a feed without items: when anything last changed, in UTC milliseconds.
    pub updated_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: Uuid,
    pub address: String,
    pub title: Option<String>,
    pub text: String,
    /// UTC milliseconds.
    pub at: i64,
    pub pictures: Vec<Shot>,
}

/// A picture of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    pub address: String,
    pub alt: String,
    pub format: Format,
    pub bytes: usize,
}

impl Item {
    /// The title, or the beginning of the text.
    pub fn heading(&self) -> String {
        heading(self.title.as_deref(), &self.text)
    }
}

/// The title, or the beginning of the text, on one line.
pub fn heading(title: Option<&str>, text: &str) -> String {
    let given = title.filter(|title| !title.trim().is_empty());
    let words: Vec<&str> = given.unwrap_or(text).split_whitespace().collect();
    let line = plain(&words.join(" "));
    if given.is_some() || line.chars().count() <= TITLE_LETTERS {
        return if line.is_empty() { "Picture".to_owned() } else { line };
    }
    let cut: String = line.chars().take(TITLE_LETTERS).collect();
    let kept = cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept);
    format!("{kept} …")
}

/// The news as an Atom feed.
pub fn atom(news: &News) -> String {
    let updated = news.items.iter().map(|item| item.at).max().unwrap_or(news.updated_at);
    let link = |address: &str, rel: &str, kind: &str| {
        LinkBuilder::default().href(plain(address)).rel(rel).mime_type(Some(kind.to_owned())).build()
    };
    let feed = FeedBuilder::default()
        .id(plain(&news.atom))
        .title(Text::plain(plain(&news.school)))
        .updated(moment(updated))
        .authors(vec![PersonBuilder::default().name(plain(&news.school)).build()])
        .links(vec![link(&news.atom, "self", "application/atom+xml"), link(&news.home, "alternate", "text/html")])
        .lang(Some("en-GB".to_owned()))
        .entries(news.items.iter().map(entry).collect::<Vec<_>>())
        .build();
    feed.to_string()
}

fn entry(item: &Item) -> atom_syndication::Entry {
    let link = LinkBuilder::default().href(plain(&item.address)).rel("alternate").build();
    let shots = item.pictures.iter().map(|shot| {
        LinkBuilder::default()
            .href(plain(&shot.address))
            .rel("enclosure")
            .mime_type(Some(shot.format.media_type().to_owned()))
            .length(Some(shot.bytes.to_string()))
            .title(Some(plain(&shot.alt)))
            .build()
    });
    let content = ContentBuilder::default().content_type(Some("html".to_owned())).value(Some(html(item))).build();
    EntryBuilder::default()
        .id(item.id.urn().to_string())
        .title(Text::plain(item.heading()))
        .updated(moment(item.at))
        .published(Some(moment(item.at)))
        .links(std::iter::once(link).chain(shots).collect::<Vec<_>>())
        .content(Some(content))
        .build()
}

fn moment(millis: i64) -> FixedDateTime {
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    at.to_string().parse().unwrap_or_default()
}

/// The news as a JSON Feed.
pub fn json_feed(news: &News) -> String {
    let items: Vec<Value> = news.items.iter().map(json_item).collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": plain(&news.school),
        "home_page_url": news.home,
        "feed_url": news.json,
        "language": "en-GB",
        "authors": [{ "name": plain(&news.school) }],
        "items": items,
    });
    feed.to_string()
}

fn json_item(item: &Item) -> Value {
    let shots = item.pictures.iter().map(|shot| {
        json!({
            "url": shot.address,
            "mime_type": shot.format.media_type(),
            "title": plain(&shot.alt),
            "size_in_bytes": shot.bytes,
        })
    });
    let at = jiff::Timestamp::from_millisecond(item.at).unwrap_or_default();
    json!({
        "id": item.id.urn().to_string(),
        "url": item.address,
        "title": item.heading(),
        "content_text": plain(&item.text),
        "content_html": html(item),
        "date_published": at.to_string(),
        "attachments": shots.collect::<Vec<_>>(),
    })
}

/// The text as paragraphs with its links, then the pictures with their descriptions.
fn html(item: &Item) -> String {
    let text = plain(&item.text);
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    let mut html: String = paragraphs.map(|paragraph| format!("<p>{}</p>", linked(paragraph.trim()))).collect();
    for shot in &item.pictures {
        html += &format!("<p><img src=\"{}\" alt=\"{}\"></p>", escaped(&shot.address), escaped(&plain(&shot.alt)));
    }
    html
}

fn linked(paragraph: &str) -> String {
    let mut html = String::new();
    let mut from = 0;
    for facet in facets_in(paragraph) {
        let Points::Link(address) = &facet.to else { continue };
        html += &escaped(&paragraph[from..facet.start]);
        html += &format!("<a href=\"{0}\">{0}</a>", escaped(address));
        from = facet.end;
    }
    (html + &escaped(&paragraph[from..])).replace('\n', "<br>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Only what XML 1.0 may hold, without the signs that turn the direction of a line.
pub fn plain(text: &str) -> String {
    let may_stand = |letter: &char| match letter {
        '\t' | '\n' => true,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        '\u{fffe}' | '\u{ffff}' => false,
        letter => !letter.is_control(),
    };
    text.replace("\r\n", "\n").chars().filter(may_stand).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::feed;

    fn news(title: &str, text: &str, alt: &str) -> News {
        let shot = Shot { address: "https://gate.test/p/1".into(), alt: alt.into(), format: Format::Png, bytes: 9 };
        let item = Item {
            id: Uuid::from_u128(7),
            address: "https://gate.test/news/7".into(),
            title: Some(title.into()),
            text: text.into(),
            at: 1_795_262_400_000,
            pictures: vec![shot],
        };
        News {
            school: title.into(),
            home: "https://gate.test/news".into(),
            atom: "https://gate.test/news/atom".into(),
            json: "https://gate.test/news/json".into(),
            items: vec![item],
            updated_at: 0,
        }
    }

    fn one_line(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn check(title: &str, text: &str, alt: &str) {
        let news = news(title, text, alt);
        for written in [atom(&news), json_feed(&news)] {
            let page = feed::read(written.as_bytes()).unwrap_or_else(|fault| panic!("{fault}: {written}"));
            let [shown] = &page.shown[..] else { panic!("one item: {written}") };
            let expect = format!("{} {}", news.items[0].heading(), plain(text));
            assert_eq!(one_line(&shown.text), one_line(&expect), "{written}");
            assert_eq!(shown.at, Some(1_795_262_400_000));
            assert_eq!(shown.pictures.iter().map(|alt| one_line(alt)).collect::<Vec<_>>(), [one_line(&plain(alt))]);
        }
    }

    #[test]
    fn hostile_titles_leave_both_feeds_valid() {
        check("Fair", "Come all.\n\nhttps://oakfield.test/?a=1&b=2", "A stall");
        check("]]><script>alert(1)</script>", "</content></entry><entry>&amp;", "\" onerror=\"x");
        check("a\u{0}\u{1}\u{b}\u{1f}\u{7f}\u{85}\u{fffe}b", "\u{202e}txet\u{feff}", "\u{2066}x");
        check("<![CDATA[ \u{1d4d0} 🎪 &#0; ]]>", "&lt;p&gt;", "'\"<>&");
        check("", "words", "");
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_title_both_feeds_are_read_back(title in "\\PC{0,40}|[<>&\"'\\]!\\[-]{0,40}|(?s).{0,40}") {
            let news = news(&title, &title, &title);
            for written in [atom(&news), json_feed(&news)] {
                let page = feed::read(written.as_bytes());
                prop_assert!(page.is_ok_and(|page| page.shown.len() == 1), "{}", written);
            }
        }
    }

    #[test]
    fn a_heading_is_the_title_or_the_beginning_of_the_text() {
        assert_eq!(heading(Some("Fair"), "x"), "Fair");
        assert_eq!(heading(None, "Short\ntext"), "Short text");
        assert_eq!(heading(None, &"word ".repeat(40)), format!("{} …", ["word"; 16].join(" ")));
        assert_eq!(heading(Some(" "), ""), "Picture");
    }
}
