//! `fluxctl group` and `fluxctl offsets`.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fixture::{Person, Running, Said, signal};

/// A broker with topic `orders` of two partitions: offsets 0 to 3 in the first, a second apart, and 0 to 1 in the other.
/// Group `app` has read the first three of the one and all of the other.
fn orders(person: &Person) -> Running<'_> {
    let broker = person.broker(&["--memory"]);
    person.out(&["topic", "create", "orders", "-p", "2", "-c", "retention.ms=-1", "-q"]);
    for (offset, value) in ["a", "b", "c", "d"].iter().enumerate() {
        let timestamp = (1_700_000_000_000 + 1000 * offset).to_string();
        person.out(&["produce", "orders", "-p", "0", "-k", "k", "--timestamp", &timestamp, value]);
    }
    person.out(&["produce", "orders", "-p", "1", "--timestamp", "1700000000000", "x", "y"]);
    commit(person, "app", "orders,0,3\norders,1,2\n");
    broker
}

/// Commits offsets for a group that may be new.
fn commit(person: &Person, group: &str, offsets: &str) {
    fs::write(person.path("offsets.csv"), offsets).unwrap();
    let words = ["group", "seek", group, "--to-file", "offsets.csv", "--allow-new-topics", "--yes", "-q"];
    person.out(&words);
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A member that reads until it is told to stop.
struct Member<'a> {
    person: &'a Person,
    child: Child,
    group: &'a str,
}

impl<'a> Member<'a> {
    fn join(person: &'a Person, group: &'a str, more: &[&str]) -> Self {
        let words = [&["consume", "orders", "-g", group, "-q"], more].concat();
        let member = Member { person, child: person.spawn(&words), group };
        member.wait_for("Stable");
        member
    }

    fn wait_for(&self, state: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let said = self.person.run(&["group", "describe", self.group, "--state", "-O", "json"]);
            let is_there = || parse(&said.out)[0]["state"] == state;
            if said.code == 0 && is_there() {
                return;
            }
            assert!(Instant::now() < deadline, "the group is not {state}: {said:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn leave(mut self) {
        signal(self.child.id(), "INT");
        self.child.wait().unwrap();
        self.wait_for("Empty");
    }
}

impl Drop for Member<'_> {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn offsets_of_logs() {
    let person = Person::new();
    let _broker = person.broker(&["--memory"]);
    person.out(&["topic", "create", "orders", "-p", "2"]);
    for (partition, value) in [("0", "a"), ("0", "b"), ("1", "c")] {
        person.out(&["produce", "orders", "-p", partition, value]);
    }
    assert_eq!(
        person.run(&["offsets", "list", "orders"]),
        Said::new(
            0,
            "TOPIC   PARTITION  LOG START  LOG END  RECORDS AT MOST\n\
             orders          0          0        2                2\n\
             orders          1          0        1                1\n",
            ""
        )
    );
    let parse = |words: &[&str]| -> Value { serde_json::from_str(&person.out(words)).unwrap() };
    let found = parse(&["offsets", "at", "orders", "@-1h", "-O", "json"]);
    assert_eq!(
        found[1],
        json!({ "topic": "orders", "partition": 1, "offset": 0, "timestamp": found[1]["timestamp"],
                "log_start_offset": 0, "log_end_offset": 1 })
    );
    assert!(found[1]["timestamp"].as_i64().unwrap() > 1_700_000_000_000);
    let late = person.run(&["offsets", "at", "orders", "@1h", "-O", "csv"]);
    assert_eq!(
        late.out,
        "TOPIC,PARTITION,OFFSET,TIMESTAMP,LOG START,LOG END\norders,0,2,-,0,2\norders,1,1,-,0,1\n"
    );
    assert!(late.err.contains("in the future: that is the log's end; `@-1h` is that long ago"), "{late:?}");
    assert_eq!(
        person.run(&["offsets", "list", "ordres"]),
        Said::new(
            3,
            "",
            "error: topic `ordres` does not exist\nhint: did you mean `orders`? Else `fluxctl topic create ordres` creates \
             it\n"
        )
    );
}

