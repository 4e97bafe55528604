//! `fluxctl produce` and `fluxctl consume` against a broker: what goes in comes out, and what cannot be done says so.

#![expect(clippy::unwrap_used, clippy::format_collect, reason = "a test may end at the first surprise")]

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::{command, fluxctl};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(120);

/// A broker, and `fluxctl` in an environment that holds nothing but its address.
struct World {
    broker: Broker,
    home: TempDir,
}

impl World {
    fn start() -> World {
        World { broker: Broker::start(Storage::Memory, &["--no-profile"]), home: TempDir::new().unwrap() }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(fluxctl::path());
        command::scrub(&mut command, self.home.path());
        command.env("FLUXCTL_BOOTSTRAP_SERVERS", self.broker.address()).args(words);
        command
    }

    fn run(&self, words: &[&str], input: &[u8]) -> command::Finished {
        command::run(&mut self.command(words), input, PATIENCE).unwrap()
    }

    /// Standard output of a command that must succeed.
    fn output(&self, words: &[&str], input: &[u8]) -> Vec<u8> {
        let finished = self.run(words, input);
        assert!(finished.status.success(), "{words:?}: {}", finished.stderr);
        finished.stdout
    }

    fn text(&self, words: &[&str], input: &[u8]) -> String {
        String::from_utf8(self.output(words, input)).unwrap()
    }

    /// Exit code and standard error.
    fn failure(&self, words: &[&str], input: &[u8]) -> (i32, String) {
        let finished = self.run(words, input);
        (finished.status.code().unwrap_or(-1), finished.stderr)
    }

    fn create(&self, topic: &str, partitions: u32) {
        self.output(&["topic", "create", topic, "-p", &partitions.to_string()], b"");
    }

    fn spawn(&self, words: &[&str]) -> Child {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }
}

/// Lines of all sorts: bytes that are no text, carriage returns, empty ones, long ones.
fn lines(count: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut bytes = Vec::new();
    for number in 0..count {
        match random.u8(..20) {
            0 => {}
            1 => bytes.extend_from_slice(b"\xff\x00\xfe\r"),
            2 => bytes.extend(std::iter::repeat_with(|| random.alphanumeric() as u8).take(5000)),
            _ => bytes.extend_from_slice(format!("{number} {}", random.u64(..)).as_bytes()),
        }
        bytes.push(b'\n');
    }
    bytes
}

#[test]
fn lines_come_back_byte_for_byte_with_every_codec() {
    let world = World::start();
    let input = lines(20_000);
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        world.create(codec, 1);
        world.output(&["produce", codec, "-z", codec], &input);
        assert!(world.output(&["consume", codec, "-e"], b"") == input, "{codec}");
    }
    let file = world.home.path().join("lines.txt");
    std::fs::write(&file, &input).unwrap();
    world.create("file", 1);
    world.output(&["produce", "file", "--file", file.to_str().unwrap()], b"");
    assert!(world.output(&["consume", "file", "--from-beginning", "-e"], b"") == input);
}

#[test]
fn keys_keep_their_order_over_six_partitions() {
    let world = World::start();
    world.create("keyed", 6);
    let pairs: Vec<(u32, u32)> = (0..30_000).map(|number| (number * 7919 % 97, number)).collect();
    let input: String = pairs.iter().map(|(key, number)| format!("{key}=|={number}\n")).collect();
    world.output(&["produce", "keyed", "-K", "=|=", "-z", "lz4"], input.as_bytes());
    let output = world.text(&["consume", "keyed", "-e", "-f", r"%k %v %p\n"], b"");
    let mut last = std::collections::HashMap::new();
    let mut partitions = std::collections::HashSet::new();
    let mut count = 0;
    for line in output.lines() {
        let numbers: Vec<u32> = line.split(' ').map(|number| number.parse().unwrap()).collect();
        let previous = last.insert(numbers[0], (numbers[1], numbers[2]));
        assert!(
            previous.is_none_or(|(value, partition)| value < numbers[1] && partition == numbers[2]),
            "{line}"
        );
        partitions.insert(numbers[2]);
        count += 1;
    }
    assert_eq!((count, last.len(), partitions.len()), (30_000, 97, 6));
}

