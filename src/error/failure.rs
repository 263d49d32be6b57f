//! Failure of one task.

use crate::error::Class;
use crate::error::printable;

/// One task's failure: its class and one line that says what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The rule for what happens next.
    pub class: Class,
    /// One lowercase line; never names the file, which the caller knows better.
    pub message: String,
}

impl Failure {
    /// Returns a failure of `class` with the line `message`, which is made printable.
    #[must_use]
    pub fn new(class: Class, message: impl AsRef<str>) -> Self {
        Failure { class, message: printable(message.as_ref()) }
    }

    /// Returns the failure of a file operation: `what` completes "could not …".
    #[must_use]
    pub fn io(what: &str, error: &std::io::Error) -> Self {
        let class = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Class::DiskFull,
            _ => Class::Io,
        };
        Failure::new(class, format!("could not {what}: {error}"))
    }
}
