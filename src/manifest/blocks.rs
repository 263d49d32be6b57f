//! Reads the manifest in blocks of whole lines.

use std::io;
use std::io::Read;

use memchr::memchr_iter;
use memchr::memrchr;

use crate::manifest::Record;
use crate::manifest::RecordError;

/// Bytes that are read at once.
const BLOCK: usize = 128 << 10;

/// Bytes that most lines have at least; claims are the shortest that are frequent.
const LINE_USUAL: usize = 192;

/// A line that goes on after so many bytes is damage, and is not read to its end.
pub(crate) const LINE_MAX: usize = 16 << 20;

/// Whole lines that follow each other.
pub(crate) struct Block {
    lines: Vec<u8>,
    /// Offset in the file at which the lines begin.
    start: u64,
}

impl Block {
    /// Returns each line, without its newline.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut begin = 0;
        memchr_iter(b'\n', &self.lines).map(move |newline| {
            let line = &self.lines[begin..newline];
            begin = newline + 1;
            line
        })
    }

    /// Reads each line, with the offset after its newline.
    pub(crate) fn records(&self) -> Vec<(Result<Record<'_>, RecordError>, u64)> {
        let mut begin = 0;
        let record = |newline| {
            let line = &self.lines[begin..newline];
            begin = newline + 1;
            (Record::parse(line), self.start + begin as u64)
        };
        let mut records = Vec::with_capacity(self.lines.len() / LINE_USUAL);
        records.extend(memchr_iter(b'\n', &self.lines).map(record));
        records
    }
}

/// The end of a file behind its last block.
pub(crate) enum Rest {
    /// The end; what follows the last newline, if anything does, starts at this offset.
    End(u64),
    /// A line that is longer than any record.
    TooLong,
    /// Something that cannot be read.
    Unreadable(io::Error),
}

/// The blocks of a file.
pub(crate) struct Blocks<R> {
    reader: R,
    /// The beginning of a line.
    begun: Vec<u8>,
    /// Offset in the file.
    offset: u64,
    rest: Option<Rest>,
}

impl<R: Read> Blocks<R> {
    pub(crate) fn new(reader: R) -> Self {
        Blocks { reader, begun: Vec::new(), offset: 0, rest: None }
    }

    /// Returns the reason for there being no more blocks, once there are none.
    pub(crate) fn rest(self) -> Rest {
        self.rest.unwrap_or(Rest::End(self.offset))
    }

    fn read(&mut self) -> Result<Block, Rest> {
        let mut lines = Vec::with_capacity(self.begun.len() + BLOCK);
        lines.append(&mut self.begun);
        loop {
            let known = lines.len();
            let read = self.reader.by_ref().take(BLOCK as u64).read_to_end(&mut lines);
            if read.map_err(Rest::Unreadable)? == 0 {
                return Err(Rest::End(self.offset));
            }
            if let Some(newline) = memrchr(b'\n', &lines[known..]) {
                self.begun = lines.split_off(known + newline + 1);
                let block = Block { lines, start: self.offset };
                self.offset += block.lines.len() as u64;
                return Ok(block);
            }
            if lines.len() >= LINE_MAX {
                return Err(Rest::TooLong);
            }
        }
    }
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        if self.rest.is_some() {
            return None;
        }
        self.read().map_err(|rest| self.rest = Some(rest)).ok()
    }
}
