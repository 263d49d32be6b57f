//! Reads the colours of a file from its chunks, in the order of PNG, third edition, 4.3: cICP, iCCP, sRGB, and last
//! gAMA with cHRM.

use std::ops::Range;

use crate::codecs::color;
use crate::codecs::colorimetry;
use crate::codecs::colorimetry::Curve;
use crate::codecs::colorimetry::D65;
use crate::codecs::colorimetry::Primaries;
use crate::codecs::png::chunks::Chunk;
use crate::codecs::png::chunks::Walker;
use crate::codecs::png::chunks::checksum;
use crate::codecs::png::packed::unpacked;
use crate::codecs::read;
use crate::error::Failure;
use crate::raster::Channels;

/// Most bytes of a profile once unpacked. Those in use stay below; one that unpacks to more is a
/// bomb and is left out.
const PROFILE_BYTES: u64 = 4 << 20;

/// Code points of ITU-T H.273 for what is brighter than any sRGB picture: its curves cannot be
/// converted without changing what the picture looks like.
const PQ: u8 = 16;
const HLG: u8 = 18;

/// The chunks that describe colours.
#[derive(Debug, Default)]
pub(super) struct Description {
    /// Primaries, transfer, matrix and range (11.3.2.6).
    cicp: Option<[u8; 4]>,
    /// Range of the data of iCCP; it may be long.
    iccp: Option<Range<u64>>,
    is_srgb: bool,
    /// 100,000 times the exponent that light was coded with.
    gamma: Option<u32>,
    /// White, red, green and blue, x and y, 100,000 times.
    chromaticities: Option<[u32; 8]>,
}

/// Meaning of the samples of a picture.
#[derive(Debug, Default)]
pub(super) struct Understood {
    /// The profile that describes them; none means sRGB.
    pub(super) icc: Option<Vec<u8>>,
    /// Tells whether anything was said of colours that could be read.
    pub(super) is_described: bool,
    /// Tells whether black and white lie where video has them, not at the ends.
    pub(super) is_narrow: bool,
    /// As in [`Stored::warnings`](crate::codecs::Stored::warnings).
    pub(super) warning: Option<String>,
}

impl Description {
    /// Reads a chunk if it is one of these.
    pub(super) fn look(&mut self, walker: &mut Walker<'_>, chunk: Chunk) -> Result<(), Failure> {
        match (&chunk.kind, chunk.length) {
            (b"iCCP", _) if self.iccp.is_none() => {
                let begin = walker.end() - 4 - u64::from(chunk.length);
                self.iccp = Some(begin..walker.end());
            }
            (b"cICP", 4) if self.cicp.is_none() => {
                self.cicp = walker.data(chunk)?.as_deref().and_then(<[u8]>::first_chunk).copied();
            }
            (b"sRGB", 1) => self.is_srgb |= walker.data(chunk)?.is_some(),
            (b"gAMA", 4) if self.gamma.is_none() => {
                self.gamma = walker.data(chunk)?.and_then(|data| numbers::<1>(&data)).map(|[gamma]| gamma);
            }
            (b"cHRM", 32) if self.chromaticities.is_none() => {
                self.chromaticities = walker.data(chunk)?.and_then(|data| numbers(&data));
            }
            _ => {}
        }
        Ok(())
    }

    /// Tells whether any chunk says what the colours are.
    pub(super) fn is_any(&self) -> bool {
        self.cicp.is_some() || self.iccp.is_some() || self.gamma.is_some() || self.chromaticities.is_some()
    }

    /// Returns the most bytes of the profile, unpacked.
    pub(super) fn profile_bytes(&self) -> u64 {
        if self.iccp.is_some() { PROFILE_BYTES } else { 0 }
    }

    /// Fails for pictures that sRGB cannot show as they are.
    pub(super) fn refuse_high_dynamic_range(&self) -> Result<(), Failure> {
        match self.cicp {
            Some([_, PQ, ..]) => Err(read::unsupported("a PNG with the HDR curve PQ (cICP 16)")),
            Some([_, HLG, ..]) => Err(read::unsupported("a PNG with the HDR curve HLG (cICP 18)")),
            _ => Ok(()),
        }
    }

    /// Returns what the first of the chunks that can be read says of the colours of a picture with these
    /// channels, whose samples have `depth` bits.
    pub(super) fn understood(&self, bytes: &[u8], channels: Channels, depth: u8) -> Understood {
        let mut warning = None;
        if let Some([primaries, transfer, matrix, range]) = self.cicp {
            // Video knows no fewer than 8 bits.
            let is_range = range == 1 || range == 0 && depth >= 8;
            let known = primaries_of(primaries).zip(curve_of(transfer)).filter(|_| matrix == 0 && is_range);
            if let Some((primaries, curve)) = known {
                let is_srgb = primaries.is_srgb() && matches!(curve, Curve::Srgb);
                let icc = if is_srgb { None } else { colorimetry::profile(&primaries, curve, channels) };
                return Understood { icc, is_described: true, is_narrow: range == 0, warning };
            }
            warning = Some("the cICP chunk has no meaning for a PNG and is left out".to_owned());
        }
        if let Some(place) = &self.iccp {
            if let Some(profile) = embedded(bytes, place) {
                return Understood { icc: Some(profile), is_described: true, is_narrow: false, warning };
            }
            warning = Some(color::DAMAGED.to_owned());
        }
        if self.is_srgb {
            return Understood { is_described: true, warning: None, ..Understood::default() };
        }
        match self.by_numbers(channels) {
            Some(understood) => understood,
            None => Understood { warning, ..Understood::default() },
        }
    }

