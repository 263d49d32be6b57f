//! Tells how much memory a conversion takes.

/// Most bytes that a conversion needs beside the picture, by a profile in a file of so many bytes.
pub(in crate::codecs) fn working_bytes(file_bytes: u64) -> u64 {
    // Our own tables; then a copy of the profile, and its tables of up to two bytes a number, read
    // twice. What `check` lets through takes no more than the bound.
    (3 << 20) + file_bytes.saturating_mul(6).min(9 << 20)
}
