//! A file without what a decoder must not see, read from its pieces and never copied together.

use std::borrow::Cow;
use std::io::BufRead;
use std::io::Error;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Result;
use std::io::Seek;
use std::io::SeekFrom;

/// Pieces of bytes read one after the other as if they were one file.
#[derive(Debug)]
pub(super) struct Splice<'a> {
    pieces: Vec<Cow<'a, [u8]>>,
    /// The piece that is read, and how many of its bytes were.
    piece: usize,
    offset: usize,
}

impl<'a> Splice<'a> {
    pub(super) fn new(pieces: Vec<Cow<'a, [u8]>>) -> Self {
        Splice { pieces, piece: 0, offset: 0 }
    }

    fn length_of(pieces: &[Cow<'_, [u8]>]) -> u64 {
        pieces.iter().map(|piece| piece.len() as u64).sum()
    }
}

impl BufRead for Splice<'_> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        while self.pieces.get(self.piece).is_some_and(|piece| piece.len() <= self.offset) {
            self.offset -= self.pieces[self.piece].len();
            self.piece += 1;
        }
        Ok(self.pieces.get(self.piece).map_or(&[], |piece| &piece[self.offset..]))
    }

    fn consume(&mut self, amount: usize) {
        self.offset += amount;
    }
}

impl Read for Splice<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl Seek for Splice<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let (from, distance) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(distance) => (Self::length_of(&self.pieces), distance),
            SeekFrom::Current(distance) => (Self::length_of(&self.pieces[..self.piece]) + self.offset as u64, distance),
        };
        let outside = || Error::from(ErrorKind::InvalidInput);
        let at = from.checked_add_signed(distance).ok_or_else(outside)?;
        // Any place behind the end reads as the end.
        (self.piece, self.offset) = (0, usize::try_from(at).map_err(|_| outside())?);
        Ok(at)
    }
}
