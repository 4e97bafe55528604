//! What the engine has promised, and all that it was given: the oracle holds one against the other.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use fluxmq_protocol::Uuid;
use fluxmq_protocol::record::BatchHeader;

use super::engine::Engine;
use super::{Halt, Outcome, broken};
use crate::partition::{Partition, Pending};

/// As many batches of a producer are known again.
const REMEMBERED_BATCHES: usize = 5;

#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) topics: BTreeMap<String, TopicModel>,
    /// What may have been committed last for a topic: the last that was answered, and all since.
    pub(super) offsets: BTreeMap<String, Vec<Option<i64>>>,
    /// A topic whose creation or deletion was not answered.
    pub(super) uncertain: Option<(String, Uncertain)>,
}

#[derive(Debug, Clone)]
pub(super) enum Uncertain {
    Created { partitions: usize },
    Deleted(TopicModel),
}

#[derive(Debug, Clone, Default)]
pub(super) struct TopicModel {
    pub(super) id: Uuid,
    pub(super) partitions: Vec<PartitionModel>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct PartitionModel {
    /// Where the log begins while it has no batch.
    pub(super) first_offset: i64,
    /// In order, without gaps.
    pub(super) batches: Vec<Batch>,
    /// All below was answered with acks=all. Exclusive, as all ends here.
    pub(super) acked_end: i64,
    /// All below was written: a process that dies does not take it along.
    pub(super) written_end: i64,
    /// The log start was at least here when checkpoints were written last.
    pub(super) start_min: i64,
    /// It was never asked to be beyond.
    pub(super) start_max: i64,
    pub(super) pending: VecDeque<Awaited>,
    /// The next sequence number of each producer.
    pub(super) sequences: BTreeMap<i64, i32>,
}

/// A batch as it must be stored.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) header: BatchHeader,
    pub(super) bytes: Vec<u8>,
    /// As it was sent.
    pub(super) sent: Vec<u8>,
}

/// An acks=all batch that has not been answered.
#[derive(Debug, Clone)]
pub(super) struct Awaited {
    pub(super) base_offset: i64,
    pub(super) end_offset: i64,
    pub(super) pending: Pending,
}

impl PartitionModel {
    pub(super) fn end(&self) -> i64 {
        self.batches.last().map_or(self.first_offset, |batch| batch.header.next_offset())
    }

    /// Takes note of answers that have come.
    pub(super) fn settle(&mut self, engine: &Engine, partition: &Partition) -> Outcome {
        self.written_end = partition.with_log(|log| log.written_end_offset());
        while let Some(first) = self.pending.front() {
            match partition.fate(first.pending) {
                None => break,
                Some(fate) => engine.judge("a batch was lost", fate)?,
            }
            self.acked_end = self.acked_end.max(first.end_offset);
            self.pending.pop_front();
        }
        let high_watermark = partition.watermarks().high_watermark;
        let limit = self.pending.front().map_or(self.end(), |first| first.base_offset);
        if high_watermark < self.acked_end || high_watermark > limit {
            return broken(format!(
                "the high watermark is {high_watermark}, and must lie from {} to {limit}",
                self.acked_end
            ));
        }
        Ok(())
    }

    /// Holds what readers see against what was appended.
    pub(super) fn check_reads(&self, engine: &Engine, partition: &Partition, from: i64) -> Outcome {
        let marks = partition.watermarks();
        let mut offset = from.clamp(marks.log_start_offset, marks.high_watermark);
        let first = offset;
        let mut expected = self.batches.iter().skip_while(|batch| batch.header.next_offset() <= first);
        while offset < marks.high_watermark {
            let read = engine.judge("a read failed", partition.read(offset, -1, 3_000, false, true))?;
            let Some(slice) = read.slice else { return broken(format!("offset {offset} cannot be read")) };
            let mut bytes = vec![0; slice.len];
            engine.judge("a slice could not be read", slice.read_into(&mut bytes))?;
            let mut rest = &bytes[..];
            while let Ok(header) = BatchHeader::parse(rest)
                && header.total_len() <= rest.len()
            {
                let (batch, after) = rest.split_at(header.total_len());
                let Some(expected) = expected.next() else {
                    return broken(format!("offset {} was never appended", header.base_offset));
                };
                if batch != expected.bytes {
                    return broken(format!(
                        "at offset {} another batch is stored, its offset is {}",
                        expected.header.base_offset, header.base_offset
                    ));
                }
                offset = header.next_offset();
                rest = after;
            }
            if rest.len() == bytes.len() {
                return broken(format!("a read at offset {offset} holds no whole batch"));
            }
        }
        if offset > marks.high_watermark {
            return broken(format!("a read ended at {offset}, beyond {}", marks.high_watermark));
        }
        Ok(())
    }

