//! `blur`: the picture itself, enlarged to cover the canvas and blurred.
//!
//! A wide blur leaves nothing that a small picture could not hold. So the picture is reduced
//! until the blur is a few pixels wide, blurred there in linear light, as a lens does it, so that
//! highlights bloom; and the margins alone are enlarged from that, in 16 bits.

use serde::Deserialize;

use crate::each_depth;
use crate::engines::EngineDef;
use crate::engines::FillContext;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::local::dither::Dither;
use crate::engines::local::enlarge::BAND;
use crate::engines::local::enlarge::enlarge;
use crate::engines::local::side::Side;
use crate::engines::local::solid::samples_of;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::geometry::margin_strips;
use crate::options::Color;
use crate::options::Field;
use crate::options::Kind;
use crate::options::defaults;
use crate::options::typed;
use crate::raster::Filter;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::blur;
use crate::raster::resample;
use crate::raster::to_linear;
use crate::raster::to_srgb;
use crate::raster::with_u16;

/// Deviation of the blur in the reduced picture, in its pixels, if the source is large enough.
/// From about 3 on, the enlargement shows no trace of the small pixels.
const REDUCED: f64 = 4.0;

/// Factor by which the picture is larger when it becomes linear: before, few pixels would be left of
/// a highlight; all of it would take longer than all the rest.
const HALFWAY: u32 = 2;

pub(super) static BLUR: EngineDef = EngineDef {
    name: "blur",
    doc: "the picture itself, enlarged to cover the canvas and blurred; the look of social media, for any photo",
    revision: 3,
    fields: &[
        Field::new("sigma", Kind::Share(0.5), "3%", "standard deviation of the blur, as a share of the longer side"),
        Field::new("dim", Kind::Share(1.0), "10%", "how much darker the margins are: 100% is black"),
        Field::new("tint", Kind::Color, "transparent", "a colour laid over the margins; its alpha says how strong"),
    ],
    uses: &[],
    build: |values| Box::new(typed::<Blur>(values)),
};

#[derive(Deserialize)]
struct Blur {
    sigma: f64,
    dim: f64,
    tint: Color,
}

impl LocalEngine for Blur {
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        let known = context.known;
        let filled = Filled::by(BLUR.name);
        let strips = margin_strips(canvas.size(), known);
        if strips.is_empty() {
            return Ok(filled);
        }
        let backdrop = self.backdrop(canvas, known);
        for strip in strips {
            each_depth!(canvas, pixels => enlarge(&backdrop, pixels, strip, Filter::Mitchell));
        }
        Ok(filled)
    }

    fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64 {
        let Plan { visible, reduced, .. } = self.plan(canvas, known);
        // There are no more samples in a pixel than bytes.
        let samples = |pixels: u64| pixels * pixel_bytes;
        // Reducing: the canvas premultiplied, if its bytes leave room for alpha; the part that
        // shows, reduced on one axis; the result.
        let premultiplied = if matches!(pixel_bytes, 1 | 3 | 6) { 0 } else { canvas.area() };
        let (shown_width, shown_height) = (visible.width.ceil() as u64, visible.height.ceil() as u64);
        let halfway = (shown_width * u64::from(reduced.height)).max(u64::from(reduced.width) * shown_height);
        // Each pixel that shows has its weights.
        let weights = (shown_width + shown_height) * 96;
        let reducing = samples(premultiplied + halfway + reduced.area()) + weights;
        // What becomes linear, in 16 bits, and before that.
        let linear = samples(reduced.area() * u64::from(HALFWAY * HALFWAY) * (1 + 2));
        // Blurring: two pictures of floats, the sums of a row, and 16-bit samples before and after.
        let blurring = samples(reduced.area() * (4 + 4 + 2 + 2) + u64::from(reduced.width) * 8);
        // Enlarging: two bands of 16 bits, and the reduced picture once more where it has alpha.
        let band = u64::from(canvas.width) * u64::from(BAND);
        let enlarging = samples((band * 2 + reduced.area() * 2) * 2) + Dither::bytes(canvas.width, pixel_bytes);
        (reducing + linear).max(blurring).max(enlarging)
    }

    fn needs_color(&self) -> bool {
        self.tint.rgba[3] > 0 && !self.tint.is_gray()
    }
}

