//! Options of writing a picture.

use serde::Deserialize;
use serde::Serialize;

/// Says how colour is stored: at full resolution, or at half in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chroma {
    /// Half resolution: the usual choice for photographs.
    #[serde(rename = "4:2:0")]
    Half,
    /// Full resolution: for red text and hard coloured edges.
    #[serde(rename = "4:4:4")]
    Full,
}

/// Says how much time a file may take to become smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// As little as possible.
    Fast,
    /// As long as it saves much.
    Balanced,
    /// As long as it saves anything.
    Small,
}

/// Says how a picture is written. Options that a format has no use for are ignored by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encode {
    /// JPEG and lossy WebP: 1 to 100.
    pub quality: u8,
    /// JPEG: how colour is stored.
    pub chroma: Chroma,
    /// JPEG: whether the file shows a coarse picture first.
    pub progressive: bool,
    /// WebP: whether every pixel is kept.
    pub lossless: bool,
    /// How long to look for a smaller file.
    pub effort: Effort,
}

impl Default for Encode {
    fn default() -> Self {
        Encode { quality: 85, chroma: Chroma::Half, progressive: false, lossless: false, effort: Effort::Balanced }
    }
}
