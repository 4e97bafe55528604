//! `fluxctl topic`: what a cluster holds.

mod create;
mod delete;
mod describe;
mod list;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Subcommand;
use fluxmq_client::Uuid;

use crate::context::Context;
use crate::error::CommandError;

/// Commands about topics.
#[derive(Debug, Subcommand)]
pub(crate) enum TopicCommand {
    /// Create topics
    Create(create::CreateArgs),
    /// List topics
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Show partitions, offsets and configurations of topics
    Describe(describe::DescribeArgs),
    /// Delete topics with all their records
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
}

pub(super) fn run(command: TopicCommand, context: &Context) -> Result<(), CommandError> {
    match command {
        TopicCommand::Create(args) => create::run(&args, context),
        TopicCommand::List(args) => list::run(&args, context),
        TopicCommand::Describe(args) => describe::run(&args, context),
        TopicCommand::Delete(args) => delete::run(&args, context),
    }
}

/// A topic's id as Kafka prints it: 22 characters of base64. `None` where the broker has none.
fn topic_id(id: Uuid) -> Option<String> {
    (!id.is_nil()).then(|| URL_SAFE_NO_PAD.encode(id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_as_kafka_s() {
        assert_eq!(topic_id(Uuid::from_u128(1)).as_deref(), Some("AAAAAAAAAAAAAAAAAAAAAQ"));
        assert_eq!(topic_id(Uuid::nil()), None);
    }
}
