//! Tells what decoding and encoding take of memory, for who plans it.

use crate::codecs::DecodeMemory;
use crate::codecs::Detail;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::Want;
use crate::geometry::Size;
use crate::raster::Channels;

/// Returns the most bytes that [`decode_view`](crate::codecs::decode_view) holds where this is wanted.
/// Planning reserves this much.
#[must_use]
pub fn decode_memory(header: &Header, file_bytes: u64, want: &Want) -> DecodeMemory {
    DecodeMemory::of(header.format.codec(), header, file_bytes, want)
}

/// Returns the most bytes that [`encode`](crate::codecs::encode) holds at its peak beside the pixels,
/// the returned file included, for a picture with as much detail. Planning reserves this much.
#[must_use]
pub fn encode_memory(size: Size, channels: Channels, format: Format, options: &Encode, detail: Detail) -> u64 {
    format.codec().encode_memory(size, channels, options, detail)
}
