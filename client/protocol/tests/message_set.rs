//! Message sets of magic 0 and 1: into record batches and back, and what was cut, changed or made to lie.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::{Bytes, BytesMut};
use fluxmq_protocol::record::message_set::{Magic, Message, MessageSetError, Tail, down, up, visit};
use fluxmq_protocol::record::{
    Attributes, BatchBuilder, Compression, CompressionError, Header, RecordBatch, TimestampType, compress,
    set_log_append_time, stamp,
};
use fluxmq_protocol::wire::Reader;
use kafka_protocol_legacy::records as oracle;
use proptest::prelude::*;

const LIMIT: usize = 1 << 20;
const TIME: i64 = 1_700_000_000_000;
const CODECS: [Compression; 4] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4];
const MAGICS: [Magic; 2] = [Magic::V0, Magic::V1];

/// Offset, timestamp, key and value of a record.
type Seen = (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>);

fn read(set: &[u8], tail: Tail) -> Result<Vec<Seen>, MessageSetError> {
    let mut seen = Vec::new();
    visit(set, LIMIT, tail, |record| {
        let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
        seen.push((record.offset, record.timestamp, owned(record.key), owned(record.value)));
    })?;
    Ok(seen)
}

fn samples() -> Vec<Seen> {
    let bytes = |text: &str| Some(text.as_bytes().to_vec());
    vec![
        (0, TIME + 5, bytes("key"), bytes("some value, some value, some value")),
        (1, TIME, None, bytes("no key")),
        (2, TIME + 9, bytes("a tombstone"), None),
        (3, -1, bytes(""), bytes("")),
        (4, TIME + 7, None, None),
    ]
}

/// What is left of records in a format.
fn as_seen(records: &[Seen], magic: Magic, base_offset: i64) -> Vec<Seen> {
    let time = |timestamp| if magic == Magic::V0 { -1 } else { timestamp };
    let moved = |(offset, timestamp, key, value): &Seen| {
        (base_offset + offset, time(*timestamp), key.clone(), value.clone())
    };
    records.iter().map(moved).collect()
}

fn batch(records: &[Seen], codec: Compression, base_offset: i64) -> RecordBatch {
    let headers = [Header { key: Bytes::from_static(b"trace"), value: None }];
    let mut builder = BatchBuilder::new(codec, None);
    for (_, timestamp, key, value) in records {
        builder.append(*timestamp, key.as_deref(), value.as_deref(), &headers);
    }
    let mut bytes = builder.build().unwrap().to_vec();
    stamp(&mut bytes, base_offset, 0).unwrap();
    RecordBatch::parse(bytes.into()).unwrap()
}

fn message_set(records: &[Seen], codec: Compression, magic: Magic, base_offset: i64) -> Vec<u8> {
    let mut out = Vec::new();
    down(&batch(records, codec, base_offset), magic, base_offset, LIMIT, &mut out).unwrap();
    out
}

fn first(set: &[u8]) -> Message<'_> {
    Message::read(&mut Reader::over(set)).unwrap()
}

/// One message around a set, as a producer writes it.
fn wrapper(magic: Magic, codec: Compression, offset: i64, set: &[u8]) -> Vec<u8> {
    let mut value = Vec::new();
    compress(codec, set, None, &mut value).unwrap();
    let attributes = Attributes::default().with_compression(codec);
    let mut out = Vec::new();
    Message { offset, magic, attributes, timestamp: TIME, key: None, value: Some(&value) }
        .write(&mut out)
        .unwrap();
    out
}

fn plain(magic: Magic, offset: i64, value: &[u8]) -> Vec<u8> {
    let attributes = Attributes::default();
    let mut out = Vec::new();
    Message { offset, magic, attributes, timestamp: TIME, key: None, value: Some(value) }
        .write(&mut out)
        .unwrap();
    out
}

#[test]
fn records_come_through_a_message_set_with_their_places() {
    for magic in MAGICS {
        for codec in CODECS {
            let set = message_set(&samples(), codec, magic, 1000);
            assert_eq!(
                read(&set, Tail::Refused).unwrap(),
                as_seen(&samples(), magic, 1000),
                "{magic:?} {codec}"
            );
            let message = first(&set);
            assert_eq!(message.codec(), Ok(codec));
            if codec != Compression::None {
                let timestamp = if magic == Magic::V0 { -1 } else { TIME + 9 };
                assert_eq!((message.offset, message.timestamp, message.size()), (1004, timestamp, set.len()));
            }
        }
    }
}

