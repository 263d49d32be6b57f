//! PNG, read and written by the png crate.

use std::io::Cursor;

use ::png as lib;

use crate::codecs::Chroma;
use crate::codecs::Codec;
use crate::codecs::Effort;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::Want;
use crate::codecs::color;
use crate::codecs::exif;
use crate::codecs::read;
use crate::codecs::xmp;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Raster;

/// The codec of PNG files.
pub(super) struct Png;

/// Most bytes that all chunks beside the picture may take once unpacked. Profiles in use stay
/// below; one that unpacks to more is a bomb and is left out.
const ANCILLARY_BYTES: usize = 4 << 20;

impl Codec for Png {
    fn format(&self) -> Format {
        Format::Png
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["png", "apng"]
    }

    fn max_side(&self) -> u32 {
        // The standard's largest length.
        i32::MAX.unsigned_abs()
    }

    fn has_alpha(&self) -> bool {
        true
    }

    fn encode_options(&self) -> &'static [&'static str] {
        &["effort"]
    }

    fn chroma(&self, _: &Encode) -> Chroma {
        Chroma::Full
    }

    fn decoder_revision(&self) -> u32 {
        2
    }

    fn encoder_revision(&self) -> u32 {
        1
    }

    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
        read::array::<8>(reader)?;
        let (length, kind) = chunk(reader)?;
        if &kind != b"IHDR" || length != 13 {
            return Err(read::corrupt("its first chunk is not IHDR"));
        }
        let [w3, w2, w1, w0, h3, h2, h1, h0, depth, color, ..] = read::array::<17>(reader)?;
        let stored = Size::new(u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]));
        if stored.width.max(stored.height) > self.max_side() || stored.area() == 0 {
            return Err(read::corrupt(format_args!("its size is {stored}")));
        }
        let (mut transparent, mut animated, mut pictured, mut orientation) = (false, false, false, None);
        // Everything that matters has to stand before the picture, but for EXIF, which may also
        // follow it and does where ImageMagick wrote the file: so the picture is stepped over,
        // unless there is nothing left to look for.
        while !(pictured && orientation.is_some()) {
            let (length, kind) = match chunk(reader) {
                // A file cut short in its picture has told its size; decoding finds the cut.
                Err(failure) if pictured && failure.class == Class::Corrupt => break,
                found => found?,
            };
            let mut rest = i64::from(length) + 4;
            match &kind {
                b"IDAT" => pictured = true,
                b"IEND" if pictured => break,
                b"IEND" => return Err(read::corrupt("it has no picture")),
                b"tRNS" if !pictured => transparent = matches!(color, 0 | 2 | 3),
                b"acTL" if !pictured && length == 8 => {
                    animated = u32::from_be_bytes(read::array(reader)?) > 1;
                    rest -= 4;
                }
                b"eXIf" if u64::from(length) <= exif::MAX_BYTES => {
                    orientation = Some(exif::orientation(&read::block(reader, length.into())?));
                    rest = 4;
                }
                _ => {}
            }
            read::skip(reader, rest)?;
        }
        let orientation = orientation.unwrap_or_default();
        let channels = match (color, transparent) {
            (0, false) => Channels::Gray,
            (0, true) | (4, _) => Channels::GrayAlpha,
            (2 | 3, false) => Channels::Rgb,
            (2 | 3, true) | (6, _) => Channels::Rgba,
            _ => return Err(read::corrupt(format_args!("there is no colour type {color}"))),
        };
        let sample_bytes = if depth == 16 { 2 } else { 1 };
        Ok(Header {
            format: Format::Png,
            stored,
            orientation,
            channels,
            sample_bytes,
            animated,
            several_scans: false,
            kept_bytes: 0,
        })
    }

    fn decode_memory(&self, header: &Header, _file_bytes: u64) -> u64 {
        // A window of rows of up to 8 bytes a pixel, and unpacked bytes that wait for their row.
        let rows = u64::from(header.stored.width).saturating_mul(8 * 4);
        header.decoded_bytes().saturating_add(rows).saturating_add(ANCILLARY_BYTES as u64 + (1 << 20))
    }

    fn decode(&self, bytes: &[u8], header: &Header, _want: &Want) -> Result<Stored, Failure> {
        let mut decoder = lib::Decoder::new_with_limits(Cursor::new(bytes), lib::Limits { bytes: ANCILLARY_BYTES });
        decoder.set_ignore_text_chunk(true);
        decoder.set_transformations(lib::Transformations::EXPAND);
        let mut reader = decoder.read_info().map_err(failure)?;
        let (color, depth) = reader.output_color_type();
        if channels_of(color) != Some(header.channels)
            || (depth == lib::BitDepth::Sixteen) != (header.sample_bytes == 2)
        {
            return Err(read::corrupt("its transparency is damaged"));
        }
        let samples = usize::try_from(header.decoded_bytes() / u64::from(header.sample_bytes))
            .map_err(|_| Failure::new(Class::Limit, "the picture does not fit the address space"))?;
        let raster = if header.sample_bytes == 2 {
            let mut data = vec![0_u16; samples];
            frame(&mut reader, bytemuck::cast_slice_mut(&mut data), header.stored)?;
            data.iter_mut().for_each(|sample| *sample = u16::from_be(*sample));
            Raster::U16(Pixels::from_samples(header.stored, header.channels, data))
        } else {
            let mut data = vec![0_u8; samples];
            frame(&mut reader, &mut data, header.stored)?;
            Raster::U8(Pixels::from_samples(header.stored, header.channels, data))
        };
        // The checksums behind the picture count too, up to the end of the file.
        reader.finish().map_err(failure)?;
        let mut warnings = Vec::new();
        if header.animated {
            warnings.push("the picture is animated; only its first frame is used".to_owned());
        }
        let icc = profile(reader.info(), bytes, &mut warnings);
        Ok(Stored { raster, shown: header.whole(), icc, warnings })
    }

    fn encode(&self, pixels: &Pixels<u8>, options: &Encode) -> Result<Vec<u8>, Failure> {
        let mut file = Vec::new();
        let mut encoder = lib::Encoder::new(&mut file, pixels.size().width, pixels.size().height);
        encoder.set_color(match pixels.channels() {
            Channels::Gray => lib::ColorType::Grayscale,
            Channels::GrayAlpha => lib::ColorType::GrayscaleAlpha,
            Channels::Rgb => lib::ColorType::Rgb,
            Channels::Rgba => lib::ColorType::Rgba,
        });
        encoder.set_depth(lib::BitDepth::Eight);
        // Of photographs, the next level up saves 3 % in thirty times the time.
        encoder.set_compression(match options.effort {
            Effort::Fast | Effort::Balanced => lib::Compression::Fast,
            Effort::Small => lib::Compression::High,
        });
        if options.effort == Effort::Fast {
            encoder.set_filter(lib::Filter::Up);
        }
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(pixels.samples())?;
            writer.finish()
        });
        match written {
            Ok(()) => Ok(file),
            Err(error) => Err(Failure::new(Class::Internal, format!("could not encode PNG: {error}"))),
        }
    }

    fn with_xmp(&self, file: &[u8], packet: &str) -> Result<Vec<u8>, Failure> {
        // An iTXt chunk: keyword, not compressed, neither language nor translated keyword.
        let data = [b"iTXtXML:com.adobe.xmp\0\0\0\0\0", packet.as_bytes()].concat();
        let length = u32::try_from(data.len() - 4).map_err(|_| xmp::foreign())?;
        // The signature and the header chunk, which is the first and always as long.
        let (head, rest) = file.split_at_checked(8 + 12 + 13).ok_or_else(xmp::foreign)?;
        Ok([head, &length.to_be_bytes(), &data, &checksum(&data).to_be_bytes(), rest].concat())
    }
}

