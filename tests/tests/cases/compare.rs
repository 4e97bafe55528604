//! What was written, what is stored, and what was read must be the same.

use fluxmq_protocol::record::batch::RecordBatch;
use fluxmq_tests::interop::job::{Seen, Start, Written};
use fluxmq_tests::interop::{Client, Job, Sample, samples};
use fluxmq_tests::stored;

/// Lets a client write, and checks that all of it is stored where the client believes it is.
pub(super) fn write(
    client: Client,
    bootstrap: &str,
    topic: &str,
    samples: &[Sample],
    codec: &str,
) -> Result<Vec<Seen>, String> {
    let job = Job::Produce { topic, samples, codec, idempotent: false };
    let written = client.produce(bootstrap, &job)?;
    let stored = stored(bootstrap, topic, &[0]);
    samples::compare(samples, &stored)?;
    let places: Vec<Written> =
        stored.iter().map(|seen| Written { partition: seen.partition, offset: seen.offset }).collect();
    equal(
        "where the client says the records went",
        &written,
        &if written.is_empty() { vec![] } else { places },
    )?;
    Ok(stored)
}

/// Everything that is stored in some partitions.
pub(super) fn stored(bootstrap: &str, topic: &str, partitions: &[i32]) -> Vec<Seen> {
    let records = |&partition: &i32| {
        let records = stored::records_of(bootstrap, topic, partition);
        records.into_iter().map(move |record| Seen::stored(partition, record)).collect::<Vec<_>>()
    };
    partitions.iter().flat_map(records).collect()
}

/// Lets a client read a partition from its beginning, and compares with what is stored.
pub(super) fn read(client: Client, bootstrap: &str, topic: &str, stored: &[Seen]) -> Result<(), String> {
    let seen = client.consume(bootstrap, topic, &[0], Start::Beginning)?;
    equal("the records that were read", &seen, stored)
}

/// Compares, and says which of two lists' items differ.
pub(super) fn equal<T: PartialEq + std::fmt::Debug>(
    what: &str,
    got: &[T],
    wanted: &[T],
) -> Result<(), String> {
    if got.len() != wanted.len() {
        return Err(format!(
            "{what}: {} of them, where {} were expected\n{}",
            got.len(),
            wanted.len(),
            brief(&got)
        ));
    }
    match got.iter().zip(wanted).find(|(got, wanted)| got != wanted) {
        Some((got, wanted)) => Err(format!("{what}:\n     got {}\nexpected {}", brief(&got), brief(&wanted))),
        None => Ok(()),
    }
}

/// Whether every batch was compressed as asked, and none by an idempotent producer where that was not asked.
pub(super) fn check_batches(batches: &[RecordBatch], codec: &str, idempotent: bool) -> Result<(), String> {
    for batch in batches {
        let stored = batch.compression().map_err(|error| error.to_string())?.name();
        let header = batch.header();
        // A client may leave a batch alone that would only grow.
        let small = header.record_count == 1 && header.batch_length < 200;
        if stored != codec && !small {
            return Err(format!("the batch at {} is compressed with {stored}", header.base_offset));
        }
        if (header.producer_id >= 0) != idempotent {
            return Err(format!(
                "the batch at {} has producer id {}",
                header.base_offset, header.producer_id
            ));
        }
    }
    if batches.iter().all(|batch| batch.compression().is_ok_and(|stored| stored.name() != codec)) {
        return Err(format!("no batch is compressed with {codec}"));
    }
    Ok(())
}

fn brief(value: &dyn std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.chars().take(2000).collect()
}
