//! Many paths, packed, each with a number.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::hash::BuildHasher;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;

use hashbrown::DefaultHashBuilder;
use hashbrown::HashTable;

use crate::manifest::slots::Slots;

/// Says that there are more paths than numbers or places for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more paths than can be kept")]
pub(super) struct TooManyPaths;

/// Holds paths by number and numbers by path. Paths are compared byte by byte, as they are always written in
/// the same way. What goes up to the last slash is kept once for each folder.
#[derive(Debug, Default)]
pub(super) struct Paths {
    texts: Texts,
    /// Says by number at which place in the text a path stands.
    places: Slots<u32>,
    numbers: HashTable<u32>,
    /// Holds the places of the folders.
    folders: HashTable<u32>,
    /// Names the place of the folder that was added last: paths come folder by folder.
    last: Option<u32>,
    hashing: DefaultHashBuilder,
}

/// Holds a path in two parts: its folder with the slash, and its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Parts<'a>(&'a [u8], &'a [u8]);

impl<'a> Parts<'a> {
    fn of(path: &'a OsStr) -> Self {
        let path = path.as_bytes();
        let (folder, name) = path.split_at(memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1));
        Parts(folder, name)
    }
}

impl Paths {
    /// Returns the number of a path that is known.
    pub(super) fn find(&self, path: &Path) -> Option<u32> {
        let parts = Parts::of(path.as_os_str());
        let is_same = |number: &u32| self.texts.parts(self.places[*number]) == parts;
        self.numbers.find(self.hash(parts), is_same).copied()
    }

    /// Returns the number of a path, the next one if it is new. Numbers count up from 0.
    ///
    /// # Errors
    /// If there are more paths than can be kept.
    pub(super) fn number(&mut self, path: &Path) -> Result<u32, TooManyPaths> {
        if let Some(number) = self.find(path) {
            return Ok(number);
        }
        let parts = Parts::of(path.as_os_str());
        let hash = self.hash(parts);
        let folder = self.folder(parts.0)?;
        let place = self.texts.add(&folder.to_le_bytes(), parts.1)?;
        let number = self.places.put(place);
        let Paths { texts, places, numbers, hashing, .. } = self;
        numbers.insert_unique(hash, number, |number| hashing.hash_one(texts.parts(places[*number])));
        Ok(number)
    }

    /// Counts the paths.
    pub(super) fn len(&self) -> u32 {
        self.places.len()
    }

    /// Returns the path with a number.
    pub(super) fn path(&self, number: u32) -> PathBuf {
        let Parts(folder, name) = self.texts.parts(self.places[number]);
        OsString::from_vec([folder, name].concat()).into()
    }

    /// Returns the bytes that are taken.
    pub(super) fn memory(&self) -> usize {
        // A byte of control for each place.
        let table = |table: &HashTable<u32>| table.capacity() * (size_of::<u32>() + 1) * 8 / 7;
        self.texts.memory() + self.places.memory() + table(&self.numbers) + table(&self.folders)
    }

    fn hash(&self, parts: Parts<'_>) -> u64 {
        self.hashing.hash_one(parts)
    }

    fn folder(&mut self, folder: &[u8]) -> Result<u32, TooManyPaths> {
        if let Some(last) = self.last.filter(|last| self.texts.text(*last) == folder) {
            return Ok(last);
        }
        let Paths { texts, folders, hashing, .. } = self;
        let hash = hashing.hash_one(folder);
        let place = match folders.find(hash, |place| texts.text(*place) == folder) {
            Some(place) => *place,
            None => {
                let place = texts.add(&[], folder)?;
                *folders.insert_unique(hash, place, |place| hashing.hash_one(texts.text(*place))).get()
            }
        };
        self.last = Some(place);
        Ok(place)
    }
}

/// Counts the bytes of one block, as a power of two; a text that is longer has a block of its own.
const BLOCK: u32 = 16;

/// Says that a length does not fit into one byte, and comes after it in four.
const LONG: u8 = u8::MAX;

/// Holds texts, one after the other, each at a place: the block in the upper bits, where in it in the lower ones.
#[derive(Debug, Default)]
struct Texts(Vec<Vec<u8>>);

impl Texts {
    /// Adds a text with something before it, and returns the place.
    fn add(&mut self, before: &[u8], text: &[u8]) -> Result<u32, TooManyPaths> {
        let most = before.len() + 1 + size_of::<u32>() + text.len();
        if self.0.last().is_none_or(|block| block.len() + most > 1 << BLOCK) {
            self.0.push(Vec::with_capacity(most.max(1 << BLOCK)));
        }
        let number = self.0.len() - 1;
        let block = &mut self.0[number];
        let place = u32::try_from(number << BLOCK | block.len()).map_err(|_| TooManyPaths)?;
        block.extend_from_slice(before);
        match u8::try_from(text.len()).ok().filter(|length| *length != LONG) {
            Some(length) => block.push(length),
            None => {
                block.push(LONG);
                block.extend_from_slice(&u32::try_from(text.len()).map_err(|_| TooManyPaths)?.to_le_bytes());
            }
        }
        block.extend_from_slice(text);
        Ok(place)
    }

    fn at(&self, place: u32) -> &[u8] {
        &self.0[(place >> BLOCK) as usize][(place & ((1 << BLOCK) - 1)) as usize..]
    }

    /// Returns the text at a place before which nothing stands.
    fn text(&self, place: u32) -> &[u8] {
        text(self.at(place))
    }

    /// Returns the path at a place.
    fn parts(&self, place: u32) -> Parts<'_> {
        let (folder, name) = number(self.at(place));
        Parts(self.text(folder), text(name))
    }

    fn memory(&self) -> usize {
        self.0.iter().map(Vec::capacity).sum()
    }
}

fn number(bytes: &[u8]) -> (u32, &[u8]) {
    bytes.split_first_chunk().map_or((0, &[]), |(number, rest)| (u32::from_le_bytes(*number), rest))
}

fn text(bytes: &[u8]) -> &[u8] {
    match bytes.split_first() {
        Some((&LONG, rest)) => {
            let (length, rest) = number(rest);
            &rest[..length as usize]
        }
        Some((&length, rest)) => &rest[..usize::from(length)],
        None => &[],
    }
}
