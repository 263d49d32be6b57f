//! Adds to the copies what makes them meet without a step: a membrane that is fixed at
//! the border, bridges the steps between copies, and slackens with the distance from both.

use crate::engines::local::content::label::Labelling;
use crate::engines::local::content::proxy::Color;
use crate::raster::Lanes;

/// The largest step that is taken for a difference of light and bridged, in 8-bit levels; a
/// larger one is one of things, and the rest of it stays.
const LIGHT: f32 = 64.0;

/// Over-relaxation, and how often.
const RELAXATION: f32 = 1.7;
const ROUNDS: usize = 24;

/// Returns what is added to each margin pixel, row by row, after a column that stands for the border.
pub(super) fn correction(labelling: &Labelling<'_>, labels: &[u16]) -> Vec<Color> {
    let (columns, rows) = (labelling.margin + 1, labelling.proxy.length);
    let mut correction = vec![Lanes::ZERO; columns * rows];
    // A screened Poisson equation: the weight of 0 is that with which a correction falls to 1/e over half of the
    // margin, and four pixels at least.
    let slack = 1.0 / (labelling.margin as f32 * 0.5).max(4.0).powi(2);
    // The step that each pixel should make to its neighbour, to the right and below.
    let mut steps = vec![(Lanes::ZERO, Lanes::ZERO); columns * rows];
    for row in 0..rows {
        let label = |column: usize, row: usize| labels[row * labelling.margin + column];
        correction[row * columns] = bounded(at_border(labelling, row, label(0, row)));
        for column in 0..labelling.margin {
            let at = row * columns + column + 1;
            if column + 1 < labelling.margin {
                steps[at].0 =
                    bridge(labelling, (column, row), (column + 1, row), label(column, row), label(column + 1, row));
            }
            if row + 1 < rows {
                steps[at].1 =
                    bridge(labelling, (column, row), (column, row + 1), label(column, row), label(column, row + 1));
            }
        }
    }
    // A start: what the border asks for, fading.
    for row in 0..rows {
        for column in 1..columns {
            // The solution beside a straight border without copies; so few rounds are left to do.
            let fade = (-(column as f32) * slack.sqrt()).exp();
            correction[row * columns + column] = correction[row * columns] * fade;
        }
    }
    // Gauss-Seidel: each value becomes the mean of its neighbours, plus the steps that are asked for, and of 0 with
    // the weight `slack`. Beyond the outer edges there is no neighbour: nothing pulls there. Column 0 is fixed.
    let asked = asked(&steps, columns);
    for _ in 0..ROUNDS {
        for at in 0..columns * rows {
            let (column, row) = (at % columns, at / columns);
            if column == 0 {
                continue;
            }
            let (mut sum, mut weight) = (asked[at], slack + 1.0);
            let others =
                [(column + 1 < columns, 1), (row > 0, -(columns as isize)), (row + 1 < rows, columns as isize)];
            for (is_there, way) in others {
                if is_there {
                    sum += correction[at.wrapping_add_signed(way)];
                    weight += 1.0;
                }
            }
            // Last of all the neighbour that has just changed, so that all else is done meanwhile.
            let mean = (sum + correction[at - 1]) * (1.0 / weight);
            let own = &mut correction[at];
            *own += (mean - *own) * RELAXATION;
        }
    }
    correction
}

/// Returns how much more each pixel should have than its neighbours have together.
fn asked(steps: &[(Color, Color)], columns: usize) -> Vec<Color> {
    let step = |at: usize| {
        let (right, below) = steps[at];
        let mut asked = Lanes::ZERO - right - below;
        if let Some(before) = at.checked_sub(1) {
            asked += steps[before].0;
        }
        if let Some(above) = at.checked_sub(columns) {
            asked += steps[above].1;
        }
        asked
    };
    (0..steps.len()).map(step).collect()
}

/// Mean of what the copies lack at the border, in 8-bit levels.
pub(super) fn mismatch(labelling: &Labelling<'_>, labels: &[u16]) -> f64 {
    let rows = labelling.proxy.length;
    let lack = |row: usize| -> f32 {
        at_border(labelling, row, labels[row * labelling.margin]).map(|level| level.abs() / 3.0).0.into_iter().sum()
    };
    (0..rows).map(|row| f64::from(lack(row))).sum::<f64>() / rows as f64
}

/// Returns what the known pixel at the border has more than the one that the offset puts in its place.
fn at_border(labelling: &Labelling<'_>, row: usize, label: u16) -> Color {
    let proxy = labelling.proxy;
    let offset = labelling.offsets[usize::from(label)];
    let from = (proxy.depth as i32 - 1 - offset.inwards).max(0) as usize;
    let there = proxy.index(from, (row as i32 + offset.along) as usize);
    let here = proxy.index(proxy.depth - 1, row);
    proxy.colors[here] - proxy.colors[there]
}

/// Returns how much more the second pixel needs than the first where two copies meet, so that the step
/// between them is the mean of what both copies show there.
fn bridge(labelling: &Labelling<'_>, first: (usize, usize), second: (usize, usize), one: u16, other: u16) -> Color {
    if one == other {
        return Lanes::ZERO;
    }
    let (mut sum, mut known) = (Lanes::ZERO, 0.0);
    for (column, row) in [first, second] {
        if let (Some(one), Some(other)) = (labelling.source(column, row, one), labelling.source(column, row, other)) {
            sum += labelling.proxy.colors[one] - labelling.proxy.colors[other];
            known += 1.0;
        }
    }
    if known == 0.0 { sum } else { bounded(sum * (1.0 / known)) }
}

/// The step, or where it is large, one in its direction that light could make.
fn bounded(step: Color) -> Color {
    step * (LIGHT / step.largest().max(LIGHT))
}
