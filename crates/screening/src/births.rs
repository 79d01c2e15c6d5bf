//! Dates of birth and ages: a date says nothing about a child until a word beside it does.
//!
//! Knows no clock: a full date is a child's when its year is 2000 or later, and any date named as a date of birth counts.

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
/// What hatches or is born on a farm visit.
const ANIMALS: &[&str] = &[
    "chick",
    "duckling",
    "lamb",
    "kitten",
    "pupp",
    "calf",
    "calves",
    "foal",
    "piglet",
    "tadpole",
    "caterpillar",
    "gosling",
    "guinea pig",
    "rabbit",
    "hamster",
    "butterfl",
];

const MONTH: &str = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";

struct Patterns {
    named: Regex,
    born: Regex,
    born_in: Regex,
    turns: Regex,
    birthday_on: Regex,
    birthday: Regex,
    age: Regex,
    year: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let day = r"\d{1,2}(?:st|nd|rd|th)?";
    let dated = format!(
        r"(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[ ./\-]\d{{1,2}}[ ./\-](?:\d{{4}}|\d{{2}})|{day}(?: of)?[ .\-]?{MONTH}[ ,.\-]{{1,2}}(?:\d{{4}}|'?\d{{2}})|{MONTH} {day},? \d{{4}})\b"
    );
    let yearless = format!(r"(?:{day} (?:of )?{MONTH}|{MONTH} (?:the )?{day}|\d{{1,2}}/\d{{1,2}})\b");
    let weekday = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?(?:the )?";
    let number = r"(?:\d{1,2}|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen)";
    Patterns {
        named: pattern(&format!(
            r"\b(?:d\.? ?o\.? ?b\.?|date of birth|birth ?date)[ :=\-]{{0,3}}(?:(?:is|was) )?(?:{dated}|{yearless}|\d{{6,8}}\b)"
        )),
        born: pattern(&format!(r"\bborn[:,]? (?:on )?{weekday}(?:{dated}|{yearless})")),
        born_in: pattern(&format!(r"\bborn in (?:{MONTH} )?20\d\d\b")),
        turns: pattern(&format!(
            r"\b(?:turns|turned|turning|will be|is|are) ({number})(?: years old)? (?:(?:on )?{weekday}(?:{dated}|{yearless})|today|tomorrow|this week|next week|on (?:mon|tues|wednes|thurs|fri|satur|sun)day)"
        )),
        birthday_on: pattern(&format!(r"\bbirthday(?:,| is| was| falls)? (?:on )?{weekday}(?:{dated}|{yearless})")),
        birthday: pattern(r"\b(\d{1,2})(?:st|nd|rd|th) birthday\b"),
        age: pattern(r"\baged? (\d{1,2})\b|\b(\d{1,2})[ \-]years?[ \-]old\b|\((\d{1,2})\)"),
        year: pattern(r"\d{4}"),
    }
});

/// `names` are the names of pupils found in the text.
pub(crate) fn find(fold: &Fold, names: &[Finding]) -> Vec<Finding> {
    if !fold.plain.bytes().any(|b| b.is_ascii_digit()) && !fold.plain.contains("turn") {
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
        let (start, end) = self.fold.home(found.start(), found.end());
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
            let year = PATTERNS.year.find(found.as_str()).and_then(|y| y.as_str().parse::<u32>().ok());
            if year.is_some_and(|year| year < CHILD_YEAR_MIN) || is_of_animals(&fold.plain, &found) {
                continue;
            }
            let strength = ask_or_stop(year.is_some() || self.is_near_a_name(&found));
            self.add(found, "born", strength);
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
            let turns = whole.as_str().starts_with("turn");
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
            let (Some(whole), Some(age)) = (found.get(0), found.get(1)) else { continue };
            if age.as_str().parse::<u32>().is_ok_and(|age| age <= AGE_MAX) {
                let strength = if self.is_near_a_name(&whole) { Strength::Ask } else { Strength::Note };
                self.add(whole, "birthday", strength);
            }
        }
    }

    fn ages(&mut self) {
        let fold = self.fold;
        for found in PATTERNS.age.captures_iter(&fold.plain) {
            let Some(whole) = found.get(0) else { continue };
            let age = (1..4).find_map(|group| found.get(group)).and_then(|age| age.as_str().parse::<u32>().ok());
            if age.is_some_and(|age| (2..=AGE_MAX).contains(&age)) && self.is_near_a_name(&whole) {
                self.add(whole, "age", Strength::Ask);
            }
        }
    }
}

fn ask_or_stop(is_certain: bool) -> Strength {
    if is_certain { Strength::Stop } else { Strength::Ask }
}

fn is_of_animals(plain: &str, found: &Match) -> bool {
    let (first, last) = near::sentence(plain, found.start(), found.end());
    ANIMALS.iter().any(|animal| plain[first..last].contains(animal))
}

fn say(how: &str, strength: Strength) -> &'static str {
    match (how, strength) {
        ("age", _) => "this gives the age of a child who is named: leave it out unless it is needed",
        (_, Strength::Stop) => "this gives a child's date of birth: take it out",
        (_, Strength::Ask) => "this may give a child's date of birth or age: take it out if a child can be told by it",
        (_, Strength::Note) => "this speaks of a birthday: name no child with it",
    }
}