    /// Returns what gAMA and cHRM say. Of each that is missing, or means nothing, sRGB's is taken.
    fn by_numbers(&self, channels: Channels) -> Option<Understood> {
        // 1 / 2.2 is how writers say sRGB by a number (11.3.2.5), in several roundings.
        let is_usual = |gamma: &u32| (45_000..=45_909).contains(gamma);
        let gamma = self.gamma.filter(|gamma| (16..=625_000_000).contains(gamma));
        let primaries = self.chromaticities.map(|numbers| {
            let point = |at: usize| [f64::from(numbers[at]) / 1e5, f64::from(numbers[at + 1]) / 1e5];
            Primaries { white: point(0), colors: [point(2), point(4), point(6)] }
        });
        let primaries = primaries.filter(|it| colorimetry::profile(it, Curve::Srgb, Channels::Rgb).is_some());
        let own = primaries.filter(|primaries| !primaries.is_srgb());
        let curve = match gamma {
            None if primaries.is_none() => return None,
            Some(gamma) if own.is_some() || !is_usual(&gamma) => Curve::Power(1e5 / f64::from(gamma)),
            _ => Curve::Srgb,
        };
        if own.is_none() && matches!(curve, Curve::Srgb) {
            return Some(Understood { is_described: true, ..Understood::default() });
        }
        let names = match (gamma, own) {
            (Some(_), Some(_)) => "gAMA and cHRM chunks, which many viewers leave",
            (Some(_), None) => "gAMA chunk, which many viewers leave",
            _ => "cHRM chunk, which many viewers leave",
        };
        let icc = colorimetry::profile(&own.unwrap_or(Primaries::SRGB), curve, channels);
        let warning = Some(format!("the colours are converted to sRGB by the file's {names} out"));
        Some(Understood { icc, is_described: true, is_narrow: false, warning })
    }
}

/// `N` numbers of four bytes.
fn numbers<const N: usize>(data: &[u8]) -> Option<[u32; N]> {
    let numbers: Vec<u32> = data.as_chunks().0.iter().map(|&bytes| u32::from_be_bytes(bytes)).collect();
    numbers.try_into().ok()
}

/// The profile in an iCCP chunk (11.3.2.3) whose data and checksum lie at `place`.
fn embedded(bytes: &[u8], place: &Range<u64>) -> Option<Vec<u8>> {
    let (begin, end) = (usize::try_from(place.start).ok()?, usize::try_from(place.end).ok()?);
    let (data, sum) = bytes.get(begin..end)?.split_last_chunk::<4>()?;
    if checksum(&[b"iCCP", data]) != u32::from_be_bytes(*sum) {
        return None;
    }
    let name = data.iter().take(80).position(|&byte| byte == 0)?;
    let packed = data.get(name + 1..)?.strip_prefix(&[0])?;
    // What follows a profile of the length that it gives itself is of no concern.
    let mut profile = unpacked(packed, PROFILE_BYTES + 1);
    let [length] = numbers(profile.get(..4)?)?;
    let is_whole = (128..=PROFILE_BYTES).contains(&length.into()) && profile.len() as u64 <= PROFILE_BYTES;
    profile.truncate(length as usize);
    (is_whole && profile.len() == length as usize).then_some(profile)
}

/// The primaries of ITU-T H.273, table 2.
fn primaries_of(code: u8) -> Option<Primaries> {
    const C: colorimetry::Point = [0.31, 0.316];
    const P3: [colorimetry::Point; 3] = [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06]];
    let (white, colors) = match code {
        1 => return Some(Primaries::SRGB),
        4 => (C, [[0.67, 0.33], [0.21, 0.71], [0.14, 0.08]]),
        5 => (D65, [[0.64, 0.33], [0.29, 0.6], [0.15, 0.06]]),
        6 | 7 => (D65, [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07]]),
        8 => (C, [[0.681, 0.319], [0.243, 0.692], [0.145, 0.049]]),
        9 => (D65, [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046]]),
        10 => ([1.0 / 3.0, 1.0 / 3.0], [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]),
        11 => ([0.314, 0.351], P3),
        12 => (D65, P3),
        22 => (D65, [[0.63, 0.34], [0.295, 0.605], [0.155, 0.077]]),
        _ => return None,
    };
    Some(Primaries { white, colors })
}

/// The curves of ITU-T H.273, table 3, for pictures no brighter than white.
fn curve_of(code: u8) -> Option<Curve> {
    match code {
        1 | 6 | 11 | 12 | 14 | 15 => Some(Curve::Bt709),
        4 => Some(Curve::Power(2.2)),
        5 => Some(Curve::Power(2.8)),
        7 => {
            Some(Curve::Function(|v| if v < 4.0 * 0.0228 { v / 4.0 } else { ((v + 0.1115) / 1.1115).powf(1.0 / 0.45) }))
        }
        8 => Some(Curve::Power(1.0)),
        9 => Some(Curve::Function(|v| if v > 0.0 { 10_f64.powf(2.0 * (v - 1.0)) } else { 0.0 })),
        10 => Some(Curve::Function(|v| if v > 0.0 { 10_f64.powf(2.5 * (v - 1.0)) } else { 0.0 })),
        13 => Some(Curve::Srgb),
        17 => Some(Curve::Function(|v| v.powf(2.6) * 52.37 / 48.0)),
        _ => None,
    }
}
