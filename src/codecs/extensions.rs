//! Tells what a file claims to be by the extension of its name.

use crate::codecs::CODECS;

/// Tells whether a file whose name ends in this extension, in whatever case, claims to be an image
/// that a codec here reads.
#[must_use]
pub(crate) fn is_image_extension(extension: &str) -> bool {
    CODECS.iter().any(|codec| codec.format.has_extension(extension))
}

/// Extensions of pictures that no codec here reads, with the kind that each claims; those of the table come first.
const UNREAD: &[(&str, &str)] = &[
    ("tif", "tiff"),
    ("tiff", "tiff"),
    ("heic", "heic"),
    ("heif", "heif"),
    ("hif", "heif"),
    ("avif", "avif"),
    ("gif", "gif"),
    ("bmp", "bmp"),
    ("jxl", "jxl"),
    ("psd", "psd"),
    ("psb", "psd"),
];

/// Returns the kind of picture that a file claims to be whose name ends in this extension, in whatever case,
/// if it is a known one that no codec here reads.
#[must_use]
pub(crate) fn unread_by_extension(extension: &str) -> Option<&'static str> {
    let known = UNREAD.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    known.filter(|_| !is_image_extension(extension)).map(|(_, kind)| *kind)
}

/// Extensions of camera raw files. Many are built as TIFF, and only their names tell that they are none.
const RAW: &[&str] = &[
    "3fr", "arw", "cap", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "k25", "kdc", "mef", "mos",
    "mrw", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
];

/// Tells whether a file whose name ends in this extension, in whatever case, claims to be what a camera
/// recorded before it was developed.
#[must_use]
pub(crate) fn is_raw_extension(extension: &str) -> bool {
    RAW.iter().any(|known| known.eq_ignore_ascii_case(extension))
}
