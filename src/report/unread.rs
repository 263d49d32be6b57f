//! Prints which pictures no codec reads.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use crate::batch::Action;
use crate::batch::Plan;
use crate::batch::SourcePlan;
use crate::codecs;
use crate::options::Globs;
use crate::options::literal;
use crate::report::text::counted;

/// Most names of single files in a line of patterns.
const NAMES_MAX: usize = 10;

/// Returns the number of sources of each kind that no codec reads.
pub(super) fn unread_by_kind(plan: &Plan) -> BTreeMap<&'static str, u64> {
    let mut kinds = BTreeMap::new();
    for kind in plan.sources.iter().filter_map(|source| source.unread) {
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

/// Returns the line that warns of pictures that no codec reads, with the patterns that leave them out; none
/// once all of them are known to fail.
pub(super) fn unread_warning(plan: &Plan) -> Option<String> {
    let is_new = |source: &&SourcePlan| {
        source.unread.is_some() && source.selected().any(|one| matches!(one.plan.action, Action::Fail(_)))
    };
    plan.sources.iter().find(is_new)?;
    let kinds = unread_by_kind(plan);
    let counts: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let pictures = counted(kinds.values().sum(), "picture");
    let Patterns { patterns, more, untold } = Patterns::of(plan);
    let (mut line, counts) = (String::new(), counts.join(", "));
    let _ = write!(line, "{pictures} of kinds that recanvas does not read ({counts}), which fail as unsupported");
    if !patterns.is_empty() {
        let _ = write!(line, "; to leave them out: input: {{ exclude: [{}] }}", patterns.join(", "));
    }
    if more > 0 {
        let _ = write!(line, ", and {more} more by name");
    }
    if untold > 0 {
        let _ = write!(line, "; no pattern tells {untold} from pictures that are read, so give them other names");
    }
    Some(line)
}

/// Patterns that leave out those pictures and no others.
struct Patterns {
    /// By extension, and by name where the extension is one of pictures that are read, or none; as they are
    /// written in YAML.
    patterns: Vec<String>,
    /// Names for which there was no room.
    more: usize,
    /// Names that no pattern tells from those of pictures that are read.
    untold: usize,
}

impl Patterns {
    fn of(plan: &Plan) -> Self {
        let extension_of = |source: &SourcePlan| {
            let extension = source.file.path.extension().and_then(|extension| extension.to_str());
            extension.unwrap_or("").to_ascii_lowercase()
        };
        let (unread, read): (Vec<_>, Vec<_>) = plan.sources.iter().partition(|source| source.unread.is_some());
        // A picture that is read may have the extension of a kind that is not.
        let taken: BTreeSet<String> = read.iter().copied().map(extension_of).collect();
        let (mut extensions, mut names) = (BTreeSet::new(), Vec::new());
        for source in unread {
            let extension = extension_of(source);
            if codecs::unread_by_extension(&extension).is_some() && !taken.contains(&extension) {
                extensions.insert(format!("*.{extension}"));
            } else {
                // Of a name that is no text, one sign stands for each byte that is none.
                let name = literal(&source.file.path.to_string_lossy());
                names.push(name.replace(char::REPLACEMENT_CHARACTER, "?"));
            }
        }
        let more = names.len().saturating_sub(NAMES_MAX);
        names.truncate(NAMES_MAX);
        let named = names.len();
        // Patterns know no case and no form of Unicode, and a sign may stand for any letter.
        names.retain(|name| {
            let glob = Globs::new([name]);
            glob.is_ok_and(|glob| !read.iter().any(|source| glob.matches(&source.file.path)))
        });
        let untold = named - names.len();
        // Text in JSON's quotes is text in YAML.
        let quoted = |pattern: String| Value::from(pattern).to_string();
        Patterns { patterns: extensions.into_iter().chain(names).map(quoted).collect(), more, untold }
    }
}
