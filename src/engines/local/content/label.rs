//! Chooses the offset of each margin pixel: a labelling of least cost, by expansion moves.
//!
//! As in shift-maps (Pritch, Kav-Venaki, Peleg 2009): neighbours that follow different offsets
//! pay for what their two sources disagree on, the border pays for what it would have liked to
//! see, and every pixel pays for its source. First in blocks, then pixel by pixel along the
//! seams.

use std::ops::Range;

use crate::engines::local::content::flow::Flow;
use crate::engines::local::content::flow::NO_NODE;
use crate::engines::local::content::foreign::FOREIGN_FROM;
use crate::engines::local::content::foreign::Foreignness;
use crate::engines::local::content::offsets::Offset;
use crate::engines::local::content::proxy::Proxy;
use crate::engines::local::content::proxy::difference;

/// Costs are counted in this part of a difference.
const UNIT: f32 = 16.0;

/// Cost of an impossible source; less than would overflow in sums of a block.
const NEVER: i32 = 1 << 22;

/// Cost of neighbours whose sources cannot be compared.
const UNCERTAIN: i32 = 80 * UNIT as i32;

/// Known columns that have a say at the border, and the weights of their say.
const BORDER: [i32; 4] = [24, 12, 8, 4];

/// Side of the blocks that are labelled first, and how far from their seams pixels may change.
const BLOCK: usize = 4;
const BAND: usize = 4;

/// The question: which of `offsets` for each pixel of a margin.
#[derive(Debug)]
pub(super) struct Labelling<'a> {
    pub(super) proxy: &'a Proxy,
    /// Columns of the margin.
    pub(super) margin: usize,
    pub(super) offsets: &'a [Offset],
    /// Cost of each offset for a pixel, in differences.
    pub(super) prices: &'a [f32],
    /// Foreignness of each known pixel as a source.
    pub(super) foreignness: &'a Foreignness,
    /// Cost of a level of that, in differences.
    pub(super) foreign_price: f32,
}

/// The label of each pixel of the margin, row by row.
pub(super) type Labels = Vec<u16>;

