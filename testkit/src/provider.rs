//! The providers that can be had, and what each of them must be able to do.

use std::sync::Arc;

use serde_json::Value;

use crate::fal::Fal;
use crate::faults::Point;
use crate::faults::Refusal;
use crate::handler::RequestHandler;
use crate::http::Reply;
use crate::modelslab::Modelslab;
use crate::pictures::Order;
use crate::pixeldojo::Pixeldojo;
use crate::records::Seen;
use crate::runflow::Runflow;
use crate::stablediffusionapi::Stablediffusionapi;

/// A provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// fal.ai.
    Fal,
    /// PixelDojo.
    Pixeldojo,
    /// Runflow.
    Runflow,
    /// ModelsLab.
    Modelslab,
    /// Stable Diffusion API.
    Stablediffusionapi,
}

impl Provider {
    /// All of them, in the order of tables.
    pub const ALL: [Provider; 5] =
        [Provider::Fal, Provider::Pixeldojo, Provider::Runflow, Provider::Modelslab, Provider::Stablediffusionapi];

    /// Returns the name that its descriptor has.
    pub fn name(self) -> &'static str {
        match self {
            Provider::Fal => "fal",
            Provider::Pixeldojo => "pixeldojo",
            Provider::Runflow => "runflow",
            Provider::Modelslab => "modelslab",
            Provider::Stablediffusionapi => "stablediffusionapi",
        }
    }

    /// Returns the provider of this name, if there is one.
    pub fn named(name: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|provider| provider.name() == name)
    }

    /// The variable that moves its endpoint.
    pub fn endpoint_variable(self) -> String {
        format!("RECANVAS_ENDPOINT_{}", self.name().to_uppercase())
    }

    /// The variable that holds its key.
    pub fn key_variable(self) -> &'static str {
        match self {
            Provider::Fal => "FAL_KEY",
            Provider::Pixeldojo => "PIXELDOJO_API_KEY",
            Provider::Runflow => "RUNFLOW_API_KEY",
            Provider::Modelslab => "MODELSLAB_API_KEY",
            Provider::Stablediffusionapi => "STABLEDIFFUSIONAPI_KEY",
        }
    }

    /// A key that looks like the provider's, and is found wherever it should not be.
    pub fn usual_key(self) -> &'static str {
        match self {
            Provider::Fal => "5d1f0c3a-key-of-fal:9e8d7c6b5a49382716051423",
            Provider::Pixeldojo => "pd_key_of_pixeldojo_4f3e2d1c0b9a",
            Provider::Runflow => "rf_key_of_runflow_0a1b2c3d4e5f",
            Provider::Modelslab => "KeyOfModelslab71f4c2a9e8b3d6057c1e",
            Provider::Stablediffusionapi => "KeyOfStablediffusionapi9b27e4d1c8a6",
        }
    }

    pub(super) fn shop(self) -> Arc<dyn Shop> {
        match self {
            Provider::Fal => Arc::new(Fal),
            Provider::Pixeldojo => Arc::new(Pixeldojo),
            Provider::Runflow => Arc::new(Runflow),
            Provider::Modelslab => Arc::new(Modelslab),
            Provider::Stablediffusionapi => Arc::new(Stablediffusionapi),
        }
    }
}

/// Where a request carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyPlace {
    /// In `Authorization`, behind this word.
    Header(&'static str),
    /// In the member `key` of the body.
    Body,
}

/// What an address of the API is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// The first step of an upload.
    Initiate,
    /// The last step of the upload with this name.
    Confirm(String),
    Submit,
    Poll(String),
    Result(String),
    Cancel(String),
    /// Free, and needs the key.
    Test,
}

impl Route {
    pub(super) fn point(&self) -> Point {
        match self {
            Route::Initiate | Route::Confirm(_) => Point::Upload,
            Route::Submit => Point::Submit,
            Route::Poll(_) => Point::Poll,
            Route::Result(_) => Point::Result,
            Route::Cancel(_) => Point::Cancel,
            Route::Test => Point::Test,
        }
    }

    pub(super) fn job(&self) -> Option<&str> {
        match self {
            Route::Poll(id) | Route::Result(id) | Route::Cancel(id) => Some(id),
            _ => None,
        }
    }
}

/// One provider's addresses, fields and words.
pub(super) trait Shop: Send + Sync {
    fn key(&self) -> KeyPlace;

    /// What this address of the API is for.
    fn route(&self, method: &str, path: &[&str]) -> Option<Route>;

    /// A step of an upload at the API.
    fn upload(&self, handler: &RequestHandler, route: &Route, body: &Value) -> Result<Reply, Refusal>;

    /// Checks a submit and makes an order of it.
    fn order(&self, handler: &RequestHandler, body: &Value) -> Result<Order, Refusal>;

    /// What is said of a job at this point.
    fn show(&self, handler: &RequestHandler, point: Point, job: &Seen) -> Reply;

    /// A refusal in its own words. [`Refusal::Limited`]'s header is added by the caller.
    fn refuse(&self, refusal: &Refusal) -> Reply;

    /// The name of the job with this number; `digest` makes it unlike others.
    fn id(&self, number: usize, digest: &str) -> String;

    /// The reply to the free request.
    fn test(&self) -> Value;
}
