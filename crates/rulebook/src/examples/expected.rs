//! What a cell may expect.

use super::NONE;
use crate::permission::GIVERS;
use crate::profile::DUTIES;
use crate::ruling::Verdict;
use crate::situation::expected;
use crate::vocabulary::Vocabulary;

/// What the words of a cell name.
pub(super) enum Names {
    /// Clauses, which may stand in any chapter.
    Clauses,
    /// Words that are known by now.
    Words,
}

/// Looks at one word of a cell in the column `name`.
///
/// # Errors
/// What is wrong with it, and what was expected.
pub(super) fn check(vocabulary: &Vocabulary, name: &str, word: &str) -> Result<Names, String> {
    let verdicts: Vec<&str> = Verdict::SCALE.iter().map(|verdict| verdict.name()).collect();
    match (name, word) {
        ("decides" | "needs" | "duties" | "asks" | "outcomes", NONE) => {}
        ("decides" | "cites" | "not cited", _) => return Ok(Names::Clauses),
        ("verdict", _) => one_of(word, &[&verdicts[..], &["depends"]].concat(), "no verdict")?,
        ("outcomes", _) => one_of(word, &verdicts, "no verdict")?,
        ("needs", _) => need(word)?,
        ("duties", _) => duty(vocabulary, word)?,
        ("asks", _) => question(vocabulary, word)?,
        _ => one_of(word, &["yes", "no", "unknown"], "no answer to whether the policy binds")?,
    }
    Ok(Names::Words)
}

fn one_of(word: &str, known: &[&str], is: &str) -> Result<(), String> {
    if known.contains(&word) { Ok(()) } else { Err(format!("`{word}` is {is}; {}", expected(word, known))) }
}

/// `headteacher written`
fn need(word: &str) -> Result<(), String> {
    let Some((giver, form)) = word.split_once(' ') else {
        return Err(format!("`{word}`: a permission that is needed is written `giver form`, such as `parent written`"));
    };
    one_of(giver, &GIVERS, "nobody who gives a permission")?;
    one_of(form.trim(), &["any", "written"], "no form of a permission")
}

/// `report headteacher/senior-leader`
fn duty(vocabulary: &Vocabulary, word: &str) -> Result<(), String> {
    let (duty, to) = word.split_once(' ').unwrap_or((word, ""));
    one_of(duty, &DUTIES, "no duty")?;
    let known = crate::policy::told(vocabulary);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    to.split('/')
        .map(str::trim)
        .filter(|role| !role.is_empty())
        .try_for_each(|role| one_of(role, &known, "nobody who can be told"))
}

/// `target.age`, `permissions`, `permissions[0].form`
fn question(vocabulary: &Vocabulary, word: &str) -> Result<(), String> {
    let listed = word.strip_prefix("permissions[").and_then(|rest| rest.split_once("]."));
    if let Some((number, field)) = listed
        && number.bytes().all(|b| b.is_ascii_digit())
    {
        return one_of(field, &FIELDS, "nothing that is asked about a permission");
    }
    // Nearly every word is one, and all the questions are many.
    if vocabulary.group(word).is_some() {
        return Ok(());
    }
    let questions = vocabulary.questions();
    let known = questions.iter().map(|question| question.path.as_str()).chain(["permissions", "asked_on"]);
    one_of(word, &known.collect::<Vec<_>>(), "no question")
}

/// What can be unknown of a permission.
const FIELDS: [&str; 8] = ["from", "form", "for", "before", "of", "covers", "withdrawn", "until"];
