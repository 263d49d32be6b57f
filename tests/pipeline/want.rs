//! How much of a source is decoded for its targets.

use std::io::Cursor;

use recanvas::codecs::Header;
use recanvas::codecs::Want;
use recanvas::codecs::read_header;
use recanvas::pipeline::want;
use recanvas::raster::Channels;

use crate::pipeline;

/// The header of a JPEG of 1600x1200.
fn header() -> Header {
    let pixels = recanvas::raster::Pixels::new(recanvas::geometry::Size::new(1600, 1200), Channels::Rgb);
    let file = recanvas::codecs::encode(&pixels, recanvas::codecs::Format::Jpeg, &Default::default());
    read_header(&mut Cursor::new(file.expect("it encodes"))).expect("a JPEG")
}

fn wanted(targets: &str, engine: &str) -> Want {
    let text = format!("version: 1\ntargets: [{targets}]\nstages:\n  - outpaint: {{ engine: {engine} }}\n");
    want(&pipeline(&text), &header())
}

const STRIP: &str = "{ name: strip, size: 300x100, aspect: { fit: crop } }";
const WIDE: &str = "{ name: wide, size: 800x300 }";

#[test]
fn the_scale_is_that_of_the_largest_target_and_the_region_that_of_all() {
    let (strip, both) = (wanted(STRIP, "blur"), wanted(&format!("{STRIP}, {WIDE}"), "blur"));
    assert!((strip.scale - 300.0 / 1600.0 * 1.3).abs() < 1e-9, "{strip:?}");
    assert!((both.scale - 300.0 / 1200.0 * 1.3).abs() < 1e-9, "{both:?}");
    assert!(strip.region.y > 200.0 && strip.region.y + strip.region.height < 1000.0, "{strip:?}");
    assert!(both.region.y <= 0.0 && both.region.y + both.region.height >= 1200.0, "{both:?}");
}

#[test]
fn where_results_may_be_used_that_were_paid_for_others_all_is_decoded() {
    assert_eq!(wanted(STRIP, "[fal, blur]").region, Want::WHOLE.region);
}

#[test]
fn a_provider_is_sent_as_much_detail_as_its_shortest_side_has() {
    const TINY: &str = "{ name: tiny, size: 60x20 }";
    assert!(wanted(TINY, "blur").scale < 32.0 / 1200.0);
    assert!(wanted(TINY, "[fal, blur]").scale >= 64.0 / 1200.0);
}
