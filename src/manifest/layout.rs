//! A layout as a record holds it.

use serde::Deserialize;
use serde::Serialize;
use serde::Serializer;
use serde::ser::Error;
use serde::ser::SerializeSeq;

use crate::geometry::Anchor;
use crate::geometry::Layout;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;

/// The numbers of a [`Layout`]: sizes are `[width, height]`, rectangles `[x, y, width, height]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RecordedLayout {
    oriented: [u32; 2],
    content: [u32; 4],
    #[serde(serialize_with = "finite")]
    window: [f64; 4],
    output: [u32; 2],
    placement: [u32; 4],
    #[serde(serialize_with = "finite")]
    anchor: [f64; 2],
}

/// Writes finite numbers and refuses others: JSON has no infinities, and what serde_json writes for them could not be
/// read again.
fn finite<S: Serializer, const N: usize>(numbers: &[f64; N], serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(N))?;
    for number in numbers {
        if !number.is_finite() {
            return Err(S::Error::custom("a layout has a number that is not finite"));
        }
        list.serialize_element(number)?;
    }
    list.end()
}

impl From<&Layout> for RecordedLayout {
    fn from(layout: &Layout) -> Self {
        let rect = |rect: Rect| [rect.x, rect.y, rect.width, rect.height];
        let window = layout.window;
        RecordedLayout {
            oriented: [layout.oriented.width, layout.oriented.height],
            content: rect(layout.content),
            window: [window.x, window.y, window.width, window.height],
            output: [layout.output.width, layout.output.height],
            placement: rect(layout.placement),
            anchor: [layout.anchor.x, layout.anchor.y],
        }
    }
}

impl From<&RecordedLayout> for Layout {
    fn from(recorded: &RecordedLayout) -> Self {
        let size = |[width, height]: [u32; 2]| Size::new(width, height);
        let rect = |[x, y, width, height]: [u32; 4]| Rect::new(x, y, width, height);
        let [x, y, width, height] = recorded.window;
        Layout {
            oriented: size(recorded.oriented),
            content: rect(recorded.content),
            window: Window { x, y, width, height },
            output: size(recorded.output),
            placement: rect(recorded.placement),
            anchor: Anchor { x: recorded.anchor[0], y: recorded.anchor[1] },
        }
    }
}
