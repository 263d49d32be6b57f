//! Decodes files of any format to upright pictures in sRGB.

use std::io::Cursor;

use crate::codecs::DecodeRequest;
use crate::codecs::Decoded;
use crate::codecs::Limits;
use crate::codecs::Stored;
use crate::codecs::StoredPixels;
use crate::codecs::Viewed;
use crate::codecs::check_limits;
use crate::codecs::color;
use crate::codecs::read;
use crate::codecs::read_header;
use crate::error::Failure;
use crate::raster::View;
use crate::raster::flatten;
use crate::raster::orient;

/// Decodes a file to an upright picture in sRGB. Nothing larger than the file's header is
/// allocated before the limits are checked.
///
/// # Errors
/// As [`read_header`], `check_limits` and [`Decoder::decode`](crate::codecs::Decoder::decode).
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, Failure> {
    let Viewed { view, warnings } = decode_view(bytes, limits, &DecodeRequest::WHOLE)?;
    Ok(Decoded { raster: view.into_raster(), warnings })
}

/// Decodes as much of a file as is wanted; otherwise as [`decode`].
///
/// # Errors
/// As [`decode`].
pub fn decode_view(bytes: &[u8], limits: &Limits, request: &DecodeRequest) -> Result<Viewed, Failure> {
    let header = read_header(&mut Cursor::new(bytes))?;
    check_limits(&header, bytes.len() as u64, limits)?;
    read::check_allocation(header.decoded_bytes())?;
    let Stored { pixels, shown, icc, mut warnings } = header.format.decoder().decode(bytes, &header, request)?;
    let converted = match pixels {
        StoredPixels::Planes(planes) => {
            return Ok(Viewed { view: planes.oriented(header.orientation).into(), warnings });
        }
        StoredPixels::Raster(raster) => color::to_srgb(raster, icc.as_deref()),
        StoredPixels::Inks(inks) => color::inks_to_srgb(inks, icc.as_deref()),
    };
    let (mut raster, said) = converted;
    warnings.extend(said);
    if let Some(background) = request.background {
        raster = flatten(raster, background);
    }
    let shown = header.orientation.place(shown, header.stored);
    Ok(Viewed { view: View::new(orient(raster, header.orientation), shown), warnings })
}
