//! What may enter a log. Runs before the partition's lock is taken, on the bytes as they were received; a batch that passes
//! is a [`CheckedBatch`], and only such a batch can be appended.
//!
//! Always checked: exactly one batch of magic 2, its length, its checksum, its header's counts and sequence; and, where
//! records are not compressed, every record's lengths and offset, and the header's largest timestamp. Compressed records are
//! decompressed only where a rule needs to see them: on compacted topics (keys), where timestamps have bounds that the
//! header cannot prove, or where the topic asks for another codec. A compressed batch on a topic without such rules is believed
//! to hold what it says, as its consumers will decode it in any case; Kafka decompresses every batch to learn the same.

use std::borrow::Cow;

use fluxmq_protocol::ErrorCode;
use fluxmq_protocol::record::{
    Attributes, BATCH_HEADER_LEN, BatchError, BatchHeader, Compression, RecordWalk, TimestampType,
    decompressed, rebuild, set_attributes, set_log_append_time, set_max_timestamp, verify_crc,
};

/// A compressed batch may decompress to this many times the largest batch, or to [`DECOMPRESSED_MAX`].
const DECOMPRESSED_RATIO_MAX: usize = 20;

/// No batch may decompress to more, in bytes.
const DECOMPRESSED_MAX: usize = 64 << 20;

/// Where the magic stands, in every format there has been.
pub(crate) const MAGIC_AT: usize = 16;

/// A topic's rules for what is produced to it, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProduceRules {
    /// `max.message.bytes`: of the batch as it is sent.
    pub(crate) max_message_bytes: usize,
    /// `message.timestamp.type`
    pub(crate) timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`
    pub(crate) timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`
    pub(crate) timestamp_after_max_ms: i64,
    /// Whether `cleanup.policy` has `compact`: then every record needs a key.
    pub(crate) compacted: bool,
    /// `compression.type` with its level; `None` keeps what the producer chose.
    pub(crate) compression: Option<(Compression, Option<i32>)>,
    /// Whether the request's version may carry zstd.
    pub(crate) zstd_allowed: bool,
    /// Whether the request names a transactional id.
    pub(crate) transactional_id_present: bool,
    pub(crate) now_ms: i64,
}

impl ProduceRules {
    /// How many bytes what a producer sent for one partition may decompress to.
    pub(crate) fn decompressed_max(&self) -> usize {
        self.max_message_bytes.saturating_mul(DECOMPRESSED_RATIO_MAX).clamp(1 << 20, DECOMPRESSED_MAX)
    }

    /// For tests that are about something else: nothing but 1 MiB is a limit.
    #[cfg(test)]
    pub(crate) fn lenient(now_ms: i64) -> ProduceRules {
        ProduceRules {
            max_message_bytes: 1 << 20,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: i64::MAX,
            compacted: false,
            compression: None,
            zstd_allowed: true,
            transactional_id_present: false,
            now_ms,
        }
    }
}

/// A batch that may be appended.
#[derive(Debug)]
pub(crate) struct CheckedBatch<'a> {
    header: BatchHeader,
    bytes: Stored<'a>,
    log_append_time_ms: i64,
}

#[derive(Debug)]
enum Stored<'a> {
    InPlace(&'a mut [u8]),
    Rebuilt(Vec<u8>),
}

impl CheckedBatch<'_> {
    /// As it will be stored, but for base offset and leader epoch.
    pub(crate) fn header(&self) -> &BatchHeader {
        &self.header
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        match &mut self.bytes {
            Stored::InPlace(bytes) => bytes,
            Stored::Rebuilt(bytes) => bytes,
        }
    }

    /// The broker's timestamp; -1 where records keep their own.
    pub(crate) fn log_append_time_ms(&self) -> i64 {
        self.log_append_time_ms
    }
}

/// Why a batch is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BatchRefusal {
    pub(crate) error_code: ErrorCode,
    pub(crate) message: String,
    /// Records by their index in the batch, with what is wrong with each.
    pub(crate) record_errors: Vec<(i32, Option<String>)>,
}

