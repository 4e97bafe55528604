//! Records of `__consumer_offsets` in words: JSON with the names of Kafka's own tools.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use fluxmq::offline::StoredRecord;
use fluxmq_protocol::Uuid;
use fluxmq_protocol::record::Record;
use fluxmq_protocol::stored::groups::{
    ConsumerGroupCurrentMemberAssignmentValue, ConsumerGroupMemberMetadataValue, CurrentTopicPartitions,
    GroupMetadataValue, GroupRecord, MemberMetadata,
};
use serde_json::{Value, json};

const TOPIC: &str = "__consumer_offsets";

/// A record of a group with key and value in words; `None` for a record of another topic, of an unknown kind, or a damaged one.
pub(super) fn said(stored: &StoredRecord<'_>) -> Option<Record> {
    let Record { key, value, .. } = stored.record;
    if stored.topic != TOPIC {
        return None;
    }
    let read = GroupRecord::decode(key.as_deref()?, value.as_deref()).ok()??;
    let key = json!({ "type": version_of(key.as_deref()), "data": key_of(&read) });
    let value = (!read.is_tombstone()).then(|| {
        json!({ "version": version_of(value.as_deref()), "data": value_of(&read) }).to_string().into()
    });
    Some(Record { key: Some(key.to_string().into()), value, ..stored.record.clone() })
}

/// The two bytes with which key and value begin.
fn version_of(bytes: Option<&[u8]>) -> i16 {
    bytes.and_then(|bytes| bytes.first_chunk()).map_or(-1, |version| i16::from_be_bytes(*version))
}

fn key_of(record: &GroupRecord) -> Value {
    match record {
        GroupRecord::OffsetCommit(key, _) => {
            json!({ "group": key.group, "topic": key.topic, "partition": key.partition })
        }
        GroupRecord::GroupMetadata(key, _) => json!({ "group": key.group }),
        GroupRecord::ConsumerGroupMetadata(key, _)
        | GroupRecord::ConsumerGroupPartitionMetadata(key, _)
        | GroupRecord::ConsumerGroupTargetAssignmentMetadata(key, _) => json!({ "groupId": key.group }),
        GroupRecord::ConsumerGroupMemberMetadata(key, _)
        | GroupRecord::ConsumerGroupTargetAssignmentMember(key, _)
        | GroupRecord::ConsumerGroupCurrentMemberAssignment(key, _) => {
            json!({ "groupId": key.group, "memberId": key.member })
        }
        GroupRecord::ConsumerGroupRegularExpression(key, _) => {
            json!({ "groupId": key.group, "regularExpression": key.regular_expression })
        }
    }
}

/// Null for a tombstone.
fn value_of(record: &GroupRecord) -> Value {
    match record {
        GroupRecord::OffsetCommit(_, Some(value)) => json!({
            "offset": value.offset,
            "leaderEpoch": value.leader_epoch,
            "metadata": value.metadata,
            "commitTimestamp": value.commit_timestamp,
            "expireTimestamp": value.expire_timestamp,
            "topicId": id(value.topic_id),
        }),
        GroupRecord::GroupMetadata(_, Some(value)) => classic(value),
        GroupRecord::ConsumerGroupMetadata(_, Some(value)) => {
            json!({ "epoch": value.epoch, "metadataHash": value.metadata_hash })
        }
        GroupRecord::ConsumerGroupPartitionMetadata(_, Some(value)) => {
            let topics = value.topics.iter().map(|topic| {
                json!({
                    "topicId": id(topic.topic_id),
                    "topicName": topic.topic_name,
                    "numPartitions": topic.num_partitions,
                })
            });
            json!({ "topics": topics.collect::<Value>() })
        }
        GroupRecord::ConsumerGroupMemberMetadata(_, Some(value)) => member(value),
        GroupRecord::ConsumerGroupTargetAssignmentMetadata(_, Some(value)) => json!({
            "assignmentEpoch": value.assignment_epoch,
            "assignmentTimestamp": value.assignment_timestamp,
        }),
        GroupRecord::ConsumerGroupTargetAssignmentMember(_, Some(value)) => {
            let topics = value.topic_partitions.iter();
            let topics =
                topics.map(|topic| json!({ "topicId": id(topic.topic_id), "partitions": topic.partitions }));
            json!({ "topicPartitions": topics.collect::<Value>() })
        }
        GroupRecord::ConsumerGroupCurrentMemberAssignment(_, Some(value)) => current(value),
        GroupRecord::ConsumerGroupRegularExpression(_, Some(value)) => {
            json!({ "topics": value.topics, "version": value.version, "timestamp": value.timestamp })
        }
        _ => Value::Null,
    }
}

