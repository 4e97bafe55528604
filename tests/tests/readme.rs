//! Every command of the README works, typed as it stands there.

#![expect(clippy::unwrap_used, reason = "a test may end at the first surprise")]

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use fluxmq_tests::command::{run, scrub, succeed};
use fluxmq_tests::fluxctl;

/// Builds of the whole in release mode take minutes; they run where everything is asked for.
fn everything_is_asked_for() -> bool {
    std::env::var_os("FLUXMQ_REQUIRE_CLIENTS").is_some_and(|value| value == "1")
}

fn readme() -> String {
    std::fs::read_to_string(fluxctl::workspace().join("README.md")).unwrap()
}

/// The commands of all blocks that follow a `<!-- name -->` line.
fn blocks(name: &str) -> String {
    let readme = readme();
    let marker = format!("<!-- {name} -->\n```sh\n");
    let blocks: Vec<&str> =
        readme.split(&marker).skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty(), "the README has no block `{name}`");
    blocks.concat()
}

/// A shell that finds `fluxctl`, and takes any free port where the README's would be 9092.
fn shell(script: &str, home: &Path) -> Command {
    let mut shell = Command::new("bash");
    shell.arg("-euo").arg("pipefail").arg("-c").arg(script).current_dir(home);
    scrub(&mut shell, home);
    let mut path: OsString = fluxctl::path().parent().unwrap().into();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    shell.env("PATH", path).env("FLUXMQ_LISTENERS", "PLAINTEXT://127.0.0.1:0");
    shell
}

/// Stops the broker that a script started, however the script ended.
struct Stop<'a>(&'a Path);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        // It may have been stopped already, which is no failure of the test.
        let _ = run(&mut shell("fluxctl broker stop", self.0), b"", Duration::from_secs(60));
    }
}

#[test]
fn the_tour_works_as_it_is_written() {
    let home = tempfile::tempdir().unwrap();
    let _stop = Stop(home.path());
    let tour = blocks("tour");
    let finished = run(&mut shell(&tour, home.path()), b"", Duration::from_secs(120)).unwrap();
    let out = String::from_utf8_lossy(&finished.stdout);
    assert!(finished.status.success(), "{tour}\n{out}\n{}", finished.stderr);
    let mut values: Vec<&str> =
        out.lines().filter(|line| ["one value", "10", "20", "30"].contains(line)).collect();
    values.sort_unstable();
    // Once by themselves, and once by the group.
    let twice = ["10", "10", "20", "20", "30", "30", "one value", "one value"];
    assert_eq!(values, twice, "what was produced is read back\n{out}");
    assert!(out.lines().any(|line| line.ends_with(" bob=20")), "{out}");
    assert!(out.contains("prod") && out.contains("local"), "the profiles are listed\n{out}");
}

#[test]
fn installing_and_running_from_a_checkout_work() {
    if !everything_is_asked_for() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let set_up = readme();
    let install = set_up.lines().find(|line| line.starts_with("cargo install")).unwrap();
    let mut cargo = Command::new("bash");
    cargo.arg("-euc").arg(install).current_dir(fluxctl::workspace());
    cargo.env("CARGO_INSTALL_ROOT", home.path()).env("CARGO_TARGET_DIR", fluxctl::target());
    succeed(&mut cargo, b"", Duration::from_secs(1800)).unwrap();
    let installed = home.path().join("bin/fluxctl");
    succeed(Command::new(&installed).arg("version"), b"", Duration::from_secs(10)).unwrap();
    let mut broker = Command::new("bash");
    broker
        .arg("-euc")
        .arg(format!("exec {}", blocks("run-command").trim()))
        .current_dir(fluxctl::workspace());
    broker.env("CARGO_TARGET_DIR", fluxctl::target()).env("FLUXMQ_LISTENERS", "PLAINTEXT://127.0.0.1:0");
    let folders =
        ["DATA", "CONFIG", "STATE"].map(|kind| (format!("XDG_{kind}_HOME"), home.path().join(kind)));
    broker.envs(folders.clone());
    let mut started =
        broker.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = std::io::BufReader::new(started.stderr.take().unwrap());
    // Read on from the same pipe until the end: a broker must not find it closed.
    let mut lines = std::io::BufRead::lines(stderr).map_while(Result::ok);
    let listens = lines.any(|line| line.contains("listens on 127.0.0.1:"));
    let stop = Command::new(&installed).args(["broker", "stop"]).envs(folders).output();
    let stop = stop.unwrap();
    assert!(stop.status.success(), "{}", String::from_utf8_lossy(&stop.stderr));
    assert!(listens, "the broker says where it listens");
    lines.for_each(drop);
    assert!(started.wait().unwrap().success());
}
