//! The pixels of an output: one resampling from source to output, then the margins.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use crate::engines::ChainFailure;
use crate::engines::Filled;
use crate::engines::leave_clear;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::geometry::Rect;
use crate::pipeline::Decided;
use crate::pipeline::Task;
use crate::pipeline::panics::guarded;
use crate::pipeline::render::source::DecodedSource;
use crate::raster;
use crate::raster::Raster;

/// The pixels of an output, ready to be encoded.
pub(crate) struct OutputPicture {
    /// In 8 bits.
    pub(super) raster: Arc<Raster>,
    /// Filling of the margins, if there are any.
    pub(crate) filled: Option<Filled>,
    /// Milliseconds of resampling and filling, which count for the first file alone.
    pub(super) pixels_ms: Cell<u64>,
    /// Tells whether a provider's model made its margins.
    pub(super) is_by_provider: bool,
}

/// Reason for which an output has no pixels.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    /// It cannot be made.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// No local engine could fill its margins.
    #[error("no engine fills the margins")]
    Unfilled(ChainFailure),
}

impl DecodedSource {
    /// Makes the pixels of one output. `fill` has its turn with the placed part of the source unless there are no
    /// margins, or they are those of a cut-out.
    ///
    /// # Errors
    /// Why the output cannot be made, and those of `fill`.
    pub(crate) fn picture<E: From<Failure>>(
        &self,
        task: &Task,
        Decided { layout, format, .. }: &Decided,
        fill: impl FnOnce(&Raster, &Layout) -> Result<(Raster, Filled), E>,
    ) -> Result<OutputPicture, E> {
        guarded("making the picture", || {
            let begun = Instant::now();
            let recipe = &task.recipe;
            let placed = self.placed(layout, recipe, recipe.convert.background_in(*format));
            let placed = recipe.before_fill(placed, layout)?;
            let (picture, filled) = if layout.placement == Rect::of(layout.output) {
                (placed, None)
            } else if self.leaves_clear(task, layout) {
                let mut canvas = on_canvas(&placed, layout);
                let filled = leave_clear(&mut canvas, layout.placement, recipe.convert.background);
                (canvas.into(), Some(filled))
            } else {
                let (canvas, filled) = fill(&placed, layout)?;
                (canvas.into(), Some(filled))
            };
            let picture = recipe.after_fill(picture, layout)?;
            let pixels_ms = Cell::new(milliseconds(begun.elapsed()));
            let raster = match &*picture {
                Raster::U8(_) => picture,
                Raster::U16(_) => Arc::new(picture.narrowed().into_owned()),
            };
            Ok(OutputPicture { raster, filled, pixels_ms, is_by_provider: false })
        })
    }
}

/// Returns a canvas of the output's size with the source in its place.
pub(crate) fn on_canvas(placed: &Raster, layout: &Layout) -> Raster {
    let mut canvas = placed.blank(layout.output);
    raster::place(&mut canvas, placed, layout.placement);
    canvas
}

/// Returns a time in whole milliseconds.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
