//! Templates of output paths.

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;

use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::options::nearest;
use crate::pipeline::template_error::TemplateError;

/// Bytes that one name in a path may have on every file system in common use.
const NAME_MAX: usize = 255;

/// Bytes that a path may have, the end mark of C left out.
const PATH_MAX: usize = 4095;

/// Word that a template may put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The source's folder, relative to the input root; empty for sources in the root.
    Dir,
    /// The source's name without its extension.
    Stem,
    /// The target's name.
    Target,
    /// The extension of the format that is written.
    Ext,
    /// The source's extension, as it is written there.
    SourceExt,
    /// The output's width in pixels.
    Width,
    /// The output's height in pixels.
    Height,
    /// The digest of the source's bytes.
    Hash,
}

impl Placeholder {
    /// Every placeholder with its word.
    pub const ALL: [(&str, Placeholder); 8] = [
        ("dir", Placeholder::Dir),
        ("stem", Placeholder::Stem),
        ("target", Placeholder::Target),
        ("ext", Placeholder::Ext),
        ("source_ext", Placeholder::SourceExt),
        ("width", Placeholder::Width),
        ("height", Placeholder::Height),
        ("hash", Placeholder::Hash),
    ];
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Put(Placeholder),
}

/// The path of an output below the output folder, like `{dir}/{stem}.{target}.{ext}`. `{{` and
/// `}}` stand for braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

/// Values of a template's placeholders in one task.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The source, relative to the input root.
    pub source: &'a Path,
    /// The target's name.
    pub target: &'a str,
    /// The extension that is written, without dot.
    pub ext: &'a str,
    /// The output's size; wanted if [`Template::needs_header`].
    pub size: Option<Size>,
    /// The digest of the source; wanted if [`Template::needs_hash`].
    pub hash: Option<Digest>,
}

impl Template {
    /// Reads and checks a template.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let parts = parts_of(text)?;
        let shape: String = parts.iter().map(|part| if let Part::Literal(text) = part { text } else { "x" }).collect();
        if shape.is_empty() {
            return Err(TemplateError::Empty);
        }
        if shape.starts_with('/') {
            return Err(TemplateError::Absolute);
        }
        if shape.ends_with('/') {
            return Err(TemplateError::Folder);
        }
        if shape.contains('\\') {
            return Err(TemplateError::Backslash);
        }
        if shape.contains('\0') {
            return Err(TemplateError::Nul);
        }
        if shape.split('/').any(|segment| segment == "..") {
            return Err(TemplateError::Parent);
        }
        Ok(Template { text: text.to_owned(), parts })
    }

    /// Tells whether `placeholder` occurs.
    #[must_use]
    pub fn uses(&self, placeholder: Placeholder) -> bool {
        self.parts.contains(&Part::Put(placeholder))
    }

    /// Tells whether the output's size must be known, for which the source's header may be needed.
    #[must_use]
    pub fn needs_header(&self) -> bool {
        self.uses(Placeholder::Width) || self.uses(Placeholder::Height)
    }

    /// Tells whether all bytes of the source must have been read.
    #[must_use]
    pub fn needs_hash(&self) -> bool {
        self.uses(Placeholder::Hash)
    }

    /// Returns the path for one task, relative to the output folder, without empty or `.` segments.
    ///
    /// # Errors
    /// [`Class::Limit`] if the names make a path that is too long, or has a name longer than 255
    /// bytes; [`Class::Unsupported`] if it leaves the folder or is empty, or if a size or digest
    /// is needed and missing.
    pub fn render(&self, names: &Names<'_>) -> Result<PathBuf, Failure> {
        let mut rendered = Vec::with_capacity(64);
        for part in &self.parts {
            match part {
                Part::Literal(text) => rendered.extend_from_slice(text.as_bytes()),
                Part::Put(placeholder) => put(*placeholder, names, &mut rendered)?,
            }
        }
        normalised(&rendered)
    }
}

fn put(placeholder: Placeholder, names: &Names<'_>, rendered: &mut Vec<u8>) -> Result<(), Failure> {
    let os = |name: Option<&std::ffi::OsStr>| name.map(|name| name.as_bytes().to_vec()).unwrap_or_default();
    let size = || names.size.ok_or_else(|| unusable("the output's size is not known"));
    rendered.extend(match placeholder {
        Placeholder::Dir => os(names.source.parent().map(Path::as_os_str)),
        Placeholder::Stem => os(names.source.file_stem()),
        Placeholder::Target => names.target.as_bytes().to_vec(),
        Placeholder::Ext => names.ext.as_bytes().to_vec(),
        Placeholder::SourceExt => os(names.source.extension()),
        Placeholder::Width => size()?.width.to_string().into_bytes(),
        Placeholder::Height => size()?.height.to_string().into_bytes(),
        Placeholder::Hash => {
            names.hash.ok_or_else(|| unusable("the source's digest is not known"))?.to_string().into_bytes()
        }
    });
    Ok(())
}

fn unusable(why: impl AsRef<str>) -> Failure {
    Failure::new(Class::Unsupported, why)
}

fn normalised(rendered: &[u8]) -> Result<PathBuf, Failure> {
    let shown = || String::from_utf8_lossy(rendered).into_owned();
    let mut path = Vec::with_capacity(rendered.len());
    for segment in rendered.split(|&byte| byte == b'/') {
        match segment {
            b"" | b"." => continue,
            b".." => return Err(unusable(format!("`{}` leaves the output folder", shown()))),
            _ if segment.contains(&0) => return Err(unusable(format!("`{}` contains a NUL character", shown()))),
            _ if segment.len() > NAME_MAX => {
                let name = String::from_utf8_lossy(segment);
                let bytes = segment.len();
                let message = format!("the output's name `{name}` is longer than {NAME_MAX} bytes: it has {bytes}");
                return Err(Failure::new(Class::Limit, message));
            }
            _ => {}
        }
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(segment);
    }
    // A slash at the end would let the last folder become the file.
    if path.is_empty() || rendered.ends_with(b"/") {
        return Err(unusable(format!("`{}` names no file", shown())));
    }
    if path.len() > PATH_MAX {
        let message = format!("the output's path is longer than {PATH_MAX} bytes: it has {}", path.len());
        return Err(Failure::new(Class::Limit, message));
    }
    Ok(PathBuf::from(OsString::from_vec(path)))
}

fn parts_of(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
            continue;
        }
        let Some((word, after)) = rest.split_once('}').filter(|_| brace == "{") else {
            return Err(TemplateError::Brace(brace.to_owned()));
        };
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(Part::Put(placeholder(word)?));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn placeholder(word: &str) -> Result<Placeholder, TemplateError> {
    if let Some((_, known)) = Placeholder::ALL.iter().find(|(name, _)| *name == word) {
        return Ok(*known);
    }
    let known = Placeholder::ALL.map(|(name, _)| name);
    let hint = match nearest(word, &known) {
        Some(near) => format!("did you mean `{{{near}}}`?"),
        None => format!("known: {}", known.join(", ")),
    };
    Err(TemplateError::Unknown { word: word.to_owned(), hint })
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        Template::parse(text)
    }
}

impl fmt::Display for Template {
    /// Writes the template as it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