#[test]
fn a_group_is_set_to_other_offsets() {
    let person = Person::new();
    let _broker = orders(&person);
    assert_eq!(
        person.run(&["group", "list"]),
        Said::new(
            0,
            "GROUP  STATE  TYPE     PROTOCOL  COORDINATOR  MEMBERS\n\
             app    Empty  classic  -                   1        0\n",
            ""
        )
    );
    let seek = ["group", "seek", "app", "--to"];
    let moved = "TOPIC   PARTITION  CURRENT  NEW  DELTA  NOTE\n\
                 orders          0        3    0     -3  the log starts here\n\
                 orders          1        2    0     -2  the log starts here\n";
    assert_eq!(
        person.run(&[&seek[..], &["-9", "--dry-run"]].concat()),
        Said::new(0, moved, "dry run: nothing was committed; it would commit 2 offsets of group `app`\n")
    );
    assert_eq!(
        person.run(&[&seek[..], &["-9"]].concat()),
        Said::new(
            2,
            "",
            "error: nobody is here to confirm: commit 2 offsets of group `app`\nhint: add `--yes` if you mean it, or \
             `--dry-run` to see what would happen\n"
        )
    );
    assert_eq!(
        person.run(&[&seek[..], &["-9", "--yes"]].concat()),
        Said::new(0, moved, "committed 2 offsets of group `app`\n")
    );
    assert_eq!(
        person.run(&[&seek[..], &["@2023-11-14T22:13:22Z", "--dry-run"]].concat()).out,
        "TOPIC   PARTITION  CURRENT  NEW  DELTA  NEXT RECORD               KEY  VALUE  NOTE\n\
         orders          0        0    2     +2  2023-11-14T22:13:22.000Z  k    c\n\
         orders          1        0    2     +2  -                         -    -      no record that late: the end\n"
    );
}

#[test]
fn a_group_steps_past_a_record() {
    let person = Person::new();
    let broker = orders(&person);
    person.out(&["group", "seek", "app", "--to", "start", "--yes"]);
    assert_eq!(
        person.run(&["group", "skip", "app", "orders:0", "--yes"]),
        Said::new(
            0,
            "PLACE    TOPIC   PARTITION  OFFSET  TIMESTAMP                 KEY  VALUE\n\
             skipped  orders          0       0  2023-11-14T22:13:20.000Z  k    a\n",
            "skipped 1 record of `orders-0` in group `app`: offset 0 to 1\n"
        )
    );
    assert_eq!(
        person.run(&["group", "peek", "app", "--topic", "orders:0"]),
        Said::new(
            0,
            "PLACE   TOPIC   PARTITION  OFFSET  TIMESTAMP                 KEY  VALUE\n\
             before  orders          0       0  2023-11-14T22:13:20.000Z  k    a\n\
             next    orders          0       1  2023-11-14T22:13:21.000Z  k    b\n\
             after   orders          0       2  2023-11-14T22:13:22.000Z  k    c\n",
            ""
        )
    );
    person.out(&["group", "seek", "app", "--to", "end", "--yes"]);
    assert_eq!(
        person.out(&["group", "describe", "app"]),
        format!(
            "group:       app\n\
             state:       Empty\n\
             type:        classic\n\
             protocol:    -\n\
             assignor:    -\n\
             coordinator: 1 ({})\n\
             members:     0\n\
             lag:         0\n\
             lag time:    -\n\
             \n\
             TOPIC   PARTITION  COMMITTED  LOG END  LAG  LAG TIME  MEMBER  HOST  CLIENT ID\n\
             orders          0          4        4    0         -  -       -     -\n\
             orders          1          2        2    0         -  -       -     -\n",
            broker.address
        )
    );
}

#[test]
fn groups_are_copied_and_deleted() {
    let person = Person::new();
    let _broker = orders(&person);
    assert_eq!(
        person.run(&["group", "clone", "app", "copy", "--topic", "orders:0", "--yes"]),
        Said::new(
            0,
            "TOPIC   PARTITION  CURRENT  NEW  DELTA  NOTE\n\
             orders          0        -    3      -\n",
            "committed 1 offset of group `copy`\n"
        )
    );
    assert_eq!(
        person.run(&["offsets", "diff", "app", "copy"]),
        Said::new(
            10,
            "TOPIC   PARTITION  A  B  DELTA\n\
             orders          1  2  -      -\n",
            "error: 1 of 2 partitions differs\n"
        )
    );
    assert_eq!(
        person.run(&["offsets", "diff", "app", "copy", "--topic", "orders:0"]),
        Said::new(0, "TOPIC  PARTITION  A  B  DELTA\n", "no difference in 1 partition\n")
    );
    assert_eq!(
        person.run(&["group", "delete-offsets", "app", "--topic", "orders:1", "--yes"]),
        Said::new(
            0,
            "TOPIC   PARTITION  COMMITTED\n\
             orders          1          2\n",
            "deleted 1 committed offset of group `app`\n"
        )
    );
    assert_eq!(
        person.run(&["group", "delete", "-r", ".*p.*", "--dry-run"]),
        Said::new(
            0,
            "",
            "dry run: deleted group `app` with its 1 committed offset\ndry run: deleted group `copy` with its 1 committed \
             offset\n"
        )
    );
    assert_eq!(person.out(&["group", "list", "-O", "name"]), "app\ncopy\n");
    assert_eq!(
        person.run(&["group", "rm", "app", "copy", "nothing", "--if-exists", "--yes"]),
        Said::new(
            0,
            "",
            "group `nothing` does not exist\ndeleted group `app` with its 1 committed offset\ndeleted group `copy` with \
             its 1 committed offset\n"
        )
    );
    assert_eq!(person.out(&["group", "list", "-O", "name"]), "");
}

