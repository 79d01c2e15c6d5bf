//! Whatever people type: every disguise of a pupil's full name is found, and no text brings the screening down.

mod common;

use std::sync::LazyLock;

use proptest::prelude::*;
use screening::{Draft, Field, Findings, Kind, Person, PersonKind, Roll, Strength};

static PEOPLE: LazyLock<Vec<Person>> = LazyLock::new(|| common::school(300));
static ROLL: LazyLock<Roll> = LazyLock::new(|| Roll::of(&PEOPLE, &[]).expect("the school has no fault"));

/// Parts that are ordinary words: a slip in such a name may make another word, which is then left alone.
const WORDS: &[&str] = &[
    "Rose", "Will", "Summer", "Hope", "Mark", "April", "May", "Dawn", "Holly", "Ruby", "Amber", "Jade", "Robin",
    "Jasmine", "Heather", "Hazel", "Rowan", "Ash", "Victoria", "Jordan", "Chelsea", "Paris", "Lincoln", "Chester",
    "Lily", "Florence", "Ivy", "Grace", "Jack", "Poppy", "Daisy", "Harper", "Roman", "Max", "Willow", "Taylor",
    "Brown", "White", "Green", "Hall", "Wood", "Young", "Hill", "King", "Carter", "Cooper", "Parker", "Fields", "Park",
    "Street", "Lane", "Cook", "Baker", "Walker", "Martin", "Harry", "Wright", "Ella", "Ada", "Theo", "Tommy", "Teddy",
    "Leo", "Theodore", "Jones",
];

fn screen(text: &str, field: Field) -> Findings {
    let draft = Draft::of("p", text, field, false).expect("a generated text is short");
    screening::text(&draft, &ROLL)
}

#[derive(Clone, Debug)]
enum Disguise {
    Upper,
    Lower,
    Title,
    NoBreakSpace,
    LineBreak,
    TwoSpaces,
    Underscore,
    Hyphen,
    Joined,
    NoAccents,
    SplitAccents,
    NoMarks,
    CurlyMarks,
    ZeroWidth(usize),
    Cyrillic,
    FullWidth,
    Mathematical,
    Reversed,
    ReversedComma,
    Possessive,
    Hashtag,
    HashtagInside,
    Mentioned,
    Emphasis,
    Middle,
    SpelledOut,
}

fn disguise() -> impl Strategy<Value = Disguise> {
    use Disguise::*;
    prop_oneof![
        Just(Upper),
        Just(Lower),
        Just(Title),
        Just(NoBreakSpace),
        Just(LineBreak),
        Just(TwoSpaces),
        Just(Underscore),
        Just(Hyphen),
        Just(Joined),
        Just(NoAccents),
        Just(SplitAccents),
        Just(NoMarks),
        Just(CurlyMarks),
        (1usize..9).prop_map(ZeroWidth),
        Just(Cyrillic),
        Just(FullWidth),
        Just(Mathematical),
        Just(Reversed),
        Just(ReversedComma),
        Just(Possessive),
        Just(Hashtag),
        Just(HashtagInside),
        Just(Mentioned),
        Just(Emphasis),
        Just(Middle),
        Just(SpelledOut),
    ]
}

fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphabetic()).collect()
}

fn shifted(name: &str, capital: u32, small: u32) -> String {
    let shift = |c: char| match c {
        'A'..='Z' => char::from_u32(capital + (c as u32 - 'A' as u32)).unwrap_or(c),
        'a'..='z' => char::from_u32(small + (c as u32 - 'a' as u32)).unwrap_or(c),
        _ => c,
    };
    name.chars().map(shift).collect()
}

