//! Words that pages may not use, and data that looks like somebody's.

use crate::source::{self, Source};

/// Claims that a policy tool cannot keep, and words that tell a reader nothing. Each with what to say.
const BANNED: &[(&str, &str)] = &[
    ("compliant", "nobody here certifies compliance: say what was checked"),
    ("compliance", "nobody here certifies compliance: say what was checked"),
    ("guarantee", "say what is done, not what is promised"),
    ("100% safe", "nothing is"),
    ("completely safe", "nothing is"),
    ("is safe to", "say which clause allows it"),
    ("digitally signed", "an acknowledgement is not a signature"),
    ("consent", "the word is `permission`, unless data-protection consent is meant"),
    ("click here", "a link says where it leads"),
    ("oops", "say what happened and what to do next"),
    ("please note", "just say it"),
    ("utilise", "use"),
    ("in order to", "to"),
];

#[test]
fn pages_claim_nothing_that_is_not_so() {
    source::none(source::all().iter().filter(|source| source.path.ends_with(".html")).flat_map(banned_words));
    source::refuses(
        banned_words(&Source::new("a.html", "<p>Fully\nCompliant</p> {# compliant #}\n<a>Click here</a>")),
        2,
    );
}

fn banned_words(page: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in page.text.lines().enumerate() {
        let read = without_comments(line).to_lowercase();
        for (word, instead) in BANNED {
            if read.contains(word) {
                found.push(format!("{}:{}: `{word}`: {instead}", page.path, at + 1));
            }
        }
    }
    found
}

/// Template comments are for us.
fn without_comments(line: &str) -> String {
    let mut rest = line;
    let mut read = String::new();
    while let Some((before, after)) = rest.split_once("{#") {
        read.push_str(before);
        rest = after.split_once("#}").map_or("", |(_, after)| after);
    }
    read + rest
}

#[test]
fn templates_carry_no_script_style_or_stranger() {
    source::none(source::all().iter().filter(|source| source.path.ends_with(".html")).flat_map(breaks_policy));
    let bad = "<p style=\"x\">\n<script>a()</script>\n<button onclick=\"b()\">\n<img src=\"https://a.test/x.png\">";
    source::refuses(breaks_policy(&Source::new("a.html", bad)), 4);
}

/// What the Content-Security-Policy would refuse anyway, found before a browser does.
fn breaks_policy(page: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in page.text.lines().enumerate() {
        let line = line.to_lowercase();
        let inline_script = line.contains("<script") && !line.contains(" src=");
        let handler =
            [" onclick=", " onload=", " onchange=", " onsubmit=", "javascript:"].iter().any(|text| line.contains(text));
        let style = line.contains(" style=") || line.contains("<style");
        let stranger = ["src=\"http", "src=\"//", "@import", "url(http"].iter().any(|text| line.contains(text));
        if inline_script || handler || style || stranger {
            found.push(format!("{}:{}: inline script or style, or something from another site", page.path, at + 1));
        }
    }
    found
}

/// Where data for tests and the demo school may stand.
fn holds_data(source: &Source) -> bool {
    let path = source.path.as_str();
    let written = [".rs", ".toml", ".json", ".html", ".csv", ".md", ".cedar", ".sql", ".snap"]
        .iter()
        .any(|end| path.ends_with(end));
    written && !path.ends_with("package-lock.json") && !path.contains("/assets/") && path != "LICENSE"
}

#[test]
fn no_telephone_number_postcode_or_address_could_be_anybody_s() {
    source::none(source::all().iter().filter(|source| holds_data(source)).flat_map(somebody_s));
    // Written in pieces, so that this file does not find itself.
    let number = ["0161 4", "96 1", "234"].concat();
    let drama = "01632 960123 and 07700 900123 and 020 7946 0123 and +44 7700 900 456";
    let bad = format!("{number}\n{}{}\n{}@{}\n", "SW1A", " 1AA", "head", "westacre.sch.uk");
    source::refuses(somebody_s(&Source::new("a.rs", &bad)), 3);
    source::refuses(
        somebody_s(&Source::new("a.rs", &format!("{drama}\nZZ99 3VZ\nhead@school.test\n0x0123456789abcdef"))),
        0,
    );
}

