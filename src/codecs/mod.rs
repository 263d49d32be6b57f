//! Bytes to pixels and back: one folder per format, one table.
//!
//! A [`Format`] is known by its bytes, never by its name (`sniff`). [`read_header`] costs a few
//! kilobytes of reading and decides everything that needs no pixels; [`decode`] returns an
//! upright sRGB picture. An [`Encoding`] is a format with the options of its encoder, and returns the
//! bytes of a file with what [`Metadata`] is handed to it. Limits are values passed
//! down and are checked before anything is allocated.
//!
//! Adding a format is one folder and one line in [`CODECS`]: a [`Decoder`], an `EncoderDef` if its
//! files are written too, and what it is known by.

mod codec;
mod color;
mod colorimetry;
mod decode;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod decode_memory;
mod decode_request;
mod decoder;
mod detail;
mod encoder;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod encoder_fields;
mod encoder_options;
mod encoding;
mod exif;
mod extensions;
mod format;
mod header;
mod jpeg;
mod limits;
mod lookup;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod memory;
mod metadata;
mod picture;
mod png;
mod read;
mod read_header;
mod sniff;
mod splice;
mod thousands;
mod webp;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod xmp;

pub(crate) use codec::Codec;
pub(crate) use color::Inks;
pub use decode::decode;
pub use decode::decode_view;
pub(crate) use decode_memory::DecodeMemory;
pub use decode_request::DecodeRequest;
pub use decode_request::DecoderChoice;
pub use decoder::Decoder;
pub use detail::Detail;
pub(crate) use encoder::Encoder;
pub(crate) use encoder::EncoderDef;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use encoder_fields::encoder_fields;
#[cfg(not(feature = "internal"))]
pub(crate) use encoder_fields::encoder_fields;
pub use encoding::Encoding;
pub(crate) use extensions::is_image_extension;
pub(crate) use extensions::is_raw_extension;
pub(crate) use extensions::unread_by_extension;
pub use format::Format;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use format::SNIFF_BYTES;
#[cfg(not(feature = "internal"))]
pub(crate) use format::SNIFF_BYTES;
pub use header::Header;
pub(crate) use header::HeaderReader;
pub use limits::Limits;
pub(crate) use limits::check_bytes;
pub(crate) use limits::check_limits;
pub(crate) use lookup::unwritten;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use memory::decode_memory;
#[cfg(not(feature = "internal"))]
pub(crate) use memory::decode_memory;
pub use metadata::Metadata;
pub use picture::Decoded;
pub(crate) use picture::Stored;
pub(crate) use picture::StoredPixels;
pub(crate) use picture::Viewed;
pub use read_header::read_header;
pub(crate) use read_header::unread;
pub(crate) use sniff::Sniffed;
pub(crate) use sniff::sniff;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use xmp::COMPOSITE_WITH_TRAINED_MEDIA;
#[cfg(not(feature = "internal"))]
pub(crate) use xmp::COMPOSITE_WITH_TRAINED_MEDIA;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use xmp::source_type_packet;
#[cfg(not(feature = "internal"))]
pub(crate) use xmp::source_type_packet;

/// Every format. One that is not here does not exist.
pub static CODECS: &[&Codec] = &[&jpeg::CODEC, &png::CODEC, &webp::CODEC];
