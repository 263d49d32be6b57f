//! Writes metadata into a file, in chunks before its pixels (PNG, third edition, 11.3).

use std::io::Write;

use ::png as lib;
use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::codecs::Metadata;

/// Writes the chunks of metadata; the header chunk was just written.
///
/// # Errors
/// If a chunk is longer than a chunk can be.
pub(super) fn write(writer: &mut lib::Writer<impl Write>, metadata: &Metadata) -> Result<(), lib::EncodingError> {
    let Metadata { icc, exif, xmp } = metadata;
    if let Some(icc) = icc {
        // A name of the profile, then the only method of compression that there is.
        let mut packed = ZlibEncoder::new(b"ICC profile\0\0".to_vec(), Compression::default());
        packed.write_all(icc)?;
        writer.write_chunk(lib::chunk::iCCP, &packed.finish()?)?;
    }
    if let Some(exif) = exif {
        writer.write_chunk(lib::chunk::eXIf, exif)?;
    }
    if let Some(packet) = xmp {
        // Keyword, not compressed, neither language nor translated keyword.
        let text = [b"XML:com.adobe.xmp\0\0\0\0\0", packet.as_bytes()].concat();
        writer.write_chunk(lib::chunk::iTXt, &text)?;
    }
    Ok(())
}
