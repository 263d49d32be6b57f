//! The pixels of the still picture, by the decoder.

use std::borrow::Cow;

use ::png as lib;

use crate::codecs::Header;
use crate::codecs::png::chunks;
use crate::codecs::png::survey::Survey;
use crate::codecs::read;
use crate::codecs::splice::Splice;
use crate::error::Class;
use crate::error::Failure;
use crate::raster::Pixels;
use crate::raster::Raster;

/// The signature and the header chunk, which is the first and always as long.
const HEAD_BYTES: usize = 8 + 12 + 13;

/// Decodes the still picture. The bytes are those of the file that was surveyed.
pub(super) fn decode(bytes: &[u8], survey: &Survey, header: &Header) -> Result<Raster, Failure> {
    let (data, is_cut) = chunks::pixel_data(bytes, survey.pixels);
    let file = only_the_picture(bytes, survey, data)?;
    // What it allocates follows from the header alone, which the caller has checked.
    let mut decoder = lib::Decoder::new_with_limits(file, lib::Limits { bytes: usize::MAX });
    decoder.set_transformations(lib::Transformations::EXPAND);
    // What is cut off may not be needed: a chunk that is empty, or holds no more than a checksum.
    let failure = |error| if is_cut { read::truncated() } else { failure(error, data) };
    let mut reader = decoder.read_info().map_err(failure)?;
    let samples = usize::try_from(header.decoded_bytes() / u64::from(header.sample_bytes))
        .map_err(|_| Failure::new(Class::Limit, "the picture does not fit the address space"))?;
    if reader.output_buffer_size().map(|bytes| bytes as u64) != Some(header.decoded_bytes()) {
        return Err(read::corrupt("its headers contradict each other"));
    }
    if header.sample_bytes == 2 {
        let mut data = vec![0_u16; samples];
        reader.next_frame(bytemuck::cast_slice_mut(&mut data)).map_err(failure)?;
        data.iter_mut().for_each(|sample| *sample = u16::from_be(*sample));
        Ok(Raster::U16(Pixels::from_samples(header.stored, header.channels, data)))
    } else {
        let mut data = vec![0_u8; samples];
        reader.next_frame(&mut data).map_err(failure)?;
        Ok(Raster::U8(Pixels::from_samples(header.stored, header.channels, data)))
    }
}

/// The file with nothing in it but what makes the still picture's pixels.
fn only_the_picture<'a>(bytes: &'a [u8], survey: &Survey, data: &'a [u8]) -> Result<Splice<'a>, Failure> {
    let mut pieces = vec![Cow::Borrowed(bytes.get(..HEAD_BYTES).ok_or_else(read::truncated)?)];
    if let Some(place) = &survey.palette {
        let place = usize::try_from(place.start).ok().zip(usize::try_from(place.end).ok());
        let palette = place.and_then(|(begin, end)| bytes.get(begin..end));
        pieces.push(Cow::Borrowed(palette.ok_or_else(read::truncated)?));
    }
    if let Some(transparency) = &survey.transparency {
        pieces.push(Cow::Owned(chunks::chunk(*b"tRNS", transparency)));
    }
    pieces.push(Cow::Borrowed(data));
    pieces.push(Cow::Owned(chunks::chunk(*b"IEND", &[])));
    Ok(Splice::new(pieces))
}

/// Stretches samples from the range of video, where black is 16 and white 235 of 255 (ITU-T
/// H.273, 8.3), to all values. Alpha has all of them already.
pub(super) fn widen(raster: &mut Raster) {
    let channels = raster.channels();
    let colors = channels.without_alpha().count();
    match raster {
        Raster::U8(pixels) => {
            let table: Vec<u8> = (0..=255).map(|level| widened(level, 16.0, 219.0, 255.0) as u8).collect();
            for pixel in pixels.samples_mut().chunks_exact_mut(channels.count()) {
                pixel[..colors].iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
            }
        }
        Raster::U16(pixels) => {
            for pixel in pixels.samples_mut().chunks_exact_mut(channels.count()) {
                let wide = |sample: u16| widened(sample.into(), 4096.0, 56064.0, 65535.0) as u16;
                pixel[..colors].iter_mut().for_each(|sample| *sample = wide(*sample));
            }
        }
    }
}

fn widened(sample: u32, black: f64, range: f64, most: f64) -> f64 {
    ((f64::from(sample) - black) / range * most).round().clamp(0.0, most)
}

/// Returns what went wrong with the pixel data.
fn failure(error: lib::DecodingError, data: &[u8]) -> Failure {
    match error {
        lib::DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => read::truncated(),
        lib::DecodingError::LimitsExceeded => Failure::new(Class::Limit, "the picture does not fit the address space"),
        _ if chunks::has_wrong_checksum(data) => read::corrupt("a checksum of its pixel data is wrong"),
        error => read::corrupt(error),
    }
}
