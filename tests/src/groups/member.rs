//! One client in a group, as a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::history::{Event, History, Time};
use super::kind::Kind;
use crate::command;
use crate::interop::program;

const PATIENCE: Duration = Duration::from_secs(60);

/// What a member is to be.
#[derive(Debug, Clone)]
pub struct Role {
    pub kind: Kind,
    /// One assignor, or several with commas between; `consumer`, or `consumer:` and an assignor, for the protocol in which
    /// the broker assigns. What a client calls its own is left to it by an empty name.
    pub assignor: String,
    /// The id of a static member.
    pub instance: Option<String>,
    /// A pattern of topics in place of one.
    pub pattern: Option<String>,
}

/// How patient the group is with its members.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub session: Duration,
    pub heartbeat: Duration,
    pub max_poll: Duration,
}

/// The smallest that brokers allow by default.
pub const SHORT: Timeouts = Timeouts {
    session: Duration::from_secs(6),
    heartbeat: Duration::from_millis(500),
    max_poll: Duration::from_secs(8),
};

/// A running member. Dropping it kills the process.
#[derive(Debug)]
pub struct Member {
    role: Role,
    child: Child,
    commands: Option<ChildStdin>,
    history: Arc<Mutex<History>>,
    listener: Option<JoinHandle<Result<(), String>>>,
    complaints: NamedTempFile,
    _job: NamedTempFile,
}

impl Role {
    /// A dynamic member that subscribes to one topic.
    pub fn new(kind: impl Into<Kind>, assignor: &str) -> Role {
        Role { kind: kind.into(), assignor: assignor.to_owned(), instance: None, pattern: None }
    }
}

impl Member {
    /// Starts a client that joins a group and goes on until it is told otherwise.
    pub fn start(
        name: &str,
        role: Role,
        bootstrap: &str,
        group: &str,
        topic: &str,
        timeouts: Timeouts,
    ) -> Result<Member, String> {
        let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let job = program::job_file(&json!({
            "action": "member", "bootstrap": bootstrap, "name": name, "group": group, "topic": topic,
            "assignor": role.assignor, "instance": role.instance, "pattern": role.pattern,
            "session_ms": milliseconds(timeouts.session), "heartbeat_ms": milliseconds(timeouts.heartbeat),
            "max_poll_ms": milliseconds(timeouts.max_poll),
        }));
        let complaints = NamedTempFile::new().map_err(|error| error.to_string())?;
        let stderr = complaints.reopen().map_err(|error| error.to_string())?;
        let mut program = role.kind.command();
        program.arg(job.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = program.spawn().map_err(|error| format!("{name} could not be started: {error}"))?;
        let out = child.stdout.take().ok_or("it is piped")?;
        let history = Arc::new(Mutex::new(History { name: name.to_owned(), ..History::default() }));
        let listener = std::thread::spawn({
            let history = Arc::clone(&history);
            move || listen(out, &history)
        });
        let commands = child.stdin.take();
        Ok(Member { role, child, commands, history, listener: Some(listener), complaints, _job: job })
    }

    pub fn role(&self) -> &Role {
        &self.role
    }

    pub fn name(&self) -> String {
        self.lock().name.clone()
    }

    /// What it has said so far.
    pub fn history(&self) -> History {
        self.lock().clone()
    }

    /// Looks at what it has said so far.
    pub fn look<T>(&self, at: impl FnOnce(&History) -> T) -> T {
        at(&self.lock())
    }

    /// Says something to it, one line.
    pub fn tell(&mut self, line: &str) -> Result<(), String> {
        let name = self.name();
        let commands = self.commands.as_mut().ok_or("it was told to leave")?;
        writeln!(commands, "{line}").map_err(|error| format!("{name} does not listen: {error}"))
    }

    /// Lets it pause between two polls, for longer than the group waits.
    pub fn pause(&mut self, how_long: Duration) -> Result<(), String> {
        let from = now();
        // It may come to it a little later.
        let to = from + micros(how_long) + micros(Duration::from_secs(5));
        self.lock().absences.push((from, to));
        self.tell(&format!("pause {}", how_long.as_millis()))
    }

    /// Stops the whole process for a time, as a machine does that swaps or sleeps.
    pub fn freeze(&mut self, how_long: Duration) -> Result<(), String> {
        let from = now();
        self.signal("STOP")?;
        std::thread::sleep(how_long);
        self.signal("CONT")?;
        self.lock().absences.push((from, now()));
        Ok(())
    }

    /// Ends it without a word to the group.
    pub fn crash(&mut self) -> Result<(), String> {
        self.child.kill().map_err(|error| error.to_string())?;
        self.child.wait().map_err(|error| error.to_string())?;
        let outcome = self.end_of_words();
        self.lock().crashed = Some(now());
        outcome
    }

    /// Lets it leave, and waits for its end.
    pub fn leave(&mut self) -> Result<(), String> {
        self.lock().leaving = Some(now());
        // The end of its input says the same, and is all that there is to say to one that has ended.
        self.tell("leave").ok();
        self.commands.take();
        let status = command::wait(&mut self.child, PATIENCE);
        self.end_of_words()?;
        match status {
            Some(status) if status.success() => Ok(()),
            other => Err(format!("{} did not leave well: {other:?}\n{}", self.name(), self.complaints())),
        }
    }

    /// An error if it has ended by itself.
    pub fn check_running(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(format!("{} has ended early: {ended:?}\n{}", self.name(), self.complaints())),
        }
    }

    /// What it said on standard error.
    pub fn complaints(&self) -> String {
        let text = std::fs::read_to_string(self.complaints.path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }

    fn signal(&self, signal: &str) -> Result<(), String> {
        let mut kill = Command::new("kill");
        kill.arg(format!("-{signal}")).arg(self.child.id().to_string());
        command::succeed(&mut kill, b"", Duration::from_secs(10)).map(drop)
    }

    /// Waits until its last word was taken down.
    fn end_of_words(&mut self) -> Result<(), String> {
        match self.listener.take() {
            Some(listener) => listener.join().map_err(|_| "the listener broke down".to_owned())?,
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The time as the members tell it.
pub fn now() -> Time {
    micros(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

pub(super) fn micros(duration: Duration) -> Time {
    Time::try_from(duration.as_micros()).unwrap_or(Time::MAX)
}

/// Takes down what a member says. A line that a crash has cut is left out.
fn listen(out: ChildStdout, history: &Mutex<History>) -> Result<(), String> {
    let mut lines = BufReader::new(out);
    let mut line = String::new();
    loop {
        line.clear();
        lines.read_line(&mut line).map_err(|error| error.to_string())?;
        if !line.ends_with('\n') {
            return Ok(());
        }
        let value: Value = serde_json::from_str(&line).map_err(|error| format!("`{line}`: {error}"))?;
        let event = Event::from_json(&value)?;
        history.lock().unwrap_or_else(PoisonError::into_inner).events.push(event);
    }
}
