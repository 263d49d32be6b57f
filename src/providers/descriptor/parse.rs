//! The values of a descriptor file to a [`Descriptor`], of which nothing is checked but its form.

use serde_json::Value;

use crate::options::Kind;
use crate::options::Problem;
use crate::providers::Descriptor;
use crate::providers::descriptor::DESCRIPTOR;

/// The key of a request that earlier versions read and never sent: descriptors that still have it stay valid.
pub(in crate::providers) const CANCEL: &str = "cancel";

/// Reads a descriptor; [`CANCEL`] is passed over, whatever stands there.
///
/// # Errors
/// Everything that it lacks, and every key and value that it cannot have.
pub(in crate::providers) fn parse(values: &Value) -> Result<Descriptor, Vec<Problem>> {
    let Value::Object(mut map) = values.clone() else {
        return Err(vec![Problem::new(
            "a descriptor is a map with the keys provider, title, hosts, geometry, submit, …",
        )]);
    };
    map.remove(CANCEL);
    let canonical = Kind::Map(DESCRIPTOR).parse(&Value::Object(map))?;
    serde_json::from_value(canonical)
        .map_err(|error| vec![Problem::new(format!("the descriptor cannot be read: {error}"))])
}
