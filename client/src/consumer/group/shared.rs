//! What the handle of a member and its task both know.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::assignor::Assignor;
use super::config::GroupConfig;
use super::coordinator::Coordinator;
use crate::admin::OffsetToCommit;
use crate::client::Client;
use crate::error::ClientError;
use crate::sync::lock;
use crate::topic_partition::TopicPartition;

/// Who a member is to its coordinator, as transactional producers need it to commit in its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMetadata {
    /// The group.
    pub group: String,
    /// The member's id, empty while it has none.
    pub member_id: String,
    /// The generation of a classic group, the member's epoch in the newer protocol; -1 while it is no member.
    pub generation: i32,
    /// The name of a static member.
    pub group_instance_id: Option<String>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) config: GroupConfig,
    pub(super) coordinator: Coordinator,
    /// In order of preference. Never held over an await.
    pub(super) assignors: Mutex<Vec<Box<dyn Assignor>>>,
    /// Never held over an await.
    metadata: Mutex<GroupMetadata>,
    /// The number of the newest commit of each partition. Never held over an await.
    newest_commits: Mutex<HashMap<TopicPartition, u64>>,
    began: Instant,
    /// How many commits there have been.
    commits: AtomicU64,
    /// How often the membership was lost.
    losses: AtomicU64,
    /// When the application asked for records last, in milliseconds since `began`.
    polled_ms: AtomicU64,
}

impl Shared {
    pub(super) fn new(client: Client, config: GroupConfig) -> Self {
        let metadata = GroupMetadata {
            group: config.group.clone(),
            member_id: String::new(),
            generation: -1,
            group_instance_id: config.group_instance_id.clone(),
        };
        Shared {
            coordinator: Coordinator::new(client.clone(), config.group.clone()),
            assignors: Mutex::new(config.assignors.iter().map(|strategy| strategy.assignor()).collect()),
            metadata: Mutex::new(metadata),
            newest_commits: Mutex::default(),
            began: Instant::now(),
            commits: AtomicU64::new(0),
            losses: AtomicU64::new(0),
            polled_ms: AtomicU64::new(0),
            client,
            config,
        }
    }

    pub(super) fn metadata(&self) -> GroupMetadata {
        lock(&self.metadata).clone()
    }

    /// Takes over what the coordinator says of this member.
    pub(super) fn set_member(&self, member_id: impl Into<String>, generation: i32) {
        let mut metadata = lock(&self.metadata);
        metadata.member_id = member_id.into();
        metadata.generation = generation;
    }

    /// A commit of these offsets is about to be sent. Its number.
    pub(super) fn begin_commit(&self, offsets: &[OffsetToCommit]) -> u64 {
        let number = self.commits.fetch_add(1, Ordering::Relaxed);
        let newest = offsets.iter().map(|offset| (offset.partition.clone(), number));
        lock(&self.newest_commits).extend(newest);
        number
    }

    /// Whether no later commit has an offset of this partition.
    pub(super) fn is_newest_commit(&self, number: u64, partition: &TopicPartition) -> bool {
        lock(&self.newest_commits).get(partition) == Some(&number)
    }

    /// How often the membership was lost so far.
    pub(super) fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }

    pub(super) fn lost(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
    }

    /// The application asks for records.
    pub(super) fn polled(&self, now: Instant) {
        let elapsed = now.duration_since(self.began).as_millis();
        self.polled_ms.store(u64::try_from(elapsed).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// When the application should have asked again.
    pub(super) fn poll_deadline(&self) -> Instant {
        let polled = Duration::from_millis(self.polled_ms.load(Ordering::Relaxed));
        self.began + polled + self.config.max_poll_interval
    }

    /// How long a request may take that the coordinator answers when all members have come.
    pub(super) fn rebalance_timeout(&self) -> Duration {
        let request_timeout = self.client.connection_options().request_timeout;
        request_timeout.max(self.config.max_poll_interval + Duration::from_secs(5))
    }

    pub(super) fn request_timeout(&self) -> Duration {
        self.client.connection_options().request_timeout
    }
}

/// What the task tells the handle. Those that change what is owned come with a number and are answered by
/// [`Command::Settled`].
#[derive(Debug)]
pub(super) enum Notice {
    /// Every partition must be given up before the group's next generation.
    GiveUp(u64),
    /// The group took this member for dead; its partitions belong to others.
    Lost(u64),
    /// These are the member's partitions from now on.
    Assigned(u64, Vec<TopicPartition>),
    /// Something has not worked for long; it is tried on.
    Trouble(ClientError),
    /// The task has ended.
    Failed(ClientError),
}

/// What the handle tells the task.
#[derive(Debug)]
pub(super) enum Command {
    /// Notices up to this one have been seen to, and these are the partitions that are owned now.
    Settled(u64, Vec<TopicPartition>),
    /// Offsets to be committed in the member's name.
    Commit(Vec<OffsetToCommit>, oneshot::Sender<Result<(), ClientError>>),
    /// Leaves the group and ends the task.
    Close,
}
