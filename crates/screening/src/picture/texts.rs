//! What XMP packets and IPTC records tell, read with a few plain rules instead of a whole parser: they are shown once and
//! dropped, so nothing depends on them being understood.

use super::Carried;

/// A value is shown, not kept: a line of it is enough.
const VALUE_SCALARS_MAX: usize = 200;
const XMP_BYTES_MAX: usize = 1 << 20;
/// Values of one property that are shown.
const VALUES_MAX: usize = 20;

const PROPERTIES: &[(&str, Carried)] = &[
    ("exif:GPSLatitude", Carried::Place),
    ("exif:GPSLongitude", Carried::Place),
    ("photoshop:City", Carried::Place),
    ("photoshop:State", Carried::Place),
    ("photoshop:Country", Carried::Place),
    ("Iptc4xmpCore:Location", Carried::Place),
    ("Iptc4xmpExt:City", Carried::Place),
    ("Iptc4xmpExt:Sublocation", Carried::Place),
    ("photoshop:DateCreated", Carried::Time),
    ("xmp:CreateDate", Carried::Time),
    ("xmp:ModifyDate", Carried::Time),
    ("exif:DateTimeOriginal", Carried::Time),
    ("Iptc4xmpExt:PersonInImage", Carried::People),
    ("mwg-rs:Name", Carried::People),
    ("MPReg:PersonDisplayName", Carried::People),
    ("dc:creator", Carried::People),
    ("dc:rights", Carried::People),
    ("dc:title", Carried::Text),
    ("dc:description", Carried::Text),
    ("dc:subject", Carried::Text),
    ("photoshop:Headline", Carried::Text),
    ("tiff:Make", Carried::Device),
    ("tiff:Model", Carried::Device),
    ("aux:SerialNumber", Carried::Device),
    ("aux:OwnerName", Carried::People),
    ("xmp:CreatorTool", Carried::Software),
    ("xmpGImg:image", Carried::Thumbnail),
];

/// IPTC datasets of record 2.
const DATASETS: &[(u8, Carried)] = &[
    (5, Carried::Text),
    (25, Carried::Text),
    (55, Carried::Time),
    (60, Carried::Time),
    (80, Carried::People),
    (85, Carried::People),
    (90, Carried::Place),
    (92, Carried::Place),
    (95, Carried::Place),
    (101, Carried::Place),
    (105, Carried::Text),
    (116, Carried::People),
    (120, Carried::Text),
    (122, Carried::People),
];

pub(super) fn read_xmp(packet: &[u8], notes: &mut Vec<(Carried, String)>) {
    let before = notes.len();
    let text = String::from_utf8_lossy(&packet[..packet.len().min(XMP_BYTES_MAX)]);
    for (name, what) in PROPERTIES {
        for value in xmp_values(&text, name) {
            let value = if *what == Carried::Thumbnail { "in the XMP data".to_owned() } else { value };
            notes.push((*what, value));
        }
    }
    if notes.len() == before {
        notes.push((Carried::Other, format!("XMP ({} bytes)", packet.len())));
    }
}

/// The values of a property, written as an attribute or as an element with or without list items.
fn xmp_values(text: &str, name: &str) -> Vec<String> {
    let mut values = Vec::new();
    for (at, _) in text.match_indices(name).take(VALUES_MAX) {
        let rest = &text[at + name.len()..];
        if let Some(attribute) = rest.strip_prefix("=\"") {
            values.extend(attribute.split('"').next().map(plain));
        } else if text[..at].ends_with('<') {
            let inner = rest.split_once('>').map_or("", |(_, inner)| inner);
            let inner = inner.split(&format!("</{name}>")).next().unwrap_or_default();
            let pieces =
                inner.split('<').filter_map(|piece| piece.split_once('>').map_or(Some(piece), |(_, text)| Some(text)));
            values.extend(pieces.map(plain).filter(|piece| !piece.is_empty()).take(VALUES_MAX));
        }
    }
    values.retain(|value| !value.is_empty());
    values
}

fn plain(text: &str) -> String {
    text.trim()
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// Reads the IPTC records inside Photoshop's resource blocks.
pub(super) fn read_iptc(blocks: &[u8], notes: &mut Vec<(Carried, String)>) {
    let before = notes.len();
    let mut at = 0;
    while blocks.get(at) == Some(&0x1c) || at < blocks.len() {
        let Some(start) = blocks[at..].iter().position(|b| *b == 0x1c).map(|found| at + found) else { break };
        at = start + 1;
        let Some([record, dataset, high, low]) = blocks.get(at..at + 4).and_then(|head| <[u8; 4]>::try_from(head).ok())
        else {
            break;
        };
        let size = usize::from(high) << 8 | usize::from(low);
        let (2, Some(value)) = (record, blocks.get(at + 4..at + 4 + size)) else { continue };
        if let Some((_, what)) = DATASETS.iter().find(|(number, _)| *number == dataset) {
            notes.push((*what, String::from_utf8_lossy(value).into_owned()));
            at += 4 + size;
        }
    }
    if notes.len() == before {
        notes.push((Carried::Other, format!("Photoshop data ({} bytes)", blocks.len())));
    }
}

/// One line, without control characters, of a length that can be shown.
pub(super) fn tidy(value: &str) -> String {
    let line = value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(VALUE_SCALARS_MAX).collect::<String>();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
