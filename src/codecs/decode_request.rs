//! Says how much of a picture is needed, and which decoder reads it.

use serde::Deserialize;

use crate::geometry::Window;
use crate::options::Color;
use crate::raster::Showing;

/// Names the decoder where a format has a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecoderChoice {
    /// The fastest that reads the file, the general one where none does.
    Fast,
    /// Always the general decoder.
    Safe,
}

/// More than any picture.
const EVERYTHING: Window = Window { x: -1e9, y: -1e9, width: 2e9, height: 2e9 };

/// Part and scale of a picture that are needed. More may be decoded, never less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecodeRequest {
    /// The part that is looked at, in pixels of the upright picture; it may reach outside.
    pub region: Window,
    /// Pixels that are needed for each pixel of the picture, on each axis; from 1 on all of them.
    pub scale: f64,
    /// Allows colour to lie beside brightness, in planes of its own resolution.
    pub planes: bool,
    /// Names what alone is made of the picture, in pixels of the upright one: then planes need not be kept
    /// as a whole. It lies inside of the region.
    pub showing: Option<Showing>,
    /// Colour that transparent pixels are laid on, if they need not stay transparent.
    pub background: Option<Color>,
    /// Says which decoder reads it, where there is a choice.
    pub decoder: DecoderChoice,
    /// Bytes that decoding may hold beside the file's own. Where the fastest decoder does not read
    /// the file and another one needs more than that, it is not asked.
    pub memory_limit: u64,
}

impl DecodeRequest {
    /// The whole picture at its own size.
    pub const WHOLE: DecodeRequest = DecodeRequest {
        region: EVERYTHING,
        scale: 1.0,
        planes: false,
        showing: None,
        background: None,
        decoder: DecoderChoice::Fast,
        memory_limit: u64::MAX,
    };
}
