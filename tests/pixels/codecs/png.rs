//! PNG files that other readers show too, though their chunks are odd, and what must be refused.
//! Pillow 13 and libvips 8.18 show the same pixels where no other rule is named.

use std::io::BufRead;
use std::io::Cursor;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::slice::from_ref;

use recanvas::codecs::decode;
use recanvas::codecs::read_header;
use recanvas::error::Class;
use recanvas::geometry::Orientation;
use recanvas::raster::Channels;

use crate::codecs::LIMITS;
use crate::codecs::samples;
use crate::codecs::write::Tiff;
use crate::codecs::write::chunk;
use crate::codecs::write::damaged;
use crate::codecs::write::dot;
use crate::codecs::write::image_data;
use crate::codecs::write::packed;
use crate::codecs::write::png;
use crate::codecs::write::png_head;

const RED: [u8; 3] = [200, 30, 40];

/// All samples of a file that is shown, and what is said of it.
fn shown(bytes: &[u8]) -> (Vec<u16>, Vec<String>) {
    let decoded = decode(bytes, &LIMITS).unwrap_or_else(|failure| panic!("{failure}"));
    (samples(&decoded.raster), decoded.warnings)
}

/// The class that a file fails with.
fn refused(bytes: &[u8]) -> Class {
    decode(bytes, &LIMITS).expect_err("the file is refused").class
}

fn assert_red(bytes: &[u8], what: &str) {
    assert_eq!(shown(bytes).0, RED.map(u16::from), "{what}");
}

#[test]
fn bits_above_the_depth_say_nothing_of_transparency() {
    let gray = |depth: u8, line: &[u8], key: [u8; 2]| shown(&png(depth, 0, 2, &[line], &[chunk(b"tRNS", &key)])).0;
    assert_eq!(gray(1, &[0b0100_0000], [0x00, 0xff]), [0, 255, 255, 0]);
    assert_eq!(gray(1, &[0b0100_0000], [0xff, 0xfe]), [0, 0, 255, 255]);
    assert_eq!(gray(2, &[0b0110_0000], [0x00, 0xfe]), [85, 255, 170, 0]);
    assert_eq!(gray(4, &[0x37], [0x12, 0xf3]), [51, 0, 119, 255]);
    assert_eq!(gray(8, &[3, 7], [0xff, 0x07]), [3, 255, 7, 0]);
    let rgb = png(8, 2, 1, &[&RED], &[chunk(b"tRNS", &[1, RED[0], 2, RED[1], 3, RED[2]])]);
    assert_eq!(shown(&rgb).0, [200, 30, 40, 0]);
    let wide = png(16, 0, 2, &[&[1, 7, 0, 7]], &[chunk(b"tRNS", &[0, 7])]);
    assert_eq!(shown(&wide).0, [0x107, 65535, 7, 0]);
}

#[test]
fn transparency_that_does_not_fit_is_left_out_and_told() {
    let palette = || chunk(b"PLTE", &[10, 20, 30, 40, 50, 60]);
    let cases = [
        png(8, 0, 1, &[&[7]], &[chunk(b"tRNS", &[7])]),
        png(8, 0, 1, &[&[7]], &[chunk(b"tRNS", &[0, 7, 0])]),
        png(8, 0, 1, &[&[7]], &[damaged(chunk(b"tRNS", &[0, 7]))]),
        png(8, 2, 1, &[&RED], &[chunk(b"tRNS", &[0, 200])]),
        png(8, 3, 1, &[&[0]], &[palette(), chunk(b"tRNS", &[0, 0, 0])]),
    ];
    for bytes in cases {
        let decoded = decode(&bytes, &LIMITS).expect("a picture");
        let opaque = samples(&decoded.raster).last().copied();
        assert!(!decoded.raster.channels().has_alpha() || opaque == Some(255));
        assert!(decoded.warnings.len() == 1 && decoded.warnings[0].contains("opaque"), "{:?}", decoded.warnings);
    }
    let channel = png(8, 6, 1, &[&[1, 2, 3, 99]], &[chunk(b"tRNS", &[0, 1, 0, 2, 0, 3])]);
    assert_eq!(shown(&channel), (vec![1, 2, 3, 99], Vec::new()), "beside an alpha channel");
    // Fewer alphas than colours are usual.
    let fewer = png(8, 3, 2, &[&[0, 1]], &[palette(), chunk(b"tRNS", &[9])]);
    assert_eq!(shown(&fewer), (vec![10, 20, 30, 9, 40, 50, 60, 255], Vec::new()));
}

