//! Reads and writes PNG files, by the png crate.

use std::io::Cursor;

use ::png as lib;

use crate::codecs::Codec;
use crate::codecs::Detail;
use crate::codecs::Effort;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::Want;
use crate::codecs::colorimetry;
use crate::codecs::png::chunks;
use crate::codecs::png::pixels;
use crate::codecs::png::survey::MAX_SIDE;
use crate::codecs::png::survey::Survey;
use crate::codecs::xmp;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;

/// The codec of PNG files.
pub(in crate::codecs) struct Png;

impl Codec for Png {
    fn format(&self) -> Format {
        Format::Png
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["png", "apng"]
    }

    fn max_side(&self) -> u32 {
        MAX_SIDE
    }

    fn has_alpha(&self) -> bool {
        true
    }

    fn encode_options(&self) -> &'static [&'static str] {
        &["effort"]
    }

    fn decoder_revision(&self) -> u32 {
        3
    }

    fn encoder_revision(&self) -> u32 {
        1
    }

    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
        Survey::of(reader)?.header()
    }

    fn decode_memory(&self, header: &Header, _file_bytes: u64, _want: &Want) -> u64 {
        // A window of rows of up to 8 bytes a pixel, and unpacked bytes that wait for their row.
        let rows = u64::from(header.stored.width).saturating_mul(8 * 4);
        header.decoded_bytes().saturating_add(rows).saturating_add(header.kept_bytes + (4 << 20))
    }

    fn encode_memory(&self, size: Size, channels: Channels, options: &Encode, detail: Detail) -> u64 {
        // Tenths of the filtered rows. The compressed picture grows in a buffer that doubles, and is
        // copied behind the header; noise gets longer by compression and is then made anew without. The
        // allocator keeps the smaller buffers for a while.
        let tenths = match (detail, options.effort) {
            (Detail::Usual, Effort::Small) => 17,
            (Detail::Usual, _) => 20,
            (Detail::Noise, Effort::Small) => 34,
            (Detail::Noise, _) => 55,
        };
        let rows = u64::from(size.height).saturating_mul(u64::from(size.width) * channels.count() as u64 + 1);
        rows.saturating_mul(tenths) / 10 + (2 << 20)
    }

    fn decode(&self, bytes: &[u8], header: &Header, _want: &Want) -> Result<Stored, Failure> {
        let survey = Survey::of(&mut Cursor::new(bytes))?;
        let mut raster = pixels::decode(bytes, &survey, header)?;
        let mut warnings = Vec::new();
        if header.animated {
            let shown = if survey.is_first_frame { "first frame" } else { "still picture, which is no frame of it," };
            warnings.push(format!("the picture is animated; only its {shown} is used"));
        }
        if survey.is_transparency_damaged {
            warnings.push(
                "what is transparent is described in a way that does not fit the picture; it is opaque".to_owned(),
            );
        }
        let depth = if survey.palette.is_some() { 8 } else { survey.depth };
        let colors = survey.description.understood(bytes, header.channels, depth);
        if colors.is_narrow {
            pixels::widen(&mut raster);
        }
        let is_adobe_rgb = !colors.is_described && survey.exif().is_adobe_rgb;
        let icc = if is_adobe_rgb { colorimetry::adobe_rgb(header.channels) } else { colors.icc };
        warnings.extend(colors.warning.filter(|_| !is_adobe_rgb));
        Ok(Stored { pixels: raster.into(), shown: header.whole(), icc, warnings })
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
        // Keyword, not compressed, neither language nor translated keyword.
        let text = chunks::chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", packet.as_bytes()].concat());
        // The signature and the header chunk, which is the first and always as long.
        let (head, rest) = file.split_at_checked(8 + 12 + 13).ok_or_else(xmp::foreign)?;
        Ok([head, &text, rest].concat())
    }
}
