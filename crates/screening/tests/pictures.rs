//! Pictures of every kind through the one door: bytes in, a clean copy or a sentence out.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;
use screening::{
    Carried, Cleaned, Edit, FITTED_BYTES, Format, Limits, Refused, Region, drawn, edited, fitted, picture,
};

/// A picture whose four quarters differ: red, green over blue, white.
fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([220, 20, 20]),
        (false, true) => Rgb([20, 200, 20]),
        (true, false) => Rgb([20, 20, 220]),
        (false, false) => Rgb([240, 240, 240]),
    })
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).expect("a small picture can be written");
    bytes.into_inner()
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    written(&DynamicImage::ImageRgb8(quarters(width, height)), ImageFormat::Jpeg)
}

fn heic(width: u32, height: u32) -> Vec<u8> {
    let options = heifer::EncodeOptions { quality: 80, max_threads: 1 };
    heifer::encode_rgb8(width, height, quarters(width, height).as_raw(), &options).expect("a small HEIC can be written")
}

fn clean(bytes: &[u8]) -> Cleaned {
    picture(bytes, &Limits::default()).unwrap_or_else(|refused| panic!("refused: {refused}"))
}

fn pixels(cleaned: &Cleaned) -> RgbImage {
    let format = if cleaned.format == Format::Jpeg { ImageFormat::Jpeg } else { ImageFormat::Png };
    let image =
        image::load_from_memory_with_format(&cleaned.bytes, format).expect("a clean copy can be read").into_rgb8();
    assert_eq!((image.width(), image.height()), (cleaned.width, cleaned.height));
    image
}

fn near(pixel: &Rgb<u8>, wanted: [u8; 3]) -> bool {
    pixel.0.iter().zip(wanted).all(|(is, wanted)| is.abs_diff(wanted) < 30)
}

/// An EXIF block with a place, a time, people, a device and an orientation.
fn exif_block(orientation: u16) -> Vec<u8> {
    let text = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let degrees =
        |d: u32, m: u32, s: u32| Value::Rational([d, m, s].into_iter().map(|num| Rational { num, denom: 1 }).collect());
    let values = [
        (Tag::Make, text("Oakphone")),
        (Tag::Model, text("Acorn 7")),
        (Tag::Orientation, Value::Short(vec![orientation])),
        (Tag::Artist, text("Hannah Whitfield")),
        (Tag::ImageDescription, text("Zara at the pond")),
        (Tag::Software, text("Leafedit 3")),
        (Tag::DateTimeOriginal, text("2026:05:03 10:11:12")),
        (Tag::GPSLatitudeRef, text("N")),
        (Tag::GPSLatitude, degrees(52, 30, 36)),
        (Tag::GPSLongitudeRef, text("W")),
        (Tag::GPSLongitude, degrees(1, 15, 0)),
    ];
    let fields = values.map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value });
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let thumbnail = jpeg(16, 16);
    writer.set_jpeg(&thumbnail, In::THUMBNAIL);
    let mut block = Cursor::new(Vec::new());
    writer.write(&mut block, false).expect("an EXIF block can be written");
    block.into_inner()
}

fn segment(marker: u8, parts: &[&[u8]]) -> Vec<u8> {
    let size = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = vec![0xff, marker, (size >> 8) as u8, size as u8];
    parts.iter().for_each(|part| bytes.extend(*part));
    bytes
}

/// A JPEG with these segments behind its start mark.
fn jpeg_with(segments: &[Vec<u8>]) -> Vec<u8> {
    let plain = jpeg(64, 48);
    let mut bytes = plain[..2].to_vec();
    segments.iter().for_each(|segment| bytes.extend(segment));
    bytes.extend(&plain[2..]);
    bytes
}

fn values(cleaned: &Cleaned, what: Carried) -> Vec<&str> {
    cleaned.found.iter().filter(|f| f.what == what).flat_map(|f| f.values.iter().map(String::as_str)).collect()
}

fn one_of_every_kind(width: u32, height: u32) -> Vec<Vec<u8>> {
    let image = DynamicImage::ImageRgb8(quarters(width, height));
    let kinds = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];
    kinds.iter().map(|kind| written(&image, *kind)).chain([heic(width, height)]).collect()
}

