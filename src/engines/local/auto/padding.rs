//! Margins in which a picture does not go on: what never looks broken.

use crate::engines::local::auto::behind::Backdrops;
use crate::engines::local::auto::plain::own_color;
use crate::engines::local::blur;
use crate::engines::local::side::Side;
use crate::engines::local::solid;
use crate::engines::local::studio;
use crate::geometry::Rect;
use crate::raster::Raster;

/// Pads the margins of one picture, side by side.
pub(super) struct Padding {
    known: Rect,
    backdrops: Option<Backdrops>,
    /// The blurred picture, once a margin has it.
    blurred: Option<Raster>,
}

impl Padding {
    pub(super) fn of(known: Rect) -> Padding {
        Padding { known, backdrops: None, blurred: None }
    }

    /// Tells whether a margin has the blurred picture.
    pub(super) fn is_blurred(&self) -> bool {
        self.blurred.is_some()
    }

    /// Fills the margin beside `inner` and says by which engine: with the border's own colour, with what
    /// a cut-off thing stands before, or with the blurred picture.
    pub(super) fn fill(&mut self, canvas: &mut Raster, inner: Rect, side: Side) -> &'static str {
        if let Some(color) = own_color(canvas, self.known, side) {
            solid::fill_side(canvas, inner, side, color);
            return solid::SOLID.name;
        }
        let known = self.known;
        match self.backdrops.get_or_insert_with(|| Backdrops::of(canvas, known)).behind(side) {
            Some((_, Some(color))) => {
                solid::fill_side(canvas, inner, side, color);
                solid::SOLID.name
            }
            Some((backdrop, None)) => {
                // What was made beside the picture is backdrop as far as its ends are.
                let (length, _) = side.extent(inner);
                let first = if side.is_lateral() { known.y - inner.y } else { known.x - inner.x } as usize;
                let place = |at: usize| backdrop[at.saturating_sub(first).min(backdrop.len() - 1)];
                let backdrop: Vec<bool> = (0..length as usize).map(place).collect();
                studio::continue_backdrop(canvas, inner, side, &backdrop);
                studio::STUDIO.name
            }
            None => {
                self.blur(canvas, inner, side);
                blur::BLUR.name
            }
        }
    }

    /// Fills the margin beside `inner` with the blurred picture.
    pub(super) fn blur(&mut self, canvas: &mut Raster, inner: Rect, side: Side) {
        let known = self.known;
        let blurred = self.blurred.get_or_insert_with(|| blur::backdrop(canvas, known));
        blur::fill_side(canvas, blurred, inner, side);
    }
}
