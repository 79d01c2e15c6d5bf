//! What the desk's forms carry.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use uuid::Uuid;

use super::super::picture::{InIt, Marked, PEOPLE_MAX, Spot, Who};
use super::super::request::{Content, News, Purpose, WORDS_CHARS_MAX};
use super::super::safety::{QUESTIONS, Safety, Told};
use crate::clock;
use crate::web::forms::{Fields, FormErrors, LINE_CHARS_MAX};

/// A post as its writer fills it in.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) words: String,
    pub(super) purpose: String,
    pub(super) news: String,
    pub(super) accounts: Vec<String>,
    pub(super) event_at: String,
    pub(super) release_at: String,
    pub(super) remove_on: String,
    pub(super) safety: Safety,
    pub(super) seen: i64,
}

/// `2026-12-10T14:00`, as browsers write a moment.
fn written(moment: Option<Timestamp>) -> String {
    moment.map_or_else(String::new, |moment| clock::in_london(moment).strftime("%Y-%m-%dT%H:%M").to_string())
}

impl Words {
    pub(super) fn fresh(accounts: &[Uuid]) -> Words {
        let accounts = accounts.iter().map(Uuid::to_string).collect();
        Words { accounts, news: News::None.code().to_owned(), ..Words::default() }
    }

    pub(super) fn of(content: &Content, seen: i64) -> Words {
        Words {
            words: content.words.clone(),
            purpose: content.purpose.code().to_owned(),
            news: content.news.code().to_owned(),
            accounts: content.accounts.iter().map(Uuid::to_string).collect(),
            event_at: written(content.event_at),
            release_at: written(content.release_at),
            remove_on: content.remove_on.map_or_else(String::new, |day| day.to_string()),
            safety: content.safety.clone(),
            seen,
        }
    }

    pub(super) fn read(fields: &Fields) -> Words {
        let mut safety = Safety::because(fields.one("reason").trim());
        for asked in QUESTIONS {
            let told = Told::from_code(fields.one(asked.code)).unwrap_or(Told::Unknown);
            safety.answer(asked.code, told);
        }
        let own = |name: &str| fields.one(name).to_owned();
        Words {
            words: own("words").replace("\r\n", "\n"),
            purpose: own("purpose"),
            news: own("news"),
            accounts: fields.all("accounts").map(str::to_owned).collect(),
            event_at: own("event_at"),
            release_at: own("release_at"),
            remove_on: own("remove_on"),
            safety,
            seen: fields.seen(),
        }
    }

    pub(super) fn parse(&self) -> Result<Content, FormErrors> {
        let mut errors = FormErrors::default();
        if self.words.chars().count() > WORDS_CHARS_MAX {
            errors.add("words", format!("Write {WORDS_CHARS_MAX} letters or fewer"));
        }
        if self.words.contains('\0') {
            errors.add("words", "Take out the sign that no channel can show");
        }
        let purpose = Purpose::from_code(&self.purpose);
        if purpose.is_none() {
            errors.add("purpose", "Choose what the post is for");
        }
        let news = News::from_code(&self.news);
        if news.is_none() {
            errors.add("news", "Say whether it tells news");
        }
        if self.safety.reason.chars().count() > LINE_CHARS_MAX * 5 {
            errors.add("reason", "Give the reason in 1000 letters or fewer");
        }
        let event_at = moment(&mut errors, "event_at", &self.event_at);
        let release_at = moment(&mut errors, "release_at", &self.release_at);
        let remove_on = day(&mut errors, "remove_on", &self.remove_on);
        let accounts = self.accounts.iter().filter_map(|id| id.parse().ok()).collect();
        let safety = self.safety.clone();
        let words = self.words.trim_end().to_owned();
        match (purpose, news, errors.is_empty()) {
            (Some(purpose), Some(news), true) => {
                Ok(Content { words, purpose, news, accounts, event_at, release_at, remove_on, safety })
            }
            _ => Err(errors),
        }
    }
}

/// Years for which somebody plans a post.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

