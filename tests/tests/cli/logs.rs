//! `fluxctl log`: a broker's files, without the broker.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::fixture::{Person, Running, Said, signal};

/// A data directory with a topic of one partition, into which three batches of two records were produced one after the
/// other. The broker has ended.
fn stored(person: &Person) -> PathBuf {
    let dir = person.path("data");
    let data_dir = dir.to_str().unwrap();
    let broker = person.broker(&["--data-dir", data_dir]);
    let address = broker.address.clone();
    person.out(&["-b", &address, "topic", "create", "orders"]);
    for number in 0..3 {
        let values = [format!("{number}a"), format!("{number}b")];
        person.out(&["-b", &address, "produce", "orders", &values[0], &values[1]]);
    }
    person.out(&["broker", "stop", "--data-dir", data_dir]);
    dir
}

/// Changes the log file of the one partition.
fn damage(dir: &std::path::Path, change: impl FnOnce(&mut Vec<u8>)) {
    damage_log(&dir.join("orders-0"), change);
}

fn damage_log(log: &std::path::Path, change: impl FnOnce(&mut Vec<u8>)) {
    let path = log.join("00000000000000000000.log");
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_good_directory_is_good() {
    let person = Person::new();
    let dir = stored(&person);
    let size = fs::metadata(dir.join("orders-0/00000000000000000000.log")).unwrap().len();
    assert_eq!(
        person.run(&["log", "verify", "data"]),
        Said::new(
            0,
            &format!(
                "LOG       SEGMENTS  BATCHES  RECORDS  START  END  BYTES  STATE\n\
                 orders-0         1        3        6      0    6    {size}  good\n"
            ),
            ""
        )
    );
    let verified = json(&person.out(&["log", "verify", "data", "-O", "json"]));
    assert_eq!(verified["held_by"], Value::Null);
    assert_eq!(verified["logs"][0]["records"], 6);
    assert_eq!(person.out(&["log", "verify", "data", "-O", "ndjson"]), "");
    assert_eq!(person.run(&["log", "verify", "nowhere"]).code, 3);
    assert_eq!(person.run(&["log", "verify", "."]).code, 2);
}

#[test]
fn damage_is_told_and_has_its_exit_code() {
    let person = Person::new();
    let dir = stored(&person);
    let size = fs::metadata(dir.join("orders-0/00000000000000000000.log")).unwrap().len() / 3;
    damage(&dir, |bytes| bytes[size as usize..2 * size as usize].fill(0));
    let said = person.run(&["log", "verify", "data/orders-0"]);
    assert_eq!(
        said,
        Said::new(
            10,
            &format!(
                "LOG       SEGMENTS  BATCHES  RECORDS  START  END  BYTES  STATE\n\
                 orders-0         1        2        4      0    6    {}  damage\n\
                 \n\
                 FINDING  FILE                      POSITION  OFFSET  WHAT\n\
                 damage   00000000000000000000.log  {size:>8}       2  {size} bytes are zero; an intact batch follows at \
                 position {}\n",
                3 * size,
                2 * size
            ),
            "error: 1 place is damaged\nhint: `-O wide` says what to do about each; `fluxctl log repair data/orders-0` \
             shows what can be done\n"
        )
    );
    let said = person.run(&["log", "verify", "data", "-O", "json"]);
    let error = json(&said.err);
    assert_eq!((said.code, &error["error"]["kind"]), (10, &Value::from("different")));
    let finding = &json(&said.out)["logs"][0]["findings"][0];
    assert_eq!(finding["severity"], "damage");
    assert_eq!(finding["file"], "orders-0/00000000000000000000.log");
    assert_eq!((finding["position"].as_u64(), finding["offset"].as_i64()), (Some(size), Some(2)));
}

#[test]
fn a_broker_that_runs_is_told_of() {
    let person = Person::new();
    let dir = stored(&person);
    let broker = person.broker(&["--data-dir", dir.to_str().unwrap()]);
    let said = person.run(&["log", "verify", "data/orders-0"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.err, "warning: a broker uses this directory: what it is writing may look torn\n");
    signal(broker.pid, "KILL");
}

/// The records that a broker on the directory serves; it takes one more after that.
fn served(person: &Person, dir: &std::path::Path) -> String {
    let broker = person.broker(&["--data-dir", dir.to_str().unwrap()]);
    let address = broker.address.clone();
    let format = "%o %v\\n";
    let served = person.out(&["-b", &address, "consume", "orders", "-o", ":end", "-f", format]);
    person.out(&["-b", &address, "produce", "orders", "more"]);
    let after = person.out(&["-b", &address, "consume", "orders", "-o", ":end", "-f", format]);
    assert!(after.starts_with(&served) && after.ends_with(" more\n"), "{after}");
    person.out(&["broker", "stop", "--data-dir", dir.to_str().unwrap()]);
    served
}

#[test]
fn a_log_with_damage_in_the_middle_is_served_below_it_and_repaired_either_way() {
    for (flag, expected) in [("--truncate", "0 0a\n1 0b\n"), ("--skip-damage", "0 0a\n1 0b\n4 2a\n5 2b\n")] {
        let person = Person::new();
        let dir = stored(&person);
        let size = fs::metadata(dir.join("orders-0/00000000000000000000.log")).unwrap().len() as usize / 3;
        damage(&dir, |bytes| bytes[size + 70] ^= 1);
        // The stop in order is not believed: as after a crash.
        fs::remove_file(dir.join(".kafka_cleanshutdown")).unwrap();
        fs::write(dir.join("recovery-point-offset-checkpoint"), "0\n1\norders 0 0\n").unwrap();
        let broker = person.broker(&["--data-dir", dir.to_str().unwrap()]);
        let address = broker.address.clone();
        let read = person.run(&["-b", &address, "consume", "orders", "-o", ":2", "-f", "%o %v\\n"]);
        assert_eq!((read.code, read.out.as_str()), (0, "0 0a\n1 0b\n"), "{read:?}");
        let across = person.run(&["-b", &address, "consume", "orders", "-o", "2:3"]);
        assert_eq!(across.out, "", "nothing at or behind the damage is served: {across:?}");
        let refused =
            person.run(&["-b", &address, "produce", "orders", "-X", "delivery.timeout.ms=1000", "more"]);
        assert_ne!(refused.code, 0, "{refused:?}");
        let said = person.run(&["log", "repair", "data", flag, "--yes"]);
        assert_eq!(said.code, 6, "a broker uses it: {said:?}");
        person.out(&["broker", "stop", "--data-dir", dir.to_str().unwrap()]);

        assert_eq!(person.run(&["log", "verify", "data"]).code, 10);
        let said = person.run(&["log", "repair", "data", flag]);
        assert_eq!(said.code, 2, "nobody can be asked: {said:?}");
        let said = person.run(&["log", "repair", "data", flag, "--yes"]);
        assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
        assert!(said.err.contains("`orders-0/00000000000000000000.log`: "), "{said:?}");
        assert_eq!(person.run(&["log", "verify", "data"]).code, 0);
        assert_eq!(served(&person, &dir), expected);
        assert_eq!(person.run(&["log", "verify", "data"]).code, 0);
    }
}

#[test]
fn groups_whose_past_is_damaged_wait_for_the_repair() {
    let person = Person::new();
    let dir = stored(&person);
    let data_dir = dir.to_str().unwrap();
    let stop = || person.out(&["broker", "stop", "--data-dir", data_dir]);
    let start = || person.broker(&["--data-dir", data_dir]);
    let seek = |broker: &Running<'_>, group: &str, to: &str| {
        let words = [
            "-b",
            &broker.address,
            "group",
            "seek",
            group,
            "-t",
            "orders",
            "--to",
            to,
            "--allow-new-topics",
            "--yes",
            "-q",
        ];
        person.run(&words)
    };
    let broker = start();
    for group in ["app", "other"] {
        for to in ["start", "+2", "+1"] {
            assert_eq!(seek(&broker, group, to).code, 0);
        }
    }
    stop();
    // The place of group `app`, in the middle of what it wrote.
    let log = dir.join("__consumer_offsets-1");
    damage_log(&log, |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
    let broker = start();
    let refused = seek(&broker, "app", "end");
    assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
    assert!(refused.err.contains("what this group wrote down is damaged"), "{refused:?}");
    assert!(refused.err.contains("`fluxctl log repair`") && !refused.err.contains("hint"), "{refused:?}");
    assert_eq!(seek(&broker, "other", "+1").code, 0);
    stop();
    let repaired = person.run(&["log", "repair", log.to_str().unwrap(), "--skip-damage", "--yes"]);
    assert_eq!(repaired.code, 0, "{repaired:?}");
    let broker = start();
    let described = person.out(&["-b", &broker.address, "group", "describe", "app", "-O", "json"]);
    assert_eq!(json(&described)[0]["partitions"][0]["committed_offset"], 3, "{described}");
    stop();
}

#[test]
fn a_repair_says_what_it_would_do_and_what_it_leaves() {
    let person = Person::new();
    let dir = stored(&person);
    assert_eq!(person.run(&["log", "repair", "data"]), Said::new(0, "", "there is nothing to do\n"));
    let size = fs::metadata(dir.join("orders-0/00000000000000000000.log")).unwrap().len() / 3;
    damage(&dir, |bytes| bytes[size as usize + 70] ^= 1);
    assert_eq!(
        person.run(&["log", "repair", "data"]),
        Said::new(
            10,
            "",
            &format!(
                "there is nothing to do\n\
                 error: damage is left in `orders-0/00000000000000000000.log` at position {size}\n\
                 hint: `--truncate` ends a log before its damage, `--skip-damage` takes the damaged bytes out; `fluxctl log \
                 verify` tells what is damaged\n"
            )
        )
    );
    let planned = json(&person.out(&["log", "repair", "data", "--skip-damage", "--dry-run", "-O", "json"]));
    let step = planned.as_array().unwrap().iter().find(|step| step["bytes_put_aside"] == size).unwrap();
    assert_eq!(
        step,
        &serde_json::json!({
            "log": "orders-0", "file": "00000000000000000000.log",
            "what": format!("take out the bytes {size} to {}", 2 * size), "bytes_put_aside": size, "dry_run": true
        })
    );
    assert_eq!(person.run(&["log", "verify", "data"]).code, 10, "a dry run changes nothing");
    let both = person.run(&["log", "repair", "data", "--truncate", "--skip-damage"]);
    assert_eq!(both.code, 2, "{both:?}");
}

#[test]
fn what_is_no_directory_of_kafka_is_not_imported() {
    let person = Person::new();
    stored(&person);
    let import = |from: &str| person.run(&["log", "import", from, "--data-dir", "other"]);
    let ours = import("data");
    assert_eq!(ours.code, 2);
    assert!(
        ours.err.contains("is a data directory of FluxMQ, which can be copied or moved as a whole"),
        "{ours:?}"
    );
    assert_eq!(import("nowhere").code, 3);
    fs::create_dir(person.path("empty")).unwrap();
    let empty = import("empty");
    assert_eq!(empty.code, 2);
    assert!(
        empty.err.contains("hint: name the log directories (`log.dirs`) of one Kafka broker"),
        "{empty:?}"
    );
    assert!(!person.path("other").exists());
}

/// The times of what was just produced are not known beforehand.
fn without_times(text: &str) -> String {
    let is_time = |word: &&str| word.len() == 24 && word.ends_with('Z') && word.contains('T');
    let times: Vec<&str> = text.split_whitespace().filter(is_time).collect();
    times.iter().fold(text.to_owned(), |text, time| text.replace(time, "2026-01-01T00:00:00.000Z"))
}

#[test]
fn a_dump_shows_batches_and_what_is_damaged() {
    let person = Person::new();
    let dir = stored(&person);
    let log = "data/orders-0/00000000000000000000.log";
    let size = fs::metadata(person.path(log)).unwrap().len() / 3;
    let table = without_times(&person.out(&["log", "dump", "data/orders-0", "--from-offset", "2"]));
    let batches = |notes: [&str; 2]| {
        format!(
            "00000000000000000000.log\n\
             \x20 POSITION   BASE OFFSET   LAST OFFSET  RECORDS      SIZE  CODEC   EPOCH  MAX TIMESTAMP             \
             PRODUCER    SEQUENCE     NOTE\n{}\n{}\n",
            notes[0], notes[1]
        )
    };
    let producers: Vec<String> = json(&person.out(&["log", "dump", log, "-O", "json"]))
        .as_array()
        .unwrap()
        .iter()
        .map(|batch| batch["producer_id"].to_string() + "/0")
        .collect();
    let row = |number: u64| {
        format!(
            "{:>10}  {:>12}  {:>12}        2  {size:>8}  none        0  2026-01-01T00:00:00.000Z  {:<10}  0-1",
            number * size,
            2 * number,
            2 * number + 1,
            producers[number as usize]
        )
    };
    assert_eq!(table, batches([&row(1), &row(2)]));

    damage(&dir, |bytes| bytes[size as usize..2 * size as usize].fill(0));
    let table = without_times(&person.out(&["log", "dump", "data/orders-0", "--from-offset", "2"]));
    let damaged = format!(
        "{size:>10}  {:>12}  {:>12}  {:>7}  {size:>8}  -           -  -                         -           -            \
         damaged: the record batch has magic 0, only 2 is understood",
        2, "-", "-"
    );
    assert_eq!(table, batches([&damaged, &row(2)]));
    let said = person.run(&["log", "dump", "data/orders-0", "--records", "-f", "%v "]);
    assert_eq!(
        said,
        Said::new(
            10,
            "0a 0b 2a 2b ",
            &format!(
                "warning: `00000000000000000000.log` at position {size}, offset 2: the record batch has magic 0, only 2 is \
                 understood\nerror: the damaged records of 1 place were left out\nhint: `fluxctl log verify` tells more of \
                 the damage\n"
            )
        )
    );
    assert_eq!(person.run(&["log", "dump", "data", "-O", "csv"]).code, 2);
    assert_eq!(person.run(&["log", "dump", "data/meta.properties", "--records"]).code, 2);
}

#[test]
fn a_dump_shows_records_as_consume_does_and_entries_of_small_files() {
    let person = Person::new();
    stored(&person);
    let log = "data/orders-0/00000000000000000000.log";
    let lines =
        person.out(&["log", "dump", "data", "--records", "-O", "ndjson", "-n", "3", "--from-offset", "1"]);
    let values: Vec<(Value, Value)> =
        lines.lines().map(json).map(|record| (record["offset"].clone(), record["value"].clone())).collect();
    assert_eq!(values, [(1.into(), "0b".into()), (2.into(), "1a".into()), (3.into(), "1b".into())]);
    assert_eq!(
        person.out(&["log", "dump", log, "--records", "-f", "%t %p %o %v\\n", "--until", "2"]),
        "orders 0 0 0a\norders 0 1 0b\n"
    );
    assert_eq!(
        person.out(&["log", "dump", "data/orders-0/leader-epoch-checkpoint"]),
        "leader-epoch-checkpoint\nEPOCH  START OFFSET\n    0             0\n"
    );
    let metadata = person.out(&["log", "dump", "data/orders-0/partition.metadata", "-O", "ndjson"]);
    assert!(
        metadata.starts_with(
            "{\"file\":\"partition.metadata\",\"kind\":\"property\",\"name\":\"version\",\"value\":\"0\"}\n"
        ),
        "{metadata}"
    );
    let all = json(&person.out(&["log", "dump", "data", "--all-files", "-O", "json"]));
    let all = all.as_array().unwrap();
    let log_file = "orders-0/00000000000000000000.log";
    assert!(all.iter().any(|item| item["kind"] == "batch" && item["file"] == log_file), "{all:?}");
    assert!(all.iter().any(|item| item["kind"] == "checkpoint" && item["topic"] == "orders"), "{all:?}");
    let yaml = person.out(&["log", "dump", "data", "--all-files", "-O", "yaml"]);
    assert_eq!(yaml.matches("- file: ").count(), all.len(), "{yaml}");
}