fn classic(value: &GroupMetadataValue) -> Value {
    let member = |member: &MemberMetadata| {
        json!({
            "memberId": member.member_id,
            "groupInstanceId": member.group_instance_id,
            "clientId": member.client_id,
            "clientHost": member.client_host,
            "rebalanceTimeout": member.rebalance_timeout,
            "sessionTimeout": member.session_timeout,
            "subscription": STANDARD.encode(&member.subscription),
            "assignment": STANDARD.encode(&member.assignment),
        })
    };
    json!({
        "protocolType": value.protocol_type,
        "generation": value.generation,
        "protocol": value.protocol,
        "leader": value.leader,
        "currentStateTimestamp": value.current_state_timestamp,
        "members": value.members.iter().map(member).collect::<Value>(),
    })
}

fn member(value: &ConsumerGroupMemberMetadataValue) -> Value {
    let classic = value.classic_member_metadata.as_ref().map(|classic| {
        let protocols = classic.supported_protocols.iter();
        let protocols =
            protocols.map(|one| json!({ "name": one.name, "metadata": STANDARD.encode(&one.metadata) }));
        json!({
            "sessionTimeoutMs": classic.session_timeout_ms,
            "supportedProtocols": protocols.collect::<Value>(),
        })
    });
    json!({
        "instanceId": value.instance_id,
        "rackId": value.rack_id,
        "clientId": value.client_id,
        "clientHost": value.client_host,
        "subscribedTopicNames": value.subscribed_topic_names,
        "subscribedTopicRegex": value.subscribed_topic_regex,
        "rebalanceTimeoutMs": value.rebalance_timeout_ms,
        "serverAssignor": value.server_assignor,
        "classicMemberMetadata": classic,
    })
}

fn current(value: &ConsumerGroupCurrentMemberAssignmentValue) -> Value {
    let partitions = |topics: &[CurrentTopicPartitions]| {
        let topic = |topic: &CurrentTopicPartitions| {
            json!({
                "topicId": id(topic.topic_id),
                "partitions": topic.partitions,
                "assignmentEpochs": topic.assignment_epochs,
            })
        };
        topics.iter().map(topic).collect::<Value>()
    };
    json!({
        "memberEpoch": value.member_epoch,
        "previousMemberEpoch": value.previous_member_epoch,
        "state": value.state,
        "assignedPartitions": partitions(&value.assigned_partitions),
        "partitionsPendingRevocation": partitions(&value.partitions_pending_revocation),
    })
}

/// An id as Kafka prints it.
fn id(id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(id.as_bytes())
}

#[cfg(test)]
mod tests {
    use fluxmq_protocol::record::{BatchBuilder, Compression, RecordBatch};

    use super::*;

    fn in_words(topic: &str, key: &[u8], value: Option<&[u8]>) -> Option<(String, Option<String>)> {
        let mut builder = BatchBuilder::new(Compression::None, None);
        builder.append(1, Some(key), value, &[]);
        let batch = RecordBatch::parse(builder.build().unwrap()).unwrap();
        let record = batch.records(1 << 20).unwrap().next().unwrap().unwrap();
        let said = said(&StoredRecord { topic, partition: 0, batch: batch.header(), record: &record })?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!((said.offset, said.timestamp), (0, 1));
        Some((text(&said.key.unwrap()), said.value.as_deref().map(text)))
    }

    #[test]
    fn records_are_said_with_the_names_of_kafka() {
        let key = b"\0\x01\0\x02g1\0\x06orders\0\0\0\x01";
        let value = b"\0\x03\0\0\0\0\0\0\0\x07\0\0\0\x02\0\x01m\0\0\0\0\0\0\0\x09";
        let (key_said, value_said) = in_words(TOPIC, key, Some(value)).unwrap();
        assert_eq!(key_said, r#"{"type":1,"data":{"group":"g1","topic":"orders","partition":1}}"#);
        let expected = r#"{"version":3,"data":{"offset":7,"leaderEpoch":2,"metadata":"m","commitTimestamp":9,"expireTimestamp":-1,"topicId":"AAAAAAAAAAAAAAAAAAAAAA"}}"#;
        assert_eq!(value_said.as_deref(), Some(expected));
        assert_eq!(in_words(TOPIC, key, None).unwrap().1, None);
    }

    #[test]
    fn what_is_no_record_of_a_group_stays_as_it_is() {
        let key = b"\0\x01\0\x02g1\0\x06orders\0\0\0\x01";
        assert_eq!(in_words("orders", key, None), None);
        assert_eq!(in_words(TOPIC, &key[..5], None), None);
        assert_eq!(in_words(TOPIC, key, Some(b"\0\x63")), None);
        assert_eq!(in_words(TOPIC, b"\0\x11\0\x01g", None), None);
    }
}
