//! Plans the memory of a job at any moment, step by step as `batch::job` goes.
//!
//! The sums of the steps lie beside what they are of: decoders and encoders in `codecs`, resampling
//! in `raster`, margins in `engines`.

use crate::batch::ToMake;
use crate::batch::job::Parallelism;
use crate::codecs;
use crate::codecs::DecodeMemory;
use crate::codecs::DecodeRequest;
use crate::codecs::DecoderChoice;
use crate::codecs::Detail;
use crate::codecs::Header;
use crate::geometry::Layout;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::pipeline::Decided;
use crate::pipeline::by_picture;
use crate::raster::Channels;
use crate::raster::Filter;
use crate::raster::Kind;
use crate::raster::ViewShape;
use crate::raster::flattened_channels;
use crate::stages::Recipe;

/// Bytes that every job takes: the pages of code that are used for the first time, stacks, and what the
/// allocator keeps of what was given back.
const OVERHEAD: u64 = 8 << 20;

/// Bytes of a decoder's small blocks that the allocator keeps for a moment.
const LEFT: u64 = 5 << 20;

/// Most bytes that it keeps of what a decoder held beside the picture.
const LEFT_AT_MOST: u64 = 20 << 20;

/// A part more is planned: what is measured differs by a few percent from run to run.
const SLACK: u64 = 16;

/// The needs of jobs on one source.
#[derive(Debug, Clone, Copy)]
pub(in crate::batch) struct MemoryNeed {
    header: Header,
    file_bytes: u64,
    decoding: DecodeMemory,
    /// Shape of the pixels from which targets are made, on their background if they get one.
    view: ViewShape,
}

/// Bytes that one target takes beside the decoded source.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    resampling: u64,
    /// Most at any moment from then on.
    rest: u64,
}

impl Taken {
    /// Adds up the memory of targets that are made one after the other: the allocator keeps part of each for the next.
    fn one_by_one(each: impl Iterator<Item = Taken>) -> Taken {
        let (mut resampling, mut all, mut largest, mut most) = (0, 0_u64, 0, 0);
        for taken in each {
            resampling = taken.resampling.max(resampling);
            all = all.saturating_add(taken.rest);
            largest = taken.rest.max(largest);
            most = taken.resampling.max(taken.rest).max(most);
        }
        let left = ((all - largest) / 2).min(largest / 3);
        Taken { resampling, rest: most.saturating_add(left) }
    }

    /// Adds up the memory of targets that are made at the same time.
    fn at_once(self, other: Taken) -> Taken {
        let resampling = self.resampling.saturating_add(other.resampling);
        Taken { resampling, rest: self.rest.saturating_add(other.rest) }
    }
}

impl MemoryNeed {
    /// Adds up decoding of a source of which so much is decoded.
    pub(in crate::batch) fn new(header: &Header, file_bytes: u64, decode_request: &DecodeRequest) -> MemoryNeed {
        // Cut-outs are known by their alpha, so that is laid on the background after decoding.
        let decoding =
            codecs::decode_memory(header, file_bytes, &DecodeRequest { background: None, ..*decode_request });
        let view = decode_request.background.map_or(decoding.view, |background| decoding.view.on(background));
        MemoryNeed { header: *header, file_bytes, decoding, view }
    }

    /// Adds up decoding of a source of which calls are made: as much as `decode_request` says that any task looks at,
    /// by whichever decoder.
    pub(in crate::batch) fn beside_calls(
        header: &Header,
        file_bytes: u64,
        decode_request: DecodeRequest,
    ) -> MemoryNeed {
        MemoryNeed::new(header, file_bytes, &DecodeRequest { decoder: DecoderChoice::Safe, ..decode_request })
    }

    /// Returns the most bytes that decoding may hold beside the file's own.
    pub(in crate::batch) fn memory_limit(&self) -> u64 {
        self.decoding.peak
    }

    /// Adds up reading and decoding.
    pub(in crate::batch) fn loading(&self) -> u64 {
        OVERHEAD.saturating_add(self.file_bytes).saturating_add(self.decoding.peak.max(self.flattening()))
    }

