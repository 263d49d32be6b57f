//! What a picture tells beside its pixels. Nothing of it should leave the user's machine.

/// The metadata in a file that holds more than pixels and colour.
pub(super) fn of(bytes: &[u8]) -> Vec<String> {
    if bytes.starts_with(b"\x89PNG") {
        chunks(bytes, 8, |bytes, at| Some((u32::from_be_bytes(four(bytes, at)?), four(bytes, at + 4)?, 12)))
            .filter(|name| matches!(name, b"eXIf" | b"tEXt" | b"zTXt" | b"iTXt" | b"tIME"))
            .map(|name| String::from_utf8_lossy(&name).into_owned())
            .collect()
    } else if bytes.starts_with(b"RIFF") {
        let padded = |length: u32| length + length % 2;
        chunks(bytes, 12, move |bytes, at| {
            Some((padded(u32::from_le_bytes(four(bytes, at + 4)?)), four(bytes, at)?, 8))
        })
        .filter(|name| matches!(name, b"EXIF" | b"XMP "))
        .map(|name| String::from_utf8_lossy(&name).into_owned())
        .collect()
    } else {
        segments(bytes)
    }
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at + 4)?.try_into().ok()
}

/// The names of the chunks from `at` on; `read` gives length, name and what each has beside its
/// content.
fn chunks(
    bytes: &[u8],
    mut at: usize,
    read: impl Fn(&[u8], usize) -> Option<(u32, [u8; 4], usize)>,
) -> impl Iterator<Item = [u8; 4]> {
    std::iter::from_fn(move || {
        let (length, name, beside) = read(bytes, at)?;
        at += length as usize + beside;
        Some(name)
    })
}

/// The segments of a JPEG, before its pixels, that hold metadata or a comment.
fn segments(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        let content = bytes.get(at + 4..).unwrap_or_default();
        match marker {
            0xda => break,
            0xe1 if content.starts_with(b"Exif") => found.push("Exif".to_owned()),
            0xe1 => found.push("XMP".to_owned()),
            0xed => found.push("IPTC".to_owned()),
            0xfe => found.push("comment".to_owned()),
            _ => {}
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    found
}