fn moment(errors: &mut FormErrors, field: &'static str, typed: &str) -> Option<Timestamp> {
    let typed = typed.trim().replacen(' ', "T", 1);
    if typed.is_empty() {
        return None;
    }
    let read = typed.parse::<DateTime>().ok().filter(|at| YEARS.contains(&at.year()));
    let read = read.and_then(|at| at.in_tz(clock::LONDON).ok()).map(|at| at.timestamp());
    if read.is_none() {
        errors.add(field, "Enter a day and a time, such as 2026-12-10 14:00, or nothing");
    }
    read
}

fn day(errors: &mut FormErrors, field: &'static str, typed: &str) -> Option<Date> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let read = typed.parse::<Date>().ok().filter(|day| YEARS.contains(&day.year()));
    if read.is_none() {
        errors.add(field, "Enter a day, such as 2026-12-10, or nothing");
    }
    read
}

/// The nine places of a picture in which somebody can be said to be.
pub(super) const SPOTS: &[(&str, &str, i64, i64)] = &[
    ("top-left", "Top left", 200, 200),
    ("top", "Top", 500, 200),
    ("top-right", "Top right", 800, 200),
    ("left", "Left", 200, 500),
    ("middle", "Middle", 500, 500),
    ("right", "Right", 800, 500),
    ("bottom-left", "Bottom left", 200, 800),
    ("bottom", "Bottom", 500, 800),
    ("bottom-right", "Bottom right", 800, 800),
];

/// `pupil 0192..`: how a form writes who somebody is.
pub(super) fn who_written(who: Who) -> String {
    match who.person() {
        Some(id) => format!("{} {id}", who.code()),
        None => who.code().to_owned(),
    }
}

fn who_read(written: &str) -> Option<Who> {
    match written.split_once(' ') {
        Some((code, id)) => Who::read(code, Some(id.parse().ok()?)),
        None => Who::read(written, None),
    }
}

pub(super) fn spot_code(spot: Option<Spot>) -> &'static str {
    let is = |(_, _, across, down): &&(&str, &str, i64, i64)| spot == Some(Spot { across: *across, down: *down });
    SPOTS.iter().find(is).map_or("", |(code, ..)| *code)
}

/// Who is in a picture, as a form says it.
pub(super) fn in_it(fields: &Fields) -> Result<InIt, FormErrors> {
    let nobody = fields.one("nobody") == "yes";
    let mut people: Vec<Marked> = Vec::new();
    for written in fields.all("who") {
        let Some(who) = who_read(written) else {
            return Err(FormErrors::one("who", "Choose people from the list"));
        };
        let spot = fields.one(&format!("spot {written}"));
        let spot = SPOTS.iter().find(|(code, ..)| *code == spot);
        let spot = spot.map(|(_, _, across, down)| Spot { across: *across, down: *down });
        if !people.iter().any(|marked| marked.who == who) {
            people.push(Marked { who, spot });
        }
    }
    match (nobody, people.is_empty()) {
        (true, false) => Err(FormErrors::one("who", "Either somebody can be recognised or nobody can: take one out")),
        (true, true) => Ok(InIt::Nobody),
        (false, true) => Ok(InIt::Unsaid),
        (false, false) if people.len() > PEOPLE_MAX => {
            Err(FormErrors::one("who", format!("Choose {PEOPLE_MAX} people or fewer")))
        }
        (false, false) => Ok(InIt::People(people)),
    }
}

/// A part of a picture in hundredths, as a form gives it.
pub(super) fn region(fields: &Fields, (width, height): (u32, u32)) -> Result<screening::Edit, FormErrors> {
    let mut errors = FormErrors::default();
    let mut part = |name: &'static str, said: &str| -> u32 {
        let typed = fields.one(name).trim();
        let read = typed.parse::<u32>().ok().filter(|part| *part <= 100);
        if read.is_none() {
            errors.add(name, format!("Enter {said} as a whole number from 0 to 100"));
        }
        read.unwrap_or(0)
    };
    let (left, top) = (part("left", "where it begins from the left"), part("top", "where it begins from the top"));
    let (wide, high) = (part("width", "how wide it is"), part("height", "how high it is"));
    if errors.is_empty() && (wide == 0 || high == 0 || left + wide > 100 || top + high > 100) {
        errors.add("width", "The part must lie inside the picture");
    }
    let scaled = |part: u32, side: u32| (u64::from(part) * u64::from(side) / 100) as u32;
    let region = screening::Region {
        left: scaled(left, width),
        top: scaled(top, height),
        width: scaled(wide, width).max(1),
        height: scaled(high, height).max(1),
    };
    let edit = match fields.one("edit") {
        "cover" => Some(screening::Edit::Cover(region)),
        "blur" => Some(screening::Edit::Blur(region)),
        "crop" => Some(screening::Edit::Crop(region)),
        _ => None,
    };
    if edit.is_none() {
        errors.add("edit", "Choose what to do with the part");
    }
    match (edit, errors.is_empty()) {
        (Some(edit), true) => Ok(edit),
        _ => Err(errors),
    }
}

