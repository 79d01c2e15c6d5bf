//! AVIF: the boxes of HEIC around a picture of AV1. The boxes are walked and measured first; a decoder in Rust makes
//! brightness and colour difference of it, and here they become plain colours.

use std::borrow::Cow;

use avif_parse::AV1Metadata;
use heifer::heifer_isobmff::HeifFile;
use heifer::heifer_isobmff::boxes::{ColorInfo, Property};
use moxcms::{CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics};
use re_rav1d::dav1d::pixel::YUVRange;
use re_rav1d::dav1d::{Decoder, Error as Failed, Picture, PlanarImageComponent as Plane, Settings};

use super::colours::{Matrix, Planes, Range};
use super::containers::Survey;
use super::edit::{Region, cut};
use super::heif::{boxes_end, has_thumbnail};
use super::pixels::Pixels;
use super::{Carried, Decoded, Limits, Refused, colours, within};

/// A still picture is one frame. Every further one costs as much time as a whole picture, whatever its few bytes say.
const FRAMES_MAX: usize = 4;
const ALPHA: [&str; 2] = ["urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1"];

fn damaged(said: impl ToString) -> Refused {
    Refused::Damaged(said.to_string())
}

/// Colours beyond what a JPEG can show.
pub const TOO_BRIGHT: &str = "this picture is made for screens of great brightness: save it as JPEG and send that";

/// An AVIF file whose boxes have been walked and measured, and whose pixels are still to be decoded.
#[derive(Clone, Copy, Debug)]
pub struct Avif<'a> {
    // INVARIANT: within the limits that it was made with (what_is_not_one_picture_of_modest_size_is_refused_before_it_is_decoded).
    bytes: &'a [u8],
    width: u32,
    height: u32,
    pixels_max: u64,
}

