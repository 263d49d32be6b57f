//! Makes the picture of a source that providers get to see.

use std::sync::Arc;

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::options::Color;
use crate::pipeline::render::picture::on_canvas;
use crate::pipeline::render::results::RESULT;
use crate::pipeline::render::source::DecodedSource;
use crate::providers::Canvas;
use crate::providers::Provider;
use crate::providers::verify;
use crate::raster;
use crate::raster::Filter;
use crate::raster::Raster;
use crate::stages::Recipe;

/// Request for the picture that a provider is sent.
pub(crate) struct Sent<'a> {
    /// The canvas that it is to fill.
    pub(crate) canvas: &'a Canvas,
    /// Stages that prepare the source.
    pub(crate) recipe: &'a Recipe,
    /// Provider that is asked.
    pub(crate) provider: &'a Provider,
    /// Any layout of the source: its content counts.
    pub(crate) layout: &'a Layout,
    /// The result of the first of two passes.
    pub(crate) first: Option<&'a [u8]>,
}

impl DecodedSource {
    /// Returns the opaque picture that is sent: the part of the source that the canvas shows, or the result of the
    /// first pass.
    ///
    /// # Errors
    /// As [`verify`] says of the first result, and what stages that prepare it say.
    pub(crate) fn sent(&self, sent: Sent<'_>) -> Result<Arc<Raster>, Failure> {
        let Sent { canvas, recipe, provider, layout, first } = sent;
        let backdrop = provider.backdrop.unwrap_or(Color::WHITE);
        let resampled = |visible: Window, size: Size| {
            // What is paid for is made of all that there is.
            raster::flatten(self.view.resample(visible, size, Filter::Lanczos3), backdrop)
        };
        let prepared = |picture: Raster, layout: &Layout| match recipe.preparation {
            Some(_) => recipe.before_fill(picture.into(), layout),
            None => Ok(picture.into()),
        };
        let shown = |canvas: &Canvas| prepared(resampled(canvas.visible, canvas.sent), &canvas.sent_layout(layout));
        let Some(before) = canvas.first() else { return shown(canvas) };
        let bytes = first.ok_or_else(|| Failure::new(Class::Internal, "the first pass is missing"))?;
        let placement = provider.descriptor.geometry.placement;
        let result = verify(bytes, &before.asked(), &*shown(&before)?, placement, &RESULT)?;
        let layout = canvas.sent_layout(layout);
        let placed = prepared(resampled(layout.visible(), layout.placement.size()), &layout)?;
        let mut picture = on_canvas(&raster::with_color(&placed), &layout);
        result.fill(&mut picture, &layout)?;
        Ok(picture.into())
    }
}
