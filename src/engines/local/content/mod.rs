//! `content`: the picture goes on, by copies of what lies near its border.
//!
//! Side by side, what is known is reduced to a [`proxy`]; the [`offsets`] under which its
//! border fits best are found; each margin pixel is given one of them ([`label`]), so that
//! copies meet where they agree and little is copied that is [`foreign`] to the border; and the
//! copies are painted in full resolution ([`paint`]), their light evened by a [`membrane`].
//! What is painted is known to the sides that follow.

mod flow;
mod foreign;
mod frame;
mod label;
mod membrane;
mod offsets;
mod paint;
mod proxy;

use crate::each_depth;
use crate::engines::EngineDef;
use crate::engines::FillContext;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

use foreign::Foreignness;
use frame::Frame;
use label::Labelling;
use offsets::Bounds;
use offsets::Candidates;
use paint::Plan;
use proxy::Proxy;

pub(super) static CONTENT: EngineDef = EngineDef {
    name: "content",
    doc: "continues textures by copies of what lies near the border; for grass, water, walls, foliage",
    revision: 3,
    fields: &[],
    uses: &[],
    build: |_| Box::new(Content),
};

struct Content;

impl LocalEngine for Content {
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        let known = context.known;
        for side in Side::ALL {
            continue_side(canvas, side.inner(canvas.size(), known), side);
        }
        Ok(Filled::by(CONTENT.name))
    }

    fn scratch_bytes(&self, canvas: Size, known: Rect, _pixel_bytes: u64) -> u64 {
        scratch_bytes(canvas, known, 0)
    }
}

/// Bytes that continuing every side needs, one after the other, whose margins may be wider by so many lines.
pub(super) fn scratch_bytes(canvas: Size, known: Rect, wider: u32) -> u64 {
    // Of each pixel of the proxy its colour and features (24), the same at half the size (2), the table of
    // the foreign and what it is made of (5).
    const KNOWN: u64 = 32;
    // Of each reduced pixel of the margin the costs of all offsets for its block (11) and its label (2); while
    // seams are moved its place (32), whom it follows (24), its number (5), and its node (96) with what waits
    // (16), all of which grow by doubling; then the membrane (64) and what is painted (32). What was given
    // back is not counted on.
    const MARGIN: u64 = 288;
    // Of each pixel along a border its step and what cells it lies between, and of each across
    // what it is a copy of; a table of a few hundred offsets.
    const ALONG: u64 = 80;
    const TABLES: u64 = 1 << 19;
    let factor = factor(canvas);
    let of = Side::ALL.map(|side| {
        let inner = side.inner(canvas, known);
        let ((length, across), margin) = (side.extent(inner), side.margin(canvas, inner));
        if margin == 0 {
            return 0;
        }
        let margin = margin + wider;
        let length = length.div_ceil(factor) as usize;
        let depth = depth(across + margin, margin, factor);
        let columns = margin_most(depth).min(margin.div_ceil(factor) as usize) + 1;
        length as u64 * (depth as u64 * KNOWN + columns as u64 * MARGIN)
    });
    of.into_iter().max().unwrap_or(0) + u64::from(canvas.width.max(canvas.height)) * ALONG + TABLES
}

/// Returns how many reduced pixels deep it is looked beside a margin, behind which `across` are known.
fn depth(across: u32, missing: u32, factor: u32) -> usize {
    let wanted = missing.div_ceil(factor) as usize;
    ((across / factor) as usize).min((2 * wanted).max(3 * LEAST))
}

/// Returns how many reduced pixels of a margin are made at once at most.
fn margin_most(depth: usize) -> usize {
    depth / 2
}

/// The longest side of the reduced canvas, and how much it is reduced at least, unless that makes it
/// too small: finer ones take longer and choose no better.
const PROXY_SIDE: u32 = 420;
const REDUCED: u32 = 3;
const SMALLEST: u32 = 160;

/// The least that is known of a side, in pixels of the proxy, for anything to be found there.
const LEAST: usize = 16;

/// Number of offsets that are looked at.
const OFFSETS: usize = 40;

/// Up to which misfit a border is that of a pattern, which goes on exactly.
const EXACT: f32 = 0.08;

/// Cost of a level of foreignness for a pixel elsewhere, in differences; the parts of a pattern are
/// foreign to each other.
const FOREIGN: f32 = 0.5;

/// Factor by which all other copies are stretched across: an eye that finds a thing
/// twice exactly as it was knows the picture for a copy.
const STRETCH: f32 = 1.235;

/// Measures of the filling, as means over the margins.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Quality {
    /// Mean difference between the border and what the copies had in its place, in 8-bit levels.
    pub(super) mismatch: f64,
    /// Share of the margins that was copied from what is foreign to the border.
    pub(super) foreign: f64,
    /// Share of the margins that was carried outwards, as there was too little to copy.
    pub(super) carried: f64,
}