#[test]
fn groups_in_use_are_left_alone() {
    let person = Person::new();
    let _broker = orders(&person);
    commit(&person, "copy", "orders,0,1\n");
    for protocol in ["classic", "consumer"] {
        let member = Member::join(&person, "app", &["--group-protocol", protocol]);
        for words in [
            &["seek", "app", "--to", "start", "--yes"][..],
            &["skip", "app", "orders:0", "--yes"],
            &["clone", "copy", "app", "--yes"],
            &["delete", "app", "--yes"],
            &["delete-offsets", "app", "--topic", "orders", "--yes"],
        ] {
            let said = person.run(&[&["group"], words].concat());
            assert_eq!(
                said,
                Said::new(
                    6,
                    "",
                    "error: group `app` is in use (Stable): 1 member reads with it: `fluxctl` at 127.0.0.1\nhint: stop them \
                     first; one that crashed is gone after its session time-out. `fluxctl group describe app --members` \
                     shows them\n"
                ),
                "{protocol} {words:?}"
            );
        }
        let tried = person.run(&["group", "seek", "app", "--to", "start", "--dry-run", "-O", "json"]);
        assert_eq!(tried.code, 6, "{tried:?}");
        assert_eq!(parse(&tried.out)[0]["new_offset"], 0, "what it would be is shown all the same");
        let members = parse(&person.out(&["group", "describe", "app", "--members", "-O", "json"]));
        let assigned = json!([{ "topic": "orders", "partition": 0 }, { "topic": "orders", "partition": 1 }]);
        assert_eq!(members[0]["members"][0]["assignment"], assigned);
        assert_eq!(members[0]["type"], protocol);
        member.leave();
        person.out(&["group", "seek", "app", "--to", "start", "--yes"]);
    }
}

#[test]
fn a_member_without_its_broker_ends_soon_and_says_what_may_come_again() {
    let person = Person::new();
    let broker = person.broker(&["--memory"]);
    person.out(&["topic", "create", "orders", "-q"]);
    // More than a pipe takes: until it is read, the member is not done with it and commits nothing.
    person.out(&["produce", "orders", &"v".repeat(100_000)]);
    let mut member = person.spawn(&["consume", "orders", "-g", "app", "-B", "-O", "json"]);
    let mut printed = member.stdout.take().unwrap();
    printed.read_exact(&mut [0; 100]).unwrap();
    signal(broker.pid, "KILL");
    signal(member.id(), "INT");
    let mut rest = String::new();
    printed.read_to_string(&mut rest).unwrap();
    let said = member.wait_with_output().unwrap();
    let error = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(5), "{error}");
    let hint = "\"hint\":\"what was printed last may not be committed, and then comes again; ";
    assert!(error.contains(hint), "{error}");
    assert!(rest.ends_with("}\n]\n"), "the list is whole");
}

#[test]
fn a_watch_outlives_a_broker_that_restarts() {
    let person = Person::new();
    let broker = person.broker(&["--data-dir", "data"]);
    person.out(&["topic", "create", "orders", "-q"]);
    person.out(&["produce", "orders", "a", "b"]);
    commit(&person, "app", "orders,0,1\n");
    let words =
        ["group", "watch", "app", "-i", "100ms", "--until", "lag=0", "--timeout", "1m", "-O", "ndjson"];
    let mut watch = person.spawn(&words);
    let mut looks = BufReader::new(watch.stdout.take().unwrap()).lines();
    assert!(looks.next().unwrap().unwrap().contains("\"lag\":1"));
    signal(broker.pid, "KILL");
    let warnings = BufReader::new(watch.stderr.take().unwrap()).lines();
    let failed = warnings.map(Result::unwrap).filter(|line| line.ends_with("; trying again")).take(8);
    assert_eq!(failed.count(), 8);
    person.out(&["broker", "start", "--detach", "--port", broker.port(), "--data-dir", "data", "-q"]);
    person.out(&["consume", "orders", "-g", "app", "-n", "1", "-q"]);
    let ended = watch.wait().unwrap();
    person.out(&["broker", "stop", "--data-dir", "data"]);
    assert!(ended.success(), "{ended}");
}

