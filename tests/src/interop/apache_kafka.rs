//! A broker of Apache Kafka as a process of its own, from the jars of its release.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::install::{self, Toolchain};
use super::program::java_in;
use super::running::Running;
use crate::broker::free_port;
use crate::{command, process};

const PATIENCE: Duration = Duration::from_secs(120);

/// A broker that is also its own controller. Dropping it kills the process and removes what it stored.
#[derive(Debug)]
pub struct ApacheKafka {
    child: Child,
    port: u16,
    home: TempDir,
}

impl ApacheKafka {
    /// Formats a log directory and starts a broker on it; `settings` are lines of its `server.properties`.
    pub fn start(settings: &[&str]) -> Result<ApacheKafka, String> {
        let home = TempDir::new().map_err(|error| error.to_string())?;
        let (port, controller) = (free_port(), free_port());
        let data = home.path().join("data");
        let mut properties = format!(
            "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:{controller}\n\
             listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port}\ncontroller.listener.names=CONTROLLER\n\
             listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\nlog.dirs={}\n\
             offsets.topic.replication.factor=1\noffsets.topic.num.partitions=3\n\
             transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
             transaction.state.log.num.partitions=3\ngroup.initial.rebalance.delay.ms=0\n",
            data.display()
        );
        for line in settings {
            properties.push_str(line);
            properties.push('\n');
        }
        let file = home.path().join("server.properties");
        fs::write(&file, properties).map_err(|error| error.to_string())?;
        let mut format = java();
        format.args(["kafka.tools.StorageTool", "format", "-t", "kpsojLBQQYqrFNmMEXmVHA", "-c"]).arg(&file);
        command::succeed(&mut format, b"", PATIENCE)?;
        let child = spawn(&home)?;
        let mut kafka = ApacheKafka { child, port, home };
        kafka.wait_until_ready()?;
        Ok(kafka)
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its one log directory.
    pub fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Ends it in order.
    pub fn stop(&mut self) -> Result<(), String> {
        process::terminate(self.child.id());
        command::wait(&mut self.child, PATIENCE).map(drop).ok_or_else(|| "Kafka does not stop".to_owned())
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Starts it again on what it has stored.
    pub fn restart(&mut self) -> Result<(), String> {
        self.child = spawn(&self.home)?;
        self.wait_until_ready()
    }

    /// Runs our own program against a broker, this one or another; returns what it says.
    pub fn program(action: &str, address: &str) -> Result<String, String> {
        said(java().args(["KafkaDir", action, address]))
    }

    /// Puts another of our programs to a broker; returns what it says.
    pub fn put(program: &str, address: &str) -> Result<String, String> {
        said(java().args([program, address]))
    }

    /// Starts a program that goes on by itself.
    pub fn run(class: &str, arguments: &[&str]) -> Result<Running, String> {
        Running::start(java().arg(class).args(arguments))
    }

    /// Runs one of Kafka's tools; returns what it says.
    pub fn tool(class: &str, arguments: &[String]) -> Result<String, String> {
        let out = command::succeed(java().arg(class).args(arguments), b"", PATIENCE)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut probe = java();
            probe.args([
                "org.apache.kafka.tools.ClusterTool",
                "cluster-id",
                "--bootstrap-server",
                &self.address(),
            ]);
            if command::succeed(&mut probe, b"", PATIENCE).is_ok() {
                return Ok(());
            }
            let has_ended = self.child.try_wait().is_ok_and(|ended| ended.is_some());
            if has_ended || Instant::now() > deadline {
                let log = fs::read_to_string(self.home.path().join("kafka.log")).unwrap_or_default();
                return Err(format!("Kafka does not start; it said: {log}"));
            }
        }
    }
}

impl Drop for ApacheKafka {
    fn drop(&mut self) {
        self.kill();
    }
}

fn said(program: &mut Command) -> Result<String, String> {
    let out = command::succeed(program, b"", PATIENCE)?;
    String::from_utf8(out).map_err(|error| error.to_string())
}

/// Java with Kafka on the class path.
fn java() -> Command {
    java_in(&install::folder().join(Toolchain::ApacheKafka.name()))
}

fn spawn(home: &TempDir) -> Result<Child, String> {
    let log = home.path().join("kafka.log");
    let log = File::options().create(true).append(true).open(log).map_err(|error| error.to_string())?;
    let mut kafka = java();
    kafka.arg("-Xmx512m").arg("kafka.Kafka").arg(home.path().join("server.properties"));
    kafka.stdin(Stdio::null()).stdout(log.try_clone().map_err(|error| error.to_string())?).stderr(log);
    kafka.spawn().map_err(|error| error.to_string())
}
