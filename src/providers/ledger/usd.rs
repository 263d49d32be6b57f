//! Sums of money that are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

const MICROS: u64 = 1_000_000;

/// An amount of US dollars, in whole millionths. Sums are exact and stop at the largest amount
/// instead of wrapping. A record holds the number of millionths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usd(u64);

impl Usd {
    /// Nothing.
    pub const ZERO: Usd = Usd(0);

    /// Makes an amount of so many millionths of a dollar.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Usd(micros)
    }

    /// Makes an amount of so many dollars, rounded up to a millionth: a price is never taken for less than it is. None
    /// if the number is negative, not finite, or above ten million million.
    #[must_use]
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        if !(0.0..=1e13).contains(&dollars) {
            return None;
        }
        // 0.07 is not exact in binary; without the inner rounding it would become 70 001.
        let micros = ((dollars * 1e9).round() / 1e3).ceil();
        format!("{micros:.0}").parse().ok().map(Usd)
    }

    /// Millionths of a dollar.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Returns the amount in dollars, for programs that read numbers.
    #[must_use]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Takes `other` away; nothing is left if that is more.
    #[must_use]
    pub fn minus(self, other: Usd) -> Usd {
        Usd(self.0.saturating_sub(other.0))
    }
}

impl Add for Usd {
    type Output = Usd;

    fn add(self, other: Usd) -> Usd {
        Usd(self.0.saturating_add(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Usd>>(amounts: I) -> Usd {
        amounts.fold(Usd::ZERO, Add::add)
    }
}

impl fmt::Display for Usd {
    /// Writes at least two digits after the point, and no more than are needed: `0.03`, `0.0325`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:06}", self.0 % MICROS);
        let kept = digits.trim_end_matches('0').len().max(2);
        write!(f, "{}.{}", self.0 / MICROS, &digits[..kept])
    }
}

/// Says that a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an amount of dollars like 12.50")]
pub struct UsdError(String);

impl FromStr for Usd {
    type Err = UsdError;

    /// Reads an amount as [`Usd`] shows it; a whole number of dollars will do.
    fn from_str(text: &str) -> Result<Self, UsdError> {
        let read = || {
            let (dollars, cents) = text.split_once('.').unwrap_or((text, "0"));
            let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !are_digits(dollars) || !are_digits(cents) || cents.len() > 6 {
                return None;
            }
            let micros: u64 = format!("{cents:0<6}").parse().ok()?;
            dollars.parse::<u64>().ok()?.checked_mul(MICROS)?.checked_add(micros).map(Usd)
        };
        read().ok_or_else(|| UsdError(text.to_owned()))
    }
}
