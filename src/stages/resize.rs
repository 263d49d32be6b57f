//! `resize`: sets the output's size and how pixels are resampled.

use std::sync::Arc;

use serde::Deserialize;

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Edited;
use crate::geometry::Finding;
use crate::geometry::Layout;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Values;
use crate::options::typed;
use crate::raster::Filter;
use crate::stages::ActingInput;
use crate::stages::Effects;
use crate::stages::LayoutInput;
use crate::stages::Shape;
use crate::stages::Stage;
use crate::stages::StageDef;
use crate::stages::stage::without;

const FIELDS: &[Field] = &[
    Field::new(
        "filter",
        Kind::Word(&["nearest", "box", "bilinear", "hamming", "catmull_rom", "mitchell", "lanczos3"]),
        "lanczos3",
        "the resampling filter, from the fastest to the sharpest",
    ),
    Field::new(
        "upscale",
        Kind::Word(&["allow", "avoid", "refuse"]),
        "allow",
        "a source smaller than its share: enlarge it, keep it and add margin, or fail as `too_small`",
    ),
];

pub(super) static STAGE: StageDef = StageDef {
    fields: || FIELDS,
    revision: 2,
    ..StageDef::new("resize", "brings the picture to the asked size in one resampling", |values, _| {
        Arc::new(typed::<Resize>(values))
    })
};

#[derive(Debug, Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Upscale {
    Allow,
    Avoid,
    Refuse,
}

/// Says how the picture comes to its size.
#[derive(Debug, Deserialize)]
pub struct Resize {
    /// Says how pixels are resampled.
    pub filter: Filter,
    upscale: Upscale,
}

impl Stage for Resize {
    fn changes_pixels(&self) -> bool {
        false
    }

    fn effects(&self) -> Effects {
        Effects { crops: false, expands: self.upscale == Upscale::Avoid }
    }

    fn layout(&self, layout: Layout, input: &LayoutInput<'_>) -> Option<Decision> {
        Some(self.resized(layout, input.shape))
    }

    fn acting(&self, values: &Values, output: &ActingInput<'_>) -> Option<Values> {
        let layout = output.layout;
        let is_asked = output.shape.output_for(layout.window).is_some();
        let is_resampled = !layout.is_one_to_one();
        if !is_asked && !is_resampled {
            return None;
        }
        let (across, down) = layout.scale();
        // A source that was kept from being enlarged stands at scale 1.
        let is_bounded = across.max(down) > 1.0 || (self.upscale == Upscale::Avoid && !is_resampled);
        let idle = [(!is_resampled).then_some("filter"), (!is_asked || !is_bounded).then_some("upscale")];
        Some(without(values, &idle.into_iter().flatten().collect::<Vec<_>>()))
    }
}

impl Resize {
    fn resized(&self, layout: Layout, shape: &Shape) -> Decision {
        let Some(output) = shape.output_for(layout.window) else { return layout.into() };
        let across = f64::from(output.width) / layout.window.width;
        let down = f64::from(output.height) / layout.window.height;
        // The longer side carries the smaller rounding error.
        let factor = if output.width >= output.height { across } else { down };
        let resized = layout.with_output(output);
        if factor <= 1.0 + 1e-9 {
            return resized.into();
        }
        match self.upscale {
            Upscale::Allow => {
                let line = format!("the source is enlarged {factor:.2} times");
                Decision::Do(Edited::from(resized).warning(line).finding(enlarged(factor)))
            }
            Upscale::Avoid => resized.unscaled().into(),
            Upscale::Refuse => {
                let why = format!(
                    "the source, {}, would be enlarged {factor:.2} times to reach {output}; resize.upscale is refuse",
                    layout.oriented
                );
                Decision::Fail(Failure::new(Class::TooSmall, why))
            }
        }
    }
}

/// Returns that the source is smaller than its place in the output by this factor.
fn enlarged(factor: f64) -> Finding {
    let rounded = (factor * 100.0).round() / 100.0;
    Finding::new("enlarged").measured(rounded, 1.0).fix("a larger source, a smaller target, or resize.upscale: avoid")
}
