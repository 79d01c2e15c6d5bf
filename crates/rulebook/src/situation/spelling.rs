//! What was likely meant by a word that is not known.

/// The word that was likely meant, where this one looks like a slip.
pub(crate) fn nearest<'v>(word: &str, values: &[&'v str]) -> Option<&'v str> {
    let near = values.iter().map(|v| (distance(word, v), v)).min().filter(|(d, v)| *d <= 2.max(v.len() / 4));
    near.map(|(_, value)| *value)
}

/// From more words than this nobody picks one.
const LIST_MAX: usize = 12;

/// "; did you mean ..?" where the word looks like a slip, else nothing.
pub(crate) fn did_you_mean(word: &str, values: &[&str]) -> String {
    nearest(word, values).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// "expected one of ..." with the likeliest first when the word looks like a slip.
pub(crate) fn expected(word: &str, values: &[&str]) -> String {
    match nearest(word, values) {
        // A long list hides what was likely meant.
        Some(value) if values.len() > LIST_MAX => format!("did you mean `{value}`?"),
        Some(value) => format!("did you mean `{value}`? expected one of {}", values.join(", ")),
        None => format!("expected one of {}", values.join(", ")),
    }
}

/// Edit distance; both words are short, and long ones are cut.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(40).collect(), b.chars().take(40).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut last = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = last + usize::from(x != y);
            last = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(last + 1);
        }
    }
    row[b.len()]
}
