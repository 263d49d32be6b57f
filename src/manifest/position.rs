//! Position of a record in the segments of a state.

/// Names a place in a manifest of one or several segments: the number of the segment, and the offset in it. Later
/// places are greater. It takes eight bytes, because each task holds one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(u64);

/// Bits of an offset: what a segment has at most is 256 TiB.
const OFFSET_BITS: u32 = 48;

const OFFSET_MAX: u64 = (1 << OFFSET_BITS) - 1;

impl Position {
    /// Returns the place at this offset of a segment; an offset beyond what a segment can have is its end.
    pub(crate) fn new(segment: u16, offset: u64) -> Self {
        Position(u64::from(segment) << OFFSET_BITS | offset.min(OFFSET_MAX))
    }

    /// Returns the place at another offset of the same segment.
    pub(crate) fn at(self, offset: u64) -> Self {
        Position(self.0 & !OFFSET_MAX | offset.min(OFFSET_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_ordered_as_they_are_read() {
        let places = [(0, 0), (0, 9), (0, u64::MAX), (1, 0), (1, 9), (u16::MAX, 0), (u16::MAX, OFFSET_MAX)];
        let places = places.map(|(segment, offset)| Position::new(segment, offset));
        assert!(places.is_sorted_by(|one, other| one < other), "{places:?}");
        assert_eq!(Position::new(7, 3).at(u64::MAX), Position::new(7, OFFSET_MAX), "no offset leads into the next");
        assert_eq!(Position::default(), Position::new(0, 0));
    }
}
