//! Record batches as Apache Kafka 4.3.1's own classes write them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use fluxmq_protocol::record::{
    BatchBuilder, Compression, ControlType, EndTransactionMarker, Header, Record, RecordBatch, TimestampType,
    stamp,
};

/// Three records in a transaction of producer 4000 (epoch 5, sequence 60), base offset 1000, leader epoch 7.
const BATCHES: [(Compression, &str); 5] = [
    (
        Compression::None,
        "00000000000003e80000008900000007022dcf73da0010000000020000018bcfe568000000018bcfe568050000000000
         000fa000050000003c000000038401000000066b65795076616c75652c2076616c75652c2076616c75652c2076616c75
         652c2076616c75652c2076616c7565060a747261636502310a747261636501000018000a02010c6e6f206b6579000c00
         0604000100",
    ),
    (
        Compression::Gzip,
        "00000000000003e8000000770000000702ed2159eb0011000000020000018bcfe568000000018bcfe568050000000000
         000fa000050000003c000000031f8b08000000000000ff6b6164606060cb4ead0c284bcc294dd5512048b17195142526
         a732194268a07e09062e26469ebc7c05a0310c3c0c6c2c0c8c0c0056a93f1358000000",
    ),
    (
        Compression::Snappy,
        "00000000000003e80000007f00000007020341a6370012000000020000018bcfe568000000018bcfe568050000000000
         000fa000050000003c0000000382534e415050590000000001000000010000003a58408401000000066b65795076616c
         75652c2082070020060a7472616365023109085801000018000a02010c6e6f206b6579000c000604000100",
    ),
    (
        Compression::Lz4,
        "00000000000003e80000007b00000007024da419260013000000020000018bcfe568000000018bcfe568050000000000
         000fa000050000003c0000000304224d186040823b000000ff028401000000066b65795076616c75652c2007000e9206
         0a747261636502310800f00801000018000a02010c6e6f206b6579000c00060400010000000000",
    ),
    (
        Compression::Zstd,
        "00000000000003e8000000780000000702d9139ae50014000000020000018bcfe568000000018bcfe568050000000000
         000fa000050000003c0000000328b52ffd0058dc010014038401000000066b65795076616c75652c20060a7472616365
         023101000018000a02010c6e6f206b6579000c00060400010002002bc3a9b12c01010000",
    ),
];

/// Offset 50, leader epoch 3, producer 4000 (epoch 5), coordinator epoch 77.
const COMMIT: &str =
    "000000000000003200000042000000030266eddffe0030000000000000018bcfe568000000018bcfe568000000000000
    000fa00005ffffffff000000012000000008000000010c00000000004d00";

/// The same at offset 51, coordinator epoch 78.
const ABORT: &str =
    "0000000000000033000000420000000302a634a12f0030000000000000018bcfe568000000018bcfe568000000000000
    000fa00005ffffffff000000012000000008000000000c00000000004e00";

/// One record with the append time as its timestamp.
const APPEND_TIME: &str =
    "000000000000000000000039ffffffff02825d21310008000000000000000000000005000001a1fd93e64fffffffffff
    ffffffffffffffffff000000010e00000001027800";

const TIME: i64 = 1_700_000_000_000;

/// Blanks in `hex` are left out.
fn bytes(hex: &str) -> Bytes {
    let digits: Vec<_> = hex.chars().filter(|character| !character.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn text(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn records() -> Vec<Record> {
    let header = |key: &'static str, value| Header { key: text(key), value };
    let record = |offset, timestamp, key, value, headers| Record { offset, timestamp, key, value, headers };
    let headers = vec![header("trace", Some(text("1"))), header("trace", None), header("", Some(text("")))];
    vec![
        record(
            1000,
            TIME,
            Some(text("key")),
            Some(text("value, value, value, value, value, value")),
            headers,
        ),
        record(1001, TIME + 5, None, Some(text("no key")), vec![]),
        record(1002, TIME + 3, Some(text("")), None, vec![]),
    ]
}

#[test]
fn what_java_writes_is_read() {
    for (codec, hex) in BATCHES {
        let batch = RecordBatch::parse(bytes(hex)).unwrap();
        let header = batch.header();
        assert_eq!(batch.compression(), Ok(codec));
        assert_eq!((header.base_offset, header.partition_leader_epoch), (1000, 7));
        assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (4000, 5, 60));
        assert_eq!((header.base_timestamp, header.max_timestamp), (TIME, TIME + 5));
        assert_eq!((header.last_offset(), header.last_sequence(), header.record_count), (1002, 62, 3));
        assert!(header.attributes.is_transactional() && !header.attributes.is_control());
        let read: Vec<_> = batch.records(1000).unwrap().map(Result::unwrap).collect();
        assert_eq!(read, records(), "{codec}");
    }
}

#[test]
fn without_a_codec_the_bytes_are_those_of_java() {
    let mut builder = BatchBuilder::new(Compression::None, None);
    for record in records() {
        builder.append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers);
    }
    builder.set_producer(4000, 5, 60);
    builder.set_transactional(true);
    let mut built = builder.build().unwrap().to_vec();
    stamp(&mut built, 1000, 7).unwrap();
    assert_eq!(Bytes::from(built), bytes(BATCHES[0].1));
}

#[test]
fn transaction_markers_are_those_of_java() {
    for (hex, base_offset, outcome, coordinator_epoch) in
        [(COMMIT, 50, ControlType::Commit, 77), (ABORT, 51, ControlType::Abort, 78)]
    {
        let marker = EndTransactionMarker { coordinator_epoch };
        let mut built = marker.batch(outcome, 4000, 5, TIME).unwrap().to_vec();
        stamp(&mut built, base_offset, 3).unwrap();
        assert_eq!(Bytes::from(built), bytes(hex));
    }
}

#[test]
fn the_append_time_of_java_is_that_of_the_record() {
    let batch = RecordBatch::parse(bytes(APPEND_TIME)).unwrap();
    assert_eq!(batch.header().attributes.timestamp_type(), TimestampType::LogAppendTime);
    let record = batch.records(0).unwrap().next().unwrap().unwrap();
    assert_eq!((record.timestamp, record.value), (batch.header().max_timestamp, Some(text("x"))));
}