fn somebody_s(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        let mut say = |what: &str, text: &str| {
            found.push(format!("{}:{}: {what} `{text}` could be somebody's", source.path, at + 1))
        };
        telephone_numbers(line).iter().for_each(|text| say("the telephone number", text));
        postcodes(line).iter().for_each(|text| say("the postcode", text));
        addresses(line).iter().for_each(|text| say("the e-mail address", text));
    }
    found
}

/// Ofcom's ranges for drama, and London's and Manchester's parts of them.
const DRAMA: &[&str] = &[
    "01632960", "07700900", "02079460", "01134960", "01144960", "01154960", "01164960", "01174960", "01184960",
    "01214960", "01314960", "01414960", "01514960", "01614960", "08081570", "09098790", "03069990",
];

/// Runs of 10 or 11 digits after a `0` or `+44` that stand alone, spaces and hyphens left out.
fn telephone_numbers(line: &str) -> Vec<String> {
    let characters: Vec<char> = line.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let begins = characters[at] == '0' || characters[at..].starts_with(&['+', '4', '4']);
        let alone = at == 0
            || !(characters[at - 1].is_alphanumeric()
                || matches!(characters[at - 1], '_' | '-' | '.' | '+' | '#' | ','));
        if !begins || !alone {
            at += 1;
            continue;
        }
        let end = number_end(&characters, at);
        let text: String = characters[at..end].iter().collect();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let national = digits.strip_prefix("44").map_or(digits.clone(), |rest| format!("0{rest}"));
        let followed = characters.get(end).is_some_and(|next| next.is_alphanumeric() || *next == '_');
        let is_number = matches!(national.len(), 10 | 11)
            && matches!(national.as_bytes()[1], b'1' | b'2' | b'3' | b'7' | b'8')
            && !followed;
        let is_book: String = characters[..at].iter().rev().take(5).collect();
        if is_number && is_book != " NBSI" && !DRAMA.iter().any(|range| national.starts_with(range)) {
            found.push(text.trim().to_owned());
        }
        at = end.max(at + 1);
    }
    found
}

fn number_end(characters: &[char], from: usize) -> usize {
    let mut end = from + 1;
    while end < characters.len() {
        let separates =
            matches!(characters[end], ' ' | '-') && characters.get(end + 1).is_some_and(char::is_ascii_digit);
        if !characters[end].is_ascii_digit() && !separates {
            break;
        }
        end += 1;
    }
    end
}

/// Class and year names that only look like one; the screening's own cases.
const ONLY_SHAPES: &[&str] = &["KS2 3AB", "Y5 2AB", "E4 2ND"];

/// The shape of an outward and an inward part; `ZZ99` is nobody's.
fn postcodes(line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let outward = |word: &str| {
        let letters = word.chars().take_while(char::is_ascii_uppercase).count();
        let rest = &word[letters..];
        (1..=2).contains(&letters) && (1..=2).contains(&rest.len()) && rest.starts_with(|c: char| c.is_ascii_digit())
    };
    let inward = |word: &str| {
        let bytes = word.as_bytes();
        bytes.len() == 3 && bytes[0].is_ascii_digit() && bytes[1].is_ascii_uppercase() && bytes[2].is_ascii_uppercase()
    };
    words
        .windows(2)
        .filter(|pair| outward(pair[0]) && inward(pair[1]) && pair[0] != "ZZ99")
        .map(|pair| format!("{} {}", pair[0], pair[1]))
        .filter(|found| !ONLY_SHAPES.contains(&found.as_str()))
        .collect()
}

/// Names that nobody can register (RFC 2606, RFC 6761).
const NOBODY_S: &[&str] = &["test", "example", "invalid", "localhost", "example.org", "example.com", "example.net"];

fn addresses(line: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let mut found = Vec::new();
    for (at, _) in line.match_indices('@') {
        let local: String = line[..at].chars().rev().take_while(|c| is_part(*c)).collect();
        let domain: String = line[at + 1..].chars().take_while(|c| is_part(*c)).collect();
        let domain = domain.trim_end_matches(['.', '-']);
        let looks_real = !local.is_empty()
            && domain
                .rsplit_once('.')
                .is_some_and(|(_, end)| end.len() >= 2 && end.chars().all(|c| c.is_ascii_alphabetic()));
        if looks_real && !NOBODY_S.iter().any(|end| domain == *end || domain.ends_with(&format!(".{end}"))) {
            found.push(format!("{}@{domain}", local.chars().rev().collect::<String>()));
        }
    }
    found
}
