//! Reads what the samples of components mean, and brings components to the resolution of the finest.

use crate::codecs::jpeg::marker;
use crate::codecs::jpeg::strip::Strip;

/// Colour model of a picture's components.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    /// Brightness alone.
    Gray,
    /// Red, green and blue.
    Rgb,
    /// Brightness and two colour differences.
    YCbCr,
    /// Four inks, 0 is full ink.
    Cmyk,
    /// Three inks like red, green and blue as brightness and colour differences, then black.
    Ycck,
}

/// The markers that say what the components are.
#[derive(Default)]
pub(super) struct ColorMarkers {
    has_jfif: bool,
    adobe_transform: Option<u8>,
}

impl ColorMarkers {
    /// Takes an APP0 or APP14 segment; those of others are passed over.
    pub(super) fn read(&mut self, code: u8, data: &[u8]) {
        match data {
            [b'J', b'F', b'I', b'F', 0, rest @ ..] if code == marker::APP0 => self.has_jfif |= rest.len() >= 9,
            // Adobe's version and flags are of two bytes each.
            [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..] if code == marker::APP14 => {
                self.adobe_transform = Some(*transform);
            }
            _ => {}
        }
    }

    /// Returns what components with these ids are, as libjpeg has it: JFIF is always YCbCr, then counts
    /// what Adobe's marker says, then whether the ids are letters.
    pub(super) fn model(&self, ids: &[u8]) -> Model {
        match (ids, self.adobe_transform) {
            ([_], _) => Model::Gray,
            ([_, _, _], Some(0)) if !self.has_jfif => Model::Rgb,
            (b"RGB", None) if !self.has_jfif => Model::Rgb,
            ([_, _, _], _) => Model::YCbCr,
            (_, None | Some(0)) => Model::Cmyk,
            (_, Some(_)) => Model::Ycck,
        }
    }
}

/// Samples of the finest component that lie beside one of this, across and down.
pub(super) type Ratio = (usize, usize);

/// A component at the resolution of the finest one, as libjpeg does it: of half the resolution it
/// is interpolated, three quarters of the nearest sample and one of the next; otherwise, and where
/// that would be most of the picture, samples are repeated.
pub(super) struct Upsampled {
    ratio: Ratio,
    interpolates: bool,
    /// Samples of a row that belong to the picture, before they are spread.
    mixed: Vec<u16>,
    row: Vec<u8>,
}

impl Upsampled {
    /// For rows of this many pixels, of a component that has `samples` across the whole picture.
    pub(super) fn new(ratio: Ratio, pixels: usize, samples: usize) -> Self {
        let width = pixels.div_ceil(ratio.0);
        // The "fancy" upsampling of libjpeg, which it leaves out where rows of one or two samples would be widened:
        // other programs show the same levels.
        let interpolates = matches!(ratio, (1 | 2, 1 | 2)) && (ratio.0 == 1 || samples > 2);
        Upsampled { ratio, interpolates, mixed: vec![0; width], row: vec![0; width * ratio.0] }
    }

    /// Its samples for row `y` of pixels, counted from the strip's first. Rows before `first` and
    /// after `last` of them do not exist.
    pub(super) fn row<'a>(&'a mut self, strip: &'a Strip, y: isize, (first, last): (isize, isize)) -> &'a [u8] {
        let down = self.ratio.1 as isize;
        let nearest = y.div_euclid(down);
        if self.ratio == (1, 1) {
            return strip.row(nearest);
        }
        if !self.interpolates {
            let repeated = self.row.chunks_mut(self.ratio.0).zip(strip.row(nearest));
            repeated.for_each(|(samples, &nearest)| samples.fill(nearest));
            return &self.row;
        }
        // Samples lie in the middle of those that they stand for: the upper one of two rows is nearer to the row
        // above.
        let is_upper = y.rem_euclid(down) == 0;
        let next = if is_upper { nearest - 1 } else { nearest + 1 };
        let next = next.clamp(first.div_euclid(down), last.div_euclid(down));
        let (nearest, next) = (strip.row(nearest), strip.row(if down == 1 { nearest } else { next }));
        for (mixed, (&nearest, &next)) in self.mixed.iter_mut().zip(nearest.iter().zip(next)) {
            // At most 4 × 255; four times that in `widen` still fits 16 bits.
            *mixed = 3 * u16::from(nearest) + u16::from(next);
        }
        if self.ratio.0 == 2 {
            self.widen();
        } else {
            // Halves are rounded down in upper rows and up in lower ones, so that neither prevails.
            let bias = if is_upper { 1 } else { 2 };
            self.row.iter_mut().zip(&self.mixed).for_each(|(sample, mixed)| *sample = ((mixed + bias) >> 2) as u8);
        }
        &self.row
    }

    /// Two samples for each one, of four times the value.
    fn widen(&mut self) {
        // Rounded up and down in turn, so that no level is favoured.
        let (first, second) = if self.ratio.1 == 1 { (4, 8) } else { (8, 7) };
        let pair = |left: u16, nearest: u16, right: u16| {
            [((3 * nearest + left + first) >> 4) as u8, ((3 * nearest + right + second) >> 4) as u8]
        };
        let (mixed, (pairs, _)) = (&self.mixed, self.row.as_chunks_mut());
        let last = mixed.len() - 1;
        for (widened, near) in pairs[1..].iter_mut().zip(mixed.windows(3)) {
            *widened = pair(near[0], near[1], near[2]);
        }
        // At the edges the picture ends: the last sample takes the place of the one beyond.
        pairs[0] = pair(mixed[0], mixed[0], mixed[last.min(1)]);
        pairs[last] = pair(mixed[last.saturating_sub(1)], mixed[last], mixed[last]);
    }
}
