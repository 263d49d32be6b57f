//! Keys: read late, placed by one function, and never shown.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::fs::OpenOptions;
use std::io::Read;
use std::iter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::providers::KeyPlacement;
use crate::providers::SecretError;
use crate::providers::SecretFileError;
use crate::providers::SecretTextError;
use crate::providers::spelled::Spelling;

/// Text that stands where a key was.
pub const SCRUBBED: &str = "[key]";

/// Stands in what is recorded of a job where a part of a key was, or another coding of it.
const SCRUBBED_PART: &str = "[part of key]";

/// Sign between the parts of a key that is joined.
const JOINT: &str = ":";

/// Most characters of a message with what a provider said.
const LONGEST_MESSAGE: usize = 400;

/// The shortest part of a joined key that is looked for by itself: a shorter one, like a plain
/// number, stands in texts by chance.
const SHORTEST_PART: usize = 8;

/// Most bytes of a file that holds a key; the longest keys have a few thousand.
const LONGEST_FILE: u64 = 64 << 10;

/// A provider's key. It has no ways out but [`Secret::place`] and [`Secret::restore`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub(in crate::providers) text: String,
    /// Parts from which it was joined, if it was.
    parts: Vec<String>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCRUBBED)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCRUBBED)
    }
}

impl Secret {
    /// Returns the key that the environment names: in the variable itself, or in the file that the variable with
    /// `_FILE` behind it names; else joined from the variables of [`KeyPlacement::or_joined`].
    ///
    /// # Errors
    /// What to set, or what is wrong with what is set; never the key.
    pub fn read(key: &KeyPlacement) -> Result<Secret, SecretError> {
        Secret::find(key, |name| std::env::var_os(name))
    }

    /// Returns the same, with variables looked up by `variable`.
    ///
    /// # Errors
    /// As [`Secret::read`].
    pub fn find(key: &KeyPlacement, variable: impl Fn(&str) -> Option<OsString>) -> Result<Secret, SecretError> {
        if let Some(secret) = Secret::named(&key.env, &variable)? {
            return Ok(secret);
        }
        let (mut parts, mut missing) = (Vec::new(), Vec::new());
        for name in &key.or_joined {
            match Secret::named(name, &variable)? {
                Some(part) => parts.push(part.text),
                None => missing.push(name.clone()),
            }
        }
        match (parts.is_empty(), missing.is_empty()) {
            (false, true) => Ok(Secret { text: parts.join(JOINT), parts }),
            (false, false) => Err(SecretError::Half { env: key.env.clone(), missing }),
            (true, _) => Err(SecretError::Unset { env: key.env.clone(), joined: key.or_joined.clone() }),
        }
    }

    /// Reads the key in this variable, or in the file that the variable with `_FILE` appended names; `None` if neither
    /// is set.
    fn named(name: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Secret>, SecretError> {
        let file = format!("{name}_FILE");
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(value) = set(name) {
            let text = value.into_string().map_err(|_| SecretTextError::NotText);
            let key = text.and_then(|text| Secret::new(&text));
            return key.map(Some).map_err(|why| SecretError::Variable { variable: name.to_owned(), why });
        }
        let Some(path) = set(&file) else { return Ok(None) };
        let key = read_key_file(Path::new(&path)).and_then(|text| Ok(Secret::new(&text)?));
        key.map(Some).map_err(|why| SecretError::File { variable: file, why })
    }

    /// Makes a key of a text, without the white space around it.
    ///
    /// # Errors
    /// Why the text cannot be a key, to complete "the text …".
    pub fn new(text: &str) -> Result<Secret, SecretTextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SecretTextError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SecretTextError::Signs);
        }
        Ok(Secret { text: text.to_owned(), parts: Vec::new() })
    }
}

/// Keys of providers, for finding them where they must not be. They cannot be read out again.
#[derive(Clone, Default)]
pub struct Secrets {
    spellings: Arc<[Spelling]>,
    /// For each of them, `true` if it is a whole key and no part of one.
    whole: Arc<[bool]>,
}

