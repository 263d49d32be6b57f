//! Folders of files whose names, or neighbours, say what must come out.

use std::io::BufReader;
use std::io::Cursor;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::path::Path;

use recanvas::codecs::CODECS;
use recanvas::codecs::DecodeRequest;
use recanvas::codecs::Format;
use recanvas::codecs::Limits;
use recanvas::codecs::decode;
use recanvas::codecs::decode_memory;
use recanvas::codecs::encoder_fields;
use recanvas::codecs::read_header;
use recanvas::error::Class;
use recanvas::geometry::Size;

use crate::codecs::LIMITS;
use crate::codecs::folder;
use crate::codecs::pictures;
use crate::codecs::samples;

#[test]
fn every_orientation_stands_upright() {
    let mut seen = 0;
    for (name, bytes) in pictures("orientation") {
        let header = read_header(&mut Cursor::new(&bytes)).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let raster = decode(&bytes, &LIMITS).unwrap_or_else(|failure| panic!("{name}: {failure}")).raster;
        assert_eq!(raster.size(), Size::new(32, 24), "{name}");
        assert_eq!(header.oriented(), raster.size(), "{name}");
        let pixels = raster.into_u8();
        let corners = [(0, 0, [255, 0, 0]), (31, 0, [0, 255, 0]), (0, 23, [0, 0, 255]), (31, 23, [255, 255, 0])];
        for (x, y, color) in corners {
            // JPEG reaches pure colours within one level.
            let near = pixels.pixel(x, y).iter().zip(color).all(|(found, wanted)| found.abs_diff(wanted) <= 1);
            assert!(near, "{name}: {:?} at {x},{y} instead of {color:?}", pixels.pixel(x, y));
        }
        seen += 1;
    }
    assert!(seen >= 11, "eight of JPEG, two of PNG, one of WebP; found {seen}");
}

#[test]
fn profiles_lead_to_srgb() {
    let expectations = folder("icc");
    for (name, bytes) in pictures("icc") {
        let beside = format!("{name}.expected");
        let (_, expected) = expectations.iter().find(|(name, _)| *name == beside).expect("a picture to compare with");
        let expected = image::load_from_memory(expected).expect("the expected picture is whole");
        let alpha = expected.color().has_alpha();
        let decoded = decode(&bytes, &LIMITS).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let found = samples(&decoded.raster);
        // A level of rounding; for 16 bits the same share of the range; JPEG adds its own loss.
        let (wanted, tolerance): (Vec<u16>, u16) = match expected {
            image::DynamicImage::ImageRgb16(image) => (image.into_raw(), 257),
            other if name.ends_with(".jpg") => (other.as_bytes().iter().copied().map(u16::from).collect(), 24),
            other => (other.as_bytes().iter().copied().map(u16::from).collect(), 1),
        };
        assert_eq!(found.len(), wanted.len(), "{name}");
        let tolerance = if name.starts_with("exact") || name.starts_with("warns") { 0 } else { tolerance };
        let worst = found.iter().zip(&wanted).map(|(found, wanted)| found.abs_diff(*wanted)).max();
        assert!(worst <= Some(tolerance), "{name}: differs by {worst:?}, {tolerance} are allowed");
        if alpha {
            let count = decoded.raster.channels().count();
            let last = |samples: &[u16]| samples.iter().copied().skip(count - 1).step_by(count).collect::<Vec<u16>>();
            assert_eq!(last(&found), last(&wanted), "{name}: alpha");
        }
        let warned = decoded.warnings.iter().any(|warning| warning.contains("sRGB is assumed"));
        assert_eq!(warned, name.starts_with("warns"), "{name}: {:?}", decoded.warnings);
    }
}

#[test]
fn broken_files_fail_as_their_name_says() {
    for (name, bytes) in folder("broken") {
        let class = name.split("__").next().unwrap_or_default();
        let Err(failure) = decode(&bytes, &LIMITS) else { panic!("{name} was taken for whole") };
        assert_eq!(failure.class.word(), class, "{name}: {failure}");
        let message = failure.message;
        assert!(!message.contains('\n') && message.chars().next().is_some_and(char::is_lowercase), "{name}: {message}");
    }
}

#[test]
fn jpeg_headers_refuse_chroma_finer_than_luma() {
    let grid = pictures("grid");
    let (_, whole) = grid.iter().find(|(name, _)| name == "rgb__444.jpg").expect("a JPEG");
    let frame = whole.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
    let refused = |factors: [u8; 3]| {
        let mut bytes = whole.clone();
        for (place, factor) in [11, 14, 17].into_iter().zip(factors) {
            bytes[frame + place] = factor;
        }
        let failure = read_header(&mut Cursor::new(&bytes)).err();
        failure.inspect(|failure| assert_eq!(failure.class, Class::Unsupported, "{factors:x?}: {failure}")).is_some()
    };
    let all = [0x11, 0x12, 0x21, 0x22];
    for (luma, blue, red) in all.iter().flat_map(|&y| all.iter().flat_map(move |&b| all.map(|r| (y, b, r)))) {
        assert_eq!(refused([luma, blue, red]), blue.max(red) >> 4 > luma >> 4, "{luma:x} {blue:x} {red:x}");
    }
    assert!(!refused([0x41, 0x22, 0x11]) && !refused([0x41, 0x22, 0x21]) && !refused([0x41, 0x11, 0x11]));
}

