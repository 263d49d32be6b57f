//! The layout's promises, as properties over all sizes, ratios and anchors.

use proptest::prelude::*;
use recanvas::geometry::Anchor;
use recanvas::geometry::Layout;
use recanvas::geometry::Ratio;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::Window;

/// More than the error of the arithmetic, less than a pixel's share that anyone could see.
const NEARLY: f64 = 1e-5;

fn side() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 1..=4000_u32, 1 => 1..=4_u32, 1 => 1..=65535_u32, 1 => Just(65535)]
}

fn size() -> impl Strategy<Value = Size> {
    (side(), side()).prop_map(|(width, height)| Size::new(width, height))
}

fn ratio() -> impl Strategy<Value = Ratio> {
    let whole = (1..=100_u32, 1..=100_u32).prop_map(|(width, height)| Ratio::new(width.into(), height.into()).unwrap());
    let real = (0.01..=100.0).prop_map(|value| Ratio::new(value, 1.0).unwrap());
    let extreme = prop_oneof![Just((1.0, 100.0)), Just((100.0, 1.0))].prop_map(|(w, h)| Ratio::new(w, h).unwrap());
    prop_oneof![whole, real, extreme]
}

fn anchor() -> impl Strategy<Value = Anchor> {
    let named = (0..Anchor::NAMES.len()).prop_map(|index| Anchor::NAMES[index].1);
    let any = (0.0..=1.0, 0.0..=1.0).prop_map(|(x, y)| Anchor { x, y });
    prop_oneof![named, any]
}

/// The smallest window of `ratio` around the whole source.
fn expanded(source: Size, ratio: Ratio) -> (f64, f64) {
    let (width, height) = (f64::from(source.width), f64::from(source.height));
    (width.max(ratio.width_for(height)), height.max(ratio.height_for(width)))
}

/// The largest window of `ratio` inside the source.
fn cropped(source: Size, ratio: Ratio) -> (f64, f64) {
    let (width, height) = (f64::from(source.width), f64::from(source.height));
    (width.min(ratio.width_for(height)), height.min(ratio.height_for(width)))
}

/// Between the two: some is cut, some is added.
fn balanced(source: Size, ratio: Ratio, share: f64) -> (f64, f64) {
    let (wide, narrow) = (expanded(source, ratio), cropped(source, ratio));
    let length = |wide: f64, narrow: f64| narrow * (wide / narrow).powf(share);
    (length(wide.0, narrow.0), length(wide.1, narrow.1))
}

fn is_inside(inner: Window, outer: Rect) -> bool {
    let outer = Window::of(outer);
    let inside = |start: f64, length: f64, from: f64, room: f64| {
        length > 0.0 && start >= from - NEARLY && start + length <= from + room + NEARLY
    };
    inside(inner.x, inner.width, outer.x, outer.width) && inside(inner.y, inner.height, outer.y, outer.height)
}

/// What holds for every layout, however it came to be.
fn check_always(layout: &Layout) -> Result<(), TestCaseError> {
    let (output, placement, visible) = (layout.output, layout.placement, layout.visible());
    prop_assert!(output.width > 0 && output.height > 0);
    prop_assert!(placement.width > 0 && placement.height > 0, "{:?} shows nothing", placement);
    prop_assert!(placement.right() <= output.width && placement.bottom() <= output.height);
    prop_assert!(is_inside(visible, layout.content), "{:?} leaves {:?}", visible, layout.content);
    let margins = layout.margins();
    prop_assert_eq!(margins.left + placement.width + margins.right, output.width);
    prop_assert_eq!(margins.top + placement.height + margins.bottom, output.height);
    if layout.scale() == (1.0, 1.0) {
        prop_assert!(visible.x.fract() == 0.0 && visible.y.fract() == 0.0, "{:?} is not whole", visible);
        prop_assert_eq!((visible.width, visible.height), (placement.width.into(), placement.height.into()));
    }
    let text = serde_json::to_string(layout).unwrap();
    prop_assert_eq!(&serde_json::from_str::<Layout>(&text).unwrap(), layout, "through {}", text);
    Ok(())
}