#[test]
fn colours_that_a_palette_lacks_are_black() {
    let short = png(8, 3, 3, &[&[0, 1, 200]], &[chunk(b"PLTE", &[10, 20, 30])]);
    assert_eq!(shown(&short).0, [10, 20, 30, 0, 0, 0, 0, 0, 0]);
    let with_alpha = png(8, 3, 2, &[&[0, 1]], &[chunk(b"PLTE", &[10, 20, 30]), chunk(b"tRNS", &[4])]);
    assert_eq!(shown(&with_alpha).0, [10, 20, 30, 4, 0, 0, 0, 255]);
    for palette in [&[][..], &[1, 2], &[0; 769], &[0; 771]] {
        assert_eq!(refused(&png(8, 3, 1, &[&[0]], &[chunk(b"PLTE", palette)])), Class::Corrupt);
    }
    assert_eq!(refused(&png(8, 3, 1, &[&[0]], &[])), Class::Corrupt, "without any");
    assert_red(&dot(RED, &[chunk(b"PLTE", &[1, 2])]), "a proposed palette is of no concern");
}

#[test]
fn faults_of_what_is_not_shown_cost_nothing() {
    let frame = |number: u32, width: u32| {
        let numbers = [number, width, 1, 0, 0].map(u32::to_be_bytes).concat();
        chunk(b"fcTL", &[numbers, vec![0, 1, 0, 10, 0, 0]].concat())
    };
    let data = |number: u32| chunk(b"fdAT", &[&number.to_be_bytes()[..], &packed(&[0, 1, 2, 3])].concat());
    let movie = |frames: u32| chunk(b"acTL", &[frames, 0].map(u32::to_be_bytes).concat());
    let begun = |before: &[Vec<u8>]| [png_head(1, 1, 8, 2), before.concat(), image_data(&[&RED])].concat();
    let end = || chunk(b"IEND", &[]);
    let whole = || begun(&[movie(2), frame(0, 1)]);
    let cases = [
        ("number of a frame", [whole(), frame(5, 1), data(2), end()].concat()),
        ("number of its data", [whole(), frame(1, 1), data(9), end()].concat()),
        ("size of a frame", [whole(), frame(1, 90), data(2), end()].concat()),
        ("data of a frame", [whole(), frame(1, 1), chunk(b"fdAT", &[0, 0, 0, 2, 9, 9]), end()].concat()),
        ("checksum of a frame", [whole(), damaged(frame(1, 1)), damaged(data(2)), end()].concat()),
        ("frames without a beginning", [whole(), data(1), end()].concat()),
        ("length of a frame's head", [whole(), chunk(b"fcTL", &[0; 9]), end()].concat()),
        ("promised frames", [whole(), end()].concat()),
        ("size of the first frame", [begun(&[movie(2), frame(0, 7)]), end()].concat()),
        ("number of the first frame", [begun(&[movie(2), frame(3, 1)]), frame(4, 1), data(5), end()].concat()),
    ];
    for (what, bytes) in cases {
        assert_red(&bytes, what);
        assert!(shown(&bytes).1[0].contains("first frame"), "{what}");
    }
    let apart = [begun(&[movie(2)]), frame(0, 1), data(1), end()].concat();
    assert_red(&apart, "a picture beside its animation");
    assert!(shown(&apart).1[0].contains("still picture"), "{:?}", shown(&apart).1);
    let one = [begun(&[movie(1), frame(0, 1)]), end()].concat();
    assert_eq!(shown(&one), (RED.map(u16::from).to_vec(), Vec::new()), "one frame is no animation");
}

