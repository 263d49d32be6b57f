//! Tells what decoding takes of memory, for who plans it.

use crate::codecs::DecodeMemory;
use crate::codecs::DecodeRequest;
use crate::codecs::Header;

/// Returns the most bytes that [`decode_view`](crate::codecs::decode_view) holds where this is wanted.
/// Planning reserves this much.
#[must_use]
pub fn decode_memory(header: &Header, file_bytes: u64, request: &DecodeRequest) -> DecodeMemory {
    DecodeMemory::of(header.format.decoder(), header, file_bytes, request)
}
