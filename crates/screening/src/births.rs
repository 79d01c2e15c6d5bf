//! Dates of birth and ages: a date says nothing about a child until a word beside it does.
//!
//! Knows no clock: a full date may be a child's when its year is 2000 or later, and is one beside a pupil's name, `she` or
//! `child`; any date named as a date of birth counts.

use std::sync::LazyLock;

use regex::{Match, Regex};

use crate::fold::Fold;
use crate::near;
use crate::personal::pattern;
use crate::spans::Spans;
use crate::{Finding, Kind, Strength};

/// Children on a school's roll turn no older.
const AGE_MAX: u32 = 19;
const CHILD_YEAR_MIN: u32 = 2000;
/// How the words begin for what hatches or is born on a farm or in a zoo.
const YOUNG: &[&str] =
    &["chick", "duckling", "kitten", "pupp", "piglet", "tadpole", "caterpillar", "gosling", "butterfl", "hedgehog"];
/// Animals whose names begin other words too, alone or in the plural.
const ANIMALS: &[&str] = &[
    "lamb", "calf", "foal", "rabbit", "hamster", "gerbil", "guinea", "otter", "penguin", "panda", "meerkat", "monkey",
    "elephant", "giraffe", "lion", "tiger", "owlet", "duck", "goat", "cow", "pig", "pony", "donkey", "llama", "alpaca",
    "snail", "frog", "hoglet", "tortoise", "dinosaur", "hen", "cub",
];
const ANIMALS_IRREGULAR: &[&str] = &["calves", "sheep", "ponies", "geese"];

const MONTH: &str = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";

/// Ages in words, as children of a school have them.
const NUMBER: &str =
    "three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen";
const ORDINAL: &str = "third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth";
/// Words without which a text without a figure tells no age.
const AGE_WORDS: &[&str] = &["turn", "birthday", "year", "aged", "will be ", "tomorrow", "today"];

struct Patterns {
    named: Regex,
    born: Regex,
    born_in: Regex,
    turns: Regex,
    turns_bare: Regex,
    birthday_on: Regex,
    birthday: Regex,
    age: Regex,
    in_brackets: Regex,
    year: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let day = r"\d{1,2}(?:st|nd|rd|th)?";
    let dated = format!(
        r"(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[ ./\-]\d{{1,2}}[ ./\-](?:\d{{4}}|\d{{2}})|{day}(?: of)?[ .\-]?{MONTH}[ ,.\-]{{1,2}}(?:\d{{4}}|'?\d{{2}})|{MONTH} {day},? \d{{4}})\b"
    );
    let yearless = format!(r"(?:{day} (?:of )?{MONTH}|{MONTH} (?:the )?{day}|\d{{1,2}}/\d{{1,2}})\b");
    let weekday = r"(?:(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?(?:the )?";
    let number = format!(r"(?:\d{{1,2}}|{NUMBER})");
    Patterns {
        named: pattern(&format!(
            r"\b(?:d\.? ?o\.? ?b\.?|date of birth|birth ?date)(?: ?\([dmy/.\- ]{{3,12}}\))?[ :=\-—\n]{{0,4}}(?:(?:is|was) )?(?:on )?(?:the )?(?:{dated}|{yearless}|\d{{6,8}}\b)"
        )),
        born: pattern(&format!(r"\b(?:born[:,]? (?:on )?{weekday}(?:{dated}|{yearless})|b\. ?{dated})")),
        born_in: pattern(&format!(r"\bborn in (?:{MONTH} )?20\d\d\b")),
        turns: pattern(&format!(
            r"\b(?:turns|turned|turning|will turn|will be|is|are) ({number})(?: years old)? (?:(?:on )?{weekday}(?:{dated}|{yearless})|today|tomorrow|yesterday|this week|next week|on (?:mon|tues|wednes|thurs|fri|satur|sun)day)"
        )),
        turns_bare: pattern(&format!(r"\b(?:turns|turned|turning|will turn) ({number})\b( [a-z]+)?")),
        birthday_on: pattern(&format!(
            r"\b(?:birthday|b'?day)(?:,|:| is| was| falls)? (?:on )?\(?{weekday}(?:{dated}|{yearless})"
        )),
        birthday: pattern(&format!(r"\b(?:(\d{{1,2}})(?:st|nd|rd|th)|(?:{ORDINAL})) birthday\b")),
        age: pattern(&format!(
            r"\baged? ({number})\b|\b({number})[ \-]years?[ \-]old\b|\((\d{{1,2}})(?: ?yrs?)?\)|\b(\d{{1,2}}) ?yo\b"
        )),
        in_brackets: pattern(&format!(r"\({dated}\)")),
        year: pattern(r"\d{4}"),
    }
});

