//! What the pages of drafts ask, and how an answer is read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::draft::{CHAPTER_BYTES_MAX, Decided, NAME_MAX, REASON_MAX};
use super::settings::{AGE_MAX, General, MATTERS, QUALITIES};
use super::{Origin, Seen};
use crate::people::forms::{DAY_WANTED, Day};
use crate::policies::{BODIES, packs};
use crate::web::forms::{Choice, Fields, FormErrors, seen};

pub(super) fn seen_of(draft: Uuid, carried: &str) -> Seen {
    Seen { draft, version: seen(carried) }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewForm {
    pub name: String,
    pub origin: String,
}

impl NewForm {
    pub(super) fn parse(&self) -> Result<(String, Origin), FormErrors> {
        let mut errors = FormErrors::default();
        let name = errors.line("name", "what the draft is called", &self.name);
        if name.chars().count() > NAME_MAX && errors.at("name").is_none() {
            errors.add("name", format!("Enter a name with {NAME_MAX} letters or fewer"));
        }
        let origin = match self.origin.as_str() {
            "in-force" => Some(Origin::InForce),
            pack if packs::NAMES.contains(&pack) => Some(Origin::Pack(pack.to_owned())),
            _ => None,
        };
        match origin {
            Some(origin) => errors.or(|| (name, origin)),
            None => {
                errors.add("origin", "Choose what the draft is copied from");
                Err(errors)
            }
        }
    }
}

/// What a draft can be copied from.
pub(super) fn origins(titles: &[(String, String)]) -> Vec<Choice> {
    let in_force = Choice::new("in-force", "The policy that is in force here");
    let pack = |(name, title): &(String, String)| Choice::new(name.clone(), title.clone());
    std::iter::once(in_force).chain(titles.iter().map(pack)).collect()
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChapterForm {
    pub text: String,
    pub seen: String,
}

impl ChapterForm {
    /// Browsers send line breaks as two signs; files have one.
    pub(super) fn parse(&self) -> Result<String, FormErrors> {
        let text = self.text.replace("\r\n", "\n");
        match text.len() {
            0 => Err(FormErrors::one("text", "Enter the text of the chapter")),
            bytes if bytes > CHAPTER_BYTES_MAX => {
                Err(FormErrors::one("text", "Split the chapter: it is longer than can be edited here"))
            }
            _ => Ok(text),
        }
    }
}

/// The settings as they were typed.
#[derive(Clone, Debug, Default)]
pub(super) struct GeneralForm {
    pub(super) title: String,
    pub(super) school: String,
    pub(super) adult_age: String,
    pub(super) social: BTreeSet<String>,
    /// One name a line.
    pub(super) platforms: String,
    /// One line a role: `headteacher: chair-of-governors, dsl`.
    pub(super) routes: String,
    /// Matter, and what a permission for it must be.
    pub(super) permissions: BTreeMap<String, String>,
}

/// Approved platforms that a school lists; the reader of policies takes no more.
const PLATFORMS_MAX: usize = 64;

impl GeneralForm {
    pub(super) fn of(general: &General) -> Self {
        Self {
            title: general.title.clone(),
            school: general.school.clone(),
            adult_age: general.adult_age.to_string(),
            social: general.social.iter().cloned().collect(),
            platforms: general.platforms.join("\n"),
            routes: general
                .routes
                .iter()
                .map(|(role, to)| format!("{role}: {}", to.join(", ")))
                .collect::<Vec<_>>()
                .join("\n"),
            permissions: general.permissions.clone(),
        }
    }

    pub(super) fn sent(fields: &Fields) -> Self {
        Self {
            title: fields.one("title").to_owned(),
            school: fields.one("school").to_owned(),
            adult_age: fields.one("adult_age").to_owned(),
            social: fields.all("social").map(str::to_owned).collect(),
            platforms: fields.one("platforms").replace("\r\n", "\n"),
            routes: fields.one("routes").replace("\r\n", "\n"),
            permissions: MATTERS
                .iter()
                .map(|(matter, _)| ((*matter).to_owned(), fields.one(&format!("permission-{matter}")).to_owned()))
                .filter(|(_, quality)| !quality.is_empty())
                .collect(),
        }
    }

    /// `families` are the sorts of service there are, in their order.
    pub(super) fn parse(&self, families: &[(String, String)]) -> Result<General, FormErrors> {
        let mut errors = FormErrors::default();
        let title = errors.line("title", "the title of the policy", &self.title);
        let school = errors.line("school", "the name of the school", &self.school);
        let age = self.adult_age.trim().parse::<u8>().ok().filter(|age| *age <= AGE_MAX);
        if age.is_none() {
            errors.add("adult_age", format!("Enter whole years from 0 to {AGE_MAX}, such as 18"));
        }
        if self.social.is_empty() {
            errors.add("social", "Choose at least one sort of service");
        }
        let social = families.iter().map(|(value, _)| value.clone()).filter(|value| self.social.contains(value));
        let social = social.collect();
        let platforms = lines(&self.platforms).map(str::to_owned).collect::<Vec<_>>();
        let is_name = |name: &String| name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control);
        if platforms.len() > PLATFORMS_MAX || !platforms.iter().all(is_name) {
            errors.add(
                "platforms",
                format!("Enter at most {PLATFORMS_MAX} names, each with {NAME_MAX} letters or fewer"),
            );
        }
        let routes: Option<BTreeMap<_, _>> = lines(&self.routes).map(route).collect();
        if routes.is_none() {
            errors.add(
                "routes",
                "Enter each route as in `headteacher: chair-of-governors`, with the short names of roles",
            );
        }
        if self.permissions.values().any(|quality| !QUALITIES.iter().any(|(known, _)| known == quality)) {
            errors.add("permissions", "Choose what a permission must be");
        }
        let permissions = self.permissions.clone();
        let adult_age = age.unwrap_or(AGE_MAX).into();
        let routes = routes.unwrap_or_default();
        errors.or(|| General { title, school, adult_age, social, platforms, routes, permissions })
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// `headteacher: chair-of-governors, dsl`
fn route(line: &str) -> Option<(String, Vec<String>)> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let (role, to) = line.split_once(':')?;
    let to: Vec<String> = to.split(',').map(|word| word.trim().to_owned()).collect();
    let role = role.trim();
    (is_word(role) && to.iter().all(|word| is_word(word))).then(|| (role.to_owned(), to))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    pub label: String,
    pub body: String,
    pub met_day: String,
    pub met_month: String,
    pub met_year: String,
    pub minute: String,
    pub starts_day: String,
    pub starts_month: String,
    pub starts_year: String,
    pub review_day: String,
    pub review_month: String,
    pub review_year: String,
    pub material: String,
    pub reason: String,
    pub seen: String,
}

impl DecisionForm {
    /// The day of the meeting is past, the first day is not, and the review comes after it.
    pub(super) fn parse(&self, today: Date) -> Result<Decided, FormErrors> {
        let mut errors = FormErrors::default();
        let label = errors.line("label", "what this version is called, such as 2026", &self.label);
        let body = BODIES.iter().find(|(code, _)| *code == self.body).map(|(code, _)| (*code).to_owned());
        if body.is_none() {
            errors.add("body", "Choose who decided");
        }
        let day = |day: &str, month: &str, year: &str| Day { day, month, year }.read();
        let met_on = day(&self.met_day, &self.met_month, &self.met_year);
        match met_on {
            None => errors.add("met_day", DAY_WANTED),
            Some(day) if day > today => errors.add("met_day", "The day of the decision must be today or earlier"),
            Some(_) => {}
        }
        let minute = self.minute.trim().to_owned();
        if minute.chars().count() > NAME_MAX || minute.chars().any(char::is_control) {
            errors.add("minute", format!("Enter one line with {NAME_MAX} letters or fewer, or nothing"));
        }
        let starts_on = day(&self.starts_day, &self.starts_month, &self.starts_year);
        match starts_on {
            None => errors.add("starts_day", DAY_WANTED),
            Some(day) if day < today => errors.add("starts_day", "The first day must be today or later"),
            Some(_) => {}
        }
        let review_on = day(&self.review_day, &self.review_month, &self.review_year);
        match (review_on, starts_on) {
            (None, _) => errors.add("review_day", DAY_WANTED),
            (Some(review), Some(start)) if review <= start => {
                errors.add("review_day", "The review must be later than the first day");
            }
            _ => {}
        }
        if !["yes", "no"].contains(&self.material.as_str()) {
            errors.add("material", "Choose whether everybody has to read it again");
        }
        let reason = self.reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > REASON_MAX {
            errors.add("reason", format!("Enter what changed and why, with {REASON_MAX} letters or fewer"));
        }
        match (body, met_on, starts_on, review_on, errors.is_empty()) {
            (Some(body), Some(met_on), Some(starts_on), Some(review_on), true) => {
                let is_material = self.material == "yes";
                Ok(Decided { label, body, met_on, minute, starts_on, review_on, is_material, reason })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 21);

    fn decision() -> DecisionForm {
        let text = |text: &str| text.to_owned();
        DecisionForm {
            label: text("2026"),
            body: text("governing-body"),
            met_day: text("20"),
            met_month: text("11"),
            met_year: text("2026"),
            minute: text("7.2"),
            starts_day: text("21"),
            starts_month: text("11"),
            starts_year: text("2026"),
            review_day: text("30"),
            review_month: text("9"),
            review_year: text("2027"),
            material: text("yes"),
            reason: text("New rules on friends"),
            seen: text("1"),
        }
    }

    #[test]
    fn a_decision_has_all_that_a_reader_will_ask_for() {
        let made = decision().parse(TODAY).expect("a decision");
        assert_eq!((made.is_material, made.met_on), (true, Date::constant(2026, 11, 20)));
        let errors = DecisionForm::default().parse(TODAY).expect_err("nothing was filled in");
        let fields: Vec<&str> = errors.all().iter().map(|error| error.field).collect();
        assert_eq!(fields, ["label", "body", "met_day", "starts_day", "review_day", "material", "reason"]);
    }

    #[test]
    fn the_days_of_a_decision_stand_in_their_order() {
        let check = |form: DecisionForm, field: &str| {
            assert!(form.parse(TODAY).is_err_and(|errors| errors.at(field).is_some()), "{field}");
        };
        check(DecisionForm { met_day: "22".to_owned(), ..decision() }, "met_day");
        check(DecisionForm { starts_day: "20".to_owned(), ..decision() }, "starts_day");
        check(DecisionForm { review_year: "2026".to_owned(), ..decision() }, "review_day");
    }

    #[test]
    fn routes_are_short_names_of_roles() {
        let to = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(route("headteacher: dsl, governor"), Some(("headteacher".to_owned(), to(&["dsl", "governor"]))));
        for wrong in ["headteacher", "headteacher:", ": dsl", "Head: dsl", "headteacher: the \"dsl\""] {
            assert_eq!(route(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn line_breaks_of_browsers_do_not_reach_the_files() {
        let form = ChapterForm { text: "# A\r\n\r\nb\n".to_owned(), seen: String::new() };
        assert_eq!(form.parse().as_deref(), Ok("# A\n\nb\n"));
        assert!(ChapterForm::default().parse().is_err());
        let long = ChapterForm { text: "a".repeat(CHAPTER_BYTES_MAX + 1), seen: String::new() };
        assert!(long.parse().is_err());
    }

    #[test]
    fn a_draft_is_copied_from_something_that_is_there() {
        let form = |origin: &str| NewForm { name: "Next".to_owned(), origin: origin.to_owned() };
        assert_eq!(form("in-force").parse(), Ok(("Next".to_owned(), Origin::InForce)));
        assert_eq!(form("westacre").parse().map(|(_, origin)| origin), Ok(Origin::Pack("westacre".to_owned())));
        assert!(form("elsewhere").parse().is_err() && NewForm::default().parse().is_err());
    }
}
