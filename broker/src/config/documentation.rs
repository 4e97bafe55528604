//! A sentence for each key that shapes topics or this broker, for those who ask DescribeConfigs for it (KIP-569).

use super::topic::SYNONYMS;

/// What a key does; `None` for keys that are kept for Kafka's sake and change nothing here.
pub(super) fn documentation(name: &str) -> Option<&'static str> {
    let of = |name: &str| SENTENCES.iter().find(|(key, _)| *key == name).map(|(_, sentence)| *sentence);
    of(name).or_else(|| {
        let first_is =
            |synonyms: &[super::topic::Synonym]| synonyms.first().is_some_and(|first| first.name == name);
        SYNONYMS.iter().find(|(_, synonyms)| first_is(synonyms)).and_then(|(topic_key, _)| of(topic_key))
    })
}

#[rustfmt::skip] // a table
const SENTENCES: &[(&str, &str)] = &[
    ("cleanup.policy", "What happens to old segments: `delete` removes them by age or size, `compact` keeps the last record of each key; both may be named."),
    ("compression.gzip.level", "The gzip level, 1 (fast) to 9 (small), where the topic recompresses to gzip; -1 is gzip's own default."),
    ("compression.lz4.level", "The LZ4 level, 1 to 17, where the topic recompresses to LZ4."),
    ("compression.type", "The compression of stored batches: a codec, `uncompressed`, or `producer` to keep what the producer chose."),
    ("compression.zstd.level", "The Zstandard level, -131072 to 22, where the topic recompresses to Zstandard."),
    ("delete.retention.ms", "How long tombstones and transaction markers outlive compaction, so that readers can still see them."),
    ("file.delete.delay.ms", "How long a removed segment file stays on the disk."),
    ("flush.messages", "At most this many records stay unsynced before an fsync."),
    ("flush.ms", "Records stay unsynced for at most this many milliseconds."),
    ("follower.replication.throttled.replicas", "Replicas whose replication is throttled on the follower, as partition:broker, or `*` for all."),
    ("index.interval.bytes", "After how many bytes of records the offset index gets another entry."),
    ("leader.replication.throttled.replicas", "Replicas whose replication is throttled on the leader, as partition:broker, or `*` for all."),
    ("local.retention.bytes", "With tiered storage, how many bytes of a partition stay on the local disk; -2 means `retention.bytes`."),
    ("local.retention.ms", "With tiered storage, how long segments stay on the local disk; -2 means `retention.ms`."),
    ("max.compaction.lag.ms", "A record stays uncompacted for at most this many milliseconds."),
    ("max.message.bytes", "The largest record batch that the topic takes, as it is sent, compression included."),
    ("message.timestamp.after.max.ms", "How far a record's timestamp may lie after the broker's time."),
    ("message.timestamp.before.max.ms", "How far a record's timestamp may lie before the broker's time."),
    ("message.timestamp.type", "Whether records keep the producer's timestamp or get the broker's when they are appended."),
    ("min.cleanable.dirty.ratio", "Which share of a log must be uncompacted before compaction is worth it."),
    ("min.compaction.lag.ms", "A record stays uncompacted for at least this many milliseconds."),
    ("min.insync.replicas", "How many replicas must be in sync for a produce with acks=all to be taken."),
    ("preallocate", "Whether a new segment file gets its full size at once."),
    ("remote.log.copy.disable", "With tiered storage, whether nothing more is copied to the remote tier."),
    ("remote.log.delete.on.disable", "With tiered storage, whether remote data is deleted when the topic leaves it."),
    ("remote.storage.enable", "Whether the topic uses tiered storage."),
    ("retention.bytes", "The size beyond which a partition's oldest segments are removed; -1 for no limit."),
    ("retention.ms", "The age beyond which a partition's segments are removed; -1 for no limit."),
    ("segment.bytes", "The size at which a log begins a new segment file."),
    ("segment.index.bytes", "The largest size of a segment's offset index; a full index begins a new segment."),
    ("segment.jitter.ms", "How much earlier, at random, a segment may roll than `segment.ms` says."),
    ("segment.ms", "The age at which a log begins a new segment file."),
    ("unclean.leader.election.enable", "Whether a replica that is out of sync may become leader, at the price of records."),
    ("advertised.listeners", "What clients are told to connect to, per listener; by default the address that they reached."),
    ("auto.create.topics.enable", "Whether a client that asks for a missing topic may have it created."),
    ("broker.rack", "The rack that this broker stands in."),
    ("connections.max.idle.ms", "A connection without a request for this many milliseconds is closed."),
    ("default.replication.factor", "The replication factor of topics whose creator names none."),
    ("delete.topic.enable", "Whether topics can be deleted."),
    ("fetch.max.bytes", "The most bytes that one fetch is answered with; its first batch may be larger."),
    ("fluxmq.buffer.size", "The bytes that an idle connection reads into."),
    ("fluxmq.disk.free.min.bytes", "Records are refused while fewer bytes than these are free on the disk. -1: the smaller of 1 GiB and a twentieth of the disk."),
    ("fluxmq.durability", "`strict`: acks=all is answered when the records are on the disk. `relaxed`: it does not wait for the disk."),
    ("fluxmq.enable.consumer.groups", "Whether consumer groups are served."),
    ("listener.security.protocol.map", "The protocol of each listener, by the listener's name."),
    ("listeners", "The addresses that the broker listens on, each as NAME://host:port."),
    ("log.dirs", "The directory of all data; without one the broker keeps its data in memory."),
    ("log.retention.hours", "As `log.retention.ms`, in hours; the finest unit that is set counts."),
    ("log.retention.minutes", "As `log.retention.ms`, in minutes; the finest unit that is set counts."),
    ("log.roll.hours", "As `log.roll.ms`, in hours; the finest unit that is set counts."),
    ("max.connections", "How many connections may be open at a time; beyond it new ones are closed."),
    ("max.connections.per.ip", "How many connections one address may have open at a time."),
    ("node.id", "This broker's number in its cluster."),
    ("num.partitions", "The partitions of topics whose creator names no number."),
    ("offset.metadata.max.bytes", "The longest text that may go with a committed offset."),
    ("producer.id.expiration.ms", "How long the last sequence of an idle idempotent producer is remembered."),
    ("queued.max.request.bytes", "The memory that all requests under way may take; -1 lets the broker choose."),
    ("socket.request.max.bytes", "The largest request that is read; a larger one closes its connection."),
];

#[cfg(test)]
mod tests {
    use super::super::broker::broker_key;
    use super::super::topic::topic_key;
    use super::*;

    #[test]
    fn sentences_belong_to_keys_that_exist() {
        for (name, _) in SENTENCES {
            assert!(topic_key(name).is_some() || broker_key(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_broker_key_has_the_sentence_of_its_topic_key() {
        assert_eq!(documentation("log.segment.bytes"), documentation("segment.bytes"));
        assert!(documentation("segment.bytes").is_some());
        assert_eq!(documentation("ssl.provider"), None);
    }
}
