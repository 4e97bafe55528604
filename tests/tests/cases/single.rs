//! One client by itself.

use std::sync::Arc;

use fluxmq_tests::interop::client::{CODECS, Client};
use fluxmq_tests::interop::job::{Offsets, Start};
use fluxmq_tests::interop::partitioner::partition_of;
use fluxmq_tests::interop::{Job, World, install::Toolchain, kcat, samples};
use fluxmq_tests::stored;
use libtest_mimic::Trial;
use serde_json::json;

use super::{case, compare};

type Check = fn(Client, &str) -> Result<(), String>;

pub(super) fn cases(world: &Arc<World>) -> Vec<Trial> {
    let mut all = Vec::new();
    for client in Client::ALL {
        for codec in CODECS {
            let world = Arc::clone(world);
            let run = move || compression(client, &world.bootstrap(), codec);
            all.push(case(format!("{}::{codec}", client.name()), &[client.toolchain()], run));
        }
        let checks: [(&str, bool, Check); 6] = [
            ("large_record", true, large_record),
            ("idempotent", true, idempotent),
            ("keys_on_their_partitions", true, keys),
            ("offsets", client.lists_offsets(), offsets),
            ("reads_from_offset_and_time", client.consumes(), starts),
            ("admin", client.administers(), admin),
        ];
        for (name, _, check) in checks.into_iter().filter(|(_, able, _)| *able) {
            let world = Arc::clone(world);
            let run = move || check(client, &world.bootstrap());
            all.push(case(format!("{}::{name}", client.name()), &[client.toolchain()], run));
        }
    }
    let world = Arc::clone(world);
    all.push(case("kcat::metadata".to_owned(), &[Toolchain::Kcat], move || metadata(&world.bootstrap())));
    all
}

/// Records of every shape, written with a codec and read back.
fn compression(client: Client, bootstrap: &str, codec: &str) -> Result<(), String> {
    let topic = stored::create_topic(bootstrap, client.name(), 1);
    let stored = compare::write(client, bootstrap, &topic, &samples::shapes(client), codec)?;
    compare::check_batches(&stored::batches_of(bootstrap, &topic, 0), codec, false)?;
    if client.consumes() { compare::read(client, bootstrap, &topic, &stored) } else { Ok(()) }
}

fn large_record(client: Client, bootstrap: &str) -> Result<(), String> {
    let topic = stored::create_topic(bootstrap, client.name(), 1);
    let partition = client.chooses_partitions().then_some(0);
    let stored = compare::write(client, bootstrap, &topic, &[samples::large(partition)], "none")?;
    if client.consumes() { compare::read(client, bootstrap, &topic, &stored) } else { Ok(()) }
}

/// The producer asks for an id, and what it writes carries it and counts from 0.
fn idempotent(client: Client, bootstrap: &str) -> Result<(), String> {
    let topic = stored::create_topic(bootstrap, client.name(), 1);
    let samples = samples::shapes(client);
    client.produce(
        bootstrap,
        &Job::Produce { topic: &topic, samples: &samples, codec: "gzip", idempotent: true },
    )?;
    samples::compare(&samples, &compare::stored(bootstrap, &topic, &[0]))?;
    let batches = stored::batches_of(bootstrap, &topic, 0);
    compare::check_batches(&batches, "gzip", true)?;
    let first = batches[0].header();
    compare::equal("the first sequence and epoch", &[(first.base_sequence, first.producer_epoch)], &[(0, 0)])
}

fn keys(client: Client, bootstrap: &str) -> Result<(), String> {
    const PARTITIONS: i32 = 6;
    let topic = stored::create_topic(bootstrap, client.name(), PARTITIONS);
    let samples = samples::keyed();
    client.produce(
        bootstrap,
        &Job::Produce { topic: &topic, samples: &samples, codec: "none", idempotent: false },
    )?;
    let stored = compare::stored(bootstrap, &topic, &(0..PARTITIONS).collect::<Vec<_>>());
    compare::equal("the number of records", &[stored.len()], &[samples.len()])?;
    for seen in stored {
        let key = seen.key.as_deref().unwrap_or_default();
        let expected = partition_of(client.key_hash(), key, PARTITIONS);
        let key = String::from_utf8_lossy(key);
        compare::equal(&format!("the partition of `{key}`"), &[Some(seen.partition)], &[expected])?;
    }
    Ok(())
}

