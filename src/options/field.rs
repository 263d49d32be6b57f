//! Describes options and the kinds of values that they take: the rows of the static tables.

use serde_json::Value;

use crate::options::Problem;

/// One option: its name, what it takes, what it is if left out, and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The word in the pipeline file.
    pub name: &'static str,
    /// Values that it takes.
    pub kind: Kind,
    /// The value if none is written, as a user would write it; none if it must be said.
    pub default: Option<&'static str>,
    /// One line for help, schema and reference.
    pub doc: &'static str,
    /// Set where the option only decides what is refused or how fast it goes: a finished output stays as it is when
    /// it changes, a failed one is tried again.
    pub is_limit: bool,
}

impl Field {
    /// Makes an option; see the fields of [`Field`].
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Self {
        Field { name, kind, default: Some(default), doc, is_limit: false }
    }

    /// Makes an option that must be written.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Field { name, kind, default: None, doc, is_limit: false }
    }

    /// Returns the same, as one that changes no pixel; see [`Field::is_limit`].
    #[must_use]
    pub const fn limit(self) -> Self {
        Field { is_limit: true, ..self }
    }

    /// Returns the default as a user would write it, if there is one.
    #[must_use]
    pub fn written_default(&self) -> Option<Value> {
        // Numbers, lists and null are written as in JSON; everything else is a bare word.
        self.default.map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
    }
}

/// Values that an option takes: how they are read, checked, described and made canonical.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number between two bounds, both allowed.
    Integer(u64, u64),
    /// A number between two bounds, both allowed.
    Number(f64, f64),
    /// A count of pixels or bytes, above zero: `200M`, `512MiB`.
    Count,
    /// A share between 0 and this bound, written `10%` or `0.1`.
    Share(f64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A colour: a name, or `"#fff"`.
    Color,
    /// One of the nine names, or `{x: 0.5, y: 0.33}`.
    Anchor,
    /// Any text that is not empty.
    Text,
    /// A path, relative to the file in which it stands; see `stand_in`.
    Path,
    /// The same, or the bare name of a library that the system looks for.
    Library,
    /// A list; one value stands for a list of one.
    List(&'static Kind),
    /// This word, or the inner kind.
    Or(&'static str, &'static Kind),
    /// Nothing (`null`), or the inner kind.
    Optional(&'static Kind),
    /// Seconds, written `2s`, `1m 30s` or as a number.
    Seconds,
    /// A map with these options; what is left out has its default.
    Map(&'static [Field]),
    /// A map from any word to this kind.
    MapOf(&'static Kind),
    /// Any value at all, kept as it is.
    Any,
    /// A kind that a higher layer defines.
    Custom {
        /// Reads and checks a value and makes it canonical.
        parse: fn(&Value) -> Result<Value, Vec<Problem>>,
        /// The JSON Schema of what it takes.
        schema: fn() -> Value,
        /// Describes the values, to complete "expected …".
        expected: fn() -> String,
    },
}
