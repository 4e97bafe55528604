//! `fluxctl broker`.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;

use super::fixture::{Person, Said, signal};

#[test]
fn a_broker_in_the_background_is_found_and_stopped() {
    let person = Person::new();
    assert_eq!(
        person.run(&["broker", "status"]),
        Said::new(
            3,
            "",
            "error: no broker runs\nhint: `fluxctl broker start` starts one; one with another data directory is found by \
             `--data-dir DIR`\n"
        )
    );
    let broker = person.broker(&[]);
    let status: serde_json::Value =
        serde_json::from_str(&person.out(&["broker", "status", "-O", "json"])).unwrap();
    assert_eq!(status[0]["status"], "ready");
    assert_eq!(status[0]["pid"], broker.pid);
    assert_eq!(status[0]["address"], broker.address);
    assert_eq!(person.out(&["profile", "current"]), "local\n");
    person.out(&["topic", "create", "orders", "-p", "2"]);
    let said = person.run(&["broker", "start"]);
    assert_eq!(said.code, 6, "{said:?}");
    assert!(
        said.err.starts_with(&format!(
            "error: a broker with `~/.local/share/fluxmq` runs already, process {} on {}\nhint: `fluxctl broker stop` \
             stops it",
            broker.pid, broker.address
        )),
        "{said:?}"
    );
    assert_eq!(
        person.run(&["broker", "stop"]),
        Said::new(0, "", &format!("stopped the broker on {}, process {}\n", broker.address, broker.pid))
    );
    assert_eq!(person.run(&["broker", "stop"]).code, 3);
    // What it stored is there when it comes back, on another port, and the profile has followed.
    let again = person.broker(&[]);
    assert_eq!(person.out(&["topic", "list", "-O", "name"]), "orders\n");
    assert_eq!(
        person.out(&["profile", "list", "-O", "csv", "--no-headers"]).split(',').nth(2),
        Some(&*again.address)
    );
}

#[test]
fn a_broker_that_was_killed_is_not_mistaken_for_a_running_one() {
    let person = Person::new();
    let broker = person.broker(&["--memory"]);
    assert_eq!(person.out(&["broker", "status", "-O", "name"]), format!("{}\n", broker.address));
    let left: Vec<_> = fs::read_dir(person.path(".local/state/fluxmq")).unwrap().flatten().collect();
    assert_eq!(left.len(), 2, "a state and a log");
    signal(broker.pid, "KILL");
    // The lock ends with the process; the file stays.
    let gone = (0..2000).any(|_| {
        std::thread::yield_now();
        person.run(&["broker", "status"]).code == 3
    });
    assert!(gone);
    assert!(person.path(&format!(".local/state/fluxmq/memory-{}.json", broker.port())).exists());
    let again = person.broker(&["--memory"]);
    assert_eq!(person.out(&["broker", "status", "-O", "name"]), format!("{}\n", again.address));
}

#[test]
fn of_several_brokers_one_must_be_named() {
    let person = Person::new();
    let first = person.broker(&["--memory"]);
    let second = person.broker(&["--memory"]);
    let said = person.run(&["broker", "stop"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("several brokers run: 127.0.0.1:"), "{said:?}");
    assert_eq!(person.run(&["broker", "stop", "--port", first.port()]).code, 0);
    assert_eq!(person.out(&["broker", "status", "-O", "name"]), format!("{}\n", second.address));
    assert_eq!(person.run(&["broker", "stop", "--port", first.port()]).code, 3);
    assert_eq!(person.run(&["broker", "stop", "--dry-run"]).code, 0);
    assert_eq!(person.run(&["broker", "stop"]).code, 0);
}

#[test]
fn the_profile_local_is_selected_only_where_none_is() {
    let person = Person::new();
    person.out(&["profile", "add", "prod", "broker-1:9092"]);
    let broker = person.broker(&["--memory"]);
    assert_eq!(person.out(&["profile", "current"]), "prod\n");
    assert_eq!(
        person.out(&["-P", "local", "profile", "show", "-O", "tsv"]).lines().nth(2),
        Some(&*format!("bootstrap_servers\t{}", broker.address))
    );
    let other = Person::new();
    let _quiet = other.broker(&["--memory", "--no-profile"]);
    assert!(!other.profiles().exists());
}

#[test]
fn a_broker_in_the_foreground_says_where_it_is_and_stops_on_a_signal() {
    for name in ["INT", "TERM"] {
        let person = Person::new();
        let words = ["broker", "start", "--memory", "--port", "0", "--log-level", "off", "-O", "ndjson"];
        let mut child = person.spawn(&words);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told["pid"], child.id());
        let address = told["address"].as_str().unwrap();
        signal(child.id(), name);
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{name} {err}");
        assert_eq!(
            err,
            format!(
                "FluxMQ {} listens on {address}\ndata in memory: nothing stays when the broker stops\nprofile `local` points \
                 here and is selected\nnext, in another terminal: fluxctl topic create orders -p 3\nCtrl-C stops the \
                 broker\nstopping; Ctrl-C once more stops at once\n",
                env!("CARGO_PKG_VERSION")
            )
        );
    }
}

#[test]
fn what_cannot_start_says_why_in_front_and_in_the_background() {
    let person = Person::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    fs::write(person.path("server.properties"), "num.partitions=3\nlog.retention.ms=soon\n").unwrap();
    for (words, code, part) in [
        (&["--memory", "--port", &port][..], 1, "Address already in use"),
        (&["--memory", "-c", "num.partitions"], 2, "`-c num.partitions` is not of the form KEY=VALUE"),
        (&["--memory", "-c", "num.partitions=many"], 2, "`num.partitions` cannot be `many`"),
        (
            &["--memory", "--config", "server.properties"],
            2,
            "server.properties:2: `log.retention.ms` cannot be `soon`",
        ),
        (&["--memory", "--config", "absent.toml"], 3, "`absent.toml` cannot be read"),
        (&["--memory", "-c", "enable_tls=true"], 2, "TLS"),
    ] {
        for more in [&[][..], &["--detach"]] {
            let all: Vec<&str> =
                ["broker", "start", "--no-profile"].iter().chain(words).chain(more).copied().collect();
            let said = person.run(&all);
            assert_eq!((said.code, said.out.as_str()), (code, ""), "{all:?} {said:?}");
            assert!(said.err.contains("error: ") && said.err.contains(part), "{all:?} {said:?}");
        }
    }
}

#[test]
fn files_environment_and_flags_configure_in_this_order() {
    let person = Person::new();
    fs::write(person.path("broker.toml"), "num.partitions = 2\n[log.retention]\nhours = 1\n").unwrap();
    let words = ["broker", "start", "--memory", "--port", "0", "--detach", "--config", "broker.toml"];
    let said = person.run_with(&[("FLUXMQ_NUM_PARTITIONS", "3")], &words);
    assert_eq!(said.code, 0, "{said:?}");
    person.out(&["topic", "create", "by-environment"]);
    assert_eq!(person.out(&["topic", "list", "-O", "tsv", "--no-headers"]).split('\t').nth(1), Some("3"));
    assert_eq!(person.run(&["broker", "stop"]).code, 0);
    let _broker = person.broker(&["--memory", "--config", "broker.toml", "-c", "num.partitions=4"]);
    person.out(&["topic", "create", "by-flag"]);
    assert_eq!(person.out(&["topic", "list", "-O", "tsv", "--no-headers"]).split('\t').nth(1), Some("4"));
}
