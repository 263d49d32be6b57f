//! recanvas reframes image catalogs: one declarative pipeline turns a folder of pictures into
//! every size and aspect ratio that is asked for, extending the canvas where cropping would
//! lose the product.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | source | one image file below the input folder |
//! | target | a ratio or a size with a name, in which every source is asked for |
//! | task | one asked-for result of one source: the unit of resuming, failing and reporting |
//! | stage | one step of the pipeline, named by one word |
//! | layer | what one place says of the options of a target: the defaults, the list of stages, the target itself, words about one picture |
//! | variant | what is asked for of one source in place of a target's usual result: a row, a further format, other options |
//! | measure | something that is found out by looking at a picture |
//! | window | the rectangle over the source's plane that the output shows |
//! | margin | output pixels that the source does not cover |
//! | engine | what fills margins |
//! | chain | engines in the order in which they are tried |
//! | provider | a remote service driven by a descriptor, which is data |
//! | canvas | what a provider is sent, and what it is asked for |
//! | call | one paid request to a provider, named by its call key; a call lock is the right to make it |
//! | ledger | what is recorded around calls, before and after the money is spent |
//! | decode request | how much of a source is decoded, and at which scale |
//! | finding | something that a person should look at, recorded with its task |
//! | orphan | an output that was written and that no task makes any more |
//! | manifest | the append-only record of a pipeline's tasks and calls |
//!
//! # Layers
//!
//! A module imports only from those above it in this list; a test holds the code to it.
//!
//! * [`error`], [`geometry`], [`options`], [`digest`]: numbers and words, no files
//! * `document`: a YAML text, and where in it a mistake is
//! * [`raster`]: pixels in memory
//! * [`codecs`]: bytes to pixels and back
//! * [`analysis`]: measures, which say what a picture shows
//! * `providers`: remote services that fill margins, and what may be paid to them
//! * [`engines`]: filling margins on this machine, and the order in which engines are asked
//! * [`stages`]: what each word of a pipeline does
//! * [`pipeline`]: YAML to a checked pipeline, and to a decision for one source
//! * [`storage`], `manifest`: where bytes come from and go to, and what is known of them
//! * [`batch`]: many sources; emits events, prints nothing
//! * `report`, `cli`: observers and the program, with the feature `cli`
//!
//! # Use
//!
//! [`Pipeline::from_path`](pipeline::Pipeline::from_path) reads a pipeline. It renders pictures in memory:
//!
//! ```
//! use recanvas::pipeline::Pipeline;
//!
//! let pipeline = Pipeline::from_path("pipelines/social.yaml")?;
//! # let picture = std::fs::read("fixtures/grid/rgb__plain.png").expect("a fixture");
//! for (task, rendered) in pipeline.render_all(&picture) {
//!     let rendered = rendered?;
//!     let name = format!("{}.{}", task.target, rendered.format.extension());
//!     assert!(!rendered.bytes.is_empty(), "this is the file {name}");
//! }
//! # Ok::<(), recanvas::Error>(())
//! ```
//!
//! Over folders [`batch`] runs it, and keeps a record that makes runs resumable. A [`pipeline::Registry`] holds what a
//! pipeline can name. `examples/` has a program for each way of use: `render` for one file, `embed` for folders, and
//! `own_stage`, `own_engine`, `own_measure`, `own_store` and `own_variants` for what another crate adds.
//!
//! What fails says so by an [`Error`], with an [`ErrorKind`](error::ErrorKind) to match; features are `cli` (the
//! program), `providers` (paid services) and `onnx` (models on this machine).

pub mod analysis;
pub mod batch;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod codecs;
pub mod digest;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub mod document;
#[cfg(not(feature = "internal"))]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "public where tests ask for it")]
mod document;
pub mod engines;
pub mod error;
pub mod geometry;
mod locks;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub mod manifest;
#[cfg(not(feature = "internal"))]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "public where tests ask for it")]
mod manifest;
pub mod options;
pub mod pipeline;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub mod providers;
#[cfg(not(feature = "internal"))]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "public where tests ask for it")]
mod providers;
pub mod raster;
#[cfg(all(feature = "cli", feature = "internal"))]
#[doc(hidden)]
pub mod report;
#[cfg(all(feature = "cli", not(feature = "internal")))]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "public where tests ask for it")]
mod report;
pub mod stages;
pub mod storage;

pub use error::Error;
