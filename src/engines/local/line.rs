//! Lines of levels: smoothed, and what lies between.

use crate::raster::Lanes;

/// Up to this radius each mean is made by itself.
const SHORT: usize = 3;

/// The mean of what lies up to `radius` places off; at the ends of what there is of it.
pub(super) fn averaged(line: &[Lanes], radius: usize) -> Vec<Lanes> {
    if radius > SHORT || line.len() <= 2 * radius {
        return averaged_far(line, radius);
    }
    let mean = |near: &[Lanes]| near.iter().fold(Lanes::ZERO, |sum, &level| sum + level) * (1.0 / near.len() as f32);
    let mut means = Vec::with_capacity(line.len());
    means.extend((0..radius).map(|at| mean(&line[..at + radius + 1])));
    means.extend(line.windows(2 * radius + 1).map(mean));
    means.extend((line.len() - radius..line.len()).map(|at| mean(&line[at - radius..])));
    means
}

/// The same in a time that does not grow with the radius.
fn averaged_far(line: &[Lanes], radius: usize) -> Vec<Lanes> {
    let Some(&origin) = line.first() else { return Vec::new() };
    // From the first level on, so that sums stay small.
    let mut sums = Vec::with_capacity(line.len() + 1);
    let mut sum = Lanes::ZERO;
    sums.push(sum);
    for &level in line {
        sum += level - origin;
        sums.push(sum);
    }
    let mean = |at: usize| {
        let (first, end) = (at.saturating_sub(radius), (at + radius + 1).min(line.len()));
        origin + (sums[end] - sums[first]) * (1.0 / (end - first) as f32)
    };
    (0..line.len()).map(mean).collect()
}

/// Returns what lies between the levels of a line; past its ends it goes on.
#[inline]
pub(super) fn between(line: &[Lanes], place: f32) -> Lanes {
    let place = place.clamp(0.0, (line.len() - 1) as f32);
    let (near, far) = (line[place as usize], line[(place as usize + 1).min(line.len() - 1)]);
    near + (far - near) * place.fract()
}

/// Values where they are `known`, and between those elsewhere.
pub(super) fn bridged(values: &mut [Lanes], known: &[bool]) {
    let mut last: Option<usize> = None;
    for at in 0..values.len() {
        if !known[at] {
            continue;
        }
        let first = last.map_or(0, |last| last + 1);
        for between in first..at {
            values[between] = last.map_or(values[at], |last| {
                values[last] + (values[at] - values[last]) * ((between - last) as f32 / (at - last) as f32)
            });
        }
        last = Some(at);
    }
    if let Some(last) = last {
        let value = values[last];
        values[last + 1..].fill(value);
    }
}

/// Levels in order, lane by lane. A level goes past all others on its way to its place: that takes
/// no branches, so a few dozen are in order sooner than by any search.
#[derive(Default)]
struct Sorted(Vec<Lanes>);

impl Sorted {
    fn insert(&mut self, level: Lanes) {
        let mut larger = level;
        for kept in &mut self.0 {
            (*kept, larger) = (kept.with(larger, f32::min), kept.with(larger, f32::max));
        }
        self.0.push(larger);
    }

    /// Takes out a level that was put in.
    fn remove(&mut self, level: Lanes) {
        for at in 1..self.0.len() {
            // What lies after it moves up.
            let (kept, next) = (self.0[at - 1], self.0[at]);
            let moved = |lane: usize| if kept.0[lane] < level.0[lane] { kept.0[lane] } else { next.0[lane] };
            self.0[at - 1] = Lanes(std::array::from_fn(moved));
        }
        self.0.pop();
    }

    /// The upper one of two.
    fn median(&self) -> Lanes {
        self.0.get(self.0.len() / 2).copied().unwrap_or_default()
    }
}

/// The median of what lies up to `radius` places off, lane by lane.
pub(super) fn medians(line: &[Lanes], radius: usize) -> Vec<Lanes> {
    let mut near = Sorted::default();
    line.iter().take(radius).for_each(|&level| near.insert(level));
    let median = |at: usize| {
        if let Some(&level) = line.get(at + radius) {
            near.insert(level);
        }
        if at > radius {
            near.remove(line[at - radius - 1]);
        }
        near.median()
    };
    (0..line.len()).map(median).collect()
}

/// The median of a few levels, lane by lane.
pub(super) fn median(levels: impl Iterator<Item = Lanes>) -> Lanes {
    let mut sorted = Sorted(Vec::with_capacity(levels.size_hint().0));
    levels.for_each(|level| sorted.insert(level));
    sorted.median()
}

/// The mean of what lies up to `radius` places off and differs by little more than `tolerance`:
/// noise goes, lines and steps stay.
pub(super) fn calmed(line: &[Lanes], radius: usize, tolerance: f32) -> Vec<Lanes> {
    let scale = 1.0 / (3.0 * tolerance * tolerance);
    let calm = |at: usize| {
        let (mut sum, mut weights) = (Lanes::ZERO, 0.0);
        for &level in &line[at.saturating_sub(radius)..(at + radius + 1).min(line.len())] {
            let difference = level - line[at];
            let alike = (1.0 - difference.square() * scale).max(0.0);
            sum += difference * (alike * alike);
            weights += alike * alike;
        }
        line[at] + sum * (1.0 / weights)
    };
    (0..line.len()).map(calm).collect()
}

/// Levels of which none is less than some before it and some behind it that count.
pub(super) fn filled(levels: &[Lanes], is_counted: impl Fn(usize) -> bool) -> Vec<Lanes> {
    let darkest = Lanes([f32::NEG_INFINITY; 4]);
    let most = |most: &mut Lanes, at: usize| {
        if is_counted(at) {
            *most = most.with(levels[at], f32::max);
        }
        Some(*most)
    };
    let before: Vec<Lanes> = (0..levels.len()).scan(darkest, most).collect();
    let mut behind: Vec<Lanes> = (0..levels.len()).rev().scan(darkest, most).collect();
    behind.reverse();
    let sides = before.into_iter().zip(behind).map(|(before, behind)| before.with(behind, f32::min));
    sides.zip(levels).map(|(sides, &level)| level.with(sides, f32::max)).collect()
}
