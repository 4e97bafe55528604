//! What holds for every command: exit codes, errors, colour, pipes, completion.

use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::fixture::{Person, Said};

#[test]
fn a_broker_flag_without_a_command_names_the_command() {
    let said = Person::new().run(&["--port", "9092"]);
    assert_eq!(
        said,
        Said::new(
            2,
            "",
            "error: unexpected argument '--port' found\n\nUsage: fluxctl [OPTIONS] [COMMAND]\n\nFor more information, \
             try '--help'.\nhint: `fluxctl broker start --port 9092` starts a broker\n"
        )
    );
}

#[test]
fn wrong_usage_ends_with_two() {
    let person = Person::new();
    for (words, part) in [
        (&["-q"][..], "error: no command is given\nhint: `fluxctl --help` shows all commands\n"),
        (&["topik"], "a similar subcommand exists: 'topic'"),
        (&["topic", "create"], "<TOPIC>"),
        (&["topic", "create", "t", "-p", "0"], "invalid value '0' for '--partitions <N>'"),
        (&["-X", "lingr.ms=1", "topic", "list"], "hint: did you mean `linger.ms`?"),
        (&["-X", "linger.ms", "topic", "list"], "`-X linger.ms` is not of the form KEY=VALUE"),
        (&["-O", "raw", "-X", "list"], "`-O raw` is a form of records"),
        (&["topic", "list", "("], "regex parse error"),
    ] {
        let said = person.run(words);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{words:?} {said:?}");
        assert!(said.err.contains(part), "{words:?} {said:?}");
    }
}

#[test]
fn nothing_typed_shows_the_help_and_is_wrong_usage() {
    let said = Person::new().run(&[]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("Usage: fluxctl"), "{said:?}");
}

#[test]
fn a_dead_broker_is_soon_known_to_be_one_by_every_command() {
    let person = Person::new();
    // Listens and never answers: worse than a closed port.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_address = silent.local_addr().unwrap().to_string();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed_address = closed.to_string();
    let commands = [
        &["topic", "list"][..],
        &["topic", "create", "t"],
        &["topic", "describe", "t"],
        &["topic", "delete", "t", "--yes"],
        &["produce", "t", "value"],
        &["consume", "t"],
        &["group", "list"],
        &["group", "describe", "g"],
        &["group", "seek", "g", "--to", "start", "--yes"],
        &["offsets", "list", "t"],
    ];
    std::thread::scope(|scope| {
        for words in commands {
            for address in [&silent_address, &closed_address] {
                let person = &person;
                scope.spawn(move || gives_up(person, address, words));
            }
        }
    });
}

fn gives_up(person: &Person, address: &str, words: &[&str]) {
    let all: Vec<&str> = ["-b", address].into_iter().chain(words.iter().copied()).collect();
    let began = Instant::now();
    let said = person.run(&all);
    // A request's own time-out of 30 s must not be what ends it; 5 s are promised, a busy machine may need longer.
    assert!(began.elapsed() < Duration::from_secs(20), "{all:?} took {:?}", began.elapsed());
    assert_eq!((said.code, said.out.as_str()), (5, ""), "{all:?} {said:?}");
    assert!(said.err.starts_with(&format!("error: cannot connect to `{address}` (")), "{all:?} {said:?}");
    let port = address.rsplit(':').next().unwrap();
    let hint = format!("hint: `fluxctl broker start --port {port}` starts a broker there");
    assert!(said.err.contains(&hint), "{all:?} {said:?}");
}

#[test]
fn errors_are_json_where_json_is_asked_for() {
    let person = Person::new();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (words, kind, code) in [
        (&["topic", "list"][..], "unreachable", 5),
        (&["produce", "t", "x"], "unreachable", 5),
        (&["consume", "t"], "unreachable", 5),
        (&["group", "list"], "unreachable", 5),
        (&["group", "seek", "g", "--to", "sideways"], "usage", 2),
        (&["group", "seek", "g", "--to-file", "absent.csv"], "not_found", 3),
        (&["offsets", "at", "t", "yesterday"], "usage", 2),
        (&["profile", "show", "nobody"], "not_found", 3),
        (&["profile", "switch", "-"], "not_found", 3),
        (&["profile", "add", "a b"], "usage", 2),
        (&["profile", "delete", "nobody"], "not_found", 3),
        (&["broker", "status"], "not_found", 3),
        (&["broker", "stop"], "not_found", 3),
        (&["broker", "start", "--config", "absent.properties"], "not_found", 3),
        (&["nonsense"], "usage", 2),
    ] {
        let all: Vec<&str> =
            ["-O", "json", "-b", &address].into_iter().chain(words.iter().copied()).collect();
        let said = person.run(&all);
        assert_eq!(said.code, code, "{words:?} {said:?}");
        let error: serde_json::Value =
            serde_json::from_str(&said.err).unwrap_or_else(|_| panic!("{words:?} {said:?}"));
        assert_eq!(error["error"]["kind"], kind, "{words:?} {said:?}");
        assert_eq!(error["error"]["exit_code"], code, "{words:?} {said:?}");
        assert!(!error["error"]["message"].as_str().unwrap().is_empty(), "{words:?} {said:?}");
    }
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let person = Person::new();
    for words in [&["-X", "list"][..], &["--help"], &["completions", "bash"], &["version"]] {
        let mut child = person.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn colour_is_for_terminals_and_for_who_insists() {
    let person = Person::new();
    let words = ["profile", "show", "nobody"];
    let coloured = "\u{1b}[1;31merror:\u{1b}[0m no profile";
    let plain = "error: no profile";
    for (variables, more, start) in [
        (&[][..], &[][..], plain),
        (&[("CLICOLOR_FORCE", "1")], &[], coloured),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[], plain),
        (&[("NO_COLOR", "1")], &["--color", "always"], coloured),
        (&[("CLICOLOR_FORCE", "1")], &["--color", "never"], plain),
    ] {
        let all: Vec<&str> = words.iter().chain(more).copied().collect();
        let said = person.run_with(variables, &all);
        assert!(said.err.starts_with(start), "{variables:?} {more:?} {said:?}");
    }
}

#[test]
fn completion_is_silent_beside_a_dead_broker_and_knows_a_living_one() {
    let person = Person::new();
    let complete = |words: &[&str]| {
        let index = (words.len() - 1).to_string();
        let variables = [("COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", &index), ("_CLAP_IFS", "\n")];
        let all: Vec<&str> = ["--"].into_iter().chain(words.iter().copied()).collect();
        person.run_with(&variables, &all)
    };
    let dead = TcpListener::bind("127.0.0.1:0").unwrap();
    let dead_address = dead.local_addr().unwrap().to_string();
    let said = complete(&["fluxctl", "-b", &dead_address, "topic", "describe", "o"]);
    assert_eq!(said, Said::new(0, "", ""));
    let broker = person.broker(&["--memory"]);
    person.out(&["-b", &broker.address, "topic", "create", "orders", "offers", "payments", "-q"]);
    let said = complete(&["fluxctl", "-b", &broker.address, "topic", "describe", "o"]);
    assert_eq!(said, Said::new(0, "offers\norders", ""));
    assert_eq!(complete(&["fluxctl", "consume", "p"]), Said::new(0, "payments", ""));
    assert_eq!(complete(&["fluxctl", "profile", "switch", "lo"]), Said::new(0, "local", ""));
}
