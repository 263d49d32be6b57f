//! What every local engine promises.

use std::thread;

use recanvas::engines::Chain;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::raster::Channels;

use crate::canvases::PLACES;
use crate::canvases::canvas;
use crate::canvases::fill;
use crate::canvases::margins;
use crate::canvases::positions;
use crate::pictures::ALL_CHANNELS;
use crate::pictures::both_depths;
use crate::pictures::level;
use crate::pictures::noise;
use crate::pictures::pixel;

/// The margins are filled, whatever stood there, and the source is left.
pub(crate) fn fills_and_leaves_the_source(name: &str, chain: &Chain) {
    for (known, size) in PLACES {
        for source in ALL_CHANNELS.iter().flat_map(|&channels| noise(known.size(), channels)) {
            let case = format!("{name}, {known:?} in {size}, {:?}", source.channels());
            let (filled, _) = fill(chain, &source, known, size);
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

/// Threads that fill at the same time get what one gets.
pub(crate) fn does_the_same_in_every_thread(name: &str, chain: &Chain) {
    let (known, size) = PLACES[7];
    let [source, _] = noise(known.size(), Channels::Rgba);
    let filled = fill(chain, &source, known, size);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| fill(chain, &source, known, size))).collect();
        for thread in threads {
            assert!(thread.join().unwrap() == filled, "{name}");
        }
    });
}

/// Beside an opaque picture margins are opaque.
pub(crate) fn keeps_opaque(name: &str, chain: &Chain) {
    for (known, size) in PLACES {
        for channels in [Channels::GrayAlpha, Channels::Rgba] {
            let alpha = channels.count() - 1;
            let drawn = |x, y, channel| if channel == alpha { 1.0 } else { ((x * 7 + y * 13) % 31) as f32 / 31.0 };
            for source in both_depths(known.size(), channels, drawn) {
                let (filled, _) = fill(chain, &source, known, size);
                let hole = margins(size, known).find(|&(x, y)| level(&filled, x, y, alpha) < 1.0);
                assert_eq!(hole, None, "{name}, {known:?} in {size}, {channels:?}");
            }
        }
    }
}

/// Beside a transparent border margins are transparent, also of a thing that runs out of the frame
/// below.
pub(crate) fn keeps_transparent(name: &str, chain: &Chain) {
    let (known, size) = (Rect::new(9, 4, 40, 30), Size::new(55, 44));
    for (channels, bottom) in [Channels::GrayAlpha, Channels::Rgba].into_iter().flat_map(|of| [(of, 18), (of, 30)]) {
        let alpha = channels.count() - 1;
        let drawn = |x: u32, y: u32, channel| {
            let inside = (12..28).contains(&x) && (12..bottom).contains(&y);
            // The colour under the transparency must not show.
            if channel == alpha { f32::from(u8::from(inside)) } else { 0.7 }
        };
        for source in both_depths(known.size(), channels, drawn) {
            let (filled, _) = fill(chain, &source, known, size);
            let mut clear = margins(size, known).filter(|&(_, y)| bottom < known.height || y < known.bottom());
            let seen = clear.find(|&(x, y)| level(&filled, x, y, alpha) > 0.0);
            assert_eq!(seen, None, "{name}, {channels:?}, down to {bottom}");
        }
    }
}
