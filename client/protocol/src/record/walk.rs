//! Records one after the other without taking memory: what a broker needs to judge a batch, to find a timestamp in it,
//! or to compact it.

use super::error::{BatchError, RecordError};
use crate::wire::{Reader, Writer};

/// One record of a walk, borrowed from the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordMeta<'a> {
    /// The record's offset minus the batch's base offset.
    pub offset_delta: i32,
    /// The record's timestamp minus the batch's base timestamp, in milliseconds.
    pub timestamp_delta: i64,
    /// Null and empty are different things.
    pub key: Option<&'a [u8]>,
    /// Null, a tombstone on compacted topics, and empty are different things.
    pub value: Option<&'a [u8]>,
    /// The record's bytes, its length field included: what stays when a batch is compacted.
    pub raw: &'a [u8],
}

impl RecordMeta<'_> {
    /// Whether the record has a key, an empty one included.
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The record's bytes, its length field included.
    pub fn size(&self) -> usize {
        self.raw.len()
    }

    /// Appends the record to `out` with another timestamp delta; all else stays, byte for byte.
    pub fn write_with_timestamp_delta(&self, timestamp_delta: i64, out: &mut Vec<u8>) {
        let mut reader = Reader::over(self.raw);
        // The walk has read these fields before.
        let head = reader.varint().and_then(|_| Ok((reader.i8()?, reader.varlong()?)));
        let Ok((attributes, _)) = head else { return };
        let mut body = Vec::with_capacity(self.raw.len() + 10);
        let mut writer = Writer::new(&mut body);
        writer.i8(attributes);
        writer.varlong(timestamp_delta);
        writer.raw(reader.rest());
        let mut writer = Writer::new(out);
        writer.varint(body.len() as i32);
        writer.raw(&body);
    }
}

/// Walks over the records of a decompressed payload. Each record must fill its stated length exactly; after the last
/// one nothing may follow. After an error nothing more comes.
#[derive(Debug, Clone)]
pub struct RecordWalk<'a> {
    reader: Reader<'a>,
    count: usize,
    index: usize,
    failed: bool,
}

impl<'a> RecordWalk<'a> {
    /// A walk over `payload`, which the batch's header says to hold `count` records.
    pub fn new(payload: &'a [u8], count: i32) -> Self {
        let count = usize::try_from(count).unwrap_or(0);
        RecordWalk { reader: Reader::over(payload), count, index: 0, failed: false }
    }
}

impl<'a> Iterator for RecordWalk<'a> {
    type Item = Result<RecordMeta<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        if self.index == self.count {
            self.failed = true;
            let left = self.reader.remaining();
            return (left > 0).then_some(Err(BatchError::RecordsLeft(left)));
        }
        let start = self.reader.rest();
        let record = RawRecord::read(&mut self.reader).map_err(|source| {
            self.failed = true;
            BatchError::Record { index: self.index, source }
        });
        self.index += 1;
        Some(record.map(|record| RecordMeta {
            offset_delta: record.offset_delta,
            timestamp_delta: record.timestamp_delta,
            key: record.key,
            value: record.value,
            raw: start.get(..start.len() - self.reader.remaining()).unwrap_or_default(),
        }))
    }
}

/// One record as it stands in a payload, every length in it checked.
#[derive(Debug)]
pub(crate) struct RawRecord<'a> {
    pub(crate) timestamp_delta: i64,
    pub(crate) offset_delta: i32,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) header_count: usize,
    headers: Reader<'a>,
}

impl<'a> RawRecord<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, RecordError> {
        let length = reader.varint()?;
        let length =
            usize::try_from(length).map_err(|_| RecordError::Negative { field: "length", value: length })?;
        let mut body = reader.sub_reader(length)?;
        // No attribute of a single record means anything yet.
        body.i8()?;
        let timestamp_delta = body.varlong()?;
        let offset_delta = body.varint()?;
        let key = nullable(&mut body, "key length")?;
        let value = nullable(&mut body, "value length")?;
        let header_count = body.varint()?;
        let header_count = usize::try_from(header_count)
            .map_err(|_| RecordError::Negative { field: "header count", value: header_count })?;
        let headers = body.clone();
        // A false count ends at the latest where the record does.
        for _ in 0..header_count {
            read_header(&mut body)?;
        }
        match body.remaining() {
            0 => Ok(RawRecord { timestamp_delta, offset_delta, key, value, header_count, headers }),
            more => Err(RecordError::Length(more)),
        }
    }

    /// The headers in their order. They have been checked before.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + use<'a> {
        let mut reader = self.headers.clone();
        (0..self.header_count).map_while(move |_| read_header(&mut reader).ok())
    }
}

fn read_header<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8], Option<&'a [u8]>), RecordError> {
    let key = nullable(reader, "header key length")?
        .ok_or(RecordError::Negative { field: "header key length", value: -1 })?;
    Ok((key, nullable(reader, "header value length")?))
}

