//! No list of words in the sources has a word twice: a second one is a slip, or hides which of two places is meant.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

#[test]
fn no_list_has_a_word_twice() {
    let (mut lists, mut twice) = (0, Vec::new());
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let source = std::fs::read_to_string(&file).expect("a source file is text");
        for (name, rest) in source.split("const ").filter_map(|rest| rest.split_once(": &[&str] =")) {
            let (list, _) = rest.split_once("];").expect("a list has an end");
            let mut seen = HashSet::new();
            let words = list.split('"').skip(1).step_by(2);
            twice.extend(words.filter(|word| !seen.insert(*word)).map(|word| format!("{name}: {word}")));
            assert!(!seen.is_empty(), "{name} holds nothing");
            lists += 1;
        }
    }
    assert!(twice.is_empty(), "{twice:?}");
    assert!(lists > 30, "only {lists} lists are found");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}
