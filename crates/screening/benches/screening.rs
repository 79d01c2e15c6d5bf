//! How fast screening is, beside a plain case-insensitive expression of all names, and what cleaning a large picture
//! costs. Prints one line a figure: `name value unit (aim)`; `make bench` reads it.

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use screening::{Draft, Field, Limits, Person, Roll, picture, text};

const PUPILS: usize = 2_000;
const POST_SCALARS: usize = 500;
const ROUNDS: usize = 31;

fn main() {
    let people = common::school(PUPILS);
    let started = Instant::now();
    let roll = Roll::of(&people, &[]).expect("the school has no fault");
    line("index of 2,000 pupils", started.elapsed(), "aim < 200 ms");
    texts(&people, &roll);
    pictures();
}

/// Posts of ordinary sentences, every third with a pupil in it.
fn posts(people: &[Person]) -> Vec<Draft> {
    let sentences: Vec<&str> = include_str!("../tests/innocent.txt").lines().filter(|l| !l.starts_with("# ")).collect();
    let post = |round: usize| {
        let mut post = String::new();
        let mut at = round * 7;
        while post.chars().count() < POST_SCALARS {
            post.push_str(sentences[at % sentences.len()]);
            post.push(' ');
            at += 1;
        }
        let mut post: String = post.chars().take(POST_SCALARS - 40).collect();
        let person = &people[round * 13 % PUPILS];
        post.push_str(if round.is_multiple_of(3) { &person.forename } else { " Well done all" });
        Draft::of("bench", &post, Field::Text, true).expect("a post is short")
    };
    (0..200).map(post).collect()
}

fn texts(people: &[Person], roll: &Roll) {
    let posts = posts(people);
    each("post of 500 characters", &posts, "aim < 300 us", |post| text(post, roll).findings.len());

    let names: Vec<String> = people
        .iter()
        .flat_map(|p| [format!("{} {}", p.forename, p.surname), p.forename.clone()])
        .map(|name| regex::escape(&name))
        .collect();
    let started = Instant::now();
    let baseline = regex::RegexBuilder::new(&format!(r"(?i)\b(?:{})\b", names.join("|")))
        .size_limit(1 << 28)
        .dfa_size_limit(1 << 26)
        .build()
        .expect("the names make an expression");
    line("baseline expression, built", started.elapsed(), "");
    each("baseline expression", &posts, "", |post| baseline.find_iter(post.text()).count());
}

/// Median and 99th of 100 over posts, each post by its median of `ROUNDS`, so that a machine at work on other things
/// does not count; and the 99th of all runs, in which it does.
fn each(name: &str, posts: &[Draft], aim: &str, act: impl Fn(&Draft) -> usize) {
    let mut all = Vec::new();
    let mut medians = Vec::new();
    for post in posts {
        black_box(act(post));
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let started = Instant::now();
                black_box(act(post));
                started.elapsed()
            })
            .collect();
        times.sort_unstable();
        medians.push(times[ROUNDS / 2]);
        all.extend(times);
    }
    medians.sort_unstable();
    all.sort_unstable();
    line(&format!("{name}, median"), medians[medians.len() / 2], "");
    line(&format!("{name}, p99 of posts"), medians[medians.len() * 99 / 100], aim);
    line(&format!("{name}, p99 of runs"), all[all.len() * 99 / 100], "");
}

fn pictures() {
    let bytes = large_jpeg();
    let before = peak_mb();
    let limits = Limits::default();
    let mut times: Vec<Duration> = (0..7)
        .map(|_| {
            let started = Instant::now();
            black_box(picture(&bytes, &limits).expect("the picture is whole"));
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    line("12-megapixel JPEG cleaned, median", times[3], "aim < 400 ms");
    line("12-megapixel JPEG cleaned, worst of 7", times[6], "");
    let mut bare: Vec<Duration> = (0..7)
        .map(|_| {
            let started = Instant::now();
            black_box(image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).expect("the picture is whole"));
            started.elapsed()
        })
        .collect();
    bare.sort_unstable();
    line("baseline: only decoded, median", bare[3], "");
    if let (Some(before), Some(after)) = (before, peak_mb()) {
        println!(
            "peak memory: {after} MB in all, {} MB more than before cleaning (aim < 150 MB)",
            after.saturating_sub(before)
        );
    }
    ten(&bytes, &limits);
}

/// Ten at once as a form brings them, two at work at a time as the desk does it.
fn ten(bytes: &[u8], limits: &Limits) {
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..5 {
                    black_box(picture(bytes, limits).expect("the picture is whole"));
                }
            });
        }
    });
    line("ten of them, two at a time", started.elapsed(), "aim < 3 s");
}

/// A picture with the detail of a photograph.
fn large_jpeg() -> Vec<u8> {
    let noisy = |x: u32, y: u32| ((x * 7 + y * 13) ^ (x / 3 * (y / 5 + 1))) as u8;
    let image = RgbImage::from_fn(4000, 3000, |x, y| Rgb([noisy(x / 4, y / 4), (x / 16) as u8, (y / 12) as u8]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, ImageFormat::Jpeg).expect("the picture can be written");
    bytes.into_inner()
}

/// The most memory this process has held, where the system says so.
fn peak_mb() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kb| kb / 1024)
}

fn line(name: &str, time: Duration, aim: &str) {
    let shown = match time.as_micros() {
        us @ 0..10_000 => format!("{us} us"),
        us => format!("{} ms", us / 1000),
    };
    println!("{name}: {shown} {aim}");
}
