//! What can go wrong, and when.

use std::time::Duration;

use crate::http::Delivery;

/// What a request is for, as the server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    /// A step of an upload at the API.
    Upload,
    /// The bytes of an upload, at the store.
    Put,
    /// The paid request.
    Submit,
    /// A question how far the job is.
    Poll,
    /// The description of the result, where it has an address of its own.
    Result,
    /// The picture.
    Download,
    /// The picture at its second address.
    Proxy,
    /// A picture that was put up for the provider.
    Source,
    /// A wish to give the job up, which no client of ours sends.
    Cancel,
    /// A question that only tries the key.
    Test,
    /// Anything at the host that redirects lead to.
    Elsewhere,
    /// An address that the provider does not have.
    Nowhere,
}

/// How a refusal says when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Not at all.
    Unsaid,
    /// `Retry-After` in seconds.
    Seconds(u64),
    /// `Retry-After` as a date so many seconds ahead.
    Date(u64),
    /// `retry_after` in the body.
    Body(u64),
}

/// A refusal, which every provider has its own words for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Too many requests.
    Limited(Retry),
    /// The key is not known.
    Unauthorized,
    /// The account is empty.
    NoCredit,
    /// The picture or prompt breaks the rules.
    Moderated,
    /// The request is wrong, with this message.
    BadInput(String),
    /// The picture's address gives nothing.
    Unfetched,
    /// The job is not known.
    NotFound,
    /// The server fails with this code of HTTP.
    Server(u16),
    /// The result is read before it is there.
    InProgress,
}

/// What is said instead of serving the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    /// A refusal in the words of the provider.
    Says(Refusal),
    /// A page with HTTP 200.
    Html,
    /// The connection is closed before the body is read.
    Unread,
    /// With this code to the same path of another host.
    Redirect(u16),
    /// A refusal whose message repeats the request, head and body, behind so many other signs.
    Echo(usize),
}

/// What becomes of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The first poll finds a word that no page documents.
    StrangeWord,
    /// The reply to the submit holds the result.
    AtOnce,
    /// The job never ends.
    Never,
    /// Done at the poll after so many, whatever the clock says.
    AfterPolls(usize),
    /// Moderation refuses at the end.
    Refused,
    /// Failed at the end, the error a text where that can be.
    Failed,
    /// Failed at the end, the error an object where that can be.
    FailedObject,
    /// Stopped by the provider, in the American spelling.
    Canceled,
    /// The same, in the British spelling.
    Cancelled,
    /// Done, and flagged.
    Nsfw,
    /// Done, and nowhere a picture.
    NoPicture,
    /// The result is a data URI, where that can be.
    DataUri,
    /// Replies repeat the request, the key included.
    EchoesKey,
    /// The result is said to lie at this address.
    LiesAt(&'static str),
}

/// What is wrong with a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The first address is over, one asked for later is not.
    LinkExpires,
    /// By so many percent.
    Smaller(u32),
    /// All its pixels are black.
    Black,
    /// It is a WebP that is called a PNG.
    WebpAsPng,
    /// Another picture altogether.
    Unrelated,
    /// The source lies so many pixels off.
    Shifted(i32, i32),
    /// It is no picture but a video.
    Video,
}

/// A fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The request is not served.
    Instead(Point, Instead),
    /// The request is served, and its reply suffers.
    Delivery(Point, Delivery),
    /// The request is served, and its job comes to this.
    Job(Fate),
    /// The job is done, and its picture is wrong.
    Picture(Flaw),
}

/// Which of the requests at a fault's point, or which of the jobs, it concerns; they are
/// counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Each of them.
    Always,
    /// This one alone.
    Nth(usize),
    /// The first so many.
    First(usize),
    /// This one and all behind it.
    From(usize),
    /// Each whose number this divides.
    Every(usize),
    /// The first so many of each job. Requests that belong to no job are one job.
    FirstOfEach(usize),
    /// All of the nth accepted job.
    Job(usize),
}

impl When {
    /// Whether it is the `count`th altogether that is meant, the `own`th of the job `job`.
    pub(super) fn is_now(self, count: usize, own: usize, job: Option<usize>) -> bool {
        match self {
            When::Always => true,
            When::Nth(n) => count == n,
            When::First(n) => count <= n,
            When::From(n) => count >= n,
            When::Every(n) => count.is_multiple_of(n),
            When::FirstOfEach(n) => own <= n,
            When::Job(n) => job == Some(n),
        }
    }
}

