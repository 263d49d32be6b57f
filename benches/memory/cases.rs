//! Lists the cases that are measured.

use std::fs;
use std::path::Path;

use libjpeg_turbo_rs::Subsampling;
use recanvas::batch;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::codecs;
use recanvas::codecs::DecodeRequest;
use recanvas::codecs::Detail;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Limits;
use recanvas::codecs::Metadata;
use recanvas::geometry::Size;
use recanvas::options::Values;
use recanvas::pipeline::Document;
use recanvas::pipeline::Registry;
use recanvas::pipeline::check;
use recanvas::raster::Channels;
use recanvas::raster::Raster;

use crate::child::Idle;
use crate::child::Measured;
use crate::pictures::Content;
use crate::pictures::picture;
use crate::sources::Kind;
use crate::sources::Source;

/// One measurement.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// A source and the rest of a pipeline that makes outputs of it.
    Task(Source, String),
    /// A decoder alone, at this scale, and whether colour may lie in planes of its own.
    Decode(Source, f64, bool),
    /// An encoder alone.
    Encode(Size, Channels, Content, Format, Values),
}

/// Name of the sources' folder in that of a case.
const INPUT: &str = "in";

/// More than any case needs.
const MOST: u64 = 64 << 30;

impl Case {
    /// Tells whether it is of a decoder or an encoder alone.
    pub(crate) fn is_alone(&self) -> bool {
        !matches!(self.what, What::Task(..))
    }

    /// Pixels of what is decoded or encoded.
    pub(crate) fn pixels(&self) -> u64 {
        match &self.what {
            What::Task(source, _) | What::Decode(source, ..) => source.size.area(),
            What::Encode(size, ..) => size.area(),
        }
    }

    /// Writes its source into a folder.
    pub(crate) fn prepare(&self, folder: &Path) {
        if let What::Task(source, _) | What::Decode(source, ..) = &self.what {
            let (file, name) = source.file();
            let input = folder.join(INPUT);
            fs::create_dir(&input).and_then(|()| fs::write(input.join(name), file)).expect("a source");
        }
    }

    /// Does it, in this process, with the source in a folder.
    pub(crate) fn measure(&self, folder: &Path) -> Measured {
        match &self.what {
            What::Task(_, rest) => task(folder, rest),
            What::Decode(_, scale, planes) => {
                let mut entries = fs::read_dir(folder.join(INPUT)).expect("a folder");
                let path = entries.next().and_then(Result::ok).expect("a source").path();
                let file = fs::read(path).expect("a source");
                let decode_request = DecodeRequest { scale: *scale, planes: *planes, ..DecodeRequest::WHOLE };
                let header = codecs::read_header(&mut std::io::Cursor::new(&file)).expect("a header");
                let idle = Idle::now();
                let limits = Limits { max_pixels: u64::MAX, max_bytes: u64::MAX };
                let decoded = codecs::decode_view(&file, &limits, &decode_request);
                let peak = idle.peak();
                decoded.expect("a picture");
                Measured { planned: codecs::decode_memory(&header, file.len() as u64, &decode_request).peak, peak }
            }
            What::Encode(size, channels, content, format, options) => {
                let picture = Raster::U8(picture(*size, *channels, *content));
                let encoding = Encoding::new(*format, options).expect("the format is written");
                let idle = Idle::now();
                let file = encoding.encode(&picture, &Metadata::default());
                let peak = idle.peak();
                file.expect("a file");
                Measured { planned: encoding.memory(*size, *channels, 1, Detail::of(&picture)), peak }
            }
        }
    }
}

/// Notes when the work begins.
struct Watch(std::sync::Mutex<Option<(u64, Idle)>>);

impl Observer for Watch {
    fn notice(&self, event: &Event<'_>) {
        if let Event::Planned { plan } = event {
            let planned = plan.sources.iter().filter_map(|source| source.memory).max().expect("a need").get();
            *self.0.lock().expect("a place") = Some((planned, Idle::now()));
        }
    }
}

