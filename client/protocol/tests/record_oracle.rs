//! Record batches against `kafka-protocol`, in both directions and in every codec.
//!
//! The oracle loses duplicate headers and takes text alone as their keys, so those are tested elsewhere, in round trips of
//! our own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::{Bytes, BytesMut};
use fluxmq_protocol::record::{
    BatchBuilder, Compression, DECOMPRESSED_BYTES_MAX, Header, Record, RecordBatch, batches, rebuild, stamp,
};
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records as oracle;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// What both sides can say of a record.
#[derive(Debug, Clone)]
struct Sketch {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

#[derive(Debug, Clone)]
struct BatchSketch {
    records: Vec<Sketch>,
    base_offset: i64,
    leader_epoch: i32,
    producer: Option<(i64, i16, i32)>,
    transactional: bool,
    control: bool,
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let headers = btree_map(".{0,8}", any::<Option<Vec<u8>>>(), 0..4);
    (0..i64::from(i32::MAX), any::<Option<Vec<u8>>>(), any::<Option<Vec<u8>>>(), headers).prop_map(
        |(timestamp, key, value, headers)| Sketch {
            timestamp,
            key,
            value,
            headers: headers.into_iter().collect(),
        },
    )
}

fn batch_sketch() -> impl Strategy<Value = BatchSketch> {
    (
        vec(sketch(), 1..40),
        0..i64::MAX / 2,
        -1..1000,
        proptest::option::of((0..i64::MAX, 0..i16::MAX, 0..i32::MAX - 100)),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(records, base_offset, leader_epoch, producer, transactional, control)| BatchSketch {
            records,
            base_offset,
            leader_epoch,
            producer,
            transactional,
            control,
        })
}

impl BatchSketch {
    fn producer_or_none(&self) -> (i64, i16, i32) {
        self.producer.unwrap_or((-1, -1, -1))
    }

    fn ours(&self) -> Vec<Record> {
        let record = |(offset, sketch): (i64, &Sketch)| Record {
            offset,
            timestamp: sketch.timestamp,
            key: sketch.key.clone().map(Bytes::from),
            value: sketch.value.clone().map(Bytes::from),
            headers: sketch
                .headers
                .iter()
                .map(|(key, value)| Header { key: key.clone().into(), value: value.clone().map(Bytes::from) })
                .collect(),
        };
        (self.base_offset..).zip(&self.records).map(record).collect()
    }

    fn theirs(&self) -> Vec<oracle::Record> {
        let (producer_id, producer_epoch, base_sequence) = self.producer_or_none();
        let record = |(index, sketch): (i32, &Sketch)| oracle::Record {
            transactional: self.transactional,
            control: self.control,
            delete_horizon: false,
            partition_leader_epoch: self.leader_epoch,
            producer_id,
            producer_epoch,
            timestamp_type: oracle::TimestampType::Creation,
            offset: self.base_offset + i64::from(index),
            sequence: base_sequence + index,
            timestamp: sketch.timestamp,
            key: sketch.key.clone().map(Bytes::from),
            value: sketch.value.clone().map(Bytes::from),
            headers: sketch
                .headers
                .iter()
                .map(|(key, value)| (StrBytes::from_string(key.clone()), value.clone().map(Bytes::from)))
                .collect(),
        };
        (0..).zip(&self.records).map(record).collect()
    }

    fn build(&self, codec: Compression) -> Bytes {
        let mut builder = BatchBuilder::new(codec, None);
        for record in self.ours() {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            builder.append(record.timestamp, key, value, &record.headers);
        }
        let (producer_id, producer_epoch, base_sequence) = self.producer_or_none();
        builder.set_producer(producer_id, producer_epoch, base_sequence);
        builder.set_transactional(self.transactional);
        builder.set_control(self.control);
        let mut bytes = builder.build().unwrap().to_vec();
        stamp(&mut bytes, self.base_offset, self.leader_epoch).unwrap();
        bytes.into()
    }

