//! Geometry that is asked for side by side, and how results come out smaller.

use std::ops::RangeInclusive;

use image::ImageFormat;

use crate::fields::Fields;
use crate::pictures::Order;
use crate::pictures::Place;
use crate::store::Sent;

const NAMES: [&str; 4] = ["expand_left", "expand_top", "expand_right", "expand_bottom"];

/// What is added on the left, above, on the right and below.
pub(super) struct Sides([u32; 4]);

impl Sides {
    /// Reads the four fields; a client that leaves one out relies on a default.
    pub(super) fn read(fields: &mut Fields<'_>, range: RangeInclusive<i64>) -> Sides {
        fields.expect(&NAMES);
        let sides = NAMES.map(|name| fields.integer(name, range.clone()).unwrap_or(0) as u32);
        if sides == [0; 4] {
            fields.note("nothing is added on any side");
        }
        Sides(sides)
    }

    /// Percent of the source's own sides as pixels.
    pub(super) fn of_percent(self, (width, height): (u32, u32)) -> Sides {
        let [left, top, right, bottom] = self.0;
        let pixels = |percent: u32, side: u32| (percent * side + 50) / 100;
        Sides([pixels(left, width), pixels(top, height), pixels(right, width), pixels(bottom, height)])
    }

    pub(super) fn order(self, sent: Sent, format: ImageFormat, mut notes: Vec<String>) -> Order {
        let [left, top, right, bottom] = self.0;
        let (width, height) = sent.size;
        let canvas = (left + width + right, top + height + bottom);
        let place = Place { x: left as i32, y: top as i32, width, height };
        notes.extend(sent.notes);
        Order { picture: sent.bytes, canvas, place, output: canvas, format, notes }
    }
}

impl Order {
    /// The same, with the result made smaller to have at most these sides and so many pixels.
    pub(super) fn at_most(self, side: u32, pixels: u64) -> Order {
        let (width, height) = (f64::from(self.output.0), f64::from(self.output.1));
        let by_side = f64::from(side) / width.max(height);
        let by_pixels = (pixels as f64 / (width * height)).sqrt();
        let scale = by_side.min(by_pixels);
        if scale >= 1.0 {
            return self;
        }
        let mut notes = self.notes;
        notes.push(format!("a canvas of {:?} comes back smaller", self.canvas));
        Order { output: ((width * scale) as u32, (height * scale) as u32), notes, ..self }
    }
}
