//! Kafka Connect copies a file to a topic and the topic to another file, while the broker goes and comes back.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use fluxmq_protocol::messages::describe_groups::DescribeGroupsRequest;
use fluxmq_tests::broker::{Broker, Storage, free_port};
use fluxmq_tests::connection::Connection;
use fluxmq_tests::interop::apache_kafka::ApacheKafka;
use fluxmq_tests::interop::install::Toolchain;
use fluxmq_tests::interop::running::Running;
use fluxmq_tests::interop::world::foreign_bootstrap;
use fluxmq_tests::stored;
use libtest_mimic::Trial;
use tempfile::TempDir;

use super::case;

const CONVERTER: &str = "org.apache.kafka.connect.storage.StringConverter";

/// A worker that is gone would else be waited for five minutes.
const GROUP_OF_WORKERS: &str = "group.id=workers
scheduled.rebalance.max.delay.ms=500
config.storage.topic=workers-config
config.storage.replication.factor=1
offset.storage.topic=workers-offset
offset.storage.replication.factor=1
status.storage.topic=workers-status
status.storage.replication.factor=1
";

pub(super) fn cases() -> Vec<Trial> {
    // Another broker is not ours to stop.
    if foreign_bootstrap().is_some() {
        return Vec::new();
    }
    let connect = |name: &str, run: fn() -> Result<(), String>| {
        case(format!("connect::{name}"), &[Toolchain::ApacheKafka], run)
    };
    vec![
        connect("standalone_survives_the_broker", standalone),
        connect("workers_take_over_from_each_other", distributed),
    ]
}

fn standalone() -> Result<(), String> {
    let mut broker = Broker::start(Storage::Disk, &[]);
    let mut files = Files::new(&broker.address())?;
    let worker = format!(
        "{}offset.storage.file.filename={}\n",
        files.worker_properties(free_port()),
        files.path("offsets").display()
    );
    let worker = files.write("worker.properties", &worker)?;
    let source = files.write("source.properties", &properties(&files.source()))?;
    let sink = files.write("sink.properties", &properties(&files.sink()))?;
    files.grow(100)?;
    let main = "org.apache.kafka.connect.cli.ConnectStandalone";
    let mut connect = ApacheKafka::run(main, &[&worker, &source, &sink])?;
    files.are_copied(&mut connect)?;

    broker.stop();
    files.grow(50)?;
    broker.restart();
    files.grow(50)?;
    files.are_copied(&mut connect)?;

    broker.kill();
    broker.restart();
    files.grow(50)?;
    files.are_copied(&mut connect)?;
    connect.end()
}

/// Two workers share what there is to do through a group with bytes of its own, and keep what they know in three topics.
fn distributed() -> Result<(), String> {
    let mut broker = Broker::start(Storage::Disk, &[]);
    let mut files = Files::new(&broker.address())?;
    let ports = [free_port(), free_port()];
    let mut workers = Vec::new();
    for port in ports {
        let worker = files.worker_properties(port) + GROUP_OF_WORKERS;
        let worker = files.write(&format!("worker-{port}.properties"), &worker)?;
        let mut connect = ApacheKafka::run("org.apache.kafka.connect.cli.ConnectDistributed", &[&worker])?;
        // One creates the topics, the other finds them.
        connect
            .wait_until("the worker does not answer", || request(port, "GET", "/connectors", "").is_ok())?;
        workers.push(connect);
    }
    for (name, config) in [("source", files.source()), ("sink", files.sink())] {
        let config: serde_json::Map<_, _> =
            config.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        let config = serde_json::Value::from(config).to_string();
        workers[0].wait_until("a connector is not taken", || {
            request(ports[0], "PUT", &format!("/connectors/{name}/config"), &config).is_ok()
        })?;
    }
    files.grow(100)?;
    files.are_copied(&mut workers[0])?;
    let is_of_both = || is_group_of_both(&broker.address());
    workers[0].wait_until("the workers do not share a group", is_of_both)?;

    broker.stop();
    broker.restart();
    files.grow(50)?;
    files.are_copied(&mut workers[0])?;

    workers.remove(0).end()?;
    files.grow(50)?;
    files.are_copied(&mut workers[0])?;
    workers.remove(0).end()
}

