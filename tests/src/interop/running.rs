//! A Java program that goes on until it is told to end.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{command, process};

const PATIENCE: Duration = Duration::from_secs(120);
const GLANCE: Duration = Duration::from_millis(50);

/// A process whose output is kept. Dropping it kills the process.
#[derive(Debug)]
pub struct Running {
    child: Child,
    home: TempDir,
}

impl Running {
    pub fn start(command: &mut Command) -> Result<Running, String> {
        let home = TempDir::new().map_err(|error| error.to_string())?;
        let log = File::create(home.path().join("log")).map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let child = command.stdin(Stdio::piped()).stdout(log).stderr(errors).spawn();
        Ok(Running { child: child.map_err(|error| error.to_string())?, home })
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    /// Waits until something has come of what it does.
    pub fn wait_until(&mut self, what: &str, mut done: impl FnMut() -> bool) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !done() {
            let has_ended = self.child.try_wait().is_ok_and(|ended| ended.is_some());
            if has_ended || Instant::now() > deadline {
                let how = if has_ended { "it has ended" } else { "time is up" };
                return Err(format!("{what}: {how}; it said: {}", tail(&self.log())));
            }
            std::thread::sleep(GLANCE);
        }
        Ok(())
    }

    /// Ends it in order.
    pub fn end(mut self) -> Result<(), String> {
        process::terminate(self.child.id());
        let ended = command::wait(&mut self.child, PATIENCE);
        ended.map(drop).ok_or_else(|| format!("it does not end; it said: {}", tail(&self.log())))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
