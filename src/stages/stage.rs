//! Says what a stage does in a task.

use std::any::Any;
use std::sync::Arc;

use crate::analysis::Measures;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Finding;
use crate::geometry::Layout;
use crate::options::Values;
use crate::raster::Raster;
use crate::stages::Effects;
use crate::stages::Shape;

/// Does the work of a stage with its options read. A stage says only what it is there for: geometry, pixels before
/// the margins are filled, or pixels after it; by default it leaves layouts and pixels as they are, takes no
/// memory, and all of its options count.
///
/// It may depend on nothing but its options and its arguments: the same task gives the same file.
pub trait Stage: Any + Send + Sync {
    /// Names the measures on which the layout hangs of a target of this shape: they are known before
    /// [`Stage::layout`] is asked. None for a stage that needs numbers alone.
    fn measures(&self, _shape: &Shape) -> &'static [&'static str] {
        &[]
    }

    /// Edits the layout that the stages before have left, from numbers alone; none for a stage that is not
    /// about geometry.
    fn layout(&self, _layout: Layout, _input: &LayoutInput<'_>) -> Option<Decision> {
        None
    }

    /// Says what the stage can do to the window.
    fn effects(&self) -> Effects {
        Effects::default()
    }

    /// Tells whether the stage brings colour that a grey picture cannot hold. The picture that it gets has
    /// colour then.
    fn needs_color(&self) -> bool {
        false
    }

    /// Tells whether the stage changes the source before any margin is filled: [`Stage::before_fill`] is asked of no
    /// other. What a provider is sent is changed in the same way, so a paid call names the stage by its word, its
    /// revisions and the options of it that [act](Stage::acting): where they differ, tasks share no call.
    fn prepares(&self) -> bool {
        false
    }

    /// Changes the visible part of the source, resampled to the size of
    /// [`Layout::placement`], before any margin is filled. Size, channels and depth stay. For what a provider is
    /// sent the layout is that of the call: it may show more than a task does, in another size, and is opaque.
    ///
    /// # Errors
    /// Why the task fails.
    fn before_fill(&self, picture: Arc<Raster>, _input: &PixelInput<'_>) -> Result<Arc<Raster>, Failure> {
        Ok(picture)
    }

    /// Changes the whole picture, which has the size of [`Layout::output`]. Size, channels and depth
    /// stay.
    ///
    /// # Errors
    /// Why the task fails.
    fn after_fill(&self, picture: Arc<Raster>, _input: &PixelInput<'_>) -> Result<Arc<Raster>, Failure> {
        Ok(picture)
    }

    /// Tells whether the stage has a part in pixels: by [`Stage::before_fill`] or [`Stage::after_fill`]. Outputs that
    /// differ in its options are not made of one picture then. One that is about geometry alone says no.
    fn changes_pixels(&self) -> bool {
        true
    }

    /// Returns the most bytes that changing pixels takes at any moment beside the picture that it gets, which may
    /// be shared so that changing it takes a copy, and of
    /// which a pixel has `pixel_bytes`; the picture that it returns included.
    fn memory(&self, _layout: &Layout, _pixel_bytes: u64) -> u64 {
        0
    }

    /// Returns those of the stage's `values` that may decide pixels or file, whatever the source; where one names a
    /// file that is read, the content of that in its place. By default all of them as they are.
    fn decisive(&self, values: &Values) -> Values {
        values.clone()
    }

    /// Checks the file as it is written, before it is put in place.
    fn check(&self, _file: &[u8], _input: &FileInput<'_>) -> Vec<Finding> {
        Vec::new()
    }

    /// Returns the stage's own revision beside that of its definition, if it has one, as a command of the user's: a
    /// higher one makes something else of the same options.
    fn revision(&self) -> Option<u32> {
        None
    }

    /// Returns those of the [decisive](Stage::decisive) `values` that make a difference to one output: only they can
    /// make it out of date. None if the stage has no part in the output, so that its revision is no matter either;
    /// by default all of them.
    fn acting(&self, values: &Values, _output: &ActingInput<'_>) -> Option<Values> {
        Some(values.clone())
    }

    /// Says why the stage can have no effect on a target of this shape, beside stages that have these
    /// `effects` together, if it cannot.
    fn idle(&self, _effects: Effects, _shape: &Shape) -> Option<&'static str> {
        None
    }
}

/// Holds what a layout follows from, beside the options.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct LayoutInput<'a> {
    /// Says what the target asks for.
    pub shape: &'a Shape,
    /// The source's header.
    pub header: &'a Header,
    /// Says what the measures have found that the target's stages [need](Stage::measures).
    pub measures: &'a Measures,
}

impl<'a> LayoutInput<'a> {
    /// Returns the input for a target of this shape and a source with this header, of which no measure is known.
    #[must_use]
    pub fn new(shape: &'a Shape, header: &'a Header) -> Self {
        LayoutInput { shape, header, measures: Measures::none() }
    }

    /// Returns the same with what measures have found.
    #[must_use]
    pub fn with_measures(self, measures: &'a Measures) -> Self {
        LayoutInput { measures, ..self }
    }
}

/// Holds what a change of pixels follows from, beside the options.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PixelInput<'a> {
    /// The layout of the task.
    pub layout: &'a Layout,
}

impl<'a> PixelInput<'a> {
    /// Returns the input for a task of this layout.
    #[must_use]
    pub fn new(layout: &'a Layout) -> Self {
        PixelInput { layout }
    }
}

/// Holds what a check of a file follows from, beside the options.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FileInput<'a> {
    /// The layout of the task.
    pub layout: &'a Layout,
    /// The format of the file.
    pub format: Format,
}

impl<'a> FileInput<'a> {
    /// Returns the input for a file of this format that a task of this layout has made.
    #[must_use]
    pub fn new(layout: &'a Layout, format: Format) -> Self {
        FileInput { layout, format }
    }
}

/// Holds by what a stage may tell which of its options make a difference to an output.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ActingInput<'a> {
    /// Says what the target asks for.
    pub shape: &'a Shape,
    /// The source's header.
    pub header: &'a Header,
    /// Layout that all stages together have made.
    pub layout: &'a Layout,
    /// Says what all stages together can do to a window.
    pub effects: Effects,
}

impl<'a> ActingInput<'a> {
    /// Returns the input for an output of this layout.
    #[must_use]
    pub fn new((shape, effects): (&'a Shape, Effects), header: &'a Header, layout: &'a Layout) -> Self {
        ActingInput { shape, header, layout, effects }
    }
}

/// Returns the values but for those of these names.
pub(super) fn without(values: &Values, names: &[&str]) -> Values {
    values.iter().filter(|(name, _)| !names.contains(name)).map(|(name, value)| (*name, value.clone())).collect()
}
