//! `load`: which sources may be read, and how their colours are.

use serde::Deserialize;

use crate::codecs::Decoder;
use crate::codecs::Limits;
use crate::options::Field;
use crate::options::Kind;
use crate::options::typed;
use crate::stages::StageDef;
use crate::stages::stage_def::names_nothing;

pub(super) static STAGE: StageDef = StageDef {
    word: "load",
    doc: "reads the source: limits, colour; EXIF orientation is always applied",
    fields: &[
        Field::new("max_pixels", Kind::Count, "200M", "most pixels of a source; a larger one fails as `limit`").limit(),
        Field::new("max_bytes", Kind::Count, "1Gi", "most bytes of a source file; a larger one fails as `limit`")
            .limit(),
        Field::new(
            "oversample",
            Kind::Number(1.0, 8.0),
            "1.3",
            "pixels kept per output pixel where fewer than all are faster; at least 2 are, so that there is no moiré",
        ),
        Field::new("decoder", Kind::Word(&["fast", "safe"]), "fast", "safe: always the general decoder, at full size"),
        Field::new("color", Kind::Word(&["srgb"]), "srgb", "an embedded colour profile is converted to this"),
    ],
    revision: 3,
    resolve: names_nothing,
    build: |values, _, recipe| {
        let options: Options = typed(values);
        recipe.limits = Limits { max_pixels: options.max_pixels, max_bytes: options.max_bytes };
        recipe.oversample = options.oversample;
        recipe.decoder = options.decoder;
    },
    decisive: |values, _| values.clone(),
    idle: |_, _| None,
};

#[derive(Deserialize)]
struct Options {
    max_pixels: u64,
    max_bytes: u64,
    oversample: f64,
    decoder: Decoder,
}
