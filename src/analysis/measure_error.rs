//! Says why what a measure has found cannot be recorded.

use serde_json::Value;

/// Counts the most bytes of JSON that a value has.
const MOST_BYTES: usize = 64 << 10;

/// Counts the most lists and objects that are inside of each other.
const MOST_DEPTH: usize = 32;

/// Says why what a measure has found cannot be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// It has a `null`: what a number becomes that is not finite.
    #[error("the measure `{0}` has found a number that is not finite, or null")]
    NotFinite(String),
    /// It goes too deep.
    #[error("the measure `{0}` has found more than {MOST_DEPTH} lists and objects inside of each other")]
    TooDeep(String),
    /// It is too long.
    #[error("the measure `{name}` has found {bytes} bytes; at most {MOST_BYTES} are recorded")]
    TooLong {
        /// Names the measure.
        name: String,
        /// Counts the bytes as JSON.
        bytes: usize,
    },
}

impl MeasureError {
    /// Returns the value of the measure with this name as JSON, if it can be recorded.
    pub(super) fn check(name: &str, value: &Value) -> Result<String, Self> {
        MeasureError::check_parts(name, value, MOST_DEPTH)?;
        let text = value.to_string();
        match text.len() {
            bytes if bytes > MOST_BYTES => Err(MeasureError::TooLong { name: name.to_owned(), bytes }),
            _ => Ok(text),
        }
    }

    fn check_parts(name: &str, value: &Value, depth: usize) -> Result<(), Self> {
        let mut inner: Box<dyn Iterator<Item = &Value>> = match value {
            Value::Null => return Err(MeasureError::NotFinite(name.to_owned())),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => return Ok(()),
            Value::Array(_) | Value::Object(_) if depth == 0 => return Err(MeasureError::TooDeep(name.to_owned())),
            Value::Array(values) => Box::new(values.iter()),
            Value::Object(values) => Box::new(values.values()),
        };
        inner.try_for_each(|value| MeasureError::check_parts(name, value, depth - 1))
    }
}
