//! What a thing that runs out of the frame stands before: a backdrop that goes on beside it.

use crate::engines::local::auto::plain::samples;
use crate::engines::local::band::Band;
use crate::engines::local::line;
use crate::engines::local::side::Side;
use crate::engines::median::lane_median;
use crate::geometry::Rect;
use crate::raster::Lanes;
use crate::raster::Raster;
use crate::raster::Samples;

/// Lines whose median is the border, so that grain is none of it.
const LINES: u32 = 8;

/// How far a backdrop may lie from a smooth curve along the side, in 8-bit levels.
const SMOOTH: f32 = 4.0;
/// The least share of a side that shows it, and the same where it is the colour of another side.
const LEAST: f64 = 0.45;
const LEAST_KNOWN: f64 = 0.15;
/// How far the backdrops of two sides that meet in a corner are from each other.
const ALIKE: f32 = 32.0;

/// How far levels of one colour are from it, and the share of them that is.
const PLAIN: f32 = 1.5;
const MOSTLY: f64 = 0.95;

/// Places between which curves are tried, and places that are looked at for each.
const KNOTS: usize = 25;
const LOOKED_AT: usize = 200;
/// How often a curve is fitted anew to what lies near it.
const ROUNDS: usize = 3;

/// A run of backdrop along a side is so long at least, in pixels and as a share of it; so close beside
/// a thing is its blur and its shadow.
const RUN: (usize, usize) = (6, 50);
const BESIDE: (usize, usize) = (2, 100);

/// The backdrops of the sides of a picture.
pub(super) struct Backdrops(Vec<(Side, Shown)>);

/// What a side shows of a backdrop.
struct Shown {
    /// Whether a place along the side is backdrop.
    is_backdrop: Vec<bool>,
    border: Vec<Lanes>,
    share: f64,
    /// Its one colour, if it has one.
    color: Option<(Lanes, Samples)>,
}

impl Backdrops {
    /// Looks at the sides of what is `known` of a canvas.
    pub(super) fn of(canvas: &Raster, known: Rect) -> Backdrops {
        Backdrops(Side::ALL.into_iter().filter_map(|side| Some((side, shown(canvas, known, side)?))).collect())
    }

    /// What stands beside nothing else along a side, if enough of it is there and it can go on where a
    /// thing is; with its one colour, if it has one.
    pub(super) fn behind(&self, side: Side) -> Option<(&[bool], Option<Samples>)> {
        let shown = self.at(side)?;
        let is_known = || {
            let others = self.0.iter().filter(|(other, shown)| *other != side && shown.share >= MOSTLY);
            let same = |color: Lanes, other: Lanes| (color - other).largest() <= PLAIN;
            let mut colors = others.filter_map(|(_, other)| Some((shown.color?.0, other.color?.0)));
            colors.any(|(color, other)| same(color, other))
        };
        let is_enough = shown.share >= LEAST || (shown.share >= LEAST_KNOWN && is_known());
        let (first, last) = if side.is_lateral() { (Side::Top, Side::Bottom) } else { (Side::Left, Side::Right) };
        let goes_on =
            [(first, true), (last, false)].into_iter().all(|(next, is_first)| self.meets(side, next, is_first));
        (is_enough && goes_on).then(|| (&*shown.is_backdrop, shown.color.map(|(_, samples)| samples)))
    }

    fn at(&self, side: Side) -> Option<&Shown> {
        self.0.iter().find(|(of, _)| *of == side).map(|(_, shown)| shown)
    }

    /// Whether the backdrop of a side reaches its end, or goes on around the corner there: else
    /// it is a sky that ends at the ground.
    fn meets(&self, side: Side, next: Side, is_first: bool) -> bool {
        let Some(shown) = self.at(side) else { return false };
        let end = |of: &[bool]| if is_first { of.first() == Some(&true) } else { of.last() == Some(&true) };
        if end(&shown.is_backdrop) {
            return true;
        }
        let Some(other) = self.at(next) else { return false };
        other.share >= LEAST && (other.mean() - shown.mean()).largest() <= ALIKE
    }
}

impl Shown {
    fn mean(&self) -> Lanes {
        lane_median(self.border.iter().zip(&self.is_backdrop).filter(|(_, shown)| **shown).map(|(&level, _)| level))
    }
}

