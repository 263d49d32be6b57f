//! How much of a source is decoded for its targets.

use std::io::Cursor;

use recanvas::codecs::DecodeRequest;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Header;
use recanvas::codecs::Metadata;
use recanvas::codecs::read_header;
use recanvas::geometry::Size;
use recanvas::options::Values;
use recanvas::pipeline::Decisions;
use recanvas::pipeline::decode_request;
use recanvas::pipeline::narrowed_decode_request;
use recanvas::raster::Channels;

use crate::pipeline::pipeline;

/// The header of a JPEG of 1600x1200.
pub(crate) fn header() -> Header {
    let pixels = recanvas::raster::Pixels::new(recanvas::geometry::Size::new(1600, 1200), Channels::Rgb);
    let encoding = Encoding::new(Format::JPEG, &Values::new()).expect("it is written");
    let file = encoding.encode(&recanvas::raster::Raster::U8(pixels), &Metadata::default()).expect("it encodes");
    read_header(&mut Cursor::new(file)).expect("a JPEG")
}

fn wanted(targets: &str, engine: &str) -> DecodeRequest {
    let text = format!("version: 1\ntargets: [{targets}]\nstages:\n  - outpaint: {{ engine: {engine} }}\n");
    let tasks = pipeline(&text).usual_tasks;
    decode_request(&tasks, &Decisions::of(&tasks, header()).0)
}

const STRIP: &str = "{ name: strip, size: 300x100, aspect: { fit: crop } }";
const WIDE: &str = "{ name: wide, size: 800x300 }";

#[test]
fn the_scale_is_that_of_the_largest_target_and_the_region_that_of_all() {
    let (strip, both) = (wanted(STRIP, "blur"), wanted(&format!("{STRIP}, {WIDE}"), "blur"));
    assert!((strip.scale - 300.0 / 1600.0 * 2.0).abs() < 1e-9, "{strip:?}");
    assert!((both.scale - 300.0 / 1200.0 * 2.0).abs() < 1e-9, "{both:?}");
    assert!(strip.region.y > 200.0 && strip.region.y + strip.region.height < 1000.0, "{strip:?}");
    assert!(both.region.y <= 0.0 && both.region.y + both.region.height >= 1200.0, "{both:?}");
}

#[test]
fn the_whole_source_is_decoded_where_results_of_other_calls_may_serve() {
    assert_eq!(wanted(STRIP, "[fal, blur]").region, DecodeRequest::WHOLE.region);
}

#[test]
fn a_provider_is_sent_as_much_detail_as_its_shortest_side_has() {
    const TINY: &str = "{ name: tiny, size: 60x20 }";
    assert!(wanted(TINY, "blur").scale < 48.0 / 1200.0);
    assert!(wanted(TINY, "[fal, blur]").scale >= 64.0 / 1200.0);
}

#[test]
fn colour_lies_beside_brightness_where_all_targets_reduce_it_smoothly() {
    assert!(wanted(STRIP, "blur").planes && wanted(&format!("{STRIP}, {WIDE}"), "blur").planes);
    assert!(!wanted("{ name: large, size: 1600x1200 }", "blur").planes);
    assert!(
        !wanted(&format!("{STRIP}, {{ name: hard, size: 300x100, resize: {{ filter: nearest }} }}"), "blur").planes
    );
}

/// The size that is shown of the JPEG where only these targets are made, by their numbers.
fn shown(targets: &str, engine: &str, made: &[usize]) -> Option<Size> {
    let text = format!("version: 1\ntargets: [{targets}]\nstages:\n  - outpaint: {{ engine: {engine} }}\n");
    let tasks = pipeline(&text).usual_tasks;
    let decisions = Decisions::of(&tasks, header()).0;
    let made = decisions.each(&tasks).filter(|(index, ..)| made.contains(index));
    let wanted =
        narrowed_decode_request(decode_request(&tasks, &decisions), made.map(|(_, task, decided)| (task, decided)));
    assert_eq!(
        DecodeRequest { showing: None, ..wanted },
        decode_request(&tasks, &decisions),
        "all else follows from the pipeline"
    );
    wanted.showing.map(|showing| showing.size)
}

#[test]
fn the_showing_is_known_where_one_part_alone_is_shown() {
    let both = format!("{STRIP}, {WIDE}");
    assert_eq!(shown(&both, "blur", &[0]), Some(Size::new(300, 100)));
    assert_eq!(shown(&both, "blur", &[0, 1]), None);
    let formats =
        format!("{STRIP}, {{ name: other, size: 300x100, aspect: {{ fit: crop }}, convert: {{ format: png }} }}");
    assert_eq!(shown(&formats, "blur", &[0, 1]), Some(Size::new(300, 100)));
    assert_eq!(shown(STRIP, "[fal, blur]", &[0]), None, "a provider is sent another picture");
}

#[test]
fn two_pixels_are_kept_for_each_one_of_the_output_or_more() {
    let scale = |load: &str| wanted(&format!("{{ name: strip, size: 300x100, load: {{ {load} }} }}"), "blur").scale;
    for (load, kept) in [("oversample: 1", 2.0), ("oversample: 1.3", 2.0), ("oversample: 3", 3.0)] {
        assert!((scale(load) - 100.0 / 1200.0 * kept).abs() < 1e-9, "{load}: {}", scale(load));
    }
}
