//! What a paper shows, and above all what it refuses to do.

use serde_json::json;
use typst::layout::{Frame, FrameItem};

use super::*;

const LIST: Template = Template(
    "= #data.title\n#if boxed > 0 [#boxed letters]\n#sheet((1fr, 1fr), ([Name], [Said]), data.rows.map(row => (row.name, row.said)))",
);

/// The words of a paper in the order in which they are set.
fn words(data: &Value) -> String {
    let (data, boxed) = letters::printable(data, Kept::AnyFont);
    let document = lay_out(LIST, &data, boxed).expect("a paper");
    let mut found = String::new();
    for page in document.pages() {
        gather(&page.frame, &mut found);
    }
    comemo::evict(0);
    found.replace('\u{200b}', "")
}

fn gather(frame: &Frame, found: &mut String) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => gather(&group.frame, found),
            FrameItem::Text(text) => found.push_str(&text.text),
            _ => {}
        }
    }
}

fn named(name: &str) -> Value {
    json!({"title": "Permissions", "made_on": "2026-11-21", "rows": [{"name": name, "said": "yes"}]})
}

/// A PDF whose head, tail and promises about itself are those of PDF/UA-1 and PDF/A-2a.
fn is_a_tagged_pdf(bytes: &[u8]) -> bool {
    let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let says_so = has("<pdfuaid:part>1</pdfuaid:part>") && has("<pdfaid:part>2</pdfaid:part>");
    bytes.starts_with(b"%PDF-1.") && bytes.trim_ascii_end().ends_with(b"%%EOF") && has("/StructTreeRoot") && says_so
}

#[test]
fn a_paper_is_a_tagged_pdf_with_its_title_and_its_words() {
    let data = named("Zoë O'Brien");
    let paper = pdf(LIST, &data).expect("a paper");
    assert!(is_a_tagged_pdf(&paper.bytes));
    assert_eq!(paper.boxed, 0);
    let title = b"Permissions";
    assert!(paper.bytes.windows(title.len()).any(|window| window == title), "the file says its title");
    let words = words(&data);
    for word in ["Permissions", "Name", "Zoë O'Brien", "yes"] {
        assert!(words.contains(word), "{word} in {words}");
    }
}

#[test]
fn what_looks_like_markup_stays_text() {
    let secret = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let first = secret.lines().next().unwrap_or("root:x:0:0");
    for name in [
        "#read(\"/etc/passwd\")",
        "#import \"@preview/a:1.0.0\"",
        "*b* _i_ $x$ <a> @b \\ `c` // d",
        "= Heading",
        "#panic()",
    ] {
        let data = named(name);
        let words = words(&data);
        // Typst turns straight quotes and dashes of markup into curly ones; text from data keeps its own.
        assert!(words.contains(name), "{name} in {words}");
        assert!(!words.contains(first));
        assert!(is_a_tagged_pdf(&pdf(LIST, &data).expect("a paper").bytes), "{name}");
    }
}

#[test]
fn a_template_reaches_no_file_package_or_clock() {
    for reach in [
        "#read(\"/etc/passwd\")",
        "#read(\"a.txt\")",
        "#import \"@preview/cetz:0.3.1\": *",
        "#datetime.today().display()",
    ] {
        let refused = lay_out(Template(reach), &named("Rose"), 0);
        assert!(matches!(refused, Err(Error::Unset(_))), "{reach}");
    }
}

#[test]
fn names_of_any_script_are_set_or_boxed_and_counted() {
    for (name, boxed) in [
        ("محمد علي", 0),
        ("שרה לוי", 0),
        ("Σοφία Παπά", 0),
        ("Олена Шевченко", 0),
        ("Nguyễn Thị Ánh", 0),
        ("e\u{301}mile \u{5e9}\u{5c1}\u{5b8}", 0),
        ("علی\u{200c}رضا", 0),
        ("রহিম", 4),
        ("ਗੁਰ", 3),
        ("李小龙", 3),
        ("Ada \u{1f600}", 1),
        ("evil\u{202e}txt.exe\u{0}\u{feff}\u{e000}", 4),
    ] {
        let paper = pdf(LIST, &named(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(is_a_tagged_pdf(&paper.bytes), "{name}");
        assert_eq!(paper.boxed, boxed, "{name}");
        assert_eq!(words(&named(name)).matches(letters::BOX).count(), boxed, "{name}");
    }
    // A mark on a letter that only another font has.
    assert!(pdf(LIST, &named("\u{627}\u{302}\u{1dc4}x\u{20e3}")).is_ok());
}

#[test]
fn two_hundred_letters_without_a_gap_stay_on_the_page() {
    for letter in ["W", "ж", "ع"] {
        let data = named(&letter.repeat(200));
        assert_eq!(words(&data).matches(letter).count(), 200, "{letter}");
        let paper = pdf(LIST, &data).expect("a paper");
        assert!(is_a_tagged_pdf(&paper.bytes), "{letter}");
        assert_eq!(paper.boxed, 0);
        let document = lay_out(LIST, &letters::printable(&data, Kept::AnyFont).0, 0).expect("a paper");
        assert!(widest(&document.pages()[0].frame) < 595.0, "{letter}");
    }
}

/// Where the rightmost text ends, in points; a page of A4 is 595 wide.
fn widest(frame: &Frame) -> f64 {
    let ends = frame.items().map(|(at, item)| match item {
        FrameItem::Group(group) => at.x.to_pt() + widest(&group.frame),
        FrameItem::Text(text) => at.x.to_pt() + text.width().to_pt(),
        _ => 0.0,
    });
    ends.fold(0.0, f64::max)
}

#[test]
fn more_data_than_the_limit_is_refused_before_anything_is_set() {
    let refused = pdf(LIST, &named(&"a".repeat(DATA_BYTES_MAX)));
    assert!(matches!(refused, Err(Error::TooLong { bytes }) if bytes > DATA_BYTES_MAX));
}
