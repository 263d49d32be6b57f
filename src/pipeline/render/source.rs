//! A source in memory, decoded once: what every task of it needs.

use std::sync::Arc;
use std::sync::Mutex;

use crate::analysis::Measures;
use crate::codecs;
use crate::codecs::DecodeRequest;
use crate::codecs::Limits;
use crate::codecs::Viewed;
use crate::engines::is_cut_out;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::locks::lock;
use crate::options::Color;
use crate::pipeline::Decided;
use crate::pipeline::Decisions;
use crate::pipeline::Task;
use crate::raster;
use crate::raster::Filter;
use crate::raster::Raster;
use crate::raster::View;
use crate::stages::Recipe;

/// A source in memory: what every task of it needs.
pub(crate) struct DecodedSource {
    /// The upright picture, as far as it is needed.
    pub(crate) view: View,
    /// The parts of it that its tasks show which are cut-outs.
    cut_outs: Vec<Window>,
    /// The last part that was shown: the next output may be the same in another format.
    shown: Mutex<Option<(Shown, Arc<Raster>)>>,
    /// Measures of it, as far as they are known.
    pub(super) measures: Arc<Measures>,
}

/// Everything on which a resampled part of a source depends.
#[derive(Clone, Copy, PartialEq)]
struct Shown {
    visible: Window,
    size: Size,
    filter: Filter,
    background: Option<Color>,
}

impl DecodedSource {
    /// Decodes as much of a source as is wanted; beside it what decoding has to say. Its `decisions` are those about
    /// its `tasks`, asked for or not.
    ///
    /// # Errors
    /// As [`codecs::decode_view`].
    pub(crate) fn decode(
        bytes: &[u8],
        (tasks, decisions): (&[Arc<Task>], &Decisions),
        limits: &Limits,
        decode_request: &DecodeRequest,
    ) -> Result<(DecodedSource, Vec<String>), Failure> {
        // Alpha tells cut-outs, so it is laid on its background after them.
        let Viewed { view, warnings } =
            codecs::decode_view(bytes, limits, &DecodeRequest { background: None, ..*decode_request })?;
        let cut_outs = cut_outs(tasks, decisions, &view);
        let view = if let Some(background) = decode_request.background { view.on(background) } else { view };
        let measures = decisions.measures().cloned().unwrap_or_default();
        Ok((DecodedSource { view, cut_outs, shown: Mutex::default(), measures }, warnings))
    }

    /// Tells whether the margins of an output are left transparent, because what it shows is a cut-out.
    pub(crate) fn leaves_clear(&self, task: &Task, layout: &Layout) -> bool {
        self.cut_outs.contains(&layout.visible()) && task.recipe.outpaint.engines.clears_cut_outs()
    }

    /// Returns the visible part of the source in its output size; on a background, if there is one. Two threads that
    /// want the same at the same time both make it.
    pub(super) fn placed(&self, layout: &Layout, recipe: &Recipe, background: Option<Color>) -> Arc<Raster> {
        let filter = recipe.resize.filter;
        let wanted = Shown { visible: layout.visible(), size: layout.placement.size(), filter, background };
        let last = || lock(&self.shown);
        // What is not wanted again is given back before the next is made.
        match &mut *last() {
            Some((shown, raster)) if *shown == wanted => return Arc::clone(raster),
            other => *other = None,
        }
        let mut raster = self.view.resample(wanted.visible, wanted.size, filter);
        if let Some(background) = background {
            raster = raster::flatten(raster, background);
        }
        let raster = Arc::new(raster);
        *last() = Some((wanted, Arc::clone(&raster)));
        raster
    }
}

/// Returns the parts of a source that its tasks show beside margins and that are cut-outs.
fn cut_outs(tasks: &[Arc<Task>], decisions: &Decisions, view: &View) -> Vec<Window> {
    if !decisions.header.channels.has_alpha() {
        return Vec::new();
    }
    let mut parts: Vec<Window> = Vec::new();
    for (_, _, Decided { layout, .. }) in decisions.each(tasks) {
        if !layout.margins().is_empty() && !parts.contains(&layout.visible()) {
            parts.push(layout.visible());
        }
    }
    parts.retain(|&visible| is_cut_out(view.raster(), view.pixels_of(visible)));
    parts
}
