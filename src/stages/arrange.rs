//! Steps of geometry.

use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::stages::Shape;

/// A step that edits a layout, from numbers alone.
pub trait Arrange: Send + Sync {
    /// The stage's word.
    fn word(&self) -> &'static str;

    /// Returns what becomes of the layout on the way to the asked shape.
    fn arrange(&self, layout: Layout, asked: &Shape) -> Decision;
}