/// Both scales come from one: each placed length is within half a pixel of it, or is the
/// source's own.
fn check_scales(layout: &Layout) -> Result<(), TestCaseError> {
    if layout.scale() == (1.0, 1.0) {
        return Ok(());
    }
    let (placement, visible) = (layout.placement, layout.visible());
    let scale = f64::from(layout.output.width) / layout.window.width;
    for (placed, length) in [(placement.width, visible.width), (placement.height, visible.height)] {
        let exact = length * scale;
        prop_assert!(placed == 1 || (f64::from(placed) - exact).abs() <= 0.5 + NEARLY, "{} for {}", placed, exact);
    }
    Ok(())
}

/// The output's ratio is right to half a pixel on one of its sides.
fn check_ratio(output: Size, ratio: Ratio) -> Result<(), TestCaseError> {
    let (width, height) = (f64::from(output.width), f64::from(output.height));
    let off = (width - ratio.width_for(height)).abs().min((height - ratio.height_for(width)).abs());
    let clamped = output.width == 1 || output.height == 1;
    prop_assert!(clamped || off <= 0.5 + NEARLY, "{} is {} pixels off {}", output, off, ratio);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expanding_to_a_size_never_loses_a_source_pixel(source in size(), output in size(), anchor in anchor()) {
        let (width, height) = expanded(source, Ratio::of(output));
        let layout = Layout::whole(source).with_window(width, height, anchor).with_output(output);
        check_always(&layout)?;
        check_scales(&layout)?;
        prop_assert_eq!(layout.output, output);
        prop_assert_eq!(layout.visible(), Window::of(layout.content));
        let (across, down) = layout.scale();
        let clamped = layout.placement.width == 1 || layout.placement.height == 1;
        let longest = f64::from(source.width).min(f64::from(source.height));
        prop_assert!(clamped || (across - down).abs() * longest <= 0.5 + NEARLY, "scales {} and {}", across, down);
    }

    #[test]
    fn expanding_to_a_ratio_keeps_every_source_pixel_as_it_is(source in size(), ratio in ratio(), anchor in anchor()) {
        let (width, height) = expanded(source, ratio);
        let layout = Layout::whole(source).with_window(width, height, anchor);
        check_always(&layout)?;
        check_ratio(layout.output, ratio)?;
        prop_assert_eq!(layout.scale(), (1.0, 1.0));
        prop_assert_eq!(layout.visible(), Window::of(layout.content));
        prop_assert_eq!(layout.placement.size(), source);
    }

    #[test]
    fn cropping_covers_the_output(source in size(), output in size(), anchor in anchor()) {
        let (width, height) = cropped(source, Ratio::of(output));
        let layout = Layout::whole(source).with_window(width, height, anchor).with_output(output);
        check_always(&layout)?;
        prop_assert_eq!(layout.output, output);
        prop_assert!(layout.margins().is_empty(), "{:?}", layout);
    }

    #[test]
    fn cropping_to_a_ratio_copies_pixels(source in size(), ratio in ratio(), anchor in anchor()) {
        let (width, height) = cropped(source, ratio);
        let layout = Layout::whole(source).with_window(width, height, anchor);
        check_always(&layout)?;
        check_ratio(layout.output, ratio)?;
        prop_assert_eq!(layout.scale(), (1.0, 1.0));
    }

    #[test]
    fn balancing_keeps_the_promises(
        source in size(), ratio in ratio(), share in 0.0..=1.0, anchor in anchor(), stays in anchor(), output in size(),
    ) {
        let (width, height) = balanced(source, ratio, share);
        let natural = Layout::whole(source).with_window(width, height, anchor);
        check_always(&natural)?;
        for layout in [natural, natural.with_output(output)] {
            check_always(&layout)?;
            let moved = layout.with_crop_anchor(stays);
            check_always(&moved)?;
            prop_assert_eq!(moved.output, layout.output);
            check_always(&layout.unscaled())?;
        }
        let (width, height) = balanced(source, Ratio::of(output), share);
        let sized = Layout::whole(source).with_window(width, height, anchor).with_output(output);
        check_always(&sized)?;
        check_scales(&sized)?;
    }

    #[test]
    fn without_scaling_the_window_is_as_large_as_the_output(source in size(), output in size(), anchor in anchor()) {
        let (width, height) = expanded(source, Ratio::of(output));
        let layout = Layout::whole(source).with_window(width, height, anchor).with_output(output).unscaled();
        check_always(&layout)?;
        prop_assert_eq!(layout.scale(), (1.0, 1.0));
        prop_assert_eq!(layout.output, output);
        let shown = (source.width.min(output.width), source.height.min(output.height));
        prop_assert_eq!((layout.placement.width, layout.placement.height), shown);
    }

    #[test]
    fn the_odd_pixel_of_a_centred_placement_goes_right_and_bottom(source in size(), output in size()) {
        let (width, height) = expanded(source, Ratio::of(output));
        let layout = Layout::whole(source).with_window(width, height, Anchor::CENTER).with_output(output);
        let Rect { x, y, width, height } = layout.placement;
        prop_assert_eq!((x, y), ((output.width - width) / 2, (output.height - height) / 2));
    }

    #[test]
    fn a_mirrored_anchor_mirrors_the_layout(source in size(), output in size(), anchor in anchor(), share in 0.0..=1.0) {
        let (width, height) = balanced(source, Ratio::of(output), share);
        let laid = |anchor| Layout::whole(source).with_window(width, height, anchor).with_output(output);
        let (left, right) = (laid(anchor), laid(anchor.mirrored()));
        prop_assert_eq!(left.placement.size(), right.placement.size());
        prop_assert_eq!(left.placement.y, right.placement.y);
        let odd = i64::from(left.margins().right) - i64::from(right.margins().left);
        prop_assert!((0..=1).contains(&odd), "{:?} against {:?}", left, right);
        let (seen, mirrored) = (left.visible(), right.visible());
        let off = f64::from(source.width) - seen.x - seen.width - mirrored.x;
        // At scale 1 the crop is moved to whole pixels, so there is an odd one here, too.
        let allowed = if left.scale() == (1.0, 1.0) { 1.0 } else { NEARLY };
        prop_assert!((-NEARLY..=allowed + NEARLY).contains(&off), "{:?} against {:?}: {}", seen, mirrored, off);
    }

    #[test]
    fn cropped_parts_never_show_again(
        source in size(), ratio in ratio(), share in 0.0..=1.0, anchor in anchor(), stays in anchor(), output in size(),
        cut in (0.0..1.0, 0.0..1.0, 0.0..1.0, 0.0..1.0),
    ) {
        // A part of the source, of a pixel at least.
        let part = |from: f64, share: f64, length: u32| {
            let start = (from * f64::from(length)) as u32;
            (start, 1 + (share * f64::from(length - start - 1)) as u32)
        };
        let ((x, width), (y, height)) = (part(cut.0, cut.1, source.width), part(cut.2, cut.3, source.height));
        let content = Rect::new(x, y, width, height);
        let trimmed = Layout::whole(source).with_content(content);
        prop_assert_eq!((trimmed.output, trimmed.margins().is_empty()), (content.size(), true));
        let (width, height) = balanced(content.size(), ratio, share);
        let natural = trimmed.with_window(width, height, anchor);
        for layout in [trimmed, trimmed.with_output(output), natural, natural.with_output(output)] {
            for layout in [layout, layout.with_crop_anchor(stays), layout.unscaled()] {
                // What is visible lies within the content.
                check_always(&layout)?;
                prop_assert_eq!((layout.content, layout.oriented), (content, source));
            }
        }
        // What shows of it is the window's part of it: all that both have in common, but for rounding.
        let (seen, window) = (natural.visible(), natural.window);
        let common = |from: f64, length: f64, start: u32, room: u32| {
            let (start, end) = (from.max(start.into()), (from + length).min(f64::from(start) + f64::from(room)));
            end - start
        };
        let across = common(window.x, window.width, content.x, content.width);
        let down = common(window.y, window.height, content.y, content.height);
        // The whole pixels of an output have its ratio to within half a pixel of the shorter side.
        let shorter = f64::from(natural.output.width.min(natural.output.height));
        let is_near = |seen: f64, common: f64| (seen - common).abs() <= 1.0 + common / shorter + NEARLY;
        prop_assert!(is_near(seen.width, across), "{} is not {}", seen.width, across);
        prop_assert!(is_near(seen.height, down), "{} is not {}", seen.height, down);
    }

    #[test]
    fn a_crop_anchor_leaves_margins_where_they_are(source in size(), output in size(), anchor in anchor(), stays in anchor()) {
        let (width, height) = expanded(source, Ratio::of(output));
        let layout = Layout::whole(source).with_window(width, height, anchor).with_output(output);
        prop_assert_eq!(layout.with_crop_anchor(stays), layout);
    }

    #[test]
    fn sizes_and_ratios_survive_being_written(size in size(), ratio in ratio()) {
        prop_assert_eq!(size.to_string().parse::<Size>(), Ok(size));
        prop_assert_eq!(ratio.to_string().parse::<Ratio>(), Ok(ratio));
    }
}

