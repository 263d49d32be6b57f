//! Tells which pictures are read here.

use crate::codecs::jpeg::color::ColorMarkers;
use crate::codecs::jpeg::color::Model;
use crate::codecs::jpeg::frame::Frame;

/// Tells whether [`decode`](super::decode) reads a picture of this frame in one scan, if what these markers
/// say of its colours is all: grey, or brightness and differences of at most half of the resolution.
pub(in crate::codecs::jpeg) fn reads(frame: &Frame, color: &ColorMarkers) -> bool {
    let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
    let is_sampled = match &frame.components[..] {
        [_] => true,
        [luma, differences @ ..] => {
            matches!(luma.factors, (1 | 2, 1 | 2)) && differences.iter().all(|it| it.factors == (1, 1))
        }
        [] => false,
    };
    !frame.is_progressive && is_sampled && matches!(color.model(&ids), Model::Gray | Model::YCbCr)
}
