//! Reading headers: small exact reads whose failures already have the right class.

use std::io::ErrorKind;
use std::io::Read;

use crate::codecs::HeaderReader;
use crate::codecs::SNIFF_BYTES;
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

/// The file's first bytes, as many as there are up to [`SNIFF_BYTES`]; the reader stays where
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

/// What is allocated on a length's mere word.
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

/// Refuses a picture that this machine cannot hold, where allocating it would end the program.
pub(super) fn check_allocation(bytes: u64) -> Result<(), Failure> {
    // The memory is handed back untouched; the decoder asks for zeroed pages, which is cheaper
    // than filling these.
    let fits = usize::try_from(bytes).is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    if fits { Ok(()) } else { Err(Failure::new(Class::Limit, format!("the picture needs {bytes} bytes of memory"))) }
}
