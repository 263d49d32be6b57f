//! Looks up formats and what reads and writes them in the table, by names and extensions.

use std::ffi::OsStr;
use std::path::Path;

use serde::Deserialize;
use serde::Deserializer;
use serde::de;

use crate::codecs::CODECS;
use crate::codecs::Codec;
use crate::codecs::Decoder;
use crate::codecs::EncoderDef;
use crate::codecs::Format;
use crate::codecs::is_image_extension;
use crate::error::Class;
use crate::error::Failure;

impl Format {
    /// Returns every format of the table, in its order.
    pub fn all() -> impl Iterator<Item = Format> {
        CODECS.iter().map(|codec| codec.format)
    }

    /// Returns those of which files are written.
    pub fn written() -> impl Iterator<Item = Format> {
        CODECS.iter().filter(|codec| codec.encoder.is_some()).map(|codec| codec.format)
    }

    /// Tells whether a file name would lie: its extension is that of another format. Extensions of no
    /// format say nothing.
    #[must_use]
    pub fn is_belied_by(self, path: &Path) -> bool {
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        is_image_extension(extension) && !self.has_extension(extension)
    }

    /// The format that a file's name claims to be of.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Format> {
        let extension = path.extension().and_then(OsStr::to_str)?;
        Format::all().find(|format| format.has_extension(extension))
    }

    /// The format called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Format> {
        Format::all().find(|format| format.name() == name)
    }

    /// Returns what reads its files.
    #[must_use]
    pub fn decoder(self) -> &'static dyn Decoder {
        self.codec().decoder
    }

    /// Returns what writes its files; none if they are only read.
    #[must_use]
    pub fn encoder(self) -> Option<&'static EncoderDef> {
        self.codec().encoder
    }

    fn codec(self) -> &'static Codec {
        let known = CODECS.iter().find(|codec| codec.format == self);
        known.expect("every format stands in the table, as a test checks")
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Format::named(&name).ok_or_else(|| de::Error::custom(format_args!("there is no format `{name}`")))
    }
}

/// Returns why no file of a format is written.
pub(crate) fn unwritten(format: Format) -> Failure {
    let written: Vec<&str> = Format::written().map(Format::name).collect();
    let (name, written) = (format.name(), written.join(", "));
    Failure::new(
        Class::Unsupported,
        format!("recanvas reads {name} and does not write it; set convert.format to one of {written}"),
    )
}