#[test]
fn json_lines_carry_a_topic_to_another_unchanged() {
    let world = World::start();
    world.create("a", 3);
    world.create("b", 3);
    let records = [
        r#"{"partition":0,"timestamp":1700000000000,"key":"k","value":"v","headers":[["h","1"],["h",null],["h","/w==","base64"]]}"#,
        r#"{"partition":0,"timestamp":5,"key":"","value":null}"#,
        r#"{"partition":1,"timestamp":7,"key":null,"value":""}"#,
        r#"{"partition":2,"timestamp":9,"key":"/wA=","key_enc":"base64","value":"gIE=","value_enc":"base64"}"#,
        r#"{"partition":2,"timestamp":9,"value":{"a": 1.50},"value_enc":"json"}"#,
    ];
    world.output(&["produce", "a", "--input", "ndjson"], (records.join("\n") + "\n").as_bytes());
    let sorted = |topic: &str| {
        let text = world.text(&["consume", topic, "-e", "-O", "ndjson"], b"");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let first = sorted("a");
    assert_eq!(first.len(), records.len());
    assert!(first[0].contains(r#""headers":[["h","1"],["h",null],["h","/w==","base64"]]"#), "{}", first[0]);
    // The command names another topic than the lines do.
    let input = (first.join("\n") + "\n").into_bytes();
    world.output(&["produce", "b", "--input", "ndjson"], &input);
    let moved = first.iter().map(|line| line.replace(r#"{"topic":"a""#, r#"{"topic":"b""#));
    assert_eq!(sorted("b"), moved.collect::<Vec<_>>());
    // The command names none: each line says where it goes.
    world.output(&["produce", "--input", "ndjson"], &input);
    assert_eq!(sorted("a").len(), 2 * records.len());
}

#[test]
fn starts_and_ends() {
    let world = World::start();
    world.create("t", 1);
    let numbers: String = (0..10).map(|number| format!("{number}\n")).collect();
    world.output(&["produce", "t", "--timestamp", "1700000000"], numbers.as_bytes());
    world.output(&["produce", "t", "--timestamp", "1700003600"], b"10\n11\n");
    for (flags, wanted) in [
        ("-B -n 3", "0 1 2"),
        ("--head 2", "0 1"),
        ("-o -2 -e", "10 11"),
        ("--tail 3 -e", "9 10 11"),
        ("--tail 3 -n 2", "9 10"),
        ("--tail 0 -e", ""),
        ("-o +9 -e", "9 10 11"),
        ("-o 4:6", "4 5"),
        ("-o :2", "0 1"),
        ("-o 9:end-1", "9 10"),
        ("-o @1700003600 -e", "10 11"),
        ("-o @1700000000:1s", "0 1 2 3 4 5 6 7 8 9"),
        ("--since 2023-11-14T22:30:00Z -e", "10 11"),
        ("--until 2023-11-14T22:30:00Z", "0 1 2 3 4 5 6 7 8 9"),
        // Ends that are not there are brought down to the end that is (trap 1).
        ("-o 10:5000", "10 11"),
        ("-o end -e", ""),
        // A time in the future is the end (trap 6).
        ("-o @1h -e", ""),
    ] {
        let mut words = vec!["consume", "t"];
        words.extend(flags.split(' '));
        let output = world.text(&words, b"");
        assert_eq!(output.split_whitespace().collect::<Vec<_>>().join(" "), wanted, "{flags}");
    }
}

/// Traps 3 and 4: partitions without records end at once, and records are counted, not offsets.
#[test]
fn empty_partitions_do_not_hold_up_the_end() {
    let world = World::start();
    world.create("wide", 12);
    world.output(&["produce", "wide", "-p", "7", "one", "two"], b"");
    assert_eq!(world.text(&["consume", "wide", "-e"], b""), "one\ntwo\n");
    assert_eq!(world.text(&["consume", "wide", "--tail", "1", "-e"], b""), "two\n");
    assert_eq!(world.text(&["consume", "wide", "-p", "3", "-e"], b""), "");
    assert_eq!(world.text(&["consume", "wide", "-o", "0:100"], b""), "one\ntwo\n");
}

#[test]
fn an_end_that_is_still_to_come_is_waited_for() {
    let world = World::start();
    world.create("t", 1);
    world.output(&["produce", "t", "old"], b"");
    let child = world.spawn(&["consume", "t", "-o", "end:end+2", "-q"]);
    // Not until it listens: what it has seen first is what it must not show.
    let mut reader = Follower::new(child);
    while reader.is_running() {
        world.output(&["produce", "t", "new"], b"");
    }
    assert_eq!(reader.finish(), (Some(0), "new\nnew\n".to_owned()));
}

/// A command that runs while the test goes on.
struct Follower(Child);

impl Follower {
    fn new(child: Child) -> Follower {
        Follower(child)
    }

    fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    fn finish(self) -> (Option<i32>, String) {
        let output = self.0.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }
}

#[test]
fn values_keys_headers_and_tombstones_from_flags() {
    let world = World::start();
    world.create("t", 1);
    let report = world.text(
        &[
            "produce",
            "t",
            "a",
            "b",
            "-k",
            "key",
            "-H",
            "h=1",
            "-H",
            "n",
            "--report-format",
            r"%t[%p]@%o %v\n",
        ],
        b"",
    );
    assert_eq!(report, "t[0]@0 a\nt[0]@1 b\n");
    world.output(&["produce", "t", "-k", "key", "--tombstone"], b"");
    world.output(&["produce", "t", "-f", r"%k %v{json}\n"], b"x {\n \"a\": [1, 2]}\ny 5");
    assert_eq!(
        world.text(&["consume", "t", "-e", "-Z", "NULL", "-f", r"%k=%v %H%h{[%k:%v]}\n"], b""),
        "key=a 2[h:1][n:NULL]\nkey=b 2[h:1][n:NULL]\nkey=NULL 0\nx={\"a\":[1,2]} 0\ny=5 0\n"
    );
}

#[test]
fn json_arrays_tables_and_raw_bytes() {
    let world = World::start();
    world.create("t", 1);
    let parse = |text: String| serde_json::from_str::<Vec<serde_json::Value>>(&text).unwrap();
    assert!(parse(world.text(&["consume", "t", "-e", "-O", "json"], b"")).is_empty());
    world.output(&["produce", "t", "--raw"], b"two\nlines\xff");
    assert_eq!(world.output(&["consume", "t", "-e", "-O", "raw"], b""), b"two\nlines\xff");
    let records = parse(world.text(&["consume", "t", "-e", "-O", "json"], b""));
    assert_eq!(records[0]["value_enc"], "base64");
    let table = world.text(&["consume", "t", "-e", "-O", "table"], b"");
    assert!(table.starts_with("PARTITION        OFFSET  TIMESTAMP"), "{table}");
    assert_eq!(table.lines().count(), 2);
}

#[test]
fn what_cannot_be_done_names_the_next_step() {
    let world = World::start();
    world.create("orders", 2);
    let hint = |words: &[&str], input: &[u8], code: i32, parts: &[&str]| {
        let (exit, stderr) = world.failure(words, input);
        assert_eq!(exit, code, "{words:?}: {stderr}");
        for part in parts {
            assert!(stderr.contains(part), "{words:?}: {stderr}");
        }
    };
    hint(&["produce", "ordres", "x"], b"", 3, &["topic `ordres` does not exist", "did you mean `orders`?"]);
    hint(&["consume", "nothing", "-e"], b"", 3, &["`fluxctl topic create nothing`"]);
    hint(&["consume"], b"", 2, &["no topic was named", "fluxctl consume orders"]);
    hint(&["produce"], b"x", 2, &["no topic was named"]);
    hint(
        &["produce", "orders", "-p", "9", "x"],
        b"",
        3,
        &["topic `orders` has no partition 9", "numbered from 0"],
    );
    hint(&["consume", "orders", "-o", "soon"], b"", 2, &["offset `soon`", "at character 1", "for example"]);
    hint(&["consume", "orders", "-f", "%q"], b"", 2, &["format `%q`: there is no `%q`"]);
    hint(&["consume", "orders", "-e", "-O", "csv"], b"", 2, &["records cannot be shown as `csv`"]);
    hint(
        &["produce", "orders", "-K", ":"],
        b"a:1\nb\n",
        1,
        &["stdin:2:1: the line has no key separator `:`"],
    );
    hint(&["produce", "orders", "--file", "/nowhere"], b"", 3, &["`/nowhere` cannot be read"]);
    let port = free_address();
    hint(&["-b", &port, "consume", "orders"], b"", 5, &["connection refused", "`fluxctl broker start"]);
}

/// An address of this machine at which nobody listens.
fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn what_cannot_be_read_can_be_left_out() {
    let world = World::start();
    world.create("t", 1);
    let (exit, stderr) = world.failure(&["produce", "t", "-K", ":", "--on-error", "skip"], b"a:1\nb\nc:3\n");
    assert_eq!(exit, 1);
    assert_eq!(
        stderr,
        "warning: stdin:2:1: the line has no key separator `:`\nerror: 1 record not written, 2 written\n"
    );
    assert_eq!(world.text(&["consume", "t", "-e"], b""), "1\n3\n");
}

#[test]
fn a_dry_run_says_where_records_would_go_and_writes_none() {
    let world = World::start();
    world.create("t", 6);
    let plan =
        world.text(&["produce", "t", "-K", ":", "--dry-run", "--report-format", r"%p %k\n"], b"foobar:1\n");
    world.output(&["produce", "t", "-K", ":"], b"foobar:1\n");
    assert_eq!(world.text(&["consume", "t", "-e", "-f", r"%p %k\n"], b""), plan);
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let world = World::start();
    world.create("t", 1);
    world.output(&["produce", "t"], &lines(50_000));
    let mut child = world.spawn(&["consume", "t", "-B", "-q"]);
    drop(child.stdout.take());
    assert!(command::wait(&mut child, PATIENCE).unwrap().success());
}

#[test]
fn the_first_interrupt_writes_what_was_read() {
    let world = World::start();
    world.create("t", 1);
    let mut child = world.spawn(&["produce", "t", "--report-format", r"%v\n"]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"one\ntwo\n").unwrap();
    // Once a record is reported, the command is past its start and waits for more input.
    let mut reported = [0_u8; 4];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut reported).unwrap();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(command::wait(&mut child, PATIENCE).unwrap().code(), Some(130));
    assert_eq!(world.text(&["consume", "t", "-e"], b""), "one\ntwo\n");
}
