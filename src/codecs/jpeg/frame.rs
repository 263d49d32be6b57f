//! Reads frame headers (ITU-T T.81, B.2.2).

use crate::codecs::jpeg::marker;
use crate::codecs::read;
use crate::error::Failure;
use crate::geometry::Size;

/// Frame header (T.81, B.2.2).
pub(super) struct Frame {
    pub(super) size: Size,
    /// Tells whether the coefficients come bit by bit in several scans.
    pub(super) is_progressive: bool,
    /// 1, 3 or 4 of them.
    pub(super) components: Vec<Component>,
}

/// One component of a picture.
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors across and down, from 1 to 4; these and no others divide the largest.
    pub(super) factors: (usize, usize),
    /// The number of its quantization table.
    pub(super) quantization: u8,
}

impl Frame {
    /// Reads the segment behind the frame's marker.
    ///
    /// # Errors
    /// [`Class::Unsupported`](crate::error::Class::Unsupported) for kinds that no decoder here
    /// reads, [`Class::Corrupt`](crate::error::Class::Corrupt) for what is no frame header.
    pub(super) fn read(code: u8, data: &[u8]) -> Result<Frame, Failure> {
        if code > marker::SOF2 {
            let kind = if code >= 0xc9 { "arithmetic coding" } else { "lossless or hierarchical coding" };
            return Err(read::unsupported(format_args!("a JPEG with {kind}")));
        }
        let &[precision, h1, h0, w1, w0, count, ref components @ ..] = data else {
            return Err(read::corrupt("its frame header is too short"));
        };
        if precision != 8 {
            return Err(read::unsupported(format_args!("a JPEG with {precision} bits a sample")));
        }
        let size = Size::new(u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into());
        if components.len() != 3 * usize::from(count) {
            return Err(read::corrupt("its frame header is too short or too long"));
        }
        let component = |&[id, factors, quantization]: &[u8; 3]| Component {
            id,
            factors: (usize::from(factors >> 4), usize::from(factors & 15)),
            quantization,
        };
        let mut components: Vec<Component> = components.as_chunks().0.iter().map(component).collect();
        if components.iter().any(|component| !matches!(component.factors, (1..=4, 1..=4))) {
            return Err(read::corrupt("its sampling factors are none"));
        }
        match (size.width, size.height, &mut components[..]) {
            (0, _, _) => return Err(read::corrupt("the picture has no width")),
            (_, 0, _) => return Err(read::unsupported("a JPEG that tells its height after the picture")),
            // Alone it has one block per unit, whatever it says (T.81, A.2.2).
            (_, _, [alone]) => alone.factors = (1, 1),
            (_, _, [_, _, _] | [_, _, _, _]) => {}
            _ => return Err(read::unsupported(format_args!("a JPEG with {count} components"))),
        }
        let frame = Frame { size, is_progressive: code == marker::SOF2, components };
        let (across, down) = frame.most();
        let divides = |c: &Component| across.is_multiple_of(c.factors.0) && down.is_multiple_of(c.factors.1);
        if !frame.components.iter().all(divides) {
            return Err(read::unsupported("a JPEG whose sampling factors do not divide each other"));
        }
        if frame.components[0].factors.0 < across {
            return Err(read::unsupported("a JPEG whose chroma is finer than its luma"));
        }
        Ok(frame)
    }

    /// Units of blocks across and down.
    pub(super) fn units(&self) -> (usize, usize) {
        let (across, down) = self.most();
        ((self.size.width as usize).div_ceil(8 * across), (self.size.height as usize).div_ceil(8 * down))
    }

    /// Bytes of the coefficients of a unit, of 16 bits each.
    pub(super) fn unit_bytes(&self) -> u64 {
        self.components.iter().map(|component| (component.factors.0 * component.factors.1 * 64 * 2) as u64).sum()
    }

    /// The largest sampling factors across and down: blocks of 8 pixels a unit.
    pub(super) fn most(&self) -> (usize, usize) {
        let most = |factor: fn(&Component) -> usize| self.components.iter().map(factor).max().unwrap_or(1);
        (most(|component| component.factors.0), most(|component| component.factors.1))
    }
}
