//! Bytes as the text that requests and replies have of them.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;
use base64::engine::general_purpose::STANDARD;

/// Reads base64 without padding, whatever the bits are that stand for no byte.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Returns bytes as base64 (RFC 4648, section 4).
pub(super) fn base64_of(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes base64 in either alphabet (RFC 4648, sections 4 and 5), padded or not; white space in it is passed over.
/// `None` if it is no base64.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let standard = |byte: u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    };
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(standard).collect();
    UNPADDED.decode(&dense[..dense.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1)]).ok()
}
