//! The eight ways in which a camera may have stored a picture (EXIF tag 0x0112).

use serde::Deserialize;
use serde::Serialize;

use crate::geometry::Size;
use crate::geometry::Window;

/// Turn that makes the stored pixels stand upright.
///
/// Source: CIPA DC-008 (Exif 2.32), 4.6.4 A, tag Orientation. Records have its EXIF value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub enum Orientation {
    /// 1: nothing.
    #[default]
    Upright,
    /// 2: mirror left and right.
    FlipHorizontal,
    /// 3: turn by 180°.
    Rotate180,
    /// 4: mirror top and bottom.
    FlipVertical,
    /// 5: mirror along the diagonal from left top.
    Transpose,
    /// 6: turn clockwise by 90°.
    Rotate90,
    /// 7: mirror along the other diagonal.
    Transverse,
    /// 8: turn clockwise by 270°.
    Rotate270,
}

impl Orientation {
    /// All eight, in the order of their EXIF values.
    pub const ALL: [Orientation; 8] = [
        Orientation::Upright,
        Orientation::FlipHorizontal,
        Orientation::Rotate180,
        Orientation::FlipVertical,
        Orientation::Transpose,
        Orientation::Rotate90,
        Orientation::Transverse,
        Orientation::Rotate270,
    ];

    /// The orientation of EXIF value 1 to 8. Any other value means nothing and is read as
    /// upright, as viewers do.
    #[must_use]
    pub fn from_exif(value: u32) -> Self {
        let index = usize::try_from(value).unwrap_or(0).wrapping_sub(1);
        Orientation::ALL.get(index).copied().unwrap_or_default()
    }

    /// Its EXIF value, 1 to 8.
    #[must_use]
    pub fn exif(self) -> u32 {
        self as u32 + 1
    }

    /// Tells whether width and height change places.
    #[must_use]
    pub fn transposes(self) -> bool {
        use Orientation::{Rotate90, Rotate270, Transpose, Transverse};
        matches!(self, Transpose | Rotate90 | Transverse | Rotate270)
    }

    /// The upright size of a picture stored as `stored`.
    #[must_use]
    pub fn apply_to(self, stored: Size) -> Size {
        if self.transposes() { stored.transposed() } else { stored }
    }

    /// Returns what turns an upright picture into the stored one.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Orientation::Rotate90 => Orientation::Rotate270,
            Orientation::Rotate270 => Orientation::Rotate90,
            // The others are their own.
            other => other,
        }
    }

    /// Returns where a part of a picture stored as `stored` lies once that stands upright.
    #[must_use]
    pub fn place(self, part: Window, stored: Size) -> Window {
        use Orientation::{FlipHorizontal, FlipVertical, Rotate90, Rotate180, Rotate270, Transverse};
        let mut placed = part;
        if matches!(self, FlipHorizontal | Rotate180 | Transverse | Rotate270) {
            placed.x = f64::from(stored.width) - part.x - part.width;
        }
        if matches!(self, FlipVertical | Rotate180 | Transverse | Rotate90) {
            placed.y = f64::from(stored.height) - part.y - part.height;
        }
        let Window { x, y, width, height } = placed;
        if self.transposes() { Window { x: y, y: x, width: height, height: width } } else { placed }
    }
}

impl From<Orientation> for u32 {
    fn from(orientation: Orientation) -> u32 {
        orientation.exif()
    }
}

/// Says that a number is no orientation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no EXIF orientation")]
pub struct OrientationError(u32);

impl TryFrom<u32> for Orientation {
    type Error = OrientationError;

    fn try_from(value: u32) -> Result<Self, OrientationError> {
        let found = Orientation::ALL.into_iter().find(|orientation| orientation.exif() == value);
        found.ok_or(OrientationError(value))
    }
}
