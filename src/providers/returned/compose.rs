//! From a verified result to the margins of one output.
//!
//! The needed part of the result is resampled once, in 16 bits, to the output's pixels; its
//! colours are corrected, a [`Membrane`] takes it to the source's border, and it is written to
//! the margins. The source's own pixels, which stand on the canvas already, are only read.

use crate::each_depth;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::geometry::margin_strips;
use crate::providers::Verified;
use crate::providers::returned::color::level;
use crate::providers::returned::field::luma;
use crate::providers::returned::flaw::bad;
use crate::providers::returned::verify::MISSING;
use crate::providers::returned::verify::outside;
use crate::raster;
use crate::raster::Channels;
use crate::raster::Filter;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::membrane::Membrane;

impl Verified {
    /// Tells whether the result reaches, but for a little that is mirrored in, to all margins of a target. A result
    /// serves every target that it covers.
    #[must_use]
    pub fn covers(&self, layout: &Layout) -> bool {
        let size = self.raster.size();
        self.missing(layout) <= MISSING * f64::from(size.width.max(size.height))
    }

    /// Fills the margins of `canvas`, on which the visible part of the source stands at
    /// `layout.placement`, as for a local engine. Pixels inside it are not touched; margins
    /// become opaque. Nothing but the arguments and the result decides the pixels.
    ///
    /// # Errors
    /// [`Class::BadOutput`](crate::error::Class::BadOutput) if the result does not reach the
    /// target's window; the canvas is then as it was.
    ///
    /// # Panics
    /// If `canvas` has not the layout's output size.
    pub fn fill(&self, canvas: &mut Raster, layout: &Layout) -> Result<(), Failure> {
        assert_eq!(canvas.size(), layout.output, "the canvas of a layout");
        if layout.margins().is_empty() {
            return Ok(());
        }
        if !self.covers(layout) {
            let (missing, size) = (self.missing(layout), self.raster.size());
            let text = format!("the target's window reaches {missing:.0} pixels past the result of {size}");
            return Err(bad(text));
        }
        let margin = self.resampled(self.window_of(layout), layout.output);
        each_depth!(canvas, pixels => self.write(pixels, &margin, layout.placement));
        Ok(())
    }

    /// Bytes that [`Verified::fill`] needs besides the canvas and the result, as an upper
    /// bound, for a result of `returned` and an output of `output`.
    #[must_use]
    pub fn scratch_bytes(returned: Size, output: Size) -> u64 {
        let across = u64::from(output.width) * u64::from(returned.height);
        let along = 2 * (u64::from(output.width) + u64::from(output.height));
        // Both pictures in 16 bits, between them one resampled across; the membrane's lines.
        6 * (returned.area() + across + 2 * output.area()) + along * 12 * 16
    }

    fn missing(&self, layout: &Layout) -> f64 {
        outside(self.window_of(layout), self.raster.size())
    }

    /// Returns the window of the output, in pixels of the result. It follows from where the source lands
    /// and not from the layout's window, from which that differs by rounding.
    fn window_of(&self, layout: &Layout) -> Window {
        let (visible, placement, output) = (layout.visible(), layout.placement, layout.output);
        let axis = |visible: f64, length: f64, placed: u32, placed_length: u32, output: u32| {
            let step = length / f64::from(placed_length);
            (visible - f64::from(placed) * step, f64::from(output) * step)
        };
        let (x, width) = axis(visible.x, visible.width, placement.x, placement.width, output.width);
        let (y, height) = axis(visible.y, visible.height, placement.y, placement.height, output.height);
        let across = self.place.width / self.shown.width;
        let down = self.place.height / self.shown.height;
        Window {
            x: self.place.x + (x - self.shown.x) * across,
            y: self.place.y + (y - self.shown.y) * down,
            width: width * across,
            height: height * down,
        }
    }

