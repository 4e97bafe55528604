//! Produce, read as positions in the request's bytes: the record batches are stamped where they lie.

use std::ops::Range;

use uuid::Uuid;

use super::Positions;
use crate::api_key::ApiKey;
use crate::error_code::ErrorCode;
use crate::wire::{WireResult, Writer};

/// A produce request, as positions in its body. Reused from request to request, it takes no memory of its own.
#[derive(Debug, Default)]
pub struct ProduceView {
    /// Null for producers without transactions.
    pub transactional_id: Option<Range<usize>>,
    /// -1, 0 or 1; anything else is the handler's to refuse.
    pub acks: i16,
    /// How long the producer waits for in-sync replicas, in milliseconds.
    pub timeout_ms: i32,
    /// Topics in the order of the request.
    pub topics: Vec<ProduceTopic>,
    /// Partitions of all topics, in the order of the request.
    pub partitions: Vec<ProducePartition>,
}

/// One topic of a produce request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProduceTopic {
    /// The name, empty from version 13 on.
    pub name: Range<usize>,
    /// The topic id, nil before version 13.
    pub topic_id: Uuid,
    /// Its partitions among [`ProduceView::partitions`].
    pub partitions: Range<usize>,
}

/// One partition of a produce request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducePartition {
    /// The partition's number.
    pub index: i32,
    /// Where its record batch lies, before version 3 its message set.
    pub records: Option<Range<usize>>,
}

impl ProduceView {
    /// Reads `body`, forgetting what was read before.
    pub fn read(&mut self, body: &[u8], version: i16) -> WireResult<()> {
        let mut at = Positions::new(body, ApiKey::Produce.is_flexible(version));
        self.topics.clear();
        self.partitions.clear();
        self.transactional_id = if version >= 3 { at.nullable_str()? } else { None };
        self.acks = at.reader.i16()?;
        self.timeout_ms = at.reader.i32()?;
        for _ in 0..at.count(3)? {
            let name = if version <= 12 { at.str()? } else { 0..0 };
            let topic_id = if version >= 13 { at.reader.uuid()? } else { Uuid::nil() };
            let first = self.partitions.len();
            for _ in 0..at.count(5)? {
                let index = at.reader.i32()?;
                let records = at.nullable_slice()?;
                at.end_struct()?;
                self.partitions.push(ProducePartition { index, records });
            }
            at.end_struct()?;
            self.topics.push(ProduceTopic { name, topic_id, partitions: first..self.partitions.len() });
        }
        at.end_struct()
    }
}

/// What became of one partition's batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProduceOutcome {
    /// The partition's number.
    pub index: i32,
    pub error_code: ErrorCode,
    /// The offset of the batch's first record, -1 when it was refused.
    pub base_offset: i64,
    /// The broker's time stamp in milliseconds, -1 where records keep their own.
    pub log_append_time_ms: i64,
    /// The partition's log start offset, -1 when it is not known.
    pub log_start_offset: i64,
    /// More about a refusal. Boxed, because nearly every batch is accepted.
    pub refusal: Option<Box<ProduceRefusal>>,
}

/// Why a batch was refused, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProduceRefusal {
    /// What is wrong with the batch as a whole.
    pub message: Option<String>,
    /// Which records are wrong (KIP-467), by their index in the batch.
    pub record_errors: Vec<(i32, Option<String>)>,
}

impl ProduceOutcome {
    /// A batch that was refused.
    pub fn refused(index: i32, error_code: ErrorCode) -> Self {
        ProduceOutcome {
            index,
            error_code,
            base_offset: -1,
            log_append_time_ms: -1,
            log_start_offset: -1,
            refusal: None,
        }
    }
}

/// Appends the body of a produce response. `body` is the request's, which the topics' names are taken from;
/// `outcomes` are in the order of its partitions.
pub fn write_response(
    writer: &mut Writer<'_>,
    version: i16,
    body: &[u8],
    topics: &[ProduceTopic],
    outcomes: &[ProduceOutcome],
    throttle_time_ms: i32,
) -> WireResult<()> {
    let flexible = ApiKey::Produce.is_flexible(version);
    writer.count(Some(topics.len()), flexible)?;
    for topic in topics {
        if version >= 13 {
            writer.uuid(&topic.topic_id);
        } else {
            let name = body.get(topic.name.clone()).unwrap_or_default();
            writer.count_of_text(name.len(), flexible)?;
            writer.raw(name);
        }
        let outcomes = outcomes.get(topic.partitions.clone()).unwrap_or_default();
        writer.count(Some(outcomes.len()), flexible)?;
        for outcome in outcomes {
            write_outcome(writer, version, flexible, outcome)?;
        }
        end_struct(writer, flexible);
    }
    if version >= 1 {
        writer.i32(throttle_time_ms);
    }
    end_struct(writer, flexible);
    Ok(())
}

fn write_outcome(
    writer: &mut Writer<'_>,
    version: i16,
    flexible: bool,
    outcome: &ProduceOutcome,
) -> WireResult<()> {
    writer.i32(outcome.index);
    writer.i16(outcome.error_code.code());
    writer.i64(outcome.base_offset);
    if version >= 2 {
        writer.i64(outcome.log_append_time_ms);
    }
    if version >= 5 {
        writer.i64(outcome.log_start_offset);
    }
    if version >= 8 {
        let refusal = outcome.refusal.as_deref();
        let errors = refusal.map_or(&[][..], |refusal| &refusal.record_errors);
        writer.count(Some(errors.len()), flexible)?;
        for (index, message) in errors {
            writer.i32(*index);
            writer.nullable_str(message.as_deref(), flexible)?;
            end_struct(writer, flexible);
        }
        writer.nullable_str(refusal.and_then(|refusal| refusal.message.as_deref()), flexible)?;
    }
    end_struct(writer, flexible);
    Ok(())
}

fn end_struct(writer: &mut Writer<'_>, flexible: bool) {
    if flexible {
        writer.no_tagged_fields();
    }
}
