//! Sizes that a provider can make, and the way in which it is told.

use serde::Deserialize;

use crate::options::Field;
use crate::options::Kind;

/// Numbers by which a provider is told the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Pixels to add on each side.
    Pixels,
    /// Percent of the source's side to add on each side, whole numbers.
    Percent,
    /// The canvas's size and where the source lies on it.
    CanvasOffset,
    /// The canvas's size alone; the provider places the source.
    Canvas,
    /// Steps of a camera that moves back; the frame keeps its size.
    Walk,
}

impl Unit {
    /// Returns the unit in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Unit::Pixels => "pixels to add on each side",
            Unit::Percent => "percent to add on each side",
            Unit::CanvasOffset => "canvas and the source's place on it",
            Unit::Canvas => "canvas alone",
            Unit::Walk => "steps of a camera that moves back",
        }
    }
}

/// Sizes and ratios that a provider can make.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Geometry {
    /// Numbers by which it is told.
    pub unit: Unit,
    /// Most that can be added on one side, in the unit of [`Geometry::unit`].
    pub max_per_side: Option<u64>,
    /// Most pixels of a side of the canvas.
    pub max_side: Option<u32>,
    /// Fewest pixels of a side of the canvas.
    pub min_side: u32,
    /// Most pixels of the canvas.
    pub max_pixels: Option<u64>,
    /// Sides of the canvas are multiples of this.
    pub multiple_of: u32,
    /// Says whether the source's place on the result is known, or must be searched.
    pub placement: Placement,
    /// Walk: pixels by which one step widens the view on each side.
    pub step: u32,
}

/// Says whether the source's place on the result is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// The place that was asked for, but for a few pixels.
    Exact,
    /// Somewhere, at some scale.
    Unknown,
}

pub(super) const GEOMETRY: &[Field] = &[
    Field::required(
        "unit",
        Kind::Word(&["pixels", "percent", "canvas_offset", "canvas", "walk"]),
        "how the provider is told what to make",
    ),
    Field::new(
        "max_per_side",
        Kind::Optional(&Kind::Integer(1, 1_000_000)),
        "null",
        "most that can be added on one side, in the unit",
    ),
    Field::new("max_side", Kind::Optional(&Kind::Integer(1, 65535)), "null", "most pixels of a side of the canvas"),
    Field::new("min_side", Kind::Integer(1, 65535), "1", "fewest pixels of a side of the canvas"),
    Field::new("max_pixels", Kind::Optional(&Kind::Count), "null", "most pixels of the canvas"),
    Field::new("multiple_of", Kind::Integer(1, 256), "1", "sides of the canvas are multiples of this"),
    Field::new(
        "placement",
        Kind::Word(&["exact", "unknown"]),
        "exact",
        "whether the source lies where it was asked to",
    ),
    Field::new("step", Kind::Integer(1, 1024), "64", "walk: pixels that one step adds on each side"),
];
