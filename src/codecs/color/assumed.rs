//! Says which colours are assumed where a profile cannot be used.

use crate::codecs::color::profile::ProfileRefusal;

/// What is said where a profile cannot be used.
pub(in crate::codecs) const DAMAGED: &str = "profile_assumed: the colour profile is damaged; sRGB is assumed";

/// Why the colours are not the profile's, and whose they are taken for instead.
pub(super) fn assumed(refusal: ProfileRefusal, instead: &str) -> String {
    let reason = match refusal {
        ProfileRefusal::Damaged => "is damaged",
        ProfileRefusal::OtherKind => "is for another kind of picture",
        ProfileRefusal::TooLarge => "is too large",
    };
    format!("profile_assumed: the colour profile {reason}; {instead}")
}
