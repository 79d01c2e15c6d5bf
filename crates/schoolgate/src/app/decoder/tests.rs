//! Answers as they should be and as they should not, and processes that do not answer.

use super::*;

const PLAIN: &[u8] = include_bytes!("../../../../screening/tests/avif/plain-420.avif");
const SEE_THROUGH: &[u8] = include_bytes!("../../../../screening/tests/avif/see-through.avif");
const WIDE_COLOURS: &[u8] = include_bytes!("../../../../screening/tests/avif/p3.avif");
const SIZE: (u32, u32) = (64, 48);

fn again(bytes: &[u8]) -> io::Result<Result<Decoded, Refused>> {
    read_answer(&mut &bytes[..], SIZE, 1000)
}

fn written(answer: &Result<Decoded, Refused>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_answer(answer, &mut bytes).expect("memory takes it");
    bytes
}

fn small() -> Decoded {
    Decoded { width: 2, height: 1, has_alpha: false, data: vec![1, 2, 3, 4, 5, 6], profile: Some(vec![7, 8]) }
}

#[test]
fn an_answer_is_read_as_it_was_written() {
    let damaged = |said: &str| Err(Refused::Damaged(said.to_owned()));
    for whole in [Ok(small()), Err(Refused::CutOff), Err(Refused::NotAPicture(TOO_BRIGHT)), damaged("a sentence")] {
        assert_eq!(again(&written(&whole)).expect("an answer"), whole);
    }
    let no_profile = Decoded { profile: None, ..small() };
    assert_eq!(again(&written(&Ok(no_profile.clone()))).expect("an answer"), Ok(no_profile));
    assert_eq!(again(&written(&damaged(&"x".repeat(5000)))).expect("an answer"), damaged(&"x".repeat(300)));
    assert_eq!(again(&written(&damaged("a\u{1b}[2J\nb"))).expect("an answer"), damaged("a[2Jb"));
    let elsewhere = Err(Refused::NotAPicture("something else"));
    assert_eq!(again(&written(&elsewhere)).expect("an answer"), damaged("something else"));
}

#[test]
fn an_answer_that_is_short_long_or_too_large_is_none() {
    let whole = written(&Ok(small()));
    (0..whole.len()).for_each(|size| assert!(again(&whole[..size]).is_err(), "{size} of {}", whole.len()));
    assert!(again(&[whole.as_slice(), b"!"].concat()).is_err());
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = whole.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let wrong: [(usize, &[u8]); 7] = [
        (0, b"?"),
        (1, &[0, 0, 0, 0]),
        (1, &[0, 0, 0, 65]),
        (1, &[255; 4]),
        (5, &[0, 0, 0, 49]),
        (9, &[5]),
        (10, &[0, 0, 4, 0]),
    ];
    for (at, bytes) in wrong {
        assert!(again(&with(at, bytes)).is_err(), "{bytes:?} at {at}");
    }
    assert!(again(&[DAMAGED, 255, 255]).is_err());
}

#[test]
fn the_work_of_the_process_gives_the_pixels_that_are_made_here() {
    let limits = Limits::default();
    for bytes in [PLAIN, SEE_THROUGH, WIDE_COLOURS] {
        let mut said = Vec::new();
        answer(bytes, &mut said).expect("memory takes it");
        let here = Avif::surveyed(bytes, &limits).and_then(|avif| avif.decoded()).expect("a picture");
        assert_eq!(read_answer(&mut said.as_slice(), SIZE, 10_000).expect("an answer"), Ok(here));
    }
    let mut said = Vec::new();
    answer(&PLAIN[..40], &mut said).expect("memory takes it");
    assert!(again(&said).expect("an answer").is_err());
}

/// What somebody is told whose picture is given to this instead of the decoder.
fn told(script: &str, time_max: Duration) -> Refused {
    let apart = Apart { program: "/bin/sh".into(), arguments: vec!["-c".into(), script.into()], time_max };
    let decoder = AvifDecoder::Apart(apart);
    screening::picture_by(PLAIN, &Limits::default(), &|avif| decoder.decoded(avif)).expect_err("no picture")
}

#[test]
fn a_process_that_dies_or_babbles_or_dawdles_is_a_damaged_picture() {
    let stopped = Refused::Damaged("what reads it stopped in the middle".into());
    let patient = Duration::from_secs(60);
    let scripts = [
        "kill -ABRT $$",
        "exit 0",
        "exit 3",
        "cat",
        "printf 'P\\000\\000\\000\\100'; kill -SEGV $$",
        "cat > /dev/null; kill -KILL $$",
        // Without an end: the reader stops at the first letter.
        "exec cat /dev/zero",
    ];
    for script in scripts {
        assert_eq!(told(script, patient), stopped, "{script}");
    }
    let slow = told("exec tail -f /dev/null", Duration::from_millis(50));
    assert_eq!(slow, Refused::Damaged("it takes too long to read".into()));
    assert_eq!(told("printf C", patient), Refused::CutOff);
}

#[test]
fn a_program_that_is_not_there_is_not_the_pictures_fault() {
    let apart = Apart { program: "/nowhere/at/all".into(), arguments: Vec::new(), time_max: TIME_MAX };
    let decoder = AvifDecoder::Apart(apart);
    let told = screening::picture_by(PLAIN, &Limits::default(), &|avif| decoder.decoded(avif));
    assert_eq!(told, Err(Refused::NoDecoder));
}
