//! The formats, by their names and their extensions.

use std::ffi::OsStr;
use std::path::Path;

use serde::Deserialize;
use serde::Serialize;

use crate::codecs::CODECS;
use crate::codecs::Codec;
use crate::codecs::is_image_extension;

/// The formats that recanvas reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Format {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG (W3C, third edition).
    Png,
    /// WebP (RFC 9649).
    Webp,
}

impl Format {
    /// The word in pipelines, manifests and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Jpeg => "jpeg",
            Format::Png => "png",
            Format::Webp => "webp",
        }
    }

    /// Tells whether a file name would lie: its extension is that of another format. Extensions of no
    /// format say nothing.
    #[must_use]
    pub fn is_belied_by(self, path: &Path) -> bool {
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        let own = self.codec().extensions().iter().any(|known| known.eq_ignore_ascii_case(extension));
        is_image_extension(extension) && !own
    }

    /// The format that a file's name claims to be of.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Format> {
        let extension = path.extension().and_then(OsStr::to_str)?;
        let claimed =
            |codec: &&&dyn Codec| codec.extensions().iter().any(|known| known.eq_ignore_ascii_case(extension));
        CODECS.iter().find(claimed).map(|codec| codec.format())
    }

    /// The format called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Format> {
        CODECS.iter().map(|codec| codec.format()).find(|format| format.name() == name)
    }

    /// The format's codec.
    #[must_use]
    pub fn codec(self) -> &'static dyn Codec {
        let known = CODECS.iter().find(|codec| codec.format() == self);
        *known.expect("every format has a codec, as a test checks")
    }
}
