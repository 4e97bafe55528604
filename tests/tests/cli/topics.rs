//! `fluxctl topic`.

use serde_json::{Value, json};

use super::fixture::{Person, Said};

#[test]
fn a_topic_s_life() {
    let person = Person::new();
    let _broker = person.broker(&["--memory"]);
    assert_eq!(
        person.run(&["topic", "list"]),
        Said::new(
            0,
            "NAME  PARTITIONS  REPLICATION FACTOR\n",
            "there is no topic yet; `fluxctl topic create NAME` creates one\n"
        )
    );
    assert_eq!(
        person.run(&["topic", "create", "orders", "-p", "3", "-c", "retention.ms=60000"]),
        Said::new(0, "", "created topic `orders` with 3 partitions\n")
    );
    person.out(&["topic", "create", "payments"]);
    assert_eq!(
        person.out(&["topic", "ls"]),
        "NAME      PARTITIONS  REPLICATION FACTOR\n\
         orders             3                   1\n\
         payments           1                   1\n"
    );
    assert_eq!(person.out(&["topic", "list", "^pay", "-O", "name"]), "payments\n");
    let listed: Value = serde_json::from_str(&person.out(&["topic", "list", "-O", "json"])).unwrap();
    let id = listed[0]["topic_id"].as_str().unwrap();
    assert_eq!(id.len(), 22);
    person.out(&["produce", "orders", "-p", "1", "one"]);
    assert_eq!(
        person.out(&["topic", "describe", "orders"]),
        format!(
            "topic:              orders\n\
             id:                 {id}\n\
             partitions:         3\n\
             replication factor: 1\n\
             records at most:    1\n\
             \n\
             PARTITION  LEADER  REPLICAS  IN SYNC  START  END\n\
             \x20       0       1  1         1            0    0\n\
             \x20       1       1  1         1            0    1\n\
             \x20       2       1  1         1            0    0\n\
             \n\
             CONFIG        VALUE\n\
             retention.ms  60000\n"
        )
    );
    assert_eq!(person.run(&["topic", "rm", "orders", "--yes"]), Said::new(0, "", "deleted topic `orders`\n"));
    assert_eq!(person.out(&["topic", "list", "-O", "name"]), "payments\n");
}

#[test]
fn json_has_stable_names() {
    let person = Person::new();
    let _broker = person.broker(&["--memory"]);
    let parse = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    assert_eq!(parse(&person.out(&["topic", "list", "-O", "json"])), json!([]));
    let mut created = parse(&person.out(&["topic", "create", "t", "-p", "2", "-O", "json"]));
    let id = created[0]["topic_id"].take();
    assert_eq!(
        created,
        json!([{ "topic": "t", "result": "created", "topic_id": null, "partitions": 2, "replication_factor": 1,
                 "dry_run": false }])
    );
    let partition = |partition: i32| {
        json!({ "topic": "t", "partition": partition, "leader": 1, "leader_epoch": 0, "replicas": [1],
                "in_sync_replicas": [1], "offline_replicas": [], "log_start_offset": 0, "high_watermark": 0 })
    };
    assert_eq!(
        parse(&person.out(&["topic", "describe", "t", "-O", "json"])),
        json!([{ "name": "t", "topic_id": id, "internal": false, "state": "online", "replication_factor": 1,
                 "records_max": 0, "configs": {}, "partitions": [partition(0), partition(1)] }])
    );
    assert_eq!(
        parse(&person.out(&["topic", "delete", "t", "--dry-run", "-O", "json"])),
        json!([{ "topic": "t", "result": "deleted", "dry_run": true }])
    );
    assert_eq!(
        parse(&person.out(&["topic", "delete", "t", "--yes", "-O", "json"])),
        json!([{ "topic": "t", "result": "deleted", "dry_run": false }])
    );
}