/// `names` are the names of pupils found in the text.
pub(crate) fn find(fold: &Fold, names: &[Finding]) -> Vec<Finding> {
    let has_digit = fold.plain.bytes().any(|b| b.is_ascii_digit());
    if !has_digit && !AGE_WORDS.iter().any(|word| fold.plain.contains(word)) {
        return Vec::new();
    }
    let mut page = Page { fold, names, findings: Vec::new(), taken: Spans::default() };
    for found in PATTERNS.named.find_iter(&fold.plain) {
        page.add(found, "named", Strength::Stop);
    }
    page.births();
    page.turns();
    page.birthdays();
    page.ages();
    page.bare();
    page.findings
}

struct Page<'a> {
    fold: &'a Fold,
    names: &'a [Finding],
    findings: Vec<Finding>,
    taken: Spans,
}

impl Page<'_> {
    fn add(&mut self, found: Match, how: &'static str, strength: Strength) {
        self.add_place((found.start(), found.end()), how, strength);
    }

    fn add_place(&mut self, place: (usize, usize), how: &'static str, strength: Strength) {
        let (start, end) = self.fold.home(place.0, place.1);
        if self.taken.take(start, end) {
            let say = say(how, strength).to_owned();
            self.findings.push(Finding { start, end, kind: Kind::DateOfBirth, person: None, how, strength, say });
        }
    }

    fn is_near_a_name(&self, found: &Match) -> bool {
        near::shares_sentence(self.fold, found.start(), found.end(), self.names)
    }

    fn births(&mut self) {
        let fold = self.fold;
        for found in PATTERNS.born.find_iter(&fold.plain) {
            let year = year_of(&found);
            let named = self.is_near_a_name(&found);
            let short = found.as_str().starts_with("b.");
            if year.is_some_and(|year| year < CHILD_YEAR_MIN) || is_of_animals(&fold.plain, &found) || short && !named {
                continue;
            }
            let labelled = found.as_str().starts_with("born:");
            let of_one_child = || near::sentence_has(&fold.plain, found.start(), found.end(), near::ONE_CHILD);
            let of_child = named || year.is_some() && (labelled || of_one_child());
            self.add(found, "born", ask_or_stop(of_child && !short));
        }
        for found in PATTERNS.born_in.find_iter(&fold.plain) {
            if !is_of_animals(&fold.plain, &found) {
                let strength = ask_or_stop(self.is_near_a_name(&found));
                self.add(found, "born", strength);
            }
        }
    }

    /// `turns 7 on 4 June` is of a child; `will be 8 on 4 June` may be of anything.
    fn turns(&mut self) {
        let fold = self.fold;
        let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
        for found in PATTERNS.turns.captures_iter(&fold.plain) {
            let (Some(whole), Some(age)) = (found.get(0), found.get(1)) else { continue };
            if age.as_str().parse::<u32>().is_ok_and(|age| age > AGE_MAX) {
                continue;
            }
            let dated = digits(whole.as_str()) > digits(age.as_str());
            let turns = whole.as_str().contains("turn");
            let of_one = turns || fold.plain[..whole.start()].ends_with("he ");
            let of_child = dated && of_one || self.is_near_a_name(&whole);
            if turns || of_child {
                self.add(whole, "turns", ask_or_stop(dated && of_child));
            }
        }
    }

    fn birthdays(&mut self) {
        let fold = self.fold;
        for found in PATTERNS.birthday_on.find_iter(&fold.plain) {
            let strength = ask_or_stop(self.is_near_a_name(&found));
            self.add(found, "birthday", strength);
        }
        for found in PATTERNS.birthday.captures_iter(&fold.plain) {
            let Some(whole) = found.get(0) else { continue };
            let age = found.get(1).and_then(|age| age.as_str().parse::<u32>().ok());
            if age.is_none_or(|age| age <= AGE_MAX) {
                let strength = if self.is_near_a_name(&whole) { Strength::Ask } else { Strength::Note };
                self.add(whole, "birthday", strength);
            }
        }
    }

    fn ages(&mut self) {
        let fold = self.fold;
        for found in PATTERNS.age.captures_iter(&fold.plain) {
            let Some(whole) = found.get(0) else { continue };
            let age = (1..5).find_map(|group| found.get(group)).map(|age| age.as_str());
            if age.is_some_and(is_of_school) && self.is_near_a_name(&whole) {
                self.add(whole, "age", Strength::Ask);
            }
        }
    }

    /// `Zara Khan turns 8` and `Zara Khan (03/05/2017)`: nothing but the name beside it says what it is.
    fn bare(&mut self) {
        let fold = self.fold;
        for found in PATTERNS.turns_bare.captures_iter(&fold.plain) {
            let (Some(whole), Some(age)) = (found.get(0), found.get(1)) else { continue };
            // `turned 5 pages`, `turns 4 cartwheels`.
            let counted = found.get(2).is_some_and(|word| word.as_str().ends_with('s') && word.as_str() != " this");
            if is_of_school(age.as_str()) && !counted && self.is_near_a_name(&whole) {
                self.add_place((whole.start(), age.end()), "turns", Strength::Ask);
            }
        }
        for found in PATTERNS.in_brackets.find_iter(&fold.plain) {
            let (start, _) = fold.home(found.start(), found.end());
            let year = year_of(&found);
            let before = self.names.partition_point(|name| name.end <= start);
            let follows =
                self.names[..before].last().is_some_and(|name| start - name.end <= 1 && name.how != "forename");
            if follows && year.is_none_or(|year| year >= CHILD_YEAR_MIN) {
                self.add(found, "date", Strength::Ask);
            }
        }
    }
}

