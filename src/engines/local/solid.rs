//! `solid`: one colour, given or taken from the picture's border.

use serde::Deserialize;

use crate::each_depth;
use crate::engines::EngineDef;
use crate::engines::FillContext;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::margin_strips;
use crate::options::Color;
use crate::options::Field;
use crate::options::Kind;
use crate::options::typed;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::Samples;
use crate::raster::border;

/// The word for the colour of the picture's own border.
const BORDER: &str = "border";

pub(super) static SOLID: EngineDef = EngineDef {
    name: "solid",
    doc: "one colour, by default that of the picture's border; for products on a plain background",
    revision: 1,
    fields: &[Field::new(
        "color",
        Kind::Or(BORDER, &Kind::Color),
        BORDER,
        "the colour; border takes the median of the pixels beside the margins",
    )],
    uses: &[],
    build: |values| {
        let options: Options = typed(values);
        // The table lets nothing pass that is neither the word nor a colour.
        let color = (options.color != BORDER).then(|| options.color.parse().expect("a colour of the table"));
        Box::new(Solid { color })
    },
};

#[derive(Deserialize)]
struct Options {
    color: String,
}

struct Solid {
    /// None: the border's.
    color: Option<Color>,
}

impl LocalEngine for Solid {
    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        let known = context.known;
        if !margin_strips(canvas.size(), known).is_empty() {
            match self.color {
                Some(color) => fill_with_color(canvas, known, color),
                None => fill_with_border(canvas, known),
            }
        }
        Ok(Filled::by(SOLID.name))
    }

    fn scratch_bytes(&self, _canvas: Size, known: Rect, _pixel_bytes: u64) -> u64 {
        border_bytes(known)
    }

    fn is_literal(&self) -> bool {
        self.color.is_some()
    }

    fn needs_color(&self) -> bool {
        self.color.is_some_and(|color| !color.is_gray())
    }

    fn needs_alpha(&self) -> bool {
        self.color.is_some_and(|color| color.rgba[3] < 255)
    }
}

/// Bytes that measuring the border needs: sixteen a pixel to keep them, four to sort a channel.
pub(super) fn border_bytes(known: Rect) -> u64 {
    (u64::from(known.width) + u64::from(known.height)) * 2 * 20
}

/// Fills the margins with the median of the border.
fn fill_with_border(canvas: &mut Raster, known: Rect) {
    if let Some(border) = border(canvas, known, 0.0) {
        fill_with(canvas, known, border.color);
    }
}

/// Fills the margins with a colour that was named; see [`samples_of`].
pub(in crate::engines) fn fill_with_color(canvas: &mut Raster, known: Rect, color: Color) {
    let strips = margin_strips(canvas.size(), known);
    each_depth!(canvas, pixels => {
        let samples = samples_of(color, pixels.channels());
        paint(pixels, &strips, samples);
    });
}

/// Fills the margins with one colour, in samples of the canvas.
pub(super) fn fill_with(canvas: &mut Raster, known: Rect, color: Samples) {
    let strips = margin_strips(canvas.size(), known);
    each_depth!(canvas, pixels => {
        // Samples of the canvas' own depth, which a float holds exactly.
        let samples = color.map(|sample| Sample::from_f32(sample.into()));
        paint(pixels, &strips, samples);
    });
}

/// Fills the margin beside `inner` with one colour, in samples of the canvas.
pub(super) fn fill_side(canvas: &mut Raster, inner: Rect, side: Side, color: Samples) {
    let strip = side.lines(inner, 0..side.margin(canvas.size(), inner));
    each_depth!(canvas, pixels => paint(pixels, &[strip], color.map(|sample| Sample::from_f32(sample.into()))));
}

/// The colour in a canvas' samples. Where it has no colour channels the luma stands for it,
/// where it has no alpha the colour counts as opaque.
pub(super) fn samples_of<S: Sample>(color: Color, channels: Channels) -> [S; 4] {
    let rgba = color.rgba.map(S::from_u8);
    match channels {
        Channels::Gray | Channels::GrayAlpha => [luma([rgba[0], rgba[1], rgba[2]]), rgba[3], rgba[3], rgba[3]],
        Channels::Rgb | Channels::Rgba => rgba,
    }
}

/// The grey of a colour: Rec. 709 on encoded values, as that of the common decoders; exact for greys.
pub(super) fn luma<S: Sample>(color: [S; 3]) -> S {
    let [red, green, blue] = color.map(S::to_f32);
    let is_gray = red == green && green == blue;
    if is_gray { color[0] } else { S::from_f32(0.2126 * red + 0.7152 * green + 0.0722 * blue) }
}

fn paint<S: Sample>(pixels: &mut Pixels<S>, strips: &[Rect], samples: [S; 4]) {
    let count = pixels.channels().count();
    for strip in strips {
        for y in strip.y..strip.bottom() {
            let row = &mut pixels.row_mut(y)[strip.x as usize * count..strip.right() as usize * count];
            row.chunks_exact_mut(count).for_each(|pixel| pixel.copy_from_slice(&samples[..count]));
        }
    }
}
