//! Rows of blocks of one component as samples.

/// The samples of a row of blocks, below the last row of samples of the one before; or of all rows of
/// blocks, one of which is being written.
pub(super) struct Strip {
    samples: Vec<u8>,
    stride: usize,
    /// Rows of samples in a row of blocks.
    rows: usize,
    /// First row of the present row of blocks.
    first: usize,
}

impl Strip {
    /// Room for `rows` rows of `stride` samples, time and again.
    pub(super) fn new(stride: usize, rows: usize) -> Strip {
        Strip { samples: vec![0; stride * (rows + 1)], stride, rows, first: 1 }
    }

    /// Room for so many times as many, each kept.
    pub(super) fn whole(stride: usize, rows: usize, times: usize) -> Strip {
        Strip { samples: vec![0; stride * rows * times], stride, rows, first: 0 }
    }

    /// Samples in a row.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// A row of samples; −1 is the last of the strip before.
    pub(super) fn row(&self, y: isize) -> &[u8] {
        let row = (self.first.cast_signed() + y).cast_unsigned();
        &self.samples[row * self.stride..][..self.stride]
    }

    /// Returns the place of a sample among all.
    pub(super) fn place(&self, x: usize, y: usize) -> usize {
        (self.first + y) * self.stride + x
    }

    /// All samples, to write.
    pub(super) fn samples_mut(&mut self) -> &mut [u8] {
        &mut self.samples
    }

    /// Eight samples of a row from this one on, to write.
    pub(super) fn eight(&mut self, x: usize, y: usize) -> &mut [u8] {
        let place = self.place(x, y);
        &mut self.samples[place..][..8]
    }

    /// Keeps the last row, for the next strip.
    pub(super) fn carry(&mut self) {
        self.samples.copy_within(self.rows * self.stride.., 0);
    }

    /// Goes on behind the present rows.
    pub(super) fn go_on(&mut self) {
        self.first += self.rows;
    }

    /// The present rows, from the first on.
    pub(super) fn present(&self) -> impl Iterator<Item = &[u8]> {
        self.samples[self.first * self.stride..].chunks_exact(self.stride).take(self.rows)
    }

    /// The first `height` rows, of each the first `width` samples.
    pub(super) fn into_samples(mut self, width: usize, height: usize) -> Vec<u8> {
        if width != self.stride {
            (1..height).for_each(|y| self.samples.copy_within(y * self.stride..y * self.stride + width, y * width));
        }
        self.samples.truncate(width * height);
        self.samples
    }
}
