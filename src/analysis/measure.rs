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
    /// values that lie within a pixel of the proxy. Lengths are shares of the whole upright picture. A value has no
    /// `null`, which is what a number becomes that is not finite, at most 64 KiB of JSON, and at most 32 lists and
    /// objects inside of each other: a picture with another one counts as one that cannot be looked at.
    fn measure(&self, proxy: &Proxy) -> Value;
}