fn refuse<T>(error_code: ErrorCode, message: impl Into<String>) -> Result<T, BatchRefusal> {
    Err(BatchRefusal { error_code, message: message.into(), record_errors: Vec::new() })
}

/// Checks what a producer sent for one partition, and brings it into the form in which it is stored.
pub(crate) fn check<'a>(bytes: &'a mut [u8], rules: &ProduceRules) -> Result<CheckedBatch<'a>, BatchRefusal> {
    let header = check_envelope(bytes, rules)?;
    check_header(&header, rules)?;
    let codec = check_codec(&header, rules)?;
    let seen = if codec == Compression::None || needs_records(&header, codec, rules) {
        check_records(bytes, &header, codec, rules)?
    } else {
        Seen { max_timestamp: header.max_timestamp }
    };
    store(bytes, header, codec, seen, rules)
}

/// Exactly one batch of magic 2, whole, not too large, with the right checksum.
fn check_envelope(bytes: &[u8], rules: &ProduceRules) -> Result<BatchHeader, BatchRefusal> {
    match bytes.get(MAGIC_AT).map(|magic| magic.cast_signed()) {
        None => return refuse(ErrorCode::INVALID_RECORD, "there is no record batch"),
        Some(magic @ (0 | 1)) => {
            return refuse(
                ErrorCode::INVALID_RECORD,
                format!(
                    "a message set of magic {magic} belongs in version 0 to 2 of Produce; later ones carry record batches"
                ),
            );
        }
        Some(2) => {}
        Some(magic) => {
            return refuse(ErrorCode::CORRUPT_MESSAGE, format!("a batch cannot have the magic {magic}"));
        }
    }
    let header = match BatchHeader::parse(bytes) {
        Ok(header) => header,
        Err(BatchError::Length(length)) => {
            return refuse(ErrorCode::CORRUPT_MESSAGE, format!("a batch cannot be {length} bytes long"));
        }
        Err(error) => return refuse(ErrorCode::INVALID_RECORD, error.to_string()),
    };
    let size = header.total_len();
    if size > bytes.len() {
        return refuse(
            ErrorCode::INVALID_RECORD,
            format!("the batch is cut off: {} of {size} bytes", bytes.len()),
        );
    }
    if size < bytes.len() {
        return refuse(ErrorCode::INVALID_RECORD, "there is more than one batch for the partition");
    }
    if size > rules.max_message_bytes {
        return refuse(
            ErrorCode::MESSAGE_TOO_LARGE,
            format!(
                "the batch has {size} bytes, the topic's `max.message.bytes` is {}",
                rules.max_message_bytes
            ),
        );
    }
    match verify_crc(bytes, &header) {
        Ok(()) => Ok(header),
        Err(error) => refuse(ErrorCode::CORRUPT_MESSAGE, error.to_string()),
    }
}

fn check_header(header: &BatchHeader, rules: &ProduceRules) -> Result<(), BatchRefusal> {
    let attributes = header.attributes;
    if header.base_offset != 0 {
        return refuse(
            ErrorCode::INVALID_RECORD,
            format!("the base offset is {} and must be 0", header.base_offset),
        );
    }
    if header.record_count <= 0 || i64::from(header.last_offset_delta) + 1 != i64::from(header.record_count) {
        return refuse(
            ErrorCode::INVALID_RECORD,
            format!(
                "{} records cannot have the last offset {}",
                header.record_count, header.last_offset_delta
            ),
        );
    }
    if attributes.is_control() {
        return refuse(ErrorCode::INVALID_RECORD, "producers may not write control batches");
    }
    if header.has_producer() && header.base_sequence < 0 {
        return refuse(ErrorCode::INVALID_RECORD, "an idempotent producer's batch needs a sequence number");
    }
    if attributes.is_transactional() {
        return if rules.transactional_id_present {
            refuse(ErrorCode::INVALID_TXN_STATE, "this broker does not serve transactions")
        } else {
            refuse(
                ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                "a transactional batch needs the request's transactional id",
            )
        };
    }
    // On a topic where records keep their own time the bit means nothing, and is cleared.
    let append_time = TimestampType::LogAppendTime;
    if attributes.timestamp_type() == append_time && rules.timestamp_type == append_time {
        return refuse(ErrorCode::INVALID_TIMESTAMP, "only the broker may say that a timestamp is its own");
    }
    Ok(())
}

