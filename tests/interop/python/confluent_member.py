"""confluent-kafka as a member of a group."""

from confluent_kafka import Consumer, TopicPartition

import member


def run(work):
    client = Consumer(settings(work))

    def commit(taken):
        offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in taken.items()]
        for each in client.commit(offsets=offsets, asynchronous=False):
            if each.error is not None:
                raise RuntimeError(each.error)

    handled = member.Handled(commit)

    def assigned(_, partitions):
        member.say("assigned", partitions=member.places(partitions))

    def revoked(_, partitions):
        handled.flush()
        member.say("revoked", partitions=member.places(partitions))

    def lost(_, partitions):
        handled.forget()
        member.say("lost", partitions=member.places(partitions))

    topics = ["^" + work["pattern"]] if work.get("pattern") else [work["topic"]]
    client.subscribe(topics, on_assign=assigned, on_revoke=revoked, on_lost=lost)
    commands = member.Commands()
    while commands.obey():
        message = client.poll(0.2)
        if message is None:
            handled.flush()
        elif message.error() is not None:
            member.say("error", error=str(message.error()))
        else:
            handled.record(message.topic(), message.partition(), message.offset(), message.value())
    handled.flush()
    client.close()
    member.say("left")


def settings(work):
    common = {
        "bootstrap.servers": work["bootstrap"],
        "group.id": work["group"],
        "client.id": work["name"],
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "max.poll.interval.ms": work["max_poll_ms"],
        "reconnect.backoff.max.ms": 500,
        "topic.metadata.refresh.interval.ms": 2000,
    }
    if work.get("instance"):
        common["group.instance.id"] = work["instance"]
    protocol, _, assignor = work["assignor"].partition(":")
    if protocol == "consumer":
        common["group.protocol"] = "consumer"
        return common | ({"group.remote.assignor": assignor} if assignor else {})
    return common | {
        "partition.assignment.strategy": work["assignor"],
        "session.timeout.ms": work["session_ms"],
        "heartbeat.interval.ms": work["heartbeat_ms"],
    }
