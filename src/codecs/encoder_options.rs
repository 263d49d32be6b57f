//! The options that several encoders have.

use serde::Deserialize;

use crate::options::Field;
use crate::options::Kind;

/// Says how much of a picture may be lost.
pub(super) const QUALITY: Field =
    Field::new("quality", Kind::Integer(1, 100), "85", "jpeg and lossy webp: 1 is smallest, 100 best");

/// Says how long to look for a smaller file.
pub(super) const EFFORT: Field = Field::new(
    "effort",
    Kind::Word(&["fast", "balanced", "small"]),
    "balanced",
    "how long to look for a smaller file of the same quality",
);

/// Says how much time a file may take to become smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Effort {
    /// As little as possible.
    Fast,
    /// As long as it saves much.
    Balanced,
    /// As long as it saves anything.
    Small,
}
