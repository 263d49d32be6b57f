//! One source: fetched once, decoded once, every output made from the same pixels.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use crate::batch::SourcePlan;
use crate::batch::ToMake;
use crate::batch::panics::guarded;
use crate::codecs;
use crate::codecs::Detail;
use crate::codecs::Encoding;
use crate::codecs::Limits;
use crate::codecs::Metadata;
use crate::codecs::Viewed;
use crate::codecs::Want;
use crate::digest::Digest;
use crate::engines::Filled;
use crate::engines::Stuck;
use crate::engines::is_cut_out;
use crate::engines::leave_clear;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::options::Color;
use crate::pipeline::Decided;
use crate::pipeline::Decisions;
use crate::pipeline::Task;
use crate::raster;
use crate::raster::Filter;
use crate::raster::Raster;
use crate::raster::View;
use crate::stages::Recipe;
use crate::storage::SourceStore;
pub(super) use crate::storage::changed;

/// A source in memory: what every task of it needs.
pub(super) struct Source {
    /// The digest of its bytes.
    pub(super) hash: Digest,
    /// The upright picture, as far as it is needed.
    pub(super) view: View,
    /// What decoding had to say.
    pub(super) warnings: Vec<String>,
    /// Milliseconds of reading and decoding.
    pub(super) decode_ms: u64,
    /// The parts of it that its tasks show which are cut-outs.
    cut_outs: Vec<Window>,
    /// The last part that was shown: the next output may be the same in another format.
    shown: Mutex<Option<(Shown, Arc<Raster>)>>,
}

/// What a resampled part of a source depends on.
#[derive(Clone, Copy, PartialEq)]
struct Shown {
    visible: Window,
    size: Size,
    filter: Filter,
    background: Option<Color>,
}

impl Source {
    /// Tells whether the margins of an output are left transparent, because what it shows is a cut-out.
    pub(super) fn leaves_clear(&self, one: ToMake<'_>) -> bool {
        self.cut_outs.contains(&one.layout().visible()) && one.task.recipe.outpaint.engines.clears_cut_outs()
    }

    /// The visible part of the source in its output size; on a background, if there is one. Two
    /// threads that want the same at the same time both make it.
    fn placed(&self, layout: &Layout, recipe: &Recipe, background: Option<Color>) -> Arc<Raster> {
        let filter = recipe.resize.filter;
        let wanted = Shown { visible: layout.visible(), size: layout.placement.size(), filter, background };
        let last = || self.shown.lock().unwrap_or_else(PoisonError::into_inner);
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

/// An output in memory.
pub(super) struct Encoded {
    /// The file.
    pub(super) bytes: Vec<u8>,
    /// What filled the margins, if there are any.
    pub(super) filled: Option<Filled>,
    /// Milliseconds of resampling and filling.
    pub(super) pixels_ms: u64,
    /// Milliseconds of encoding.
    pub(super) encode_ms: u64,
}

/// Tells whether the outputs of a source are made one after the other, or at the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    OneByOne,
    Together,
}

/// The bytes of a source, as its store gave them.
pub(super) struct Fetched {
    bytes: Vec<u8>,
    took: Duration,
}

/// How a source is read: from where, for what.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    inbox: &'a dyn SourceStore,
    pub(super) plan: &'a SourcePlan,
    limits: &'a Limits,
    /// How much of it is decoded.
    want: Want,
}

impl<'a> Reading<'a> {
    /// A source of a run, for some of its tasks, of which `first` is one.
    pub(super) fn new(inbox: &'a dyn SourceStore, plan: &'a SourcePlan, first: &'a Task, want: Want) -> Self {
        // Limits may differ between tasks; each was checked against its own when planned.
        Reading { inbox, plan, limits: &first.recipe.load.limits, want }
    }

    /// Gets the bytes of the source from its store: the one step that waits for it.
    pub(super) fn fetch(&self) -> Result<Fetched, Failure> {
        let begun = Instant::now();
        let bytes = self.inbox.read(&self.plan.file)?;
        Ok(Fetched { bytes, took: begun.elapsed() })
    }

    /// Decodes as much of the source as its targets need. The digest is returned even if that fails.
    pub(super) fn decode(&self, fetched: Fetched) -> (Digest, Result<Source, Failure>) {
        let begun = Instant::now();
        let Fetched { bytes, took } = fetched;
        let hash = Digest::of(&bytes);
        let decoded = guarded("decoding", || {
            // Memory was reserved for the file that was planned.
            let now = codecs::read_header(&mut std::io::Cursor::new(&bytes))?;
            let Some(decisions) = self.plan.decisions.as_deref().filter(|decisions| decisions.header == now) else {
                return Err(changed());
            };
            // Alpha tells cut-outs, so it is laid on its background after them.
            let Viewed { view, warnings } =
                codecs::decode_view(&bytes, self.limits, &Want { background: None, ..self.want })?;
            let cut_outs = cut_outs(&self.plan.tasks, decisions, &view);
            let view = if let Some(background) = self.want.background { view.on(background) } else { view };
            Ok((view, warnings, cut_outs))
        });
        let source = decoded.map(|(view, warnings, cut_outs)| Source {
            hash,
            view,
            warnings,
            cut_outs,
            decode_ms: milliseconds(took + begun.elapsed()),
            shown: Mutex::default(),
        });
        (hash, source)
    }
}

