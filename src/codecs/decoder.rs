//! Says what every format's decoder does.

use crate::codecs::DecodeRequest;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::error::Failure;
use crate::raster::ViewShape;

/// Reads the files of one format.
pub trait Decoder: Sync {
    /// Raised whenever the pixels that are read from the same file change.
    fn revision(&self) -> u32;

    /// Reads as much as is needed to know the header.
    ///
    /// # Errors
    /// [`Class::Corrupt`](crate::error::Class::Corrupt) or
    /// [`Class::Unsupported`](crate::error::Class::Unsupported) for what the bytes say,
    /// [`Class::Io`](crate::error::Class::Io) if they cannot be read.
    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure>;

    /// Returns the most bytes that [`Decoder::decode`] holds at its peak where this is wanted, the returned
    /// picture included. The file's own `file_bytes` are not counted, copies that the decoder
    /// makes of them are.
    fn memory(&self, header: &Header, file_bytes: u64, request: &DecodeRequest) -> u64;

    /// Describes the largest picture that [`Decoder::decode`] returns where this is wanted, as stored.
    fn decoded(&self, header: &Header, _want: &DecodeRequest) -> ViewShape {
        header.view()
    }

    /// Decodes a file as stored: not yet turned, not yet in sRGB; all of it or, where that is
    /// cheaper, no more than is wanted. `header` is what [`Decoder::header`] says of the same bytes.
    ///
    /// # Errors
    /// [`Class::Corrupt`](crate::error::Class::Corrupt) where a viewer would show damage, a
    /// truncated file included; [`Class::Unsupported`](crate::error::Class::Unsupported) for
    /// features that are not read.
    fn decode(&self, bytes: &[u8], header: &Header, request: &DecodeRequest) -> Result<Stored, Failure>;
}
