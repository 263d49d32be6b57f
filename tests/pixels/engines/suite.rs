//! What every local engine promises: the same suite for each one that needs nothing but the picture.

use crate::canvases::PLACES;
use crate::canvases::chain;
use crate::canvases::margins;
use crate::canvases::positions;
use recanvas::engines::Chain;
use recanvas::engines::LOCAL;
use recanvas::geometry::margin_strips;
use serde_json::Value;
use serde_json::json;

/// Every engine of the table at its defaults.
fn at_defaults() -> impl Iterator<Item = (String, Chain)> {
    assert!(!LOCAL.is_empty(), "there is no engine to test");
    LOCAL.iter().map(|def| (def.name.to_owned(), chain(&def.name.into())))
}

/// The same, and some with options.
fn all_chains() -> impl Iterator<Item = (String, Chain)> {
    let more: [Value; 4] = [
        json!({"use": "solid", "color": "#12345680"}),
        json!({"use": "blur", "sigma": 0}),
        json!({"use": "blur", "sigma": "0.5%", "dim": "40%"}),
        json!({"use": "blur", "sigma": "50%", "dim": 1}),
    ];
    at_defaults().chain(more.into_iter().map(|written| (written.to_string(), chain(&written))))
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
    all_chains().for_each(|(name, chain)| crate::promises::fills_and_leaves_the_source(&name, &chain));
}

#[test]
fn engines_do_the_same_in_every_thread() {
    all_chains().for_each(|(name, chain)| crate::promises::does_the_same_in_every_thread(&name, &chain));
}

#[test]
fn opaque_pictures_stay_opaque() {
    at_defaults().for_each(|(name, chain)| crate::promises::keeps_opaque(&name, &chain));
}

#[test]
fn a_transparent_border_gives_transparent_margins() {
    at_defaults().for_each(|(name, chain)| crate::promises::keeps_transparent(&name, &chain));
}
