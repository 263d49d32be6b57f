//! Engines that need nothing but the picture itself, one file each.

mod auto;
mod blur;
mod content;
mod dither;
mod edge;
mod extend;
mod mirror;
mod side;
mod solid;
mod studio;

use crate::engines::EngineDef;

/// Every local engine. Adding one is its file and its line here.
pub static LOCAL: &[&EngineDef] =
    &[&auto::AUTO, &blur::BLUR, &content::CONTENT, &edge::EDGE, &mirror::MIRROR, &solid::SOLID, &studio::STUDIO];
