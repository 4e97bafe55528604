//! A group as it is shown.

use std::collections::BTreeSet;

use fluxmq_protocol::consumer_protocol::{PROTOCOL_TYPE, Subscription};
use fluxmq_protocol::messages::describe_groups::{DescribedGroup, DescribedGroupMember};

use super::{ClassicGroup, Phase};

impl ClassicGroup {
    /// The group as DescribeGroups shows it. What members say of themselves is shown where it is settled in which protocol they say it.
    pub(crate) fn describe(&self) -> DescribedGroup {
        let protocol = match self.phase {
            Phase::Stable { .. } => self.protocol.as_deref(),
            _ => None,
        };
        let members = self.members.iter().map(|(member_id, member)| DescribedGroupMember {
            member_id: member_id.to_owned(),
            group_instance_id: member.instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            member_metadata: protocol.and_then(|name| member.metadata(name)).cloned().unwrap_or_default(),
            member_assignment: member.assignment.clone(),
        });
        DescribedGroup {
            group_id: self.id.clone(),
            group_state: self.state().to_string(),
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            protocol_data: protocol.unwrap_or_default().to_owned(),
            members: members.collect(),
            ..Default::default()
        }
    }

    /// The topics that members read. `None` where it cannot be known: in groups that are not of consumers, and where members say it
    /// in words that cannot be read.
    pub(crate) fn subscribed_topics(&self) -> Option<BTreeSet<String>> {
        if self.protocol_type()? != PROTOCOL_TYPE {
            return None;
        }
        let mut topics = BTreeSet::new();
        for (_, member) in self.members.iter() {
            let metadata = member.metadata(self.protocol.as_deref()?)?;
            topics.extend(Subscription::decode(metadata).ok()?.topics);
        }
        Some(topics)
    }
}
