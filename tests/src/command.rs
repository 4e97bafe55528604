//! Programs under a deadline, with an environment that holds nothing by chance.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running program is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// What a program left behind.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// Leaves a program nothing of this process's environment but the search path, and `home` as its home.
pub fn scrub<'a>(command: &'a mut Command, home: &std::path::Path) -> &'a mut Command {
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.env("HOME", home).env("LANG", "C.UTF-8")
}

/// Runs a program to its end, with `input` on its standard input. After `patience` it is killed, which is an error.
pub fn run(command: &mut Command, input: &[u8], patience: Duration) -> Result<Finished, String> {
    let name = format!("`{}`", command.get_program().to_string_lossy());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{name} could not be started: {error}"))?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let (mut stdout, mut stderr) =
        (child.stdout.take().expect("it is piped"), child.stderr.take().expect("it is piped"));
    thread::scope(|scope| {
        // A program may end without reading all of its input.
        scope.spawn(move || stdin.write_all(input).ok());
        let out = scope.spawn(move || read_all(&mut stdout));
        let errors = scope.spawn(move || read_all(&mut stderr));
        let status = wait(&mut child, patience);
        let stdout = out.join().expect("the reader does not panic");
        let stderr = String::from_utf8_lossy(&errors.join().expect("the reader does not panic")).into_owned();
        match status {
            Some(status) => Ok(Finished { status, stdout, stderr }),
            None => Err(format!("{name} did not end within {} s; it said: {stderr}", patience.as_secs())),
        }
    })
}

/// [`run`], where anything but success is an error. Returns the standard output.
pub fn succeed(command: &mut Command, input: &[u8], patience: Duration) -> Result<Vec<u8>, String> {
    let finished = run(command, input, patience)?;
    if finished.status.success() {
        return Ok(finished.stdout);
    }
    let (program, out) = (command.get_program().to_string_lossy(), String::from_utf8_lossy(&finished.stdout));
    Err(format!("`{program}` failed, {}\n{}\n{}", finished.status, tail(&out), tail(&finished.stderr)))
}

/// Waits for the end of a program, and kills it when that does not come.
pub fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        if Instant::now() > deadline {
            child.kill().ok();
            child.wait().ok();
            return None;
        }
        thread::sleep(GLANCE);
    }
}

fn read_all(from: &mut impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    from.read_to_end(&mut all).ok();
    all
}

/// The last lines, which is where programs say what went wrong.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