    fn build_with_oracle(&self, compression: oracle::Compression) -> Bytes {
        let mut out = BytesMut::new();
        let options = oracle::RecordEncodeOptions { version: 2, compression };
        oracle::RecordBatchEncoder::encode(&mut out, &self.theirs(), &options).unwrap();
        out.freeze()
    }
}

const CODECS: [(Compression, oracle::Compression); 5] = [
    (Compression::None, oracle::Compression::None),
    (Compression::Gzip, oracle::Compression::Gzip),
    (Compression::Snappy, oracle::Compression::Snappy),
    (Compression::Lz4, oracle::Compression::Lz4),
    (Compression::Zstd, oracle::Compression::Zstd),
];

fn records(batch: &RecordBatch) -> Vec<Record> {
    batch.records(DECOMPRESSED_BYTES_MAX).unwrap().map(Result::unwrap).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_oracle_reads_what_we_write(sketch in batch_sketch()) {
        for (codec, theirs) in CODECS {
            let read = oracle::RecordBatchDecoder::decode(&mut sketch.build(codec)).unwrap();
            prop_assert_eq!(read.compression, theirs);
            prop_assert_eq!(&read.records, &sketch.theirs());
        }
    }

    #[test]
    fn we_read_what_the_oracle_writes(sketch in batch_sketch()) {
        for (codec, theirs) in CODECS {
            let cut: Vec<_> = batches(sketch.build_with_oracle(theirs)).map(Result::unwrap).collect();
            let read = cut.iter().flat_map(records).collect::<Vec<_>>();
            prop_assert_eq!(read, sketch.ours());
            for batch in &cut {
                prop_assert_eq!(batch.compression(), Ok(codec));
                prop_assert_eq!(batch.header().partition_leader_epoch, sketch.leader_epoch);
                prop_assert_eq!(batch.header().producer_id, sketch.producer_or_none().0);
                prop_assert_eq!(batch.header().producer_epoch, sketch.producer_or_none().1);
                prop_assert_eq!(batch.header().base_sequence, sketch.producer_or_none().2);
                prop_assert_eq!(batch.header().attributes.is_transactional(), sketch.transactional);
                prop_assert_eq!(batch.header().attributes.is_control(), sketch.control);
            }
        }
    }

    /// Without a codec there is one way to write a batch, as long as the first record is the oldest.
    #[test]
    fn both_write_the_same_bytes(mut sketch in batch_sketch()) {
        sketch.records.sort_by_key(|record| record.timestamp);
        prop_assert_eq!(sketch.build(Compression::None), sketch.build_with_oracle(oracle::Compression::None));
    }

    #[test]
    fn the_oracle_reads_what_we_rebuild(sketch in batch_sketch(), from in 0_usize..5, to in 0_usize..5) {
        let batch = RecordBatch::parse(sketch.build_with_oracle(CODECS[from].1)).unwrap();
        let rebuilt = rebuild(batch.bytes(), batch.header(), CODECS[to].0, None, DECOMPRESSED_BYTES_MAX).unwrap();
        let read = oracle::RecordBatchDecoder::decode(&mut Bytes::from(rebuilt)).unwrap();
        prop_assert_eq!(read.compression, CODECS[to].1);
        prop_assert_eq!(&read.records, &sketch.theirs());
    }
}

#[test]
fn large_batches_go_both_ways_in_every_codec() {
    let mut random = fastrand::Rng::with_seed(7);
    // Half of it is noise, so that codecs meet blocks that they can and blocks that they cannot compress.
    let mut value = |size| (0..size).map(|at| if at % 200 < 100 { random.u8(..) } else { 7 }).collect();
    let record = |timestamp, value| Sketch { timestamp, key: None, value: Some(value), headers: vec![] };
    let sketch = BatchSketch {
        records: (0..8).map(|index| record(index, value(100_000 * index as usize))).collect(),
        base_offset: 0,
        leader_epoch: 0,
        producer: None,
        transactional: false,
        control: false,
    };
    for (codec, theirs) in CODECS {
        let read = oracle::RecordBatchDecoder::decode(&mut sketch.build(codec)).unwrap();
        assert!(read.records == sketch.theirs(), "{codec}");
        let batch = RecordBatch::parse(sketch.build_with_oracle(theirs)).unwrap();
        assert!(records(&batch) == sketch.ours(), "{codec}");
    }
}
