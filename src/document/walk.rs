//! One walk through the values of a YAML text that keeps none of them: it finds where a map has a
//! key twice, of which the parser knows only where the map begins, and whether there are more
//! values than a document may have.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::Deserializer;
use serde::de::DeserializeSeed;
use serde::de::EnumAccess;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::VariantAccess;
use serde::de::Visitor;

use crate::document::places::BYTES_MAX;
use crate::document::places::VALUES_MAX;

/// The text of the error that means "found"; the key stands behind it.
const TWICE: &str = "\u{1}twice:";

/// The text of the error that means that a bound was met.
const MANY: &str = "\u{1}many";

/// Find of a walk, with line and column, both from 1.
#[derive(Debug)]
pub(super) enum WalkResult {
    /// The first key that stands twice in one map.
    Twice(String, (usize, usize)),
    /// The value that is one too many.
    Many((usize, usize)),
}

/// Returns the first repeated key or the value that is one too many; `None` if there is neither before the end, or
/// before something that is not YAML.
pub(super) fn walk(text: &str) -> Option<WalkResult> {
    let left = Left { values: Cell::new(VALUES_MAX), bytes: Cell::new(BYTES_MAX) };
    let error = Walk(&left).deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
    let (location, said) = (error.location()?, error.to_string());
    let place = (location.line(), location.column());
    if said.contains(MANY) {
        return Some(WalkResult::Many(place));
    }
    let key = said.split_once(TWICE)?.1.split('\u{1}').next()?;
    Some(WalkResult::Twice(key.to_owned(), place))
}

/// Bounds on what may still come.
struct Left {
    values: Cell<usize>,
    bytes: Cell<usize>,
}

impl Left {
    fn take<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.values.get().checked_sub(1).zip(self.bytes.get().checked_sub(bytes));
        let (values, bytes) = left.ok_or_else(|| E::custom(MANY))?;
        self.values.set(values);
        self.bytes.set(bytes);
        Ok(())
    }
}

/// Reads everything and keeps nothing.
#[derive(Clone, Copy)]
struct Walk<'a>(&'a Left);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.take(0)?;
        let mut seen = HashSet::new();
        while map.next_key_seed(Key { seen: &mut seen, walk: self })?.is_some() {
            map.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.take(0)?;
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        let ((), value) = tagged.variant_seed(self)?;
        value.newtype_variant_seed(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.take(text.len())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.0.take(0)
    }
}

/// Reads a key that must be new.
struct Key<'a> {
    seen: &'a mut HashSet<String>,
    walk: Walk<'a>,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        self.walk.0.take(key.len())?;
        if self.seen.insert(key.to_owned()) { Ok(()) } else { Err(E::custom(format!("{TWICE}{key}\u{1}"))) }
    }

    fn visit_u64<E: Error>(self, key: u64) -> Result<(), E> {
        self.visit_str(&key.to_string())
    }

    fn visit_i64<E: Error>(self, key: i64) -> Result<(), E> {
        self.visit_str(&key.to_string())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.walk.0.take(0)
    }

    fn visit_bool<E: Error>(self, key: bool) -> Result<(), E> {
        self.visit_str(&key.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.walk.0.take(0)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.walk.visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        self.walk.visit_seq(seq)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        self.walk.visit_enum(tagged)
    }
}
