//! Turns panics into failures.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use crate::error::Class;
use crate::error::Failure;

/// Does work whose panic becomes a failure: a defect that one picture meets must not end the batch.
/// `doing` completes "a defect of recanvas while".
pub(crate) fn guarded<T, E: From<Failure>>(doing: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message =
            format!("a defect of recanvas while {doing}: {}; please report it with the file", text_of(&*panic));
        Err(Failure::new(Class::Internal, message).into())
    })
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
