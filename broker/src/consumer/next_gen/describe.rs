//! How a group is shown.

use std::collections::BTreeMap;

use fluxmq_protocol::messages::consumer_group_describe::{
    Assignment, DescribedGroup, Member as DescribedMember, TopicPartitions,
};
use uuid::Uuid;

use super::ConsumerGroup;
use super::member::{Member, Partitions};
use crate::consumer::config::ConsumerGroupConfig;
use crate::metadata::image::MetadataImage;

impl ConsumerGroup {
    pub(crate) fn describe(&self, image: &MetadataImage, config: &ConsumerGroupConfig) -> DescribedGroup {
        let assignor =
            self.subscriptions.assignor().or(config.consumer_assignors.first().map(String::as_str));
        let members = self.members.iter();
        DescribedGroup {
            group_id: self.id.clone(),
            group_state: self.state().to_string(),
            group_epoch: self.epoch,
            assignment_epoch: self.assignment_epoch,
            assignor_name: assignor.unwrap_or_default().to_owned(),
            members: members.map(|(id, member)| described(id, member, self.targets.get(id), image)).collect(),
            ..Default::default()
        }
    }
}

/// What a member has to give back it still reads, so that is shown as its own.
fn described(
    id: &str,
    member: &Member,
    target: Option<&Partitions>,
    image: &MetadataImage,
) -> DescribedMember {
    let mut held: BTreeMap<Uuid, Vec<i32>> = BTreeMap::new();
    for (topic, partition) in member.held() {
        held.entry(topic).or_default().push(partition);
    }
    let target = target
        .into_iter()
        .flatten()
        .map(|(topic, partitions)| (*topic, partitions.iter().copied().collect()));
    let wants = &member.wants;
    DescribedMember {
        member_id: id.to_owned(),
        instance_id: wants.instance_id.clone(),
        rack_id: wants.rack_id.clone(),
        member_epoch: member.epoch,
        client_id: wants.client_id.clone(),
        client_host: wants.client_host.clone(),
        subscribed_topic_names: wants.subscribed_topic_names.clone(),
        subscribed_topic_regex: wants.subscribed_topic_regex.clone(),
        assignment: assignment(held, image),
        target_assignment: assignment(target, image),
        member_type: i8::from(!member.is_classic()),
    }
}

/// Topics that are gone have no name to be shown by.
fn assignment(held: impl IntoIterator<Item = (Uuid, Vec<i32>)>, image: &MetadataImage) -> Assignment {
    let topics = held.into_iter().filter_map(|(topic_id, partitions)| {
        let topic_name = image.topic_by_id(topic_id)?.name.to_string();
        Some(TopicPartitions { topic_id, topic_name, partitions })
    });
    Assignment { topic_partitions: topics.collect() }
}
