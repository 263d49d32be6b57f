//! Many small values of one kind, each at a number of its own.

use std::ops::Index;
use std::ops::IndexMut;

/// Counts the values of one block, as a power of two. Blocks never move: a vector that grows is
/// copied, and is in memory twice meanwhile.
const BLOCK: u32 = 10;

/// Keeps values by their numbers. A number that was given back is given out again.
#[derive(Debug)]
pub(super) struct Slots<T> {
    blocks: Vec<Vec<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots { blocks: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// Keeps a value and returns its number.
    pub(super) fn put(&mut self, value: T) -> u32 {
        if let Some(number) = self.free.pop() {
            self[number] = value;
            return number;
        }
        if self.blocks.last().is_none_or(|block| block.len() == 1 << BLOCK) {
            self.blocks.push(Vec::with_capacity(1 << BLOCK));
        }
        let before = (self.blocks.len() - 1) << BLOCK;
        let block = &mut self.blocks[before >> BLOCK];
        block.push(value);
        u32::try_from(before + block.len() - 1).expect("paths are bounded before numbers are")
    }

    /// Gives a number back; its value stays until another takes its place.
    pub(super) fn give(&mut self, number: u32) {
        self.free.push(number);
    }

    /// Counts the numbers that were ever given out; all are below this.
    pub(super) fn len(&self) -> u32 {
        let last = self.blocks.last().map_or(0, Vec::len);
        u32::try_from((self.blocks.len().saturating_sub(1) << BLOCK) + last).unwrap_or(u32::MAX)
    }

    /// Returns the bytes that are taken, but for what the values own.
    pub(super) fn memory(&self) -> usize {
        self.blocks.len() * (size_of::<T>() << BLOCK) + self.free.capacity() * size_of::<u32>()
    }
}

impl<T> Index<u32> for Slots<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        &self.blocks[(number >> BLOCK) as usize][(number & ((1 << BLOCK) - 1)) as usize]
    }
}

impl<T> IndexMut<u32> for Slots<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        &mut self.blocks[(number >> BLOCK) as usize][(number & ((1 << BLOCK) - 1)) as usize]
    }
}
