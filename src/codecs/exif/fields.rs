//! Reads the fields of EXIF blocks that decide about pixels.

use exif::In;
use exif::Reader;
use exif::Tag;
use exif::Value;

use crate::codecs::exif::directories;
use crate::geometry::Orientation;

/// Bytes that JPEG, and some writers of WebP and PNG, put before the TIFF structure.
pub(in crate::codecs) const PREFIX: &[u8] = b"Exif\0\0";

/// Most bytes of an EXIF block that are looked at. The fields that matter stand at its beginning; what
/// is longer carries embedded pictures behind them.
pub(in crate::codecs) const MAX_BYTES: u64 = 4 << 20;

/// Fields of an EXIF block that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::codecs) struct Exif {
    /// Turn that makes the stored picture stand upright.
    pub(in crate::codecs) orientation: Orientation,
    /// Tells whether the samples are Adobe RGB (1998), unless a profile says otherwise: `ColorSpace` 2,
    /// as many cameras write, or 65535 together with the interoperability index of DCF's
    /// optional colour space (Exif 3.0, 4.6.6; DCF 2.0, 4.3). 65535 alone is sRGB.
    pub(in crate::codecs) is_adobe_rgb: bool,
}

/// Reads an EXIF block or its beginning. Damaged metadata never costs a picture: what cannot be
/// read means nothing.
pub(in crate::codecs) fn read(block: &[u8]) -> Exif {
    let tiff = block.strip_prefix(PREFIX).unwrap_or(block);
    let read = Reader::new().continue_on_error(true).read_raw(directories::untangled(tiff));
    let Ok(fields) = read.or_else(|error| error.distill_partial_result(|_| ())) else {
        return Exif::default();
    };
    let value = |tag| fields.get_field(tag, In::PRIMARY).map(|field| &field.value);
    let number = |tag| value(tag).and_then(first_whole_number);
    let is_optional_space = || match value(Tag::InteroperabilityIndex) {
        Some(Value::Ascii(texts)) => texts.first().is_some_and(|text| text.starts_with(b"R03")),
        _ => false,
    };
    Exif {
        orientation: number(Tag::Orientation).map_or(Orientation::Upright, Orientation::from_exif),
        is_adobe_rgb: match number(Tag::ColorSpace) {
            Some(2) => true,
            Some(65535) => is_optional_space(),
            _ => false,
        },
    }
}

/// Returns the first number of a field of any numeric type, if it is a whole one: writers use other types
/// than the standard's, and other readers take them all.
fn first_whole_number(value: &Value) -> Option<u32> {
    let whole = |numerator: i64, denominator: i64| {
        let is_whole = numerator.checked_rem(denominator) == Some(0);
        is_whole.then(|| u32::try_from(numerator / denominator).ok()).flatten()
    };
    match value {
        Value::Rational(numbers) => numbers.first().and_then(|number| whole(number.num.into(), number.denom.into())),
        Value::SRational(numbers) => numbers.first().and_then(|number| whole(number.num.into(), number.denom.into())),
        Value::SByte(numbers) => numbers.first().and_then(|&number| number.try_into().ok()),
        Value::SShort(numbers) => numbers.first().and_then(|&number| number.try_into().ok()),
        Value::SLong(numbers) => numbers.first().and_then(|&number| number.try_into().ok()),
        unsigned => unsigned.get_uint(0),
    }
}
