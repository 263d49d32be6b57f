//! Four numbers at once, which compilers turn into vector instructions of any machine.
//!
//! Multiplications and additions stay apart, so every machine computes the same.

use std::ops::Add;
use std::ops::AddAssign;
use std::ops::Mul;
use std::ops::Sub;

/// Four numbers: one of each of four blocks, or the channels of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Lanes(pub(crate) [f32; Lanes::COUNT]);

impl Lanes {
    /// Number of lanes.
    pub(crate) const COUNT: usize = 4;
    /// Nothing in each.
    pub(crate) const ZERO: Lanes = Lanes([0.0; Lanes::COUNT]);

    /// Each made anew.
    #[inline(always)]
    pub(crate) fn map(self, change: impl Fn(f32) -> f32) -> Lanes {
        let [first, second, third, fourth] = self.0;
        Lanes([change(first), change(second), change(third), change(fourth)])
    }

    /// Each joined with its counterpart.
    #[inline(always)]
    pub(crate) fn with(self, other: Lanes, join: impl Fn(f32, f32) -> f32) -> Lanes {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Lanes([join(a, e), join(b, f), join(c, g), join(d, h)])
    }

    /// The largest of the distances from 0.
    #[inline(always)]
    pub(crate) fn largest(self) -> f32 {
        let [first, second, third, fourth] = self.map(f32::abs).0;
        first.max(second).max(third.max(fourth))
    }

    /// The sum of the squares.
    #[inline(always)]
    pub(crate) fn square(self) -> f32 {
        self.dot(self)
    }

    /// The sum of the products.
    #[inline(always)]
    pub(crate) fn dot(self, other: Lanes) -> f32 {
        let [first, second, third, fourth] = self.with(other, |left, right| left * right).0;
        (first + second) + (third + fourth)
    }
}

impl Add for Lanes {
    type Output = Lanes;

    #[inline(always)]
    fn add(self, other: Lanes) -> Lanes {
        self.with(other, |left, right| left + right)
    }
}

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Lanes) {
        *self = *self + other;
    }
}

impl Sub for Lanes {
    type Output = Lanes;

    #[inline(always)]
    fn sub(self, other: Lanes) -> Lanes {
        self.with(other, |left, right| left - right)
    }
}

impl Mul<f32> for Lanes {
    type Output = Lanes;

    #[inline(always)]
    fn mul(self, factor: f32) -> Lanes {
        self.map(|number| number * factor)
    }
}
