//! Adds up what decoding takes of memory, given the decoder.

use crate::codecs::DecodeRequest;
use crate::codecs::Decoder;
use crate::codecs::Header;
use crate::codecs::color;
use crate::geometry::Orientation;
use crate::raster::ViewShape;

/// Memory that decoding takes, and that of what it returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecodeMemory {
    /// Most bytes that are held at any moment beside the file's own.
    pub peak: u64,
    /// The same of the last step alone, in which the picture is turned or flattened.
    pub finishing: u64,
    /// The largest upright picture that is returned.
    pub view: ViewShape,
}

impl DecodeMemory {
    /// Adds up what a decoder takes where this is wanted, and what is done with its picture.
    pub(super) fn of(decoder: &dyn Decoder, header: &Header, file_bytes: u64, request: &DecodeRequest) -> DecodeMemory {
        let stored = decoder.decoded(header, request);
        let flat = request.background.map_or(stored, |background| stored.on(background));
        let view = flat.oriented(header.orientation);
        // In place; inks into fewer samples.
        let working = if header.is_described { color::working_bytes(file_bytes) } else { 0 };
        let converting = stored.bytes().saturating_add(working);
        let flattening = if flat == stored { 0 } else { stored.bytes().saturating_add(flat.bytes()) };
        // Planes are turned once they have the output's size.
        let is_turned = header.orientation != Orientation::Upright && stored.planes.is_none();
        let turning = if is_turned { flat.bytes().saturating_add(view.bytes()) } else { 0 };
        let finishing = view.bytes().max(flattening).max(turning);
        let peak = decoder.memory(header, file_bytes, request).max(converting).max(finishing);
        DecodeMemory { peak, finishing, view }
    }
}