#[test]
fn trimmed_content_is_all_that_shows() {
    let content = Rect::new(10, 20, 31, 17);
    let trimmed = Layout { content, ..Layout::whole(Size::new(100, 80)) };
    let layout = trimmed.with_window(61.0, 17.0, Anchor::CENTER);
    assert_eq!(layout.visible(), Window::of(content));
    assert_eq!((layout.output, layout.placement), (Size::new(61, 17), Rect::new(15, 0, 31, 17)));
}

#[test]
fn an_asked_size_does_not_inherit_the_rounding_of_the_natural_one() {
    // The window is 101 x 126.25; rounded to 126 first, the source would come out too tall.
    let source = Size::new(101, 67);
    let output = Size::new(1080, 1350);
    let (width, height) = expanded(source, Ratio::of(output));
    let layout = Layout::whole(source).with_window(width, height, Anchor::CENTER);
    assert_eq!((layout.output, layout.placement.size()), (Size::new(101, 126), source));
    assert_eq!(layout.with_output(output).placement, Rect::new(0, 317, 1080, 716));
}

#[test]
fn layouts_of_known_numbers() {
    let source = Size::new(1000, 667);
    let (width, height) = expanded(source, Ratio::new(1.0, 1.0).unwrap());
    let square = Layout::whole(source).with_window(width, height, Anchor::CENTER);
    assert_eq!((square.output, square.placement), (Size::new(1000, 1000), Rect::new(0, 166, 1000, 667)));
    let post = Size::new(1080, 1350);
    let (width, height) = expanded(source, Ratio::of(post));
    let top = Layout::whole(source).with_window(width, height, Anchor::named("top").unwrap()).with_output(post);
    assert_eq!(top.placement, Rect::new(0, 0, 1080, 720));
}

