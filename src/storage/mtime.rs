//! Time at which a file was last modified.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::str::FromStr;

use rustix::fs::Stat;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de;

/// A file's time of modification, as exact as the file system keeps it; written like
/// `1700000000.000000005`. Times before 1970 have negative seconds, and the nanoseconds still
/// count forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mtime {
    /// Whole seconds since 1970, rounded down.
    pub seconds: i64,
    /// Nanoseconds since then, below 1 000 000 000.
    pub nanos: u32,
}

impl Mtime {
    /// Returns the time that `metadata` has.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        // A file system may hold nonsense here, and a time is only ever compared.
        let nanos = u32::try_from(metadata.mtime_nsec()).unwrap_or(0).min(999_999_999);
        Mtime { seconds: metadata.mtime(), nanos }
    }

    /// Returns that of what was looked at by its name in an open folder.
    pub(super) fn of_stat(stat: &Stat) -> Self {
        #[allow(
            clippy::unnecessary_cast,
            clippy::cast_possible_wrap,
            reason = "width and sign of both numbers differ between systems"
        )]
        let (seconds, nanos) = (stat.st_mtime as i64, stat.st_mtime_nsec as i64);
        Mtime { seconds, nanos: u32::try_from(nanos).unwrap_or(0).min(999_999_999) }
    }
}

impl fmt::Display for Mtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.seconds, self.nanos)
    }
}

/// Says that a text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time like 1700000000.000000000")]
pub struct MtimeError(String);

impl FromStr for Mtime {
    type Err = MtimeError;

    fn from_str(text: &str) -> Result<Self, MtimeError> {
        let parse = || {
            let (seconds, nanos) = text.split_once('.')?;
            let nine_digits = nanos.len() == 9 && nanos.bytes().all(|byte| byte.is_ascii_digit());
            let nanos = nanos.parse().ok().filter(|_| nine_digits)?;
            Some(Mtime { seconds: seconds.parse().ok()?, nanos })
        };
        parse().ok_or_else(|| MtimeError(text.to_owned()))
    }
}

impl Serialize for Mtime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mtime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Mtime;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time like \"1700000000.000000000\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Mtime, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}
