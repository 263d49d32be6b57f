//! A graph in ONNX Runtime, whose library is loaded from a path when it is first needed.
//!
//! A process has one library and one environment of it: that is how the runtime is made.

use std::error::Error;
use std::fmt::Display;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use half::f16;
use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session as Graph;
use ort::session::SessionInputValue;
use ort::session::builder::SessionBuilder;
use ort::value::DynValue;
use ort::value::Outlet;
use ort::value::Tensor as OrtTensor;
use ort::value::TensorElementType;

use crate::engines::local::onnx::contract::Element;
use crate::engines::local::onnx::contract::Port;
use crate::engines::local::onnx::tensor::Numbers;
use crate::engines::local::onnx::tensor::Tensor;
use crate::error::Class;
use crate::error::Failure;
use crate::locks::lock;

/// Variable that names the library where nothing else does, as for all users of `ort`.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// The library that is loaded, and its environment.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// A graph that is ready to run, one run at a time: the runtime is not safe for more.
pub(super) struct Session {
    graph: Mutex<Graph>,
    inputs: Vec<Port>,
}

/// The library to run graphs with.
pub(super) struct Runtime {
    path: PathBuf,
}

impl Runtime {
    /// The library at `asked`, or where the environment or the system has one. A bare name is looked
    /// for where the system keeps its libraries.
    ///
    /// # Errors
    /// None in this build; without the feature `onnx` there is no runtime.
    pub(super) fn named(asked: Option<&Path>) -> Result<Runtime, Failure> {
        let variable = || std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let system = || format!("{}onnxruntime{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX).into();
        let path = asked.map(Path::to_owned).or_else(variable).unwrap_or_else(system);
        let has_folders = path.components().count() > 1;
        Ok(Runtime { path: if has_folders { std::path::absolute(&path).unwrap_or(path) } else { path } })
    }

    /// Returns where the library is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The graph in `model`, ready to run on so many threads.
    ///
    /// # Errors
    /// If there is no such library, or the model is none.
    pub(super) fn open(&self, model: &[u8], threads: usize) -> Result<Session, Failure> {
        let environment = load(&self.path)?;
        let graph = commit(&environment, model, threads).map_err(|error| {
            Failure::new(Class::Unsupported, format!("the model cannot be loaded: {}", line(&error)))
        })?;
        let inputs = graph.inputs().iter().map(port).collect();
        Ok(Session { graph: Mutex::new(graph), inputs })
    }
}

impl Session {
    /// Returns what the graph takes.
    pub(super) fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// The first output for these inputs, in the graph's order.
    ///
    /// # Errors
    /// What the runtime says, and if it is no picture.
    pub(super) fn run(&self, inputs: Vec<Tensor>) -> Result<Tensor, Failure> {
        let failed = |error: &dyn Display| Failure::new(Class::BadOutput, format!("the model fails: {}", line(error)));
        let values: Result<Vec<SessionInputValue<'_>>, ort::Error> =
            inputs.into_iter().zip(&self.inputs).map(value).collect();
        let values = values.map_err(|error| failed(&error))?;
        let mut graph = lock(&self.graph);
        let outputs = graph.run(&values[..]).map_err(|error| failed(&error))?;
        let first = outputs.values().next().ok_or_else(|| failed(&"it returns nothing"))?;
        returned(&first).ok_or_else(|| failed(&format_args!("it returns {}, which is no picture", first.dtype())))
    }
}

fn load(path: &Path) -> Result<Environment, Failure> {
    let refuse = |message: String| Failure::new(Class::Unsupported, message);
    let mut loaded = lock(&LOADED);
    if let Some((other, environment)) = &*loaded {
        if other == path {
            return Ok(environment.clone());
        }
        let (path, other) = (path.display(), other.display());
        return Err(refuse(format!("{path} cannot be loaded beside {other}: a process has one ONNX Runtime")));
    }
    let builder = ort::init_from(path).map_err(|error| {
        let why = match &error {
            // What the system says stands behind it.
            LoadDynamicError::Dlopen { error, .. } => error.source().map(ToString::to_string),
            _ => None,
        };
        let why = line(&why.unwrap_or_else(|| error.to_string()));
        refuse(format!("no ONNX Runtime: {why}; name its library as `library` or in {VARIABLE}"))
    })?;
    let environment = builder.with_telemetry(false).build();
    let environment = environment.map_err(|error| refuse(format!("ONNX Runtime does not start: {}", line(&error))))?;
    *loaded = Some((path.to_owned(), environment.clone()));
    Ok(environment)
}

fn commit(environment: &Environment, model: &[u8], threads: usize) -> ort::Result<Graph> {
    // What goes wrong comes back as an error; only the program prints.
    let quiet = Graph::builder(environment)?.with_log_level(LogLevel::Fatal).map_err(plain)?;
    let threaded = quiet.with_intra_threads(threads).map_err(plain)?.with_inter_threads(1).map_err(plain)?;
    threaded.with_deterministic_compute(true).map_err(plain)?.commit_from_memory(model)
}

/// Returns a message of the runtime's on one line.
fn line(said: &dyn Display) -> String {
    said.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(error: ort::Error<SessionBuilder>) -> ort::Error {
    error.into()
}

fn port(outlet: &Outlet) -> Port {
    let element = match outlet.dtype().tensor_type() {
        Some(TensorElementType::Uint8) => Element::U8,
        Some(TensorElementType::Float32) => Element::F32,
        Some(TensorElementType::Float16) => Element::F16,
        Some(other) => Element::Other(other.to_string()),
        None => Element::Other(outlet.dtype().to_string()),
    };
    let shape = outlet.dtype().tensor_shape().map(|shape| shape.to_vec()).unwrap_or_default();
    Port { name: outlet.name().to_owned(), element, shape }
}

fn value((tensor, port): (Tensor, &Port)) -> ort::Result<SessionInputValue<'static>> {
    let shape = tensor.shape;
    Ok(match tensor.numbers {
        Numbers::U8(numbers) => OrtTensor::from_array((shape, numbers))?.into(),
        Numbers::F32(numbers) if port.element == Element::F16 => {
            let halves: Vec<f16> = numbers.into_iter().map(f16::from_f32).collect();
            OrtTensor::from_array((shape, halves))?.into()
        }
        Numbers::F32(numbers) => OrtTensor::from_array((shape, numbers))?.into(),
    })
}

fn returned(value: &DynValue) -> Option<Tensor> {
    let (shape, numbers) = if let Ok((shape, levels)) = value.try_extract_tensor::<u8>() {
        (shape, Numbers::U8(levels.to_vec()))
    } else if let Ok((shape, halves)) = value.try_extract_tensor::<f16>() {
        (shape, Numbers::F32(halves.iter().map(|half| half.to_f32()).collect()))
    } else {
        let (shape, numbers) = value.try_extract_tensor::<f32>().ok()?;
        (shape, Numbers::F32(numbers.to_vec()))
    };
    let sides: Option<Vec<usize>> = shape.iter().map(|&side| usize::try_from(side).ok()).collect();
    Some(Tensor { shape: sides?.try_into().ok()?, numbers })
}
