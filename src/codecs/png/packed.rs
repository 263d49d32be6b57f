//! Packed texts and profiles: deflate inside of zlib's frame (PNG, third edition, 10).

use std::io::Read;

use flate2::read::DeflateDecoder;

/// Bytes of zlib's header.
const HEADER_BYTES: usize = 2;

/// As many of the packed bytes as can be read, up to `most`. The checksum behind them is not
/// looked at, as that of the chunk was.
pub(super) fn unpacked(packed: &[u8], most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Some((&[method, flags], stream)) = packed.split_first_chunk::<HEADER_BYTES>() else { return bytes };
    // Method 8 is deflate; a dictionary is not allowed (RFC 1950, 2.2).
    if method & 15 == 8 && flags & 32 == 0 {
        // A fault leaves what was read before it.
        let _ = DeflateDecoder::new(stream).take(most).read_to_end(&mut bytes);
    }
    bytes
}
