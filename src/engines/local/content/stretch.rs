//! How copies are stretched outwards: an eye, and a search, that finds a thing twice exactly as
//! it was knows the picture for a copy.

/// How fast a copy is walked through at the border, and how much slower at the end.
const NEAR: f32 = 0.85;
const BEND: f32 = 0.2;

/// A way from the margin as it is painted to the margin as it is copied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    near: f32,
    bend: f32,
}

impl Stretch {
    /// Copies as they are.
    pub(super) const NONE: Stretch = Stretch { near: 1.0, bend: 0.0 };

    /// The stretch of a margin of this depth, in pixels.
    pub(super) fn over(depth: u32) -> Self {
        Stretch { near: NEAR, bend: BEND / 2.0 / depth as f32 }
    }

    /// How deep a margin is that becomes one of this depth.
    pub(super) fn unstretched(self, depth: u32) -> f32 {
        self.way(depth as f32)
    }

    /// What is copied to a column of the margin; known columns, below 0, stay where they are.
    pub(super) fn copied(self, across: i32) -> f32 {
        if across < 0 { across as f32 } else { self.way(across as f32 + 0.5) - 0.5 }
    }

    fn way(self, distance: f32) -> f32 {
        distance * (self.near - self.bend * distance)
    }
}
