//! Record batches that were cut, changed or made to lie.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use fluxmq_protocol::record::{
    Attributes, BatchBuilder, BatchError, BatchHeader, Compression, CompressionError, Header, RecordBatch,
    RecordWalk, decompressed, write_batch,
};
use proptest::prelude::*;

const LIMIT: usize = 1 << 20;

fn batch(codec: Compression) -> Bytes {
    let mut builder = BatchBuilder::new(codec, None);
    let headers = [
        Header { key: Bytes::from_static(b"trace"), value: Some(Bytes::from_static(b"1")) },
        Header { key: Bytes::from_static(b"trace"), value: None },
    ];
    builder.append(1_000, Some(b"key"), Some(b"some value, some value, some value"), &headers);
    builder.append(1_001, None, None, &[]);
    builder.append(1_002, Some(b""), Some(b""), &headers);
    builder.set_producer(1, 2, 3);
    builder.build().unwrap()
}

/// Reads everything there is and says whether all of it was right.
fn read_all(batch: &RecordBatch) -> Result<usize, BatchError> {
    let mut count = 0;
    for record in batch.records(LIMIT)? {
        record?;
        count += 1;
    }
    Ok(count)
}

#[test]
fn a_batch_cut_at_any_byte_is_refused() {
    for codec in Compression::ALL {
        let whole = batch(codec);
        for length in 0..whole.len() {
            let cut = RecordBatch::parse(whole.slice(..length));
            assert!(matches!(cut, Err(BatchError::Truncated { .. })), "{codec} {length}");
        }
    }
}

#[test]
fn records_cut_at_any_byte_are_refused_even_when_the_checksum_is_right() {
    for codec in Compression::ALL {
        let whole = RecordBatch::parse(batch(codec)).unwrap();
        let header = *whole.header();
        let payload = decompressed(codec, &whole.payload(), LIMIT).unwrap().into_owned();
        for length in 0..payload.len() {
            let mut out = Vec::new();
            write_batch(&header, &payload[..length], None, &mut out).unwrap();
            let cut = RecordBatch::parse(out.into()).unwrap();
            assert!(matches!(read_all(&cut), Err(BatchError::Record { .. })), "{codec} {length}");
            let walked = RecordWalk::new(&payload[..length], header.record_count).last().unwrap();
            assert!(matches!(walked, Err(BatchError::Record { .. })), "{codec} {length}");
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed_unless_it_only_moves_the_batch() {
    for codec in Compression::ALL {
        let whole = batch(codec);
        let original = *RecordBatch::parse(whole.clone()).unwrap().header();
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            let parsed = RecordBatch::parse(changed.into());
            // Base offset and leader epoch are the broker's and stand outside of the checksum.
            if matches!(bit / 8, 0..8 | 12..16) {
                let header = *parsed.unwrap().header();
                let moved = BatchHeader {
                    base_offset: header.base_offset,
                    partition_leader_epoch: header.partition_leader_epoch,
                    ..original
                };
                assert_eq!(header, moved, "{codec} {bit}");
            } else {
                assert!(parsed.is_err(), "{codec} {bit}");
            }
        }
    }
}

#[test]
fn a_false_record_count_is_noticed_in_both_directions() {
    for codec in Compression::ALL {
        let whole = RecordBatch::parse(batch(codec)).unwrap();
        let payload = decompressed(codec, &whole.payload(), LIMIT).unwrap().into_owned();
        for record_count in [0, 1, 2, 4, i32::MAX] {
            let header = BatchHeader { record_count, ..*whole.header() };
            let mut out = Vec::new();
            write_batch(&header, &payload, None, &mut out).unwrap();
            let read = read_all(&RecordBatch::parse(out.into()).unwrap());
            match record_count {
                0..3 => assert!(matches!(read, Err(BatchError::RecordsLeft(_))), "{codec} {record_count}"),
                _ => assert!(
                    matches!(read, Err(BatchError::Record { index: 3, .. })),
                    "{codec} {record_count}"
                ),
            }
        }
    }
}

#[test]
fn a_bomb_in_a_batch_stops_at_the_limit() {
    let zeros = vec![0; 16 * LIMIT];
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let mut builder = BatchBuilder::new(codec, None);
        builder.append(1, None, Some(&zeros), &[]);
        let bomb = RecordBatch::parse(builder.build().unwrap()).unwrap();
        let exceeded = BatchError::Compression(CompressionError::LimitExceeded { limit: LIMIT });
        assert_eq!(bomb.records(LIMIT).err(), Some(exceeded), "{codec}");
        assert_eq!(bomb.records(17 * LIMIT).unwrap().count(), 1, "{codec}");
    }
}

#[test]
fn a_codec_that_nobody_has_is_named() {
    let whole = batch(Compression::None).to_vec();
    for code in 5..8 {
        let mut bytes = whole.clone();
        fluxmq_protocol::record::set_attributes(&mut bytes, Attributes(code)).unwrap();
        let unknown = BatchError::Compression(CompressionError::UnknownCode(code));
        assert_eq!(RecordBatch::parse(bytes.into()).unwrap().records(LIMIT).err(), Some(unknown));
    }
}

proptest! {
    /// Whatever stands where records should be, with a right checksum: reading ends, and never with a panic.
    #[test]
    fn any_payload_can_be_read_or_refused(payload: Vec<u8>, codec in 0_i16..8, count in 0..i32::MAX) {
        let whole = batch(Compression::None);
        let header = BatchHeader { record_count: count, ..BatchHeader::parse(&whole).unwrap() };
        let mut bytes = Vec::new();
        write_batch(&header, &payload, None, &mut bytes).unwrap();
        fluxmq_protocol::record::set_attributes(&mut bytes, Attributes(codec)).unwrap();
        let read = read_all(&RecordBatch::parse(bytes.into()).unwrap());
        prop_assert!(read.is_err() || read == Ok(count as usize));
    }

    /// The walk and the records agree on what is right.
    #[test]
    fn the_walk_refuses_what_the_records_refuse(at in 0_usize..100, byte: u8, count in 0..5) {
        let whole = RecordBatch::parse(batch(Compression::None)).unwrap();
        let mut payload = whole.payload().to_vec();
        let at = at % payload.len();
        payload[at] = byte;
        let header = BatchHeader { record_count: count, ..*whole.header() };
        let mut bytes = Vec::new();
        write_batch(&header, &payload, None, &mut bytes).unwrap();
        let read: Vec<_> = RecordBatch::parse(bytes.into()).unwrap().records(0).unwrap().collect();
        let walked: Vec<_> = RecordWalk::new(&payload, count).collect();
        prop_assert_eq!(read.len(), walked.len());
        for (read, walked) in read.into_iter().zip(walked) {
            match (read, walked) {
                (Ok(read), Ok(walked)) => {
                    prop_assert_eq!(read.key.as_deref(), walked.key);
                    prop_assert_eq!(read.value.as_deref(), walked.value);
                }
                (read, walked) => prop_assert_eq!(read.err(), walked.err()),
            }
        }
    }
}
