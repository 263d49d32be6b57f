//! Pictures of devices that a table describes: colours at the points of a lattice, and between
//! them those of a straight line along each axis.

use std::array;

use crate::codecs::color::evaluator::Evaluator;
use crate::codecs::color::evaluator::Scale;
use crate::codecs::color::shaper::Level;

/// Table from `N` samples of a device, three or four, to sRGB.
pub(super) struct Lattice<const N: usize> {
    /// The last of the device's samples changes fastest.
    points: Vec<Color>,
}

/// Red, green and blue from 0 to 1, and beyond outside of sRGB. The fourth number is none.
type Color = [f32; 4];

impl<const N: usize> Lattice<N> {
    /// Points along each axis. The usual sides of profiles, 9, 17 and 33, fall on them.
    const SIDE: usize = if N == 3 { 33 } else { 17 };

    /// For a profile with a table; none if it is damaged.
    pub(super) fn new(icc: &[u8]) -> Option<Self> {
        let evaluator = Evaluator::<N>::new(icc, Scale::Encoded)?;
        let (count, slice) = (Self::SIDE.pow(N as u32), Self::SIDE.pow(2));
        let mut points = Vec::with_capacity(count);
        for start in (0..count).step_by(slice) {
            let device = (start..count.min(start + slice)).map(|point| {
                let place = |axis: usize| point / Self::SIDE.pow((N - 1 - axis) as u32) % Self::SIDE;
                array::from_fn(|axis| place(axis) as f32 / (Self::SIDE - 1) as f32)
            });
            points.extend(evaluator.colors(device).into_iter().map(|[red, green, blue]| [red, green, blue, 0.0]));
        }
        Some(Lattice { points })
    }

    pub(super) fn convert<S: Level>(&self, device: [S; N]) -> [S; 3] {
        let mut first = 0;
        let parts = device.map(|sample| {
            let place = sample.index() * (Self::SIDE - 1);
            let before = (place / (S::COUNT - 1)).min(Self::SIDE - 2);
            first = first * Self::SIDE + before;
            (place - before * (S::COUNT - 1)) as f32 * (1.0 / S::MAX)
        });
        let [outer @ .., x, y, z] = &parts[..] else { unreachable!("three or four samples") };
        let color = match outer {
            [] => self.in_cube(first, [*x, *y, *z]),
            [part, ..] => {
                let [low, high] = [first, first + Self::SIDE.pow(3)].map(|first| self.in_cube(first, [*x, *y, *z]));
                between(&low, &high, *part)
            }
        };
        let [red, green, blue, _] = color;
        [red, green, blue].map(|level| S::from_f32(level * S::MAX))
    }

    /// The colour in a cube of the last three axes, given its first point.
    fn in_cube(&self, first: usize, [x, y, z]: [f32; 3]) -> Color {
        let (row, layer) = (Self::SIDE, Self::SIDE.pow(2));
        // One check of bounds instead of eight.
        let points = &self.points[first..first + layer + row + 2];
        let edge = |first: usize| between(&points[first], &points[first + 1], z);
        let face = |first: usize| between(&edge(first), &edge(first + row), y);
        between(&face(0), &face(layer), x)
    }
}

fn between(low: &Color, high: &Color, part: f32) -> Color {
    array::from_fn(|number| low[number] + (high[number] - low[number]) * part)
}
