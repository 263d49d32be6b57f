//! What must not be paid for, and what must not stay stuck, with the program and a server.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;

/// A folder with one source and a pipeline, and the servers that it asks.
struct Shop {
    root: TempDir,
    servers: Vec<Contract>,
}

impl Shop {
    fn new(target: &str, engine: &str, rest: &str, servers: Vec<Contract>) -> Shop {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir(root.path().join("in")).expect("a folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/photos/chelsea.png");
        fs::copy(source, root.path().join("in/cat.png")).expect("a source");
        let pipeline = format!(
            "version: 1\nname: p\ninput: {{ dir: in }}\noutput: {{ dir: out }}\ntargets: [{target}]\nstages:\n  - aspect: {{ fit: expand }}\n  - outpaint: {{ engine: {engine} }}\n{rest}"
        );
        fs::write(root.path().join("p.yaml"), pipeline).expect("a pipeline");
        Shop { root, servers }
    }

    /// Runs it unattended; the object that it ends with, its exit code among it.
    fn run(&self, flags: &[&str]) -> Value {
        let output = self.output(flags);
        let text = String::from_utf8_lossy(&output.stdout);
        let last = text.lines().last().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        serde_json::from_str(last).expect("an object")
    }

    /// Runs it in the same way; what it printed.
    fn output(&self, flags: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recanvas"));
        command.args(["run", "p.yaml", "--json"]).args(flags).current_dir(self.root.path());
        command.envs(self.servers.iter().flat_map(Contract::environment)).stdin(Stdio::null());
        command.output().expect("it runs")
    }

    fn paid(&self) -> Vec<usize> {
        self.servers.iter().map(|server| server.paid().len()).collect()
    }
}

fn script(fault: Option<&str>) -> Script {
    let faults = fault.into_iter().map(|name| testkit::faults::fault(name).expect("a fault"));
    faults.fold(Script::default(), |script, (fault, when)| script.fault(fault, when))
}

const WIDE: &str = "{ name: wide, size: 640x360 }";

#[test]
fn a_free_engine_before_a_paid_one_opens_no_way_around_the_budget() {
    let servers = || {
        vec![Contract::start(Provider::Modelslab, script(Some("failed"))), Contract::start(Provider::Fal, script(None))]
    };
    let engine = "[{ use: modelslab, price: 0 }, { use: fal }, blur]";
    let shop = Shop::new(WIDE, engine, "", servers());
    let refused = shop.output(&[]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("would pay up to 0.06 USD"), "what may come behind is counted: {said}");
    assert_eq!(shop.paid(), [0, 0], "it was not said what may be spent");
    // With a limit it is paid.
    let shop = Shop::new(WIDE, engine, "budget: { per_run: 1 }\n", servers());
    assert_eq!(shop.run(&[])["exit"], 0);
    assert_eq!(shop.paid()[1], 1);
}

#[test]
fn calls_whose_results_would_not_fit_into_memory_are_not_paid() {
    let server = Contract::start(Provider::Fal, script(None));
    let shop = Shop::new("{ name: huge, size: 6000x3375 }", "[fal]", "budget: { per_run: 1 }\n", vec![server]);
    let ended = shop.run(&["--memory", "64M"]);
    assert_eq!((&ended["exit"], &ended["failed_by_class"]["memory"]), (&3.into(), &1.into()));
    assert_eq!(shop.paid(), [0]);
}

#[test]
fn no_local_engine_settles_for_good_what_another_run_has_memory_for() {
    let server = Contract::start(Provider::Fal, script(None));
    let shop = Shop::new(WIDE, "[fal, blur]", "budget: { per_run: 1 }\n", vec![server]);
    let ended = shop.run(&["--memory", "20M"]);
    assert_eq!((&ended["exit"], &ended["failed_by_class"]["memory"]), (&3.into(), &1.into()), "{ended}");
    assert_eq!(shop.paid(), [0]);
    assert_eq!(shop.run(&["--memory", "1G"])["tasks"]["done"], 1);
    assert_eq!(shop.paid(), [1]);
}

#[test]
fn a_small_target_is_not_refused_for_the_large_one_that_shares_its_call() {
    let server = Contract::start(Provider::Fal, script(None));
    let targets = "{ name: large, size: 4000x2250 }, { name: small, size: 1600x900 }";
    let shop = Shop::new(targets, "[fal]", "budget: { per_run: 1 }\n", vec![server]);
    let run = |memory: u32| shop.run(&["--memory", &format!("{memory}M")]);
    // The least that makes one of them: the other one fails by itself, and is no reason to pay twice.
    let of_one = (16..512).step_by(8).map(run).find(|ended| ended["tasks"]["done"] != 0).expect("enough for one");
    assert_eq!((&of_one["tasks"]["done"], &of_one["failed_by_class"]["memory"]), (&1.into(), &1.into()));
    assert_eq!(shop.paid(), [1]);
    assert_eq!(run(2000)["tasks"]["done"], 1, "the large one is made of what was paid for");
    assert_eq!(shop.paid(), [1]);
}

#[test]
fn results_that_do_not_fit_into_memory_together_are_finished_one_by_one() {
    let server = Contract::start(Provider::Fal, script(None));
    let targets = "{ name: wide, size: 1600x900 }, { name: tall, size: 900x1600 }";
    let shop = Shop::new(targets, "[fal]", "budget: { per_run: 1 }\n", vec![server]);
    let fits = |memory: u32| shop.run(&["--memory", &format!("{memory}M")])["exit"] == 0;
    let least = (16..256).step_by(8).find(|memory| fits(*memory)).expect("some memory is enough");
    assert_eq!(shop.paid(), [2], "with {least} MB everything was made, and nothing was paid in vain before");
}

#[test]
fn a_job_that_the_provider_has_forgotten_is_unknown_and_can_be_let_go() {
    let server = Contract::start(Provider::Fal, script(Some("poll-404-always")));
    let shop = Shop::new(WIDE, "[fal, blur]", "budget: { per_run: 1 }\n", vec![server]);
    // The first run may have asked too early, and leaves the call to the next.
    let ended = shop.run(&[]);
    assert_eq!(ended["failed_by_class"]["provider"], 1);
    let ended = shop.run(&[]);
    assert_eq!((&ended["failed_by_class"]["unknown_call"], &ended["calls"]["resumed"]), (&1.into(), &1.into()));
    assert_eq!(shop.run(&[])["tasks"]["known_failed"], 1);
    assert_eq!(shop.paid(), [1], "nothing is paid again by itself");
    shop.run(&["--retry-unknown"]);
    assert_eq!(shop.paid(), [2]);
}

#[test]
fn a_published_picture_stays_until_its_call_ends() {
    let public = tempfile::tempdir().expect("a folder");
    let script = Script::default().latency(Duration::from_secs(6)).public(public.path());
    let server = Contract::start(Provider::Pixeldojo, script);
    let (dir, url) = (public.path().display(), server.public_url());
    let engine = format!("[{{ use: pixeldojo, price: 0.1, public_dir: \"{dir}\", public_url: \"{url}\" }}]");
    let shop = Shop::new(WIDE, &engine, "budget: { per_run: 1 }\n", vec![server]);
    let published = || fs::read_dir(public.path()).expect("a folder").count();
    assert_eq!(shop.run(&["--max-duration", "3s"])["exit"], 5);
    assert_eq!((published(), shop.paid()), (1, vec![1]), "the job may not have fetched it yet");
    assert_eq!(shop.run(&[])["exit"], 0);
    assert_eq!((published(), shop.paid()), (0, vec![1]));
}
