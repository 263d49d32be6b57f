//! Huffman codes as tables that are looked up with the next bits.

/// Bits that a table is looked up with. Longer codes are rare and searched for.
const LOOKUP: u32 = 11;

/// Meaning of the bits at hand: the way to go in the block, and a number to read there.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Symbol(u32);

impl Symbol {
    /// No code begins like this.
    const NONE: Symbol = Symbol(0);

    /// Length of the longest code with the longest number, but for means.
    pub(super) const MOST_BITS: u32 = 16 + 10;

    fn new(code_length: u32, run: u32, size: u32) -> Self {
        // The sum is in the lowest byte, as decoders use it for each coefficient. It is never 0: 0 is `NONE`.
        Symbol((code_length + size) | code_length << 8 | run << 16 | size << 24)
    }

    /// Length of the code and the number after it.
    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        self.0 & 0xff
    }

    /// Zero coefficients before the number; [`END_OF_BLOCK`] where none follows.
    #[inline(always)]
    pub(super) fn run(self) -> u32 {
        self.0 >> 16 & 0xff
    }

    /// Bits of the number after the code.
    #[inline(always)]
    pub(super) fn size(self) -> u32 {
        self.0 >> 24
    }

    /// The number after the code, given the bits that begin with the code (T.81, F.2.2.1).
    #[inline(always)]
    pub(super) fn number(self, ready: u64) -> i32 {
        let (code_length, size) = (self.0 >> 8 & 0xff, self.size());
        let bits = ready << code_length;
        // A shift by 64 is none, so that of a number without bits takes two steps.
        let magnitude = ((bits >> 1) >> (63 - size)) as i32;
        // A number that begins with 0 stands for itself less 2^size − 1 (EXTEND). The first bit becomes a mask:
        // signs follow no pattern, and a branch on them would often be mispredicted.
        let is_negative = !((bits as i64) >> 63) as i32;
        magnitude + (is_negative & (1 - (1 << size)))
    }
}

/// A symbol with its number, where the bits of both are among those that a table is looked up with.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Coefficient(u32);

impl Coefficient {
    /// It takes more bits, or no code begins like this.
    const NONE: Coefficient = Coefficient(0);

    /// Finds the coefficient that a symbol begins, from as many bits as a table is looked up with.
    fn new(symbol: Symbol, bits: usize) -> Self {
        if symbol == Symbol::NONE || symbol.length() > LOOKUP {
            return Coefficient::NONE;
        }
        let number = symbol.number((bits as u64) << (64 - LOOKUP)) as i16;
        Coefficient(symbol.length() | symbol.run() << 8 | u32::from(number.cast_unsigned()) << 16)
    }

    /// As [`Symbol::length`].
    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        self.0 & 0xff
    }

    /// As [`Symbol::run`].
    #[inline(always)]
    pub(super) fn run(self) -> u32 {
        self.0 >> 8 & 0xff
    }

    /// As [`Symbol::number`].
    #[inline(always)]
    pub(super) fn number(self) -> i16 {
        ((self.0 >> 16) as u16).cast_signed()
    }
}

/// A run past all coefficients: it ends the loop over a block by itself.
// 192 more than the last place of a block, 63, is 255: still an index of the tables of 256 places that decoders keep,
// and farther than any run of real coefficients leads (63 + 15), so that the two are told apart afterwards.
pub(super) const END_OF_BLOCK: u32 = 192;

/// Several symbols at once, for coefficients that are not wanted: how many bits they take, how far
/// they go, and whether the block ends with them.
#[derive(Clone, Copy)]
pub(super) struct SkippedRun(u16);

impl SkippedRun {
    const ENDS: u16 = 1 << 15;

    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        (self.0 & 0x3f).into()
    }

    #[inline(always)]
    pub(super) fn distance(self) -> u32 {
        (self.0 >> 6 & 0x7f).into()
    }

    #[inline(always)]
    pub(super) fn ends_block(self) -> bool {
        self.0 & SkippedRun::ENDS != 0
    }
}

/// Numbers that a table is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Differences between the means of blocks.
    Dc,
    /// The other coefficients.
    Ac,
    /// The other coefficients in scans of a progressive picture, where the end may be that of
    /// many blocks: their [`Symbol::run`] is [`END_OF_BLOCK`] and how many bits of their number follow.
    Progressive,
}

/// One Huffman table.
pub(super) struct Codes {
    class: Class,
    symbols: Box<[Symbol; 1 << LOOKUP]>,
    skips: Box<[SkippedRun; 1 << LOOKUP]>,
    coefficients: Box<[Coefficient; 1 << LOOKUP]>,
    /// Per length: the first code that is longer, as 16 bits; and what to add to a code for its
    /// place among the values.
    limits: [u32; 17],
    offsets: [i32; 17],
    values: Vec<u8>,
}

