//! Writes JPEG files, by libjpeg-turbo-rs.

use std::sync::Arc;

use libjpeg_turbo_rs::PixelFormat;
use libjpeg_turbo_rs::Subsampling;
use serde::Deserialize;

use crate::codecs::Detail;
use crate::codecs::Encoder;
use crate::codecs::EncoderDef;
use crate::codecs::Metadata;
use crate::codecs::encoder_options::EFFORT;
use crate::codecs::encoder_options::Effort;
use crate::codecs::encoder_options::QUALITY;
use crate::codecs::jpeg::metadata;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::options::Field;
use crate::options::Kind;
use crate::options::typed;
use crate::raster::Channels;
use crate::raster::Raster;

pub(super) static ENCODER: EncoderDef = EncoderDef {
    fields: &[
        QUALITY,
        Field::new("chroma", Kind::Word(&["4:2:0", "4:4:4"]), "4:2:0", "jpeg: colour at half or at full resolution"),
        Field::new("progressive", Kind::Bool, "false", "jpeg: show a coarse picture first; smaller, slower to write"),
        EFFORT,
    ],
    max_side: 65_535,
    has_alpha: false,
    sample_bytes: 1,
    revision: 3,
    build: |values| Arc::new(typed::<Jpeg>(values)),
};

/// The options.
#[derive(Debug, Deserialize)]
struct Jpeg {
    /// From 1 to 100.
    quality: u8,
    chroma: Chroma,
    progressive: bool,
    effort: Effort,
}

/// Says how colour is stored: at full resolution, or at half in both directions.
#[derive(Debug, Clone, Copy, Deserialize)]
enum Chroma {
    /// Half resolution: the usual choice for photographs.
    #[serde(rename = "4:2:0")]
    Half,
    /// Full resolution: for red text and hard coloured edges.
    #[serde(rename = "4:4:4")]
    Full,
}

impl Jpeg {
    /// Tells whether a file is written in several scans.
    fn is_progressive(&self) -> bool {
        // Ten times the time, for 6 % of bytes. Better tables alone would take four times the time, for 2 %.
        self.progressive || self.effort == Effort::Small
    }
}

impl Encoder for Jpeg {
    fn memory(&self, size: Size, channels: Channels, _sample_bytes: usize, detail: Detail) -> u64 {
        let padded = |side: u32| u64::from(side).next_multiple_of(16);
        let pixels = padded(size.width).saturating_mul(padded(size.height));
        // Hundredths of a byte a pixel. Several scans: planes, all coefficients, those of one component
        // as they are coded.
        let (samples, working) = match (channels.without_alpha(), self.chroma, self.is_progressive()) {
            (Channels::Gray, _, false) => (100, 440),
            (Channels::Gray, _, true) => (100, 1210),
            (_, Chroma::Half, false) => (150, 0),
            (_, Chroma::Half, true) => (150, 1500),
            (_, Chroma::Full, false) => (300, 0),
            (_, Chroma::Full, true) => (300, 1750),
        };
        // The file is a copy of what was coded, in a buffer that doubles; a sample takes this share of a
        // byte at most.
        let quality = u64::from(self.quality);
        let percent = match detail {
            Detail::Usual => 10 + 2 * quality.saturating_sub(85),
            Detail::Noise => 45 + 5 * quality.saturating_sub(85),
        };
        let coded = samples * percent / 100 * 3;
        pixels.saturating_mul(working + coded) / 100 + (1 << 20)
    }

    fn idle(&self) -> &'static [&'static str] {
        // The smallest files are written in several scans in any case.
        if self.effort == Effort::Small { &["progressive"] } else { &[] }
    }

    fn encode(&self, picture: &Raster, metadata: &Metadata) -> Result<Vec<u8>, Failure> {
        let (pixels, size) = (picture.to_u8(), picture.size());
        let format = match pixels.channels() {
            Channels::Gray => PixelFormat::Grayscale,
            _ => PixelFormat::Rgb,
        };
        let (width, height) = (size.width as usize, size.height as usize);
        let encoder = libjpeg_turbo_rs::Encoder::new(pixels.samples(), width, height, format)
            .quality(self.quality)
            .progressive(self.is_progressive())
            // Otherwise low qualities get tables of 16 bits, which T.81 forbids in baseline files.
            .force_baseline(true)
            // The usual tables have no codes for what progressive files need.
            .optimize_huffman(self.is_progressive());
        let encoder = match (pixels.channels(), self.chroma) {
            (Channels::Gray, _) => encoder,
            (_, Chroma::Half) => encoder.subsampling(Subsampling::S420),
            (_, Chroma::Full) => encoder.subsampling(Subsampling::S444),
        };
        let internal = |error| Failure::new(Class::Internal, format!("could not encode JPEG: {error}"));
        metadata::with(encoder.encode().map_err(internal)?, metadata)
    }
}
