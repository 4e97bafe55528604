//! Members of consumer groups against a broker: the client's, and `fluxctl consume -g`. `FLUXMQ_TEST_BOOTSTRAP=HOST:PORT`
//! puts the same to another broker.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may end at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fluxmq_client::{
    AssignmentStrategy, Client, ConsumerConfig, EndOffset, GroupConfig, GroupProtocol, NewTopic, OffsetReset,
    Producer, ProducerConfig, ProducerRecord, StartOffset, TopicPartition,
};
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::interop::world::foreign_bootstrap;
use fluxmq_tests::{command, fluxctl, stored};
use tempfile::TempDir;
use tokio::sync::oneshot;

const PATIENCE: Duration = Duration::from_secs(120);

struct World {
    _broker: Option<Broker>,
    address: String,
    home: TempDir,
}

impl World {
    fn start() -> World {
        let foreign = foreign_bootstrap();
        let broker = foreign.is_none().then(|| Broker::start(Storage::Memory, &["--no-profile"]));
        let address = foreign.or(broker.as_ref().map(Broker::address)).unwrap();
        World { _broker: broker, address, home: TempDir::new().unwrap() }
    }

    async fn client(&self) -> Client {
        Client::builder().bootstrap(&self.address).build().await.unwrap()
    }

    /// A topic with so many records in each of its partitions: 0, 1, ...
    async fn topic(&self, partitions: i32, records: i64) -> String {
        let topic = stored::unique("members");
        let client = self.client().await;
        let created =
            client.admin().create_topics(&[NewTopic::new(&topic, partitions)], false).await.unwrap();
        assert!(created[0].1.is_ok(), "{created:?}");
        produce(&producer(&client), &topic, partitions, 0..records).await;
        topic
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(fluxctl::path());
        command::scrub(&mut command, self.home.path());
        command.env("FLUXCTL_BOOTSTRAP_SERVERS", &self.address).args(words);
        command
    }

    /// Standard output and standard error of a command that must succeed.
    fn run(&self, words: &[&str]) -> (String, String) {
        let finished = command::run(&mut self.command(words), b"", PATIENCE).unwrap();
        assert!(finished.status.success(), "{words:?}: {}", finished.stderr);
        (String::from_utf8(finished.stdout).unwrap(), finished.stderr)
    }

