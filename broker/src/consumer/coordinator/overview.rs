//! Groups as they are shown to those who look after them, and their deletion.

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::messages::consumer_group_describe::DescribedGroup as DescribedConsumerGroup;
use fluxmq_protocol::messages::describe_groups::DescribedGroup;
use fluxmq_protocol::messages::list_groups::{ListGroupsRequest, ListedGroup};

use super::ConsumerGroupCoordinator;
use super::entry::{Entry, Group};

/// What the type of a classic group is called.
const CLASSIC: &str = "classic";
/// What the type of a group of KIP-848 is called.
const CONSUMER: &str = "consumer";

impl ConsumerGroupCoordinator {
    /// All groups whose state and type the filters name, in order of their ids; a filter without names lets everything pass.
    pub(crate) async fn list(&self, filter: &ListGroupsRequest) -> Result<Vec<ListedGroup>, ErrorCode> {
        let names = |wanted: &[String], name: &str| {
            wanted.is_empty() || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
        };
        let mut listed = Vec::new();
        for (group_id, _) in self.inner.slots() {
            let Some(seen) = self.inner.with_group(&group_id, |entry, _| entry.listed(&group_id))? else {
                continue;
            };
            if let Some(group) = seen.durable().await?
                && names(&filter.states_filter, &group.group_state)
                && names(&filter.types_filter, &group.group_type)
            {
                listed.push(group);
            }
        }
        listed.sort_by(|one, other| one.group_id.cmp(&other.group_id));
        Ok(listed)
    }

    /// A classic group; `None` where there is none of that id.
    pub(crate) async fn describe_classic(&self, group_id: &str) -> Result<Option<DescribedGroup>, ErrorCode> {
        let described = self.inner.with_group(group_id, |entry, _| match &entry.group {
            Some(Group::Classic(group)) => Some(group.describe()),
            _ => None,
        });
        match described? {
            Some(described) => described.durable().await,
            None => Ok(None),
        }
    }

    /// A group of KIP-848; `None` where there is none of that id.
    pub(crate) async fn describe_consumer(
        &self,
        group_id: &str,
    ) -> Result<Option<DescribedConsumerGroup>, ErrorCode> {
        let described = self.inner.with_group(group_id, |entry, turn| match &entry.group {
            Some(Group::Consumer(group)) => Some(group.describe(turn.image, turn.config)),
            _ => None,
        });
        match described? {
            Some(described) => described.durable().await,
            None => Ok(None),
        }
    }

    /// Deletes a group that has no members, and its offsets.
    pub(crate) async fn delete(&self, group_id: &str) -> Result<(), ErrorCode> {
        let deleted = self.inner.with_group(group_id, |entry, turn| {
            if entry.group.is_none() {
                return Err(ErrorCode::GROUP_ID_NOT_FOUND);
            }
            if !entry.is_empty() {
                return Err(ErrorCode::NON_EMPTY_GROUP);
            }
            entry.delete(group_id, turn)
        });
        deleted?.ok_or(ErrorCode::GROUP_ID_NOT_FOUND)?.durable().await?
    }
}

impl Entry {
    fn listed(&self, group_id: &str) -> Option<ListedGroup> {
        let (protocol_type, group_state, group_type) = match self.group.as_ref()? {
            Group::Classic(group) => {
                (group.protocol_type().unwrap_or_default(), group.state().to_string(), CLASSIC)
            }
            Group::Consumer(group) => ("consumer", group.state().to_string(), CONSUMER),
        };
        Some(ListedGroup {
            group_id: group_id.to_owned(),
            protocol_type: protocol_type.to_owned(),
            group_state,
            group_type: group_type.to_owned(),
        })
    }
}
