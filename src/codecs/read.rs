//! Reading headers: small exact reads whose failures already have the right class.

use std::io::ErrorKind;
use std::io::Read;
use std::io::SeekFrom;

use crate::codecs::HeaderReader;
use crate::codecs::SNIFF_BYTES;
use crate::codecs::thousands::grouped;
use crate::error::Class;
use crate::error::Failure;

/// A file that ends before its picture does.
pub(super) fn truncated() -> Failure {
    Failure::new(Class::Corrupt, "the file is truncated")
}

/// A file whose bytes contradict its format.
pub(super) fn corrupt(what: impl std::fmt::Display) -> Failure {
    Failure::new(Class::Corrupt, format!("the file is damaged: {what}"))
}

/// A file that uses what no codec here reads.
pub(super) fn unsupported(what: impl std::fmt::Display) -> Failure {
    Failure::new(Class::Unsupported, format!("{what} is not supported"))
}

/// A failed read, told apart from the end of the file.
fn failed(error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::UnexpectedEof { truncated() } else { Failure::io("read the file", error) }
}

/// The file's first bytes, as many as there are up to `SNIFF_BYTES`; the reader stays where
/// it was.
pub(super) fn peek(reader: &mut dyn HeaderReader) -> Result<Vec<u8>, Failure> {
    let mut head = Vec::with_capacity(SNIFF_BYTES);
    reader.take(SNIFF_BYTES as u64).read_to_end(&mut head).map_err(|error| failed(&error))?;
    // A relative step keeps the reader's buffer.
    skip(reader, -(head.len() as i64))?;
    Ok(head)
}

/// The next `N` bytes.
pub(super) fn array<const N: usize>(reader: &mut dyn HeaderReader) -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|error| failed(&error))?;
    Ok(bytes)
}

/// Bytes that are allocated on a length's mere word.
const BLOCK_TRUSTED: u64 = 16 << 10;

/// The next `length` bytes. The length may be a lie: hardly more is allocated than is there.
pub(super) fn block(reader: &mut dyn HeaderReader, length: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::with_capacity(length.min(BLOCK_TRUSTED) as usize);
    let read = reader.take(length).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if read as u64 == length { Ok(bytes) } else { Err(truncated()) }
}

/// Moves by `distance` bytes. Beyond the end is no failure; the next read is one.
pub(super) fn skip(reader: &mut dyn HeaderReader, distance: i64) -> Result<(), Failure> {
    reader.seek_relative(distance).map_err(|error| failed(&error))
}

/// Passes over bytes up to the one that `find` finds among those that come next, which stays to be
/// read. What is passed over is counted.
///
/// # Errors
/// As [`Allowance::spend`], and where the file ends before.
pub(super) fn pass_until(
    reader: &mut dyn HeaderReader,
    allowance: &mut Allowance,
    find: impl Fn(&[u8]) -> Option<usize>,
) -> Result<(), Failure> {
    loop {
        let ahead = reader.fill_buf().map_err(|error| failed(&error))?;
        if ahead.is_empty() {
            return Err(truncated());
        }
        let found = find(ahead);
        let passed = found.unwrap_or(ahead.len());
        reader.consume(passed);
        if passed > 0 {
            allowance.pass(passed as u64)?;
        }
        if found.is_some() {
            return Ok(());
        }
    }
}

/// Counts the chunks or segments of a file while its header is read, so that no file, however
/// long, holds up a plan.
#[derive(Debug)]
pub(super) struct Allowance {
    parts: &'static str,
    most_parts: u32,
    parts_left: u32,
    bytes_left: u64,
    /// Bytes that may be read of what the parts hold.
    read_left: u64,
    /// Bytes of texts that may be looked at, after they were unpacked.
    text_left: u64,
}

/// Most bytes before a file's pixel data.
const METADATA_BYTES: u64 = 64 << 20;
const METADATA_PARTS: u32 = 1 << 16;
/// Most parts that may follow where pixel data begins; its own count.
const PIXEL_PARTS: u32 = 1 << 20;
/// Most bytes of text that are looked at, before the pixel data and behind it: two digits for each byte of 4 MiB
/// of EXIF, and line ends.
const TEXT_BYTES: u64 = 12 << 20;
/// As much text counts for each at least: looking at none costs time too.
const TEXT_LEAST: u64 = 1 << 10;