#[test]
fn every_accepted_kind_comes_out_with_its_pixels() {
    for bytes in one_of_every_kind(64, 48) {
        let cleaned = clean(&bytes);
        assert_eq!((cleaned.width, cleaned.height, cleaned.format), (64, 48, Format::Jpeg));
        assert_eq!(cleaned.found, [], "a plain picture carries nothing");
        let out = pixels(&cleaned);
        assert!(near(out.get_pixel(8, 8), [220, 20, 20]) && near(out.get_pixel(56, 8), [20, 200, 20]));
        assert!(near(out.get_pixel(8, 40), [20, 20, 220]) && near(out.get_pixel(56, 40), [240, 240, 240]));
    }
}

#[test]
fn what_a_picture_carried_is_told_once_and_gone() {
    let xmp = br#"<x:xmpmeta><rdf:Description xmp:CreatorTool="Leafedit 3"><Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Zara Khan</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage></rdf:Description></x:xmpmeta>"#;
    let iptc = b"8BIM\x04\x04\0\0\0\0\0\x0f\x1c\x02\x5a\0\x0aOakchester";
    let mut bytes = jpeg_with(&[
        segment(0xe1, &[b"Exif\0\0", &exif_block(1)]),
        segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", xmp]),
        segment(0xed, &[b"Photoshop 3.0\0", iptc]),
        segment(0xfe, &[b"taken behind the sports hall"]),
        segment(0xe5, &[b"ACME secret"]),
    ]);
    bytes.extend(b"\0\0\0\x18ftypmp42 a short film");
    let cleaned = clean(&bytes);
    assert_eq!(values(&cleaned, Carried::Place), ["52.5100, -1.2500", "Oakchester"]);
    assert_eq!(values(&cleaned, Carried::Time), ["taken: 2026:05:03 10:11:12"]);
    assert_eq!(values(&cleaned, Carried::People), ["artist: Hannah Whitfield", "Zara Khan"]);
    assert_eq!(values(&cleaned, Carried::Text), ["description: Zara at the pond"]);
    assert_eq!(values(&cleaned, Carried::Device), ["maker: Oakphone", "model: Acorn 7"]);
    assert_eq!(values(&cleaned, Carried::Software), ["program: Leafedit 3", "Leafedit 3"]);
    assert_eq!(values(&cleaned, Carried::Thumbnail), ["in the EXIF data"]);
    assert_eq!(values(&cleaned, Carried::Comment), ["taken behind the sports hall"]);
    assert_eq!(values(&cleaned, Carried::Trailing), ["a short film, 25 bytes"]);
    assert_eq!(values(&cleaned, Carried::Other), ["APP5 ACME (11 bytes)"]);
    holds_no_metadata(&cleaned);
}

/// A copy is the bare minimum: in JPEG no segment but JFIF, tables, frame and scan; in PNG no chunk but header and data.
fn holds_no_metadata(cleaned: &Cleaned) {
    let bytes = &cleaned.bytes;
    if cleaned.format == Format::Png {
        let mut at = 8;
        while at < bytes.len() {
            let size = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
            assert!(matches!(&bytes[at + 4..at + 8], b"IHDR" | b"IDAT" | b"IEND"), "a chunk too many");
            at += 12 + size;
        }
        return assert_eq!(at, bytes.len(), "nothing stands after the end");
    }
    let mut at = 2;
    while bytes[at + 1] != 0xda {
        assert!(!matches!(bytes[at + 1], 0xe1..=0xef | 0xfe), "segment {:x}", bytes[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    assert!(bytes.ends_with(&[0xff, 0xd9]));
    for word in ["Exif", "Zara", "Oakphone", "Oakchester", "sports hall", "ftyp"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word} is still there");
    }
}

#[test]
fn a_picture_taken_sideways_stands_upright() {
    // What stands at the top left of the upright picture, by the mark of its turning.
    let check = |orientation: u16, size: (u32, u32), corner: [u8; 3]| {
        let bytes = jpeg_with(&[segment(0xe1, &[b"Exif\0\0", &exif_block(orientation)])]);
        let cleaned = clean(&bytes);
        assert_eq!((cleaned.width, cleaned.height), size, "orientation {orientation}");
        assert!(near(pixels(&cleaned).get_pixel(6, 6), corner), "orientation {orientation}");
    };
    check(1, (64, 48), [220, 20, 20]);
    check(2, (64, 48), [20, 200, 20]);
    check(3, (64, 48), [240, 240, 240]);
    check(4, (64, 48), [20, 20, 220]);
    check(5, (48, 64), [220, 20, 20]);
    check(6, (48, 64), [20, 20, 220]);
    check(7, (48, 64), [240, 240, 240]);
    check(8, (48, 64), [20, 200, 20]);
    check(99, (64, 48), [220, 20, 20]);
}

#[test]
fn colours_of_a_wide_profile_are_kept() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().expect("a known profile can be written");
    let flat = RgbImage::from_pixel(32, 32, Rgb([180, 100, 60]));
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile).expect("PNG takes profiles");
    encoder.write_image(flat.as_raw(), 32, 32, ExtendedColorType::Rgb8).expect("a small picture can be written");
    let cleaned = clean(&bytes);
    let Rgb([red, green, blue]) = *pixels(&cleaned).get_pixel(16, 16);
    // Display P3 (180, 100, 60) is sRGB (192, 97, 49): stronger, since its red lies further out.
    assert!(red.abs_diff(192) < 5 && green.abs_diff(97) < 5 && blue.abs_diff(49) < 6, "{red} {green} {blue}");
    assert_eq!(cleaned.found.len(), 1);
    assert_eq!(cleaned.found[0].what, Carried::Profile);
    holds_no_metadata(&cleaned);
}

