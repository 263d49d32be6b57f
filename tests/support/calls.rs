//! What tests of calls ask for.

use recanvas::geometry::Margins;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::providers::Canvas;

/// A square source of 600 pixels, sent in this size, with as much added left and right.
pub(crate) fn canvas(sent: u32, side: u32) -> Canvas {
    let margins = Margins { left: side, top: 0, right: side, bottom: 0 };
    Canvas {
        visible: Window { x: 0.0, y: 0.0, width: 600.0, height: 600.0 },
        sent: Size::new(sent, sent),
        margins,
        needed: margins,
        steps: 0,
        before: None,
    }
}
