//! Bytes to pixels and back: one file or folder per format, one table.
//!
//! A format is known by its bytes, never by its name ([`sniff`]). [`read_header`] costs a few
//! kilobytes of reading and decides everything that needs no pixels; [`decode`] returns an
//! upright sRGB picture; [`encode`] returns the bytes of a file without metadata, to which
//! [`with_xmp`] adds the one thing that must be said of generated pictures. Limits are values passed down and are checked before anything is allocated.
//!
//! Adding a format is one file with a [`Codec`] and one line in [`CODECS`].

mod color;
mod colorimetry;
mod detail;
mod encode;
mod exif;
mod format;
mod header;
mod jpeg;
mod memory;
mod picture;
mod png;
mod read;
mod sniff;
mod splice;
mod want;
mod webp;
mod xmp;

use std::io::Cursor;

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::View;
use crate::raster::ViewShape;
use crate::raster::flatten;
use crate::raster::orient;

pub use color::Inks;
pub use detail::Detail;
pub use encode::Chroma;
pub use encode::Effort;
pub use encode::Encode;
pub use format::Format;
pub use header::Header;
pub use header::HeaderReader;
pub use memory::DecodeMemory;
pub use memory::decode_memory;
pub use memory::encode_memory;
pub use picture::Decoded;
pub use picture::Stored;
pub use picture::StoredPixels;
pub use picture::Viewed;
pub use sniff::SNIFF_BYTES;
pub use sniff::Sniffed;
pub use sniff::is_image_extension;
pub use sniff::is_raw_extension;
pub use sniff::sniff;
pub use sniff::unread_by_extension;
pub use want::Decoder;
pub use want::Limits;
pub use want::Want;
pub use xmp::COMPOSITE_WITH_TRAINED_MEDIA;
pub use xmp::source_type_packet;
pub use xmp::with_xmp;

/// One format.
pub trait Codec: Sync {
    /// Which format.
    fn format(&self) -> Format;

    /// File name extensions without dot, lower case; the first is the one that is written.
    fn extensions(&self) -> &'static [&'static str];

    /// Most pixels on one side that a file of the format can have.
    fn max_side(&self) -> u32;

    /// Tells whether the format stores alpha.
    fn has_alpha(&self) -> bool;

    /// The fields of [`Encode`] that make a difference to its files.
    fn encode_options(&self) -> &'static [&'static str];

    /// Raised whenever the pixels that the codec reads from the same file change.
    fn decoder_revision(&self) -> u32;

    /// Raised whenever the file that the codec writes for the same pixels changes.
    fn encoder_revision(&self) -> u32;

    /// Reads as much as is needed to know the header.
    ///
    /// # Errors
    /// [`Class::Corrupt`] or
    /// [`Class::Unsupported`] for what the bytes say,
    /// [`Class::Io`] if they cannot be read.
    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure>;

    /// Returns the most bytes that [`Codec::decode`] holds at its peak where this is wanted, the returned
    /// picture included. The file's own `file_bytes` are not counted, copies that the decoder
    /// makes of them are.
    fn decode_memory(&self, header: &Header, file_bytes: u64, want: &Want) -> u64;

    /// Describes the largest picture that [`Codec::decode`] returns where this is wanted, as stored.
    fn decoded(&self, header: &Header, _want: &Want) -> ViewShape {
        header.view()
    }

    /// Returns the most bytes that [`Codec::encode`] holds at its peak beside the pixels, the returned file
    /// included, for a picture with as much detail.
    fn encode_memory(&self, size: Size, channels: Channels, options: &Encode, detail: Detail) -> u64;

    /// Decodes a file as stored: not yet turned, not yet in sRGB; all of it or, where that is
    /// cheaper, no more than is wanted. `header` is what [`Codec::header`] says of the same bytes.
    ///
    /// # Errors
    /// [`Class::Corrupt`] where a viewer would show damage, a
    /// truncated file included; [`Class::Unsupported`] for
    /// features that are not read.
    fn decode(&self, bytes: &[u8], header: &Header, want: &Want) -> Result<Stored, Failure>;

    /// Encodes 8-bit pixels; alpha only if [`Codec::has_alpha`].
    ///
    /// # Errors
    /// [`Class::Limit`] if a side is too long.
    fn encode(&self, pixels: &Pixels<u8>, options: &Encode) -> Result<Vec<u8>, Failure>;

    /// Puts an XMP packet into a file that [`Codec::encode`] wrote; see [`with_xmp`].
    ///
    /// # Errors
    /// [`Class::Internal`] if the file is not of this format, [`Class::Limit`] if it gets too
    /// long for it.
    fn with_xmp(&self, file: &[u8], packet: &str) -> Result<Vec<u8>, Failure>;
}

/// Every format's codec. A format that is not here does not exist.
pub static CODECS: &[&dyn Codec] = &[&jpeg::Jpeg, &png::Png, &webp::Webp];

