//! Says what holds of every measure, and of proxies.

use recanvas::analysis::Borders;
use recanvas::analysis::MEASURES;
use recanvas::analysis::Measures;
use recanvas::analysis::PROXY_SIDE;
use recanvas::analysis::Proxy;
use recanvas::geometry::Size;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use recanvas::raster::with_u16;

use crate::analysis::drawn;
use crate::analysis::proxy;
use crate::pictures::Dice;

#[test]
fn a_proxy_is_the_mean_of_the_whole_picture() {
    for (of, expected) in
        [((2048, 1024), (512, 256)), ((300, 900), (171, 512)), ((512, 512), (512, 512)), ((9, 4), (9, 4))]
    {
        let (of, expected) = (Size::new(of.0, of.1), Size::new(expected.0, expected.1));
        assert_eq!(Proxy::size_of(of), expected);
        assert!(expected.width.max(expected.height) <= PROXY_SIDE);
    }
    // Blocks of 4 × 4 pixels that alternate between two levels are one level, whatever the phase.
    let board =
        drawn(
            Size::new(2048, 1024),
            |x, y| if (x + y).is_multiple_of(2) { [200, 100, 50, 255] } else { [100, 50, 0, 255] },
        );
    let proxy = proxy(board);
    for (x, y) in [(0, 0), (511, 255), (100, 7)] {
        let [red, green, blue, alpha] = proxy.pixel(x, y);
        // Resampling works in linear light or in samples; either mean lies between the two.
        assert!(
            (148..=162).contains(&red) && (74..=81).contains(&green) && (24..=37).contains(&blue),
            "{red} {green} {blue}"
        );
        assert_eq!(alpha, 255);
    }
}

#[test]
fn the_same_picture_gives_the_same_value_whatever_its_samples() {
    assert!(!MEASURES.is_empty());
    let mut dice = Dice::new(7);
    let levels: Vec<u8> = (0..90 * 60).map(|_| (dice.roll() >> 8) as u8).collect();
    let size = Size::new(90, 60);
    let gray: Raster = Pixels::from_samples(size, Channels::Gray, levels.clone()).into();
    let color = drawn(size, |x, y| {
        let level = levels[(y * 90 + x) as usize];
        [level, level, level, 255]
    });
    let deep: Raster = with_u16(color.clone()).into();
    for measure in MEASURES {
        let name = measure.name();
        assert!(measure.revision() > 0 && name.chars().all(|letter| letter.is_ascii_lowercase()), "{name}");
        let values = [gray.clone(), color.clone(), deep.clone()].map(|picture| measure.measure(&proxy(picture)));
        assert!(values.iter().all(|value| *value == values[0]), "{name}: {values:?}");
    }
}

#[test]
fn measures_are_kept_and_not_taken_again() {
    let (dark, light) = ([10, 10, 10, 255], [250, 250, 250, 255]);
    let looked = |mut found: Measures, color: [u8; 4]| {
        let proxy = proxy(drawn(Size::new(8, 8), |_, _| color));
        MEASURES.iter().for_each(|measure| found.look(*measure, &proxy).expect("it can be recorded"));
        found
    };
    let first = looked(Measures::default(), dark);
    assert!(MEASURES.iter().all(|measure| first.has(*measure)));
    let borders = Borders::of(&proxy(drawn(Size::new(8, 8), |_, _| dark)));
    assert_eq!(first.of::<Borders>(Borders::measure()), Some(borders));
    let kept: Measures = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    assert_eq!(kept, first);
    let again = looked(kept.clone(), light);
    assert_eq!(again, first, "what was recorded first stays");
    // What another revision has found is looked for anew.
    let older = serde_json::to_string(&first).unwrap().replace("\"revision\":1", "\"revision\":99");
    let older: Measures = serde_json::from_str(&older).unwrap();
    assert!(MEASURES.iter().all(|measure| !older.has(*measure)));
}