fn exchanged(name: &str, pairs: &[(char, char)]) -> String {
    name.chars().map(|c| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect()
}

const ACCENTS: &[(char, char)] = &[
    ('Ł', 'L'),
    ('ł', 'l'),
    ('ó', 'o'),
    ('â', 'a'),
    ('á', 'a'),
    ('ë', 'e'),
    ('é', 'e'),
    ('ç', 'c'),
    ('ü', 'u'),
    ('ö', 'o'),
    ('ø', 'o'),
    ('ñ', 'n'),
    ('í', 'i'),
];

/// The letters of the name as the disguise writes them, with what surrounds it.
fn disguised(forename: &str, surname: &str, disguise: &Disguise) -> (String, String, &'static str) {
    use Disguise::*;
    let full = format!("{forename} {surname}");
    let name = match disguise {
        Upper => full.to_uppercase(),
        Lower => full.to_lowercase(),
        Title | Possessive | Emphasis => full,
        NoBreakSpace => full.replace(' ', "\u{a0}"),
        LineBreak => format!("{forename}\n{surname}"),
        TwoSpaces => format!("{forename}  {surname}"),
        Underscore => full.replace(' ', "_"),
        Hyphen => full.replace(' ', "-"),
        Joined => format!("{}{}", squeezed(forename), squeezed(surname)),
        NoAccents => exchanged(&full, ACCENTS),
        SplitAccents => {
            full.replace('ë', "e\u{308}").replace('é', "e\u{301}").replace('ó', "o\u{301}").replace('ü', "u\u{308}")
        }
        NoMarks => full.replace('\'', ""),
        CurlyMarks => full.replace('\'', "\u{2019}"),
        ZeroWidth(every) => {
            let shown = full.chars().enumerate().flat_map(|(at, c)| {
                let joiner = ['\u{200b}', '\u{200d}', '\u{2060}', '\u{feff}'][at % 4];
                [Some(c), (at % every == 0).then_some(joiner)].into_iter().flatten()
            });
            shown.collect()
        }
        Cyrillic => exchanged(
            &full,
            &[('a', 'а'), ('e', 'е'), ('o', 'о'), ('A', 'А'), ('K', 'К'), ('p', 'р'), ('i', 'і'), ('y', 'у')],
        ),
        FullWidth => shifted(&full, 0xff21, 0xff41),
        Mathematical => shifted(&full, 0x1d400, 0x1d41a),
        Reversed => format!("{surname} {forename}"),
        ReversedComma => format!("{surname}, {forename}"),
        Hashtag | HashtagInside | Mentioned => squeezed(forename) + &squeezed(surname),
        Middle => format!("{forename} Quincey {surname}"),
        SpelledOut => squeezed(&full).chars().map(String::from).collect::<Vec<_>>().join(" "),
    };
    let (before, after) = match disguise {
        Possessive => ("", "'s"),
        Hashtag => ("#", ""),
        HashtagInside => ("#WellDone", ""),
        Mentioned => ("@", ""),
        Emphasis => ("**", "**"),
        _ => ("", ""),
    };
    (name, before.to_owned(), after)
}

/// Pupils in whose names a slip makes no other word.
fn plain_pupil() -> impl Strategy<Value = &'static Person> {
    let is_plain = |name: &str| !WORDS.contains(&name) && name.is_ascii() && squeezed(name).len() > 3;
    let plain: Vec<&Person> = PEOPLE[..300].iter().filter(|p| is_plain(&p.forename) && is_plain(&p.surname)).collect();
    prop::sample::select(plain)
}

fn pupil() -> impl Strategy<Value = &'static Person> {
    (0..300usize).prop_map(|at| &PEOPLE[at])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_disguise_of_a_full_name_is_found(person in pupil(), disguise in disguise(), lead in 0usize..4, tail in 0usize..4) {
        let (name, before, after) = disguised(&person.forename, &person.surname, &disguise);
        let lead = ["", "We were so pleased when ", "Reported today: ", "It was 10.30 and "][lead];
        let tail = ["", " jumped in.", ", again!", " (and others)"][tail];
        let text = format!("{lead}{before}{name}{after}{tail}");
        let from = (lead.chars().count() + before.chars().count()) as u32;
        let till = from + name.chars().count() as u32;
        let found = screen(&text, Field::Text);
        let hit = found.findings.iter().find(|f| f.kind == Kind::PupilName && f.start < till && from < f.end);
        let Some(hit) = hit else { return Err(TestCaseError::fail(format!("{disguise:?}: {text:?} {:?}", found.findings))) };
        prop_assert!(hit.strength >= Strength::Ask, "{text:?} {hit:?}");
        let whole = hit.start <= from && hit.end + 1 >= till;
        prop_assert!(whole, "{disguise:?} only partly found in {text:?}: {hit:?}");
        let same_name = |other: &&Person| other.forename == person.forename && other.surname == person.surname;
        let alone = PEOPLE.iter().filter(same_name).count() == 1;
        if alone && hit.person.is_some() {
            prop_assert_eq!(hit.person.as_deref(), Some(person.id.as_str()));
        }
    }

    #[test]
    fn one_slip_in_a_full_name_is_found(person in plain_pupil(), in_surname in any::<bool>(), slip in 0usize..4, at in any::<prop::sample::Index>()) {
        let part = squeezed(if in_surname { &person.surname } else { &person.forename });
        let mut letters: Vec<char> = part.chars().collect();
        let at = 1 + at.index(letters.len() - 2);
        match slip {
            0 => { letters.remove(at); }
            1 => letters.insert(at, 'q'),
            2 => letters[at] = 'q',
            _ => letters.swap(at, at + 1),
        }
        let slipped: String = letters.into_iter().collect();
        prop_assume!(slipped != part);
        let name = if in_surname { format!("{} {slipped}", person.forename) } else { format!("{slipped} {}", person.surname) };
        let text = format!("We were pleased to see {name} there.");
        let found = screen(&text, Field::Text);
        let hit = found.findings.iter().find(|f| f.kind == Kind::PupilName && f.end > 23 && f.strength >= Strength::Ask);
        prop_assert!(hit.is_some(), "{:?} {:?}", text, found.findings);
    }

    #[test]
    fn a_full_name_in_a_file_name_is_found(person in pupil(), number in 0u32..9999, shape in 0usize..5) {
        let (forename, surname) = (squeezed(&person.forename), squeezed(&person.surname));
        let name = match shape {
            0 => format!("IMG_{number}_{forename}_{surname}.JPG"),
            1 => format!("{forename}{surname}{number}.png"),
            2 => format!("{}-{}.heic", forename.to_lowercase(), surname.to_lowercase()),
            3 => format!("{}{}{number}.jpeg", forename.to_lowercase(), surname.to_lowercase()),
            _ => format!("{surname}_{forename} ({number}).webp"),
        };
        let found = screen(&name, Field::FileName);
        prop_assert!(found.findings.iter().any(|f| f.kind == Kind::PupilName && f.strength >= Strength::Ask), "{} {:?}", name, found.findings);
    }

    #[test]
    fn any_text_is_answered_with_places_inside_it(text in any_text(), field in 0usize..4, has_photo in any::<bool>()) {
        let field = [Field::Text, Field::AltText, Field::FileName, Field::Metadata][field];
        let draft = Draft::of("any", &text, field, has_photo).expect("short");
        let found = screening::text(&draft, &ROLL);
        let size = text.chars().count() as u32;
        let mut last = 0;
        for finding in &found.findings {
            prop_assert!(finding.start < finding.end && finding.end <= size, "{:?} in {:?}", finding, text);
            prop_assert!(finding.start >= last && !finding.say.is_empty() && !finding.how.is_empty());
            last = finding.start;
            if finding.person.is_some() {
                prop_assert!(matches!(finding.kind, Kind::PupilName | Kind::StaffName));
            }
        }
        prop_assert_eq!(found.stopped, found.findings.iter().any(|f| f.strength == Strength::Stop));
    }
}

