//! Says in words what a kind of value takes, to complete "expected …".

use crate::options::Kind;

impl Kind {
    /// Returns the values that the kind takes in words, to complete "expected …".
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Kind::Bool => "true or false".into(),
            Kind::Integer(low, high) => format!("a whole number from {low} to {high}"),
            Kind::Number(low, high) => format!("a number from {low} to {high}"),
            Kind::Count => "a count above zero, like 200M or 512MiB".into(),
            Kind::Share(high) => format!("a share from 0 to {}%, like 10% or 0.1", high * 100.0),
            Kind::Word(words) => format!("one of {}", words.join(", ")),
            Kind::Color => "a colour, like white or \"#ffffff\"".into(),
            Kind::Anchor => "an anchor: center, top, bottom, left, right, top_left, … or {x: 0.5, y: 0.33}".into(),
            Kind::Text => "some text".into(),
            Kind::Path => "a path".into(),
            Kind::Library => "the path or the name of a library".into(),
            Kind::List(inner) => format!("a list, each item {}", inner.expected()),
            Kind::Or(word, inner) => format!("{word} or {}", inner.expected()),
            Kind::Optional(inner) => inner.expected(),
            Kind::Seconds => "a time like 2s or 1m 30s".into(),
            Kind::Map(fields) => {
                let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
                format!("a map with {}", names.join(", "))
            }
            Kind::MapOf(inner) => format!("a map, each value {}", inner.expected()),
            Kind::Any => "any value".into(),
            Kind::Custom { expected, .. } => expected(),
        }
    }
}
