//! A classic group becomes one of the next generation when the first member joins that speaks its protocol, and a classic one again
//! when the last such member is gone. The others stay members throughout: they learn of a rebalance and join again.

use std::collections::BTreeMap;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::consumer_protocol::{Assignment, PROTOCOL_TYPE, Subscription};
use fluxmq_protocol::stored::groups::{
    ClassicMemberMetadata, ConsumerGroupMemberMetadataValue, GroupKey, GroupMetadataValue, GroupRecord,
    MemberMetadata,
};

use super::classic_member::assignment_bytes;
use super::member::{Holdings, Member, held, sorted};
use super::{ConsumerGroup, ConsumerState, GroupError, topic_hash};
use crate::consumer::classic::{ClassicGroup, ClassicState};
use crate::consumer::config::MigrationPolicy;
use crate::consumer::turn::Turn;
use crate::metadata::image::MetadataImage;

/// The group that a classic one becomes. Nothing is written down before the first heartbeat that the group accepts: it carries the
/// records of both. Until then the classic group goes on as it is; afterwards who waits in it is to be told to join again, by
/// [`ClassicGroup::interrupt`].
pub(crate) fn upgrade(classic: &ClassicGroup, turn: &Turn<'_>) -> Result<ConsumerGroup, GroupError> {
    let (id, value) = (classic.id(), classic.value());
    let mut group = ConsumerGroup::new(id);
    let mut records = Vec::new();
    if classic.state() != ClassicState::Empty {
        let refused = |why: &str| {
            let message = format!("classic group `{id}` cannot become a consumer group: {why}");
            GroupError::new(ErrorCode::GROUP_ID_NOT_FOUND, message)
        };
        let policy = turn.config.migration_policy;
        if !matches!(policy, MigrationPolicy::Upgrade | MigrationPolicy::Bidirectional) {
            return Err(refused("`group.consumer.migration.policy` does not allow it"));
        }
        if value.protocol_type != PROTOCOL_TYPE {
            return Err(refused("its members are no consumers"));
        }
        if value.members.len() > turn.config.consumer_max_size {
            return Err(refused("it has more members than `group.consumer.max.size` allows"));
        }
        records = taken_over(&group, classic, &value, turn).map_err(refused)?;
    }
    records.iter().for_each(|record| group.replay(record));
    group.loaded(turn.now_ms, turn.config);
    group.unwritten = vec![GroupRecord::GroupMetadata(GroupKey { group: id.to_owned() }, None)];
    group.unwritten.append(&mut records);
    Ok(group)
}

/// The records of a group in which everybody holds what the classic group had assigned.
fn taken_over(
    group: &ConsumerGroup,
    classic: &ClassicGroup,
    value: &GroupMetadataValue,
    turn: &Turn<'_>,
) -> Result<Vec<GroupRecord>, &'static str> {
    let members = value.members.iter().map(|stored| member(classic, value.generation, stored, turn.image));
    let members: Vec<(&str, Member)> = members.collect::<Result<_, _>>()?;
    let mut names: Vec<_> = members
        .iter()
        .flat_map(|(_, member)| &member.wants.subscribed_topic_names)
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names.dedup();
    let hash = topic_hash::hash_of(names.into_iter(), turn.image);
    let each = |record: fn(&ConsumerGroup, &str, &Member) -> GroupRecord| {
        members.iter().map(move |(id, member)| record(group, id, member))
    };
    let mut records: Vec<GroupRecord> = each(ConsumerGroup::wants_record).collect();
    records.push(group.epoch_record(value.generation, hash));
    records.extend(each(|group, id, member| group.target_record(id, &held(&member.assigned))));
    records.push(group.assignment_epoch_record(value.generation, 0));
    records.extend(each(ConsumerGroup::holding_record));
    Ok(records)
}

