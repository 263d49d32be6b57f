//! Margins by local engines.

use crate::engines::FillContext;
use crate::pipeline::Decided;
use crate::pipeline::Task;
use crate::pipeline::render::picture::OutputPicture;
use crate::pipeline::render::picture::PictureError;
use crate::pipeline::render::picture::on_canvas;
use crate::pipeline::render::source::DecodedSource;
use crate::raster;

impl DecodedSource {
    /// Makes the pixels of one output with local engines, from this link of the task's chain on, as long as no
    /// provider's turn comes.
    ///
    /// # Errors
    /// [`PictureError::Unfilled`] where they leave margins.
    pub(crate) fn picture_here(
        &self,
        task: &Task,
        decided: &Decided,
        link: usize,
    ) -> Result<OutputPicture, PictureError> {
        let recipe = &task.recipe;
        let engines = &recipe.outpaint.engines;
        self.picture(task, decided, |placed, layout| {
            let is_clear = engines.needs_alpha() && recipe.convert.background_in(decided.format).is_none();
            let channels = placed.channels();
            let channels = if engines.needs_color() { channels.with_color() } else { channels };
            let channels = if is_clear { channels.with_alpha() } else { channels };
            let mut canvas = on_canvas(&raster::widened(placed, channels), layout);
            let filled = engines.fill_by_engine(
                link,
                &mut canvas,
                FillContext::new(layout.placement).with_measures(&self.measures),
            );
            filled.map(|filled| (canvas, filled)).map_err(PictureError::Unfilled)
        })
    }
}
