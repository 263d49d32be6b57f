//! Pictures of which rows are kept for one showing alone: what is made of them is the same, to the bit.

use recanvas::codecs::DecodeRequest;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::raster::Filter;
use recanvas::raster::Showing;
use recanvas::raster::View;

use crate::codecs::pictures;
use crate::codecs::reduced::SCALES;
use crate::codecs::reduced::SIZES;
use crate::codecs::reduced::SUBSAMPLINGS;
use crate::codecs::reduced::photograph;
use crate::codecs::reduced::view;

const FILTERS: [Filter; 6] =
    [Filter::Box, Filter::Bilinear, Filter::Hamming, Filter::CatmullRom, Filter::Mitchell, Filter::Lanczos3];

/// Compares what is made of all samples with what is made of rows, in this order of magnitude: nothing may
/// differ. Returns whether rows were kept at all.
fn compare(bytes: &[u8], want: DecodeRequest, showing: Showing, what: &str) -> bool {
    let Showing { visible, size, filter } = showing;
    let shown = |view: &View| view.resample(visible, size, filter);
    let (whole, rows) = (view(bytes, &want), view(bytes, &DecodeRequest { showing: Some(showing), ..want }));
    assert_eq!((whole.size(), whole.shown()), (rows.size(), rows.shown()), "{what}");
    assert!(shown(&whole) == shown(&rows), "{what}: what is made of rows differs");
    whole.is_in_planes()
}

/// Parts of a picture of this size: all of it, and some with fractions.
fn parts(size: Size) -> Vec<Window> {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let part = |x: f64, y: f64, across: f64, down: f64| Window {
        x: width * x,
        y: height * y,
        width: width * across,
        height: height * down,
    };
    vec![part(0.0, 0.0, 1.0, 1.0), part(0.113, 0.0, 0.7, 1.0), part(0.0, 0.391, 1.0, 0.41), part(0.3, 0.5, 0.45, 0.5)]
}

#[test]
fn rows_that_are_taken_as_they_come_make_what_the_whole_picture_makes() {
    let mut compared = 0;
    for subsampling in SUBSAMPLINGS {
        for size in SIZES.map(|(width, height)| Size::new(width, height)).into_iter().chain([Size::new(403, 211)]) {
            let bytes = photograph(size, subsampling, 2);
            for (number, visible) in parts(size).into_iter().enumerate() {
                for (scale, factor) in SCALES.into_iter().flat_map(|scale| [(scale, 1.13), (scale, 2.0), (scale, 5.7)])
                {
                    let side = |length: f64| ((length * scale / factor).round() as u32).max(1);
                    let output = Size::new(side(visible.width), side(visible.height));
                    let filter = FILTERS[(number + output.width as usize) % FILTERS.len()];
                    let region = if number.is_multiple_of(2) { visible } else { DecodeRequest::WHOLE.region };
                    let reach = 8.0 * factor / scale;
                    let region = Window {
                        x: region.x - reach,
                        y: region.y - reach,
                        width: region.width + 2.0 * reach,
                        height: region.height + 2.0 * reach,
                    };
                    let want = DecodeRequest { region, scale, planes: true, ..DecodeRequest::WHOLE };
                    let what = format!("{subsampling:?} {size} part {number} at {scale} in {output}");
                    compared += u32::from(compare(&bytes, want, Showing { visible, size: output, filter }, &what));
                }
            }
        }
    }
    assert_eq!(compared, 4 * 9 * 4 * 12, "all of them have planes");
}

#[test]
fn rows_of_turned_pictures_make_what_the_whole_picture_makes() {
    let mut compared = 0;
    for (name, bytes) in pictures("orientation").into_iter().filter(|(name, _)| name.ends_with(".jpg")) {
        let visible = Window { x: 1.3, y: 2.6, width: 28.0, height: 19.5 };
        for (scale, filter) in SCALES.into_iter().flat_map(|scale| FILTERS.map(|filter| (scale, filter))) {
            let want = DecodeRequest { scale, planes: true, ..DecodeRequest::WHOLE };
            let showing = Showing { visible, size: Size::new(11, 7), filter };
            compared += u32::from(compare(&bytes, want, showing, &format!("{name} at {scale}")));
        }
    }
    assert!(compared >= 8 * 24, "{compared} compared");
}

#[test]
fn pictures_without_planes_are_shown_as_before() {
    let mut compared = 0;
    for name in ["gray__baseline.jpg", "rgb__progressive.jpg", "cmyk__adobe.jpg", "rgba__plain.png"] {
        let (_, bytes) = pictures("grid").into_iter().find(|(found, _)| found == name).expect("a fixture");
        let Size { width, height } = view(&bytes, &DecodeRequest::WHOLE).size();
        let visible = Window { x: 0.0, y: 0.0, width: width.into(), height: height.into() };
        let showing = Showing { visible, size: Size::new(13, 9), filter: Filter::Lanczos3 };
        assert!(!compare(&bytes, DecodeRequest { planes: true, ..DecodeRequest::WHOLE }, showing, name), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 4);
}