#[test]
fn a_checksum_counts_where_pixels_depend_on_it() {
    assert_red(&dot(RED, &[damaged(chunk(b"tEXt", b"a\0b"))]), "a text");
    assert_red(&dot(RED, &[damaged(chunk(b"gAMA", &100_000_u32.to_be_bytes()))]), "a curve");
    let head = png_head(1, 1, 8, 2);
    let end = chunk(b"IEND", &[]);
    assert_red(&[&head[..], &image_data(&[&RED]), &damaged(end.clone())].concat(), "the end");
    assert_eq!(refused(&[&head[..], &damaged(image_data(&[&RED])), &end].concat()), Class::Corrupt);
    assert_eq!(refused(&[&damaged(head)[..], &image_data(&[&RED]), &end].concat()), Class::Corrupt);
    let palette = damaged(chunk(b"PLTE", &[1, 2, 3]));
    assert_eq!(refused(&png(8, 3, 1, &[&[0]], &[palette])), Class::Corrupt);
}

#[test]
fn a_picture_ends_with_its_pixels() {
    let begun = [png_head(1, 1, 8, 2), image_data(&[&RED])].concat();
    assert_red(&begun, "no end chunk");
    for behind in [&b"\0\0\0\0IE"[..], b"garbage", &[0; 100], b"\xff\xff\xff\xfftEXt", b"\0\0\0\x04XXXX"] {
        assert_red(&[&begun, behind].concat(), "anything behind the pixels");
    }
    assert_red(&[&begun[..], &chunk(b"IEND", &[]), b"trailing"].concat(), "bytes behind the end");
    assert_red(&[&begun[..], b"\0\0\x01\0IDAT"].concat(), "pixel data that nothing needs is cut off");
    for short in 1..=begun.len() {
        let failure = decode(&begun[..begun.len() - short], &LIMITS).expect_err("a part is missing");
        assert!(failure.class == Class::Corrupt || begun.len() - short < 8, "{short}: {failure}");
    }
    // Two lines promised, one there.
    let short = [png_head(1, 2, 8, 2), image_data(&[&RED]), chunk(b"IEND", &[])].concat();
    assert_eq!(refused(&short), Class::Corrupt);
    let (one, other) = (packed(&[0, 200, 30, 40]), chunk(b"tEXt", b"a\0b"));
    let split = [png_head(1, 1, 8, 2), chunk(b"IDAT", &one[..5]), other, chunk(b"IDAT", &one[5..])].concat();
    assert_eq!(refused(&split), Class::Corrupt, "a chunk inside of the pixel data");
    let pieces: Vec<u8> = one.iter().flat_map(|byte| chunk(b"IDAT", &[*byte])).collect();
    assert_red(&[png_head(1, 1, 8, 2), chunk(b"IDAT", &[]), pieces].concat(), "pixel data in pieces");
}

#[test]
fn critical_chunks_are_known_and_stand_once() {
    assert_eq!(refused(&dot(RED, &[chunk(b"ABcD", &[1])])), Class::Unsupported);
    assert_red(&dot(RED, &[chunk(b"abCd", &[1])]), "an ancillary one");
    let header = png_head(1, 1, 8, 2)[8..].to_vec();
    assert_eq!(refused(&dot(RED, &[header])), Class::Corrupt, "two headers");
    let palette = || chunk(b"PLTE", &[1, 2, 3]);
    assert_eq!(refused(&png(8, 3, 1, &[&[0]], &[palette(), palette()])), Class::Corrupt);
    let apple = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"CgBI", &[0; 4]), &png_head(1, 1, 8, 2)[8..]].concat();
    assert_eq!(read_header(&mut Cursor::new(&apple)).map_err(|failure| failure.class), Err(Class::Unsupported));
    // Of others the first counts.
    let keys = [chunk(b"tRNS", &[0, 7]), chunk(b"tRNS", &[0, 9])];
    assert_eq!(shown(&png(8, 0, 2, &[&[7, 9]], &keys)).0, [7, 0, 9, 255]);
}

#[test]
fn depths_that_a_colour_type_lacks_are_refused() {
    for (depth, color) in [(3, 0), (16, 3), (4, 2), (1, 4), (2, 6), (0, 0), (8, 1), (8, 5), (8, 7), (32, 2)] {
        assert_eq!(refused(&png(depth, color, 1, &[&[0; 8]], &[])), Class::Corrupt, "{depth} {color}");
    }
}

