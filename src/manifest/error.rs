//! Errors of a manifest that cannot be used.

use std::io;
use std::path::PathBuf;

use crate::manifest::FORMAT_VERSION;

/// Error of a manifest that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another run holds the lock.
    #[error("another run{} is using this state folder", owner(*.pid))]
    Locked {
        /// Its process, as far as it says so.
        pid: Option<u32>,
    },
    /// It was written by a newer version of recanvas.
    #[error(
        "line {line} of the manifest is of format version {found}; this recanvas knows {FORMAT_VERSION}: update it"
    )]
    Newer {
        /// Counted from 1.
        line: u64,
        /// The version that it names.
        found: u32,
    },
    /// A line other than an unfinished last one cannot be understood.
    #[error("line {line} of the manifest is damaged: {why}")]
    Damaged {
        /// Counted from 1.
        line: u64,
        /// Fault of the line.
        why: String,
    },
    /// Something stands in the state folder under a name of ours that we did not write.
    #[error("`{}` {why}\nhint: move it away, or choose another folder for `output.state`", path.display())]
    Foreign {
        /// Path of what stands there.
        path: PathBuf,
        /// Completes "it …".
        why: &'static str,
    },
    /// A file operation failed.
    #[error("could not {what} `{}`: {error}", path.display())]
    Io {
        /// Completes "could not …", before the path.
        what: &'static str,
        /// Path of the file.
        path: PathBuf,
        /// The error itself.
        error: io::Error,
    },
}

fn owner(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}