#[test]
fn a_message_set_becomes_one_batch_with_its_codec() {
    for magic in MAGICS {
        for codec in CODECS {
            let made = up(&message_set(&samples(), codec, magic, 0), LIMIT).unwrap();
            let made = RecordBatch::parse(made.into()).unwrap();
            let expected = as_seen(&samples(), magic, 0);
            let without_headers = |record: fluxmq_protocol::record::Record| {
                assert_eq!(record.headers, []);
                (record.offset, record.timestamp, record.key.map(Into::into), record.value.map(Into::into))
            };
            let records: Vec<Seen> =
                made.records(LIMIT).unwrap().map(|record| without_headers(record.unwrap())).collect();
            assert_eq!(records, expected, "{magic:?} {codec}");
            assert_eq!(made.compression(), Ok(codec));
            let header = made.header();
            let times = expected.iter().map(|record| record.1);
            assert_eq!(Some(header.max_timestamp), times.max());
            assert_eq!((header.base_offset, header.has_producer(), header.record_count), (0, false, 5));
        }
    }
}

#[test]
fn several_wrappers_and_plain_messages_become_one_batch() {
    let inner = [plain(Magic::V1, 0, b"b"), plain(Magic::V1, 1, b"c")].concat();
    let set = [
        plain(Magic::V0, 0, b"a"),
        wrapper(Magic::V1, Compression::Gzip, 0, &inner),
        wrapper(Magic::V1, Compression::Snappy, 1, &inner),
        plain(Magic::V1, 7, b"d"),
    ]
    .concat();
    let made = RecordBatch::parse(up(&set, LIMIT).unwrap().into()).unwrap();
    assert_eq!(made.compression(), Ok(Compression::Snappy));
    let records: Vec<_> = made.records(LIMIT).unwrap().map(|record| record.unwrap()).collect();
    assert_eq!(records.iter().map(|record| record.offset).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    let values: Vec<u8> = records.iter().flat_map(|record| record.value.clone().unwrap()).collect();
    assert_eq!(values, b"abcbcd");
    assert_eq!(
        records.iter().map(|record| record.timestamp).collect::<Vec<_>>(),
        [-1, TIME, TIME, TIME, TIME, TIME]
    );
}

#[test]
fn the_brokers_timestamp_is_that_of_every_record() {
    for codec in CODECS {
        let mut bytes = batch(&samples(), codec, 0).bytes().to_vec();
        set_log_append_time(&mut bytes, TIME + 77).unwrap();
        let stored = RecordBatch::parse(bytes.into()).unwrap();
        let mut set = Vec::new();
        down(&stored, Magic::V1, 0, LIMIT, &mut set).unwrap();
        assert!(first(&set).has_log_append_time());
        assert!(read(&set, Tail::Refused).unwrap().iter().all(|record| record.1 == TIME + 77));
        let back = RecordBatch::parse(up(&set, LIMIT).unwrap().into()).unwrap();
        assert_eq!(back.header().attributes.timestamp_type(), TimestampType::LogAppendTime);
        let mut old = Vec::new();
        down(&stored, Magic::V0, 0, LIMIT, &mut old).unwrap();
        assert_eq!(first(&old).attributes, Attributes::default().with_compression(codec));
    }
}

#[test]
fn plain_records_begin_where_the_reader_asks_and_wrappers_before() {
    for magic in MAGICS {
        for codec in CODECS {
            let mut set = Vec::new();
            down(&batch(&samples(), codec, 1000), magic, 1003, LIMIT, &mut set).unwrap();
            let offsets: Vec<_> = read(&set, Tail::Refused).unwrap().iter().map(|record| record.0).collect();
            match codec {
                Compression::None => assert_eq!(offsets, [1003, 1004]),
                _ => assert_eq!(offsets, [1000, 1001, 1002, 1003, 1004]),
            }
        }
    }
}

#[test]
fn what_has_no_place_in_a_message_set_is_left_out_or_refused() {
    let mut out = Vec::new();
    let zstd = batch(&samples(), Compression::Zstd, 0);
    let refused = down(&zstd, Magic::V1, 0, LIMIT, &mut out);
    assert_eq!(refused, Err(MessageSetError::Codec(Compression::Zstd)));
    let mut control = BatchBuilder::new(Compression::None, None);
    control.set_control(true);
    control.append(TIME, Some(b"\0\0\0\x01"), Some(b"\0\0\0\0\0\x01"), &[]);
    let control = RecordBatch::parse(control.build().unwrap()).unwrap();
    down(&control, Magic::V1, 0, LIMIT, &mut out).unwrap();
    let empty = RecordBatch::parse(BatchBuilder::new(Compression::Gzip, None).build().unwrap()).unwrap();
    down(&empty, Magic::V0, 0, LIMIT, &mut out).unwrap();
    assert_eq!(out, b"");
    let zstd = wrapper(Magic::V1, Compression::Zstd, 0, &plain(Magic::V1, 0, b"v"));
    assert_eq!(up(&zstd, LIMIT), Err(MessageSetError::Codec(Compression::Zstd)));
}

#[test]
fn the_oldest_lz4_frames_have_their_wrong_checksum_and_either_is_read() {
    let set = message_set(&samples(), Compression::Lz4, Magic::V0, 0);
    assert_eq!(first(&set).value.unwrap()[4..7], [0x60, 0x40, 0x1a]);
    let set = message_set(&samples(), Compression::Lz4, Magic::V1, 0);
    assert_eq!(first(&set).value.unwrap()[4..7], [0x60, 0x40, 0x82]);
    let right = wrapper(Magic::V0, Compression::Lz4, 0, &plain(Magic::V0, 0, b"v"));
    assert_eq!(read(&right, Tail::Refused).unwrap(), [(0, -1, None, Some(b"v".to_vec()))]);
}

#[test]
fn wrappers_that_cannot_be_are_refused() {
    let refused = |set: &[u8]| up(set, LIMIT).unwrap_err();
    let value = plain(Magic::V1, 0, b"v");
    let nested = wrapper(Magic::V1, Compression::Gzip, 0, &wrapper(Magic::V1, Compression::Gzip, 0, &value));
    assert_eq!(refused(&nested), MessageSetError::Nested);
    let mixed = wrapper(Magic::V0, Compression::Gzip, 0, &value);
    assert_eq!(refused(&mixed), MessageSetError::InnerMagic { outer: 0, inner: 1 });
    assert_eq!(refused(&wrapper(Magic::V1, Compression::Gzip, 0, b"")), MessageSetError::Empty);
    assert_eq!(refused(b""), MessageSetError::Empty);
    let two = [value.clone(), plain(Magic::V1, 5, b"w")].concat();
    let before = wrapper(Magic::V1, Compression::Gzip, 3, &two);
    assert_eq!(refused(&before), MessageSetError::Offset { wrapper: 3, inner: 5 });
    let mut without = Vec::new();
    let attributes = Attributes(1);
    Message { offset: 0, magic: Magic::V0, attributes, timestamp: -1, key: None, value: None }
        .write(&mut without)
        .unwrap();
    assert_eq!(refused(&without), MessageSetError::WrapperWithoutValue);
    let unknown = Message { attributes: Attributes(5), ..first(&value) };
    let mut out = Vec::new();
    unknown.write(&mut out).unwrap();
    assert_eq!(refused(&out), MessageSetError::Compression(CompressionError::UnknownCode(5)));
    let cut = wrapper(Magic::V1, Compression::Gzip, 0, &value[..value.len() - 1]);
    assert!(matches!(refused(&cut), MessageSetError::Truncated { .. }));
}

#[test]
fn a_set_cut_at_any_byte_is_refused_or_ends_with_its_last_whole_message() {
    for magic in MAGICS {
        for codec in CODECS {
            let (one, two) =
                (message_set(&samples(), codec, magic, 0), message_set(&samples(), codec, magic, 5));
            let both = [&one[..], &two[..]].concat();
            let whole = read(&both, Tail::Refused).unwrap();
            for length in 0..both.len() {
                let cut = &both[..length];
                let kept = read(cut, Tail::Ignored).unwrap();
                assert_eq!(kept, whole[..kept.len()], "{magic:?} {codec} {length}");
                let between = codec == Compression::None || length == one.len() || length == 0;
                if !between {
                    assert!(matches!(up(cut, LIMIT), Err(MessageSetError::Truncated { .. })));
                    assert_eq!(kept.len(), if length < one.len() { 0 } else { 5 });
                }
            }
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed_but_in_the_offset() {
    for magic in MAGICS {
        for codec in CODECS {
            let set = message_set(&samples()[..1], codec, magic, 0);
            for bit in 0..set.len() * 8 {
                let mut changed = set.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                // Offset and size stand before the checksum; producers' offsets mean nothing.
                if bit / 8 >= 8 {
                    assert!(up(&changed, LIMIT).is_err(), "{magic:?} {codec} {bit}");
                } else {
                    let _ = up(&changed, LIMIT);
                }
            }
        }
    }
}

#[test]
fn bombs_stop_at_the_limit_also_when_they_are_many() {
    for magic in MAGICS {
        for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4] {
            let large = wrapper(magic, codec, 0, &plain(magic, 0, &vec![0; 16 * LIMIT]));
            let exceeded = |limit| MessageSetError::Compression(CompressionError::LimitExceeded { limit });
            assert_eq!(up(&large, LIMIT), Err(exceeded(LIMIT)), "{magic:?} {codec}");
            let half = wrapper(magic, codec, 0, &plain(magic, 0, &vec![0; LIMIT / 2]));
            assert!(up(&half, LIMIT).is_ok());
            let many = [&half[..], &half[..], &half[..]].concat();
            assert!(matches!(
                up(&many, LIMIT),
                Err(MessageSetError::Compression(CompressionError::LimitExceeded { .. }))
            ));
            let stored = batch(&[(0, TIME, None, Some(vec![0; 2 * LIMIT]))], codec, 0);
            assert!(down(&stored, magic, 0, LIMIT, &mut Vec::new()).is_err());
        }
        let tiny = vec![(0, TIME, None, None); 60_000];
        let stored = batch(&tiny, Compression::Gzip, 0);
        let grown = down(&stored, magic, 0, LIMIT, &mut Vec::new());
        assert_eq!(grown, Err(MessageSetError::TooLarge { limit: LIMIT }));
    }
}

fn theirs(record: &Seen) -> oracle::Record {
    oracle::Record {
        transactional: false,
        control: false,
        partition_leader_epoch: -1,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: oracle::TimestampType::Creation,
        offset: record.0,
        sequence: -1,
        timestamp: record.1,
        key: record.2.clone().map(Into::into),
        value: record.3.clone().map(Into::into),
        headers: Default::default(),
    }
}

proptest! {
    #[test]
    fn the_oracle_writes_what_is_read_and_reads_what_is_written(
        fields: Vec<(i64, Option<Vec<u8>>, Option<Vec<u8>>)>,
        codec in 0..4_usize,
        version in 0..2_i8,
    ) {
        let records: Vec<Seen> = (0..)
            .zip(fields)
            .map(|(offset, (timestamp, key, value))| (offset, timestamp, key, value))
            .collect();
        let magic = MAGICS[version as usize];
        let expected = as_seen(&records, magic, 0);

        let set = message_set(&records, Compression::None, magic, 0);
        let mut bytes = Bytes::from(set);
        let decoded = oracle::RecordBatchDecoder::decode_all(&mut bytes).unwrap();
        let decoded: Vec<Seen> = decoded
            .into_iter()
            .flat_map(|set| set.records)
            .map(|record| (record.offset, record.timestamp, record.key.map(Into::into), record.value.map(Into::into)))
            .collect();
        prop_assert_eq!(&decoded, &expected);

        // They know no LZ4 in magic 0.
        let codec = CODECS[if version == 0 { codec % 3 } else { codec }];
        let records: Vec<_> = records.iter().map(theirs).collect();
        let compression = [
            oracle::Compression::None,
            oracle::Compression::Gzip,
            oracle::Compression::Snappy,
            oracle::Compression::Lz4,
        ][codec.code() as usize];
        let options = oracle::RecordEncodeOptions { version, compression };
        let squeeze = |from: &mut BytesMut, to: &mut BytesMut, _| {
            let mut out = Vec::new();
            compress(codec, from, None, &mut out)?;
            to.extend_from_slice(&out);
            Ok(())
        };
        let mut out = BytesMut::new();
        oracle::RecordBatchEncoder::encode_with_custom_compression(&mut out, &records, &options, Some(squeeze))
            .unwrap();
        if !expected.is_empty() {
            let seen: Vec<_> = read(&out, Tail::Refused).unwrap();
            // They leave every offset 0, as some producers do.
            let without_places = |records: &[Seen]| {
                records.iter().map(|(_, time, key, value)| (*time, key.clone(), value.clone())).collect::<Vec<_>>()
            };
            prop_assert_eq!(without_places(&seen), without_places(&expected));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, codec in 0_i16..8, inner: Vec<u8>) {
        let _ = read(&bytes, Tail::Ignored);
        for magic in MAGICS {
            let attributes = Attributes(codec);
            let mut out = Vec::new();
            Message { offset: 0, magic, attributes, timestamp: 0, key: Some(&bytes), value: Some(&inner) }
                .write(&mut out)
                .unwrap();
            let _ = up(&out, LIMIT);
        }
    }
}
