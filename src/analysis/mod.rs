//! Measures: what a picture shows, found out once per source.
//!
//! A [`Measure`] is a pure function of a [`Proxy`], the whole upright picture in sRGB at a size at which
//! looking is cheap, and has a revision that is raised whenever it finds something else. What it found is
//! kept as JSON, so that a decision that hangs on it is arithmetic again the next time. Nothing here knows of
//! stages, files or records.
//!
//! Adding a measure is one file with a [`Measure`] and one line in [`MEASURES`].

mod borders;
mod measure;
mod measure_error;
mod measures;
mod proxy;

pub use borders::BorderKind;
pub use borders::BorderSide;
pub use borders::Borders;
pub use measure::Measure;
pub use measure_error::MeasureError;
pub use measures::Measures;
pub use proxy::PROXY_SIDE;
pub use proxy::Proxy;

/// The measures, by name.
pub static MEASURES: &[&dyn Measure] = &[&borders::BORDERS];
