//! A local engine tried on a drawn picture, before a catalog is.

use std::time::Duration;
use std::time::Instant;

use crate::engines::Chain;
use crate::engines::FillContext;
use crate::engines::Link;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::Raster;

/// The canvas, and the part of it that is drawn: margins on all sides, and on none alike.
const CANVAS: Size = Size::new(960, 720);
const KNOWN: Rect = Rect::new(160, 90, 640, 480);

/// Most levels of a step to margins that go on with the gradient. It is that of two pixels for a model
/// that is shown the canvas in 64 of them; tiny models that repeat the border have 2 levels, those that
/// fill in one colour 40 and more.
const MOST_SEAM: f64 = 8.0;

/// Result of a trial.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trial {
    /// The engine that was tried.
    pub engine: &'static str,
    /// Files that it opened, by name; see [`LocalEngine::open`](crate::engines::LocalEngine::open).
    pub opened: Vec<(&'static str, String)>,
    /// The canvas.
    pub canvas: Size,
    /// Pixels of the margins, in millions.
    pub megapixels: f64,
    /// Time that filling took, after opening.
    pub filling: Duration,
    /// Mean step from the picture to its margins, in 8-bit levels; the picture's own steps from
    /// pixel to pixel are smaller than one.
    pub seam: f64,
}

impl Trial {
    /// Tells whether the margins fit the picture. That is asked only of what the user brought: the steps
    /// of our own engines are known, and those of `solid` are meant.
    #[must_use]
    pub(crate) fn fits(&self) -> bool {
        self.opened.is_empty() || self.seam <= MOST_SEAM
    }
}

/// Opens the engines of a chain and fills the margins of a soft gradient with the first.
///
/// # Errors
/// What the engine lacks or how it fails; a defect if it touches the picture.
pub(crate) fn try_local(chain: &Chain) -> Result<Trial, Failure> {
    let [Link::Local(local)] = chain.links() else {
        return Err(Failure::new(Class::Unsupported, "one local engine is tried at a time"));
    };
    let opened = local.engine().open()?;
    let drawn = drawn();
    let mut canvas = Raster::U8(drawn.clone());
    let begun = Instant::now();
    local.engine().fill(&mut canvas, &FillContext::new(KNOWN)).map_err(|unfilled| unfilled.failure)?;
    let filling = begun.elapsed();
    let filled = canvas.into_u8();
    if positions(KNOWN).any(|(x, y)| filled.pixel(x, y) != drawn.pixel(x, y)) {
        return Err(Failure::new(Class::Internal, "the engine touched the picture"));
    }
    let megapixels = (CANVAS.area() - KNOWN.size().area()) as f64 / 1e6;
    Ok(Trial { engine: local.name(), opened, canvas: CANVAS, megapixels, filling, seam: seam(&filled) })
}

/// A gradient in the known part, black around it.
fn drawn() -> Pixels<u8> {
    let mut canvas = Pixels::new(CANVAS, Channels::Rgb);
    for (x, y) in positions(KNOWN) {
        let (across, down) = (x * 255 / CANVAS.width, y * 255 / CANVAS.height);
        let color = [across as u8, down as u8, 255 - across as u8];
        canvas.row_mut(y)[x as usize * 3..][..3].copy_from_slice(&color);
    }
    canvas
}

fn positions(rect: Rect) -> impl Iterator<Item = (u32, u32)> {
    (rect.y..rect.bottom()).flat_map(move |y| (rect.x..rect.right()).map(move |x| (x, y)))
}

/// The mean difference of neighbours on both sides of the border, in levels.
fn seam(filled: &Pixels<u8>) -> f64 {
    let beside = (KNOWN.y..KNOWN.bottom())
        .flat_map(|y| [((KNOWN.x - 1, y), (KNOWN.x, y)), ((KNOWN.right(), y), (KNOWN.right() - 1, y))]);
    let above = (KNOWN.x..KNOWN.right())
        .flat_map(|x| [((x, KNOWN.y - 1), (x, KNOWN.y)), ((x, KNOWN.bottom()), (x, KNOWN.bottom() - 1))]);
    let steps: Vec<f64> = beside
        .chain(above)
        .flat_map(|(outer, inner)| filled.pixel(outer.0, outer.1).iter().zip(filled.pixel(inner.0, inner.1)))
        .map(|(outer, inner)| f64::from(outer.abs_diff(*inner)))
        .collect();
    steps.iter().sum::<f64>() / steps.len() as f64
}
