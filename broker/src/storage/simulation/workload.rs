//! Random operations on an engine, each also noted in the model.

use std::sync::Arc;

use fluxmq_protocol::record::{BatchBuilder, BatchHeader, Compression};

use super::engine::{Engine, NOW_MS};
use super::model::{Awaited, Batch, Model, PartitionModel, TopicModel, Uncertain};
use super::{Outcome, broken};
use crate::partition::Partition;
use crate::storage::log::Appended;
use crate::storage::validate::{self, ProduceRules};

/// The topics that come and go.
const TOPICS: [&str; 3] = ["orders", "payments", "orders-0"];

/// The producers of a partition that are idempotent.
const PRODUCERS: [i64; 2] = [7, 8];

/// What a step came to, for the run to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    GoOn,
    /// The broker is to be stopped in order and started again.
    Restart,
    /// It is to be killed and started again.
    Kill,
}

/// Does one thing.
pub(super) fn step(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Outcome<Next> {
    if model.topics.is_empty() {
        create_topic(engine, model, random)?;
        return Ok(Next::GoOn);
    }
    match random.u8(..100) {
        0..50 => produce(engine, model, random)?,
        50..64 => engine.flusher.run(),
        64..71 => read(engine, model, random)?,
        71..75 => resend(engine, model, random)?,
        75..78 => delete_records(engine, model, random)?,
        78..80 => retain(engine, model),
        80..85 => checkpoint(engine, model)?,
        85..88 => commit_offset(engine, model, random)?,
        88..91 => create_topic(engine, model, random)?,
        91..93 => delete_topic(engine, model, random)?,
        93..96 => return Ok(Next::Kill),
        _ => return Ok(Next::Restart),
    }
    settle(engine, model)?;
    Ok(Next::GoOn)
}

/// Takes note of all answers.
pub(super) fn settle(engine: &Engine, model: &mut Model) -> Outcome {
    for (name, topic) in &mut model.topics {
        for (index, partition) in topic.partitions.iter_mut().enumerate() {
            let Some(found) = engine.partition(name, index as i32) else {
                return broken(format!("`{name}`-{index} is not served"));
            };
            partition.settle(engine, &found)?;
        }
    }
    Ok(())
}

/// Appends an acks=all batch to every partition and has it answered: what was recovered must take more.
pub(super) fn go_on(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Outcome {
    for (name, topic) in &mut model.topics {
        for (index, partition) in topic.partitions.iter_mut().enumerate() {
            let Some(found) = engine.partition(name, index as i32) else { continue };
            append(engine, &found, partition, true, random)?;
            found.write();
        }
    }
    engine.flusher.run();
    settle(engine, model)?;
    let waiting = model.topics.values().flat_map(|topic| &topic.partitions).any(|p| !p.pending.is_empty());
    if waiting && !engine.files.is_dark() {
        return broken("a batch is not answered although everything is synced");
    }
    Ok(())
}

/// A random partition with its model.
fn pick<'a>(
    engine: &Engine,
    model: &'a mut Model,
    random: &mut fastrand::Rng,
) -> Outcome<(Arc<Partition>, &'a mut PartitionModel)> {
    let number = random.usize(..model.topics.len());
    let Some((name, topic)) = model.topics.iter_mut().nth(number) else { return broken("there is no topic") };
    let index = random.usize(..topic.partitions.len());
    match engine.partition(name, index as i32) {
        Some(partition) => Ok((partition, &mut topic.partitions[index])),
        None => broken(format!("`{name}`-{index} is not served")),
    }
}

fn produce(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Outcome {
    let (partition, model) = pick(engine, model, random)?;
    let acks_all = random.u8(..10) < 6;
    for _ in 0..random.usize(1..4) {
        append(engine, &partition, model, acks_all, random)?;
    }
    partition.write();
    if acks_all && random.bool() {
        engine.flusher.run();
    }
    Ok(())
}

fn append(
    engine: &Engine,
    partition: &Arc<Partition>,
    model: &mut PartitionModel,
    acks_all: bool,
    random: &mut fastrand::Rng,
) -> Outcome {
    let mut builder = batch(random);
    let producer = PRODUCERS.get(random.usize(..PRODUCERS.len() * 2)).copied();
    if let Some(producer) = producer {
        let sequence = model.sequences.entry(producer).or_default();
        builder.set_producer(producer, 0, *sequence);
        *sequence += builder.record_count();
    }
    let sent = builder.build().unwrap().to_vec();
    let mut bytes = sent.clone();
    let mut checked = validate::check(&mut bytes, &rules()).unwrap();
    let appended = partition.append(&mut checked, acks_all, NOW_MS);
    let (appended, pending) = engine.judge("a batch was refused", appended)?;
    let base_offset = model.end();
    if appended != (Appended::Batch { base_offset }) {
        return broken(format!("a new batch came to {appended:?}, and not to offset {base_offset}"));
    }
    let header = BatchHeader::parse(&bytes).unwrap();
    model.batches.push(Batch { header, bytes, sent });
    if acks_all {
        model.pending.push_back(Awaited { base_offset, end_offset: header.next_offset(), pending });
    }
    Ok(())
}

/// A batch that no other is equal to.
fn batch(random: &mut fastrand::Rng) -> BatchBuilder {
    let codec = match random.u8(..10) {
        0 => Compression::Lz4,
        1 => Compression::Snappy,
        2 => Compression::Zstd,
        3 => Compression::Gzip,
        _ => Compression::None,
    };
    let mut builder = BatchBuilder::new(codec, None);
    for _ in 0..random.usize(1..4) {
        let size = match random.u8(..60) {
            0 => random.usize(16_000..18_000),
            1..6 => random.usize(500..3_000),
            _ => random.usize(..200),
        };
        let value: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(size).collect();
        builder.append(NOW_MS - random.i64(0..1_000), Some(b"key"), Some(&value), &[]);
    }
    builder
}

pub(super) fn rules() -> ProduceRules {
    ProduceRules::lenient(NOW_MS)
}

fn read(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Outcome {
    let (partition, model) = pick(engine, model, random)?;
    let from = random.i64(0..=model.end());
    model.check_reads(engine, &partition, from)
}

/// Sends batches again that are known to be there: they must not be appended again.
fn resend(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Outcome {
    let (partition, model) = pick(engine, model, random)?;
    resend_all(engine, &partition, model)
}

fn resend_all(engine: &Engine, partition: &Arc<Partition>, model: &mut PartitionModel) -> Outcome {
    for batch in model.resendable() {
        let mut bytes = batch.sent;
        let mut checked = validate::check(&mut bytes, &rules()).unwrap();
        let appended = partition.append(&mut checked, true, NOW_MS);
        let (appended, pending) = engine.judge("a batch that was sent again was refused", appended)?;
        let expected = batch.header.base_offset;
        if !matches!(appended, Appended::Duplicate { base_offset, .. } if base_offset == expected) {
            return broken(format!("the batch at {expected} was sent again and came to {appended:?}"));
        }
        if matches!(partition.fate(pending), Some(Ok(()))) {
            model.acked_end = model.acked_end.max(batch.header.next_offset());
        }
    }
    Ok(())
}

/// As after a recovery every producer does whose answers were lost.
pub(super) fn resend_everything(engine: &Engine, model: &mut Model) -> Outcome {
    for (name, topic) in &mut model.topics {
        for (index, partition) in topic.partitions.iter_mut().enumerate() {
            let Some(found) = engine.partition(name, index as i32) else { continue };
            resend_all(engine, &found, partition)?;
        }
    }
    Ok(())
}

fn delete_records(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Outcome {
    let (partition, model) = pick(engine, model, random)?;
    let marks = partition.watermarks();
    let before = random.i64(marks.log_start_offset..=marks.high_watermark);
    model.start_max = model.start_max.max(before);
    match partition.delete_records(before) {
        Ok(start) if start == before => Ok(()),
        other => broken(format!("records were to be deleted before {before}, and came to {other:?}")),
    }
}

/// Retention by size, and the removal of what it retired.
fn retain(engine: &Engine, model: &mut Model) {
    for partition in model.topics.values_mut().flat_map(|topic| &mut topic.partitions) {
        partition.start_max = partition.end();
    }
    engine.partitions.enforce_retention(NOW_MS, &|| false);
    engine.partitions.remove_due_files();
}

fn checkpoint(engine: &Engine, model: &mut Model) -> Outcome {
    let starts = log_starts(engine, model);
    engine.judge("checkpoints could not be written", engine.partitions.checkpoint())?;
    note_log_starts(model, starts);
    Ok(())
}

/// Where each log starts, in the order of the model.
pub(super) fn log_starts(engine: &Engine, model: &Model) -> Vec<i64> {
    let of_topic = |(name, topic): (&String, &TopicModel)| {
        let starts = (0..topic.partitions.len())
            .filter_map(|index| Some(engine.partition(name, index as i32)?.watermarks().log_start_offset));
        starts.collect::<Vec<_>>()
    };
    model.topics.iter().flat_map(of_topic).collect()
}

/// The log starts are durable.
pub(super) fn note_log_starts(model: &mut Model, starts: Vec<i64>) {
    let partitions = model.topics.values_mut().flat_map(|topic| &mut topic.partitions);
    for (partition, start) in partitions.zip(starts) {
        partition.start_min = start;
    }
}

fn commit_offset(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Outcome {
    let number = random.usize(..model.topics.len());
    let Some(name) = model.topics.keys().nth(number).cloned() else { return Ok(()) };
    let offset = random.i64(0..1_000);
    let possible = model.offsets.entry(name.clone()).or_insert_with(|| vec![None]);
    possible.push(Some(offset));
    engine.commit_offset(&name, offset, random.usize(..1_500))?;
    *possible = vec![Some(offset)];
    if engine.committed_offset(&name) != Some(offset) {
        return broken(format!("the offset {offset} was committed and is not there"));
    }
    Ok(())
}

fn create_topic(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Outcome {
    let name = TOPICS[random.usize(..TOPICS.len())];
    if model.topics.contains_key(name) || model.uncertain.is_some() {
        return Ok(());
    }
    create(engine, model, name, random.usize(1..=2), random.u64(1_500..6_000))
}

pub(super) fn create(
    engine: &Engine,
    model: &mut Model,
    name: &str,
    partitions: usize,
    segment_bytes: u64,
) -> Outcome {
    model.uncertain = Some((name.to_owned(), Uncertain::Created { partitions }));
    let id = engine.create_topic(name, partitions as i32, segment_bytes)?;
    model.uncertain = None;
    let partitions = std::iter::repeat_with(PartitionModel::default).take(partitions).collect();
    model.topics.insert(name.to_owned(), TopicModel { id, partitions });
    Ok(())
}

fn delete_topic(engine: &Engine, model: &mut Model, random: &mut fastrand::Rng) -> Outcome {
    let number = random.usize(..model.topics.len());
    let Some(name) = model.topics.keys().nth(number).cloned() else { return Ok(()) };
    if model.uncertain.is_some() {
        return Ok(());
    }
    let Some(topic) = model.topics.remove(&name) else { return Ok(()) };
    model.uncertain = Some((name.clone(), Uncertain::Deleted(topic)));
    engine.delete_topic(&name)?;
    model.uncertain = None;
    model.offsets.insert(name, vec![None]);
    Ok(())
}