/// The CRC-32 of a chunk's type and data (W3C PNG, annex D).
fn checksum(data: &[u8]) -> u32 {
    let shifted = |sum: u32| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !data.iter().fold(u32::MAX, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), |sum, _| shifted(sum)))
}

/// Length and type of the next chunk.
fn chunk(reader: &mut dyn HeaderReader) -> Result<(u32, [u8; 4]), Failure> {
    let length = u32::from_be_bytes(read::array(reader)?);
    Ok((length, read::array(reader)?))
}

fn channels_of(color: lib::ColorType) -> Option<Channels> {
    match color {
        lib::ColorType::Grayscale => Some(Channels::Gray),
        lib::ColorType::GrayscaleAlpha => Some(Channels::GrayAlpha),
        lib::ColorType::Rgb => Some(Channels::Rgb),
        lib::ColorType::Rgba => Some(Channels::Rgba),
        lib::ColorType::Indexed => None,
    }
}

/// Decodes the first frame, which has to be the whole picture.
fn frame(reader: &mut lib::Reader<Cursor<&[u8]>>, data: &mut [u8], size: Size) -> Result<(), Failure> {
    let frame = reader.next_frame(data).map_err(failure)?;
    if Size::new(frame.width, frame.height) == size {
        Ok(())
    } else {
        Err(read::corrupt("its first frame is smaller than the picture"))
    }
}

/// The profile that describes the pixels: none where the file says that they are sRGB.
fn profile(info: &lib::Info<'_>, bytes: &[u8], warnings: &mut Vec<String>) -> Option<Vec<u8>> {
    if let Some(points) = info.coding_independent_code_points {
        // ITU-T H.273: primaries of BT.709 with the curve of sRGB.
        if (points.color_primaries, points.transfer_function) != (1, 13) {
            warnings.push("the colours are described by cICP, which is not read; sRGB is assumed".to_owned());
        }
        return None;
    }
    if info.srgb.is_some() {
        return None;
    }
    if info.icc_profile.is_none() && has_chunk(bytes, *b"iCCP") {
        // The decoder leaves out what it cannot unpack.
        warnings.push(color::DAMAGED.to_owned());
    }
    info.icc_profile.as_ref().map(|profile| profile.to_vec())
}

/// Whether there is such a chunk before the picture.
fn has_chunk(bytes: &[u8], wanted: [u8; 4]) -> bool {
    let mut reader = Cursor::new(bytes);
    reader.set_position(8);
    while let Ok((length, kind)) = chunk(&mut reader) {
        if kind == wanted {
            return true;
        }
        if &kind == b"IDAT" || read::skip(&mut reader, i64::from(length) + 4).is_err() {
            break;
        }
    }
    false
}

fn failure(error: lib::DecodingError) -> Failure {
    match error {
        lib::DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => read::truncated(),
        lib::DecodingError::LimitsExceeded => {
            let most = ANCILLARY_BYTES >> 20;
            Failure::new(Class::Limit, format!("the file has more than {most} MiB of metadata; strip it"))
        }
        error => read::corrupt(error),
    }
}
