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
mod publish;
mod removal;
mod sources;
mod temporary;

pub use inbox::Inbox;
pub(super) use look::place_in;
pub(super) use opened::Folder;
pub(crate) use opened::Identity;
pub use outbox::Outbox;
pub(crate) use publish::publish;
pub(super) use temporary::OnDisk;
pub use temporary::Temp;
pub(crate) use temporary::close;
pub(super) use temporary::plain_temp_name;
pub(crate) use temporary::remove;
pub use temporary::temp_name;
pub(super) use temporary::whole_name;
