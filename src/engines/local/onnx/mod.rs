//! `onnx`: a model of the user's, run on this machine.
//!
//! The model sees the canvas as large as it takes one: margins filled by the border's pixels, which
//! it is told to replace. What it returns is enlarged to the canvas, [`detail`] adds the fine grain
//! that was lost by reducing, and only margins are written. The [`contract`] says how a graph
//! is given a picture; the [`runtime`] is the one place that knows ONNX.

#[cfg(not(feature = "onnx"))]
#[path = "absent.rs"]
mod runtime;

mod contract;
mod detail;
mod model;
#[cfg(feature = "onnx")]
mod runtime;
mod tensor;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Map;
use serde_json::Value;

use crate::each_depth;
use crate::engines::EngineDef;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::local::enlarge::BAND;
use crate::engines::local::enlarge::enlarge;
use crate::engines::local::extend::extend;
use crate::engines::local::extend::nearest;
use crate::engines::local::mirror::reflected;
use crate::engines::local::onnx::contract::Contract;
use crate::engines::local::onnx::contract::Interface;
use crate::engines::local::onnx::model::Model;
use crate::engines::local::onnx::model::Wanted;
use crate::engines::local::onnx::tensor::KNOWN;
use crate::engines::local::onnx::tensor::Question;
use crate::engines::local::onnx::tensor::Range;
use crate::engines::local::solid::CLEAR;
use crate::engines::local::solid::fill_with;
use crate::engines::local::solid::is_cut_out;
use crate::engines::local::solid::luma;
use crate::engines::margin_strips;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::Window;
use crate::options::Color;
use crate::options::Field;
use crate::options::Kind;
use crate::options::typed;
use crate::raster::Channels;
use crate::raster::Filter;
use crate::raster::Pixels;
use crate::raster::Raster;
use crate::raster::Sample;
use crate::raster::flatten;
use crate::raster::place;
use crate::raster::resample;
use crate::raster::with_alpha;
use crate::raster::with_color;
use crate::raster::with_u16;

/// The words for what is not said: no file, and whatever is found.
const NONE: &str = "none";
const AUTO: &str = "auto";

/// Bytes that the runtime needs for a pixel of the picture that a model is given. An estimate: a few
/// layers of LaMa, 64 to 128 numbers a pixel in the widest.
const LAYER_BYTES: u64 = 2048;

/// What a reduced picture is made and enlarged with: no halos on the way down, and on the way up
/// a picture of the canvas' own size stays as it is.
const DOWN: Filter = Filter::Hamming;
const UP: Filter = Filter::CatmullRom;

pub(crate) static ONNX: EngineDef = EngineDef {
    name: "onnx",
    doc: "an inpainting model of yours, LaMa or MI-GAN, run here by ONNX Runtime; for scenes that go on",
    revision: 1,
    fields: &[
        Field::new("model", Kind::Text, NONE, "the model's file; its content decides whether outputs are up to date"),
        Field::new(
            "library",
            Kind::Text,
            AUTO,
            "the library of ONNX Runtime; auto is ORT_DYLIB_PATH, or what the system has",
        )
        .limit(),
        Field::new(
            "contract",
            Kind::Word(&[AUTO, "migan", "lama", "lama4"]),
            AUTO,
            "what the model takes: auto reads it from the graph",
        ),
        Field::new(
            "range",
            Kind::Word(&[AUTO, "0..1", "0..255"]),
            AUTO,
            "what a model of numbers returns for black and white: auto compares with what is known",
        ),
        Field::new(
            "max_side",
            Kind::Integer(64, 4096),
            "1024",
            "longest side of the picture that a model without a fixed size is given",
        ),
        Field::new(
            "detail",
            Kind::Share(1.0),
            "60%",
            "how much of the picture's fine grain is put back where the model saw a reduced one",
        ),
        Field::new("threads", Kind::Integer(1, 64), "1", "threads that one run of the model uses").limit(),
    ],
    uses: &[],
    build: |values| Box::new(Onnx { options: typed(values), model: OnceLock::new() }),
};

