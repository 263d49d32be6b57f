//! `auto_crop`: chooses where the window lies when something must go.

use serde::Deserialize;

use crate::geometry::Anchor;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::options::Field;
use crate::options::Kind;
use crate::options::Values;
use crate::options::typed;
use crate::stages::Arrange;
use crate::stages::Shape;
use crate::stages::StageDef;
use crate::stages::stage_def::names_nothing;

const WORD: &str = "auto_crop";

pub(super) static STAGE: StageDef = StageDef {
    word: WORD,
    doc: "chooses what stays when the source is cropped",
    fields: &[Field::new(
        "mode",
        Kind::Word(&["anchor", "center"]),
        "anchor",
        "keep what aspect.anchor says, or the middle whatever the anchor",
    )],
    revision: 1,
    resolve: names_nothing,
    build: |values, _, recipe| recipe.arrange.push(Box::new(typed::<AutoCrop>(values))),
    decisive: |values, recipe| if recipe.may_crop { values.clone() } else { Values::new() },
    idle: |recipe, _| (!recipe.may_crop).then_some("aspect never crops here"),
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

impl Arrange for AutoCrop {
    fn word(&self) -> &'static str {
        WORD
    }

    fn arrange(&self, layout: Layout, _asked: &Shape) -> Decision {
        let layout = match self.mode {
            Mode::Anchor => layout,
            Mode::Center => layout.with_crop_anchor(Anchor::CENTER),
        };
        Decision::Do(layout, Vec::new())
    }
}
