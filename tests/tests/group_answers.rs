//! What the broker answers to requests about groups, held against what Apache Kafka 4.3.1 answers to the same ones.
//!
//! Kafka's answers lie beside this file, one file for each script. `FLUXMQ_TEST_BOOTSTRAP=HOST:PORT` puts the scripts to
//! another broker, which must have been started with the settings of `answers::SETTINGS`; `FLUXMQ_RECORD_ANSWERS=1` writes
//! down what that one says.

#![expect(clippy::unwrap_used, reason = "a test may end at the first surprise")]

use std::fs;
use std::path::PathBuf;

use fluxmq_tests::answers::{SCRIPTS, SETTINGS, differences};
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::fluxctl;
use fluxmq_tests::interop::world::foreign_bootstrap;

fn file(name: &str) -> PathBuf {
    fluxctl::workspace().join("tests/tests/group_answers").join(name).with_extension("txt")
}

/// Plays one script and compares.
fn check(name: &str) {
    let script = SCRIPTS.into_iter().find(|script| script.name == name).unwrap();
    let foreign = foreign_bootstrap();
    let broker = foreign.is_none().then(|| {
        let arguments = SETTINGS.iter().flat_map(|setting| ["-c", setting]).collect::<Vec<_>>();
        Broker::start(Storage::Disk, &arguments)
    });
    let address = foreign.or(broker.as_ref().map(Broker::address)).unwrap();
    let heard = script.play(&address);
    if std::env::var_os("FLUXMQ_RECORD_ANSWERS").is_some() {
        fs::write(file(name), heard).unwrap();
        return;
    }
    let expected = fs::read_to_string(file(name)).unwrap();
    let differences = differences(&heard, &expected);
    assert!(
        differences.is_empty(),
        "{} answers of `{name}` differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

macro_rules! scripts {
    ($($name:ident)+) => {
        $(#[test] fn $name() { check(stringify!($name)); })+

        #[test]
        fn every_script_has_its_test() {
            assert_eq!([$(stringify!($name)),+], SCRIPTS.map(|script| script.name));
        }
    };
}

scripts! { joins members groups life votes rebalances instances commits offsets next_generation migration setbacks }
