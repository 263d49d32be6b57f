//! Places of the source in spare room, and of the part that stays where something must go.

use serde::Deserialize;
use serde::Serialize;

/// A point of the picture, as shares of its width and height: `0, 0` is left top, `1, 1` right
/// bottom, `0.5, 0.5` the centre.
///
/// With room left over, the share `x` of it lies left of the source; when something must go,
/// the share `x` of it goes on the left. So `left` puts the source at the left edge of a wider
/// canvas, and keeps the left part of a source that is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// Share of the width, 0 to 1.
    pub x: f64,
    /// Share of the height, 0 to 1.
    pub y: f64,
}

impl Anchor {
    /// The middle.
    pub const CENTER: Anchor = Anchor { x: 0.5, y: 0.5 };

    /// The nine names and what they stand for.
    pub const NAMES: [(&'static str, Anchor); 9] = [
        ("center", Anchor::CENTER),
        ("top", Anchor { x: 0.5, y: 0.0 }),
        ("bottom", Anchor { x: 0.5, y: 1.0 }),
        ("left", Anchor { x: 0.0, y: 0.5 }),
        ("right", Anchor { x: 1.0, y: 0.5 }),
        ("top_left", Anchor { x: 0.0, y: 0.0 }),
        ("top_right", Anchor { x: 1.0, y: 0.0 }),
        ("bottom_left", Anchor { x: 0.0, y: 1.0 }),
        ("bottom_right", Anchor { x: 1.0, y: 1.0 }),
    ];

    /// The anchor called `name`, one of [`Anchor::NAMES`].
    #[must_use]
    pub fn named(name: &str) -> Option<Anchor> {
        Anchor::NAMES.iter().find(|(known, _)| *known == name).map(|&(_, anchor)| anchor)
    }

    /// The same point seen in a mirror that exchanges left and right.
    #[must_use]
    pub fn mirrored(self) -> Anchor {
        Anchor { x: 1.0 - self.x, y: self.y }
    }
}