fn check_codec(header: &BatchHeader, rules: &ProduceRules) -> Result<Compression, BatchRefusal> {
    match header.attributes.compression() {
        Ok(Compression::Zstd) if !rules.zstd_allowed => {
            refuse(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "zstd needs version 7 of Produce, or later")
        }
        Ok(codec) => Ok(codec),
        Err(error) => refuse(ErrorCode::INVALID_RECORD, error.to_string()),
    }
}

/// Whether a rule cannot be judged by the header of a compressed batch alone.
fn needs_records(header: &BatchHeader, codec: Compression, rules: &ProduceRules) -> bool {
    let bounded = rules.timestamp_type == TimestampType::CreateTime
        && (rules.timestamp_before_max_ms != i64::MAX
            || header.max_timestamp.saturating_sub(rules.now_ms) > rules.timestamp_after_max_ms);
    rules.compacted || bounded || rules.compression.is_some_and(|(wanted, _)| wanted != codec)
}

/// What the records turned out to be.
struct Seen {
    max_timestamp: i64,
}

/// Looks at every record: lengths, offsets in order, key where one is needed, timestamp within the bounds.
fn check_records(
    bytes: &[u8],
    header: &BatchHeader,
    codec: Compression,
    rules: &ProduceRules,
) -> Result<Seen, BatchRefusal> {
    let payload = bytes.get(BATCH_HEADER_LEN..).unwrap_or_default();
    let payload = match decompressed(codec, payload, rules.decompressed_max()) {
        Ok(payload) => payload,
        Err(error) => return refuse(ErrorCode::INVALID_RECORD, error.to_string()),
    };
    let payload: Cow<'_, [u8]> = payload;
    let mut faults = Faults::default();
    let mut max_timestamp = -1;
    for (index, record) in RecordWalk::new(&payload, header.record_count).enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => return refuse(ErrorCode::INVALID_RECORD, error.to_string()),
        };
        if usize::try_from(record.offset_delta) != Ok(index) {
            return refuse(
                ErrorCode::INVALID_RECORD,
                format!("record {index} has the offset {}, offsets must count from 0", record.offset_delta),
            );
        }
        let timestamp = header.base_timestamp.wrapping_add(record.timestamp_delta);
        max_timestamp = max_timestamp.max(timestamp);
        if rules.compacted && !record.has_key() {
            faults.note(ErrorCode::INVALID_RECORD, record.offset_delta, || {
                "a record of a compacted topic needs a key".to_owned()
            });
        } else if !is_within(timestamp, rules) {
            faults.note(ErrorCode::INVALID_TIMESTAMP, record.offset_delta, || {
                format!("timestamp {timestamp} is out of the range that the topic accepts")
            });
        }
    }
    faults.judge()?;
    Ok(Seen { max_timestamp })
}

/// Whether a timestamp lies in the topic's range. None (-1) always does, and so does any where the broker sets it.
fn is_within(timestamp: i64, rules: &ProduceRules) -> bool {
    if timestamp == -1 || rules.timestamp_type == TimestampType::LogAppendTime {
        return true;
    }
    let behind = rules.now_ms.saturating_sub(timestamp);
    behind <= rules.timestamp_before_max_ms && behind.saturating_neg() <= rules.timestamp_after_max_ms
}

/// The records that break a rule.
#[derive(Default)]
struct Faults {
    error_code: Option<ErrorCode>,
    records: Vec<(i32, Option<String>)>,
}