#[test]
fn sizes_are_read() {
    for (text, width, height) in [("1200x628", 1200, 628), (" 1080 X 1350 ", 1080, 1350), ("1×2", 1, 2)] {
        assert_eq!(text.parse(), Ok(Size::new(width, height)), "{text}");
    }
    for text in ["", "1080", "0x10", "10x0", "-1x5", "1.5x2", "4:5", "1x2x3", "axb", "99999999999x1"] {
        let message = text.parse::<Size>().unwrap_err().to_string();
        assert!(message.contains("WIDTHxHEIGHT"), "{text}: {message}");
    }
}

#[test]
fn ratios_are_read() {
    let ratios = [("4:5", 0.8), ("1.91", 1.91), ("1200x628", 1200.0 / 628.0), ("16/9", 16.0 / 9.0), (" 1 : 1 ", 1.0)];
    for (text, value) in ratios {
        assert_eq!(text.parse::<Ratio>().map(Ratio::value), Ok(value), "{text}");
    }
    for (text, said) in [
        ("", "not a ratio"),
        ("4:", "not a ratio"),
        ("wide", "not a ratio"),
        ("1:2:3", "not a ratio"),
        ("0:5", "positive"),
        ("4:-5", "positive"),
        ("nan", "positive"),
        ("inf:1", "positive"),
        ("1:1001", "beyond"),
        ("1001", "beyond"),
    ] {
        let message = text.parse::<Ratio>().unwrap_err().to_string();
        assert!(message.contains(said), "{text}: {message}");
    }
    assert_eq!(Ratio::new(4.0, 5.0).unwrap().width_for(1350.0), 1080.0);
}