fn task(folder: &Path, rest: &str) -> Measured {
    let document = Document::new("memory.yaml".as_ref(), format!("version: 1\nname: memory\n{rest}"));
    let pipeline = check(&document, Registry::built_in()).expect("a pipeline");
    let places = Places::new(folder.join(INPUT), folder.join("out"));
    let request = Request::new(&pipeline, places).expect("folders");
    let request = request.with(|it| {
        it.jobs = Some(1);
        it.memory = Some(MOST);
    });
    let watch = Watch(std::sync::Mutex::default());
    let summary = batch::run(&pipeline, &request, &watch, &Stop::new()).expect("a run");
    let watched = watch.0.into_inner().expect("a place").expect("a plan");
    let peak = watched.1.peak();
    assert_eq!((summary.failures(), summary.left), (0, 0), "the case is made");
    Measured { planned: watched.0, peak }
}

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = decoders();
    cases.extend(encoders());
    cases.extend(tasks());
    cases
}

fn subsampled() -> [(Subsampling, &'static str); 4] {
    [
        (Subsampling::S420, "4:2:0"),
        (Subsampling::S422, "4:2:2"),
        (Subsampling::S444, "4:4:4"),
        (Subsampling::S440, "4:4:0"),
    ]
}

fn channels() -> [(Channels, &'static str); 4] {
    [
        (Channels::Gray, "grey"),
        (Channels::GrayAlpha, "grey with alpha"),
        (Channels::Rgb, "RGB"),
        (Channels::Rgba, "RGB with alpha"),
    ]
}

/// Every kind of file with its name.
fn kinds() -> Vec<(Kind, String)> {
    let mut kinds = Vec::new();
    for (subsampling, name) in subsampled() {
        kinds.push((Kind::Jpeg(subsampling, false), format!("JPEG {name}")));
        kinds.push((Kind::Jpeg(subsampling, true), format!("progressive JPEG {name}")));
    }
    kinds.push((Kind::JpegGray, "JPEG grey".into()));
    kinds.push((Kind::JpegInks, "JPEG CMYK".into()));
    for (channels, name) in channels() {
        for depth in [8, 16] {
            kinds.push((Kind::Png(channels, depth), format!("PNG {name} {depth} bit")));
        }
        if channels.without_alpha() == Channels::Rgb {
            kinds.push((Kind::WebpLossy(channels), format!("WebP lossy {name}")));
            kinds.push((Kind::WebpLossless(channels), format!("WebP lossless {name}")));
            kinds.push((Kind::PngInterlaced(channels, 8), format!("PNG {name} 8 bit interlaced")));
            kinds.push((Kind::PngInterlaced(channels, 16), format!("PNG {name} 16 bit interlaced")));
        }
    }
    kinds.push((Kind::PngPalette, "PNG palette".into()));
    kinds
}

const LARGE: Size = Size::new(4000, 3000);
const SMALL: Size = Size::new(1600, 1200);

fn decoders() -> Vec<Case> {
    let mut cases = Vec::new();
    for size in [SMALL, LARGE] {
        for (kind, name) in kinds() {
            let source = Source { kind, size, orientation: 1, content: Content::Photograph };
            let what = What::Decode(source, 1.0, false);
            cases.push(Case { name: format!("decode {name}, {}", size), what });
        }
    }
    for (subsampling, name) in subsampled() {
        for eighths in [1, 2, 4, 8] {
            let kind = Kind::Jpeg(subsampling, false);
            for (orientation, how) in [(1, ""), (6, ", turned")] {
                let source = Source { kind, size: LARGE, orientation, content: Content::Photograph };
                let what = What::Decode(source, f64::from(eighths) / 8.0, true);
                cases.push(Case { name: format!("decode JPEG {name} in planes at {eighths}/8{how}, {LARGE}"), what });
            }
        }
    }
    cases
}

/// Every way of writing, with its name and whether the channels can have alpha.
fn ways() -> Vec<(Format, Values, String)> {
    let mut ways = Vec::new();
    for word in ["fast", "balanced", "small"] {
        let effort = ("effort", word.into());
        for name in ["4:2:0", "4:4:4"] {
            for progressive in [false, true] {
                let kind = if progressive { "progressive JPEG" } else { "JPEG" };
                let options = [effort.clone(), ("chroma", name.into()), ("progressive", progressive.into())];
                ways.push((Format::JPEG, options.into(), format!("{kind} {name} {word}")));
            }
        }
        ways.push((Format::PNG, [effort.clone()].into(), format!("PNG {word}")));
        for lossless in [false, true] {
            let name = if lossless { "lossless" } else { "lossy" };
            let options = [effort.clone(), ("lossless", lossless.into())];
            ways.push((Format::WEBP, options.into(), format!("WebP {name} {word}")));
        }
    }
    ways
}

fn encoders() -> Vec<Case> {
    let mut cases = Vec::new();
    for size in [SMALL, LARGE] {
        for content in [Content::Photograph, Content::Grainy, Content::Noise] {
            for (format, options, way) in ways() {
                for (channels, name) in channels() {
                    if channels.has_alpha() && !format.encoder().is_some_and(|encoder| encoder.has_alpha) {
                        continue;
                    }
                    let name = format!("encode {way}, {name}, {content:?}, {size}");
                    cases.push(Case { name, what: What::Encode(size, channels, content, format, options.clone()) });
                }
            }
        }
    }
    cases
}

fn tasks() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, kind: Kind, size: Size, orientation: u8, targets: &str, stages: &str| {
        let source = Source { kind, size, orientation, content: Content::Photograph };
        let rest = format!("targets: {targets}\nstages: {stages}\n");
        cases.push(Case { name, what: What::Task(source, rest) });
    };
    let (photo, cutout) = (Kind::Jpeg(Subsampling::S420, false), Kind::Png(Channels::Rgba, 8));
    let blur = "[{ outpaint: { engine: blur } }]";
    // Sources, to a size that is reduced and to one that is kept.
    for (kind, name) in kinds() {
        add(format!("{name} → 1080×1350"), kind, LARGE, 1, "[{ name: a, size: 1080x1350 }]", blur);
        add(format!("{name} → 3000×3000"), kind, Size::new(3000, 2250), 1, "[{ name: a, size: 3000x3000 }]", blur);
    }
    // Orientations.
    for orientation in [2, 3, 6] {
        for (kind, name) in [(photo, "JPEG"), (Kind::Png(Channels::Rgb, 16), "PNG 16 bit")] {
            let name = format!("{name} turned ({orientation}) → 4000×4000");
            add(name, kind, LARGE, orientation, "[{ name: a, size: 4000x4000 }]", blur);
        }
    }
    // Shapes of targets.
    let shapes = [
        ("crop 1080×1080", "[{ name: a, size: 1080x1080, aspect: { fit: crop } }]"),
        ("400×400", "[{ name: a, size: 400x400 }]"),
        ("ratio 1:1", "[{ name: a, ratio: \"1:1\" }]"),
        ("enlarged 6000×6000", "[{ name: a, size: 6000x6000 }]"),
        (
            "five targets",
            "[{ name: a, size: 1080x1350 }, { name: b, size: 400x400 }, { name: c, size: 2000x1000 }, \
             { name: d, ratio: \"1:1\" }, { name: e, size: 1200x1200, aspect: { fit: crop } }]",
        ),
    ];
    for (shape, targets) in shapes {
        add(format!("JPEG 24 MP → {shape}"), photo, Size::new(6000, 4000), 1, targets, blur);
        add(format!("PNG with alpha → {shape}"), cutout, LARGE, 1, targets, blur);
    }
    add(
        "JPEG 54 MP → 1080×1350 and ratio 1:1".into(),
        photo,
        Size::new(9000, 6000),
        1,
        "[{ name: a, size: 1080x1350 }, { name: b, ratio: \"1:1\" }]",
        blur,
    );
    // Engines.
    for engine in ["auto", "studio", "content", "edge", "mirror", "solid", "{ use: solid, color: \"#c04020\" }"] {
        for (kind, name) in [
            (photo, "JPEG"),
            (cutout, "PNG with alpha"),
            (Kind::JpegGray, "JPEG grey"),
            (Kind::Png(Channels::Rgb, 16), "PNG 16 bit"),
        ] {
            let stages = format!("[{{ outpaint: {{ engine: {engine} }} }}]");
            let word = engine.trim_matches(['{', '}', ' ']).replace("use: ", "");
            add(format!("{name} → 2400×3000, {word}"), kind, LARGE, 1, "[{ name: a, size: 2400x3000 }]", &stages);
        }
    }
    // Outputs.
    for (format, options, way) in ways() {
        let options: String = options.iter().map(|(name, value)| format!(", {name}: {value}")).collect();
        let convert = format!("{{ format: {}{options} }}", format.name());
        let stages = format!("[{{ outpaint: {{ engine: blur }} }}, {{ convert: {convert} }}]");
        for (kind, name) in [(photo, "JPEG"), (cutout, "PNG with alpha"), (Kind::JpegGray, "JPEG grey")] {
            let targets = "[{ name: a, size: 2000x2500 }]";
            add(format!("{name} → {way} 2000×2500"), kind, Size::new(2000, 2000), 1, targets, &stages);
        }
    }
    cases
}