    /// Holds a log that was opened again against what was promised, and takes what is there for the truth from then on.
    /// `least_end` is what must be there.
    pub(super) fn check_opened(
        &mut self,
        engine: &Engine,
        partition: &Arc<Partition>,
        least_end: i64,
    ) -> Outcome {
        self.pending.clear();
        let marks = partition.watermarks();
        let end = partition.with_log(|log| log.log_end_offset());
        if end < least_end {
            return broken(format!("the log ends at {end}, though all below {least_end} was promised"));
        }
        if end > self.end() {
            return broken(format!(
                "the log ends at {end}, though nothing beyond {} was appended",
                self.end()
            ));
        }
        if marks.high_watermark != end {
            return broken(format!("the high watermark is {}, the end {end}", marks.high_watermark));
        }
        // Records that were deleted before they were durable need not be there for the log to start behind them.
        if marks.log_start_offset < self.start_min.min(end) || marks.log_start_offset > self.start_max {
            return broken(format!(
                "the log starts at {}, and must from {} to {}",
                marks.log_start_offset, self.start_min, self.start_max
            ));
        }
        self.batches.retain(|batch| batch.header.next_offset() <= end);
        if marks.log_start_offset == end && self.end() < end {
            // Nothing is left but the promise that no offset is given twice.
            (self.batches, self.first_offset) = (Vec::new(), end);
        }
        self.end_at(end)?;
        self.check_reads(engine, partition, marks.log_start_offset)
    }

    /// What came after `end` is gone.
    fn end_at(&mut self, end: i64) -> Outcome {
        self.batches.retain(|batch| batch.header.next_offset() <= end);
        if self.batches.is_empty() {
            self.first_offset = end;
        }
        if self.end() != end {
            return broken(format!("the log ends at {end}, within a batch that ends at {}", self.end()));
        }
        self.written_end = end;
        for (producer, next) in &mut self.sequences {
            let last = self.batches.iter().rev().find(|batch| batch.header.producer_id == *producer);
            *next = last.map_or(0, |batch| batch.header.last_sequence() + 1);
        }
        Ok(())
    }

    /// The disk may have failed: forgets what was taken back.
    fn take_back(&mut self, partition: &Arc<Partition>) -> Outcome {
        partition.write();
        self.pending.retain(|awaited| !matches!(partition.fate(awaited.pending), Some(Err(_))));
        let end = partition.with_log(|log| log.log_end_offset());
        if end < self.acked_end {
            return broken(format!(
                "the log ends at {end}, though all below {} was answered",
                self.acked_end
            ));
        }
        self.end_at(end)
    }

    /// The batches that a producer may send again.
    pub(super) fn resendable(&self) -> Vec<Batch> {
        let of = |producer: &i64| {
            let own = self.batches.iter().rev().filter(|batch| batch.header.producer_id == *producer);
            own.take(REMEMBERED_BATCHES).cloned().collect::<Vec<_>>()
        };
        self.sequences.keys().flat_map(of).collect()
    }
}

impl Model {
    /// Holds everything that was opened again against what was promised.
    pub(super) fn check_opened(&mut self, engine: &Engine, lost_power: bool) -> Outcome {
        let names = engine.topic_names();
        self.settle_uncertain(engine, &names);
        if names != self.topics.keys().cloned().collect::<Vec<_>>() {
            return broken(format!("there are the topics {names:?}, and not {:?}", self.topics.keys()));
        }
        for (name, topic) in &mut self.topics {
            let hosted = engine.partitions.topic(name);
            if hosted.is_none_or(|hosted| hosted.id != topic.id) {
                return broken(format!("topic `{name}` is another one"));
            }
            for (index, model) in topic.partitions.iter_mut().enumerate() {
                let Some(partition) = engine.partition(name, index as i32) else {
                    return broken(format!("`{name}` has lost partition {index}"));
                };
                let least_end = if lost_power { model.acked_end } else { model.written_end };
                model.check_opened(engine, &partition, least_end).map_err(|halt| halt.at(name, index))?;
            }
        }
        for (name, possible) in &mut self.offsets {
            let found = engine.committed_offset(name);
            if !possible.contains(&found) {
                return broken(format!("the offset {found:?} is committed in `{name}`, not of {possible:?}"));
            }
            *possible = vec![found];
        }
        Ok(())
    }

    /// The disk may have failed: forgets what was taken back.
    pub(super) fn take_back(&mut self, engine: &Engine) -> Outcome {
        // Of an engine that is offline nobody knows what it has made durable.
        if !engine.files.has_failed() || engine.is_offline() {
            return Ok(());
        }
        self.settle_uncertain(engine, &engine.topic_names());
        for (name, topic) in &mut self.topics {
            for (index, model) in topic.partitions.iter_mut().enumerate() {
                let Some(partition) = engine.partition(name, index as i32) else {
                    return broken(format!("`{name}`-{index} is not served"));
                };
                model.take_back(&partition).map_err(|halt| halt.at(name, index))?;
            }
        }
        Ok(())
    }

    /// Finds out what became of a change that was not answered.
    fn settle_uncertain(&mut self, engine: &Engine, names: &[String]) {
        let Some((name, change)) = self.uncertain.take() else { return };
        let hosted = engine.partitions.topic(&name).filter(|_| names.contains(&name));
        match (hosted, change) {
            (Some(hosted), Uncertain::Created { partitions }) => {
                let partitions = std::iter::repeat_with(PartitionModel::default).take(partitions).collect();
                self.topics.insert(name, TopicModel { id: hosted.id, partitions });
            }
            (Some(_), Uncertain::Deleted(topic)) => {
                self.topics.insert(name, topic);
            }
            // It exists and is not served: its creation failed, and could not be taken back.
            (None, change) if names.contains(&name) => self.uncertain = Some((name, change)),
            (None, _) => {
                self.offsets.insert(name, vec![None]);
            }
        }
    }
}

impl Halt {
    /// Says which partition it is about.
    fn at(self, topic: &str, partition: usize) -> Halt {
        match self {
            Halt::Broken(what) => Halt::Broken(format!("`{topic}`-{partition}: {what}")),
            other => other,
        }
    }
}