impl Allowance {
    /// Returns what may stand before the pixel data: 64 MiB in 65,536 `parts`, the format's word for
    /// its pieces.
    pub(super) fn before_pixels(parts: &'static str) -> Self {
        Allowance {
            parts,
            most_parts: METADATA_PARTS,
            parts_left: METADATA_PARTS,
            bytes_left: METADATA_BYTES,
            read_left: METADATA_BYTES,
            text_left: TEXT_BYTES,
        }
    }

    /// Returns what is looked through from the pixel data on: 1,048,576 `parts` of whatever length, of which
    /// 64 MiB are read.
    pub(super) fn from_pixels_on(parts: &'static str) -> Self {
        let (most_parts, parts_left) = (PIXEL_PARTS, PIXEL_PARTS);
        Allowance { most_parts, parts_left, bytes_left: u64::MAX, ..Allowance::before_pixels(parts) }
    }

    /// Counts one more part of `length` bytes.
    ///
    /// # Errors
    /// [`Class::Limit`] where that is too much.
    pub(super) fn spend(&mut self, length: u64) -> Result<(), Failure> {
        let (Some(parts), Some(bytes)) = (self.parts_left.checked_sub(1), self.bytes_left.checked_sub(length)) else {
            return Err(match self.parts_left {
                0 => too_much(&format!("{} {}", grouped(self.most_parts.into()), self.parts)),
                _ => too_much(&format!("{} MiB of metadata before its picture", METADATA_BYTES >> 20)),
            });
        };
        (self.parts_left, self.bytes_left) = (parts, bytes);
        Ok(())
    }

    /// Counts bytes outside of all parts.
    ///
    /// # Errors
    /// As [`Allowance::spend`].
    pub(super) fn pass(&mut self, length: u64) -> Result<(), Failure> {
        self.parts_left = self.parts_left.saturating_add(1);
        self.spend(length)
    }

    /// Counts bytes that are read of what a part holds, instead of passing over them.
    ///
    /// # Errors
    /// As [`Allowance::spend`].
    pub(super) fn read(&mut self, length: u64) -> Result<(), Failure> {
        let left = self.read_left.checked_sub(length);
        self.read_left = left.ok_or_else(|| too_much(&format!("{} MiB of metadata", METADATA_BYTES >> 20)))?;
        Ok(())
    }

    /// Returns how many bytes of text may still be looked at.
    pub(super) fn text_left(&self) -> u64 {
        self.text_left
    }

    /// Counts a text of `length` bytes, at most as many as were left.
    pub(super) fn spend_text(&mut self, length: u64) {
        self.text_left = self.text_left.saturating_sub(length.max(TEXT_LEAST));
    }
}

/// Returns why a part that claims `length` bytes from here on is not passed over: they may not be there.
pub(super) fn refused(reader: &mut dyn HeaderReader, length: u64, refusal: Failure) -> Failure {
    let ends = reader.stream_position().and_then(|here| Ok((here, reader.seek(SeekFrom::End(0))?)));
    match ends {
        Ok((here, end)) if here.saturating_add(length) > end => truncated(),
        _ => refusal,
    }
}

/// A file that has more of something than is looked through.
fn too_much(most: &str) -> Failure {
    Failure::new(Class::Limit, format!("the file has more than {most}; strip its metadata"))
}

/// Refuses a picture that this machine cannot hold, where allocating it would end the program.
pub(super) fn check_allocation(bytes: u64) -> Result<(), Failure> {
    // The memory is handed back untouched; the decoder asks for zeroed pages, which is cheaper
    // than filling these.
    let fits = usize::try_from(bytes).is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    if fits { Ok(()) } else { Err(Failure::new(Class::Limit, format!("the picture needs {bytes} bytes of memory"))) }
}

/// Refuses to go on with a decoder that needs more than there is room for.
pub(super) fn check_memory(needed: u64, room: u64) -> Result<(), Failure> {
    if needed <= room {
        return Ok(());
    }
    Err(Failure::new(Class::Memory, format!("decoding it needs {} MiB of memory", needed.div_ceil(1 << 20))))
}
