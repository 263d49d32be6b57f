//! From a submit to a result.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::faults::Fate;
use crate::faults::Fault;
use crate::faults::Flaw;
use crate::faults::Point;
use crate::faults::Refusal;
use crate::faults::Retry;
use crate::handler::RequestHandler;
use crate::http::Reply;
use crate::pictures;
use crate::pictures::Order;
use crate::records::Job;
use crate::records::Paid;
use crate::records::Progress;
use crate::records::Seen;
use crate::records::ServerRecords;

/// Members of a body that no reply and no book repeats.
const PAYLOAD: [&str; 4] = ["key", "image", "image_url", "init_image"];

impl RequestHandler {
    /// Takes a submit: from here on it is paid.
    pub(super) fn submit(&self, body: &Value) -> Result<Reply, Refusal> {
        let script = &self.script;
        {
            let now = self.now();
            let records = self.records();
            if script.slots.is_some_and(|slots| records.in_flight(now, script.latency) >= slots) {
                drop(records);
                self.records().limited += 1;
                return Err(Refusal::Limited(Retry::Body(1)));
            }
            if script.credits.is_some_and(|credits| records.jobs.len() >= credits) {
                return Err(Refusal::NoCredit);
            }
        }
        let order = self.shop.order(self, body).inspect_err(|refusal| {
            if *refusal != Refusal::Unfetched {
                self.violation(format!("a submit: {refusal:?}"));
            }
        })?;
        let id = self.accept(order, body);
        let seen = self.look(&id, Point::Submit).expect("it was just accepted");
        Ok(self.shop.show(self, Point::Submit, &seen))
    }

    fn accept(&self, order: Order, body: &Value) -> String {
        let picture = blake3::hash(&order.picture).to_hex().to_string();
        let geometry = format!("{:?}{:?}{:?}", order.canvas, order.place, order.output);
        let digest = blake3::hash(format!("{picture}{geometry}").as_bytes()).to_hex().to_string();
        let mut records = self.records();
        let number = records.jobs.len() + 1;
        let id = self.shop.id(number, &blake3::hash(format!("{number}{digest}").as_bytes()).to_hex());
        for note in &order.notes {
            records.violation(format!("a submit: {note}"));
        }
        let fates = records.strikes(Some(number), |fault| match fault {
            Fault::Job(fate) => Some(*fate),
            _ => None,
        });
        let flaws = records.strikes(Some(number), |fault| match fault {
            Fault::Picture(flaw) => Some(*flaw),
            _ => None,
        });
        let paid = Paid {
            id: id.clone(),
            at: self.age(),
            picture,
            order: digest,
            canvas: order.canvas,
            place: order.place,
            body: without_payload(body),
            is_delivered: false,
        };
        let order = Arc::new(order);
        let accepted = self.now();
        records.jobs.push(Job { paid, order, accepted, fates, flaws, polls: 0, is_over: false, expiries: 0 });
        let in_flight = records.in_flight(accepted, self.script.latency);
        records.most_in_flight = records.most_in_flight.max(in_flight);
        id
    }

    /// How a job looks to one request.
    pub(super) fn look(&self, id: &str, point: Point) -> Option<Seen> {
        let (now, latency) = (self.now(), self.script.latency);
        let mut records = self.records();
        let (number, job) = records.find(id)?;
        job.polls += usize::from(point == Point::Poll);
        let elapsed = now.saturating_duration_since(job.accepted);
        let fate = |wanted: Fate| job.fates.contains(&wanted);
        let polls = job.fates.iter().find_map(|fate| match fate {
            Fate::AfterPolls(polls) => Some(*polls),
            _ => None,
        });
        let is_done = match polls {
            _ if fate(Fate::Never) => false,
            _ if fate(Fate::AtOnce) => true,
            Some(polls) => job.polls > polls,
            None => elapsed >= latency && point != Point::Submit,
        };
        let ends = [Fate::Refused, Fate::Failed, Fate::FailedObject, Fate::Canceled, Fate::Cancelled];
        let progress = if fate(Fate::StrangeWord) && point == Point::Poll && job.polls == 1 {
            Progress::Strange
        } else if is_done {
            ends.into_iter().find(|end| fate(*end)).map_or(Progress::Done, Progress::Failed)
        } else if point == Point::Submit || (elapsed < latency / 3 && job.polls < 2) {
            Progress::Queued
        } else {
            Progress::Running
        };
        job.is_over |= is_done && progress != Progress::Strange;
        let is_inline = fate(Fate::DataUri) && progress == Progress::Done;
        let suffix = job.order.format.extensions_str().first().copied().unwrap_or("png");
        let path = format!("{id}/{}/result.{suffix}?X-Amz-Expires=86400&X-Amz-Signature=5ea1", job.expiries);
        let mut seen = Seen {
            id: id.to_owned(),
            number,
            progress,
            fates: job.fates.clone(),
            link: format!("{}/files/{path}", self.store),
            proxy: format!("{}/proxy/{path}", self.store),
            inline: None,
            body: job.paid.body.clone(),
            output: job.order.output,
            left: latency.saturating_sub(elapsed),
        };
        if let Some(address) = seen.fates.iter().find_map(|fate| match fate {
            Fate::LiesAt(address) => Some(*address),
            _ => None,
        }) {
            (seen.link, seen.proxy) = (address.to_owned(), address.to_owned());
        }
        drop(records);
        if is_inline {
            let bytes = self.render(number);
            seen.inline = Some(format!("data:image/{suffix};base64,{}", STANDARD.encode(&bytes)));
            self.records().jobs[number - 1].paid.is_delivered = true;
        }
        if seen.has(Fate::EchoesKey) {
            seen.body["key"] = self.key.as_str().into();
        }
        Some(seen)
    }

    /// The bytes of a job's result. Equal orders are made once.
    pub(super) fn render(&self, number: usize) -> Arc<[u8]> {
        let (order, flaws, cell) = {
            let mut records = self.records();
            let ServerRecords { jobs, rendered, .. } = &mut *records;
            let job = &jobs[number - 1];
            let cell = rendered.entry(format!("{}{:?}", job.paid.order, job.flaws)).or_default().clone();
            (job.order.clone(), job.flaws.clone(), cell)
        };
        cell.get_or_init(|| pictures::render(&order, &flaws, self.script.repaint).into()).clone()
    }

    /// Whether the result of generation `generation` can be fetched now.
    pub(super) fn fetchable(&self, id: &str, generation: usize) -> Result<usize, Reply> {
        let seen = self.look(id, Point::Download);
        let Some(seen) = seen.filter(|seen| seen.progress == Progress::Done) else {
            return Err(Reply::store(404, "NoSuchKey", "The specified key does not exist."));
        };
        let mut records = self.records();
        let job = &mut records.jobs[seen.number - 1];
        if job.flaws.contains(&Flaw::LinkExpires) && generation == 0 {
            job.expiries = 1;
            return Err(Reply::store(403, "AccessDenied", "Request has expired"));
        }
        Ok(seen.number)
    }
}

fn without_payload(body: &Value) -> Value {
    match body {
        Value::Object(map) => {
            let kept = map.iter().filter(|(name, _)| !PAYLOAD.contains(&name.as_str()));
            kept.map(|(name, value)| (name.clone(), without_payload(value))).collect()
        }
        other => other.clone(),
    }
}
