//! Names the formats.

use std::cmp::Ordering;
use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;

use serde::Serialize;
use serde::Serializer;

/// Says how many of a file's first bytes tell its format, or the kind of a file of none.
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
pub const SNIFF_BYTES: usize = 64;

/// Describes a format: by what it is known.
pub(super) struct FormatDef {
    /// The word in pipelines, manifests and messages: lowercase letters and digits.
    pub(super) name: &'static str,
    /// File name extensions without dot, lower case; the first is the one that is written.
    pub(super) extensions: &'static [&'static str],
    /// Tells whether a file is of the format that begins with these bytes: its first `SNIFF_BYTES`, or
    /// all of them if it has fewer.
    pub(super) is_begun_by: fn(&[u8]) -> bool,
}

/// A format that recanvas reads, and perhaps writes: a handle of its line in [`CODECS`]. Two are equal
/// if their names are.
///
/// [`CODECS`]: crate::codecs::CODECS
#[derive(Clone, Copy)]
pub struct Format(&'static FormatDef);

impl Format {
    /// Returns the handle of a format.
    pub(super) const fn new(def: &'static FormatDef) -> Format {
        Format(def)
    }

    /// The word in pipelines, manifests and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Returns the extensions that names of its files have, without dot, lower case; the first is the one
    /// that is written.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        self.0.extensions
    }

    /// Returns the extension that is written, without dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.0.extensions[0]
    }

    /// Tells whether a name with this extension, in whatever case, claims to be of the format.
    #[must_use]
    pub fn has_extension(self, extension: &str) -> bool {
        self.0.extensions.iter().any(|known| known.eq_ignore_ascii_case(extension))
    }

    /// Tells whether a file that begins with these bytes is of the format; see `SNIFF_BYTES`.
    pub(super) fn is_begun_by(self, head: &[u8]) -> bool {
        (self.0.is_begun_by)(head)
    }
}

/// The name with a capital, as messages have it.
impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, rest) = self.name().split_at(1);
        write!(f, "{}{rest}", first.to_ascii_uppercase())
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Format {}

impl PartialOrd for Format {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Format {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl Hash for Format {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
