//! The values of a descriptor file to a [`Descriptor`], of which nothing is checked but its form.

use serde_json::Value;

use crate::options::Kind;
use crate::options::Problem;
use crate::providers::Descriptor;
use crate::providers::descriptor::DESCRIPTOR;

/// Reads a descriptor.
///
/// # Errors
/// Everything that it lacks, and every key and value that it cannot have.
pub(in crate::providers) fn parse(values: &Value) -> Result<Descriptor, Vec<Problem>> {
    if !values.is_object() {
        return Err(vec![Problem::new(
            "a descriptor is a map with the keys provider, title, hosts, geometry, submit, …",
        )]);
    }
    let canonical = Kind::Map(DESCRIPTOR).parse(values)?;
    serde_json::from_value(canonical)
        .map_err(|error| vec![Problem::new(format!("the descriptor cannot be read: {error}"))])
}
