//! JPEG pictures whose data is missing or changed in the middle: a decoder would paint grey and say nothing.

use screening::{Limits, Refused, picture};

/// Drawn for these tests: 83 by 61, waves of colour.
const WHOLE: &[(&str, &[u8])] = &[
    ("plain", include_bytes!("jpeg/plain.jpg")),
    ("colour half as wide", include_bytes!("jpeg/wide-colour.jpg")),
    ("progressive", include_bytes!("jpeg/progressive.jpg")),
    ("progressive, finer", include_bytes!("jpeg/progressive-fine.jpg")),
    ("progressive, grey", include_bytes!("jpeg/grey.jpg")),
    ("with restarts", include_bytes!("jpeg/restarts.jpg")),
];

fn taken(bytes: &[u8]) -> Result<(), Refused> {
    picture(bytes, &Limits::default()).map(|_| ())
}

/// Where the data of each scan lies.
fn scans(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 2;
    while bytes[at + 1] != 0xd9 {
        let is_scan = bytes[at + 1] == 0xda;
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        if is_scan {
            let is_end = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7);
            let end = at + bytes[at..].windows(2).position(is_end).expect("a scan ends");
            found.push((at, end));
            at = end;
        }
    }
    found
}

#[test]
fn whole_pictures_of_every_kind_are_taken() {
    for (name, bytes) in WHOLE {
        assert_eq!(taken(bytes), Ok(()), "{name}");
    }
}

#[test]
fn a_hole_in_the_data_is_refused_with_a_sentence() {
    for (name, bytes) in WHOLE {
        for (start, end) in scans(bytes) {
            let third = (end - start) / 3;
            if third < 24 {
                continue;
            }
            let hole = [&bytes[..start + third], &bytes[start + 2 * third..]].concat();
            let refused = taken(&hole).expect_err(name);
            assert!(matches!(refused, Refused::CutOff | Refused::Damaged(_)), "{name}: {refused:?}");
            assert!(refused.to_string().contains("again"), "{refused} does not say what to do");
        }
    }
}

#[test]
fn data_that_ends_early_under_a_whole_end_mark_is_refused() {
    for (name, bytes) in WHOLE {
        let (start, end) = *scans(bytes).first().expect("a scan");
        let half = [&bytes[..start + (end - start) / 2], &bytes[end..]].concat();
        assert!(taken(&half).is_err(), "{name}");
    }
}

#[test]
fn a_stretch_of_noughts_is_not_passed_off_as_a_picture() {
    for (name, bytes) in WHOLE.iter().filter(|(name, _)| !name.starts_with("progressive")) {
        let (start, end) = scans(bytes)[0];
        let mut blank = bytes.to_vec();
        blank[start + (end - start) / 4..end - 8].fill(0);
        assert!(taken(&blank).is_err(), "{name}");
    }
}

#[test]
fn a_few_bytes_of_padding_before_the_end_are_no_damage() {
    let (_, bytes) = WHOLE[0];
    let (_, end) = scans(bytes)[0];
    let padded = [&bytes[..end], &[0xff; 3], &bytes[end..]].concat();
    assert_eq!(taken(&padded), Ok(()));
}
