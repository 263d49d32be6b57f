//! Plans the part and the scale at which a source is decoded for its tasks.

use std::sync::Arc;

use crate::codecs::DecodeRequest;
use crate::codecs::DecoderChoice;
use crate::geometry::Layout;
use crate::geometry::Window;
use crate::pipeline::Decided;
use crate::pipeline::Decisions;
use crate::pipeline::Task;
use crate::raster::Filter;
use crate::raster::Showing;
use crate::stages::LEAST_KEPT;

/// Reach of the widest filter, in pixels of whichever of source and output has the larger ones.
const REACH: f64 = 4.0;

/// The scale up to which colour is resampled by itself.
const MOST_FOR_PLANES: f64 = 0.9;

/// Returns the decoding of a source that is enough for all of its tasks. Never less because some are done or filtered
/// out, so that the pixels of an output do not depend on when it is made.
#[must_use]
pub fn decode_request(tasks: &[Arc<Task>], decisions: &Decisions) -> DecodeRequest {
    let decode_requests = decisions.each(tasks).map(|(_, task, decided)| decode_request_of(task, decided));
    decode_requests.reduce(both).unwrap_or(DecodeRequest::WHOLE)
}

/// Returns the decoding that is enough for one task by itself.
#[must_use]
pub(crate) fn decode_request_of(task: &Task, decided: &Decided) -> DecodeRequest {
    let (recipe, layout) = (&task.recipe, &decided.layout);
    let (across, down) = layout.scale();
    let least = across.min(down).min(1.0);
    // A provider with a shortest side is sent a small picture larger than it is shown.
    let shortest = layout.placement.width.min(layout.placement.height);
    let longer =
        recipe.outpaint.engines.providers().map(|it| f64::from(it.descriptor.geometry.min_side) / f64::from(shortest));
    let finest = across.max(down) * longer.fold(1.0, f64::max);
    // Without smoothing every pixel counts.
    let scale =
        if recipe.resize.filter == Filter::Nearest { 1.0 } else { finest * recipe.load.oversample.max(LEAST_KEPT) };
    // Colour of less resolution is smoother when it is enlarged with the rest of its picture first.
    let planes = recipe.resize.filter != Filter::Nearest && finest <= MOST_FOR_PLANES;
    let (visible, reach) = (layout.visible(), REACH / least);
    let region = Window {
        x: visible.x - reach,
        y: visible.y - reach,
        width: visible.width + 2.0 * reach,
        height: visible.height + 2.0 * reach,
    };
    // A result that was paid for other tasks may be used, and shows whatever they did.
    let may_pay = recipe.outpaint.engines.providers().next().is_some();
    let region = if may_pay { DecodeRequest::WHOLE.region } else { region };
    let background = recipe.convert.background_in(decided.format);
    DecodeRequest {
        region,
        scale,
        planes,
        showing: None,
        background,
        decoder: recipe.load.decoder,
        memory_limit: u64::MAX,
    }
}

/// Narrows what is decoded to the tasks that are made: where all of them show the same, planes are kept for that
/// showing alone. Outputs are the same either way.
#[must_use]
pub fn narrowed_decode_request<'a>(
    decode_request: DecodeRequest,
    made: impl IntoIterator<Item = (&'a Task, &'a Decided)>,
) -> DecodeRequest {
    let mut showings = made.into_iter().map(|(task, decided)| showing_of(task, &decided.layout));
    let first = showings.next().flatten();
    DecodeRequest { showing: first.filter(|_| showings.all(|showing| showing == first)), ..decode_request }
}

/// Returns the only use that a task makes of the source's pixels; `None` for one that may pay, since a provider is sent
/// another picture.
fn showing_of(task: &Task, layout: &Layout) -> Option<Showing> {
    let recipe = &task.recipe;
    let may_pay = recipe.outpaint.engines.providers().next().is_some();
    let showing = Showing { visible: layout.visible(), size: layout.placement.size(), filter: recipe.resize.filter };
    (!may_pay).then_some(showing)
}

fn both(left: DecodeRequest, right: DecodeRequest) -> DecodeRequest {
    let decoder = if left.decoder == right.decoder { left.decoder } else { DecoderChoice::Safe };
    let background = left.background.filter(|_| left.background == right.background);
    DecodeRequest {
        region: left.region.hull(right.region),
        scale: left.scale.max(right.scale),
        planes: left.planes && right.planes,
        showing: None,
        background,
        decoder,
        memory_limit: left.memory_limit.min(right.memory_limit),
    }
}
