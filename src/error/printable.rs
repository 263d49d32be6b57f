//! Makes texts from elsewhere fit to be printed.

/// Returns the text on one line, with everything as an escape that could change a terminal or what is
/// read: control characters, separators of lines and paragraphs, and what turns the direction of writing
/// or cannot be seen.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) { safe.extend(c.escape_default()) } else { safe.push(c) }
    }
    safe
}

/// Tells whether a character, shown as it is, could change a terminal or what is read.
pub(crate) fn is_harmful(c: char) -> bool {
    c.is_control() || is_unseen(c)
}

/// Tells whether a character is a separator of lines or paragraphs (Zl, Zp), or for formatting alone (Cf):
/// marks of direction, spaces without width, tags. Signs of that category that are drawn are not, nor are
/// the joiners that letters of some scripts and compound emoji need.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{2028}' | '\u{2029}'
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0001}' | '\u{e0020}'..='\u{e007f}'
    )
}
