//! Reads the manifest line by line.

use std::io;
use std::io::BufRead;
use std::io::Read;

/// A line longer than this many bytes is damage, and is not read into memory.
const LINE_MAX: u64 = 16 << 20;

/// One step through the file.
pub(crate) enum Line<'a> {
    /// A complete line without its newline, and the offset after the newline.
    Whole(&'a [u8], u64),
    /// The end; what follows the last newline, if anything does, starts at this offset.
    End(u64),
    /// A line that is longer than any record.
    TooLong,
}

/// Lines of a reader, each in the same buffer.
pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    offset: u64,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Lines { reader, buffer: Vec::new(), offset: 0 }
    }

    pub(crate) fn next(&mut self) -> io::Result<Line<'_>> {
        self.buffer.clear();
        let read = (&mut self.reader).take(LINE_MAX).read_until(b'\n', &mut self.buffer)? as u64;
        match self.buffer.strip_suffix(b"\n") {
            Some(line) => {
                self.offset += read;
                Ok(Line::Whole(line, self.offset))
            }
            None if read == LINE_MAX => Ok(Line::TooLong),
            None => Ok(Line::End(self.offset)),
        }
    }
}