    /// Adds up reading, decoding and making these outputs, if they have no more detail than that.
    pub(in crate::batch) fn making(&self, makes: &[ToMake<'_>], parallelism: Parallelism, detail: Detail) -> u64 {
        let groups = match parallelism {
            Parallelism::OneByOne => vec![makes.to_vec()],
            // Those of one picture are made one after the other all the same.
            Parallelism::Together => by_picture(makes.iter().copied(), |one| one.picture_key(&self.header)),
        };
        let each = groups.iter().map(|group| Taken::one_by_one(group.iter().map(|one| self.taken(*one, detail))));
        let Taken { resampling: showing, rest } = each.fold(Taken::default(), Taken::at_once);
        // What it keeps of the picture before it was turned or lost its alpha has room for what is made next.
        let finished = self.decoding.finishing.max(self.flattening());
        let given_back = finished.saturating_sub(self.view.bytes());
        let showing = self.just_loaded().saturating_add(showing.max(given_back));
        let steps = [self.loading(), showing, self.loaded().saturating_add(rest)];
        let most = steps.into_iter().max().unwrap_or(0);
        most.saturating_add(most / SLACK)
    }

    /// Adds up reading, decoding, resampling a part to this size and holding `more` beside the result.
    pub(in crate::batch) fn showing(&self, visible: Window, size: Size, filter: Filter, more: u64) -> u64 {
        let resampling = self.view.resampling(visible, size, filter);
        self.loading().max(self.just_loaded().saturating_add(resampling).saturating_add(more))
    }

    /// Returns the bytes of the decoded picture and of the same on its background, if it gets one.
    fn flattening(&self) -> u64 {
        if self.view == self.decoding.view { 0 } else { self.decoding.view.bytes().saturating_add(self.view.bytes()) }
    }

    /// Returns the bytes of the decoded source, and of its file, which the allocator keeps for a moment.
    fn just_loaded(&self) -> u64 {
        (OVERHEAD + LEFT).saturating_add(self.file_bytes).saturating_add(self.view.bytes())
    }

    /// Returns the same a little later, when the allocator keeps less.
    fn loaded(&self) -> u64 {
        let left = self.file_bytes / 2 + self.header.kept_bytes.min(LEFT_AT_MOST) * 2 / 3;
        OVERHEAD.saturating_add(left).saturating_add(self.view.bytes())
    }

    fn taken(&self, ToMake { task, decided, .. }: ToMake<'_>, detail: Detail) -> Taken {
        let (Decided { layout, format, .. }, recipe) = (decided, &task.recipe);
        let own = self.view.kind();
        let kind = |channels: Channels| Kind { channels, ..own };
        let placement = layout.placement.size();
        let resampling = self.view.resampling(layout.visible(), placement, recipe.resize.filter);
        // Laid on the background, where the file needs one.
        let background = recipe.convert.background_in(*format);
        let channels = background.map_or(own.channels, |color| flattened_channels(own.channels, color));
        let placed = kind(channels).bytes(placement);
        let flattening = if channels == own.channels { 0 } else { own.bytes(placement) + placed };
        // With margins: the placed picture stays, a copy of it may be wider, the canvas is another.
        let (picture, filling, left) = if layout.placement == Rect::of(layout.output) {
            (kind(channels), 0, 0)
        } else {
            let engines = &recipe.outpaint.engines;
            let widened = match (engines.needs_color(), engines.needs_alpha() && background.is_none()) {
                (true, true) => channels.with_color().with_alpha(),
                (true, false) => channels.with_color(),
                (false, true) => channels.with_alpha(),
                (false, false) => channels,
            };
            let copied = if widened == channels { 0 } else { kind(widened).bytes(placement) };
            let canvas = kind(widened).bytes(layout.output);
            let engine = engines.scratch_bytes(layout.output, layout.placement, kind(widened).pixel_bytes());
            // What the allocator keeps of it for the encoder's first steps; a copy with alpha of the whole canvas
            // is one block, which goes back at once.
            let at_once = if widened.has_alpha() { canvas } else { 0 };
            (kind(widened), placed + canvas + copied.max(engine), engine.saturating_sub(at_once) / 3)
        };
        let held = if filling == 0 { placed } else { placed + picture.bytes(layout.output) };
        let (picture, stages) = with_stages(picture, layout, recipe);
        let held = held + stages;
        let narrow = if own.sample_bytes == 1 { 0 } else { picture.bytes(layout.output) / 2 };
        // The picture is handed on in 8 bits.
        let encoding = recipe.convert.encoding(*format);
        let encoder = encoding.map_or(0, |it| it.memory(layout.output, picture.channels, 1, detail));
        let encoding = held + narrow + encoder + left;
        Taken { resampling, rest: flattening.max(filling).max(encoding) }
    }
}

/// Returns the picture as stages leave it, and most bytes that they take beside the one they get.
fn with_stages(picture: Kind, layout: &Layout, recipe: &Recipe) -> (Kind, u64) {
    let has_color = picture.channels == picture.channels.with_color();
    if has_color || !recipe.needs_color() {
        return (picture, recipe.memory(layout, picture.pixel_bytes()));
    }
    let wide = Kind { channels: picture.channels.with_color(), ..picture };
    (wide, wide.bytes(layout.output) + recipe.memory(layout, wide.pixel_bytes()))
}
