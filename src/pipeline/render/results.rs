//! Margins by providers.

use crate::codecs::Limits;
use crate::engines::Filled;
use crate::error::Failure;
use crate::pipeline::Decided;
use crate::pipeline::Task;
use crate::pipeline::render::picture::OutputPicture;
use crate::pipeline::render::picture::on_canvas;
use crate::pipeline::render::source::DecodedSource;
use crate::providers::Verified;
use crate::raster;

/// Limits on a result. Providers make a few megapixels.
pub(crate) const RESULT: Limits = Limits { max_pixels: 100_000_000, max_bytes: 128 << 20 };

impl DecodedSource {
    /// Makes the pixels of one output with margins from the result of the provider of this name.
    ///
    /// # Errors
    /// [`Class::BadOutput`](crate::error::Class::BadOutput) if the result does not serve; else why the output cannot
    /// be made.
    pub(crate) fn picture_of_result(
        &self,
        task: &Task,
        decided: &Decided,
        (result, provider): (&Verified, &str),
    ) -> Result<OutputPicture, Failure> {
        let picture = self.picture(task, decided, |placed, layout| {
            let mut canvas = on_canvas(&raster::with_color(placed), layout);
            result.fill(&mut canvas, layout)?;
            Ok::<_, Failure>((canvas, Filled::by(provider.to_owned())))
        })?;
        Ok(OutputPicture { is_by_provider: true, ..picture })
    }
}
