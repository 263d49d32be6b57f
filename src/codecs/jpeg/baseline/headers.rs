//! What stands before the scan of a baseline file.

use std::io::Cursor;

use crate::codecs::jpeg::baseline::codes::Class;
use crate::codecs::jpeg::baseline::codes::Codes;
use crate::codecs::jpeg::markers::frame_header;
use crate::codecs::jpeg::markers::marker;
use crate::codecs::jpeg::markers::segment;
use crate::codecs::read;
use crate::geometry::Size;

/// Everything that is needed to read the scan.
#[derive(Default)]
pub(super) struct Headers {
    pub(super) components: Vec<Component>,
    quantization: [Option<[u16; 64]>; 4],
    dc: [Option<Codes>; 4],
    ac: [Option<Codes>; 4],
    /// Units between two restart markers; 0: there are none.
    pub(super) restart: usize,
    pub(super) size: Option<Size>,
    has_jfif: bool,
    adobe_transform: Option<u8>,
}

/// One component of the picture.
pub(super) struct Component {
    id: u8,
    /// Blocks per unit, across and down.
    pub(super) blocks: (usize, usize),
    quantization: u8,
    tables: u8,
}

impl Headers {
    /// Reads up to the scan; also says where that begins. Nothing if the file is damaged, or of a
    /// kind that is not read here: several scans, arithmetic coding, inks, RGB.
    pub(super) fn read(bytes: &[u8]) -> Option<(Headers, usize)> {
        let mut headers = Headers::default();
        let mut reader = Cursor::new(bytes);
        read::array::<2>(&mut reader).ok()?;
        loop {
            let (code, length) = segment(&mut reader).ok()?;
            let data = read::block(&mut reader, length.into()).ok()?;
            match code {
                marker::SOF0 | marker::SOF1 if headers.size.is_none() => headers.frame(code, &data)?,
                marker::DHT => headers.huffman(&data)?,
                marker::DQT => headers.quantization(&data)?,
                marker::DRI => headers.restart = u16::from_be_bytes(data.try_into().ok()?).into(),
                marker::APP0 => headers.has_jfif |= data.starts_with(b"JFIF\0"),
                marker::APP14 if data.starts_with(b"Adobe") => headers.adobe_transform = Some(*data.get(11)?),
                marker::SOS => {
                    headers.scan(&data)?;
                    return Some((headers, usize::try_from(reader.position()).ok()?));
                }
                0xc0..=0xcf | marker::RST0..=marker::EOI => return None,
                _ => {}
            }
        }
    }

    fn frame(&mut self, code: u8, data: &[u8]) -> Option<()> {
        let (size, _, _) = frame_header(code, data).ok()?;
        self.size = Some(size);
        let component = |data: &[u8]| Component {
            id: data[0],
            blocks: (usize::from(data[1] >> 4), usize::from(data[1] & 15)),
            quantization: data[2],
            tables: 0,
        };
        self.components = data[6..].chunks_exact(3).map(component).collect();
        match &mut self.components[..] {
            // A scan of one component has one block per unit, whatever it says.
            [gray] => {
                matches!(gray.blocks, (1..=4, 1..=4)).then_some(())?;
                gray.blocks = (1, 1);
            }
            [luma, blue, red] => {
                let is_known =
                    matches!(luma.blocks, (1 | 2, 1 | 2)) && [&blue, &red].iter().all(|c| c.blocks == (1, 1));
                is_known.then_some(())?;
            }
            _ => return None,
        }
        Some(())
    }

    /// T.81, B.2.4.1.
    fn quantization(&mut self, mut data: &[u8]) -> Option<()> {
        while let [kind, rest @ ..] = data {
            let mut table = [0; 64];
            let width = 1 + usize::from(kind >> 4);
            let (steps, rest) = rest.split_at_checked(64 * width)?;
            for (step, bytes) in table.iter_mut().zip(steps.chunks_exact(width)) {
                *step = bytes.iter().fold(0, |step, &byte| step << 8 | u16::from(byte));
            }
            *self.quantization.get_mut(usize::from(kind & 15)).filter(|_| width <= 2)? = Some(table);
            data = rest;
        }
        Some(())
    }

    /// T.81, B.2.4.2.
    fn huffman(&mut self, mut data: &[u8]) -> Option<()> {
        while let [kind, rest @ ..] = data {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let (values, rest) = rest.split_at_checked(counts.iter().copied().map(usize::from).sum())?;
            let (class, tables) = match kind >> 4 {
                0 => (Class::Dc, &mut self.dc),
                1 => (Class::Ac, &mut self.ac),
                _ => return None,
            };
            *tables.get_mut(usize::from(kind & 15))? = Some(Codes::new(class, counts, values)?);
            data = rest;
        }
        Some(())
    }

    /// T.81, B.2.3: all components, in the order of the frame, in all their detail.
    fn scan(&mut self, data: &[u8]) -> Option<()> {
        let (&count, data) = data.split_first()?;
        let (pairs, spectrum) = data.split_at_checked(2 * usize::from(count))?;
        let is_whole = usize::from(count) == self.components.len() && spectrum == [0, 63, 0] && count > 0;
        is_whole.then_some(())?;
        for (component, pair) in self.components.iter_mut().zip(pairs.chunks_exact(2)) {
            (component.id == pair[0]).then_some(())?;
            component.tables = pair[1];
        }
        let is_rgb = match self.adobe_transform {
            Some(transform) => transform == 0,
            None => !self.has_jfif && self.components.iter().map(|component| component.id).eq(*b"RGB"),
        };
        (count == 1 || !is_rgb).then_some(())
    }

    /// What the blocks of a component are read with, if the file has told it.
    pub(super) fn tables(&self, component: &Component) -> Option<(&Codes, &Codes, &[u16; 64])> {
        let dc = self.dc.get(usize::from(component.tables >> 4))?.as_ref()?;
        let ac = self.ac.get(usize::from(component.tables & 15))?.as_ref()?;
        let quantization = self.quantization.get(usize::from(component.quantization))?.as_ref()?;
        Some((dc, ac, quantization))
    }
}
