//! Walks over the chunks of a file (RFC 9649, 2.3), and writes chunks.

use std::borrow::Cow;
use std::ops::Range;

use crate::codecs::HeaderReader;
use crate::codecs::read;
use crate::codecs::read::Allowance;
use crate::error::Failure;

/// A chunk: its type and where its data lies in the file.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    pub(super) kind: [u8; 4],
    pub(super) data: Range<u64>,
}

/// Walks over chunks.
pub(super) struct Walker<'r> {
    pub(super) reader: &'r mut dyn HeaderReader,
    /// Offset at which the reader stands.
    at: u64,
    /// Offset at which the next chunk begins.
    next: u64,
    /// Offset at which the chunks end.
    end: u64,
    pub(super) allowance: Allowance,
}

impl<'r> Walker<'r> {
    /// Begins behind the header of a file whose chunks end at `end`; the reader stands there.
    pub(super) fn new(reader: &'r mut dyn HeaderReader, end: u64) -> Self {
        Walker { reader, at: 12, next: 12, end, allowance: Allowance::before_pixels("chunks") }
    }

    /// The next chunk, if there is room for one before the end.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        if self.next.saturating_add(8) > self.end {
            return Ok(None);
        }
        self.go_to(self.next)?;
        let kind = read::array(self.reader)?;
        let length = u64::from(u32::from_le_bytes(read::array(self.reader)?));
        self.at += 8;
        // What stands before the picture is counted, and not the picture.
        let is_picture = [b"VP8 ", b"VP8L", b"ALPH", b"ANMF"].contains(&&kind);
        self.allowance
            .spend(if is_picture { 0 } else { length })
            .map_err(|refusal| read::refused(self.reader, length, refusal))?;
        let data = self.at..self.at + length;
        self.next = data.end + length % 2;
        Ok(Some(Chunk { kind, data }))
    }

    /// The next `N` bytes of a chunk's data.
    pub(super) fn array<const N: usize>(&mut self, chunk: &Chunk) -> Result<[u8; N], Failure> {
        if self.at + N as u64 > chunk.data.end {
            return Err(read::corrupt("a chunk is too short"));
        }
        let bytes = read::array(self.reader)?;
        self.at += N as u64;
        Ok(bytes)
    }

    /// The first bytes of a chunk's data, up to `most`.
    pub(super) fn head(&mut self, chunk: &Chunk, most: u64) -> Result<Vec<u8>, Failure> {
        let length = most.min(chunk.data.end - chunk.data.start);
        self.allowance.read(length)?;
        let bytes = read::block(self.reader, length)?;
        self.at += length;
        Ok(bytes)
    }

    fn go_to(&mut self, to: u64) -> Result<(), Failure> {
        let distance = i64::try_from(to).unwrap_or(i64::MAX) - i64::try_from(self.at).unwrap_or(i64::MAX);
        read::skip(self.reader, distance)?;
        self.at = to;
        Ok(())
    }

    /// Walks over the chunks inside of this one, of which the head was read, and then on behind it.
    pub(super) fn inside<T>(
        &mut self,
        chunk: &Chunk,
        walk: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let outer = (self.next, self.end);
        (self.next, self.end) = (self.at, chunk.data.end.min(self.end));
        let walked = walk(self);
        (self.next, self.end) = outer;
        walked
    }
}

/// Adds up the lengths of pieces.
pub(super) fn length_of(pieces: &[Cow<'_, [u8]>]) -> usize {
    pieces.iter().map(|piece| piece.len()).sum()
}

/// Type and length of a chunk.
pub(super) fn begun(kind: &[u8; 4], length: usize) -> Vec<u8> {
    // What is longer than a file can be was longer in the file.
    [*kind, u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()].concat()
}

/// A whole chunk, with a zero behind data of an odd length.
pub(super) fn piece(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&begun(kind, data.len()), data, &[0][..data.len() % 2]].concat()
}
