//! Consumer groups and the offsets that they commit.
//!
//! ```text
//! coordinator            events in, answers out: the driver
//! classic    next_gen    the two protocols, a pure machine each
//! offsets                what a group has committed
//! log                    the topic in which all that is written down
//! ```

mod classic;
mod config;
mod coordinator;
pub(crate) mod log;
mod manager;
mod message;
mod next_gen;
pub(crate) mod offsets;
mod turn;

pub use config::{AssignmentStrategy, ConsumerGroupConfig, MigrationPolicy, UnknownStrategy};
pub(crate) use coordinator::Committer;
pub use coordinator::ConsumerGroupCoordinator;
pub use manager::{
    ConsumerGroupManager, GroupInfo, GroupMember, GroupOverview, GroupState, GroupStats, GroupType,
};
pub use message::{
    ConsumerGroupMessage, ConsumerGroupReply, GroupProtocol, MemberAssignment, TopicPartitionOffset,
};
pub(crate) use turn::Client;
