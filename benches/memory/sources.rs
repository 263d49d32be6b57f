//! Files of every kind that is read, written by small writers.

use libjpeg_turbo_rs::Encoder;
use libjpeg_turbo_rs::PixelFormat;
use libjpeg_turbo_rs::Subsampling;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Metadata;
use recanvas::geometry::Size;
use recanvas::options::Values;
use recanvas::raster::Channels;

use crate::pictures::Content;
use crate::pictures::picture;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Subsampling, and whether in several scans.
    Jpeg(Subsampling, bool),
    JpegGray,
    JpegInks,
    /// Bits a sample.
    Png(Channels, u8),
    PngPalette,
    PngInterlaced(Channels, u8),
    WebpLossy(Channels),
    WebpLossless(Channels),
}

/// A file of a source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    pub(crate) kind: Kind,
    pub(crate) size: Size,
    /// EXIF orientation, 1 to 8.
    pub(crate) orientation: u8,
    pub(crate) content: Content,
}

impl Source {
    /// The bytes, and what the file is called.
    pub(crate) fn file(&self) -> (Vec<u8>, &'static str) {
        let Source { kind, size, content, .. } = *self;
        let encode = |channels, format, lossless: bool| {
            let options = Values::from([("quality", 90.into()), ("lossless", lossless.into())]);
            let encoding = Encoding::new(format, &options).expect("the format is written");
            encoding.encode(&picture(size, channels, content).into(), &Metadata::default()).expect("a file")
        };
        let (file, name) = match kind {
            Kind::Jpeg(subsampling, progressive) => (self.jpeg(PixelFormat::Rgb, subsampling, progressive), "in.jpg"),
            Kind::JpegGray => (self.jpeg(PixelFormat::Grayscale, Subsampling::S444, false), "in.jpg"),
            Kind::JpegInks => (self.jpeg(PixelFormat::Cmyk, Subsampling::S444, false), "in.jpg"),
            Kind::Png(channels, 8) => (encode(channels, Format::PNG, false), "in.png"),
            Kind::Png(channels, depth) => (self.png(channels, depth, false), "in.png"),
            Kind::PngPalette => (self.palette(), "in.png"),
            Kind::PngInterlaced(channels, depth) => (self.png(channels, depth, true), "in.png"),
            Kind::WebpLossy(channels) => (encode(channels, Format::WEBP, false), "in.webp"),
            Kind::WebpLossless(channels) => (encode(channels, Format::WEBP, true), "in.webp"),
        };
        (turned(file, self.orientation), name)
    }

    fn jpeg(&self, format: PixelFormat, subsampling: Subsampling, progressive: bool) -> Vec<u8> {
        let channels = match format {
            PixelFormat::Grayscale => Channels::Gray,
            PixelFormat::Cmyk => Channels::Rgba,
            _ => Channels::Rgb,
        };
        let pixels = picture(self.size, channels, self.content);
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let encoder = Encoder::new(pixels.samples(), width, height, format).quality(90).subsampling(subsampling);
        encoder.progressive(progressive).encode().expect("a file")
    }

    /// PNG without compression, in one piece or in Adam7's seven (W3C PNG, 8.1).
    fn png(&self, channels: Channels, depth: u8, interlaced: bool) -> Vec<u8> {
        let pixels = picture(self.size, channels, self.content);
        let count = channels.count();
        let mut rows = Vec::new();
        let whole: &[(u32, u32, u32, u32)] = &[(0, 0, 1, 1)];
        let passes = if interlaced { ADAM7 } else { whole };
        for &(left, top, across, down) in passes {
            for y in (top..self.size.height).step_by(down as usize).filter(|_| left < self.size.width) {
                rows.push(0);
                for x in (left..self.size.width).step_by(across as usize) {
                    for &sample in &pixels.row(y)[x as usize * count..][..count] {
                        rows.extend(std::iter::repeat_n(sample, usize::from(depth / 8)));
                    }
                }
            }
        }
        let color = match channels {
            Channels::Gray => 0,
            Channels::Rgb => 2,
            Channels::GrayAlpha => 4,
            Channels::Rgba => 6,
        };
        let Size { width, height } = self.size;
        let header =
            [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, u8::from(interlaced)]].concat();
        let chunks = [chunk(*b"IHDR", &header), pixels_of(&rows), chunk(*b"IEND", &[])];
        [SIGNATURE, &chunks.concat()].concat()
    }

    fn palette(&self) -> Vec<u8> {
        let pixels = picture(self.size, Channels::Gray, self.content);
        let Size { width, height } = self.size;
        let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 3, 0, 0, 0]].concat();
        let palette: Vec<u8> = (0..=255_u8).flat_map(|level| [level, 255 - level, level / 2]).collect();
        let rows: Vec<u8> = (0..height).flat_map(|y| [&[0], pixels.row(y)].concat()).collect();
        let chunks = [chunk(*b"IHDR", &header), chunk(*b"PLTE", &palette), pixels_of(&rows), chunk(*b"IEND", &[])];
        [SIGNATURE, &chunks.concat()].concat()
    }
}

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Left, top, step across, step down of each pass.
const ADAM7: &[(u32, u32, u32, u32)] =
    &[(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind, data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &body, &checksum(&body).to_be_bytes()].concat()
}

/// The chunks of a picture with these rows, of the length that writers like.
fn pixels_of(rows: &[u8]) -> Vec<u8> {
    stored(rows).chunks(1 << 18).flat_map(|part| chunk(*b"IDAT", part)).collect()
}

/// CRC-32 (W3C PNG, annex D).
fn checksum(data: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|byte| (0..8).fold(byte, |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 }))
        .collect();
    !data.iter().fold(u32::MAX, |sum, &byte| table[((sum ^ u32::from(byte)) & 255) as usize] ^ (sum >> 8))
}

/// A zlib stream of stored blocks (RFC 1950, RFC 1951).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(65_535);
    let last = blocks.len() - 1;
    for (number, block) in blocks.enumerate() {
        let length = block.len() as u16;
        stream.push(u8::from(number == last));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for &byte in data {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// The file with an EXIF orientation.
fn turned(file: Vec<u8>, orientation: u8) -> Vec<u8> {
    if orientation == 1 {
        return file;
    }
    // A little-endian TIFF of one entry: tag 0x112, one SHORT.
    let tiff = [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation, 0, 0, 0, 0, 0, 0, 0][..]].concat();
    if file.starts_with(SIGNATURE) {
        let (head, rest) = file.split_at(8 + 12 + 13);
        return [head, &chunk(*b"eXIf", &tiff), rest].concat();
    }
    let data = [b"Exif\0\0", &tiff[..]].concat();
    let (head, rest) = file.split_at(2);
    [head, &[0xff, 0xe1], &(data.len() as u16 + 2).to_be_bytes(), &data, rest].concat()
}
