//! Every page, filled with sample data, as a screen reader would meet it.
//!
//! For: whoever writes a template. The outline in `snapshots/` is what a reviewer reads.
//! Promises: no template without a sample; one `h1`, and the title says the same; every field has its label; the error
//! summary leads to the fields; what describes an element exists; no word that claims too much; no address of a stranger.
//! Does not: look at colours, focus and script. `tests/browser.rs` does.

#[path = "pages/html.rs"]
mod html;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use html::{Tag, tags, text_within};
use schoolgate::routes;
use schoolgate::web::Sample;

/// Runs `look` on each sample and fails with everything that it found.
fn check(look: impl Fn(&Sample, &[Tag]) -> Vec<String>) {
    let samples = routes::samples();
    assert!(samples.len() >= 10, "only {} samples", samples.len());
    let mut found = Vec::new();
    for sample in &samples {
        found.extend(look(sample, &tags(&sample.html)).into_iter().map(|said| format!("{}: {said}", sample.name)));
    }
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

/// Shows that a check can fail: `look` must find something in this page.
fn refuses(look: impl Fn(&Sample, &[Tag]) -> Vec<String>, html: &str) {
    let bad = Sample { name: "bad", html: html.to_owned() };
    assert!(!look(&bad, &tags(&bad.html)).is_empty(), "not found: {html}");
}

#[test]
fn every_page_has_a_sample() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut pages = BTreeSet::new();
    templates(&root, &root, &mut pages);
    assert!(pages.contains("web/fault.html"), "the templates were not found");
    let samples: BTreeSet<String> =
        routes::samples().iter().filter_map(|sample| sample.name.split(' ').next().map(str::to_owned)).collect();
    let missing: Vec<_> = pages.difference(&samples).collect();
    assert!(missing.is_empty(), "without a sample in `routes::samples`: {missing:?}");
    let unknown: Vec<_> = samples.difference(&pages).collect();
    assert!(unknown.is_empty(), "samples of no template: {unknown:?}");
}

/// Templates that are whole pages: those that extend the layout.
fn templates(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            templates(root, &path, found);
        } else if path.extension().is_some_and(|end| end == "html") {
            let text = std::fs::read_to_string(&path).expect("a template");
            if text.contains("{% extends") {
                found.insert(path.strip_prefix(root).expect("below src").display().to_string());
            }
        }
    }
}

#[test]
fn one_h1_and_the_title_says_the_same() {
    check(headed);
    refuses(headed, "<title>Sign in - Schoolgate</title><h1>Sign in</h1><h1>Sign in</h1>");
    refuses(headed, "<title>Sign in - Schoolgate</title><h1>Sign up</h1>");
    refuses(headed, "<title>Sign in - Schoolgate</title><h1>Sign in</h1><h3>Deeper</h3>");
}

fn headed(_: &Sample, tags: &[Tag]) -> Vec<String> {
    let mut found = Vec::new();
    let all = |name: &str| -> Vec<String> {
        (0..tags.len()).filter(|at| tags[*at].name == name).map(|at| text_within(tags, at)).collect()
    };
    let (titles, heads) = (all("title"), all("h1"));
    let [title] = titles.as_slice() else { return vec![format!("{} titles", titles.len())] };
    let [head] = heads.as_slice() else { return vec![format!("{} h1", heads.len())] };
    let said = title.strip_prefix("Error: ").unwrap_or(title);
    if !said.starts_with(&format!("{head} - Schoolgate")) {
        found.push(format!("the title is `{title}`, the h1 `{head}`"));
    }
    let has_errors = tags.iter().any(|tag| tag.has_class("govuk-error-summary"));
    if has_errors != title.starts_with("Error: ") {
        found.push(format!("the title `{title}` does not say whether there is a problem"));
    }
    found.extend(skipped_level(tags));
    found
}

fn skipped_level(tags: &[Tag]) -> Option<String> {
    let levels = tags.iter().filter_map(|tag| match tag.name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    });
    let mut last = 1;
    for level in levels {
        if level > last + 1 {
            return Some(format!("h{level} follows h{last}"));
        }
        last = level;
    }
    None
}

