//! The chunks of a PNG file, walked to its end chunk.

use super::containers::{Survey, be32};
use super::{Carried, Refused};

/// # Errors
/// `CutOff` without an end chunk, `Damaged` where chunks do not follow each other.
pub(super) fn survey(bytes: &[u8]) -> Result<Survey, Refused> {
    let mut survey = Survey { frames: 1, ..Survey::default() };
    let mut at = 8;
    loop {
        let size = be32(bytes, at).ok_or(Refused::CutOff)?;
        let kind = bytes.get(at + 4..at + 8).ok_or(Refused::CutOff)?;
        let end = at.checked_add(12).and_then(|end| end.checked_add(size)).ok_or(Refused::CutOff)?;
        if end > bytes.len() {
            return Err(Refused::CutOff);
        }
        if at == 8 && kind != b"IHDR" {
            return Err(Refused::Damaged("it does not begin with its size".into()));
        }
        let data = &bytes[at + 8..end - 4];
        match kind {
            b"IEND" => {
                survey.end = end;
                return Ok(survey);
            }
            b"IHDR" => {
                let (width, height) = (be32(data, 0).ok_or(Refused::CutOff)?, be32(data, 4).ok_or(Refused::CutOff)?);
                (survey.width, survey.height) = (width as u32, height as u32);
            }
            b"IDAT" | b"fdAT" | b"PLTE" | b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"sBIT" | b"bKGD" | b"pHYs"
            | b"fcTL" | b"cICP" => {}
            _ => {
                survey.payloads.push((at + 8, end - 4));
                extra(kind, data, &mut survey);
            }
        }
        at = end;
    }
}

fn extra(kind: &[u8], data: &[u8], survey: &mut Survey) {
    match kind {
        b"acTL" => survey.frames = be32(data, 0).unwrap_or(1) as u32,
        b"eXIf" => survey.exif = Some(data.strip_prefix(b"Exif\0\0").unwrap_or(data).to_vec()),
        b"iCCP" => survey.icc = Some(data.to_vec()),
        b"tIME" => {
            let year =
                usize::from(data.first().copied().unwrap_or(0)) << 8 | usize::from(data.get(1).copied().unwrap_or(0));
            let (month, day) = (data.get(2).copied().unwrap_or(0), data.get(3).copied().unwrap_or(0));
            survey.notes.push((Carried::Time, format!("{year:04}-{month:02}-{day:02}")));
        }
        b"tEXt" | b"iTXt" | b"zTXt" => text(kind, data, survey),
        _ => {
            let name: String = kind.iter().filter(|b| b.is_ascii_alphabetic()).map(|b| char::from(*b)).collect();
            survey.notes.push((Carried::Other, format!("{name} ({} bytes)", data.len())));
        }
    }
}

/// A keyword and its text. Compressed text is named, not unpacked: it could be a bomb, and it is dropped anyway.
fn text(kind: &[u8], data: &[u8], survey: &mut Survey) {
    let split = data.iter().position(|b| *b == 0).unwrap_or(data.len());
    let keyword = String::from_utf8_lossy(&data[..split]).into_owned();
    let rest = data.get(split + 1..).unwrap_or_default();
    let value = match kind {
        b"tEXt" => Some(rest),
        b"iTXt" if rest.first() == Some(&0) => {
            rest.get(2..).map(|rest| rest.splitn(3, |b| *b == 0).nth(2).unwrap_or_default())
        }
        _ => None,
    };
    if let (Some(value), "XML:com.adobe.xmp") = (value, keyword.as_str()) {
        return survey.xmp.push(value.to_vec());
    }
    let what = match keyword.as_str() {
        "Author" | "Copyright" => Carried::People,
        "Creation Time" | "date:create" | "date:modify" => Carried::Time,
        "Software" => Carried::Software,
        "Source" => Carried::Device,
        "Title" | "Description" => Carried::Text,
        _ => Carried::Comment,
    };
    let value = value.map_or_else(|| "compressed text".into(), |value| String::from_utf8_lossy(value).into_owned());
    survey.notes.push((what, format!("{keyword}: {value}")));
}
