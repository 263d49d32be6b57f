//! Puts a recipe together.

use crate::codecs::Decoder;
use crate::codecs::Encode;
use crate::codecs::Limits;
use crate::engines::Chain;
use crate::options::Color;
use crate::options::Values;
use crate::providers::Registry;
use crate::raster::Filter;
use crate::stages::Otherwise;
use crate::stages::OutputFormat;
use crate::stages::Recipe;
use crate::stages::STAGES;

impl Recipe {
    /// Returns the recipe that the stages make of their options; `values` gives those of a word.
    #[must_use]
    pub fn new<'a>(values: impl Fn(&str) -> &'a Values, providers: &Registry) -> Recipe {
        // Each part is overwritten by the stage that owns it.
        let mut recipe = Recipe {
            limits: Limits { max_pixels: u64::MAX, max_bytes: u64::MAX },
            oversample: 1.0,
            decoder: Decoder::Fast,
            arrange: Vec::new(),
            may_crop: false,
            may_expand: false,
            engines: Chain::default(),
            passes: 1,
            share: false,
            on_unknown: Otherwise::Fail,
            on_outage: Otherwise::Fail,
            provenance: false,
            filter: Filter::Lanczos3,
            output: OutputFormat::Source,
            encode: Encode::default(),
            flattens: false,
            background: Color::WHITE,
        };
        for stage in STAGES {
            (stage.build)(values(stage.word), providers, &mut recipe);
        }
        recipe
    }
}
