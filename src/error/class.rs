//! Classes of failures, which decide on what happens next.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// Class of a failure, which decides what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Class {
    /// The bytes claim to be an image and cannot be decoded.
    Corrupt,
    /// The bytes are of a kind, or use a feature, that no codec here reads or writes.
    Unsupported,
    /// A bound on pixels, bytes or sides would be exceeded.
    Limit,
    /// The source is smaller than its share of the output and may not be enlarged.
    TooSmall,
    /// A provider will not make this picture: its moderation, or its check of the request,
    /// refused it.
    Rejected,
    /// A provider's result cannot be used: no picture, of a wrong size, or without the source.
    BadOutput,
    /// No call of a provider, within its limits, reaches the canvas that is needed.
    Unreachable,
    /// A paid call was sent and its fate is unknown.
    UnknownCall,
    /// An option that is said of this picture alone is wrong.
    Options,
    /// Another task has the same output, or a file that recanvas did not write stands in its place.
    Conflict,
    /// The job needs more memory than the run may use.
    Memory,
    /// A file could not be read or written: permissions, a vanished file, a broken disk.
    Io,
    /// The disk, or the user's share of it, is full.
    DiskFull,
    /// A provider could not be reached, or the connection broke.
    Network,
    /// A provider said that it cannot work now: an outage, a limit, no credit.
    Provider,
    /// The run was stopped while the task was under way.
    Interrupted,
    /// A defect of this program; reported with what it was doing.
    Internal,
}

impl Class {
    /// Every class, in the order in which summaries list them.
    pub const ALL: [Class; 17] = [
        Class::Corrupt,
        Class::Unsupported,
        Class::Limit,
        Class::TooSmall,
        Class::Rejected,
        Class::BadOutput,
        Class::Unreachable,
        Class::UnknownCall,
        Class::Options,
        Class::Conflict,
        Class::Memory,
        Class::Io,
        Class::DiskFull,
        Class::Network,
        Class::Provider,
        Class::Interrupted,
        Class::Internal,
    ];

    /// Tells whether the next run leaves the task alone until its source or its options change.
    ///
    /// Permanent failures are remembered by source and fingerprint; transient ones are tried
    /// again by the next run.
    #[must_use]
    pub fn is_permanent(self) -> bool {
        match self {
            Class::Corrupt | Class::Unsupported | Class::Limit | Class::TooSmall => true,
            Class::Rejected | Class::BadOutput | Class::Unreachable | Class::UnknownCall => true,
            Class::Memory | Class::Io | Class::DiskFull | Class::Network | Class::Provider => false,
            Class::Interrupted | Class::Internal => false,
            // Decided anew by every run.
            Class::Options | Class::Conflict => false,
        }
    }

    /// Returns the word used in the manifest, in `--json` and in summaries.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Class::Corrupt => "corrupt",
            Class::Unsupported => "unsupported",
            Class::Limit => "limit",
            Class::TooSmall => "too_small",
            Class::Rejected => "rejected",
            Class::BadOutput => "bad_output",
            Class::Unreachable => "unreachable",
            Class::UnknownCall => "unknown_call",
            Class::Options => "options",
            Class::Conflict => "conflict",
            Class::Memory => "memory",
            Class::Io => "io",
            Class::DiskFull => "disk_full",
            Class::Network => "network",
            Class::Provider => "provider",
            Class::Interrupted => "interrupted",
            Class::Internal => "internal",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
