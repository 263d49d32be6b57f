//! Finds translations of the known pixels that continue them: few, along the border.

use crate::engines::local::content::proxy::FEATURES;
use crate::engines::local::content::proxy::Proxy;
use crate::engines::local::content::proxy::difference;

/// Translation from a margin pixel to that which gives its colour: so far inwards, and so far along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    pub(super) inwards: i32,
    pub(super) along: i32,
}

/// Range in which offsets are looked for, and their further cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Columns of the margin.
    pub(super) margin: usize,
    /// The farthest along.
    pub(super) drift: i32,
    /// The price of each pixel along, in differences of one border pixel.
    pub(super) drift_price: f32,
    /// The price of reaching inwards twice as deep as the margin, likewise.
    pub(super) depth_price: f32,
}

impl Bounds {
    /// Those of a margin beside the picture, where rows keep their height, or of one above or
    /// below it, where sources are near the border; `length` rows long.
    pub(super) fn new(is_lateral: bool, margin: usize, length: usize) -> Self {
        let rows = length as f32;
        if is_lateral {
            Bounds { margin, drift: (length / 8) as i32, drift_price: 200.0 / rows, depth_price: 40.0 }
        } else {
            Bounds { margin, drift: length as i32, drift_price: 20.0 / rows, depth_price: 80.0 }
        }
    }

    /// Returns what an offset costs one row of the margin, in differences of a border pixel.
    pub(super) fn price(&self, offset: Offset) -> f32 {
        let excess = (offset.inwards - self.margin as i32) as f32 / self.margin as f32;
        let reach = if excess > 0.0 { excess * self.depth_price } else { -excess * REPETITION };
        offset.along.abs() as f32 * self.drift_price + reach
    }

    /// The least that an offset reaches inwards so that every column of the margin can follow it.
    fn whole(&self) -> i32 {
        self.margin as i32 + 2
    }

    /// The least that any reaches: more and smaller repetitions would show.
    fn least(&self) -> i32 {
        (self.margin as i32 / 2).max(6)
    }
}

/// The offsets that were chosen.
#[derive(Debug)]
pub(super) struct Candidates {
    pub(super) offsets: Vec<Offset>,
    /// Misfit of the best of them along the border, as a factor of how much the border varies
    /// within a few pixels: 0 is a pattern that goes on exactly.
    pub(super) misfit: f32,
}

/// The price of reaching not at all inwards: shorter copies are repeated.
const REPETITION: f32 = 60.0;

/// Columns and half the rows, without the middle, of the known pixels that are compared at one
/// place of the border.
const COLUMNS: i32 = 6;
const ROWS: i32 = 4;

/// Rows between such places.
const STEP: usize = 6;

/// Offsets that are kept for each place: those over the whole margin, and shorter ones.
const BEST: usize = 4;

/// Beyond this mean difference a place is not continued, and worse is no worse.
const HOPELESS: f32 = 90.0;

