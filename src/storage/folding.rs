//! Folds names that a store takes for the same: some fold case, Unicode form, or both.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;

use unicode_normalization::UnicodeNormalization;

/// Names the differences between names that a store takes for the same; by default there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folding {
    /// Small and capital letters.
    pub case: bool,
    /// Letters with accents in one piece or in two.
    pub form: bool,
}

impl Folding {
    /// Tells whether different names may be taken for the same.
    pub(crate) fn folds(self) -> bool {
        self.case || self.form
    }

    /// Returns a name that is the same for all paths that are taken for one.
    pub(crate) fn folded(self, path: Cow<'_, Path>) -> Cow<'_, OsStr> {
        if !self.folds() {
            return match path {
                Cow::Borrowed(path) => Cow::Borrowed(path.as_os_str()),
                Cow::Owned(path) => Cow::Owned(path.into()),
            };
        }
        let mut name = path.to_string_lossy().into_owned();
        if self.form {
            name = name.nfc().collect();
        }
        if self.case {
            name = name.to_lowercase();
        }
        Cow::Owned(name.into())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn folded(folding: Folding, path: &str) -> String {
        folding.folded(Cow::Borrowed(Path::new(path))).to_string_lossy().into_owned()
    }

    #[test]
    fn names_are_folded_as_the_folder_does() {
        let (one, other) = ("Sch\u{fc}h/A.jpg", "schu\u{308}h/a.JPG");
        for (case, form) in [(false, false), (true, false), (false, true)] {
            let folding = Folding { case, form };
            assert_ne!(folded(folding, one), folded(folding, other), "{folding:?}");
        }
        let both = Folding { case: true, form: true };
        assert_eq!(folded(both, one), folded(both, other));
        assert_eq!(folded(Folding { case: false, form: false }, one), one);
    }
}
