//! Compaction on plain lists, as the rules say it.

use std::collections::{BTreeMap, HashMap};

use fluxmq_protocol::record::record::Record;
use fluxmq_protocol::record::{
    Attributes, BatchBuilder, BatchHeader, Compression, ControlType, EndTransactionMarker, Header,
    RecordBatch, TimestampType, write_batch,
};

use super::super::*;
use super::NOW;

/// A batch, with what compaction may change and what it must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredBatch {
    pub(super) base_offset: i64,
    pub(super) last_offset: i64,
    pub(super) codec: Compression,
    pub(super) append_time: bool,
    pub(super) transactional: bool,
    pub(super) control: bool,
    pub(super) producer: (i64, i16, i32),
    pub(super) horizon_ms: Option<i64>,
    pub(super) records: Vec<Record>,
}

impl StoredBatch {
    pub(super) fn from_parts(header: &BatchHeader, records: impl Iterator<Item = Record>) -> StoredBatch {
        let attributes = header.attributes;
        StoredBatch {
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            codec: attributes.compression().unwrap(),
            append_time: attributes.timestamp_type() == TimestampType::LogAppendTime,
            transactional: attributes.is_transactional(),
            control: attributes.is_control(),
            producer: (header.producer_id, header.producer_epoch, header.base_sequence),
            horizon_ms: attributes.has_delete_horizon().then_some(header.base_timestamp),
            records: records.collect(),
        }
    }

    /// As a producer sent it and a log stored it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut builder = BatchBuilder::new(Compression::None, None);
        for record in &self.records {
            builder.append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers);
        }
        let plain = builder.build().unwrap();
        let kind = if self.append_time { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
        let header = BatchHeader {
            base_offset: self.base_offset,
            partition_leader_epoch: 3,
            attributes: Attributes::default()
                .with_compression(self.codec)
                .with_timestamp_type(kind)
                .with_transactional(self.transactional)
                .with_control(self.control),
            producer_id: self.producer.0,
            producer_epoch: self.producer.1,
            base_sequence: self.producer.2,
            ..BatchHeader::parse(&plain).unwrap()
        };
        let mut out = Vec::new();
        write_batch(&header, &plain[BATCH_HEADER_LEN..], None, &mut out).unwrap();
        out
    }

    fn outcome(&self) -> Option<ControlType> {
        let key = self.records.first()?.key.clone().unwrap();
        Some(ControlType::parse(&key).unwrap())
    }

    fn empty(&mut self) {
        (self.codec, self.horizon_ms) = (Compression::None, None);
        self.records.clear();
    }
}

/// A log of segments, the last one active, and its producers.
#[derive(Debug, Default)]
pub(super) struct Model {
    segments: Vec<Vec<StoredBatch>>,
    /// The base offset of each segment.
    bases: Vec<i64>,
    end_offset: i64,
    pub(super) first_dirty_offset: i64,
    /// Epoch, next sequence, and whether a transaction is open.
    producers: HashMap<i64, (i16, i32, bool)>,
}

impl Model {
    pub(super) fn all(&self) -> Vec<StoredBatch> {
        self.segments.concat()
    }

    pub(super) fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// A new active segment of some batches, which may end in the middle of transactions.
    pub(super) fn grow(&mut self, random: &mut fastrand::Rng) -> Vec<StoredBatch> {
        self.bases.push(self.end_offset);
        let mut segment = Vec::new();
        for _ in 0..random.usize(1..12) {
            let batch = self.next_batch(random);
            self.end_offset = batch.last_offset + 1;
            segment.push(batch);
        }
        self.segments.push(segment.clone());
        segment
    }

