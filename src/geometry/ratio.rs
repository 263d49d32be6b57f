//! Aspect ratios, exact where they were written exactly.

use std::fmt;
use std::str::FromStr;

use crate::geometry::Size;

/// Width to height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    width: f64,
    height: f64,
}

impl Ratio {
    /// The widest and the tallest ratio that is taken for meant: 1000:1.
    pub const MAX: f64 = 1000.0;

    /// The ratio `width` to `height`.
    ///
    /// # Errors
    /// If a side is not a positive number or the ratio is beyond 1000:1.
    pub fn new(width: f64, height: f64) -> Result<Self, RatioError> {
        let positive = |side: f64| side.is_finite() && side > 0.0;
        if !positive(width) || !positive(height) {
            return Err(RatioError::NotPositive);
        }
        let value = width / height;
        if !(1.0 / Ratio::MAX..=Ratio::MAX).contains(&value) {
            return Err(RatioError::TooExtreme { width, height });
        }
        Ok(Ratio { width, height })
    }

    /// The ratio of a size.
    #[must_use]
    pub fn of(size: Size) -> Self {
        Ratio { width: size.width.into(), height: size.height.into() }
    }

    /// Width divided by height.
    #[must_use]
    pub fn value(self) -> f64 {
        self.width / self.height
    }

    /// The width that goes with `height`. Exact for whole sides, where `height * value()`
    /// would carry the quotient's error.
    #[must_use]
    pub fn width_for(self, height: f64) -> f64 {
        height * self.width / self.height
    }

    /// The height that goes with `width`.
    #[must_use]
    pub fn height_for(self, width: f64) -> f64 {
        width * self.height / self.width
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.width, self.height)
    }
}

/// Says why something is no ratio.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RatioError {
    /// A side is no number, or not above zero.
    #[error("both sides of a ratio must be positive numbers")]
    NotPositive,
    /// One side is more than [`Ratio::MAX`] times the other.
    #[error("the ratio {width}:{height} is beyond 1000:1")]
    TooExtreme {
        /// The width.
        width: f64,
        /// The height.
        height: f64,
    },
    /// The text is none of the forms that are read.
    #[error("`{0}` is not a ratio; write it as 4:5, 1.91 or 1200x628")]
    Unreadable(String),
}

impl FromStr for Ratio {
    type Err = RatioError;

    /// Reads `4:5`, `4/5`, `1200x628` or `1.91` (to one).
    fn from_str(text: &str) -> Result<Self, RatioError> {
        let side = |digits: &str| digits.trim().parse::<f64>().ok();
        let sides = match text.trim().split_once([':', '/', 'x', 'X', '×']) {
            Some((width, height)) => side(width).zip(side(height)),
            None => side(text).zip(Some(1.0)),
        };
        let (width, height) = sides.ok_or_else(|| RatioError::Unreadable(text.to_owned()))?;
        Ratio::new(width, height)
    }
}
