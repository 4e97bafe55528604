//! A broker as a process of its own: started on a free port of the loopback, ended by its process id.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{command, fluxctl, process};

const PATIENCE: Duration = Duration::from_secs(30);

/// Where the log of a broker lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    Memory,
    Disk,
}

/// A running `fluxctl broker start`. Dropping it kills the process and removes what it stored.
#[derive(Debug)]
pub struct Broker {
    child: Child,
    port: u16,
    arguments: Vec<String>,
    home: TempDir,
}

impl Broker {
    /// Starts a broker with `arguments` after those that say where it listens and stores, and waits until it takes
    /// connections.
    pub fn start(storage: Storage, arguments: &[&str]) -> Broker {
        let home = TempDir::new().expect("a temporary folder can be made");
        let data_dir = (storage == Storage::Disk).then(|| home.path().join("data"));
        Broker::start_at(home, data_dir, arguments)
    }

    /// [`Broker::start`] on a folder that is there already, of a file system that the test made.
    pub fn start_in(data_dir: &Path, arguments: &[&str]) -> Broker {
        let home = TempDir::new().expect("a temporary folder can be made");
        Broker::start_at(home, Some(data_dir.to_owned()), arguments)
    }

    fn start_at(home: TempDir, data_dir: Option<PathBuf>, arguments: &[&str]) -> Broker {
        let port = free_port();
        let mut all = vec!["broker".to_owned(), "start".to_owned(), "--port".to_owned(), port.to_string()];
        match data_dir {
            None => all.push("--memory".to_owned()),
            Some(path) => all.extend(["--data-dir".to_owned(), path.display().to_string()]),
        }
        all.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let child = spawn(&all, home.path());
        let mut broker = Broker { child, port, arguments: all, home };
        broker.wait_until_ready();
        broker
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its process id.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// The folder with its log, unless that was made by the test.
    pub fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Ends it as a power cut would: no chance to write or to say anything.
    pub fn kill(&mut self) {
        self.child.kill().expect("an own child can be killed");
        self.child.wait().expect("an own child can be waited for");
    }

    /// Ends it in order.
    pub fn stop(&mut self) {
        process::terminate(self.child.id());
        assert!(self.wait_for_end().is_some(), "the broker does not stop; it said: {}", self.log());
    }

    /// Starts it again after [`Broker::kill`], on the same port and data.
    pub fn restart(&mut self) {
        self.begin_restart();
        self.wait_until_ready();
    }

    /// [`Broker::restart`] without waiting for anything, so that it can be killed while it opens its logs.
    pub fn begin_restart(&mut self) {
        self.child = spawn(&self.arguments, self.home.path());
    }

    /// Waits for its end, which comes by itself; `None` if it does not come.
    pub fn wait_for_end(&mut self) -> Option<ExitStatus> {
        command::wait(&mut self.child, PATIENCE)
    }

    /// Its resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        process::resident_bytes(self.child.id())
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("an own child can be looked at").is_none()
    }

    /// What it has said on standard error so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(log_path(self.home.path())).unwrap_or_default()
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(self.is_running(), "the broker ended at its start; it said: {}", self.log());
            assert!(Instant::now() < deadline, "the broker does not listen; it said: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            eprintln!("the broker said: {}", self.log());
        }
    }
}

fn spawn(arguments: &[String], home: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log_path(home)).expect("a log can be made");
    let mut broker = Command::new(fluxctl::path());
    command::scrub(&mut broker, home).args(arguments);
    broker.stdin(Stdio::null()).stdout(log.try_clone().expect("a file can be shared")).stderr(log);
    broker.spawn().expect("fluxctl can be started")
}

fn log_path(home: &Path) -> PathBuf {
    home.join("broker.log")
}

/// A port that was free a moment ago. A broker that is to come back on its port cannot be given 0.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}