impl Quality {
    /// Adds what is said of a share of the margins.
    fn add(&mut self, other: Quality, share: f64) {
        self.mismatch += other.mismatch * share;
        self.foreign += other.foreign * share;
        self.carried += other.carried * share;
    }
}

/// Fills the margin beside `inner` and says how well that went.
pub(super) fn continue_side(canvas: &mut Raster, inner: Rect, side: Side) -> Quality {
    let margin = f64::from(side.margin(canvas.size(), inner));
    let mut quality = Quality::default();
    let mut frame = Frame { side, known: inner };
    loop {
        let missing = side.margin(canvas.size(), frame.known);
        if missing == 0 {
            return quality;
        }
        let (filled, said) = fill_some(canvas, frame, missing);
        quality.add(said, f64::from(filled) / margin);
        frame.known = frame.grown(filled);
    }
}

/// Returns how many pixels of a canvas are one of its proxy, on each axis.
fn factor(canvas: Size) -> u32 {
    let longest = canvas.width.max(canvas.height);
    longest.div_ceil(PROXY_SIDE).max(REDUCED.min(longest / SMALLEST))
}

/// Fills some or all of what is missing on a side, and tells how many pixels deep, and how well.
fn fill_some(canvas: &mut Raster, frame: Frame, missing: u32) -> (u32, Quality) {
    let factor = factor(canvas.size());
    let length = frame.length().div_ceil(factor) as usize;
    let wanted = missing.div_ceil(factor) as usize;
    let depth = depth(frame.depth(), missing, factor);
    let band = depth as u32 * factor;
    // Beside a transparent border there is an outline, which goes on straight.
    if depth.min(length) < LEAST || !is_opaque(canvas, frame.band(-(band as i32), band)) {
        carry(canvas, frame, missing);
        return (missing, Quality { carried: 1.0, ..Quality::default() });
    }
    let proxy = Proxy::new(canvas, frame, factor, depth);
    let foreignness = Foreignness::new(&proxy, (length / 12).max(24));
    // Not far beyond what the border is a part of: the sky goes on above the mountains, which
    // are known to be below it.
    let most = foreignness.native_depth().max(wanted / 2).clamp(LEAST / 2, margin_most(depth));
    let margin = wanted.div_ceil(wanted.div_ceil(most));
    let filled = missing.min(margin as u32 * factor);
    let bounds = Bounds::new(frame.side.is_lateral(), margin, length);
    let Candidates { offsets, misfit } = offsets::candidates(&proxy, bounds, OFFSETS);
    let (stretch, foreign_price) = if misfit < EXACT { (1.0, 0.0) } else { (STRETCH, FOREIGN) };
    let margin = (filled as f32 / (factor as f32 * stretch)).ceil() as usize;
    let prices: Vec<f32> = offsets.iter().map(|&offset| bounds.price(offset) / margin as f32).collect();
    let labelling = Labelling {
        proxy: &proxy,
        margin,
        offsets: &offsets,
        prices: &prices,
        foreignness: &foreignness,
        foreign_price,
    };
    let labels = labelling.solve();
    let correction = membrane::correction(&labelling, &labels);
    let plan = Plan::new(frame, &labelling, &labels, &correction, stretch);
    each_depth!(canvas, pixels => plan.paint(pixels, filled));
    let quality = Quality {
        mismatch: membrane::mismatch(&labelling, &labels),
        foreign: labelling.foreign_share(&labels),
        carried: 0.0,
    };
    (filled, quality)
}

/// Tells whether every pixel of a part is opaque.
fn is_opaque(canvas: &Raster, part: Rect) -> bool {
    fn opaque<S: Sample>(pixels: &Pixels<S>, part: Rect) -> bool {
        let count = pixels.channels().count();
        (part.y..part.bottom()).all(|y| {
            let row = &pixels.row(y)[part.x as usize * count..part.right() as usize * count];
            row.chunks_exact(count).all(|pixel| pixel[count - 1].to_f32() == S::MAX)
        })
    }
    !canvas.channels().has_alpha() || each_depth!(canvas, pixels => opaque(pixels, part))
}

/// Carries the border outwards.
fn carry(canvas: &mut Raster, frame: Frame, missing: u32) {
    fn carried<S: Sample>(pixels: &mut Pixels<S>, frame: Frame, missing: u32) {
        let (count, stride) = (pixels.channels().count(), pixels.stride());
        let place = |(x, y): (i32, i32)| y as usize * stride + x as usize * count;
        for across in 0..missing as i32 {
            for along in 0..frame.length() as i32 {
                let (from, to) = (place(frame.at(-1, along)), place(frame.at(across, along)));
                pixels.samples_mut().copy_within(from..from + count, to);
            }
        }
    }
    each_depth!(canvas, pixels => carried(pixels, frame, missing));
}