/// What comes of EXIF in these chunks.
fn turned(before: &[Vec<u8>], after: &[Vec<u8>]) -> Orientation {
    let file = [png_head(1, 1, 8, 2), before.concat(), image_data(&[&RED]), after.concat(), chunk(b"IEND", &[])];
    read_header(&mut Cursor::new(file.concat())).expect("a header").orientation
}

#[test]
fn exif_in_a_text_turns_the_picture() {
    let tiff = Tiff::new(true).orientation(3, 6).bytes();
    let named = [b"Exif\0\0", &tiff[..]].concat();
    let spelled = |bytes: &[u8], name: &str| {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let lines: Vec<String> = digits.chunks(36).map(|line| line.concat()).collect();
        format!("\n{name}\n{:8}\n{}\n", bytes.len(), lines.join("\n")).into_bytes()
    };
    for (keyword, name, bytes) in
        [("exif", "exif", &tiff), ("exif", "exif", &named), ("APP1", "generic profile", &named)]
    {
        let key = format!("Raw profile type {keyword}\0").into_bytes();
        let text = spelled(bytes, name);
        let chunks = [
            chunk(b"tEXt", &[&key[..], &text].concat()),
            chunk(b"zTXt", &[&key[..], &[0], &packed(&text)].concat()),
            chunk(b"iTXt", &[&key[..], &[0, 0, 0, 0], &text].concat()),
            chunk(b"iTXt", &[&key[..], &[1, 0], b"en\0key\0", &packed(&text)].concat()),
        ];
        for chunk in chunks {
            assert_eq!(turned(from_ref(&chunk), &[]), Orientation::Rotate90, "{keyword}");
            assert_eq!(turned(&[], from_ref(&chunk)), Orientation::Rotate90, "{keyword} behind the picture");
            assert_eq!(turned(&[damaged(chunk)], &[]), Orientation::Upright, "{keyword} damaged");
        }
    }
    let text = |bytes: &[u8]| chunk(b"tEXt", &[b"Raw profile type APP1\0", &spelled(bytes, "APP1")[..]].concat());
    assert_eq!(turned(&[text(b"http://ns.adobe.com/xap/1.0/\0<x/>")], &[]), Orientation::Upright, "XMP");
    // The chunk that is made for it comes first, wherever it stands.
    let own = chunk(b"eXIf", &Tiff::new(false).orientation(3, 3).bytes());
    assert_eq!(turned(&[text(&named)], from_ref(&own)), Orientation::Rotate180);
    assert_eq!(turned(&[own.clone(), text(&named)], &[]), Orientation::Rotate180);
    assert_eq!(turned(&[damaged(own), text(&named)], &[]), Orientation::Rotate90);
}

#[test]
fn all_texts_together_are_unpacked_to_no_more_than_exif_needs() {
    let key = b"Raw profile type exif\0";
    let spelled = |bytes: &[u8]| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("\nexif\n{}\n{digits}\n", bytes.len())
    };
    let text = |text: &[u8]| chunk(b"zTXt", &[&key[..], &[0], &packed(text)].concat());
    let exif = text(spelled(&Tiff::new(true).orientation(3, 6).bytes()).as_bytes());
    let other = |mib: usize| text(&vec![b'a'; mib << 20]);
    let before = |texts: &[Vec<u8>]| turned(&[texts, from_ref(&exif)].concat(), &[]);
    let behind = |texts: &[Vec<u8>]| turned(&[], &[texts, from_ref(&exif)].concat());
    for turned in [&before as &dyn Fn(&[Vec<u8>]) -> Orientation, &behind] {
        assert_eq!(turned(&[other(5), other(5)]), Orientation::Rotate90, "other texts under the same name");
        assert_eq!(turned(&[other(12)]), Orientation::Upright, "a bomb");
        assert_eq!(turned(&vec![other(1); 12]), Orientation::Upright, "several");
        assert_eq!(turned(&vec![other(0); 11_000]), Orientation::Rotate90, "many empty ones");
        assert_eq!(turned(&vec![other(0); 13_000]), Orientation::Upright, "and more");
    }
}

