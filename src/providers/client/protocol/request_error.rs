//! Reasons for which a request cannot be made.

use crate::providers::client::AddressError;
use crate::providers::client::expressions::ExpressionError;

/// Reason for which a request cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The descriptor does not describe it.
    #[error("the descriptor has no such request")]
    Undescribed,
    /// A value that its address is made of is missing.
    #[error("the provider gave no address for the {0}")]
    NoAddress(&'static str),
    /// Part of its address would lead elsewhere.
    #[error("a name that the provider gave cannot stand in an address")]
    Segment,
    /// Nothing may be sent to its address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// An expression in it gives no value.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// It would hold the picture, which is not kept any more.
    #[error("the picture is no longer at hand")]
    NoPicture,
}