#[test]
fn see_through_parts_make_a_png_and_whole_ones_a_jpeg() {
    let see_through = RgbaImage::from_fn(20, 20, |x, _| Rgba([10, 20, 30, if x < 10 { 0 } else { 255 }]));
    let cleaned = clean(&written(&DynamicImage::ImageRgba8(see_through), ImageFormat::Png));
    assert_eq!(cleaned.format, Format::Png);
    holds_no_metadata(&cleaned);
    let whole = RgbaImage::from_pixel(20, 20, Rgba([10, 20, 30, 255]));
    assert_eq!(clean(&written(&DynamicImage::ImageRgba8(whole), ImageFormat::Png)).format, Format::Jpeg);
}

#[test]
fn a_large_picture_is_made_smaller_and_keeps_its_shape() {
    let cleaned = clean(&jpeg(2400, 1200));
    assert_eq!((cleaned.width, cleaned.height), (1600, 800));
    let limits = Limits { side_out_max: 100, ..Limits::default() };
    let thin = picture(&jpeg(1000, 3), &limits).expect("a thin picture is a picture");
    assert_eq!((thin.width, thin.height), (100, 1));
}

#[test]
fn a_picture_cut_off_anywhere_is_refused() {
    for bytes in one_of_every_kind(64, 48) {
        for size in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
            let refused = picture(&bytes[..size], &Limits::default());
            assert!(refused.is_err(), "{:?} cut to {size} of {} was taken", &bytes[..4], bytes.len());
        }
    }
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let large = |bytes: &[u8]| matches!(picture(bytes, &Limits::default()), Err(Refused::TooLarge { .. }));
    let mut png = written(&DynamicImage::ImageRgb8(quarters(8, 8)), ImageFormat::Png);
    png[16..20].copy_from_slice(&300_000u32.to_be_bytes());
    assert!(large(&png), "PNG 300,000 wide");
    png[16..24].copy_from_slice(&[0, 0, 0x2e, 0xe0, 0, 0, 0x2e, 0xe0]);
    assert!(large(&png), "PNG of 144 megapixels");
    let mut jpg = jpeg(8, 8);
    let frame = jpg.windows(2).position(|w| w == [0xff, 0xc0]).expect("a JPEG has a frame");
    jpg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert!(large(&jpg), "JPEG of 65,535 squared");
    let mut gif = written(&DynamicImage::ImageRgb8(quarters(8, 8)), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert!(large(&gif), "GIF of 65,535 squared");
    let body = b"WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff";
    let webp = [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), body].concat();
    assert!(large(&webp), "WebP of 16 million squared");
    let small = Limits { bytes_max: 100, ..Limits::default() };
    assert!(matches!(picture(&jpeg(64, 48), &small), Err(Refused::TooManyBytes { .. })));
}

