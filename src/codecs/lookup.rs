//! Looks up formats and their codecs in the table, by names and extensions.

use std::ffi::OsStr;
use std::path::Path;

use crate::codecs::CODECS;
use crate::codecs::Codec;
use crate::codecs::Format;
use crate::codecs::is_image_extension;

impl Format {
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
