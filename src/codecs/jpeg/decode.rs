//! Reads JPEG files.

use crate::codecs::DecodeMemory;
use crate::codecs::DecodeRequest;
use crate::codecs::Decoder;
use crate::codecs::DecoderChoice;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::StoredPixels;
use crate::codecs::jpeg::adobe_rgb;
use crate::codecs::jpeg::baseline;
use crate::codecs::jpeg::general;
use crate::codecs::jpeg::header;
use crate::codecs::jpeg::profile;
use crate::codecs::read;
use crate::error::Failure;
use crate::geometry::Orientation;
use crate::geometry::Window;
use crate::raster::PlanesShape;
use crate::raster::ViewShape;

/// The decoder of JPEG files.
pub(super) struct Jpeg;

impl Decoder for Jpeg {
    fn revision(&self) -> u32 {
        7
    }

    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
        header::read(reader)
    }

    fn memory(&self, header: &Header, file_bytes: u64, request: &DecodeRequest) -> u64 {
        if is_for_baseline(header, request) {
            let view = self.decoded(header, request);
            let waiting = match (&view.planes, shown_rows(header, request)) {
                (Some(planes), Some((part, rows))) => {
                    baseline::waiting(view.size, planes.differences, part * view.scale, rows)
                }
                _ => 0,
            };
            return baseline::memory(view.bytes(), view.size.width, file_bytes).saturating_add(waiting);
        }
        header.decoded_bytes().saturating_add(general::working_bytes(header, file_bytes))
    }

    fn decoded(&self, header: &Header, request: &DecodeRequest) -> ViewShape {
        let whole = ViewShape { spare: spare_of_inks(header), ..header.view() };
        if !is_for_baseline(header, request) {
            return whole;
        }
        let eighths = eighths(request);
        let size = baseline::most(header.stored, stored_region(header, request), eighths);
        let planes = header.halved.filter(|_| request.planes).map(|halved| PlanesShape {
            differences: baseline::differences(size, halved, eighths),
            orientation: Orientation::Upright,
            rows: shown_rows(header, request).map(|(_, rows)| rows),
        });
        ViewShape { size, scale: f64::from(eighths) / 8.0, planes, ..whole }
    }

    fn decode(&self, bytes: &[u8], header: &Header, request: &DecodeRequest) -> Result<Stored, Failure> {
        // Parts that make no profile are one that cannot be used.
        let embedded = profile::embedded(bytes).unwrap_or_else(|profile::Incomplete| Some(Vec::new()));
        let named = if embedded.is_none() { adobe_rgb::by_exif(bytes, header.channels) } else { None };
        let warnings = Vec::new();
        if is_for_baseline(header, request) {
            let region = stored_region(header, request);
            let kept = match (request.showing, request.planes && header.halved.is_some()) {
                (_, false) => baseline::Kept::Pixels,
                (None, true) => baseline::Kept::Planes,
                (Some(showing), true) => baseline::Kept::Rows(showing.stored(header.orientation, header.stored)),
            };
            if let Some(baseline::Read { pixels, shown }) = baseline::decode(bytes, region, eighths(request), kept) {
                return Ok(Stored { pixels, shown, icc: embedded.or(named), warnings });
            }
            let safe = DecodeRequest { decoder: DecoderChoice::Safe, ..*request };
            read::check_memory(DecodeMemory::of(self, header, bytes.len() as u64, &safe).peak, request.memory_limit)?;
        }
        let pixels = StoredPixels::from(general::decode(bytes)?);
        let icc = match pixels {
            StoredPixels::Raster(_) | StoredPixels::Planes(_) => embedded.or(named),
            // EXIF names no colours of inks.
            StoredPixels::Inks(_) => embedded,
        };
        Ok(Stored { pixels, shown: header.whole(), icc, warnings })
    }
}

/// Returns the bytes that the memory of a picture has beyond its pixels: it was made for four inks.
fn spare_of_inks(header: &Header) -> u64 {
    // Of several scans coefficients are kept as well, which take more than any ink.
    if header.several_scans { 0 } else { header.kept_bytes }
}

/// Tells whether the file is tried by the decoder that does only what is asked for.
fn is_for_baseline(header: &Header, request: &DecodeRequest) -> bool {
    request.decoder == DecoderChoice::Fast && header.in_parts
}

/// Returns the wanted region in stored pixels.
fn stored_region(header: &Header, request: &DecodeRequest) -> Window {
    header.orientation.inverse().place(request.region, header.oriented())
}

/// Returns the height of the part that alone is shown, in stored pixels, and in rows of the output.
fn shown_rows(header: &Header, request: &DecodeRequest) -> Option<(f64, u32)> {
    let showing = request.showing?.stored(header.orientation, header.stored);
    Some((showing.visible.height, showing.size.height))
}

/// Finds the smallest scale at which all is there that is wanted.
fn eighths(request: &DecodeRequest) -> u32 {
    baseline::EIGHTHS.into_iter().find(|&eighths| f64::from(eighths) / 8.0 >= request.scale).unwrap_or(8)
}