impl Faults {
    fn note(&mut self, error_code: ErrorCode, index: i32, what: impl FnOnce() -> String) {
        self.error_code.get_or_insert(error_code);
        self.records.push((index, Some(what())));
    }

    fn judge(self) -> Result<(), BatchRefusal> {
        let Some(error_code) = self.error_code else { return Ok(()) };
        Err(BatchRefusal {
            error_code,
            message: format!(
                "{} records of the batch are not accepted, so none was appended",
                self.records.len()
            ),
            record_errors: self.records,
        })
    }
}

/// Brings a batch that passed into the form in which it is stored.
fn store<'a>(
    bytes: &'a mut [u8],
    header: BatchHeader,
    codec: Compression,
    seen: Seen,
    rules: &ProduceRules,
) -> Result<CheckedBatch<'a>, BatchRefusal> {
    let broken = |error: BatchError| BatchRefusal {
        error_code: ErrorCode::INVALID_RECORD,
        message: error.to_string(),
        record_errors: Vec::new(),
    };
    let mut stored = match rules.compression {
        Some((wanted, level)) if wanted != codec => {
            let limit = rules.decompressed_max();
            Stored::Rebuilt(rebuild(bytes, &header, wanted, level, limit).map_err(broken)?)
        }
        _ => Stored::InPlace(bytes),
    };
    let place: &mut [u8] = match &mut stored {
        Stored::InPlace(bytes) => bytes,
        Stored::Rebuilt(bytes) => bytes,
    };
    let mut log_append_time_ms = -1;
    let attributes = BatchHeader::parse(place).map_err(broken)?.attributes;
    let kept = kept_attributes(attributes);
    if kept != attributes {
        set_attributes(place, kept).map_err(broken)?;
    }
    if rules.timestamp_type == TimestampType::LogAppendTime {
        log_append_time_ms = rules.now_ms;
        set_log_append_time(place, rules.now_ms).map_err(broken)?;
    } else if seen.max_timestamp != header.max_timestamp {
        set_max_timestamp(place, seen.max_timestamp).map_err(broken)?;
    }
    let header = BatchHeader::parse(place).map_err(broken)?;
    Ok(CheckedBatch { header, bytes: stored, log_append_time_ms })
}

