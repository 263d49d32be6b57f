//! Canvases of calls: the size in which the source is sent, and the margins that are added.
//!
//! Numbers only. A canvas is planned for one layout; targets whose windows lie inside it share
//! it. Its working scale is that of the output, or less where the provider's limits ask for
//! it: the source's own pixels never come from the canvas, so only margins get coarser.

mod limits;
mod need;
mod plan;
mod shape;
pub mod walk;

use serde::Deserialize;
use serde::Serialize;
use serde_json::json;

use crate::geometry::Layout;
use crate::geometry::Margins;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::providers::Asked;
use crate::providers::BACK;
use crate::providers::Descriptor;
use crate::providers::Geometry;
use crate::providers::Quote;
use crate::providers::SCALES;
use crate::providers::Unit;
use crate::providers::Variables;

/// The smallest share of the frame at which the source is searched on the result of a walk.
const SMALLEST_SEEN: f64 = 0.2;

/// Size of the source as it is sent, and the margins that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Canvas {
    /// The part of the source that is sent, in source pixels.
    pub visible: Window,
    /// The size in which it is sent.
    pub sent: Size,
    /// Pixels asked for on each side, at the scale at which the source is sent.
    pub margins: Margins,
    /// Those of them that are needed: fewer where a provider places the source itself, or can
    /// only make more than is needed.
    pub needed: Margins,
    /// Walk: steps back; otherwise none.
    pub steps: u32,
    /// Second of two passes: the first, whose result is sent in the place of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<FirstPass>,
}

/// Geometry of the first of two passes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FirstPass {
    /// As [`Canvas::visible`].
    pub visible: Window,
    /// As [`Canvas::sent`].
    pub sent: Size,
    /// As [`Canvas::margins`].
    pub margins: Margins,
    /// As [`Canvas::needed`].
    pub needed: Margins,
    /// As [`Canvas::steps`].
    pub steps: u32,
}

impl Canvas {
    /// Returns the canvas of the pass before this one, if there is one.
    #[must_use]
    pub fn first(&self) -> Option<Canvas> {
        self.before.map(|FirstPass { visible, sent, margins, needed, steps }| Canvas {
            visible,
            sent,
            margins,
            needed,
            steps,
            before: None,
        })
    }

    /// Returns the same as the second pass after `first`.
    fn after(self, first: Canvas) -> Canvas {
        let Canvas { visible, sent, margins, needed, steps, .. } = first;
        Canvas { before: Some(FirstPass { visible, sent, margins, needed, steps }), ..self }
    }

    /// Returns the layout of what a second pass sends, for a source with the content of `whole`.
    #[must_use]
    pub fn sent_layout(&self, whole: &Layout) -> Layout {
        Layout { window: self.visible, ..*whole }.with_output(self.sent)
    }

    /// Returns the size of the whole picture at the scale at which the source is sent.
    #[must_use]
    pub fn size(&self) -> Size {
        grown(self.sent, self.margins)
    }

    /// Returns the size of the picture that is returned, if all goes well: a walk keeps the frame that was sent and
    /// shows everything in it smaller.
    #[must_use]
    pub fn returned(&self) -> Size {
        if self.steps > 0 { self.sent } else { self.size() }
    }

    /// Returns the most bytes of a result's file: 16 bits a sample and alpha, 5 % more on each side, not
    /// compressed, and 4 MiB of all else.
    #[must_use]
    pub fn largest_result(&self) -> u64 {
        self.returned().area().saturating_mul(8 * 9 / 8).saturating_add(4 << 20)
    }

    /// Returns the geometry by which [`verify`](crate::providers::verify) judges the result: its size, and the place of
    /// the source on it.
    #[must_use]
    pub fn asked(&self) -> Asked {
        let (whole, returned) = (self.size(), self.returned());
        let across = f64::from(returned.width) / f64::from(whole.width);
        let down = f64::from(returned.height) / f64::from(whole.height);
        let Margins { left, top, .. } = self.margins;
        let placed = |x: u32, y: u32, size: Size| {
            let at = |start: u32, length: u32, scale: f64| {
                let (first, last) = (f64::from(start) * scale, f64::from(start + length) * scale);
                (first.round() as u32, last.round() as u32)
            };
            let ((x, right), (y, bottom)) = (at(x, size.width, across), at(y, size.height, down));
            Rect::new(x, y, right.max(x + 1) - x, bottom.max(y + 1) - y)
        };
        let source = placed(left, top, self.sent);
        // How far a step leads is not known: from a fifth of the frame to all of it.
        let share = f64::from(source.width) / f64::from(returned.width);
        let scales = if self.steps > 0 { (SMALLEST_SEEN / share, 1.0 / share) } else { SCALES };
        Asked {
            scales,
            canvas: returned,
            source,
            needed: placed(left - self.needed.left, top - self.needed.top, grown(self.sent, self.needed)),
            shown: self.visible,
        }
    }

    /// Returns the share of the frame that the source is to take, at most.
    #[must_use]
    pub fn zoom(&self) -> f64 {
        f64::from(self.returned().width) / f64::from(self.size().width)
    }