#[test]
fn mistakes_name_the_next_step() {
    let person = Person::new();
    let _broker = person.broker(&["--memory"]);
    person.out(&["topic", "create", "orders"]);
    for (words, code, err) in [
        (
            &["topic", "describe", "ordres"][..],
            3,
            "error: topic `ordres` does not exist\nhint: did you mean `orders`? Else `fluxctl topic create ordres` creates \
             it\n",
        ),
        (
            &["topic", "delete", "nothing", "--yes"],
            3,
            "error: topic `nothing` does not exist\nhint: `fluxctl topic create nothing` creates it; `fluxctl topic list` \
             shows all\n",
        ),
        (
            &["topic", "create", "orders"],
            6,
            "error: create topic `orders`: topic `orders` exists already (TOPIC_ALREADY_EXISTS)\nhint: `fluxctl topic \
             describe orders` shows it; with `--if-not-exists` it is no error\n",
        ),
        (
            &["topic", "delete", "orders"],
            2,
            "error: nobody is here to confirm: delete topic `orders` with all its records\nhint: add `--yes` if you mean \
             it, or `--dry-run` to see what would happen\n",
        ),
    ] {
        assert_eq!(person.run(words), Said::new(code, "", err), "{words:?}");
    }
    let refused = person.run(&["topic", "create", "t", "-c", "retention.mss=1"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("`retention.mss`") && refused.err.contains("(INVALID_CONFIG)"),
        "{refused:?}"
    );
    assert_eq!(person.out(&["topic", "list", "-O", "name"]), "orders\n");
}

#[test]
fn one_failure_of_many_is_a_failure_and_hides_nothing() {
    let person = Person::new();
    let _broker = person.broker(&["--memory"]);
    let said = person.run(&["topic", "create", "a", "b/c", "d"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err
            .starts_with("created topic `a` with 1 partition\ncreated topic `d` with 1 partition\nerror: "),
        "{said:?}"
    );
    assert!(said.err.ends_with("error: 1 of 3 topics could not be created\n"), "{said:?}");
    let said = person.run(&["topic", "describe", "a", "nothing", "-O", "name"]);
    assert_eq!((said.code, said.out.as_str()), (1, "a\n"), "{said:?}");
    let said = person.run(&["topic", "delete", "a", "nothing", "d", "--if-exists", "--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(person.out(&["topic", "list", "-O", "name"]), "");
}

#[test]
fn a_dry_run_creates_and_deletes_nothing() {
    let person = Person::new();
    let _broker = person.broker(&["--memory"]);
    assert_eq!(
        person.run(&["topic", "create", "t", "-p", "2", "--dry-run"]),
        Said::new(0, "", "dry run: created topic `t` with 2 partitions\n")
    );
    assert_eq!(person.out(&["topic", "list", "-O", "name"]), "");
    person.out(&["topic", "create", "t", "--if-not-exists"]);
    assert_eq!(
        person.run(&["topic", "create", "t", "--if-not-exists"]),
        Said::new(0, "", "topic `t` exists already\n")
    );
    assert_eq!(
        person.run(&["topic", "delete", "t", "--dry-run"]),
        Said::new(0, "", "dry run: deleted topic `t`\n")
    );
    assert_eq!(person.out(&["topic", "list", "-O", "name"]), "t\n");
}

#[test]
fn guarded_profiles_guard() {
    let person = Person::new();
    let broker = person.broker(&["--memory"]);
    person.out(&["topic", "create", "t"]);
    person.out(&["profile", "add", "safe", &broker.address, "--protected"]);
    person.out(&["profile", "add", "seen", &broker.address, "--read-only"]);
    for words in [&["topic", "create", "u"][..], &["topic", "delete", "t", "--yes"]] {
        let said = person.run(&[&["-P", "seen"], words].concat());
        assert_eq!(said.code, 4, "{words:?} {said:?}");
        assert!(
            said.err.contains("profile `seen` is `read_only`: nothing is changed through it"),
            "{said:?}"
        );
    }
    let delete = ["-P", "safe", "topic", "delete", "t", "--yes"];
    let said = person.run(&delete);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.ends_with("hint: add `--yes --confirm-profile safe` if you mean it\n"), "{said:?}");
    assert_eq!(person.run(&[&delete[..], &["--confirm-profile", "local"]].concat()).code, 2);
    assert_eq!(person.run(&[&delete[..], &["--confirm-profile", "safe"]].concat()).code, 0);
    assert_eq!(person.out(&["topic", "list", "-O", "name"]), "");
}
