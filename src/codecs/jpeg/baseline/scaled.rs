//! A component at a part of its size.

use crate::codecs::jpeg::baseline::edge::Edge;
use crate::codecs::jpeg::baseline::plane::Damaged;
use crate::codecs::jpeg::baseline::plane::Place;
use crate::codecs::jpeg::baseline::plane::Plane;
use crate::codecs::jpeg::baseline::plane::Tables;
use crate::codecs::jpeg::baseline::plane::pass_over;
use crate::codecs::jpeg::bits::Bits;
use crate::codecs::jpeg::codes::Codes;
use crate::codecs::jpeg::strip::Strip;
use crate::codecs::jpeg::transform::BLOCK;
use crate::codecs::jpeg::transform::LANES;
use crate::codecs::jpeg::transform::Transform;
use crate::codecs::jpeg::transform::ZIGZAG;

/// Blocks of N×N samples from the first K×K coefficients.
pub(super) struct Scaled<'a, const N: usize, const K: usize> {
    codes: (&'a Codes, &'a Codes),
    /// By place in the file, and by any place that damaged codes may name: where a coefficient
    /// is kept, and its quantization step. What is not kept goes to the last place.
    kept: [(u8, f32); 256],
    /// The last place in the file of which a coefficient is kept.
    last: u32,
    quantization: &'a [u16; BLOCK as usize],
    edge: Edge,
    mean: i32,
    coefficients: Vec<[f32; LANES]>,
    starts: [usize; LANES],
    waiting: usize,
    transform: Transform<N, K>,
    strip: Strip,
}

impl<'a, const N: usize, const K: usize> Scaled<'a, N, K> {
    /// Nothing is read yet.
    pub(super) fn new(strip: Strip, tables: Tables<'a>) -> Self {
        // 256 places, as `END_OF_BLOCK` leads to 255 at most: the remainder by 256 needs no check of bounds.
        let mut kept = [((K * K) as u8, 0.0); 256];
        let mut last = 0;
        for (place, (&natural, &step)) in ZIGZAG.iter().zip(tables.quantization).enumerate() {
            let (v, u) = (usize::from(natural / 8), usize::from(natural % 8));
            // The lower K×K frequencies are all that N×N samples can show.
            if v < K && u < K {
                kept[place] = ((v * K + u) as u8, f32::from(step));
                last = place as u32;
            }
        }
        Scaled {
            codes: (tables.dc, tables.ac),
            kept,
            last,
            quantization: tables.quantization,
            edge: Edge::new(),
            mean: 0,
            coefficients: vec![[0.0; LANES]; K * K + 1],
            starts: [0; LANES],
            waiting: 0,
            transform: Transform::new(),
            strip,
        }
    }

    /// The coefficients that are kept; returns the place of the next one.
    #[inline(always)]
    fn keep(&mut self, bits: &mut Bits<'_>) -> Result<u32, Damaged> {
        let lane = self.waiting % LANES;
        self.coefficients[0][lane] = self.mean as f32 * self.kept[0].1;
        let mut place = 1;
        // Two for each refill, as in `full`.
        while place <= self.last {
            bits.refill();
            place = self.keep_next(bits, place, lane)?;
            if place <= self.last {
                place = self.keep_next(bits, place, lane)?;
            }
        }
        Ok(place)
    }

    /// One of them, from at least [`Symbol::MOST_BITS`] bits; returns the place of the next one.
    #[inline(always)]
    fn keep_next(&mut self, bits: &mut Bits<'_>, place: u32, lane: usize) -> Result<u32, Damaged> {
        let symbol = self.codes.1.symbol(bits.ready()).ok_or(Damaged)?;
        let place = place + symbol.run();
        let (at, step) = self.kept[place as usize % 256];
        self.coefficients[usize::from(at)][lane] = symbol.number(bits.ready()) as f32 * step;
        bits.take(symbol.length());
        Ok(place + 1)
    }

    /// Keeps those of a block of which only a part is real.
    #[cold]
    fn keep_real(&mut self, bits: &mut Bits<'_>, real: (usize, usize)) -> Result<u32, Damaged> {
        // All coefficients are needed: what stands beyond the edge is arbitrary, and would tint the samples at it.
        let mut block = [0.0; BLOCK as usize];
        let step = |place: u32| f32::from(self.quantization[place as usize]);
        block[0] = self.mean as f32 * step(0);
        let mut place = 1;
        while place < BLOCK {
            bits.refill();
            let symbol = self.codes.1.symbol(bits.ready()).ok_or(Damaged)?;
            place += symbol.run();
            if place < BLOCK {
                block[usize::from(ZIGZAG[place as usize])] = symbol.number(bits.ready()) as f32 * step(place);
            }
            bits.take(symbol.length());
            place += 1;
        }
        self.edge.repeat(&mut block, real);
        let lane = self.waiting % LANES;
        for (at, kept) in self.coefficients[..K * K].iter_mut().enumerate() {
            kept[lane] = block[at / K * 8 + at % K];
        }
        Ok(place)
    }

    fn show(&mut self) {
        if self.waiting == 0 {
            return;
        }
        let starts = &self.starts[..self.waiting];
        let stride = self.strip.stride();
        self.transform.show(&mut self.coefficients, starts, self.strip.samples_mut(), stride);
        self.waiting = 0;
    }
}

impl<const N: usize, const K: usize> Plane for Scaled<'_, N, K> {
    fn read(&mut self, bits: &mut Bits<'_>, place: Option<Place>) -> Result<(), Damaged> {
        bits.refill();
        let symbol = self.codes.0.symbol(bits.ready()).ok_or(Damaged)?;
        self.mean = self.mean.wrapping_add(symbol.number(bits.ready()));
        bits.take(symbol.length());
        let Some(Place { at: (across, down), real }) = place else {
            return pass_over(self.codes.1, bits, 1);
        };
        let next = if real == (8, 8) { self.keep(bits)? } else { self.keep_real(bits, real)? };
        pass_over(self.codes.1, bits, next)?;
        // Blocks wait until there is one for each lane of a vector: they are transformed side by side.
        self.starts[self.waiting % LANES] = self.strip.place(across * N, down * N);
        self.waiting += 1;
        if self.waiting == LANES {
            self.show();
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.mean = 0;
    }

    fn finish_strip(&mut self) -> &mut Strip {
        self.show();
        &mut self.strip
    }

    fn into_strip(self: Box<Self>) -> Strip {
        self.strip
    }
}