impl Secrets {
    /// Holds these keys.
    #[must_use]
    pub fn of<'a>(keys: impl IntoIterator<Item = &'a Secret>) -> Self {
        // A provider may repeat the one part that is secret.
        let parts = |key: &'a Secret| key.parts.iter().filter(|part| part.len() >= SHORTEST_PART);
        let texts = |key: &'a Secret| iter::once((&*key.text, true)).chain(parts(key).map(|part| (&**part, false)));
        Secrets::of_texts(keys.into_iter().flat_map(texts))
    }

    /// Holds these keys; empty ones are left out.
    #[must_use]
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Secrets::of_texts(keys.into_iter().map(|key| (key, true)))
    }

    /// Holds these texts, each with whether it is a whole key.
    fn of_texts<'a>(texts: impl Iterator<Item = (&'a str, bool)>) -> Self {
        // Half of a joined key is a secret by itself.
        let halves =
            |key: &'a str| key.split(JOINT).filter(|half| half.len() >= SHORTEST_PART && half.len() < key.len());
        let texts = texts.filter(|(text, _)| !text.is_empty());
        let texts = texts.flat_map(|(text, is_whole)| halves(text).map(|half| (half, false)).chain([(text, is_whole)]));
        let spelled = |(text, is_whole)| Spelling::all_of(text).into_iter().map(move |spelling| (spelling, is_whole));
        let (spellings, whole): (Vec<Spelling>, Vec<bool>) = texts.flat_map(spelled).unzip();
        Secrets { spellings: spellings.into(), whole: whole.into() }
    }

    /// Tells whether any key stands in `text`, in whatever case and coding: percent-encoded, as JSON or HTML write
    /// it, in hexadecimal, or inside base64.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        matches!(self.scrub(text), Cow::Owned(_))
    }

    /// Returns the text with [`SCRUBBED`] in the place of every key.
    #[must_use]
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.scrub_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // A key begins and ends where characters do.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// Returns the same for bytes that need not be text.
    #[must_use]
    pub fn scrub_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        self.replaced(bytes, |_| SCRUBBED)
    }

    /// Returns the text with [`SCRUBBED`] only where exactly a key was, which [`Secret::restore`] may put back. In the
    /// place of parts of it and of other codings, of which that is not possible, stands another mark.
    #[must_use]
    pub(in crate::providers) fn scrub_to_restore(&self, text: &str) -> String {
        // The provider's own words must not be taken for the mark.
        let text = text.replace(SCRUBBED, SCRUBBED_PART);
        let is_whole =
            |found: &[u8]| self.spellings.iter().zip(&*self.whole).any(|(one, whole)| *whole && one.is(found));
        let mark = |found: &[u8]| if is_whole(found) { SCRUBBED } else { SCRUBBED_PART };
        String::from_utf8_lossy(&self.replaced(text.as_bytes(), mark)).into_owned()
    }

    fn replaced<'a>(&self, bytes: &'a [u8], mark: impl Fn(&[u8]) -> &'static str) -> Cow<'a, [u8]> {
        let mut begins = [false; 256];
        self.spellings.iter().flat_map(Spelling::beginnings).for_each(|byte| begins[usize::from(byte)] = true);
        let (mut kept, mut from, mut at) = (Vec::new(), 0, 0);
        while let Some(further) = bytes[at..].iter().position(|&byte| begins[usize::from(byte)]) {
            at += further;
            // A key may be part of another one's spelling.
            match self.spellings.iter().filter_map(|spelling| spelling.end_in(&bytes[at..])).max() {
                Some(length) => {
                    kept.extend_from_slice(&bytes[from..at]);
                    kept.extend_from_slice(mark(&bytes[at..at + length]).as_bytes());
                    at += length;
                    from = at;
                }
                None => at += 1,
            }
        }
        if from == 0 {
            return Cow::Borrowed(bytes);
        }
        kept.extend_from_slice(&bytes[from..]);
        Cow::Owned(kept)
    }

    /// Returns a provider's words without any key, cut to a length for people. Cutting comes
    /// last: half a key would not be found.
    #[must_use]
    pub fn message(&self, said: &str) -> String {
        let mut line = self.scrub(said).into_owned();
        if let Some((end, _)) = line.char_indices().nth(LONGEST_MESSAGE) {
            line.truncate(end);
            line.push('…');
        }
        line
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

/// Reads a file that holds a key. It may be reached through links, as mounted secrets are, but is a
/// regular file: nothing is waited for, and no device is read without end.
///
/// # Errors
/// Why it holds no key, to complete "the file …"; never what it holds.
fn read_key_file(path: &Path) -> Result<String, SecretFileError> {
    // Looked at first: opening a device may do something.
    if !fs::metadata(path)?.is_file() {
        return Err(SecretFileError::NoFile);
    }
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(SecretFileError::NoFile);
    }
    let mut bytes = Vec::new();
    // What a system says of files that it makes up, such as those of /proc, need not be true.
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(SecretFileError::TooLong { most: LONGEST_FILE });
    }
    String::from_utf8(bytes).map_err(|_| SecretTextError::NotText.into())
}
