//! The directories of a TIFF structure, each met once.

/// Types in which pointers are stored.
const SHORT: u16 = 3;
const LONG: u16 = 4;

/// Place of the header's pointer to the first directory.
const FIRST: usize = 4;

/// Bytes of an entry of a directory: tag, type, count, and the value or where it lies.
const ENTRY: usize = 12;

/// Tells directories apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One of the chain that begins in the header.
    Chained,
    /// The one of Exif.
    Exif,
    /// Those of GPS and interoperability.
    Last,
}

impl Kind {
    /// The directory to which an entry with this tag points, if it is a pointer (Exif 3.0, 4.6.3).
    fn below(self, tag: u16) -> Option<Kind> {
        match (self, tag) {
            (Kind::Chained, 0x8769) => Some(Kind::Exif),
            (Kind::Chained, 0x8825) | (Kind::Exif, 0xa005) => Some(Kind::Last),
            _ => None,
        }
    }
}

/// A pointer to a directory.
struct Pointer {
    kind: Kind,
    /// Leads to this place.
    start: usize,
    /// Bytes that make it none if they are 0.
    cut: [usize; 2],
}

/// Returns a structure in which no directory is met twice. The reader follows every pointer of every
/// directory, so that kilobytes of pointers to one place would become gigabytes of fields. Of each
/// tag the first pointer stays, unless it leads to where another has led.
pub(super) fn untangled(tiff: &[u8]) -> Vec<u8> {
    let mut tiff = Tiff { is_little: tiff.starts_with(b"II"), bytes: tiff.to_vec() };
    let (mut met, mut tags) = (Vec::new(), Vec::new());
    let mut pointers: Vec<Pointer> = tiff.link(FIRST).into_iter().collect();
    while let Some(Pointer { kind, start, cut: [place, length] }) = pointers.pop() {
        if met.contains(&start) {
            tiff.bytes[place..][..length].fill(0);
            continue;
        }
        met.push(start);
        let entries = usize::from(tiff.short(start).unwrap_or(0));
        let mut next = Vec::new();
        for entry in (0..entries).map(|number| start + 2 + ENTRY * number) {
            let Some(tag) = tiff.short(entry) else { break };
            let Some(below) = kind.below(tag) else { continue };
            match tiff.pointer(entry).filter(|_| !tags.contains(&tag)) {
                Some(start) => {
                    tags.push(tag);
                    next.push(Pointer { kind: below, start, cut: [entry, 2] });
                }
                None => tiff.bytes[entry..][..2].fill(0),
            }
        }
        if kind == Kind::Chained {
            pointers.extend(tiff.link(start + 2 + ENTRY * entries));
        }
        pointers.extend(next.into_iter().rev());
    }
    tiff.bytes
}

/// The bytes of a structure and how its numbers are stored.
struct Tiff {
    is_little: bool,
    bytes: Vec<u8>,
}

impl Tiff {
    fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..)?.first_chunk().copied()
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = self.array(at)?;
        Some(if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let bytes = self.array(at)?;
        let long = if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
        usize::try_from(long).ok()
    }

    /// The next directory of the chain, to which the bytes at this place point.
    fn link(&self, at: usize) -> Option<Pointer> {
        let start = self.long(at).filter(|&start| start > 0)?;
        Some(Pointer { kind: Kind::Chained, start, cut: [at, 4] })
    }

    /// Returns the place to which an entry leads that is a pointer.
    fn pointer(&self, entry: usize) -> Option<usize> {
        match self.short(entry + 2)? {
            SHORT => self.short(entry + 8).map(usize::from),
            LONG => self.long(entry + 8),
            _ => None,
        }
    }
}
