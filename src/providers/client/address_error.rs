//! Reasons for which nothing may be sent to an address.

/// Reason for which nothing may be sent to an address; of the address it holds scheme, host and port alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The endpoint is no address.
    #[error("the endpoint is wrong: {0}")]
    Endpoint(Box<AddressError>),
    /// The endpoint is more than an origin.
    #[error("the endpoint `{0}` has a path or a query; only scheme, host and port count")]
    EndpointPath(String),
    /// An endpoint on the way to which requests could be read.
    #[error("the endpoint `{0}` is not https; only loopback may do without")]
    EndpointUnsafe(String),
    /// It is no address.
    #[error("not an address: {0}")]
    NoAddress(url::ParseError),
    /// It is an address of something else than a host.
    #[error("not an address with a host")]
    NoHost,
    /// It holds a login.
    #[error("`{0}` is given with a name or password")]
    Login(String),
    /// It lies in a private network.
    #[error("`{0}` is a private address")]
    Private(String),
    /// An address on the way to which the request could be read.
    #[error("`{0}` is not https")]
    Unsafe(String),
    /// The key does not go there.
    #[error("`{origin}` is not one of the provider's hosts and may not get the key{advice}")]
    Unlisted {
        /// Scheme, host and port.
        origin: String,
        /// Advice that would let it go there; empty if nothing should.
        advice: String,
    },
    /// A redirect names no address.
    #[error("the redirect leads nowhere: {0}")]
    Nowhere(url::ParseError),
    /// A redirect leads where the key does not go.
    #[error("the redirect leads to `{0}`, which may not get the key")]
    Redirect(String),
}
