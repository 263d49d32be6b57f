//! Bytes to pixels and back: one file or folder per format, one table.
//!
//! A format is known by its bytes, never by its name ([`sniff`]). [`read_header`] costs a few
//! kilobytes of reading and decides everything that needs no pixels; [`decode`] returns an
//! upright sRGB picture; [`encode`] returns the bytes of a file without metadata, to which
//! [`with_xmp`] adds the one thing that must be said of generated pictures. Limits are values passed
//! down and are checked before anything is allocated.
//!
//! Adding a format is one file with a [`Codec`] and one line in [`CODECS`].

mod codec;
mod color;
mod colorimetry;
mod decode;
mod decode_memory;
mod detail;
mod encode;
mod encode_options;
mod exif;
mod extensions;
mod format;
mod header;
mod jpeg;
mod limits;
mod lookup;
mod memory;
mod picture;
mod png;
mod read;
mod read_header;
mod sniff;
mod splice;
mod thousands;
mod want;
mod webp;
mod with_xmp;
mod xmp;

pub use codec::Codec;
pub use color::Inks;
pub use decode::decode;
pub use decode::decode_view;
pub use decode_memory::DecodeMemory;
pub use detail::Detail;
pub use encode::encode;
pub use encode_options::Chroma;
pub use encode_options::Effort;
pub use encode_options::Encode;
pub use extensions::is_image_extension;
pub use extensions::is_raw_extension;
pub use extensions::unread_by_extension;
pub use format::Format;
pub use header::Header;
pub use header::HeaderReader;
pub use limits::Limits;
pub use limits::check_bytes;
pub use limits::check_limits;
pub use memory::decode_memory;
pub use memory::encode_memory;
pub use picture::Decoded;
pub use picture::Stored;
pub use picture::StoredPixels;
pub use picture::Viewed;
pub use read_header::read_header;
pub use read_header::unread;
pub use sniff::SNIFF_BYTES;
pub use sniff::Sniffed;
pub use sniff::sniff;
pub use want::DecoderChoice;
pub use want::Want;
pub use with_xmp::with_xmp;
pub use xmp::COMPOSITE_WITH_TRAINED_MEDIA;
pub use xmp::source_type_packet;

/// Every format's codec. A format that is not here does not exist.
pub static CODECS: &[&dyn Codec] = &[&jpeg::Jpeg, &png::Png, &webp::Webp];
