//! A row of blocks of one component as samples.

/// The samples of a row of blocks, below the last row of samples of the one before.
pub(super) struct Strip {
    pub(super) samples: Vec<u8>,
    pub(super) stride: usize,
    rows: usize,
}

impl Strip {
    /// Room for `rows` rows of `stride` samples.
    pub(super) fn new(stride: usize, rows: usize) -> Strip {
        Strip { samples: vec![0; stride * (rows + 1)], stride, rows }
    }

    /// A row of samples; −1 is the last of the strip before.
    pub(super) fn row(&self, y: isize) -> &[u8] {
        &self.samples[(y + 1) as usize * self.stride..][..self.stride]
    }

    /// All of its own rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.samples.chunks_exact(self.stride).skip(1)
    }

    /// Eight samples of a row from this one on, to write.
    pub(super) fn eight(&mut self, x: usize, y: usize) -> &mut [u8] {
        &mut self.samples[(y + 1) * self.stride + x..][..8]
    }

    /// Keeps the last row, for the next strip.
    pub(super) fn carry(&mut self) {
        self.samples.copy_within(self.rows * self.stride.., 0);
    }
}
