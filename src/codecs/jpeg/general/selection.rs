//! Part of the picture that a scan holds.

use crate::codecs::jpeg::frame::Frame;
use crate::codecs::jpeg::general::plane::Plane;
use crate::codecs::jpeg::tables::Tables;
use crate::codecs::read;
use crate::error::Failure;

/// The header of a scan (T.81, B.2.3).
pub(super) struct Selection {
    pub(super) components: Vec<Selected>,
    pub(super) coding: Coding,
}

/// A component of a scan.
pub(super) struct Selected {
    /// Its number in the frame.
    pub(super) number: usize,
    /// The number of its table for the means.
    pub(super) dc: u8,
    /// The number of its table for the other coefficients.
    pub(super) ac: u8,
}

/// Coding of the coefficients of a scan.
#[derive(Clone, Copy)]
pub(super) enum Coding {
    /// All of them at once.
    Sequential,
    /// The means, all bits but the lowest `low`.
    Means { low: u8 },
    /// One more bit of the means.
    MoreMeans { low: u8 },
    /// The coefficients from the place `first` to `last`, all bits but the lowest `low`.
    Others { first: u8, last: u8, low: u8 },
    /// One more bit of them.
    MoreOthers { first: u8, last: u8, low: u8 },
}

impl Selection {
    /// Reads the header of a scan; nothing if it is none of the frame.
    pub(super) fn read(data: &[u8], frame: &Frame) -> Option<Selection> {
        let (&count, data) = data.split_first()?;
        let (pairs, &[first, last, bits]) = data.split_at_checked(2 * usize::from(count))? else { return None };
        let mut components: Vec<Selected> = Vec::new();
        for &[id, tables] in pairs.as_chunks().0 {
            // Some files call all components the same.
            let is_meant = |number: &usize| {
                frame.components[*number].id == id && components.iter().all(|other| other.number != *number)
            };
            let number = (0..frame.components.len()).find(is_meant)?;
            components.push(Selected { number, dc: tables >> 4, ac: tables & 15 });
        }
        let (high, low) = (bits >> 4, bits & 15);
        let coding = match (first, last, high) {
            // Sequential files may say anything here, and some do.
            _ if !frame.is_progressive => Coding::Sequential,
            (_, _, 1..) if low != high - 1 => return None,
            // The bound of T.81, table B.3.
            _ if low > 13 => return None,
            (0, 0, 0) => Coding::Means { low },
            (0, 0, _) => Coding::MoreMeans { low },
            // Only means may be of several components (T.81, G.1.1.1.1).
            _ if components.len() > 1 => return None,
            (1.., ..=63, 0) if first <= last => Coding::Others { first, last, low },
            (1.., ..=63, _) if first <= last => Coding::MoreOthers { first, last, low },
            _ => return None,
        };
        (!components.is_empty()).then_some(Selection { components, coding })
    }

    /// Notes in the planes what the scan tells of them.
    ///
    /// # Errors
    /// [`Class::Corrupt`](crate::error::Class::Corrupt) if it comes too early or too late, or
    /// without a quantization table.
    pub(super) fn begin(&self, frame: &Frame, planes: &mut [Plane], tables: &Tables) -> Result<(), Failure> {
        for Selected { number, .. } in &self.components {
            let plane = &mut planes[*number];
            let band = |first: u8, last: u8| first.into()..=last.into();
            let is_next = match self.coding {
                Coding::Sequential => {
                    let is_untold = plane.is_untold();
                    plane.tell(0..=63, 0);
                    is_untold
                }
                Coding::Means { low } => {
                    plane.tell(0..=0, low);
                    true
                }
                Coding::MoreMeans { low } => plane.tell_more(0..=0, low),
                Coding::Others { first, last, low } => {
                    plane.tell(band(first, last), low);
                    true
                }
                Coding::MoreOthers { first, last, low } => plane.tell_more(band(first, last), low),
            };
            if !is_next {
                return Err(read::corrupt("its scans contradict each other"));
            }
            if plane.steps.is_none() {
                let steps = tables.steps(frame.components[*number].quantization).copied();
                plane.steps = Some(steps.ok_or_else(|| read::corrupt("a table for its picture is missing"))?);
            }
        }
        Ok(())
    }

    /// Rows of units in the scan; alone a component has units of one block (T.81, A.2.2).
    pub(super) fn rows(&self, planes: &[Plane]) -> usize {
        let Selected { number, .. } = self.components[0];
        let Plane { blocks, factors, .. } = &planes[number];
        if self.components.len() == 1 { blocks.1 } else { blocks.1.div_ceil(factors.1) }
    }
}
