//! Writes PNG files, by the png crate.

use std::borrow::Cow;
use std::sync::Arc;

use ::png as lib;
use serde::Deserialize;

use crate::codecs::Detail;
use crate::codecs::Encoder;
use crate::codecs::EncoderDef;
use crate::codecs::Metadata;
use crate::codecs::encoder_options::EFFORT;
use crate::codecs::encoder_options::Effort;
use crate::codecs::png::metadata;
use crate::codecs::png::survey::MAX_SIDE;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::options::typed;
use crate::raster::Channels;
use crate::raster::Raster;

pub(super) static ENCODER: EncoderDef = EncoderDef {
    fields: &[EFFORT],
    max_side: MAX_SIDE,
    has_alpha: true,
    sample_bytes: 2,
    revision: 1,
    build: |values| Arc::new(typed::<Png>(values)),
};

/// The options.
#[derive(Debug, Deserialize)]
struct Png {
    effort: Effort,
}

impl Encoder for Png {
    fn memory(&self, size: Size, channels: Channels, sample_bytes: usize, detail: Detail) -> u64 {
        // Tenths of the filtered rows. The compressed picture grows in a buffer that doubles, and is
        // copied behind the header; noise gets longer by compression and is then made anew without. The
        // allocator keeps the smaller buffers for a while. Samples of 16 bits are turned round in a copy.
        let tenths = match (detail, self.effort) {
            (Detail::Usual, Effort::Small) => 17,
            (Detail::Usual, _) => 20,
            (Detail::Noise, Effort::Small) => 34,
            (Detail::Noise, _) => 55,
        };
        let tenths = tenths + if sample_bytes == 2 { 10 } else { 0 };
        let row = u64::from(size.width) * channels.count() as u64 * sample_bytes as u64 + 1;
        u64::from(size.height).saturating_mul(row).saturating_mul(tenths) / 10 + (2 << 20)
    }

    fn encode(&self, picture: &Raster, metadata: &Metadata) -> Result<Vec<u8>, Failure> {
        let (depth, samples) = match picture {
            Raster::U8(pixels) => (lib::BitDepth::Eight, Cow::Borrowed(pixels.samples())),
            Raster::U16(pixels) => {
                let bytes = pixels.samples().iter().flat_map(|sample| sample.to_be_bytes());
                (lib::BitDepth::Sixteen, Cow::Owned(bytes.collect()))
            }
        };
        let mut file = Vec::new();
        let mut encoder = lib::Encoder::new(&mut file, picture.size().width, picture.size().height);
        encoder.set_color(match picture.channels() {
            Channels::Gray => lib::ColorType::Grayscale,
            Channels::GrayAlpha => lib::ColorType::GrayscaleAlpha,
            Channels::Rgb => lib::ColorType::Rgb,
            Channels::Rgba => lib::ColorType::Rgba,
        });
        encoder.set_depth(depth);
        // Of photographs, the next level up saves 3 % in thirty times the time.
        encoder.set_compression(match self.effort {
            Effort::Fast | Effort::Balanced => lib::Compression::Fast,
            Effort::Small => lib::Compression::High,
        });
        if self.effort == Effort::Fast {
            encoder.set_filter(lib::Filter::Up);
        }
        let written = encoder.write_header().and_then(|mut writer| {
            metadata::write(&mut writer, metadata)?;
            writer.write_image_data(&samples)?;
            writer.finish()
        });
        match written {
            Ok(()) => Ok(file),
            Err(error) => Err(Failure::new(Class::Internal, format!("could not encode PNG: {error}"))),
        }
    }
}
