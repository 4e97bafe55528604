//! A broker that can be ended and started again: ours, or with `FLUXMQ_TEST_HOST=apache-kafka` Apache Kafka, so that the
//! same is asked of both.

use crate::broker::{Broker, Storage};
use crate::interop::apache_kafka::ApacheKafka;
use crate::interop::install::Toolchain;

/// A broker of the tests' own.
#[derive(Debug)]
pub enum Host {
    Ours(Broker),
    Kafka(ApacheKafka),
}

impl Host {
    /// Starts a broker on an empty folder; `settings` are keys with values.
    pub fn start(settings: &[&str]) -> Result<Host, String> {
        if std::env::var("FLUXMQ_TEST_HOST").is_ok_and(|host| host == "apache-kafka") {
            Toolchain::ApacheKafka.ensure()?;
            return ApacheKafka::start(settings).map(Host::Kafka);
        }
        let arguments: Vec<&str> = settings.iter().flat_map(|setting| ["-c", setting]).collect();
        Ok(Host::Ours(Broker::start(Storage::Disk, &arguments)))
    }

    pub fn address(&self) -> String {
        match self {
            Host::Ours(broker) => broker.address(),
            Host::Kafka(kafka) => kafka.address(),
        }
    }

    /// Ends it in order.
    pub fn stop(&mut self) -> Result<(), String> {
        match self {
            Host::Ours(broker) => {
                broker.stop();
                Ok(())
            }
            Host::Kafka(kafka) => kafka.stop(),
        }
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        match self {
            Host::Ours(broker) => broker.kill(),
            Host::Kafka(kafka) => kafka.kill(),
        }
    }

    /// Starts it again after its end, on the same port and data.
    pub fn restart(&mut self) -> Result<(), String> {
        match self {
            Host::Ours(broker) => {
                broker.restart();
                Ok(())
            }
            Host::Kafka(kafka) => kafka.restart(),
        }
    }
}
