//! Checks a request before anything is read or written.

use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::moved;
use crate::batch::remote;
use crate::error::Error;
use crate::options::nearest;
use crate::pipeline::Pipeline;
use crate::storage::absolute;

impl Request {
    /// Checks what can be checked without reading a source, and that all asked targets
    /// are there.
    ///
    /// # Errors
    /// As [`Request::check_places`]; an input that is no folder, or a target that is not there.
    pub(super) fn check(&self, pipeline: &Pipeline) -> Result<(), Refusal> {
        self.check_folders(pipeline)?;
        if self.sources.is_none() && !self.input.is_dir() {
            return Err(moved::no_input(self, pipeline));
        }
        self.check_targets(pipeline)
    }

    /// Checks the folders, as far as they need not be there, and where providers are asked.
    ///
    /// # Errors
    /// An input that lies inside the output, an output that is no folder, an endpoint that is none, or as
    /// [`Request::check_state`].
    pub fn check_places(&self, pipeline: &Pipeline) -> Result<(), Error> {
        Ok(self.check_folders(pipeline)?)
    }

    fn check_folders(&self, pipeline: &Pipeline) -> Result<(), Refusal> {
        moved::check_state(self, pipeline)?;
        remote::check_endpoints(pipeline)?;
        if self.outputs.is_none() { self.check_output() } else { Ok(()) }
    }

    /// Checks the output folder, which need not be there.
    fn check_output(&self) -> Result<(), Refusal> {
        let refuse = |message: String, hint: &str| Err(Refusal::Usage { message, hint: hint.into() });
        let (input, output) = (self.input.display(), self.output.display());
        if self.sources.is_none() && absolute(&self.input).starts_with(absolute(&self.output)) {
            let message = format!("the input folder {input} lies inside the output folder {output}");
            return refuse(message, "outputs would be taken for sources; choose another output folder");
        }
        match self.output.metadata() {
            Ok(found) if !found.is_dir() => {
                refuse(format!("the output folder {output} is no folder"), "choose another output folder")
            }
            Err(_) if self.output.is_symlink() => {
                let message = format!("the output folder {output} is a link that leads nowhere");
                refuse(message, "make the folder that it leads to, or choose another output folder")
            }
            _ => Ok(()),
        }
    }

    /// Makes sure that the manifest of the pipeline is not where earlier versions kept it.
    ///
    /// # Errors
    /// If it is there, and the state folder has none.
    pub fn check_state(&self, pipeline: &Pipeline) -> Result<(), Error> {
        Ok(moved::check_state(self, pipeline)?)
    }

    fn check_targets(&self, pipeline: &Pipeline) -> Result<(), Refusal> {
        let names = pipeline.targets();
        for asked in &self.targets {
            if !names.contains(&asked.as_str()) {
                let hint = match nearest(asked, &names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known: {}", names.join(", ")),
                };
                return Err(Refusal::Usage { message: format!("the pipeline has no target `{asked}`"), hint });
            }
        }
        Ok(())
    }
}
