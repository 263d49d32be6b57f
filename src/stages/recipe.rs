//! How a source becomes one target.

use crate::codecs::Decoder;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Limits;
use crate::engines::Chain;
use crate::options::Color;
use crate::raster::Filter;
use crate::stages::Arrange;
use crate::stages::Otherwise;
use crate::stages::OutputFormat;

/// Says how a source becomes one target: every option resolved, checked and typed.
pub struct Recipe {
    /// Bounds on the source.
    pub limits: Limits,
    /// Pixels to decode per output pixel, on each axis, if the source has as many.
    pub oversample: f64,
    /// Who decodes the source.
    pub decoder: Decoder,
    /// The geometry, step by step.
    pub arrange: Vec<Box<dyn Arrange>>,
    /// Whether cropping can happen at all.
    pub may_crop: bool,
    /// Whether margins can arise at all.
    pub may_expand: bool,
    /// What fills margins.
    pub engines: Chain,
    /// Most calls in a row for one canvas.
    pub passes: u32,
    /// Whether targets of one source may share a paid call.
    pub share: bool,
    /// What happens to a task of whose call nobody knows whether it was accepted.
    pub on_unknown: Otherwise,
    /// What happens to a task whose providers cannot work now.
    pub on_outage: Otherwise,
    /// Whether a file says that a model made its margins.
    pub provenance: bool,
    /// How pixels are resampled.
    pub filter: Filter,
    /// What the file is.
    pub output: OutputFormat,
    /// How it is written.
    pub encode: Encode,
    /// Whether transparent pixels are flattened in formats with alpha too.
    pub flattens: bool,
    /// What lies under transparent pixels where they are flattened.
    pub background: Color,
}

impl Recipe {
    /// Returns what transparent pixels are laid on in a file of `format`; nothing if they are kept.
    #[must_use]
    pub fn background_in(&self, format: Format) -> Option<Color> {
        (self.flattens || !format.codec().has_alpha()).then_some(self.background)
    }
}