    fn next_batch(&mut self, random: &mut fastrand::Rng) -> StoredBatch {
        // 0 has no id, 1 and 2 are idempotent, 3 to 5 transactional, and 5 raises its epoch with each marker (KIP-890).
        let id = random.i64(0..6);
        let (epoch, sequence, open) = self.producers.entry(id).or_insert((0, 0, false));
        if id >= 3 && random.u8(0..3) == 0 {
            *open = false;
            if id == 5 {
                (*epoch, *sequence) = (*epoch + 1, 0);
            }
            let outcome = if random.bool() { ControlType::Abort } else { ControlType::Commit };
            let marker = EndTransactionMarker { coordinator_epoch: 0 };
            let batch = RecordBatch::parse(marker.batch(outcome, id, *epoch, NOW).unwrap()).unwrap();
            let mut batch = StoredBatch::of(&batch);
            batch.base_offset = self.end_offset;
            batch.last_offset = self.end_offset;
            batch.records[0].offset = self.end_offset;
            return batch;
        }
        let count = random.i64(1..6);
        let append_time = random.u8(0..4) == 0;
        let producer = if id == 0 { (-1, -1, -1) } else { (id, *epoch, *sequence) };
        *sequence += count as i32;
        *open |= id >= 3;
        let mut records: Vec<Record> =
            (0..count).map(|delta| any_record(self.end_offset + delta, random)).collect();
        if append_time {
            let max = records.iter().map(|record| record.timestamp).max().unwrap();
            records.iter_mut().for_each(|record| record.timestamp = max);
        }
        StoredBatch {
            base_offset: self.end_offset,
            last_offset: self.end_offset + count - 1,
            codec: *random.choice(&Compression::ALL).unwrap(),
            append_time,
            transactional: id >= 3,
            control: false,
            producer,
            horizon_ms: None,
            records,
        }
    }

    /// Where a batch's transaction ends; `None` while it is open.
    fn end_of_transaction(&self, batch: &StoredBatch) -> Option<StoredBatch> {
        self.all().into_iter().find(|marker| {
            marker.control && marker.producer.0 == batch.producer.0 && marker.base_offset > batch.base_offset
        })
    }

    fn is_aborted(&self, batch: &StoredBatch) -> bool {
        let ends = batch.transactional.then(|| self.end_of_transaction(batch)).flatten();
        ends.is_some_and(|marker| marker.outcome() == Some(ControlType::Abort))
    }

    /// Whether nothing is left of a marker's transaction.
    fn is_alone(&self, marker: &StoredBatch) -> bool {
        let same = |batch: &&StoredBatch| batch.producer.0 == marker.producer.0;
        let all = self.all();
        let before = all.iter().filter(same).take_while(|batch| batch.base_offset < marker.base_offset);
        before.last().is_none_or(|batch| batch.control)
    }

    fn is_last_of_producer(&self, batch: &StoredBatch) -> bool {
        let (id, epoch, _) = batch.producer;
        let all = self.all();
        let last_epoch =
            all.iter().filter(|other| other.producer.0 == id).map(|other| other.producer.1).max();
        let mut data = all
            .iter()
            .filter(|other| other.producer.0 == id && Some(other.producer.1) == last_epoch && !other.control);
        id >= 0
            && match data.next_back() {
                Some(last) => last.last_offset == batch.last_offset,
                None => batch.control && Some(epoch) == last_epoch,
            }
    }

    /// Where the round had to end: before the active segment, and before the segment with the first open transaction.
    fn round_end_offset(&self) -> i64 {
        let active = *self.bases.last().unwrap();
        let open = self.all().into_iter().filter(|batch| batch.transactional && !batch.control);
        let open = open.filter(|batch| self.end_of_transaction(batch).is_none());
        let first = open.map(|batch| batch.base_offset).min().unwrap_or(i64::MAX).min(active);
        *self.bases.iter().rev().find(|base| **base <= first).unwrap()
    }

