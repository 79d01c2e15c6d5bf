//! What kind of file this is, by its content; and what every kind of picture is asked for before it is decoded.

use super::{Carried, Refused};

/// Where a PDF's mark may stand for readers to open the file as one.
const PDF_MARK_WITHIN: usize = 1024;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    Jpeg,
    Png,
    WebP,
    Gif,
    Heic,
    Avif,
}

/// What the outer parts of a picture say, read without decoding it.
#[derive(Default, Debug)]
pub(super) struct Survey {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) frames: u32,
    /// How to turn it, as EXIF numbers it, where the container says so; the EXIF mark counts only where it does not.
    pub(super) turned: Option<u8>,
    pub(super) exif: Option<Vec<u8>>,
    pub(super) xmp: Vec<Vec<u8>>,
    pub(super) iptc: Option<Vec<u8>>,
    pub(super) icc: Option<Vec<u8>>,
    pub(super) notes: Vec<(Carried, String)>,
    /// Parts that hold text of any kind, looked through for programs.
    pub(super) payloads: Vec<(usize, usize)>,
    /// The first byte after the picture.
    pub(super) end: usize,
}

/// # Errors
/// `NotAPicture` with what to do instead.
pub(super) fn source(bytes: &[u8]) -> Result<Source, Refused> {
    let starts = |mark: &[u8]| bytes.starts_with(mark);
    if starts(b"\xff\xd8\xff") {
        return Ok(Source::Jpeg);
    }
    if starts(b"\x89PNG\r\n\x1a\n") {
        return Ok(Source::Png);
    }
    if starts(b"GIF87a") || starts(b"GIF89a") {
        return Ok(Source::Gif);
    }
    if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(Source::WebP);
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return boxed(bytes);
    }
    Err(Refused::NotAPicture(refusal(bytes)))
}

/// Files of boxes: HEIC and AVIF are pictures, the rest is film.
fn boxed(bytes: &[u8]) -> Result<Source, Refused> {
    let size = bytes.get(..4).map_or(0, |size| u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize);
    let brands = bytes.get(8..size.min(bytes.len()).min(256)).unwrap_or_default();
    let has = |wanted: &[&[u8]]| brands.chunks_exact(4).any(|brand| wanted.contains(&brand));
    let major = brands.get(..4).unwrap_or_default();
    if matches!(major, b"avif" | b"avis") || has(&[b"avif", b"avis"]) {
        return Ok(Source::Avif);
    }
    if has(&[b"heic", b"heix", b"heim", b"heis", b"mif1"]) {
        return Ok(Source::Heic);
    }
    Err(Refused::NotAPicture("this is a film or a kind of picture that is not taken here: send a JPEG"))
}

fn refusal(bytes: &[u8]) -> &'static str {
    let starts = |mark: &[u8]| bytes.starts_with(mark);
    let head: Vec<u8> = bytes[..bytes.len().min(1024)].to_ascii_lowercase();
    let holds = |mark: &[u8]| head.windows(mark.len()).any(|window| window == mark);
    if holds(b"%pdf-") {
        return "this is a PDF document, not a picture: save the picture as JPEG or PNG";
    }
    if starts(b"PK\x03\x04") {
        return "this is an archive or an office document, not a picture: save the picture as JPEG or PNG";
    }
    if starts(b"II*\0") || starts(b"MM\0*") {
        return "this is a TIFF or raw camera file: save it as JPEG and send that";
    }
    if starts(b"BM") || starts(b"8BPS") || starts(b"\0\0\x01\0") {
        return "this kind of picture file is not taken here: save it as JPEG or PNG";
    }
    if starts(b"\xff\x0a") || starts(b"\0\0\0\x0cJXL ") {
        return "this is a JPEG XL picture, which cannot be checked here: save it as JPEG";
    }
    if holds(b"<svg") {
        return "this is an SVG drawing, which can hold a program: save it as PNG and send that";
    }
    if holds(b"<!doctype html") || holds(b"<html") || holds(b"<script") {
        return "this is a web page, not a picture";
    }
    if starts(b"MZ") || starts(b"\x7fELF") || starts(b"#!") {
        return "this is a program, not a picture";
    }
    "this is not a picture that can be read: send a JPEG, PNG, WebP, GIF, AVIF or HEIC"
}

/// Refuses files that another program would take for something else: a page, an archive, a document, a program.
///
/// # Errors
/// `TwoThings`.
pub(super) fn refuse_two_things(bytes: &[u8], survey: &Survey) -> Result<(), Refused> {
    let head = &bytes[..bytes.len().min(PDF_MARK_WITHIN)];
    if contains(head, b"%PDF-") {
        return Err(Refused::TwoThings("a PDF document"));
    }
    let tail = &bytes[survey.end.min(bytes.len())..];
    let archive = contains(tail, b"PK\x03\x04")
        || contains(tail, b"PK\x05\x06")
        || tail.starts_with(b"Rar!")
        || tail.starts_with(b"7z\xbc\xaf");
    if archive {
        return Err(Refused::TwoThings("an archive"));
    }
    if contains(tail, b"%PDF-") {
        return Err(Refused::TwoThings("a PDF document"));
    }
    if tail.starts_with(b"MZ") || tail.starts_with(b"\x7fELF") || tail.starts_with(b"#!") {
        return Err(Refused::TwoThings("a program"));
    }
    let payloads = survey.payloads.iter().filter_map(|(start, end)| bytes.get(*start..*end));
    for text in payloads.chain([tail]) {
        let text = text.to_ascii_lowercase();
        let marks: [&[u8]; 6] = [b"<script", b"<html", b"<?php", b"<!doctype html", b"<svg", b"javascript:"];
        if marks.iter().any(|mark| contains(&text, mark)) {
            return Err(Refused::TwoThings("a web page or a program"));
        }
    }
    Ok(())
}

pub(super) fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

/// What stands after the picture, in words.
pub(super) fn trailing(bytes: &[u8]) -> String {
    let what = if bytes.get(4..8) == Some(b"ftyp") || contains(&bytes[..bytes.len().min(4096)], b"ftyp") {
        "a short film"
    } else if contains(&bytes[..bytes.len().min(4096)], b"\xff\xd8\xff") {
        "another picture"
    } else if bytes.iter().all(|b| *b == 0) {
        "padding"
    } else {
        "unknown data"
    };
    format!("{what}, {} bytes", bytes.len())
}

/// Reads numbers from a file without ever reading past its end.
pub(super) fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 2).map(|b| usize::from(u16::from_be_bytes([b[0], b[1]])))
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at.checked_add(4)?).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize)
}

pub(super) fn le16(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 2).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])))
}

pub(super) fn le24(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at + 3).map(|b| usize::from(b[0]) | usize::from(b[1]) << 8 | usize::from(b[2]) << 16)
}

pub(super) fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at.checked_add(4)?).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
}
