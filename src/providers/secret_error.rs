//! Reasons for which there is no key.

use std::io;

/// Reason for which there is no key; nothing of a key is part of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// No variable is set.
    #[error("no key: set {env}, or {env}_FILE to a file that holds it{}", or(joined))]
    Unset {
        /// The variable of the whole key.
        env: String,
        /// Those from which it can be joined.
        joined: Vec<String>,
    },
    /// Of the variables from which it can be joined some are not set.
    #[error("half a key: set {}, too, or {env} alone", missing.join(" and "))]
    Half {
        /// The variable of the whole key.
        env: String,
        /// Those that are not set.
        missing: Vec<String>,
    },
    /// A variable holds what is no key.
    #[error("{variable} {why}")]
    Variable {
        /// The variable.
        variable: String,
        /// The mistake in its text.
        why: SecretTextError,
    },
    /// A variable names a file that holds no key.
    #[error("the file that {variable} names {why}")]
    File {
        /// The variable.
        variable: String,
        /// The mistake in the file.
        why: SecretFileError,
    },
}

fn or(joined: &[String]) -> String {
    if joined.is_empty() { String::new() } else { format!("; or {}", joined.join(" and ")) }
}

/// Reason for which a text cannot be a key, to complete "the text …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretTextError {
    /// It is none in UTF-8.
    #[error("is not text")]
    NotText,
    /// There is nothing but white space.
    #[error("is empty")]
    Empty,
    /// It has signs that no key has.
    #[error("holds white space or signs that no key has")]
    Signs,
}

/// Reason for which a file holds no key, to complete "the file …".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFileError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is a folder, a pipe or a device.
    #[error("is no regular file")]
    NoFile,
    /// It is longer than any key.
    #[error("has more than {} KiB; no key is so long", most >> 10)]
    TooLong {
        /// The most bytes that it may have.
        most: u64,
    },
    /// A value that is no key.
    #[error(transparent)]
    Text(#[from] SecretTextError),
}
