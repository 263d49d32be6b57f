//! Small writers of odd files, and the arithmetic of colours that shares nothing with ours.

use std::io::Write;

use flate2::Compression;
use flate2::Crc;
use flate2::write::ZlibEncoder;

/// A chunk of a PNG.
pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(data);
    [&(data.len() as u32).to_be_bytes(), &kind[..], data, &sum.sum().to_be_bytes()].concat()
}

/// The same with a wrong checksum.
pub(crate) fn damaged(mut chunk: Vec<u8>) -> Vec<u8> {
    *chunk.last_mut().expect("a checksum") ^= 1;
    chunk
}

pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

/// What stands before a PNG's other chunks.
pub(crate) fn png_head(width: u32, height: u32, depth: u8, color: u8) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n", &chunk(b"IHDR", &header)[..]].concat()
}

/// The pixel data of lines without filters, as one chunk.
pub(crate) fn image_data(lines: &[&[u8]]) -> Vec<u8> {
    let filtered: Vec<u8> = lines.iter().flat_map(|line| [&[0], *line].concat()).collect();
    chunk(b"IDAT", &packed(&filtered))
}

/// A PNG with these chunks before its picture.
pub(crate) fn png(depth: u8, color: u8, width: u32, lines: &[&[u8]], before: &[Vec<u8>]) -> Vec<u8> {
    let head = png_head(width, lines.len() as u32, depth, color);
    [head, before.concat(), image_data(lines), chunk(b"IEND", &[])].concat()
}

/// A PNG of one pixel in 8-bit RGB.
pub(crate) fn dot(color: [u8; 3], before: &[Vec<u8>]) -> Vec<u8> {
    png(8, 2, 1, &[&color], before)
}

/// A chunk of a WebP with its padding.
pub(crate) fn riff_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if data.len() % 2 == 1 { &[0] } else { &[] };
    [&kind[..], &(data.len() as u32).to_le_bytes(), data, padding].concat()
}

/// A WebP of these chunks.
pub(crate) fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WEBP", &chunks.concat()[..]].concat();
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

/// The header chunk of an extended WebP.
pub(crate) fn vp8x(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    riff_chunk(b"VP8X", &[vec![flags, 0, 0, 0], side(width), side(height)].concat())
}

/// A TIFF structure in either byte order, as EXIF has it.
pub(crate) struct Tiff {
    is_little: bool,
    fields: Vec<(u16, u16, u32, [u8; 4])>,
    exif: Vec<(u16, u16, u32, [u8; 4])>,
    interop: Vec<(u16, u16, u32, [u8; 4])>,
}

impl Tiff {
    pub(crate) fn new(is_little: bool) -> Self {
        Tiff { is_little, fields: Vec::new(), exif: Vec::new(), interop: Vec::new() }
    }

    fn short(&self, value: u16) -> [u8; 2] {
        if self.is_little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn long(&self, value: u32) -> [u8; 4] {
        if self.is_little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    /// The value of a field of this TIFF type, left-aligned in its four bytes.
    fn value(&self, kind: u16, value: i64) -> [u8; 4] {
        match kind {
            1 | 6 => [value as u8, 0, 0, 0],
            3 | 8 => [self.short(value as u16), [0; 2]].concat().try_into().expect("four bytes"),
            _ => self.long(value as u32),
        }
    }

    pub(crate) fn orientation(mut self, kind: u16, value: i64) -> Self {
        let field = (0x112, kind, 1, self.value(kind, value));
        self.fields.push(field);
        self
    }

    pub(crate) fn color_space(mut self, value: u16) -> Self {
        let field = (0xa001, 3, 1, self.value(3, value.into()));
        self.exif.push(field);
        self
    }

    pub(crate) fn interoperability(mut self, index: [u8; 4]) -> Self {
        self.interop.push((1, 2, 4, index));
        self
    }

    pub(crate) fn bytes(mut self) -> Vec<u8> {
        let length = |fields: usize| 2 + 12 * fields as u32 + 4;
        let exif_at = 8 + length(self.fields.len() + 1);
        let interop_at = exif_at + length(self.exif.len() + 1);
        let (to_exif, to_interop) = (self.long(exif_at), self.long(interop_at));
        self.fields.push((0x8769, 4, 1, to_exif));
        self.exif.push((0xa005, 4, 1, to_interop));
        let mut bytes = if self.is_little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        bytes.extend(self.long(8));
        for fields in [&self.fields, &self.exif, &self.interop] {
            bytes.extend(self.short(fields.len() as u16));
            for (tag, kind, count, value) in fields {
                bytes.extend([self.short(*tag), self.short(*kind)].concat());
                bytes.extend([self.long(*count), *value].concat());
            }
            bytes.extend([0; 4]);
        }
        bytes
    }
}

/// Primaries as CIE x and y of red, green and blue, beside a white of D65.
pub(crate) type Primaries = [[f64; 2]; 3];
pub(crate) const SRGB: Primaries = [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06]];
pub(crate) const ADOBE_RGB: Primaries = [[0.64, 0.33], [0.21, 0.71], [0.15, 0.06]];
pub(crate) const P3: Primaries = [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06]];
pub(crate) const BT2020: Primaries = [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046]];

type Matrix = [[f64; 3]; 3];

fn times(matrix: &Matrix, vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
}

fn inverse(m: &Matrix) -> Matrix {
    let minor = |r: usize, c: usize| {
        let (r0, r1, c0, c1) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r0][c0] * m[r1][c1] - m[r0][c1] * m[r1][c0]
    };
    let determinant: f64 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
    [0, 1, 2].map(|r| [0, 1, 2].map(|c| minor(c, r) / determinant))
}

/// From light in these primaries to CIE XYZ.
fn to_xyz(primaries: Primaries) -> Matrix {
    let [r, g, b] = primaries.map(|[x, y]| [x / y, 1.0, (1.0 - x - y) / y]);
    let columns = [0, 1, 2].map(|row| [r[row], g[row], b[row]]);
    let scale = times(&inverse(&columns), [0.3127 / 0.329, 1.0, (1.0 - 0.3127 - 0.329) / 0.329]);
    columns.map(|row| [row[0] * scale[0], row[1] * scale[1], row[2] * scale[2]])
}

/// What a colour is in sRGB: `light` undoes its curve.
pub(crate) fn to_srgb(color: [u8; 3], primaries: Primaries, light: impl Fn(f64) -> f64) -> [u8; 3] {
    let linear = color.map(|sample| light(f64::from(sample) / 255.0));
    let srgb = times(&inverse(&to_xyz(SRGB)), times(&to_xyz(primaries), linear));
    srgb.map(|light| {
        let light = light.clamp(0.0, 1.0);
        let coded = if light <= 0.0031308 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        (coded * 255.0).round() as u8
    })
}

/// The curve of sRGB, undone.
pub(crate) fn srgb_light(value: f64) -> f64 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}
