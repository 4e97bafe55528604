//! The broker that all cases share.

use std::sync::{Mutex, PoisonError};

use crate::broker::{Broker, Storage};

/// What a broker is started with so that groups are quick: the sessions of members whose partitions the broker assigns
/// are its own affair.
pub const GROUP_SETTINGS: [&str; 4] = [
    "group.consumer.min.heartbeat.interval.ms=500",
    "group.consumer.heartbeat.interval.ms=500",
    "group.consumer.min.session.timeout.ms=6000",
    "group.consumer.session.timeout.ms=6000",
];

/// A broker that is started when the first case asks for it: `fluxctl`'s, or the one that `FLUXMQ_TEST_BOOTSTRAP` names,
/// so that the same cases can be put to another broker. That one must not create topics by itself.
#[derive(Debug, Default)]
pub struct World {
    broker: Mutex<Option<Broker>>,
}

impl World {
    /// Where the broker listens.
    pub fn bootstrap(&self) -> String {
        if let Some(address) = foreign_bootstrap() {
            return address;
        }
        let mut broker = self.broker.lock().unwrap_or_else(PoisonError::into_inner);
        // rskafka's tests expect that a topic which nobody created is not there.
        let settings = [&["auto.create.topics.enable=false"], &GROUP_SETTINGS[..]].concat();
        let settings: Vec<&str> = settings.into_iter().flat_map(|setting| ["-c", setting]).collect();
        let start = || Broker::start(Storage::Disk, &settings);
        broker.get_or_insert_with(start).address()
    }

    /// Ends the broker. A static or a leaked one would outlive the tests.
    pub fn end(&self) {
        self.broker.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// The address of a broker that was started by someone else.
pub fn foreign_bootstrap() -> Option<String> {
    std::env::var("FLUXMQ_TEST_BOOTSTRAP").ok().filter(|address| !address.is_empty())
}
