//! `outpaint`: names the engine that fills margins.

use crate::engines::Chain;
use crate::engines::ENGINE;
use crate::options::Field;
use crate::stages::StageDef;

pub(super) static STAGE: StageDef = StageDef {
    word: "outpaint",
    doc: "fills what the source does not cover",
    fields: &[Field::new(
        "engine",
        ENGINE,
        "auto",
        "an engine, {use: engine, option: …}, or a list in which the next is the fallback",
    )],
    revision: 1,
    build: |values, recipe| recipe.engines = Chain::build(&values["engine"]),
    unused: |_, recipe| if recipe.may_expand { Vec::new() } else { vec!["engine"] },
    idle: |recipe, _| (!recipe.may_expand).then_some("aspect never leaves a margin here"),
};
