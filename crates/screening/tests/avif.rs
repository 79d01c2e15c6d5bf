//! AVIF pictures, drawn for these tests (64 by 48, four quarters of red, green, blue and near white), through the one door.

use proptest::prelude::*;
use screening::{Avif, Carried, Cleaned, Decoded, Format, Limits, Refused, picture, picture_by};

const RED: [u8; 3] = [220, 20, 20];
const GREEN: [u8; 3] = [20, 200, 20];
const BLUE: [u8; 3] = [20, 20, 220];
const WHITE: [u8; 3] = [240, 240, 240];

const PLAIN: &[u8] = include_bytes!("avif/plain-420.avif");
const TEN: &[u8] = include_bytes!("avif/ten-420.avif");
const SEE_THROUGH: &[u8] = include_bytes!("avif/see-through.avif");

fn clean(bytes: &[u8]) -> Cleaned {
    picture(bytes, &Limits::default()).unwrap_or_else(|refused| panic!("refused: {refused}"))
}

/// The four corners, row by row, and the size.
fn corners(cleaned: &Cleaned) -> ((u32, u32), [[u8; 4]; 4]) {
    let image = image::load_from_memory(&cleaned.bytes).expect("a clean copy can be read").into_rgba8();
    let (wide, high) = image.dimensions();
    let at = |x: u32, y: u32| image.get_pixel(x, y).0;
    ((wide, high), [at(4, 4), at(wide - 5, 4), at(4, high - 5), at(wide - 5, high - 5)])
}

fn is_near(pixel: [u8; 4], wanted: [u8; 3]) -> bool {
    pixel.iter().zip(wanted).all(|(is, wanted)| is.abs_diff(wanted) < 30)
}

fn check(name: &str, bytes: &[u8], size: (u32, u32), wanted: [[u8; 3]; 4]) {
    let cleaned = clean(bytes);
    let (is, seen) = corners(&cleaned);
    assert_eq!(is, size, "{name}");
    assert!(seen.iter().zip(wanted).all(|(seen, wanted)| is_near(*seen, wanted)), "{name}: {seen:?}");
}

#[test]
fn every_depth_and_every_coarseness_of_colour_comes_out_with_its_colours() {
    let upright = [RED, GREEN, BLUE, WHITE];
    let check = |name: &str, bytes: &[u8]| check(name, bytes, (64, 48), upright);
    check("8 bit, 4:2:0", PLAIN);
    check("8 bit, 4:2:2", include_bytes!("avif/plain-422.avif"));
    check("8 bit, 4:4:4", include_bytes!("avif/plain-444.avif"));
    check("10 bit, 4:2:0", TEN);
    check("10 bit, 4:4:4", include_bytes!("avif/ten-444.avif"));
    check("12 bit", include_bytes!("avif/twelve.avif"));
    check("limited range", include_bytes!("avif/limited.avif"));
    check("green, blue and red themselves", include_bytes!("avif/identity.avif"));
    assert_eq!(clean(PLAIN).found, [], "a plain picture carries nothing");
    let grey = corners(&clean(include_bytes!("avif/grey.avif"))).1;
    assert!(is_near(grey[0], [40; 3]) && is_near(grey[1], [200; 3]), "{grey:?}");
}

#[test]
fn see_through_parts_are_kept_and_multiplied_colours_made_whole() {
    for bytes in [SEE_THROUGH, include_bytes!("avif/premultiplied.avif")] {
        let cleaned = clean(bytes);
        assert_eq!(cleaned.format, Format::Png);
        let (_, seen) = corners(&cleaned);
        assert_eq!([seen[0][3], seen[1][3]], [0, 255]);
        assert!(is_near(seen[1], GREEN) && is_near(seen[3], WHITE), "{seen:?}");
    }
}

#[test]
fn turned_mirrored_and_cut_pictures_are_shown_as_the_file_says() {
    // A quarter against the clock brings the right side up.
    check("turned", include_bytes!("avif/turned.avif"), (48, 64), [GREEN, WHITE, RED, BLUE]);
    check("mirrored", include_bytes!("avif/mirrored.avif"), (64, 48), [GREEN, RED, WHITE, BLUE]);
    // The same quarter, then top and bottom changed.
    check("both", include_bytes!("avif/turned-and-mirrored.avif"), (48, 64), [RED, BLUE, GREEN, WHITE]);
    check("cut", include_bytes!("avif/cropped.avif"), (32, 24), [WHITE; 4]);
}

#[test]
fn colours_of_a_wide_space_are_brought_home() {
    let (_, seen) = corners(&clean(include_bytes!("avif/p3.avif")));
    // Display P3 (220, 20, 20) lies beyond sRGB: red at its end, green and blue at nought.
    assert!(seen[0][0] > 230 && seen[0][1] < 20 && seen[0][2] < 25, "{seen:?}");
    assert!(is_near(seen[3], WHITE), "{seen:?}");
}

