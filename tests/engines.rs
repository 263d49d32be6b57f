//! What every local engine promises: the same suite for each one in the table.

mod canvases;
mod pictures;

use canvases::PLACES;
use canvases::canvas;
use canvases::chain;
use canvases::fill;
use canvases::margins;
use canvases::positions;
use pictures::ALL_CHANNELS;
use pictures::both_depths;
use pictures::level;
use pictures::noise;
use pictures::pixel;
use recanvas::engines;
use recanvas::engines::Chain;
use recanvas::engines::margin_strips;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::raster::Channels;
use serde_json::Value;
use serde_json::json;

/// Every engine of the table at its defaults, and some with options.
fn all_chains() -> Vec<(Value, Chain)> {
    let names: Vec<Value> = engines::all().map(|def| Value::from(def.name)).collect();
    assert!(!names.is_empty(), "there is no engine to test");
    let more = [
        json!({"use": "solid", "color": "#12345680"}),
        json!({"use": "blur", "sigma": 0}),
        json!({"use": "blur", "sigma": "0.5%", "dim": "40%"}),
        json!({"use": "blur", "sigma": "50%", "dim": 1}),
    ];
    names.into_iter().chain(more).map(|written| (written.clone(), chain(&written))).collect()
}

#[test]
fn margin_strips_cover_the_margins_once() {
    for (known, size) in PLACES {
        let mut seen: Vec<(u32, u32)> = margins(size, known).chain(positions(known)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len() as u64, size.area());
        let strips: u64 = margin_strips(size, known).iter().map(|strip| strip.size().area()).sum();
        assert_eq!(strips + known.size().area(), size.area());
    }
}

#[test]
fn engines_fill_the_margins_and_leave_the_source() {
    for (written, chain) in all_chains() {
        for (known, size) in PLACES {
            for source in ALL_CHANNELS.iter().flat_map(|&channels| noise(known.size(), channels)) {
                let case = format!("{written}, {known:?} in {size}, {:?}", source.channels());
                let (filled, _) = fill(&chain, &source, known, size);
                assert_eq!(filled.size(), size, "{case}");
                assert_eq!((filled.channels(), filled.sample_bytes()), (source.channels(), source.sample_bytes()));
                for (x, y) in positions(known) {
                    let original = pixel(&source, x - known.x, y - known.y);
                    assert_eq!(pixel(&filled, x, y), original, "{case}: the source was touched at {x},{y}");
                }
                // Whatever is left unfilled, or read from the margins, differs between these.
                for margin in [0.0, 1.0] {
                    let mut other = canvas(&source, known, size, margin);
                    chain.fill(0, &mut other, known).unwrap();
                    assert!(other == filled, "{case}: the old margins matter");
                }
            }
        }
    }
}

#[test]
fn engines_do_the_same_in_every_thread() {
    let (known, size) = PLACES[7];
    let [source, _] = noise(known.size(), Channels::Rgba);
    for (written, chain) in all_chains() {
        let filled = fill(&chain, &source, known, size);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| fill(&chain, &source, known, size))).collect();
            for thread in threads {
                assert!(thread.join().unwrap() == filled, "{written}");
            }
        });
    }
}

#[test]
fn opaque_pictures_stay_opaque() {
    for def in engines::all() {
        let chain = chain(&def.name.into());
        for (known, size) in PLACES {
            for channels in [Channels::GrayAlpha, Channels::Rgba] {
                let alpha = channels.count() - 1;
                let drawn = |x, y, channel| if channel == alpha { 1.0 } else { ((x * 7 + y * 13) % 31) as f32 / 31.0 };
                for source in both_depths(known.size(), channels, drawn) {
                    let (filled, _) = fill(&chain, &source, known, size);
                    let hole = margins(size, known).find(|&(x, y)| level(&filled, x, y, alpha) < 1.0);
                    assert_eq!(hole, None, "{}, {known:?} in {size}, {channels:?}", def.name);
                }
            }
        }
    }
}

#[test]
fn a_transparent_border_gives_transparent_margins() {
    let (known, size) = (Rect::new(9, 4, 40, 30), Size::new(55, 44));
    for def in engines::all() {
        let chain = chain(&def.name.into());
        for channels in [Channels::GrayAlpha, Channels::Rgba] {
            let alpha = channels.count() - 1;
            let drawn = |x: u32, y: u32, channel| {
                let inside = (12..28).contains(&x) && (12..18).contains(&y);
                // The colour under the transparency must not show.
                if channel == alpha { f32::from(u8::from(inside)) } else { 0.7 }
            };
            for source in both_depths(known.size(), channels, drawn) {
                let (filled, _) = fill(&chain, &source, known, size);
                let seen = margins(size, known).find(|&(x, y)| level(&filled, x, y, alpha) > 0.0);
                assert_eq!(seen, None, "{}, {channels:?}", def.name);
            }
        }
    }
}
