//! The decoder of every kind of JPEG: zune-jpeg in strict mode, at full size.

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::codecs::Header;
use crate::codecs::jpeg::baseline;
use crate::codecs::jpeg::markers::require_end;
use crate::codecs::read;
use crate::error::Failure;
use crate::raster::Channels;
use crate::raster::Pixels;

/// Bytes that [`decode`] holds beside the picture.
pub(super) fn working_bytes(header: &Header) -> u64 {
    // Four components of 16-bit coefficients, padded to blocks. Otherwise a row of blocks
    // at a time, with the scratch space of its upsampling.
    let row = u64::from(header.stored.width).saturating_add(32).saturating_mul(4 * 2 * 64);
    let coefficients = if header.several_scans {
        let padded = |side: u32| u64::from(side).next_multiple_of(32);
        padded(header.stored.width) * padded(header.stored.height) * 4 * 2
    } else {
        0
    };
    coefficients.saturating_add(row)
}

/// Decodes the whole picture; also says whether its colours were inks.
///
/// Decoders are lenient with files that end early and fill the rest with grey, which would
/// reach a shop as a damaged product. So the markers are walked up to the end of the picture
/// before anything is decoded, and the scan of a usual file is read for its length.
pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<(Pixels<u8>, bool), Failure> {
    require_end(bytes)?;
    if !header.several_scans && baseline::is_cut_short(bytes) {
        return Err(read::corrupt("a part of its picture is missing"));
    }
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(match header.channels {
            Channels::Gray => ColorSpace::Luma,
            _ => ColorSpace::RGB,
        });
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(failure)?;
    let inks = matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK));
    let samples = decoder.decode().map_err(failure)?;
    if samples.len() as u64 != header.decoded_bytes() {
        return Err(read::corrupt("its headers contradict each other"));
    }
    Ok((Pixels::from_samples(header.stored, header.channels, samples), inks))
}

fn failure(error: DecodeErrors) -> Failure {
    match error {
        DecodeErrors::Unsupported(scheme) => read::unsupported(format_args!("a JPEG with {scheme:?}")),
        // The decoder's messages may span lines.
        error => read::corrupt(format!("{error:?}").replace('\n', " ")),
    }
}