fn nullable<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<Option<&'a [u8]>, RecordError> {
    match reader.varint()? {
        -1 => Ok(None),
        value => {
            let length = usize::try_from(value).map_err(|_| RecordError::Negative { field, value })?;
            Ok(Some(reader.take(length)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BatchBuilder, Compression, Header};
    use super::*;
    use crate::wire::WireError;

    fn payload(write: impl FnOnce(&mut BatchBuilder)) -> Vec<u8> {
        let mut builder = BatchBuilder::new(Compression::None, None);
        write(&mut builder);
        builder.build().unwrap().slice(61..).to_vec()
    }

    #[test]
    fn a_walk_sees_every_record_and_its_bytes() {
        let bytes = payload(|builder| {
            builder.append(100, Some(b"key"), Some(b"value"), &[]);
            builder.append(90, None, None, &[]);
            builder.append(110, Some(b""), Some(b""), &[]);
        });
        let seen: Vec<_> = RecordWalk::new(&bytes, 3).map(Result::unwrap).collect();
        let fields: Vec<_> =
            seen.iter().map(|r| (r.offset_delta, r.timestamp_delta, r.key, r.value)).collect();
        assert_eq!(
            fields,
            [
                (0, 0, Some(&b"key"[..]), Some(&b"value"[..])),
                (1, -10, None, None),
                (2, 10, Some(&b""[..]), Some(&b""[..])),
            ]
        );
        assert_eq!(seen.iter().map(|r| r.raw).collect::<Vec<_>>().concat(), bytes);
        assert_eq!(seen.iter().filter(|r| r.has_key()).count(), 2);
    }

    #[test]
    fn a_record_takes_another_timestamp_and_nothing_else_changes() {
        for (delta, other) in [(0, i64::MAX), (i64::MIN, 0), (-1, 300), (7, 7)] {
            let bytes = payload(|builder| {
                builder.append(0, None, None, &[]);
                builder.append(delta, Some(b"key"), None, &[Header { key: "h".into(), value: None }]);
            });
            let record = RecordWalk::new(&bytes, 2).last().unwrap().unwrap();
            let mut rewritten = Vec::new();
            record.write_with_timestamp_delta(other, &mut rewritten);
            let back = RecordWalk::new(&rewritten, 1).next().unwrap().unwrap();
            assert_eq!(
                (back.timestamp_delta, back.offset_delta, back.key, back.value),
                (other, 1, Some(&b"key"[..]), None)
            );
            let mut restored = Vec::new();
            back.write_with_timestamp_delta(delta, &mut restored);
            assert_eq!(restored, record.raw);
        }
    }

    #[test]
    fn a_count_that_is_not_true_is_noticed() {
        let bytes = payload(|builder| {
            builder.append(1, None, None, &[]);
            builder.append(1, None, None, &[]);
        });
        let results: Vec<_> = RecordWalk::new(&bytes, 1).collect();
        assert_eq!(results.len(), 2);
        assert_eq!(results[1], Err(BatchError::RecordsLeft(bytes.len() / 2)));
        let last = RecordWalk::new(&bytes, i32::MAX).last().unwrap();
        assert!(matches!(last, Err(BatchError::Record { index: 2, .. })));
        assert_eq!(RecordWalk::new(&[], -1).count(), 0);
    }

    fn refused(write: impl FnOnce(&mut Writer<'_>)) -> RecordError {
        let mut body = Vec::new();
        write(&mut Writer::new(&mut body));
        let mut bytes = Vec::new();
        Writer::new(&mut bytes).varint(body.len() as i32);
        bytes.extend_from_slice(&body);
        match RecordWalk::new(&bytes, 1).next().unwrap() {
            Err(BatchError::Record { index: 0, source }) => source,
            other => panic!("{other:?}"),
        }
    }

    fn fields(writer: &mut Writer<'_>, last: [i32; 3]) {
        writer.i8(0);
        writer.varlong(0);
        writer.varint(0);
        for length in last {
            writer.varint(length);
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let negative = |field, value| RecordError::Negative { field, value };
        assert_eq!(refused(|w| fields(w, [-2, -1, 0])), negative("key length", -2));
        assert_eq!(refused(|w| fields(w, [-1, -2, 0])), negative("value length", -2));
        assert_eq!(refused(|w| fields(w, [-1, -1, -1])), negative("header count", -1));
        let truncated = |needed, left| RecordError::Wire(WireError::Truncated { needed, left });
        assert_eq!(refused(|w| fields(w, [9, -1, 0])), truncated(9, 2));
        assert_eq!(refused(|w| fields(w, [-1, -1, i32::MAX])), truncated(1, 0));
        let longer = |w: &mut Writer<'_>| {
            fields(w, [-1, -1, 0]);
            w.raw(&[0; 3]);
        };
        assert_eq!(refused(longer), RecordError::Length(3));
        let no_header_key = |w: &mut Writer<'_>| {
            fields(w, [-1, -1, 1]);
            w.varint(-1);
            w.varint(-1);
        };
        assert_eq!(refused(no_header_key), negative("header key length", -1));
    }
}
