//! Stands for ONNX Runtime in a build without the feature `onnx`: there is none, and it says so.

use std::path::Path;

use crate::engines::local::onnx::contract::Port;
use crate::engines::local::onnx::tensor::Tensor;
use crate::error::Class;
use crate::error::Failure;

pub(super) enum Runtime {}

pub(super) enum Session {}

impl Runtime {
    pub(super) fn named(_asked: Option<&Path>) -> Result<Runtime, Failure> {
        Err(Failure::new(Class::Unsupported, "this build has no engine `onnx`; build it with `--features onnx`"))
    }

    pub(super) fn path(&self) -> &Path {
        match *self {}
    }

    pub(super) fn open(&self, _model: &[u8], _threads: usize) -> Result<Session, Failure> {
        match *self {}
    }
}

impl Session {
    pub(super) fn inputs(&self) -> &[Port] {
        match *self {}
    }

    pub(super) fn run(&self, _inputs: Vec<Tensor>) -> Result<Tensor, Failure> {
        match *self {}
    }
}
