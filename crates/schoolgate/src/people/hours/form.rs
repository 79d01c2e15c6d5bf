//! What the page about hours asks, and how an answer is read.

use jiff::civil::{Date, Time};

use super::week::{DAYS, Hours, Span, TERM_NAME_MAX, TERMS_MAX, Term};
use crate::clock::date_in_words;
use crate::web::forms::{Fields, FormErrors};

/// The names of the fields of each weekday, from and to; the errors of a form stand at fixed names.
pub(super) const DAY_FIELDS: [(&str, &str); 7] = [
    ("from_1", "to_1"),
    ("from_2", "to_2"),
    ("from_3", "to_3"),
    ("from_4", "to_4"),
    ("from_5", "to_5"),
    ("from_6", "to_6"),
    ("from_7", "to_7"),
];

/// The form as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HoursForm {
    /// From and to for each weekday.
    pub(super) days: [(String, String); 7],
    /// One line a term: `Autumn 1: 2026-09-02 to 2026-10-23`.
    pub(super) terms: String,
}

impl HoursForm {
    pub(super) fn of(hours: &Hours) -> Self {
        let time = |time: Time| time.strftime("%H:%M").to_string();
        let day = |span: &Option<Span>| span.map_or_else(Default::default, |span| (time(span.from), time(span.to)));
        let term = |term: &Term| format!("{}: {} to {}", term.name, term.starts_on, term.ends_on);
        Self {
            days: std::array::from_fn(|at| day(&hours.days[at])),
            terms: hours.terms.iter().map(term).collect::<Vec<_>>().join("\n"),
        }
    }

    pub(super) fn sent(fields: &Fields) -> Self {
        let field = |name: &str| fields.one(name).to_owned();
        let days = std::array::from_fn(|at| (field(DAY_FIELDS[at].0), field(DAY_FIELDS[at].1)));
        Self { days, terms: field("terms").replace("\r\n", "\n") }
    }

    pub(super) fn parse(&self) -> Result<Hours, FormErrors> {
        let mut errors = FormErrors::default();
        let mut days = [None; 7];
        for (at, (from, to)) in self.days.iter().enumerate() {
            match span(from, to) {
                Ok(span) => days[at] = span,
                Err(said) => errors.add(DAY_FIELDS[at].0, format!("{}: {said}", DAYS[at])),
            }
        }
        let terms = match terms(&self.terms) {
            Ok(terms) => terms,
            Err(said) => {
                errors.add("terms", said);
                vec![]
            }
        };
        errors.or(|| Hours { days, terms })
    }
}

fn span(from: &str, to: &str) -> Result<Option<Span>, &'static str> {
    if from.trim().is_empty() && to.trim().is_empty() {
        return Ok(None);
    }
    match (time(from), time(to)) {
        (Some(from), Some(to)) if from < to => Ok(Some(Span { from, to })),
        (Some(_), Some(_)) => Err("enter an end that is later than the beginning"),
        _ => Err("enter two times such as 08:30 and 16:00, or nothing"),
    }
}

/// `8:30`, `08:30` and `8.30`, as people write them.
fn time(typed: &str) -> Option<Time> {
    let (hour, minute) = typed.trim().split_once([':', '.'])?;
    let digits = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || minute.len() != 2 || !digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn terms(text: &str) -> Result<Vec<Term>, String> {
    let mut terms = vec![];
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let term = term(line)
            .ok_or_else(|| format!("Line {}: enter a term as in `Autumn 1: 2026-09-02 to 2026-10-23`", at + 1))?;
        terms.push(term);
        if terms.len() > TERMS_MAX {
            return Err(format!("Enter at most {TERMS_MAX} terms"));
        }
    }
    terms.sort_by_key(|term: &Term| term.starts_on);
    for pair in terms.windows(2) {
        if pair[1].starts_on <= pair[0].ends_on {
            let day = date_in_words(pair[1].starts_on);
            return Err(format!("`{}` begins on {day}, before `{}` has ended", pair[1].name, pair[0].name));
        }
    }
    Ok(terms)
}

fn term(line: &str) -> Option<Term> {
    let (name, dates) = line.rsplit_once(':')?;
    let (from, to) = dates.split_once(" to ")?;
    let name = name.trim().to_owned();
    let (starts_on, ends_on): (Date, Date) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    let is_name = !name.is_empty() && name.chars().count() <= TERM_NAME_MAX && !name.chars().any(char::is_control);
    (is_name && starts_on <= ends_on).then_some(Term { name, starts_on, ends_on })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(monday: (&str, &str), terms: &str) -> HoursForm {
        let mut form = HoursForm { terms: terms.to_owned(), ..HoursForm::default() };
        form.days[0] = (monday.0.to_owned(), monday.1.to_owned());
        form
    }

    #[test]
    fn hours_are_read_as_people_write_them_and_come_back_the_same() {
        let typed =
            form(("8.30", "16:00"), "Autumn 2: 2026-11-02 to 2026-12-18\r\n\nAutumn 1: 2026-09-02 to 2026-10-23\n");
        let hours = typed.parse().expect("hours");
        assert_eq!(hours.terms.iter().map(|term| term.name.as_str()).collect::<Vec<_>>(), ["Autumn 1", "Autumn 2"]);
        let again = HoursForm::of(&hours);
        assert_eq!(again.days[0], ("08:30".to_owned(), "16:00".to_owned()));
        assert_eq!(again.parse(), Ok(hours));
        assert_eq!(HoursForm::default().parse(), Ok(Hours::default()));
    }

    #[test]
    fn what_is_no_time_or_no_term_is_told_at_its_place() {
        let errors = form(("16:00", "8:30"), "").parse().expect_err("the wrong way round");
        assert_eq!(errors.at("from_1"), Some("Monday: enter an end that is later than the beginning"));
        for wrong in [("8", "16:00"), ("8:30", ""), ("25:00", "26:00"), ("8:3", "9:00"), ("+8:30", "9:00")] {
            assert!(form(wrong, "").parse().is_err(), "{wrong:?}");
        }
        for wrong in ["Autumn", "Autumn: 2026-09-02", ": 2026-09-02 to 2026-10-23", "A: 2026-10-23 to 2026-09-02"] {
            assert!(form(("", ""), wrong).parse().is_err_and(|errors| errors.at("terms").is_some()), "{wrong}");
        }
        let both = "A: 2026-09-02 to 2026-10-23\nB: 2026-10-23 to 2026-12-18";
        assert!(form(("", ""), both).parse().is_err());
    }
}
