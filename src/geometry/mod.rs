//! Sizes, ratios, rectangles and the layout of one task. Numbers only: no pixels, no files.
//!
//! The one idea: a task is described by the *window*, the rectangle over the plane in which
//! the source lies that the output shows. Inside the source it crops; outside it there are
//! margins. Every geometric stage edits a [`Layout`]; [`rounding`] alone turns it into whole
//! pixels. Start reading at [`Layout`].

mod anchor;
mod decision;
mod finding;
mod layout;
mod orientation;
mod ratio;
mod rect;
pub mod rounding;
mod strips;

pub use anchor::Anchor;
pub use decision::Because;
pub use decision::Decision;
pub use decision::Edited;
pub use finding::Finding;
pub use layout::Layout;
pub use layout::Margins;
pub use orientation::Orientation;
pub use orientation::OrientationError;
pub use ratio::Ratio;
pub use ratio::RatioError;
pub use rect::Rect;
pub use rect::Size;
pub use rect::SizeError;
pub use rect::Window;
pub use strips::margin_strips;
