//! The segments of a JPEG file, walked to its end mark.

use super::containers::{Survey, be16};
use super::{Carried, Refused};

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP_MORE: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

/// # Errors
/// `CutOff` without an end mark, `Damaged` where segments do not follow each other.
pub(super) fn survey(bytes: &[u8]) -> Result<Survey, Refused> {
    let mut survey = Survey { frames: 1, ..Survey::default() };
    let mut icc: Vec<(u8, &[u8])> = Vec::new();
    let mut at = 2;
    loop {
        let marker = marker(bytes, &mut at)?;
        match marker {
            0xd9 => break,
            0x01 | 0xd0..=0xd7 => continue,
            0xd8 => return Err(Refused::Damaged("it begins twice".into())),
            _ => {}
        }
        let size = be16(bytes, at).ok_or(Refused::CutOff)?;
        let segment = bytes.get(at + 2..at + size.max(2)).ok_or(Refused::CutOff)?;
        if size < 2 {
            return Err(Refused::Damaged("a part of it has no size".into()));
        }
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => frame(segment, &mut survey)?,
            0xe0..=0xef | 0xfe => {
                survey.payloads.push((at + 2, at + size));
                application(marker, segment, &mut survey, &mut icc);
            }
            _ => {}
        }
        at += size;
        if marker == 0xda {
            at = after_scan(bytes, at)?;
        }
    }
    survey.end = at;
    if survey.width == 0 {
        return Err(Refused::Damaged("it has no size".into()));
    }
    icc.sort_by_key(|(number, _)| *number);
    if !icc.is_empty() {
        survey.icc = Some(icc.iter().flat_map(|(_, part)| part.iter().copied()).collect());
    }
    Ok(survey)
}

/// The marker at `at`, with fill bytes skipped; `at` moves behind it.
pub(super) fn marker(bytes: &[u8], at: &mut usize) -> Result<u8, Refused> {
    if *bytes.get(*at).ok_or(Refused::CutOff)? != 0xff {
        return Err(Refused::Damaged("a part of it is missing".into()));
    }
    while bytes.get(*at) == Some(&0xff) {
        *at += 1;
    }
    let marker = *bytes.get(*at).ok_or(Refused::CutOff)?;
    *at += 1;
    Ok(marker)
}

fn frame(segment: &[u8], survey: &mut Survey) -> Result<(), Refused> {
    let (Some(height), Some(width)) = (be16(segment, 1), be16(segment, 3)) else { return Err(Refused::CutOff) };
    if survey.width != 0 {
        return Err(Refused::Damaged("it gives its size twice".into()));
    }
    (survey.width, survey.height) = (width as u32, height as u32);
    Ok(())
}

fn application<'a>(marker: u8, segment: &'a [u8], survey: &mut Survey, icc: &mut Vec<(u8, &'a [u8])>) {
    let after = |mark: &[u8]| segment.strip_prefix(mark);
    if let (0xe1, Some(exif)) = (marker, after(b"Exif\0\0")) {
        survey.exif.get_or_insert_with(|| exif.to_vec());
    } else if let (0xe1, Some(xmp)) = (marker, after(XMP)) {
        survey.xmp.push(xmp.to_vec());
    } else if let (0xe1, Some(more)) = (marker, after(XMP_MORE)) {
        survey.xmp.push(more.get(40..).unwrap_or_default().to_vec());
    } else if let (0xe2, Some(part)) = (marker, after(ICC)) {
        if let Some((number, rest)) = part.split_first() {
            icc.push((*number, rest.get(1..).unwrap_or_default()));
        }
    } else if let (0xed, Some(photoshop)) = (marker, after(PHOTOSHOP)) {
        survey.iptc.get_or_insert_default().extend(photoshop);
    } else if marker == 0xfe {
        survey.notes.push((Carried::Comment, String::from_utf8_lossy(segment).into_owned()));
    } else if let (0xe0, Some(jfif)) = (marker, after(b"JFIF\0")) {
        if jfif.get(7).is_some_and(|width| *width > 0) {
            survey.notes.push((Carried::Thumbnail, "in the header".into()));
        }
    } else if marker == 0xe0 && segment.starts_with(b"JFXX\0") {
        survey.notes.push((Carried::Thumbnail, "in the header".into()));
    } else if marker == 0xe2 && segment.starts_with(b"MPF\0") {
        survey.notes.push((Carried::Other, "an index of further pictures".into()));
    } else if marker != 0xee {
        let name: String =
            segment.iter().take(24).take_while(|b| b.is_ascii_graphic()).map(|b| char::from(*b)).collect();
        survey.notes.push((Carried::Other, format!("APP{} {name} ({} bytes)", marker & 15, segment.len())));
    }
}

/// Skips the compressed picture data: to the next marker that is neither an escape nor a restart.
pub(super) fn after_scan(bytes: &[u8], from: usize) -> Result<usize, Refused> {
    let mut at = from;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == 0xff)) {
        at += found;
        match bytes.get(at + 1) {
            None => break,
            Some(0x00 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            Some(_) => return Ok(at),
        }
    }
    Err(Refused::CutOff)
}
