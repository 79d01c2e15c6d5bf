//! Does every SQL statement mean something to both databases?
//!
//! For: whoever writes a `queries.rs`; a column that one engine does not have fails here, not in a school.
//! Promises: every statement of every `queries.rs` is prepared on a migrated SQLite and on a migrated PostgreSQL, as the role that
//! serves pages; a missing PostgreSQL fails the run.
//! Does not: run statements. Verbs are tested on both engines in their folders.

#[path = "statements/sql.rs"]
mod sql;

use std::path::{Path, PathBuf};

use store::Db;
use store::testing::{fresh_postgres, fresh_sqlite};

/// A statement and where it stands.
struct Statement {
    place: String,
    text: String,
}

fn query_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            query_files(&path, found);
        } else if path.file_name().is_some_and(|name| name == "queries.rs") {
            found.push(path);
        }
    }
}

fn all_statements() -> Vec<Statement> {
    let mut files = Vec::new();
    query_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file of ours");
        let here = sql::statements(&text);
        assert!(!here.is_empty(), "{}: no statement found, so none is checked", file.display());
        let statement = |(line, text)| Statement { place: format!("{}:{line}", file.display()), text };
        found.extend(here.into_iter().map(statement));
    }
    found
}

async fn misunderstood(db: &Db, statements: &[Statement]) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements {
        if let Err(error) = db.prepare(&statement.text).await {
            found.push(format!("{}: {:?}: {error}\n    {}", statement.place, db.engine(), statement.text.trim()));
        }
    }
    found
}

#[tokio::test]
async fn both_databases_understand_every_statement() {
    let statements = all_statements();
    assert!(!statements.is_empty(), "no statement found at all");
    let wrong =
        Statement { place: "here".to_owned(), text: "SELECT no_such_column FROM no_such_table LIMIT 1".to_owned() };
    for place in [fresh_sqlite().await, fresh_postgres().await] {
        let found = misunderstood(&place.db, &statements).await;
        assert!(found.is_empty(), "{} of {} statements:\n{}", found.len(), statements.len(), found.join("\n"));
        assert_eq!(
            misunderstood(&place.db, std::slice::from_ref(&wrong)).await.len(),
            1,
            "a wrong statement must not pass"
        );
    }
}

#[test]
fn every_statement_names_its_columns_and_its_school() {
    let found: Vec<String> = all_statements().iter().filter_map(careless).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    for (text, good) in [
        ("SELECT id FROM person WHERE school = $1 AND id = $2", true),
        ("SELECT * FROM person WHERE school = $1", false),
        ("DELETE FROM person WHERE id = $1", false),
        ("INSERT INTO person (school, id) VALUES ($1, $2)", true),
    ] {
        let statement = Statement { place: String::new(), text: text.to_owned() };
        assert_eq!(careless(&statement).is_none(), good, "{text}");
    }
}

fn careless(statement: &Statement) -> Option<String> {
    let words: Vec<&str> = statement.text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*')).collect();
    if words.contains(&"*") && !statement.text.contains("COUNT(*)") {
        return Some(format!("{}: name the columns instead of `*`", statement.place));
    }
    (!words.contains(&"school")).then(|| format!("{}: a statement must name the school", statement.place))
}
