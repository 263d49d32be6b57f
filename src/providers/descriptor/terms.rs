//! Limits and prices of calls, and parameters.

use serde::Deserialize;
use serde_json::Value;

use crate::options::Field;
use crate::options::Kind;
use crate::providers::Usd;

/// Limits on what may be asked at once.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RateLimits {
    /// Requests per minute, of every sort.
    pub per_minute: Option<u32>,
    /// Calls in flight, from submit to the last poll.
    pub in_flight: u32,
}

pub(super) const LIMITS: &[Field] = &[
    Field::new(
        "per_minute",
        Kind::Optional(&Kind::Integer(1, 1_000_000)),
        "null",
        "requests per minute, of every sort",
    ),
    Field::new("in_flight", Kind::Integer(1, 10_000), "8", "calls in flight, from submit to the last poll"),
];

/// Price of a call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Price {
    /// USD per call; none if it is known in credits only.
    pub per_call: Option<f64>,
    /// Megapixels of the canvas that `per_call` includes.
    pub included_megapixels: f64,
    /// USD per further megapixel, begun ones counted whole.
    pub per_megapixel: f64,
    /// Pixels that the provider calls a megapixel.
    pub megapixel: u64,
    /// Most that the same call may cost, as a factor: for wordings that can be read in two ways.
    pub highest_factor: f64,
    /// The provider's credits per call, if it counts in credits.
    pub credits: Option<f64>,
}

impl Price {
    /// Returns so many pixels as the provider's megapixels.
    #[must_use]
    pub fn megapixels(&self, pixels: u64) -> f64 {
        pixels as f64 / self.megapixel as f64
    }

    /// Returns the expected price in USD of a call on a canvas of so many of the provider's megapixels; none if the
    /// price is known in credits only.
    #[must_use]
    pub fn expected(&self, megapixels: f64) -> Option<Usd> {
        Usd::from_dollars(self.dollars(megapixels)?)
    }

    /// Returns the most that it may cost.
    #[must_use]
    pub fn highest(&self, megapixels: f64) -> Option<Usd> {
        Usd::from_dollars(self.dollars(megapixels)? * self.highest_factor)
    }

    fn dollars(&self, megapixels: f64) -> Option<f64> {
        let further = (megapixels - self.included_megapixels).max(0.0).ceil();
        Some(self.per_call? + further * self.per_megapixel)
    }
}

pub(super) const PRICE: &[Field] = &[
    Field::new("per_call", Kind::Optional(&Kind::Number(0.0, 1e6)), "null", "USD per call, if known"),
    Field::new("included_megapixels", Kind::Number(0.0, 1e6), "0", "megapixels of the canvas that per_call includes"),
    Field::new("per_megapixel", Kind::Number(0.0, 1e6), "0", "USD per further megapixel, begun ones counted whole"),
    Field::new("megapixel", Kind::Integer(1, 1 << 30), "1000000", "pixels that the provider calls a megapixel"),
    Field::new("highest_factor", Kind::Number(1.0, 100.0), "1", "most that the same call may cost, as a factor"),
    Field::new("credits", Kind::Optional(&Kind::Number(0.0, 1e9)), "null", "the provider's credits per call"),
];

/// An option of the provider that a pipeline may set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Param {
    /// Kind of value that it takes.
    #[serde(rename = "type")]
    pub kind: ParamKind,
    /// The value if none is written; null leaves it out of the request.
    pub default: Value,
    /// The smallest number.
    pub min: Option<f64>,
    /// The largest number.
    pub max: Option<f64>,
    /// One line for `engines show`.
    pub doc: String,
}

/// Kinds of values of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamKind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Bool,
}

pub(super) const PARAM: &[Field] = &[
    Field::required("type", Kind::Word(&["text", "integer", "number", "bool"]), "what kind of value it takes"),
    Field::new("default", Kind::Any, "null", "the value if none is written; null leaves it out"),
    Field::new("min", Kind::Optional(&Kind::Number(-1e18, 1e18)), "null", "the smallest number"),
    Field::new("max", Kind::Optional(&Kind::Number(-1e18, 1e18)), "null", "the largest number"),
    Field::required("doc", Kind::Text, "one line for `engines show`"),
];
