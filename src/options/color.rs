//! Colours as users write them.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;

/// An sRGB colour with straight alpha, 8 bits a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    /// Red, green, blue, alpha.
    pub rgba: [u8; 4],
}

impl Color {
    /// Opaque white.
    pub const WHITE: Color = Color { rgba: [255; 4] };

    /// Tells whether red, green and blue are the same.
    #[must_use]
    pub fn is_gray(&self) -> bool {
        let [red, green, blue, _] = self.rgba;
        red == green && green == blue
    }
}

/// Says that a text is no colour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a colour; write a name like white, or \"#ffffff\" in quotes")]
pub struct ColorError(String);

impl FromStr for Color {
    type Err = ColorError;

    /// Reads CSS colours: `white`, `#fff`, `#ffffff80`, `rgb(255 255 255)`.
    fn from_str(text: &str) -> Result<Self, ColorError> {
        match csscolorparser::parse(text) {
            Ok(color) => Ok(Color { rgba: color.to_rgba8() }),
            Err(_) => Err(ColorError(text.to_owned())),
        }
    }
}

impl fmt::Display for Color {
    /// Writes the canonical form, `#rrggbb` or, if not opaque, `#rrggbbaa`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue, alpha] = self.rgba;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")?;
        if alpha == 255 { Ok(()) } else { write!(f, "{alpha:02x}") }
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