/// The parts of a source that its tasks show beside margins and that are cut-outs.
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

/// Makes one output of a decoded source, with a local engine where margins are to be filled.
///
/// # Errors
/// [`Class::Memory`] where the output has more `detail` than was planned for, and encoding it takes
/// more; else why it cannot be made.
pub(super) fn make(source: &Source, one: ToMake<'_>, detail: Detail) -> Result<Encoded, Failure> {
    let route = one.make.route();
    match fill(source, one, (route.link, detail))? {
        Ok(encoded) => Ok(encoded),
        Err(stuck) => Err(Stuck::of(&[route.passed.as_slice(), &stuck.said].concat()).failure()),
    }
}

/// The same from this link of the task's chain on, as long as no provider's turn comes.
pub(super) fn fill(
    source: &Source,
    one: ToMake<'_>,
    (link, detail): (usize, Detail),
) -> Result<Result<Encoded, Stuck>, Failure> {
    let recipe = &one.task.recipe;
    let engines = &recipe.outpaint.engines;
    assemble(source, one, detail, &Metadata::default(), |placed, layout| {
        let is_clear = engines.needs_alpha() && recipe.convert.background_in(one.decided.format).is_none();
        let channels = placed.channels();
        let channels = if engines.needs_color() { channels.with_color() } else { channels };
        let channels = if is_clear { channels.with_alpha() } else { channels };
        let mut canvas = on_canvas(&raster::widened(placed, channels), layout);
        let filled = engines.fill_by_engine(link, &mut canvas, layout.placement);
        Ok(filled.map(|filled| (canvas, filled)))
    })
}

/// One resampling from source to output, then the margins, then the file. `fill` has its turn unless
/// the margins are those of a cut-out.
pub(super) fn assemble<E>(
    source: &Source,
    one: ToMake<'_>,
    detail: Detail,
    metadata: &Metadata,
    fill: impl FnOnce(&Raster, &Layout) -> Result<Result<(Raster, Filled), E>, Failure>,
) -> Result<Result<Encoded, E>, Failure> {
    guarded("making the picture", || {
        let begun = Instant::now();
        let (Decided { layout, format }, recipe) = (one.decided, &one.task.recipe);
        let placed = source.placed(layout, recipe, recipe.convert.background_in(*format));
        let placed = recipe.before_fill(placed, layout)?;
        let (picture, filled) = if layout.placement == Rect::of(layout.output) {
            (placed, None)
        } else if source.leaves_clear(one) {
            let mut canvas = on_canvas(&placed, layout);
            let filled = leave_clear(&mut canvas, layout.placement, recipe.convert.background);
            (canvas.into(), Some(filled))
        } else {
            match fill(&placed, layout)? {
                Ok((canvas, filled)) => (canvas.into(), Some(filled)),
                Err(error) => return Ok(Err(error)),
            }
        };
        let picture = recipe.after_fill(picture, layout)?;
        let pixels_ms = milliseconds(begun.elapsed());
        let begun = Instant::now();
        let (picture, encoding) = (picture.narrowed(), recipe.convert.encoding(*format)?);
        check_detail(&picture, encoding, detail)?;
        let bytes = encoding.encode(&picture, metadata)?;
        Ok(Ok(Encoded { bytes, filled, pixels_ms, encode_ms: milliseconds(begun.elapsed()) }))
    })
}

/// Refuses to encode what takes more memory than was reserved for a picture of as much detail.
fn check_detail(picture: &Raster, encoding: &Encoding, planned: Detail) -> Result<(), Failure> {
    let need = |detail| encoding.memory(picture.size(), picture.channels(), picture.sample_bytes(), detail);
    if need(planned) >= need(Detail::Noise) || Detail::of(picture) == planned {
        return Ok(());
    }
    Err(Failure::new(Class::Memory, "the output has more detail than memory was planned for"))
}

/// A canvas of the output's size with the source in its place.
pub(super) fn on_canvas(placed: &Raster, layout: &Layout) -> Raster {
    let mut canvas = placed.blank(layout.output);
    raster::place(&mut canvas, placed, layout.placement);
    canvas
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
