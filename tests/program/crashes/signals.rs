//! Ctrl-C and its kin.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;

use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::batch::StopReason;

use crate::crashes::kills::busy;
use crate::crashes::two_runs::slow;
use crate::trees::is_temp;

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
}

/// Waits until a process has worked for a second, which is longer than planning one source takes.
fn at_work(child: &mut Child) {
    loop {
        let told = Command::new("ps").args(["-o", "time=", "-p", &child.id().to_string()]).output().expect("ps");
        if told.stdout.iter().any(|letter| (b'1'..=b'9').contains(letter)) {
            return;
        }
        assert!(child.try_wait().expect("a child").is_none(), "it takes long");
    }
}

fn last_line(stdout: &[u8]) -> serde_json::Value {
    let text = String::from_utf8_lossy(stdout);
    serde_json::from_str(text.lines().last().expect("a line")).expect("JSON")
}

#[test]
fn one_signal_ends_a_run_with_all_outputs_recorded() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let world = busy();
        let reference = world.reference();
        let child = world
            .program("out", &["--jobs", "2", "--quiet", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        while world.finals("out", &reference).is_empty() {}
        send(signal, &child);
        let ended = child.wait_with_output().expect("the program");
        assert_eq!(ended.status.code(), Some(code), "{}", String::from_utf8_lossy(&ended.stderr));

        let told = last_line(&ended.stdout);
        let present = world.tree("out");
        assert_eq!(told["exit"], code);
        assert_eq!(told["tasks"]["done"], present.len());
        assert!(told["tasks"]["left"].as_u64() > Some(0), "it was stopped before its end: {told}");
        assert!(!present.keys().any(|path| is_temp(path)), "nothing is half done");
        let recorded = world.recorded("out");
        assert_eq!(recorded.len(), present.len(), "all that is there is recorded, and the other way round");
        let state = world.state("out");
        let ended = state.last_run().and_then(|run| run.ended).expect("the end is recorded");
        assert_eq!((i32::from(ended.exit), ended.totals.done as usize), (code, present.len()));

        let (summary, made) = world.run("out");
        assert_eq!((summary.exit(false), summary.skipped as usize), (0, present.len()));
        assert!(made.iter().all(|path| !recorded.contains(path)), "nothing is done twice");
        assert_eq!(world.tree("out"), reference);
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let world = slow();
    let mut child = world
        .program("out", &["--log-format", "json"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut wait_for = |word: &str| assert!(lines.any(|line| line.expect("a line").contains(word)), "{word}");
    wait_for("planned");
    // What is only planned would be left alone.
    at_work(&mut child);
    send("INT", &child);
    wait_for("stopping");
    assert!(child.try_wait().expect("a child").is_none(), "running work goes on");
    send("INT", &child);
    assert_eq!(child.wait().expect("a child").code(), Some(130));
    let state = world.state("out");
    assert!(state.last_run().is_some_and(|run| run.ended.is_none()), "its work was not waited for");
    assert!(world.tree("out").is_empty());
}

/// Says when an output gets its name, and what a run has made when it says that it is over.
struct Watch(mpsc::Sender<()>);

impl Observer for Watch {
    fn notice(&self, event: &Event<'_>) {
        if let Event::TaskDone { .. } = event {
            // After the first it is no longer listened for.
            let _ = self.0.send(());
        }
    }
}

#[test]
fn no_output_is_placed_after_the_stop_is_sealed() {
    let world = busy();
    let reference = world.reference();
    for round in 0..5 {
        let (output, stop) = (format!("out-{round}"), Stop::new());
        let (sender, receiver) = mpsc::channel();
        let (sealed, after) = std::thread::scope(|scope| {
            let (world, output, stop) = (&world, &output, &stop);
            let jobs = |request: Request| request.with(|it| it.jobs = Some(4));
            // The sender goes with the run: if it fails, nothing waits.
            let run = scope.spawn(move || world.run_with(output, jobs, &Watch(sender), stop));
            receiver.recv().expect("an output");
            stop.request(StopReason::Signal(2));
            stop.seal();
            let sealed = world.tree(output);
            run.join().expect("a run");
            (sealed, world.tree(output))
        });
        assert!(!sealed.is_empty() && sealed.len() < reference.len());
        assert_eq!(sealed, after);
        assert_eq!(world.recorded(&output).len(), sealed.len(), "what has its name is recorded");
        fs::remove_dir_all(world.output(&output)).expect("a folder");
    }
}
