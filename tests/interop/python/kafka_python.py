"""kafka-python as one of the foreign clients."""

import sys
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

import kafka_python_member
import job

PATIENCE_S = 30


def main():
    work = job.read()
    actions = {"produce": produce, "consume": consume, "offsets": offsets, "admin": admin}
    (actions | {"member": kafka_python_member.run})[work["action"]](work)


def versions(work):
    """Without `broker_version` the client asks the broker; with it, it speaks as it did to brokers of old."""
    version = work.get("broker_version")
    return {} if version is None else {"api_version": tuple(int(part) for part in version.split("."))}


def produce(work):
    codec = work.get("compression", "none")
    client = KafkaProducer(
        **versions(work),
        bootstrap_servers=work["bootstrap"],
        compression_type=None if codec == "none" else codec,
        enable_idempotence=work.get("idempotent", False),
        acks="all",
        batch_size=1_000_000,
        max_request_size=2_000_000,
        linger_ms=50,
    )
    under_way = [
        client.send(
            work["topic"],
            value=job.unpack(record.get("value")),
            key=job.unpack(record.get("key")),
            headers=[(name, job.unpack(content)) for name, content in record.get("headers", [])],
            partition=record.get("partition"),
            timestamp_ms=record.get("timestamp"),
        )
        for record in work["records"]
    ]
    for future in under_way:
        written = future.get(PATIENCE_S)
        job.answer(partition=written.partition, offset=written.offset)
    client.close()


def consumer(work):
    return KafkaConsumer(
        **versions(work),
        bootstrap_servers=work["bootstrap"],
        group_id=None,
        enable_auto_commit=False,
        check_crcs=True,
    )


def consume(work):
    client = consumer(work)
    partitions = [TopicPartition(work["topic"], partition) for partition in work["partitions"]]
    ends = client.end_offsets(partitions)
    client.assign(partitions)
    seek(client, partitions, work.get("start", "beginning"))
    deadline = time.monotonic() + PATIENCE_S
    while any(client.position(partition) < ends[partition] for partition in partitions):
        if time.monotonic() > deadline:
            sys.exit("the end of the partitions was not reached in the time allowed")
        for records in client.poll(timeout_ms=1000).values():
            for record in records:
                job.answer_record(
                    record.partition, record.offset, record.timestamp, record.key, record.value, record.headers
                )
    client.close()


def seek(client, partitions, start):
    if start == "beginning":
        client.seek_to_beginning(*partitions)
    elif isinstance(start, dict):
        for partition, found in client.offsets_for_times({each: start["timestamp"] for each in partitions}).items():
            if found is None:
                client.seek_to_end(partition)
            else:
                client.seek(partition, found.offset)
    else:
        for partition in partitions:
            client.seek(partition, start)


def offsets(work):
    client = consumer(work)
    partitions = [TopicPartition(work["topic"], partition) for partition in work["partitions"]]
    low, high = client.beginning_offsets(partitions), client.end_offsets(partitions)
    at = client.offsets_for_times({partition: work["timestamp"] for partition in partitions})
    for each in partitions:
        found = at[each]
        job.answer(
            partition=each.partition, earliest=low[each], latest=high[each], at=None if found is None else found.offset
        )
    client.close()


def admin(work):
    client = KafkaAdminClient(bootstrap_servers=work["bootstrap"])
    name = work["topic"]

    def create():
        topic = {"num_partitions": 3, "replication_factor": 1, "configs": {"retention.ms": "3600000"}}
        try:
            client.create_topics({name: topic})
        except KafkaError as error:
            return error.message
        return "NONE"

    first, again = create(), create()
    configs = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    [described] = client.describe_topics([name])
    client.delete_topics([name])
    deadline = time.monotonic() + PATIENCE_S
    # Apache Kafka answers a deletion before every broker has heard of it.
    while name in client.list_topics() and time.monotonic() < deadline:
        time.sleep(0.05)
    job.answer(
        create=first,
        again=again,
        partitions=len(described["partitions"]),
        retention_ms=configs["topic"][name]["retention.ms"]["value"],
        listed_after=name in client.list_topics(),
    )
    client.close()


main()