/// The faults by name, for the command line and for tests that go through all of them.
pub fn named() -> Vec<(&'static str, Fault, When)> {
    use Delivery as D;
    use Point as P;
    let says = |point, refusal| Fault::Instead(point, Instead::Says(refusal));
    let instead = Fault::Instead;
    let delivery = Fault::Delivery;
    let (once, each, always) = (When::First(1), When::FirstOfEach(1), When::Always);
    vec![
        ("submit-429", says(P::Submit, Refusal::Limited(Retry::Unsaid)), once),
        ("submit-429-seconds", says(P::Submit, Refusal::Limited(Retry::Seconds(2))), once),
        ("submit-429-date", says(P::Submit, Refusal::Limited(Retry::Date(3))), once),
        ("submit-429-body", says(P::Submit, Refusal::Limited(Retry::Body(2))), once),
        ("submit-401", says(P::Submit, Refusal::Unauthorized), always),
        ("submit-no-credit", says(P::Submit, Refusal::NoCredit), always),
        ("submit-moderated", says(P::Submit, Refusal::Moderated), always),
        ("submit-bad-input", says(P::Submit, Refusal::BadInput("refused by script".into())), always),
        ("submit-unfetched", says(P::Submit, Refusal::Unfetched), always),
        ("submit-500", says(P::Submit, Refusal::Server(500)), once),
        ("submit-503", says(P::Submit, Refusal::Server(503)), once),
        ("submit-html", instead(P::Submit, Instead::Html), once),
        ("submit-unread", instead(P::Submit, Instead::Unread), once),
        ("submit-redirect", instead(P::Submit, Instead::Redirect(302)), once),
        ("submit-redirect-307", instead(P::Submit, Instead::Redirect(307)), once),
        ("submit-lost", delivery(P::Submit, D::Lost), once),
        ("submit-silent", delivery(P::Submit, D::Silent), once),
        ("submit-truncated", delivery(P::Submit, D::Truncated), once),
        ("submit-502-accepted", delivery(P::Submit, D::Gateway(502)), once),
        ("submit-html-accepted", delivery(P::Submit, D::Gateway(200)), once),
        ("poll-429", says(P::Poll, Refusal::Limited(Retry::Unsaid)), each),
        ("poll-429-seconds", says(P::Poll, Refusal::Limited(Retry::Seconds(2))), each),
        ("poll-429-body", says(P::Poll, Refusal::Limited(Retry::Body(2))), each),
        ("poll-500", says(P::Poll, Refusal::Server(500)), When::FirstOfEach(3)),
        ("poll-502", delivery(P::Poll, D::Gateway(502)), each),
        ("poll-503", says(P::Poll, Refusal::Server(503)), each),
        ("poll-404", says(P::Poll, Refusal::NotFound), each),
        ("poll-404-always", says(P::Poll, Refusal::NotFound), always),
        ("poll-401", says(P::Poll, Refusal::Unauthorized), always),
        ("poll-html", instead(P::Poll, Instead::Html), each),
        ("poll-lost", delivery(P::Poll, D::Lost), each),
        ("poll-silent", delivery(P::Poll, D::Silent), each),
        ("poll-truncated", delivery(P::Poll, D::Truncated), each),
        ("poll-slow", delivery(P::Poll, D::Slow(Duration::from_millis(2))), each),
        ("poll-redirect", instead(P::Poll, Instead::Redirect(302)), each),
        ("result-503", says(P::Result, Refusal::Server(503)), each),
        ("result-in-progress", says(P::Result, Refusal::InProgress), each),
        ("upload-503", says(P::Upload, Refusal::Server(503)), once),
        ("upload-429", says(P::Upload, Refusal::Limited(Retry::Seconds(1))), once),
        ("put-403", says(P::Put, Refusal::NotFound), once),
        ("download-html", instead(P::Download, Instead::Html), each),
        ("download-404", says(P::Download, Refusal::NotFound), each),
        ("download-500", says(P::Download, Refusal::Server(500)), each),
        ("download-truncated", delivery(P::Download, D::Truncated), each),
        ("download-cut-chunk", delivery(P::Download, D::CutChunk), each),
        ("download-lost", delivery(P::Download, D::Lost), each),
        ("download-silent", delivery(P::Download, D::Silent), each),
        ("download-slow", delivery(P::Download, D::Slow(Duration::from_millis(5))), each),
        ("download-endless", delivery(P::Download, D::Endless), each),
        ("download-redirect", instead(P::Download, Instead::Redirect(302)), each),
        ("strange-word", Fault::Job(Fate::StrangeWord), always),
        ("at-once", Fault::Job(Fate::AtOnce), always),
        ("never", Fault::Job(Fate::Never), always),
        ("after-polls", Fault::Job(Fate::AfterPolls(5)), always),
        ("refused", Fault::Job(Fate::Refused), always),
        ("failed", Fault::Job(Fate::Failed), always),
        ("failed-object", Fault::Job(Fate::FailedObject), always),
        ("canceled", Fault::Job(Fate::Canceled), always),
        ("cancelled", Fault::Job(Fate::Cancelled), always),
        ("nsfw", Fault::Job(Fate::Nsfw), always),
        ("no-picture", Fault::Job(Fate::NoPicture), always),
        ("data-uri", Fault::Job(Fate::DataUri), always),
        ("echoes-key", Fault::Job(Fate::EchoesKey), always),
        ("link-expires", Fault::Picture(Flaw::LinkExpires), always),
        ("smaller-2", Fault::Picture(Flaw::Smaller(2)), always),
        ("smaller-20", Fault::Picture(Flaw::Smaller(20)), always),
        ("black", Fault::Picture(Flaw::Black), always),
        ("webp-as-png", Fault::Picture(Flaw::WebpAsPng), always),
        ("unrelated", Fault::Picture(Flaw::Unrelated), always),
        ("shifted", Fault::Picture(Flaw::Shifted(3, -2)), always),
        ("video", Fault::Picture(Flaw::Video), always),
    ]
}

/// The fault with this name.
pub fn fault(name: &str) -> Option<(Fault, When)> {
    named().into_iter().find(|(own, ..)| *own == name).map(|(_, fault, when)| (fault, when))
}
