//! Reasons for which a run does not start.

use std::error::Error as StdError;
use std::fmt;

use crate::batch::Collision;
use crate::error::Class;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Failure;
use crate::error::printable;
use crate::manifest::OpenError;

/// Reason for which a run does not start. Nothing was written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// The request does not make sense.
    Usage {
        /// The mistake, without what to do about it.
        message: String,
        /// Advice on what to do about it.
        hint: String,
    },
    /// No source fits what the request is only for.
    NotFound {
        /// The globs, as they were written.
        only: Vec<String>,
    },
    /// By the template most tasks would write the same files.
    Collisions(Vec<Collision>),
    /// The manifest cannot be opened.
    Manifest(OpenError),
    /// A folder cannot be read or written.
    Folder(Failure),
    /// The user stopped the run before it began.
    Stopped,
}

impl From<Failure> for Refusal {
    /// Refuses a run whose sources or outputs cannot be opened or listed.
    fn from(failure: Failure) -> Self {
        Refusal::Folder(failure)
    }
}

/// Bounds the examples that a message shows of a long list.
const EXAMPLES: usize = 10;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Usage { message, hint } => write!(f, "{message}\nhint: {hint}"),
            Refusal::NotFound { only } => write!(
                f,
                "no source fits --only {}\nhint: globs are relative to the input folder; one without `/` fits names at any depth",
                printable(&only.join(" --only "))
            ),
            Refusal::Collisions(collisions) => {
                writeln!(
                    f,
                    "output.path names most outputs alike; two tasks would write the same file ({} times):",
                    collisions.len()
                )?;
                for collision in collisions.iter().take(EXAMPLES) {
                    writeln!(f, "  {collision}")?;
                }
                more(f, collisions.len())?;
                write!(
                    f,
                    "hint: add {{target}}, {{dir}} or {{source_ext}} to output.path, like \"{{dir}}/{{stem}}.{{source_ext}}.{{target}}.{{ext}}\""
                )
            }
            Refusal::Manifest(error) => write!(f, "{error}"),
            Refusal::Folder(failure) => write!(f, "{failure}"),
            Refusal::Stopped => f.write_str("stopped before any work began"),
        }
    }
}

impl StdError for Refusal {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Refusal::Manifest(error) => Some(error),
            Refusal::Folder(failure) => Some(failure),
            Refusal::Usage { .. } | Refusal::NotFound { .. } | Refusal::Collisions(_) | Refusal::Stopped => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::Usage { .. } => ErrorKind::Usage,
            Refusal::NotFound { .. } => ErrorKind::NotFound,
            Refusal::Collisions(_) => ErrorKind::Collisions,
            Refusal::Manifest(OpenError::Locked { .. }) => ErrorKind::Locked,
            Refusal::Manifest(OpenError::Io { .. }) => ErrorKind::Failed(Class::Io),
            Refusal::Manifest(_) => ErrorKind::Manifest,
            Refusal::Folder(failure) => ErrorKind::Failed(failure.class),
            Refusal::Stopped => ErrorKind::Stopped,
        };
        // Examples and hints stand on lines of their own.
        let text = refusal.to_string();
        let line = text.lines().next().unwrap_or_default().trim_end_matches(':');
        Error::new(kind, line).because(refusal)
    }
}

fn more(f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
    if count > EXAMPLES { writeln!(f, "  … and {} more", count - EXAMPLES) } else { Ok(()) }
}
