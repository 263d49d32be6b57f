//! Writes WebP files, by libwebp.

use std::sync::Arc;

use ::webp as lib;
use serde::Deserialize;

use crate::codecs::Detail;
use crate::codecs::Encoder;
use crate::codecs::EncoderDef;
use crate::codecs::Metadata;
use crate::codecs::encoder_options::EFFORT;
use crate::codecs::encoder_options::Effort;
use crate::codecs::encoder_options::QUALITY;
use crate::codecs::webp::metadata;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::options::Field;
use crate::options::Kind;
use crate::options::typed;
use crate::raster::Channels;
use crate::raster::Raster;
use crate::raster::with_color;

pub(super) static ENCODER: EncoderDef = EncoderDef {
    fields: &[QUALITY, Field::new("lossless", Kind::Bool, "false", "webp: keep every pixel"), EFFORT],
    max_side: 16_383,
    has_alpha: true,
    sample_bytes: 1,
    revision: 1,
    build: |values| Arc::new(typed::<Webp>(values)),
};

/// The options.
#[derive(Debug, Deserialize)]
struct Webp {
    /// From 1 to 100.
    quality: u8,
    lossless: bool,
    effort: Effort,
}

impl Encoder for Webp {
    fn memory(&self, size: Size, channels: Channels, _sample_bytes: usize, detail: Detail) -> u64 {
        // Bytes a pixel, as usual and of noise. The picture as ARGB (4); lossless: chains of hashes, references
        // and what they cost; lossy: planes (1.5 or 2.5) and, but for the fastest way, every token before it is
        // written; alpha is a lossless picture of its own. The file is there twice in the end.
        let (fast, small) = (self.effort == Effort::Fast, self.effort == Effort::Small);
        let gray = channels == Channels::Gray;
        let each = match (self.lossless, channels.has_alpha()) {
            (true, false) if gray && fast => [25, 30],
            (true, false) if gray => [30, 36],
            (true, _) => [35, 35],
            (false, true) if small => [54, 62],
            (false, true) if fast => [41, 41],
            (false, true) => [43, 47],
            (false, false) if fast => [7, 9],
            (false, false) => [7, 27],
        };
        let [usual, noise] = each;
        let each = if detail == Detail::Usual { usual } else { noise };
        let colored = match channels {
            Channels::Gray => 3,
            Channels::GrayAlpha => 4,
            Channels::Rgb | Channels::Rgba => 0,
        };
        // Tables of a size of their own.
        let tables = if self.lossless { 6 << 20 } else { 2 << 20 };
        size.area().saturating_mul(each + colored).saturating_add(tables)
    }

    fn idle(&self) -> &'static [&'static str] {
        if self.lossless { &[QUALITY.name] } else { &[] }
    }

    fn encode(&self, picture: &Raster, metadata: &Metadata) -> Result<Vec<u8>, Failure> {
        let internal = |what: &str| Failure::new(Class::Internal, format!("could not encode WebP: {what}"));
        let mut config = lib::WebPConfig::new().map_err(|()| internal("libwebp has another version"))?;
        config.lossless = self.lossless.into();
        // 4 takes twice the time of 2 for 5 % of bytes, 6 half as much again for 1 %.
        config.method = match self.effort {
            Effort::Fast => 2,
            Effort::Balanced => 4,
            Effort::Small => 6,
        };
        if self.lossless {
            // Colours under full transparency count as pixels.
            config.exact = 1;
        } else {
            config.quality = f32::from(self.quality);
        }
        let Size { width, height } = picture.size();
        let colored = with_color(picture);
        let pixels = colored.to_u8();
        let layout = if pixels.channels().has_alpha() { lib::PixelLayout::Rgba } else { lib::PixelLayout::Rgb };
        let encoder = lib::Encoder::new(pixels.samples(), layout, width, height);
        match encoder.encode_advanced(&config) {
            Ok(file) => metadata::with(file.to_vec(), metadata),
            Err(error) => Err(internal(&format!("{error:?}"))),
        }
    }
}
