//! `cache`: looks after the results that were paid for.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::SystemTime;

use serde_json::Value;

use crate::batch::Places;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::exit;
use crate::cli::args::CacheCommand;
use crate::cli::args::GcArgs;
use crate::cli::args::StateArgs;
use crate::cli::open::open;
use crate::cli::print::data;
use crate::cli::print::error;
use crate::cli::run::refused;
use crate::error::Failure;
use crate::manifest::Amount;
use crate::manifest::CallStatus;
use crate::manifest::GcRule;
use crate::manifest::Journal;
use crate::manifest::OpenError;
use crate::manifest::State;
use crate::manifest::cache_gc;
use crate::manifest::cache_stats;
use crate::manifest::cache_verify;
use crate::report;
use crate::storage::Cache;

/// Runs one of the commands.
pub(super) fn cache(what: &CacheCommand) -> u8 {
    let done = match what {
        CacheCommand::Stats(args) => stats(args),
        CacheCommand::Verify(args) => verify(args),
        CacheCommand::Gc(args) => gc(args),
    };
    done.unwrap_or_else(|code| code)
}

fn stats(args: &StateArgs) -> Result<u8, u8> {
    let place = Place::of(args)?;
    let state = place.look()?;
    let stats = cache_stats(&place.cache(), state.calls()).map_err(unreadable)?;
    let json = || report::cache_stats_json(&stats, exit::DONE);
    Ok(answer(args, exit::DONE, json, || report::cache_stats_text(&stats)))
}

fn verify(args: &StateArgs) -> Result<u8, u8> {
    let place = Place::of(args)?;
    let state = place.look()?;
    let calls = state.calls();
    let is_finished = |status: &CallStatus| matches!(status, CallStatus::Finished { .. });
    let looked_at = calls.iter().filter(|(_, entry)| is_finished(&entry.status)).count() as u64;
    let lost = cache_verify(&place.cache(), calls);
    let code = if lost.is_empty() { exit::DONE } else { exit::FAILED };
    let json = || report::cache_verify_json(looked_at, &lost, code);
    Ok(answer(args, code, json, || report::cache_verify_text(looked_at, &lost)))
}

fn gc(args: &GcArgs) -> Result<u8, u8> {
    let place = Place::of(&args.place)?;
    // Only looking needs no lock, and where nothing is there is nothing to lock.
    let looks = args.dry_run || !place.state.is_dir();
    let held = if looks { place.look().map(|state| (None, state)) } else { place.hold() };
    let (journal, state) = match held {
        Err(code @ exit::LOCKED) if args.place.json => {
            let none = Amount::default();
            return Ok(data(&report::cache_gc_json(&none, &none, args.dry_run, code).to_string(), code));
        }
        held => held?,
    };
    let (cache, calls) = (place.cache(), state.calls());
    let rule = GcRule {
        needed: HashSet::new(),
        max_age: args.limits.older_than,
        max_bytes: args.limits.max_size,
        now: SystemTime::now(),
        dry_run: args.dry_run,
    };
    let all = cache.files().map_err(unreadable)?;
    let gone = cache_gc(&cache, calls, &rule).map_err(unreadable)?;
    let names: HashSet<_> = gone.iter().map(|file| (file.key, file.ext)).collect();
    let stays = Amount::of(all.iter().filter(|file| !names.contains(&(file.key, file.ext))), calls);
    let removed = Amount::of(&gone, calls);
    drop(journal);
    let json = || report::cache_gc_json(&removed, &stays, args.dry_run, exit::DONE);
    Ok(answer(&args.place, exit::DONE, json, || report::cache_gc_text(&removed, &stays, args.dry_run)))
}

/// The state folder of a pipeline.
struct Place {
    state: PathBuf,
    pipeline: String,
}

impl Place {
    fn of(args: &StateArgs) -> Result<Self, u8> {
        let pipeline = open(&args.pipeline)?;
        // The input does not matter here, so a pipeline without one is fine.
        let places = Places { input: Some(".".into()), output: args.output.clone() };
        let request = Request::new(&pipeline, places).map_err(|refusal| refused(&refusal))?;
        request.check_state(&pipeline).map_err(|refusal| refused(&refusal))?;
        Ok(Place { state: request.state, pipeline: pipeline.name })
    }

    fn cache(&self) -> Cache {
        Cache::at(&self.state)
    }

    /// Returns the state from the manifest, read without the lock.
    fn look(&self) -> Result<State, u8> {
        State::load(&self.state, &self.pipeline).map_err(closed)
    }

    /// Opens the same under the lock.
    fn hold(&self) -> Result<(Option<Journal>, State), u8> {
        let (journal, state) = Journal::open(&self.state, &self.pipeline).map_err(closed)?;
        Ok((Some(journal), state))
    }
}

fn closed(why: OpenError) -> u8 {
    refused(&Refusal::Manifest(why).into())
}

fn unreadable(why: Failure) -> u8 {
    error(&why.to_string());
    exit::UNEXPECTED
}

fn answer(args: &StateArgs, code: u8, json: impl Fn() -> Value, text: impl Fn() -> String) -> u8 {
    data(&if args.json { json().to_string() } else { text() }, code)
}