impl<'a> Avif<'a> {
    /// # Errors
    /// As [`super::picture`], before anything is decoded.
    pub fn surveyed(bytes: &'a [u8], limits: &Limits) -> Result<Avif<'a>, Refused> {
        if bytes.len() > limits.bytes_max {
            return Err(Refused::TooManyBytes { bytes: bytes.len(), limit: limits.bytes_max });
        }
        let survey = survey(bytes)?;
        within(&survey, limits)?;
        Ok(Avif::of(bytes, &survey, limits))
    }

    pub(super) fn of(bytes: &'a [u8], survey: &Survey, limits: &Limits) -> Avif<'a> {
        // What follows the last box would be taken for a broken one.
        let bytes = &bytes[..survey.end.min(bytes.len())];
        Avif { bytes, width: survey.width, height: survey.height, pixels_max: limits.pixels_max }
    }

    /// The file up to its last box.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The most that its pixels may be, by its boxes and its stream.
    pub fn size_max(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Whether these can be its pixels: as many as they say, and no more than it announced.
    pub(super) fn fits(&self, decoded: &Decoded) -> bool {
        let (width, height) = (decoded.width, decoded.height);
        let channels = if decoded.has_alpha { 4 } else { 3 };
        let bytes = u64::from(width) * u64::from(height) * channels;
        let is_of_size = (1..=self.width).contains(&width) && (1..=self.height).contains(&height);
        is_of_size && u64::try_from(decoded.data.len()) == Ok(bytes)
    }

    /// Its pixels, decoded here.
    ///
    /// # Errors
    /// `Damaged`, `CutOff` or `NotAPicture`. What fails inside the decoder may end the program instead.
    pub fn decoded(&self) -> Result<Decoded, Refused> {
        let (pixels, profile) = decode(self.bytes, self.pixels_max)?;
        let Pixels { width, height, data, has_alpha } = pixels;
        Ok(Decoded { width, height, has_alpha, data, profile })
    }
}

/// # Errors
/// `CutOff` where a box is longer than the file, `NotAPicture` for a kind of AVIF that is not taken, `Damaged` where there
/// is no picture in it.
pub(super) fn survey(bytes: &[u8]) -> Result<Survey, Refused> {
    let mut survey = Survey { frames: 1, end: boxes_end(bytes)?, ..Survey::default() };
    let bytes = &bytes[..survey.end];
    let file = HeifFile::parse(bytes).map_err(damaged)?;
    let primary = file.primary_id;
    for item in [Some(primary), alpha(&file)].into_iter().flatten() {
        let (width, height) = size(&file, item)?;
        (survey.width, survey.height) = (survey.width.max(width), survey.height.max(height));
    }
    survey.turned = Some(turned(&file)?);
    // The metadata of a damaged box is dropped with the rest; the pixels decide whether the picture is taken.
    survey.exif = file.exif(primary).ok().flatten();
    survey.xmp.extend(file.xmp(primary).ok().flatten());
    survey.icc = file.icc_profile(primary).ok().flatten().map(<[u8]>::to_vec);
    if has_thumbnail(bytes) {
        survey.notes.push((Carried::Thumbnail, "in the file".into()));
    }
    if file.file_type.has_brand(b"avis") {
        survey.notes.push((Carried::Animation, "a film beside the still picture".into()));
    }
    Ok(survey)
}

/// The item that says how see-through the picture is.
fn alpha(file: &HeifFile<'_>) -> Option<u32> {
    let is_alpha = |item: &u32| {
        let mut properties = file.item_properties(*item).ok().into_iter().flatten();
        properties.any(|said| matches!(said, Property::AuxiliaryType(kind) if ALPHA.contains(&kind.as_str())))
    };
    file.referencing_items(file.primary_id, b"auxl").into_iter().find(is_alpha)
}

/// The compressed picture of an item.
fn stream<'a>(file: &HeifFile<'a>, item: u32) -> Result<Cow<'a, [u8]>, Refused> {
    match &file.item(item).map_err(damaged)?.item_type.0 {
        b"av01" => {}
        b"grid" | b"iovl" | b"iden" => {
            let say = "this AVIF picture is put together from several, which cannot be checked here: save it as JPEG";
            return Err(Refused::NotAPicture(say));
        }
        _ => return Err(Refused::NotAPicture("this kind of AVIF picture is not taken here: save it as JPEG")),
    }
    let stream = file.item_data(item).map_err(|_| Refused::CutOff)?;
    match frames(&stream) {
        None => Err(Refused::CutOff),
        Some(1..=FRAMES_MAX) => Ok(stream),
        Some(_) => Err(damaged("it is not one picture")),
    }
}

/// The frames in a stream of AV1, counted without decoding any; none where its parts do not follow each other.
fn frames(stream: &[u8]) -> Option<usize> {
    const FRAME_HEADER: u8 = 3;
    const FRAME: u8 = 6;
    const AGAIN: u8 = 7;
    let (mut at, mut frames) = (0, 0);
    while let Some(head) = stream.get(at) {
        at += if head & 0b100 == 0 { 1 } else { 2 };
        let size = if head & 0b10 == 0 { stream.len().checked_sub(at)? } else { leb128(stream, &mut at)? };
        frames += usize::from(matches!(head >> 3 & 15, FRAME_HEADER | FRAME | AGAIN));
        at = at.checked_add(size).filter(|end| *end <= stream.len())?;
    }
    Some(frames)
}

/// A number of up to four groups of seven bits, the lowest first: no part of a file that is taken is longer.
fn leb128(stream: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0;
    for group in 0..4 {
        let byte = *stream.get(*at)?;
        *at += 1;
        value |= usize::from(byte & 0x7f) << (7 * group);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The larger of what the box and the stream itself say: memory is spent by the second, whatever the first claims.
fn size(file: &HeifFile<'_>, item: u32) -> Result<(u32, u32), Refused> {
    let stream = stream(file, item)?;
    let (width, height) = file.image_size(item).map_err(damaged)?.ok_or_else(|| damaged("it has no size"))?;
    let said = AV1Metadata::parse_av1_bitstream(&stream).map_err(damaged)?;
    Ok((width.max(said.max_frame_width.get()), height.max(said.max_frame_height.get())))
}

/// How the picture is to be turned, as EXIF numbers it. The file gives its turns and mirrors in the order in which they are
/// made; a turn after a mirror is the opposite turn before it.
fn turned(file: &HeifFile<'_>) -> Result<u8, Refused> {
    let (mut quarters, mut mirrored) = (0, None);
    for property in file.item_properties(file.primary_id).map_err(damaged)? {
        match property {
            Property::Rotation(by) if mirrored.is_none() => quarters = (quarters + by) % 4,
            Property::Rotation(by) => quarters = (quarters + 4 - by % 4) % 4,
            Property::Mirror(is_upside_down) if mirrored.is_none() => mirrored = Some(*is_upside_down),
            Property::Mirror(_) => return Err(damaged("it is mirrored twice")),
            _ => {}
        }
    }
    // Rows: turned against the clock by so many quarters. Columns: not mirrored, left to right, top to bottom.
    const NUMBERS: [[u8; 3]; 4] = [[1, 2, 4], [8, 7, 5], [3, 4, 2], [6, 5, 7]];
    let column = match mirrored {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    };
    Ok(NUMBERS[usize::from(quarters % 4)][column])
}

/// The pixels as they lie, and the profile that their colours are of.
fn decode(bytes: &[u8], pixels_max: u64) -> Result<(Pixels, Option<Vec<u8>>), Refused> {
    let file = HeifFile::parse(bytes).map_err(damaged)?;
    let primary = file.primary_id;
    let picture = decoded(stream(&file, primary)?.into_owned(), pixels_max)?;
    let (width, height) = (picture.width(), picture.height());
    if file.image_size(primary).map_err(damaged)? != Some((width, height)) {
        return Err(damaged("it is not of the size that it says"));
    }
    let colour = Colour::of(&file, &picture)?;
    let data = colours::rgb(&planes(&picture)?, &colour.matrix, colour.range);
    let mut pixels = Pixels { width, height, data, has_alpha: false };
    if let Some(item) = alpha(&file) {
        let alpha = decoded(stream(&file, item)?.into_owned(), pixels_max)?;
        if (alpha.width(), alpha.height()) != (width, height) {
            return Err(damaged("its see-through parts do not fit it"));
        }
        let levels = colours::levels(&planes(&alpha)?, range(&alpha));
        if file.referenced_items(primary, b"prem").contains(&item) {
            colours::divide(&mut pixels, &levels);
        }
        pixels = colours::with_alpha(pixels, &levels);
    }
    if let Some(region) = aperture(&file, width, height)? {
        pixels = cut(&pixels, region);
    }
    let profile = match file.icc_profile(primary).map_err(damaged)? {
        Some(profile) => Some(profile.to_vec()),
        None => colour.profile()?,
    };
    Ok((pixels, profile))
}

/// The one frame of a stream. One thread and one frame at a time: what it costs is bounded by its size.
fn decoded(stream: Vec<u8>, pixels_max: u64) -> Result<Picture, Refused> {
    let unreadable = |_| damaged("it cannot be read");
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    settings.set_frame_size_limit(u32::try_from(pixels_max).unwrap_or(u32::MAX));
    let mut decoder = Decoder::with_settings(&settings).map_err(unreadable)?;
    let mut sent = decoder.send_data(stream, None, None, None);
    for _ in 0..=2 * FRAMES_MAX {
        match sent {
            Ok(()) | Err(Failed::Again) => {}
            Err(failed) => return Err(unreadable(failed)),
        }
        match decoder.get_picture() {
            Ok(picture) => return Ok(picture),
            Err(Failed::Again) => sent = decoder.send_pending_data(),
            Err(failed) => return Err(unreadable(failed)),
        }
    }
    Err(Refused::CutOff)
}

fn planes(picture: &Picture) -> Result<Planes, Refused> {
    use re_rav1d::dav1d::PixelLayout::{I400, I420, I422, I444};
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let coarser = match picture.pixel_layout() {
        I400 => None,
        I420 => Some((1, 1)),
        I422 => Some((1, 0)),
        I444 => Some((0, 0)),
    };
    let mut planes =
        Planes { width, height, bits: picture.bit_depth() as u32, coarser, samples: Vec::new(), starts: [0; 3] };
    let kinds: &[Plane] = if coarser.is_some() { &[Plane::Y, Plane::U, Plane::V] } else { &[Plane::Y] };
    for (number, kind) in kinds.iter().enumerate() {
        planes.starts[number] = planes.samples.len();
        let (wide, high) = planes.size(number);
        let (plane, stride) = (picture.plane(*kind), picture.stride(*kind) as usize);
        for row in plane.chunks(stride).take(high) {
            let is_whole = match planes.bits {
                8 => row.get(..wide).map(|row| planes.samples.extend(row.iter().map(|sample| u16::from(*sample)))),
                _ => row.get(..2 * wide).map(|row| {
                    planes.samples.extend(row.chunks_exact(2).map(|two| u16::from_ne_bytes([two[0], two[1]])));
                }),
            };
            is_whole.ok_or_else(|| damaged("a part of it is missing"))?;
        }
    }
    Ok(planes)
}

fn range(picture: &Picture) -> Range {
    match picture.color_range() {
        YUVRange::Limited => Range::Limited,
        YUVRange::Full => Range::Full,
    }
}

/// What the numbers of the picture mean. The file's word goes before the stream's.
struct Colour {
    matrix: Matrix,
    range: Range,
    primaries: u8,
    transfer: u8,
}

impl Colour {
    fn of(file: &HeifFile<'_>, picture: &Picture) -> Result<Colour, Refused> {
        let said = file.item_properties(file.primary_id).map_err(damaged)?.find_map(|property| match property {
            Property::Color(ColorInfo::Nclx { primaries, transfer, matrix, full_range }) => {
                Some((*primaries, *transfer, *matrix, if *full_range { Range::Full } else { Range::Limited }))
            }
            _ => None,
        });
        let coded = || {
            let (primaries, transfer) = (picture.color_primaries(), picture.transfer_characteristic());
            (primaries as u16, transfer as u16, picture.matrix_coefficients() as u16, range(picture))
        };
        let (primaries, transfer, matrix, range) = said.unwrap_or_else(coded);
        let small = |number: u16| u8::try_from(number).unwrap_or(2);
        let matrix = Matrix::of(matrix).ok_or_else(|| damaged("its colours are written in a rare way"))?;
        Ok(Colour { matrix, range, primaries: small(primaries), transfer: small(transfer) })
    }

    /// A profile where the colours are not those that every screen takes for granted.
    fn profile(&self) -> Result<Option<Vec<u8>>, Refused> {
        // Unspecified, and the curves that differ from sRGB's by less than anybody sees.
        let is_plain = matches!(self.primaries, 0..=3) && matches!(self.transfer, 0..=3 | 6 | 13..=15);
        if matches!(self.transfer, 16 | 18) {
            return Err(Refused::NotAPicture(TOO_BRIGHT));
        }
        if is_plain {
            return Ok(None);
        }
        let unusual = |_| damaged("its colours are written in a rare way");
        let transfer = if matches!(self.transfer, 0..=3 | 6 | 14 | 15) { 13 } else { self.transfer };
        let profile = ColorProfile::new_from_cicp(CicpProfile {
            color_primaries: CicpColorPrimaries::try_from(self.primaries).map_err(unusual)?,
            transfer_characteristics: TransferCharacteristics::try_from(transfer).map_err(unusual)?,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        });
        let mut profile = profile.encode().map_err(unusual)?;
        // When it was made (ICC.1, 7.2.8) says nothing; without it equal colours have equal profiles.
        if let Some(made) = profile.get_mut(24..36) {
            made.fill(0);
        }
        Ok(Some(profile))
    }
}

/// The part of the picture that is meant to be seen; none: all of it.
fn aperture(file: &HeifFile<'_>, width: u32, height: u32) -> Result<Option<Region>, Refused> {
    let said = file.item_properties(file.primary_id).map_err(damaged)?.find_map(|property| match property {
        Property::CleanAperture { width, height, horiz_offset, vert_offset } => {
            Some([(*width, *horiz_offset), (*height, *vert_offset)])
        }
        _ => None,
    });
    let Some([across, down]) = said else { return Ok(None) };
    let outside = || damaged("what is to be seen lies outside of it");
    let (left, width) = seen(across, width).ok_or_else(outside)?;
    let (top, height) = seen(down, height).ok_or_else(outside)?;
    Ok(Some(Region { left, top, width, height }))
}

/// Start and length of what is seen of a side; the offset is counted from middle to middle.
fn seen((length, offset): ((u32, u32), (i32, u32)), whole: u32) -> Option<(u32, u32)> {
    let length = i64::from(length.0) / Some(i64::from(length.1)).filter(|by| *by > 0)?;
    let halves = 2 * i64::from(offset.0) / Some(i64::from(offset.1)).filter(|by| *by > 0)?;
    let start = (i64::from(whole) - length + halves) / 2;
    let is_inside = length > 0 && start >= 0 && start + length <= i64::from(whole);
    is_inside.then(|| Some((u32::try_from(start).ok()?, u32::try_from(length).ok()?)))?
}
