//! Locks that are taken although a thread has panicked while it held them.
//!
//! Panics of single pictures are caught and become failures of their tasks (`pipeline::panics`), and
//! the run goes on: a poisoned lock must not end it. What stands behind our locks is whole even then,
//! because it is changed by single steps that do not panic between one another, as are counters, caches
//! and lists; what may be left half done, like a line of the manifest, marks itself as broken.

#![expect(clippy::disallowed_methods, reason = "this is what is to be called instead")]

use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::sync::RwLockWriteGuard;
use std::time::Duration;

/// Takes a lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a lock for reading.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a lock for writing.
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Gives a lock back and takes it again when there is news.
pub(crate) fn wait<'a, T>(news: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    news.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Gives a lock back and takes it again when there is news, or after `most`.
pub(crate) fn wait_timeout<'a, T>(news: &Condvar, guard: MutexGuard<'a, T>, most: Duration) -> MutexGuard<'a, T> {
    news.wait_timeout(guard, most).unwrap_or_else(PoisonError::into_inner).0
}

/// Returns the value of a lock that no other thread can take any more; also after a panic in one that held it.
pub(crate) fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
