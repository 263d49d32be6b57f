//! The variables of a call that say what its picture is.

use serde_json::Value;

use crate::providers::Descriptor;
use crate::providers::Variables;
use crate::providers::Way;
use crate::providers::client::Submission;
use crate::providers::client::base64_of;

/// Returns the call's variables with those of its picture; the large ones only where they are asked
/// for.
pub(super) fn picture_variables(descriptor: &Descriptor, way: usize, call: &Submission) -> Variables {
    let picture = &call.picture;
    let transport = &descriptor.image[way];
    let mut variables = call.variables.clone();
    variables.insert("mime".into(), picture.mime.as_str().into());
    variables.insert("name".into(), picture.name.as_str().into());
    variables.insert("bytes".into(), picture.bytes.len().into());
    let is_asked_for =
        |name| descriptor.submit.mentions(name) || transport.steps.iter().any(|step| step.mentions(name));
    let base64 = || base64_of(&picture.bytes);
    let data_uri = || format!("data:{};base64,{}", picture.mime, base64());
    if is_asked_for("base64") {
        variables.insert("base64".into(), base64().into());
    }
    if is_asked_for("data_uri") {
        variables.insert("data_uri".into(), data_uri().into());
    }
    let image = match transport.way {
        Way::DataUri => Some(data_uri()),
        Way::Base64 => Some(base64()),
        Way::PublicUrl => call.public_url.clone(),
        Way::Form | Way::Upload => None,
    };
    variables.extend(image.map(|image| ("image".to_owned(), Value::from(image))));
    variables
}
