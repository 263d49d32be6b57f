//! Reads and writes JPEG files.

use std::io::Cursor;

use libjpeg_turbo_rs::Encoder;
use libjpeg_turbo_rs::PixelFormat;
use libjpeg_turbo_rs::Subsampling;

use crate::codecs::Chroma;
use crate::codecs::Codec;
use crate::codecs::DecodeMemory;
use crate::codecs::DecoderChoice;
use crate::codecs::Detail;
use crate::codecs::Effort;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::StoredPixels;
use crate::codecs::Want;
use crate::codecs::jpeg::adobe_rgb;
use crate::codecs::jpeg::baseline;
use crate::codecs::jpeg::general;
use crate::codecs::jpeg::header;
use crate::codecs::jpeg::marker;
use crate::codecs::jpeg::profile;
use crate::codecs::jpeg::segments::segment;
use crate::codecs::read;
use crate::codecs::xmp;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Orientation;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::PlanesShape;
use crate::raster::ViewShape;

/// The codec of JPEG files.
pub(in crate::codecs) struct Jpeg;

impl Codec for Jpeg {
    fn format(&self) -> Format {
        Format::Jpeg
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["jpg", "jpeg", "jpe", "jfif"]
    }

    fn max_side(&self) -> u32 {
        65_535
    }

    fn has_alpha(&self) -> bool {
        false
    }

    fn encode_options(&self) -> &'static [&'static str] {
        &["quality", "chroma", "progressive", "effort"]
    }

    fn decoder_revision(&self) -> u32 {
        7
    }

    fn encoder_revision(&self) -> u32 {
        3
    }

    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
        header::read(reader)
    }

    fn decode_memory(&self, header: &Header, file_bytes: u64, want: &Want) -> u64 {
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

    fn encode_memory(&self, size: Size, channels: Channels, options: &Encode, detail: Detail) -> u64 {
        let padded = |side: u32| u64::from(side).next_multiple_of(16);
        let pixels = padded(size.width).saturating_mul(padded(size.height));
        // Hundredths of a byte a pixel. Several scans: planes, all coefficients, those of one component
        // as they are coded.
        let (samples, working) = match (channels.without_alpha(), options.chroma, is_progressive(options)) {
            (Channels::Gray, _, false) => (100, 440),
            (Channels::Gray, _, true) => (100, 1210),
            (_, Chroma::Half, false) => (150, 0),
            (_, Chroma::Half, true) => (150, 1500),
            (_, Chroma::Full, false) => (300, 0),
            (_, Chroma::Full, true) => (300, 1750),
        };
        // The file is a copy of what was coded, in a buffer that doubles; a sample takes this share of a
        // byte at most.
        let quality = u64::from(options.quality.clamp(1, 100));
        let percent = match detail {
            Detail::Usual => 10 + 2 * quality.saturating_sub(85),
            Detail::Noise => 45 + 5 * quality.saturating_sub(85),
        };
        let coded = samples * percent / 100 * 3;
        pixels.saturating_mul(working + coded) / 100 + (1 << 20)
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

    fn encode(&self, pixels: &Pixels<u8>, options: &Encode) -> Result<Vec<u8>, Failure> {
        let size = pixels.size();
        let format = match pixels.channels() {
            Channels::Gray => PixelFormat::Grayscale,
            _ => PixelFormat::Rgb,
        };
        let progressive = is_progressive(options);
        let encoder = Encoder::new(pixels.samples(), size.width as usize, size.height as usize, format)
            .quality(options.quality.clamp(1, 100))
            .progressive(progressive)
            // Otherwise low qualities get tables of 16 bits, which T.81 forbids in baseline files.
            .force_baseline(true)
            // The usual tables have no codes for what progressive files need.
            .optimize_huffman(progressive);
        let encoder = match (pixels.channels(), options.chroma) {
            (Channels::Gray, _) => encoder,
            (_, Chroma::Half) => encoder.subsampling(Subsampling::S420),
            (_, Chroma::Full) => encoder.subsampling(Subsampling::S444),
        };
        encoder.encode().map_err(|error| Failure::new(Class::Internal, format!("could not encode JPEG: {error}")))
    }

    fn with_xmp(&self, file: &[u8], packet: &str) -> Result<Vec<u8>, Failure> {
        const NAME: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
        let mut reader = Cursor::new(file);
        read::array::<2>(&mut reader)?;
        // JFIF's own segment has to be the first.
        let at = match segment(&mut reader)? {
            (marker::APP0, length) => 4 + 2 + usize::from(length),
            _ => 2,
        };
        let (head, rest) = file.split_at_checked(at).ok_or_else(xmp::foreign)?;
        let length = u16::try_from(2 + NAME.len() + packet.len()).map_err(|_| xmp::foreign())?;
        Ok([head, &[0xff, marker::APP1], &length.to_be_bytes(), NAME, packet.as_bytes(), rest].concat())
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

/// Tells whether a file is written in several scans.
fn is_progressive(options: &Encode) -> bool {
    // Ten times the time, for 6 % of bytes. Better tables alone would take four times the time, for 2 %.
    options.progressive || options.effort == Effort::Small
}
