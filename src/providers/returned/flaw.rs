//! Says that a result cannot be used.

use crate::error::Class;
use crate::error::Failure;

/// Returns the failure of a result that cannot be used, with why.
pub(super) fn bad(message: String) -> Failure {
    Failure::new(Class::BadOutput, message)
}
