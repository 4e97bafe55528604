//! `fluxctl profile`.

use std::fs;

use super::fixture::{Person, Said};

#[test]
fn a_profile_s_life() {
    let person = Person::new();
    let nothing = "there is no profile yet; `fluxctl profile add NAME HOST:PORT` adds one\n";
    let heading = "CURRENT  NAME  BOOTSTRAP SERVERS  DEFAULT TOPIC  DESCRIPTION\n";
    assert_eq!(person.run(&["profile", "list"]), Said::new(0, heading, nothing));
    assert_eq!(
        person.run(&["profile", "current"]),
        Said::new(0, "local\n", "no profile is selected; `local` stands for 127.0.0.1:9092\n")
    );
    assert_eq!(
        person.run(&["profile", "add", "prod", "broker-1:9092,broker-2", "--default-topic", "orders"]),
        Said::new(0, "", "added profile `prod` and selected it\n")
    );
    assert_eq!(
        person.run(&["profile", "add", "dev", "--description", "mine"]),
        Said::new(0, "", "added profile `dev`; `fluxctl profile switch dev` selects it\n")
    );
    assert_eq!(
        person.out(&["profile", "list"]),
        "CURRENT  NAME  BOOTSTRAP SERVERS            DEFAULT TOPIC  DESCRIPTION\n\
         \x20        dev   127.0.0.1:9092                              mine\n\
         *        prod  broker-1:9092,broker-2:9092  orders\n"
    );
    assert_eq!(person.run(&["profile", "use", "dev"]), Said::new(0, "", "selected profile `dev`\n"));
    assert_eq!(person.run(&["profile", "switch", "-"]), Said::new(0, "", "selected profile `prod`\n"));
    assert_eq!(
        person.run(&["profile", "rename", "prod", "production"]),
        Said::new(0, "", "renamed profile `prod`, it is `production` now\n")
    );
    assert_eq!(person.out(&["profile", "current"]), "production\n");
    assert_eq!(
        person.run(&["profile", "rm", "production", "--yes"]),
        Said::new(
            0,
            "",
            "deleted profile `production`; no profile is selected now, `fluxctl profile switch` selects one\n"
        )
    );
    assert_eq!(person.out(&["profile", "ls", "-O", "name"]), "dev\n");
}

#[test]
fn mistakes_name_the_next_step() {
    let person = Person::new();
    person.out(&["profile", "add", "prod", "b:1"]);
    for (words, code, err) in [
        (
            &["profile", "add", "prod", "c:1"][..],
            6,
            "error: a profile called `prod` exists already\nhint: `fluxctl profile show prod` shows it, `fluxctl profile \
             delete prod` removes it\n",
        ),
        (
            &["profile", "switch", "prdo"],
            3,
            "error: no profile is called `prdo` in `~/.config/fluxctl/config.toml`\nhint: did you mean `prod`?\n",
        ),
        (
            &["-P", "other", "topic", "list"],
            3,
            "error: no profile is called `other` in `~/.config/fluxctl/config.toml`\nhint: the profiles are `prod`; \
             `fluxctl profile add other HOST:PORT` adds it\n",
        ),
        (
            &["profile", "delete", "prod"],
            2,
            "error: nobody is here to confirm: remove profile `prod`\nhint: add `--yes` if you mean it, or `--dry-run` \
             to see what would happen\n",
        ),
        (
            &["profile", "add", "new", "kafka://b:1"],
            2,
            "error: `kafka://b:1` is not the address of a broker\nhint: write HOST:PORT, as in `broker-1:9092` or \
             `[::1]:9092`\n",
        ),
    ] {
        assert_eq!(person.run(words), Said::new(code, "", err), "{words:?}");
    }
    assert_eq!(person.out(&["profile", "list", "-O", "name"]), "prod\n");
}