    /// What the round with these statistics has to have done.
    pub(super) fn clean(&mut self, stats: Option<CleanerStats>, settings: &CompactionSettings, now_ms: i64) {
        let round_end = self.round_end_offset();
        let Some(stats) = stats else {
            assert!(round_end <= self.first_dirty_offset || self.size_between(round_end) == 0);
            return;
        };
        let end = stats.end_offset;
        assert!(self.first_dirty_offset < end && end <= round_end);
        assert_eq!(stats.map_was_full, end < round_end);
        let mut latest = HashMap::new();
        for batch in self.all().iter().filter(|batch| !batch.control && !self.is_aborted(batch)) {
            for record in &batch.records {
                if (self.first_dirty_offset..end).contains(&record.offset)
                    && let Some(key) = &record.key
                {
                    latest.insert(key.clone(), record.offset);
                }
            }
        }
        let cleaned: Vec<Vec<StoredBatch>> = (self.segments.iter().zip(&self.bases))
            .map(|(segment, base)| {
                let cleaned = |batch| self.cleaned(batch, &latest, (end, round_end), settings, now_ms);
                if *base < end { segment.iter().filter_map(cleaned).collect() } else { segment.clone() }
            })
            .collect();
        self.segments = cleaned;
        self.first_dirty_offset = end;
    }

    fn size_between(&self, round_end: i64) -> usize {
        let all = self.all();
        all.iter().filter(|b| b.last_offset >= self.first_dirty_offset && b.base_offset < round_end).count()
    }

    fn cleaned(
        &self,
        batch: &StoredBatch,
        latest: &HashMap<bytes::Bytes, i64>,
        (end, round_end): (i64, i64),
        settings: &CompactionSettings,
        now_ms: i64,
    ) -> Option<StoredBatch> {
        let mut cleaned = batch.clone();
        let is_expired = batch.horizon_ms.is_some_and(|horizon| horizon <= now_ms);
        let is_lone_marker = batch.control && self.is_alone(batch);
        if batch.control {
            cleaned.records.retain(|_| !(is_lone_marker && is_expired));
        } else {
            let is_aborted = self.is_aborted(batch);
            cleaned.records.retain(|record| {
                let is_latest = |key| latest.get(key).is_none_or(|offset| *offset <= record.offset);
                let stays =
                    record.key.as_ref().is_some_and(is_latest) && !(is_expired && record.value.is_none());
                !is_aborted && (record.offset >= end || stays)
            });
        }
        if cleaned.records.is_empty() {
            cleaned.empty();
            let stays = self.is_last_of_producer(batch) || batch.last_offset + 1 == round_end;
            return stays.then_some(cleaned);
        }
        let has_tombstone = cleaned.records.iter().any(|record| record.value.is_none());
        if has_tombstone || is_lone_marker {
            cleaned.horizon_ms.get_or_insert(now_ms + settings.delete_retention_ms);
        }
        Some(cleaned)
    }

    /// What a table of the log holds: of each key the last value, of what was not aborted. Records without a key are none.
    pub(super) fn latest_values(&self) -> BTreeMap<bytes::Bytes, bytes::Bytes> {
        let mut values = BTreeMap::new();
        for batch in self.all().iter().filter(|batch| !batch.control && !self.is_aborted(batch)) {
            for record in &batch.records {
                match (&record.key, &record.value) {
                    (Some(key), Some(value)) => drop(values.insert(key.clone(), value.clone())),
                    (Some(key), None) => drop(values.remove(key)),
                    (None, _) => {}
                }
            }
        }
        values
    }

    /// Takes the segments as the log has them now.
    pub(super) fn resegment(&mut self, log: &Log) {
        let all = self.all();
        self.bases = log.segments_by_size().into_iter().map(|(base_offset, _)| base_offset).collect();
        let ends = self.bases.iter().skip(1).copied().chain([i64::MAX]);
        let within = |(base, end)| {
            all.iter().filter(|batch| (base..end).contains(&batch.base_offset)).cloned().collect()
        };
        self.segments = self.bases.iter().copied().zip(ends).map(within).collect();
    }
}

fn any_record(offset: i64, random: &mut fastrand::Rng) -> Record {
    let key = (random.u8(0..40) > 0).then(|| format!("key {}", random.u8(0..9)).into());
    let value = (random.u8(0..4) > 0).then(|| vec![random.u8(..); random.usize(0..60)].into());
    let headers = match random.u8(0..4) {
        0 => {
            vec![Header { key: "h".into(), value: None }, Header { key: "h".into(), value: Some("1".into()) }]
        }
        _ => Vec::new(),
    };
    Record { offset, timestamp: NOW + random.i64(-5_000..5_000), key, value, headers }
}
