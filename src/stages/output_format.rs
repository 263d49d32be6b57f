//! The format of outputs.

use crate::codecs::Format;

/// Names the format of the files that a target makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// The source's own.
    Source,
    /// Always this one.
    Fixed(Format),
}

impl OutputFormat {
    /// Returns the format of the output for a source of format `source`.
    #[must_use]
    pub fn of(self, source: Format) -> Format {
        match self {
            OutputFormat::Source => source,
            OutputFormat::Fixed(format) => format,
        }
    }
}