/// A text that must be there, as a remark or a reason.
pub(super) fn said(fields: &Fields, asked: &str) -> Result<String, FormErrors> {
    let said = fields.one("said").trim().replace("\r\n", "\n");
    if said.is_empty() {
        return Err(FormErrors::one("said", format!("Enter {asked}")));
    }
    if said.chars().count() > super::super::REMARK_CHARS_MAX || said.contains('\0') {
        return Err(FormErrors::one("said", format!("Enter {asked} in 2000 letters or fewer")));
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().copied().collect()
    }

    #[test]
    fn a_moment_is_read_as_browsers_and_people_write_it() {
        let mut errors = FormErrors::default();
        let summer = moment(&mut errors, "event_at", "2026-07-10T14:00").expect("a moment");
        assert_eq!(summer.to_string(), "2026-07-10T13:00:00Z");
        assert_eq!(moment(&mut errors, "event_at", " 2026-07-10 14:00 "), Some(summer));
        assert_eq!(moment(&mut errors, "event_at", ""), None);
        assert!(errors.is_empty());
        for wrong in ["tomorrow", "2026-13-01T00:00", "0001-01-01T00:00", "2026-02-30 10:00"] {
            let mut errors = FormErrors::default();
            assert_eq!(moment(&mut errors, "event_at", wrong), None);
            assert!(errors.at("event_at").is_some(), "{wrong}");
        }
    }

    #[test]
    fn somebody_and_nobody_exclude_each_other_and_silence_is_neither() {
        let id = Uuid::from_u128(7);
        let pupil = format!("pupil {id}");
        let spotted = fields(&[("who", &pupil), (&format!("spot {pupil}"), "left"), ("who", &pupil)]);
        let InIt::People(people) = in_it(&spotted).expect("a pupil") else { panic!("somebody") };
        assert_eq!(people, [Marked { who: Who::Pupil(id), spot: Some(Spot { across: 200, down: 500 }) }]);
        assert_eq!(who_written(people[0].who), pupil);
        assert_eq!(in_it(&fields(&[("nobody", "yes")])), Ok(InIt::Nobody));
        assert_eq!(in_it(&fields(&[])), Ok(InIt::Unsaid));
        assert!(in_it(&fields(&[("nobody", "yes"), ("who", "stranger")])).is_err());
        assert!(in_it(&fields(&[("who", "pupil x")])).is_err());
    }

    #[test]
    fn a_part_of_a_picture_lies_inside_it() {
        let part = |left, width, edit| {
            let all = fields(&[("left", left), ("top", "0"), ("width", width), ("height", "50"), ("edit", edit)]);
            region(&all, (200, 100))
        };
        let expect = screening::Region { left: 50, top: 0, width: 100, height: 50 };
        assert_eq!(part("25", "50", "blur"), Ok(screening::Edit::Blur(expect)));
        assert!(part("60", "50", "blur").is_err());
        assert!(part("-1", "50", "crop").is_err());
        assert!(part("0", "0", "crop").is_err());
        assert!(part("0", "10", "burn").is_err());
    }

    #[test]
    fn what_was_not_chosen_is_asked_for_and_an_unanswered_question_stays_open() {
        let empty = Words::read(&fields(&[]));
        let errors = empty.parse().expect_err("nothing was chosen");
        assert!(errors.at("purpose").is_some() && errors.at("news").is_some());
        let filled =
            Words::read(&fields(&[("words", "Hi\r\nall"), ("purpose", "showcase"), ("news", "none"), ("badge", "no")]));
        let content = filled.parse().expect("a post");
        assert_eq!(content.words, "Hi\nall");
        assert_eq!((content.safety.told("badge"), content.safety.told("face_on")), (Told::No, Told::Unknown));
    }
}
