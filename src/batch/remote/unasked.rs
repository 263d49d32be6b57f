//! Reasons for which a provider cannot be asked.

use std::io;

use crate::providers::SecretError;
use crate::providers::client::AddressError;
use crate::providers::client::SetupError;

/// Reason for which a provider cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unasked {
    /// Its key is not there.
    #[error("{0}")]
    Secret(#[from] SecretError),
    /// Its service cannot be set up.
    #[error("{0}")]
    Setup(#[from] SetupError),
    /// The variable that moves its requests holds no text.
    #[error("{0} is not text")]
    NoText(String),
    /// The variable that moves its requests names no place to which they could go.
    #[error("{variable}: {why}")]
    Moved {
        /// The variable.
        variable: String,
        /// Fault of what it holds.
        why: AddressError,
    },
    /// Nothing can wait for its replies.
    #[error("no thread for waiting: {0}")]
    NoThread(io::Error),
    /// The test of it broke off.
    #[error("the test ended with a defect of recanvas")]
    Defect,
}