fn shown(canvas: &Raster, known: Rect, side: Side) -> Option<Shown> {
    let band = Band::outermost(canvas, known, side, LINES);
    let border: Vec<Lanes> =
        (0..band.length).map(|along| line::median((0..band.depth).map(|deep| band.line(deep)[along]))).collect();
    let curve = best_curve(&border)?;
    let is_near: Vec<bool> = border.iter().enumerate().map(|(at, &level)| curve.is_near(at, level)).collect();
    let is_backdrop = without_short_runs(&is_near);
    let count = is_backdrop.iter().filter(|&&is_backdrop| is_backdrop).count();
    if count == 0 {
        return None;
    }
    let levels = || border.iter().zip(&is_backdrop).filter(|(_, shown)| **shown).map(|(&level, _)| level);
    let median = lane_median(levels());
    let alike = levels().filter(|&level| (level - median).largest() <= PLAIN).count();
    let color = (alike as f64 >= MOSTLY * count as f64).then(|| (median, samples(canvas, &band, median)));
    let share = count as f64 / is_backdrop.len() as f64;
    Some(Shown { is_backdrop, border, share, color })
}

/// A level that changes smoothly along a side: of the square of the place, of the place, and of none.
struct Curve {
    terms: [Lanes; 3],
    length: f32,
}

impl Curve {
    fn place(&self, at: usize) -> f32 {
        2.0 * (at as f32 + 0.5) / self.length - 1.0
    }

    fn is_near(&self, at: usize, level: Lanes) -> bool {
        let (place, [bend, slope, middle]) = (self.place(at), self.terms);
        (bend * (place * place) + slope * place + middle - level).largest() <= SMOOTH
    }

    /// Through the levels at two places.
    fn through(border: &[Lanes], one: usize, other: usize) -> Curve {
        let mut curve = Curve { terms: [Lanes::ZERO; 3], length: border.len() as f32 };
        let (from, to) = (curve.place(one), curve.place(other));
        let slope = (border[other] - border[one]) * (1.0 / (to - from));
        curve.terms = [Lanes::ZERO, slope, border[one] - slope * from];
        curve
    }

    /// The same by least squares through all that lies near it.
    fn refined(&self, border: &[Lanes]) -> Option<Curve> {
        let mut powers = [0.0_f64; 5];
        let mut sums = [[0.0_f64; Lanes::COUNT]; 3];
        for (at, &level) in border.iter().enumerate().filter(|&(at, &level)| self.is_near(at, level)) {
            let place = f64::from(self.place(at));
            let mut power = 1.0;
            for (term, of_power) in powers.iter_mut().enumerate() {
                *of_power += power;
                if let Some(sum) = sums.get_mut(term) {
                    sum.iter_mut().zip(level.0).for_each(|(sum, level)| *sum += power * f64::from(level));
                }
                power *= place;
            }
        }
        let matrix: [[f64; 3]; 3] = std::array::from_fn(|row| std::array::from_fn(|column| powers[row + column]));
        let whole = determinant(&matrix);
        if whole.abs() < 1e-9 {
            return None;
        }
        // Cramer's rule.
        let term = |column: usize| {
            Lanes(std::array::from_fn(|lane| {
                let mut replaced = matrix;
                replaced.iter_mut().zip(&sums).for_each(|(row, sum)| row[column] = sum[lane]);
                (determinant(&replaced) / whole) as f32
            }))
        };
        Some(Curve { terms: [term(2), term(1), term(0)], length: self.length })
    }
}

fn determinant([a, b, c]: &[[f64; 3]; 3]) -> f64 {
    a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
}

/// The curve near which most of a border lies.
fn best_curve(border: &[Lanes]) -> Option<Curve> {
    if border.len() < 2 * KNOTS {
        return None;
    }
    let smooth = line::averaged(border, 2);
    let knots: Vec<usize> = (0..KNOTS).map(|knot| (2 * knot + 1) * border.len() / (2 * KNOTS)).collect();
    let step = border.len().div_ceil(LOOKED_AT);
    let near = |curve: &Curve| {
        border.iter().enumerate().step_by(step).filter(|&(at, &level)| curve.is_near(at, level)).count()
    };
    let pairs = knots.iter().enumerate().flat_map(|(at, &one)| knots[at + 1..].iter().map(move |&other| (one, other)));
    let curves = pairs.map(|(one, other)| Curve::through(&smooth, one, other));
    let counted = curves.map(|curve| (near(&curve), curve));
    let (_, mut best) = counted.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    for _ in 0..ROUNDS {
        best = best.refined(border).filter(|refined| near(refined) >= near(&best)).unwrap_or(best);
    }
    Some(best)
}

/// What is backdrop but for short runs of it, and for what lies close beside a thing.
fn without_short_runs(is_near: &[bool]) -> Vec<bool> {
    let length = is_near.len();
    let (shortest, beside) = (RUN.0.max(length / RUN.1), BESIDE.0.max(length / BESIDE.1));
    let mut kept = Vec::with_capacity(length);
    for run in is_near.chunk_by(PartialEq::eq) {
        kept.extend(std::iter::repeat_n(run[0] && run.len() >= shortest, run.len()));
    }
    let is_clear = |at: usize| !kept[at.saturating_sub(beside)..(at + beside + 1).min(length)].contains(&false);
    (0..length).map(is_clear).collect()
}
