//! Type of the functions that receive a service's notices.

use std::sync::Arc;

use crate::providers::Notice;

/// Is told; it must not block.
pub type Listener = Arc<dyn Fn(&Notice) + Send + Sync>;
