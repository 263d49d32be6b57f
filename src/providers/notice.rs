//! Notices of a provider's service that concern the provider as a whole.

use std::time::Duration;

/// Something that concerns every call to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Nothing is sent for this long.
    Paused {
        /// The provider.
        provider: String,
        /// Length of the pause.
        length: Duration,
        /// One line.
        why: String,
    },
    /// A provider that failed answers again.
    Resumed {
        /// The provider.
        provider: String,
    },
    /// Addresses that replies name are asked through a proxy of the environment, which decides where they lead.
    /// Told once.
    Proxied,
    /// No call is submitted any more in this run.
    Stopped {
        /// The provider.
        provider: String,
        /// One line.
        why: String,
    },
}
