//! WebP and GIF, walked to their ends.

use super::containers::{Survey, le16, le24, le32};
use super::{Carried, Refused};

/// # Errors
/// `CutOff` where the file is shorter than it says, `Damaged` without a picture in it.
pub(super) fn survey_webp(bytes: &[u8]) -> Result<Survey, Refused> {
    let mut survey = Survey { frames: 1, ..Survey::default() };
    let size = le32(bytes, 4).ok_or(Refused::CutOff)?;
    survey.end = (8 + size).next_multiple_of(2).min(bytes.len().max(8 + size));
    if survey.end > bytes.len() {
        return Err(Refused::CutOff);
    }
    let mut frames = 0;
    let mut at = 12;
    while at + 8 <= survey.end {
        let size = le32(bytes, at + 4).ok_or(Refused::CutOff)?;
        let end = at.checked_add(8 + size).filter(|end| *end <= survey.end).ok_or(Refused::CutOff)?;
        let data = &bytes[at + 8..end];
        match &bytes[at..at + 4] {
            b"VP8X" => {
                let (Some(width), Some(height)) = (le24(data, 4), le24(data, 7)) else { return Err(Refused::CutOff) };
                (survey.width, survey.height) = (width as u32 + 1, height as u32 + 1);
            }
            b"VP8 " if survey.width == 0 => {
                let (Some(width), Some(height)) = (le16(data, 6), le16(data, 8)) else { return Err(Refused::CutOff) };
                (survey.width, survey.height) = ((width & 0x3fff) as u32, (height & 0x3fff) as u32);
            }
            b"VP8L" if survey.width == 0 => {
                let bits = le32(data, 1).ok_or(Refused::CutOff)?;
                (survey.width, survey.height) = ((bits & 0x3fff) as u32 + 1, (bits >> 14 & 0x3fff) as u32 + 1);
            }
            b"ANMF" => frames += 1,
            b"EXIF" => survey.exif = Some(data.strip_prefix(b"Exif\0\0").unwrap_or(data).to_vec()),
            b"XMP " => survey.xmp.push(data.to_vec()),
            b"ICCP" => survey.icc = Some(data.to_vec()),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" => {}
            other => {
                let name = String::from_utf8_lossy(other).into_owned();
                survey.notes.push((Carried::Other, format!("{name} ({size} bytes)")));
            }
        }
        if !matches!(&bytes[at..at + 4], b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF") {
            survey.payloads.push((at + 8, end));
        }
        at = end.next_multiple_of(2);
    }
    survey.frames = frames.max(1);
    if survey.width == 0 {
        return Err(Refused::Damaged("there is no picture in it".into()));
    }
    Ok(survey)
}

/// # Errors
/// `CutOff` without a trailer.
pub(super) fn survey_gif(bytes: &[u8]) -> Result<Survey, Refused> {
    let (Some(width), Some(height), Some(flags)) = (le16(bytes, 6), le16(bytes, 8), bytes.get(10)) else {
        return Err(Refused::CutOff);
    };
    let mut survey = Survey { width: width as u32, height: height as u32, ..Survey::default() };
    let mut at = 13 + colour_table(*flags);
    loop {
        match bytes.get(at).ok_or(Refused::CutOff)? {
            0x3b => break,
            0x2c => {
                survey.frames += 1;
                let (Some(wide), Some(high), Some(flags)) =
                    (le16(bytes, at + 5), le16(bytes, at + 7), bytes.get(at + 9))
                else {
                    return Err(Refused::CutOff);
                };
                (survey.width, survey.height) = (survey.width.max(wide as u32), survey.height.max(high as u32));
                at = blocks(bytes, at + 11 + colour_table(*flags))?;
            }
            0x21 => {
                let label = *bytes.get(at + 1).ok_or(Refused::CutOff)?;
                let end = blocks(bytes, at + 2)?;
                extension(label, bytes, (at + 2, end), &mut survey);
                at = end;
            }
            _ => return Err(Refused::Damaged("a part of it is missing".into())),
        }
    }
    survey.end = at + 1;
    if survey.frames == 0 {
        return Err(Refused::Damaged("there is no picture in it".into()));
    }
    Ok(survey)
}

fn colour_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// The byte after a chain of blocks.
fn blocks(bytes: &[u8], from: usize) -> Result<usize, Refused> {
    let mut at = from;
    loop {
        match bytes.get(at).ok_or(Refused::CutOff)? {
            0 => return Ok(at + 1),
            size => at += 1 + usize::from(*size),
        }
    }
}

fn extension(label: u8, bytes: &[u8], span: (usize, usize), survey: &mut Survey) {
    let (start, end) = span;
    match label {
        0xf9 | 0x01 => {}
        0xfe => {
            let text = bytes.get(start + 1..end - 1).unwrap_or_default();
            survey.payloads.push(span);
            survey.notes.push((Carried::Comment, String::from_utf8_lossy(text).into_owned()));
        }
        _ => {
            survey.payloads.push(span);
            let name =
                String::from_utf8_lossy(bytes.get(start + 1..(start + 12).min(end)).unwrap_or_default()).into_owned();
            if name.starts_with("XMP Data") {
                survey.xmp.push(bytes[start..end].to_vec());
            } else if !name.starts_with("NETSCAPE") && !name.starts_with("ANIMEXTS") {
                survey.notes.push((Carried::Other, format!("{name} ({} bytes)", end - start)));
            }
        }
    }
}
