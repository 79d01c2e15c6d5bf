//! What the pages of the register ask, and how an answer is read.

use uuid::Uuid;

use super::{EVIDENCE_MAX, Entered};
use crate::permissions::decision::{Decision, Route};
use crate::permissions::purpose::{ABOUT_MAX, Basis, CODE_MAX, LABEL_MAX, Purpose, Recall};
use crate::web::forms::{Choice, Fields, FormErrors};

/// What was chosen for each purpose; what was left open is left out.
pub(super) fn decisions<'a>(form: &Fields, codes: impl Iterator<Item = &'a str>) -> Vec<(String, Decision)> {
    let one = |code: &str| {
        let said = Decision::from_code(form.one(&format!("answer.{code}")))?;
        (said != Decision::NotAsked).then(|| (code.to_owned(), said))
    };
    codes.filter_map(one).collect()
}

pub(super) fn route_choices() -> Vec<Choice> {
    [Route::Paper, Route::Telephone, Route::InPerson].map(|route| Choice::new(route.code(), route.label())).to_vec()
}

/// Reads what the office enters for a family.
pub(super) fn entered(form: &Fields, answers: Vec<(String, Decision)>) -> Result<Entered, FormErrors> {
    let mut errors = FormErrors::default();
    let adult = form.one("adult").parse::<Uuid>().ok();
    if adult.is_none() {
        errors.add("adult", "Choose who decided");
    }
    let allowed = [Route::Paper, Route::Telephone, Route::InPerson];
    let route = Route::from_code(form.one("route")).filter(|route| allowed.contains(route));
    if route.is_none() {
        errors.add("route", "Choose how the answer came");
    }
    let evidence = errors.line("evidence", "who rang, or where the paper is kept", form.one("evidence"));
    if evidence.len() > EVIDENCE_MAX {
        errors.add("evidence", "Enter fewer words");
    }
    if answers.is_empty() {
        errors.add("answers", "Enter at least one answer");
    }
    match (adult, route, errors.is_empty()) {
        // What is no number was seen by nobody.
        (Some(adult), Some(route), true) => Ok(Entered { seen: form.seen(), adult, route, answers, evidence }),
        _ => Err(errors),
    }
}

pub(super) fn basis_choices() -> Vec<Choice> {
    Basis::ALL.map(|basis| Choice::new(basis.code(), basis.label())).to_vec()
}

pub(super) fn recall_choices() -> Vec<Choice> {
    vec![
        Choice::new("yes", "Yes, it can be taken down"),
        Choice::new("no", "No: it is on paper, sent, or with the press"),
    ]
}

/// Reads a purpose. `present` is the one that is changed; its code stays.
pub(super) fn purpose(form: &Fields, present: Option<&Purpose>) -> Result<Purpose, FormErrors> {
    let mut errors = FormErrors::default();
    let label = errors.line("label", "what it is called on forms", form.one("label"));
    if label.chars().count() > LABEL_MAX {
        errors.add("label", "Enter a shorter name");
    }
    let about = errors.line("about", "a sentence that says what it means", form.one("about"));
    if about.chars().count() > ABOUT_MAX {
        errors.add("about", "Enter fewer words");
    }
    let note = form.one("basis_note").trim().to_owned();
    if note.chars().count() > ABOUT_MAX || note.chars().any(char::is_control) {
        errors.add("basis_note", "Enter one line, or nothing");
    }
    let months = form.one("months").trim();
    let months = match months.parse::<i64>() {
        _ if months.is_empty() => None,
        Ok(months @ 1..=120) => Some(months),
        _ => {
            errors.add("months", "Enter a number of months from 1 to 120, or nothing");
            None
        }
    };
    let basis = Basis::from_code(form.one("basis"));
    if basis.is_none() {
        errors.add("basis", "Choose on which basis you ask");
    }
    let recall = Recall::from_code(form.one("recall"));
    if recall.is_none() {
        errors.add("recall", "Choose whether what goes out can be taken back");
    }
    match (basis, recall, errors.is_empty()) {
        (Some(basis), Some(recall), true) => Ok(Purpose {
            id: present.map_or(Uuid::nil(), |present| present.id),
            version: form.seen(),
            code: present.map_or_else(|| code_of(&label), |present| present.code.clone()),
            basis,
            basis_note: note,
            months,
            recall,
            wording: present.map_or(1, |present| present.wording),
            label,
            about,
            is_retired: form.one("retired") == "yes",
        }),
        _ => Err(errors),
    }
}

/// `Pictures at the harvest fair` is `pictures-at-the-harvest-fair`.
fn code_of(label: &str) -> String {
    let mut code = String::new();
    for letter in label.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => code.push(letter),
            _ if code.ends_with('-') || code.is_empty() => {}
            _ => code.push('-'),
        }
    }
    let code: String = code.chars().take(CODE_MAX).collect();
    let code = code.trim_end_matches('-');
    if code.is_empty() {
        format!("own-{}", Uuid::now_v7().simple()).chars().take(CODE_MAX).collect()
    } else {
        code.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Fields {
        fields.iter().copied().collect()
    }

    #[test]
    fn a_purpose_gets_a_code_from_its_words() {
        for (label, expect) in [("Pictures at the harvest fair", "pictures-at-the-harvest-fair"), ("  Été! ", "t")] {
            assert_eq!(code_of(label), expect);
        }
        assert!(code_of("展示").starts_with("own-"));
        assert!(code_of(&"x".repeat(300)).len() <= CODE_MAX);
    }

    #[test]
    fn what_the_office_enters_needs_evidence() {
        let adult = Uuid::now_v7().to_string();
        let whole = [("adult", adult.as_str()), ("route", "paper"), ("evidence", "folder 7"), ("seen", "3")];
        let answers = vec![("website".to_owned(), Decision::Yes)];
        assert!(entered(&form(&whole), answers.clone()).is_ok());
        let Err(errors) = entered(&form(&whole[..2]), answers) else { panic!("evidence is missing") };
        assert_eq!(errors.all().iter().map(|error| error.field).collect::<Vec<_>>(), ["evidence"]);
        let Err(errors) = entered(&form(&[("route", "replay")]), vec![]) else { panic!("everything is missing") };
        assert_eq!(errors.all().len(), 4);
    }

    #[test]
    fn only_what_was_chosen_is_an_answer() {
        let sent = form(&[("answer.website", "yes"), ("answer.press", ""), ("answer.video", "not-asked")]);
        let all = decisions(&sent, ["website", "press", "video", "display"].into_iter());
        assert_eq!(all, [("website".to_owned(), Decision::Yes)]);
    }
}
