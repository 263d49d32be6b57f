//! Paths in records: text where they are UTF-8, bytes where they are not.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fmt;
use std::ops::Deref;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de;
use serde::ser::SerializeMap;

/// A path as a record holds it: a JSON string, or `{"bytes":"<hexadecimal>"}` if it is not
/// UTF-8. It borrows from the line that it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedPath<'a>(Cow<'a, Path>);

impl<'a> From<&'a Path> for RecordedPath<'a> {
    fn from(path: &'a Path) -> Self {
        RecordedPath(Cow::Borrowed(path))
    }
}

impl<'a> From<&'a OsStr> for RecordedPath<'a> {
    fn from(name: &'a OsStr) -> Self {
        RecordedPath(Cow::Borrowed(Path::new(name)))
    }
}

impl From<PathBuf> for RecordedPath<'_> {
    fn from(path: PathBuf) -> Self {
        RecordedPath(Cow::Owned(path))
    }
}

impl Deref for RecordedPath<'_> {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl fmt::Debug for RecordedPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for RecordedPath<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(text) = self.0.to_str() {
            return serializer.serialize_str(text);
        }
        let hex = HEXLOWER.encode(self.0.as_os_str().as_bytes());
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("bytes", &hex)?;
        map.end()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RecordedPath<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PathVisitor).map(RecordedPath)
    }
}

struct PathVisitor;

impl<'de> de::Visitor<'de> for PathVisitor {
    type Value = Cow<'de, Path>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path: a string, or {\"bytes\": hexadecimal digits}")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(Path::new(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(PathBuf::from(text)))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(("bytes", hex)) = map.next_entry::<&str, &str>()? else {
            return Err(de::Error::custom("a path that is not a string has only `bytes`"));
        };
        let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes());
        let bytes = bytes.map_err(|_| de::Error::custom("the bytes of a path are not hexadecimal"))?;
        if map.next_key::<&str>()?.is_some() {
            return Err(de::Error::custom("a path that is not a string has only `bytes`"));
        }
        Ok(Cow::Owned(PathBuf::from(OsString::from_vec(bytes))))
    }
}
