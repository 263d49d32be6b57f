//! Keeps one copy of equal layouts: sources of one size have the same ones, and every planned task holds one.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::geometry::Layout;

/// The most layouts that are looked for again: where every source has a size of its own, there is nothing to find.
const REMEMBERED: usize = 1 << 16;

#[derive(Default)]
pub(super) struct Layouts {
    seen: Mutex<HashMap<u64, Arc<Layout>>>,
    hasher: RandomState,
}

impl Layouts {
    /// Return a layout, the one that was seen before if there is one like it.
    pub(super) fn one(&self, layout: Layout) -> Arc<Layout> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = self.hasher.hash_one(bits(&layout));
        if let Some(same) = seen.get(&hash).filter(|same| ***same == layout) {
            return Arc::clone(same);
        }
        let layout = Arc::new(layout);
        if seen.len() < REMEMBERED {
            seen.insert(hash, Arc::clone(&layout));
        }
        layout
    }
}

/// Return all of a layout as whole numbers, which can be hashed.
fn bits(layout: &Layout) -> ([u32; 12], [u64; 6]) {
    let Layout { oriented, content, window, output, placement, anchor } = layout;
    let whole = [
        oriented.width,
        oriented.height,
        output.width,
        output.height,
        content.x,
        content.y,
        content.width,
        content.height,
        placement.x,
        placement.y,
        placement.width,
        placement.height,
    ];
    let real = [window.x, window.y, window.width, window.height, anchor.x, anchor.y];
    (whole, real.map(f64::to_bits))
}