#[test]
fn long_exif_is_read() {
    let tiff = |bytes: usize| [Tiff::new(true).orientation(3, 6).bytes(), vec![0; bytes]].concat();
    for bytes in [1 << 20, 3_000_000, 20_000_000] {
        assert_eq!(turned(&[chunk(b"eXIf", &tiff(bytes))], &[]), Orientation::Rotate90, "{bytes}");
    }
    assert_red(&dot(RED, &[chunk(b"eXIf", &tiff(3_000_000)), chunk(b"tEXt", &vec![b'a'; 9_000_000])]), "much metadata");
}

/// A file that goes on after its beginning for ever, with the same bytes again and again.
struct Endless {
    head: Vec<u8>,
    again: Vec<u8>,
    at: u64,
    read: u64,
}

impl BufRead for Endless {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        let at = self.at as usize;
        Ok(match self.head.get(at..) {
            Some(rest) if !rest.is_empty() => rest,
            _ => &self.again[(at - self.head.len()) % self.again.len()..],
        })
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount as u64;
        self.read += amount as u64;
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let distance = match to {
            SeekFrom::Current(distance) => distance,
            SeekFrom::End(0) => return Ok(u64::MAX),
            _ => panic!("headers are read forwards"),
        };
        self.at = self.at.checked_add_signed(distance).expect("inside of the file");
        Ok(self.at)
    }
}

#[test]
fn bytes_before_a_picture_are_bounded() {
    let endless = |head: Vec<u8>, again: Vec<u8>| {
        let mut file = Endless { head, again, at: 0, read: 0 };
        let failure = read_header(&mut file).expect_err("no picture comes");
        assert!(file.read < 80 << 20, "{} bytes were read", file.read);
        failure.class
    };
    let head = png_head(1, 1, 8, 2);
    assert_eq!(endless(head.clone(), vec![0; 4096]), Class::Limit, "zeros");
    assert_eq!(endless(head.clone(), chunk(b"tEXt", b"")), Class::Limit, "empty texts");
    assert_eq!(endless(head.clone(), chunk(b"eXIf", &[0; 1 << 20])), Class::Limit, "long chunks");
    assert_eq!(endless([head.clone(), b"\x7f\xff\xff\xffteXt".to_vec()].concat(), vec![7]), Class::Limit, "one chunk");
    let webp = b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    let webp_head = webp.clone();
    assert_eq!(endless(webp.clone(), b"abcd\0\0\0\0".to_vec()), Class::Limit, "chunks of a WebP");
    assert_eq!(endless(webp, b"abcd\0\0\0\x40".to_vec()), Class::Limit, "a long chunk of a WebP");
    // What is not there is not too much.
    let claims = |length: [u8; 4]| [&head[..], &length, b"teXt", &[0; 100]].concat();
    assert_eq!(refused(&claims([0x7f, 0xff, 0xff, 0xff])), Class::Corrupt, "a chunk that claims 2 GiB");
    assert_eq!(refused(&claims([0, 0, 1, 0])), Class::Corrupt, "a chunk that claims 256 bytes");
    assert_eq!(refused(&[&webp_head[..], b"abcd\xff\xff\xff\x7f", &[0; 100]].concat()), Class::Corrupt, "in a WebP");
    let many = |count: usize| dot(RED, &vec![chunk(b"tEXt", b""); count]);
    // The header chunk and the first with pixels count too.
    assert_red(&many(65_534), "as many as may be");
    assert_eq!(refused(&many(65_535)), Class::Limit);
    // Pixel data may come in more pieces than metadata.
    let line = packed(&[0, 200, 30, 40]);
    let pieces = [chunk(b"IDAT", &line), vec![chunk(b"IDAT", &[]); 70_000].concat()].concat();
    assert_red(&[png_head(1, 1, 8, 2), pieces].concat(), "many pieces");
    let behind = [head, image_data(&[&RED])].concat();
    assert_eq!(endless(behind.clone(), chunk(b"IDAT", &[])), Class::Limit, "pixel data without an end");
    // Chunks behind the picture may be long, but not much of them is read.
    let own = damaged(chunk(b"eXIf", &vec![7; 1 << 20]));
    assert_eq!(endless(behind.clone(), own), Class::Limit, "damaged EXIF behind the picture");
    let text = [&b"Raw profile type exif\0"[..], &[b'x'; 1 << 20]].concat();
    assert_eq!(endless(behind.clone(), chunk(b"tEXt", &text)), Class::Limit, "texts behind the picture");
    assert_eq!(endless(behind.clone(), damaged(chunk(b"tEXt", &text))), Class::Limit, "damaged texts");
    let mut zeros = Endless { head: behind, again: vec![0; 4096], at: 0, read: 0 };
    let header = read_header(&mut zeros).expect("a whole picture before zeros");
    assert_eq!(header.channels, Channels::Rgb);
}