/// Reads a file's header; a few kilobytes, from its beginning.
///
/// # Errors
/// [`Class::Corrupt`] for an empty file and one that is damaged up to its header,
/// [`Class::Unsupported`] for all that is no image of a known format, [`Class::Limit`] for more
/// than 64 MiB or 65,536 chunks before the picture and for as much to read behind it, [`Class::Io`]
/// if the file cannot be read.
pub fn read_header(reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
    match sniff(&read::peek(reader)?) {
        Sniffed::Image(format) => format.codec().header(reader),
        Sniffed::Empty => Err(Failure::new(Class::Corrupt, "the file is empty")),
        Sniffed::Unread(kind) | Sniffed::Other(kind) => Err(unread(kind)),
        Sniffed::Unknown => Err(Failure::new(Class::Unsupported, "the bytes are no image that recanvas knows")),
    }
}

/// Return why a file of a known `kind` that no codec here reads cannot be decoded.
#[must_use]
pub fn unread(kind: &str) -> Failure {
    let kind = kind.to_uppercase();
    Failure::new(Class::Unsupported, format!("the bytes are {kind}, which recanvas does not read"))
}

/// Checks a source against the limits, from its header and its length in bytes.
///
/// # Errors
/// [`Class::Limit`], with the figure and the option that raises it.
pub fn check_limits(header: &Header, file_bytes: u64, limits: &Limits) -> Result<(), Failure> {
    let pixels = header.stored.area();
    if pixels > limits.max_pixels {
        let (pixels, most) = (grouped(pixels), grouped(limits.max_pixels));
        let message = format!("the picture has {pixels} pixels; the limit is {most} (load.max_pixels)");
        return Err(Failure::new(Class::Limit, message));
    }
    check_bytes(file_bytes, limits)
}

/// Checks a source's length in bytes against the limits, which can be done before it is opened.
///
/// # Errors
/// As [`check_limits`].
pub fn check_bytes(file_bytes: u64, limits: &Limits) -> Result<(), Failure> {
    if file_bytes <= limits.max_bytes {
        return Ok(());
    }
    let (bytes, most) = (grouped(file_bytes), grouped(limits.max_bytes));
    Err(Failure::new(Class::Limit, format!("the file has {bytes} bytes; the limit is {most} (load.max_bytes)")))
}

/// Decodes a file to an upright picture in sRGB. Nothing larger than the file's header is
/// allocated before the limits are checked.
///
/// # Errors
/// As [`read_header`], [`check_limits`] and [`Codec::decode`].
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, Failure> {
    let Viewed { view, warnings } = decode_view(bytes, limits, &Want::WHOLE)?;
    Ok(Decoded { raster: view.into_raster(), warnings })
}

/// Decodes as much of a file as is wanted; otherwise as [`decode`].
///
/// # Errors
/// As [`decode`].
pub fn decode_view(bytes: &[u8], limits: &Limits, want: &Want) -> Result<Viewed, Failure> {
    let header = read_header(&mut Cursor::new(bytes))?;
    check_limits(&header, bytes.len() as u64, limits)?;
    read::check_allocation(header.decoded_bytes())?;
    let Stored { pixels, shown, icc, mut warnings } = header.format.codec().decode(bytes, &header, want)?;
    let converted = match pixels {
        StoredPixels::Planes(planes) => {
            return Ok(Viewed { view: planes.oriented(header.orientation).into(), warnings });
        }
        StoredPixels::Raster(raster) => color::to_srgb(raster, icc.as_deref()),
        StoredPixels::Inks(inks) => color::inks_to_srgb(inks, icc.as_deref()),
    };
    let (mut raster, said) = converted;
    warnings.extend(said);
    if let Some(background) = want.background {
        raster = flatten(raster, background);
    }
    let shown = header.orientation.place(shown, header.stored);
    Ok(Viewed { view: View::new(orient(raster, header.orientation), shown), warnings })
}

/// Encodes a picture as a file of `format`, in sRGB and without metadata.
///
/// # Errors
/// [`Class::Limit`] if a side is longer than the format allows; [`Class::Internal`] if there is
/// alpha that the format cannot store, which the caller must have flattened.
pub fn encode(pixels: &Pixels<u8>, format: Format, options: &Encode) -> Result<Vec<u8>, Failure> {
    let (codec, size) = (format.codec(), pixels.size());
    let (longest, most) = (size.width.max(size.height), codec.max_side());
    if longest > most {
        let message = format!("the output is {size}; a side of a {format:?} file has at most {most} pixels");
        return Err(Failure::new(Class::Limit, message));
    }
    if pixels.channels().has_alpha() && !codec.has_alpha() {
        return Err(Failure::new(Class::Internal, format!("alpha was handed to {format:?}, which cannot store it")));
    }
    codec.encode(pixels, options)
}

/// The number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