/// A topic with five records a second apart, with one, and with none.
fn uneven_topic(client: Client, bootstrap: &str) -> Result<String, String> {
    let topic = stored::create_topic(bootstrap, client.name(), 3);
    let records = [samples::few(0, 5), samples::few(1, 1)].concat();
    let writer = if client.writes().timestamps { client } else { return prepared(bootstrap, &topic) };
    writer.produce(
        bootstrap,
        &Job::Produce { topic: &topic, samples: &records, codec: "none", idempotent: false },
    )?;
    Ok(topic)
}

/// The same records, written in plain requests for clients that set no timestamps.
fn prepared(bootstrap: &str, topic: &str) -> Result<String, String> {
    use fluxmq_protocol::record::builder::BatchBuilder;
    use fluxmq_protocol::record::compression::Compression;
    let mut connection =
        fluxmq_tests::connection::Connection::open(bootstrap).map_err(|error| error.to_string())?;
    for (partition, count) in [(0, 5), (1, 1)] {
        let mut batch = BatchBuilder::new(Compression::None, None);
        for sample in samples::few(partition, count) {
            let timestamp_ms = sample.timestamp_ms.unwrap_or_default();
            batch.append(timestamp_ms, sample.key.as_deref(), sample.value.as_deref(), &[]);
        }
        let batch = batch.build().map_err(|error| error.to_string())?;
        stored::append(&mut connection, topic, partition, &batch);
    }
    Ok(topic.to_owned())
}

fn offsets(client: Client, bootstrap: &str) -> Result<(), String> {
    let topic = uneven_topic(client, bootstrap)?;
    let mut found = client.offsets(bootstrap, &topic, &[0, 1, 2], samples::EPOCH_MS + 1500)?;
    found.sort();
    let expected = [
        Offsets { partition: 0, earliest: 0, latest: 5, at: Some(2) },
        Offsets { partition: 1, earliest: 0, latest: 1, at: None },
        Offsets { partition: 2, earliest: 0, latest: 0, at: None },
    ];
    compare::equal("the offsets", &found, &expected)
}

fn starts(client: Client, bootstrap: &str) -> Result<(), String> {
    let topic = uneven_topic(client, bootstrap)?;
    let stored = compare::stored(bootstrap, &topic, &[0]);
    let from_three = client.consume(bootstrap, &topic, &[0], Start::Offset(3))?;
    compare::equal("the records from offset 3", &from_three, &stored[3..])?;
    if client == Client::Console {
        return Ok(());
    }
    let start = Start::Timestamp(samples::EPOCH_MS + 1500);
    let from_time = client.consume(bootstrap, &topic, &[0], start)?;
    compare::equal("the records from a time", &from_time, &stored[2..])
}

fn admin(client: Client, bootstrap: &str) -> Result<(), String> {
    let answer = client.administer(bootstrap, &stored::unique(client.name()))?;
    let expected = json!({
        "create": "NONE", "again": "TOPIC_ALREADY_EXISTS", "partitions": 3, "retention_ms": "3600000",
        "listed_after": false,
    });
    compare::equal("what came of it", &[answer], &[expected])
}

fn metadata(bootstrap: &str) -> Result<(), String> {
    let topic = stored::create_topic(bootstrap, "kcat", 4);
    let found = kcat::metadata(bootstrap, &topic)?;
    let node = found["brokers"][0]["id"].clone();
    let partition = |index: i32| json!({ "partition": index, "leader": node, "replicas": [{ "id": node }], "isrs": [{ "id": node }] });
    compare::equal("the address", &[found["brokers"][0]["name"].as_str()], &[Some(bootstrap)])?;
    let partitions = found["topics"][0]["partitions"].as_array().cloned().unwrap_or_default();
    compare::equal("the partitions", &partitions, &(0..4).map(partition).collect::<Vec<_>>())
}