#[test]
fn offsets_go_into_a_file_and_back_in_every_form() {
    let person = Person::new();
    let _broker = orders(&person);
    for form in ["csv", "tsv", "json", "ndjson"] {
        let file = format!("saved.{form}");
        fs::write(person.path(&file), person.out(&["offsets", "list", "-g", "app", "-O", form])).unwrap();
        assert_eq!(person.run(&["offsets", "diff", &file, "app"]).code, 0, "{form}");
        person.out(&["group", "seek", "app", "--to", "start", "--yes"]);
        let differs = person.run(&["offsets", "diff", &file, "app", "-O", "name"]);
        assert_eq!((differs.code, differs.out.as_str()), (10, "orders-0\norders-1\n"), "{form}");
        person.out(&["group", "seek", "app", "--to-file", &file, "--yes"]);
        assert_eq!(person.run(&["offsets", "diff", &file, "app"]).code, 0, "{form}");
    }
    assert_eq!(
        person.run(&["offsets", "diff", "app", "end"]),
        Said::new(
            10,
            "TOPIC   PARTITION  A  B  DELTA\n\
             orders          0  3  4     +1\n",
            "error: 1 of 2 partitions differs\n"
        )
    );
}

#[test]
fn watching_is_a_gate() {
    let person = Person::new();
    let _broker = orders(&person);
    let watch = ["group", "watch", "app", "--interval", "100ms"];
    let said =
        person.run(&[&watch[..], &["--until", "lag=0", "--timeout", "300ms", "-O", "ndjson"]].concat());
    assert_eq!(said.code, 10, "{said:?}");
    assert_eq!(parse(said.out.lines().next().unwrap())["lag"], 1);
    assert_eq!(parse(&said.err)["error"]["message"], "not met within 300ms: group `app` has lag 1");
    let met = person.run(&[&watch[..], &["--until", "lag<=1", "--timeout", "1m", "-O", "json"]].concat());
    assert_eq!((met.code, parse(&met.out)[0]["state"].as_str()), (0, Some("Empty")), "{met:?}");
    assert_eq!(person.run(&[&watch[..], &["--until", "state=empty"]].concat()).code, 0);
    let looks = person.out(&[&watch[..], &["-n", "2", "--no-headers", "-O", "tsv"]].concat());
    let lags: Vec<&str> = looks.lines().map(|line| line.split('\t').nth(6).unwrap()).collect();
    assert_eq!(lags, ["1", "0", "1", "0"]);
    // Somebody reads the rest meanwhile.
    let reader = person.spawn(&["consume", "orders", "-g", "app", "-n", "1", "-q"]);
    let drained = person.run(&[&watch[..], &["--until", "lag=0", "--timeout", "1m", "-q"]].concat());
    assert_eq!(drained.code, 0, "{drained:?}");
    reader.wait_with_output().unwrap();
}

