//! The one colour space that cameras name in EXIF instead of embedding its profile.

use std::io::Cursor;

use crate::codecs::colorimetry;
use crate::codecs::exif;
use crate::codecs::jpeg::marker;
use crate::codecs::jpeg::segments::segment;
use crate::codecs::read;
use crate::raster::Channels;

/// The profile of Adobe RGB (1998) if the file's first EXIF block says that its pixels are in it.
pub(super) fn by_exif(bytes: &[u8], channels: Channels) -> Option<Vec<u8>> {
    let mut reader = Cursor::new(bytes);
    read::array::<2>(&mut reader).ok()?;
    loop {
        let (code, length) = segment(&mut reader).ok()?;
        let data = read::block(&mut reader, length.into()).ok()?;
        match code {
            marker::SOS | marker::EOI => return None,
            marker::APP1 if data.starts_with(exif::PREFIX) => {
                return exif::read(&data).is_adobe_rgb.then(|| colorimetry::adobe_rgb(channels)).flatten();
            }
            _ => {}
        }
    }
}