impl Codes {
    /// The table of a DHT segment: how many codes there are of each length from 1 to 16, and
    /// their values. Nothing if they are no such table (T.81, C.2 and F.1.2).
    pub(super) fn new(class: Class, counts: &[u8; 16], values: &[u8]) -> Option<Codes> {
        let mut codes = Codes {
            class,
            symbols: Box::new([Symbol::NONE; 1 << LOOKUP]),
            skips: Box::new([SkippedRun(0); 1 << LOOKUP]),
            coefficients: Box::new([Coefficient::NONE; 1 << LOOKUP]),
            limits: [0; 17],
            offsets: [0; 17],
            values: values.to_vec(),
        };
        // Codes of one length are successive numbers, and the first one of the next length follows the last, doubled
        // (T.81, C.2). So a code is below the limit of its length, and its distance from the first is that of its
        // value.
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, &count) in (1..=16).zip(counts) {
            let count = u32::from(count);
            codes.offsets[length as usize] = place as i32 - code as i32;
            for value in values.get(place..place + count as usize)? {
                // What means nothing is damage only where it is used.
                let symbol = symbol(class, length, *value).unwrap_or(Symbol::NONE);
                if length <= LOOKUP {
                    // All ways in which the bits after a shorter code may go on lead to it.
                    let first = (code << (LOOKUP - length)) as usize;
                    codes.symbols.get_mut(first..first + (1 << (LOOKUP - length)))?.fill(symbol);
                }
                code += 1;
            }
            // No code is of ones alone (T.81, C.2).
            if count > 0 && code >= 1 << length {
                return None;
            }
            place += count as usize;
            codes.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        // Only baseline blocks are passed over, or read with their numbers from the table.
        if class == Class::Ac {
            for bits in 0..codes.skips.len() {
                codes.skips[bits] = codes.skip_at(bits);
                codes.coefficients[bits] = Coefficient::new(codes.symbols[bits], bits);
            }
        }
        Some(codes)
    }

    /// The symbol that the ready bits begin with.
    #[inline(always)]
    pub(super) fn symbol(&self, ready: u64) -> Option<Symbol> {
        let symbol = self.symbols[(ready >> (64 - LOOKUP)) as usize];
        if symbol == Symbol::NONE { self.long_symbol(ready) } else { Some(symbol) }
    }

    /// The symbol that the ready bits begin with and its number, if the table knows both.
    #[inline(always)]
    pub(super) fn coefficient(&self, ready: u64) -> Option<Coefficient> {
        let coefficient = self.coefficients[(ready >> (64 - LOOKUP)) as usize];
        (coefficient != Coefficient::NONE).then_some(coefficient)
    }

    /// As many symbols as the ready bits are known to hold, if any.
    #[inline(always)]
    pub(super) fn skip(&self, ready: u64) -> SkippedRun {
        self.skips[(ready >> (64 - LOOKUP)) as usize]
    }

    #[cold]
    fn long_symbol(&self, ready: u64) -> Option<Symbol> {
        let bits = (ready >> 48) as u32;
        // The 16 bits ahead are compared with limits that are filled up to 16 bits: the first one above them has the
        // length.
        let length = (LOOKUP + 1..=16).find(|&length| bits < self.limits[length as usize])?;
        let place = (bits >> (16 - length)) as i32 + self.offsets[length as usize];
        symbol(self.class, length, *self.values.get(usize::try_from(place).ok()?)?)
    }

    fn skip_at(&self, bits: usize) -> SkippedRun {
        let (mut length, mut distance) = (0, 0);
        while length < LOOKUP {
            let symbol = self.symbols[bits << length & ((1 << LOOKUP) - 1)];
            // Only the code must be inside the table; bits of its number are passed over whatever they are.
            let code_length = symbol.0 >> 8 & 0xff;
            if symbol == Symbol::NONE || length + code_length > LOOKUP {
                break;
            }
            if symbol.run() == END_OF_BLOCK {
                return SkippedRun((length + code_length) as u16 | (distance << 6) as u16 | SkippedRun::ENDS);
            }
            // No block is longer; a skip that far is taken apart again.
            distance = (distance + symbol.run() + 1).min(64);
            length += symbol.length();
        }
        SkippedRun(length as u16 | (distance << 6) as u16)
    }
}

/// Returns what a value of a table means (T.81, F.1.2.1.2, F.1.2.2.1 and G.1.2.2), for 8 bits a sample.
fn symbol(class: Class, code_length: u32, value: u8) -> Option<Symbol> {
    let (run, size) = (u32::from(value >> 4), u32::from(value & 15));
    match (class, run, size) {
        (Class::Dc, 0, 0..=11) => Some(Symbol::new(code_length, 0, size)),
        (Class::Ac | Class::Progressive, 15, 0) => Some(Symbol::new(code_length, 15, 0)),
        (Class::Ac, 0, 0) => Some(Symbol::new(code_length, END_OF_BLOCK, 0)),
        (Class::Progressive, _, 0) => Some(Symbol::new(code_length, END_OF_BLOCK + run, 0)),
        (Class::Ac | Class::Progressive, _, 1..=10) => Some(Symbol::new(code_length, run, size)),
        _ => None,
    }
}
