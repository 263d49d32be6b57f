//! Tells a file's kind from its first bytes.

use crate::codecs::CODECS;
use crate::codecs::Format;

/// Kind of file that the first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sniffed {
    /// An image that a codec here reads.
    Image(Format),
    /// A picture of a known kind that no codec here reads, like `gif` or `psd`.
    Unread(&'static str),
    /// A kind that is known by name only, like `pdf` or `mp4`.
    Other(&'static str),
    /// There are no bytes.
    Empty,
    /// Nothing that is known.
    Unknown,
}

/// Signatures of pictures that no codec here reads: offset, bytes, name. Those of the formats come first.
const PICTURES: &[(usize, &[u8], &str)] = &[
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"8BPS", "psd"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"II+\0", "tiff"),
    (0, b"MM\0+", "tiff"),
    (0, b"\xff\x0a", "jxl"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
    (4, b"ftypavif", "avif"),
    (4, b"ftypavis", "avif"),
    (4, b"ftypheic", "heic"),
    (4, b"ftypheix", "heic"),
    (4, b"ftypheim", "heic"),
    (4, b"ftypheis", "heic"),
    (4, b"ftyphevc", "heic"),
    (4, b"ftyphevx", "heic"),
    (4, b"ftypmif1", "heif"),
    (4, b"ftypmsf1", "heif"),
];

/// Signatures of other kinds that lie beside pictures in real folders, so that a report can name them.
const OTHERS: &[(usize, &[u8], &str)] = &[
    (0, b"%PDF-", "pdf"),
    (0, b"%!PS", "ps"),
    (0, b"\0\0\x01\0", "ico"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (4, b"ftypcrx ", "cr3"),
    (4, b"ftypqt  ", "mov"),
    (4, b"ftyp", "mp4"),
    (0, b"\x1aE\xdf\xa3", "mkv"),
    (0, b"v/1\x01", "exr"),
    (0, b"#?RADIANCE", "hdr"),
    (0, b"qoif", "qoi"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"\x1f\x8b", "gz"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"<svg", "svg"),
    (0, b"<?xml", "xml"),
    (0, b"<!DOCTYPE html", "html"),
    (0, b"<html", "html"),
];

/// The kind of a file that begins with `head`: its first `SNIFF_BYTES` bytes, or all of them
/// if it has fewer.
#[must_use]
pub(crate) fn sniff(head: &[u8]) -> Sniffed {
    if head.is_empty() {
        return Sniffed::Empty;
    }
    if let Some(codec) = CODECS.iter().find(|codec| codec.format.is_begun_by(head)) {
        return Sniffed::Image(codec.format);
    }
    // Canon's raw files are TIFF with a mark of their own.
    if head.starts_with(b"II*\0") && head.get(8..10) == Some(b"CR") {
        return Sniffed::Other("cr2");
    }
    let is_at = |offset: usize, bytes: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(bytes));
    let kind = |table: &[(usize, &[u8], &'static str)]| {
        table.iter().find(|(offset, bytes, _)| is_at(*offset, bytes)).map(|(_, _, kind)| *kind)
    };
    if let Some(kind) = kind(PICTURES).or_else(|| is_bmp(head).then_some("bmp")) {
        return Sniffed::Unread(kind);
    }
    kind(OTHERS).map_or(Sniffed::Unknown, Sniffed::Other)
}

/// Tells whether the bytes begin a BMP. Its two letters begin words as well, so the length of the second
/// header must be one of those that there are.
fn is_bmp(head: &[u8]) -> bool {
    let length = head.get(14..18).and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)));
    head.starts_with(b"BM") && matches!(length, Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}