#[test]
fn an_animation_gives_its_first_frame_or_is_refused() {
    let animated = |frames: usize| {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        let frame = image::Frame::new(DynamicImage::ImageRgb8(quarters(8, 8)).into_rgba8());
        (0..frames).for_each(|_| encoder.encode_frame(frame.clone()).expect("a frame can be written"));
        drop(encoder);
        bytes
    };
    assert_eq!(values(&clean(&animated(3)), Carried::Animation), ["3 frames"]);
    let refused = picture(&animated(301), &Limits::default());
    assert!(matches!(refused, Err(Refused::TooManyFrames { frames: 301, .. })), "{refused:?}");
}

#[test]
fn what_is_no_picture_is_refused_with_what_to_do() {
    let check = |bytes: &[u8], word: &str| match picture(bytes, &Limits::default()) {
        Err(refused) => assert!(refused.to_string().contains(word), "{refused} does not say {word}"),
        Ok(_) => panic!("{word} was taken for a picture"),
    };
    check(b"", "empty");
    check(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "SVG");
    check(b"<?xml version='1.0'?>\n<!-- x --><svg/>", "SVG");
    check(b"\xef\xbb\xbf<!DOCTYPE html><p>", "web page");
    check(b"%PDF-1.7 ...", "PDF");
    check(b"PK\x03\x04......", "archive");
    check(b"II*\0........", "TIFF");
    check(b"BM......", "JPEG or PNG");
    check(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "damaged");
    check(b"\0\0\0\x1cftypmp42\0\0\0\0isommp42", "film");
    check(b"MZ\x90\0", "program");
    check(b"just text", "not a picture");
    check(b"\xff\xd8\xff", "cut off");
}