    /// Returns the share of the frame at which all that is needed shows around a source in the middle.
    #[must_use]
    pub fn zoom_needed(&self) -> f64 {
        let Margins { left, top, right, bottom } = self.needed;
        let share = |side: u32, margin: u32| f64::from(side) / (f64::from(side) + 2.0 * f64::from(margin));
        share(self.sent.width, left.max(right)).min(share(self.sent.height, top.max(bottom)))
    }

    /// Returns the part of the plane of the source that the result will surely show, in source pixels.
    #[must_use]
    pub fn window(&self) -> Window {
        let (across, down) = self.pixel();
        let Margins { left, top, right, bottom } = self.needed;
        Window {
            x: self.visible.x - f64::from(left) * across,
            y: self.visible.y - f64::from(top) * down,
            width: self.visible.width + f64::from(left + right) * across,
            height: self.visible.height + f64::from(top + bottom) * down,
        }
    }

    /// Tells whether all margins of a layout can be taken from the result.
    #[must_use]
    pub fn serves(&self, layout: &Layout) -> bool {
        let (outer, inner) = (self.window(), shown(layout));
        let (across, down) = self.pixel();
        let lies_in = |outer: Window, inner: Window| {
            // A pixel more or less is rounding; it is mirrored in.
            inner.x >= outer.x - across
                && inner.y >= outer.y - down
                && inner.x + inner.width <= outer.x + outer.width + across
                && inner.y + inner.height <= outer.y + outer.height + down
        };
        // Where the source shows on the canvas, the layout must show it as well: what trim cut
        // off is margin for one and picture for another.
        let content = intersection(outer, Window::of(layout.content));
        let visible = self.before.map_or(self.visible, |before| before.visible);
        lies_in(outer, inner) && lies_in(content, visible) && lies_in(visible, content)
    }

    /// Tells whether both ask for the same picture, of which each may need another part.
    #[must_use]
    pub fn asks_the_same(&self, other: &Canvas) -> bool {
        Canvas { needed: other.needed, ..*self } == *other
    }

    /// Returns the source pixels per pixel of the canvas, across and down.
    fn pixel(&self) -> (f64, f64) {
        (self.visible.width / f64::from(self.sent.width), self.visible.height / f64::from(self.sent.height))
    }

    /// Pixels sent per source pixel.
    #[must_use]
    pub fn scale(&self) -> f64 {
        let (across, down) = self.pixel();
        1.0 / across.max(down)
    }

    /// Returns the variables of [`VARIABLES`](crate::providers::VARIABLES) that say what to make, in the provider's
    /// unit.
    #[must_use]
    pub fn variables(&self, geometry: &Geometry, call: &str) -> Variables {
        let (sent, asked) = (self.sent, self.returned());
        let Margins { left, top, right, bottom } = match geometry.unit {
            Unit::Percent => self.percent(),
            Unit::Pixels | Unit::CanvasOffset | Unit::Canvas | Unit::Walk => self.margins,
        };
        let walk = vec!["backward"; self.steps as usize];
        let values = [
            ("width", json!(sent.width)),
            ("height", json!(sent.height)),
            ("canvas_width", json!(asked.width)),
            ("canvas_height", json!(asked.height)),
            ("offset_x", json!(self.margins.left)),
            ("offset_y", json!(self.margins.top)),
            ("left", json!(left)),
            ("top", json!(top)),
            ("right", json!(right)),
            ("bottom", json!(bottom)),
            ("walk", json!(walk)),
            ("step", json!(geometry.step)),
            (BACK, json!(walk::first(self.zoom()))),
            ("megapixels", json!(megapixels(asked))),
            ("call", json!(call)),
        ];
        values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Returns the margins as percent of the sent side, rounded up to whole numbers that are enough.
    fn percent(&self) -> Margins {
        let percent = |margin: u32, side: u32| (u64::from(margin) * 100).div_ceil(u64::from(side)) as u32;
        let (Margins { left, top, right, bottom }, Size { width, height }) = (self.margins, self.sent);
        Margins {
            left: percent(left, width),
            top: percent(top, height),
            right: percent(right, width),
            bottom: percent(bottom, height),
        }
    }

    /// Returns the price that the provider takes for it.
    #[must_use]
    pub fn quote(&self, descriptor: &Descriptor) -> Quote {
        let Some(price) = &descriptor.price else { return Quote::default() };
        let megapixels = price.megapixels(self.returned().area());
        Quote { expected: price.expected(megapixels), highest: price.highest(megapixels), credits: price.credits }
    }
}

/// Returns the part of the plane that a layout's output shows, exactly as its pixels lie.
fn shown(layout: &Layout) -> Window {
    let (visible, margins, (across, down)) = (layout.visible(), layout.margins(), layout.scale());
    Window {
        x: visible.x - f64::from(margins.left) / across,
        y: visible.y - f64::from(margins.top) / down,
        width: visible.width + f64::from(margins.left + margins.right) / across,
        height: visible.height + f64::from(margins.top + margins.bottom) / down,
    }
}

fn intersection(a: Window, b: Window) -> Window {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    let (right, bottom) = ((a.x + a.width).min(b.x + b.width), (a.y + a.height).min(b.y + b.height));
    Window { x, y, width: right - x, height: bottom - y }
}

fn grown(size: Size, margins: Margins) -> Size {
    Size::new(size.width + margins.left + margins.right, size.height + margins.top + margins.bottom)
}

fn megapixels(size: Size) -> f64 {
    size.area() as f64 / 1e6
}
