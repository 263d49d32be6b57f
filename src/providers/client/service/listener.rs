//! Names who is told of the work of a service.

use std::sync::Arc;

use crate::providers::Notice;

/// Is told; it must not block.
pub type Listener = Arc<dyn Fn(&Notice) + Send + Sync>;