/// A client's timestamp-type bit means nothing where records keep their own time, and its delete-horizon bit would mislead the
/// cleaner: both are cleared.
fn kept_attributes(attributes: Attributes) -> Attributes {
    attributes.with_timestamp_type(TimestampType::CreateTime).with_delete_horizon(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluxmq_protocol::record::{BatchBuilder, RecordBatch, stamp};

    const NOW: i64 = 1_700_000_000_000;

    fn rules() -> ProduceRules {
        ProduceRules {
            max_message_bytes: 1_048_588,
            timestamp_after_max_ms: 3_600_000,
            ..ProduceRules::lenient(NOW)
        }
    }

    fn builder(codec: Compression) -> BatchBuilder {
        let mut builder = BatchBuilder::new(codec, None);
        builder.append(NOW, Some(b"key"), Some(b"value"), &[]);
        builder.append(NOW + 5, None, Some(&[b'v'; 200]), &[]);
        builder
    }

    fn batch(codec: Compression) -> Vec<u8> {
        builder(codec).build().unwrap().to_vec()
    }

    fn refusal(bytes: &[u8], rules: &ProduceRules) -> ErrorCode {
        check(&mut bytes.to_vec(), rules).map(|checked| checked.header).unwrap_err().error_code
    }

    fn with_crc(mut bytes: Vec<u8>, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
        change(&mut bytes);
        let attributes = BatchHeader::parse(&bytes).unwrap().attributes;
        set_attributes(&mut bytes, attributes).unwrap();
        bytes
    }

    #[test]
    fn a_good_batch_is_kept_as_it_came() {
        for codec in Compression::ALL {
            let bytes = batch(codec);
            let mut sent = bytes.clone();
            let mut checked = check(&mut sent, &rules()).unwrap();
            assert_eq!((checked.header().record_count, checked.log_append_time_ms()), (2, -1));
            assert_eq!(checked.bytes_mut(), bytes, "{codec}");
        }
    }

    #[test]
    fn the_envelope_must_be_one_whole_batch_of_magic_2() {
        let bytes = batch(Compression::None);
        assert_eq!(refusal(&[], &rules()), ErrorCode::INVALID_RECORD);
        assert_eq!(refusal(&bytes[..bytes.len() - 1], &rules()), ErrorCode::INVALID_RECORD);
        assert_eq!(refusal(&[&bytes[..], &bytes[..]].concat(), &rules()), ErrorCode::INVALID_RECORD);
        for (magic, code) in
            [(0, ErrorCode::INVALID_RECORD), (1, ErrorCode::INVALID_RECORD), (3, ErrorCode::CORRUPT_MESSAGE)]
        {
            let mut other = bytes.clone();
            other[16] = magic;
            assert_eq!(refusal(&other, &rules()), code, "magic {magic}");
        }
        let mut flipped = bytes.clone();
        flipped[70] ^= 1;
        assert_eq!(refusal(&flipped, &rules()), ErrorCode::CORRUPT_MESSAGE);
    }

    #[test]
    fn the_largest_batch_passes_and_one_byte_more_does_not() {
        let bytes = batch(Compression::None);
        let limit = |max_message_bytes| ProduceRules { max_message_bytes, ..rules() };
        assert!(check(&mut bytes.clone(), &limit(bytes.len())).is_ok());
        assert_eq!(refusal(&bytes, &limit(bytes.len() - 1)), ErrorCode::MESSAGE_TOO_LARGE);
    }

    #[test]
    fn headers_that_contradict_themselves_are_refused() {
        let bytes = batch(Compression::None);
        let count = with_crc(bytes.clone(), |bytes| bytes[60] = 3);
        assert_eq!(refusal(&count, &rules()), ErrorCode::INVALID_RECORD);
        let mut offset = bytes.clone();
        stamp(&mut offset, 1, -1).unwrap();
        assert_eq!(refusal(&offset, &rules()), ErrorCode::INVALID_RECORD);
        let control = with_crc(bytes.clone(), |bytes| bytes[22] |= 0x20);
        assert_eq!(refusal(&control, &rules()), ErrorCode::INVALID_RECORD);
        let mut no_sequence = builder(Compression::None);
        no_sequence.set_producer(7, 0, -1);
        assert_eq!(refusal(&no_sequence.build().unwrap(), &rules()), ErrorCode::INVALID_RECORD);
        for codec in 5..=7 {
            let unknown = with_crc(bytes.clone(), |bytes| bytes[22] |= codec);
            assert_eq!(refusal(&unknown, &rules()), ErrorCode::INVALID_RECORD, "codec {codec}");
        }
    }

    #[test]
    fn transactional_batches_are_refused() {
        let mut transactional = builder(Compression::None);
        transactional.set_producer(7, 0, 0);
        transactional.set_transactional(true);
        let bytes = transactional.build().unwrap();
        assert_eq!(refusal(&bytes, &rules()), ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        let named = ProduceRules { transactional_id_present: true, ..rules() };
        assert_eq!(refusal(&bytes, &named), ErrorCode::INVALID_TXN_STATE);
    }

    #[test]
    fn zstd_needs_a_version_that_knows_it() {
        let old = ProduceRules { zstd_allowed: false, ..rules() };
        assert_eq!(refusal(&batch(Compression::Zstd), &old), ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
        assert!(check(&mut batch(Compression::Gzip), &old).is_ok());
    }

    #[test]
    fn compacted_topics_name_the_records_without_a_key() {
        let compacted = ProduceRules { compacted: true, ..rules() };
        for codec in Compression::ALL {
            let refusal = check(&mut batch(codec), &compacted).unwrap_err();
            assert_eq!(refusal.error_code, ErrorCode::INVALID_RECORD);
            assert_eq!(
                refusal.record_errors.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
                [1],
                "{codec}"
            );
        }
    }

    #[test]
    fn timestamps_outside_of_the_bounds_are_refused_and_none_at_all_passes() {
        let stamped = |timestamp| {
            let mut builder = BatchBuilder::new(Compression::Gzip, None);
            builder.append(timestamp, None, None, &[]);
            builder.build().unwrap().to_vec()
        };
        assert!(check(&mut stamped(NOW + 3_600_000), &rules()).is_ok());
        assert_eq!(refusal(&stamped(NOW + 3_600_001), &rules()), ErrorCode::INVALID_TIMESTAMP);
        let bounded = ProduceRules { timestamp_before_max_ms: 1_000, ..rules() };
        assert!(check(&mut stamped(NOW - 1_000), &bounded).is_ok());
        assert_eq!(refusal(&stamped(NOW - 1_001), &bounded), ErrorCode::INVALID_TIMESTAMP);
        assert!(check(&mut stamped(-1), &bounded).is_ok());
        let append_time = ProduceRules { timestamp_type: TimestampType::LogAppendTime, ..bounded };
        assert!(check(&mut stamped(0), &append_time).is_ok());
    }

    #[test]
    fn log_append_time_is_the_brokers() {
        let append_time = ProduceRules { timestamp_type: TimestampType::LogAppendTime, ..rules() };
        let mut sent = batch(Compression::Gzip);
        let mut checked = check(&mut sent, &append_time).unwrap();
        assert_eq!(checked.log_append_time_ms(), NOW);
        let stored = RecordBatch::parse(checked.bytes_mut().to_vec().into()).unwrap();
        assert_eq!(stored.header().attributes.timestamp_type(), TimestampType::LogAppendTime);
        assert_eq!(stored.header().max_timestamp, NOW);
        let claimed = with_crc(batch(Compression::None), |bytes| bytes[22] |= 8);
        assert_eq!(refusal(&claimed, &append_time), ErrorCode::INVALID_TIMESTAMP);
        let mut claimed = claimed;
        let mut checked = check(&mut claimed, &rules()).unwrap();
        assert_eq!(checked.header().attributes.timestamp_type(), TimestampType::CreateTime);
        RecordBatch::parse(checked.bytes_mut().to_vec().into()).unwrap();
    }

    #[test]
    fn a_header_that_lies_about_its_largest_timestamp_is_put_right() {
        let mut lying = batch(Compression::None);
        set_max_timestamp(&mut lying, 1).unwrap();
        let mut checked = check(&mut lying, &rules()).unwrap();
        let stored = RecordBatch::parse(checked.bytes_mut().to_vec().into()).unwrap();
        assert_eq!(stored.header().max_timestamp, NOW + 5);
    }

    #[test]
    fn the_topics_codec_wins_over_the_producers() {
        let gzip = ProduceRules { compression: Some((Compression::Gzip, None)), ..rules() };
        let mut sent = batch(Compression::Lz4);
        let mut checked = check(&mut sent, &gzip).unwrap();
        let stored = RecordBatch::parse(checked.bytes_mut().to_vec().into()).unwrap();
        assert_eq!(stored.compression(), Ok(Compression::Gzip));
        assert_eq!(
            stored
                .records(1 << 20)
                .unwrap()
                .map(|record| record.unwrap().value.unwrap().len())
                .collect::<Vec<_>>(),
            [5, 200]
        );
    }

    #[test]
    fn records_that_are_not_what_they_say_are_refused() {
        let bytes = batch(Compression::None);
        let longer = with_crc(bytes.clone(), |bytes| bytes[61] += 2);
        assert_eq!(refusal(&longer, &rules()), ErrorCode::INVALID_RECORD);
        let broken = with_crc(batch(Compression::Gzip), |bytes| bytes[65] ^= 0xff);
        let compacted = ProduceRules { compacted: true, ..rules() };
        assert_eq!(refusal(&broken, &compacted), ErrorCode::INVALID_RECORD);
    }
}