/// Finds at most `count` offsets under which the border fits best, half of which reach over
/// the whole margin. The first fits any margin that is half as deep as the proxy.
pub(super) fn candidates(proxy: &Proxy, bounds: Bounds, count: usize) -> Candidates {
    let places: Vec<i32> = (STEP / 2..proxy.length).step_by(STEP).map(|row| row as i32).collect();
    let mut found = vec![Offset { inwards: bounds.whole(), along: 0 }];
    let half = Half::new(proxy);
    // At half the size first: a sixteenth of the work, as there are a quarter of the offsets and of the pixels of
    // each.
    for &place in &places {
        for offset in half.matches(bounds, place / 2) {
            let offset = sharpened(proxy, bounds, place, offset);
            if !found.contains(&offset) {
                found.push(offset);
            }
        }
    }
    let fits: Vec<Vec<f32>> =
        found.iter().map(|&offset| places.iter().map(|&place| misfit(proxy, place, offset, 2)).collect()).collect();
    let costs: Vec<Vec<f32>> = (fits.iter().zip(&found))
        .map(|(fits, &offset)| fits.iter().map(|fit| fit + bounds.price(offset)).collect())
        .collect();
    // Greedy: next the offset that saves most over those that were chosen. Gains only shrink as more are chosen, so
    // this comes close to the best choice (Nemhauser, Wolsey and Fisher 1978).
    let mut chosen = vec![0];
    let mut paid: Vec<f32> = costs[0].iter().map(|cost| cost.min(HOPELESS)).collect();
    // First those that cover the whole margin: shorter ones leave columns without a source.
    for (quota, least) in [(count / 2, bounds.whole()), (count, bounds.least())] {
        while chosen.len() < quota {
            let gain = |index: usize| -> f32 {
                costs[index].iter().zip(&paid).map(|(cost, paid)| (paid - cost).max(0.0)).sum()
            };
            let open = (0..found.len()).filter(|index| found[*index].inwards >= least && !chosen.contains(index));
            let best = open.map(|index| (index, gain(index))).max_by(|one, other| one.1.total_cmp(&other.1));
            let Some((best, _)) = best.filter(|(_, gained)| *gained > 0.0) else { break };
            for (paid, cost) in paid.iter_mut().zip(&costs[best]) {
                *paid = paid.min(*cost);
            }
            chosen.push(best);
        }
    }
    let best = (0..places.len()).map(|place| chosen.iter().map(|&index| fits[index][place]).fold(HOPELESS, f32::min));
    // The measure of what a misfit means: the same comparison with the picture itself, moved by two pixels each way.
    let beside = [(2, 2), (2, -2)].map(|(inwards, along)| Offset { inwards, along });
    let varies: f32 = places.iter().flat_map(|&place| beside.map(|offset| misfit(proxy, place, offset, 2))).sum();
    let misfit = 2.0 * best.sum::<f32>() / varies.max(1.0);
    Candidates { offsets: chosen.into_iter().map(|index| found[index]).collect(), misfit }
}

/// The best of the offsets around one that was found at half the size.
fn sharpened(proxy: &Proxy, bounds: Bounds, place: i32, coarse: Offset) -> Offset {
    let around = (-1..=1).flat_map(|along| (-1..=1).map(move |inwards| (inwards, along)));
    let offsets = around.map(|(inwards, along)| Offset {
        inwards: (coarse.inwards + inwards).clamp(bounds.least(), proxy.depth as i32 - COLUMNS),
        along: coarse.along + along,
    });
    let cost = |offset: Offset| misfit(proxy, place, offset, 2) + bounds.price(offset);
    let costs = offsets.map(|offset| (cost(offset), offset));
    costs.min_by(|one, other| one.0.total_cmp(&other.0)).map_or(coarse, |(_, offset)| offset)
}

/// Mean difference between the known pixels at a place of the border and those that an offset
/// puts beside them; every `step`-th pixel is compared.
fn misfit(proxy: &Proxy, place: i32, offset: Offset, step: usize) -> f32 {
    let columns = COLUMNS.min(proxy.depth as i32 - offset.inwards).max(0) as usize;
    let (mut sum, mut count) = (0, 0);
    for row in (place - ROWS..=place + ROWS).step_by(step) {
        let from = row + offset.along;
        if row.min(from) < 0 || row.max(from) >= proxy.length as i32 {
            continue;
        }
        let here = proxy.index(proxy.depth - columns, row as usize);
        let there = proxy.index(proxy.depth - columns - offset.inwards as usize, from as usize);
        for column in (0..columns).step_by(step) {
            sum += difference(&proxy.features[here + column], &proxy.features[there + column]);
            count += 1;
        }
    }
    if count == 0 { HOPELESS } else { sum as f32 / count as f32 }
}

/// The features at half the size, one plane each.
struct Half {
    columns: usize,
    rows: usize,
    planes: [Vec<u8>; FEATURES],
}

