//! Finds the backdrop of a thing that runs out of the frame: one that goes on beside it.

use crate::engines::local::auto::plain::samples;
use crate::engines::local::band::Band;
use crate::engines::local::line;
use crate::engines::local::side::Side;
use crate::geometry::Rect;
use crate::raster::Lanes;
use crate::raster::Raster;
use crate::raster::Samples;
use crate::raster::median::lane_median;

/// Lines whose median is the border, so that grain is none of it; so many of them are so close to it.
const LINES: u32 = 8;
const ALIKE_LINES: f64 = 0.75;
const GRAIN: f32 = 8.0;

/// Most by which a backdrop may lie from a smooth curve along the side, in 8-bit levels.
const SMOOTH: f32 = 4.0;
/// The least share of a side that shows it; the same where it leads from one corner to the other, and
/// where it is the one colour of another side.
const LEAST: f64 = 0.45;
const LEAST_SPANNING: f64 = 0.15;
const LEAST_KNOWN: f64 = 0.04;
/// Most by which the backdrops of two sides differ in the corner where they meet, in 8-bit levels, and the least
/// share of a side that has the very colour.
const ALIKE: f32 = 24.0;
const CORNER: f64 = 0.1;

/// Most by which levels of one colour are from it, and the share of them that is.
const PLAIN: f32 = 1.5;
const MOSTLY: f64 = 0.95;

/// Places between which curves are tried, and places that are looked at for each.
const KNOTS: usize = 25;
const LOOKED_AT: usize = 200;
/// Number of times that a curve is fitted anew to what lies near it.
const ROUNDS: usize = 3;

/// A run of backdrop along a side is so long at least, in pixels and as a share of it; so close beside
/// a thing is its blur and its shadow.
const RUN: (usize, usize) = (6, 100);
const BESIDE: (usize, usize) = (2, 200);

/// Backdrops that the sides of a picture may show, the likeliest first.
pub(super) struct Backdrops(Vec<(Side, Vec<Shown>)>);

/// Backdrop that a side shows.
struct Shown {
    /// Tells whether a place along the side is backdrop.
    is_backdrop: Vec<bool>,
    share: f64,
    mean: Lanes,
    /// The levels at both ends of the side, if nothing stands there.
    ends: [Lanes; 2],
    /// Its one colour, if it has one.
    color: Option<Samples>,
}

impl Backdrops {
    /// Looks at the sides of what is `known` of a canvas.
    pub(super) fn of(canvas: &Raster, known: Rect) -> Backdrops {
        // Twice over the sides: the colours of those that are all backdrop help to find it on the others.
        let looked = Side::ALL.map(|side| {
            let band = Band::outermost(canvas, known, side, LINES);
            let border = border(&band);
            let best = best_curve(&border).and_then(|curve| Shown::of(canvas, &band, &border, &curve, LEAST));
            (side, band, border, best)
        });
        let whole = looked.iter().filter_map(|(.., best)| best.as_ref().filter(|best| best.share >= MOSTLY));
        let whole: Vec<Lanes> = whole.filter(|best| best.color.is_some()).map(|best| best.mean).collect();
        let candidates = looked.into_iter().map(|(side, band, border, best)| {
            let of = |curve: &Curve, least: f64| Shown::of(canvas, &band, &border, curve, least);
            // What a thing covers most of is still known by the other sides and by its ends.
            let known = whole.iter().find_map(|&color| of(&Curve::level(color, border.len()), LEAST_KNOWN));
            let parted = Shown::parted(canvas, &band, &border, &whole);
            let spanning = ends(&border).and_then(|curve| of(&curve, LEAST_SPANNING));
            (side, best.into_iter().chain(known).chain(parted).chain(spanning).collect())
        });
        Backdrops(candidates.collect())
    }

