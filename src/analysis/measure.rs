//! The contract of a measure.

use serde_json::Value;

use crate::analysis::Proxy;

/// Something that is found out by looking at a picture.
pub trait Measure: Sync {
    /// Its name, in records and in messages.
    fn name(&self) -> &'static str;

    /// Raised whenever it finds something else in the same picture.
    fn revision(&self) -> u32;

    /// Looks at a picture. The same picture gives the same value; pictures that differ by rounding give
    /// values that lie within a pixel of the proxy. Lengths are shares of the whole upright picture.
    fn measure(&self, proxy: &Proxy) -> Value;
}
