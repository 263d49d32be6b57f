//! Joins the options of all encoders.

use crate::codecs::CODECS;
use crate::options::Field;

/// Returns the fields of all encoders, each once, in the order of the table, but so that the fields of every
/// encoder stay in its own order.
///
/// # Panics
/// If two encoders have the same fields in another order, which a test rules out.
#[must_use]
pub fn encoder_fields() -> Vec<Field> {
    let mut left: Vec<&[Field]> = CODECS.iter().filter_map(|codec| Some(codec.encoder?.fields)).collect();
    let mut joined = Vec::new();
    while left.iter().any(|fields| !fields.is_empty()) {
        let is_later = |name: &str| left.iter().any(|fields| fields.iter().skip(1).any(|field| field.name == name));
        let mut heads = left.iter().filter_map(|fields| fields.first());
        let next = *heads.find(|field| !is_later(field.name)).expect("encoders agree on an order of their fields");
        for fields in left.iter_mut().filter(|fields| fields.first().is_some_and(|field| field.name == next.name)) {
            *fields = &fields[1..];
        }
        joined.push(next);
    }
    joined
}
