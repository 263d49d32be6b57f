//! Tells how much memory decoding takes.

use crate::codecs::Header;

/// Bytes that [`decode`](super::decode) holds beside the picture's own and the file's.
pub(in crate::codecs::jpeg) fn working_bytes(header: &Header, file_bytes: u64) -> u64 {
    // The entropy-coded bytes once more. A row of the largest units: coefficients of four components,
    // where not all are kept, and samples with a row more; lines of what is between.
    let width = u64::from(header.stored.width).next_multiple_of(32);
    let row = width.saturating_mul(4 * (32 * 2 + 33 + 8));
    header.kept_bytes.saturating_add(row).saturating_add(file_bytes).saturating_add(2 << 20)
}
