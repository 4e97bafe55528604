//! `fluxctl log`: a broker's files, without the broker.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::fixture::{Person, Said, signal};

/// A data directory with a topic of one partition, into which three batches of two records were produced one after the
/// other. The broker has ended.
fn stored(person: &Person) -> PathBuf {
    let dir = person.path("data");
    let data_dir = dir.to_str().unwrap();
    let broker = person.broker(&["--data-dir", data_dir]);
    let address = broker.address.clone();
    person.out(&["-b", &address, "topic", "create", "orders"]);
    for number in 0..3 {
        let values = [format!("key:{number}a"), format!("key:{number}b")];
        person.out(&["-b", &address, "produce", "orders", "-K", ":", &values[0], &values[1]]);
    }
    person.out(&["broker", "stop", "--data-dir", data_dir]);
    dir
}

/// Changes the log file of the one partition.
fn damage(dir: &std::path::Path, change: impl FnOnce(&mut Vec<u8>)) {
    let path = dir.join("orders-0/00000000000000000000.log");
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
            "error: 1 place is damaged\nhint: `-O wide` says what to do about each\n"
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