#[test]
fn a_limit_names_its_figure_and_its_option() {
    let broken = folder("broken");
    let (_, huge) = broken.iter().find(|(name, _)| name.starts_with("limit")).expect("a huge picture");
    let failure = decode(huge, &LIMITS).expect_err("900 million pixels are too many");
    assert_eq!(failure.message, "the picture has 900,000,000 pixels; the limit is 200,000,000 (load.max_pixels)");
    let beginning = decode(&huge[..60], &LIMITS).expect_err("the header alone decides");
    assert_eq!(beginning, failure);
    let few = Limits { max_bytes: 1000, ..LIMITS };
    let (_, picture) = pictures("photos").remove(0);
    let failure = decode(&picture, &few).expect_err("the file is longer");
    assert_eq!(failure.class, Class::Limit);
    assert!(failure.message.ends_with("the limit is 1,000 (load.max_bytes)"), "{failure}");
}

#[test]
fn headers_agree_with_pictures() {
    for folder in ["grid", "orientation", "icc", "photos"] {
        for (name, bytes) in pictures(folder) {
            let header = read_header(&mut Cursor::new(&bytes)).unwrap_or_else(|failure| panic!("{name}: {failure}"));
            let raster = decode(&bytes, &LIMITS).unwrap_or_else(|failure| panic!("{name}: {failure}")).raster;
            assert_eq!(header.oriented(), raster.size(), "{name}");
            assert_eq!(header.channels, raster.channels(), "{name}");
            assert_eq!(usize::from(header.sample_bytes), raster.sample_bytes(), "{name}");
            assert_eq!(header.decoded_bytes(), (samples(&raster).len() * raster.sample_bytes()) as u64, "{name}");
            assert_eq!(header.animated, name.contains("animated"), "{name}");
            assert_eq!(header.several_scans, name.contains("progressive"), "{name}");
            let memory = decode_memory(&header, bytes.len() as u64, &DecodeRequest::WHOLE).peak;
            assert!(memory > header.decoded_bytes(), "{name}: {memory}");
            let extension = name.rsplit('.').next().unwrap_or_default();
            assert!(header.format.extensions().contains(&extension), "{name} is {:?}", header.format);
        }
    }
}

/// Counts how much of a file is read.
struct Counting<'a> {
    inner: Cursor<&'a [u8]>,
    read: usize,
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

impl Seek for Counting<'_> {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(position)
    }
}

#[test]
fn headers_cost_little_reading() {
    for (name, bytes) in pictures("photos") {
        let mut reader = BufReader::with_capacity(4096, Counting { inner: Cursor::new(&bytes[..]), read: 0 });
        read_header(&mut reader).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let read = reader.get_ref().read;
        assert!(read <= 40_000, "{name}: {read} bytes were read");
    }
}

#[test]
fn every_format_has_one_line() {
    let words = [(Format::JPEG, "jpeg", "Jpeg"), (Format::PNG, "png", "Png"), (Format::WEBP, "webp", "Webp")];
    assert_eq!(words.map(|(format, ..)| format).to_vec(), Format::all().collect::<Vec<_>>());
    for (format, name, shown) in words {
        assert_eq!(CODECS.iter().filter(|codec| codec.format == format).count(), 1);
        assert_eq!((Format::named(name), format!("{format:?}")), (Some(format), shown.to_owned()));
        assert_eq!(serde_json::to_value(format).expect("a word"), name);
        assert_eq!(serde_json::from_value::<Format>(name.into()).expect("a format"), format);
        for extension in format.extensions() {
            assert_eq!(Format::of_name(Path::new(&format!("a.{}", extension.to_uppercase()))), Some(format));
        }
    }
    assert!(serde_json::from_value::<Format>("Jpeg".into()).is_err());
}

#[test]
fn equal_option_names_of_encoders_mean_equal_options() {
    let all = encoder_fields();
    let names: Vec<&str> = all.iter().map(|field| field.name).collect();
    assert_eq!(names, ["quality", "chroma", "progressive", "lossless", "effort"]);
    for encoder in CODECS.iter().filter_map(|codec| codec.encoder) {
        for field in encoder.fields {
            let known = all.iter().find(|known| known.name == field.name).expect("it is one of all");
            assert_eq!(format!("{known:?}"), format!("{field:?}"));
        }
    }
}