/// The picture blurred by the default options, small: what [`fill_side`] fills margins with.
pub(super) fn backdrop(canvas: &Raster, known: Rect) -> Raster {
    typed::<Blur>(&defaults(BLUR.fields)).backdrop(canvas, known)
}

/// Fills the margin beside `inner` with its part of a [`backdrop`].
pub(super) fn fill_side(canvas: &mut Raster, backdrop: &Raster, inner: Rect, side: Side) {
    let strip = side.lines(inner, 0..side.margin(canvas.size(), inner));
    each_depth!(canvas, pixels => enlarge(backdrop, pixels, strip, Filter::Mitchell));
}

/// Way in which a backdrop is made.
struct Plan {
    /// The centred part of the known pixels that has the canvas' ratio, on the canvas.
    visible: Window,
    /// The size at which it is blurred.
    reduced: Size,
    /// Deviation of the blur across and down, in pixels of that size.
    sigma: (f64, f64),
}

impl Blur {
    fn plan(&self, canvas: Size, known: Rect) -> Plan {
        let (width, height) = (f64::from(canvas.width), f64::from(canvas.height));
        let zoom = (width / f64::from(known.width)).max(height / f64::from(known.height));
        let visible = Window {
            x: f64::from(known.x) + (f64::from(known.width) - width / zoom).max(0.0) / 2.0,
            y: f64::from(known.y) + (f64::from(known.height) - height / zoom).max(0.0) / 2.0,
            width: width / zoom,
            height: height / zoom,
        };
        let sigma = self.sigma * width.max(height);
        let reduction = (sigma / zoom / REDUCED).max(1.0);
        let side = |length: f64| (length / reduction).round().max(1.0) as u32;
        let reduced = Size::new(side(visible.width), side(visible.height));
        let sigma = (sigma * f64::from(reduced.width) / width, sigma * f64::from(reduced.height) / height);
        Plan { visible, reduced, sigma }
    }

    /// The blurred picture, small: enlarged to the canvas it covers it.
    fn backdrop(&self, canvas: &Raster, known: Rect) -> Raster {
        let Plan { visible, reduced, sigma } = self.plan(canvas.size(), known);
        // A box reads no pixel whose centre is outside `visible`, so nothing of the old margins.
        let halfway = Size::new(
            (reduced.width * HALFWAY).min(visible.width.ceil() as u32),
            (reduced.height * HALFWAY).min(visible.height.ceil() as u32),
        );
        let mut small = with_u16(resample(canvas, visible, halfway, Filter::Box));
        to_linear(&mut small);
        let small = resample(&Raster::U16(small), Window::of(Rect::of(halfway)), reduced, Filter::Box);
        let mut blurred = with_u16(blur(&small, sigma.0, sigma.1));
        to_srgb(&mut blurred);
        self.shade(&mut blurred);
        blurred.into()
    }

    /// Darkens the backdrop, and lays the tint over it.
    fn shade(&self, backdrop: &mut Pixels<u16>) {
        let channels = backdrop.channels();
        let light = (1.0 - self.dim) as f32;
        let tint = samples_of::<u16>(self.tint, channels.without_alpha());
        let strength = f32::from(self.tint.rgba[3]) / 255.0;
        for pixel in backdrop.samples_mut().chunks_exact_mut(channels.count()) {
            for (sample, &tint) in pixel[..channels.without_alpha().count()].iter_mut().zip(&tint) {
                let dimmed = sample.to_f32() * light;
                *sample = u16::from_f32(dimmed + (tint.to_f32() - dimmed) * strength);
            }
        }
    }
}
