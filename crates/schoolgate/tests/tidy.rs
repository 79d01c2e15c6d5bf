//! Is the house in order?
//!
//! For: everybody who changes something; the rules that a compiler does not check are checked here, so that no reviewer has to.
//! Promises: every rule names file and line of what breaks it and what to do; every rule is shown to refuse a bad sample.
//! Does not: judge taste. A rule that needs an opinion stays in STYLE.md.

#[path = "tidy/arrows.rs"]
mod arrows;
#[path = "tidy/dependencies.rs"]
mod dependencies;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/folders.rs"]
mod folders;
#[path = "tidy/rust.rs"]
mod rust;
#[path = "tidy/source.rs"]
mod source;
#[path = "statements/sql.rs"]
mod sql;
#[path = "tidy/words.rs"]
mod words;
