//! The entropy-coded bytes of a scan as bits.

use crate::codecs::jpeg::marker;

/// Bits, most significant first, of bytes without stuffing. Past the end they are zeros.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte that is not held.
    next: usize,
    /// The next bits, the first of them on top.
    held: u64,
    /// Number of bits that are valid.
    count: u32,
}

impl<'a> Bits<'a> {
    /// Least number of bits that are ready after a refill.
    pub(super) const READY: u32 = 56;

    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Bits { bytes, next: 0, held: 0, count: 0 }
    }

    /// Makes at least [`Bits::READY`] bits ready.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(&bytes) = self.bytes.get(self.next..).and_then(<[u8]>::first_chunk) {
            // Bits of a byte that is not counted yet are read again next time, to the same place.
            self.held |= u64::from_be_bytes(bytes) >> self.count;
        } else {
            self.refill_at_end();
        }
        // So many whole bytes had room; with them the count is its lowest three bits and 56.
        self.next += ((63 - self.count) >> 3) as usize;
        self.count |= Self::READY;
    }

    #[cold]
    fn refill_at_end(&mut self) {
        let mut bytes = [0; 8];
        let rest = self.bytes.get(self.next..).unwrap_or_default();
        bytes[..rest.len()].copy_from_slice(rest);
        self.held |= u64::from_be_bytes(bytes) >> self.count;
    }

    /// The ready bits, the next one on top.
    #[inline(always)]
    pub(super) fn ready(&self) -> u64 {
        self.held
    }

    /// Goes on by `count` bits, which must be ready.
    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) {
        self.held <<= count;
        self.count -= count;
    }

    /// Takes one bit.
    #[inline(always)]
    pub(super) fn bit(&mut self) -> bool {
        self.number(1) == 1
    }

    /// Takes up to 16 bits as a number.
    #[inline(always)]
    pub(super) fn number(&mut self, count: u32) -> u32 {
        if self.count < count {
            self.refill();
        }
        // A shift by 64 is none, so that of no bits takes two steps.
        let number = ((self.held >> 1) >> (63 - count)) as u32;
        self.take(count);
        number
    }

    /// Tells whether more bits were taken than there are.
    pub(super) fn is_past_end(&self) -> bool {
        self.taken() > self.bytes.len() * 8
    }

    /// Tells whether all bytes were taken, but for the bits that fill the last one.
    pub(super) fn is_at_end(&self) -> bool {
        self.taken().div_ceil(8) == self.bytes.len()
    }

    /// Tells whether the bits that fill the last byte are ones, as they must be (T.81, F.1.2.3). Where there
    /// is nothing to fill, it is no zero among zeros: a file that was overwritten with zeros has those.
    pub(super) fn is_filled(&self) -> bool {
        let taken = self.taken();
        let (whole, fill) = (taken.div_ceil(8), taken.next_multiple_of(8) - taken);
        let has_some = |bytes: &[u8]| bytes.iter().any(|&byte| byte != 0);
        match (fill, self.bytes.get(..whole)) {
            (0, Some(read @ [.., 0])) => has_some(&read[whole.saturating_sub(8)..]) && has_some(self.rest()),
            (_, Some(&[.., last])) => last.trailing_ones() as usize >= fill,
            _ => false,
        }
    }

    /// The bytes after the one that the last bits were taken from.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.taken().div_ceil(8)..).unwrap_or_default()
    }

    fn taken(&self) -> usize {
        self.next * 8 - self.count as usize
    }
}

/// The entropy-coded bytes of one scan without their stuffing, in one piece per restart
/// interval.
pub(super) struct Scan {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Scan {
    /// Takes the scan at the beginning of `bytes` apart; also says how long it is. It ends before
    /// a marker that is not the next restart, or with the file.
    pub(super) fn read(bytes: &[u8]) -> (Scan, usize) {
        let mut scan = Scan { bytes: Vec::with_capacity(bytes.len()), ends: Vec::new() };
        let mut from = 0;
        loop {
            let lead = memchr::memchr(0xff, &bytes[from..]).map_or(bytes.len(), |at| from + at);
            match bytes.get(lead + 1) {
                // A fill byte, of which any number may stand before a marker.
                Some(0xff) => {
                    scan.bytes.extend_from_slice(&bytes[from..lead]);
                    from = lead + 1;
                    continue;
                }
                // A stuffed zero: the byte before it is data.
                Some(0) => scan.bytes.extend_from_slice(&bytes[from..=lead]),
                Some(&code) if usize::from(code) == usize::from(marker::RST0) + scan.ends.len() % 8 => {
                    scan.bytes.extend_from_slice(&bytes[from..lead]);
                    scan.ends.push(scan.bytes.len());
                }
                _ => {
                    scan.bytes.extend_from_slice(&bytes[from..lead]);
                    scan.ends.push(scan.bytes.len());
                    return (scan, lead);
                }
            }
            from = lead + 2;
        }
    }

    /// Returns how many intervals there are.
    pub(super) fn intervals(&self) -> usize {
        self.ends.len()
    }

    /// The bits of the interval with this number.
    pub(super) fn interval(&self, number: usize) -> Bits<'_> {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        Bits::new(&self.bytes[start..self.ends[number]])
    }
}
