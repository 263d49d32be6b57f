//! Says what every format's codec does.

use crate::codecs::Detail;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::Want;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;
use crate::raster::ViewShape;

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
    /// [`Class::Corrupt`](crate::error::Class::Corrupt) or
    /// [`Class::Unsupported`](crate::error::Class::Unsupported) for what the bytes say,
    /// [`Class::Io`](crate::error::Class::Io) if they cannot be read.
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
    /// [`Class::Corrupt`](crate::error::Class::Corrupt) where a viewer would show damage, a
    /// truncated file included; [`Class::Unsupported`](crate::error::Class::Unsupported) for
    /// features that are not read.
    fn decode(&self, bytes: &[u8], header: &Header, want: &Want) -> Result<Stored, Failure>;

    /// Encodes 8-bit pixels; alpha only if [`Codec::has_alpha`].
    ///
    /// # Errors
    /// [`Class::Limit`](crate::error::Class::Limit) if a side is too long.
    fn encode(&self, pixels: &Pixels<u8>, options: &Encode) -> Result<Vec<u8>, Failure>;

    /// Puts an XMP packet into a file that [`Codec::encode`] wrote; see [`with_xmp`](crate::codecs::with_xmp).
    ///
    /// # Errors
    /// [`Class::Internal`](crate::error::Class::Internal) if the file is not of this format,
    /// [`Class::Limit`](crate::error::Class::Limit) if it gets too long for it.
    fn with_xmp(&self, file: &[u8], packet: &str) -> Result<Vec<u8>, Failure>;
}
