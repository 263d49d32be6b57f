//! How much of a source is decoded for its targets.

use std::io::Cursor;

use recanvas::codecs::Chroma;
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

#[test]
fn colour_is_decoded_as_far_as_some_target_keeps_it() {
    let chroma = |convert: &[&str]| {
        let targets: Vec<String> = (0..)
            .zip(convert)
            .map(|(number, convert)| format!("{{ name: t{number}, size: 300x100, convert: {{ {convert} }} }}"))
            .collect();
        wanted(&targets.join(", "), "blur").chroma
    };
    for half in [&["format: jpeg"][..], &["format: webp"], &["format: jpeg", "format: webp"]] {
        assert_eq!(chroma(half), Chroma::Half, "{half:?}");
    }
    let full = [
        &["format: png"][..],
        &["format: jpeg, chroma: \"4:4:4\""],
        &["format: webp, lossless: true"],
        &["format: jpeg", "format: png"],
    ];
    for full in full {
        assert_eq!(chroma(full), Chroma::Full, "{full:?}");
    }
    assert_eq!(wanted(STRIP, "[fal, blur]").chroma, Chroma::Full);
}
