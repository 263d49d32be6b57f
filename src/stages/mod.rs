//! What each word of a pipeline does: one file per word, one table.
//!
//! A stage reads its options and adds its part to the [`Recipe`] of a target. Stages that
//! concern geometry add an [`Arrange`] step, which edits the layout and sees no pixel; the
//! others say how the ends of the job are done: which sources may be read, what fills margins,
//! how the file is written.
//!
//! Adding a stage is one file with a [`StageDef`] and one line in [`STAGES`].

mod arrange;
mod aspect;
mod auto_crop;
mod build;
mod convert;
mod load;
mod otherwise;
mod outpaint;
mod output_format;
mod recipe;
mod resize;
mod shape;
mod stage_def;

pub use arrange::Arrange;
pub use otherwise::Otherwise;
pub use output_format::OutputFormat;
pub use recipe::Recipe;
pub use shape::Shape;
pub use stage_def::StageDef;

/// The stages, in the order in which they always run.
pub static STAGES: &[&StageDef] =
    &[&load::STAGE, &aspect::STAGE, &outpaint::STAGE, &auto_crop::STAGE, &resize::STAGE, &convert::STAGE];
