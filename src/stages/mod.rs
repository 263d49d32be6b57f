//! What each word of a pipeline does: one file per word, one table.
//!
//! A stage reads its options and adds its part to the [`Recipe`] of a target. Stages that
//! concern geometry add an [`Arrange`] step, which edits the layout and sees no pixel; the
//! others say how the ends of the job are done: which sources may be read, what fills margins,
//! how the file is written.
//!
//! Adding a stage is one file with a [`StageDef`] and one line in [`STAGES`].

mod aspect;
mod auto_crop;
mod convert;
mod load;
mod outpaint;
mod resize;

use std::path::Path;

pub use outpaint::Otherwise;

use crate::codecs::Decoder;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Limits;
use crate::engines::Chain;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::geometry::Ratio;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::geometry::rounding;
use crate::options::Color;
use crate::options::Field;
use crate::options::Problem;
use crate::options::Values;
use crate::providers::Registry;
use crate::raster::Filter;

/// The stages, in the order in which they always run.
pub static STAGES: &[&StageDef] =
    &[&load::STAGE, &aspect::STAGE, &outpaint::STAGE, &auto_crop::STAGE, &resize::STAGE, &convert::STAGE];

/// One word of the pipeline.
pub struct StageDef {
    /// The word.
    pub word: &'static str,
    /// One line that says what it does.
    pub doc: &'static str,
    /// Its options.
    pub fields: &'static [Field],
    /// Raised whenever the stage makes other pixels of the same options.
    pub revision: u32,
    /// Looks up what the written values name in what users bring beside the pipeline; relative paths are
    /// from this folder, an empty one being the working directory.
    pub resolve: fn(&mut Values, &mut Registry, &Path) -> Result<(), Vec<Problem>>,
    /// Adds the stage's part to a recipe; the values are complete and checked.
    pub build: fn(&Values, &Registry, &mut Recipe),
    /// The options that make a difference, given the others: only they can make a finished
    /// output out of date.
    pub decisive: fn(&Values, &Recipe) -> Values,
    /// Why the stage can have no effect on a target of this recipe, if it cannot.
    pub idle: fn(&Recipe, &Shape) -> Option<&'static str>,
}

/// The values but for those of these names.
fn without(values: &Values, names: &[&str]) -> Values {
    values.iter().filter(|(name, _)| !names.contains(name)).map(|(name, value)| (*name, value.clone())).collect()
}

/// For stages whose options name nothing.
fn names_nothing(_: &mut Values, _: &mut Registry, _: &Path) -> Result<(), Vec<Problem>> {
    Ok(())
}

/// A step that edits a layout, from numbers alone.
pub trait Arrange: Send + Sync {
    /// The stage's word.
    fn word(&self) -> &'static str;

    /// Returns what becomes of the layout on the way to the asked shape.
    fn arrange(&self, layout: Layout, asked: &Shape) -> Decision;
}

/// How a source becomes one target: every option resolved, checked and typed.
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
    /// The recipe that the stages make of their options; `values` gives those of a word.
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

    /// Returns what transparent pixels are laid on in a file of `format`; nothing if they are kept.
    #[must_use]
    pub fn background_in(&self, format: Format) -> Option<Color> {
        (self.flattens || !format.codec().has_alpha()).then_some(self.background)
    }
}

/// The format of the files that a target makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// The source's own.
    Source,
    /// Always this one.
    Fixed(Format),
}

impl OutputFormat {
    /// The format of the output for a source of format `source`.
    #[must_use]
    pub fn of(self, source: Format) -> Format {
        match self {
            OutputFormat::Source => source,
            OutputFormat::Fixed(format) => format,
        }
    }
}

/// What a target asks for. At least one of the fields is given; width and height together
/// leave no room for another ratio.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shape {
    /// The asked ratio, if it was given by itself.
    pub ratio: Option<Ratio>,
    /// Output pixels across.
    pub width: Option<u32>,
    /// Output pixels down.
    pub height: Option<u32>,
}

impl Shape {
    /// The asked size, if both sides are known.
    #[must_use]
    pub fn size(&self) -> Option<Size> {
        self.width.zip(self.height).map(|(width, height)| Size::new(width, height))
    }

    /// The asked ratio, whether given or implied by a size.
    #[must_use]
    pub fn ratio(&self) -> Option<Ratio> {
        self.ratio.or_else(|| self.size().map(Ratio::of))
    }

    /// The output's size for a window, or nothing if the source's resolution is kept.
    #[must_use]
    pub fn output_for(&self, window: Window) -> Option<Size> {
        let width_for = |height: f64| self.ratio.map_or(height * window.ratio(), |ratio| ratio.width_for(height));
        let height_for = |width: f64| self.ratio.map_or(width / window.ratio(), |ratio| ratio.height_for(width));
        match (self.width, self.height) {
            (Some(width), Some(height)) => Some(Size::new(width, height)),
            (Some(width), None) => Some(Size::new(width, rounding::side(height_for(width.into())))),
            (None, Some(height)) => Some(Size::new(rounding::side(width_for(height.into())), height)),
            (None, None) => None,
        }
    }
}
