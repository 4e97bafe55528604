//! One event in the life of a group: when it happens, what the world looks like then, where the group writes down what becomes of
//! it, and the answers that it brings to those who wait.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::join_group::JoinGroupResponse;
use fluxmq_protocol::messages::sync_group::SyncGroupResponse;
use fluxmq_protocol::stored::groups::GroupRecord;

use super::config::ConsumerGroupConfig;
use crate::metadata::image::MetadataImage;

/// Where groups write down what must outlive the broker.
pub(crate) trait GroupLog {
    /// Appends records as one batch: all of them come back after a crash, or none. What was appended may be acted on at once,
    /// because every answer waits until all that was appended before it is durable. After an error nothing was appended.
    fn append(&mut self, records: &[GroupRecord]) -> Result<(), ErrorCode>;
}

/// Somebody who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(pub(crate) u64);

/// An answer that somebody waited for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Join(JoinGroupResponse),
    Sync(SyncGroupResponse),
}

/// Who sends a request, as it is shown to those who describe a group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) id: &'a str,
    /// The address, with a slash before it as Java prints addresses.
    pub(crate) host: &'a str,
}

/// What surrounds one event. A group never asks for the time, the topics or its settings anywhere else.
pub(crate) struct Turn<'a> {
    /// Milliseconds since an arbitrary moment, never going back: what deadlines are counted in.
    pub(crate) now_ms: i64,
    /// Milliseconds since 1970: what is written down.
    pub(crate) wall_ms: i64,
    pub(crate) config: &'a ConsumerGroupConfig,
    pub(crate) image: &'a MetadataImage,
    pub(crate) log: &'a mut dyn GroupLog,
    /// Answers to those who waited, in the order in which they are given.
    pub(crate) answers: Vec<(Ticket, Answer)>,
}

impl Turn<'_> {
    /// Gives an answer to somebody who waits.
    pub(crate) fn answer(&mut self, ticket: Ticket, answer: Answer) {
        self.answers.push((ticket, answer));
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A log in memory, which can be told to fail.
    #[derive(Debug, Default)]
    pub(crate) struct MemoryLog {
        pub(crate) batches: Vec<Vec<GroupRecord>>,
        pub(crate) failure: Option<ErrorCode>,
    }

    impl GroupLog for MemoryLog {
        fn append(&mut self, records: &[GroupRecord]) -> Result<(), ErrorCode> {
            self.failure.map_or(Ok(()), Err)?;
            self.batches.push(records.to_vec());
            Ok(())
        }
    }

    /// The world around a group under test.
    #[derive(Debug)]
    pub(crate) struct World {
        pub(crate) now_ms: i64,
        pub(crate) config: ConsumerGroupConfig,
        pub(crate) image: MetadataImage,
        pub(crate) log: MemoryLog,
    }

    impl World {
        /// A world with these topics: name and number of partitions. The id of the first is 1, of the second 2, and so on.
        pub(crate) fn new(topics: &[(&str, i32)]) -> World {
            World {
                now_ms: 1_000,
                config: ConsumerGroupConfig::default(),
                image: MetadataImage::of_topics(topics),
                log: MemoryLog::default(),
            }
        }

        pub(crate) fn turn(&mut self) -> Turn<'_> {
            Turn {
                now_ms: self.now_ms,
                wall_ms: 1_700_000_000_000 + self.now_ms,
                config: &self.config,
                image: &self.image,
                log: &mut self.log,
                answers: Vec::new(),
            }
        }
    }
}