#[test]
fn mistakes_name_the_next_step() {
    let person = Person::new();
    let _broker = orders(&person);
    let no_group =
        "error: group `ap` does not exist\nhint: did you mean `app`? `fluxctl group list` shows all";
    for (words, code, err) in [
        (&["group", "describe", "ap"][..], 3, no_group),
        (&["group", "watch", "ap", "-n", "1"], 3, no_group),
        (&["group", "peek", "ap"], 3, no_group),
        (&["group", "delete", "ap", "--yes"], 3, no_group),
        (&["offsets", "list", "-g", "ap"], 3, no_group),
        (
            &["group", "seek", "ap", "--to", "start"],
            3,
            &format!("{no_group}; `--allow-new-topics` commits offsets of a new group"),
        ),
        (
            &["group", "seek", "app", "--to", "start", "--topic", "orders:7"],
            3,
            "error: topic `orders` has no partition 7\nhint: its 2 partitions are numbered from 0; `fluxctl topic describe \
             orders` shows them",
        ),
        (
            &["group", "seek", "app", "--to", "5:7"],
            2,
            "error: target `5:7`: one place is wanted, not a range at character 2; for example `@-1h`",
        ),
        (
            &["group", "delete-offsets", "app", "--topic", "old", "--yes"],
            3,
            "error: nothing is committed of topic `old`\nhint: `fluxctl offsets list --group GROUP` shows what a group has \
             committed",
        ),
        (
            &["group", "peek", "app", "--topic", "orders:3"],
            3,
            "error: nothing is committed of `orders:3`\nhint: `fluxctl offsets list --group GROUP` shows what a group has \
             committed",
        ),
        (
            &["group", "seek", "fresh", "--to", "start", "--allow-new-topics", "--yes"],
            2,
            "error: group `fresh` has committed nothing, and no topic was named\nhint: `--topic TOPIC --allow-new-topics` \
             commits offsets of a topic that is new to the group",
        ),
        (
            &["group", "skip", "app", "orders:1", "--yes"],
            1,
            "error: nothing to skip: group `app` is at the end of `orders-1`\nhint: `fluxctl group describe app` shows where \
             it stands",
        ),
        (
            &["group", "describe", "-r", "x.*"],
            3,
            "error: no group has a name that matches\nhint: `fluxctl group list` shows all",
        ),
    ] {
        assert_eq!(person.run(words), Said::new(code, "", &format!("{err}\n")), "{words:?}");
    }
    person.out(&["topic", "create", "new", "-q"]);
    assert_eq!(
        person.run(&["group", "seek", "app", "--to", "start", "--topic", "new", "--yes"]).err,
        "error: group `app` has committed nothing of topic `new`\nhint: `--allow-new-topics` if you mean it\n"
    );
}

#[test]
fn every_form_of_output_of_every_command() {
    let person = Person::new();
    let _broker = orders(&person);
    let commands = [
        &["group", "list"][..],
        &["group", "list", "nothing-fits"],
        &["group", "describe", "app"],
        &["group", "describe", "app", "--members"],
        &["group", "describe", "app", "--offsets"],
        &["group", "describe", "app", "--state"],
        &["group", "seek", "app", "--to", "start", "--dry-run"],
        &["group", "seek", "app", "--to", "@2023-11-14", "--dry-run"],
        &["group", "seek", "app", "--to", "current", "--yes"],
        &["group", "skip", "app", "orders:0", "--dry-run"],
        &["group", "peek", "app"],
        &["group", "watch", "app", "-n", "1"],
        &["group", "clone", "app", "copy", "--dry-run"],
        &["group", "delete-offsets", "app", "--topic", "orders", "--dry-run"],
        &["group", "delete", "app", "--dry-run"],
        &["offsets", "list", "orders"],
        &["offsets", "list", "--group", "app"],
        &["offsets", "at", "orders", "@-1h"],
        &["offsets", "diff", "app", "app"],
    ];
    for words in commands {
        for form in ["table", "wide", "json", "ndjson", "yaml", "tsv", "csv", "name"] {
            let said = person.run(&[words, &["-O", form]].concat());
            assert_eq!(said.code, 0, "{words:?} {form} {said:?}");
            match form {
                "json" => assert!(parse(&said.out).is_array(), "{words:?}"),
                "ndjson" => said.out.lines().for_each(|line| assert!(parse(line).is_object(), "{words:?}")),
                "yaml" => assert!(said.out.starts_with("- ") || said.out == "[]\n", "{words:?} {said:?}"),
                _ => {}
            }
        }
    }
}

#[test]
fn groups_are_completed_and_guarded() {
    let person = Person::new();
    let broker = orders(&person);
    let complete = |words: &[&str]| {
        let index = (words.len() - 1).to_string();
        let variables = [("COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", &index), ("_CLAP_IFS", "\n")];
        person.run_with(&variables, &[&["--"], words].concat())
    };
    assert_eq!(complete(&["fluxctl", "group", "describe", "a"]), Said::new(0, "app", ""));
    assert_eq!(complete(&["fluxctl", "group", "seek", "app", "--to-group", "a"]), Said::new(0, "app", ""));
    person.out(&["profile", "add", "seen", &broker.address, "--read-only"]);
    for words in [
        &["group", "seek", "app", "--to", "start", "--yes"][..],
        &["group", "skip", "app", "orders:0", "--yes"],
        &["group", "clone", "app", "copy", "--yes"],
        &["group", "delete", "app", "--yes"],
        &["group", "delete-offsets", "app", "--topic", "orders", "--yes"],
        &["consume", "orders", "-g", "app", "-n", "1"],
    ] {
        let said = person.run(&[&["-P", "seen"], words].concat());
        assert_eq!((said.code, said.out.as_str()), (4, ""), "{words:?} {said:?}");
    }
}
