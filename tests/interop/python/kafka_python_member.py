"""kafka-python as a member of a group."""

import time

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from kafka.errors import KafkaError

import member

ASSIGNORS = {
    "range": RangePartitionAssignor,
    "roundrobin": RoundRobinPartitionAssignor,
    "sticky": StickyPartitionAssignor,
    "cooperative-sticky": CooperativeStickyAssignor,
}


class Listener(ConsumerRebalanceListener):
    def __init__(self, handled):
        self.handled = handled

    def on_partitions_assigned(self, assigned):
        member.say("assigned", partitions=member.places(assigned))

    def on_partitions_revoked(self, revoked):
        self.handled.flush()
        member.say("revoked", partitions=member.places(revoked))

    def on_partitions_lost(self, lost):
        self.handled.forget()
        member.say("lost", partitions=member.places(lost))


def run(work):
    client = KafkaConsumer(
        bootstrap_servers=work["bootstrap"],
        group_id=work["group"],
        client_id=work["name"],
        group_instance_id=work.get("instance"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=member.BATCH,
        max_poll_interval_ms=work["max_poll_ms"],
        session_timeout_ms=work["session_ms"],
        heartbeat_interval_ms=work["heartbeat_ms"],
        reconnect_backoff_max_ms=500,
        metadata_max_age_ms=2000,
        partition_assignment_strategy=[ASSIGNORS[name] for name in work["assignor"].split(",")],
    )

    def commit(taken):
        client.commit(
            {
                TopicPartition(topic, partition): OffsetAndMetadata(offset, "", -1)
                for (topic, partition), offset in taken.items()
            }
        )

    handled = member.Handled(commit)
    if work.get("pattern"):
        client.subscribe(pattern=work["pattern"], listener=Listener(handled))
    else:
        client.subscribe([work["topic"]], listener=Listener(handled))
    commands = member.Commands()
    while commands.obey():
        try:
            # A poll that ends while a rebalance does forgets it: the member then waits without partitions for ever.
            polled = client.poll(timeout_ms=3000)
        except KafkaError as error:
            # So it tells of a broker that is away; the next poll tries again.
            member.say("error", error=repr(error))
            time.sleep(0.1)
            continue
        for records in polled.values():
            for record in records:
                handled.record(record.topic, record.partition, record.offset, record.value)
        handled.flush()
    client.close()
    member.say("left")
