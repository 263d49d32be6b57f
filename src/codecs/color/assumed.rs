//! Says which colours are assumed where a profile cannot be used.

use crate::codecs::color::profile::ProfileRefusal;

/// Warning of a profile that cannot be used.
pub(in crate::codecs) const DAMAGED: &str = "profile_assumed: the colour profile is damaged; sRGB is assumed";

/// Returns the warning that says why the colours are not the profile's, and for whose they are taken instead.
pub(super) fn assumed(refusal: ProfileRefusal, instead: &str) -> String {
    let reason = match refusal {
        ProfileRefusal::Damaged => "is damaged",
        ProfileRefusal::OtherKind => "is for another kind of picture",
        ProfileRefusal::TooLarge => "is too large",
    };
    format!("profile_assumed: the colour profile {reason}; {instead}")
}