#[test]
fn every_field_has_its_label() {
    check(labelled);
    refuses(labelled, r#"<label for="b">B</label><input id="a" name="a" type="text">"#);
    refuses(labelled, r#"<label for="a"></label><input id="a" name="a" type="text">"#);
    refuses(labelled, r#"<label for="a">A</label><input id="a" name="a" type="text" aria-describedby="none">"#);
    refuses(labelled, r#"<p id="a">x</p><p id="a">y</p>"#);
    refuses(labelled, r#"<input id="a" name="a" type="radio"><label for="a">A</label>"#);
    refuses(labelled, "<button type=\"submit\"></button>");
}

fn labelled(_: &Sample, tags: &[Tag]) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.get("id")) {
        if !ids.insert(id) {
            found.push(format!("the id `{id}` stands twice"));
        }
    }
    for (at, tag) in tags.iter().enumerate() {
        for pointer in ["aria-describedby", "aria-labelledby", "aria-controls"] {
            for id in tag.get(pointer).unwrap_or("").split_whitespace().filter(|id| !ids.contains(id)) {
                found.push(format!("`{pointer}` names `{id}`, which is not there"));
            }
        }
        if tag.name == "button" && text_within(tags, at).is_empty() {
            found.push("a button without words".to_owned());
        }
        if is_field(tag) && !has_label(tags, tag) {
            found.push(format!("the field `{}` has no label", tag.get("name").unwrap_or("?")));
        }
        let is_choice = matches!(tag.get("type"), Some("radio" | "checkbox"));
        if is_choice && !is_within(tags, at, "fieldset") && tag.get("type") == Some("radio") {
            found.push(format!("the choice `{}` stands in no fieldset", tag.get("name").unwrap_or("?")));
        }
    }
    found
}

fn is_field(tag: &Tag) -> bool {
    match tag.name.as_str() {
        "select" | "textarea" => true,
        "input" => !matches!(tag.get("type"), Some("hidden" | "submit" | "button")),
        _ => false,
    }
}

fn has_label(tags: &[Tag], field: &Tag) -> bool {
    let Some(id) = field.get("id") else { return false };
    let label = (0..tags.len()).find(|at| tags[*at].name == "label" && tags[*at].get("for") == Some(id));
    label.is_some_and(|at| !text_within(tags, at).is_empty())
}

fn is_within(tags: &[Tag], at: usize, name: &str) -> bool {
    let opened = tags[..at].iter().filter(|tag| tag.name == name).count();
    let closed = tags[..at].iter().filter(|tag| tag.name == format!("/{name}")).count();
    opened > closed
}

#[test]
fn the_error_summary_leads_to_the_fields() {
    check(led);
    refuses(led, r##"<div class="govuk-error-summary"><a href="#a">Enter A</a></div><p id="a">"##);
    refuses(led, r##"<div class="govuk-error-summary"><a href="#a">Enter A</a></div><input id="a" name="a">"##);
    refuses(led, r#"<p id="a-error" class="govuk-error-message">Enter A</p><input id="a" name="a">"#);
}

fn led(_: &Sample, tags: &[Tag]) -> Vec<String> {
    let mut found = Vec::new();
    let mut listed = BTreeSet::new();
    let summary = tags.iter().position(|tag| tag.has_class("govuk-error-summary"));
    let links =
        tags[summary.unwrap_or(tags.len())..].iter().take_while(|tag| !matches!(tag.name.as_str(), "/ul" | "h1"));
    for link in links.filter(|tag| tag.name == "a") {
        let id = link.get("href").and_then(|href| href.strip_prefix('#')).unwrap_or("");
        listed.insert(format!("{id}-error"));
        if !tags.iter().any(|tag| is_field(tag) && tag.get("id") == Some(id)) {
            found.push(format!("the error summary leads to `#{id}`, which is no field"));
        }
        if !tags.iter().any(|tag| tag.get("id") == Some(&format!("{id}-error"))) {
            found.push(format!("the error about `{id}` does not stand at its field"));
        }
    }
    let messages = tags.iter().filter(|tag| tag.has_class("govuk-error-message"));
    for id in messages.filter_map(|tag| tag.get("id")).filter(|id| !listed.contains(*id)) {
        found.push(format!("`{id}` is not in the error summary"));
    }
    found
}

#[test]
fn nothing_comes_from_elsewhere_and_nothing_is_inline() {
    check(own);
    refuses(own, r#"<script src="https://cdn.test/x.js"></script>"#);
    refuses(own, r#"<img src="//cdn.test/x.png">"#);
    refuses(own, r#"<img rel="noopener noreferrer" src="https://cdn.test/x.png">"#);
    refuses(own, r#"<a href="https://elsewhere.test/">x</a>"#);
    refuses(own, "<p style=\"color:red\">");
    refuses(own, "<script>x()</script>");
    refuses(own, r#"<form action="/x">"#);
}

fn own(_: &Sample, tags: &[Tag]) -> Vec<String> {
    let mut found = Vec::new();
    for tag in tags {
        for name in ["href", "src", "action", "srcset", "formaction"] {
            let Some(value) = tag.get(name) else { continue };
            let is_ours = value.starts_with('/') && !value.starts_with("//");
            // A link may lead elsewhere, if nobody there learns from where; nothing is loaded by it.
            let leads_out = name == "href" && tag.get("rel") == Some("noopener noreferrer");
            if !is_ours && !leads_out && !value.starts_with(['#', '?']) {
                found.push(format!("`{value}` is not an address of ours"));
            }
        }
        if tag.attributes.iter().any(|(name, _)| name == "style" || name.starts_with("on")) {
            found.push(format!("<{}> has something inline", tag.name));
        }
        if tag.name == "style" || (tag.name == "script" && tag.get("src").is_none()) {
            found.push(format!("<{}> stands in the page", tag.name));
        }
        if tag.name == "form" && !matches!(tag.get("method"), Some("post" | "get")) {
            found.push("a form without its method".to_owned());
        }
    }
    found
}

#[test]
fn every_demo_page_is_marked() {
    check(marked);
    refuses(marked, "<h1>Sign in</h1>");
}

fn marked(sample: &Sample, tags: &[Tag]) -> Vec<String> {
    let mut found = Vec::new();
    if !tags.iter().any(|tag| tag.text.starts_with("DEMO")) {
        found.push("is not marked as a demo".to_owned());
    }
    for needed in [
        "<html lang=\"en-GB\"",
        "href=\"#main-content\"",
        "<main class=\"govuk-main-wrapper\" id=\"main-content\"",
        "<footer",
    ] {
        if !sample.html.contains(needed) {
            found.push(format!("has no {needed}"));
        }
    }
    found
}

/// Words that a policy tool must not say (domain notes 87, 91, 92). `signed in` and `sign out` are about the session.
const TOO_MUCH: &[&str] = &[
    "guilty",
    "offender",
    "consent",
    "compliant",
    "ofsted ready",
    "legally binding",
    "is safe",
    "are safe",
    "digitally signed",
    "has signed",
    "have signed",
    "mother",
    "father",
];

#[test]
fn no_page_says_more_than_it_knows() {
    check(modest);
    refuses(modest, "<p>She is guilty</p>");
    refuses(modest, "<p>GDPR Compliant</p>");
}

fn modest(_: &Sample, tags: &[Tag]) -> Vec<String> {
    let said = tags.iter().map(|tag| tag.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    TOO_MUCH.iter().filter(|word| said.contains(*word)).map(|word| format!("says `{word}`")).collect()
}

/// One snapshot for each folder: `INSTA_UPDATE=always` writes it, a reviewer reads it.
#[test]
fn the_outline_of_every_page_is_reviewed() {
    let mut folders: BTreeMap<&str, String> = BTreeMap::new();
    for sample in routes::samples() {
        let folder = sample.name.split('/').next().unwrap_or(sample.name);
        let outlines = folders.entry(folder).or_default();
        let _ = writeln!(outlines, "== {}\n{}", sample.name, outline(&tags(&sample.html)));
    }
    for (folder, outlines) in folders {
        insta::assert_snapshot!(format!("outline_{folder}"), outlines);
    }
}

/// Headings, fields, buttons and links of the page itself, in order.
fn outline(tags: &[Tag]) -> String {
    let begin = tags.iter().position(|tag| tag.name == "main").expect("a main part");
    let mut lines = String::new();
    for (at, tag) in tags.iter().enumerate().skip(begin) {
        let text = || text_within(tags, at);
        let line = match tag.name.as_str() {
            "/main" => break,
            "h1" | "h2" | "h3" | "h4" | "legend" | "label" | "caption" | "th" => format!("{}: {}", tag.name, text()),
            "button" => format!("button: {}", text()),
            "a" => format!("link {}: {}", tag.get("href").unwrap_or(""), text()),
            "form" => format!("form {} {}", tag.get("method").unwrap_or(""), tag.get("action").unwrap_or("(here)")),
            _ if is_field(tag) => {
                format!("field {} ({})", tag.get("name").unwrap_or(""), tag.get("type").unwrap_or(&tag.name))
            }
            _ => continue,
        };
        let _ = writeln!(lines, "  {line}");
    }
    lines
}

#[test]
fn the_style_sheet_is_built_and_carries_no_government_branding() {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/built");
    let read = |name: &str| {
        std::fs::read_to_string(built.join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}; run `make assets` first"))
    };
    let style = read("site.css");
    for branding in ["GDS Transport", "@font-face", "crest", "crown", "url(", "@import"] {
        assert!(!style.contains(branding), "the style sheet holds `{branding}`");
    }
    assert!(style.contains("#17505b"), "our own colour is missing");
    assert!(read("govuk-frontend-licence.txt").contains("Crown Copyright"), "the licence must travel with the parts");
    for script in ["site.js", "js-enabled.js", "govuk-frontend.min.js"] {
        assert!(!read(script).contains("sourceMappingURL"), "{script} asks for a map that is not served");
    }
}
