//! What EXIF data tells: place, time, people, device. Read to be shown once.

use exif::{Exif, In, Reader, Tag, Value};

use super::Carried;

/// More EXIF than this is not read, only dropped.
const EXIF_BYTES_MAX: usize = 1 << 20;

const TOLD: &[(Tag, Carried, &str)] = &[
    (Tag::GPSDateStamp, Carried::Time, "by satellite"),
    (Tag::DateTimeOriginal, Carried::Time, "taken"),
    (Tag::DateTimeDigitized, Carried::Time, "digitised"),
    (Tag::DateTime, Carried::Time, "changed"),
    (Tag::OffsetTimeOriginal, Carried::Time, "time zone"),
    (Tag::Artist, Carried::People, "artist"),
    (Tag::Copyright, Carried::People, "copyright"),
    (Tag::CameraOwnerName, Carried::People, "owner of the camera"),
    (Tag::ImageDescription, Carried::Text, "description"),
    (Tag::UserComment, Carried::Comment, "comment"),
    (Tag::Make, Carried::Device, "maker"),
    (Tag::Model, Carried::Device, "model"),
    (Tag::LensModel, Carried::Device, "lens"),
    (Tag::BodySerialNumber, Carried::Device, "serial number"),
    (Tag::LensSerialNumber, Carried::Device, "serial number of the lens"),
    (Tag::ImageUniqueID, Carried::Device, "picture's number"),
    (Tag::MakerNote, Carried::Device, "maker's notes"),
    (Tag::Software, Carried::Software, "program"),
];

fn parsed(raw: &[u8]) -> Option<Exif> {
    if raw.len() > EXIF_BYTES_MAX {
        return None;
    }
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    match reader.read_raw(raw.to_vec()) {
        Ok(exif) => Some(exif),
        Err(exif::Error::PartialResult(partial)) => Some(partial.into_inner().0),
        Err(_) => None,
    }
}

/// Adds what the EXIF block `raw` tells to `notes`.
pub(super) fn read(raw: &[u8], notes: &mut Vec<(Carried, String)>) {
    let before = notes.len();
    if let Some(exif) = parsed(raw) {
        if let Some(place) = place(&exif) {
            notes.push((Carried::Place, place));
        }
        for (tag, what, name) in TOLD {
            for field in exif.fields().filter(|field| field.tag == *tag && field.ifd_num == In::PRIMARY) {
                notes.push((*what, format!("{name}: {}", value(&field.value, *tag))));
            }
        }
        if exif.get_field(Tag::JPEGInterchangeFormat, In::THUMBNAIL).is_some() {
            notes.push((Carried::Thumbnail, "in the EXIF data".into()));
        }
    }
    if notes.len() == before {
        notes.push((Carried::Other, format!("EXIF ({} bytes)", raw.len())));
    }
}

/// Which way up the picture is to be shown, 1 to 8; 1 where nothing is said.
pub(super) fn orientation(raw: &[u8]) -> u8 {
    let field =
        parsed(raw).and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY).and_then(|f| f.value.get_uint(0)));
    field.and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

fn value(value: &Value, tag: Tag) -> String {
    match value {
        Value::Ascii(lines) => lines.iter().map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>().join(" "),
        Value::Undefined(bytes, _) if tag == Tag::MakerNote => format!("{} bytes", bytes.len()),
        Value::Undefined(bytes, _) => String::from_utf8_lossy(bytes.get(8..).unwrap_or_default()).into_owned(),
        other => other.display_as(tag).to_string(),
    }
}

/// Degrees north and east with four decimals, about ten metres.
fn place(exif: &Exif) -> Option<String> {
    let degrees = |value: Tag, reference: Tag, negative: u8| -> Option<f64> {
        let Value::Rational(parts) = &exif.get_field(value, In::PRIMARY)?.value else { return None };
        let part = |at: usize| parts.get(at).filter(|part| part.denom != 0).map_or(0.0, |part| part.to_f64());
        let sum = part(0) + part(1) / 60.0 + part(2) / 3600.0;
        let is_negative = match exif.get_field(reference, In::PRIMARY).map(|field| &field.value) {
            Some(Value::Ascii(lines)) => lines.first().and_then(|line| line.first()) == Some(&negative),
            _ => false,
        };
        Some(if is_negative { -sum } else { sum })
    };
    let latitude = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S')?;
    let longitude = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W')?;
    Some(format!("{latitude:.4}, {longitude:.4}"))
}
