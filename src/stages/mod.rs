//! The words of a pipeline: one file per word, one table.
//!
//! A word is described by a [`StageDef`]; built from its options it is a [`Stage`] of the [`Recipe`] of a
//! target. A stage edits the layout and sees no pixel, changes pixels before or after the margins are filled,
//! or is one of the four that every recipe needs (`load`, `resize`, `outpaint`, `convert`), which say how the
//! source is read and resampled, what fills margins, and how the file is written.
//!
//! Adding a stage is one file with a [`StageDef`] and one line in [`STAGES`]; another crate hands its own to
//! [`Registry::with_stage`](crate::pipeline::Registry::with_stage).

mod aspect;
mod auto_crop;
mod convert;
mod effects;
mod load;
mod otherwise;
mod outpaint;
mod output_format;
mod recipe;
mod resize;
mod shape;
mod stage;
mod stage_def;

pub use convert::Convert;
pub use effects::Effects;
pub(crate) use load::LEAST_KEPT;
pub use load::Load;
pub use otherwise::Otherwise;
pub use outpaint::Outpaint;
pub use output_format::OutputFormat;
pub use recipe::Recipe;
pub use resize::Resize;
pub use shape::Shape;
pub use stage::ActingInput;
pub use stage::FileInput;
pub use stage::LayoutInput;
pub use stage::PixelInput;
pub use stage::Stage;
pub use stage_def::StageDef;

/// The stages, in the order in which they always run.
pub static STAGES: &[&StageDef] =
    &[&load::STAGE, &aspect::STAGE, &auto_crop::STAGE, &resize::STAGE, &outpaint::STAGE, &convert::STAGE];
