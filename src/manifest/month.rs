//! Calendar months.

use std::fmt;
use std::str::FromStr;

/// A calendar month in UTC, written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

/// Error of a text that names no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MonthError {
    /// It is no time.
    #[error("`{0}` is not a time like 2026-01-01T00:00:00Z")]
    NoTime(String),
    /// It is no month.
    #[error("`{0}` is not a month like 2026-11")]
    NoMonth(String),
}

impl Month {
    /// Returns the month of a time that is written as RFC 3339 in UTC.
    ///
    /// # Errors
    /// [`MonthError::NoTime`] if it is not.
    pub fn of(time: &str) -> Result<Self, MonthError> {
        let wrong = || MonthError::NoTime(time.to_owned());
        humantime::parse_rfc3339(time).map_err(|_| wrong())?;
        time.get(..7).and_then(|month| month.parse().ok()).ok_or_else(wrong)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let read = || {
            let (year, month) = text.split_once('-').filter(|(year, month)| (year.len(), month.len()) == (4, 2))?;
            let (year, month) = (year.parse().ok()?, month.parse().ok()?);
            (1..=12).contains(&month).then_some(Month { year, month })
        };
        read().ok_or_else(|| MonthError::NoMonth(text.to_owned()))
    }
}