/// Any characters at all, and pieces that wake every reader.
fn any_text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9 .,'@#*_+()-]{0,30}",
        "\\PC{0,20}",
        prop::sample::select(vec![
            "Zara",
            "Khan",
            " ",
            "'",
            "\u{301}",
            "\u{202e}",
            "ß",
            "İ",
            "ﬁ",
            "#",
            "@",
            "07700 900123",
            "dob 3/5/17",
            "f*",
            "**",
            "born on",
            "lives at 1",
            "ZZ99 3VZ",
            "V999999924001",
            "at home dot test",
            "…",
            "🇬🇧",
            "👩‍👧",
            "turns 7 on",
            "\r\n",
            "SEN",
            "Mr",
            "Z.",
            "kill",
            "\u{0}",
            "aaa",
            "1d10t",
            "(7)",
            "943 476 5919",
            "AB12 CDE",
            "QQ123456C",
            "+44 (0)",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_text_beyond_the_limit_is_refused_and_one_at_it_is_read() {
    let long = "Zara ".repeat(20_000);
    assert!(Draft::of("l", &long, Field::Text, false).is_ok());
    let refused = Draft::of("l", &format!("{long}é"), Field::Text, false).expect_err("one too many");
    assert!(refused.to_string().contains("100001 characters"), "{refused}");
    assert_eq!(screen(&long, Field::Text).findings.len(), 20_000);
}

#[test]
fn a_text_made_to_be_slow_is_not() {
    // Work grows with the text and not with its square; a run that did would last for minutes.
    for piece in [
        "a",
        "Zara",
        "ab ",
        "Z ",
        "0",
        "07",
        "@a",
        "a.",
        "#Zara",
        "*a",
        "born on ",
        "(",
        "Smith Jones ",
        "1d",
        "Za-ra ",
    ] {
        let text = piece.repeat(100_000 / piece.chars().count());
        screen(&text, Field::Text);
        screen(&text, Field::FileName);
    }
}

#[test]
fn a_roll_with_faults_names_them_all() {
    let person = |id: &str, forename: &str, surname: &str| Person {
        id: id.into(),
        forename: forename.into(),
        known_as: String::new(),
        surname: surname.into(),
        kind: PersonKind::Pupil,
    };
    let long = "x".repeat(101);
    let people = [
        person("1", "Zara", "Khan"),
        person("1", "Ben", "Hill"),
        person("", "Amy", "Hill"),
        person("4", " ", "-"),
        person("5", &long, "Hill"),
    ];
    let said: Vec<String> = Roll::of(&people, &[]).expect_err("four faults").iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert_eq!(said[0], "person 2: the id `1` is on the roll already");
    assert!(said[3].contains("`forename` is longer than 100 characters"), "{said:?}");
}
