//! Says what a file says beside its pixels.

/// Holds what a file says beside its pixels; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The ICC profile that describes the pixels; without one they are sRGB.
    pub icc: Option<Vec<u8>>,
    /// EXIF: the TIFF structure, without the name that JPEG puts before it.
    pub exif: Option<Vec<u8>>,
    /// An XMP packet, as `source_type_packet` makes one.
    pub xmp: Option<String>,
}