    /// Returns the places along a side that are backdrop, if enough of it is there and it can go on where a thing
    /// is; with its one colour, if it has one.
    pub(super) fn behind(&self, side: Side) -> Option<(&[bool], Option<Samples>)> {
        let (first, last) = if side.is_lateral() { (Side::Top, Side::Bottom) } else { (Side::Left, Side::Right) };
        // The end of the next side that lies in the corner.
        let corner = usize::from(matches!(side, Side::Right | Side::Bottom));
        let goes_on = |shown: &&Shown| {
            [first, last].into_iter().enumerate().all(|(end, next)| shown.meets(end, self.at(next), corner))
        };
        let shown = self.at(side).iter().find(goes_on)?;
        Some((&shown.is_backdrop, shown.color))
    }

    fn at(&self, side: Side) -> &[Shown] {
        self.0.iter().find(|(of, _)| *of == side).map_or(&[], |(_, shown)| shown)
    }
}

impl Shown {
    /// Returns what of a border, of a band, lies near a curve, if that is enough.
    fn of(canvas: &Raster, band: &Band, border: &[Lanes], curve: &Curve, least: f64) -> Option<Shown> {
        let is_near: Vec<bool> = border.iter().enumerate().map(|(at, &level)| curve.is_near(at, level)).collect();
        let ends = [0, border.len() - 1].map(|at| curve.at(at));
        Shown::where_near(canvas, band, border, &is_near, ends).filter(|shown| shown.share >= least)
    }

    /// The same of a wall above a floor, or of any two backdrops one beside the other, which have the one
    /// colour of another side each. What a thing stands before is one of them, and not where they meet.
    fn parted(canvas: &Raster, band: &Band, border: &[Lanes], whole: &[Lanes]) -> Option<Shown> {
        let near = |level: Lanes| whole.iter().position(|&color| (color - level).largest() <= SMOOTH);
        let parts: Vec<Option<usize>> = border.iter().map(|&level| near(level)).collect();
        let ends = [*parts.first()?, *parts.last()?].map(|part| part.map(|part| whole[part]));
        let [Some(first), Some(last)] = ends else { return None };
        let is_near: Vec<bool> = parts.iter().map(Option::is_some).collect();
        let shown = Shown::where_near(canvas, band, border, &is_near, [first, last])?;
        let kept: Vec<usize> = (0..parts.len()).filter(|&at| shown.is_backdrop[at]).collect();
        let (shortest, beside) = shortest_runs(parts.len());
        let changes: Vec<usize> =
            kept.windows(2).filter(|pair| parts[pair[0]] != parts[pair[1]]).map(|pair| pair[1] - pair[0]).collect();
        // One change, no wider than a run and the pixels beside it that do not count: the line between wall and floor
        // and nothing before it.
        let is_parted = changes.len() == 1 && changes[0] <= shortest + 2 * beside && shown.share >= LEAST_SPANNING;
        is_parted.then_some(Shown { color: None, ..shown })
    }

    /// Takes for backdrop what of a border `is_near` to what one should be.
    fn where_near(canvas: &Raster, band: &Band, border: &[Lanes], is_near: &[bool], ends: [Lanes; 2]) -> Option<Shown> {
        let is_backdrop = without_short_runs(is_near);
        let levels = || border.iter().zip(&is_backdrop).filter(|(_, shown)| **shown).map(|(&level, _)| level);
        let count = levels().count();
        let share = count as f64 / is_backdrop.len() as f64;
        if count == 0 {
            return None;
        }
        let mean = lane_median(levels());
        let alike = levels().filter(|&level| (level - mean).largest() <= PLAIN).count();
        let color = (alike as f64 >= MOSTLY * count as f64).then(|| samples(canvas, band, mean));
        Some(Shown { is_backdrop, share, mean, ends, color })
    }

    /// Tells whether it reaches this end of its side, or goes on around the corner there, which is that end of the
    /// `next` side: else it is a sky that ends at the ground.
    fn meets(&self, end: usize, next: &[Shown], corner: usize) -> bool {
        // A thing may stand in the corner: then the next side must show the same backdrop at its end, or somewhere
        // its very colour.
        let reached = if end == 0 { self.is_backdrop.first() } else { self.is_backdrop.last() };
        let is_same = |next: &Shown| {
            let is_near = (next.ends[corner] - self.ends[end]).largest() <= ALIKE;
            (next.share >= LEAST && is_near) || (next.share >= CORNER && (next.mean - self.mean).largest() <= PLAIN)
        };
        reached == Some(&true) || next.iter().any(is_same)
    }
}

