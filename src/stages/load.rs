//! `load`: which sources may be read, and how their colours are.

use std::sync::Arc;

use serde::Deserialize;

use crate::codecs::DecoderChoice;
use crate::codecs::Limits;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Values;
use crate::options::typed;
use crate::stages::ActingInput;
use crate::stages::Stage;
use crate::stages::StageDef;
use crate::stages::stage::without;

const FIELDS: &[Field] = &[
    Field::new("max_pixels", Kind::Count, "200M", "most pixels of a source; a larger one fails as `limit`").limit(),
    Field::new("max_bytes", Kind::Count, "1Gi", "most bytes of a source file; a larger one fails as `limit`").limit(),
    Field::new(
        "oversample",
        Kind::Number(1.0, 8.0),
        "1.3",
        "pixels kept per output pixel where fewer than all are faster; at least 2 are, so that there is no moiré",
    ),
    Field::new("decoder", Kind::Word(&["fast", "safe"]), "fast", "safe: always the general decoder, at full size"),
    Field::new("color", Kind::Word(&["srgb"]), "srgb", "an embedded colour profile is converted to this"),
];

/// Pixels that are decoded for each one of the output, at least: fewer show moiré, because a reduced
/// picture has left out what is finer than its own pixels block by block, with a rest in each.
pub(crate) const LEAST_KEPT: f64 = 2.0;

pub(super) static STAGE: StageDef = StageDef {
    fields: || FIELDS,
    revision: 3,
    ..StageDef::new("load", "reads the source: limits, colour; EXIF orientation is always applied", |values, _| {
        Arc::new(Load::new(values))
    })
};

/// Says which sources may be read, and how.
#[derive(Debug)]
pub struct Load {
    /// Bounds on the source.
    pub limits: Limits,
    /// Pixels to decode per output pixel, on each axis, if the source has as many.
    pub oversample: f64,
    /// Says who decodes the source.
    pub decoder: DecoderChoice,
}

impl Load {
    fn new(values: &Values) -> Self {
        let Options { max_pixels, max_bytes, oversample, decoder } = typed(values);
        Load { limits: Limits { max_pixels, max_bytes }, oversample, decoder }
    }
}

impl Stage for Load {
    fn changes_pixels(&self) -> bool {
        false
    }

    fn acting(&self, values: &Values, output: &ActingInput<'_>) -> Option<Values> {
        let (across, down) = output.layout.scale();
        // At less than two pixels for each one of the output all are decoded.
        let is_reduced = output.header.in_parts && across.max(down) * LEAST_KEPT < 1.0;
        let idle = [
            (!output.header.in_parts).then_some("decoder"),
            (!is_reduced).then_some("oversample"),
            (!output.header.is_described).then_some("color"),
        ];
        Some(without(values, &idle.into_iter().flatten().collect::<Vec<_>>()))
    }
}

#[derive(Deserialize)]
struct Options {
    max_pixels: u64,
    max_bytes: u64,
    oversample: f64,
    decoder: DecoderChoice,
}