#[test]
fn every_colour_type_depth_and_interlace_gives_its_samples() {
    // Written sample by sample, pass by pass; 13x11 fills no byte and no block of eight.
    let (width, height) = (13_usize, 11_usize);
    let kinds: [(u8, &[u8], usize); 5] =
        [(0, &[1, 2, 4, 8, 16], 1), (2, &[8, 16], 3), (3, &[1, 2, 4, 8], 1), (4, &[8, 16], 2), (6, &[8, 16], 4)];
    let palette: Vec<u8> = (0..=255_u8).flat_map(|index| [index, 255 - index, index ^ 0x5a]).collect();
    for (color, depths, channels) in kinds {
        for (&depth, interlaced) in depths.iter().flat_map(|depth| [(depth, false), (depth, true)]) {
            let most = (1_u32 << depth) - 1;
            let sample =
                |x: usize, y: usize, c: usize| ((x * 7919 + y * 104_729 + c * 31 + x * y) as u32 * 2477) & most;
            let passes: &[[usize; 4]] = if interlaced {
                &[[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]
            } else {
                &[[0, 0, 1, 1]]
            };
            let mut raw = Vec::new();
            for &[x0, y0, dx, dy] in passes {
                for y in (y0..height).step_by(dy) {
                    let bits: Vec<u8> = (x0..width)
                        .step_by(dx)
                        .flat_map(|x| (0..channels).map(move |c| (x, c)))
                        .flat_map(|(x, c)| (0..depth).rev().map(move |bit| (sample(x, y, c) >> bit & 1) as u8))
                        .collect();
                    raw.push(0);
                    raw.extend(
                        bits.chunks(8)
                            .map(|byte| byte.iter().enumerate().fold(0, |sum, (at, bit)| sum | bit << (7 - at))),
                    );
                }
            }
            let header = [&13_u32.to_be_bytes()[..], &11_u32.to_be_bytes(), &[depth, color, 0, 0, interlaced.into()]];
            let plte = if color == 3 { chunk(b"PLTE", &palette[..3 << depth]) } else { Vec::new() };
            let head = [b"\x89PNG\r\n\x1a\n", &chunk(b"IHDR", &header.concat())[..], &plte].concat();
            let found = shown(&[head, chunk(b"IDAT", &packed(&raw)), chunk(b"IEND", &[])].concat()).0;
            let expected: Vec<u16> = (0..height * width)
                .map(|at| (at % width, at / width))
                .flat_map(|(x, y)| match color {
                    3 => palette[sample(x, y, 0) as usize * 3..][..3]
                        .iter()
                        .map(|&sample| u16::from(sample))
                        .collect::<Vec<u16>>(),
                    _ => (0..channels)
                        .map(|c| if depth < 8 { sample(x, y, c) * 255 / most } else { sample(x, y, c) } as u16)
                        .collect::<Vec<u16>>(),
                })
                .collect();
            assert_eq!(found, expected, "colour type {color}, {depth} bits, interlaced {interlaced}");
        }
    }
}

#[test]
fn a_picture_in_one_long_chunk_is_no_metadata() {
    let file = [png_head(9000, 9000, 8, 2), chunk(b"IDAT", &vec![0; 65 << 20]), chunk(b"IEND", &[])].concat();
    assert_eq!(read_header(&mut Cursor::new(&file)).expect("a header").stored.width, 9000);
    let text = chunk(b"tEXt", &vec![b'a'; 65 << 20]);
    let file = [png_head(9000, 9000, 8, 2), text, chunk(b"IDAT", &[]), chunk(b"IEND", &[])].concat();
    assert_eq!(read_header(&mut Cursor::new(&file)).expect_err("too much metadata").class, Class::Limit);
}
