//! Reads JPEG files.

use crate::codecs::DecodeMemory;
use crate::codecs::Decoder;
use crate::codecs::DecoderChoice;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::StoredPixels;
use crate::codecs::Want;
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

    fn memory(&self, header: &Header, file_bytes: u64, want: &Want) -> u64 {
        if is_for_baseline(header, want) {
            let view = self.decoded(header, want);
            let waiting = match (&view.planes, shown_rows(header, want)) {
                (Some(planes), Some((part, rows))) => {
                    baseline::waiting(view.size, planes.differences, part * view.scale, rows)
                }
                _ => 0,
            };
            return baseline::memory(view.bytes(), view.size.width, file_bytes).saturating_add(waiting);
        }
        header.decoded_bytes().saturating_add(general::working_bytes(header, file_bytes))
    }

    fn decoded(&self, header: &Header, want: &Want) -> ViewShape {
        let whole = ViewShape { spare: spare_of_inks(header), ..header.view() };
        if !is_for_baseline(header, want) {
            return whole;
        }
        let eighths = eighths(want);
        let size = baseline::most(header.stored, stored_region(header, want), eighths);
        let planes = header.halved.filter(|_| want.planes).map(|halved| PlanesShape {
            differences: baseline::differences(size, halved, eighths),
            orientation: Orientation::Upright,
            rows: shown_rows(header, want).map(|(_, rows)| rows),
        });
        ViewShape { size, scale: f64::from(eighths) / 8.0, planes, ..whole }
    }

    fn decode(&self, bytes: &[u8], header: &Header, want: &Want) -> Result<Stored, Failure> {
        // Parts that make no profile are one that cannot be used.
        let embedded = profile::embedded(bytes).unwrap_or_else(|profile::Incomplete| Some(Vec::new()));
        let named = if embedded.is_none() { adobe_rgb::by_exif(bytes, header.channels) } else { None };
        let warnings = Vec::new();
        if is_for_baseline(header, want) {
            let region = stored_region(header, want);
            let kept = match (want.showing, want.planes && header.halved.is_some()) {
                (_, false) => baseline::Kept::Pixels,
                (None, true) => baseline::Kept::Planes,
                (Some(showing), true) => baseline::Kept::Rows(showing.stored(header.orientation, header.stored)),
            };
            if let Some(baseline::Read { pixels, shown }) = baseline::decode(bytes, region, eighths(want), kept) {
                return Ok(Stored { pixels, shown, icc: embedded.or(named), warnings });
            }
            let safe = Want { decoder: DecoderChoice::Safe, ..*want };
            read::check_room(DecodeMemory::of(self, header, bytes.len() as u64, &safe).peak, want.room)?;
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
fn is_for_baseline(header: &Header, want: &Want) -> bool {
    want.decoder == DecoderChoice::Fast && header.in_parts
}

/// Returns the wanted region in stored pixels.
fn stored_region(header: &Header, want: &Want) -> Window {
    header.orientation.inverse().place(want.region, header.oriented())
}

/// Returns the height of the part that alone is shown, in stored pixels, and in rows of the output.
fn shown_rows(header: &Header, want: &Want) -> Option<(f64, u32)> {
    let showing = want.showing?.stored(header.orientation, header.stored);
    Some((showing.visible.height, showing.size.height))
}

/// Finds the smallest scale at which all is there that is wanted.
fn eighths(want: &Want) -> u32 {
    baseline::EIGHTHS.into_iter().find(|&eighths| f64::from(eighths) / 8.0 >= want.scale).unwrap_or(8)
}
