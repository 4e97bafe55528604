"""confluent-kafka (librdkafka) as one of the foreign clients."""

import sys
import time

from confluent_kafka import (
    OFFSET_BEGINNING,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

import confluent_member
import job

PATIENCE_S = 30


def main():
    work = job.read()
    actions = {"produce": produce, "consume": consume, "offsets": offsets, "admin": admin, "load": load}
    (actions | {"member": confluent_member.run})[work["action"]](work)


def versions(work):
    """Without `broker_version` the client asks the broker; with it, it speaks as it did to brokers of old."""
    if work.get("broker_version") is None:
        return {}
    return {"api.version.request": False, "broker.version.fallback": work["broker_version"]}


def producer(work):
    return Producer(
        {
            **versions(work),
            "bootstrap.servers": work["bootstrap"],
            "compression.type": work.get("compression", "none"),
            "enable.idempotence": work.get("idempotent", False),
            "acks": "all",
            "message.max.bytes": 2_000_000,
            "linger.ms": 50,
            "reconnect.backoff.max.ms": 500,
            **work.get("more", {}),
        }
    )


def produce(work):
    client = producer(work)
    reports = {}

    def delivered(index):
        def report(error, message):
            if error is not None:
                sys.exit(f"record {index} was not delivered: {error}")
            reports[index] = (message.partition(), message.offset())

        return report

    for index, record in enumerate(work["records"]):
        options = {"on_delivery": delivered(index)}
        if record.get("partition") is not None:
            options["partition"] = record["partition"]
        if record.get("timestamp") is not None:
            options["timestamp"] = record["timestamp"]
        headers = [(name, job.unpack(content)) for name, content in record.get("headers", [])]
        client.produce(
            work["topic"],
            value=job.unpack(record.get("value")),
            key=job.unpack(record.get("key")),
            headers=headers,
            **options,
        )
    if client.flush(PATIENCE_S) > 0:
        sys.exit("records are still under way after the time allowed")
    for index in range(len(work["records"])):
        job.answer(partition=reports[index][0], offset=reports[index][1])


def consumer(work):
    return Consumer(
        {
            **versions(work),
            "bootstrap.servers": work["bootstrap"],
            "group.id": "by-assignment",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "check.crcs": True,
        }
    )


def consume(work):
    client = consumer(work)
    partitions = work["partitions"]
    client.assign(starts(client, work))
    ended = set()
    while len(ended) < len(partitions):
        message = client.poll(PATIENCE_S)
        if message is None:
            sys.exit("neither a record nor the end of a partition came in the time allowed")
        if message.error() is not None:
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            ended.add(message.partition())
            continue
        job.answer_record(
            message.partition(),
            message.offset(),
            message.timestamp()[1] if message.timestamp()[0] != TIMESTAMP_NOT_AVAILABLE else -1,
            message.key(),
            message.value(),
            message.headers(),
        )
    client.close()


def starts(client, work):
    start = work.get("start", "beginning")
    if isinstance(start, dict):
        asked = [TopicPartition(work["topic"], partition, start["timestamp"]) for partition in work["partitions"]]
        return client.offsets_for_times(asked, timeout=PATIENCE_S)
    offset = OFFSET_BEGINNING if start == "beginning" else start
    return [TopicPartition(work["topic"], partition, offset) for partition in work["partitions"]]


def offsets(work):
    client = consumer(work)
    for partition in work["partitions"]:
        low, high = client.get_watermark_offsets(TopicPartition(work["topic"], partition), timeout=PATIENCE_S)
        asked = TopicPartition(work["topic"], partition, work["timestamp"])
        [found] = client.offsets_for_times([asked], timeout=PATIENCE_S)
        job.answer(partition=partition, earliest=low, latest=high, at=found.offset if found.offset >= 0 else None)
    client.close()


def admin(work):
    client = AdminClient({"bootstrap.servers": work["bootstrap"]})
    name = work["topic"]
    topic = NewTopic(name, num_partitions=3, replication_factor=1, config={"retention.ms": "3600000"})

    def create():
        try:
            client.create_topics([topic])[name].result(PATIENCE_S)
        except KafkaException as error:
            return error.args[0].name()
        return "NONE"

    first, again = create(), create()
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    configs = client.describe_configs([resource])[resource].result(PATIENCE_S)
    partitions = len(client.list_topics(timeout=PATIENCE_S).topics[name].partitions)
    client.delete_topics([name])[name].result(PATIENCE_S)
    job.answer(
        create=first,
        again=again,
        partitions=partitions,
        retention_ms=configs["retention.ms"].value,
        listed_after=listed_after(client, name),
    )


def listed_after(client, name):
    """Apache Kafka answers a deletion before every broker has heard of it."""
    deadline = time.monotonic() + PATIENCE_S
    while name in client.list_topics(timeout=PATIENCE_S).topics and time.monotonic() < deadline:
        time.sleep(0.05)
    return name in client.list_topics(timeout=PATIENCE_S).topics


def load(work):
    """Numbered records to the targets in turn until standard input ends; one line for each that was acknowledged."""
    import select

    # Nothing is given up however often the broker dies, and no long queue grows old meanwhile.
    client = producer(work | {"more": {"message.timeout.ms": 0, "queue.buffering.max.messages": 10_000}})
    targets = work["targets"]

    def report(error, message):
        if error is None:
            job.answer(
                topic=message.topic(),
                partition=message.partition(),
                offset=message.offset(),
                number=int(message.value()[:12]),
            )
        else:
            print(error, file=sys.stderr)

    number = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        try:
            topic, partition = targets[number % len(targets)]
            client.produce(
                topic,
                key=b"%d" % (number % work["keys"]),
                value=b"%012d" % number + b"x" * work["filling"],
                partition=partition,
                on_delivery=report,
            )
            number += 1
        except BufferError:
            client.poll(0.1)
        client.poll(0.0005)
    if client.flush(60) > 0:
        sys.exit("records are still under way after the time allowed")
    job.answer(sent=number)


main()