    /// Returns the window in exactly `output` pixels of 16 bits; what reaches past the result is mirrored.
    fn resampled(&self, window: Window, output: Size) -> Pixels<u16> {
        let size = self.raster.size();
        let (left, right) = covered(window.x, window.width, output.width, size.width);
        let (top, bottom) = covered(window.y, window.height, output.height, size.height);
        let (step_x, step_y) = (window.width / f64::from(output.width), window.height / f64::from(output.height));
        let part = Window {
            x: window.x + f64::from(left) * step_x,
            y: window.y + f64::from(top) * step_y,
            width: f64::from(right - left) * step_x,
            height: f64::from(bottom - top) * step_y,
        };
        let wide: Raster = raster::with_u16(self.raster.clone()).into();
        let there = raster::resample(&wide, part, Size::new(right - left, bottom - top), Filter::Lanczos3);
        drop(wide);
        let there = raster::with_u16(there);
        if there.size() == output {
            return there;
        }
        let mut whole = Pixels::new(output, there.channels());
        let count = there.channels().count();
        for y in 0..output.height {
            let row = whole.row_mut(y);
            for (x, pixel) in (0..).zip(row.chunks_exact_mut(count)) {
                pixel.copy_from_slice(there.pixel(mirrored(x, left, right), mirrored(y, top, bottom)));
            }
        }
        whole
    }

    fn write<S: Sample>(&self, canvas: &mut Pixels<S>, margin: &Pixels<u16>, known: Rect) {
        let (size, channels) = (canvas.size(), canvas.channels());
        let membrane = Membrane::new(size, known, |x, y| {
            let (own, other) = (canvas.pixel(x, y), self.generated(margin, x, y, channels));
            let alpha = if channels.has_alpha() { own.last().map_or(1.0, |alpha| level(*alpha)) } else { 1.0 };
            let color = |channel: usize| own.get(channel).map_or(0.0, |own| level(*own) - other[channel]);
            if channels.without_alpha() == Channels::Gray {
                ([color(0); 3], alpha)
            } else {
                ([color(0), color(1), color(2)], alpha)
            }
        });
        let count = channels.count();
        let colors = channels.without_alpha().count();
        for strip in margin_strips(size, known) {
            for y in strip.y..strip.bottom() {
                let row = &mut canvas.row_mut(y)[strip.x as usize * count..strip.right() as usize * count];
                for (x, pixel) in (strip.x..).zip(row.chunks_exact_mut(count)) {
                    let generated = self.generated(margin, x, y, channels);
                    let added = membrane.at(x, y).unwrap_or_default();
                    for (channel, sample) in pixel.iter_mut().enumerate() {
                        let color = channel < colors;
                        let level = if color { generated[channel] + added[channel] } else { 1.0 };
                        *sample = S::from_f32(level * S::MAX);
                    }
                }
            }
        }
    }

    /// Returns the corrected colour of one pixel of the margin picture, as the canvas has it.
    fn generated(&self, margin: &Pixels<u16>, x: u32, y: u32, channels: Channels) -> [f32; 3] {
        let colors = match margin.pixel(x, y) {
            [red, green, blue, ..] => [*red, *green, *blue],
            other => [other[0]; 3],
        };
        let mut corrected = [0.0; 3];
        for (channel, color) in colors.into_iter().enumerate() {
            corrected[channel] = self.correction.apply(channel, level(color)).clamp(0.0, 1.0);
        }
        if channels.without_alpha() == Channels::Gray { [luma(corrected); 3] } else { corrected }
    }
}

/// Returns the first output pixel, and the one after the last, that lie on the picture as a whole; at least one.
fn covered(start: f64, length: f64, output: u32, side: u32) -> (u32, u32) {
    const ERROR: f64 = 1e-6;
    let step = length / f64::from(output);
    let first = (-start / step - ERROR).ceil().max(0.0) as u32;
    let end = ((f64::from(side) - start) / step + ERROR).floor().max(0.0) as u32;
    let first = first.min(output - 1);
    (first, end.clamp(first + 1, output))
}

/// Returns the place `at`, mirrored into the range and counted from its start.
fn mirrored(at: u32, first: u32, end: u32) -> u32 {
    let length = i64::from(end - first);
    let place = i64::from(at) - i64::from(first);
    let reflected = if place < 0 {
        -1 - place
    } else if place >= length {
        2 * length - 1 - place
    } else {
        place
    };
    reflected.clamp(0, length - 1) as u32
}