impl Half {
    fn new(proxy: &Proxy) -> Self {
        let (columns, rows) = (proxy.depth / 2, proxy.length / 2);
        // The last columns are those at the border.
        let odd = proxy.depth % 2;
        let mut planes = [(); FEATURES].map(|()| Vec::with_capacity(columns * rows));
        for row in 0..rows {
            for column in 0..columns {
                let at = proxy.index(2 * column + odd, 2 * row);
                let four = [at, at + 1, at + proxy.depth, at + proxy.depth + 1].map(|at| proxy.features[at]);
                for (feature, plane) in planes.iter_mut().enumerate() {
                    let sum: u16 = four.iter().map(|features| u16::from(features[feature])).sum();
                    plane.push((sum / 4) as u8);
                }
            }
        }
        Half { columns, rows, planes }
    }

    /// The best offsets at one place of the border, in pixels of the proxy.
    fn matches(&self, bounds: Bounds, place: i32) -> impl Iterator<Item = Offset> + use<> {
        let (mut whole, mut short) = (Best::default(), Best::default());
        let drift = bounds.drift / 2;
        // 16 bits are enough: 5 rows × 3 columns × 5 features × 255 is 19,125.
        let mut sums = vec![0; self.columns];
        for along in (-drift).max(-place)..=drift.min(self.rows as i32 - 1 - place) {
            let compared = self.compare(place, along, &mut sums);
            if compared == 0 {
                continue;
            }
            // The sum in the last column is that of the border with itself.
            for (inwards, &sum) in sums.iter().rev().enumerate().take(self.columns + 1 - COLUMNS as usize / 2) {
                let offset = Offset { inwards: inwards as i32 * 2, along: along * 2 };
                if offset.inwards < bounds.least() {
                    continue;
                }
                let cost = f32::from(sum) / compared as f32 + bounds.price(offset);
                if offset.inwards >= bounds.whole() { whole.offer(cost, offset) } else { short.offer(cost, offset) }
            }
        }
        whole.0.into_iter().chain(short.0).map(|(_, offset)| offset)
    }

    /// Sums for each column the differences between what is known at a place of the border and
    /// what lies so far along and ends in that column. Tells how many pixels were compared.
    fn compare(&self, place: i32, along: i32, sums: &mut [u16]) -> usize {
        sums.fill(0);
        let mut compared = 0;
        for row in place - ROWS / 2..=place + ROWS / 2 {
            let from = row + along;
            if row.min(from) < 0 || row.max(from) >= self.rows as i32 {
                continue;
            }
            for back in 0..COLUMNS as usize / 2 {
                compared += 1;
                for plane in &self.planes {
                    let here = plane[(row as usize + 1) * self.columns - 1 - back];
                    let there = &plane[from as usize * self.columns..][..self.columns - back];
                    for (sum, &other) in sums[back..].iter_mut().zip(there) {
                        *sum += u16::from(here.abs_diff(other));
                    }
                }
            }
        }
        compared
    }
}

/// The cheapest offsets, none close to another.
#[derive(Default)]
struct Best(Vec<(f32, Offset)>);

impl Best {
    fn offer(&mut self, cost: f32, offset: Offset) {
        const APART: i32 = 5;
        if self.0.len() == BEST && cost >= self.0[BEST - 1].0 {
            return;
        }
        let near = |other: Offset| {
            (other.inwards - offset.inwards).abs() < APART && (other.along - offset.along).abs() < APART
        };
        if self.0.iter().any(|&(kept, other)| near(other) && kept <= cost) {
            return;
        }
        // Offsets that lie close together make the same copies: the cheapest stands for all.
        self.0.retain(|&(_, other)| !near(other));
        let position = self.0.partition_point(|&(kept, _)| kept <= cost);
        self.0.insert(position, (cost, offset));
        self.0.truncate(BEST);
    }
}
