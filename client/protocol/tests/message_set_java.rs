//! Message sets as old Java clients sent them, and as Apache Kafka 3.9.1, the last version that knew how, made them of record
//! batches.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use fluxmq_protocol::header::RequestHeader;
use fluxmq_protocol::record::message_set::{Magic, Message, down, up};
use fluxmq_protocol::record::{Compression, RecordBatch, decompress};
use fluxmq_protocol::view::produce::ProduceView;
use fluxmq_protocol::wire::Reader;

const DOWN: &str = include_str!("goldens/kafka_3_9_down.txt");
const PRODUCERS: &str = include_str!("goldens/old_producers.txt");
const LIMIT: usize = 1 << 20;
const TIME: i64 = 1_700_000_000_000;

fn bytes(hex: &str) -> Bytes {
    let digits: Vec<_> = hex.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn lines(golden: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    golden.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').collect())
}

/// A wrapper with its value decompressed: encoders differ, what they encode must not. The broken checksum of the oldest
/// LZ4 frames is compared as it is.
fn opened(set: &[u8]) -> (Message<'_>, Vec<u8>, Vec<u8>) {
    let mut reader = Reader::over(set);
    let wrapper = Message::read(&mut reader).unwrap();
    assert_eq!(reader.remaining(), 0, "a compressed batch is one wrapper");
    let value = wrapper.value.unwrap();
    let codec = wrapper.codec().unwrap();
    let mut right = value.to_vec();
    if codec == Compression::Lz4 {
        right[6] = 0x82;
    }
    let inner = decompress(codec, &right, LIMIT).unwrap();
    (Message { value: None, ..wrapper }, value[..7].to_vec(), inner)
}

#[test]
fn batches_become_the_message_sets_that_kafka_makes_of_them() {
    let (mut batch, mut compared) = (None, 0);
    for line in lines(DOWN) {
        if line[0] == "batch" {
            let parsed = RecordBatch::parse(bytes(line[2])).unwrap();
            assert_eq!(parsed.compression().unwrap().name(), line[1]);
            batch = Some(parsed);
            continue;
        }
        let batch = batch.as_ref().unwrap();
        let magic = if line[0] == "0" { Magic::V0 } else { Magic::V1 };
        let mut ours = Vec::new();
        down(batch, magic, line[1].parse().unwrap(), LIMIT, &mut ours).unwrap();
        let theirs = bytes(line[2]);
        if batch.compression() == Ok(Compression::None) {
            assert_eq!(ours, theirs, "{line:?}");
        } else {
            let (wrapper, start, inner) = opened(&ours);
            let expected = opened(&theirs);
            assert_eq!((wrapper, &inner), (expected.0, &expected.2), "{line:?}");
            if batch.compression() == Ok(Compression::Lz4) {
                assert_eq!(start, expected.1, "{line:?}");
            }
        }
        compared += 1;
    }
    assert_eq!(compared, 4 * 4 + 12 * 2);
}

#[test]
fn what_old_producers_sent_becomes_batches() {
    let mut tried = 0;
    for line in lines(PRODUCERS) {
        let frame = bytes(line[1]);
        let mut reader = Reader::over(&frame);
        let version = RequestHeader::read(&mut reader).unwrap().api_version;
        let body = reader.rest();
        let mut view = ProduceView::default();
        view.read(body, version).unwrap();
        let set = &body[view.partitions[0].records.clone().unwrap()];
        let batch = RecordBatch::parse(up(set, LIMIT).unwrap().into()).unwrap();
        assert_eq!(batch.compression().unwrap().name(), line[0], "version {version}");
        let records: Vec<_> = batch
            .records(LIMIT)
            .unwrap()
            .map(|record| record.unwrap())
            .map(|record| (record.offset, record.timestamp, record.key, record.value))
            .collect();
        let text = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
        let time = |after| if version < 2 { -1 } else { TIME + after };
        let expected = [
            (0, time(5), text("key"), text("value, value, value, value, value, value")),
            (1, time(0), None, text("no key")),
            (2, time(9), text("gone"), None),
            (3, time(7), text(""), text("")),
        ];
        assert_eq!(records, expected, "version {version}, {}", line[0]);
        // The older ones leave all offsets 0.
        if line[0] == "none" && version == 2 {
            let mut back = Vec::new();
            down(&batch, Magic::V1, 0, LIMIT, &mut back).unwrap();
            assert_eq!(back, set, "the way back is the way there");
        }
        tried += 1;
    }
    assert_eq!(tried, 12);
}