impl Labelling<'_> {
    /// Returns where a margin pixel would take its colour from: column and row.
    #[inline]
    fn place(&self, column: usize, row: usize, label: u16) -> Option<(usize, usize)> {
        let Offset { inwards, along } = self.offsets[usize::from(label)];
        let from = self.proxy.depth as i32 + column as i32 - inwards;
        let row = row as i32 + along;
        // One pixel is spared on both sides for blending.
        let inside = from >= 1 && from <= self.proxy.depth as i32 - 2 && row >= 0 && row < self.proxy.length as i32;
        inside.then_some((from as usize, row as usize))
    }

    /// The same as an index of the proxy.
    #[inline]
    pub(super) fn source(&self, column: usize, row: usize, label: u16) -> Option<usize> {
        self.place(column, row, label).map(|(column, row)| self.proxy.index(column, row))
    }

    /// Returns what a pixel pays for its source.
    #[inline]
    fn own(&self, column: usize, row: usize, label: u16) -> i32 {
        let Some((from, from_row)) = self.place(column, row, label) else { return NEVER };
        let foreign = self.foreignness.of(row, from, from_row);
        ((self.prices[usize::from(label)] + foreign * self.foreign_price) * UNIT) as i32
    }

    /// Returns what the pixels of a cell pay for their sources and, where it lies at the border, that
    /// for what it would see beside it. Of large cells only the corners are looked at.
    fn block(&self, grid: Grid, cell: (usize, usize), label: u16) -> i32 {
        let (columns, rows) = grid.pixels(cell);
        let corners = [columns.start, columns.end - 1]
            .map(|column| [rows.start, rows.end - 1].map(|row| self.own(column, row, label)));
        if corners.iter().flatten().any(|&cost| cost == NEVER) {
            return NEVER;
        }
        let own = corners.iter().flatten().sum::<i32>() * (columns.len() * rows.len()) as i32 / 4;
        let border = if columns.start == 0 { rows.map(|row| self.at_border(row, label)).sum() } else { 0 };
        own + border
    }

    /// Returns what the border pays for what an offset puts beside it.
    fn at_border(&self, row: usize, label: u16) -> i32 {
        let Offset { inwards, along } = self.offsets[usize::from(label)];
        let last = self.proxy.depth as i32 - 1;
        // Inside the proxy: `block` asks only where the sources of all corners are.
        let from_row = (row as i32 + along) as usize;
        let pay = |(back, weight): (i32, i32)| {
            let here = self.proxy.index((last - back) as usize, row);
            let there = self.proxy.index((last - back - inwards).max(0) as usize, from_row);
            weight * difference(&self.proxy.features[here], &self.proxy.features[there])
        };
        (0..).zip(BORDER).map(pay).sum()
    }

    /// Returns what two neighbouring pixels pay if the first follows `one` and the second `other`.
    fn between(&self, first: (usize, usize), second: (usize, usize), one: u16, other: u16) -> i32 {
        if one == other {
            return 0;
        }
        let (mut sum, mut known) = (0, 0);
        for (column, row) in [first, second] {
            if let (Some(one), Some(other)) = (self.source(column, row, one), self.source(column, row, other)) {
                sum += difference(&self.proxy.features[one], &self.proxy.features[other]);
                known += 1;
            }
        }
        match known {
            0 => UNCERTAIN,
            _ => sum * UNIT as i32 * 2 / known,
        }
    }

    /// The labels of least cost that were found.
    pub(super) fn solve(&self) -> Labels {
        // Blocks first, a sixteenth of the nodes; then the pixels near the seams of that, one by one.
        let coarse = Grid { side: BLOCK, width: self.margin, height: self.proxy.length };
        let (cells, numbers) = (coarse.cells().collect::<Vec<_>>(), 0..self.offsets.len() as u16);
        let costs: Vec<Vec<i32>> =
            numbers.clone().map(|label| cells.iter().map(|&cell| self.block(coarse, cell, label)).collect()).collect();
        let pay =
            |(column, row): (usize, usize), label: u16| costs[usize::from(label)][row * coarse.columns() + column];
        let mut labels = self.first_guess(coarse, &costs);
        let mut flow = Flow::default();
        // Once: what a second round still finds cannot be seen, and takes as long.
        for label in numbers.clone() {
            self.expand(coarse, &cells, label, &pay, &mut labels, &mut flow);
        }
        let fine = Grid { side: 1, ..coarse };
        for label in numbers {
            let open = self.beside(&labels, label);
            self.expand(fine, &open, label, &|cell, label| self.block(fine, cell, label), &mut labels, &mut flow);
        }
        labels
    }

    /// The share of the margin whose sources are foreign to the border.
    pub(super) fn foreign_share(&self, labels: &Labels) -> f64 {
        let is_foreign = |&at: &usize| {
            let (column, row) = (at % self.margin, at / self.margin);
            let place = self.place(column, row, labels[at]);
            place.is_none_or(|(from, from_row)| self.foreignness.of(row, from, from_row) >= FOREIGN_FROM)
        };
        (0..labels.len()).filter(is_foreign).count() as f64 / labels.len() as f64
    }

    /// Each row of cells follows the offset that is best for it alone.
    fn first_guess(&self, grid: Grid, costs: &[Vec<i32>]) -> Labels {
        let mut labels = Vec::with_capacity(self.margin * self.proxy.length);
        for row in 0..grid.rows() {
            let cells = row * grid.columns()..(row + 1) * grid.columns();
            let cost = |label: &usize| costs[*label][cells.clone()].iter().map(|&cost| i64::from(cost)).sum::<i64>();
            let best = (0..costs.len()).min_by_key(cost).unwrap_or(0);
            labels.extend(std::iter::repeat_n(best as u16, self.margin * grid.pixels((0, row)).1.len()));
        }
        labels
    }

    /// Pixels near those that follow `label`, which follow another.
    fn beside(&self, labels: &Labels, label: u16) -> Vec<(usize, usize)> {
        let (columns, rows) = (self.margin, self.proxy.length);
        let mut near = vec![false; labels.len()];
        for at in (0..labels.len()).filter(|&at| labels[at] == label) {
            let (column, row) = (at % columns, at / columns);
            let other = |there: usize| labels[there] != label;
            let edge = (column > 0 && other(at - 1))
                || (column + 1 < columns && other(at + 1))
                || (row > 0 && other(at - columns))
                || (row + 1 < rows && other(at + columns));
            if edge {
                let (first, last) = (column.saturating_sub(BAND), (column + BAND + 1).min(columns));
                for row in row.saturating_sub(BAND)..(row + BAND + 1).min(rows) {
                    near[row * columns + first..row * columns + last].fill(true);
                }
            }
        }
        let open = (0..labels.len()).filter(|&at| near[at] && labels[at] != label);
        open.map(|at| (at % columns, at / columns)).collect()
    }

    /// Lets those of `open` follow `label` for which that is best together.
    fn expand(
        &self,
        grid: Grid,
        open: &[(usize, usize)],
        label: u16,
        pay: &dyn Fn((usize, usize), u16) -> i32,
        labels: &mut Labels,
        flow: &mut Flow,
    ) {
        let current =
            |labels: &Labels, (column, row): (usize, usize)| labels[row * grid.side * self.margin + column * grid.side];
        let number = |(column, row): (usize, usize)| row * grid.columns() + column;
        let mut numbers = vec![NO_NODE; grid.columns() * grid.rows()];
        let mut nodes = Vec::with_capacity(open.len());
        for &cell in open {
            let (own, taken) = (current(labels, cell), pay(cell, label));
            if own != label && taken < NEVER {
                numbers[number(cell)] = nodes.len() as u32;
                nodes.push((cell, own, taken));
            }
        }
        // One expansion move as a cut (Boykov, Veksler and Zabih 2001): a node's side says whether it takes `label`. A
        // pair costs `now` where both stay, `first_takes` or `second_takes` where one moves, and nothing where both do,
        // as equal labels meet without a seam. That is split into one term for each node and one link (Kolmogorov and
        // Zabih 2004), which must not be negative. Neighbours outside of `open` keep their label: a term alone.
        flow.clear();
        for &(cell, own, taken) in &nodes {
            let neighbours = grid.neighbours(cell).map(|cell| cell.map_or(NO_NODE, |cell| numbers[number(cell)]));
            flow.add(pay(cell, own), taken, neighbours);
        }
        for (node, &(cell, own, _)) in (0..).zip(&nodes) {
            for (direction, neighbour) in grid.neighbours(cell).into_iter().enumerate() {
                let Some(neighbour) = neighbour else { continue };
                let other = current(labels, neighbour);
                let second = numbers[number(neighbour)];
                if second != NO_NODE && direction % 2 == 1 {
                    // Each pair is charged once: from its left or its upper node.
                    continue;
                }
                let now = self.across(grid, cell, direction, own, other);
                let first_takes = self.across(grid, cell, direction, label, other);
                flow.charge(node, first_takes - now);
                if second != NO_NODE {
                    let second_takes = match own == other {
                        true => first_takes,
                        false => self.across(grid, cell, direction, own, label),
                    };
                    // Where sources cannot be compared costs are no metric, and the link would be negative: the move
                    // is made to look dearer than it is, so that no labelling is taken for better than it is.
                    let second_takes = second_takes.max(now - first_takes);
                    flow.charge(second, -first_takes);
                    flow.link(node, direction, second_takes + first_takes - now);
                }
            }
        }
        flow.cut();
        for (node, &(cell, ..)) in (0..).zip(&nodes) {
            if flow.takes(node) {
                let (columns, rows) = grid.pixels(cell);
                for row in rows {
                    labels[row * self.margin + columns.start..row * self.margin + columns.end].fill(label);
                }
            }
        }
    }

    /// Returns what a cell and its neighbour in a direction pay together.
    fn across(&self, grid: Grid, cell: (usize, usize), direction: usize, one: u16, other: u16) -> i32 {
        if one == other {
            return 0;
        }
        let (columns, rows) = grid.pixels(cell);
        let pair = |first, second| self.between(first, second, one, other);
        match direction {
            0 => rows.map(|row| pair((columns.end - 1, row), (columns.end, row))).sum(),
            1 => rows.map(|row| pair((columns.start, row), (columns.start - 1, row))).sum(),
            2 => columns.map(|column| pair((column, rows.end - 1), (column, rows.end))).sum(),
            _ => columns.map(|column| pair((column, rows.start), (column, rows.start - 1))).sum(),
        }
    }
}

/// A margin in cells of `side` by `side` pixels; the last ones may be smaller.
#[derive(Debug, Clone, Copy)]
struct Grid {
    side: usize,
    width: usize,
    height: usize,
}

impl Grid {
    fn columns(self) -> usize {
        self.width.div_ceil(self.side)
    }

    fn rows(self) -> usize {
        self.height.div_ceil(self.side)
    }

    /// All cells, row by row.
    fn cells(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.rows()).flat_map(move |row| (0..self.columns()).map(move |column| (column, row)))
    }

    /// Right, left, below, above.
    fn neighbours(self, (column, row): (usize, usize)) -> [Option<(usize, usize)>; 4] {
        [
            (column + 1 < self.columns()).then_some((column + 1, row)),
            (column > 0).then(|| (column - 1, row)),
            (row + 1 < self.rows()).then_some((column, row + 1)),
            (row > 0).then(|| (column, row - 1)),
        ]
    }

    /// The columns and the rows of a cell.
    fn pixels(self, (column, row): (usize, usize)) -> (Range<usize>, Range<usize>) {
        let part = |at: usize, whole: usize| at * self.side..((at + 1) * self.side).min(whole);
        (part(column, self.width), part(row, self.height))
    }
}
