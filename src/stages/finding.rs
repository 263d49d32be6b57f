//! What a check of a file has found.

use std::fmt;

/// Says how a file compares with one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Names the rule.
    pub rule: String,
    /// Tells whether the file keeps it.
    pub pass: bool,
    /// Says what was measured, with its unit.
    pub measured: String,
    /// Says what the rule asks for, with its unit.
    pub required: String,
    /// Says what to do about a rule that is not kept.
    pub fix: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { rule, measured, required, fix, .. } = self;
        write!(f, "{rule}: {measured}, required is {required}")?;
        fix.as_ref().map_or(Ok(()), |fix| write!(f, "; {fix}"))
    }
}
