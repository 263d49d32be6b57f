//! Planes of half the resolution, as soft as where they are interpolated to the whole.

use std::mem;

use crate::raster::Pixels;

/// A plane in which each sample takes its neighbours into account, across, down or both ways.
pub(super) fn softened(mut plane: Pixels<u8>, halved: (bool, bool)) -> Pixels<u8> {
    if halved == (false, false) {
        return plane;
    }
    let width = plane.stride();
    let samples = plane.samples_mut();
    let [mut before, mut at, mut spare] = [samples[..width].to_vec(), vec![0; width], vec![0; width]];
    for start in (0..samples.len()).step_by(width) {
        let (line, rest) = samples[start..].split_at_mut(width);
        at.copy_from_slice(line);
        soften_row([&before, &at, rest.get(..width).unwrap_or(&at)], halved, line, &mut spare);
        mem::swap(&mut before, &mut at);
    }
    plane
}

/// Does the same with rows that come one after the other.
#[derive(Debug)]
pub(super) struct Softener {
    halved: (bool, bool),
    /// The last two rows that came; nothing of what does not come yet.
    before: Vec<u8>,
    at: Vec<u8>,
    row: Vec<u8>,
    spare: Vec<u8>,
}

impl Softener {
    pub(super) fn new(halved: (bool, bool)) -> Softener {
        Softener { halved, before: Vec::new(), at: Vec::new(), row: Vec::new(), spare: Vec::new() }
    }

    /// Takes the next row, and gives the one before it to `take`, or it itself where rows do not hang
    /// on each other.
    pub(super) fn push(&mut self, row: &[u8], take: impl FnOnce(&[u8])) {
        if self.halved == (false, false) {
            return take(row);
        }
        if self.at.is_empty() {
            for first in [&mut self.before, &mut self.at, &mut self.row, &mut self.spare] {
                first.extend_from_slice(row);
            }
            return;
        }
        soften_row([&self.before, &self.at, row], self.halved, &mut self.row, &mut self.spare);
        take(&self.row);
        mem::swap(&mut self.before, &mut self.at);
        self.at.copy_from_slice(row);
    }

    /// Gives the last row to `take`, if it still waits.
    pub(super) fn finish(&mut self, take: impl FnOnce(&[u8])) {
        if !self.at.is_empty() {
            soften_row([&self.before, &self.at, &self.at], self.halved, &mut self.row, &mut self.spare);
            take(&self.row);
        }
    }
}

/// Writes the middle one of three rows to `line`.
fn soften_row([before, at, after]: [&[u8]; 3], (across, down): (bool, bool), line: &mut [u8], spare: &mut [u8]) {
    if down {
        soften(line, before, at, after);
    } else {
        line.copy_from_slice(at);
    }
    let width = line.len();
    if across && width > 1 {
        spare.copy_from_slice(line);
        soften(&mut line[1..width - 1], spare, &spare[1..], &spare[2..]);
        soften(&mut line[..1], spare, spare, &spare[1..]);
        soften(&mut line[width - 1..], &spare[width - 2..], &spare[width - 1..], &spare[width - 1..]);
    }
}

/// Triangle interpolation to twice the resolution leaves cos³ of a quarter turn at the finest that
/// there is; these weights leave a little less of whatever the interpolated picture shows.
fn soften(line: &mut [u8], before: &[u8], at: &[u8], after: &[u8]) {
    for (sample, (&at, (&before, &after))) in line.iter_mut().zip(at.iter().zip(before.iter().zip(after))) {
        *sample = ((11 * (u16::from(before) + u16::from(after)) + 42 * u16::from(at) + 32) >> 6) as u8;
    }
}
