//! Checks ICC profiles before the colour engine gets them, by ICC.1:2022: 7.2 (header), 7.3 (tag
//! table), 10.10 to 10.13 (tables).
//!
//! The engine allocates what a table says of its size before it looks for the numbers, so sizes
//! are compared here with what there is.

use std::borrow::Cow;

/// Reason for which a profile is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProfileRefusal {
    /// It is not what the standard says.
    Damaged,
    /// It describes other colours than the picture has, or no device at all.
    OtherKind,
    /// Its tables take more memory than is planned for.
    TooLarge,
}

/// A profile that describes a device with the colours of the picture.
#[derive(Debug)]
pub(super) struct Checked<'a> {
    /// The profile, without the tags that are not used.
    pub(super) icc: Cow<'a, [u8]>,
    /// Tells whether there is a table from device to colour; otherwise there are curves, and for RGB
    /// their primaries.
    pub(super) has_table: bool,
}

/// Most bytes of a profile. Those of printers have up to 3 MB.
const MAX_BYTES: usize = 4 << 20;

/// Most numbers in one table: 20 steps a side for four inks, where profiles have up to 17.
const MAX_NUMBERS: u64 = 500_000;

/// Most tags; the engine looks at no more.
const MAX_TAGS: usize = 100;

/// Scanners, displays, printers, colour spaces. The others (device links, abstract profiles, named
/// colours) lead from no device to a colour.
const CLASSES: [&[u8; 4]; 4] = [b"scnr", b"mntr", b"prtr", b"spac"];

/// Looks at the header, the tag table and the sizes of tables of a profile for pictures in this
/// colour space.
pub(super) fn check<'a>(icc: &'a [u8], space: &[u8; 4]) -> Result<Checked<'a>, ProfileRefusal> {
    if icc.len() > MAX_BYTES {
        return Err(ProfileRefusal::TooLarge);
    }
    if word(icc, 36)? != b"acsp" {
        return Err(ProfileRefusal::Damaged);
    }
    if word(icc, 16)? != space || !CLASSES.contains(&word(icc, 12)?) {
        return Err(ProfileRefusal::OtherKind);
    }
    if ![b"XYZ ", b"Lab "].contains(&word(icc, 20)?) {
        return Err(ProfileRefusal::Damaged);
    }
    let count = number(icc, 128)?;
    if count > MAX_TAGS {
        return Err(ProfileRefusal::Damaged);
    }
    let whole = &icc[..icc.len().min(number(icc, 0)?)];
    let mut checked = Checked { icc: icc.into(), has_table: false };
    for entry in (0..count).map(|index| 132 + 12 * index) {
        let name = word(icc, entry)?;
        match &name[..3] {
            // Of floating-point elements (ICC.1:2022, 10.16), which double the integer tables and
            // which few readers know.
            b"D2B" | b"B2D" => checked.icc.to_mut()[entry..entry + 4].fill(0),
            b"A2B" | b"B2A" => {
                let (start, length) = (number(icc, entry + 4)?, number(icc, entry + 8)?);
                // The engine would take it for missing, and another instead.
                let table = whole.get(start..start.saturating_add(length)).ok_or(ProfileRefusal::Damaged)?;
                check_table(table)?;
                checked.has_table |= matches!(name, b"A2B0" | b"A2B1");
            }
            _ => {}
        }
    }
    Ok(checked)
}

/// Compares the size that a table says with its bytes.
fn check_table(table: &[u8]) -> Result<(), ProfileRefusal> {
    let inputs = usize::from(byte(table, 8)?);
    let outputs = usize::from(byte(table, 9)?);
    let (sides, bytes, start): (Cow<'_, [u8]>, _, _) = match word(table, 0)? {
        b"mft1" => (vec![byte(table, 10)?; inputs].into(), 1, 48),
        b"mft2" => (vec![byte(table, 10)?; inputs].into(), 2, 52),
        b"mAB " | b"mBA " => {
            let start = number(table, 24)?;
            if start == 0 {
                return Ok(());
            }
            let sides = table.get(start..start.saturating_add(inputs.min(16))).ok_or(ProfileRefusal::Damaged)?;
            (sides.into(), usize::from(byte(table, start.saturating_add(16))?), start.saturating_add(20))
        }
        _ => return Err(ProfileRefusal::Damaged),
    };
    let mut numbers = outputs as u64;
    for side in sides.iter() {
        numbers = numbers.saturating_mul((*side).into());
    }
    let rest = table.len().saturating_sub(start) as u64;
    if numbers.saturating_mul(bytes as u64) > rest {
        return Err(ProfileRefusal::Damaged);
    }
    if numbers > MAX_NUMBERS { Err(ProfileRefusal::TooLarge) } else { Ok(()) }
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, ProfileRefusal> {
    bytes.get(at).copied().ok_or(ProfileRefusal::Damaged)
}

fn word(bytes: &[u8], at: usize) -> Result<&[u8; 4], ProfileRefusal> {
    bytes.get(at..).and_then(<[u8]>::first_chunk).ok_or(ProfileRefusal::Damaged)
}

fn number(bytes: &[u8], at: usize) -> Result<usize, ProfileRefusal> {
    word(bytes, at).map(|word| u32::from_be_bytes(*word) as usize)
}
