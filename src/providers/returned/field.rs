//! Gradients of a picture, reduced and made comparable: what the search for the source looks at.

use std::ops::Range;

use crate::geometry::Size;
use crate::geometry::Window;
use crate::raster;
use crate::raster::Channels;
use crate::raster::Filter;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;

/// A gradient of as many 8-bit levels a pixel counts 0.7; stronger ones count up to 1 and no
/// more, so that one hard edge does not outvote all texture, and noise counts little.
const SOFT: f32 = 6.0;

/// Parts on one axis into which a template is divided to see where it agrees.
const PARTS: usize = 6;

/// The least mean squared gradient of a part that says something, and the least agreement of
/// one that is the same.
const TEXTURED: f32 = 0.01;
const AGREES: f32 = 0.35;

/// Sums over a template and what it lies on.
struct Compared {
    product: f32,
    own: f32,
    other: f32,
}

impl Compared {
    fn agreement(&self) -> f32 {
        let energy = (self.own * self.other).sqrt();
        if energy > 0.0 { self.product / energy } else { 0.0 }
    }
}

/// Returns the brightness of a picture at a reduced size, 16 bits a pixel.
pub(super) fn gray(picture: &Raster, size: Size) -> Raster {
    let reduced = resized(picture, size);
    if reduced.channels() == Channels::Gray {
        return raster::with_u16(reduced).into();
    }
    let reduced = raster::with_u16(reduced);
    let count = reduced.channels().count();
    let levels = reduced.samples().chunks_exact(count).map(|pixel| match pixel {
        [red, green, blue, ..] => u16::from_f32(luma([red.to_f32(), green.to_f32(), blue.to_f32()])),
        _ => pixel[0],
    });
    Pixels::from_samples(size, Channels::Gray, levels.collect()).into()
}

/// Returns the brightness of a colour, in its own unit (Rec. ITU-R BT.601, as JPEG has it).
pub(super) fn luma([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// Returns the whole picture in exactly `size` pixels.
pub(super) fn resized(picture: &Raster, size: Size) -> Raster {
    let Size { width, height } = picture.size();
    let whole = Window { x: 0.0, y: 0.0, width: width.into(), height: height.into() };
    raster::resample(picture, whole, size, Filter::Bilinear)
}

/// Returns the size with its longer side reduced to `longest`, if it is longer.
pub(super) fn reduced(size: Size, longest: u32) -> Size {
    let factor = (f64::from(longest) / f64::from(size.width.max(size.height))).min(1.0);
    let side = |side: u32| (f64::from(side) * factor).round().max(1.0) as u32;
    Size::new(side(size.width), side(size.height))
}

/// Softly normalised gradients, two numbers a pixel, with a frame of zeros around them.
pub(super) struct GradientField {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Across and down, interleaved.
    pub(super) data: Vec<f32>,
}

impl GradientField {
    /// Returns the gradients of a grey 16-bit picture, framed by `frame` pixels without any.
    pub(super) fn of(gray: &Raster, frame: usize) -> GradientField {
        let Raster::U16(pixels) = gray else { panic!("brightness has 16 bits") };
        let (inner_width, inner_height) = (pixels.size().width as usize, pixels.size().height as usize);
        let (width, height) = (inner_width + 2 * frame, inner_height + 2 * frame);
        let levels = pixels.samples();
        let at = |x: usize, y: usize| f32::from(levels[y * inner_width + x]) / 257.0;
        let mut data = vec![0.0; width * height * 2];
        for y in 0..inner_height {
            let (above, below) = (y.saturating_sub(1), (y + 1).min(inner_height - 1));
            for x in 0..inner_width {
                let (left, right) = (x.saturating_sub(1), (x + 1).min(inner_width - 1));
                let (across, down) = (at(right, y) - at(left, y), at(x, below) - at(x, above));
                let scale = 1.0 / (across * across + down * down + SOFT * SOFT).sqrt();
                let place = ((y + frame) * width + x + frame) * 2;
                data[place] = across * scale;
                data[place + 1] = down * scale;
            }
        }
        GradientField { width, height, data }
    }

    /// Returns the mean of the squared gradients, 0 to 1: how much there is to recognise.
    pub(super) fn texture(&self) -> f32 {
        self.data.iter().map(|gradient| gradient * gradient).sum::<f32>() / (self.width * self.height) as f32
    }

    /// Returns the agreement of `template` with the part `window` of this field, in pixels of this
    /// field: normalised correlation, -1 to 1. Every `stride`-th pixel of the template counts.
    pub(super) fn agreement(&self, template: &GradientField, window: Window, stride: usize) -> f32 {
        let all = (0..template.width, 0..template.height);
        self.compared(template, all, window, stride).agreement()
    }

    /// Returns the share of the parts of `template`, [`PARTS`] by [`PARTS`] and only those that have texture, that
    /// agree for themselves. One strong edge may agree by chance with another; it agrees in few parts.
    pub(super) fn spread(&self, template: &GradientField, window: Window) -> f32 {
        let range = |length: usize, part: usize| part * length / PARTS..(part + 1) * length / PARTS;
        let (mut textured, mut agreeing) = (0, 0);
        for (row, column) in (0..PARTS).flat_map(|row| (0..PARTS).map(move |column| (row, column))) {
            let part = (range(template.width, column), range(template.height, row));
            let pixels = part.0.len() * part.1.len();
            let compared = self.compared(template, part, window, 1);
            if compared.own > TEXTURED * pixels as f32 {
                textured += 1;
                agreeing += i32::from(compared.agreement() > AGREES);
            }
        }
        if textured == 0 { 0.0 } else { agreeing as f32 / textured as f32 }
    }

    fn compared(
        &self,
        template: &GradientField,
        (columns, rows): (Range<usize>, Range<usize>),
        window: Window,
        stride: usize,
    ) -> Compared {
        let (step_x, step_y) = (window.width / template.width as f64, window.height / template.height as f64);
        let (mut product, mut own, mut other) = (0.0_f32, 0.0_f32, 0.0_f32);
        for v in rows.skip(stride / 2).step_by(stride) {
            let y = (window.y + (v as f64 + 0.5) * step_y - 0.5) as f32;
            let row = &template.data[v * template.width * 2..];
            for u in columns.clone().skip(stride / 2).step_by(stride) {
                let x = (window.x + (u as f64 + 0.5) * step_x - 0.5) as f32;
                let (across, down) = (row[u * 2], row[u * 2 + 1]);
                own += across * across + down * down;
                if let Some([here_across, here_down]) = self.sample(x, y) {
                    other += here_across * here_across + here_down * here_down;
                    product += across * here_across + down * here_down;
                }
            }
        }
        Compared { product, own, other }
    }

    /// Returns the gradient between pixels; none outside.
    fn sample(&self, x: f32, y: f32) -> Option<[f32; 2]> {
        let (left, top) = (x.floor(), y.floor());
        if left < 0.0 || top < 0.0 || left + 1.0 >= self.width as f32 || top + 1.0 >= self.height as f32 {
            return None;
        }
        let (share_x, share_y) = (x - left, y - top);
        let place = (top as usize * self.width + left as usize) * 2;
        let upper = &self.data[place..place + 4];
        let lower = &self.data[place + self.width * 2..][..4];
        let mixed = |channel: usize| {
            let above = upper[channel] + (upper[channel + 2] - upper[channel]) * share_x;
            let below = lower[channel] + (lower[channel + 2] - lower[channel]) * share_x;
            above + (below - above) * share_y
        };
        Some([mixed(0), mixed(1)])
    }
}
