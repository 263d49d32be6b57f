//! What providers get to see of a source.

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

/// Says which picture a provider is sent.
pub(crate) struct Sent<'a> {
    /// The canvas that it is to fill.
    pub(crate) canvas: &'a Canvas,
    /// Who is asked.
    pub(crate) provider: &'a Provider,
    /// Any layout of the source: its content counts.
    pub(crate) layout: &'a Layout,
    /// The result of the first of two passes.
    pub(crate) first: Option<&'a [u8]>,
}

impl DecodedSource {
    /// Returns what is sent, opaque: the part of the source that the canvas shows, or what the first
    /// pass has made of it.
    ///
    /// # Errors
    /// As [`verify`] says of the first result.
    pub(crate) fn sent(&self, Sent { canvas, provider, layout, first }: Sent<'_>) -> Result<Raster, Failure> {
        let backdrop = provider.backdrop.unwrap_or(Color::WHITE);
        let resampled = |visible: Window, size: Size| {
            // What is paid for is made of all that there is.
            raster::flatten(self.view.resample(visible, size, Filter::Lanczos3), backdrop)
        };
        let shown = |canvas: &Canvas| resampled(canvas.visible, canvas.sent);
        let Some(before) = canvas.first() else { return Ok(shown(canvas)) };
        let bytes = first.ok_or_else(|| Failure::new(Class::Internal, "the first pass is missing"))?;
        let placement = provider.descriptor.geometry.placement;
        let result = verify(bytes, &before.asked(), &shown(&before), placement, &RESULT)?;
        let layout = canvas.sent_layout(layout);
        let placed = resampled(layout.visible(), layout.placement.size());
        let mut picture = on_canvas(&raster::with_color(&placed), &layout);
        result.fill(&mut picture, &layout)?;
        Ok(picture)
    }
}
