//! `kafka-consumer-groups` put to Apache Kafka and to FluxMQ, and the answers that are written down about groups put to Kafka.

use fluxmq_tests::answers::{SCRIPTS, SETTINGS, differences};
use fluxmq_tests::broker::{Broker, Storage};
use fluxmq_tests::fluxctl;
use fluxmq_tests::interop::apache_kafka::ApacheKafka;
use fluxmq_tests::interop::install::Toolchain;
use fluxmq_tests::interop::world::foreign_bootstrap;
use libtest_mimic::Trial;

use super::case;

pub(super) fn cases() -> Vec<Trial> {
    // It takes two brokers that nobody else asks.
    if foreign_bootstrap().is_some() {
        return Vec::new();
    }
    vec![case(
        "group_tools::say_of_us_what_they_say_of_kafka".to_owned(),
        &[Toolchain::ApacheKafka],
        beside_kafka,
    )]
}

fn beside_kafka() -> Result<(), String> {
    let kafka = ApacheKafka::start(&SETTINGS)?;
    let of_kafka = ApacheKafka::put("GroupTools", &kafka.address())?;
    let broker = Broker::start(Storage::Disk, &[]);
    let of_us = ApacheKafka::put("GroupTools", &broker.address())?;
    let (of_us, of_kafka) = (commands(&of_us), commands(&of_kafka));
    if of_us.len() != of_kafka.len() {
        return Err(format!("{} commands, and not {}", of_us.len(), of_kafka.len()));
    }
    let differing = of_us.iter().zip(&of_kafka).filter(|(us, kafka)| us != kafka);
    let mut found: Vec<String> =
        differing.map(|(us, kafka)| format!("of us: {us}\nof Kafka: {kafka}")).collect();
    for script in SCRIPTS {
        let file = fluxctl::workspace().join("tests/tests/group_answers").join(script.name);
        let written =
            std::fs::read_to_string(file.with_extension("txt")).map_err(|error| error.to_string())?;
        let parted = differences(&script.play(&kafka.address()), &written);
        found.extend(parted.into_iter().map(|parted| format!("Kafka does not answer as written: {parted}")));
    }
    if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
}

/// Each command with what was said of it.
fn commands(said: &str) -> Vec<&str> {
    said.split("$ ").filter(|command| !command.is_empty()).collect()
}
