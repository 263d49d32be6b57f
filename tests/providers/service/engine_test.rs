//! A provider is tried without a run.

use std::error::Error as _;
use std::sync::Arc;

use recanvas::batch::try_provider;
use recanvas::error::ErrorKind;
use recanvas::providers::Descriptor;
use recanvas::providers::ProviderTable;
use recanvas::providers::SecretError;

fn descriptor(name: &str) -> Descriptor {
    let table = ProviderTable::built_in();
    Descriptor::clone(&table.get(name).expect("it is built in").descriptor)
}

#[test]
fn a_provider_is_tried_from_within_asynchronous_work() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    // Whether anything listens on this machine is no matter.
    let tried = runtime.block_on(async { try_provider(&Arc::new(descriptor("iopaint"))) });
    assert!(tried.is_ok(), "{tried:?}");
}

#[test]
fn a_provider_without_a_key_is_not_tried() {
    let mut descriptor = descriptor("fal");
    let key = descriptor.key.as_mut().expect("it wants one");
    key.env = "RECANVAS_NOBODY_SETS_THIS".to_owned();
    key.or_joined.clear();
    let error = try_provider(&Arc::new(descriptor)).expect_err("there is no key");
    assert_eq!(error.kind(), ErrorKind::Provider);
    assert!(error.to_string().starts_with("no key: set RECANVAS_NOBODY_SETS_THIS, or "), "{error}");
    let cause = error.source().and_then(|why| why.source());
    assert!(cause.is_some_and(|cause| cause.is::<SecretError>()), "{cause:?}");
}
