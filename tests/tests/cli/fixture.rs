//! A home for one test, and the program in it.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fluxmq_tests::{command, fluxctl};
use tempfile::TempDir;

/// Longer than any command of these tests may take; what is promised about time is far shorter.
const PATIENCE: Duration = Duration::from_secs(60);

/// A person with an empty home.
pub(crate) struct Person {
    home: TempDir,
}

/// What a command said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Person {
    pub(crate) fn new() -> Person {
        Person { home: TempDir::new().unwrap() }
    }

    /// A path below the home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The file of profiles.
    pub(crate) fn profiles(&self) -> PathBuf {
        self.path(".config/fluxctl/config.toml")
    }

    /// Writes the file of profiles.
    pub(crate) fn write_profiles(&self, text: &str) {
        fs::create_dir_all(self.profiles().parent().unwrap()).unwrap();
        fs::write(self.profiles(), text).unwrap();
    }

    /// The program with these words, not started.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut program = Command::new(fluxctl::path());
        command::scrub(&mut program, self.home.path()).args(words).current_dir(self.home.path());
        program
    }

    /// Runs `fluxctl` with `words`; the home's path is `~` in what it says.
    pub(crate) fn run(&self, words: &[&str]) -> Said {
        self.said(&mut self.command(words))
    }

    /// As [`Self::run`] with variables in the environment.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], words: &[&str]) -> Said {
        self.said(self.command(words).envs(variables.iter().copied()))
    }

    /// What a prepared program said.
    pub(crate) fn said(&self, program: &mut Command) -> Said {
        let done = command::run(program, b"", PATIENCE).unwrap();
        let home = self.home.path().to_string_lossy().into_owned();
        Said {
            code: done.status.code().expect("it was not killed"),
            out: String::from_utf8(done.stdout).unwrap().replace(&home, "~"),
            err: done.stderr.replace(&home, "~"),
        }
    }

    /// Runs a command that must succeed; its standard output.
    pub(crate) fn out(&self, words: &[&str]) -> String {
        let said = self.run(words);
        assert_eq!(said.code, 0, "{words:?} {said:?}");
        said.out
    }

    /// Starts a program whose outputs can be read while it runs.
    pub(crate) fn spawn(&self, words: &[&str]) -> Child {
        self.command(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Starts a broker in the background; it ends with the guard.
    pub(crate) fn broker(&self, more: &[&str]) -> Running<'_> {
        let words: Vec<&str> = ["broker", "start", "--detach", "--port", "0", "-O", "json"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        let told: serde_json::Value = serde_json::from_str(&self.out(&words)).unwrap();
        let text = |key: &str| told[0][key].as_str().unwrap().to_owned();
        Running { _person: self, address: text("address"), pid: told[0]["pid"].as_u64().unwrap() as u32 }
    }
}

/// A broker in the background.
pub(crate) struct Running<'a> {
    _person: &'a Person,
    pub(crate) address: String,
    pub(crate) pid: u32,
}

impl Running<'_> {
    pub(crate) fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        signal(self.pid, "KILL");
    }
}

/// Sends a signal to a process that this test started. One that has ended already is no error.
pub(crate) fn signal(pid: u32, name: &str) {
    let mut kill = Command::new("kill");
    kill.args(["-s", name, &pid.to_string()]).stderr(Stdio::null()).status().unwrap();
}

impl Said {
    pub(crate) fn new(code: i32, out: &str, err: &str) -> Said {
        Said { code, out: out.to_owned(), err: err.to_owned() }
    }
}
