//! Engines that work in this process, one file each.

mod auto;
mod band;
mod blur;
mod content;
mod dither;
mod edge;
mod enlarge;
mod extend;
mod frame;
mod line;
mod mirror;
mod mixture;
mod onnx;
mod side;
mod solid;
mod studio;

use crate::engines::EngineDef;

pub(in crate::engines) use solid::fill_with_color;

/// Engines that need nothing but the picture itself. Adding one is its file and its line here.
pub static LOCAL: &[&EngineDef] =
    &[&auto::AUTO, &blur::BLUR, &content::CONTENT, &edge::EDGE, &mirror::MIRROR, &solid::SOLID, &studio::STUDIO];

/// Engines that need a model of the user's beside it.
pub static WITH_MODEL: &[&EngineDef] = &[&onnx::ONNX];
