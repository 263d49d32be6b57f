//! `resize`: sets the output's size and how pixels are resampled.

use serde::Deserialize;

use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::options::Field;
use crate::options::Kind;
use crate::options::typed;
use crate::raster::Filter;
use crate::stages::Arrange;
use crate::stages::Shape;
use crate::stages::StageDef;
use crate::stages::stage_def::names_nothing;

const WORD: &str = "resize";

pub(super) static STAGE: StageDef = StageDef {
    word: WORD,
    doc: "brings the picture to the asked size in one resampling",
    fields: &[
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
    ],
    revision: 2,
    resolve: names_nothing,
    build: |values, _, recipe| {
        let resize: Resize = typed(values);
        recipe.filter = resize.filter;
        recipe.may_expand |= resize.upscale == Upscale::Avoid;
        recipe.arrange.push(Box::new(resize));
    },
    decisive: |values, _| values.clone(),
    idle: |_, _| None,
};

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Upscale {
    Allow,
    Avoid,
    Refuse,
}

#[derive(Deserialize)]
struct Resize {
    filter: Filter,
    upscale: Upscale,
}

impl Arrange for Resize {
    fn word(&self) -> &'static str {
        WORD
    }

    fn arrange(&self, layout: Layout, asked: &Shape) -> Decision {
        let Some(output) = asked.output_for(layout.window) else { return Decision::Do(layout, Vec::new()) };
        let across = f64::from(output.width) / layout.window.width;
        let down = f64::from(output.height) / layout.window.height;
        // The longer side carries the smaller rounding error.
        let factor = if output.width >= output.height { across } else { down };
        let resized = layout.with_output(output);
        if factor <= 1.0 + 1e-9 {
            return Decision::Do(resized, Vec::new());
        }
        match self.upscale {
            Upscale::Allow => Decision::Do(resized, vec![format!("the source is enlarged {factor:.2} times")]),
            Upscale::Avoid => Decision::Do(resized.unscaled(), Vec::new()),
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
