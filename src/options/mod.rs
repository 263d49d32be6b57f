//! Options that a user may write, as data.
//!
//! Every stage, engine and section of a pipeline describes its options in a static table of
//! [`Field`]s. Parsing, defaults, the JSON Schema, `engines`, `explain` and the tests that hold
//! the documentation to the code all derive from these tables; nothing about an option is
//! written twice. A value is kept as canonical JSON (`"200M"` becomes `200000000`), which is
//! also what the fingerprint of a task hashes.

mod color;
mod expected;
mod field;
mod globs;
mod number;
mod parse;
#[cfg_attr(not(feature = "internal"), allow(unreachable_pub, reason = "public where tests ask for it"))]
mod paths;
mod problem;
mod schema;
mod values;

pub use color::Color;
pub use color::ColorError;
pub use field::Field;
pub use field::Kind;
pub use globs::GlobError;
pub use globs::Globs;
#[cfg(feature = "cli")]
pub(crate) use globs::literal;
pub use number::count;
pub use parse::defaults;
pub use parse::parse;
#[cfg(feature = "internal")]
#[doc(hidden)]
pub use paths::stand_in;
#[cfg(not(feature = "internal"))]
pub(crate) use paths::stand_in;
pub use problem::At;
pub use problem::Problem;
pub use problem::Step;
pub use problem::nearest;
pub(crate) use schema::map_schema;
pub use values::Values;
pub use values::typed;