#[derive(Deserialize)]
struct Options {
    model: PathBuf,
    library: PathBuf,
    contract: Choice<Contract>,
    range: Choice<Range>,
    max_side: u32,
    detail: f64,
    threads: usize,
}

/// What the user says, or `auto`.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
enum Choice<T> {
    Said(T),
    Auto(Auto),
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Auto {
    Auto,
}

impl<T> Choice<T> {
    fn said(self) -> Option<T> {
        match self {
            Choice::Said(said) => Some(said),
            Choice::Auto(Auto::Auto) => None,
        }
    }
}

/// A model with the way in which it is asked.
type Opened = (Arc<Model>, Interface);

struct Onnx {
    options: Options,
    /// What came of opening the model, once that was tried.
    model: OnceLock<Result<Opened, Failure>>,
}

/// What of a canvas a model is given.
struct Reduced {
    /// The canvas' size in the picture.
    size: Size,
    /// What is known of it there.
    known: Rect,
}

impl LocalEngine for Onnx {
    fn open(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let (model, interface) = self.opened()?;
        let size = match interface.fixed {
            Some(size) => format!("a picture of {size}"),
            None => format!("any size, here up to {} on the longer side", self.options.max_side),
        };
        let inputs: Vec<String> = model.inputs().iter().map(contract::Port::text).collect();
        Ok(vec![
            ("model", format!("{}, content {}", self.options.model.display(), model.digest)),
            ("contract", format!("{}, {size}", interface.contract.word())),
            ("takes", inputs.join(" and ")),
            ("library", model.library.display().to_string()),
        ])
    }

    fn decisive(&self, mut options: Map<String, Value>) -> Map<String, Value> {
        if let Ok((model, _)) = self.opened() {
            options.insert("model".into(), model.digest.to_string().into());
        }
        options
    }

    fn can_fail(&self) -> bool {
        true
    }

    fn fill(&self, canvas: &mut Raster, known: Rect) -> Result<Filled, Failure> {
        let filled = Filled::by(ONNX.name);
        let strips = margin_strips(canvas.size(), known);
        if strips.is_empty() {
            return Ok(filled);
        }
        if is_cut_out(canvas, known) {
            fill_with(canvas, known, CLEAR);
            return Ok(filled);
        }
        let (model, interface) = self.opened()?;
        let has_alpha = canvas.channels().has_alpha();
        let mut extended = canvas.clone();
        extend(&mut extended, known, nearest);
        let reduced = self.reduced(interface, canvas.size(), known);
        let small = resample(&extended, Window::of(Rect::of(canvas.size())), reduced.size, DOWN);
        let question = question(&small, &reduced, interface);
        let answer = model.ask(&question, interface, self.options.range.said())?;
        let answer = like(answer, reduced.size, canvas.channels());
        for &strip in &strips {
            each_depth!(canvas, pixels => enlarge(&answer, pixels, strip, UP));
        }
        if reduced.size != canvas.size() && self.options.detail > 0.0 {
            detail::put_back(canvas, known, self.options.detail as f32);
        }
        match (canvas, &extended) {
            (Raster::U8(canvas), Raster::U8(extended)) if has_alpha => copy_alpha(canvas, extended, &strips),
            (Raster::U16(canvas), Raster::U16(extended)) if has_alpha => copy_alpha(canvas, extended, &strips),
            _ => {}
        }
        Ok(filled)
    }

    fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64 {
        let Ok((_, interface)) = self.opened() else { return 0 };
        let reduced = self.reduced(interface, canvas, known);
        let given = interface.given(reduced.size).area();
        // The extended canvas, premultiplied for reducing, and the picture between two steps of that.
        let halfway = u64::from(reduced.size.width) * u64::from(canvas.height);
        // The grain of the known part, with its smooth copy.
        let grain = known.size().area() * (12 + 2 * pixel_bytes);
        let canvases = (2 * canvas.area() + halfway + 2 * u64::from(canvas.width) * u64::from(BAND)) * pixel_bytes;
        canvases + grain + given * LAYER_BYTES
    }
}

impl Onnx {
    fn opened(&self) -> Result<&Opened, Failure> {
        let open = || {
            let said = |path: &PathBuf, word: &str| (path.as_os_str() != word).then(|| path.clone());
            let wanted = Wanted {
                model: said(&self.options.model, NONE).unwrap_or_default(),
                library: said(&self.options.library, AUTO),
                threads: self.options.threads,
            };
            let model = Model::open(&wanted)?;
            let interface = model.interface(self.options.contract.said())?;
            Ok((model, interface))
        };
        self.model.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    /// The canvas as large as the model takes it, and never larger than it is.
    fn reduced(&self, interface: &Interface, canvas: Size, known: Rect) -> Reduced {
        let bounds = interface.bounds(self.options.max_side);
        let ratio = |most: u32, side: u32| f64::from(most) / f64::from(side);
        let scale = ratio(bounds.width, canvas.width).min(ratio(bounds.height, canvas.height)).min(1.0);
        let side = |length: u32| (f64::from(length) * scale).round().max(1.0) as u32;
        let size = Size::new(side(canvas.width), side(canvas.height));
        let (left, right) = known_between(known.x, known.right(), ratio(size.width, canvas.width), size.width);
        let (top, bottom) = known_between(known.y, known.bottom(), ratio(size.height, canvas.height), size.height);
        Reduced { size, known: Rect::new(left, top, right - left, bottom - top) }
    }
}

/// The reduced positions that show nothing but known ones; at least one.
fn known_between(start: u32, end: u32, scale: f64, length: u32) -> (u32, u32) {
    let first = ((f64::from(start) * scale).ceil() as u32).min(length - 1);
    let last = ((f64::from(end) * scale).floor() as u32).min(length);
    (first, last.max(first + 1))
}

/// The reduced picture with its mask in the size that the graph takes: what is left beside it shows
/// its mirror image.
fn question(small: &Raster, reduced: &Reduced, interface: &Interface) -> Question {
    let opaque = flatten(small.clone(), Color::WHITE);
    let picture = Raster::U8(with_color(&opaque).into_owned().into_u8());
    let mut mask: Raster = Pixels::<u8>::new(reduced.size, Channels::Gray).into();
    let known: Pixels<u8> =
        Pixels::from_samples(reduced.known.size(), Channels::Gray, vec![KNOWN; reduced.known.size().area() as usize]);
    place(&mut mask, &known.into(), reduced.known);
    let padded = |part: Raster| {
        let mut whole = part.blank(interface.given(reduced.size));
        place(&mut whole, &part, Rect::of(reduced.size));
        extend(&mut whole, Rect::of(reduced.size), reflected);
        whole.into_u8()
    };
    Question { picture: padded(picture), mask: padded(mask) }
}

/// The part of an answer that shows the canvas, with the canvas' channels and opaque.
fn like(answer: Pixels<u16>, size: Size, channels: Channels) -> Raster {
    let part = resample(&answer.into(), Window::of(Rect::of(size)), size, Filter::Nearest);
    let part = if channels.without_alpha() == Channels::Gray { gray(&with_u16(part)) } else { part };
    if channels.has_alpha() { with_alpha(&part).into_owned() } else { part }
}

fn gray(picture: &Pixels<u16>) -> Raster {
    let (pixels, _) = picture.samples().as_chunks::<3>();
    let levels = pixels.iter().map(|&color| luma(color)).collect();
    Pixels::from_samples(picture.size(), Channels::Gray, levels).into()
}

/// The border's alpha goes on outwards: an opaque border stays opaque, a clear one clear.
fn copy_alpha<S: Sample>(canvas: &mut Pixels<S>, extended: &Pixels<S>, strips: &[Rect]) {
    let count = canvas.channels().count();
    for strip in strips {
        for y in strip.y..strip.bottom() {
            let part = strip.x as usize * count..strip.right() as usize * count;
            let pixels = canvas.row_mut(y)[part.clone()].chunks_exact_mut(count);
            for (pixel, from) in pixels.zip(extended.row(y)[part].chunks_exact(count)) {
                pixel[count - 1] = from[count - 1];
            }
        }
    }
}