/// The year of a date that has one in four figures.
fn year_of(found: &Match) -> Option<u32> {
    PATTERNS.year.find(found.as_str()).and_then(|year| year.as_str().parse().ok())
}

fn is_of_school(age: &str) -> bool {
    age.parse::<u32>().map_or(true, |age| (2..=AGE_MAX).contains(&age))
}

fn ask_or_stop(is_certain: bool) -> Strength {
    if is_certain { Strength::Stop } else { Strength::Ask }
}

/// Whether an animal stands before the birth in its sentence: a child who was born may love ponies.
fn is_of_animals(plain: &str, found: &Match) -> bool {
    let (first, _) = near::sentence(plain, found.start(), found.end());
    words(&plain[first..found.start()]).any(|word| {
        let singular = word.strip_suffix('s').unwrap_or(word);
        ANIMALS.contains(&singular)
            || ANIMALS_IRREGULAR.contains(&word)
            || YOUNG.iter().any(|animal| word.starts_with(animal))
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

fn say(how: &str, strength: Strength) -> &'static str {
    match (how, strength) {
        ("age", _) => "this gives the age of a child who is named: leave it out unless it is needed",
        (_, Strength::Stop) => "this gives a child's date of birth: take it out",
        (_, Strength::Ask) => "this may give a child's date of birth or age: take it out if a child can be told by it",
        (_, Strength::Note) => "this speaks of a birthday: name no child with it",
    }
}
