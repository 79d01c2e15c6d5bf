//! Does any reader of outside data panic?
//!
//! For: every reader in `fuzz/readers.rs`.
//! Promises: all of `fuzz/corpus` and a fixed number of changed versions of it, the same in every run, go through every reader; the input
//! that broke one is kept in `target/corpus` and named.
//! Does not: look for new paths; that is `make fuzz`.

#[path = "../../../fuzz/readers.rs"]
mod readers;

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use readers::{READERS, Reader};

/// Changed versions of the corpus of one reader: a few seconds for all of them.
const CHANGED: usize = 800;
/// Longer inputs only take longer.
const BYTES_MAX: usize = 16 * 1024;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = top().join("fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(files.len() >= 2, "{}: a corpus needs two samples or more", folder.display());
    files.iter().map(|file| std::fs::read(file).expect("a sample")).collect()
}

/// Else the changed versions would all be stopped at the first line.
#[test]
fn every_reader_accepts_its_whole_sample_and_refuses_its_wrong_one() {
    for (name, reader) in READERS {
        for (begins, expect) in [("whole", true), ("wrong", false)] {
            let folder = top().join("fuzz/corpus").join(name);
            let mut files = std::fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("an entry").path());
            let found = files.find(|file| file.file_stem().is_some_and(|stem| stem == begins));
            let file = found.unwrap_or_else(|| panic!("{}: no sample called `{begins}`", folder.display()));
            assert_eq!(reader(&std::fs::read(&file).expect("a sample")), expect, "{}", file.display());
        }
    }
}

/// The last input of one reader. It is written before the reader has it, so that it is there even after an overflow of the stack, which
/// nothing can catch.
struct Kept {
    name: &'static str,
    file: File,
}

impl Kept {
    fn of(name: &'static str) -> Self {
        let folder = top().join("target/corpus");
        std::fs::create_dir_all(&folder).expect("target/corpus can be made");
        Self { name, file: File::create(folder.join(name)).expect("target/corpus can be written") }
    }

    /// Runs the reader; on a panic says where.
    fn feed(&mut self, reader: Reader, data: &[u8]) -> Option<String> {
        // Never emptied and closed in between: the file system would wait for the disk each time.
        self.file.rewind().and_then(|()| self.file.write_all(data)).expect("target/corpus can be written");
        self.file.set_len(data.len() as u64).expect("target/corpus can be written");
        let broken = catch_unwind(|| reader(data)).err()?;
        let said = broken.downcast_ref::<String>().cloned();
        let said = said.or_else(|| broken.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default();
        let shown = String::from_utf8_lossy(data).chars().take(300).collect::<String>();
        let name = self.name;
        Some(format!("{name}: {said}\n  input, kept in target/corpus/{name}:\n{shown:?}"))
    }
}

/// The corpus of one reader and changed versions of it.
fn feed_all(name: &'static str) -> Option<String> {
    let samples = corpus(name);
    let mut dice = Dice::new(name);
    let mut kept = Kept::of(name);
    let changed = (0..CHANGED).map(|_| change(&samples, &mut dice));
    samples.iter().cloned().chain(changed).find_map(|data| kept.feed(readers::named(name), &data))
}

#[test]
fn no_reader_panics_on_the_corpus_or_near_it() {
    let names = Mutex::new(READERS.iter().map(|(name, _)| *name));
    let next = || names.lock().expect("no reader panics outside of its cage").next();
    let worker = || std::iter::from_fn(next).filter_map(feed_all).collect::<Vec<_>>();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let broken = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect::<Vec<_>>()
    });
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_reader_that_panics_is_named_with_its_input() {
    let mut kept = Kept::of("sample");
    let said = kept.feed(|data| (data != b"bad").then_some(true).expect("it is bad"), b"bad");
    let said = said.expect("the panic is seen");
    assert!(said.contains("sample: it is bad") && said.contains("\"bad\""), "{said}");
    assert_eq!(kept.feed(|_| true, b"good!"), None);
    assert_eq!(std::fs::read(top().join("target/corpus/sample")).expect("it is kept"), b"good!");
}

#[test]
fn every_folder_of_the_corpus_and_every_target_has_its_reader() {
    let mut names: Vec<&str> = READERS.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let listed = |folder: &str| {
        let entries = std::fs::read_dir(top().join("fuzz").join(folder)).expect("a folder of fuzz");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(listed("corpus"), names);
    assert_eq!(listed("fuzz_targets"), names);
}

/// Pieces that readers of text trip over.
const PIECES: &[&[u8]] = &[
    b"\"",
    b"'",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[",
    b"=",
    b":",
    b",",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\0",
    b"\r\n",
    b"\n",
    b"\t",
    b"%",
    b"%00",
    b"%zz",
    b"&",
    b";",
    b"```",
    b"---",
    b"|",
    b"#",
    b"@",
    b"-1",
    b"99999999999999999999",
    b"1e999",
    b"true",
    b"null",
    b"\xff\xfe",
    b"\xc3",
    "é".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{feff}".as_bytes(),
    "𝔘".as_bytes(),
];

/// A sample with one to four changes.
fn change(samples: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut data = samples[dice.below(samples.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(data.len() + 1);
        let to = (at + dice.below(64)).min(data.len());
        match dice.below(7) {
            0 if at < data.len() => data[at] ^= 1 << dice.below(8),
            1 => drop(data.drain(at..to)),
            2 => data.truncate(at),
            3 => {
                let again = data[at..to].to_vec();
                let times = dice.below(4) + 1;
                (0..times).for_each(|_| insert(&mut data, at, &again));
            }
            4 => {
                let other = &samples[dice.below(samples.len())];
                let from = dice.below(other.len() + 1);
                data.truncate(at);
                data.extend_from_slice(&other[from..]);
            }
            // Deep nesting.
            5 if dice.below(20) == 0 => {
                let piece = PIECES[dice.below(PIECES.len())];
                insert(&mut data, at, &piece.repeat(2_000));
            }
            _ => insert(&mut data, at, PIECES[dice.below(PIECES.len())]),
        }
        data.truncate(BYTES_MAX);
    }
    data
}

fn insert(data: &mut Vec<u8>, at: usize, piece: &[u8]) {
    data.splice(at..at, piece.iter().copied());
}

/// The same numbers in every run: xorshift, begun from the reader's name.
struct Dice(u64);

impl Dice {
    fn new(name: &str) -> Self {
        Self(name.bytes().fold(0x9e37_79b9_7f4a_7c15, |seed, byte| seed.rotate_left(8) ^ u64::from(byte)))
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).expect("smaller than a usize")
    }
}
