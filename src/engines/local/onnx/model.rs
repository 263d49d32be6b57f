//! A model that is loaded once for the process and asked about pictures.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::Weak;

use crate::digest::Digest;
use crate::engines::local::onnx::contract::Contract;
use crate::engines::local::onnx::contract::Interface;
use crate::engines::local::onnx::contract::Port;
use crate::engines::local::onnx::runtime::Runtime;
use crate::engines::local::onnx::runtime::Session;
use crate::engines::local::onnx::tensor::Question;
use crate::engines::local::onnx::tensor::Range;
use crate::error::Class;
use crate::error::Failure;
use crate::locks::lock;
use crate::raster::Pixels;

/// Every model that an engine holds, by what was asked for.
static OPEN: Mutex<Option<HashMap<Wanted, Weak<Model>>>> = Mutex::new(None);

/// Model that is wanted, and the library that runs it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    pub(super) model: PathBuf,
    /// None: the one that the environment or the system has.
    pub(super) library: Option<PathBuf>,
    pub(super) threads: usize,
}

/// A loaded model.
pub(super) struct Model {
    /// Of the file's content.
    pub(super) digest: Digest,
    /// Path of the library that runs it.
    pub(super) library: PathBuf,
    session: Session,
}

impl Model {
    /// The model; the one that is loaded already, if an engine holds it.
    ///
    /// # Errors
    /// If there is no runtime, no model or none that the runtime can load.
    pub(super) fn open(wanted: &Wanted) -> Result<Arc<Model>, Failure> {
        let mut open = lock(&OPEN);
        let open = open.get_or_insert_default();
        if let Some(model) = open.get(wanted).and_then(Weak::upgrade) {
            return Ok(model);
        }
        let model = Arc::new(Model::load(wanted)?);
        open.insert(wanted.clone(), Arc::downgrade(&model));
        Ok(model)
    }

    fn load(wanted: &Wanted) -> Result<Model, Failure> {
        let runtime = Runtime::named(wanted.library.as_deref())?;
        let bytes = read(&wanted.model)?;
        let session = runtime.open(&bytes, wanted.threads)?;
        Ok(Model { digest: Digest::of(&bytes), library: runtime.path().to_owned(), session })
    }

    /// Returns how the model is asked; see [`Interface::of`].
    ///
    /// # Errors
    /// If its graph is not of that contract, or of none.
    pub(super) fn interface(&self, asked: Option<Contract>) -> Result<Interface, Failure> {
        Interface::of(self.session.inputs(), asked)
    }

    /// Returns what the graph takes.
    pub(super) fn inputs(&self) -> &[Port] {
        self.session.inputs()
    }

    /// The picture with its holes filled.
    ///
    /// # Errors
    /// If the model fails or returns something else.
    pub(super) fn ask(
        &self,
        question: &Question,
        interface: &Interface,
        range: Option<Range>,
    ) -> Result<Pixels<u16>, Failure> {
        let returned = self.session.run(question.inputs(interface))?;
        question.answer(&returned, range)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str().is_empty() {
        return Err(Failure::new(Class::Unsupported, "no model: name its file, like {use: onnx, model: migan.onnx}"));
    }
    let refuse = |error: &std::io::Error| {
        Failure::new(Class::Unsupported, format!("the model {} cannot be read: {error}", path.display()))
    };
    fs::read(path).map_err(|error| refuse(&error))
}
