//! Reads the segments before the scan of a baseline file.

use std::io::Cursor;

use crate::codecs::jpeg::baseline::reads;
use crate::codecs::jpeg::codes::Class;
use crate::codecs::jpeg::codes::Codes;
use crate::codecs::jpeg::color::ColorMarkers;
use crate::codecs::jpeg::frame;
use crate::codecs::jpeg::frame::Frame;
use crate::codecs::jpeg::marker;
use crate::codecs::jpeg::segments::segment;
use crate::codecs::jpeg::tables::Steps;
use crate::codecs::jpeg::tables::Tables;
use crate::codecs::read;
use crate::geometry::Size;

/// Everything that is needed to read the scan.
pub(super) struct Headers {
    pub(super) components: Vec<Component>,
    tables: Tables,
    dc: [Option<Codes>; 4],
    ac: [Option<Codes>; 4],
    /// Units between two restart markers; 0: there are none.
    pub(super) restart: usize,
    pub(super) size: Option<Size>,
    frame: Option<Frame>,
    color: ColorMarkers,
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
        let mut headers = Headers {
            components: Vec::new(),
            tables: Tables::new(),
            dc: Default::default(),
            ac: Default::default(),
            restart: 0,
            size: None,
            frame: None,
            color: ColorMarkers::default(),
        };
        let mut reader = Cursor::new(bytes);
        read::array::<2>(&mut reader).ok()?;
        loop {
            let (code, length) = segment(&mut reader).ok()?;
            let data = read::block(&mut reader, length.into()).ok()?;
            match code {
                marker::SOF0 | marker::SOF1 if headers.size.is_none() => headers.frame(code, &data)?,
                marker::DHT => headers.tables.read_huffman(&data)?,
                marker::DQT => headers.tables.read_quantization(&data)?,
                marker::DRI => headers.restart = u16::from_be_bytes(data.try_into().ok()?).into(),
                marker::APP0 | marker::APP14 => headers.color.read(code, &data),
                marker::SOS => {
                    headers.scan(&data)?;
                    return Some((headers, usize::try_from(reader.position()).ok()?));
                }
                // Other frames, arithmetic coding, or a marker that cannot stand before a scan.
                0xc0..=0xcf | marker::RST0..=marker::EOI => return None,
                _ => {}
            }
        }
    }

    fn frame(&mut self, code: u8, data: &[u8]) -> Option<()> {
        let frame = Frame::read(code, data).ok()?;
        self.size = Some(frame.size);
        let component = |component: &frame::Component| Component {
            id: component.id,
            blocks: component.factors,
            quantization: component.quantization,
            tables: 0,
        };
        self.components = frame.components.iter().map(component).collect();
        self.frame = Some(frame);
        Some(())
    }

    /// T.81, B.2.3: all components, in the order of the frame, in all their detail.
    fn scan(&mut self, data: &[u8]) -> Option<()> {
        let (&count, data) = data.split_first()?;
        let (pairs, spectrum) = data.split_at_checked(2 * usize::from(count))?;
        // Spectral selection from 0 to 63 and no successive approximation: the values of a sequential scan (T.81,
        // table B.3).
        let is_whole = usize::from(count) == self.components.len() && spectrum == [0, 63, 0] && count > 0;
        is_whole.then_some(())?;
        for (component, pair) in self.components.iter_mut().zip(pairs.chunks_exact(2)) {
            (component.id == pair[0]).then_some(())?;
            component.tables = pair[1];
        }
        for component in &self.components {
            let (dc, ac) = (component.tables >> 4, component.tables & 15);
            *self.dc.get_mut(usize::from(dc))? = Some(self.tables.codes(Class::Dc, dc)?);
            *self.ac.get_mut(usize::from(ac))? = Some(self.tables.codes(Class::Ac, ac)?);
        }
        reads(self.frame.as_ref()?, &self.color).then_some(())
    }

    /// Returns the tables by which the blocks of a component are read, if the file has told them.
    pub(super) fn tables(&self, component: &Component) -> Option<(&Codes, &Codes, &Steps)> {
        let dc = self.dc.get(usize::from(component.tables >> 4))?.as_ref()?;
        let ac = self.ac.get(usize::from(component.tables & 15))?.as_ref()?;
        Some((dc, ac, self.tables.steps(component.quantization)?))
    }
}
