//! Engines that need nothing but the picture itself, one file each.

mod auto;
mod blur;
mod dither;
mod edge;
mod extend;
mod mirror;
mod solid;
mod studio;

use crate::engines::EngineDef;

/// Every local engine. Adding one is its file and its line here.
pub static LOCAL: &[&EngineDef] =
    &[&auto::AUTO, &blur::BLUR, &edge::EDGE, &mirror::MIRROR, &solid::SOLID, &studio::STUDIO];
