//! Reasons for which a text is no template of paths.

/// Reason for which a text is no template of paths.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// It says nothing.
    #[error("the path is empty")]
    Empty,
    /// It begins at the root of the file system.
    #[error("the path is absolute; it counts from the output folder")]
    Absolute,
    /// It ends like a folder.
    #[error("the path ends in `/`: it names a folder, not a file")]
    Folder,
    /// It separates folders as other systems do.
    #[error("the path contains `\\`; folders are separated by `/`")]
    Backslash,
    /// It has a sign that no path can have.
    #[error("the path contains a NUL character")]
    Nul,
    /// It may leave the output folder.
    #[error("the path contains `..`: outputs stay in the output folder")]
    Parent,
    /// A brace stands alone.
    #[error("a `{0}` has no partner; write `{0}{0}` for the character itself")]
    Brace(String),
    /// It names a placeholder that there is not.
    #[error("unknown placeholder `{{{word}}}`; {hint}")]
    Unknown {
        /// The name.
        word: String,
        /// The name that is probably meant, or all that there are.
        hint: String,
    },
}
