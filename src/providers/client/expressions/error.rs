//! Reasons for which an expression gives no value.

/// Reason for which an expression gives no value; texts of variables are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// The text around it is too long.
    #[error("a text with an expression has more than {most} bytes")]
    LongText {
        /// The most bytes that it may have.
        most: usize,
    },
    /// It is a statement or a comment.
    #[error("statements and comments have no place here; an expression is `{{{{ a if b else c }}}}`")]
    Statement,
    /// It has too many parts.
    #[error("the expression is too long: more than {most} operators")]
    Operators {
        /// The most that it may have.
        most: usize,
    },
    /// It makes too many pictures.
    #[error("the expression makes more than {most} blank pictures")]
    Pictures {
        /// The most that it may make.
        most: usize,
    },
    /// It may repeat a text, to any length.
    #[error(
        "`*` is for numbers: an expression with it holds no text, no list and no filter but abs, default, float, int, \
         length and round"
    )]
    Repeats,
    /// It may repeat what a variable holds.
    #[error("`*` is for numbers, and `{0}` is none")]
    RepeatsVariable(String),
    /// Its value is too long.
    #[error("the value would have more than {} MiB", most >> 20)]
    LongValue {
        /// The most bytes that it may have.
        most: usize,
    },
    /// Its value is none of JSON.
    #[error("the expression gives no value of JSON")]
    NoJson,
    /// It is written or worked out wrongly.
    #[error("{0}")]
    Wrong(String),
    /// The library behind it has a defect.
    #[error("the expression cannot be worked out; this is a defect: please report it with the descriptor")]
    Defect,
}
