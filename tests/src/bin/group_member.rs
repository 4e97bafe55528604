//! Our own client as a member of a group, beside those in Java, Python, Go and JavaScript: a job comes as JSON in a file,
//! events leave as JSON lines, commands come as lines on standard input, whose end makes the member leave.

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::error::Error;
use std::time::Duration;

use fluxmq_client::admin::OffsetToCommit;
use fluxmq_client::consumer::Rebalance;
use fluxmq_client::{
    Client, ConsumerRecord, GroupConfig, GroupConsumer, GroupProtocol, OffsetReset, RebalanceListener,
    TopicPartition,
};
use fluxmq_tests::groups::member::now;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

type Failure = Box<dyn Error + Send + Sync>;

/// How many records are handled before their offsets are committed.
const BATCH: usize = 20;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("a job is missing")?;
    let job: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let client = Client::builder().bootstrap(text(&job, "bootstrap")).client_id(text(&job, "name"));
    let mut member = client.build_unconnected()?.group_consumer_with(config(&job)?, Speaker)?;
    let mut commands = commands();
    loop {
        tokio::select! {
            command = commands.recv() => {
                let command = command.unwrap_or_default();
                match command.split_once(' ').unwrap_or((&command, "")) {
                    ("pause", how_long) => tokio::time::sleep(Duration::from_millis(how_long.parse()?)).await,
                    ("generation", _) => say("generation", json!({ "generation": member.group_metadata().generation })),
                    _ => break,
                }
            }
            batch = member.next_batch() => match batch {
                Some(Ok(records)) => handle(&mut member, &records).await,
                Some(Err(error)) => say("error", json!({ "error": error.to_string() })),
                None => return Err("the membership has ended".into()),
            },
        }
    }
    member.close().await?;
    say("left", json!({}));
    Ok(())
}

fn config(job: &Value) -> Result<GroupConfig, Failure> {
    let group = text(job, "group");
    let mut config = match job["pattern"].as_str() {
        Some(pattern) => GroupConfig::pattern(group, pattern),
        None => GroupConfig::new(group, [text(job, "topic")]),
    };
    config = config.auto_offset_reset(OffsetReset::Beginning).auto_commit(false);
    let assignor = text(job, "assignor");
    if let Some(of_server) = assignor.strip_prefix("consumer") {
        config.protocol = GroupProtocol::Consumer;
        config.server_assignor = of_server.strip_prefix(':').map(str::to_owned);
    } else {
        config.assignors = assignor.split(',').map(str::parse).collect::<Result<_, _>>()?;
    }
    let duration = |name: &str| Duration::from_millis(job[name].as_u64().unwrap_or_default());
    config.session_timeout = duration("session_ms");
    config.heartbeat_interval = duration("heartbeat_ms");
    config.max_poll_interval = duration("max_poll_ms");
    config.group_instance_id = job["instance"].as_str().map(str::to_owned);
    config.validate()?;
    Ok(config)
}

/// Handles records of one partition, and commits them.
async fn handle(member: &mut GroupConsumer, records: &[ConsumerRecord]) {
    for records in records.chunks(BATCH) {
        let Some(last) = records.last() else { return };
        for record in records {
            say(
                "record",
                json!({
                    "topic": *record.topic, "partition": record.partition, "offset": record.offset,
                    "value": record.value.as_deref().map(String::from_utf8_lossy),
                }),
            );
        }
        let offsets = json!([[*last.topic, last.partition, last.offset + 1]]);
        say("committing", json!({ "offsets": offsets }));
        let place = TopicPartition::new(&*last.topic, last.partition);
        match member.commit_offsets([OffsetToCommit::new(place, last.offset + 1)]).await {
            Ok(()) => say("committed", json!({ "offsets": offsets })),
            Err(error) => {
                say("commit_failed", json!({ "offsets": offsets, "error": error.to_string() }));
            }
        }
    }
}

/// Says what comes and goes.
struct Speaker;

impl RebalanceListener for Speaker {
    fn assigned(&mut self, partitions: &[TopicPartition], _: &mut Rebalance) {
        say("assigned", places(partitions));
    }

    fn revoked(&mut self, partitions: &[TopicPartition], _: &mut Rebalance) {
        say("revoked", places(partitions));
    }

    fn lost(&mut self, partitions: &[TopicPartition]) {
        say("lost", places(partitions));
    }
}

fn places(partitions: &[TopicPartition]) -> Value {
    let place = |place: &TopicPartition| json!([*place.topic, place.partition]);
    json!({ "partitions": partitions.iter().map(place).collect::<Vec<_>>() })
}

/// The lines of standard input; an empty one at its end.
fn commands() -> UnboundedReceiver<String> {
    let (told, commands) = unbounded_channel();
    tokio::spawn(async move {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            told.send(line).ok();
        }
    });
    commands
}

fn say(event: &str, fields: Value) {
    let mut line = json!({ "event": event, "at": now() });
    if let (Value::Object(line), Value::Object(fields)) = (&mut line, fields) {
        line.extend(fields);
    }
    println!("{line}");
}

fn text(job: &Value, name: &str) -> String {
    job[name].as_str().unwrap_or_default().to_owned()
}