#[test]
fn show_says_where_each_value_comes_from() {
    let person = Person::new();
    person.write_profiles(
        "current_profile = \"dev\"\n[profiles.dev]\nbootstrap_servers = [\"dev:9092\"]\nprotected = true\n\
         [profiles.dev.properties]\nlinger.ms = 5\nacks = \"1\"\n[profiles.dev.sasl]\nmechanism = \"PLAIN\"\n\
         user = \"ada\"\npassword_env = \"PASS\"\n",
    );
    let variables = [("FLUXCTL_LINGER_MS", "7"), ("FLUXCTL_BOOTSTRAP_SERVERS", "env:1")];
    let said = person.run_with(&variables, &["profile", "show", "--origin", "-b", "flag:1"]);
    assert_eq!(
        said.out,
        "KEY                VALUE   ORIGIN\n\
         profile            dev     profile dev\n\
         bootstrap_servers  flag:1  flag\n\
         protected          true    profile dev\n\
         read_only          false   default\n\
         sasl.mechanism     PLAIN   profile dev\n\
         sasl.user          ada     profile dev\n\
         sasl.password_env  PASS    profile dev\n\
         acks               1       profile dev\n\
         linger.ms          7       environment FLUXCTL_LINGER_MS\n"
    );
    let said = person.run_with(&variables, &["profile", "show", "-O", "tsv", "--no-headers"]);
    assert!(said.out.contains("bootstrap_servers\tenv:1\n"), "{said:?}");
}

#[test]
fn passwords_are_never_shown() {
    let person = Person::new();
    person.write_profiles(
        "current_profile = \"a\"\n[profiles.a.sasl]\nmechanism = \"PLAIN\"\npassword = \"hunter2\"\n",
    );
    for words in [
        &["profile", "show", "-O", "json"][..],
        &["profile", "show", "--origin"],
        &["profile", "list", "-O", "yaml"],
        &["profile", "current", "-O", "json"],
        &["topic", "list"],
    ] {
        let said = person.run(words);
        assert!(!format!("{said:?}").contains("hunter2"), "{words:?} {said:?}");
    }
    let said = person.run(&["topic", "list"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("profile `a` asks for `sasl`, which this version does not have"), "{said:?}");
}

#[test]
fn a_file_that_cannot_be_read_stays_as_it_is() {
    let person = Person::new();
    let text = "# mine\nversion = 1\n[profiles.a\n";
    person.write_profiles(text);
    for words in [&["profile", "add", "b", "b:1"][..], &["profile", "list"], &["topic", "list"]] {
        let said = person.run(words);
        assert_eq!(said.code, 1, "{words:?} {said:?}");
        assert!(
            said.err
                .starts_with("error: `~/.config/fluxctl/config.toml` cannot be read: line 3, column 12: "),
            "{words:?} {said:?}"
        );
        assert!(
            said.err.ends_with("hint: the file is as it was: correct it there and try again\n"),
            "{said:?}"
        );
    }
    assert_eq!(fs::read_to_string(person.profiles()).unwrap(), text);
    assert_eq!(person.run(&["version"]).code, 0);
}

#[test]
fn a_dry_run_changes_nothing() {
    let person = Person::new();
    assert_eq!(
        person.run(&["profile", "add", "a", "a:1", "--dry-run"]),
        Said::new(0, "", "dry run: added profile `a` and selected it\n")
    );
    assert!(!person.profiles().exists());
    person.out(&["profile", "add", "a", "a:1"]);
    let before = fs::read_to_string(person.profiles()).unwrap();
    for words in [
        &["profile", "delete", "a", "--dry-run"][..],
        &["profile", "rename", "a", "b", "--dry-run"],
        &["profile", "switch", "a", "--dry-run"],
    ] {
        assert_eq!(person.run(words).code, 0, "{words:?}");
    }
    assert_eq!(fs::read_to_string(person.profiles()).unwrap(), before);
}

#[test]
fn unknown_keys_are_warned_of_and_kept() {
    let person = Person::new();
    person.write_profiles("[profiles.a]\nbootstrap_server = \"x:1\"\n");
    let said = person.run(&["profile", "switch", "a"]);
    assert_eq!(
        said.err,
        "warning: `~/.config/fluxctl/config.toml` has an unknown key `profiles.a.bootstrap_server`, which is kept and not \
         used; did you mean `bootstrap_servers`?\nselected profile `a`\n"
    );
    assert!(fs::read_to_string(person.profiles()).unwrap().contains("bootstrap_server = \"x:1\""));
}