    fn spawn(&self, words: &[&str]) -> Child {
        let mut command = self.command(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// What a group has committed of each partition of a topic.
    async fn committed(&self, group: &str, topic: &str, partitions: i32) -> Vec<Option<i64>> {
        let names: Vec<_> = (0..partitions).map(|partition| TopicPartition::new(topic, partition)).collect();
        let found = self.client().await.admin().committed_offsets(group, Some(&names)).await.unwrap();
        let by_name: BTreeMap<_, _> = found.into_iter().collect();
        names.iter().map(|name| by_name[name].clone().unwrap().map(|committed| committed.offset)).collect()
    }
}

fn producer(client: &Client) -> Producer {
    let config = ProducerConfig { linger: Duration::ZERO, ..ProducerConfig::default() };
    client.producer(config).unwrap()
}

async fn produce(producer: &Producer, topic: &str, partitions: i32, values: std::ops::Range<i64>) {
    for value in values {
        for partition in 0..partitions {
            let record = ProducerRecord::new(topic, value.to_string()).partition(partition);
            drop(producer.send(record).await.unwrap());
        }
    }
    producer.flush().await.unwrap();
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_5_a_member_stops_at_the_end() {
    let world = World::start();
    let (topic, group) = (world.topic(3, 2).await, stored::unique("group"));
    let all = ["0 0", "0 1", "1 0", "1 1", "2 0", "2 1"];
    let words = ["consume", &topic, "-g", &group, "-e", "-f", r"%p %v\n"];
    assert_eq!(sorted(&world.run(&words).0), all);
    assert_eq!(world.run(&words).0, "", "all is committed");
    let newer = stored::unique("group");
    let words = ["consume", &topic, "-g", &newer, "-e", "-f", r"%p %v\n", "--group-protocol", "consumer"];
    assert_eq!(sorted(&world.run(&words).0), all);
    assert_eq!(world.committed(&newer, &topic, 3).await, [Some(2); 3]);
    // A partition without a record has an end as well.
    let empty = world.topic(2, 0).await;
    assert_eq!(world.run(&["consume", &empty, "-g", &group, "-e"]).0, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_7_what_was_printed_is_committed_and_no_more() {
    let world = World::start();
    let (topic, group) = (world.topic(1, 10).await, stored::unique("group"));
    for (count, printed, committed) in [("3", "0\n1\n2\n", 3), ("2", "3\n4\n", 5), ("0", "", 5)] {
        assert_eq!(world.run(&["consume", &topic, "-g", &group, "-B", "-n", count]).0, printed);
        assert_eq!(world.committed(&group, &topic, 1).await, [Some(committed)]);
    }
    // A reader that goes away has not read everything.
    let mut child = world.spawn(&["consume", &topic, "-g", &group]);
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "5\n");
    produce(&producer(&world.client().await), &topic, 1, 10..11).await;
    assert!(child.wait().unwrap().success(), "a closed pipe is no failure");
    assert_eq!(
        world.committed(&group, &topic, 1).await,
        [Some(10)],
        "what went into a closed pipe was not printed"
    );
    assert_eq!(world.run(&["consume", &topic, "-g", &group, "-e"]).0, "10\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn committed_offsets_win_over_the_start_flags_and_that_is_said() {
    let world = World::start();
    let (topic, group) = (world.topic(1, 4).await, stored::unique("group"));
    let (out, err) = world.run(&["consume", &topic, "-g", &group, "-B", "-n", "2"]);
    assert_eq!(out, "0\n1\n");
    let announced = |start: &str| {
        format!(
            "reading `{topic}` as a member of group `{group}`: from its committed offsets, where there are none {start}\n"
        )
    };
    assert_eq!(err, announced("from the beginning"));
    let (out, err) = world.run(&["consume", &topic, "-g", &group, "-o", "0", "-n", "2"]);
    assert_eq!(out, "2\n3\n");
    let wins = format!("group `{group}` has committed offsets in 1 of 1 partitions, which win over `-o`\n");
    assert_eq!(err, announced("from offset 0") + &wins);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_commits_and_leaves() {
    let world = World::start();
    let (topic, group) = (world.topic(1, 3).await, stored::unique("group"));
    let mut child = world.spawn(&["consume", &topic, "-g", &group, "-B"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in ["0", "1", "2"] {
        assert_eq!(lines.next().unwrap().unwrap(), line);
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(world.committed(&group, &topic, 1).await, [Some(3)]);
    // It has left: the next member need not wait for its session to end.
    let finished = command::run(
        &mut world.command(&["consume", &topic, "-g", &group, "-e"]),
        b"",
        Duration::from_secs(40),
    );
    assert!(finished.unwrap().status.success());
}

/// A member that is its own task until it is told to close.
struct Running {
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

/// What all members of a group have read, in the order in which they did.
type History = Arc<Mutex<Vec<(i32, i64)>>>;

fn length(history: &History) -> usize {
    history.lock().unwrap_or_else(PoisonError::into_inner).len()
}

fn run_member(client: &Client, config: &GroupConfig, history: &History) -> Running {
    let (stop, mut stopped) = oneshot::channel();
    let mut consumer = client.group_consumer(config.clone()).unwrap();
    let history = Arc::clone(history);
    let task = tokio::spawn(async move {
        loop {
            let records = tokio::select! {
                biased;
                _ = &mut stopped => break,
                records = consumer.next_batch() => records.unwrap().unwrap(),
            };
            let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
            history.extend(records.iter().map(|record| (record.partition, record.offset)));
        }
        consumer.close().await.unwrap();
    });
    Running { stop, task }
}

async fn stop(member: Running) {
    member.stop.send(()).unwrap();
    member.task.await.unwrap();
}

/// Members that come and go in good order, while records come: each is read once, and in order.
async fn turnover(world: &World, configure: impl Fn(GroupConfig) -> GroupConfig) {
    const PARTITIONS: i32 = 6;
    let (topic, group) = (world.topic(PARTITIONS, 0).await, stored::unique("group"));
    let client = world.client().await;
    let mut config = GroupConfig::new(&group, [&topic]).auto_offset_reset(OffsetReset::Beginning);
    config.heartbeat_interval = Duration::from_millis(200);
    // Many small answers, so that members change in the middle of something.
    config.consumer.max_partition_bytes = 500;
    config = configure(config);
    let (producer, history) = (producer(&client), History::default());
    let mut written = 0;
    let mut members = Vec::new();
    for step in 0..6 {
        match step {
            3 | 4 => stop(members.remove(0)).await,
            _ => members.push(run_member(&client, &config, &history)),
        }
        let until = length(&history) + 300;
        let more = async {
            while length(&history) < until {
                // Never far ahead of the readers.
                if written * i64::from(PARTITIONS) < length(&history) as i64 + 1000 {
                    produce(&producer, &topic, PARTITIONS, written..written + 20).await;
                    written += 20;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, more).await.expect("records are read");
    }
    let total = usize::try_from(written).unwrap() * usize::try_from(PARTITIONS).unwrap();
    let all = async {
        while length(&history) < total {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("every record is read");
    for member in members {
        stop(member).await;
    }
    assert_eq!(world.committed(&group, &topic, PARTITIONS).await, vec![Some(written); 6]);
    let history = history.lock().unwrap_or_else(PoisonError::into_inner);
    let mut next: BTreeMap<i32, i64> = BTreeMap::new();
    for (partition, offset) in history.iter() {
        let expected = next.entry(*partition).or_default();
        assert_eq!(offset, expected, "partition {partition} is read in order, each record once");
        *expected += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_come_and_go_lose_and_double_nothing() {
    let world = World::start();
    for strategy in AssignmentStrategy::ALL {
        turnover(&world, |config| config.assignors([strategy])).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_the_newer_protocol_that_come_and_go_lose_and_double_nothing() {
    let world = World::start();
    turnover(&world, |config| config.protocol(GroupProtocol::Consumer)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_commands_share_a_topic() {
    let world = World::start();
    let (topic, group) = (world.topic(4, 5).await, stored::unique("group"));
    let words = ["consume", &topic, "-g", &group, "-B", "-f", r"%p %o\n", "--idle-timeout", "3s"];
    let words = [&words[..], &["--assignor", "cooperative-sticky"]].concat();
    let mut both: Vec<Child> = (0..2).map(|_| world.spawn(&words)).collect();
    let mut read = Vec::new();
    for child in &mut both {
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        read.extend(lines.map(Result::unwrap));
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(read.len(), 20);
    assert_eq!(read.iter().collect::<BTreeSet<_>>().len(), 20);
    assert_eq!(world.committed(&group, &topic, 4).await, [Some(5); 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_member_comes_back_without_a_rebalance() {
    let world = World::start();
    let (topic, group) = (world.topic(2, 3).await, stored::unique("group"));
    let client = world.client().await;
    let config = GroupConfig::new(&group, [&topic])
        .auto_offset_reset(OffsetReset::Beginning)
        .group_instance_id("here");
    let mut generations = Vec::new();
    for first in [0, 1, 2] {
        let mut consumer = client.group_consumer(config.clone()).unwrap();
        let mut read = BTreeSet::new();
        while read.len() < 2 {
            let records = consumer.next_batch().await.unwrap().unwrap();
            let first_of_batch = records.first().unwrap();
            assert_eq!(first_of_batch.offset, first);
            read.insert(first_of_batch.partition);
            consumer.seek(&topic, first_of_batch.partition, first + 1).unwrap();
            consumer.pause(&[TopicPartition::new(&*topic, first_of_batch.partition)]).unwrap();
        }
        generations.push(consumer.group_metadata().generation);
        consumer.close().await.unwrap();
    }
    assert_eq!(generations, [generations[0]; 3]);
    // The consumer by assignment sees what the members left.
    let rest = ConsumerConfig::topic(&topic).start(StartOffset::Offset(2)).end(EndOffset::Current);
    let mut rest = client.consumer(rest).await.unwrap();
    assert_eq!(rest.next_batch().await.unwrap().unwrap().len(), 1);
}
