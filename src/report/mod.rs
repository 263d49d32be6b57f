//! What people and other programs get to read. Observers of a run, and the texts of results;
//! nothing here decides anything.

mod bar;
mod events;
mod explain;
mod plain;
mod plan;
mod status;
mod summary;
mod tally;
mod text;

pub use bar::Bar;
pub use events::EventLog;
pub use explain::explain;
pub use plain::Plain;
pub use plain::Volume;
pub use plan::plan_json;
pub use plan::plan_text;
pub use status::Status;
pub use summary::summary_json;
pub use summary::summary_text;
pub use tally::Tally;
pub use text::Paint;
pub use text::bytes;
pub use text::clean;
pub use text::counted;
