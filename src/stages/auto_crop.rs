//! `auto_crop`: chooses where the window lies when something must go.

use std::sync::Arc;

use serde::Deserialize;

use crate::geometry::Anchor;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Values;
use crate::options::typed;
use crate::stages::ActingInput;
use crate::stages::Effects;
use crate::stages::LayoutInput;
use crate::stages::Shape;
use crate::stages::Stage;
use crate::stages::StageDef;

const FIELDS: &[Field] = &[Field::new(
    "mode",
    Kind::Word(&["anchor", "center"]),
    "anchor",
    "keep what aspect.anchor says, or the middle whatever the anchor",
)];

pub(super) static STAGE: StageDef = StageDef {
    fields: || FIELDS,
    ..StageDef::new("auto_crop", "chooses what stays when the source is cropped", |values, _| {
        Arc::new(typed::<AutoCrop>(values))
    })
};

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Anchor,
    Center,
}

#[derive(Deserialize)]
struct AutoCrop {
    mode: Mode,
}

impl Stage for AutoCrop {
    fn changes_pixels(&self) -> bool {
        false
    }

    fn layout(&self, layout: Layout, _input: &LayoutInput<'_>) -> Option<Decision> {
        let layout = match self.mode {
            Mode::Anchor => layout,
            Mode::Center => layout.with_crop_anchor(Anchor::CENTER),
        };
        Some(layout.into())
    }

    fn acting(&self, values: &Values, output: &ActingInput<'_>) -> Option<Values> {
        let (window, content) = (output.layout.window, output.layout.content);
        let is_cut = window.width < f64::from(content.width) || window.height < f64::from(content.height);
        // A window that `resize` has widened later may have been cut before.
        let may_be_cut = output.effects.crops && (is_cut || output.layout.is_one_to_one());
        may_be_cut.then(|| values.clone())
    }

    fn idle(&self, effects: Effects, _shape: &Shape) -> Option<&'static str> {
        (!effects.crops).then_some("aspect never crops here")
    }
}
