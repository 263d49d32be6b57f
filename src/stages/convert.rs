//! `convert`: the format of the output and how it is written.

use std::sync::Arc;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use crate::codecs::Encoding;
use crate::codecs::Format;
use crate::codecs::encoder_fields;
use crate::codecs::unwritten;
use crate::error::Failure;
use crate::options::Color;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Problem;
use crate::options::Values;
use crate::options::typed;
use crate::stages::ActingInput;
use crate::stages::OutputFormat;
use crate::stages::Stage;
use crate::stages::StageDef;
use crate::stages::stage::without;

/// The format, what its encoder has to know, and what becomes of transparent pixels.
static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let format = Field::new("format", FORMAT, "jpeg", "the format, or the source's own");
    let alpha = Field::new("alpha", Kind::Word(&["keep", "flatten"]), "keep", "flatten: no transparency in any format");
    let background = Field::new(
        "background",
        Kind::Color,
        "white",
        "what lies under transparent pixels where they are flattened or the format has no alpha",
    );
    [vec![format], encoder_fields(), vec![alpha, background]].concat()
});

pub(super) static STAGE: StageDef = StageDef {
    fields: || &FIELDS,
    revision: 3,
    ..StageDef::new("convert", "writes the file; metadata is left out, the colours are sRGB", |values, _| {
        Arc::new(Convert::new(values))
    })
};

/// Says what the file is, and how it is written.
#[derive(Debug)]
pub struct Convert {
    /// Says what the file is.
    pub output: OutputFormat,
    /// Says how it is written: in the format that is asked for, or in each that a source may have.
    pub encodings: Vec<Encoding>,
    /// Tells whether transparent pixels are flattened in formats with alpha too.
    pub flattens: bool,
    /// Says what lies under transparent pixels where they are flattened.
    pub background: Color,
}

impl Convert {
    fn new(values: &Values) -> Self {
        let options: Options = typed(values);
        let output = Format::named(&options.format).map_or(OutputFormat::Source, OutputFormat::Fixed);
        let formats = Format::written().filter(|format| output.of(*format) == *format);
        Convert {
            output,
            encodings: formats.filter_map(|format| Encoding::new(format, values).ok()).collect(),
            flattens: options.alpha == Alpha::Flatten,
            background: options.background,
        }
    }

    /// Returns how a file of `format` is written; [`OutputFormat::of`] says which an output has.
    ///
    /// # Errors
    /// [`Class::Unsupported`](crate::error::Class::Unsupported) if an output would have the format of its
    /// source, and files of that are only read.
    pub fn encoding(&self, format: Format) -> Result<&Encoding, Failure> {
        self.encodings.iter().find(|encoding| encoding.format() == format).ok_or_else(|| unwritten(format))
    }

    /// Returns those of these options that files of `format` can depend on.
    fn own(&self, values: &Values, format: Format) -> Values {
        let Some(encoder) = format.encoder() else { return values.clone() };
        let own = |option: &str| encoder.fields.iter().any(|field| field.name == option);
        let ignored = encoder_fields().into_iter().map(|field| field.name).filter(|option| !own(option));
        let (alpha, background) =
            if encoder.has_alpha { (None, (!self.flattens).then_some("background")) } else { (Some("alpha"), None) };
        without(values, &ignored.chain(alpha).chain(background).collect::<Vec<_>>())
    }

    /// Returns what transparent pixels are laid on in a file of `format`; nothing if they are kept.
    #[must_use]
    pub fn background_in(&self, format: Format) -> Option<Color> {
        let keeps_alpha = !self.flattens && self.encoding(format).is_ok_and(Encoding::has_alpha);
        (!keeps_alpha).then_some(self.background)
    }
}

impl Stage for Convert {
    fn changes_pixels(&self) -> bool {
        false
    }

    fn decisive(&self, values: &Values) -> Values {
        match self.output {
            OutputFormat::Source => values.clone(),
            OutputFormat::Fixed(format) => self.own(values, format),
        }
    }

    fn acting(&self, values: &Values, output: &ActingInput<'_>) -> Option<Values> {
        let format = self.output.of(output.header.format);
        // Margins may be transparent where the source is not.
        let may_be_clear = output.header.channels.has_alpha() || !output.layout.margins().is_empty();
        let idle: &[&str] = if may_be_clear { &[] } else { &["alpha", "background"] };
        let of_encoder = self.encoding(format).map_or(&[][..], Encoding::idle);
        let mut acting = without(&self.own(values, format), &[idle, of_encoder].concat());
        acting.insert("format", format.name().into());
        Some(acting)
    }
}

/// A format of the table, or the source's own.
const FORMAT: Kind = Kind::Custom { parse: parse_format, schema: || json!({"enum": words()}), expected };

fn expected() -> String {
    format!("one of {}", words().join(", "))
}

const SOURCE: &str = "source";

fn words() -> Vec<&'static str> {
    Format::written().map(Format::name).chain([SOURCE]).collect()
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
    alpha: Alpha,
    background: Color,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Alpha {
    Keep,
    Flatten,
}