/// The median of some outermost lines, along a side; near to nothing where they are not alike.
fn border(band: &Band) -> Vec<Lanes> {
    let level = |along: usize| {
        let lines = || (0..band.depth).map(|deep| band.line(deep)[along]);
        let median = line::median(lines());
        let alike = lines().filter(|&level| (level - median).largest() <= GRAIN).count();
        // Not a number is near to nothing: each comparison with it is false.
        if alike as f64 >= ALIKE_LINES * band.depth as f64 { median } else { Lanes([f32::NAN; Lanes::COUNT]) }
    };
    (0..band.length).map(level).collect()
}

/// A level that changes smoothly along a side: of the square of the place, of the place, and of none.
struct Curve {
    terms: [Lanes; 3],
    length: f32,
}

impl Curve {
    /// The same level everywhere.
    fn level(level: Lanes, length: usize) -> Curve {
        Curve { terms: [Lanes::ZERO, Lanes::ZERO, level], length: length as f32 }
    }

    fn place(&self, at: usize) -> f32 {
        // From −1 to 1: the sums of powers stay of one size, and the matrix far from singular.
        2.0 * (at as f32 + 0.5) / self.length - 1.0
    }

    fn at(&self, at: usize) -> Lanes {
        let (place, [bend, slope, middle]) = (self.place(at), self.terms);
        bend * (place * place) + slope * place + middle
    }

    fn is_near(&self, at: usize, level: Lanes) -> bool {
        self.misses(at, level) <= SMOOTH
    }

    /// Returns the distance of a level from it.
    fn misses(&self, at: usize, level: Lanes) -> f32 {
        (self.at(at) - level).largest()
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
        // Fewer than three places near it: no parabola.
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
    // As RANSAC does, but all 300 pairs instead of random ones: the same picture always has the same margins.
    let pairs = knots.iter().enumerate().flat_map(|(at, &one)| knots[at + 1..].iter().map(move |&other| (one, other)));
    let curves = pairs.map(|(one, other)| Curve::through(&smooth, one, other));
    let counted = curves.map(|curve| (near(&curve), curve));
    let (_, mut best) = counted.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    for _ in 0..ROUNDS {
        // Kept only if no fewer places are near it: least squares may follow what is at the edge of being near.
        best = best.refined(border).filter(|refined| near(refined) >= near(&best)).unwrap_or(best);
    }
    Some(best)
}

/// The curve from one end of a border to the other. It has the slope of what is seen of it: else it leads
/// from a wall to a floor.
fn ends(border: &[Lanes]) -> Option<Curve> {
    let first = border.len() / (2 * KNOTS);
    let smooth = line::averaged(border, 2);
    let spanning = (first > 0).then(|| Curve::through(&smooth, first, border.len() - 1 - first))?;
    let spanning = spanning.refined(border).unwrap_or(spanning);
    let close = border.iter().enumerate().filter(|&(at, &level)| spanning.misses(at, level) <= SMOOTH / 2.0).count();
    (close as f64 >= LEAST_SPANNING * border.len() as f64).then_some(spanning)
}

/// The shortest run of backdrop along a side of this length, and how much beside a thing is none.
fn shortest_runs(length: usize) -> (usize, usize) {
    (RUN.0.max(length / RUN.1), BESIDE.0.max(length / BESIDE.1))
}

/// Returns what is backdrop but for short runs of it, and for what lies close beside a thing.
fn without_short_runs(is_near: &[bool]) -> Vec<bool> {
    let length = is_near.len();
    let (shortest, beside) = shortest_runs(length);
    let mut kept = Vec::with_capacity(length);
    for run in is_near.chunk_by(PartialEq::eq) {
        kept.extend(std::iter::repeat_n(run[0] && run.len() >= shortest, run.len()));
    }
    let is_clear = |at: usize| !kept[at.saturating_sub(beside)..(at + beside + 1).min(length)].contains(&false);
    (0..length).map(is_clear).collect()
}