/// The group is settled, and the broker has kept bytes that it does not understand.
fn is_group_of_both(address: &str) -> bool {
    let request = DescribeGroupsRequest { groups: vec!["workers".to_owned()], ..Default::default() };
    let asked = Connection::open(address).and_then(|mut connection| connection.call(&request, 5));
    let Ok(described) = asked.map(|mut answer| answer.groups.remove(0)) else { return false };
    described.group_state == "Stable"
        && described.protocol_type == "connect"
        && described.members.len() == 2
        && described.members.iter().all(|member| !member.member_assignment.is_empty())
}

/// Asks a worker over HTTP.
fn request(port: u16, method: &str, path: &str, body: &str) -> Result<String, String> {
    let ask = || {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(100)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = ask().map_err(|error: std::io::Error| error.to_string())?;
    if answer.starts_with("HTTP/1.1 2") { Ok(answer) } else { Err(answer) }
}

fn properties(pairs: &[(&str, String)]) -> String {
    pairs.iter().flat_map(|(key, value)| [key, "=", value, "\n"]).collect()
}

/// A file that grows, a topic, and the file that becomes its copy.
struct Files {
    home: TempDir,
    address: String,
    topic: String,
    lines: Vec<String>,
}

impl Files {
    fn new(address: &str) -> Result<Files, String> {
        let home = TempDir::new().map_err(|error| error.to_string())?;
        File::create(home.path().join("in")).map_err(|error| error.to_string())?;
        let topic = stored::create_topic(address, "lines", 1);
        Ok(Files { home, address: address.to_owned(), topic, lines: Vec::new() })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<String, String> {
        fs::write(self.path(name), text).map_err(|error| error.to_string())?;
        Ok(self.path(name).display().to_string())
    }

    fn worker_properties(&self, port: u16) -> String {
        format!(
            "bootstrap.servers={}\nlisteners=http://127.0.0.1:{port}\nkey.converter={CONVERTER}\n\
             value.converter={CONVERTER}\noffset.flush.interval.ms=500\nplugin.discovery=service_load\n",
            self.address
        )
    }

    fn connector(&self, name: &str, class: &str, file: &str) -> Vec<(&'static str, String)> {
        vec![
            ("name", name.to_owned()),
            ("connector.class", format!("org.apache.kafka.connect.file.FileStream{class}Connector")),
            ("tasks.max", "1".to_owned()),
            ("file", self.path(file).display().to_string()),
        ]
    }

    fn source(&self) -> Vec<(&'static str, String)> {
        let mut config = self.connector("source", "Source", "in");
        config.push(("topic", self.topic.clone()));
        config
    }

    fn sink(&self) -> Vec<(&'static str, String)> {
        let mut config = self.connector("sink", "Sink", "out");
        config.push(("topics", self.topic.clone()));
        config
    }

    fn grow(&mut self, count: usize) -> Result<(), String> {
        let mut file =
            File::options().append(true).open(self.path("in")).map_err(|error| error.to_string())?;
        for _ in 0..count {
            let line = format!("line {}", self.lines.len());
            writeln!(file, "{line}").map_err(|error| error.to_string())?;
            self.lines.push(line);
        }
        Ok(())
    }

    /// Every line arrives, in order. Connect copies at least once: what was under way when the broker went may come twice.
    fn are_copied(&self, connect: &mut Running) -> Result<(), String> {
        let out = || fs::read_to_string(self.path("out")).unwrap_or_default();
        let Some(last) = self.lines.last() else { return Ok(()) };
        connect.wait_until("not all is copied", || {
            out().ends_with('\n') && out().lines().any(|line| line == last)
        })?;
        let mut seen: Vec<String> = Vec::new();
        for line in out().lines() {
            if !seen.iter().any(|known| known == line) {
                seen.push(line.to_owned());
            }
        }
        super::compare::equal("the lines that were copied", &seen, &self.lines)
    }
}