#[test]
fn two_things_in_one_file_are_refused() {
    let check = |bytes: &[u8]| {
        let refused = picture(bytes, &Limits::default());
        assert!(matches!(refused, Err(Refused::TwoThings(_))), "{refused:?}");
    };
    let with_tail = |tail: &[u8]| [&jpeg(8, 8)[..], tail].concat();
    check(&with_tail(b"PK\x03\x04 an archive PK\x05\x06"));
    check(&with_tail(b"<html><script>alert(1)</script>"));
    check(&with_tail(b"MZ\x90\0"));
    check(&with_tail(b"%PDF-1.4"));
    check(&jpeg_with(&[segment(0xfe, &[b"<SCRIPT>alert(1)</SCRIPT>"])]));
    check(&jpeg_with(&[segment(0xfe, &[b"%PDF-1.4"])]));
    check(&jpeg_with(&[segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0<?php system(1);"])]));
    check(&[&written(&DynamicImage::ImageRgb8(quarters(8, 8)), ImageFormat::Gif)[..], b"<!DOCTYPE html>"].concat());
}

#[test]
fn texts_of_a_png_are_told() {
    let plain = written(&DynamicImage::ImageRgb8(quarters(8, 8)), ImageFormat::Png);
    let text = b"tEXtAuthor\0Hannah Whitfield";
    let mut bytes = plain[..33].to_vec();
    bytes.extend(((text.len() - 4) as u32).to_be_bytes());
    bytes.extend(text);
    bytes.extend(crc32(text).to_be_bytes());
    bytes.extend(&plain[33..]);
    let cleaned = clean(&bytes);
    assert_eq!(values(&cleaned, Carried::People), ["Author: Hannah Whitfield"]);
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, b| {
        (0..8).fold(crc ^ u32::from(*b), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[test]
fn regions_are_covered_blurred_and_cut() {
    let cleaned = clean(&jpeg(200, 100));
    let limits = Limits::default();
    let region = Region { left: 100, top: 0, width: 100, height: 50 };
    let covered = pixels(&edited(&cleaned, &[Edit::Cover(region)], &limits).expect("inside"));
    assert!(near(covered.get_pixel(150, 25), [96, 96, 96]) && near(covered.get_pixel(50, 25), [220, 20, 20]));
    let cut = edited(&cleaned, &[Edit::Crop(region)], &limits).expect("inside");
    assert_eq!((cut.width, cut.height), (100, 50));
    assert!(near(pixels(&cut).get_pixel(50, 25), [20, 200, 20]));
    let all = Region { left: 0, top: 0, width: 200, height: 100 };
    let stripes = RgbImage::from_fn(200, 100, |x, _| if x % 4 < 2 { Rgb([0, 0, 0]) } else { Rgb([255, 255, 255]) });
    let striped = clean(&written(&DynamicImage::ImageRgb8(stripes), ImageFormat::Png));
    let blurred = pixels(&edited(&striped, &[Edit::Blur(all)], &limits).expect("inside"));
    assert!(blurred.pixels().all(|pixel| near(pixel, [128, 128, 128])), "no stripe survives a blur");
    let outside = Region { left: 150, top: 0, width: 51, height: 10 };
    for edit in [
        Edit::Cover(outside),
        Edit::Crop(Region { width: 0, ..region }),
        Edit::Blur(Region { left: u32::MAX, ..region }),
    ] {
        assert_eq!(edited(&cleaned, &[edit], &limits), Err(Refused::OutsidePicture { width: 200, height: 100 }));
    }
}

#[test]
fn what_a_program_draws_is_a_picture_like_any_other() {
    let limits = Limits::default();
    let made = drawn(64, 48, quarters(64, 48).into_raw(), &limits).expect("pixels");
    assert!(near(pixels(&made).get_pixel(8, 8), [220, 20, 20]));
    holds_no_metadata(&made);
    for (width, height) in [(0, 48), (64, 47), (u32::MAX, u32::MAX)] {
        assert!(drawn(width, height, vec![0; 64 * 48 * 3], &limits).is_err(), "{width} by {height}");
    }
}

#[test]
fn a_picture_is_made_to_fit_and_never_past_recognition() {
    // As much detail as a picture can have: every pixel differs from its neighbours.
    let noise = RgbImage::from_fn(1600, 1200, |x, y| {
        let mixed = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)).wrapping_mul(3_266_489_917);
        Rgb([(mixed >> 24) as u8, (mixed >> 16) as u8, (mixed >> 8) as u8])
    });
    let limits = Limits::default();
    let cleaned = clean(&written(&DynamicImage::ImageRgb8(noise), ImageFormat::Png));
    assert!(cleaned.bytes.len() > 1_000_000, "{} bytes", cleaned.bytes.len());
    let smaller = fitted(&cleaned, 1_000_000, &limits).expect("it fits");
    assert!(smaller.bytes.len() <= 1_000_000 && smaller.width >= 800, "{} {}", smaller.bytes.len(), smaller.width);
    assert_eq!(pixels(&smaller).dimensions(), (smaller.width, smaller.height));
    assert_eq!(fitted(&cleaned, 1_000_000, &limits).expect("again").bytes, smaller.bytes, "the same every time");
    assert!(matches!(fitted(&cleaned, 10_000, &limits), Err(Refused::TooHeavy { limit: 10_000 })));
    let plain = clean(&jpeg(1600, 1200));
    assert_eq!(fitted(&plain, FITTED_BYTES, &limits).expect("it fits").bytes, plain.bytes, "what fits is not touched");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_bytes_never_bring_it_down(kind in 0usize..5, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let image = DynamicImage::ImageRgb8(quarters(24, 16));
        let mut bytes = match kind {
            0 => jpeg_with(&[segment(0xe1, &[b"Exif\0\0", &exif_block(6)])]),
            1 => written(&image, ImageFormat::Png),
            2 => written(&image, ImageFormat::WebP),
            3 => written(&image, ImageFormat::Gif),
            _ => heic(24, 16),
        };
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let limits = Limits { pixels_max: 1_000_000, ..Limits::default() };
        if let Ok(cleaned) = picture(&bytes, &limits) {
            prop_assert!(cleaned.width <= 1600 && cleaned.height <= 1600);
            pixels(&cleaned);
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400), head in 0usize..6) {
        let heads: [&[u8]; 6] = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\0\0\0WEBP", b"GIF89a", b"\0\0\0\x18ftypheic"];
        let bytes = [heads[head], &bytes].concat();
        prop_assert!(picture(&bytes, &Limits::default()).is_err());
    }
}

#[test]
fn a_profile_never_turns_the_encoder_of_jpeg() {
    // A JPEG whose profile is rubbish keeps its colours.
    let flat = RgbImage::from_pixel(32, 32, Rgb([180, 100, 60]));
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_icc_profile(vec![7; 300]).expect("JPEG takes profiles");
    encoder.write_image(flat.as_raw(), 32, 32, ExtendedColorType::Rgb8).expect("a small picture can be written");
    assert!(near(pixels(&clean(&bytes)).get_pixel(16, 16), [180, 100, 60]));
}
