//! Reasons for which a service cannot be set up.

use crate::providers::client::AddressError;

/// Reason for which a service cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The provider wants a key.
    #[error("{provider} wants a key: set {variable}")]
    NoKey {
        /// The provider.
        provider: String,
        /// The variable in which the key is looked for.
        variable: String,
    },
    /// Requests cannot go where they are to go.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// TLS cannot be used.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// Without root certificates no server can prove its identity.
    #[error("no root certificates on this machine ({0}): install ca-certificates, or set SSL_CERT_FILE")]
    NoRoots(String),
    /// A variable of the environment names no proxy.
    #[error(
        "{0} names no proxy that can be asked: it is http://HOST:PORT or https://HOST:PORT, with NAME:PASSWORD@ before \
         HOST if need be, in which signs like @ and / are percent-encoded"
    )]
    Proxy(&'static str),
    /// The client for HTTP cannot be made.
    #[error("the connection cannot be set up: is the proxy in the environment right?")]
    Connection,
}
