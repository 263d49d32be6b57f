//! Reads the markers of a file and the segments behind them (ITU-T T.81, annex B).

use std::io::Cursor;

use memchr::memchr;

use crate::codecs::HeaderReader;
use crate::codecs::jpeg::marker;
use crate::codecs::read;
use crate::codecs::read::Allowance;
use crate::error::Failure;

/// The next marker's code, and how many bytes its segment has after the length. What stands
/// before the marker is passed over, as other readers do.
pub(super) fn segment(reader: &mut dyn HeaderReader) -> Result<(u8, u16), Failure> {
    segment_within(reader, &mut Allowance::from_pixels_on("segments"))
}

/// The same, of a header of which not more than this is read.
pub(super) fn segment_within(reader: &mut dyn HeaderReader, allowance: &mut Allowance) -> Result<(u8, u16), Failure> {
    let code = loop {
        read::pass_until(reader, allowance, |bytes| memchr(0xff, bytes))?;
        // Any number of fill bytes may stand before a marker; a zero makes it data.
        read::pass_until(reader, allowance, |bytes| bytes.iter().position(|&byte| byte != 0xff))?;
        let [code] = read::array(reader)?;
        if code != 0 {
            break code;
        }
        allowance.spend(0)?;
    };
    let length = match code {
        marker::TEM | marker::RST0..=marker::SOI | marker::EOI => 0,
        _ => match u16::from_be_bytes(read::array(reader)?).checked_sub(2) {
            Some(length) => length,
            None => return Err(read::corrupt("a segment is shorter than its own length")),
        },
    };
    allowance.spend(length.into())?;
    Ok((code, length))
}

/// Tells whether only the end of the image follows at this place, and segments of tables and metadata.
pub(super) fn ends_at(bytes: &[u8], at: usize) -> bool {
    let mut reader = Cursor::new(bytes);
    reader.set_position(at as u64);
    loop {
        match segment(&mut reader) {
            Ok((marker::EOI, _)) => return true,
            Ok((marker::DHT | marker::DQT | marker::DRI | marker::APP0..=marker::COM, length))
                if read::skip(&mut reader, length.into()).is_ok() => {}
            _ => return false,
        }
    }
}
