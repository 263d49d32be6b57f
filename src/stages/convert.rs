//! `convert`: the format of the output and how it is written.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use crate::codecs::CODECS;
use crate::codecs::Chroma;
use crate::codecs::Effort;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::options::Color;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Problem;
use crate::options::Values;
use crate::options::typed;
use crate::stages::Effects;
use crate::stages::OutputFormat;
use crate::stages::Stage;
use crate::stages::StageDef;
use crate::stages::stage::without;

const FIELDS: &[Field] = &[
    Field::new("format", FORMAT, "jpeg", "the format, or the source's own"),
    Field::new("quality", Kind::Integer(1, 100), "85", "jpeg and lossy webp: 1 is smallest, 100 best"),
    Field::new("chroma", Kind::Word(&["4:2:0", "4:4:4"]), "4:2:0", "jpeg: colour at half or at full resolution"),
    Field::new("progressive", Kind::Bool, "false", "jpeg: show a coarse picture first; smaller, slower to write"),
    Field::new("lossless", Kind::Bool, "false", "webp: keep every pixel"),
    Field::new(
        "effort",
        Kind::Word(&["fast", "balanced", "small"]),
        "balanced",
        "how long to look for a smaller file of the same quality",
    ),
    Field::new("alpha", Kind::Word(&["keep", "flatten"]), "keep", "flatten: no transparency in any format"),
    Field::new(
        "background",
        Kind::Color,
        "white",
        "what lies under transparent pixels where they are flattened or the format has no alpha",
    ),
];

pub(super) static STAGE: StageDef = StageDef {
    fields: || FIELDS,
    revision: 3,
    ..StageDef::new("convert", "writes the file; metadata is left out, the colours are sRGB", |values, _| {
        Arc::new(Convert::new(values))
    })
};

/// Says what the file is, and how it is written.
pub struct Convert {
    /// What the file is.
    pub output: OutputFormat,
    /// How it is written.
    pub encode: Encode,
    /// Whether transparent pixels are flattened in formats with alpha too.
    pub flattens: bool,
    /// What lies under transparent pixels where they are flattened.
    pub background: Color,
}

impl Convert {
    fn new(values: &Values) -> Self {
        let options: Options = typed(values);
        Convert {
            output: Format::named(&options.format).map_or(OutputFormat::Source, OutputFormat::Fixed),
            encode: Encode {
                quality: options.quality,
                chroma: options.chroma,
                progressive: options.progressive,
                lossless: options.lossless,
                effort: options.effort,
            },
            flattens: options.alpha == Alpha::Flatten,
            background: options.background,
        }
    }

    /// Returns what transparent pixels are laid on in a file of `format`; nothing if they are kept.
    #[must_use]
    pub fn background_in(&self, format: Format) -> Option<Color> {
        (self.flattens || !format.codec().has_alpha()).then_some(self.background)
    }
}

impl Stage for Convert {
    fn acting(&self, values: &Values, _effects: Effects) -> Values {
        let OutputFormat::Fixed(format) = self.output else { return values.clone() };
        let (codec, ours) = (format.codec(), ["quality", "chroma", "progressive", "lossless", "effort"]);
        let ignored = ours.into_iter().filter(|option| !codec.encode_options().contains(option));
        let (alpha, background) =
            if codec.has_alpha() { (None, (!self.flattens).then_some("background")) } else { (Some("alpha"), None) };
        without(values, &ignored.chain(alpha).chain(background).collect::<Vec<_>>())
    }
}

/// A format of the table, or the source's own.
const FORMAT: Kind = Kind::Custom { parse: parse_format, schema: || json!({"enum": words()}), expected };

fn expected() -> String {
    format!("one of {}", words().join(", "))
}

const SOURCE: &str = "source";

fn words() -> Vec<&'static str> {
    CODECS.iter().map(|codec| codec.format().name()).chain([SOURCE]).collect()
}

fn parse_format(written: &Value) -> Result<Value, Vec<Problem>> {
    match written.as_str() {
        Some(word) if words().contains(&word) => Ok(written.clone()),
        Some(word) => Err(vec![Problem::unknown("format", word, "", words().into_iter()).at_value()]),
        None => Err(vec![Problem::new(format!("{written} is not {}", expected()))]),
    }
}

#[derive(Deserialize)]
struct Options {
    format: String,
    quality: u8,
    chroma: Chroma,
    progressive: bool,
    lossless: bool,
    effort: Effort,
    alpha: Alpha,
    background: Color,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Alpha {
    Keep,
    Flatten,
}
