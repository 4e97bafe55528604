//! Clients from before Kafka 0.11: what they write is stored as record batches that everybody reads, and what anybody
//! wrote they read as message sets.

use std::sync::Arc;

use fluxmq_tests::interop::client::Client;
use fluxmq_tests::interop::old::{CODECS, OldClient};
use fluxmq_tests::interop::{Job, Sample, World, install::Toolchain, samples};
use fluxmq_tests::stored;
use libtest_mimic::Trial;

use super::{case, compare};

/// What the clients of the time asked for at once.
const MAX_BYTES: usize = 1 << 20;

pub(super) fn cases(world: &Arc<World>) -> Vec<Trial> {
    let mut all = Vec::new();
    for client in OldClient::all() {
        let mut add = |name: &str, tools: &[Toolchain], check: fn(OldClient, &str) -> Result<(), String>| {
            let world = Arc::clone(world);
            all.push(case(format!("{}::{name}", client.name()), tools, move || {
                check(client, &world.bootstrap())
            }));
        };
        add("writes", &[client.toolchain()], writes);
        add("is_read_by_kafka_clients", &[client.toolchain(), Toolchain::Java], is_read);
        if client.consumes() {
            add("reads", &[client.toolchain()], reads);
            add("reads_kafka_clients", &[client.toolchain(), Toolchain::Java], reads_new);
        }
        if matches!(client, OldClient::Java(_)) && client.consumes() {
            add("hears_of_what_is_too_large", &[client.toolchain()], too_large);
        }
    }
    all
}

/// A topic that the client has written in every codec.
fn written(client: OldClient, bootstrap: &str) -> Result<(String, Vec<Sample>), String> {
    let topic = stored::create_topic(bootstrap, &client.name(), 1);
    let mut all = Vec::new();
    for codec in CODECS {
        let samples = client.samples();
        let written = client.produce(bootstrap, &topic, &samples, codec)?;
        let offsets: Vec<_> = written.iter().map(|written| written.offset).collect();
        let first = all.len() as i64;
        let expected: Vec<_> = (first..).take(samples.len()).collect();
        compare::equal("where the client says the records went", &offsets, &expected)?;
        all.extend(samples);
    }
    Ok((topic, all))
}

/// Records of every shape in every codec, stored as what they are.
fn writes(client: OldClient, bootstrap: &str) -> Result<(), String> {
    let (topic, samples) = written(client, bootstrap)?;
    let stored = compare::stored(bootstrap, &topic, &[0]);
    samples::compare(&samples, &stored)?;
    if !client.has_timestamps() {
        let times: Vec<_> = stored.iter().map(|seen| seen.timestamp_ms).collect();
        compare::equal("the timestamps", &times, &vec![-1; times.len()])?;
    }
    let batches = stored::batches_of(bootstrap, &topic, 0);
    let each = samples.len() / CODECS.len();
    for (index, codec) in CODECS.iter().enumerate() {
        let range = (index * each) as i64..((index + 1) * each) as i64;
        let of: Vec<_> =
            batches.iter().filter(|batch| range.contains(&batch.header().base_offset)).cloned().collect();
        compare::check_batches(&of, codec, false)?;
    }
    Ok(())
}

fn is_read(client: OldClient, bootstrap: &str) -> Result<(), String> {
    let (topic, _) = written(client, bootstrap)?;
    compare::read(Client::Java, bootstrap, &topic, &compare::stored(bootstrap, &topic, &[0]))
}

fn reads(client: OldClient, bootstrap: &str) -> Result<(), String> {
    let (topic, _) = written(client, bootstrap)?;
    reads_all(client, bootstrap, &topic)
}

/// Records with headers, which are lost on such a reader, and batches that have been through other hands.
fn reads_new(client: OldClient, bootstrap: &str) -> Result<(), String> {
    let topic = stored::create_topic(bootstrap, &client.name(), 1);
    let samples = samples::shapes(Client::Java);
    for codec in CODECS {
        let job = Job::Produce { topic: &topic, samples: &samples, codec, idempotent: false };
        Client::Java.produce(bootstrap, &job)?;
    }
    reads_all(client, bootstrap, &topic)
}

fn reads_all(client: OldClient, bootstrap: &str, topic: &str) -> Result<(), String> {
    let stored = compare::stored(bootstrap, topic, &[0]);
    let expected: Vec<_> = stored.iter().map(|seen| client.sees(seen)).collect();
    let seen = client.consume(bootstrap, topic, stored.len(), MAX_BYTES)?;
    compare::equal("the records that were read", &seen, &expected)
}

/// Before KIP-74 a consumer learns of a record that is larger than what it asks for by a message that is cut off; since
/// then it gets the record.
fn too_large(client: OldClient, bootstrap: &str) -> Result<(), String> {
    let topic = stored::create_topic(bootstrap, &client.name(), 1);
    client.produce(bootstrap, &topic, &[samples::large(Some(0))], "none")?;
    let read = client.consume(bootstrap, &topic, 1, 100_000);
    let comes_whole = client.name().contains("0.10.1");
    match read {
        Ok(seen) if comes_whole && seen.len() == 1 => Ok(()),
        Err(why) if !comes_whole && why.contains("RecordTooLargeException") => Ok(()),
        other => Err(format!("a large record was answered with {other:?}")),
    }
}
