//! The chunks of a file, one after the other, counted as they come (PNG, third edition, 5.3).

use flate2::Crc;

use crate::codecs::HeaderReader;
use crate::codecs::read;
use crate::codecs::read::Allowance;
use crate::error::Failure;

/// A chunk's beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    /// Its type.
    pub(super) kind: [u8; 4],
    /// Bytes of its data.
    pub(super) length: u32,
}

impl Chunk {
    /// Tells whether its type is four letters, as all are.
    pub(super) fn is_named(&self) -> bool {
        self.kind.iter().all(u8::is_ascii_alphabetic)
    }

    /// Tells whether a reader that does not know it may not show the picture.
    pub(super) fn is_critical(&self) -> bool {
        self.kind[0].is_ascii_uppercase()
    }
}

/// Walks over the chunks of a file.
pub(super) struct Walker<'r> {
    reader: &'r mut dyn HeaderReader,
    /// Bytes and chunks that those to come may take.
    pub(super) allowance: Allowance,
    /// Offset in the file at which the reader stands.
    at: u64,
    /// Offset at which the chunk ends that was begun last.
    end: u64,
}

impl<'r> Walker<'r> {
    /// Begins behind the signature; the reader stands before it.
    pub(super) fn new(reader: &'r mut dyn HeaderReader) -> Result<Self, Failure> {
        read::array::<8>(reader)?;
        Ok(Walker { reader, allowance: Allowance::before_pixels("chunks"), at: 8, end: 8 })
    }

    /// Returns where the next chunk begins.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The next chunk, whatever was read of the last one. Zeros, which stand where a disk lost a
    /// part of a file, are empty chunks without a name.
    pub(super) fn next(&mut self) -> Result<Chunk, Failure> {
        let left = self.end.saturating_sub(self.at);
        read::skip(self.reader, i64::try_from(left).unwrap_or(i64::MAX))?;
        let length = u32::from_be_bytes(read::array(self.reader)?);
        let chunk = Chunk { kind: read::array(self.reader)?, length };
        if length > i32::MAX.unsigned_abs() || !chunk.is_named() && length > 0 {
            return Err(read::corrupt("there is no chunk where one must be"));
        }
        self.at = self.end + 8;
        self.end = self.at + u64::from(length) + 4;
        // What stands before the picture is counted, and not the picture.
        let counted = if chunk.kind == *b"IDAT" { 0 } else { length };
        let spent = self.allowance.spend(counted.into());
        spent.map_err(|refusal| read::refused(self.reader, length.into(), refusal))?;
        Ok(chunk)
    }

    /// The first bytes of the chunk's data, up to `most`.
    pub(super) fn head(&mut self, chunk: Chunk, most: u64) -> Result<Vec<u8>, Failure> {
        let wanted = most.min(chunk.length.into());
        self.allowance.read(wanted)?;
        let data = read::block(self.reader, wanted)?;
        self.at += wanted;
        Ok(data)
    }

    /// The chunk's data of which `head` was read already; none if its checksum is wrong, so that
    /// it cannot be trusted. Of what is longer than `most` only so much is read, unchecked.
    pub(super) fn rest(&mut self, chunk: Chunk, head: Vec<u8>, most: u64) -> Result<Option<Vec<u8>>, Failure> {
        let wanted = most.min(chunk.length.into()).saturating_sub(head.len() as u64);
        self.allowance.read(wanted)?;
        let rest = read::block(self.reader, wanted)?;
        self.at += wanted;
        let data = [head, rest].concat();
        if (data.len() as u64) < u64::from(chunk.length) {
            return Ok(Some(data));
        }
        let sum = u32::from_be_bytes(read::array(self.reader)?);
        self.at += 4;
        Ok((sum == checksum(&[&chunk.kind, &data])).then_some(data))
    }

    /// All of the chunk's data; none if its checksum is wrong.
    pub(super) fn data(&mut self, chunk: Chunk) -> Result<Option<Vec<u8>>, Failure> {
        self.rest(chunk, Vec::new(), u64::MAX)
    }
}

/// The CRC-32 of a chunk's type and data (annex D).
pub(super) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut sum = Crc::new();
    parts.iter().for_each(|part| sum.update(part));
    sum.sum()
}

/// A whole chunk.
pub(super) fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("chunks made here are short");
    [&length.to_be_bytes(), &kind, data, &checksum(&[&kind, data]).to_be_bytes()].concat()
}

/// The whole chunks of pixel data that follow each other from `begin` on, and whether the file
/// ends inside of a further one.
pub(super) fn pixel_data(bytes: &[u8], begin: u64) -> (&[u8], bool) {
    let data = usize::try_from(begin).ok().and_then(|begin| bytes.get(begin..)).unwrap_or_default();
    let mut end = 0_usize;
    while let Some(&[l3, l2, l1, l0, b'I', b'D', b'A', b'T']) = data.get(end..).and_then(<[u8]>::first_chunk) {
        let length = u32::from_be_bytes([l3, l2, l1, l0]) as usize;
        match end.checked_add(12).and_then(|end| end.checked_add(length)) {
            Some(next) if next <= data.len() => end = next,
            _ => return (&data[..end], true),
        }
    }
    (&data[..end], false)
}

/// Tells whether a chunk among these whole ones has a wrong checksum.
pub(super) fn has_wrong_checksum(mut chunks: &[u8]) -> bool {
    while let Some((&[l3, l2, l1, l0], rest)) = chunks.split_first_chunk() {
        let length = u32::from_be_bytes([l3, l2, l1, l0]) as usize;
        let Some((named, rest)) = rest.split_at_checked(length.saturating_add(4)) else { return false };
        let Some((sum, rest)) = rest.split_first_chunk() else { return false };
        if checksum(&[named]) != u32::from_be_bytes(*sum) {
            return true;
        }
        chunks = rest;
    }
    false
}
