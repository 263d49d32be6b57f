//! Stores that are folders: what is done in one is done through its open handle, wherever its path leads by then.

mod devices;
mod discover;
mod durable;
mod inbox;
mod leftover;
mod look;
mod opened;
mod outbox;
mod outputs;
mod probe;
#[cfg(feature = "providers")]
pub(crate) mod publish;
mod removal;
mod sources;
pub(crate) mod temporary;

pub use inbox::Inbox;
pub(super) use look::place_in;
pub(super) use opened::Folder;
pub(crate) use opened::Identity;
pub use outbox::Outbox;
pub(super) use temporary::OnDisk;
pub use temporary::Temp;
pub(super) use temporary::plain_temp_name;
pub use temporary::temp_name;
pub(super) use temporary::whole_name;
