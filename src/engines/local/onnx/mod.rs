//! `onnx`: a model of the user's, run on this machine.
//!
//! The model sees the canvas as large as it takes one: margins filled by the border's pixels, which
//! it is told to replace ([`reduced`]). What it returns is led to the known pixels without a step and
//! enlarged to the canvas, [`detail`] adds the fine grain that was lost by reducing, and only
//! margins are written. The [`contract`] says how a graph is given a picture; the [`runtime`] is
//! the one place that knows ONNX.

#[cfg(not(feature = "onnx"))]
#[path = "absent.rs"]
mod runtime;

mod contract;
mod detail;
mod model;
mod reduced;
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
use crate::engines::FillContext;
use crate::engines::Filled;
use crate::engines::LocalEngine;
use crate::engines::Unfilled;
use crate::engines::local::enlarge::BAND;
use crate::engines::local::enlarge::enlarge;
use crate::engines::local::extend::extend;
use crate::engines::local::extend::nearest;
use crate::engines::local::onnx::contract::Contract;
use crate::engines::local::onnx::contract::Interface;
use crate::engines::local::onnx::contract::Port;
use crate::engines::local::onnx::model::Model;
use crate::engines::local::onnx::model::Wanted;
use crate::engines::local::onnx::reduced::Reduced;
use crate::engines::local::onnx::reduced::UP;
use crate::engines::local::onnx::tensor::Range;
use crate::error::Failure;
use crate::geometry::Rect;
use crate::geometry::Size;
use crate::geometry::margin_strips;
use crate::options::Field;
use crate::options::Kind;
use crate::options::typed;
use crate::raster::Channels;
use crate::raster::Raster;

/// The words for what is not said: no file, and whatever is found.
const NONE: &str = "none";
const AUTO: &str = "auto";

/// Bytes that the runtime needs for a pixel of the picture that a model is given. An estimate: a few
/// layers of LaMa, 64 to 128 numbers a pixel in the widest.
const LAYER_BYTES: u64 = 2048;

pub(super) static ONNX: EngineDef = EngineDef {
    name: "onnx",
    doc: "an inpainting model of yours, LaMa or MI-GAN, run here by ONNX Runtime; for scenes that go on",
    revision: 1,
    fields: &[
        Field::new(
            "model",
            Kind::Or(NONE, &Kind::Path),
            NONE,
            "the model's file, relative to the pipeline's; its content decides whether outputs are up to date",
        ),
        Field::new(
            "library",
            Kind::Or(AUTO, &Kind::Library),
            AUTO,
            "the library of ONNX Runtime, relative to the pipeline's file; auto is ORT_DYLIB_PATH, or what the system has",
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

/// Value that the user writes, or `auto`.
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
    /// Opened model, or the failure, once it was tried.
    model: OnceLock<Result<Opened, Failure>>,
}

impl LocalEngine for Onnx {
    fn open(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let (model, interface) = self.opened()?;
        Ok(vec![
            ("model", format!("{}, content {}", self.options.model.display(), model.digest)),
            ("contract", interface.text(self.options.max_side)),
            ("takes", Port::texts(model.inputs())),
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

    fn fill(&self, canvas: &mut Raster, context: &FillContext<'_>) -> Result<Filled, Unfilled> {
        let known = context.known;
        let filled = Filled::by(ONNX.name);
        let strips = margin_strips(canvas.size(), known);
        if strips.is_empty() {
            return Ok(filled);
        }
        let (model, interface) = self.opened()?;
        // Alpha stays like this: an opaque border goes on opaque, a clear part of it clear.
        extend(canvas, known, nearest);
        let reduced = Reduced::of(canvas.size(), known, interface.bounds(self.options.max_side));
        let question = reduced.question(canvas, interface.given(reduced.size));
        let answer = model.ask(&question, interface, self.options.range.said())?;
        let is_gray = canvas.channels().without_alpha() == Channels::Gray;
        let picture = reduced.picture(&question, &answer, is_gray);
        for strip in strips {
            each_depth!(canvas, pixels => enlarge(&picture, pixels, strip, UP));
        }
        if reduced.scale < 1.0 && self.options.detail > 0.0 {
            detail::put_back(canvas, known, reduced.scale, self.options.detail as f32);
        }
        Ok(filled)
    }

    fn scratch_bytes(&self, canvas: Size, known: Rect, pixel_bytes: u64) -> u64 {
        let Ok((_, interface)) = self.opened() else { return 0 };
        let reduced = Reduced::of(canvas, known, interface.bounds(self.options.max_side));
        let given = interface.given(reduced.size).area();
        // The canvas premultiplied for reducing, and the picture between two steps of that.
        let halfway = u64::from(reduced.size.width) * u64::from(canvas.height);
        // The grain of the known part, with its smooth copy.
        let grain = known.size().area() * (12 + 2 * pixel_bytes);
        let canvases = (canvas.area() + halfway + 2 * u64::from(canvas.width) * u64::from(BAND)) * pixel_bytes;
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
}
