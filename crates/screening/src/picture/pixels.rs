//! From compressed bytes to upright pixels in plain colours, and back.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, RgbImage, RgbaImage,
};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use super::containers::{Source, Survey};
use super::{Avif, Decoded, Format, Limits, Refused, exif};

/// Bytes a decoder may take beside the picture itself.
const DECODER_BYTES: u64 = 64 << 20;

/// Eight bits a channel, row by row: RGB, or RGBA where parts are see-through.
#[derive(Clone, Debug)]
pub(super) struct Pixels {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) data: Vec<u8>,
    pub(super) has_alpha: bool,
}

/// The pixels as they lie in the file. Decoders are other people's code and the bytes may be hostile: a panic in one is a damaged
/// picture, no more.
pub(super) fn decoded(
    bytes: &[u8],
    (source, survey): (Source, &Survey),
    limits: &Limits,
    decode_avif: &dyn Fn(&Avif<'_>) -> Result<Decoded, Refused>,
) -> Result<Decoded, Refused> {
    let decode = AssertUnwindSafe(|| match source {
        Source::Heic => decode_heic(&bytes[..survey.end.min(bytes.len())], limits),
        Source::Avif => {
            let avif = Avif::of(bytes, survey, limits);
            let decoded = decode_avif(&avif)?;
            let unfit = || Refused::Damaged("it is not of the size that it says".into());
            Some(decoded).filter(|decoded| avif.fits(decoded)).ok_or_else(unfit)
        }
        Source::Jpeg => decode(bytes, ImageFormat::Jpeg, limits),
        Source::Png => decode(bytes, ImageFormat::Png, limits),
        Source::WebP => decode(bytes, ImageFormat::WebP, limits),
        Source::Gif => decode(bytes, ImageFormat::Gif, limits),
    });
    catch_unwind(decode).map_err(|_| Refused::Damaged("it cannot be read".into()))?
}

/// Sizes down, converts to sRGB, turns upright: in this order, so that the costly steps meet few pixels.
pub(super) fn upright_in_srgb(decoded: Decoded, survey: &Survey, limits: &Limits) -> Result<Pixels, Refused> {
    let Decoded { width, height, has_alpha, data, profile } = decoded;
    let mut pixels = sized(Pixels { width, height, data, has_alpha }, limits.side_out_max)?;
    if let Some(profile) = profile {
        let converted = catch_unwind(AssertUnwindSafe(|| to_srgb(&pixels, &profile)));
        // A profile that cannot be used leaves the colours as they are.
        if let Ok(Some(data)) = converted {
            pixels.data = data;
        }
    }
    let by_exif = || survey.exif.as_deref().map_or(1, exif::orientation);
    upright(pixels, survey.turned.unwrap_or_else(by_exif))
}

fn decode(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<Decoded, Refused> {
    let damaged = |refused: image::ImageError| Refused::Damaged(refused.to_string());
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut decoding = image::Limits::default();
    decoding.max_image_width = Some(limits.side_max);
    decoding.max_image_height = Some(limits.side_max);
    decoding.max_alloc = Some(limits.pixels_max * 4 + DECODER_BYTES);
    reader.limits(decoding);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels_max {
        return Err(Refused::TooLarge { width, height });
    }
    let profile = decoder.icc_profile().ok().flatten();
    let image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    let has_alpha = image.color().has_alpha();
    if has_alpha {
        let rgba = image.into_rgba8();
        if rgba.pixels().any(|pixel| pixel.0[3] != 255) {
            return Ok(Decoded { width, height, has_alpha: true, data: rgba.into_raw(), profile });
        }
        let data = DynamicImage::ImageRgba8(rgba).into_rgb8().into_raw();
        return Ok(Decoded { width, height, has_alpha: false, data, profile });
    }
    Ok(Decoded { width, height, has_alpha: false, data: image.into_rgb8().into_raw(), profile })
}

fn decode_heic(bytes: &[u8], limits: &Limits) -> Result<Decoded, Refused> {
    let options = heifer::Options { max_threads: 1, max_pixels: limits.pixels_max };
    let image = heifer::decode_srgb_rgba8(bytes, &options).map_err(|refused| Refused::Damaged(refused.to_string()))?;
    let (width, height) = (image.width, image.height);
    if image.has_alpha && image.data.chunks_exact(4).any(|pixel| pixel[3] != 255) {
        return Ok(Decoded { width, height, has_alpha: true, data: image.data, profile: None });
    }
    Ok(Decoded { width, height, has_alpha: false, data: image.into_rgb8(), profile: None })
}

/// The same picture with its longest side at most `side_max`.
pub(super) fn sized(pixels: Pixels, side_max: u32) -> Result<Pixels, Refused> {
    let longest = pixels.width.max(pixels.height);
    if longest <= side_max.max(1) {
        return Ok(pixels);
    }
    let scaled = |side: u32| ((u64::from(side) * u64::from(side_max.max(1)) / u64::from(longest)) as u32).max(1);
    resized(&pixels, scaled(pixels.width), scaled(pixels.height))
}

pub(super) fn resized(pixels: &Pixels, width: u32, height: u32) -> Result<Pixels, Refused> {
    let kind = if pixels.has_alpha { PixelType::U8x4 } else { PixelType::U8x3 };
    let damaged = |said: String| Refused::Damaged(said);
    let from = ImageRef::new(pixels.width, pixels.height, &pixels.data, kind).map_err(|r| damaged(r.to_string()))?;
    let mut to = Image::new(width, height, kind);
    Resizer::new().resize(&from, &mut to, None).map_err(|r| damaged(r.to_string()))?;
    Ok(Pixels { width, height, data: to.into_vec(), has_alpha: pixels.has_alpha })
}

/// The pixels in sRGB; nothing where the profile is broken or is not one of RGB.
fn to_srgb(pixels: &Pixels, profile: &[u8]) -> Option<Vec<u8>> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Rgb {
        return None;
    }
    let layout = if pixels.has_alpha { Layout::Rgba } else { Layout::Rgb };
    let transform =
        profile.create_transform_8bit(layout, &ColorProfile::new_srgb(), layout, TransformOptions::default()).ok()?;
    let mut data = vec![0; pixels.data.len()];
    transform.transform(&pixels.data, &mut data).ok()?;
    Some(data)
}

fn upright(pixels: Pixels, orientation: u8) -> Result<Pixels, Refused> {
    let Some(turn) = Orientation::from_exif(orientation).filter(|turn| *turn != Orientation::NoTransforms) else {
        return Ok(pixels);
    };
    let (width, height, has_alpha) = (pixels.width, pixels.height, pixels.has_alpha);
    let image = if has_alpha {
        RgbaImage::from_raw(width, height, pixels.data).map(DynamicImage::ImageRgba8)
    } else {
        RgbImage::from_raw(width, height, pixels.data).map(DynamicImage::ImageRgb8)
    };
    let mut image = image.ok_or_else(|| Refused::Damaged("it has too few pixels".into()))?;
    image.apply_orientation(turn);
    Ok(Pixels { width: image.width(), height: image.height(), data: image.into_bytes(), has_alpha })
}

/// JPEG, or PNG where parts are see-through; no metadata of any kind is written.
pub(super) fn encoded(pixels: &Pixels, quality: u8) -> Result<(Vec<u8>, Format), Refused> {
    let damaged = |refused: image::ImageError| Refused::Damaged(refused.to_string());
    let mut bytes = Vec::new();
    if pixels.has_alpha {
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
        encoder.write_image(&pixels.data, pixels.width, pixels.height, ExtendedColorType::Rgba8).map_err(damaged)?;
        return Ok((bytes, Format::Png));
    }
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100));
    encoder.write_image(&pixels.data, pixels.width, pixels.height, ExtendedColorType::Rgb8).map_err(damaged)?;
    Ok((bytes, Format::Jpeg))
}

/// The pixels of a copy that was made here.
pub(super) fn of_copy(bytes: &[u8], format: Format, limits: &Limits) -> Result<Pixels, Refused> {
    let format = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
    };
    let Decoded { width, height, has_alpha, data, .. } = decode(bytes, format, limits)?;
    Ok(Pixels { width, height, data, has_alpha })
}