#[test]
fn what_is_not_one_picture_of_modest_size_is_refused_before_it_is_decoded() {
    let refused = |bytes: &[u8]| picture(bytes, &Limits::default()).expect_err("it is not taken");
    assert!(refused(include_bytes!("avif/grid.avif")).to_string().contains("put together"));
    let mut wide = PLAIN.to_vec();
    let size = wide.windows(4).position(|four| four == b"ispe").expect("a size");
    wide[size + 8..size + 12].copy_from_slice(&300_000_u32.to_be_bytes());
    assert!(matches!(refused(&wide), Refused::TooLarge { width: 300_000, height: 48 }));
    // The box is modest and the stream is not: the larger counts.
    let small = Limits { pixels_max: 64 * 47, ..Limits::default() };
    let mut lies = PLAIN.to_vec();
    lies[size + 12..size + 16].copy_from_slice(&2_u32.to_be_bytes());
    assert!(matches!(picture(&lies, &small), Err(Refused::TooLarge { .. })));
    assert!(matches!(refused(&lies), Refused::Damaged(_)), "a size that is not the picture's");
}

#[test]
fn a_picture_cut_off_anywhere_is_refused() {
    for bytes in [PLAIN, SEE_THROUGH] {
        for size in 0..bytes.len() {
            assert!(picture(&bytes[..size], &Limits::default()).is_err(), "cut to {size} of {}", bytes.len());
        }
    }
}

#[test]
fn what_follows_the_picture_and_what_describes_it_is_told() {
    let mut bytes = PLAIN.to_vec();
    bytes.extend(b"\0\0\0\x09!!!! something after the end");
    let cleaned = clean(&bytes);
    assert!(cleaned.found.iter().any(|found| found.what == Carried::Trailing), "{:?}", cleaned.found);
    bytes.extend(b"<script>");
    assert!(matches!(picture(&bytes, &Limits::default()), Err(Refused::TwoThings(_))));
}

#[test]
fn whoever_decodes_it_makes_the_same_picture_and_is_not_trusted() {
    let limits = Limits::default();
    for bytes in [PLAIN, TEN, SEE_THROUGH, include_bytes!("avif/cropped.avif"), include_bytes!("avif/p3.avif")] {
        let elsewhere = |avif: &Avif<'_>| Avif::surveyed(avif.bytes(), &limits)?.decoded();
        assert_eq!(picture_by(bytes, &limits, &elsewhere), Ok(clean(bytes)));
    }
    let check = |change: &dyn Fn(&mut Decoded)| {
        let wrong = |avif: &Avif<'_>| {
            let mut decoded = avif.decoded()?;
            change(&mut decoded);
            Ok(decoded)
        };
        assert!(matches!(picture_by(PLAIN, &limits, &wrong), Err(Refused::Damaged(_))));
    };
    check(&|decoded| decoded.data.truncate(64 * 48 * 3 - 1));
    check(&|decoded| decoded.data.push(0));
    check(&|decoded| decoded.has_alpha = true);
    check(&|decoded| (decoded.width, decoded.height) = (48, 64));
    check(&|decoded| (decoded.height, decoded.data) = (0, Vec::new()));
    check(&|decoded| (decoded.width, decoded.data) = (65, vec![0; 65 * 48 * 3]));
    let broken = |_: &Avif<'_>| -> Result<Decoded, Refused> { panic!("a decoder that is broken") };
    assert!(matches!(picture_by(PLAIN, &limits, &broken), Err(Refused::Damaged(_))));
    let absent = |_: &Avif<'_>| Err(Refused::NoDecoder);
    assert_eq!(picture_by(PLAIN, &limits, &absent), Err(Refused::NoDecoder));
}

#[test]
fn a_file_to_be_decoded_elsewhere_is_measured_there_too() {
    let surveyed = |limits: &Limits| Avif::surveyed(PLAIN, limits).map(|avif| avif.size_max());
    assert_eq!(surveyed(&Limits::default()), Ok((64, 48)));
    let few = Limits { bytes_max: PLAIN.len() - 1, ..Limits::default() };
    assert!(matches!(surveyed(&few), Err(Refused::TooManyBytes { .. })));
    let small = Limits { pixels_max: 64 * 47, ..Limits::default() };
    assert!(matches!(surveyed(&small), Err(Refused::TooLarge { .. })));
    assert!(Avif::surveyed(b"no picture at all", &Limits::default()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_bytes_never_bring_it_down(
        kind in 0usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = [PLAIN, TEN, SEE_THROUGH][kind].to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let limits = Limits { pixels_max: 1_000_000, ..Limits::default() };
        if let Ok(cleaned) = picture(&bytes, &limits) {
            prop_assert!(cleaned.width <= 1600 && cleaned.height <= 1600);
        }
    }
}