fn member<'a>(
    classic: &ClassicGroup,
    generation: i32,
    stored: &'a MemberMetadata,
    image: &MetadataImage,
) -> Result<(&'a str, Member), &'static str> {
    let supported_protocols = classic.protocols(&stored.member_id);
    // Who joined while the others were still to join again has not been through a choice of protocols.
    let first = supported_protocols
        .first()
        .map(|protocol| &protocol.metadata)
        .filter(|_| stored.subscription.is_empty());
    let subscription = Subscription::decode(first.unwrap_or(&stored.subscription));
    let subscription = subscription.map_err(|_| "the subscription of a member cannot be read")?;
    let assignment = Assignment::decode(&stored.assignment);
    let assignment = assignment.map_err(|_| "the assignment of a member cannot be read")?;
    if assignment.user_data.is_some_and(|data| !data.is_empty()) {
        return Err("its assignor gives members data of its own, which would be lost");
    }
    let mut assigned = Holdings::new();
    for topic in &assignment.assigned_partitions {
        if let Some(known) = image.topic(&topic.topic) {
            let partitions = topic.partitions.iter().map(|partition| (*partition, generation));
            assigned.entry(known.id).or_default().extend(partitions);
        }
    }
    let wants = ConsumerGroupMemberMetadataValue {
        instance_id: stored.group_instance_id.clone(),
        rack_id: subscription.rack_id.filter(|rack| !rack.is_empty()),
        client_id: stored.client_id.clone(),
        client_host: stored.client_host.clone(),
        subscribed_topic_names: sorted(subscription.topics),
        subscribed_topic_regex: Some(String::new()),
        rebalance_timeout_ms: stored.rebalance_timeout,
        server_assignor: None,
        classic_member_metadata: Some(ClassicMemberMetadata {
            session_timeout_ms: stored.session_timeout,
            supported_protocols,
        }),
    };
    let (epoch, previous_epoch) = (generation, generation);
    Ok((&stored.member_id, Member { wants, epoch, previous_epoch, assigned, ..Member::default() }))
}

/// The classic group that a group becomes, when only classic members are left in it and that is allowed. It rebalances when it has
/// to. When it cannot be written down the group stays as it is, and the next event tries again.
pub(crate) fn downgrade(group: &ConsumerGroup, turn: &mut Turn<'_>) -> Option<ClassicGroup> {
    let members = group.members.len();
    if members == 0 || !group.subscriptions.are_all_classic() || !turn.config.allows_downgrade(members) {
        return None;
    }
    // Who does not hold yet what it is to hold would never hear of it in a group that is at rest.
    let is_settled = group.state() == ConsumerState::Stable;
    let value = given_back(group, is_settled, turn)?;
    let mut records = group.tombstones();
    records.push(GroupRecord::GroupMetadata(GroupKey { group: group.id.clone() }, Some(value.clone())));
    if let Err(error) = turn.log.append(&records) {
        tracing::warn!(group = group.id, %error, "it could not be written down that the group is a classic one again");
        return None;
    }
    tracing::info!(
        group = group.id,
        members,
        "the last member of KIP-848 is gone; the group is a classic one again"
    );
    let mut classic = ClassicGroup::load(&group.id, &value, turn.now_ms, turn.config);
    for (id, member) in &group.members {
        classic.knows(id, member.epoch);
    }
    Some(classic)
}

/// A classic group in which everybody is assigned what it was to hold. Where that is not settled it is what each may still read:
/// a consumer that joins before all have joined again is to wait for it.
fn given_back(group: &ConsumerGroup, is_settled: bool, turn: &Turn<'_>) -> Option<GroupMetadataValue> {
    let protocol = favourite(group)?;
    let members = group.members.iter().map(|(id, member)| {
        let classic = member.wants.classic_member_metadata.as_ref()?;
        let spoken = classic.supported_protocols.iter().find(|known| known.name == protocol)?;
        let assigned =
            if is_settled { group.targets.get(id).cloned().unwrap_or_default() } else { member.may_read() };
        Some(MemberMetadata {
            member_id: id.to_string(),
            group_instance_id: member.wants.instance_id.clone(),
            client_id: member.wants.client_id.clone(),
            client_host: member.wants.client_host.clone(),
            rebalance_timeout: member.wants.rebalance_timeout_ms,
            session_timeout: classic.session_timeout_ms,
            subscription: spoken.metadata.clone(),
            assignment: assignment_bytes(&spoken.metadata, &assigned, turn.image).ok()?,
        })
    });
    Some(GroupMetadataValue {
        protocol_type: PROTOCOL_TYPE.to_owned(),
        // What members know, once they have taken in what they are assigned.
        generation: group.assignment_epoch,
        members: members.collect::<Option<_>>()?,
        protocol: Some(protocol),
        // Until all have joined again nobody leads: so the group rebalances, also after a restart.
        leader: group.members.keys().next().filter(|_| is_settled).map(ToString::to_string),
        current_state_timestamp: turn.wall_ms,
    })
}

/// The protocol that most members like best of those that all of them support.
fn favourite(group: &ConsumerGroup) -> Option<String> {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for member in group.members.values() {
        let vote = member.protocols().find(|protocol| group.subscriptions.all_classic_speak(protocol))?;
        *votes.entry(vote).or_default() += 1;
    }
    votes.into_iter().max_by_key(|(_, votes)| *votes).map(|(protocol, _)| protocol.to_owned())
}
